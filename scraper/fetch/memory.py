"""How many bytes of bodies a crawl holds at once, however many hosts send them.

Counted is what a visit keeps until it is recorded: the body as it came, the body decoded, and the copy that goes to a
worker. Two shares, so that large pages keep no small ones waiting:

    small bodies   never wait once they are here; no request begins while their share is used up
    large bodies   lie on disk (see `bodies`) until there is room for all of one; first come, first served

Nothing waits for room while it holds something that others wait for: a large body waits outside of its host's turn,
and a request on behalf of a visit that holds bodies already (a page of a section behind the first) goes beyond the
shares, one such visit at a time. So there is always somebody who can go on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

SMALL_SHARE = 24_000_000
LARGE_SHARE = 32_000_000
# What a request that begins will bring, until it is known.
EXPECTED = 100_000
# A request waits this long for the small bodies of others. Then it goes: its own host's turn may be what they wait for.
PATIENCE = 15.0


class _Share:
    """Some bytes, given out in the order in which they were asked for. More than all of them is given when none is."""

    def __init__(self, size: int) -> None:
        self._size, self.used = size, 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    def fits(self, size: int) -> bool:
        return not self._waiting and self._free_for(size)

    def take(self, size: int) -> None:
        """At once, whether it fits or not."""
        self.used += size

    async def wait(self, size: int) -> None:
        """Until it fits; then it is taken."""
        if self.fits(size):
            return self.take(size)
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._wake()  # those behind may fit
            else:
                self.give_back(size)
            raise

    def give_back(self, size: int) -> None:
        self.used -= size
        self._wake()

    def _free_for(self, size: int) -> bool:
        return self.used == 0 or self.used + size <= self._size

    def _wake(self) -> None:
        while self._waiting and (self._waiting[0][1].cancelled() or self._free_for(self._waiting[0][0])):
            size, turn = self._waiting.popleft()
            if not turn.cancelled():
                self.take(size)
                turn.set_result(None)


class Hand:
    """What one visit holds."""

    def __init__(self, memory: Memory, outer: Hand | None) -> None:
        self._memory, self._outer = memory, outer
        self.decoding = memory.decoding
        self._small = self._large = self._expected = 0
        self._beyond = False

    @property
    def _goes_beyond(self) -> bool:
        """Also what a visit is a part of: it waits for this one, and so keeps the place beyond until its end."""
        return self._beyond or (self._outer is not None and self._outer._goes_beyond)

    async def begin(self) -> None:
        """Wait until another request may begin."""
        small = self._memory.small
        if self._outer is None and not small.fits(EXPECTED):
            try:
                async with asyncio.timeout(PATIENCE):
                    await small.wait(EXPECTED)
            except TimeoutError:
                small.take(EXPECTED)
        else:
            small.take(EXPECTED)
        self._expected += EXPECTED

    def end(self) -> None:
        """The request is over: what it brought is counted for itself."""
        self._memory.small.give_back(self._expected)
        self._expected = 0

    def count(self, size: int) -> None:
        """Small bodies that are here."""
        self._small += size
        self._memory.small.take(size)

    async def claim(self, size: int) -> None:
        """Wait until there is room for a large body of at most that size."""
        large = self._memory.large
        if self._outer is None:
            await large.wait(size)
        else:
            if not large.fits(size) and not self._goes_beyond:
                await self._memory.beyond.acquire()
                self._beyond = True
            large.take(size)
        self._large += size

    def keep(self, size: int) -> None:
        """Of all that was claimed, this is what the visit goes on with."""
        self._large, left = size, self._large - size
        self._memory.large.give_back(left)

    def let_go(self) -> None:
        """All of it."""
        self.end()
        self.keep(0)
        self._memory.small.give_back(self._small)
        self._small = 0
        if self._beyond:
            self._beyond = False
            self._memory.beyond.release()


class Memory:
    """One for all requests of a process."""

    def __init__(self, small: int = SMALL_SHARE, large: int = LARGE_SHARE) -> None:
        self.small, self.large = _Share(small), _Share(large)
        self.beyond, self.decoding = asyncio.Semaphore(1), asyncio.Semaphore(1)

    @property
    def held(self) -> int:
        """Bytes that are counted now."""
        return self.small.used + self.large.used

    @asynccontextmanager
    async def visit(self, outer: Hand | None = None) -> AsyncIterator[Hand]:
        """All that is fetched for it is counted until its end.

        outer   the visit that this one is a part of, and that goes on holding what it has
        """
        hand = Hand(self, outer)
        try:
            yield hand
        finally:
            hand.let_go()
