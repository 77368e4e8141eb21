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
from scraper.workers import Reader

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
