"""The files that an import is made of: what was named, or the WARC files inside a WACZ file."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from archive.errors import ArchiveError
from scraper.errors import ConfigError

WARC = (".warc", ".warc.gz", ".arc", ".arc.gz")
JSON = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz")
WACZ = (".wacz",)


@dataclass(frozen=True, slots=True)
class Part:
    """A file to import.

    member   its name inside the WACZ file at `path`; None when `path` is the file
    size     in bytes
    """

    path: Path
    size: int
    member: str | None = None

    @property
    def name(self) -> str:
        """What it is called in reports and as the origin of captures."""
        return self.path.name if self.member is None else f"{self.path.name}/{self.member}"

    @property
    def is_warc(self) -> bool:
        """Are its records captures?"""
        return self.name.lower().endswith(WARC)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Its bytes; one can go back in them."""
        if self.member is None:
            with self.path.open("rb") as stream:
                yield stream
            return
        with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as packed:
            yield cast(BinaryIO, packed)

    def digest(self) -> str:
        """What recognises the file, whatever it is called."""
        with self.open() as stream:
            return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


def parts(path: Path) -> list[Part]:
    """Raises ConfigError when the name of a file does not say what is in it, ArchiveError for a broken WACZ file."""
    if not path.name.lower().endswith((*WARC, *JSON, *WACZ)):
        raise ConfigError([f"{path}: the ending names no format; use {', '.join((*WARC, *JSON, *WACZ))}"])
    if not path.name.lower().endswith(WACZ):
        return [Part(path, path.stat().st_size)]
    try:
        with zipfile.ZipFile(path) as archive:
            found = [
                Part(path, info.file_size, info.filename)
                for info in archive.infolist()
                if info.filename.lower().endswith(WARC) and not info.is_dir()
            ]
    except (zipfile.BadZipFile, OSError) as error:
        raise ArchiveError(f"{path} is no WACZ file: {error}") from error
    if not found:
        raise ArchiveError(f"{path} holds no WARC file; a WACZ file has them below archive/")
    return found
