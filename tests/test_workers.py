"""Extraction in processes that can be killed: what one page does to its worker is not felt by the others."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scraper.errors import ExtractionFailed, WorkerDied
from scraper.page import Page
from scraper.workers import LARGE, PAGE_MEMORY, Reader

STORY = "<html lang=en><title>A bridge</title><article><h1>A bridge</h1>" + "".join(
    f"<p>The council of the town met and spoke of the bridge over the river, said member {number} of it.</p>"
    for number in range(6)
)


def page(body):
    return Page(
        url="https://paper.example/a",
        final_url="https://paper.example/a",
        status=200,
        headers={"content-type": "text/html; charset=utf-8"},
        body=body.encode(),
        fetched_at=datetime(2024, 3, 10, tzinfo=UTC),
    )


def deaf(page, hint=None, rules=()):
    """Work that takes its worker's life, as the system does when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


def endless(page, hint=None, rules=()):
    """A page that holds the parser for ever."""
    while True:
        pass


def hungry(page, hint=None, rules=()):
    """A page for which the parser wants all memory."""
    return len(bytearray(2 * PAGE_MEMORY))


def grown(page, hint=None, rules=()):
    """How many bytes its worker holds for good after many small pieces of memory were let go."""
    pieces = [b"x" * 1000 for _ in range(100_000)]
    del pieces[::2]
    return len(pieces)


def held(page, hint=None, rules=()):
    """The worker's resident memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much memory a process has")
def test_a_page_that_wants_too_much_memory_is_given_up():
    """The worker goes on with the next one, and it gives back what a large page took."""

    async def work():
        async with Reader(1) as reader:
            with pytest.raises(ExtractionFailed) as failure:
                await reader._work_on(page(STORY), hungry)
            assert failure.value.reason == "extraction out of memory"
            assert (await reader.read(page(STORY))).article.title == "A bridge"
            before = await reader._work_on(page(STORY), held)
            await reader._work_on(page(STORY + " " * LARGE), grown)
            assert await reader._work_on(page(STORY), held) < before + 10_000_000

    asyncio.run(work())


def test_a_page_over_its_deadline_is_given_up_and_the_others_are_read():
    """The worker is killed and replaced; reason: extraction timeout."""

    async def work():
        async with Reader(1, deadline=1.0) as reader:
            with pytest.raises(ExtractionFailed) as failure:
                await reader._work("https://x.test/", endless, page(STORY))
            assert failure.value.reason == "extraction timeout"
            assert (await reader.read(page(STORY))).article.title == "A bridge"

    asyncio.run(work())


def test_a_worker_that_is_killed_costs_no_page_for_good():
    """Killed from outside or by its page: the page comes back later, the next ones find a new worker."""

    async def work():
        async with Reader(1) as reader:
            for _ in range(3):
                with pytest.raises(WorkerDied):
                    await reader._work("https://x.test/", deaf, page(STORY))
                assert (await reader.read(page(STORY))).article.title == "A bridge"

    asyncio.run(work())


def test_workers_that_had_nothing_to_do_end_without_a_word(tmp_path):
    """A run that ends while its workers are still coming up prints nothing."""
    program = tmp_path / "program"  # no ending: like an installed command, each worker reads it anew
    program.write_text("""
import asyncio
import scraper.cli, scraper.workers

async def work():
    async with scraper.workers.Reader(2):
        pass

if __name__ == "__main__":
    asyncio.run(work())
""")
    ended = subprocess.run(
        [sys.executable, program],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_signal_to_the_whole_group_is_for_the_run_alone():
    """systemd, timeout and a shutdown signal every process: the pages in hand are read to their end."""
    program = """
import asyncio, os, signal
from tests.test_workers import STORY, page
from scraper.workers import Reader

async def work():
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    async with Reader(2) as reader:
        await reader.read(page(STORY))
        os.killpg(0, signal.SIGTERM)
        await asked.wait()
        for _ in range(20):
            print((await reader.read(page(STORY))).article.title)

if __name__ == "__main__":
    asyncio.run(work())
"""
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        start_new_session=True,
    )
    assert done.stdout.splitlines() == ["A bridge"] * 20, done.stderr
