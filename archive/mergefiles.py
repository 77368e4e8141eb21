"""The capture files of several archives in one folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from archive.captures import Captures
from archive.errors import ArchiveError

_CHUNK = 1 << 20


def copy_captures(into: Path, folders: Iterable[Path]) -> int:
    """Copy what is missing; returns how many files. Of a file that has grown meanwhile the longer one is kept.

    Two files of one name that hold different pages cannot be united, since pages refer to each other by the names of
    their files: ArchiveError, before anything is copied.
    """
    wanted: dict[str, Path] = {}
    for folder in folders:
        for path in Captures(folder).files():
            for there in filter(Path.exists, (into / path.name, wanted.get(path.name, into / path.name))):
                if not _begins_alike(path, there):
                    raise ArchiveError(
                        f"{path} and {there} have one name and differ; rename one of the archives' files"
                    )
            longest = wanted.get(path.name, into / path.name)
            if not longest.exists() or longest.stat().st_size < path.stat().st_size:
                wanted[path.name] = path
    into.mkdir(parents=True, exist_ok=True)
    for name, path in wanted.items():
        part = into / f"{name}.part"
        try:
            shutil.copyfile(path, part)
            part.replace(into / name)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise ArchiveError(
                f"{into / name}: cannot be written ({error.strerror}); make room and run again"
            ) from error
    return len(wanted)


def _begins_alike(one: Path, other: Path) -> bool:
    """Is the shorter file the beginning of the longer one? So it is with a copy of a file that has grown."""
    left = min(one.stat().st_size, other.stat().st_size)
    with one.open("rb") as first, other.open("rb") as second:
        while left > 0:
            size = min(left, _CHUNK)
            if first.read(size) != second.read(size):
                return False
            left -= size
    return True
