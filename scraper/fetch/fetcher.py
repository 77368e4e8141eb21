"""Fetcher.get: whose turn, what robots.txt says, redirects, retries, and what came back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import TYPE_CHECKING

import httpx
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)
from tenacity.stop import stop_base

from archive.records import Exchange
from scraper.addresses import Address, Exceptions, parse, problem
from scraper.clock import Clock
from scraper.config import Network
from scraper.errors import (
    Blocked,
    DisallowedByRobots,
    OptedOut,
    Refused,
    ScrapeError,
    TemporaryError,
    TooLarge,
    TooManyRedirects,
    Unreachable,
    WrongType,
    forget,
)
from scraper.fetch.bodies import beginning, settled
from scraper.fetch.memory import Hand, Memory
from scraper.fetch.outages import Outages
from scraper.fetch.outcomes import REDIRECTS, again, is_whole, status_error
from scraper.fetch.reservations import ReservationDesk
from scraper.fetch.robots import RobotsDesk, RobotsMemory, Unremembered
from scraper.fetch.transport import GuardedTransport
from scraper.fetch.types import Want, is_html, unreadable, unwanted
from scraper.fetch.wire import Accept, Answered, Wire
from scraper.page import Page
from scraper.robots import SIZE_LIMIT
from scraper.turns import Turns, domain, retry_after
from scraper.walls import barrier

if TYPE_CHECKING:
    from scraper.fetch.browser import Drawer

ROBOTS_REDIRECTS = 5  # RFC 9309, 2.3.1.2
# Enough of an error page to recognise a bot wall, of a redirect to keep the connection.
SMALL_BODY, REDIRECT_BODY = 1 << 16, 1 << 14
# First pause before another try in the same run, doubled each time; the jitter is tenacity's "full jitter".
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 20.0


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave with its last answer, to be shown to it again."""

    etag: str | None = None
    last_modified: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """As request headers."""
        offered = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in offered.items() if value}


@dataclass(slots=True, kw_only=True)
class _Errand:
    """One call of `get` on its way: what it asks for, and what it has spent.

    spent      seconds on the wire and between tries; waiting for the turn is not counted
    refusals   what the robots.txt of the last hop refuses to be done with its page
    """

    url: str
    headers: Mapping[str, str]
    conditional: Mapping[str, str]
    delay: float
    agent: str
    want: Want = "page"
    robots: bool = True
    redirects: int = 10
    size: int = 0
    cut: bool = False
    hand: Hand
    spent: float = 0.0
    refusals: tuple[str, ...] = ()
    exchanges: list[Exchange] = field(default_factory=list)


class _NoTimeLeft(stop_base):
    """The pause before the next try would use up the deadline."""

    def __init__(self, errand: _Errand, deadline: float) -> None:
        self._errand, self._deadline = errand, deadline

    def __call__(self, retry_state: RetryCallState) -> bool:
        return self._errand.spent + retry_state.upcoming_sleep >= self._deadline


class Fetcher:
    """The only way out into the web. One for a process: it knows whose turn it is.

    contact     an address for web masters, named in the User-Agent
    memory      remembers robots.txt between runs (an Archive does)
    transport   in place of the network, for tests
    """

    def __init__(
        self,
        network: Network,
        *,
        contact: str | None = None,
        memory: RobotsMemory | None = None,
        clock: Clock | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._network = network
        self._clock = clock or Clock()
        self._exceptions = Exceptions.of(network.allow)
        self._agent = network.user_agent or user_agent(contact)
        self._turns = Turns(self._clock, per_host=network.per_host, total=network.total, patience=network.deadline)
        way_out = transport or GuardedTransport(self._exceptions, http2=network.http2)
        self._wire = Wire(network, way_out, self._agent, self._clock)
        self.memory, self._outages = Memory(), Outages()
        memory = memory or Unremembered()
        self._robots = RobotsDesk(self._ask_robots, memory, self._clock)
        # Nobody else needs to know, and no web master expects the question.
        self._reservations = (
            ReservationDesk(self._ask_reservations, memory, self._clock) if network.obey_opt_out else None
        )
        self._drawer: Drawer | None = None

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        if self._drawer is not None:
            await self._drawer.aclose()
        await self._wire.aclose()

    async def get(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        want: Want = "page",
        delay: float | None = None,
        headers: Mapping[str, str] | None = None,
        user_agent: str | None = None,
        render: bool = False,
        hand: Hand | None = None,
    ) -> Page:
        """Fetch one address.

        validators   of its last answer; a Page that is `not_modified` may come back
        want         "page": HTML; "listing": HTML, a feed or a sitemap; "any": whatever comes
        delay        seconds between requests to this host, in place of the configuration's
        headers      sent along, but not to other domains that the address redirects to
        render       the body is the document as a browser's scripts make it; see scraper.fetch.browser
        hand         of `memory.visit()`, in which the page is counted until it is recorded; without one it is counted
                     until it is returned

        Raises a ScrapeError about `url`; see scraper.errors.
        """
        async with self.memory.visit() as own:
            errand = _Errand(
                url=url,
                headers={**({"User-Agent": user_agent} if user_agent else {}), **(headers or {})},
                conditional=(validators or Validators()).headers,
                delay=self._network.delay if delay is None else delay,
                agent=user_agent or self._agent,
                want=want,
                redirects=self._network.max_redirects,
                size=min(self._network.max_download, self._largest(want)),
                hand=hand or own,
            )
            drawer = self._installed_drawer(url) if render else None
            page = await self._tried(errand)
            if drawer is None or not is_html(page.body, page.content_type):
                return page
            return await self._drawn(drawer, page, errand)

    def _installed_drawer(self, url: str) -> Drawer:
        """Told apart from other trouble, and before the site is asked for a page that could not be read."""
        if self._drawer is None:
            try:
                # Only here: playwright is an extra, and most runs need none of its half second.
                from scraper.fetch.browser import SETTING, Drawer, chromium
            except ModuleNotFoundError as error:
                advice = "install playwright: pip install 'morgue[browser]'"
                raise TemporaryError(url, advice, reason="no browser") from error
            if (executable := chromium()) is None:
                advice = f"install Chromium, or name it in the environment variable {SETTING}"
                raise TemporaryError(url, advice, reason="no browser")
            self._drawer = Drawer(executable, self._network, self._clock)
        return self._drawer

    async def _drawn(self, drawer: Drawer, page: Page, errand: _Errand) -> Page:
        """The page as its scripts make it; what they ask for has its turn and its robots.txt like everything else."""
        home = self._checked(page.final_url)

        async def ask(url: str, headers: Mapping[str, str], size: int) -> Page:
            address = self._checked(url)
            ours = errand.headers if same_site(address, home) else {}
            wanted = replace(errand, url=url, headers={**headers, **ours}, conditional={}, want="any", size=size)
            async with self.memory.visit(errand.hand) as inner:
                return await self._follow(replace(wanted, spent=0.0, exchanges=[], hand=inner))

        return await drawer.drawn(page, errand.agent, ask)

    async def sitemaps(self, url: str) -> tuple[str, ...]:
        """The addresses in the `Sitemap:` lines of the host's robots.txt. Raises ScrapeErrors."""
        try:
            return (await self._robots.rules(self._checked(url), self._network.delay)).sitemaps
        except ScrapeError as error:
            raise _about(url, error) from error

    async def _ask_robots(self, url: str, delay: float) -> tuple[int, bytes]:
        async with self.memory.visit() as hand:
            page = await self._tried(replace(self._small_errand(url, delay, hand), robots=False))
            return page.status, page.body

    async def _ask_reservations(self, url: str, delay: float) -> tuple[int, bytes]:
        async with self.memory.visit() as hand:
            page = await self._follow(self._small_errand(url, delay, hand))
            return page.status, page.body

    def _small_errand(self, url: str, delay: float, hand: Hand) -> _Errand:
        """What speaks for a whole host, or the beginning of it."""
        return _Errand(
            url=url,
            headers={},
            conditional={},
            delay=delay,
            agent=self._agent,
            want="any",
            redirects=ROBOTS_REDIRECTS,
            size=SIZE_LIMIT,
            cut=True,
            hand=hand,
        )

    async def _tried(self, errand: _Errand) -> Page:
        """Again while it can get better, the tries are not used up and there is time."""
        pause = wait_random_exponential(FIRST_PAUSE, LONGEST_PAUSE)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = getattr(error, "retry_after", None) or timedelta()
            return max(pause(state), asked.total_seconds())

        async def sleep(seconds: float) -> None:
            errand.spent += seconds
            await self._clock.sleep(seconds)

        tries = AsyncRetrying(
            sleep=sleep,
            stop=stop_after_attempt(self._network.retries + 1) | _NoTimeLeft(errand, self._network.deadline),
            wait=wait,
            retry=retry_if_exception(again),
            reraise=True,
        )
        try:
            return await tries(self._follow, errand)
        except ScrapeError as error:
            raise _about(errand.url, error) from error

    async def _follow(self, errand: _Errand) -> Page:
        """The address and what it redirects to, each in its turn and each with its own robots.txt."""
        address = home = self._checked(errand.url)
        errand.exchanges.clear()
        seen: set[tuple[str, bool]] = set()
        started = errand.spent
        try:
            while True:
                answer = await self._hop(errand, address, home)
                try:
                    status, place = answer.exchange.status, answer.headers.get("location")
                    if status not in REDIRECTS or not place:
                        return await self._page(errand, address, answer, errand.spent - started)
                    errand.exchanges.append(replace(answer.exchange, body=answer.spool.read()))
                    errand.hand.count(answer.spool.size)
                finally:
                    answer.spool.close()
                    errand.hand.end()
                # A redirect to itself is fine when it brings a cookie, once.
                step = (address.href, "set-cookie" in answer.headers)
                if step in seen:
                    raise TooManyRedirects(address.href, "a loop", reason="redirect loop", status=status)
                seen.add(step)
                if len(errand.exchanges) > errand.redirects:
                    raise TooManyRedirects(address.href, f"more than {errand.redirects}", status=status)
                address = self._checked(place, base=address.href)
        except BaseException as error:
            errand.exchanges.clear()
            errand.hand.let_go()
            forget(error)
            raise

    def _checked(self, url: str, base: str | None = None) -> Address:
        """Read and judge an address, as far as this is possible without its name being resolved. Raises Refused."""
        address = parse(url, base)
        if reason := problem(address.href if base and address else url, self._exceptions):
            raise Refused(url, reason)
        if address is None:
            raise Refused(url, "malformed address")
        return address

    async def _hop(self, errand: _Errand, address: Address, home: Address) -> Answered:
        """One request: robots.txt, the turn, the wire."""
        crawl_delay = 0.0
        if errand.robots:
            rules = await self._robots.rules(address, errand.delay)
            token = product(errand.agent)
            if not rules.allows(token, address.href):
                raise DisallowedByRobots(address.href, f"for {token}")
            crawl_delay = min(rules.crawl_delay(token) or 0.0, self._network.max_crawl_delay)
            errand.refusals = rules.refusals(token, address.href)
        if self._reservations is not None and errand.want == "page":
            if errand.refusals:
                raise OptedOut(address.href, f"{', '.join(errand.refusals)} of robots.txt")
            await self._reservations.check(address, errand.delay)
        headers = {**(errand.headers if same_site(address, home) else {}), **errand.conditional}

        async def ready() -> None:
            self._outages.check(address.origin, address.href, self._clock.now())
            await errand.hand.begin()

        async with self._turns.turn(address, errand.delay, crawl_delay, ready) as turn:
            answered = False
            began = self._clock.monotonic()

            def accept(status: int, response: httpx.Headers) -> int:
                nonlocal answered
                answered = True
                self._outages.answered(address.origin)
                stay_away = retry_after(response.get("retry-after"), self._clock.now())
                if status in (420, 429, 503) or (status == 403 and stay_away is not None):
                    turn.complained(stay_away)
                else:
                    turn.answered(self._clock.monotonic() - turn.left_at)
                return wanted(status, response)

            wanted = self._accepts(errand, address)
            try:
                return await self._wire.send(address, headers, turn, accept, self._network.deadline - errand.spent)
            except Unreachable as error:
                if not answered:
                    self._outages.failed(address.origin, error, self._clock.now())
                raise
            finally:
                errand.spent += self._clock.monotonic() - began

    def _accepts(self, errand: _Errand, address: Address) -> Accept:
        def accept(status: int, headers: httpx.Headers) -> int:
            if not is_whole(status):
                return REDIRECT_BODY if status in REDIRECTS else SMALL_BODY
            if kind := unwanted(headers.get("content-type"), errand.want):
                raise WrongType(address.href, kind, status=status)
            length = headers.get("content-length", "")
            if not errand.cut and length.isascii() and length.isdigit() and int(length[:20]) > errand.size:
                raise TooLarge(address.href, f"{length[:20]} bytes announced", status=status)
            return errand.size

        return accept

    async def _page(self, errand: _Errand, address: Address, answer: Answered, seconds: float) -> Page:
        """What came back, or the error that its status or its content stands for."""
        status = answer.exchange.status
        good = is_whole(status)
        if good and answer.spool.cut and not errand.cut:
            raise TooLarge(address.href, f"over {errand.size} bytes", status=status)
        coding = answer.headers.get("content-encoding", "")
        if errand.cut or not good:
            body = beginning(answer.spool, coding, SIZE_LIMIT if errand.cut else SMALL_BODY, errand.hand)
        else:
            limit = self._largest(errand.want)
            body = await settled(answer.spool, address.href, status, coding, limit, errand.want, errand.hand)
        errand.exchanges.append(replace(answer.exchange, body=body.raw))
        page = Page(
            url=errand.url,
            final_url=address.href,
            status=status,
            headers=answer.headers,
            body=body.decoded if status != 304 else b"",
            fetched_at=answer.exchange.at,
            exchanges=tuple(errand.exchanges),
            refusals=errand.refusals,
            seconds=seconds,
        )
        if status == 304 and errand.conditional:
            return page
        if not good:
            raise self._refused(page)
        if kind := unreadable(page.body, page.content_type, errand.want):
            raise WrongType(address.href, kind, status=status)
        return page

    def _largest(self, want: Want) -> int:
        """Bytes of a body when decompressed. Many pages wait in memory to be read, listings one by one."""
        network = self._network
        return min(network.max_page, network.max_body) if want == "page" else network.max_body

    def _refused(self, page: Page) -> ScrapeError:
        stay_away = retry_after(page.headers.get("retry-after"), self._clock.now())
        if page.status in (401, 403, 405, 406, 429, 503) and barrier(page) == "bot wall":
            return Blocked(page.final_url, f"HTTP {page.status}", status=page.status, retry_after=stay_away)
        return status_error(page.final_url, page.status, stay_away)


def same_site(one: Address, other: Address) -> bool:
    """Do they belong to the same registered domain?"""
    return (domain(one.host) or one.host) == (domain(other.host) or other.host)


def user_agent(contact: str | None = None) -> str:
    """How Morgue introduces itself."""
    try:
        number = version("morgue")
    except PackageNotFoundError:  # run from a checkout
        number = "0.1.0"
    return f"Morgue/{number} (+{contact})" if contact else f"Morgue/{number}"


def product(agent: str) -> str:
    """The name by which a robots.txt may speak to this User-Agent (RFC 9309: letters, "_" and "-").

    "Morgue/0.1.0 (+x)" -> "Morgue"; "Mozilla/5.0 (compatible; FooBot/1.0)" -> "FooBot".
    """
    inner = re.search(r"compatible;\s*([A-Za-z_-]+)", agent)
    found = inner or re.match(r"\s*([A-Za-z_-]+)", agent)
    return found[1] if found and found[1].lower() != "mozilla" else "Morgue"


def _about(url: str, error: ScrapeError) -> ScrapeError:
    """The same error, about the address that was asked for instead of one on the way."""
    if error.url == url:
        return error
    detail = f"{error.detail} at {error.url}" if error.detail else f"at {error.url}"
    return type(error)(url, detail, reason=error.reason, status=error.status, retry_after=error.retry_after)
