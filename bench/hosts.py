"""Do hosts wait for each other? Many hosts with a delay and a latency each, crawled side by side.

    python -m bench.hosts [--hosts 300] [--pages 5] [--delay 1.0] [--latency 0.15]

Serves them from a process of its own on 127.3.0.0/16, fetches every page, and compares the time with what the delays
alone require: requests per host (robots.txt among them) less one, times the delay.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import multiprocessing
import resource
import time
from itertools import pairwise
from multiprocessing.connection import Connection

from scraper.config import Network
from scraper.fetch import Fetcher

PORT = 8093
BODY = b"<html><head><title>Page</title></head><body>" + b"<p>Words of a story.</p>" * 400 + b"</body></html>"


def host(number: int) -> str:
    return f"127.3.{number // 250}.{number % 250 + 1}"


async def serve(hosts: int, latency: float, pipe: Connection) -> None:
    """Answers every request after the latency; at the end tells the least distance of two requests to one host."""
    seen: dict[str, list[float]] = {}

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = writer.get_extra_info("sockname")[0]
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                seen.setdefault(name, []).append(time.monotonic())
                await asyncio.sleep(latency)
                found = b"/robots.txt" not in head
                body = BODY if found else b""
                status = b"200 OK" if found else b"404 Not Found"
                writer.write(
                    b"HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
                )
                writer.write(body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    servers = [await asyncio.start_server(connection, host(number), PORT) for number in range(hosts)]
    pipe.send("ready")
    await asyncio.to_thread(pipe.recv)
    pipe.send(min(later - sooner for times in seen.values() for sooner, later in pairwise(times)))
    for server in servers:
        server.close()


def server_process(hosts: int, latency: float, pipe: Connection) -> None:
    asyncio.run(serve(hosts, latency, pipe))


async def crawl(hosts: int, pages: int, delay: float) -> float:
    """Seconds until every page of every host is here."""
    network = Network(allow=("127.3.0.0/16",), delay=delay)
    async with Fetcher(network) as fetcher:
        started = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for number in range(hosts):
                for page in range(pages):
                    tasks.create_task(fetcher.get(f"http://{host(number)}:{PORT}/{page}"))
        return time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=300)
    parser.add_argument("--pages", type=int, default=5)
    parser.add_argument("--delay", type=float, default=1.0)
    parser.add_argument("--latency", type=float, default=0.15)
    asked = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=server_process, args=(asked.hosts, asked.latency, theirs), daemon=True)
    server.start()
    ours.recv()
    gc.freeze()  # as a run of Morgue does: what was imported is not looked through again and again
    seconds = asyncio.run(crawl(asked.hosts, asked.pages, asked.delay))
    ours.send("done")
    closest = ours.recv()
    server.join(5)
    required = asked.pages * asked.delay
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{asked.hosts} hosts, {asked.pages} pages each: {seconds:.2f} s")
    print(f"the delays alone require {required:.2f} s: {seconds / required:.2f} times that")
    print(f"closest requests to one host: {closest:.3f} s apart")
    print(f"CPU {usage.ru_utime + usage.ru_stime:.1f} s, memory {usage.ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
