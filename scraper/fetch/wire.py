"""One request and its answer over the wire, read within limits. Redirects, retries and robots.txt are others' work."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from archive.records import Exchange
from scraper.addresses import Address
from scraper.clock import Clock
from scraper.config import Network
from scraper.errors import Refused, ScrapeError, TooLarge, Unreachable
from scraper.fetch.bodies import Spool
from scraper.fetch.outcomes import TROUBLE, cut_off, is_whole, translated
from scraper.turns import Turn, domain

# Cookies of a site that sets ever more of them are no longer sent; at twice as many they are forgotten.
MAX_COOKIE = 8_192
MAX_HEADERS = 1 << 16
# Seconds for the body of an error or of a redirect.
PATIENCE = 3.0
_BYTES = "iso-8859-1"  # one character for each byte
# A header cannot carry these (RFC 9110, 5.5).
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# What a capture must not give away.
_SECRET = frozenset({"cookie", "authorization", "proxy-authorization"})

Accept = Callable[[int, httpx.Headers], int]
"""Looks at status and headers; gives how many bytes of the body to read, or raises a ScrapeError."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back.

    exchange   as it went over the wire, without its body
    headers    names in lower case, repeats joined by ", "
    spool      the body, no more of it than `Accept` wanted; whoever has the answer closes it
    """

    exchange: Exchange
    headers: dict[str, str]
    spool: Spool


class Wire:
    """Sends requests. Holds the connections and the cookies of a run."""

    def __init__(self, network: Network, transport: httpx.AsyncBaseTransport, user_agent: str, clock: Clock) -> None:
        self._network, self._clock = network, clock
        self._transport = transport
        # One jar for each site: a common one is looked through from end to end for each request.
        self._cookies: dict[str, httpx.Cookies] = {}
        self._headers = {
            "User-Agent": user_agent,
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            # Captures keep the body as it came, for decades: every reader of WARC files knows these two. What a server
            # sends in br or zstd all the same is decoded, too.
            "Accept-Encoding": "gzip, deflate",
        }
        self._timeout = httpx.Timeout(network.read_timeout, connect=network.connect_timeout, pool=None)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    async def send(
        self, address: Address, headers: Mapping[str, str], turn: Turn, accept: Accept, seconds: float
    ) -> Answered:
        """Ask, and read the answer. `seconds` is all the time there is. Raises the ScrapeErrors of one exchange."""
        try:
            request = self._request(address, headers, turn)
            async with asyncio.timeout(max(seconds, 0.001)):
                return await self._exchange(request, address, accept)
        except TimeoutError as error:
            raise Unreachable(address.href, f"no whole answer in {seconds:.0f} s", reason="timeout") from error
        except ScrapeError:
            raise
        except TROUBLE as error:
            raise translated(address.href, error) from error

    def _request(self, address: Address, headers: Mapping[str, str], turn: Turn) -> httpx.Request:
        async def trace(event: str, _info: Mapping[str, Any]) -> None:
            # Complete, not started: between the two the event loop serves everybody else.
            if event.endswith("send_request_headers.complete"):
                turn.sent()

        extensions: dict[str, Any] = {
            "timeout": self._timeout.as_dict(),
            "trace": trace,
        }
        # What a site once gave and no header can carry is no fault of its pages: it is left out.
        sent = {name.lower(): (name, value) for name, value in {**self._headers, **headers}.items()}
        lines = [(name.encode(_BYTES), data) for name, value in sent.values() if (data := _carried(value)) is not None]
        try:
            # Byte for byte what a browser sends; httpx quotes by its own rules.
            extensions["target"] = address.target.encode("ascii")
            request = httpx.Request("GET", address.href, headers=lines, extensions=extensions)
        except UnicodeError as error:
            raise Refused(address.href, str(error)[:200], reason="malformed address") from error
        request.headers.encoding = _BYTES
        if jar := self._cookies.get(_site(address)):
            jar.set_cookie_header(request)
            cookie = request.headers.get("cookie", "")
            if cookie and (len(cookie) > MAX_COOKIE or _carried(cookie) is None):
                del request.headers["cookie"]
        return request

    def _take_cookies(self, response: httpx.Response, address: Address) -> None:
        if "set-cookie" not in response.headers:
            return
        site = _site(address)
        jar = self._cookies.setdefault(site, httpx.Cookies())
        jar.extract_cookies(_bytewise(response))
        if sum(len(cookie.name) + len(cookie.value or "") for cookie in jar.jar) > 2 * MAX_COOKIE:
            del self._cookies[site]

    async def _exchange(self, request: httpx.Request, address: Address, accept: Accept) -> Answered:
        at = self._clock.now()
        # Not by httpx's client: it reads the addresses of redirects itself, and fails at some that we want to name.
        response = await self._transport.handle_async_request(request)
        response.request = request
        try:
            self._take_cookies(response, address)
            if sum(len(name) + len(value) for name, value in response.headers.raw) > MAX_HEADERS:
                raise TooLarge(address.href, f"over {MAX_HEADERS} bytes", reason="headers too large")
            wanted = accept(response.status_code, response.headers)
            network_stream = response.extensions.get("network_stream")
            peer = network_stream.get_extra_info("server_addr") if network_stream else None
            spool = await self._body(response, address, wanted)
            exchange = Exchange(
                url=address.href,
                at=at,
                request_headers=tuple(pair for pair in _pairs(request.headers) if pair[0].lower() not in _SECRET),
                status=response.status_code,
                status_text=response.reason_phrase,
                http_version=response.http_version,
                headers=_pairs(response.headers),
                ip=peer[0] if peer else None,
            )
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answered(exchange, headers, spool)
        finally:
            with suppress(httpx.HTTPError):
                await response.aclose()

    async def _body(self, response: httpx.Response, address: Address, wanted: int) -> Spool:
        """Of a page, all of it. Of anything else the status says enough: its body may end or hang as it likes."""
        spool = Spool(wanted)
        page = is_whole(response.status_code)
        try:
            async with asyncio.timeout(None if page else PATIENCE):
                async for piece in response.aiter_raw():
                    spool.write(piece)
                    if spool.cut:
                        break
        except (httpx.ReadError, httpx.RemoteProtocolError) as error:
            if page:
                spool.close()
                raise cut_off(address.href, error) from error
        except (TimeoutError, httpx.ReadTimeout):
            if page:
                spool.close()
                raise
        except BaseException:
            spool.close()
            raise
        return spool


def _carried(value: str) -> bytes | None:
    """As it stands in a header; None when none can carry it."""
    try:
        data = value.encode(_BYTES)
    except UnicodeEncodeError:
        return None
    return None if _CONTROL.search(value) else data


def _site(address: Address) -> str:
    return domain(address.host) or address.host


def _bytewise(response: httpx.Response) -> httpx.Response:
    """The head of an answer with one character for each byte: a cookie in UTF-8 is shown again as it came."""
    head = httpx.Response(response.status_code, headers=response.headers, request=response.request)
    head.headers.encoding = _BYTES
    return head


def _pairs(headers: httpx.Headers) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode(_BYTES), value.decode(_BYTES)) for name, value in headers.raw)
