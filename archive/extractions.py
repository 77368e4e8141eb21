"""Readings of kept pages that replace earlier ones. In the caller's transaction.

A newer extractor that reads the same capture says nothing about the newspaper, so its reading makes no revision, no
event and no weight: it takes the place of the old one, which is kept in `extractions` and can be put back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from sqlite3 import OperationalError, ProgrammingError, Row
from typing import Any

from sqlite_utils import Database

from archive import clusters, fulltext, ledger
from archive.articles import authors
from archive.captures_table import capture_of
from archive.database import stamp
from archive.errors import ArchiveError, QueryError
from archive.filing import completed, month, precision
from archive.identity import address_key, fingerprint, text_fingerprint, words
from archive.records import Article, Capture, Link

# What an article says of itself, besides title and text; what the archive knows of it is not here.
FIELDS = (
    *("published", "published_precision", "published_from", "month", "modified", "canonical_url", "canonical_key"),
    *("language", "section", "byline", "agency", "kind", "free_to_read"),
)
# Worked out from another field: changed when that is, and not worth a line of its own.
_DERIVED = frozenset({"published_precision", "published_from", "month", "canonical_key", "byline"})

Changes = dict[str, tuple[Any, Any]]
"""Field -> (old value, new value)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A revision whose page is kept.

    number    1 is the first
    source    id of the newspaper
    """

    revision: int
    article: int
    number: int
    source: str
    capture: Capture
    hint: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an extractor made of a page.

    fields    FIELDS, authors, tags and images, as plain values; None for a revision that is not the article's latest
    evidence  rows of the evidence table, without the revision: [field, source, raw, others]
    """

    title: str | None
    text: str
    extractor: str | None
    fields: Mapping[str, Any] | None
    evidence: tuple[tuple[str, str, str, str | None], ...]


def targets(
    db: Database, *, source: str | None = None, since: str | None = None, where: str | None = None
) -> list[int]:
    """The revisions whose pages are kept, in the order of their numbers.

    since   ISO 8601: revisions first seen then or later
    where   a condition of SQL over the columns of `articles`; raises QueryError when it is none
    """
    sql = (
        "SELECT revisions.id FROM revisions JOIN articles ON articles.id = revisions.article_id"
        " WHERE revisions.capture_id IS NOT NULL AND (:source IS NULL OR articles.source_id = :source)"
        " AND (:since IS NULL OR revisions.seen_at >= :since)"
    )
    if where:
        sql += f" AND articles.id IN (SELECT id FROM articles WHERE {where})"
    try:
        rows = db.execute(f"{sql} ORDER BY revisions.id", {"source": source, "since": since}).fetchall()
    except (OperationalError, ProgrammingError) as error:
        raise QueryError(f"--where is no condition on the columns of articles: {error}") from error
    return [row[0] for row in rows]


def sources(db: Database, revisions: Sequence[int]) -> list[str]:
    """The newspapers that these revisions are from."""
    rows = db.execute(
        "SELECT DISTINCT source_id FROM articles JOIN revisions ON revisions.article_id = articles.id"
        " WHERE revisions.id IN (SELECT value FROM json_each(?)) ORDER BY source_id",
        (json.dumps(list(revisions)),),
    )
    return [row[0] for row in rows]


def without_page(db: Database, source: str | None = None) -> int:
    """How many revisions cannot be read again, because their page was not kept."""
    return db.execute(  # type: ignore[no-any-return]
        "SELECT count(*) FROM revisions JOIN articles ON articles.id = revisions.article_id"
        " WHERE revisions.capture_id IS NULL AND (:source IS NULL OR articles.source_id = :source)",
        {"source": source},
    ).fetchone()[0]


def target(db: Database, revision: int) -> Target:
    """Where the page of a revision lies, and what its listings said."""
    row = db.execute(
        "SELECT captures.*, revisions.id AS revision, revisions.article_id, revisions.number, articles.source_id"
        " FROM revisions JOIN articles ON articles.id = revisions.article_id"
        " JOIN captures ON captures.id = revisions.capture_id WHERE revisions.id = ?",
        (revision,),
    ).fetchone()
    link = _link(db, row["article_id"])
    hint = ledger.hint(link) if link else Link(url=row["url"])
    told = db.execute(
        "SELECT 1 FROM evidence WHERE revision_id = ? AND field = 'modified' AND source = 'sitemap'", (revision,)
    ).fetchone()
    if told is None:  # a sitemap that came later speaks of a later state than this page
        hint = replace(hint, modified=None)
    return Target(
        revision=revision,
        article=row["article_id"],
        number=row["number"],
        source=row["source_id"],
        capture=capture_of(row),
        hint=hint,
    )


def outdated(db: Database, source: str, url: str, article: Article) -> int | None:
    """The latest revision of the article held at this address, when this reading differs and its page is kept."""
    link = ledger.find(db, source, address_key(url))
    if link is None or link["article_id"] is None or link["state"] != "held":
        return None
    row = db.execute(
        "SELECT revisions.* FROM revisions JOIN articles ON articles.revision_id = revisions.id WHERE articles.id = ?",
        (link["article_id"],),
    ).fetchone()
    same = row["fingerprint"] == fingerprint(article.title or row["title"], article.text)
    return None if same or row["capture_id"] is None else int(row["id"])


def held(db: Database, revision: int) -> Reading:
    """The present reading of a revision."""
    row = db.execute(
        "SELECT revisions.*, texts.text AS text FROM revisions JOIN texts ON texts.revision_id = revisions.id"
        " WHERE revisions.id = ?",
        (revision,),
    ).fetchone()
    article = db.execute("SELECT * FROM articles WHERE id = ?", (row["article_id"],)).fetchone()
    return Reading(
        title=row["title"],
        text=row["text"],
        extractor=row["extractor"],
        fields=_fields(db, article) if article["revision_id"] == revision else None,
        evidence=tuple(
            tuple(one)
            for one in db.execute(
                "SELECT field, source, raw, others FROM evidence WHERE revision_id = ? ORDER BY field", (revision,)
            )
        ),
    )


def anew(db: Database, revision: int, article: Article, extractor: str) -> Reading:
    """The reading that would take the place of the present one."""
    row = db.execute(
        "SELECT articles.*, revisions.seen_at, revisions.title AS old_title FROM revisions"
        " JOIN articles ON articles.id = revisions.article_id WHERE revisions.id = ?",
        (revision,),
    ).fetchone()
    link = _link(db, row["id"])
    if link is not None:
        found_in = db.execute("SELECT kind FROM listings WHERE id = ?", (link["found_in"],)).fetchone()
        article = completed(article, ledger.hint(link), found_in["kind"] if found_in else None)
    # Other visits may have filled gaps: then, as in filing, a page that says less takes nothing away.
    alone = row["revisions"] == 1 and row["last_seen_at"] == row["seen_at"]
    title = article.title if alone else article.title or row["old_title"]
    found = article.evidence.get("published")
    fields: dict[str, Any] = {
        "published": article.published,
        "published_precision": precision(article.published),
        "published_from": found.source if found and article.published else None,
        "month": month(article.published),
        "modified": article.modified if alone else row["modified"],
        "canonical_url": article.canonical_url,
        "canonical_key": address_key(article.canonical_url) if article.canonical_url else None,
        "language": article.language,
        "section": article.section,
        "byline": ", ".join(article.authors) or None,
        "agency": article.agency,
        "kind": article.kind,
        "free_to_read": None if article.free_to_read is None else int(article.free_to_read),
        "authors": list(dict.fromkeys(article.authors)),
        "tags": list(dict.fromkeys(article.tags)),
        "images": [[image.url, image.caption, image.credit] for image in article.images],
    }
    if not alone:
        before = _fields(db, row)
        fields = {name: value if value not in (None, []) else before[name] for name, value in fields.items()}
    return Reading(
        title=title,
        text=article.text,
        extractor=extractor,
        fields=fields if row["revision_id"] == revision else None,
        evidence=tuple(
            (field, one.source, one.raw, json.dumps(one.others, ensure_ascii=False) if one.others else None)
            for field, one in sorted(article.evidence.items())
        ),
    )


def changes(old: Reading, new: Reading) -> Changes:
    """Field -> (old, new) for all that differs; that another extractor says the same is no change."""
    found: Changes = {}
    if old.title != new.title:
        found["title"] = (old.title, new.title)
    if old.text != new.text:
        found["text"] = (old.text, new.text)
    for name, value in (new.fields or {}).items():
        before = (old.fields or {}).get(name)
        if before != value and name not in _DERIVED:
            found[name] = (before, value)
    return found


def begin(db: Database, options: Mapping[str, object], now: datetime) -> int:
    """Begin a re-extraction; returns its number."""
    return db.execute(  # type: ignore[no-any-return]
        "INSERT INTO reextractions (began_at, options) VALUES (?, ?) RETURNING id",
        (stamp(now), json.dumps(options, sort_keys=True, ensure_ascii=False)),
    ).fetchone()[0]


def compare(db: Database, revision: int, article: Article, extractor: str) -> Changes:
    """What a new reading of a revision would change."""
    return changes(held(db, revision), anew(db, revision, article, extractor))


def put(db: Database, run: int, revision: int, article: Article, extractor: str) -> Changes:
    """Replace the reading of a revision by one that differs, and keep the old one."""
    old, new = held(db, revision), anew(db, revision, article, extractor)
    found = changes(old, new)
    if not found:
        return found
    rest = {"fields": old.fields, "evidence": old.evidence}
    db.execute(
        "INSERT INTO extractions (reextraction_id, revision_id, extractor, title, text, fields)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (run, revision, old.extractor, old.title, old.text, json.dumps(rest, ensure_ascii=False)),
    )
    _write(db, revision, old, new)
    return found


def undo(db: Database, run: int, now: datetime) -> int:
    """Put back every reading that a re-extraction replaced; returns how many. ArchiveError when it cannot be done."""
    row = db.execute("SELECT undone_at FROM reextractions WHERE id = ?", (run,)).fetchone()
    if row is None:
        known = [str(one[0]) for one in db.execute("SELECT id FROM reextractions WHERE undone_at IS NULL ORDER BY id")]
        raise ArchiveError(f"there is no re-extraction {run}; choose from {', '.join(known) or 'none yet'}")
    if row["undone_at"]:
        raise ArchiveError(f"re-extraction {run} was undone already, at {row['undone_at']}")
    later = db.execute(
        "SELECT max(later.reextraction_id) FROM extractions AS mine"
        " JOIN extractions AS later ON later.revision_id = mine.revision_id AND later.id > mine.id"
        " JOIN reextractions ON reextractions.id = later.reextraction_id"
        " WHERE mine.reextraction_id = :run AND later.reextraction_id != :run AND reextractions.undone_at IS NULL",
        {"run": run},
    ).fetchone()[0]
    if later is not None:
        raise ArchiveError(f"re-extraction {later} read some of the same pages later; undo that one first")
    count = 0
    for one in _replaced(db, run):
        old = _restored(one)
        present = held(db, one["revision_id"])
        # Another revision may have come since: then the article's fields are that one's.
        _write(db, one["revision_id"], present, old if present.fields is not None else replace(old, fields=None))
        count += 1
    db.execute("UPDATE reextractions SET undone_at = ? WHERE id = ?", (stamp(now), run))
    return count


def _replaced(db: Database, run: int) -> Iterator[Row]:
    last = None
    while True:
        row = db.execute(
            "SELECT * FROM extractions WHERE reextraction_id = ? AND (? IS NULL OR id < ?) ORDER BY id DESC LIMIT 1",
            (run, last, last),
        ).fetchone()
        if row is None:
            return
        yield row
        last = row["id"]


def _restored(row: Row) -> Reading:
    rest = json.loads(row["fields"])
    return Reading(
        title=row["title"],
        text=row["text"],
        extractor=row["extractor"],
        fields=rest["fields"],
        evidence=tuple(tuple(one) for one in rest["evidence"]),
    )


def _write(db: Database, revision: int, old: Reading, new: Reading) -> None:
    number = db.execute("SELECT article_id FROM revisions WHERE id = ?", (revision,)).fetchone()[0]
    if new.fields is not None:
        fulltext.remove(db, number)  # as it is until now
    db.execute(
        "UPDATE revisions SET title = ?, fingerprint = ?, text_fingerprint = ?, extractor = ? WHERE id = ?",
        (new.title, fingerprint(new.title, new.text), text_fingerprint(new.text), new.extractor, revision),
    )
    db.execute("UPDATE texts SET text = ? WHERE revision_id = ?", (new.text, revision))
    db.execute("DELETE FROM evidence WHERE revision_id = ?", (revision,))
    db.conn.executemany("INSERT INTO evidence VALUES (?, ?, ?, ?, ?)", ((revision, *one) for one in new.evidence))
    if new.fields is None:
        return
    sets = ", ".join(f"{name} = ?" for name in FIELDS)
    db.execute(
        f"UPDATE articles SET title = ?, words = ?, {sets} WHERE id = ?",
        (new.title, words(new.text), *(new.fields[name] for name in FIELDS), number),
    )
    _names(db, number, "authors", "author", new.fields["authors"])
    _names(db, number, "tags", "tag", new.fields["tags"])
    db.execute("DELETE FROM images WHERE article_id = ?", (number,))
    db.conn.executemany(
        "INSERT INTO images VALUES (?, ?, ?, ?, ?)",
        ((number, place, *image) for place, image in enumerate(new.fields["images"], 1)),
    )
    fulltext.add(db, number)
    clusters.place(db, number, new.text, old.text)


def _fields(db: Database, article: Row) -> dict[str, Any]:
    number = article["id"]
    fields: dict[str, Any] = {name: article[name] for name in FIELDS}
    fields["authors"] = list(authors(db, number))
    fields["tags"] = [
        row[0]
        for row in db.execute(
            "SELECT name FROM article_tags JOIN tags ON tag_id = tags.id WHERE article_id = ?"
            " ORDER BY article_tags.rowid",
            (number,),
        )
    ]
    fields["images"] = [
        list(row)
        for row in db.execute(
            "SELECT url, caption, credit FROM images WHERE article_id = ? ORDER BY position", (number,)
        )
    ]
    return fields


def _names(db: Database, number: int, table: str, one: str, names: list[str]) -> None:
    """The names of an article, and only these. A name keeps its number for ever: lists are in the order of numbers."""
    db.execute(f"DELETE FROM article_{table} WHERE article_id = ?", (number,))
    columns = f"article_id, {one}_id" + (", position" if table == "authors" else "")
    for place, name in enumerate(names, 1):
        db.execute(f"INSERT OR IGNORE INTO {table} (name) VALUES (?)", (name,))
        found = db.execute(f"SELECT id FROM {table} WHERE name = ?", (name,)).fetchone()[0]
        values = (number, found, place) if table == "authors" else (number, found)
        db.execute(f"INSERT INTO article_{table} ({columns}) VALUES ({', '.join('?' * len(values))})", values)


def _link(db: Database, article: int) -> Row | None:
    """The address of an article that its listings said most of."""
    row: Row | None = db.execute(
        "SELECT * FROM links WHERE article_id = ? ORDER BY found_in IS NULL, title IS NULL, id LIMIT 1", (article,)
    ).fetchone()
    return row
