"""Does filing keep its rate? The same articles into two archives in turns, under the same load of the machine.

    python bench/inturns.py LARGE SMALL [--articles 5000]

Folders of archives that `bench/large.py --folder` made; they keep the articles. Rates are by the time of the processor.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from archive import Archive
from archive.records import Visit
from bench.press import Press

BLOCK = 250  # articles in a turn
LATER = 1_000_000  # articles' time that has passed since the archives were made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs=2, type=Path, metavar="FOLDER")
    parser.add_argument("--articles", type=int, default=5_000)
    options = parser.parse_args()
    archives = [Archive(folder, writable=True, captures="none") for folder in options.folders]
    held = [archive.db.execute("SELECT count(*) FROM articles").fetchone()[0] for archive in archives]
    visits = map(lately, Press(2 * options.articles).visits(LATER + sum(held)))
    spent: list[list[float]] = [[], []]
    for _ in range(options.articles // BLOCK):
        turn = list(itertools.islice(visits, BLOCK))
        for archive, seconds in zip(archives, spent, strict=True):
            begun = time.process_time()
            for visit in turn:
                archive.record(visit)
            seconds.append(time.process_time() - begun)
    for number, seconds in zip(held, spent, strict=True):
        print(f"{number:9,} articles: {' '.join(f'{BLOCK / one:.0f}' for one in seconds)} a second, turn by turn")
    large, small = spent
    half = len(large) // 2
    print(f"rate of the first to the second {sum(small) / sum(large):.2f}", end=", ")
    print(f"in the later half {sum(small[half:]) / sum(large[half:]):.2f}", end="; ")
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most")
    for archive in archives:
        archive.close()


def lately(visit: Visit) -> Visit:
    """The same visit at an address, and with a text, that no archive of the bench has."""
    assert visit.article is not None
    url = f"{visit.url}-{time.time_ns()}"
    return replace(visit, url=url, article=replace(visit.article, url=url, text=f"{visit.article.text} {url}"))


if __name__ == "__main__":
    main()
