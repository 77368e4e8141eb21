"""A body on its way: in memory while it is small, on disk while it grows, and decoded when there is room for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile

from scraper import codings
from scraper.errors import ServerTrouble, TooLarge, Unreachable
from scraper.fetch.memory import Hand
from scraper.fetch.types import Want

# A body that is longer than this goes to disk while it comes: a hundred that drip hold nobody's memory.
SMALL = 1 << 17
# Decoded at once and on the spot; a larger body is decoded in a thread, one at a time.
QUICK = 1 << 18
# A body counts for itself and for the copy that goes to a worker; a listing for the links that come back, too.
COPIES: dict[Want, int] = {"page": 2, "any": 2, "listing": 5}


class Spool:
    """The bytes as they come."""

    def __init__(self, limit: int) -> None:
        self._file = SpooledTemporaryFile(max_size=SMALL)  # noqa: SIM115 - see close
        self._limit = limit
        self.size = 0
        self.cut = False

    def write(self, piece: bytes) -> None:
        """What is over the limit is left out."""
        self.cut = self.size + len(piece) > self._limit
        piece = piece[: self._limit - self.size]
        self._file.write(piece)
        self.size += len(piece)

    def read(self, most: int = -1) -> bytes:
        """From the beginning."""
        self._file.seek(0)
        return self._file.read(most)

    def close(self) -> None:
        """They are gone."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class Body:
    """As it came over the wire, and decoded."""

    raw: bytes
    decoded: bytes


async def settled(spool: Spool, url: str, status: int, coding: str, limit: int, want: Want, hand: Hand) -> Body:
    """A whole body, counted in the hand of its visit; waits for room when it is large.

    coding   the Content-Encoding
    limit    bytes that it may have when decoded
    Raises TooLarge, Unreachable ("cut body"), ServerTrouble ("bad content-encoding").
    """
    copies = COPIES[want]
    try:
        if spool.size <= SMALL:
            raw = spool.read()
            try:
                decoded = codings.decode_body(raw, coding, min(limit, QUICK))
            except codings.Oversized:
                if limit <= QUICK:
                    raise
            else:
                hand.count(_held(raw, decoded, copies))
                return Body(raw, decoded)
            del raw
        plain = not coding and not codings.is_coded(spool.read(8))
        await hand.claim(copies * spool.size if plain else spool.size + copies * limit)
        raw = spool.read()
        async with hand.decoding:
            decoded = await asyncio.to_thread(codings.decode_body, raw, coding, limit)
        hand.keep(_held(raw, decoded, copies))
    except codings.Oversized as error:
        error.start = b""  # the error may live for a while
        raise TooLarge(url, f"over {limit} bytes when decompressed", status=status) from error
    except codings.Truncated as error:
        raise Unreachable(url, str(error), reason="cut body", status=status) from error
    except codings.Corrupt as error:
        raise ServerTrouble(url, str(error), reason="bad content-encoding", status=status) from error
    return Body(raw, decoded)


def beginning(spool: Spool, coding: str, limit: int, hand: Hand) -> Body:
    """As much of a body as can be had, at most `limit` bytes: for error pages, and a robots.txt of any size."""
    raw = spool.read()
    try:
        decoded = codings.decode_body(raw, coding, limit)
    except (codings.Oversized, codings.Truncated) as error:
        decoded = error.start
    except codings.Corrupt:
        decoded = raw
    hand.count(_held(raw, decoded, 1))
    return Body(raw, decoded)


def _held(raw: bytes, decoded: bytes, copies: int) -> int:
    return copies * len(decoded) + (0 if decoded is raw else len(raw))
