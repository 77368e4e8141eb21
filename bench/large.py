"""How an archive does when it is large: filing, searching, near duplicates, room on the disk.

    python bench/large.py [--articles 20000] [--laid N] [--folder DIR]

Articles of 150 to 450 words come from a dice with a fixed seed (`bench.press`): five scripts, words by Zipf's law,
one in twenty a copy of a late one at another newspaper with a new lead. Each is recorded as a crawl would, one
transaction each. A million take two hours; with --laid, so many in the middle are laid down in bulk (`bench.bulk`), and
the rate is measured before and behind them. With --folder the archive is kept, and one that is there already is only
asked. Rates are by the time of the processor: other programs do not count.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from archive import Archive, clusters, search
from archive.identity import shingles, signature
from bench.bulk import lay
from bench.press import SCRIPTS, Press

LOOKS = 9  # times each question is asked; the median counts
STEP = 1_000  # articles between two looks at the clock


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--laid", type=int, default=0)
    options = parser.parse_args()
    press = Press(options.articles - options.laid)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        fresh = not (folder / "morgue.db").exists()
        with Archive(folder, writable=True, captures="none") as archive:
            if fresh:
                fill(archive, press, options.laid)
            archive.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        print(f"memory of filing: {peak():.0f} MB at most", flush=True)
        with Archive(folder) as archive:
            ask(archive, press)
            duplicates(archive)
            room(archive)
    print(f"memory: {peak():.0f} MB at most")


def fill(archive: Archive, press: Press, laid: int) -> None:
    begun = time.monotonic()
    spent: list[float] = []  # seconds of the processor for each STEP articles
    step = 0.0
    for number, visit in enumerate(press.visits(laid), 1):
        before = time.process_time()
        archive.record(visit)
        step += time.process_time() - before
        if number % STEP == 0:
            spent.append(step)
            step = 0.0
            if len(spent) % 10 == 0:
                print(f"filed {number:9,}: {10 * STEP / sum(spent[-10:]):.0f} a second", flush=True)
        if laid and number == press.articles // 2:
            lay(archive, number + laid)
            print(f"laid  {laid:9,}: {time.monotonic() - begun:.0f} s", flush=True)
    tenth = max(1, len(spent) // 10)
    rates = [STEP * len(part) / sum(part) for at in range(10) if (part := spent[at * tenth : (at + 1) * tenth])]
    print(f"filing: {' '.join(f'{rate:.0f}' for rate in rates)} a second, by tenths of what was recorded one by one")
    half = len(spent) // 2
    print(f"filing: last tenth at {rates[-1] / rates[0]:.2f} of the first, second half at", end=" ")
    print(f"{sum(spent[:half]) / sum(spent[-half:]):.2f} of the first; {time.monotonic() - begun:.0f} s in all")


def ask(archive: Archive, press: Press) -> None:
    """A page is what the search page shows: twenty hits with snippets, and how many there are, up to 10,000."""
    for kind, words in questions(press):
        page = milliseconds(lambda words=words: search.counted(archive.db, words, most=10_001))
        print(f"search: {kind:28} {page:7.1f} ms a page of {search.count(archive.db, words):,} hits")
    for script in ("Latin", "Khmer"):
        words = press.words[script][0]
        for filters in ({"source": "paper7"}, {"from_": "2016-02", "to": "2016-02"}):
            page = milliseconds(lambda w=words, f=filters: search.counted(archive.db, w, most=10_001, **f))
            print(f"search: {script}, the commonest word {page:7.1f} ms a page, {filters}")


def questions(press: Press) -> list[tuple[str, str]]:
    """(what kind, search): words by their rank, phrases, beginnings, columns."""
    found = []
    for script, (_, _, _, between) in SCRIPTS.items():
        known = press.words[script]
        found += [
            (f"{script}, the commonest word", known[0]),
            (f"{script}, word 100", known[100]),
            (f"{script}, word 20,000", known[20_000] if len(known) > 20_000 else known[-1]),
            (f"{script}, two common words", f"{known[3]} {known[10]}"),
            (f"{script}, common phrase", f'"{known[0]}{between}{known[1]}"'),
            (f"{script}, one of two", f"{known[50]} OR {known[3_000 % len(known)]}"),
            (f"{script}, beginning of a word", known[200][:3] + "*"),
            (f"{script}, one syllable", known[0][:1] + ("*" if between else "")),
            (f"{script}, in the headline", f"title:{known[20]}"),
        ]
    return found


def duplicates(archive: Archive) -> None:
    newest = archive.db.execute("SELECT max(id) FROM articles").fetchone()[0]
    times = []
    for number in range(max(1, newest - 500), newest + 1):
        story = archive.article(number)
        assert story is not None
        values = signature(shingles(story.text))
        begun = time.perf_counter()
        clusters.candidates(archive.db, number, clusters.bands(values), clusters.sketch(values))
        times.append((time.perf_counter() - begun) * 1000)
    times.sort()
    print(
        f"near duplicates: {statistics.median(times):.2f} ms a look-up, 99 of 100 below {times[-len(times) // 100]:.2f}"
    )


def room(archive: Archive) -> None:
    count, text = archive.db.execute("SELECT count(*), sum(length(CAST(text AS BLOB))) FROM texts").fetchone()
    pages: dict[str, int] = dict(archive.db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name").fetchall())
    total = sum(pages.values())
    print(f"room: {total / count:.0f} bytes an article, {text / count:.0f} of them text; all but texts", end=" ")
    print(f"{(total - pages['texts']) / text:.2f} x the text, search index", end=" ")
    print(f"{sum(size for name, size in pages.items() if name.startswith('search')) / text:.2f} x the text")
    for name, size in sorted(pages.items(), key=lambda item: -item[1])[:12]:
        print(f"      {name:28} {size / count:7.0f} bytes an article")


def peak() -> float:
    """Most memory that the process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def milliseconds(question: Callable[[], object]) -> float:
    times = []
    for _ in range(LOOKS):
        begun = time.perf_counter()
        question()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
