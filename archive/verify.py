"""Is what the archive holds complete and unaltered? Reads everything; changes something only when asked to repair."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from sqlite_utils import Database

from archive import clusters, fulltext
from archive.captures import Captures, ends_whole, mend
from archive.captures_table import capture_of
from archive.identity import fingerprint


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong.

    check      which of the checks found it; a fixed word that can be counted
    detail     what and where, for a person
    repaired   it was wrong and no longer is
    harmless   what a killed run leaves: nothing that was filed is missing
    """

    check: str
    detail: str
    repaired: bool = False
    harmless: bool = False


def verify(db: Database, captures: Captures | None, *, repair: bool = False) -> Iterator[Problem]:
    """Every problem, as it is found. With `repair` (the archive open for writing) what can be rebuilt is."""
    broken = list(damage(db.conn))
    yield from (Problem("database", said) for said in broken)
    if broken:
        return  # answers of a damaged file mean nothing
    for row in db.execute("PRAGMA foreign_key_check").fetchall():
        yield Problem("references", f"{row[0]} row {row[1]}: what it refers to in {row[2]} is missing")
    yield from _texts(db)
    yield from _titles(db, repair)
    yield from _months(db, repair)
    yield from _clusters(db, repair)
    yield from _index(db, repair)
    if captures:
        yield from _captures(db, captures, repair)


def damage(connection: sqlite3.Connection, check: str = "integrity_check") -> Iterator[str]:
    """What SQLite finds wrong with a file itself. "quick_check" leaves out whether indexes agree with their tables."""
    try:
        yield from (row[0] for row in connection.execute(f"PRAGMA {check}") if row[0] != "ok")
    except sqlite3.DatabaseError as error:  # so badly that it cannot even be told
        yield f"{error}; go back to a backup, or save what can be read with `.recover` of the sqlite3 command"


def _texts(db: Database) -> Iterator[Problem]:
    """Each article has its revisions, each revision its text, and the text is the one that was filed."""
    missing = "SELECT id FROM articles WHERE revision_id IS NULL OR revision_id NOT IN (SELECT revision_id FROM texts)"
    for row in db.execute(missing).fetchall():
        yield Problem("texts", f"article {row[0]} has no text")
    counted = (
        "SELECT articles.id, revisions, count(revisions.id) AS held FROM articles"
        " LEFT JOIN revisions ON article_id = articles.id GROUP BY articles.id HAVING held <> articles.revisions"
    )
    for row in db.execute(counted).fetchall():
        yield Problem("texts", f"article {row[0]} should have {row[1]} revisions and has {row[2]}")
    rows = db.execute(
        "SELECT id, article_id, number, title, text, fingerprint FROM revisions JOIN texts ON revision_id = id"
    )
    for row in rows:
        # A fingerprint of another version cannot be compared; its first two digits tell.
        made = fingerprint(row[3], row[4])
        if made[:2] == row[5][:2] and made != row[5]:
            yield Problem("texts", f"article {row[1]} revision {row[2]}: its text is not the one that was filed")


def _titles(db: Database, repair: bool) -> Iterator[Problem]:
    """The headline of an article is that of its latest revision, for which a fingerprint vouches."""
    wrong = (
        "SELECT articles.id, revisions.title FROM articles JOIN revisions ON revisions.id = articles.revision_id"
        " WHERE articles.title IS NOT revisions.title"
    )
    for number, title in db.execute(wrong).fetchall():
        if repair:
            db.execute("UPDATE articles SET title = ? WHERE id = ?", (title, number))
        yield Problem("titles", f"article {number} has another headline than its latest revision", repaired=repair)


def _months(db: Database, repair: bool) -> Iterator[Problem]:
    """The counts behind the charts are those of the articles."""
    counted = "SELECT source_id, coalesce(month, '') AS month, count(*) AS articles FROM articles GROUP BY 1, 2"
    held = "SELECT source_id, month, articles FROM months WHERE articles"
    wrong = db.execute(f"SELECT * FROM ({counted} EXCEPT {held}) UNION SELECT * FROM ({held} EXCEPT {counted})")
    places = sorted({(source, month) for source, month, _ in wrong})
    if repair and places:
        with db.atomic():
            db.execute("DELETE FROM months")
            db.execute(f"INSERT INTO months {counted}")
    for source, month in places:
        yield Problem(
            "months", f"{source} {month or 'without a date'}: the count of articles is wrong", repaired=repair
        )


def _index(db: Database, repair: bool) -> Iterator[Problem]:
    """The search index holds each article's present title, text and byline, and nothing else."""
    try:
        wrong = [f"article {number} {what}" for number, what in fulltext.differences(db)]
    except sqlite3.DatabaseError as error:
        wrong = [f"it cannot be read ({error})"]
    if repair and wrong:
        with db.atomic():
            fulltext.rebuild(db)
    for detail in wrong:
        yield Problem("search index", detail, repaired=repair)


def _clusters(db: Database, repair: bool) -> Iterator[Problem]:
    """Each cluster has the members that it counts, and each article's cluster exists."""
    rows = db.execute(
        "SELECT clusters.id, clusters.articles, count(articles.id) AS held FROM clusters"
        " LEFT JOIN articles ON articles.cluster_id = clusters.id GROUP BY clusters.id HAVING held <> clusters.articles"
    )
    wrong = {row[0]: f"cluster {row[0]} should have {row[1]} articles and has {row[2]}" for row in rows}
    rows = db.execute(
        "SELECT DISTINCT cluster_id FROM articles WHERE cluster_id NOTNULL AND cluster_id NOT IN"
        " (SELECT id FROM clusters)"
    )
    wrong |= {row[0]: f"cluster {row[0]} has articles and does not exist" for row in rows}
    for cluster, detail in sorted(wrong.items()):
        if repair:
            with db.atomic():
                members = {row[0] for row in db.execute("SELECT id FROM articles WHERE cluster_id = ?", (cluster,))}
                db.execute("DELETE FROM clusters WHERE id = ?", (cluster,))
                clusters.settle(db, members)
        yield Problem("clusters", detail, repaired=repair)


def _captures(db: Database, captures: Captures, repair: bool) -> Iterator[Problem]:
    """Each capture lies where it should and is what came; each file is whole and known."""
    rows = db.execute("SELECT * FROM captures ORDER BY file, offset")
    for _, detail in captures.verify(map(capture_of, rows)):
        yield Problem("captures", detail)
    known = {row[0] for row in db.execute("SELECT DISTINCT file FROM captures")}
    for path in captures.files():
        if path.name not in known:
            yield Problem("captures", f"{path.name}: nothing that was filed refers to it", harmless=True)
        if not ends_whole(path):
            # Nothing refers to the cut record, or the loop above has told; no later run writes behind it.
            if repair:
                mend(path)
            yield Problem("captures", f"{path.name}: its last record is cut", repaired=repair, harmless=True)
