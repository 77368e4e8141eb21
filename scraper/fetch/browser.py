"""Pages that only scripts fill, drawn by an installed Chromium. The one door to playwright.

The browser itself reaches nobody: no name resolves in it and its proxy is a closed port. What a page asks for is
fetched by the Fetcher (robots.txt, turns, guard, limits) and handed in, so there is no way around any of them, and a
name that changes its address between check and connection gains nothing.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from playwright.async_api import (
    Browser,
    BrowserContext,
    Error,
    Playwright,
    Request,
    Route,
    WebSocketRoute,
    async_playwright,
)
from playwright.async_api import Page as Tab

from scraper.clock import Clock
from scraper.config import Network
from scraper.errors import ScrapeError, TemporaryError, TooLarge, Unreachable
from scraper.page import Page, decode

# Where Chromium is, when it has none of the names below or another one is meant.
SETTING = "MORGUE_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

TABS_AT_ONCE = 2  # of some hundred megabytes each
# Requests of one page that are answered; the rest is refused at once. News pages that need scripts need about a dozen.
MOST_REQUESTS = 60
# A page that does not take so many refusals for an answer is read as it is.
MOST_REFUSALS = 600
# A page without open requests for this long has come to rest (as playwright's own "networkidle").
QUIET = 0.5
GLANCE = 0.05
# A page that never rests is read as it is after this share of the deadline; the remainder is for reading it.
PATIENCE = 0.8
CLOSING = 5.0
# Scripts that the pages of a site share are asked for once in a run.
SHARED_BYTES = 32_000_000

_NEEDED = frozenset({"script", "xhr", "fetch"})
# The browser's own business, and what the wire decides by itself.
_OWN_HEADERS = frozenset(
    {"host", "connection", "cookie", "user-agent", "accept-encoding", "content-length", "upgrade-insecure-requests"}
    | {"cache-control", "pragma", "range", "if-none-match", "if-modified-since", "proxy-authorization"}
)
# What a page needs of an answer's headers. The others speak of the body as it came over the wire, which is decoded by
# now, or of other addresses to be fetched; cookies stay with the wire.
_TOLD = frozenset({"content-type", "content-language", "content-security-policy"})
HTML = "text/html; charset=utf-8"
_ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:9",  # the discard port: nobody listens
    "--proxy-bypass-list=<-loopback>",  # not even for this machine itself
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--js-flags=--max-old-space-size=512",
)

Ask = Callable[[str, Mapping[str, str], int], Awaitable[Page]]
"""Fetches what a page asks for: address, headers, most bytes. Raises ScrapeErrors."""


def chromium() -> str | None:
    """The browser of this machine: the one that MORGUE_CHROMIUM names, or the first of the usual names."""
    if named := os.environ.get(SETTING):
        return shutil.which(named)
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Drawer:
    """Draws pages. Starts the browser when it is first needed, and anew when it has crashed."""

    def __init__(self, executable: str, network: Network, clock: Clock) -> None:
        self._executable, self._network, self._clock = executable, network, clock
        self._tabs = asyncio.Semaphore(TABS_AT_ONCE)
        self._starting = asyncio.Lock()
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._shared = _Shared()

    async def drawn(self, page: Page, agent: str, ask: Ask) -> Page:
        """The page as its scripts make it: the body is the document as HTML in UTF-8, the exchanges stay as they were.

        Raises Unreachable ("timeout", "browser crashed"), TooLarge, TemporaryError ("no browser").
        """
        async with self._tabs:
            browser = await self._running(page.url)
            visit = _Visit(page, ask, self._network, self._clock, self._shared)
            try:
                async with asyncio.timeout(self._network.deadline):
                    text = await visit.shown(browser, agent)
            except TimeoutError as error:
                raise Unreachable(page.url, "its scripts never rest", reason="timeout") from error
            except Error as error:
                raise Unreachable(page.url, _first_line(error), reason="browser crashed") from error
            finally:
                await visit.stop()
                await self._close(visit.context)
        drawn = _as_html(page, text)
        if len(drawn.body) > self._network.max_body:
            raise TooLarge(page.url, f"over {self._network.max_body} bytes when drawn")
        return drawn

    async def _running(self, url: str) -> Browser:
        async with self._starting:
            if self._browser is None or not self._browser.is_connected():
                try:
                    self._playwright = self._playwright or await async_playwright().start()
                    self._browser = await self._playwright.chromium.launch(
                        executable_path=self._executable,
                        args=_ARGUMENTS,
                        # Chromium's sandbox refuses to work for root, as in most containers.
                        chromium_sandbox=os.name == "posix" and os.geteuid() != 0,
                        handle_sigint=False,  # the run decides what a signal ends
                        handle_sigterm=False,
                        handle_sighup=False,
                    )
                except Error as error:
                    raise TemporaryError(url, _first_line(error), reason="no browser") from error
            return self._browser

    async def _close(self, context: BrowserContext | None) -> None:
        """Close a visit. Where that hangs, the whole browser goes, and the next page starts another."""
        if context is None:
            return
        try:
            async with asyncio.timeout(CLOSING):
                await context.close()
        except Error:
            pass  # it crashed: there is nothing to close
        except TimeoutError:
            browser, self._browser = self._browser, None
            if browser is not None:
                with suppress(Error, TimeoutError):
                    async with asyncio.timeout(CLOSING):
                        await browser.close()

    async def aclose(self) -> None:
        """End the browser."""
        with suppress(Error, TimeoutError):
            async with asyncio.timeout(CLOSING):
                if self._browser is not None:
                    await self._browser.close()
        if self._playwright is not None:
            await self._playwright.stop()
        self._browser = self._playwright = None


@dataclass(slots=True)
class _Shared:
    """Scripts that came in this run, by address."""

    pages: dict[str, Page] = field(default_factory=dict)
    left: int = SHARED_BYTES

    def keep(self, url: str, page: Page) -> None:
        if len(page.body) <= self.left and url not in self.pages:
            self.left -= len(page.body)
            self.pages[url] = page


class _Visit:
    """One page in a tab of its own: no profile, no cookies, no service workers, no downloads, one document."""

    def __init__(self, page: Page, ask: Ask, network: Network, clock: Clock, shared: _Shared) -> None:
        self._page, self._ask, self._network, self._clock, self._shared = page, ask, network, clock, shared
        self.context: BrowserContext | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._served = False
        self._fetching = 0
        self._requests, self._refusals = MOST_REQUESTS, MOST_REFUSALS
        self._room = network.max_body
        self._last = clock.monotonic()

    async def shown(self, browser: Browser, agent: str) -> str:
        """The document when the page has come to rest, or as it is when it does not in time."""
        until = self._clock.monotonic() + PATIENCE * self._network.deadline
        self.context = await browser.new_context(user_agent=agent, accept_downloads=False, service_workers="block")
        await self.context.route("**/*", self._begin)
        await self.context.route_web_socket("**/*", _hang_up)
        tab = await self.context.new_page()
        await tab.goto(self._page.final_url, wait_until="commit", timeout=0)
        while self._clock.monotonic() < until and self._refusals > 0 and not await self._rests(tab):
            await self._clock.sleep(GLANCE)
        # Asked before the whole is brought over: a script can make a document of any size.
        size = await tab.evaluate("() => document.documentElement ? document.documentElement.outerHTML.length : 0")
        if isinstance(size, int) and size > self._network.max_body:
            raise TooLarge(self._page.url, f"over {self._network.max_body} bytes when drawn")
        return await tab.content()

    async def _rests(self, tab: Tab) -> bool:
        if not self._is_quiet():
            return False
        # Also waits for the script that runs just now.
        state = await tab.evaluate("() => document.readyState")
        return state == "complete" and self._is_quiet()

    def _is_quiet(self) -> bool:
        return not self._fetching and self._clock.monotonic() - self._last >= QUIET

    async def stop(self) -> None:
        """Leave alone what is still being fetched."""
        tasks = list(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, route: Route) -> None:
        task = asyncio.get_running_loop().create_task(self._answer(route))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _answer(self, route: Route) -> None:
        """Give the page what it asks for, or refuse. Playwright's errors mean that the page has gone."""
        try:
            page = await self._wanted(route.request)
        except ScrapeError as error:
            with suppress(Error):
                if error.status and error.status >= 400:
                    await route.fulfill(status=error.status)
                else:
                    await route.abort("blockedbyclient")
        except asyncio.CancelledError:
            with suppress(Error):
                await route.abort()
            raise
        else:
            with suppress(Error):
                if page is not None:
                    await route.fulfill(status=page.status, headers=_told(page.headers), body=page.body)
                elif route.request.is_navigation_request():  # "no content" leaves a reader where he is
                    await route.fulfill(status=204)
                elif route.request.resource_type == "stylesheet":  # some scripts wait for it
                    await route.fulfill(content_type="text/css", body="")
                else:
                    await route.abort("blockedbyclient")

    async def _wanted(self, request: Request) -> Page | None:
        """What to answer; None for what is refused: pictures, frames, other documents, whatever is not asked by GET."""
        if request.is_navigation_request():
            first, self._served = not self._served, True
            if not first:
                return None
            # In our reading of its bytes, and as HTML, whatever its header says.
            text, _ = decode(self._page.body, self._page.content_type)
            return _as_html(self._page, text)
        if request.resource_type not in _NEEDED or request.method != "GET" or self._requests <= 0 or self._room <= 0:
            self._refusals -= 1
            return None
        self._requests -= 1
        self._fetching += 1
        try:
            return await self._fetched(request)
        finally:
            self._fetching -= 1
            self._last = self._clock.monotonic()

    async def _fetched(self, request: Request) -> Page:
        page = self._shared.pages.get(request.url)
        if page is None:
            headers = {
                name: value
                for name, value in request.headers.items()
                if name not in _OWN_HEADERS and not name.startswith("sec-")
            }
            page = await self._ask(request.url, headers, min(self._room, self._network.max_download))
            if request.resource_type == "script":
                self._shared.keep(request.url, page)
        if len(page.body) > self._room:  # others came meanwhile
            raise TooLarge(request.url, "no room is left for what this page asks for")
        self._room -= len(page.body)
        return page


def _hang_up(socket: WebSocketRoute) -> None:
    asyncio.get_running_loop().create_task(socket.close())


def _as_html(page: Page, text: str) -> Page:
    return replace(page, body=text.encode("utf-8", "replace"), headers={**page.headers, "content-type": HTML})


def _told(headers: Mapping[str, str]) -> dict[str, str]:
    """What a page is told of an answer's headers. One that Chromium cannot read would cost the whole answer."""
    return {
        name: value
        for name, value in headers.items()
        if (name in _TOLD or name.startswith("access-control-")) and value.isascii() and value.isprintable()
    }


def _first_line(error: Error) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:200]
