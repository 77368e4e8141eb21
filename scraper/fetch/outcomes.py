"""What a status or an exception means in our tree of errors. Pure."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta

import httpx

from scraper.errors import (
    Forbidden,
    Gone,
    Refused,
    ScrapeError,
    ServerTrouble,
    Throttled,
    TooLarge,
    Unreachable,
)
from scraper.fetch.transport import HostNotFound, PrivateAddress

REDIRECTS = frozenset({301, 302, 303, 307, 308})

# What sending a request may raise.
TROUBLE = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    PrivateAddress,
    HostNotFound,
    OSError,
    UnicodeError,
)

# Not worth asking again within seconds.
_SETTLED = frozenset({"bad certificate", "host not found", "bad content-encoding"})


def is_whole(status: int) -> bool:
    """Does the status say that the body is what was asked for? A part (206), which nobody asked for, is not."""
    return 200 <= status < 300 and status != 206


def status_error(url: str, status: int, stay_away: timedelta | None) -> ScrapeError:
    """The error that a status stands for. Only for a status that brought no page."""
    if status in (404, 410):
        return Gone(url, f"HTTP {status}", status=status)
    # With a time to come back, "forbidden" means "too often", too.
    if status in (420, 429) or (status in (403, 503) and stay_away is not None):
        return Throttled(url, f"HTTP {status}", status=status, retry_after=stay_away)
    if status in (401, 402, 403, 407, 451):
        return Forbidden(url, f"HTTP {status}", status=status)
    if status in (408, 421, 425) or 500 <= status < 600:
        return ServerTrouble(url, f"HTTP {status}", status=status, retry_after=stay_away)
    if 400 <= status < 500:
        return Forbidden(url, f"HTTP {status}", reason="client error", status=status)
    return ServerTrouble(url, f"HTTP {status}", reason="unexpected status", status=status)


def again(error: BaseException) -> bool:
    """Can it get better within seconds?"""
    if isinstance(error, Unreachable):
        # With a time to stay away it was no try of this page, but what is remembered of its whole host.
        return error.reason not in _SETTLED and error.retry_after is None
    if isinstance(error, ServerTrouble):
        return error.reason == "server error" and error.status not in (501, 505)
    # Without a status it was not the site that spoke just now, but its earlier request to stay away.
    return isinstance(error, Throttled) and error.status is not None


def translated(url: str, error: Exception) -> ScrapeError:
    """An exception of the layers below as one of ours."""
    detail = str(error)[:200] or type(error).__name__
    if isinstance(error, PrivateAddress):
        return Refused(url, detail)
    if isinstance(error, HostNotFound):
        return Unreachable(url, detail, reason="host not found")
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return Refused(url, detail, reason="malformed address")
    if isinstance(error, httpx.RemoteProtocolError) and "Receive buffer too long" in detail:
        return TooLarge(url, detail, reason="headers too large")
    return Unreachable(url, detail, reason=_unreachable(error, detail))


def cut_off(url: str, error: httpx.TransportError) -> Unreachable:
    """The connection ended, or made no sense any more, in the middle of a body."""
    cut = isinstance(error, httpx.ReadError) or "closed connection" in str(error)
    return Unreachable(url, str(error)[:200], reason="cut body" if cut else "protocol error")


def _unreachable(error: Exception, detail: str) -> str:
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return "bad certificate"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "TLS failure"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "host not found"
    if isinstance(error, httpx.ConnectTimeout):
        return "connect timeout"
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "timeout"
    if any(isinstance(cause, OSError) and cause.errno == errno.ECONNREFUSED for cause in causes):
        return "connection refused"
    if isinstance(error, httpx.ProxyError):
        return "proxy error"
    if isinstance(error, httpx.ReadError | httpx.WriteError | httpx.CloseError) or "disconnected" in detail:
        return "connection reset"
    if isinstance(error, httpx.RemoteProtocolError):
        return "protocol error"
    return "unreachable"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that lies beneath it, also within groups (anyio reports several failed addresses in one)."""
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        cause = pending.pop()
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        pending += [cause.__cause__, cause.__context__]
        if isinstance(cause, BaseExceptionGroup):
            pending += cause.exceptions
