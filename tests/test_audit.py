"""The audit: what a newspaper lists against what is held, with the reason of every hole."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner

import sample
from archive import Archive, printing
from archive.audit import Count, audit
from archive.commands.reading import why
from archive.records import Answer, Article, Link, Outcome, Source, Visit
from sample.server import running
from scraper.address_facts import date_in
from scraper.commands.audit import audit as command
from scraper.config import Listing, Network
from scraper.config import Source as SourceConfig
from scraper.errors import ExtractionFailed
from scraper.fetch import Fetcher
from scraper.page import Page
from scraper.pipeline import Run, crawl
from scraper.session import Session
from scraper.workers import read_page
from tests.fakes import START, FakeClock, FakeWeb, InThisProcess, Reply

HOME = "https://93.184.216.34"
HTML = {"Content-Type": "text/html; charset=utf-8"}


def story(title):
    """A page of which each sentence is its own, so that no two are the same text."""
    paragraphs = "".join(
        f"<p>In {title} the council met for the {number}th time and talked about the bridge {number * 7} of {title},"
        " and nobody in the hall was of another opinion that evening.</p>"
        for number in range(2, 6)
    )
    body = f"<article><h1>{title}</h1>{paragraphs}</article>"
    return f"<html lang=en><head><title>{title}</title></head><body>{body}</body></html>"


WALL = (
    "<html><head><title>Just a moment...</title></head><body><h1>Checking your browser before accessing</h1>"
    '<div id="cf-wrapper" class="cf-browser-verification">Please enable JavaScript and cookies to continue</div>'
    '<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script></body></html>'
)
SOFT_404 = "<html><head><title>Page not found</title></head><body><h1>Page not found</h1><p>Sorry.</p></body></html>"

# (what the address answers, state and reason in the ledger, does it need a look), each some times: 37 in all.
HOLES = {
    "gone": (7, Reply(status=404), ("rejected", "gone"), False),
    "removed": (3, Reply(status=410), ("rejected", "gone"), False),
    "forbidden": (4, Reply(status=403), ("rejected", "forbidden"), True),
    "broken": (5, Reply(status=500), ("deferred", "server error"), True),
    "slow-down": (2, Reply(status=429), ("deferred", "throttled"), True),
    "to-front": (
        3,
        Reply(status=302, headers={"Location": f"{HOME}/"}),
        ("rejected", "redirected to front page"),
        False,
    ),
    "pdf": (2, Reply(b"%PDF-1.4", headers={"Content-Type": "application/pdf"}), ("rejected", "wrong type"), False),
    "loop": (1, Reply(status=302, headers={"Location": "?"}), ("rejected", "redirect loop"), True),
    "soft": (3, Reply(SOFT_404), ("rejected", "soft 404"), False),
    "wall": (2, Reply(WALL), ("deferred", "bot wall"), True),
    "hard": (1, story("hard"), ("rejected", "extraction timeout"), True),
    "private/x": (4, story("private"), ("rejected", "robots.txt"), False),
}
LISTED = 1_000


class Reader(InThisProcess):
    """Reads in this process; one page takes too long."""

    async def read(self, page, *rest):
        if "/hard-" in page.url:
            raise ExtractionFailed(page.url, "over 30 s", reason="extraction timeout")
        return await super().read(page, *rest)


def test_the_37_holes_of_a_sitemap_with_1000_addresses_are_named_with_their_reasons():
    """Not one more, not one less, each with the reason that the server, the page or robots.txt gave."""
    assert sum(count for count, *_ in HOLES.values()) == 37
    answers, wrong = {}, {}
    for name, (count, reply, fate, look) in HOLES.items():
        for number in range(count):
            path = f"/2024/03/{number + 1:02d}/{name}-{number}"
            path = path if "private" not in name else f"/private/2024/03/0{number + 1}/x-{number}"
            if name == "loop":
                reply = Reply(status=302, headers={"Location": path})
            answers[path], wrong[path] = reply, (*fate, look)
    for number in range(LISTED - 37):
        answers[f"/2024/02/{number % 28 + 1:02d}/story-{number}"] = story(f"Story number {number + LISTED}")
    entries = "".join(f"<url><loc>{HOME}{path}</loc></url>" for path in answers)
    pages = {
        f"{HOME}/map.xml": Reply(f"<urlset>{entries}</urlset>", headers={"Content-Type": "application/xml"}),
        f"{HOME}/robots.txt": Reply("User-agent: *\nDisallow: /private/\n", headers={"Content-Type": "text/plain"}),
        f"{HOME}/": story("Front page"),
        **{HOME + path: reply for path, reply in answers.items()},
    }
    archive, clock = Archive(":memory:", writable=True), FakeClock()
    source = SourceConfig(id="paper", homepage=f"{HOME}/", listings=[Listing(url=f"{HOME}/map.xml")], delay=0.0)

    async def perform():
        web = FakeWeb(pages, clock)
        async with Fetcher(Network(delay=0, retries=0), memory=archive, clock=clock, transport=web) as fetcher:
            await crawl([source], Run(archive=archive, fetcher=fetcher, reader=Reader(), clock=clock))

    asyncio.run(perform())
    found = audit(archive.db, "paper", date_in=date_in)
    named = {one.url.removeprefix(HOME): (one.state, one.reason, one.needs_a_look) for one in found.missing}
    assert named == wrong
    assert (found.whole.listed, found.whole.held, found.whole.missing) == (LISTED, LISTED - 37, 37)
    assert found.whole.percent == 96.3
    assert found.needs_a_look
    assert all(count.percent == 100 for day, count in found.days.items() if day.startswith("2024-02"))
    assert sum(count.listed for count in found.days.values()) == LISTED
    march = audit(archive.db, "paper", from_="2024-03", to="2024-03-31", date_in=date_in)
    assert march.whole == Count(listed=37, held=0, excluded=0)


@pytest.fixture
def archive(tmp_path):
    """Five listed addresses: held, alias of it, gone, not fetched yet, excluded."""
    feed = "https://paper.test/feed"
    links = [Link(url=f"https://paper.test/2024/03/0{number}/{number}") for number in range(1, 6)]
    with Archive(tmp_path / "data", writable=True) as archive:
        archive.sync([Source(id="paper", listings=(feed,))], START)
        archive.record(
            Visit(url=feed, source="paper", at=START, outcome=Outcome.LISTED, reason="listed", listing=True,
                  links=tuple(links)),
            accepts=lambda url: not url.endswith("5"),
        )  # fmt: skip
        for number in (1, 2):
            url = links[number - 1].url
            text = "The same words of the same story, long enough to be recognised as the same. " * 5
            archive.record(
                Visit(url=url, source="paper", at=START, outcome=Outcome.READ, reason="read",
                      answer=Answer(final_url=url, status=200),
                      article=Article(url=url, title="A story", text=text, published="2024-03-01")),
            )  # fmt: skip
        archive.record(
            Visit(url=links[2].url, source="paper", at=START, outcome=Outcome.GONE, reason="gone", detail="HTTP 404")
        )
        yield archive


def test_an_alias_is_held_and_what_is_excluded_is_not_missing(archive):
    """Percent is of what we want; both addresses of one article count as held."""
    found = audit(archive.db, "paper", date_in=date_in)
    assert found.whole == Count(listed=5, held=2, excluded=1)
    assert found.whole.percent == 50.0
    assert [(one.day, one.reason) for one in found.missing] == [
        ("2024-03-04", "not fetched yet"),
        ("2024-03-03", "gone"),
    ]


@pytest.mark.parametrize(
    ("span", "listed"),
    [(("2024-03-01", "2024-03-01"), 2), (("2024-03-04", None), 2), ((None, "2024-03-03"), 3), (("2024", "2024-03"), 5),
     (("2025", None), 0)],
)  # fmt: skip
def test_days_months_and_years_bound_an_audit(archive, span, listed):
    """Both ends are included; an article counts on the day it says it was published."""
    assert audit(archive.db, "paper", from_=span[0], to=span[1], date_in=date_in).whole.listed == listed


@pytest.mark.parametrize(("held", "percent"), [(1999, 99.9), (2000, 100.0), (0, 0.0)])
def test_only_all_of_it_is_100_percent(held, percent):
    """1,999 of 2,000 are not 100 %."""
    assert Count(listed=2000, held=held, excluded=0).percent == percent


def run(tmp_path, *words, catch_exceptions=True):
    path = tmp_path / "config.yaml"
    path.write_text("data: data\nsources: [https://paper.test]\n", encoding="utf-8")
    session = Session()
    session.path = path
    return CliRunner().invoke(
        command, list(words), obj=session, standalone_mode=False, catch_exceptions=catch_exceptions
    )


def test_the_command_tells_the_days_and_every_hole(tmp_path, archive):
    """Exit code 1, because one address was never fetched; the gone one is marked as explained."""
    done = run(tmp_path, "paper")
    assert done.return_value == 1
    lines = done.output.splitlines()
    assert lines[0].split("\t") == ["paper", "2 held of 5 listed", "50%", "2 missing", "1 left alone"]
    assert any(line.startswith("!\t2024-03-04\twanted\tnot fetched yet\t") for line in lines)
    assert any(line.startswith(" \t2024-03-03\trejected\tgone\t") for line in lines)


def test_the_command_prints_json_and_ends_with_0_when_every_hole_is_explained(tmp_path, archive):
    """What is gone cannot be had: nothing to look at."""
    done = run(tmp_path, "paper", "--json", "--to", "2024-03-03")
    facts = json.loads(done.output)
    assert (facts["listed"], facts["held"], facts["missing"][0]["reason"]) == (3, 2, "gone")
    assert Counter(day["day"] for day in facts["days"]) == Counter(["2024-03-01", "2024-03-03"])
    assert done.return_value == 0


def test_a_fresh_audit_asks_the_listings_and_no_page(tmp_path):
    """On an empty archive: all that the sample newspaper lists is missing, because it was not fetched yet."""
    with running() as site:
        path = tmp_path / "config.yaml"
        path.write_text(sample.config_text(site.port, data="data"), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "scraper", "audit", "gazette", "--fresh", "--json", "--config", str(path)],
            cwd=Path(__file__).parent.parent, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        asked = {request["path"] for request in site.requests()}
    facts = json.loads(done.stdout)
    assert done.returncode == 1
    assert facts["listed"] > 60
    assert facts["held"] == 0
    assert {one["reason"] for one in facts["missing"]} == {"not fetched yet"}
    assert asked >= {"/rss.xml", "/sitemap.xml", "/sitemap-archive.xml.gz", "/national"}
    assert not any(one["url"].removeprefix(site.gazette) in asked for one in facts["missing"])


def test_an_audit_that_ends_before_it_begins_is_refused(tmp_path, archive):
    """One line that says what to do, and nothing is counted."""
    with pytest.raises(click.UsageError, match="swap the two dates"):
        run(tmp_path, "paper", "--from", "2024-03", "--to", "2024-02", catch_exceptions=False)
    assert run(tmp_path, "paper", "--from", "2024-03-01", "--to", "2024").return_value == 1


def asked_why(tmp_path, url):
    """`morgue why` of an address: its exit code and all that it says."""
    done = CliRunner().invoke(why, [url], obj=SimpleNamespace(data=tmp_path / "data"))
    return done, done.output + str(done.exception or "")


def test_why_tells_of_a_story_that_was_withdrawn(tmp_path, archive):
    """Held, and taken down by the newspaper since then."""
    url = "https://paper.test/2024/03/01/1"
    at = START + timedelta(days=3)
    archive.record(Visit(url=url, source="paper", at=at, outcome=Outcome.GONE, reason="gone", detail="HTTP 404"))
    done, said = asked_why(tmp_path, f"{url}?utm_source=x")
    assert done.exit_code == 0
    assert f"withdrawn since {at:%Y-%m-%dT%H:%M:%SZ}" in said
    assert "withdrawn" not in asked_why(tmp_path, "https://paper.test/2024/03/03/3")[1]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://paper.test/unheard-of", "`morgue add https://paper.test/unheard-of` fetches it"),
        ("nonsense", "no web address: write it as the browser shows it"),
        ("", "no web address: write it as the browser shows it"),
    ],
)
def test_why_says_what_to_do_with_an_address_it_never_saw(tmp_path, archive, url, told):
    """A web address can be added; what is none is said to be none."""
    assert told in asked_why(tmp_path, url)[1]


@pytest.mark.parametrize(("own", "said"), [(None, "(from the sitemap)"), ("2024-03-02", "2024-03-02\n")])
def test_a_change_that_only_the_sitemap_states_is_not_the_pages_word(tmp_path, own, said, capsys):
    """`modified` says where it is from, when that is not the page."""
    stated = f'<meta property="article:modified_time" content="{own}">' if own else ""
    page = story("A bridge").replace(
        "<head>", '<head><meta property="article:published_time" content="2024-03-01">' + stated
    )
    url = f"{HOME}/a"
    hint = Link(url=url, modified="2024-03-05T10:00:00Z")
    reading = read_page(
        Page(
            url=url, final_url=url, status=200, headers=HTML, body=page.encode(), fetched_at=START + timedelta(days=9)
        ),
        hint,
    )
    archive = Archive(":memory:", writable=True)
    answer = Answer(final_url=url, status=200)
    visit = Visit(url=url, source="paper", at=START, outcome=Outcome.READ, reason="read", answer=answer)
    recorded = archive.record(replace(visit, article=reading.article))
    printing.article(archive.article(recorded.article), archive.revision(recorded.article, 1))
    (line,) = [line for line in capsys.readouterr().out.splitlines(keepends=True) if line.startswith("modified")]
    assert said in line


def test_an_unknown_source_is_one_clear_line(tmp_path, archive):
    """The known ones are named."""
    assert "choose from paper" in str(run(tmp_path, "papr").exception)
