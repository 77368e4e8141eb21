"""A small Wayback Machine on loopback: the CDX API and `id_` captures, with their habits.

As the real one it answers in text or in JSON, filters, collapses, cuts by `limit` with a resumption key, counts and
serves pages (`showNumPages`, `page`), answers 429 with Retry-After to whoever asks too often, and sends a capture of
another time on to the nearest one.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit

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
    """

    mementos: Sequence[Memento]
    text: bool = False
    keyless: bool = False
    busy: int = 0
    robots: bytes = b""
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


class Handler(BaseHTTPRequestHandler):
    server: Machine
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        index = self.server.index
        with index.lock:
            turn = len(index.log) + 1
            refused = bool(index.busy and turn % index.busy == 0 and self.path != "/robots.txt")
            index.log.append((self.path, 429 if refused else 200))
        if refused:
            self._send(429, b"Too Many Requests", [("Retry-After", "1")])
        elif self.path.startswith("/cdx/search/cdx?"):
            body, kind = index.answer(parse_qs(self.path.partition("?")[2]))
            self._send(200, body, [("Content-Type", kind)])
        elif found := re.match(r"/web/(\d{1,14})id_/(.+)$", self.path):
            self._memento(found[1], unquote(found[2]))
        elif self.path == "/robots.txt" and index.robots:
            self._send(200, index.robots, [("Content-Type", "text/plain")])
        else:
            self._send(404, b"", [])

    def _memento(self, stamp: str, url: str) -> None:
        memento = self.server.index.nearest(url, stamp.ljust(14, "0"))
        if memento is None:
            self._send(404, b"<html><body>Wayback Machine has not archived that URL.</body></html>", [])
        elif memento.stamp != stamp:
            self._send(302, b"", [("Location", f"/web/{memento.stamp}id_/{memento.original}")])
        else:
            at = datetime.strptime(memento.stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
            own = [(f"X-Archive-Orig-{name}", value) for name, value in memento.headers]
            stated = [("Memento-Datetime", format_datetime(at, usegmt=True)), ("Content-Type", memento.mime)]
            self._send(200, memento.body, [*stated, *own])

    def _send(self, status: int, body: bytes, headers: list[tuple[str, str]]) -> None:
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
