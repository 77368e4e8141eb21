"""What web masters see in their logs when the real command crawls with several workers."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.faultserver import Asked, FaultServer, answer, fault_server, fixed

ROOT = Path(__file__).parent.parent
PLAIN, QUICK, SLOW, ENDLESS = (f"127.2.40.{number}" for number in range(1, 5))
PAGES = 4
NETWORK = "network: {allow: [127.2.0.0/16], delay: 0.4, max_page: 300000}"


def story(number: int) -> bytes:
    said = "".join(
        f"<p>On day {number * 20 + day} the ferry left the town with {day} people on board.</p>" for day in range(9)
    )
    return (
        f"<title>Day {number} of the ferry</title><article><h1>Day {number} of the ferry</h1>{said}</article>".encode()
    )


def feed(base: str) -> bytes:
    paths = [*range(PAGES), "private"]
    return "".join(f"<item><link>{base}/{path}</link><title>Day {path}</title></item>" for path in paths).encode()


async def site(server: FaultServer, host: str, robots: bytes = b"User-agent: *\nDisallow: /private") -> str:
    """A newspaper whose answers take a while, so that requests at once are seen."""
    base = ""

    async def listing(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.headers.get("if-none-match") == '"1"':
            writer.write(answer(b"", "304 Not Modified"))
        else:
            body = b"<rss><channel>" + feed(base) + b"</channel></rss>"
            writer.write(answer(body, "200 OK", 'ETag: "1"', "Content-Type: application/rss+xml"))

    pages = {f"/{number}": fixed(b"", answer(story(number)), pause=0.15) for number in range(PAGES)}
    base = await server.site(host, {"/robots.txt": robots, "/feed": listing, "/private": b"<p>", **pages})
    return base


class Poured:
    """A page without end that counts what it could get rid of."""

    def __init__(self) -> None:
        self.size = 0

    async def __call__(self, _asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>")
        while not writer.is_closing():
            writer.write(b"x" * 65_536)
            await writer.drain()
            self.size += 65_536
            await asyncio.sleep(0)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """The server after two crawls, how many requests belong to the first, and what the page without end gave."""
    folder = tmp_path_factory.mktemp("recorded")
    config, poured = folder / "config.yaml", Poured()

    async def crawl() -> str:
        run = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "scraper", "crawl", "--config", str(config), "--workers", "3",
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        output = (await run.communicate())[0].decode()
        assert run.returncode == 0, output
        return output

    async def both() -> tuple[FaultServer, int, str]:
        async with fault_server() as server:
            lines = [NETWORK, "sources:"]
            for name, host, delay in (
                ("plain", PLAIN, ""),
                ("quick", QUICK, ", delay: 0"),
                ("slow", SLOW, ", delay: 0"),
            ):
                robots = b"User-agent: *\nCrawl-delay: 0.6" if host == SLOW else b"User-agent: *\nDisallow: /private"
                base = await site(server, host, robots)
                lines.append(f"  - {{id: {name}, homepage: '{base}/', listings: ['{base}/feed']{delay}}}")
            items = b"<rss><channel><item><link>/endless</link><title>x</title></item></channel></rss>"
            base = await server.site(ENDLESS, {"/feed": items, "/endless": poured})
            lines.append(f"  - {{id: endless, homepage: '{base}/', listings: ['{base}/feed']}}")
            config.write_text("\n".join(lines), encoding="utf-8")
            output = await crawl()
            first = len(server.log)
            await crawl()
            return server, first, output

    server, first, output = asyncio.run(both())
    return server, first, output, poured.size


def requests(log, host):
    server, first, *_ = log
    return [asked for asked in server.log[:first] if asked.host == host]


def test_robots_txt_is_the_first_request_and_what_it_disallows_is_never_made(log):
    """Once for each host, before anything else."""
    for host in (PLAIN, QUICK, SLOW, ENDLESS):
        paths = [asked.path for asked in requests(log, host)]
        assert paths[0] == "/robots.txt"
        assert paths.count("/robots.txt") == 1
    for host in (PLAIN, QUICK):
        assert {f"/{number}" for number in range(PAGES)} <= {asked.path for asked in requests(log, host)}
        assert "/private" not in {asked.path for asked in requests(log, host)}


@pytest.mark.parametrize(("host", "seconds"), [(PLAIN, 0.4), (SLOW, 0.6)])
def test_requests_to_a_host_keep_their_distance(log, host, seconds):
    """network.delay, and Crawl-delay also where the source has no delay of its own; start to start."""
    times = [asked.at for asked in requests(log, host)]
    assert len(times) > PAGES
    # The server reads its requests when this machine lets it: a little late for one makes the next one early.
    assert all(later - sooner > 0.6 * seconds for sooner, later in pairwise(times))


def test_a_host_without_delay_has_two_requests_at_once_and_no_more(log):
    """Several workers do not make it more."""
    assert log[0].most_open[QUICK] == 2


def test_the_second_crawl_asks_the_feed_conditionally_and_nothing_else(log):
    """With the validators that came; neither robots.txt nor a story is asked for again."""
    server, first, *_ = log
    again = [asked for asked in server.log[first:] if asked.host in (PLAIN, QUICK, SLOW)]
    assert {asked.path for asked in again} <= {"/feed"}
    assert all(asked.headers.get("if-none-match") == '"1"' for asked in again)


def test_a_page_without_end_is_cut_at_the_cap(log):
    """It costs the site what the cap allows and what was on its way, and it ends in a counted reason."""
    *_, output, size = log
    assert "1 too large" in output
    assert size < 20_000_000
