"""What comes back on a source's pages: learned from its latest kept pages, left out of what is read from then on.

    kept pages  ->  seen, side by side  ->  learned  ->  texts that hold a block are read again  ->  kept in the archive

The newest texts are brought up at once, older ones by `morgue reextract`. That something was learned is written down
when they are clean: the next crawl after one that was stopped or killed on the way begins anew and finds less to do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from archive import Archive, blocks, extractions
from archive.identity import normal, text_fingerprint
from archive.records import RecurringBlock
from scraper.clock import Clock
from scraper.config import Source
from scraper.errors import told
from scraper.inorder import in_order
from scraper.rereading import bring_up, kept_page, try_again
from scraper.seen import Seen
from scraper.workers import PageReader, Reading

log = logging.getLogger(__name__)

PAGES = 100  # that are looked at, the latest: what is on a tenth of them is on ten
ENOUGH = 20  # new articles from which it is worth a look ...
MANY = 200  # ... of an archive of thousands: a look costs as much as reading 70 pages
NEWEST = 1_000  # articles whose texts are cleaned at once, and the most that a run files between two looks
AT_ONCE = 8  # pages in hand


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned of a source.

    new      blocks that were not known before
    cleaned  texts that were read again because a block stood in them
    """

    new: int = 0
    cleaned: int = 0


class Learner:
    """What is known of each source's recurring blocks in a run, and how more is learned."""

    def __init__(self, archive: Archive, reader: PageReader, clock: Clock) -> None:
        self._archive, self._reader, self._clock = archive, reader, clock
        self._marks: dict[str, frozenset[str]] = {}
        self._alone = asyncio.Semaphore(1)  # one source at a time holds kept pages in memory

    def furniture(self, name: str, source: Source | None) -> frozenset[str]:
        """Fingerprints of the blocks to leave out of the pages of the source `name`, perhaps no longer configured."""
        if name not in self._marks:
            self._marks[name] = furniture(self._archive.blocks(name), source.keep_blocks if source else ())
        return self._marks[name]

    def due(self, source: Source, *, early: bool = False) -> bool:
        """Are enough articles new? `early`: in the middle of a run, at 20, 40, 80 ... articles, then every 1,000."""
        new, before = self._archive.to_learn(source.id)
        return new >= max(ENOUGH, min(before, NEWEST) if early else min(before // 10, MANY))

    async def learn(
        self, source: Source, over: Callable[[], bool], *, newest: int = NEWEST, keep: bool = True
    ) -> Lesson | None:
        """Learn, and clean the newest texts; None when the run was over, or too few pages are kept.

        newest   articles that are looked through for what was learned
        keep     False leaves the archive as it is: what is learned counts for this run only, and nothing is cleaned
        """
        async with self._alone:
            pages = await self._seen(source, over)
        if pages is None or len(pages) < ENOUGH:
            return None
        before = self._archive.blocks(source.id)
        try:
            found = await self._reader.learn(source.id, pages, before)
        except Exception as error:  # noqa: BLE001 - it must not stop the run either
            log.warning("%s: nothing was learned: %s", source.id, told(source.id, error))
            return None
        self._marks[source.id] = furniture(found, source.keep_blocks)
        known = {block.fingerprint for block in before}
        new = sum(block.fingerprint not in known for block in found)
        if not keep:
            return Lesson(new)
        # Written down last: a run that is killed before learns again, and cleans what is left.
        cleaned = await self._clean(source, [block.text for block in found if block.learned_at is None], newest, over)
        if over():
            return None
        self._archive.learned(source.id, found, len(pages), self._clock.now())
        return Lesson(new, cleaned)

    async def _seen(self, source: Source, over: Callable[[], bool]) -> list[Seen] | None:
        """The blocks of the latest kept pages; those that cannot be read are passed over. None: the run is over."""

        async def look(revision: int) -> Seen | None:
            target = extractions.target(self._archive.db, revision)
            try:
                return await self._reader.seen(kept_page(target.capture, self._archive), target.hint, source.rules)
            except Exception as error:  # noqa: BLE001 - as in pipeline.ingest: one page must not stop the run
                told(target.capture.url, error)
                return None

        pages = []
        async for page in in_order(blocks.lessons(self._archive.db, source.id, PAGES), look, AT_ONCE):
            if over():
                return None
            if page is not None:
                pages.append(page)
        return pages

    async def _clean(self, source: Source, texts: Sequence[str], newest: int, over: Callable[[], bool]) -> int:
        """Read the newest articles again whose text holds one of these blocks; returns how many changed."""
        marks = self.furniture(source.id, source)
        texts = [text for text in texts if text_fingerprint(text) in marks]
        held = blocks.holding(self._archive.db, source.id, texts, newest) if texts else []

        async def work(revision: int) -> tuple[int, Reading | None]:
            return revision, await try_again(revision, source, self._archive, self._reader, marks)

        @cache
        def begin() -> int:
            options = {"for": "learned blocks", "source": source.id}
            return self._archive.begin_reextraction(options, self._clock.now())

        cleaned = 0
        async for revision, reading in in_order(held, work, AT_ONCE):
            if over():
                break
            cleaned += bring_up(revision, reading, self._archive, begin)
        return cleaned


def furniture(found: Sequence[RecurringBlock], keep: Sequence[str]) -> frozenset[str]:
    """Fingerprints of the blocks that the configuration does not overrule."""
    return frozenset(block.fingerprint for block in found if not is_kept(block, keep))


def is_kept(block: RecurringBlock, keep: Sequence[str]) -> bool:
    """Does one of the entries of `keep_blocks` name this block, by its fingerprint or by how it begins?"""
    text = normal(block.text)
    return any(entry == block.fingerprint or ((start := normal(entry)) and text.startswith(start)) for entry in keep)
