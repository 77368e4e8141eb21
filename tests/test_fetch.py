"""One address in, one Page or one reason out."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from itertools import pairwise

import httpx
import pytest

from scraper.addresses import IP, Exceptions
from scraper.config import Network
from scraper.errors import (
    Blocked,
    DisallowedByRobots,
    Refused,
    RobotsUnavailable,
    ScrapeError,
    ServerTrouble,
    Throttled,
    TooLarge,
    Unreachable,
)
from scraper.fetch import Fetcher, Validators
from scraper.fetch.robots import Unremembered
from scraper.fetch.transport import GuardedTransport
from scraper.page import Page
from tests.fakes import Answer, FakeClock, FakeWeb, Reply
from tests.faultserver import HTML, answer, fault_server, fixed

SITE = "https://paper.org"
STORY = f"{SITE}/news/1"
ROBOTS = f"{SITE}/robots.txt"
BUSY = Reply(status=503)


def fetch(
    pages: Mapping[str, Answer], *urls: str, network: Network | None = None, **options: object
) -> tuple[list[Page | ScrapeError], FakeWeb]:
    """What comes of these addresses, one after the other, and the web that saw the requests."""
    clock = FakeClock()
    web = FakeWeb(pages, clock)

    async def run() -> list[Page | ScrapeError]:
        came: list[Page | ScrapeError] = []
        async with Fetcher(network or Network(), contact="me@here.org", clock=clock, transport=web) as fetcher:
            for url in urls:
                try:
                    came.append(await fetcher.get(url, **options))  # type: ignore[arg-type]
                except ScrapeError as error:
                    came.append(error)
        return came

    return asyncio.run(run()), web


def test_a_page_is_what_came():
    """Address, body, headers and the exchange as it went over the wire."""
    (page,), web = fetch({STORY: Reply("<p>Hi", headers={"ETag": '"1"', "X-Two": "a"})}, STORY)
    assert isinstance(page, Page)
    assert (page.url, page.final_url, page.status, page.body) == (STORY, STORY, 200, b"<p>Hi")
    assert page.headers["etag"] == '"1"'
    (exchange,) = page.exchanges
    assert (exchange.url, exchange.status, exchange.body) == (STORY, 200, b"<p>Hi")
    assert ("User-Agent", "Morgue/0.1.0 (+me@here.org)") in exchange.request_headers
    assert ("Accept-Encoding", "gzip, deflate") in exchange.request_headers
    assert page.fetched_at == web.clock.start + timedelta(seconds=1)


def test_robots_txt_comes_first_and_once():
    """Nothing is asked of a host before its robots.txt, and that is asked for once."""
    _, web = fetch({STORY: "<p>", SITE: "<p>", f"{SITE}/": "<p>"}, STORY, SITE, STORY)
    assert [asked.url for asked in web.log] == [ROBOTS, STORY, f"{SITE}/", STORY]


def test_what_robots_txt_forbids_is_not_asked_for():
    """Also not as the target of a redirect, on whatever host."""
    pages: dict[str, Answer] = {
        ROBOTS: "User-agent: Morgue\nDisallow: /private",
        STORY: Reply(status=302, headers={"Location": "https://other.org/x"}),
        "https://other.org/robots.txt": "User-agent: *\nDisallow: /",
    }
    came, web = fetch(pages, f"{SITE}/private/1", STORY)
    assert [type(each) for each in came] == [DisallowedByRobots, DisallowedByRobots]
    assert [each.url for each in came] == [f"{SITE}/private/1", STORY]
    assert web.urls == [STORY]


def test_robots_txt_is_remembered_for_a_day():
    """The memory is asked before the host; after a day the host is asked again."""
    memory, clock = Unremembered(), FakeClock()
    web = FakeWeb({ROBOTS: "User-agent: *\nDisallow: /x", STORY: "<p>"}, clock)

    async def visit() -> None:
        async with Fetcher(Network(), memory=memory, clock=clock, transport=web) as fetcher:
            await fetcher.get(STORY)

    for pause in (60, 23 * 3600, 2 * 3600):
        asyncio.run(visit())
        clock.advance(pause)
    asyncio.run(visit())
    assert [asked.url for asked in web.log].count(ROBOTS) == 2


def test_a_failing_robots_txt_closes_the_host_for_a_while():
    """5xx forbids everything for now, without more requests; a quarter of an hour later it is asked again."""
    clock = FakeClock()
    web = FakeWeb({ROBOTS: [BUSY, BUSY, BUSY, Reply(status=404)], STORY: "<p>"}, clock)

    async def story() -> None:
        async with Fetcher(Network(), clock=clock, transport=web) as fetcher:
            for _ in range(2):
                with pytest.raises(RobotsUnavailable):
                    await fetcher.get(STORY)
            assert len(web.log) == 3
            clock.advance(1000)
            assert (await fetcher.get(STORY)).status == 200

    asyncio.run(story())


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (httpx.ConnectTimeout("no"), "connect timeout"),
        (ConnectionRefusedError(111, "no"), "connection refused"),
    ],
)
def test_a_dead_host_is_not_asked_for_each_of_its_links(trouble, reason):
    """All its links fail at once for the same reason, each about itself; a quarter of an hour later it is asked."""
    clock = FakeClock()
    web = FakeWeb({ROBOTS: trouble, "https://alive.org/": "<p>"}, clock)
    links = [f"{SITE}/news/{number}" for number in range(20)]

    async def visit() -> None:
        async with Fetcher(Network(), clock=clock, transport=web) as fetcher:
            for link in links:
                with pytest.raises(Unreachable) as raised:
                    await fetcher.get(link)
                assert (raised.value.url, raised.value.reason) == (link, reason)
                if link == links[0]:
                    clock_then, asked_then = clock.monotonic(), len(web.log)
            assert (clock.monotonic(), len(web.log)) == (clock_then, asked_then)
            assert asked_then == 3
            assert (await fetcher.get("https://alive.org/")).status == 200
            clock.advance(1000)
            with pytest.raises(Unreachable):
                await fetcher.get(links[0])
            assert [asked.url for asked in web.log].count(ROBOTS) == 6

    asyncio.run(visit())


def links_of(*troubles: Answer) -> tuple[dict[str, Answer], list[str]]:
    """A site with a robots.txt that answers, and a page for each of these."""
    pages = {f"{SITE}/news/{number}": trouble for number, trouble in enumerate(troubles)}
    return {ROBOTS: "User-agent: *", **pages}, list(pages)


def test_a_host_that_dies_costs_three_addresses_and_not_all_of_them():
    """The rest is set aside without a request, with a reason of its own; a quarter of an hour later it is asked."""
    pages, links = links_of(*[httpx.ConnectTimeout("no")] * 20)
    clock = FakeClock()
    web = FakeWeb({**pages, "https://alive.org/": "<p>"}, clock)

    async def visit() -> None:
        async with Fetcher(Network(), clock=clock, transport=web) as fetcher:
            reasons = []
            for link in links:
                with pytest.raises(Unreachable) as raised:
                    await fetcher.get(link)
                reasons.append(raised.value.reason)
                assert raised.value.url == link
            assert reasons == ["connect timeout"] * 2 + ["host down"] * 18
            assert raised.value.retry_after is not None
            assert timedelta() < raised.value.retry_after <= timedelta(minutes=15)
            assert len(web.urls) == 3 + 3 + 1
            assert (await fetcher.get("https://alive.org/")).status == 200
            clock.advance(1000)
            web.pages[links[9]] = "<p>"
            assert (await fetcher.get(links[9])).status == 200
            assert (await fetcher.get(links[9])).status == 200

    asyncio.run(visit())


@pytest.mark.parametrize(
    "troubles",
    [
        [httpx.ReadTimeout("no"), httpx.ReadTimeout("no"), Reply(status=404)] * 4,
        [Reply(status=500)] * 12,
        [ConnectionResetError(104, "no")] * 2,
    ],
)
def test_a_host_that_answers_now_and_then_is_asked_on(troubles):
    """Any answer shows that it is alive, and one or two silent addresses are no silent host."""
    pages, links = links_of(*troubles)
    came, _ = fetch(pages, *links, *links[:1])
    assert "host down" not in {getattr(each, "reason", None) for each in came}


def test_crawl_delay_is_kept_up_to_the_cap():
    """Requests keep the distance that robots.txt asks for; more than the cap is cut to it."""
    for asked, kept in ((7, 7), (999, 120)):
        _, web = fetch({ROBOTS: f"User-agent: *\nCrawl-delay: {asked}", STORY: "<p>"}, STORY, STORY, STORY)
        times = [each.at for each in web.log[1:]]
        assert [later - sooner for sooner, later in pairwise(times)] == [kept, kept]


def test_sitemaps_are_those_of_robots_txt():
    """The Sitemap lines of the host, without another request."""
    clock = FakeClock()
    web = FakeWeb({ROBOTS: f"Sitemap: {SITE}/s.xml"}, clock)

    async def run() -> tuple[str, ...]:
        async with Fetcher(Network(), clock=clock, transport=web) as fetcher:
            return await fetcher.sitemaps(STORY)

    assert asyncio.run(run()) == (f"{SITE}/s.xml",)


def test_what_can_get_better_is_tried_again():
    """Connect errors, timeouts, 408, 429 and 5xx, with pauses, as often as configured."""
    troubles: list[Answer] = [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        Reply(status=408),
        Reply(status=429),
        Reply(status=500),
    ]
    for trouble in troubles:
        (page,), web = fetch({STORY: [trouble, trouble, "<p>"]}, STORY)
        assert isinstance(page, Page), page
        assert len(web.urls) == 3
        (error,), web = fetch({STORY: trouble}, STORY)
        assert isinstance(error, Unreachable | ServerTrouble | Throttled)
        assert len(web.urls) == 3


def test_what_cannot_get_better_is_asked_once():
    """A missing page, a refusal and a bad request are answers."""
    for status in (400, 403, 404, 410, 451, 501):
        _, web = fetch({STORY: Reply(status=status)}, STORY)
        assert len(web.urls) == 1


def test_retry_after_is_waited_for_when_there_is_time():
    """Half a minute is waited for; an hour ends in Throttled at once, and the host is left alone."""
    (page,), web = fetch({STORY: [Reply(status=429, headers={"Retry-After": "30"}), "<p>"]}, STORY)
    assert isinstance(page, Page)
    assert web.log[2].at - web.log[1].at >= 30
    came, web = fetch({STORY: Reply(status=503, headers={"Retry-After": "3600"})}, STORY, f"{SITE}/other")
    assert [type(each) for each in came] == [Throttled, Throttled]
    assert [getattr(each, "retry_after", None) for each in came] == [timedelta(hours=1)] * 2
    assert web.urls == [STORY]


def test_rules_of_many_large_robots_txt_are_not_all_at_hand():
    """What has no room is taken from the memory again, without another request; what is in use stays."""
    large = b"User-agent: *\nDisallow: /x\n" + b"# so it is written here\n" * 20_000
    hosts = [f"https://paper{number}.org" for number in range(9)]
    clock, memory = FakeClock(), Unremembered()
    web = FakeWeb({f"{host}/robots.txt": large for host in hosts}, clock)
    web.pages |= {f"{host}/": "<p>" for host in hosts}

    async def run() -> int:
        async with Fetcher(Network(), memory=memory, clock=clock, transport=web) as fetcher:
            for host in [*hosts, *hosts]:
                assert (await fetcher.get(f"{host}/")).status == 200
                with pytest.raises(DisallowedByRobots):
                    await fetcher.get(f"{host}/x")
            return sum(len(robots.body) for robots, _ in fetcher._robots._rules.values())

    assert asyncio.run(run()) < 3_000_000
    assert sum(asked.url.endswith("/robots.txt") for asked in web.log) == len(hosts)


def test_tries_end_with_the_deadline():
    """Slow failures use up the time before they use up the tries."""
    network = Network(retries=50, deadline=60)
    (error,), web = fetch({STORY: Reply(status=500, after=25)}, STORY, network=network)
    assert isinstance(error, ServerTrouble)
    assert len(web.urls) <= 3


@pytest.mark.parametrize(
    ("want", "network", "too_large"),
    [
        ("page", Network(max_page=1000), True),
        ("page", Network(max_page=2000), False),
        ("page", Network(max_body=1000), True),
        ("listing", Network(max_page=1000), False),
        ("listing", Network(max_body=1000), True),
    ],
)
def test_a_page_may_be_smaller_than_a_listing(want, network, too_large):
    """An article's page ends at max_page, decompressed, or at max_body when that is less; a listing at max_body."""
    body = Reply(gzip.compress(b"<p>".ljust(1500)), headers={"Content-Encoding": "gzip"})
    (came,), _ = fetch({STORY: body}, STORY, network=network, want=want)
    assert isinstance(came, TooLarge if too_large else Page)


def test_validators_bring_a_304():
    """Nothing new is a value, and costs no body."""
    seen = Validators(etag='"1"', last_modified="Sun, 10 Mar 2024 12:00:00 GMT")
    (page,), web = fetch({STORY: Reply(status=304)}, STORY, validators=seen)
    assert isinstance(page, Page)
    assert page.not_modified
    assert web.log[-1].headers["if-none-match"] == '"1"'
    assert web.log[-1].headers["if-modified-since"] == "Sun, 10 Mar 2024 12:00:00 GMT"


def test_redirects_are_facts():
    """Each exchange is kept, and the address that answered is told."""
    pages = {STORY: Reply(status=301, headers={"Location": "../2?a=b#c"}), f"{SITE}/2?a=b": "<p>"}
    (page,), _ = fetch(pages, STORY)
    assert isinstance(page, Page)
    assert (page.url, page.final_url) == (STORY, f"{SITE}/2?a=b")
    assert [exchange.status for exchange in page.exchanges] == [301, 200]


def test_cookies_last_for_the_run_and_stay_out_of_captures():
    """What a site sets it is shown again; other sites are not."""
    pages = {
        STORY: Reply("<p>", headers={"Set-Cookie": "consent=yes"}),
        f"{SITE}/news/2": "<p>",
        "https://b.org/": "<p>",
    }
    came, web = fetch(pages, STORY, f"{SITE}/news/2", "https://b.org/")
    cookies = {asked.url: asked.headers.get("cookie") for asked in web.log}
    assert cookies[f"{SITE}/news/2"] == "consent=yes"
    assert cookies["https://b.org/"] is None
    second = came[1]
    assert isinstance(second, Page)
    assert "cookie" not in {name.lower() for name, _ in second.exchanges[0].request_headers}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("pays=Réunion".encode(), "pays=Réunion".encode()),
        ("pays=Réunion".encode("latin-1"), "pays=Réunion".encode("latin-1")),
        (b"a=b\x7fc", None),
    ],
)
def test_a_cookie_beyond_ascii_closes_no_site(given, sent):
    """It is shown again byte for byte, or left out when no header can carry it; the pages come all the same."""
    cookies: list[bytes | None] = []

    def second(request: httpx.Request) -> str:
        cookies.append(dict(request.headers.raw).get(b"Cookie"))
        return "<p>"

    pages = {STORY: Reply("<p>", headers={"Set-Cookie": given}), f"{SITE}/news/2": second}
    came, _ = fetch(pages, STORY, f"{SITE}/news/2")
    assert [type(each) for each in came] == [Page, Page]
    assert cookies == [sent]


@pytest.mark.parametrize(
    ("etag", "sent"),
    [('"édition-1"', '"édition-1"'.encode("latin-1")), ('"версия"', None), ('"a\nb"', None)],
)
def test_an_etag_beyond_ascii_closes_no_feed(etag, sent):
    """It is shown as Latin-1, or not at all when no header can carry it."""
    seen: list[bytes | None] = []

    def story(request: httpx.Request) -> str:
        seen.append(dict(request.headers.raw).get(b"If-None-Match"))
        return "<p>"

    (page,), _ = fetch({STORY: story}, STORY, validators=Validators(etag=etag))
    assert isinstance(page, Page)
    assert seen == [sent]


def test_a_source_has_its_own_headers_delay_and_name():
    """They are sent to its site but not to other domains, and the name is what robots.txt is read for."""
    pages: dict[str, Answer] = {
        ROBOTS: "User-agent: Morgue\nDisallow: /\nUser-agent: Reader\nAllow: /",
        STORY: Reply(status=302, headers={"Location": "https://other.org/"}),
        "https://other.org/": "<p>",
    }
    (page,), web = fetch(pages, STORY, headers={"X-Key": "k"}, user_agent="Reader/1.0", delay=0.0)
    assert isinstance(page, Page)
    keys = {asked.url: (asked.headers.get("x-key"), asked.headers["user-agent"]) for asked in web.log}
    assert keys[STORY] == ("k", "Reader/1.0")
    assert keys["https://other.org/"][0] is None
    assert web.clock.monotonic() <= 1


def test_a_guard_in_front_of_the_page_is_a_bot_wall():
    """A challenge with 403 or 503 is no "forbidden" and no server error, and comes back later."""
    challenge = "<title>Just a moment...</title><script>window._cf_chl_opt={}</script>"
    (error,), web = fetch({STORY: Reply(challenge, status=403)}, STORY)
    assert isinstance(error, Blocked)
    assert (error.reason, len(web.urls)) == ("bot wall", 1)


def test_drawing_without_playwright_says_what_to_install():
    """An extra that is missing is one clear line, before anything is fetched."""
    code = """
import asyncio, sys
sys.modules["playwright"] = None  # as if it were not installed
from scraper.config import Network
from scraper.errors import ScrapeError
from scraper.fetch import Fetcher
async def run():
    async with Fetcher(Network()) as fetcher:
        try:
            await fetcher.get("http://127.0.0.1:9/", render=True)
        except ScrapeError as error:
            print(error)
asyncio.run(run())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == (
        "http://127.0.0.1:9/: no browser (install playwright: pip install 'morgue[browser]')"
    )


def test_an_address_is_sent_as_a_browser_sends_it():
    """Characters are escaped by the URL standard, no more and no less."""

    async def run() -> tuple[Page, list[str]]:
        async with fault_server() as server, Fetcher(Network(allow=("127.2.0.0/16",), delay=0)) as fetcher:
            base = await server.site("127.2.3.1", {"/%C3%BC/a'(b)|c?q=%22&r=[1]": HTML})
            return await fetcher.get(base + "/ü/a'(b)|c?q=\"&r=[1]#part"), server.asked("127.2.3.1")

    page, asked = asyncio.run(run())
    assert page.body == HTML
    assert asked[-1] == "/%C3%BC/a'(b)|c?q=%22&r=[1]"
    assert page.exchanges[0].ip == "127.2.3.1"


def test_a_name_is_checked_where_it_leads_when_it_is_connected():
    """A public name with a private address is refused, also when it was public a moment ago (DNS rebinding)."""
    answers = iter([["127.2.4.1"], ["127.2.4.1", "10.0.0.1"], ["127.0.0.1"]])

    def resolver(_host: str, _port: int) -> list[IP]:
        return [ip_address(text) for text in next(answers)]

    async def run() -> list[Page | ScrapeError]:
        network = Network(allow=("127.2.0.0/16",), delay=0)
        transport = GuardedTransport(Exceptions.of(network.allow), http2=False, resolver=resolver)
        async with fault_server() as server, Fetcher(network, transport=transport) as fetcher:
            missing = fixed(answer(b"", "404 Not Found", "Connection: close"))
            base = await server.site("127.2.4.1", {"/robots.txt": missing, "/": HTML})
            port = base.rpartition(":")[2]
            came: list[Page | ScrapeError] = []
            for _ in range(2):
                try:
                    came.append(await fetcher.get(f"http://paper.org:{port}/"))
                except ScrapeError as error:
                    came.append(error)
            return came

    came = asyncio.run(run())
    assert [type(each) for each in came] == [Refused, Refused]


def test_the_environment_names_the_proxy(monkeypatch):
    """Requests go by the proxy of the environment; private names are refused all the same."""

    def resolver(host: str, _port: int) -> list[IP]:
        return [ip_address("10.0.0.1" if "trap" in host else "8.8.8.8")]

    async def run() -> tuple[Page, list[str], ScrapeError | None]:
        async with fault_server() as server:
            proxy = await server.site("127.2.5.1", {"http://paper.org/": HTML})
            monkeypatch.setenv("http_proxy", proxy)
            monkeypatch.setenv("no_proxy", "")
            transport = GuardedTransport(
                Exceptions(),
                http2=False,
                resolver=lambda host, _: [ip_address("10.0.0.1" if "trap" in host else "8.8.8.8")],
            )
            async with Fetcher(Network(delay=0), transport=transport) as fetcher:
                page = await fetcher.get("http://paper.org/")
                try:
                    await fetcher.get("http://trap.org/")
                except ScrapeError as error:
                    return page, server.asked("127.2.5.1"), error
                return page, server.asked("127.2.5.1"), None

    page, asked, error = asyncio.run(run())
    assert page.body == HTML
    assert asked == ["http://paper.org/robots.txt", "http://paper.org/"]
    assert isinstance(error, Refused | RobotsUnavailable)
