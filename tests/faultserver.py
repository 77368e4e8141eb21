"""A web server that misbehaves in every way we know of, on the loopback network.

Each site has an address of its own, so that one site's faults do not slow another. Every answer is written to the
socket by hand, because a proper server would not let it out.
"""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Handler = Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]

HTML = b"<html><head><title>Fine</title></head><body><p>All is well here.</p></body></html>"


@dataclass(frozen=True)
class Asked:
    """A request as it came in: when (seconds of the loop), what, and its headers in lower case."""

    at: float
    host: str
    path: str
    headers: dict[str, str]


def answer(body: bytes = HTML, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """A whole HTTP/1.1 answer as bytes; `length` to lie about its length."""
    given = {header.partition(":")[0].lower() for header in headers}
    lines = [f"HTTP/1.1 {status}", *headers]
    if "content-type" not in given:
        lines.append("Content-Type: text/html; charset=utf-8")
    if "content-length" not in given and "transfer-encoding" not in given:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def fixed(*parts: bytes, pause: float = 0.0, then: Callable[[asyncio.StreamWriter], None] | None = None) -> Handler:
    """Writes these bytes, with pauses between them, and then resets or closes the connection if told to."""

    async def handler(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        for number, part in enumerate(parts):
            if number and pause:
                await asyncio.sleep(pause)
            writer.write(part)
            await writer.drain()
        if then is not None:
            then(writer)

    return handler


def reset(writer: asyncio.StreamWriter) -> None:
    """End the connection with RST."""
    writer.transport.abort()


def close(writer: asyncio.StreamWriter) -> None:
    """End the connection with FIN."""
    writer.close()


def endless(start: bytes, piece: bytes, pause: float = 0.01) -> Handler:
    """Never stops. Ends when the client leaves."""

    async def handler(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return handler


def redirect(place: str, status: str = "302 Found", *headers: str) -> Handler:
    """To that place."""
    return fixed(answer(b"", status, f"Location: {place}", *headers))


def turns(*handlers: Handler) -> Handler:
    """One after the other, the last for ever."""
    left = list(handlers)

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(asked, writer)

    return handler


def bomb(megabytes: int, layers: int = 1) -> bytes:
    """Zeros, compressed as often as asked."""
    packed = bytes(megabytes << 20)
    for _ in range(layers):
        packed = gzip.compress(packed)
    return packed


@dataclass
class FaultServer:
    """Sites by host; `log` holds every request that came in, `most_open` the most answers under way at once,
    `connected` the host of every connection, also of one that asked for nothing."""

    log: list[Asked] = field(default_factory=list)
    most_open: dict[str, int] = field(default_factory=dict)
    connected: list[str] = field(default_factory=list)
    _open: dict[str, int] = field(default_factory=dict)
    _listening: list[asyncio.Server] = field(default_factory=list)
    _connections: set[asyncio.Task[None]] = field(default_factory=set)

    async def site(self, host: str, pages: Mapping[str, Handler | bytes], tls: ssl.SSLContext | None = None) -> str:
        """Open a site; gives the beginning of its addresses. A path that it does not have is a 404."""
        handlers = {path: page if callable(page) else fixed(answer(page)) for path, page in pages.items()}

        async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._connections.add(task)
            self.connected.append(host)
            try:
                await self._serve(host, handlers, reader, writer)
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
                pass  # the client left
            except asyncio.CancelledError:
                writer.transport.abort()  # the test is over
            finally:
                self._connections.discard(task)
                writer.close()

        server = await asyncio.start_server(connection, host, 0, ssl=tls)
        self._listening.append(server)
        return f"{'https' if tls else 'http'}://{host}:{server.sockets[0].getsockname()[1]}"

    def asked(self, host: str) -> list[str]:
        """The paths that were asked of a host, in order."""
        return [asked.path for asked in self.log if asked.host == host]

    async def _serve(
        self, host: str, handlers: Mapping[str, Handler], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while not writer.is_closing():
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            asked = Asked(asyncio.get_running_loop().time(), host, first.split(" ")[1], headers)
            self.log.append(asked)
            self._open[host] = self._open.get(host, 0) + 1
            self.most_open[host] = max(self.most_open.get(host, 0), self._open[host])
            try:
                await handlers.get(asked.path, fixed(answer(b"", "404 Not Found")))(asked, writer)
            finally:
                self._open[host] -= 1
            await writer.drain()

    async def stop(self) -> None:
        """Close every site and every connection."""
        for server in self._listening:
            server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)


@asynccontextmanager
async def fault_server() -> AsyncIterator[FaultServer]:
    """A server without sites, gone afterwards with all its connections."""
    server = FaultServer()
    try:
        yield server
    finally:
        await server.stop()
