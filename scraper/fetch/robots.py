"""robots.txt of each host: asked for once a day, remembered by the archive."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from archive.records import Robots
from scraper.addresses import Address
from scraper.clock import Clock
from scraper.errors import (
    Forbidden,
    Gone,
    RobotsUnavailable,
    ScrapeError,
    TooManyRedirects,
    Unreachable,
)
from scraper.robots import Rules

FRESH = timedelta(hours=24)  # RFC 9309, 2.4
# A host whose robots.txt fails is left alone for this long, then it is asked again.
UNAVAILABLE = timedelta(minutes=15)
# Bytes of robots.txt whose rules are at hand; parsed, they take up to twenty times as much. Usual ones have 2 KB; what
# has no room is taken from the memory and parsed again.
AT_HAND = 3_000_000
# Whoever fails like this gives no page either; the reason says more than "robots.txt unavailable".
_WHOLE_HOST = frozenset({"host not found", "connection refused", "connect timeout", "bad certificate", "TLS failure"})


class RobotsMemory(Protocol):
    """Where robots.txt is remembered between runs. A host is named by its origin: "https://example.org"."""

    def robots(self, host: str, now: datetime) -> Robots | None:
        """What was kept and has not expired."""

    def keep_robots(self, robots: Robots) -> None:
        """Keep it in place of the last one."""


@dataclass
class Unremembered:
    """Memory of one run."""

    kept: dict[str, Robots] = field(default_factory=dict)

    def robots(self, host: str, now: datetime) -> Robots | None:
        """What was kept and has not expired."""
        found = self.kept.get(host)
        return found if found and found.expires_at > now else None

    def keep_robots(self, robots: Robots) -> None:
        """Keep it in place of the last one."""
        self.kept[robots.host] = robots


Ask = Callable[[str, float], Awaitable[tuple[int, bytes]]]
"""Fetches a robots.txt, with a delay between requests: its status and first bytes. Raises ScrapeErrors."""


class RobotsDesk:
    """Knows the rules of every host. Each is asked once, however many requests wait for it."""

    def __init__(self, ask: Ask, memory: RobotsMemory, clock: Clock) -> None:
        self._ask, self._memory, self._clock = ask, memory, clock
        self._locks: dict[str, asyncio.Lock] = {}
        self._rules: dict[str, tuple[Robots, Rules]] = {}  # the one that was needed last comes last
        self._at_hand = 0
        self._dead: dict[str, tuple[datetime, Unreachable]] = {}

    async def rules(self, address: Address, delay: float) -> Rules:
        """The rules of this address's host. Raises RobotsUnavailable, or Unreachable when nothing can be had there."""
        origin = address.origin
        async with self._locks.setdefault(origin, asyncio.Lock()):
            now = self._clock.now()
            known = self._rules.get(origin)
            if known is None or known[0].expires_at <= now:
                robots = self._memory.robots(origin, now)
                if robots is None or robots.expires_at <= now:
                    self._raise_if_dead(origin, now)
                    robots = await self._asked(origin, delay)
                    self._memory.keep_robots(robots)
                known = (robots, Rules(robots.body))
            self._hold(origin, known)
        robots, rules = known
        if robots.status is None or robots.status == 429 or robots.status >= 500:
            what = f"HTTP {robots.status}" if robots.status else "no answer"
            raise RobotsUnavailable(
                f"{origin}/robots.txt", what, status=robots.status, retry_after=robots.expires_at - self._clock.now()
            )
        return rules

    def _hold(self, origin: str, known: tuple[Robots, Rules]) -> None:
        """The rules needed just now stay at hand; in their favour, those that were not needed for longest do not."""
        before = self._rules.pop(origin, None)
        self._at_hand += len(known[0].body) - (len(before[0].body) if before else 0)
        while self._rules and self._at_hand > AT_HAND:
            forgotten, _ = self._rules.pop(next(iter(self._rules)))
            self._at_hand -= len(forgotten.body)
        self._rules[origin] = known

    def _raise_if_dead(self, origin: str, now: datetime) -> None:
        """Whoever could not be reached just now is not asked again for each of its links."""
        until, error = self._dead.get(origin, (now, None))
        if error is not None and until > now:
            raise Unreachable(error.url, error.detail, reason=error.reason, retry_after=until - now)

    async def _asked(self, origin: str, delay: float) -> Robots:
        """Ask the host. A refusal (4xx) and too many redirects mean that there are no rules; trouble means to wait."""
        stay_away = UNAVAILABLE
        status: int | None
        try:
            status, body = await self._ask(f"{origin}/robots.txt", delay)
        except (Gone, Forbidden) as error:
            status, body = error.status or 404, b""
        except TooManyRedirects:
            status, body = 404, b""
        except ScrapeError as error:
            if isinstance(error, Unreachable) and error.reason in _WHOLE_HOST:
                until = self._clock.now() + UNAVAILABLE
                self._dead[origin] = until, error
                raise Unreachable(error.url, error.detail, reason=error.reason, retry_after=UNAVAILABLE) from error
            status, body = error.status if error.status and error.status >= 429 else None, b""
            stay_away = max(stay_away, error.retry_after or timedelta())
        now = self._clock.now()
        good = status is not None and status < 500 and status != 429
        expires = now + (FRESH if good else stay_away)
        return Robots(host=origin, body=body, status=status, fetched_at=now, expires_at=expires)
