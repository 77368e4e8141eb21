"""What a host reserves in its tdmrep.json and robots.txt, and who asks for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.config import Network
from scraper.errors import OptedOut
from scraper.fetch import Fetcher
from scraper.fetch.robots import Unremembered
from scraper.tdmrep import Reservations
from tests.fakes import Answer, FakeClock, FakeWeb, Reply

SITE = "https://paper.org"
FILE = f"{SITE}/.well-known/tdmrep.json"
ALL = json.dumps([{"location": "/", "tdm-reservation": 1, "tdm-policy": "https://paper.org/policy.json"}])
NEWS = "<html><body><p>The river rose by a metre.</p></body></html>"

# (tdmrep.json, path, is it reserved)
FILES = {
    "everything": ([{"location": "/", "tdm-reservation": 1}], "/a", True),
    "nothing": ([{"location": "/", "tdm-reservation": 0}], "/a", False),
    "a folder": ([{"location": "/news/", "tdm-reservation": 1}], "/news/a", True),
    "another folder": ([{"location": "/news/", "tdm-reservation": 1}], "/sport/a", False),
    "a wildcard": ([{"location": "/*.jpg$", "tdm-reservation": 1}], "/a/b.jpg", True),
    "the longest location": (
        [{"location": "/news/free/", "tdm-reservation": 0}, {"location": "/news", "tdm-reservation": 1}],
        "/news/free/a",
        False,
    ),
    "a number as text": ([{"location": "/", "tdm-reservation": "1"}], "/a", True),
    "one object without a list": ({"location": "/", "tdm-reservation": 1}, "/a", True),
    "other scripts": ([{"location": "/ព័ត៌", "tdm-reservation": 1}], "/%E1%9E%96%E1%9F%90%E1%9E%8F%E1%9F%8C", True),
    "a location that is two lines": ([{"location": "/b\nDisallow: /", "tdm-reservation": 1}], "/a", False),
    "no location": ([{"tdm-reservation": 1}, "x", None, 7], "/a", False),
    "another value": ([{"location": "/", "tdm-reservation": 2}], "/a", False),
}


@pytest.mark.parametrize(("file", "path", "is_reserved"), FILES.values(), ids=FILES)
def test_what_the_file_reserves(file, path, is_reserved):
    """Locations are read as in a robots.txt; what makes no sense reserves nothing."""
    assert Reservations(json.dumps(file).encode()).reserve(SITE + path) is is_reserved


@given(st.binary(max_size=200))
def test_any_bytes_are_a_tdmrep_json(body):
    """A page in its place, half a file, nested noise: nothing is reserved, nothing is raised."""
    assert Reservations(body).reserve(SITE) is False
    assert Reservations(b"[" * 100_000).reserve(SITE) is False


def visit(
    pages: Mapping[str, Answer], *urls: str, obey: bool = True, memory: Unremembered | None = None
) -> tuple[list[str], list[str]]:
    """The paths that were asked for, and those of the addresses that were refused."""
    clock = FakeClock()
    web = FakeWeb({f"{SITE}/a": NEWS, f"{SITE}/b": NEWS, **pages}, clock)

    async def run() -> list[str]:
        refused = []
        network = Network(delay=0, obey_opt_out=obey)
        async with Fetcher(network, memory=memory, clock=clock, transport=web) as fetcher:
            for url in urls:
                try:
                    await fetcher.get(url, want="listing" if url.endswith("/") else "page")
                except OptedOut:
                    refused.append(url.removeprefix(SITE))
        return refused

    refused = asyncio.run(run())
    return [asked.url.removeprefix(SITE) for asked in web.log], refused


PLACE = FILE.removeprefix(SITE)


def test_reserved_pages_are_not_asked_for():
    """Who obeys opt-outs asks for the file once, after robots.txt, and then for no page that it reserves."""
    file = json.dumps([{"location": "/a", "tdm-reservation": 1}])
    asked, refused = visit({FILE: file}, f"{SITE}/a", f"{SITE}/b", f"{SITE}/a")
    assert asked == ["/robots.txt", PLACE, "/b"]
    assert refused == ["/a", "/a"]


def test_who_does_not_obey_does_not_ask():
    """Without the setting no host sees a request that it does not expect."""
    assert visit({FILE: ALL}, f"{SITE}/a", obey=False) == (["/robots.txt", "/a"], [])


def test_listings_are_read_all_the_same():
    """A listing is read to know what there is, and is not filed."""
    assert visit({FILE: ALL, f"{SITE}/": NEWS}, f"{SITE}/") == (["/robots.txt", "/"], [])


@pytest.mark.parametrize("answer", [Reply(status=404), Reply(status=500), NEWS, httpx.ReadTimeout("slow"), ALL[:40]])
def test_a_missing_file_reserves_nothing(answer):
    """Neither do errors and web pages in its place; none is asked for again by the next page."""
    assert visit({FILE: answer}, f"{SITE}/a", f"{SITE}/b") == (["/robots.txt", PLACE, "/a", "/b"], [])


def test_refusals_of_robots_txt_count_as_reservations():
    """A site that lets us in but refuses training is left alone by who obeys, and by nobody else."""
    robots = Reply("User-agent: *\nContent-Signal: ai-train=no", headers={"Content-Type": "text/plain"})
    pages = {f"{SITE}/robots.txt": robots}
    assert visit(pages, f"{SITE}/a") == (["/robots.txt"], ["/a"])
    assert visit(pages, f"{SITE}/a", obey=False) == (["/robots.txt", "/a"], [])


def test_robots_txt_can_forbid_the_file():
    """It is a file like every other."""
    robots = Reply("User-agent: *\nDisallow: /.well-known/", headers={"Content-Type": "text/plain"})
    assert visit({f"{SITE}/robots.txt": robots, FILE: ALL}, f"{SITE}/a") == (["/robots.txt", "/a"], [])


def test_the_file_is_remembered_between_runs():
    """What robots.txt is remembered by remembers the file, too."""
    memory = Unremembered()
    assert visit({FILE: ALL}, f"{SITE}/a", memory=memory) == (["/robots.txt", PLACE], ["/a"])
    assert visit({FILE: ALL}, f"{SITE}/b", memory=memory) == ([], ["/b"])


def test_where_a_page_leads_counts():
    """A redirect to a reserved address is not followed."""
    file = json.dumps([{"location": "/b", "tdm-reservation": 1}])
    moved = Reply(status=301, headers={"Location": "/b"})
    assert visit({FILE: file, f"{SITE}/a": moved}, f"{SITE}/a") == (["/robots.txt", PLACE, "/a"], ["/a"])
