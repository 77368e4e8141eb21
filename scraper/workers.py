"""Extraction in processes that can be killed.

Hostile HTML can hold a parser for minutes or eat all memory, and nothing inside the process can stop it. So each page
is read in a worker with a deadline: past it the worker is killed, the page ends in a counted reason, the others go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence, Set
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing.context import BaseContext
from multiprocessing.synchronize import Semaphore
from pathlib import Path
from tempfile import gettempdir
from types import TracebackType
from typing import Protocol, TypeVar

from pebble import ProcessExpired, ProcessPool

from archive.records import Article, Link, RecurringBlock
from scraper import heap
from scraper.config import Rule
from scraper.errors import ExtractionFailed, NoWorkers, WorkerDied
from scraper.page import Page
from scraper.seen import Seen

T = TypeVar("T")

DEADLINE = 30.0  # seconds; a page of a newspaper takes about 0.03
RECYCLE = 2000  # pages; parsers never give all memory back, so workers are renewed
COMING_UP = 5.0  # seconds that the end waits for a worker that was just begun
# Bytes that reading may add to what a worker has from its libraries. A sitemap as large as its protocol lets it be
# takes most of it; a page may have a quarter of that size.
PAGE_MEMORY, LISTING_MEMORY = 160_000_000, 320_000_000
# Of larger bodies one is read at a time; afterwards its memory is given back to the system.
LARGE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a worker saw on a page.

    extractor  name and versions of what read the article, digests of the rules and learned blocks that had a say
    barrier    what stands in place of a story ("consent wall" ...); then there is no article
    signals    what the page asks of archives and miners (noarchive, tdm-reservation ...)
    """

    article: Article | None = None
    barrier: str = ""
    extractor: str = ""
    signals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingReading:
    """What a worker saw in a listing.

    kind         feed, sitemap or section
    announced    the feeds, sitemaps and sections that an HTML page names
    """

    kind: str
    links: tuple[Link, ...] = ()
    announced: tuple[Link, ...] = ()


class PageReader(Protocol):
    """Whoever reads pages."""

    async def links(
        self, page: Page, selector: str | None = None, story_forms: Set[str] = frozenset()
    ) -> ListingReading:
        """What a listing names; raises ScrapeErrors."""
        ...

    async def read(
        self, page: Page, hint: Link | None = None, rules: Sequence[Rule] = (), furniture: Set[str] = frozenset()
    ) -> Reading:
        """What a page says; `furniture` are fingerprints of blocks to leave out. Raises ScrapeErrors."""
        ...

    async def seen(self, page: Page, hint: Link | None = None, rules: Sequence[Rule] = ()) -> Seen:
        """What a page teaches of its source's furniture; raises ScrapeErrors."""
        ...

    async def learn(self, name: str, pages: Sequence[Seen], before: Sequence[RecurringBlock]) -> list[RecurringBlock]:
        """What comes back on the pages of the source `name`; raises ScrapeErrors."""
        ...


class Reader:
    """Reads pages in worker processes. An async context manager; leaving it ends the workers.

    workers    processes
    deadline   seconds that one page may take
    """

    def __init__(self, workers: int = 2, *, deadline: float = DEADLINE) -> None:
        self._workers, self._context = workers, _context()
        self._pool = self._new_pool()
        # Pages wait here and not in the pool's own queue, which has no end.
        self._room = asyncio.Semaphore(2 * workers)
        # Listings have a line of their own: behind all the pages that wait, their sources would stand still.
        self._room_for_listings = asyncio.Semaphore(2 * workers)
        self._large = asyncio.Semaphore(1)
        self._deadline = deadline

    async def __aenter__(self) -> Reader:
        # The extractor takes a second or two to load, and the pool's own start would stop the event loop for as long.
        self._started = asyncio.ensure_future(asyncio.to_thread(_start, self._pool))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._started
        await asyncio.to_thread(self._end)

    async def read(
        self, page: Page, hint: Link | None = None, rules: Sequence[Rule] = (), furniture: Set[str] = frozenset()
    ) -> Reading:
        """What a page says; raises ExtractionFailed when it takes too much time or memory, WorkerDied, NoWorkers."""
        return await self._work_on(page, read_page, hint, tuple(rules), furniture)

    async def links(
        self, page: Page, selector: str | None = None, story_forms: Set[str] = frozenset()
    ) -> ListingReading:
        """What a listing names; raises UnreadableListing, or as above."""
        return await self._work_on(page, read_listing, selector, story_forms)

    async def seen(self, page: Page, hint: Link | None = None, rules: Sequence[Rule] = ()) -> Seen:
        """What a page teaches; raises as above."""
        return await self._work_on(page, see_page, hint, tuple(rules))

    async def learn(self, name: str, pages: Sequence[Seen], before: Sequence[RecurringBlock]) -> list[RecurringBlock]:
        """What comes back on the pages of a source; raises as above."""
        return await self._work(name, learn_blocks, tuple(pages), tuple(before))

    async def _work_on(self, page: Page, function: Callable[..., T], *arguments: object) -> T:
        bare = replace(page, exchanges=())  # what the worker does not need is not sent
        large = len(page.body) > LARGE
        room = self._room_for_listings if function is read_listing else self._room
        async with self._large if large else contextlib.nullcontext():
            return await self._work(page.url, within_memory, large, function, bare, *arguments, room=room)

    async def _work(
        self, url: str, function: Callable[..., T], *arguments: object, room: asyncio.Semaphore | None = None
    ) -> T:
        async with room or self._room:
            await self._started
            for pool in (self._pool, None):
                pool = pool or self._renewed()
                try:
                    job = pool.schedule(function, args=arguments, timeout=self._deadline)
                except (
                    BrokenProcessPool,
                    RuntimeError,
                ):  # a pool that lost a worker at a bad moment takes no more work
                    continue
                try:
                    # The pool keeps the deadline; this one is for an answer that gets lost with its worker.
                    return await asyncio.wait_for(asyncio.wrap_future(job), 3 * self._deadline)
                except BrokenProcessPool:
                    continue
                except (FutureTimeout, TimeoutError) as error:
                    raise ExtractionFailed(
                        url, f"not read in {self._deadline:g} s", reason="extraction timeout"
                    ) from error
                except MemoryError as error:
                    raise ExtractionFailed(url, "out of memory", reason="extraction out of memory") from error
                except ProcessExpired as error:
                    raise WorkerDied(url, f"the worker ended: {error}") from error
        raise NoWorkers(
            f"the processes that read pages cannot be started; is there room in {gettempdir()}, and memory?"
        )

    def _new_pool(self) -> ProcessPool:
        self._up = self._context.Semaphore(0)
        return ProcessPool(
            self._workers, max_tasks=RECYCLE, initializer=_confine, initargs=(self._up,), context=self._context
        )

    def _end(self) -> None:
        # The pool takes its locks away before it ends its workers; one that is only coming up would print a traceback.
        with contextlib.suppress(BrokenProcessPool, RuntimeError, OSError):
            for _ in range(self._workers):
                if not self._pool.active or not self._up.acquire(timeout=COMING_UP):
                    break
        _end(self._pool)

    def _renewed(self) -> ProcessPool:
        """Another pool in place of one that is broken; whoever finds it broken next gets the same one."""
        try:
            self._pool.schedule(_nothing)
        except (BrokenProcessPool, RuntimeError):
            _end(self._pool)
            self._pool = self._new_pool()
        return self._pool


def _start(pool: ProcessPool) -> None:
    with contextlib.suppress(BrokenProcessPool, RuntimeError, OSError):  # the first work meets it again, and tells
        pool.schedule(_nothing)


def _nothing() -> None:
    """Work that shows whether a pool takes work."""


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _context() -> BaseContext:
    # A fork of a process with threads can deadlock; the fork server is clean, and has the extractor loaded once.
    if "forkserver" in multiprocessing.get_all_start_methods():
        from multiprocessing import forkserver, resource_tracker  # not on Windows

        context = multiprocessing.get_context("forkserver")
        # The main program, too, for each worker imports it: what is loaded before the fork is in memory once for all.
        context.set_forkserver_preload(["__main__", "scraper.prefork"])
        # A signal to the whole group (systemd, timeout, a shutdown) is for the run, which finishes the pages in hand.
        # The server and its workers inherit deaf ears; `_confine` opens a worker's again, in a group of its own.
        resource_tracker.ensure_running()  # first: it unblocks both signals when it starts
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return context
    return multiprocessing.get_context("spawn")


def _confine(up: Semaphore) -> None:
    if hasattr(os, "setsid"):
        os.setsid()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
    up.release()


def within_memory(large: bool, function: Callable[..., T], *arguments: object) -> T:
    """Do the work with a bound on the memory that it may add; past it, it ends in a MemoryError, or with the process.

    large   a large body: afterwards this process becomes small again
    """
    _bound(LISTING_MEMORY if function is read_listing else PAGE_MEMORY)
    try:
        return function(*arguments)
    finally:
        _bound(None)  # the answer has to be sent
        if large:
            gc.collect()
            heap.give_back()


def _bound(growth: int | None) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on Windows; a lower limit may be set already
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (most if growth is None else _data() + growth, most))


def _data() -> int:
    """Bytes of private memory that this process has reserved. Raises OSError where the system does not tell."""
    # The sixth number of statm is "data + stack", in pages (proc(5)).
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5]) * os.sysconf("SC_PAGE_SIZE")


def read_page(
    page: Page, hint: Link | None = None, rules: Sequence[Rule] = (), furniture: Set[str] = frozenset()
) -> Reading:
    """What a page says, read in this process."""
    # Imported here: only the workers pay for loading the extractor.
    from scraper.extract import extract, used
    from scraper.walls import barrier, signals

    marks = signals(page)
    if found := barrier(page):
        return Reading(barrier=found, signals=marks)
    article = extract(
        page.body,
        page.final_url,
        content_type=page.content_type,
        fetched_at=page.fetched_at,
        hint=hint,
        rules=rules,
        furniture=furniture,
    )
    return Reading(article=article, signals=marks, extractor=used(article, rules, page.fetched_at))


def see_page(page: Page, hint: Link | None = None, rules: Sequence[Rule] = ()) -> Seen:
    """What a page teaches of its source's furniture, read in this process."""
    from scraper.extract import seen

    return seen(
        page.body, page.final_url, content_type=page.content_type, fetched_at=page.fetched_at, hint=hint, rules=rules
    )


def learn_blocks(pages: Sequence[Seen], before: Sequence[RecurringBlock]) -> list[RecurringBlock]:
    """What comes back on pages, worked out in this process."""
    from scraper.extract import learn

    return learn(pages, before)


def read_listing(page: Page, selector: str | None = None, story_forms: Set[str] = frozenset()) -> ListingReading:
    """What a listing names, read in this process."""
    from scraper.discover import find_links, find_listings, kind_of

    links = find_links(
        page.body, page.final_url, content_type=page.content_type, links=selector, story_forms=story_forms
    )
    links = [link for link in links if link.url.lower().startswith(("http://", "https://"))]  # no urn:, no mail address
    kind = kind_of(page.body, page.content_type) or "section"
    announced = find_listings(page.body, page.final_url) if kind == "section" else []
    return ListingReading(kind=kind, links=tuple(links), announced=tuple(announced))
