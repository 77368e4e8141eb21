"""The guarded way out: connections go only to IP addresses that were checked, and the name decides nothing afterwards.

httpcore asks its network backend for a connection to a host name. Ours resolves the name, judges every IP address, and
connects to one of those it judged: a name that changes its mind between check and connection (DNS rebinding) gains
nothing. TLS still checks the certificate against the name, because the name stays the host of the request.
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from scraper.addresses import IP, Exceptions, as_ip, connectable, resolve
from scraper.fetch.stream import connect

# One pool looks through all its connections for each request; many small pools keep that short.
POOLS = 256
# Idle connections live longer than a usual delay, so that a host's next turn finds its connection.
KEEPALIVE_SECONDS = 30.0
IDLE = 8  # of one pool
NAMES_AT_ONCE = 32

Resolver = Callable[[str, int], list[IP]]


class PrivateAddress(Exception):
    """The name resolves to an address that may not be connected to."""


class HostNotFound(Exception):
    """The name resolves to nothing."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only. Raises PrivateAddress, HostNotFound, and what httpcore raises."""

    def __init__(self, exceptions: Exceptions, resolver: Resolver = resolve) -> None:
        self._exceptions, self._resolver = exceptions, resolver
        # Of our own: dead name servers must not keep the process's other threads from working.
        self._threads = ThreadPoolExecutor(NAMES_AT_ONCE, thread_name_prefix="names")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first of the host's addresses that answers; the time is shared by all of them."""
        ips = await self._checked(host, port, timeout)
        until = None if timeout is None else asyncio.get_running_loop().time() + timeout
        failure: Exception | None = None
        for left, ip in zip(range(len(ips), 0, -1), ips, strict=True):
            share = None if until is None else max(until - asyncio.get_running_loop().time(), 0.0) / left
            try:
                return await connect(str(ip), port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = failure or error
        assert failure is not None
        raise failure

    async def _checked(self, host: str, port: int, timeout: float | None) -> list[IP]:
        try:
            ips = await asyncio.wait_for(self.resolved(host.rstrip("."), port), timeout)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("the name was not resolved in time") from error
        except (OSError, UnicodeError) as error:
            raise HostNotFound(str(error)) from error
        if reason := connectable(host.rstrip("."), ips, self._exceptions):
            raise PrivateAddress(reason)
        return ips[:4]

    async def resolved(self, host: str, port: int) -> list[IP]:
        """The addresses of a host. The system's resolver blocks and has no deadline, so threads wait for it."""
        if (ip := as_ip(host)) is not None:
            return [ip]
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._resolver, host, port)

    def close(self) -> None:
        """Wait for no name any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def sleep(self, seconds: float) -> None:
        """Part of the interface."""
        await asyncio.sleep(seconds)


class _Pool(httpx.AsyncHTTPTransport):
    """httpx's transport, its connections made by our backend (which its own constructor does not let us hand in)."""

    def __init__(self, ssl_context: ssl.SSLContext, backend: GuardedBackend, http2: bool) -> None:
        super().__init__(verify=ssl_context, http2=http2)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context,
            max_connections=None,  # Turns caps the open requests
            max_keepalive_connections=IDLE,
            keepalive_expiry=KEEPALIVE_SECONDS,
            http2=http2,
            network_backend=backend,
        )


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends each request by the pool of its host, or by the proxy that the environment names for it."""

    def __init__(self, exceptions: Exceptions, *, http2: bool, resolver: Resolver = resolve) -> None:
        ssl_context = httpx.create_ssl_context()
        backend = GuardedBackend(exceptions, resolver)
        self._exceptions, self._backend = exceptions, backend
        self._pools = [_Pool(ssl_context, backend, http2) for _ in range(POOLS)]
        self._proxies = {
            scheme: httpx.AsyncHTTPTransport(
                verify=ssl_context, http2=http2, proxy=proxy if "://" in proxy else f"http://{proxy}"
            )
            for scheme in ("http", "https")
            if (proxy := getproxies().get(scheme) or getproxies().get("all"))
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises PrivateAddress, HostNotFound, and what httpx raises."""
        proxy = self._proxies.get(request.url.scheme)
        if proxy is None or _stays_here(request.url.host):
            return await self._pools[zlib.crc32(request.url.raw_host) % POOLS].handle_async_request(request)
        await self._judge(request.url.host)
        # A proxy is told the whole address, and httpcore would put the path alone in its place.
        request.extensions = {name: value for name, value in request.extensions.items() if name != "target"}
        return await proxy.handle_async_request(request)

    async def _judge(self, host: str) -> None:
        """The proxy resolves the name, perhaps to what we cannot see; what we do see must be public."""
        try:
            ips = await self._backend.resolved(host, 0)
        except (OSError, UnicodeError):
            return
        if reason := connectable(host, ips, self._exceptions):
            raise PrivateAddress(reason)

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in (*self._pools, *self._proxies.values()):
            await transport.aclose()
        self._backend.close()


def _stays_here(host: str) -> bool:
    """This machine itself, and what NO_PROXY lists, is never asked by way of a proxy."""
    ip = as_ip(host)
    return host == "localhost" or (ip is not None and ip.is_loopback) or bool(proxy_bypass(host))
