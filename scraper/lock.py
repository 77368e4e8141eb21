"""One crawl of an archive at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from archive.errors import ArchiveError, ArchiveLocked


class AnotherRun(ArchiveLocked):
    """Another run of ours is at work; nothing is wrong."""


@contextmanager
def one_at_a_time(data: Path) -> Iterator[None]:
    """Hold `morgue.lock` of the archive's folder; raises AnotherRun when another run has it.

    The operating system lets go of it when the process ends, however it ends: a killed run leaves nothing to clean up.
    """
    path = data / "morgue.lock"
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        lock.acquire(timeout=0)
    except Timeout:
        raise AnotherRun(f"another run is writing to {data}; this one leaves it alone") from None
    except OSError as error:
        raise ArchiveError(
            f"cannot write to {data}: {error.strerror or error}; choose another folder with data:"
        ) from error
    try:
        yield
    finally:
        lock.release()
