"""How much memory does a crawl take when the servers want all of it?

    python -m bench.hostile [--hosts 12] [--pages 6] [--seconds 60] [--ordinary]

Serves newspapers from a process of its own on 127.4.0.0/16 whose feeds, sitemaps, robots.txt, headers and pages are
as large as they can be made, plain and compressed; `--ordinary` serves pages of 60 KB in their place. Crawls them with
the real command, and says the most that the main process held (VmHWM) and the most that all its processes held
together (PSS: pages of memory that several share count once). Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import zstandard

PORT = 8094
WORDS = b"council town met Tuesday spoke bridge river member market school road water night rice boat".split()


def host(number: int) -> str:
    return f"127.4.{number // 250}.{number % 250 + 1}"


def html(size: int, number: int = 0) -> bytes:
    """A story of about that many bytes; each number tells another one."""
    pick = random.Random(number).choices
    lines = [
        b"<p>The %b of <b>%b</b> said so.</p>\n" % (b" ".join(pick(WORDS, k=12)), pick(WORDS)[0]) for _ in range(50)
    ]
    text = b"".join(lines)
    head = b"<html><head><title>Bridge %d</title></head><body><article><h1>Bridge %d</h1>" % (number, number)
    return head + text * (size // len(text) + 1) + b"</article></body></html>"


def script(size: int) -> bytes:
    """A short story with a large script, as pages made by JavaScript frameworks have."""
    blob = b'{"a":"some text of a story","b":[1,2,3]},'
    return html(3_000) + b"<script type='application/json'>[" + blob * (size // len(blob)) + b"1]</script>"


def feed(base: str, pages: int) -> bytes:
    items = "".join(f"<item><title>Bridge {n}</title><link>{base}/{n}</link></item>" for n in range(pages))
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Paper</title>{items}</channel></rss>".encode()


def sitemap(base: str, size: int) -> bytes:
    entry = "<url><loc>{}/story-of-the-town-and-its-bridge-{}</loc><lastmod>2024-05-05</lastmod></url>\n"
    entries = "".join(entry.format(base, n) for n in range(size // 110))
    return (
        f"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{entries}</urlset>".encode()
    )


def nested(body: bytes, layers: int) -> bytes:
    for _ in range(layers):
        body = gzip.compress(body, 6)
    return body


def hostile_pages() -> list[tuple[str, Callable[[int], bytes]]]:
    """Each a Content-Encoding and what makes the body of a page by its number."""
    million = 1_000_000
    packed = {
        "gzip": [gzip.compress(each, 6) for each in (html(9 * million), html(49 * million), script(9 * million))],
        "br": [brotli.compress(html(size), quality=3) for size in (9 * million, 49 * million)],
        "zstd": [zstandard.compress(html(size), 3) for size in (9 * million, 49 * million)],
        "gzip, gzip": [nested(html(49 * million), 2), nested(bytes(200 * million), 2)],
    }
    made: list[tuple[str, Callable[[int], bytes]]] = [
        (coding, lambda _, body=body: body) for coding, bodies in packed.items() for body in bodies
    ]
    noise = os.urandom(9 * million)
    plain = [html(9 * million), html(19 * million), html(49 * million), gzip.compress(noise.hex().encode(), 1)]
    made += [("", lambda _, body=body: body) for body in plain]
    return [*made, ("endless", lambda _: b""), ("headers", lambda n: html(30_000, n))]


async def serve(hosts: int, pages: int, ordinary: bool, ready: Callable[[], None]) -> None:
    kinds = [("", lambda n: html(4_000, n) + script(50_000)[-50_000:])] if ordinary else hostile_pages()
    listings = {}
    if not ordinary:
        big = sitemap(f"http://{host(0)}:{PORT}", 45_000_000)
        listings = {b"/big.xml": gzip.compress(big, 3), b"/huge.xml": sitemap(f"http://{host(0)}:{PORT}", 5_500_000)}
        robots = b"User-agent: *\nDisallow: /private\n" + b"# a comment without end\n" * 2_000_000

    async def write(writer: asyncio.StreamWriter, body: bytes, *headers: str) -> None:
        lines = ["HTTP/1.1 200 OK", *headers, "Transfer-Encoding: chunked"]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        for at in range(0, len(body), 1 << 16):
            piece = body[at : at + (1 << 16)]
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    def site(number: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]:
        base = f"http://{host(number)}:{PORT}"

        async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while head := await reader.readuntil(b"\r\n\r\n"):
                    path = head.split(b" ")[1]
                    if path == b"/robots.txt":
                        await write(writer, b"" if ordinary else robots, "Content-Type: text/plain")
                    elif path == b"/feed.xml":
                        await write(writer, feed(base, pages), "Content-Type: application/rss+xml")
                    elif path in listings:
                        await write(writer, listings[path], "Content-Type: application/xml")
                    else:
                        name = int(path[1:]) if path[1:].isdigit() else 0
                        coding, body = kinds[(number + name) % len(kinds)]
                        if coding == "endless":
                            await endless(writer)
                        coded = [f"Content-Encoding: {coding}"] if coding and coding != "headers" else []
                        many = [f"X-{n}: {'x' * 1000}" for n in range(55)] if coding == "headers" else []
                        await write(writer, body(100 * number + name), "Content-Type: text/html", *coded, *many)
                    await writer.drain()
            except (asyncio.IncompleteReadError, ConnectionError):
                pass
            finally:
                writer.close()

        return connection

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            await writer.drain()

    servers = [await asyncio.start_server(site(number), host(number), PORT) for number in range(hosts)]
    ready()
    await asyncio.gather(*(server.serve_forever() for server in servers))


def server_process(hosts: int, pages: int, ordinary: bool, ready: object) -> None:
    asyncio.run(serve(hosts, pages, ordinary, ready.set))  # type: ignore[attr-defined]


def config(hosts: int, ordinary: bool) -> str:
    lines = ["network: {allow: [127.4.0.0/16], delay: 0}", "sources:"]
    for number in range(hosts):
        base = f"http://{host(number)}:{PORT}"
        listings = [f"{base}/feed.xml"]
        if not ordinary and number % 3 == 0:
            listings.append(f"{base}/{'big' if number % 2 else 'huge'}.xml")
        lines.append(f"  - {{id: paper{number}, homepage: '{base}/', listings: {listings}}}")
    return "\n".join(lines) + "\n"


def family(pid: int) -> Iterator[int]:
    """A process and all that it started."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    pending = [pid]
    while pending:
        each = pending.pop()
        yield each
        pending += parents.get(each, [])


def kilobytes(file: Path, name: str) -> int:
    """What a line of a file below /proc says; 0 when the process has gone."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def shares(pids: Iterable[int]) -> list[int]:
    """PSS of each process, in KB."""
    return [kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss") for pid in pids]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=12)
    parser.add_argument("--pages", type=int, default=6)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--ordinary", action="store_true")
    asked = parser.parse_args()
    ready = multiprocessing.Event()
    server = multiprocessing.Process(
        target=server_process, args=(asked.hosts, asked.pages, asked.ordinary, ready), daemon=True
    )
    server.start()
    ready.wait()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_text(config(asked.hosts, asked.ordinary), encoding="utf-8")
        command = [sys.executable, "-m", "scraper", "crawl", "--config", str(path), "--max-time", f"{asked.seconds}s"]
        began = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
            most, alone = [0], 0
            while run.poll() is None:
                most = max(most, shares(family(run.pid)), key=sum)
                alone = max(alone, kilobytes(Path(f"/proc/{run.pid}/status"), "VmHWM"))
                time.sleep(0.1)
            seconds = time.monotonic() - began
            assert run.stdout is not None
            print(run.stdout.read(), end="")
    server.terminate()
    print(f"{asked.hosts} hosts, {asked.pages} pages each: {seconds:.1f} s, exit code {run.returncode}")
    print(f"main process: {alone / 1024:.0f} MB at most")
    print(f"all processes: {sum(most) / 1024:.0f} MB at most (PSS), {[round(each / 1024) for each in most]}")


if __name__ == "__main__":
    main()
