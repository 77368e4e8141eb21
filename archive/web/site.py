"""Which of Datasette's databases are archives, and what is told of their tables."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlite_utils import Database

from archive.schema import descriptions

if TYPE_CHECKING:  # Datasette loads its plugins while it is itself being imported
    from datasette.app import Datasette  # type: ignore[import-untyped]

TITLE = "Morgue"

Described = dict[str, tuple[str, dict[str, str]]]
"""Table or view -> (what it holds, column -> what it means)."""

# What a row of the table is called where another table points at it.
LABELS = {
    "sources": "name",
    "articles": "title",
    "listings": "url",
    "links": "url",
    "captures": "url",
    "revisions": "title",
    "authors": "name",
    "tags": "name",
}
# Each facet is answered by an index (archive.schema).
FACETS = {
    "articles": ["source_id", "language", "section", "kind", "month", "agency"],
    "links": ["state", "reason"],
    "events": ["kind"],
}
NEWEST_FIRST = {
    "articles": "published",
    "revisions": "id",
    "visits": "id",
    "events": "id",
    "links": "id",
    "captures": "id",
}
HIDDEN = ("bands", "sketches", "_sqlite_migrations")

_found: WeakKeyDictionary[Datasette, tuple[tuple[str, ...], dict[str, Described]]] = WeakKeyDictionary()


def archives(datasette: Datasette) -> dict[str, Described]:
    """Name of each database that is an archive of Morgue -> what its tables hold. Looked up once."""
    names = tuple(datasette.databases)
    known = _found.get(datasette)
    if known is None or known[0] != names:
        found = {
            name: described
            for name, database in datasette.databases.items()
            if database.path and (described := _read(Path(database.path), database.is_mutable))
        }
        known = _found[datasette] = (names, found)
    return known[1]


def archive_name(datasette: Datasette) -> str | None:
    """The database that the pages are about: the first archive; None when there is none."""
    return next(iter(archives(datasette)), None)


def title(datasette: Datasette) -> str:
    """What the archive is called."""
    return str(datasette.metadata("title") or TITLE)


def metadata(described: Described) -> dict[str, Any]:
    """Metadata of one database as Datasette takes it: descriptions, labels, facets, order, units. Made anew each time:
    Datasette writes into what it is given."""
    tables: dict[str, dict[str, Any]] = {}
    for name, (about, columns) in described.items():
        table: dict[str, Any] = {"description": about, "columns": dict(columns)}
        if name in LABELS:
            table["label_column"] = LABELS[name]
        if name in FACETS:
            table["facets"] = list(FACETS[name])
        if name in NEWEST_FIRST:
            table["sort_desc"] = NEWEST_FIRST[name]
        tables[name] = table
    for name in HIDDEN:
        tables.setdefault(name, {})["hidden"] = True
    return {
        "description": "Every table and column says what it holds; times are UTC, publication dates as stated.",
        "tables": tables,
    }


def _read(path: Path, mutable: bool) -> Described | None:
    mode = "mode=ro" if mutable else "immutable=1"
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            db = Database(connection, execute_plugins=False)
            tables = set(db.table_names())
            return descriptions(db) if {"articles", "revisions", "links", "search"} <= tables else None
    except sqlite3.Error:
        return None  # Datasette itself says what is wrong with a file
