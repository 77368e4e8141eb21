"""Whose turn is it: spacing and concurrency per host and per registered domain, back-off, and the cap on the whole.

A request waits for its own host only. The places of the whole are taken at the last moment, so that a host that waits
out its delay keeps nobody else from working.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from ipaddress import ip_address
from math import inf

from publicsuffixlist import PublicSuffixList

from scraper.addresses import Address
from scraper.clock import Clock
from scraper.errors import Throttled

# A registered domain may be asked this much more often than one host of it: www. and news. are often the same machine,
# but a publisher's twenty titles often are not.
DOMAIN_SHARE = 2
# Latency is averaged as TCP averages round trips (RFC 6298): an eighth of each new value.
LATENCY_SHARE = 1 / 8
# A site that needs longer than this for an answer is asked more slowly, in proportion ...
SLOW_ANSWER = 1.0
# ... up to this many times its delay.
SLOWEST = 10.0
# Extra seconds between requests after a 429 or 503, the first and the most: a further one doubles, an answer halves.
FIRST_PENALTY, LAST_PENALTY = 1.0, 60.0
LONGEST_RETRY_AFTER = timedelta(days=1)

_NUMBER = r"[0-9]+(?:\.[0-9]*)?"
_SECONDS = re.compile(rf"{_NUMBER}(?:\s*,\s*{_NUMBER})*")
_SUFFIXES = PublicSuffixList()


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """What Retry-After asks for, in either of its forms, between zero and a day; None when it says nothing clear.

    Of several numbers the largest counts; parts of a second, which no standard knows but some servers send, do, too.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        seconds = max(float(number.strip()[:9]) for number in text.split(","))
        return min(timedelta(seconds=seconds), LONGEST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # an hour or an offset of twenty digits
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=now.tzinfo)
    return min(max(moment - now, timedelta(0)), LONGEST_RETRY_AFTER)


@lru_cache(maxsize=10_000)
def domain(host: str) -> str | None:
    """The registered domain of a host name; None for an IP address and for a name that is no public one."""
    try:
        ip_address(host)
    except ValueError:
        found: str | None = _SUFFIXES.privatesuffix(host)
        return found
    return None


def spacing(delay: float, crawl_delay: float, latency: float, penalty: float) -> float:
    """Seconds from one request to the next.

    delay         what the configuration says
    crawl_delay   what robots.txt says, already capped
    latency       average seconds until the site begins to answer
    penalty       extra seconds while the site complains
    """
    slower = min(max(latency / SLOW_ANSWER, 1.0), SLOWEST)
    return max(delay * slower, crawl_delay) + penalty


@dataclass
class _Place:
    """A host or a registered domain.

    gate       one at a time waits for the next moment; the others stand in line behind
    slots      requests at once
    free_at    earliest start of the next request, on the monotonic clock
    left_at    when the last request left
    """

    slots: asyncio.Semaphore
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    left_at: float = -inf
    latency: float = 0.0
    penalty: float = 0.0
    closed_until: float = 0.0


class Turn:
    """A request whose turn has come. Tell it what happened: the next turns depend on it.

    left_at   when the request left, on the monotonic clock: the time for the connection is not the site's latency
    """

    def __init__(self, places: Sequence[_Place], seconds: Sequence[float], clock: Clock) -> None:
        """The host comes first in `places`, its gate is held; `seconds` are the distances to the next request."""
        self._places, self._seconds, self._clock = places, seconds, clock
        self._holds_gate = True
        self._keep_distance()

    def sent(self) -> None:
        """The request has left, however long after its turn that was: the next one keeps its distance from here."""
        self._keep_distance()
        self.pass_on()

    def pass_on(self) -> None:
        """Let the next in line wait for its moment. Not before the request has left: a connection can take longer
        than the delay, and two that were waiting for theirs would leave together."""
        if self._holds_gate:
            self._holds_gate = False
            self._places[0].gate.release()

    def _keep_distance(self) -> None:
        self.left_at = self._clock.monotonic()
        for place, seconds in zip(self._places, self._seconds, strict=False):
            place.free_at, place.left_at = max(place.free_at, self.left_at + seconds), self.left_at

    def answered(self, latency: float) -> None:
        """The site answered properly, after so many seconds."""
        host = self._places[0]
        host.latency = latency if not host.latency else host.latency + LATENCY_SHARE * (latency - host.latency)
        host.penalty = host.penalty / 2 if host.penalty > FIRST_PENALTY / 4 else 0.0

    def complained(self, stay_away: timedelta | None) -> None:
        """429 or 503: slower from now on, and not at all for as long as the site asks."""
        host, now = self._places[0], self._clock.monotonic()
        host.penalty = min(max(2 * host.penalty, FIRST_PENALTY), LAST_PENALTY)
        host.free_at = max(host.free_at, now + host.penalty)
        if stay_away is not None:
            host.closed_until = max(host.closed_until, now + stay_away.total_seconds())


class Turns:
    """Gives out turns. One for all requests of a process.

    per_host   requests at once to one host
    total      requests at once in all
    patience   how many seconds a closed host (Retry-After) is waited for; past that its requests fail as Throttled
    """

    def __init__(self, clock: Clock, *, per_host: int, total: int, patience: float) -> None:
        self._clock, self._per_host, self._patience = clock, per_host, patience
        self._all = asyncio.Semaphore(total)
        self._hosts: dict[str, _Place] = {}
        self._domains: dict[str, _Place] = {}

    @asynccontextmanager
    async def turn(
        self,
        address: Address,
        delay: float,
        crawl_delay: float = 0.0,
        ready: Callable[[], Awaitable[None]] | None = None,
    ) -> AsyncIterator[Turn]:
        """Wait until this address may be asked, and hold the place while it is. Raises Throttled.

        ready    something else to wait for, when the host's moment has come
        """
        host = self._place(self._hosts, address.authority, self._per_host)
        name = domain(address.host)
        places = [host] + ([self._place(self._domains, name, DOMAIN_SHARE * self._per_host)] if name else [])
        async with AsyncExitStack() as held:
            await held.enter_async_context(host.slots)
            await host.gate.acquire()
            # What its robots.txt asks for was not known when that was asked for.
            host.free_at = max(host.free_at, host.left_at + max(delay, crawl_delay))
            try:
                await self._wait(places[:1], address)
                async with AsyncExitStack() as gates:
                    for family in places[1:]:  # only now: a host in its own pause must not keep its sisters waiting
                        await gates.enter_async_context(family.gate)
                        await held.enter_async_context(family.slots)
                        await self._wait(places, address)
                    if ready is not None:
                        await ready()
                    await held.enter_async_context(self._all)
                    seconds = spacing(delay, crawl_delay, host.latency, host.penalty)
                    turn = Turn(places, (seconds, seconds / DOMAIN_SHARE), self._clock)
            except BaseException:
                host.gate.release()
                raise
            try:
                yield turn
            finally:
                turn.pass_on()

    async def _wait(self, places: Sequence[_Place], address: Address) -> None:
        while True:
            now = self._clock.monotonic()
            closed = places[0].closed_until - now
            if closed > self._patience:
                stay_away = timedelta(seconds=round(closed))
                raise Throttled(address.href, "the site asked us to stay away", retry_after=stay_away)
            left = max(closed, *(place.free_at - now for place in places))
            if left <= 0:
                return
            await self._clock.sleep(left)

    @staticmethod
    def _place(places: dict[str, _Place], key: str, slots: int) -> _Place:
        if key not in places:
            places[key] = _Place(asyncio.Semaphore(slots))
        return places[key]
