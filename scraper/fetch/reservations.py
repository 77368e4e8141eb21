"""tdmrep.json of each host: asked for once a day, and only by those who obey it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from archive.records import Robots
from scraper.addresses import Address
from scraper.clock import Clock
from scraper.errors import OptedOut, PermanentError, ScrapeError
from scraper.fetch.robots import FRESH, UNAVAILABLE, RobotsMemory
from scraper.tdmrep import PLACE, Reservations

Ask = Callable[[str, float], Awaitable[tuple[int, bytes]]]
"""Fetches a tdmrep.json, with a delay between requests: its status and first bytes. Raises ScrapeErrors."""


class ReservationDesk:
    """Knows what every host reserves. Kept where robots.txt is, under the address of the file in place of the host."""

    def __init__(self, ask: Ask, memory: RobotsMemory, clock: Clock) -> None:
        self._ask, self._memory, self._clock = ask, memory, clock
        self._locks: dict[str, asyncio.Lock] = {}
        self._known: dict[str, tuple[Robots, Reservations]] = {}

    async def check(self, address: Address, delay: float) -> None:
        """Raises OptedOut when the host reserves this address."""
        place = f"{address.origin}{PLACE}"
        async with self._locks.setdefault(place, asyncio.Lock()):
            now = self._clock.now()
            known = self._known.get(place)
            if known is None or known[0].expires_at <= now:
                kept = self._memory.robots(place, now)
                if kept is None:
                    kept = await self._asked(place, delay)
                    self._memory.keep_robots(kept)
                known = self._known[place] = (kept, Reservations(kept.body))
        if known[1].reserve(address.href):
            raise OptedOut(address.href, f"tdm-reservation of {place}")

    async def _asked(self, place: str, delay: float) -> Robots:
        """Ask the host. Whatever is no such file reserves nothing; after trouble it is asked again sooner."""
        stay_away = FRESH
        status: int | None
        try:
            status, body = await self._ask(place, delay)
        except ScrapeError as error:
            status, body = error.status, b""
            if not isinstance(error, PermanentError):
                stay_away = max(UNAVAILABLE, error.retry_after or UNAVAILABLE)
        now = self._clock.now()
        return Robots(host=place, body=body, status=status, fetched_at=now, expires_at=now + stay_away)
