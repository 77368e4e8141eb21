"""The researchers' face: every page, in process with Datasette's own client, and the server as a process of its own."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from datasette.app import Datasette
from datasette.plugins import pm

from archive import Archive
from archive.errors import ArchiveError
from archive.records import Answer, Article, Evidence, Exchange, Image, Link, Outcome, Source, Visit
from archive.web import cells, concordance, reading, serve
from archive.web.chart import LONGEST, SERIES, chart
from archive.web.queries import QUERIES
from archive.web.server import application, is_loopback
from sample.stories import load

NOW = datetime(2024, 11, 20, 12, tzinfo=UTC)
PORT = 8765
EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>"
EVIL_URL = "https://tribune.test/evil"
WITHDRAWN = "https://gazette.test/gone"
PAGES = [
    "/",
    "/-/morgue/search",
    "/-/morgue/search?q=river",
    "/-/morgue/why?url=" + EVIL_URL,
    "/-/morgue/health",
    "/morgue",
    "/morgue/articles",
    "/morgue/links",
    "/morgue/evidence",
    "/morgue/texts",
    *(f"/morgue/{name}" for name in QUERIES),
]


def read(article: Article, source: str, at: datetime = NOW) -> Visit:
    return Visit(
        url=article.url,
        source=source,
        at=at,
        outcome=Outcome.READ,
        reason="read",
        answer=Answer(final_url=article.url, status=200),
        article=article,
        exchanges=(Exchange(url=article.url, at=at, body=b"<html>"),),
        extractor="test 1",
    )


def fill(folder: Path) -> None:
    """The gold articles of the sample newspaper, one in two revisions, one withdrawn, one hostile."""
    with Archive(folder, writable=True) as archive:
        archive.sync(
            [
                Source(id="gazette", name="The Mekong Gazette", listings=("https://gazette.test/rss",)),
                Source(id="tribune", listings=("https://tribune.test/rss",)),
            ],
            NOW,
        )
        archive.record(
            Visit(
                url="https://gazette.test/rss",
                source="gazette",
                at=NOW,
                outcome=Outcome.LISTED,
                reason="listed",
                listing=True,
                answer=Answer(final_url="https://gazette.test/rss", status=200),
                links=(Link(url="https://gazette.test/waiting"),),
            )
        )
        archive.record(
            Visit(
                url="https://tribune.test/rss",
                source="tribune",
                at=NOW,
                outcome=Outcome.DEFERRED,
                reason="timeout",
                listing=True,
                retry_at=NOW + timedelta(hours=1),
            )
        )
        for edition in (1, 2):
            for name in ("gazette", "tribune"):
                for story in load(name, edition).stories:
                    if story.alive and story.fate == "filed" and story.kind not in ("wall", "not an article"):
                        gold = story.gold(f"https://{name}.test", name)
                        evidence = {"title": Evidence("h1", story.title, (("og:title", "Another"),))}
                        archive.record(read(replace(gold, evidence=evidence), name, NOW + timedelta(days=edition - 1)))
        gone = Article(url=WITHDRAWN, title="Soon gone", text="A story that was taken back.", published="2024-10-01")
        archive.record(read(gone, "gazette"))
        answer = Answer(final_url=WITHDRAWN, status=410)
        archive.record(
            Visit(url=WITHDRAWN, source="gazette", at=NOW, outcome=Outcome.GONE, reason="gone", answer=answer)
        )
        archive.record(
            read(
                Article(
                    url=EVIL_URL,
                    canonical_url="javascript:alert(3)",
                    title=EVIL,
                    text=f"{EVIL} The evilword stands beside the river.\n\n{EVIL}",
                    published="2024-11-20T23:00+07:00",
                    authors=(EVIL,),
                    section=EVIL,
                    tags=(EVIL,),
                    agency=EVIL,
                    images=(Image(url="javascript:alert(4)", caption=EVIL, credit=EVIL),),
                    language="en",
                    evidence={"title": Evidence(EVIL, EVIL, ((EVIL, EVIL),))},
                ),
                "tribune",
            )
        )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    fill(folder)
    return folder


@pytest.fixture(scope="module")
def web(folder: Path) -> Iterator[Web]:
    datasette = application(folder)
    yield Web(datasette)
    datasette.executor.shutdown()


class Web:
    """Datasette, asked without a socket."""

    def __init__(self, datasette: Datasette) -> None:
        self.datasette = datasette

    def get(self, path: str, method: str = "GET") -> SimpleNamespace:
        answer = asyncio.run(self.datasette.client.request(method, path))
        return SimpleNamespace(status=answer.status_code, text=answer.text, headers=answer.headers)

    def json(self, path: str) -> dict:
        answer = self.get(path)
        assert answer.headers["content-type"].startswith("application/json"), answer.text
        return json.loads(answer.text)


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text outside of them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))


def number_of(folder: Path, url: str) -> int:
    with Archive(folder) as archive:
        found = archive.article(url)
        assert found is not None
        return found.id


def revised(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "morgue.db")) as connection:
        return connection.execute("SELECT id FROM articles WHERE revisions > 1 ORDER BY id").fetchone()[0]


# The pages


@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_and_asks_nobody_else(web: Web, path: str) -> None:
    """Pages work without the internet: scripts, styles, pictures and fonts come from this server."""
    answer = web.get(path)
    assert answer.status == 200, answer.text
    for tag, attributes in Elements(answer.text).found:
        source = attributes.get("src") or (attributes.get("href") if tag == "link" else None)
        if source and not source.startswith(("/", "data:")) and attributes.get("rel") != "alternate":
            raise AssertionError(f"{tag} {source}")


@pytest.mark.parametrize(
    "path", [*PAGES, "/morgue/articles/{evil}", "/-/morgue/article/{evil}", "/-/morgue/search?q=evilword"]
)
def test_hostile_text_stays_text(web: Web, folder: Path, path: str) -> None:
    """A headline that is HTML is shown as it was written; an address that is a script is no link."""
    answer = web.get(path.format(evil=number_of(folder, EVIL_URL)))
    for tag, attributes in Elements(answer.text).found:
        assert not (tag == "img" and attributes.get("src") == "x")
        assert "onerror" not in attributes
        assert not (attributes.get("href") or "").lower().startswith("javascript")
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    "sql",
    [
        "select '<script>alert(1)</script>' as snippet",
        "select '<mark>&lt;b&gt;</mark><img src=x onerror=y>' as snippet",
    ],
)
def test_html_in_a_query_of_ones_own_is_not_believed(web: Web, sql: str) -> None:
    """A link with SQL in it cannot smuggle HTML through the column that holds marked passages."""
    found = Elements(web.get(f"/morgue?sql={sql.replace(' ', '+').replace('&', '%26').replace(';', '%3B')}").text).found
    assert not [1 for tag, attributes in found if "onerror" in attributes or attributes.get("src") == "x"]
    assert "<script>alert" not in web.get(f"/morgue?sql={sql.replace(' ', '+')}").text


def test_pages_forbid_what_they_do_not_need(web: Web) -> None:
    """Our own pages allow no script at all; only the charts may compile any."""
    own, tables, charts = (
        web.get(path).headers["content-security-policy"] for path in ("/", "/morgue", "/-/dashboards")
    )
    assert "script-src" not in own
    assert own.startswith("default-src 'none'")
    assert "unsafe-eval" not in tables
    assert "unsafe-eval" in charts


def test_the_front_page_tells_what_is_held(web: Web, folder: Path) -> None:
    """Counts agree with the tables; every newspaper, the newest article and every ready-made query is named."""
    told = web.json("/-/morgue.json")
    with closing(sqlite3.connect(folder / "morgue.db")) as connection:
        assert told["articles"] == connection.execute("SELECT count(*) FROM articles").fetchone()[0]
        newest = connection.execute("SELECT title FROM articles ORDER BY published DESC, id DESC").fetchone()[0]
    assert told["newest"][0]["title"] == newest
    assert {paper["id"]: paper["failing"] for paper in told["papers"]} == {"gazette": 0, "tribune": 1}
    page = web.get("/").text
    assert "The Mekong Gazette" in page
    assert all(f"/morgue/{name}" in page for name in QUERIES)


def test_counts_follow_every_change_of_an_article(folder: Path) -> None:
    """The counts by month are those of the articles, also when a date became known later."""
    with Archive(":memory:", writable=True) as archive:
        story = Article(url="https://a.test/1", title="One", text="One text.")
        archive.record(read(story, "a"))
        assert [tuple(row) for row in archive.db.execute("SELECT * FROM months")] == [("a", "", 1)]
        archive.record(read(replace(story, published="2024-11-02"), "a"))
        counted = [tuple(row) for row in archive.db.execute("SELECT * FROM months WHERE articles > 0")]
        assert counted == [
            tuple(r) for r in archive.db.execute("SELECT source_id, month, count(*) FROM articles GROUP BY 1")
        ]


def test_a_new_article_appears_while_the_server_runs(tmp_path: Path) -> None:
    """A crawl may write to the archive that is being read."""
    fresh = read(Article(url="https://a.test/1", title="Fresh", text="Fresh text.", published="2024-11-20"), "a")
    with Archive(tmp_path, writable=True) as archive:
        web = Web(application(tmp_path))
        assert "No article yet" in web.get("/").text
        archive.record(fresh)
        assert "Fresh" in web.get("/").text
    web.datasette.executor.shutdown()


# Search


@pytest.mark.parametrize(
    ("words", "language"),
    [("ទន្លេ", "km"), ("river", "en"), ("แม่น้ำ", "th"), ("مكتبة", "ar"), ("नदी", "hi"), ("渡轮", "zh")],
)
def test_every_script_is_found_and_marked_in_the_original(web: Web, words: str, language: str) -> None:
    """The words of the text itself stand in the passage, and what was found is marked."""
    hits = web.json(f"/-/morgue/search.json?q={words}&language={language}")["hits"]
    assert hits
    assert all(hit["language"] == language for hit in hits)
    marked = [text for hit in hits for text, found in [*hit["marked"], *hit["marked_title"]] if found]
    assert any(words in text.lower() for text in marked)


def test_the_page_and_its_json_share_their_address(web: Web) -> None:
    """A search can be carried over: the same query string, .json behind the path, the same hits in the same order."""
    asked = "q=river&source=gazette&from=2024-10&to=2024-11&order=newest"
    hits = web.json(f"/-/morgue/search.json?{asked}")["hits"]
    page = web.get(f"/-/morgue/search?{asked}").text
    assert [hit["id"] for hit in hits] == [
        int(n) for n in re.findall(r'class="headline" href="/-/morgue/article/(\d+)"', page)
    ]
    assert [hit["published"] for hit in hits] == sorted((hit["published"] for hit in hits), reverse=True)
    assert {hit["source"] for hit in hits} == {"gazette"}


def test_pages_of_a_search_are_disjoint_and_complete(web: Web) -> None:
    """Following `next` to the end gives every hit once."""
    seen: list[int] = []
    path = "/-/morgue/search.json?q=the"
    while path:
        answer = web.json(path)
        seen += [hit["id"] for hit in answer["hits"]]
        path = (answer["next"] or "").removeprefix("http://localhost")
    assert len(seen) == len(set(seen)) == answer["total"] > reading.PAGE


def test_the_timeline_counts_the_hits(web: Web) -> None:
    """Hits over time add up to all hits."""
    answer = web.json("/-/morgue/search.json?q=river")
    assert sum(one["articles"] for one in answer["timeline"]) == answer["total"] == len(answer["hits"])


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("q=(river", "closing"),
        ("q=river&from=soon", "is not a date"),
        ("q=river&page=0", "page is a number"),
        ("q=river&page=9999", "page is a number"),
        ("q=river&order=size", "best or newest"),
        ("q=!!!", "punctuation"),
        ("q=%22", "quotation mark"),
    ],
)
def test_a_bad_search_is_told_what_to_change(web: Web, asked: str, told: str) -> None:
    """What cannot be understood is answered with 400 and a sentence, never with a failure."""
    page, twin = web.get(f"/-/morgue/search?{asked}"), web.get(f"/-/morgue/search.json?{asked}")
    assert (page.status, twin.status) == (400, 400)
    assert told in json.loads(twin.text)["error"]
    assert 'role="alert"' in page.text


# One article


def test_an_article_shows_what_was_changed(web: Web, folder: Path) -> None:
    """Revisions stand side by side with marks; an older one is read under its number."""
    number = revised(folder)
    page = web.get(f"/-/morgue/article/{number}").text
    assert "<ins>" in page
    assert "<del>" in page
    told = web.json(f"/-/morgue/article/{number}.json")
    first = web.json(f"/-/morgue/article/{number}.json?revision=1")
    assert told["revision"] == told["revisions"] == len(told["history"]) == 2
    assert first["text"] != told["text"]
    assert "This is revision 1 of 2" in web.get(f"/-/morgue/article/{number}?revision=1").text


def test_paragraphs_have_names_that_exports_share(web: Web) -> None:
    """A paragraph is cited as a12.r1.p3, on the page as in an export."""
    told = web.json("/-/morgue/article/1.json")
    assert told["paragraphs"][0]["id"] == f"a1.r{told['revision']}.p1"
    assert 'id="a1.r' in web.get("/-/morgue/article/1").text


def test_the_json_of_an_article_has_the_names_of_the_contract(web: Web) -> None:
    """The same names as `morgue show --json`."""
    told = web.json("/-/morgue/article/1.json")
    assert {"url", "title", "text", "published", "modified", "authors", "language", "source", "revisions"} <= set(told)
    assert set(told["cite"]) == {"text", "bibtex", "csl"}


def test_a_text_states_its_language_and_finds_its_direction(web: Web, folder: Path) -> None:
    """Arabic is marked as Arabic, and its paragraphs run from the right."""
    with closing(sqlite3.connect(folder / "morgue.db")) as connection:
        number = connection.execute("SELECT id FROM articles WHERE language = 'ar'").fetchone()[0]
    elements = Elements(web.get(f"/-/morgue/article/{number}").text).found
    assert ("h1", {"lang": "ar", "dir": "auto"}) in elements
    assert all(a.get("dir") == "auto" for tag, a in elements if tag == "p" and (a.get("id") or "").startswith("a"))


def test_a_withdrawn_article_says_so(web: Web, folder: Path) -> None:
    """Its text is kept, and the page tells that the newspaper took it back."""
    page = web.get(f"/-/morgue/article/{number_of(folder, WITHDRAWN)}").text
    assert "Withdrawn" in page
    assert "A story that was taken back." in page


@pytest.mark.parametrize(
    "path", ["article/999999", "article/1?revision=99", "article/1?revision=x", "article/x", "nothing"]
)
def test_what_does_not_exist_is_not_found(web: Web, path: str) -> None:
    """A wrong number is a 404, not a failure."""
    assert web.get(f"/-/morgue/{path}").status == 404


def test_the_ledger_answers_why_an_address_is_missing(web: Web) -> None:
    """State, reason and every visit; an address that nobody named is said to be unknown."""
    told = web.json(f"/-/morgue/why.json?url={WITHDRAWN}?utm_source=x")["sources"]
    assert [one["source"] for one in told] == ["gazette"]
    assert told[0]["visits"]
    assert "does not know" in web.get("/-/morgue/why?url=https://gazette.test/unheard").text


def test_health_tells_every_source(web: Web) -> None:
    """The listings that fail stand there with their reason."""
    told = {one["source"]: one for one in web.json("/-/morgue/health.json")}
    assert [one["reason"] for one in told["tribune"]["failing"]] == ["timeout"]


# Ready-made queries

ASKED = {
    "search_snippets": "words=river",
    "concordance": "words=river",
    "articles_per_day": "source=gazette",
    "article_revisions": "article=1",
    "why_missing": f"url={EVIL_URL}",
    "random_sample": "seed=1&size=5",
}


@pytest.mark.parametrize("name", QUERIES)
def test_every_ready_made_query_answers_and_describes_itself(web: Web, name: str) -> None:
    """Each has a title, a description, a hint at each field, and rows (also as JSON) on a filled archive."""
    told = web.json(f"/morgue/{name}.json?_shape=objects&{ASKED.get(name, '')}")
    assert told["rows"], name
    page = web.get(f"/morgue/{name}?{ASKED.get(name, '')}").text
    assert QUERIES[name].title in page
    for parameter in QUERIES[name].parameters:
        assert f'id="help-{parameter}"' in page
    assert set(QUERIES[name].parameters) == set(re.findall(r":(\w+)", QUERIES[name].sql))


def test_a_bad_search_in_a_query_is_told_in_its_answer(web: Web) -> None:
    """The one row says what to change."""
    rows = web.json("/morgue/search_snippets.json?_shape=objects&words=(river")["rows"]
    assert len(rows) == 1
    assert "bracket" in rows[0]["snippet"]


def test_a_sample_is_the_same_for_everybody(web: Web) -> None:
    """The same seed draws the same articles, another seed others."""
    draw = [
        [row["article_id"] for row in web.json(f"/morgue/random_sample.json?_shape=objects&size=9&seed={seed}")["rows"]]
        for seed in ("kh", "kh", "th")
    ]
    assert draw[0] == draw[1] != draw[2]
    assert len(draw[0]) == 9


def test_a_withdrawn_and_a_corrected_article_are_listed(web: Web, folder: Path) -> None:
    """The queries for what newspapers changed find what they changed."""
    withdrawn = web.json("/morgue/withdrawn.json?_shape=objects")["rows"]
    assert number_of(folder, WITHDRAWN) in [row["article_id"] for row in withdrawn]
    corrections = web.json("/morgue/corrections.json?_shape=objects")["rows"]
    assert revised(folder) in [row["article_id"] for row in corrections]


# Tables


def test_every_column_is_described(web: Web) -> None:
    """What a column means stands above the table."""
    page = web.get("/morgue/articles").text
    assert "publication date, as precise as the page states it" in page
    assert "One row for each story of each newspaper." in page


def test_facets_are_named_and_answered(web: Web) -> None:
    """Newspapers, languages, sections, kinds, months and agencies are offered to narrow down; none is guessed."""
    told = web.json("/morgue/articles.json")
    assert set(told["facet_results"]) == {"source_id", "language", "section", "kind", "month", "agency"}
    assert told["suggested_facets"] == []


def test_tables_show_texts_short_and_lead_to_the_article(web: Web) -> None:
    """A table of texts is a table, not a newspaper; a headline is a link to the page of its article."""
    cells_of_texts = re.findall(r'<td class="col-text[^>]*>(.*?)</td>', web.get("/morgue/texts").text, re.S)
    assert cells_of_texts
    assert max(map(len, cells_of_texts)) < 600
    assert re.search(r'<a href="/-/morgue/article/\d+" dir="auto">', web.get("/morgue/articles").text)


def test_nothing_can_be_written(web: Web) -> None:
    """No request changes the archive, whatever its method; SQL that writes is refused."""
    before = web.json("/-/morgue.json")
    for path in ("/", "/-/morgue/search?q=river", "/morgue/newest"):
        web.get(path, "POST")
    assert web.json("/-/morgue.json") == before
    assert web.get("/morgue?sql=delete+from+articles").status == 400
    assert web.get("/morgue.db").status in (403, 404)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        asyncio.run(web.datasette.get_database("morgue").execute_fn(lambda c: c.execute("DELETE FROM articles")))


def test_plain_datasette_shows_the_same(folder: Path) -> None:
    """`datasette data/morgue.db` with the plugin installed has the pages, the descriptions and the queries."""
    datasette = Datasette([str(folder / "morgue.db")])
    web = Web(datasette)
    assert "Ready-made queries" in web.get("/").text
    assert "publication date, as precise" in web.get("/morgue/articles").text
    assert web.json("/morgue/newest.json?_shape=objects")["rows"]
    datasette.executor.shutdown()


def test_another_database_is_left_alone(tmp_path: Path) -> None:
    """The plugin changes nothing of a Datasette that serves no archive."""
    with closing(sqlite3.connect(tmp_path / "cats.db")) as connection:
        connection.execute("CREATE TABLE cats (name TEXT)")
    application_registered = pm.has_plugin("morgue") or pm.has_plugin("archive.web.plugin")
    assert application_registered
    datasette = Datasette([str(tmp_path / "cats.db")])
    web = Web(datasette)
    answer = web.get("/")
    assert "cats" in answer.text
    assert "content-security-policy" not in answer.headers
    assert web.get("/-/morgue/search").status == 404
    datasette.executor.shutdown()


# Quick with a million articles

BIG = ("articles", "a", "r", "links", "l", "texts", "t", "revisions", "visits", "v", "captures", "evidence", "pairs")
# These count over all articles; seconds over a million, and said so in docs.
WHOLE = {"count_once", "date_sources", "random_sample"}


def scans(db: sqlite3.Connection, query: str, values: object = ()) -> list[str]:
    """Steps of the plan that read a big table from end to end without the help of an index."""
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", values)]
    return [step for step in plan if step.startswith("SCAN") and step.split()[1] in BIG and "INDEX" not in step]


def test_the_pages_ask_indexes_only(folder: Path) -> None:
    """The front page, the form, an article and the ledger never read a big table through."""
    with Archive(folder) as archive:
        asked: list[str] = []
        archive.db.conn.set_trace_callback(asked.append)
        reading.front(archive.db)
        reading.choices(archive.db)
        reading.article_page(archive.db, 1, None)
        reading.fates(archive.db, EVIL_URL)
        archive.db.conn.set_trace_callback(None)
        assert len(asked) > 10
        for query in asked:
            if query.lstrip().startswith(("SELECT", "WITH")):
                assert not scans(archive.db.conn, query), query


def test_the_front_page_reads_no_whole_index_of_articles(folder: Path) -> None:
    """Not even an index of all articles is read through to count them."""
    with Archive(folder) as archive:
        asked: list[str] = []
        archive.db.conn.set_trace_callback(asked.append)
        reading.front(archive.db)
        archive.db.conn.set_trace_callback(None)
        plans = [row[3] for query in asked for row in archive.db.execute(f"EXPLAIN QUERY PLAN {query}")]
        assert not [step for step in plans if re.match(r"SCAN (articles|links|visits|revisions)\b", step)]


@pytest.mark.parametrize("name", sorted(set(QUERIES) - WHOLE))
def test_ready_made_queries_use_indexes(web: Web, name: str) -> None:
    """But for the three that count everything, none reads a big table through."""
    values = dict.fromkeys(QUERIES[name].parameters, "1")
    query = QUERIES[name].sql.strip()
    found = asyncio.run(web.datasette.get_database("morgue").execute_fn(lambda c: scans(c, query, values)))
    assert not found


# The parts


def test_a_chart_holds_every_month_between() -> None:
    """Empty months keep their place; the tallest column fills the height; unknown dates are counted apart."""
    drawn = chart([("2024-01", "a", 3), ("2024-04", "a", 1), ("2024-04", "b", 1), (None, "a", 7)], {"a": "A"})
    assert drawn is not None
    assert [column.period for column in drawn.columns] == ["2024-01", "2024-02", "2024-03", "2024-04"]
    assert [column.articles for column in drawn.columns] == [3, 0, 0, 2]
    assert (drawn.most, drawn.unknown, drawn.series) == (3, 7, (("A", 4), ("b", 1)))
    assert drawn.columns[0].parts[0].height == 100


def test_a_long_chart_counts_by_year_and_many_papers_share_a_colour() -> None:
    """Columns stay wide enough to be seen, colours few enough to be told apart."""
    drawn = chart([(f"{1900 + n}-01", f"s{n % 10}", 1) for n in range(LONGEST // 12 + 1)], {})
    assert drawn is not None
    assert drawn.unit == "year"
    assert len(drawn.series) == SERIES + 1
    assert chart([(None, "a", 1)], {}) is None


def test_a_concordance_keeps_the_words_around() -> None:
    """Each place has its own line, with the text left and right of it."""
    lines = concordance.lines("The river rose. A second\n\nriver fell.", "river", width=8)
    assert lines == [("The ", "river", " rose. A"), ("second ", "river", " fell.")] or lines[1][0].endswith("second ")
    assert concordance.sql_lines("text", "(") == "[]"


@pytest.mark.parametrize(
    ("url", "harmless"),
    [
        ("https://a.test/x", True),
        ("HTTP://a.test", True),
        ("javascript:alert(1)", False),
        (" https://a.test", False),
        ('https://a.test/"onclick=x', False),
        ("data:text/html,x", False),
        ("//a.test", False),
    ],
)
def test_only_web_addresses_become_links(url: str, harmless: bool) -> None:
    """Anything else is shown as text."""
    assert cells.is_address(url) is harmless


# The server


def test_what_cannot_be_served_is_one_line(folder: Path, tmp_path: Path) -> None:
    """No archive, a file that is none, a port that is taken: a sentence that says what to do."""
    with pytest.raises(ArchiveError, match="no archive yet"):
        serve(tmp_path / "nothing")
    (tmp_path / "text.db").write_text("not a database, but long enough to be taken for one by its length", "utf-8")
    with pytest.raises(ArchiveError, match="not an archive"):
        serve(tmp_path / "text.db")
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ArchiveError, match="choose another"):
        serve(folder, port=taken.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "local"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("x.test", False)]
)
def test_only_this_machine_may_write_sql_by_default(host: str, local: bool) -> None:
    """On an address that others reach, the ready-made queries stay and SQL of one's own is off."""
    assert is_loopback(host) is local


def test_without_sql_the_queries_stay(folder: Path) -> None:
    """What is ready-made is answered, SQL of one's own is refused."""
    web = Web(application(folder, allow_sql=False))
    assert web.get("/morgue?sql=select+1").status == 403
    assert web.get("/morgue/newest").status == 200
    web.datasette.executor.shutdown()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_server_ends_when_it_is_told_to(folder: Path, ending: signal.Signals) -> None:
    """It says its address, answers there, and on a signal ends with 0 and without a traceback."""
    code = "import sys; from pathlib import Path; from archive.web import serve; serve(Path(sys.argv[1]), port=0)"
    with subprocess.Popen(
        [sys.executable, "-u", "-c", code, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    ) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+/", said)
            assert address, said
            with urlopen(address[0], timeout=20) as answer:
                assert answer.status == 200
            with pytest.raises(HTTPError, match="404"):
                urlopen(f"{address[0]}no/such/page/here", timeout=20)
            process.send_signal(ending)
            _, errors = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 0, errors
    assert errors == ""
