"""The records of a WARC or ARC file, one at a time, also of a broken one: what cannot be read is named and passed over.

A compressed file is read member by member (one record each, as the formats ask for). One whose first members hold
several records, as when it was packed with gzip, is unpacked as one stream; then places are places in what it holds.
Only the end of a gzip member tells whether the member is whole, so such a file is unpacked twice: first to learn which
members fail their check. In these a record counts only when its digest agrees and the damage is seen elsewhere: where
every digest agrees the damage is in one of the heads, for which none vouches.
Records that are not compressed are read by the lengths that they state. After damage the next record is looked for by
how a record begins, so one bad byte costs one record.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import BinaryIO

from archive import arc, warc
from archive.errors import ArchiveError
from archive.members import CHUNK, MAGIC, SOME, Unpacked, damaged_members, next_member
from archive.window import Window

LIMIT = 64_000_000  # bytes of one record, unpacked: more than any page, less than the films that crawlers bring along
UNVERIFIED = "unverified record"  # of a gzip member that fails its check
SEVERAL = "several records in one gzip member: gunzip the file and import it"
_BEGIN = b"WARC/"
_NEXT = re.compile(rb"(?<=\r\n\r\n)WARC/|(?<=\n)" + arc.LINE.pattern)
_DIGEST = "warc-block-digest"
_ALGORITHMS = frozenset({"sha1", "sha256", "md5"})
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
    """The records from `start` on, which is 0 or the end of an earlier one. ArchiveError when the file is of no such
    kind."""
    stream.seek(0)
    first = stream.read(CHUNK)
    stream.seek(0)
    if first.startswith((_BEGIN, MAGIC)) or arc.LINE.match(first):
        if not first.startswith(MAGIC):
            stream.seek(start)
            yield from _each(Window(stream.read, start), start, _plain)
        elif _one_by_one(stream):
            stream.seek(start)
            yield from _each(Window(stream.read, start), start, _packed)
        else:
            yield from _unpacked(stream, start)
        return
    raise ArchiveError("this is no WARC file: it begins neither as a WARC or ARC record nor as a gzip file")


def _lost(offset: int, end: int, problem: str) -> Piece:
    return Piece(offset=offset, end=end, headers={}, problem=problem)


def _each(window: Window, at: int, read: Callable[[Window, int], Piece]) -> Iterator[Piece]:
    while window.get(at, 1):
        piece = read(window, at)
        yield piece
        at = piece.end
        window.move(at)


def _one_by_one(stream: BinaryIO) -> bool:
    """Is each of the first two members one record? If not, the file was packed in another way, or is broken already."""
    window, at = Window(stream.read), 0
    for _ in range(2):
        if not window.get(at, 1):
            break
        piece = _packed(window, at)
        if piece.problem:
            return False
        at = piece.end
        window.move(at)
    return True


def _packed(window: Window, at: int) -> Piece:
    """One gzip member."""
    unpack, data, read = zlib.decompressobj(wbits=31), bytearray(), at
    problem = "cut record"
    try:
        while not unpack.eof and (chunk := window.get(read, CHUNK)):
            read += len(chunk)
            while chunk and not unpack.eof and len(data) <= LIMIT:
                data += unpack.decompress(chunk, LIMIT + 1 - len(data))
                chunk = unpack.unconsumed_tail
            if len(data) > LIMIT:
                problem = "too large"
                break
    except zlib.error:
        problem = "damaged record"
    if unpack.eof and len(data) <= LIMIT:
        return _read(bytes(data), at, read - len(unpack.unused_data))
    begin = max(at + 1, read - CHUNK if problem == "too large" else 0)
    following = next_member(window, begin, _begins_record)
    return _lost(at, window.end if following is None else following, problem)


def _begins_record(data: bytes) -> bool:
    return data.startswith(_BEGIN) or arc.LINE.match(data) is not None


def _unpacked(stream: BinaryIO, start: int) -> Iterator[Piece]:
    """The records of a file that was packed as a whole. Each damage takes one place, and is a record that was lost."""
    damaged = damaged_members(stream)
    failing: list[tuple[int, int]] = []
    if damaged:
        stream.seek(0)
        first = _streamed(Unpacked(stream), 0, _disagreement)
        failing = [(piece.offset, piece.end) for piece in first if piece.problem]
    suspects = deque((begin, end, seen or _within(failing, begin, end)) for begin, end, seen in damaged)

    def doubt(piece: Piece, expected: bool) -> str | None:
        while suspects and suspects[0][1] <= piece.offset:
            suspects.popleft()
        found = _disagreement(piece, expected)
        if found or not suspects or suspects[0][0] >= piece.end:
            return found
        # Where no record fails, the damage is in what no digest vouches for: the head of any of them.
        found_elsewhere = suspects[0][2]
        return None if found_elsewhere and _algorithm(piece) in _ALGORITHMS else UNVERIFIED

    stream.seek(0)
    yield from _streamed(Unpacked(stream), start, doubt)


def _streamed(unpacked: Unpacked, start: int, doubt: Callable[[Piece, bool], str | None]) -> Iterator[Piece]:
    """The records of an unpacked stream. `doubt` says what speaks against one; it hears whether digests are usual."""
    at, digests = 0, False
    while True:
        window = Window(unpacked.read, at)
        window.move(max(at, start))
        held = None
        for piece in _each(window, max(at, start), _plain):
            if held:
                yield held
            digests = digests or _DIGEST in piece.headers
            problem = piece.problem or doubt(piece, digests)
            held = _lost(piece.offset, piece.end, problem) if problem else piece
        at = window.end
        if unpacked.broken:
            at += 1
            if held and held.problem and held.end == at - 1:
                held = replace(held, end=at)
            elif at > start:
                if held:
                    yield held
                held = _lost(at - 1, at, "damaged record")
        if held:
            yield held
        if not unpacked.broken or not unpacked.go_on():
            return


def _disagreement(piece: Piece, expected: bool) -> str | None:
    """What is wrong when a record does not agree with its digest, or has none though those before it had."""
    name = _algorithm(piece)
    if name in _ALGORITHMS:
        found = hashlib.new(name, piece.block, usedforsecurity=False).digest()
        stated = piece.headers[_DIGEST].partition(":")[2].upper()
        return None if stated in (base64.b32encode(found).decode(), found.hex().upper()) else "damaged record"
    return "damaged record" if expected and not name else None


def _algorithm(piece: Piece) -> str:
    return piece.headers.get(_DIGEST, "").partition(":")[0].lower()


def _within(places: Sequence[tuple[int, int]], begin: int, end: int) -> bool:
    """Does one of these places, which follow each other, begin or end inside of a range?"""
    following = bisect_right(places, begin, key=lambda place: place[1])
    return following < len(places) and places[following][1] < end  # the last record of a broken member is always cut


def _plain(window: Window, at: int) -> Piece:
    """One record that is not compressed."""
    start = window.get(at, CHUNK)
    blank = len(start) - len(start.lstrip(b"\r\n"))
    at, start = at + blank, start[blank:]
    line = arc.LINE.match(start)
    head, found, _ = start.partition(b"\r\n\r\n")
    stated = _LENGTH.search(head) if found and start.startswith(_BEGIN) else None
    size = line.end() + int(line["length"]) if line else len(head) + 4 + int(stated[1]) if stated else None
    problem = "damaged record"
    if size is None and (_BEGIN.startswith(start) or (start.startswith(_BEGIN) and not found and len(start) < SOME)):
        problem = "cut record"
    elif size is not None and size > LIMIT:
        problem = "too large"
    elif size is not None and len(data := window.get(at, size)) < size:
        problem = "cut record"
    elif size is not None:
        behind = window.get(at + size, 4 + len(_BEGIN))
        rest = behind.lstrip(b"\r\n")
        if not rest or (behind != rest if line else rest.startswith(_BEGIN)):
            return _read(data, at, at + size + len(behind) - len(rest))
    following = window.find(_NEXT, at + 1)
    return _lost(at, window.end if following < 0 else following, problem)


def _read(data: bytes, at: int, end: int) -> Piece:
    try:
        headers, block = warc.read(BytesIO(data)) if data.startswith(_BEGIN) else arc.read(data)
    except ValueError as error:
        problem = "cut record" if "cut" in str(error) else "damaged record"
        return _lost(at, end, problem)
    begin = data.find(b"\r\n\r\n") + 4 if data.startswith(_BEGIN) else data.find(b"\n") + 1
    if data[begin + len(block) :].strip(b"\r\n"):
        # Only the first could be read and nothing could be gone on with: better none, and a reason that says so.
        return _lost(at, end, SEVERAL)
    return Piece(offset=at, end=end, headers=headers, block=block)
