"""Measure an import: records a second that are passed over by host, articles a second that are filed, memory.

python bench/imports.py [RECORDS] [WORKERS]
"""

from __future__ import annotations

import asyncio
import random
import resource
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive import Archive
from scraper.config import load
from scraper.importing import Choice, import_file
from scraper.pipeline import Run
from scraper.workers import Reader

CONFIG = "sources:\n  - https://paper0.test/\n"
HOSTS = 20


def write(path: Path, records: int) -> None:
    """A file as CC-NEWS has them: pages of about 60 kB, mostly furniture, of many hosts."""
    dice = random.Random(20171127)
    words = ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=dice.randint(3, 10))) for _ in range(5_000)]
    furniture = "".join(
        f'<li class="x{i}"><a href="/{i}">{" ".join(dice.choices(words, k=6))}</a></li>' for i in range(600)
    )
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for number in range(records):
            host = f"paper{number % HOSTS}.test"
            text = "".join(f"<p>{' '.join(dice.choices(words, k=60)).capitalize()}.</p>" for _ in range(10))
            body = (
                f"<!doctype html><html lang=en><title>Story {number}</title><body><nav><ul>{furniture}</ul></nav>"
                f"<article><h1>Story number {number}</h1>{text}</article></body></html>"
            ).encode()
            record = writer.create_warc_record(
                f"https://{host}/{number}",
                "response",
                payload=BytesIO(body),
                length=len(body),
                http_headers=StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1"),
                warc_headers_dict={"WARC-Date": "2017-11-27T03:00:00Z"},
            )
            writer.write_record(record)


def bring_in(folder: Path, path: Path, workers: int, hosts: tuple[str, ...]) -> None:
    """One import, and what it took."""
    config = load(folder / "config.yaml")

    async def perform(archive: Archive) -> None:
        async with Reader(workers) as reader:
            run = Run(archive=archive, fetcher=None, reader=reader)  # type: ignore[arg-type]  # nothing is fetched
            begun = time.perf_counter()
            state = await import_file(path, Choice(config, hosts), run, workers=workers)
            seconds = time.perf_counter() - begun
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{', '.join(hosts) or 'all hosts'}: {state.records} records = {state.filed} filed"
            f" + {sum(state.rejected.values())} rejected in {seconds:.1f} s: {state.records / seconds:.0f} records/s,"
            f" {state.filed / seconds:.0f} filed/s; {memory:.0f} MB at most in the main process"
        )

    with Archive(folder / "data", writable=True) as archive:
        asyncio.run(perform(archive))


def main() -> None:
    """Import the same file for no host that is in it, for one host, and whole."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.yaml").write_text(CONFIG)
        path = folder / "news.warc.gz"
        write(path, records)
        print(f"{path.stat().st_size / 1e6:.0f} MB, {workers} workers")
        bring_in(folder, path, workers, ("elsewhere.test",))
        bring_in(folder, path, workers, ("paper3.test",))
        bring_in(folder, path, workers, ())


if __name__ == "__main__":
    main()
