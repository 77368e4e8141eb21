"""However much the servers send, a crawl holds no more than its share; and nobody waits for ever."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Awaitable
from pathlib import Path

import pytest

from scraper.config import Network
from scraper.errors import ScrapeError
from scraper.fetch import Fetcher
from scraper.fetch.memory import EXPECTED, Memory
from scraper.page import Page
from tests.faultserver import HTML, answer, endless, fault_server, fixed

ROOT = Path(__file__).parent.parent
LIMIT = 1_000_000
STORY = HTML.replace(b"</p>", b" And so on." * (LIMIT // 20) + b"</p>")


async def steps(times: int = 20) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


def test_large_bodies_wait_for_each_other_in_their_order():
    """No more than the share is held; who came first goes first; what is larger than the share goes alone."""

    async def run() -> tuple[list[int], int]:
        memory, order, most = Memory(large=100), list[int](), 0

        async def visit(number: int, size: int) -> None:
            nonlocal most
            async with memory.visit() as hand:
                await hand.claim(size)
                order.append(number)
                most = max(most, memory.held)
                await steps()

        await asyncio.gather(*(visit(number, size) for number, size in enumerate([60, 30, 70, 10, 500, 20])))
        assert memory.held == 0
        return order, most

    assert asyncio.run(run()) == ([0, 1, 2, 3, 4, 5], 500)


def test_a_visit_that_needs_another_page_never_waits_for_itself():
    """Sections that all hold one page and want the next all come to their end, beyond the share one by one."""

    async def run() -> int:
        memory, most = Memory(large=100), 0

        async def section() -> None:
            nonlocal most
            async with memory.visit() as first:
                await first.claim(50)
                await steps()
                async with memory.visit(first) as second:
                    await second.begin()
                    await second.claim(50)
                    most = max(most, memory.large.used)
                    await steps()

        async with asyncio.timeout(5):
            await asyncio.gather(*(section() for _ in range(6)))
        assert memory.held == 0
        return most

    assert asyncio.run(run()) == 150


def test_a_page_beyond_the_share_does_not_wait_for_itself_when_it_is_drawn():
    """What the scripts of a section's next page ask for comes, too, while the shares are used up."""

    async def run() -> None:
        memory = Memory(large=100)
        async with asyncio.timeout(5), memory.visit() as section:
            await section.claim(90)
            async with memory.visit(section) as following:
                await following.claim(50)
                async with memory.visit(following) as script:
                    await script.claim(50)
        assert memory.held == 0
        assert not memory.beyond.locked()

    asyncio.run(run())


def test_whoever_gives_up_waiting_keeps_nobody_from_it():
    """A run that ends, or a deadline, takes a body out of the line."""

    async def run() -> list[str]:
        memory, went = Memory(large=100), list[str]()

        async def visit(name: str, size: int) -> None:
            async with memory.visit() as hand:
                await hand.claim(size)
                went.append(name)
                await asyncio.sleep(3600)

        tasks = {name: asyncio.create_task(visit(name, size)) for name, size in (("a", 90), ("b", 50), ("c", 10))}
        await steps()
        assert went == ["a"]
        tasks["b"].cancel()
        await steps()
        assert went == ["a", "c"]
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        assert memory.held == 0
        return went

    asyncio.run(run())


def test_no_request_begins_while_small_bodies_have_no_room():
    """The next request waits until some are recorded."""

    async def run() -> None:
        memory = Memory(small=3 * EXPECTED)
        async with memory.visit() as last:
            async with memory.visit() as hand:
                await hand.begin()
                hand.count(3 * EXPECTED)
                hand.end()
                waiting = asyncio.create_task(last.begin())
                await steps()
                assert not waiting.done()
            await waiting
            assert memory.small.used == EXPECTED

    asyncio.run(run())


async def came(coming: Awaitable[Page]) -> str:
    try:
        return str(len((await coming).body))
    except ScrapeError as error:
        return error.reason


def test_a_body_that_drips_holds_nobody_up():
    """Large bodies that never end use neither the place nor the memory of those that do."""

    async def run() -> list[str]:
        network = Network(allow=("127.2.0.0/16",), delay=0, retries=0, read_timeout=30, deadline=30, max_page=LIMIT)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + bytes(400_000)
        async with fault_server() as server, Fetcher(network) as fetcher:
            fetcher.memory = Memory(large=LIMIT)
            dripping = [await server.site(f"127.2.20.{n}", {"/": endless(head, b"x", 0.2)}) for n in range(1, 9)]
            whole = [await server.site(f"127.2.21.{n}", {"/": STORY}) for n in range(1, 9)]
            stuck = [asyncio.create_task(came(fetcher.get(url + "/"))) for url in dripping]
            while len([asked for asked in server.log if asked.path == "/"]) < len(stuck):
                await asyncio.sleep(0.01)
            found = await asyncio.gather(*(came(fetcher.get(url + "/")) for url in whole))
            assert not any(task.done() for task in stuck)
            for task in stuck:
                task.cancel()
            await asyncio.gather(*stuck, return_exceptions=True)
            assert fetcher.memory.held == 0
            return found

    assert asyncio.run(run()) == [str(len(STORY))] * 8


def test_failed_pages_leave_nothing_behind():
    """What errors held is gone with them, without a garbage collection."""
    big = gzip.compress(STORY * 4)

    async def run() -> int:
        network = Network(allow=("127.2.0.0/16",), delay=0, retries=0, max_page=LIMIT)
        faults = {"/bomb": fixed(answer(big, "200 OK", "Content-Encoding: gzip")), "/image": b"\x89PNG" + STORY}
        async with fault_server() as server, Fetcher(network) as fetcher:
            base = await server.site("127.2.22.1", faults)
            for path in faults:
                assert await came(fetcher.get(base + path)) in ("too large", "wrong type")
            gc.collect()
            gc.disable()
            try:
                tracemalloc.start()
                for path in faults:
                    for _ in range(5):
                        await came(fetcher.get(base + path))
                return tracemalloc.get_traced_memory()[0]
            finally:
                tracemalloc.stop()
                gc.enable()

    assert asyncio.run(run()) < 2 * LIMIT


CRAWL = """
import json, re, sys
from scraper.cli import main
try:
    main(sys.argv[1:])
finally:
    # Of this program alone; getrusage counts the process that started it, too.
    most = int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1]) // 1024
    print(json.dumps({"megabytes": most, "heavy": [name for name in ("numpy", "pandas") if name in sys.modules]}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in other units elsewhere")
def test_a_dozen_hosts_with_huge_pages_do_not_make_the_crawl_huge(tmp_path):
    """Bombs, endless bodies and the largest pages at once: the main process stays below 200 MB."""
    page = HTML + b"<script type='application/json'>[" + b'{"a": "some text"},' * 250_000 + b"1]</script>"
    pages = {
        "/0": fixed(answer(gzip.compress(page * 10), "200 OK", "Content-Encoding: gzip")),
        "/1": page,
        "/2": endless(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", bytes(1 << 18), 0.001),
        "/robots.txt": endless(b"HTTP/1.1 200 OK\r\n\r\n", b"# no rule\n" * 30_000, 0.001),
    }

    async def run() -> bytes:
        async with fault_server() as server:
            config = ["network: {allow: [127.2.0.0/16], delay: 0, retries: 0}", "sources:"]
            for number in range(12):
                items = "".join(f"<item><link>/{n}</link><title>Big {n}</title></item>" for n in range(3))
                feed = f"<rss><channel>{items}</channel></rss>".encode()
                base = await server.site(f"127.2.23.{number + 1}", {**pages, "/feed": feed})
                config.append(f"  - {{id: p{number}, homepage: '{base}/', listings: ['{base}/feed']}}")
            (tmp_path / "config.yaml").write_text("\n".join(config), encoding="utf-8")
            crawl = await asyncio.create_subprocess_exec(
                sys.executable, "-c", CRAWL, "crawl", "--config", str(tmp_path / "config.yaml"),
                cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            return (await crawl.communicate())[0]

    output = asyncio.run(run()).decode()
    facts = json.loads(output.splitlines()[-1])
    assert "too large" in output
    assert facts["megabytes"] < 200
    assert not facts["heavy"]
