"""What the pages show, asked of one connection. Reads only; each answer is fit for a template and for JSON."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, TypedDict

from sqlite_utils import Database

from archive import articles, health, search
from archive.articles import ArticleRow, RevisionRow
from archive.cite import STYLES, cite, revision_id
from archive.errors import QueryError
from archive.revisions import Difference, difference, paragraphs
from archive.segment import highlight, pieces
from archive.web.chart import chart

NEWEST = 12  # articles on the front page
PAGE = 20  # hits on a page of the search
COUNTED = 10_000  # hits; of more it is only said that there are more
DEEPEST = 50  # pages: beyond them a search is to be narrowed, or exported
CHANGES = 5  # differences on the page of an article that was revised again and again
OPEN, CLOSE = "\ue001", "\ue002"  # marks that no template mistakes for HTML

Dict = dict[str, Any]


def database(connection: sqlite3.Connection) -> Database:
    """Datasette's connection as the archive's functions take it; nothing is set on it."""
    return Database(connection, recursive_triggers=False, execute_plugins=False)


def front(db: Database) -> Dict:
    """The front page. Everything comes from counts kept by triggers, or from the end of an index."""
    papers = [
        dict(row)
        for row in db.execute(
            """SELECT id, name, homepage, country, language, configured,
              (SELECT coalesce(sum(articles), 0) FROM months WHERE source_id = s.id) AS articles,
              (SELECT published FROM articles WHERE source_id = s.id AND published > '' ORDER BY published LIMIT 1)
                AS first,
              (SELECT published FROM articles WHERE source_id = s.id AND published > '' ORDER BY published DESC LIMIT 1)
                AS last,
              (SELECT max(first_seen_at) FROM articles WHERE source_id = s.id) AS new_at,
              (SELECT count(*) FROM listings WHERE source_id = s.id AND configured) AS listings,
              (SELECT count(*) FROM listings WHERE source_id = s.id AND configured AND failures > 0) AS failing
            FROM sources AS s ORDER BY articles DESC, id"""
        )
    ]
    names = _names(db)
    counts = [tuple(row) for row in db.execute("SELECT month, source_id, articles FROM months WHERE articles > 0")]
    newest = [
        dict(row)
        for row in db.execute(
            "SELECT id, source_id AS source, title, published, language, byline, section FROM articles"
            " WHERE published > '' ORDER BY published DESC, id DESC LIMIT ?",
            (NEWEST,),
        )
    ]
    return {
        "articles": sum(paper["articles"] for paper in papers),
        "papers": papers,
        "first": min((paper["first"] for paper in papers if paper["first"]), default=None),
        "last": max((paper["last"] for paper in papers if paper["last"]), default=None),
        "clusters": db.execute("SELECT count(*) FROM clusters").fetchone()[0],
        "newest": newest,
        "names": names,
        "chart": chart(counts, names),
    }


class Filters(TypedDict):
    """The filters of `archive.search`."""

    source: str | None
    language: str | None
    from_: str | None
    to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One search as its address states it."""

    q: str = ""
    source: str = ""
    language: str = ""
    from_: str = ""
    to: str = ""
    order: str = "best"
    page: int = 1

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> Asked:
        """From the query string; what is not understood there is a QueryError."""
        order = arguments.get("order") or "best"
        if order not in ("best", "newest"):
            raise QueryError("order is best or newest")
        page = arguments.get("page") or "1"
        if not page.isdecimal() or not 1 <= int(page) <= DEEPEST:
            raise QueryError(f"page is a number from 1 to {DEEPEST}; narrow the search, or use `morgue export`")
        return cls(
            q=(arguments.get("q") or "").strip(),
            source=arguments.get("source") or "",
            language=arguments.get("language") or "",
            from_=(arguments.get("from") or "").strip(),
            to=(arguments.get("to") or "").strip(),
            order=order,
            page=int(page),
        )

    def filters(self) -> Filters:
        """As `archive.search` takes them."""
        return Filters(
            source=self.source or None,
            language=self.language or None,
            from_=self.from_ or None,
            to=self.to or None,
        )


def found(db: Database, asked: Asked) -> Dict:
    """A page of hits and how many there are. QueryError says what to change."""
    filters = asked.filters()
    start = (asked.page - 1) * PAGE
    hits, total = search.counted(
        db, asked.q, **filters, most=COUNTED + 1, limit=PAGE, offset=start, marks=(OPEN, CLOSE)
    )
    if asked.order == "newest" and total <= search.RANKED:
        hits = _newest_hits(db, asked, start)
    return {
        "total": min(total, COUNTED),
        "exact": total <= COUNTED,
        "ranked": asked.order == "best" and all(hit.score is not None for hit in hits),
        "hits": [
            {
                **{name: getattr(hit, name) for name in ("id", "source", "url", "published", "language", "authors")},
                "title": hit.title,
                "title_pieces": pieces(hit.title or "", asked.q, column="title"),
                "snippet_pieces": _pieces(hit.snippet),
            }
            for hit in hits
        ],
        "more": min(total, DEEPEST * PAGE) > start + PAGE,
    }


def timeline(db: Database, asked: Asked) -> list[tuple[str | None, str, int]]:
    """Hits per month and newspaper."""
    return [(one.period, one.source, one.articles) for one in search.timeline(db, asked.q, **asked.filters())]


def choices(db: Database) -> Dict:
    """What the form of the search offers."""
    # Distinct values by hopping along the index: as many steps as languages, not as articles.
    languages = db.execute(
        "WITH RECURSIVE hop(language) AS (SELECT min(language) FROM articles UNION ALL"
        " SELECT (SELECT min(language) FROM articles WHERE language > hop.language) FROM hop WHERE hop.language > '')"
        " SELECT language FROM hop WHERE language > ''"
    )
    return {"sources": _names(db), "languages": [row[0] for row in languages]}


def article_page(db: Database, number: int, wanted: int | None) -> Dict | None:
    """An article with all that is known of it, in one of its revisions (the latest by default); None when missing."""
    if articles.number_of(db, number) is None:
        return None
    article = articles.article(db, number)
    history = articles.revisions(db, number)
    chosen = history[-1] if wanted is None else next((one for one in history if one.number == wanted), None)
    if chosen is None:
        return None
    name = _names(db).get(article.source)
    at = history.index(chosen)
    shown = history[max(0, at - CHANGES) : at + 1]
    return {
        "article": article,
        "source_name": name or article.source,
        "revision": chosen,
        "latest": chosen is history[-1],
        "paragraphs": [
            {"id": f"{revision_id(number, chosen.number)}.p{place}", "text": text}
            for place, text in enumerate(paragraphs(chosen.text), start=1)
        ],
        "history": history,
        "changes": [
            (new, difference(old.title, old.text, new.title, new.text)) for old, new in reversed(list(pairwise(shown)))
        ],
        "cite": {style: cite(article, chosen, name, style) for style in STYLES},
    }


def article_json(shown: Dict) -> Dict:
    """The same as JSON: the names of `morgue show --json`, and what the page has beyond them."""
    article: ArticleRow = shown["article"]
    revision: RevisionRow = shown["revision"]
    return {
        **asdict(article),
        "title": revision.title,
        "text": revision.text,
        "evidence": {name: asdict(one) for name, one in revision.evidence.items()},
        "source_name": shown["source_name"],
        "revision": revision.number,
        "paragraphs": shown["paragraphs"],
        "history": [_told(one) for one in shown["history"]],
        "changes": [{"revision": new.number, **_difference(change)} for new, change in shown["changes"]],
        "cite": shown["cite"],
    }


def fates(db: Database, url: str) -> list[Dict]:
    """What became of an address, at each source that knows it."""
    return [asdict(story) for story in articles.why(db, url)]


def state_of_sources(db: Database, now: datetime) -> list[health.Health]:
    """How every newspaper fares against its own past."""
    return health.check(db, now)


def _names(db: Database) -> dict[str, str]:
    return {row[0]: row[1] or row[0] for row in db.execute("SELECT id, name FROM sources ORDER BY id")}


def _newest_hits(db: Database, asked: Asked, start: int) -> list[search.Hit]:
    """Hits by date of publication: few enough to be sorted."""
    numbers = list(search.numbers(db, asked.q, **asked.filters()))
    rows = db.execute(
        "SELECT a.id, source_id, url, title, published, language, text, (SELECT json_group_array(name) FROM ("
        "  SELECT name FROM authors JOIN article_authors ON author_id = authors.id WHERE article_id = a.id"
        "  ORDER BY position)) AS authors"
        " FROM (SELECT articles.* FROM json_each(?) AS found JOIN articles ON articles.id = found.value"
        "  ORDER BY published DESC, articles.id DESC LIMIT ? OFFSET ?) AS a"
        " JOIN texts USING (revision_id) ORDER BY published DESC, a.id DESC",
        (json.dumps(numbers), PAGE, start),
    ).fetchall()
    return [
        search.Hit(
            id=row["id"],
            source=row["source_id"],
            url=row["url"],
            title=row["title"],
            published=row["published"],
            language=row["language"],
            authors=tuple(json.loads(row["authors"])),
            snippet=highlight(row["text"], asked.q, size=search.SNIPPET, marks=(OPEN, CLOSE)),
            score=None,
        )
        for row in rows
    ]


def _pieces(snippet: str) -> list[tuple[str, bool]]:
    parts = [(head, False) for head in snippet.split(OPEN)[:1]]
    for part in snippet.split(OPEN)[1:]:
        hit, _, rest = part.partition(CLOSE)
        parts += [(hit, True), (rest, False)]
    return [part for part in parts if part[0]]


def _told(revision: RevisionRow) -> Dict:
    told = asdict(revision)
    for name in ("text", "evidence", "article"):
        del told[name]
    return told


def _difference(change: Difference) -> Dict:
    told = asdict(change)
    told["changes"] = [one for one in told["changes"] if one["kind"] != "same"]
    return told
