"""Read a whole archive's pages again, twice, and compare: the same captures must give the same bytes.

    python -m bench.rereading [--pages 10000] [--folder DIR]

The pages are those of the sample newspapers' stories, each with a number of its own in the address and in the text.
They are filed under a rule that keeps the first paragraphs only; then two copies of the archive are re-extracted
without it, one by one worker and one by two, and exported. Prints pages a second, and ends with 1 when the two
exports differ, when nothing changed, or when undoing does not bring the first export back.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

from archive import Archive, extractions
from archive.export import export
from archive.records import Exchange
from sample.site import Site
from scraper.config import load
from scraper.inorder import in_order
from scraper.page import Page
from scraper.pipeline import Run, consider
from scraper.reextraction import reextract
from scraper.runner import perform

PAPERS = {"gazette": "http://gazette.test", "tribune": "http://tribune.test"}
BEGIN = datetime(2024, 11, 20, tzinfo=UTC)
RULE = "rules: [{drop: ['p ~ p']}]"  # the first paragraph of each row of them


def pages(count: int) -> Iterator[tuple[str, Page]]:
    """(source id, page) pairs: the stories in turn, none twice."""
    stories = []
    for paper, base in PAPERS.items():
        site = Site(paper, 1, base, 0)
        for story in site.paper.stories:
            answer = site.answer(story.path)
            if story.fate == "filed" and answer.status == 200:
                stories.append((paper, base + story.path, answer))
    for number, (paper, url, answer) in enumerate(islice(cycle(stories), count)):
        own = f"{url}-{number}"
        body = answer.body.replace(url.encode(), own.encode()).replace(b"</p>", f" ({number})</p>".encode(), 3)
        at = BEGIN + timedelta(minutes=number)
        headers = (("Content-Type", answer.content_type or "text/html"),)
        exchange = Exchange(url=own, at=at, headers=headers, body=body, via="file")
        page = Page(
            url=own,
            final_url=own,
            status=200,
            headers={"content-type": headers[0][1]},
            body=body,
            fetched_at=at,
            exchanges=(exchange,),
        )
        yield paper, page


def configuration(folder: Path, rule: str = "") -> Path:
    """A config.yaml for both papers, with one rule for all of their pages."""
    sources = "\n".join(f"  - {{id: {name}, homepage: '{base}/', {rule}}}" for name, base in PAPERS.items())
    path = folder / "config.yaml"
    path.write_text(f"data: data\nsources:\n{sources}\n", encoding="utf-8")
    return path


def fill(folder: Path, count: int) -> None:
    """An archive of so many pages, read under the rule."""
    config = load(configuration(folder, RULE))
    sources = {source.id: source for source in config.sources}

    async def work(run: Run) -> None:
        async def one(item: tuple[str, Page]):
            paper, page = item
            return paper, await consider(page, sources[paper], run)

        async for paper, visit in in_order(pages(count), one, 16):
            run.record(sources[paper], visit)

    perform(config, work)


def read_again(folder: Path, workers: int) -> tuple[int, int, float]:
    """(pages, changed, seconds) of a re-extraction without the rule, put in place."""
    config = load(configuration(folder))
    began, done = time.perf_counter(), []

    async def work(run: Run) -> None:
        revisions = extractions.targets(run.archive.db)
        done.append(await reextract(revisions, config.sources, run, apply={"bench": True}, workers=workers))

    perform(config, work, workers=workers)
    (tally,) = done
    return tally.pages, tally.changed, time.perf_counter() - began


def digest(folder: Path) -> str:
    """Of the whole export."""
    path = folder / "all.jsonl"
    with Archive(folder / "data") as archive:
        export(archive.db, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="where the archives are made; a folder that is gone at the end")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        one, two = Path(name) / "one", Path(name) / "two"
        one.mkdir()
        fill(one, options.pages)
        shutil.copytree(one, two)
        before, after = digest(one), []
        for folder, workers in ((one, 1), (two, 2)):
            read, changed, seconds = read_again(folder, workers)
            after.append(digest(folder))
            print(f"{workers} workers: {read} pages, {changed} changed, {read / seconds:.0f} a second, {after[-1]}")
        with Archive(one / "data", writable=True, captures="none") as archive:
            archive.undo_reextraction(1, BEGIN)
        undone = digest(one) == before
    print("the same bytes" if after[0] == after[1] else "THE EXPORTS DIFFER")
    print("undone" if undone else "NOT UNDONE")
    return 0 if after[0] == after[1] != before and undone else 1


if __name__ == "__main__":
    sys.exit(main())
