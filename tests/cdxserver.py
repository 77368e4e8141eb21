"""A small Wayback Machine on loopback: the CDX API and `id_` captures, with their habits.

As the real one it answers in text or in JSON, filters, collapses, cuts by `limit` with a resumption key, counts and
serves pages (`showNumPages`, `page`), answers 429 with Retry-After to whoever asks too often, and sends a capture of
another time on to the nearest one. A capture of a redirect redirects, to a capture; one of a packed body is packed.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit

import httpx

Given = tuple[int, bytes, Sequence[tuple[str, str]]]
FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
HOST = "127.1.0.9"
BLOCK = 3  # rows of a page of the pagination API; the real one counts in blocks of 3,000


@dataclass(frozen=True)
class Memento:
    """One capture."""

    stamp: str
    original: str
    body: bytes
    mime: str = "text/html"
    status: str = "200"
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def row(self) -> dict[str, str]:
        digest = f"{abs(hash(self.body)):032X}"
        facts = (surt(self.original), self.stamp, self.original, self.mime, self.status, digest, str(len(self.body)))
        return dict(zip(FIELDS, facts, strict=True))


def surt(url: str) -> str:
    """The key by which the index is sorted: host turned around, then the path."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    turned = host if re.fullmatch(r"[\d.]+", host) else ",".join(reversed(host.split(".")))
    port = f":{parts.port}" if parts.port and parts.port not in (80, 443) else ""
    return f"{turned}{port}){parts.path or '/'}{'?' + parts.query if parts.query else ''}".lower()


def matches(row: dict[str, str], url: str, kind: str) -> bool:
    """Does `matchType` let this row in?"""
    asked = surt(url if "://" in url else f"http://{url}")
    host, _, _ = asked.partition(")")
    if kind == "exact":
        return row["urlkey"] == asked
    if kind == "prefix":
        return row["urlkey"].startswith(asked)
    own = row["urlkey"].partition(")")[0]
    return own == host or (kind == "domain" and own.startswith(host + ","))


@dataclass
class Index:
    """All captures, and what was asked for.

    text      answer in text whatever is asked for
    keyless   know no resumption keys, as other CDX servers
    busy      every so many requests a 429, with Retry-After of 1 second; 0 for never
    robots    its robots.txt
    trouble   number of a request, from 1 -> what it gets in place of an answer: status, body, headers
    """

    mementos: Sequence[Memento]
    text: bool = False
    keyless: bool = False
    busy: int = 0
    robots: bytes = b""
    trouble: Mapping[int, Given] = field(default_factory=dict)
    log: list[tuple[str, int]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def rows(self, asked: dict[str, list[str]]) -> list[dict[str, str]]:
        """The rows that a query is about, before it is cut."""
        start, end = asked.get("from", ["0"])[0].ljust(14, "0"), asked.get("to", ["9"])[0].ljust(14, "9")
        kind = asked.get("matchType", ["exact"])[0]
        found = sorted((memento.row for memento in self.mementos), key=lambda row: (row["urlkey"], row["timestamp"]))
        found = [row for row in found if matches(row, asked["url"][0], kind) and start <= row["timestamp"] <= end]
        for wish in asked.get("filter", []):
            name, _, pattern = wish.partition(":")
            found = [row for row in found if bool(re.fullmatch(pattern, row[name.lstrip("!")])) != (name[0] == "!")]
        if collapse := asked.get("collapse", [""])[0]:
            name, _, digits = collapse.partition(":")
            seen, kept = None, []
            for row in found:
                value = row[name][: int(digits)] if digits else row[name]
                if value != seen:
                    kept.append(row)
                seen = value
            found = kept
        return found

    def answer(self, asked: dict[str, list[str]]) -> tuple[bytes, str]:
        """Body and content type."""
        found, key = self.rows(asked), None
        if "showNumPages" in asked:
            return str(-(-len(found) // BLOCK)).encode(), "text/plain"
        if "page" in asked:
            at = int(asked["page"][0]) * BLOCK
            found = found[at : at + BLOCK]
        if "resumeKey" in asked and not self.keyless:
            urlkey, _, stamp = asked["resumeKey"][0].rpartition(" ")
            found = [row for row in found if (row["urlkey"], row["timestamp"]) >= (urlkey, stamp.rstrip("!"))]
        found = found[int(asked.get("offset", ["0"])[0]) :]
        limit = int(asked.get("limit", ["100000"])[0])
        if len(found) > limit and not self.keyless and asked.get("showResumeKey") == ["true"]:
            key = quote(f"{found[limit]['urlkey']} {found[limit]['timestamp']}", safe="").replace("%20", "+")
        found = found[:limit]
        names = asked.get("fl", [",".join(FIELDS)])[0].split(",")
        table = [[row[name] for name in names] for row in found]
        if asked.get("output") == ["json"] and not self.text:
            whole = [names, *table] if table else []
            return json.dumps([*whole, *([[], [key]] if key else [])]).encode(), "application/json"
        lines = [" ".join(row) for row in table] + (["", key] if key else [])
        return "".join(f"{line}\n" for line in lines).encode(), "text/plain"

    def nearest(self, url: str, stamp: str) -> Memento | None:
        """The capture of an address that is nearest to a time."""
        same = [memento for memento in self.mementos if surt(memento.original) == surt(url)]
        return min(same, key=lambda memento: abs(int(memento.stamp) - int(stamp)), default=None)

    def respond(self, path: str) -> Given:
        """What a request gets."""
        with self.lock:
            turn = len(self.log) + 1
            given = self.trouble.get(turn)
            if self.busy and turn % self.busy == 0 and path != "/robots.txt":
                given = (429, b"Too Many Requests", [("Retry-After", "1")])
            given = given or self._given(path)
            self.log.append((path, 200 if given[0] == 404 or given[0] == 302 else given[0]))
        return given

    def _given(self, path: str) -> Given:
        if path.startswith("/cdx/search/cdx?"):
            body, kind = self.answer(parse_qs(path.partition("?")[2]))
            return 200, body, [("Content-Type", kind)]
        if found := re.match(r"/web/(\d{1,14})id_/(.+)$", path):
            return self._captured(found[1], unquote(found[2]))
        if path == "/robots.txt" and self.robots:
            return 200, self.robots, [("Content-Type", "text/plain")]
        return 404, b"", []

    def _captured(self, stamp: str, url: str) -> Given:
        memento = self.nearest(url, stamp.ljust(14, "0"))
        if memento is None:
            return 404, b"<html><body>Wayback Machine has not archived that URL.</body></html>", []
        if memento.stamp != stamp:
            return 302, b"", [("Location", f"/web/{memento.stamp}id_/{memento.original}")]
        at = datetime.strptime(memento.stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        stated = [("Memento-Datetime", format_datetime(at, usegmt=True)), ("Content-Type", memento.mime)]
        own = [(f"X-Archive-Orig-{name}", value) for name, value in memento.headers]
        if memento.status[0] == "3":
            target = dict(memento.headers)["Location"]
            return int(memento.status), b"", [*stated, *own, ("Location", f"/web/{memento.stamp}id_/{target}")]
        return 200, memento.body, [*stated, *own]


class Offline(httpx.AsyncBaseTransport):
    """The same machine without a network."""

    def __init__(self, index: Index) -> None:
        self.index = index

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        status, body, headers = self.index.respond(request.url.raw_path.decode())
        return httpx.Response(status, headers=list(headers), stream=httpx.ByteStream(body), request=request)


class Handler(BaseHTTPRequestHandler):
    server: Machine
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        status, body, headers = self.server.index.respond(self.path)
        self.send_response(status)
        for name, value in [*headers, ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr; the index keeps the log."""


class Machine(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, index: Index) -> None:
        self.index = index
        super().__init__((HOST, 0), Handler)

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)  # the stdlib's own version looks the address up in DNS
        self.server_address = self.socket.getsockname()

    @property
    def base(self) -> str:
        return f"http://{HOST}:{self.server_address[1]}"


@contextmanager
def wayback(index: Index) -> Iterator[str]:
    """The machine at work; its address without a slash."""
    machine = Machine(index)
    thread = threading.Thread(target=machine.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield machine.base
    finally:
        machine.shutdown()
        machine.server_close()
        thread.join()
