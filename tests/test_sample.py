"""The sample newspaper keeps what other tests and the demo rely on."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from lxml import etree, html
from ruamel.yaml import YAML

import sample
import sample.server
from sample.site import Site
from sample.stories import TODAY, by_address, load, stories

ROOT = Path(__file__).parents[1]
PORT = 8765


@pytest.fixture(scope="module")
def site() -> Iterator[sample.server.Running]:
    with sample.server.running(crawl_delay=0.1, max_time=120) as running:
        yield running


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10) as client:
        yield client


def listed(client: httpx.Client, home: str) -> set[str]:
    """Every address that the machine-readable listings and the pages of one paper name."""
    found: set[str] = set()
    waiting = [f"{home}/sitemap.xml", f"{home}/rss.xml", f"{home}/atom.xml", f"{home}/business/feed.json", f"{home}/"]
    while waiting:
        address = waiting.pop()
        answer = client.get(address)
        if answer.status_code == 404 and address.endswith("feed.json"):
            continue  # only the Gazette has one
        assert answer.status_code == 200, address
        kind, body = answer.headers["content-type"], answer.content
        if "json" in kind:
            links = [item["url"] for item in json.loads(body)["items"]]
        elif "html" in kind:
            tree = html.fromstring(body)
            tree.make_links_absolute(address)
            links = tree.xpath("//*[not(self::footer)]/a/@href")
        else:
            tree = etree.fromstring(gzip.decompress(body) if "gzip" in kind else body)
            links = [loc.strip() for loc in tree.xpath("//*[local-name()='loc' or local-name()='link']/text()")]
            links += [f"{home}/{link}" for link in tree.xpath("//*[local-name()='entry']/*[local-name()='link']/@href")]
        for link in links:
            parts = urlsplit(link)
            if parts.netloc == urlsplit(home).netloc and link not in found:
                found.add(link)
                listing = re.fullmatch(r"/[\w-]*|/\d{4}/\d\d/\d\d/|/sitemap-\w+\.xml(\.gz)?", parts.path)
                if listing and parts.path[1:] not in load("gazette", 1).furniture["pages"]:
                    waiting.append(link)
    return found


@pytest.mark.parametrize("paper", sample.ADDRESSES)
def test_every_listed_address_is_served(site: sample.server.Running, client: httpx.Client, paper: str) -> None:
    """Whatever a feed, sitemap, section, archive or date page names is there, with the status its story has."""
    home = sample.base(paper, site.port)
    golds = by_address(site.port, 1)
    found = listed(client, home)
    assert {address for address in golds if address.startswith(home)} <= found
    for address in found:
        answer = client.get(address)
        story = golds.get(address)
        assert answer.status_code == (story.status if story else 301 if answer.is_redirect else 200), address


def test_there_are_two_papers_in_seven_languages_and_four_styles() -> None:
    """About sixty stories or more, twenty of them in the section with the promo."""
    told = [story for story in stories(1) if story.fate == "filed"]
    assert len(told) >= 60
    assert {story.language for story in told} == {"en", "km", "th", "zh", "ar", "hi", "de"}
    assert {story.style for story in told} == {"drupal", "wordpress", "react", "classic"}
    assert sum(story.section == "Business" and story.kind == "article" for story in told) >= 20
    assert {story.kind for story in told} == {"article", "opinion", "live blog", "gallery", "video", "stub"}


@pytest.mark.parametrize("edition", sample.server.EDITIONS)
def test_the_gold_is_consistent(edition: int) -> None:
    """A gold text holds neither its headline, its captions nor its byline; nothing is later than press time."""
    for story in stories(edition):
        paragraphs = story.text.split("\n\n")
        names = [story.title, story.byline, story.dateline, *(image.caption for image in story.images)]
        assert not set(paragraphs) & set(filter(None, names)), story.slug
        assert story.at <= TODAY[edition], story.slug
        assert "@" not in story.text, story.slug
        assert not re.search(r"[*_]{2}|\]\(", story.text), story.slug
        for stated in filter(None, (story.published, story.modified)):
            assert datetime.fromisoformat(stated), story.slug
        if story.published:
            assert story.at.isoformat().startswith(story.published[:16]), story.slug
        if story.modified:
            assert story.at < datetime.fromisoformat(story.modified) <= TODAY[edition], story.slug
        assert bool(story.text) == (story.fate in {"filed", "gone", "robots.txt"}), story.slug


def test_pages_hold_their_gold(site: sample.server.Running, client: httpx.Client) -> None:
    """Every block of a gold text, the title and the captions stand on the page, in the declared or true charset."""
    for address, story in by_address(site.port, 1).items():
        if story.fate != "filed":
            continue
        page = client.get(address).content.decode(story.charset[2])
        seen = " ".join("".join(html.fromstring(re.sub(r"<\?xml.*?\?>", "", page)).itertext()).split())
        wanted = [story.title, *(image.caption for image in story.images if image.caption)]
        wanted += [line.removeprefix("- ") for line in story.text.split("\n") if " | " not in line]
        for line in filter(None, wanted):
            assert " ".join(line.split()) in seen, (story.slug, line)


def test_the_seed_story_is_marked_up_as_its_site_did(site: sample.server.Running, client: httpx.Client) -> None:
    """Headline in three places, caption twice, credit, most viewed with teasers, byline and date in one line."""
    address = f"{site.gazette}/national/hun-sen-says-defections-cut-foot-cnrp"
    tree = html.fromstring(client.get(address).text)
    story = by_address(site.port, 1)[address]
    body = tree.get_element_by_id("ArticleBody").text_content()
    assert body.strip().startswith("The Cambodian People’s Party intensified")
    assert story.text.startswith("The Cambodian People’s Party intensified")
    assert story.text.endswith("serious violations of human rights.”")
    line = tree.find_class("article-author-wrapper")[0].text_content()
    assert line == "Niem Chheng and Shaun Turton | Publication date 27 November 2017 | 06:39 ICT"
    column = tree.find_class("main-column")[0]
    assert "MOST VIEWED" in column.text_content()
    assert "Lingapura or Chok Gargyar" in column.text_content()
    assert "Fresh News" in tree.find_class("image-credit")[0].text_content()
    assert tree.find("body").text_content().count(story.title) == 3
    assert story.images[0].caption in tree.xpath("//img/@alt")
    assert story.published == "2017-11-27T06:39+07:00"
    listing = html.fromstring(client.get(f"{site.gazette}/national?page=1").text)
    links = listing.xpath("//li[contains(@class, 'views-row')]//h3/a/@href")
    assert urlsplit(address).path in links


def test_conditions_are_answered_with_304(site: sample.server.Running, client: httpx.Client) -> None:
    """ETag and Last-Modified of pages and listings hold until the page turns; ETag goes first."""
    for path in ("/", "/rss.xml", "/sitemap-archive.xml.gz", "/national", "/world/observatory-opens"):
        first = client.get(site.gazette + path)
        etag, modified = first.headers["etag"], first.headers["last-modified"]
        assert client.get(site.gazette + path, headers={"If-None-Match": etag}).status_code == 304
        assert client.get(site.gazette + path, headers={"If-Modified-Since": modified}).status_code == 304
        stale = {"If-None-Match": '"other"', "If-Modified-Since": modified}
        assert client.get(site.gazette + path, headers=stale).status_code == 200
        assert client.get(site.gazette + path, headers={"If-Modified-Since": "yesterday"}).status_code == 200


def test_head_and_compression(site: sample.server.Running, client: httpx.Client) -> None:
    """HEAD has the headers of GET and no body; gzip is sent only to who accepts it."""
    plain = client.get(f"{site.gazette}/", headers={"Accept-Encoding": "identity"})
    packed = client.get(f"{site.gazette}/", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    head = client.head(f"{site.gazette}/", headers={"Accept-Encoding": "identity"})
    assert head.headers["content-length"] == plain.headers["content-length"]
    assert head.content == b""


def test_twins_and_tracking(site: sample.server.Running, client: httpx.Client) -> None:
    """One story under tracking, AMP and print addresses; an old address leads to the new one."""
    path = "/national/night-ferry-to-sovanna-island"
    page = client.get(site.gazette + path)
    assert client.get(f"{site.gazette}{path}?utm_source=rss&fbclid=1").content == page.content
    for twin in (f"/amp{path}", f"{path}?print=1"):
        answer = client.get(site.gazette + twin)
        assert answer.status_code == 200
        assert answer.content != page.content
        assert html.fromstring(answer.text).xpath("//link[@rel='canonical']/@href") == [site.gazette + path]
    moved = client.get(f"{site.gazette}/node/48213")
    assert (moved.status_code, moved.headers["location"]) == (301, f"{site.gazette}/national/salt-fields-flooded")


def test_the_second_edition_corrects_moves_withdraws_and_adds() -> None:
    """The day after: a correction, a new address, a 410, a 404, and new stories; the rest keeps its words."""
    before, after = by_address(PORT, 1), by_address(PORT, 2)
    press = Site("gazette", 2, sample.base("gazette", PORT), 0)
    fresh = [story for address, story in after.items() if address not in before]
    assert len(fresh) == 4
    bridge = sample.base("gazette", PORT) + "/national/bridge-at-kampong-svay"
    assert "14 weeks" in before[bridge].title
    assert "16 weeks" in after[bridge].title
    assert "Correction" in after[bridge].text
    assert press.answer("/national/ministry-denies-dam-leak").status == 410
    assert press.answer("/national/queue-for-rice-permits").status == 404
    moved = press.answer("/national/hemacheat-cinema-reopens")
    assert moved.status == 301
    assert press.answer(urlsplit(dict(moved.headers)["Location"]).path).status == 200
    changed = {address for address in before.keys() & after.keys() if before[address] != after[address]}
    assert len(changed) == 3


def test_an_edition_turns_while_the_server_runs() -> None:
    """publish() changes both papers: the old ETag of a listing no longer holds, an untouched page's does."""
    with sample.server.running(max_time=60) as site, httpx.Client(timeout=10) as client:
        paths = ("/rss.xml", "/world/observatory-opens")
        tags = {path: client.get(site.gazette + path).headers["etag"] for path in paths}
        site.publish(2)
        again = {path: client.get(site.gazette + path, headers={"If-None-Match": tags[path]}) for path in paths}
        assert [answer.status_code for answer in again.values()] == [200, 304]
        assert "evacuation-rehearsal" in again["/rss.xml"].text
        log = site.requests()
    assert [entry["path"] for entry in log] == [*paths, *paths]
    assert log[-1]["status"] == 304
    assert ["if-none-match", tags[paths[1]]] in log[-1]["headers"]
    assert log[0]["address"] == sample.ADDRESSES["gazette"]
    assert len({entry["client"] for entry in log}) == 1, "one connection is kept alive"


def test_robots_txt(site: sample.server.Running, client: httpx.Client) -> None:
    """Names the crawl delay, the sitemap and what is out of bounds; a delay of 0 leaves the line out."""
    text = client.get(f"{site.gazette}/robots.txt").text
    assert "Crawl-delay: 0.1\n" in text
    assert f"Sitemap: {site.gazette}/sitemap.xml" in text
    assert "Disallow: /private/" in text
    assert b"Crawl-delay" not in Site("gazette", 1, site.gazette, 0).answer("/robots.txt").body


def test_the_same_site_every_time() -> None:
    """Two builds give the same bytes for every address, so goldens can be kept."""
    for edition in sample.server.EDITIONS:
        one, two = (Site("gazette", edition, "http://127.1.0.2:1", 0.1) for _ in range(2))
        assert {path: one.answer(path) for path in one.routes} == {path: two.answer(path) for path in two.routes}


def test_walls_and_odd_pages(site: sample.server.Running, client: httpx.Client) -> None:
    """What stands in an article's place looks like the real thing and has the status the real thing has."""
    for address, story in by_address(site.port, 1).items():
        if story.template.endswith("/article.html"):
            continue
        answer = client.get(address)
        assert answer.status_code == story.status
        if story.fate == "wrong type":
            assert answer.headers["content-type"] == "application/pdf"
            assert answer.content.startswith(b"%PDF-1.4")
        else:
            assert story.title not in answer.text
    noarchive = client.get(f"{site.gazette}/national/ballot-paper-printers")
    assert noarchive.headers["x-robots-tag"] == "noarchive"


def test_the_configuration_names_both_papers() -> None:
    """config_text() is YAML with the keys of the contract."""
    config = YAML(typ="safe").load(sample.config_text(PORT))
    assert config["network"] == {"allow": ["127.1.0.0/16"], "delay": 0}
    gazette, tribune = config["sources"]
    assert gazette["id"] == "gazette"
    assert len(gazette["listings"]) == 3
    assert tribune["homepage"] == f"http://127.1.0.3:{PORT}/"
    assert "listings" not in tribune


def test_the_server_ends_by_itself() -> None:
    """After --max-time it is gone, with exit code 0."""
    command = [sys.executable, "-m", "sample.server", "--port", "0", "--max-time", "0.2"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=True)
    assert ended.stdout.startswith("ready: gazette at http://127.1.0.2:")


def test_the_server_ends_with_its_parent() -> None:
    """When the process that started it goes away, so does the server: its end of the pipe closes."""
    starter = (
        "import subprocess, sys; subprocess.Popen([sys.executable, '-m', 'sample.server', '--port', '0']); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starter], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        assert parent.stdout.readline().startswith("ready")
        began = time.monotonic()
        parent.kill()
        assert parent.stdout.read() == ""  # returns only when the server, which shares the pipe, has ended too
        assert time.monotonic() - began < 10


def test_a_taken_port_is_one_clear_line(site: sample.server.Running) -> None:
    """Exit code 2, one line, and what to do about it."""
    command = [sys.executable, "-m", "sample.server", "--port", str(site.port)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "choose another --port" in ended.stderr
