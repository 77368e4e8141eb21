"""A folder of WARC files that warcio, pywb and ReplayWeb.page read (`archive.warc` says what is in a record).

One writer. Both records of an answer go to the file in one write that is handed to the system before `append` returns:
a killed process loses nothing. The disk is told to keep them (fsync) when a file is closed; a power cut before that
can cut the end of the newest file. A file whose end is cut is never written to again, a new one is begun.
"""

from __future__ import annotations

import os
import secrets
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from archive import warc
from archive.errors import ArchiveError
from archive.records import Capture, Exchange

MAX_BYTES = 1_000_000_000  # of one file: what the WARC guidelines advise
TAIL = 64_000_000  # how far back the last record of a file may begin: more than the largest body that is fetched
SUFFIX = ".warc.gz"

_MEMBER = b"\x1f\x8b\x08"  # how a gzip member begins


class Captures:
    """A folder of WARC files: append, read back, verify.

    folder      made when missing
    max_bytes   a file that has grown past it is closed; so is every file when a new day (UTC) begins
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self.folder, self.max_bytes = folder, max_bytes
        self._file: BinaryIO | None = None
        self._path = folder
        self._now = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(self, exchange: Exchange, earlier: Capture | None = None) -> Capture:
        """Keep one answer. `earlier`: a capture of the same payload, so that the body need not be written again."""
        kind = warc.record_type(exchange, earlier)
        first, second = warc.records(exchange, kind, earlier)
        try:
            out = self._ready(exchange)
            offset = out.tell()
            self._write(out, first + second, offset)
        except OSError as error:
            self._abandon()
            raise ArchiveError(
                f"{self._path}: a capture cannot be written ({error.strerror}); make room and run again"
            ) from error
        return Capture(
            file=self._path.name,
            offset=offset,
            length=len(first),
            url=exchange.url,
            at=exchange.at.astimezone(UTC).replace(microsecond=0),
            digest=warc.digest(exchange.body),
            status=exchange.status,
            content_type=warc.header(exchange.headers, "content-type"),
            record_type=kind,
            via=exchange.via,
        )

    def read(self, capture: Capture) -> Exchange:
        """The exchange as it was appended; a revisit brings the body that it refers to."""
        headers, block = self._record(capture.file, capture.offset)
        kind = headers.get("warc-type", "")
        exchange = warc.exchange(headers, block)
        if kind == "revisit":
            file, offset = headers.get("warc-refers-to-filename"), headers.get("warc-refers-to-file-offset")
            if not file or not offset:
                raise ArchiveError(
                    f"{capture.file} at {capture.offset}: a revisit that does not say where its page lies"
                )
            return replace(exchange, body=warc.exchange(*self._record(file, int(offset))).body)
        return exchange

    def verify(self, captures: Iterable[Capture]) -> Iterator[tuple[Capture, str]]:
        """What is wrong with captures: (capture, one line). Order them by file and offset; each is read once."""
        for capture in captures:
            try:
                exchange = self.read(capture)
            except ArchiveError as error:
                yield capture, str(error)
                continue
            if warc.digest(exchange.body) != capture.digest:
                yield capture, f"{capture.file} at {capture.offset}: the page is not the one that was filed (digest)"
            elif (self.folder / capture.file).stat().st_size < capture.offset + capture.length:
                yield capture, f"{capture.file} at {capture.offset}: the end of the record is cut"
            elif exchange.url != warc.as_read(capture.url):
                yield capture, f"{capture.file} at {capture.offset}: holds {exchange.url}, not {capture.url}"

    def files(self) -> list[Path]:
        """Every capture file, oldest name first."""
        return sorted(self.folder.glob(f"*{SUFFIX}"))

    def close(self) -> None:
        """Hand the open file to the disk."""
        if self._file:
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None

    def _ready(self, exchange: Exchange) -> BinaryIO:
        series = _series(exchange)
        if self._file and (series != self._now or self._file.tell() >= self.max_bytes):
            self.close()
        if not self._file:
            self.folder.mkdir(parents=True, exist_ok=True)
            newest = max(self.folder.glob(f"{series}*{SUFFIX}"), key=_age, default=None)
            self._now = series
            if newest and newest.stat().st_size < self.max_bytes and ends_whole(newest):
                self._path = newest
                self._file = newest.open("ab", buffering=0)
            else:
                self._file = self._begin(exchange)
        return self._file

    def _begin(self, exchange: Exchange) -> BinaryIO:
        """A new file. Part of its name is random, so that the files of several crawlers fit in one folder."""
        moment = exchange.at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        name = f"{_series(exchange).partition('-')[0]}-{moment}-{secrets.token_hex(4)}{SUFFIX}"
        self._path = self.folder / name
        out = self._path.open("xb", buffering=0)
        self._write(out, warc.warcinfo(name, exchange.at), 0)
        return out

    def _write(self, out: BinaryIO, data: bytes, offset: int) -> None:
        view = memoryview(data)
        try:
            while view:  # an unbuffered file may take less than it is given
                view = view[out.write(view) :]
        except OSError:
            out.truncate(offset)
            raise

    def _abandon(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def _record(self, file: str, offset: int) -> tuple[dict[str, str], bytes]:
        try:
            with (self.folder / file).open("rb") as stream:
                stream.seek(offset)
                return warc.read(stream)
        except OSError as error:
            raise ArchiveError(f"{self.folder / file}: the capture file cannot be read ({error.strerror})") from error
        except ValueError as error:
            raise ArchiveError(f"{file} at {offset}: {error}") from error


def _series(exchange: Exchange) -> str:
    """How the names of the files begin that an exchange may go into: a crawl's rotate by day (UTC).

    What is imported comes with the days of its origin, in any order, and goes into one series.
    """
    return f"morgue-{exchange.at.astimezone(UTC):%Y%m%d}" if exchange.via == "crawl" else "import-"


def _age(path: Path) -> tuple[int, str]:
    return path.stat().st_mtime_ns, path.name


def ends_whole(path: Path) -> bool:
    """Whether a file ends with a complete record. Files only grow, so then everything before is complete, too."""
    return whole_end(path) == path.stat().st_size


def whole_end(path: Path) -> int:
    """Where the last complete record of a file ends; 0 when there is none near its end."""
    size = path.stat().st_size
    base = max(0, size - TAIL)
    with path.open("rb") as file:
        file.seek(base)
        tail = file.read()
    at = len(tail)
    while (at := tail.rfind(_MEMBER, 0, at)) >= 0:
        reader = zlib.decompressobj(wbits=31)
        with suppress(zlib.error):
            # The three bytes also turn up inside compressed data; a record they are not.
            if not reader.decompress(tail[at : at + 1000], 5).startswith(b"WARC/"):
                continue
            reader = zlib.decompressobj(wbits=31)
            reader.decompress(tail[at:])
            if reader.eof:
                return base + len(tail) - len(reader.unused_data)
    return 0


def mend(path: Path) -> None:
    """Take the cut record off the end of a file."""
    os.truncate(path, whole_end(path))
