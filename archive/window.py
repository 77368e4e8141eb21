"""A stream seen through a window that only moves on: what lies before it is forgotten, what lies ahead is read."""

from __future__ import annotations

import re
from collections.abc import Callable

_CHUNK = 1 << 16
_OVERLAP = 1 << 12  # bytes that a pattern may span between two chunks


class Window:
    """Bytes by their place in the stream.

    read    gives at most so many bytes, and none at the end
    start   the place of the first byte that it gives
    """

    def __init__(self, read: Callable[[int], bytes], start: int = 0) -> None:
        self._read, self._start = read, start
        self._buffer = bytearray()

    def move(self, at: int) -> None:
        """Forget all before this place, which is not before the window."""
        while self._start + len(self._buffer) < at and self._more():
            skipped = min(at - self._start, len(self._buffer))
            del self._buffer[:skipped]
            self._start += skipped
        skipped = min(at - self._start, len(self._buffer))
        del self._buffer[:skipped]
        self._start += skipped

    def get(self, at: int, size: int) -> bytes:
        """The bytes from a place on; fewer than asked for only at the end of the stream."""
        begin = at - self._start
        while len(self._buffer) < begin + size and self._more():
            pass
        return bytes(self._buffer[begin : begin + size])

    def find(self, pattern: re.Pattern[bytes], at: int) -> int:
        """The first place at or behind `at` where a pattern begins; -1 when there is none.

        Moves the window on, to a little before what is found or to the end.
        """
        while True:
            self.move(max(self._start, at - _OVERLAP))
            if found := pattern.search(self._buffer, at - self._start):
                return self._start + found.start()
            at = max(at, self.end - _OVERLAP)
            if not self._more():
                return -1

    @property
    def end(self) -> int:
        """Behind the last byte that was read: after a search that found nothing, the end of the stream."""
        return self._start + len(self._buffer)

    def _more(self) -> bool:
        chunk = self._read(_CHUNK)
        self._buffer += chunk
        return bool(chunk)
