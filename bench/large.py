"""How an archive does when it is large: filing, searching, near duplicates, room on the disk.

    python bench/large.py [--articles 20000] [--folder DIR]

Articles of 150 to 450 words come from a dice with a fixed seed: five scripts, words by Zipf's law, one in twenty
a copy of an earlier one at another newspaper with a new lead. Each is recorded as a crawl would, one transaction each.
With --folder the archive is kept, and one that is there already is only searched.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from archive import Archive, clusters, search
from archive.identity import shingles, signature
from archive.records import Article, Outcome, Visit

BEGIN = datetime(2016, 1, 1, tzinfo=UTC)
SOURCES = 50
LOOKS = 9  # times each question is asked; the median counts
# Script: language, share of the articles, letters of a syllable, sign between words.
SCRIPTS = {
    "Latin": ("en", 40, ("bcdfghklmnprstvwz", "aeiou", "nrstl "), " "),
    "Khmer": ("km", 20, ("កខគងចជញដតថទនបពមយរលវសហអ", "ាិីុូេែោំះ ", "ងញតនបមកស "), ""),
    "Thai": ("th", 15, ("กขคงจชญดตถทนบปพมยรลวสหอ", "ะาิีุู ", "งนมยวกดบ "), ""),
    "Chinese": ("zh", 15, ("".join(map(chr, range(0x4E00, 0x4E00 + 3000))), " ", " "), ""),
    "Arabic": ("ar", 10, ("بتثجحخدذرزسشصضطظعغفقكلمنهوي", "اوي ", "نرلم "), " "),
}


class Press:
    """Newspapers with a dice."""

    def __init__(self, articles: int) -> None:
        self.dice = random.Random(1962)
        self.articles = articles
        self.words: dict[str, list[str]] = {}
        for script, (_, _, letters, _) in SCRIPTS.items():
            made = dict.fromkeys(self._word(letters) for _ in range(60_000))
            self.words[script] = list(made)
        self.weights = list(accumulate(1 / (rank + 2.7) for rank in range(60_000)))

    def _word(self, letters: tuple[str, str, str]) -> str:
        size = self.dice.choices((1, 2, 3, 4), (1, 6, 5, 2))[0]
        return "".join(self.dice.choice(part) for _ in range(size) for part in letters).replace(" ", "")

    def text(self, script: str) -> str:
        known, between = self.words[script], SCRIPTS[script][3]
        paragraphs = []
        for _ in range(self.dice.randint(3, 9)):
            picked = self.dice.choices(known, cum_weights=self.weights[: len(known)], k=50)
            paragraphs.append(between.join(picked[:25]) + ". " + between.join(picked[25:]) + ".")
        return "\n\n".join(paragraphs)

    def visits(self) -> Iterator[Visit]:
        shares = [share for _, share, _, _ in SCRIPTS.values()]
        recent: list[tuple[str, str]] = []
        for number in range(self.articles):
            if recent and self.dice.random() < 0.05:
                script, other = self.dice.choice(recent)
                text = self.text(script).partition("\n\n")[0] + "\n\n" + other.partition("\n\n")[2]
            else:
                (script,) = self.dice.choices(list(SCRIPTS), shares)
                text = self.text(script)
                recent = [*recent[-200:], (script, text)]
            at = BEGIN + timedelta(minutes=5 * number)
            source = f"paper{self.dice.randrange(SOURCES)}"
            url = f"https://{source}.test/{at:%Y/%m}/{number}"
            article = Article(
                url=url,
                title=SCRIPTS[script][3].join(self.dice.choices(self.words[script][:2000], k=8)),
                text=text,
                published=f"{at:%Y-%m-%dT%H:%MZ}",
                authors=(f"Author {self.dice.randrange(2000)}",),
                language=SCRIPTS[script][0],
            )
            yield Visit(url=url, source=source, at=at, outcome=Outcome.READ, reason="read", article=article)

    def questions(self) -> Iterator[tuple[str, str]]:
        """(what kind, search): words by their rank, and phrases of what the last article holds."""
        for script, (_, _, _, between) in SCRIPTS.items():
            known = self.words[script]
            yield f"{script}, the commonest word", known[0]
            yield f"{script}, word 100", known[100]
            yield f"{script}, word 20,000", known[20_000] if len(known) > 20_000 else known[-1]
            yield f"{script}, two common words", f"{known[3]} {known[10]}"
            yield f"{script}, common phrase", f'"{known[0]}{between}{known[1]}"'
            yield f"{script}, one of two", f"{known[50]} OR {known[3_000 % len(known)]}"
            yield f"{script}, one syllable", known[0][:1] + ("*" if between else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    press = Press(options.articles)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        fresh = not (folder / "morgue.db").exists()
        with Archive(folder, writable=True, captures="none") as archive:
            if fresh:
                fill(archive, press)
            archive.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with Archive(folder) as archive:
            ask(archive, press)
            duplicates(archive, press)
            room(archive)
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most")


def fill(archive: Archive, press: Press) -> None:
    tenth = max(1, press.articles // 10)
    spent: list[float] = []
    for number, visit in enumerate(press.visits()):
        begun = time.process_time()  # of the processor: other programs of the machine do not count
        archive.record(visit)
        if number % tenth == 0:
            spent.append(0.0)
        spent[-1] += time.process_time() - begun
    rates = [tenth / seconds for seconds in spent[:10]]
    print(
        f"filing: {' '.join(f'{rate:.0f}' for rate in rates)} articles a second of processor time, by tenths", end="; "
    )
    print(f"last tenth at {rates[-1] / rates[0]:.2f} of the first")


def ask(archive: Archive, press: Press) -> None:
    for kind, words in press.questions():
        page = milliseconds(lambda words=words: search.search(archive.db, words))
        total = milliseconds(lambda words=words: search.count(archive.db, words))
        print(f"search: {kind:28} {page:7.1f} ms a page, {total:7.1f} ms to count {search.count(archive.db, words)}")
    narrow = press.words["Latin"][0]
    for name, filters in {"source": {"source": "paper7"}, "month": {"from_": "2016-02", "to": "2016-02"}}.items():
        page = milliseconds(lambda filters=filters: search.search(archive.db, narrow, **filters))
        print(f"search: commonest word by {name:10} {page:7.1f} ms a page")


def duplicates(archive: Archive, press: Press) -> None:
    newest = archive.db.execute("SELECT max(id) FROM articles").fetchone()[0]
    times = []
    for number in range(max(1, newest - 200), newest + 1):
        numbers = clusters.bands(signature(shingles(archive.article(number).text)))
        begun = time.perf_counter()
        clusters._candidates(archive.db, number, numbers)  # the look-up alone is measured
        times.append((time.perf_counter() - begun) * 1000)
    print(f"near duplicates: {statistics.median(times):.2f} ms a look-up, slowest {max(times):.2f} ms")


def room(archive: Archive) -> None:
    count, text = archive.db.execute("SELECT count(*), sum(length(CAST(text AS BLOB))) FROM texts").fetchone()
    pages: dict[str, int] = dict(archive.db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name").fetchall())
    total = sum(pages.values())
    print(f"room: {total / count:.0f} bytes an article, {text / count:.0f} of them text; all but texts", end=" ")
    print(f"{(total - pages['texts']) / text:.2f} x the text, search index", end=" ")
    print(f"{sum(size for name, size in pages.items() if name.startswith('search')) / text:.2f} x the text")
    for name, size in sorted(pages.items(), key=lambda item: -item[1])[:12]:
        print(f"      {name:28} {size / count:7.0f} bytes an article")


def milliseconds(question: Callable[[], object]) -> float:
    times = []
    for _ in range(LOOKS):
        begun = time.perf_counter()
        question()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
