"""Both papers behind a real HTTP server process.

    python -m sample.server [--port 8765] [--edition 1|2] [--log FILE] [--crawl-delay S] [--max-time S]

It says "ready" with the addresses on one line of stdout, logs each request as one JSON line, and ends on SIGTERM or
SIGINT, when the process that started it goes away, and after `--max-time` seconds. POST /-/edition with the body "2"
turns the page for both papers. Tests use `running()`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from email.utils import format_datetime, parsedate_to_datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TextIO

from sample import ADDRESSES, base
from sample.site import Answer, Site

PORT = 8765
CRAWL_DELAY = 0.1  # seconds; about 70 stories of one host are then no less than 7 s apart in all
EDITIONS = (1, 2)
CONTROL = "/-/edition"
COMPRESSED = ("text/", "application/xml", "application/rss", "application/atom", "application/feed", "image/svg")


class Press:
    """What both servers share: the edition on sale and the request log."""

    def __init__(self, edition: int, crawl_delay: float, log: TextIO | None) -> None:
        self.edition, self.crawl_delay = edition, crawl_delay
        self._log, self._lock = log, threading.Lock()
        self._sites: dict[tuple[str, int], Site] = {}

    def site(self, paper: str, port: int) -> Site:
        """The paper as it stands now."""
        with self._lock:
            key = (paper, self.edition)
            if key not in self._sites:
                self._sites[key] = Site(paper, self.edition, base(paper, port), self.crawl_delay)
            return self._sites[key]

    def note(self, **facts: Any) -> None:
        """Write one line of the log."""
        if self._log:
            with self._lock:
                self._log.write(json.dumps(facts) + "\n")
                self._log.flush()


class PaperServer(ThreadingHTTPServer):
    """One paper on its own address."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, paper: str, port: int, press: Press) -> None:
        self.paper, self.press = paper, press
        super().__init__((ADDRESSES[paper], port), Handler)

    def server_bind(self) -> None:
        # The stdlib's own version looks the address up in DNS to learn a name that nothing here needs.
        self.allow_reuse_address = True
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.socket.getsockname()


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD with keep-alive, conditions and gzip; POST only for the control address."""

    server: PaperServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "SamplePress", ""
    wbufsize = -1  # head and body leave in one piece: two small writes would wait for each other's acknowledgement
    timeout = 30  # seconds an idle connection is kept

    def do_GET(self) -> None:
        began = time.time()
        answer = self.server.press.site(self.server.paper, self.server.server_port).answer(self.path)
        status, body, headers = self._prepare(answer)
        self._send(status, headers, body)
        self._note(status, len(body), began)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        began = time.time()
        told = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode("ascii", "replace").strip()
        if self.path == CONTROL and told in map(str, EDITIONS):
            self.server.press.edition = int(told)
            self._send(204, [], b"")
            return
        self._send(405, [("Allow", "GET, HEAD"), ("Content-Length", "0")], b"")
        self._note(405, 0, began)

    def _prepare(self, answer: Answer) -> tuple[int, bytes, list[tuple[str, str]]]:
        """Status, payload and headers after conditions and compression."""
        headers = list(answer.headers)
        fresh = answer.status == 200
        if fresh:
            headers.append(("ETag", answer.etag))
            if answer.modified:
                headers.append(("Last-Modified", format_datetime(answer.modified.astimezone(UTC), usegmt=True)))
            headers.append(("Cache-Control", "max-age=60"))
        if fresh and self._unchanged(answer):
            return 304, b"", headers
        body = answer.body
        if answer.content_type:
            headers.append(("Content-Type", answer.content_type))
            if answer.content_type.startswith(COMPRESSED):
                headers.append(("Vary", "Accept-Encoding"))
                if "gzip" in self.headers.get("Accept-Encoding", ""):
                    body = gzip.compress(body, compresslevel=6, mtime=0)
                    headers.append(("Content-Encoding", "gzip"))
        if answer.status != 204:
            headers.append(("Content-Length", str(len(body))))
        return answer.status, body, headers

    def _unchanged(self, answer: Answer) -> bool:
        """RFC 9110, section 13.2.2: If-None-Match decides; If-Modified-Since only where it is absent."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
            return "*" in known or answer.etag.removeprefix("W/") in known
        since = self.headers.get("If-Modified-Since")
        if since is None or answer.modified is None:
            return False
        try:
            return answer.modified <= parsedate_to_datetime(since)
        except (ValueError, TypeError):  # an unreadable or zoneless date is no condition
            return False

    def _send(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _note(self, status: int, size: int, began: float) -> None:
        self.server.press.note(
            at=began,
            address=self.server.server_address[0],
            host=self.headers.get("Host", ""),
            paper=self.server.paper,
            client=self.client_address[1],
            method=self.command,
            path=self.path,
            status=status,
            size=size,
            seconds=round(time.time() - began, 6),
            headers=[[name.lower(), value] for name, value in self.headers.items()],
        )

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr; the JSON log has it all."""


def bind(port: int, press: Press) -> list[PaperServer]:
    """Both papers on one port; 0 takes a port that is free on both addresses. Raises OSError."""
    for attempt in range(20):
        first, second = ADDRESSES
        servers = [PaperServer(first, port, press)]
        try:
            servers.append(PaperServer(second, servers[0].server_port, press))
        except OSError:
            servers[0].server_close()
            if port or attempt == 19:
                raise
            continue
        return servers
    raise AssertionError("unreachable")


def serve(servers: Sequence[PaperServer], *, max_time: float) -> None:
    """Until a signal, the end of the parent or of the time."""
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    for server in servers:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    parent, deadline = os.getppid(), time.monotonic() + max_time
    names = " and ".join(f"{server.paper} at {base(server.paper, server.server_port)}/" for server in servers)
    print(f"ready: {names}", flush=True)
    while not ended.wait(0.25) and os.getppid() == parent and time.monotonic() < deadline:
        pass
    for server in servers:
        server.shutdown()
        server.server_close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; exit code 2 with one line when the addresses cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m sample.server", description="Serve the sample newspaper.")
    parser.add_argument("--port", type=int, default=PORT, help=f"default {PORT}; 0 takes a free one and prints it")
    parser.add_argument("--edition", type=int, choices=EDITIONS, default=1, help="2 is the day after")
    parser.add_argument("--log", type=Path, help="append each request to this file as a JSON line")
    parser.add_argument("--crawl-delay", type=float, default=CRAWL_DELAY, help="seconds in robots.txt; 0 leaves it out")
    parser.add_argument("--max-time", type=float, default=3600, help="end by itself after so many seconds")
    options = parser.parse_args(arguments)
    log = options.log.open("a", encoding="utf-8") if options.log else None
    try:
        servers = bind(options.port, Press(options.edition, options.crawl_delay, log))
    except OSError as error:
        print(
            f"cannot listen on {' and '.join(ADDRESSES.values())}, port {options.port}: {error.strerror}; "
            "choose another --port, and on macOS first run `sudo ifconfig lo0 alias ADDRESS` for each address",
            file=sys.stderr,
        )
        return 2
    serve(servers, max_time=options.max_time)
    return 0


@dataclass(frozen=True, slots=True)
class Running:
    """The server process of `running()`. `gazette` and `tribune` are home addresses without the slash."""

    port: int
    process: subprocess.Popen[str]
    log: Path

    @property
    def gazette(self) -> str:
        return base("gazette", self.port)

    @property
    def tribune(self) -> str:
        return base("tribune", self.port)

    def publish(self, edition: int) -> None:
        """Turn the page for both papers."""
        connection = HTTPConnection(ADDRESSES["gazette"], self.port, timeout=10)
        try:
            connection.request("POST", CONTROL, body=str(edition))
            if (status := connection.getresponse().status) != 204:
                raise RuntimeError(f"the server answered {status} to edition {edition}; there are {EDITIONS}")
        finally:
            connection.close()

    def requests(self) -> list[dict[str, Any]]:
        """What was asked so far, in the order of the answers; see `Handler._note` for the keys."""
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]


@contextmanager
def running(*, edition: int = 1, port: int = 0, crawl_delay: float = 0.0, max_time: float = 600) -> Iterator[Running]:
    """The sample newspaper as a server process, ready when the block begins and gone when it ends."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "requests.jsonl"
        log.touch()
        command = [sys.executable, "-m", "sample.server", "--port", str(port), "--edition", str(edition)]
        command += ["--log", str(log), "--crawl-delay", str(crawl_delay), "--max-time", str(max_time)]
        root = Path(__file__).parents[1]
        with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            try:
                ready = process.stdout.readline()
                if not ready.startswith("ready"):
                    raise RuntimeError("the sample server did not start; its message on stderr says why")
                yield Running(int(ready.rstrip("/\n").rpartition(":")[2]), process, log)
            finally:
                process.terminate()


if __name__ == "__main__":
    sys.exit(main())
