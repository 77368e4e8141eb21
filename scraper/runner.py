"""One run: the lock, the archive, the tools, the signals; then whatever work it is given."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from collections.abc import Awaitable, Callable, Iterator

from archive import Archive
from archive.errors import ArchiveError
from scraper import heap
from scraper.clock import Clock
from scraper.config import Config
from scraper.errors import NoWorkers
from scraper.fetch import Fetcher
from scraper.lock import one_at_a_time
from scraper.pipeline import Run
from scraper.report import Listener, Report
from scraper.workers import Reader

GRACE = 10.0  # seconds for the pages in hand once a run is over

Work = Callable[[Run], Awaitable[None]]


def perform(
    config: Config,
    work: Work,
    *,
    limit: int | None = None,
    max_time: float | None = None,
    workers: int = 2,
    listener: Listener | None = None,
    clock: Clock | None = None,
) -> Report:
    """Do the work with the archive of this configuration and say what came of it.

    max_time    seconds, after which nothing new is begun
    Raises AnotherRun when another run has the archive, ArchiveError when it cannot be written.
    """
    with (
        one_at_a_time(config.data),
        Archive(config.data / "morgue.db", writable=True, captures=config.captures) as archive,
        _what_stops_a_run(),
    ):
        return asyncio.run(_perform(config, archive, work, limit, max_time, workers, listener, clock or Clock()))


async def _perform(
    config: Config,
    archive: Archive,
    work: Work,
    limit: int | None,
    max_time: float | None,
    workers: int,
    listener: Listener | None,
    clock: Clock,
) -> Report:
    async with (
        Fetcher(config.network, contact=config.contact, memory=archive, clock=clock) as fetcher,
        Reader(workers) as reader,
    ):
        run = Run(
            archive=archive,
            fetcher=fetcher,
            reader=reader,
            clock=clock,
            report=Report(listener),
            limit=limit,
            until=None if max_time is None else clock.monotonic() + max_time,
            obey_opt_out=config.network.obey_opt_out,
        )
        heap.map_large()
        allow_many_connections()
        gc.collect()
        gc.freeze()  # what the libraries loaded stays anyway; without it each full collection stops all hosts at once
        with _stopping(run):
            await _to_the_end(asyncio.ensure_future(work(run)), run)
        return run.report


def allow_many_connections() -> None:
    """As many files at once as the system lets us: every host keeps a connection, and many a shell stops at 1024."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on Windows
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _to_the_end(work: asyncio.Future[None], run: Run) -> None:
    """Until the work is done; or, when the run is over, what is in hand is or `GRACE` has passed.

    What only waits for its host's turn would otherwise hold the run for minutes. Nothing is recorded of what is
    dropped then: it is still wanted.
    """
    while not work.done():
        await asyncio.wait({work}, timeout=0.5)
        if run.over and not work.done():
            await asyncio.wait({work}, timeout=GRACE)
            work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work


@contextlib.contextmanager
def _stopping(run: Run) -> Iterator[None]:
    """The first SIGINT or SIGTERM finishes the pages in hand; the second one ends the process as always."""
    loop = asyncio.get_running_loop()
    asked = (signal.SIGINT, signal.SIGTERM)

    def stop(number: signal.Signals) -> None:
        run.stop(number.name)
        for each in asked:
            loop.remove_signal_handler(each)

    with contextlib.suppress(NotImplementedError):  # Windows has no such handlers; Ctrl-C then ends at once
        for each in asked:
            loop.add_signal_handler(each, stop, each)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError):
            for each in asked:
                loop.remove_signal_handler(each)


@contextlib.contextmanager
def _what_stops_a_run() -> Iterator[None]:
    """Task groups wrap what stops them; the command line knows only the error itself."""
    try:
        yield
    except* (ArchiveError, NoWorkers) as group:
        raise _leaf(group) from group


def _leaf(error: BaseException) -> BaseException:
    return _leaf(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
