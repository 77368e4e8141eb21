"""What comes back on a source's pages, as the archive has learned it. In the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlite_utils import Database

from archive.database import moment, stamp
from archive.identity import text_fingerprint
from archive.records import RecurringBlock


def held(db: Database, source: str) -> list[RecurringBlock]:
    """The blocks of a source, those on most pages first. Fingerprints are made anew: their form may have changed."""
    rows = db.execute("SELECT * FROM blocks WHERE source_id = ? ORDER BY pages * 1.0 / of DESC, text", (source,))
    return [
        RecurringBlock(
            text_fingerprint(row["text"]), row["text"], row["url"], row["pages"], row["of"], moment(row["learned_at"])
        )
        for row in rows
    ]


def fresh(db: Database, source: str) -> tuple[int, int]:
    """How many articles of a source are new since its blocks were learned, and how many were held then."""
    held = db.execute("SELECT count(*) FROM articles WHERE source_id = ?", (source,)).fetchone()[0]
    row = db.execute("SELECT articles FROM learnings WHERE source_id = ?", (source,)).fetchone()
    before = row[0] if row else 0
    return held - before, before


def lessons(db: Database, source: str, limit: int) -> list[int]:
    """The latest revisions of a source's latest articles whose pages are kept, newest first."""
    rows = db.execute(
        "SELECT revisions.id FROM articles JOIN revisions ON revisions.id = articles.revision_id"
        " WHERE articles.source_id = ? AND revisions.capture_id IS NOT NULL"
        " ORDER BY articles.first_seen_at DESC, articles.id DESC LIMIT ?",
        (source, limit),
    )
    return [row[0] for row in rows]


def holding(db: Database, source: str, texts: Sequence[str], newest: int) -> list[int]:
    """Of a source's newest articles, the latest revisions with one of these texts in theirs and whose page is kept."""
    rows = db.execute(
        "SELECT revisions.id, texts.text FROM (SELECT revision_id FROM articles WHERE source_id = ?"
        " ORDER BY id DESC LIMIT ?) AS a JOIN revisions ON revisions.id = a.revision_id"
        " JOIN texts ON texts.revision_id = a.revision_id WHERE revisions.capture_id IS NOT NULL",
        (source, newest),
    )
    return sorted(row[0] for row in rows if any(text in row[1] for text in texts))


def learned(db: Database, source: str, blocks: Iterable[RecurringBlock], pages: int, now: datetime) -> None:
    """Put what was learned now in place of what was learned before; when it is the same, nothing is written."""
    articles = db.execute("SELECT count(*) FROM articles WHERE source_id = ?", (source,)).fetchone()[0]
    since = {block.fingerprint: block.learned_at for block in held(db, source)}
    rows = sorted(
        (source, one.fingerprint, one.text, one.url, one.pages, one.of, stamp(since.get(one.fingerprint) or now))
        for one in blocks
    )
    before = db.execute("SELECT * FROM blocks WHERE source_id = ? ORDER BY fingerprint", (source,)).fetchall()
    known = db.execute("SELECT articles, pages FROM learnings WHERE source_id = ?", (source,)).fetchone()
    if known is not None and tuple(known) == (articles, pages) and list(map(tuple, before)) == rows:
        return
    db.execute("DELETE FROM blocks WHERE source_id = ?", (source,))
    db.conn.executemany("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    db.execute("INSERT OR REPLACE INTO learnings VALUES (?, ?, ?, ?)", (source, stamp(now), articles, pages))
