"""Kept pages read again, by the present extractor and rules and what comes back on the pages as it is now.

    learned  ->  revisions whose page is kept  ->  read again  ->  compared, in their order  ->  put in place, or not

What comes of it is a reading, not a revision: the newspaper has changed nothing. Pages that give no article now keep
the reading they have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from archive import extractions
from archive.extractions import Changes, Target
from archive.records import Article
from scraper.config import Source
from scraper.errors import told
from scraper.inorder import in_order
from scraper.pipeline import Run
from scraper.rereading import read_again

AT_ONCE = 8  # pages in hand for each worker


@dataclass(frozen=True, slots=True)
class Reread:
    """What became of one page. `reason` says why there is no new reading; empty when there is one."""

    target: Target
    changes: Changes = field(default_factory=dict)
    reason: str = ""


@dataclass
class Tally:
    """Counts of a re-extraction.

    run       its number in the archive; None when nothing was put in place
    fields    field -> readings in which it changes
    reasons   why pages gave no new reading
    learned   newspaper -> blocks of its pages that were not known before
    """

    run: int | None = None
    pages: int = 0
    changed: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    learned: Counter[str] = field(default_factory=Counter)


async def reextract(
    revisions: Sequence[int],
    sources: Sequence[Source],
    run: Run,
    *,
    apply: dict[str, object] | None = None,
    workers: int = 1,
    heard: Callable[[Reread], None] = lambda one: None,
) -> Tally:
    """Read the pages of these revisions again and count what would change.

    apply   None looks only; else the options of the re-extraction that puts the new readings in place
    heard   hears of every page
    """
    known = {source.id: source for source in sources}
    tally = Tally()
    for name in extractions.sources(run.archive.db, revisions):
        if name in known and not run.over:
            lesson = await run.learner.learn(known[name], lambda: run.over, newest=0, keep=apply is not None)
            tally.learned[name] = lesson.new if lesson else 0

    async def work(revision: int) -> tuple[Target, Article | None, str, str]:
        target = extractions.target(run.archive.db, revision)
        return (target, *await _read(target, known.get(target.source), run))

    async for target, article, extractor, reason in in_order(revisions, work, AT_ONCE * workers):
        changes: Changes = {}
        if article is not None:
            changes = run.archive.reread(target.revision, article, extractor)
        if changes and article is not None and apply is not None:
            if tally.run is None:
                tally.run = run.archive.begin_reextraction(apply, run.clock.now())
            run.archive.reread(target.revision, article, extractor, tally.run)
        tally.pages += 1
        tally.changed += bool(changes)
        tally.fields.update(changes.keys())
        if reason:
            tally.reasons[reason] += 1
        heard(Reread(target, changes, reason))
        if run.over:
            break
    return tally


async def _read(target: Target, source: Source | None, run: Run) -> tuple[Article | None, str, str]:
    """The article that a kept page gives now, its extractor, and the reason when it gives none."""
    furniture = run.learner.furniture(target.source, source)
    try:
        reading = await read_again(target, source, run.archive, run.reader, furniture)
    except Exception as error:  # noqa: BLE001 - one page must not stop the others; a bug is logged with its traceback
        return None, "", told(target.capture.url, error).reason
    return reading.article, reading.extractor, ""
