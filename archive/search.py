"""Questions to the full-text index, read-only. Used by the command line, by Datasette and from notebooks."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from sqlite_utils import Database

from archive import segment
from archive.articles import authors
from archive.errors import QueryError

# Ranking reads every hit. A search with more hits than this tells little, so the newest come first.
RANKED = 2_000
# It counts the hits of each word of the search, too; what more articles have than this adds next to nothing to a rank.
COMMON = 100_000
FEW = 100_000  # articles in a selection (a newspaper, a month) that are looked up at once, not each when it is hit
WEIGHTS = "1.0, 8.0, 1.0, 3.0"  # a hit in the headline counts as eight in the text, one in the byline as three
SNIPPET = 200  # characters: two lines of a terminal

_DATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_PERIODS = {"day": 10, "month": 7, "year": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article that was found.

    snippet   the best passage of the original text, what was found between marks
    score     higher is better; None when there were too many hits to rank, or no words
    """

    id: int
    source: str
    url: str
    title: str | None
    published: str | None
    language: str | None
    authors: tuple[str, ...]
    snippet: str
    score: float | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many articles of a newspaper fall into a day, month or year ("2017-11"); None: without a date."""

    period: str | None
    source: str
    articles: int


@dataclass(frozen=True, slots=True)
class _Within:
    """What narrows a search, as SQL: tables with the index first, a condition, and their values."""

    tables: str = "search"
    condition: str = "1"
    values: dict[str, object] = field(default_factory=dict)


def search(
    db: Database,
    words: str,
    *,
    source: str | None = None,
    from_: str | None = None,
    to: str | None = None,
    language: str | None = None,
    limit: int = 20,
    offset: int = 0,
    marks: tuple[str, str] = ("[", "]"),
    size: int = SNIPPET,
) -> list[Hit]:
    """The articles that `words` finds (see `archive.query`), best first, or newest first when there are very many.

    Dates are "2017", "2017-11" or "2017-11-27", both ends included. Raises QueryError.
    """
    within = _within(db, source, from_, to, language)
    return _page(db, words, within, limit, offset, marks, size)[0]


def counted(
    db: Database,
    words: str,
    *,
    most: int,
    source: str | None = None,
    from_: str | None = None,
    to: str | None = None,
    language: str | None = None,
    limit: int = 20,
    offset: int = 0,
    marks: tuple[str, str] = ("[", "]"),
    size: int = SNIPPET,
) -> tuple[list[Hit], int]:
    """What `search` gives, and how many articles there are in all; counting ends at `most`."""
    within = _within(db, source, from_, to, language)
    hits, total = _page(db, words, within, limit, offset, marks, size)
    return hits, _count(db, words, within, most) if total is None else total


def _page(
    db: Database, words: str, within: _Within, limit: int, offset: int, marks: tuple[str, str], size: int
) -> tuple[list[Hit], int | None]:
    """Hits, and how many there are in all when these few had to be counted anyway."""
    values = {**within.values, "match": segment.match(words), "most": max(RANKED + 1, offset + limit)}
    found = [
        row[0]
        for row in db.execute(
            f"SELECT search.rowid FROM {within.tables} WHERE search MATCH :match AND {within.condition}"
            " ORDER BY search.rowid DESC LIMIT :most",
            values,
        )
    ]
    scores = _scores(db, words, found) if len(found) <= RANKED else {}
    if scores:
        found.sort(key=lambda number: (-scores.get(number, 0.0), -number))
    hits = [
        _hit(db, number, scores.get(number, 0.0) if scores else None, words, marks, size)
        for number in found[offset : offset + limit]
    ]
    return hits, len(found) if len(found) <= RANKED else None


def _count(db: Database, words: str, within: _Within, most: int | None) -> int:
    query = f"SELECT 1 FROM {within.tables} WHERE search MATCH :match AND {within.condition} LIMIT :most"
    values = {**within.values, "match": segment.match(words), "most": -1 if most is None else most}
    return int(db.execute(f"SELECT count(*) FROM ({query})", values).fetchone()[0])


def _scores(db: Database, words: str, found: list[int]) -> dict[int, float]:
    """Article -> its score by the rarer words of the search; empty when all are common."""
    leaves = segment.leaves(words)
    if len(leaves) > 1:
        leaves = [leaf for leaf in leaves if _hits(db, leaf, COMMON + 1) <= COMMON]
    if not leaves or not found:
        return {}
    rows = db.execute(
        f"SELECT search.rowid, -bm25(search, {WEIGHTS}) FROM search WHERE search MATCH ?"
        # The plus keeps SQLite from asking the index anew for each of the articles.
        " AND search.rowid BETWEEN ? AND ? AND +search.rowid IN (SELECT value FROM json_each(?))",
        (" OR ".join(leaves), found[-1], found[0], json.dumps(found)),
    )
    return dict(tuple(row) for row in rows)


def _hits(db: Database, match: str, most: int) -> int:
    query = "SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH ? LIMIT ?)"
    return int(db.execute(query, (match, most)).fetchone()[0])


def count(
    db: Database,
    words: str,
    *,
    source: str | None = None,
    from_: str | None = None,
    to: str | None = None,
    language: str | None = None,
) -> int:
    """How many articles `search` would find."""
    return _count(db, words, _within(db, source, from_, to, language), None)


def numbers(
    db: Database,
    words: str | None = None,
    *,
    source: str | None = None,
    from_: str | None = None,
    to: str | None = None,
    language: str | None = None,
) -> Iterator[int]:
    """Numbers of the articles that are found, ascending; of all articles when there are no words."""
    if words is None:
        tables, where, values = _selection(None, source, from_, to, language)
        query = f"SELECT id FROM {tables} WHERE {where} ORDER BY id"
    else:
        within = _within(db, source, from_, to, language)
        values = {**within.values, "match": segment.match(words)}
        where = f"search MATCH :match AND {within.condition}"
        query = f"SELECT search.rowid FROM {within.tables} WHERE {where} ORDER BY search.rowid"
    # Numbers alone are small; with them at hand no transaction stays open while the caller writes a file.
    rows = db.execute(query, values).fetchall()
    return (row[0] for row in rows)


def timeline(
    db: Database,
    words: str | None = None,
    by: Literal["day", "month", "year"] = "month",
    *,
    source: str | None = None,
    from_: str | None = None,
    to: str | None = None,
    language: str | None = None,
) -> list[Count]:
    """Articles for each period and newspaper, oldest first; None holds what has no date, or a less precise one."""
    tables, where, values = _selection(words, source, from_, to, language)
    width = _PERIODS[by]
    rows = db.execute(
        f"SELECT CASE WHEN length(published) >= {width} THEN substr(published, 1, {width}) END AS period,"
        f" source_id, count(*) FROM {tables} WHERE {where} GROUP BY 1, 2 ORDER BY 1, 2",
        values,
    )
    return [Count(*row) for row in rows]


def register(connection: sqlite3.Connection) -> None:
    """Give SQL three functions.

    morgue_match(words)           for `WHERE search MATCH morgue_match(:words)`; finds nothing when it makes no sense
    morgue_problem(words)         then says what to change; NULL when all is well
    morgue_snippet(text, words)   the best passage as HTML: escaped, with <mark> around what was found
    """
    connection.create_function("morgue_match", 1, _sql_match, deterministic=True)
    connection.create_function("morgue_problem", 1, _sql_problem, deterministic=True)
    connection.create_function("morgue_snippet", 2, _sql_snippet, deterministic=True)


def _sql_match(words: str | None) -> str:
    # An exception would reach the reader as "user-defined function raised exception".
    try:
        return segment.match(words or "")
    except QueryError:
        return '""'


def _sql_problem(words: str | None) -> str | None:
    try:
        segment.match(words or "")
    except QueryError as error:
        return str(error)
    return None


def _sql_snippet(text: str | None, words: str | None) -> str:
    try:
        return segment.highlight(text or "", words or "", size=SNIPPET, marks=("<mark>", "</mark>"), escape=html.escape)
    except QueryError:
        return html.escape((text or "")[:SNIPPET])


def _within(db: Database, source: str | None, from_: str | None, to: str | None, language: str | None) -> _Within:
    """The filters of a search. Few articles are looked up before; of many, each is looked at when it is hit."""
    ways, values = _filters(source, from_, to, language)
    if not values:
        return _Within()
    chosen = " UNION ALL ".join(f"SELECT id FROM articles WHERE {way}" for way in ways)
    extent = f"SELECT min(id), max(id), count(*) FROM (SELECT id FROM ({chosen}) LIMIT {FEW + 1})"
    first, last, size = db.execute(extent, values).fetchone()
    if size > FEW:
        return _Within("search CROSS JOIN articles ON articles.id = search.rowid", _either(ways), values)
    values |= {"first": first, "last": last}
    return _Within("search", f"search.rowid BETWEEN :first AND :last AND +search.rowid IN ({chosen})", values)


def _selection(
    words: str | None, source: str | None, from_: str | None, to: str | None, language: str | None
) -> tuple[str, str, dict[str, object]]:
    """Tables, conditions and values of a question; text of SQL only, values apart."""
    ways, values = _filters(source, from_, to, language)
    if words is None:
        return "articles", _either(ways), values
    # CROSS: the index first, whatever the planner thinks.
    tables = "search CROSS JOIN articles ON articles.id = search.rowid"
    return tables, f"search MATCH :match AND {_either(ways)}", {**values, "match": segment.match(words)}


def _filters(
    source: str | None, from_: str | None, to: str | None, language: str | None
) -> tuple[list[str], dict[str, object]]:
    """Conditions on articles, no two of which hold of the same one, each fit for an index; and their values."""
    conditions, values = ["1"], dict[str, object]()
    for name, value in (("source_id", source), ("language", language)):
        if value is not None:
            conditions.append(f"articles.{name} = :{name}")
            values[name] = value
    # "~" comes behind whatever a date goes on with.
    if to is not None:
        conditions.append("published < :to || '~'")
        values["to"] = date_bound(to)
    together = " AND ".join(conditions)
    if from_ is None:
        return [together], values
    values["from_"] = date_bound(from_)
    # A date less precise than the bound ("2017-11" against "2017-11-20") is compared as far as it goes.
    vague = "published IN (substr(:from_, 1, 4), substr(:from_, 1, 7)) AND published < :from_"
    return [f"{together} AND published >= :from_", f"{together} AND {vague}"], values


def _either(ways: list[str]) -> str:
    return ways[0] if len(ways) == 1 else f"({' OR '.join(ways)})"


def date_bound(text: str) -> str:
    """A date that narrows a question: a year, a month or a day; raises QueryError for anything else."""
    if not _DATE.fullmatch(text):
        raise QueryError(f"{text!r} is not a date: write 2017, 2017-11 or 2017-11-27")
    return text


def _hit(db: Database, number: int, score: float | None, words: str, marks: tuple[str, str], size: int) -> Hit:
    row = db.execute(
        "SELECT source_id, url, title, published, language, text FROM articles"
        " JOIN texts USING (revision_id) WHERE articles.id = ?",
        (number,),
    ).fetchone()
    return Hit(
        id=number,
        source=row[0],
        url=row[1],
        title=row[2],
        published=row[3],
        language=row[4],
        authors=authors(db, number),
        snippet=segment.highlight(row[5], words, size=size, marks=marks),
        score=score,
    )
