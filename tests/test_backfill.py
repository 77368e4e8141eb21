"""Back in time: by sitemaps, by archive pages, by the Wayback Machine; stopped, killed and taken up again."""

from __future__ import annotations

import asyncio
import gzip
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import Archive
from archive.captures import Captures
from archive.records import Link, Wanted
from scraper.backfill import Span, Walk, backfill, begin, jumps, wayback
from scraper.backfill.days import archive_pages, is_archive_page, later_page
from scraper.commands.backfill import backfill as backfill_command
from scraper.config import Listing, Network, Source
from scraper.errors import UnreadableListing
from scraper.fetch import Fetcher
from scraper.pipeline import Run, crawl
from scraper.session import Session
from tests import cdxserver
from tests.cdxserver import Index, Memento
from tests.fakes import FakeClock, FakeWeb, InThisProcess, Reply

ROOT = Path(__file__).parent.parent
ROUNDS = int(os.environ.get("KILLS", "4"))
HOME = "https://93.184.216.34"
NOVEMBER = Span(date(2017, 11, 1), date(2017, 11, 30))


def story(title, *, day=None):
    stated = f'<meta property="article:published_time" content="{day}T08:00:00+07:00">' if day else ""
    paragraphs = "".join(
        f"<p>The council of the town met on Tuesday and talked about the bridge over the river, said {name} of {title},"
        " and nobody in the hall was of another opinion that evening.</p>"
        for name in ("Sok", "Maly", "Dara", "Vanna", "Rithy")
    )
    return (
        f"<html lang=en><head><title>{title} - The Paper</title>{stated}</head>"
        f"<body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    )


def section(stories, *, older=None):
    """A page of a section as Drupal prints it. `stories` are (path, headline, day or None)."""
    rows = "".join(
        f'<li class="views-row"><h3><a href="{path}">{title}</a></h3>'
        + (f'<time datetime="{day}">{day}</time>' if day else "")
        + "</li>"
        for path, title, day in stories
    )
    pager = f'<ul class="pager"><li><a rel="next" href="{older}">older</a></li></ul>' if older else ""
    return f"<html lang=en><body><main><ul>{rows}</ul>{pager}</main></body></html>"


def sitemap(*entries):
    items = "".join(
        f"<url><loc>{HOME}{path}</loc>{f'<lastmod>{changed}</lastmod>' if changed else ''}</url>"
        for path, changed in entries
    )
    return xml(f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{items}</urlset>')


def sitemap_index(*entries):
    items = "".join(
        f"<sitemap><loc>{HOME}{path}</loc>{f'<lastmod>{changed}</lastmod>' if changed else ''}</sitemap>"
        for path, changed in entries
    )
    return xml(f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{items}</sitemapindex>')


def xml(text):
    return Reply(text, headers={"Content-Type": "application/xml"})


class Paper:
    """A newspaper in a dictionary and an archive that outlives the runs."""

    def __init__(self, pages, listings=(), **source):
        self.clock = FakeClock()
        self.web = FakeWeb({HOME + path: reply for path, reply in pages.items()}, self.clock)
        self.archive = Archive(":memory:", writable=True)
        self.source = Source(id="paper", homepage=f"{HOME}/", listings=listings, delay=0.0, **source)

    def back(self, via, span=NOVEMBER, *, limit=None, again=False):
        async def perform():
            network = Network(delay=0.0, retries=0)
            async with Fetcher(network, memory=self.archive, clock=self.clock, transport=self.web) as fetcher:
                run = Run(archive=self.archive, fetcher=fetcher, reader=InThisProcess(), clock=self.clock, limit=limit)
                record = await begin(self.source, via, span, run, again=again)
                await backfill(Walk(record, self.source), run)
                return self.archive.backfill_progress(record)

        return asyncio.run(perform())

    def crawl(self):
        async def perform():
            network = Network(delay=0.0, retries=0)
            async with Fetcher(network, memory=self.archive, clock=self.clock, transport=self.web) as fetcher:
                run = Run(archive=self.archive, fetcher=fetcher, reader=InThisProcess(), clock=self.clock)
                await crawl([self.source], run)

        asyncio.run(perform())

    def asked(self):
        return [url.removeprefix(HOME) for url in self.web.urls]

    def states(self):
        rows = self.archive.db.execute("SELECT url, state, reason FROM links")
        return {url.removeprefix(HOME): (state, reason) for url, state, reason in rows}

    def held(self):
        return sorted(url.removeprefix(HOME) for (url,) in self.archive.db.execute("SELECT url FROM articles"))


@pytest.mark.parametrize(
    ("link", "fits"),
    [
        (Link(url="https://p.test/2017/11/27/a-story"), True),
        (Link(url="https://p.test/2017/12/01/a-story"), False),
        (Link(url="https://p.test/2017/11/a-story"), True),
        (Link(url="https://p.test/a", published="2017-11-30T23:50+07:00"), True),
        (Link(url="https://p.test/a", published="2017-10-31"), False),
        (Link(url="https://p.test/a", published="2017"), True),
        (Link(url="https://p.test/a", modified="2017-10-31"), False),
        (Link(url="https://p.test/a", modified="2020-01-01"), True),
        (Link(url="https://p.test/a"), True),
    ],
)
def test_a_story_is_inside_unless_something_says_otherwise(link, fits):
    """Published then, perhaps published then, changed later: inside. Changed for the last time before: outside."""
    assert NOVEMBER.story(link) is fits


@pytest.mark.parametrize(
    ("url", "modified", "fits"),
    [
        ("https://p.test/sitemap-2017-11.xml", None, True),
        ("https://p.test/sitemap-2017-10.xml", "2024-01-01", False),
        ("https://p.test/sitemap-2017.xml.gz", None, True),
        ("https://p.test/sitemap.xml?yyyy=2017&mm=11&dd=27", None, True),
        ("https://p.test/sitemap.xml?yyyy=2017&mm=12&dd=01", None, False),
        ("https://p.test/sitemap-posts-12.xml", "2017-10-31T10:00Z", False),
        ("https://p.test/sitemap-posts-12.xml", "2018-02-01", True),
        ("https://p.test/sitemap-posts-12.xml", None, True),
    ],
)
def test_only_sitemaps_that_can_hold_the_days_are_asked(url, modified, fits):
    """What the address or the last change rule out is not fetched."""
    assert NOVEMBER.sitemap(Link(url=url, modified=modified, kind="listing")) is fits


def test_the_pages_of_days_have_the_form_of_the_one_that_is_linked():
    """One link to a day is enough; leading zeros and the rest of the address stay."""
    links = [Link(url="https://p.test/archive/2024/3/9/"), Link(url="https://other.test/2024/03/09/")]
    days = Span(date(2017, 11, 9), date(2017, 11, 10)).days()
    assert archive_pages(links, "https://p.test/", days) == [
        "https://p.test/archive/2017/11/10/",
        "https://p.test/archive/2017/11/9/",
    ]
    assert archive_pages([Link(url="https://p.test/2024/03/09/a-story")], "https://p.test/", days) == []
    assert is_archive_page("https://p.test/2024/03/09/")
    assert not is_archive_page("https://p.test/2024/")
    assert later_page([Link(url="https://p.test/2024/03/09/?page=1")], "https://p.test/2024/03/09/")


@pytest.mark.parametrize(
    ("linked", "made"),
    [
        ("https://p.test/2024/03/", ["https://p.test/2018/01/", "https://p.test/2017/12/"]),
        (
            "https://p.test/archive/2024-3.html",
            ["https://p.test/archive/2018-1.html", "https://p.test/archive/2017-12.html"],
        ),
        ("https://p.test/?m=202403", ["https://p.test/?m=201801", "https://p.test/?m=201712"]),
        ("https://p.test/a?date=2024-03-09", ["https://p.test/a?date=2018-01-01", "https://p.test/a?date=2017-12-31"]),
        ("https://p.test/20240309", ["https://p.test/20180101", "https://p.test/20171231"]),
        ("https://p.test/article/202403", []),
        ("https://p.test/2024/03/a-story", []),
        ("https://p.test/2024/03/page/2/", []),
        ("https://p.test/2024/", []),
    ],
)
def test_archive_pages_of_days_and_months_are_made_in_every_form(linked, made):
    """In the path or as a parameter; a month once, however many of its days are looked for."""
    days = Span(date(2017, 12, 31), date(2018, 1, 1)).days()
    assert archive_pages([Link(url=linked)], "https://p.test/", days) == made
    both = [Link(url=linked), Link(url="https://p.test/2024/03/09/")]
    assert archive_pages(both, "https://p.test/", days)[-1].endswith("/2017/12/31/") or made[-1].endswith("31")


def test_a_month_is_walked_page_by_page():
    """Archive pages of a month, as blogs have them: each of its pages, and none of another month."""
    pages = {
        "/": '<html><body><p>Front page</p><aside><a href="/2024/03/">March 2024</a></aside></body></html>',
        "/2017/11/": section(
            [("/2017/11/27/a-first-story-here", "A first story of that month", None)], older="/2017/11/page/2/"
        ),
        "/2017/11/page/2/": section([("/2017/11/02/a-second-story-here", "A second story of that month", None)]),
        **{f"/2017/11/{slug}": story(slug) for slug in ("27/a-first-story-here", "02/a-second-story-here")},
    }
    paper = Paper(pages)
    assert paper.back("pages").over
    assert len(paper.held()) == 2
    assert Counter(paper.asked()) == Counter(list(pages))


def test_sitemaps_are_walked_and_only_the_days_are_fetched():
    """The index of robots.txt, the child of that month, the stories inside; what lies outside is noted and left."""
    pages = {
        "/robots.txt": Reply(f"Sitemap: {HOME}/sitemap.xml\n", headers={"Content-Type": "text/plain"}),
        "/sitemap.xml": sitemap_index(
            ("/sitemap-2017-11.xml", "2024-01-01"), ("/sitemap-2018-01.xml", "2024-01-01"), ("/old.xml", "2016-01-01")
        ),
        "/sitemap-2017-11.xml": sitemap(("/2017/11/27/a", "2020-01-01"), ("/2017/12/01/b", "2017-12-01"), ("/c", None)),
        "/2017/11/27/a": story("A bridge", day="2017-11-27"),
        "/c": story("A road"),
    }
    paper = Paper(pages)
    progress = paper.back("sitemap")
    assert paper.asked() == ["/sitemap.xml", "/sitemap-2017-11.xml", "/2017/11/27/a", "/c"]
    assert paper.states()["/2017/12/01/b"] == ("excluded", "out of range")
    assert progress.over
    assert (progress.named, progress.settled) == (2, 2)


def test_a_walk_that_reached_its_end_asks_nothing_again():
    """Re-running anything changes nothing; --again walks once more and fetches no article twice."""
    pages = {
        "/map.xml": sitemap(("/2017/11/27/a", None)),
        "/2017/11/27/a": story("A bridge", day="2017-11-27"),
    }
    paper = Paper(pages, [Listing(url=f"{HOME}/map.xml", kind="sitemap")])
    paper.back("sitemap")
    paper.web.log.clear()
    assert paper.back("sitemap").over
    assert paper.asked() == []
    paper.back("sitemap", again=True)
    assert paper.asked() == ["/map.xml"]


def test_another_month_takes_what_an_earlier_walk_left_alone():
    """Out of range is no verdict for ever, and an address that is wanted stays wanted."""
    pages = {
        "/map.xml": sitemap(("/2017/11/27/a", None), ("/2017/12/01/b", None)),
        "/2017/11/27/a": story("A bridge", day="2017-11-27"),
        "/2017/12/01/b": story("A road", day="2017-12-01"),
    }
    paper = Paper(pages, [Listing(url=f"{HOME}/map.xml", kind="sitemap")])
    paper.back("sitemap")
    assert paper.held() == ["/2017/11/27/a"]
    paper.back("sitemap", Span(date(2017, 12, 1), date(2017, 12, 31)))
    assert paper.held() == ["/2017/11/27/a", "/2017/12/01/b"]


def test_a_walk_after_a_crawl_begins_at_the_sitemaps_that_the_crawl_found():
    """The index is asked and not each of its children, and what the crawl holds is not fetched again."""
    pages = {
        "/": f'<html><head><link rel="sitemap" href="{HOME}/index.xml"></head><body><p>Front page</p></body></html>',
        "/index.xml": sitemap_index(("/sitemap-2017-11.xml", None), ("/sitemap-2018-01.xml", None)),
        "/sitemap-2017-11.xml": sitemap(("/2017/11/27/a", None)),
        "/sitemap-2018-01.xml": sitemap(("/2018/01/27/b", None)),
        "/2017/11/27/a": story("A bridge", day="2017-11-27"),
        "/2018/01/27/b": story("A road", day="2018-01-27"),
    }
    paper = Paper(pages)
    paper.crawl()
    paper.web.log.clear()
    assert paper.back("sitemap").over
    assert paper.asked() == ["/index.xml", "/sitemap-2017-11.xml"]


def test_a_paged_section_is_walked_until_the_days_are_covered():
    """`pages` of config.yaml, newest first: too new is left alone, too old ends the walk."""

    def day(number):
        return [(f"/{number}-{at}", f"Story {at} of day {number} in town", f"2017-{number:02d}-05") for at in range(3)]

    pages = {"/national": section(day(12))}
    for number in range(1, 12):
        pages[f"/national?page={number}"] = section(day(12 - number))
    pages |= {path: story(title) for path, title, _ in day(11)}
    listing = Listing(url=f"{HOME}/national", links="li.views-row a", pages="?page={n}", kind="section")
    paper = Paper({**pages, "/": "<html><body><p>Front page</p></body></html>"}, [listing])
    progress = paper.back("pages")
    assert paper.held() == ["/11-0", "/11-1", "/11-2"]
    assert [path for path in paper.asked() if "national" in path] == [
        "/national",
        "/national?page=1",
        "/national?page=2",
    ]
    assert progress.over


FIRST = date(2017, 1, 1)


def deep(per_page, days, *, pager, ending):
    """A section of many pages, newest first: its pages, its listing, and its stories as (path, day).

    days     of its stories, as days since 2017-01-01
    pager    how pages are called: by config.yaml, by number or by how many stories stand before
    ending   what is behind the last page: nothing (404), an empty page, the last page again, or the first
    """
    stories = [
        (f"/s/{number}-a-story", f"A long headline of story {number}", str(FIRST + timedelta(days=day)))
        for number, day in enumerate(days)
    ]
    chunks = [stories[at : at + per_page] for at in range(0, len(stories), per_page)]

    def name(number):
        if not number:
            return "/national"
        return f"/national?start={number * per_page}" if pager == "start" else f"/national?page={number}"

    pages = {"/": "<html><body><p>Front page</p></body></html>"}
    for number in range(2 * len(chunks) + 8):
        if number < len(chunks):
            last = number == len(chunks) - 1
            pages[name(number)] = section(chunks[number], older=None if last or pager == "config" else name(number + 1))
        elif ending == "404":
            pages[name(number)] = Reply(status=404)
        else:
            pages[name(number)] = section({"empty": [], "last": chunks[-1], "first": chunks[0]}[ending])
    pages |= {path: story(title, day=day) for path, title, day in stories}
    template = "?page={n}" if pager == "config" else None
    return pages, Listing(url=f"{HOME}/national", links="li.views-row a", pages=template, kind="section"), stories


@pytest.mark.parametrize("pager", ["config", "page", "start"])
def test_days_far_back_are_jumped_to(pager):
    """200 pages of a story a day: five days of which take a few requests, and none of the stories is missed."""
    pages, listing, stories = deep(5, range(1000, 0, -1), pager=pager, ending="404")
    paper = Paper(pages, [listing])
    first = FIRST + timedelta(days=150)
    assert paper.back("pages", Span(first, first + timedelta(days=4))).over
    expected = sorted(path for path, _, day in stories if str(first) <= day <= str(first + timedelta(days=4)))
    assert len(expected) == 5
    assert paper.held() == expected
    asked = [path for path in paper.asked() if path.startswith("/national")]
    assert len(asked) == len(set(asked)) <= 20


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.integers(1, 6),
    st.lists(st.integers(0, 400), min_size=1, max_size=60),
    st.integers(0, 400),
    st.integers(0, 30),
    st.sampled_from(("config", "page", "start")),
    st.sampled_from(("404", "empty", "last", "first")),
    st.randoms(use_true_random=False),
)
def test_no_story_is_missed_by_jumping(per_page, days, begin, length, pager, ending, dice):
    """Whatever the pages hold, however they are called and end: each story of the days is filed, no page twice."""
    belated = sorted(days, key=lambda day: -day - dice.randint(0, 6))
    pages, listing, stories = deep(per_page, belated, pager=pager, ending=ending)
    paper = Paper(pages, [listing])
    span = Span(FIRST + timedelta(days=begin), FIRST + timedelta(days=begin + length))
    assert paper.back("pages", span).over
    assert paper.held() == sorted(path for path, _, day in stories if str(span.first) <= day <= str(span.last))
    assert max(Counter(paper.asked()).values()) == 1


@pytest.mark.parametrize(
    ("known", "number", "url"),
    [
        ({1: "https://p.test/n/page/2/"}, 9, "https://p.test/n/page/10/"),
        ({1: "https://p.test/2017?page=1", 2: "https://p.test/2017?page=2"}, 16, "https://p.test/2017?page=16"),
        ({2: "https://p.test/?start=40&n=20", 3: "https://p.test/?start=60&n=20"}, 6, "https://p.test/?start=120&n=20"),
        ({1: "https://p.test/?from=1511770500", 2: "https://p.test/?from=1511690000"}, 4, None),
        ({1: "https://p.test/?page=2", 2: "https://p.test/?page=3", 3: "https://p.test/?page=7"}, 6, None),
        ({1: "https://p.test/?after=abc"}, 2, None),
        ({0: "https://p.test/"}, 2, None),
    ],
)
def test_pages_are_only_made_up_where_they_count(known, number, url):
    """Numbers of pages or of stories before them; never times, or what grows in no even steps."""
    assert jumps.address(known, number) == url


def test_a_section_that_dates_nothing_is_dated_by_its_articles():
    """Without dates in the teasers each page's stories are read first, and their age ends the walk."""
    months = {0: "2017-11-20", 1: "2017-11-02", 2: "2017-10-20", 3: "2017-10-01"}
    pages = {"/": "<html><body><p>Front page</p></body></html>"}
    for number in range(12):
        rows = [(f"/s/{number}-{at}", f"A long headline of story {at} on page {number}", None) for at in range(3)]
        older = f"/national?page={number + 1}"
        pages["/national" if not number else f"/national?page={number}"] = section(rows, older=older)
        pages |= {path: story(title, day=months.get(number)) for path, title, _ in rows}
    listing = Listing(url=f"{HOME}/national", links="li.views-row a", kind="section")
    paper = Paper(pages, [listing])
    assert paper.back("pages").over
    assert [path for path in paper.asked() if "national" in path] == [
        "/national",
        "/national?page=1",
        "/national?page=2",
    ]


def test_undated_stories_that_are_too_new_are_left_alone():
    """One story of a page is read; when even the lowest is too new, those above it are newer still."""
    months = {0: "2019-03-01", 1: "2018-06-01", 2: "2017-11-20", 3: "2017-09-01"}
    pages = {"/": "<html><body><p>Front page</p></body></html>"}
    for number, day in months.items():
        rows = [(f"/s/{number}-{at}", f"A long headline of story {at} on page {number}", None) for at in range(5)]
        pages["/national" if not number else f"/national?page={number}"] = section(rows)
        pages |= {path: story(title, day=day) for path, title, _ in rows}
    pages["/national?page=4"] = section([])
    paper = Paper(pages, [Listing(url=f"{HOME}/national", links="li.views-row a", pages="?page={n}", kind="section")])
    assert paper.back("pages").over
    assert Counter(path[3] for path in paper.asked() if path.startswith("/s/")) == {"0": 1, "1": 1, "2": 5, "3": 5}
    assert paper.states()["/s/0-0"] == ("excluded", "out of range")


@pytest.mark.parametrize("last", ["repeated", "empty", "missing", "first again"])
def test_the_end_of_a_section_is_noticed(last):
    """Behind the last page sites repeat it, send an empty one, answer 404 or show the first again."""
    rows = [
        [(f"/{page}-{at}", f"Story {at} of page {page} in town", "2017-11-09") for at in range(3)] for page in (0, 1)
    ]
    behind = {
        "repeated": section(rows[1]),
        "empty": section([]),
        "missing": Reply(status=404),
        "first again": section(rows[0]),
    }
    pages = {
        "/": "<html><body><p>Front page</p></body></html>",
        "/national": section(rows[0]),
        "/national?page=1": section(rows[0]),  # this site counts from 1
        "/national?page=2": section(rows[1]),
        "/national?page=3": behind[last],
        **{path: story(title) for page in rows for path, title, _ in page},
    }
    paper = Paper(pages, [Listing(url=f"{HOME}/national", links="li.views-row a", pages="?page={n}", kind="section")])
    assert paper.back("pages").over
    assert len(paper.held()) == 6


def test_sections_and_days_are_found_from_the_front_page():
    """A source given by its front page alone: its sections, and the pages of its days, also the second one of a day."""
    pages = {
        "/": '<html><body><nav><a href="/national">National</a></nav><a href="/2024/03/09/">Old</a></body></html>',
        "/national": section([("/2017/11/02/n-story-of-the-nation", "A story of the whole nation", "2017-11-02")]),
        "/2017/11/02/": section([("/2017/11/02/n-story-of-the-nation", "A story of the whole nation", None)]),
        "/2017/11/01/": section(
            [("/2017/11/01/a-first-story-here", "A first story of that day", None)], older="/2017/11/01/?page=1"
        ),
        "/2017/11/01/?page=1": section([("/2017/11/01/a-second-story-here", "A second story of that day", None)]),
        **{
            f"/2017/11/{slug}": story(slug)
            for slug in ("01/a-first-story-here", "01/a-second-story-here", "02/n-story-of-the-nation")
        },
    }
    paper = Paper(pages)
    assert paper.back("pages", Span(date(2017, 11, 1), date(2017, 11, 2))).over
    assert len(paper.held()) == 3


def test_a_limit_stops_the_walk_and_the_next_run_goes_on():
    """What was not begun stays wanted; nothing is asked twice."""
    paths = [f"/2017/11/{day:02d}/a" for day in range(1, 11)]
    pages = {"/map.xml": sitemap(*((path, None) for path in paths)), **{path: story(path) for path in paths}}
    paper = Paper(pages, [Listing(url=f"{HOME}/map.xml", kind="sitemap")])
    assert not paper.back("sitemap", limit=4).over
    assert len(paper.held()) == 4
    assert paper.back("sitemap").over
    assert Counter(paper.asked()) == Counter(["/map.xml", *paths])


def test_a_listing_that_fails_for_now_keeps_its_turn():
    """A step is done when it was answered; until then the walk is not over."""
    answers = [Reply(status=500), sitemap(("/2017/11/27/a", None))]
    paper = Paper(
        {"/map.xml": answers, "/2017/11/27/a": story("A bridge")}, [Listing(url=f"{HOME}/map.xml", kind="sitemap")]
    )
    progress = paper.back("sitemap")
    assert (progress.waiting, progress.failed, progress.over) == (1, 1, False)
    paper.clock.advance(timedelta(hours=1).total_seconds())
    assert paper.back("sitemap").over
    assert paper.held() == ["/2017/11/27/a"]


JSON = (
    b'[["timestamp","original","mimetype","statuscode","digest"],\n["20171127083000","http://p.test/2017/11/27/a",'
    b'"text/html","200","X"],\n[],\n["test%2Cp%29%2Fb+20171128000000"]]'
)
TEXT = b"20171127083000 http://p.test/2017/11/27/a text/html 200 X\n\ntest%2Cp%29%2Fb+20171128000000\n"
WHOLE = b"test,p)/2017/11/27/a 20171127083000 http://p.test/2017/11/27/a text/html 200 X 123\n"
LINES = b'{"urlkey":"x","timestamp":"20171127083000","url":"http://p.test/2017/11/27/a","mime":"text/html","status":"200"}\n'


@pytest.mark.parametrize("body", [JSON, TEXT, WHOLE, LINES], ids=["json", "text", "all fields", "json lines"])
def test_every_output_of_a_cdx_server_is_read(body):
    """Its JSON, its text with and without a choice of fields, and pywb's lines of JSON."""
    rows, key = wayback.read_rows(body, "https://w.test/cdx")
    assert [(row.stamp, row.original) for row in rows] == [("20171127083000", "http://p.test/2017/11/27/a")]
    if key:
        following = wayback.following("https://w.test/cdx?url=p.test&limit=1", rows, key)
        assert following == "https://w.test/cdx?url=p.test&limit=1&resumeKey=test%2Cp%29%2Fb+20171128000000"


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sorry</html>",
        b'[{"a": 1}]',
        b"[[1,2",
        b"org.archive.Error: blocked site",
        b'{"message": "Too many requests"}',
        b"7",
        WHOLE + b"test,p)/2017/11/28/b 20171128083000 http://p.te",
        WHOLE + b"java.net.SocketTimeoutException: Read timed out",
        LINES + b'{"urlkey":"y"}',
    ],
)
def test_what_is_no_index_is_said_to_be_none(body):
    """A page of an error is no empty index."""
    with pytest.raises(UnreadableListing):
        wayback.read_rows(body, "https://w.test/cdx")


def test_rows_are_read_whatever_their_cells_hold():
    """Revisits and unknown types are rows, an address with a space is one address; only pages become links."""
    text = (
        b"20171127083000 http://p.test/2017/11/27/a-long-story warc/revisit - X\n"
        b"20171127093000 http://p.test/2017/11/27/b long story text/html 200 X\n"
    )
    rows, _ = wayback.read_rows(text, "https://w.test/cdx")
    assert [(row.original, row.status) for row in rows] == [
        ("http://p.test/2017/11/27/a-long-story", "-"),
        ("http://p.test/2017/11/27/b%20long%20story", "200"),
    ]
    assert [link.url for link in wayback.as_links(rows)] == ["http://p.test/2017/11/27/b%20long%20story"]
    (row,), _ = wayback.read_rows(
        b'[["timestamp","original","statuscode"],["20171127083000","http://p.test/a",null]]', ""
    )
    assert row.status == ""


def test_an_empty_index_is_no_failure():
    """The Wayback Machine knows nothing of that time."""
    assert wayback.read_rows(b"", "https://w.test/cdx") == ([], None)
    assert wayback.read_rows(b"[]\n", "https://w.test/cdx") == ([], None)


ORIGIN = "http://news.test"


def mementos(count=14):
    """Captures of a paper's stories of November 2017, and of much that is no story or of another time."""
    stories = [
        Memento(f"201711{day:02d}083000", f"{ORIGIN}/2017/11/{day:02d}/story-{day}", story(f"Story {day}").encode())
        for day in range(1, count + 1)
    ]
    again = [Memento("20171201000000", stories[0].original, b"<html>a later capture</html>")]
    others = [
        Memento("20171105000000", f"{ORIGIN}/", story("Front").encode()),
        Memento("20171105000000", f"{ORIGIN}/national", b"<html></html>"),
        Memento("20171105000000", f"{ORIGIN}/2017/11/05/", b"<html></html>"),
        Memento("20171105000000", f"{ORIGIN}/2017/11/05/photo-of-day", b"GIF", mime="image/gif"),
        Memento("20171105000000", f"{ORIGIN}/2017/11/06/moved-story", b"", status="301"),
        Memento("20171105000000", f"{ORIGIN}/2016/01/05/old-story", story("Old").encode()),
        Memento("20171105000000", "http://other.test/2017/11/05/foreign-story", story("Foreign").encode()),
    ]
    return [*stories, *again, *others]


class Past(Paper):
    """A newspaper of which there is only what the Wayback Machine has; no network, a clock of its own."""

    def __init__(self, index):
        super().__init__({})
        self.index = index
        self.source = Source(id="paper", homepage=f"{ORIGIN}/", delay=0.0)

    def back(self):
        async def perform():
            network = Network(delay=0.0, retries=0)
            transport = cdxserver.Offline(self.index)
            async with Fetcher(network, memory=self.archive, clock=self.clock, transport=transport) as fetcher:
                run = Run(archive=self.archive, fetcher=fetcher, reader=InThisProcess(), clock=self.clock)
                record = await begin(self.source, "wayback", NOVEMBER, run, endpoint=HOME)
                await backfill(Walk(record, self.source, HOME, 0.0), run)
                return self.archive.backfill_progress(record), run.report.stopped

        return asyncio.run(perform())


TROUBLE = {
    "503": (503, b"<html>Service Unavailable</html>", []),
    "504": (504, b"", []),
    "429 with a pause": (429, b"", [("Retry-After", "60")]),
    "429 without": (429, b"", []),
    "an error in a page": (200, b"<html><body>Temporarily Offline</body></html>", [("Content-Type", "text/html")]),
    "an error in JSON": (200, b'{"message": "Internal error"}', [("Content-Type", "application/json")]),
    "cut JSON": (200, b'[["timestamp","original"],["2017', [("Content-Type", "application/json")]),
}


@pytest.mark.parametrize("trouble", TROUBLE)
@pytest.mark.parametrize("turn", [2, 3, 9])
def test_trouble_of_the_wayback_machine_passes(trouble, turn):
    """Whatever it answers, to a query or for a capture: the walk is not over, and ends with every story once."""
    index = Index(mementos(), trouble={turn: TROUBLE[trouble]})
    past = Past(index)
    progress, stopped = past.back()
    asked = len(index.log)
    if turn == 2 or trouble.startswith("429"):
        assert not progress.over
        assert bool(stopped) is trouble.startswith("429")
    for _ in range(3):
        past.clock.advance(timedelta(days=1).total_seconds())
        progress, _ = past.back()
    assert progress.over
    assert len(past.archive.db.execute("SELECT url FROM articles").fetchall()) == 14
    assert len(index.log) <= asked + 17


def test_captures_come_in_many_shapes():
    """Packed without saying so, of another time, a redirect to the story's new address: filed as they were."""
    packed = gzip.compress(story("A packed story").encode())
    moved = f"{ORIGIN}/2017/11/04/new-place-of-story"
    to = ("Location", moved)
    html = ("Content-Encoding", "gzip"), ("Content-Type", "text/html; charset=utf-8")
    index = Index([
        Memento("20171102083000", f"{ORIGIN}/2017/11/02/packed-story-here", packed, headers=html),
        Memento("20171103083000", f"{ORIGIN}/2017/11/03/moved-story-here", b"", status="302", headers=(to,)),
        Memento("20171103093000", f"{ORIGIN}/2017/11/03/moved-story-here", story("As it stood before").encode()),
        Memento("20171104083000", moved, story("A moved story").encode()),
    ])  # fmt: skip
    past = Past(index)
    assert past.back()[0].over
    articles = {article.title for article in past.archive.articles()}
    assert articles == {"A packed story", "As it stood before", "A moved story"}
    assert not [path for path, _ in index.log if "20171103083000" in path]  # the index says that it is no page
    page, link = asyncio.run(fetched(index, f"{HOME}/web/20171103083000id_/{ORIGIN}/2017/11/03/moved-story-here"))
    captured = wayback.as_captured(page, link)
    assert (captured.url, captured.final_url) == (f"{ORIGIN}/2017/11/03/moved-story-here", moved)
    assert captured.fetched_at.isoformat() == "2017-11-04T08:30:00+00:00"


async def fetched(index, capture):
    """The answer for a capture that somebody wants."""
    async with Fetcher(Network(delay=0.0, retries=0), transport=cdxserver.Offline(index), clock=FakeClock()) as fetcher:
        page = await fetcher.get(capture)
    return page, Wanted(url=capture.partition("id_/")[2], source="paper", capture=capture)


def write_config(folder, homepage, listings=""):
    path = folder / "config.yaml"
    path.write_text(
        "data: data\nnetwork: {allow: [127.0.0.0/8], delay: 0, retries: 1}\nsources:\n"
        f"  - id: paper\n    homepage: {homepage}\n{listings}",
        encoding="utf-8",
    )
    return path


def command(config, *words):
    span = ("--from", "2017-11-01", "--to", "2017-11-30")
    return [sys.executable, "-m", "scraper", "backfill", "paper", *span, *words, "--config", str(config)]


def morgue(config, *words):
    return subprocess.run(command(config, *words), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def rows(config, sql):
    with Archive(config.parent / "data") as archive:
        return [tuple(row) for row in archive.db.execute(sql)]


@pytest.mark.parametrize("habits", [{}, {"text": True}, {"keyless": True}], ids=["json", "text", "no keys"])
def test_captures_of_the_wayback_machine_are_filed(tmp_path, habits):
    """Original address, time of the capture, and the archive's address as the source of the capture."""
    index = Index(mementos(), **habits)
    config = write_config(tmp_path, f"{ORIGIN}/")
    with cdxserver.wayback(index) as base:
        done = morgue(config, "--via", "wayback", "--wayback", base)
        assert done.returncode == 0, done.stderr
        assert "complete" in done.stdout
        assert rows(config, "SELECT count(*), count(DISTINCT url) FROM articles") == [(14, 14)]
        (article,) = rows(
            config,
            "SELECT articles.url, first_seen_at, captured_at, via, origins.url, links.retry_at FROM articles"
            " JOIN revisions ON revisions.id = revision_id JOIN captures ON captures.id = capture_id"
            " JOIN origins USING (capture_id) JOIN links ON links.article_id = articles.id"
            " WHERE articles.url LIKE '%story-7'",
        )
        assert article == (
            f"{ORIGIN}/2017/11/07/story-7",
            "2017-11-07T08:30:00Z",
            "2017-11-07T08:30:00Z",
            "wayback",
            f"{base}/web/20171107083000id_/{ORIGIN}/2017/11/07/story-7",
            None,
        )
        with Archive(tmp_path / "data") as archive, Captures(tmp_path / "data" / "captures") as captures:
            (capture,) = archive.article(f"{ORIGIN}/2017/11/07/story-7").captures
            assert b"Story 7" in captures.read(capture).body
            (told,) = archive.why(f"{ORIGIN}/2017/11/07/story-7")
            assert "id_/" in told.visits[0].detail
        index.log.clear()
        assert morgue(config, "--via", "wayback", "--wayback", base).returncode == 0
        assert index.log == []


def test_the_index_is_read_in_pieces(tmp_path):
    """A resumption key leads to the next piece, until there is none."""
    index = Index(mementos())
    with cdxserver.wayback(index) as base:
        source = Source(id="paper", homepage=f"{ORIGIN}/")
        (query,) = wayback.queries(source, NOVEMBER, base)
        found = []

        async def read():
            url = query.replace(f"limit={wayback.ROWS}", "limit=3")
            async with Fetcher(Network(allow=["127.0.0.0/8"], delay=0)) as fetcher:
                while url:
                    page = await fetcher.get(url, want="any")
                    listed, key = wayback.read_rows(page.body, url)
                    found.extend(listed)
                    url = wayback.following(url, listed, key)

        asyncio.run(read())
        assert len(found) == len({row.original for row in found}) == 18
        assert len(index.log) == 1 + 6  # robots.txt, and 18 rows by three


def test_a_busy_wayback_machine_is_waited_for(tmp_path):
    """429 with Retry-After: the request is repeated after the pause and the walk reaches its end."""
    index = Index(mementos(4), busy=3)
    config = write_config(tmp_path, f"{ORIGIN}/")
    with cdxserver.wayback(index) as base:
        done = morgue(config, "--via", "wayback", "--wayback", base)
    assert done.returncode == 0, done.stderr
    assert 429 in {status for _, status in index.log}
    assert rows(config, "SELECT count(*) FROM articles") == [(4,)]


def test_a_wayback_machine_that_wants_no_robots_is_left_alone(tmp_path):
    """One request for robots.txt and no other; the walk stays open and says what stopped it."""
    index = Index(mementos(4), robots=b"User-agent: *\nDisallow: /\n")
    config = write_config(tmp_path, f"{ORIGIN}/")
    with cdxserver.wayback(index) as base:
        done = morgue(config, "--via", "wayback", "--wayback", base)
    assert done.returncode == 1
    assert "robots.txt" in done.stderr
    assert [path for path, _ in index.log] == ["/robots.txt"]


class Press(BaseHTTPRequestHandler):
    """Serves the dictionary of its server and counts what was asked for."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self):
        with self.server.lock:
            self.server.asked[self.path] += 1
        body = self.server.pages.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format, *args):
        """Nothing on stderr."""


class PressServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, pages):
        self.pages = {path: text.encode() for path, text in pages.items()}
        self.asked, self.lock = Counter(), threading.Lock()
        super().__init__(("127.1.0.8", 0), Press)

    def server_bind(self):
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()


@contextmanager
def press(pages):
    server = PressServer(pages)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server, f"http://127.1.0.8:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def until_done(config, words, dice):
    """Begin, kill -9 at a random moment, begin again ...; the last time the command may end by itself."""
    kills = 0
    for _ in range(ROUNDS):
        with subprocess.Popen(
            command(config, *words), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as running:
            deadline = time.monotonic() + dice.uniform(1.0, 3.0)
            while time.monotonic() < deadline and running.poll() is None:
                time.sleep(0.01)
            kills += running.poll() is None
            running.kill()
    done = morgue(config, *words)
    assert done.returncode == 0, done.stderr
    assert "complete" in done.stdout
    assert kills, "no run was killed"
    return kills


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2017-12-01", "--to", "2017-11"), "--to is before --from"),
        (("--from", "November", "--to", "2017-11"), "write 2017, 2017-11 or 2017-11-27"),
        (("--from", "2017-13", "--to", "2018"), "write 2017, 2017-11 or 2017-11-27"),
    ],
)
def test_days_that_are_none_are_refused_in_one_clear_line(words, said):
    """Usage errors say what to write."""
    done = CliRunner().invoke(backfill_command, ["paper", *words], obj=Session())
    assert done.exit_code == 2
    assert said in done.output


def test_killed_at_random_moments_three_sections_end_with_every_article_once(tmp_path):
    """No page is asked for more than once but the one in hand at a kill."""
    pages = {"/": "<html><body><p>Front page</p></body></html>"}
    expected = set()
    for name in ("national", "business", "sport"):
        for number in range(9):
            day = f"2017-{12 - number // 3:02d}-{25 - number % 3 * 8:02d}"
            found = [(f"/{name}/{number}-{at}", f"Story {at} of page {number} in {name} today", day) for at in range(4)]
            pages[f"/{name}?page={number}" if number else f"/{name}"] = section(found)
            pages |= {path: story(title) for path, title, _ in found}
            expected |= {path for path, _, _ in found if day.startswith("2017-11")}
    with press(pages) as (server, base):
        listings = "    listings:\n" + "".join(
            f"      - {{url: {base}/{name}, links: li.views-row a, pages: '?page={{n}}', kind: section}}\n"
            for name in ("national", "business", "sport")
        )
        config = write_config(tmp_path, f"{base}/", listings)
        kills = until_done(config, ("--via", "pages"), random.Random(20171127))
        asked = Counter({path: count for path, count in server.asked.items() if path != "/robots.txt"})
    held = [url.removeprefix(base) for (url,) in rows(config, "SELECT url FROM articles")]
    assert sorted(held) == sorted(expected)
    assert sum(count - 1 for count in asked.values()) <= kills
    assert max(asked.values()) <= 2 or kills > 1


def test_killed_at_random_moments_a_wayback_walk_ends_with_every_article_once(tmp_path):
    """The same through the Wayback Machine, which asks for pauses in between."""
    index = Index(mementos(28), busy=11)
    config = write_config(tmp_path, f"{ORIGIN}/")
    with cdxserver.wayback(index) as base:
        kills = until_done(config, ("--via", "wayback", "--wayback", base), random.Random(7))
    assert rows(config, "SELECT count(*), count(DISTINCT url) FROM articles") == [(28, 28)]
    answered = Counter(path for path, status in index.log if status == 200 and path != "/robots.txt")
    assert sum(count - 1 for count in answered.values()) <= kills
