"""Questions to the full-text index, read-only. Used by the command line, by Datasette and from notebooks."""

from __future__ import annotations

import html
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlite_utils import Database

from archive import segment
from archive.errors import QueryError

# Ranking reads every hit. A word with more hits than this tells little, so the newest come first.
RANKED = 5_000
WEIGHTS = "8.0, 1.0, 3.0"  # a hit in the headline counts as eight in the text, one in the byline as three
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
    tables, where, values = _found(words, source, from_, to, language)
    few = f"SELECT count(*) FROM (SELECT 1 FROM {tables} WHERE {where} LIMIT {RANKED + 1})"
    if db.execute(few, values).fetchone()[0] <= RANKED:
        score, order = f"-bm25(search, {WEIGHTS})", "score DESC, search.rowid DESC"
    else:
        score, order = "NULL", "search.rowid DESC"
    query = (
        f"SELECT search.rowid, {score} AS score FROM {tables} WHERE {where}"
        f" ORDER BY {order} LIMIT :limit OFFSET :offset"
    )
    found = db.execute(query, {**values, "limit": limit, "offset": offset}).fetchall()
    return [_hit(db, row[0], row[1], words, marks, size) for row in found]


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
    tables, where, values = _found(words, source, from_, to, language)
    return int(db.execute(f"SELECT count(*) FROM {tables} WHERE {where}", values).fetchone()[0])


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
    tables, where, values = _selection(words, source, from_, to, language)
    # Numbers alone are small; with them at hand no transaction stays open while the caller writes a file.
    rows = db.execute(f"SELECT articles.id FROM {tables} WHERE {where} ORDER BY articles.id", values).fetchall()
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


def _found(
    words: str, source: str | None, from_: str | None, to: str | None, language: str | None
) -> tuple[str, str, dict[str, object]]:
    """`_selection` of words; the index alone when nothing narrows it, since a common word has very many articles."""
    tables, where, values = _selection(words, source, from_, to, language)
    return (tables, where, values) if len(values) > 1 else ("search", "search MATCH :match", values)


def _selection(
    words: str | None, source: str | None, from_: str | None, to: str | None, language: str | None
) -> tuple[str, str, dict[str, object]]:
    """Tables, conditions and values of a question; text of SQL only, values apart."""
    conditions, values = ["1"], dict[str, object]()
    tables = "articles"
    if words is not None:
        # CROSS: the index first, whatever the planner thinks.
        tables = "search CROSS JOIN articles ON articles.id = search.rowid"
        conditions.append("search MATCH :match")
        values["match"] = segment.match(words)
    for name, value in (("source_id", source), ("language", language)):
        if value is not None:
            conditions.append(f"articles.{name} = :{name}")
            values[name] = value
    # A date less precise than the bound ("2017-11" against "2017-11-20") is compared as far as it goes.
    if from_ is not None:
        conditions.append("published >= substr(:from_, 1, length(published))")
        values["from_"] = date_bound(from_)
    if to is not None:
        conditions.append("substr(published, 1, length(:to)) <= :to")
        values["to"] = date_bound(to)
    return tables, " AND ".join(conditions), values


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
    authors = db.execute(
        "SELECT name FROM authors JOIN article_authors ON author_id = authors.id"
        " WHERE article_id = ? ORDER BY position",
        (number,),
    ).fetchall()
    return Hit(
        id=number,
        source=row[0],
        url=row[1],
        title=row[2],
        published=row[3],
        language=row[4],
        authors=tuple(author[0] for author in authors),
        snippet=segment.highlight(row[5], words, size=size, marks=marks),
        score=score,
    )
