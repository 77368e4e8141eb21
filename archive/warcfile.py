"""The records of a WARC file, one at a time, also of a broken one: what cannot be read is named and passed over.

A `.warc.gz` is read member by member (one record each, as the format asks for), a plain `.warc` by the lengths that its
records state. After damage the next record is looked for by how a record begins, so one bad byte costs one record.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from archive import warc
from archive.errors import ArchiveError

LIMIT = 64_000_000  # bytes of one record, unpacked: more than any page, less than the films that crawlers bring along
SEVERAL = "several records in one gzip member: gunzip the file and import it"
_CHUNK = 1 << 16
_MEMBER = b"\x1f\x8b\x08"
_BEGIN = b"WARC/"
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,15})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A record, or a place where one should be.

    offset    of its first byte in the file, `end` that of the byte behind it
    headers   names in lower case
    problem   "damaged record", "cut record", "too large" ...; headers and block are then empty
    """

    offset: int
    end: int
    headers: dict[str, str]
    block: bytes = b""
    problem: str | None = None


def pieces(stream: BinaryIO, start: int = 0) -> Iterator[Piece]:
    """The records from `start` on, which is 0 or the end of an earlier one. ArchiveError when it is no WARC file."""
    stream.seek(0)
    first = stream.read(len(_BEGIN))
    if not first.startswith((_MEMBER, _BEGIN)):
        raise ArchiveError("this is no WARC file: it begins neither with WARC/ nor as a gzip file")
    packed = first.startswith(_MEMBER)
    at, size = start, stream.seek(0, 2)
    while at < size:
        piece = _packed(stream, at, size) if packed else _plain(stream, at, size)
        yield piece
        at = piece.end


def _packed(stream: BinaryIO, at: int, size: int) -> Piece:
    """One gzip member."""
    stream.seek(at)
    unpack, data = zlib.decompressobj(wbits=31), bytearray()
    problem = "cut record"
    try:
        while not unpack.eof and (chunk := stream.read(_CHUNK)):
            while chunk and not unpack.eof and len(data) <= LIMIT:
                data += unpack.decompress(chunk, LIMIT + 1 - len(data))
                chunk = unpack.unconsumed_tail
            if len(data) > LIMIT:
                problem = "too large"
                break
    except zlib.error:
        problem = "damaged record"
    if unpack.eof and len(data) <= LIMIT:
        return _read(bytes(data), at, stream.tell() - len(unpack.unused_data))
    begin = max(at + 1, stream.tell() - _CHUNK if problem == "too large" else 0)
    return Piece(offset=at, end=_next_member(stream, begin, size), headers={}, problem=problem)


def _next_member(stream: BinaryIO, at: int, size: int) -> int:
    """Where the next member begins that holds a record; the end of the file when there is none."""
    while (at := _find(stream, _MEMBER, at)) >= 0:
        stream.seek(at)
        try:
            if zlib.decompressobj(wbits=31).decompress(stream.read(1000), len(_BEGIN)) == _BEGIN:
                return at
        except zlib.error:
            pass  # the three bytes also turn up inside compressed data
        at += 1
    return size


def _plain(stream: BinaryIO, at: int, size: int) -> Piece:
    """One record that is not compressed."""
    stream.seek(at)
    head, found, _ = stream.read(_CHUNK).partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    problem = "damaged record"
    if found and head.startswith(_BEGIN) and length:
        begin = at + len(head) + len(found)
        end = begin + int(length[1])
        if end > size:
            problem = "cut record"
        else:
            stream.seek(end)
            behind = stream.read(4 + len(_BEGIN))
            if behind in (b"", b"\r\n", b"\r\n\r\n", b"\r\n\r\n" + _BEGIN):
                if end - begin > LIMIT:
                    return Piece(offset=at, end=min(end + 4, size), headers={}, problem="too large")
                stream.seek(at)
                return _read(stream.read(end - at), at, min(end + 4, size))
    behind_at = _find(stream, b"\r\n\r\n" + _BEGIN, at + 1)
    return Piece(offset=at, end=size if behind_at < 0 else behind_at + 4, headers={}, problem=problem)


def _read(data: bytes, at: int, end: int) -> Piece:
    try:
        headers, block = warc.read(BytesIO(data))
    except ValueError as error:
        problem = "cut record" if "cut" in str(error) else "damaged record"
        return Piece(offset=at, end=end, headers={}, problem=problem)
    begin = data.find(b"\r\n\r\n") + 4
    if begin >= 4 and data[begin + len(block) :].strip(b"\r\n"):
        # Only the first could be read and nothing could be gone on with: better none, and a reason that says so.
        return Piece(offset=at, end=end, headers={}, problem=SEVERAL)
    return Piece(offset=at, end=end, headers=headers, block=block)


def _find(stream: BinaryIO, needle: bytes, at: int) -> int:
    """The first place of some bytes at or behind `at`; -1 when there is none."""
    stream.seek(at)
    before = b""
    while chunk := stream.read(_CHUNK):
        window = before + chunk
        found = window.find(needle)
        if found >= 0:
            return at - len(before) + found
        at += len(chunk)
        before = window[-(len(needle) - 1) :]
    return -1
