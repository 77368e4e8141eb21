"""The full-text index: what an article is found by, put in, taken out, compared with the texts, built anew.

The index keeps no copy of what it was given (FTS5 calls such a table contentless): a third of the room. So an article
is taken out by telling the index the same once more, which is worked out again from the stored text. Segmenting
(`archive.segment`) must therefore not change within an archive: a change of it is a migration that calls `rebuild`.
Works inside the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice

from sqlite_utils import Database

from archive import segment

_INSERT = "INSERT INTO search (rowid, begins, title, text, byline) VALUES (?, ?, ?, ?, ?)"
_DELETE = "INSERT INTO search (search, rowid, begins, title, text, byline) VALUES ('delete', ?, ?, ?, ?, ?)"
_PRESENT = (
    "SELECT articles.id, articles.title, texts.text, articles.byline FROM articles JOIN texts USING (revision_id)"
)
_BATCH = 1_000  # articles in memory at once

Entry = tuple[int, *tuple[str, ...]]  # number, beginnings, title, text, byline


def add(db: Database, number: int) -> None:
    """Put an article in, with its present title, text and byline. It must not be in."""
    db.conn.executemany(_INSERT, _entries(db, number))


def remove(db: Database, number: int) -> None:
    """Take an article out; call it before its title, text or byline changes. One without a text was never put in."""
    db.conn.executemany(_DELETE, list(_entries(db, number)))


def rebuild(db: Database) -> None:
    """Build the whole index anew."""
    db.execute("INSERT INTO search (search) VALUES ('delete-all')")
    db.conn.executemany(_INSERT, _entries(db))


def differences(db: Database) -> Iterator[tuple[int, str]]:
    """Articles that the index does not hold as their texts are, ascending: (number, what is wrong).

    Every entry of the index is read and compared with what the texts would give. Raises sqlite3.DatabaseError when
    the index cannot be read.
    """
    held = {row[0] for row in db.execute("SELECT rowid FROM search")}
    filed = _sums(db.conn)
    entries = _entries(db)
    wrong: list[tuple[int, str]] = []
    while batch := list(islice(entries, _BATCH)):
        wanted = _expected(db, batch)
        for number, *_ in batch:
            if number not in held:
                wrong.append((number, "is not in the search index"))
            elif filed.pop(number, 0) != wanted.get(number, 0):
                wrong.append((number, "is indexed with another title, text or byline"))
            held.discard(number)
    wrong += [(number, "does not exist, yet the search index holds it") for number in held | filed.keys()]
    yield from sorted(dict(reversed(wrong)).items())


def _entries(db: Database, number: int | None = None) -> Iterator[Entry]:
    query, values = (_PRESENT, ()) if number is None else (f"{_PRESENT} WHERE articles.id = ?", (number,))
    for row in db.execute(query, values):
        yield row[0], *segment.entry(row[1] or "", row[2], row[3] or "")


def _expected(db: Database, batch: list[Entry]) -> dict[int, int]:
    """What `_sums` gives for these entries, through the same tokenizer."""
    (made,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'search'").fetchone()
    with closing(sqlite3.connect(":memory:")) as scratch:
        scratch.execute(made)
        scratch.executemany(_INSERT, batch)
        return _sums(scratch)


def _sums(connection: sqlite3.Connection) -> dict[int, int]:
    """For each article a sum over all that the index holds of it: which term, in which column, at which place."""
    sums: dict[int, int] = {}
    connection.execute("CREATE VIRTUAL TABLE temp.search_terms USING fts5vocab('main', 'search', 'instance')")
    try:
        cursor = connection.cursor()
        cursor.row_factory = None
        for number, term, column, place in cursor.execute('SELECT doc, term, col, "offset" FROM temp.search_terms'):
            sums[number] = sums.get(number, 0) + hash((term, column, place))
    finally:
        connection.execute("DROP TABLE temp.search_terms")
    return sums
