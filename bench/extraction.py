"""Compare extractors: `python -m bench.extraction FOLDER [--with trafilatura newspaper4k news-please]`.

FOLDER holds `gold.jsonl` and `pages/ID.html.gz`. A line of gold is a JSON object with `id`, `url`, `texts` (one or more
acceptable texts, the better one counts) and, where known, `title`, `published` (ISO 8601), `authors` (a list),
`content_type` and `fetched_at`. All extractors read the same pages in the same run; peers are left out when they are
not installed (`pip install newspaper4k news-please`).

    F1       of 4-word shingles, from mean precision and mean recall over pages
    exact    share of pages whose words are the gold words, all of them, in order
    title    equal after case, punctuation and white space are folded
    day      the same calendar day as printed
    instant  the same moment to the minute, where gold has one; no offset counts as UTC
    authors  the same set of names
    speed    pages in a second of CPU time, as a ratio to trafilatura in the same run
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import re
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import Any

WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Result:
    """What an extractor says of a page."""

    text: str = ""
    title: str | None = None
    published: str | None = None
    authors: tuple[str, ...] = ()


Extractor = Callable[[bytes, dict[str, Any]], Result]


def morgue() -> Extractor:
    from scraper.extract import extract

    def run(html: bytes, gold: dict[str, Any]) -> Result:
        at = datetime.fromisoformat(gold["fetched_at"]) if gold.get("fetched_at") else None
        found = extract(html, gold["url"] or "", content_type=gold.get("content_type"), fetched_at=at)
        return Result(found.text, found.title, found.published, found.authors)

    return run


def trafilatura() -> Extractor:
    from trafilatura import bare_extraction

    def run(html: bytes, gold: dict[str, Any]) -> Result:
        found = bare_extraction(html, url=gold["url"], with_metadata=True, include_comments=False)
        if found is None:
            return Result()
        return Result(found.text or "", found.title, found.date, tuple(filter(None, (found.author or "").split("; "))))

    return run


def newspaper4k() -> Extractor:
    from newspaper import Article

    def run(html: bytes, gold: dict[str, Any]) -> Result:
        found = Article(gold["url"] or "http://localhost/", fetch_images=False)
        found.download(input_html=html)
        found.parse()
        day = found.publish_date.isoformat() if found.publish_date else None
        return Result(found.text, found.title, day, tuple(found.authors))

    return run


def newsplease() -> Extractor:
    from newsplease import NewsPlease

    from scraper.page import decode

    def run(html: bytes, gold: dict[str, Any]) -> Result:
        found = NewsPlease.from_html(decode(html, gold.get("content_type"))[0], url=gold["url"], fetch_images=False)
        day = found.date_publish.isoformat() if found.date_publish else None
        return Result(found.maintext or "", found.title, day, tuple(found.authors or ()))

    return run


EXTRACTORS: dict[str, tuple[str, Callable[[], Extractor]]] = {
    "morgue": ("scraper", morgue),
    "trafilatura": ("trafilatura", trafilatura),
    "newspaper4k": ("newspaper", newspaper4k),
    "news-please": ("newsplease", newsplease),
}


def shingles(text: str) -> Counter[tuple[str, ...]]:
    words = WORD.findall(text)
    return Counter(tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3)) if words)


def overlap(gold: str, text: str) -> tuple[float, float]:
    """Precision and recall of one text."""
    wanted, found = shingles(gold), shingles(text)
    both = (wanted & found).total()
    return (both / found.total() if found else 0.0, both / wanted.total() if wanted else 0.0)


def folded(text: str | None) -> str:
    return " ".join(WORD.findall(unicodedata.normalize("NFKC", text or "").lower()))


def minute(value: str | None) -> int | None:
    """Minutes since 1970."""
    try:
        at = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() // 60)


def score(gold: dict[str, Any], found: Result) -> dict[str, float]:
    """The figures of one page; a field without gold has none."""
    texts = gold["texts"]
    best = max((overlap(text, found.text) for text in texts), key=lambda pair: pair[0] * pair[1])
    words = WORD.findall(found.text)
    figures = {"P": best[0], "R": best[1], "exact": any(WORD.findall(text) == words for text in texts)}
    if gold.get("title"):
        figures["title"] = folded(gold["title"]) == folded(found.title)
    if published := gold.get("published"):
        figures["day"] = published[:10] == (found.published or "")[:10]
        if len(published) > 10:
            figures["instant"] = minute(published) == minute(found.published)
    if gold.get("authors"):
        figures["authors"] = {folded(name) for name in gold["authors"]} == {folded(name) for name in found.authors}
    return {name: float(value) for name, value in figures.items()}


def pages(folder: Path) -> Iterator[tuple[dict[str, Any], bytes]]:
    with (folder / "gold.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            gold = json.loads(line)
            yield gold, gzip.decompress((folder / "pages" / f"{gold['id']}.html.gz").read_bytes())


def measure(extractor: Extractor, items: Iterable[tuple[dict[str, Any], bytes]]) -> dict[str, float]:
    """Mean figures over all pages; an extractor that raises found nothing."""
    sums: dict[str, list[float]] = {}
    seconds, count = 0.0, 0
    for gold, html in items:
        began = time.process_time()
        try:
            found = extractor(html, gold)
        except Exception as error:  # noqa: BLE001 - peers fail in many ways, and each failure counts
            print(f"{gold['id']}: {error!r}"[:150], file=sys.stderr)
            found = Result()
        seconds += time.process_time() - began
        count += 1
        for name, value in score(gold, found).items():
            sums.setdefault(name, []).append(value)
    figures = {name: mean(values) for name, values in sums.items()}
    precision, recall = figures.pop("P"), figures.pop("R")
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"F1": f1, **figures, "pages/s": count / seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--with", nargs="*", dest="peers", default=["trafilatura"], choices=list(EXTRACTORS)[1:])
    parser.add_argument("--set", help="only the pages whose gold has this value under `set`")
    options = parser.parse_args()
    items = [item for item in pages(options.folder) if options.set in (None, item[0].get("set"))]
    rows = {}
    for name in ("morgue", *options.peers):
        module, make = EXTRACTORS[name]
        if importlib.util.find_spec(module) is None:
            print(f"{name} is not installed, so it is left out", file=sys.stderr)
            continue
        rows[name] = measure(make(), items)
    base = rows.get("trafilatura", {}).get("pages/s")
    names = list(rows["morgue"])
    print(f"{len(items)} pages\n| extractor | " + " | ".join(names) + (" | speed |" if base else " |"))
    print("|---" * (len(names) + 1 + bool(base)) + "|")
    for name, figures in rows.items():
        cells = [f"{figures.get(key, 0.0):.3f}" if key != "pages/s" else f"{figures[key]:.0f}" for key in names]
        print(f"| {name} | " + " | ".join(cells + ([f"{figures['pages/s'] / base:.1f}"] if base else [])) + " |")


if __name__ == "__main__":
    main()
