"""The members of a gzip file: where they begin, and what they hold as one stream, also of a broken file."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO

from archive.window import Window

CHUNK = 1 << 16
SOME = 4_000  # bytes that tell what a member holds
MAGIC = b"\x1f\x8b\x08"
_MEMBER = re.compile(re.escape(MAGIC))
_STEP = 16  # bytes that are unpacked at once where some of them are damaged


def next_member(window: Window, at: int, wanted: Callable[[bytes], bool]) -> int | None:
    """Where the next member begins whose first bytes, unpacked, are wanted. Without one the window is at its end."""
    while (found := window.find(_MEMBER, at)) >= 0:
        if wanted(_start(window.get(found, SOME))):
            return found
        at = found + 1  # the three bytes also turn up inside compressed data
    return None


def _start(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(data, SOME)
    except zlib.error:
        return b""


class Unpacked:
    """What the members of a gzip file hold, as one stream, which ends at each damage and can be gone on with.

    broken    it ended because of damage, or in the middle of a member
    damaged   (begin, end, seen) of what came out of broken members, as places in the stream. seen: it breaks off where
              the damage is; else only the check at its end tells that there is some
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._raw, self._at = Window(stream.read), 0
        self._member = zlib.decompressobj(wbits=31)
        self._begun = self._out = 0  # places in the stream: where the member began, and how far it is read
        self.broken = False
        self.damaged: list[tuple[int, int, bool]] = []

    def read(self, size: int) -> bytes:
        """Some bytes, at most `size`; none at the end."""
        while not self.broken and not (self._member.eof and not self._next(self._at)):
            chunk = self._raw.get(self._at, CHUNK)  # behind the last one more may still come out
            before = self._member.copy()
            try:
                out = self._member.decompress(chunk, size)
            except zlib.error as error:
                self.broken = True
                out = _up_to_damage(before, chunk)
                self._out += len(out)
                self.damaged.append((self._begun, self._out, "check" not in str(error)))
                return out
            left = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            self._at += len(chunk) - len(left)
            self._raw.move(self._at)
            self.broken = not (out or chunk)
            self._out += len(out)
            if out:
                return out
        return b""

    def go_on(self) -> bool:
        """Go on behind the damage, which takes one place, with the next member. False when there is none."""
        self.broken = False
        self._out += 1
        return self._next(self._at + 1)

    def _next(self, at: int) -> bool:
        found = next_member(self._raw, at, bool)
        if found is not None:
            self._at, self._member = found, zlib.decompressobj(wbits=31)
            self._begun = self._out
        return found is not None


def _up_to_damage(member: zlib._Decompress, chunk: bytes) -> bytes:
    out = bytearray()
    with suppress(zlib.error):
        for at in range(0, len(chunk), _STEP):
            out += member.decompress(chunk[at : at + _STEP])
    return bytes(out)


def damaged_members(stream: BinaryIO) -> list[tuple[int, int, bool]]:
    """What `Unpacked.damaged` is behind the end of a file; all of it is unpacked."""
    stream.seek(0)
    unpacked = Unpacked(stream)
    while unpacked.read(CHUNK) or (unpacked.broken and unpacked.go_on()):
        pass
    return unpacked.damaged
