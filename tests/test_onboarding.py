"""sources add and check: what a site offers, tried; what is worth following; config.yaml unharmed."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sample
from sample.server import running
from scraper.config import Network, load
from scraper.errors import Gone
from scraper.fetch import Fetcher
from scraper.onboarding import Finding, as_source, chosen, explore, overlap
from tests.fakes import FakeClock, FakeWeb, Reply

ROOT = Path(__file__).parent.parent
HOME = "https://93.184.216.34"


def found(url, kind, *stories, **facts):
    return Finding(url=url, kind=kind, stories=frozenset(stories), **facts)


def test_overlap_is_the_share_that_others_name_too():
    """Of two stories one is in another listing: a half. Itself is no other."""
    one, other = found("a", "feed", "1", "2"), found("b", "feed", "2", "3")
    assert overlap(one, [one, other]) == 0.5
    assert overlap(one, [one]) == 0.0
    assert overlap(found("c", "feed"), [one]) is None


def test_what_adds_nothing_is_not_followed():
    """A feed inside another, a section inside the feeds and sitemaps, and whatever is dead."""
    findings = [
        found("/sport/feed", "feed", "1", "2"),
        found("/feed", "feed", "1", "2", "3"),
        found("/comments", "feed", reason="gone"),
        found("/sitemap.xml", "sitemap", "3", "4", children=2),
        found("/national", "section", "3", "4"),
        found("/opinion", "section", "4", "5"),
    ]
    assert [one.url for one in chosen(findings)] == ["/feed", "/sitemap.xml", "/opinion"]


def test_the_source_is_written_with_its_language_and_useful_listings():
    """A feed given in place of the front page leads to the front page of its host."""
    feed = found(f"{HOME}/feed.xml", "feed", "1", languages=("km",))
    assert as_source(f"{HOME}/feed.xml", [feed]) == {
        "homepage": f"{HOME}/",
        "language": "km",
        "listings": [f"{HOME}/feed.xml"],
    }


@pytest.mark.parametrize(
    ("given", "homepage"),
    [("/en/", "/en/"), ("/2024/03/10/a-long-story-here", "/"), ("/en/story-123456.html", "/")],
)
def test_a_story_leads_to_the_front_page_of_its_host(given, homepage):
    """A front page that is no root stays what it is, also when it is the only listing."""
    front = found(HOME + given, "section", "1")
    assert as_source(HOME + given, [front])["homepage"] == HOME + homepage


def explored(pages):
    async def perform():
        web = FakeWeb({HOME + path: reply for path, reply in pages.items()}, FakeClock())
        async with Fetcher(Network(delay=0, retries=0), clock=web.clock, transport=web) as fetcher:
            return await explore(f"{HOME}/", fetcher)

    return {one.url.removeprefix(HOME): one for one in asyncio.run(perform())}


def feed(*paths):
    items = "".join(
        f"<item><title>T</title><link>{HOME}{path}</link><pubDate>Sun, 10 Mar 2024 09:00:00 GMT</pubDate></item>"
        for path in paths
    )
    return Reply(f'<rss version="2.0"><channel>{items}</channel></rss>', headers={"Content-Type": "text/xml"})


def sitemap(*paths):
    items = "".join(f"<url><loc>{HOME}{path}</loc><lastmod>2024-03-11</lastmod></url>" for path in paths)
    return Reply(f"<urlset>{items}</urlset>", headers={"Content-Type": "text/xml"})


def test_a_site_is_explored_by_what_it_announces():
    """Announced feeds, the sitemaps of robots.txt, the sections of the navigation, each tried; dead ones are told."""
    head = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{path}">' for path in ("/feed.xml", "/old.xml")
    )
    pages = {
        "/": f'<html><head>{head}</head><body><nav><a href="/national">National</a></nav></body></html>',
        "/robots.txt": Reply(f"Sitemap: {HOME}/maps.xml", headers={"Content-Type": "text/plain"}),
        "/feed.xml": feed("/a", "/b"),
        "/old.xml": Reply(status=410),
        "/maps.xml": Reply(
            f"<sitemapindex><sitemap><loc>{HOME}/map-1.xml</loc></sitemap></sitemapindex>",
            headers={"Content-Type": "text/xml"},
        ),
        "/map-1.xml": sitemap("/b", "/c"),
        "/national": '<html><body><main><h2><a href="/2024/03/10/a-long-story-here">A long story of the nation that'
        " fills one line</a></h2></main></body></html>",
    }
    findings = explored(pages)
    assert set(findings) == {"/feed.xml", "/old.xml", "/maps.xml", "/national"}
    assert findings["/old.xml"].reason == "gone"
    assert (findings["/maps.xml"].children, len(findings["/maps.xml"].stories)) == (1, 2)
    assert findings["/maps.xml"].newest == "2024-03-11"
    assert findings["/feed.xml"].newest.startswith("2024-03-10")
    assert findings["/national"].kind == "section"


def test_a_site_that_announces_nothing_is_looked_at_in_the_usual_places():
    """The first feed and the first sitemap that are there; misses are not told."""
    pages = {"/": "<html><body><p>Welcome</p></body></html>", "/rss.xml": feed("/a"), "/sitemap.xml": sitemap("/b")}
    missing = Reply(status=404)
    for place in ("feed", "rss", "feed.xml", "atom.xml", "index.xml", "feeds", "rss/", "feed.json"):
        pages[f"/{place}"] = missing
    findings = explored(pages)
    assert {url: one.kind for url, one in findings.items()} == {"/rss.xml": "feed", "/sitemap.xml": "sitemap"}


def test_a_front_page_that_is_gone_is_an_error():
    """Nothing is written for a site that does not answer."""
    with pytest.raises(Gone):
        explored({"/": Reply(status=404)})


@pytest.fixture(scope="module")
def site():
    with running() as papers:
        yield papers


CONFIG = """\
# My newspapers
data: data
network: {allow: [127.1.0.0/16], delay: 0} # loopback
sources:
  # the first one
  - id: tribune # never to be changed
    homepage: TRIBUNE/
    listings: [TRIBUNE/rss.xml, TRIBUNE/nothing-here.xml]

# the end
"""


def morgue(config, *words):
    command = [sys.executable, "-m", "scraper", *words, "--config", str(config)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL
    )


@pytest.fixture
def config(tmp_path, site):
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.replace("TRIBUNE", site.tribune), encoding="utf-8")
    return path


def test_a_dry_crawl_keeps_to_its_options(config):
    """No more addresses than --limit names, each as JSON for a program."""
    done = morgue(config, "crawl", "--dry-run", "--limit", "2", "--json")
    assert done.returncode == 0, done.stderr
    named = [json.loads(line) for line in done.stdout.splitlines()]
    assert [set(one) for one in named] == [{"source", "url"}] * 2


def test_a_source_is_added_and_no_comment_is_lost(config, site):
    """Dry first: nothing is written. Then every line that was there is there, and the new source can be read."""
    before = config.read_text("utf-8")
    dry = morgue(config, "sources", "add", f"{site.gazette}/", "--id", "gazette", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert "id: gazette" in dry.stdout
    assert config.read_text("utf-8") == before
    done = morgue(config, "sources", "add", f"{site.gazette}/", "--id", "gazette")
    assert done.returncode == 0, done.stderr
    after = config.read_text("utf-8")
    assert [line for line in after.splitlines() if line in before.splitlines()] == before.splitlines()
    added = load(config).sources[-1]
    assert (added.id, added.homepage) == ("gazette", f"{site.gazette}/")
    named = {listing.url.removeprefix(site.gazette) for listing in added.listings}
    assert "/sitemap.xml" in named
    assert named & {"/rss.xml", "/atom.xml"}
    assert after.endswith(before[before.index("\n# the end") :])
    added_lines = [line for line in after.splitlines() if line not in before.splitlines()]
    assert dry.stdout.splitlines()[-len(added_lines) :] == added_lines
    for known in (f"{site.gazette}/", f"{site.gazette}", added.listings[0].url):
        again = morgue(config, "sources", "add", known)
        assert (again.returncode, again.stderr.count("\n")) == (2, 1)
        assert "already; see: morgue sources check gazette" in again.stderr
    assert sample.base("gazette", site.port) == site.gazette


def test_check_tells_the_dead_from_the_living(config, site):
    """A dead listing: its reason and exit code 1. A living one: kind, stories, newest, overlap."""
    done = morgue(config, "sources", "check", "--json")
    assert done.returncode == 1, done.stderr
    alive, dead = (json.loads(line) for line in done.stdout.splitlines())
    assert (alive["alive"], alive["kind"], alive["stories"] > 0, alive["held"]) == (True, "feed", True, None)
    assert alive["newest"]
    assert (dead["alive"], dead["reason"]) == (False, "gone")
    shutil.rmtree(config.parent / "data", ignore_errors=True)


def test_a_folder_without_a_configuration_is_told_what_to_do(tmp_path):
    """One line, exit code 2."""
    done = morgue(tmp_path / "config.yaml", "sources", "add", "https://www.example.org")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "morgue init" in done.stderr
