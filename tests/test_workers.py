"""Extraction in processes that can be killed: what one page does to its worker is not felt by the others."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import UTC, datetime

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


def group(page, hint=None, rules=()):
    """The process group of the worker."""
    return os.getpgid(0)


def endless(page, hint=None, rules=()):
    """A page that holds the parser for ever."""
    while True:
        pass


def test_a_page_over_its_deadline_is_given_up_and_the_others_are_read():
    """The worker is killed and replaced; reason: extraction timeout."""

    async def work():
        async with Reader(1, deadline=1.0) as reader:
            with pytest.raises(ExtractionFailed) as failure:
                await reader._work(endless, page(STORY))
            assert failure.value.reason == "extraction timeout"
            assert (await reader.read(page(STORY))).article.title == "A bridge"

    asyncio.run(work())


def test_a_worker_that_is_killed_costs_no_page_for_good():
    """Killed from outside or by its page: the page comes back later, the next ones find a new worker."""

    async def work():
        async with Reader(1) as reader:
            for _ in range(3):
                with pytest.raises(WorkerDied):
                    await reader._work(deaf, page(STORY))
                assert (await reader.read(page(STORY))).article.title == "A bridge"

    asyncio.run(work())


def test_workers_do_not_hear_the_signals_of_the_run():
    """A SIGTERM to the process group of the run is for the run alone."""

    async def work():
        async with Reader(1) as reader:
            assert await reader._work(group, page(STORY)) != os.getpgid(0)

    asyncio.run(work())
