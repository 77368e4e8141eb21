"""A clock that only moves when it is told to, and a web that is a dictionary."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import httpx

from scraper.clock import Clock
from scraper.workers import learn_blocks, read_listing, read_page, see_page

START = datetime(2024, 3, 10, 12, 0, tzinfo=UTC)


class FakeClock(Clock):
    """Time that passes by sleeping only: whoever sleeps wakes in the order of time, and no test waits."""

    def __init__(self, start: datetime = START) -> None:
        self.start = start
        self.elapsed = 0.0
        self.slept: list[float] = []
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> datetime:
        """The start and what passed since."""
        return self.start + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        """Seconds that passed."""
        return self.elapsed

    def advance(self, seconds: float) -> None:
        """Let time pass while nobody sleeps."""
        self.elapsed += seconds

    async def sleep(self, seconds: float) -> None:
        """Wait until everybody else waits too, then let the earliest wake."""
        self.slept.append(seconds)
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.elapsed + max(seconds, 0.0), next(self._order), woken))
        while not woken.done():
            for _ in range(50):  # the others go on until they sleep or wait for each other
                await asyncio.sleep(0)
                if woken.done():
                    return
            at, _, earliest = heapq.heappop(self._sleepers)
            self.elapsed = max(self.elapsed, at)
            if not earliest.done():
                earliest.set_result(None)


class InThisProcess:
    """Reads pages as the workers do; at the addresses in `bugs` it fails as no page should make it fail."""

    def __init__(self, *bugs: str) -> None:
        self.bugs = bugs

    async def read(self, page, hint=None, rules=(), furniture=frozenset()):
        """What a page says."""
        if page.url in self.bugs:
            raise KeyError("a bug of ours")
        return read_page(page, hint, rules, furniture)

    async def links(self, page, selector=None, story_forms=frozenset()):
        """What a listing names."""
        return read_listing(page, selector, story_forms)

    async def seen(self, page, hint=None, rules=()):
        """What a page teaches."""
        return see_page(page, hint, rules)

    async def learn(self, name, pages, before):
        """What comes back on pages."""
        return learn_blocks(pages, before)


@dataclass(frozen=True)
class Reply:
    """What the fake web answers. `after` are seconds that pass until it does."""

    body: bytes | str = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float = 0.0


@dataclass(frozen=True)
class Asked:
    """A request that the fake web saw."""

    url: str
    at: float
    headers: Mapping[str, str]


Answer = Reply | bytes | str | Exception | list["Answer"] | Callable[[httpx.Request], "Answer"]


class FakeWeb(httpx.AsyncBaseTransport):
    """A dictionary of address -> answer. An address that it does not hold fails the test, but for a robots.txt: 404.

    answer   a Reply; bytes or text for an HTML page; an exception to be raised; a list, one after the other, the last
             for ever; or a function of the request that gives one of these
    log      every request, in order
    """

    def __init__(self, pages: Mapping[str, Answer] | None = None, clock: Clock | None = None) -> None:
        self.pages: dict[str, Answer] = dict(pages or {})
        self.clock = clock or FakeClock()
        self.log: list[Asked] = []
        self.missing: list[str] = []

    @property
    def urls(self) -> list[str]:
        """The addresses asked for, in order, without robots.txt."""
        return [asked.url for asked in self.log if not asked.url.endswith("/robots.txt")]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer from the dictionary."""
        url = str(request.url)
        self.log.append(Asked(url, self.clock.monotonic(), dict(request.headers)))
        if url not in self.pages and not url.endswith("/robots.txt"):
            self.missing.append(url)
            raise AssertionError(f"the test did not expect a request for {url}")
        reply = self._reply(url, request)
        if reply.after:
            await self.clock.sleep(reply.after)
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        headers = {"Content-Type": "text/html; charset=utf-8", **reply.headers}
        return httpx.Response(
            reply.status,
            headers={name: value for name, value in headers.items() if value},
            stream=httpx.ByteStream(body),
            request=request,
        )

    def _reply(self, url: str, request: httpx.Request) -> Reply:
        answer = self.pages.get(url, Reply(status=404))
        while not isinstance(answer, Reply):
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            elif isinstance(answer, Exception):
                raise answer
            elif isinstance(answer, bytes | str):
                answer = Reply(answer)
            else:
                answer = answer(request)
        return answer
