"""A connection for httpcore, on asyncio's own transports.

httpcore brings one on anyio, which serves two event loops; for a crawl, that cost a third of the time of a request.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

# Bytes that came and were not read yet. Beyond it the other side has to wait.
ENOUGH = 1 << 16


async def connect(
    ip: str,
    port: int,
    timeout: float | None,
    local_address: str | None = None,
    options: Iterable[httpcore.SOCKET_OPTION] | None = None,
) -> Stream:
    """A connection to an IP address. Raises httpcore's ConnectTimeout and ConnectError."""
    local = None if local_address is None else (local_address, 0)
    try:
        async with asyncio.timeout(timeout):
            transport, stream = await asyncio.get_running_loop().create_connection(Stream, ip, port, local_addr=local)
    except TimeoutError as error:
        raise httpcore.ConnectTimeout(str(error)) from error
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    for option in options or ():
        transport.get_extra_info("socket").setsockopt(*option)
    return stream


class Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One reader and one writer at a time, as httpcore has them."""

    def __init__(self) -> None:
        self._came = bytearray()
        self._ended = False
        self._failure: Exception | None = None
        self._paused = False
        self._readable: asyncio.Future[bool] | None = None
        self._writable: asyncio.Future[bool] | None = None

    # What the transport tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Again after `start_tls`."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._came += data
        if len(self._came) > ENOUGH and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        _wake(self._readable)

    def eof_received(self) -> bool:
        """No more will come."""
        self._ended = True
        _wake(self._readable)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Neither in nor out."""
        self._ended = True
        self._failure = self._failure or error
        _wake(self._readable)
        _wake(self._writable)

    def pause_writing(self) -> None:
        """The other side reads slowly."""
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """It caught up."""
        _wake(self._writable)
        self._writable = None

    # What httpcore asks

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes, b"" at the end. Raises httpcore's ReadTimeout and ReadError."""
        if not self._came and not self._ended:
            self._readable = asyncio.get_running_loop().create_future()
            if not await _in_time(self._readable, timeout):
                raise httpcore.ReadTimeout("nothing came")
        if not self._came:
            if self._failure is not None:
                raise httpcore.ReadError(str(self._failure)) from self._failure
            return b""
        piece = bytes(self._came[:max_bytes])
        del self._came[:max_bytes]
        if self._paused and len(self._came) <= ENOUGH // 2:
            self._paused = False
            self._transport.resume_reading()
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of it. Raises httpcore's WriteTimeout and WriteError."""
        if self._failure is not None or self._transport.is_closing():
            raise httpcore.WriteError(str(self._failure or "closed")) from self._failure
        if not buffer:
            return
        self._transport.write(buffer)
        if self._writable is not None and not await _in_time(self._writable, timeout):
            raise httpcore.WriteTimeout("nothing is taken")
        if self._failure is not None:
            raise httpcore.WriteError(str(self._failure)) from self._failure

    async def aclose(self) -> None:
        """At once."""
        self._transport.abort()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> Stream:
        """The same connection, from now on over TLS. Raises httpcore's ConnectTimeout and ConnectError."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                transport = await loop.start_tls(
                    self._transport, self, ssl_context, server_hostname=server_hostname, ssl_shutdown_timeout=1.0
                )
        except TimeoutError as error:
            self._transport.abort()
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:  # ssl.SSLError is one
            self._transport.abort()
            raise httpcore.ConnectError(str(error)) from error
        if transport is None:
            raise httpcore.ConnectError("the connection ended during the handshake")
        self.connection_made(transport)
        return self

    def get_extra_info(self, info: str) -> Any:
        """What httpcore wants to know of a connection."""
        if info == "is_readable":  # of an idle one: the other side has ended it, or speaks out of turn
            return bool(self._came) or self._ended
        names = {"server_addr": "peername", "client_addr": "sockname", "ssl_object": "ssl_object", "socket": "socket"}
        return self._transport.get_extra_info(names[info]) if info in names else None


def _wake(waiting: asyncio.Future[bool] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(True)


def _give_up(waiting: asyncio.Future[bool]) -> None:
    if not waiting.done():
        waiting.set_result(False)


async def _in_time(waiting: asyncio.Future[bool], timeout: float | None) -> bool:
    """Wait for it; False when the time is up first. Cheaper than `asyncio.timeout`, thousands of times a second."""
    if timeout is None:
        return await waiting
    late = asyncio.get_running_loop().call_later(timeout, _give_up, waiting)
    try:
        return await waiting
    finally:
        late.cancel()
