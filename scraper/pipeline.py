"""From the web into the archive: the one place that knows every step.

    crawl  ->  for each source:  survey its listings  ->  ingest what they name  ->  learn what its pages repeat
    survey:    fetch | find_links | record      links and validators in one transaction
    ingest:    fetch | extract    | record      one address; `morgue add` is this and nothing more

Every attempt ends in exactly one `archive.record(visit)`. A run that is killed is picked up by the next one,
because whose turn it is (`archive.due`, `archive.wanted`) is read from the archive and never from memory.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal, TypeVar

from archive import Archive
from archive.records import Answer, Link, Listing, Outcome, Recorded, Visit, Wanted
from scraper import visits
from scraper.address_forms import learned
from scraper.clock import Clock
from scraper.config import Source
from scraper.discover import usual_places
from scraper.errors import ScrapeError, told
from scraper.fetch import Fetcher, Hand, Validators
from scraper.learning import NEWEST, Learner
from scraper.page import Page
from scraper.report import Report
from scraper.rereading import settle
from scraper.workers import PageReader

T = TypeVar("T")
Want = Literal["page", "listing"]
log = logging.getLogger(__name__)

AT_ONCE = 4  # tasks of one source; the host's own spacing decides the speed, this only keeps its turns filled
LISTINGS_A_RUN = 5_000  # of one source: a tree of sitemaps without end must not keep a run from its articles
LISTINGS_A_ROUND = 20  # listings surveyed before articles have their turn: a sitemap index can name thousands
ARTICLES_A_ROUND = 200
OLDER_PAGES = 10  # how far a section is followed back while everything on it is new


@dataclass
class Run:
    """The tools of a run and when it ends.

    limit    articles fetched for each source; None for all
    until    end of the run on `clock.monotonic()`; None for no end
    """

    archive: Archive
    fetcher: Fetcher
    reader: PageReader
    clock: Clock = field(default_factory=Clock)
    report: Report = field(default_factory=Report)
    limit: int | None = None
    until: float | None = None
    obey_opt_out: bool = False
    learner: Learner = field(init=False)

    def __post_init__(self) -> None:
        self.learner = Learner(self.archive, self.reader, self.clock)

    def stop(self, why: str) -> None:
        """Finish what is in hand, begin nothing new."""
        self.report.stopped = self.report.stopped or why

    @property
    def over(self) -> bool:
        if self.until is not None and self.clock.monotonic() >= self.until:
            self.stop("time limit")
        return self.report.stopped is not None

    def record(self, source: Source, visit: Visit) -> Recorded:
        """The only way into the archive."""
        recorded = self.archive.record(visit, accepts=source.accepts)
        self.report.add(source.id, visit, recorded)
        return recorded


async def crawl(sources: Sequence[Source], run: Run, configured: Sequence[Source] | None = None) -> None:
    """Bring the archive up to date with every source; sources run side by side.

    configured   all sources of the configuration, when only some of them are crawled
    """
    known = {source.id: source for source in (*(configured or ()), *sources)}
    run.archive.sync([source.record() for source in known.values()], run.clock.now())
    async with asyncio.TaskGroup() as tasks:
        for source in sources:
            tasks.create_task(crawl_source(source, run))


async def crawl_source(source: Source, run: Run) -> None:
    """Survey what is due and ingest what is wanted, in turns, until nothing is left."""
    left, asked, surveyed = run.limit, set[str](), set[int]()
    while not run.over:
        now = run.clock.now()
        listings = await _survey_due(source, run, surveyed)
        room = ARTICLES_A_ROUND if left is None else min(left, ARTICLES_A_ROUND)
        wanted = list(islice(run.archive.wanted(source.id, now, limit=room), room))
        # A run asks an address once, whatever the ledger says of its next turn: no fault of ours may hammer a site.
        wanted = [link for link in wanted if link.url not in asked]
        asked.update(link.url for link in wanted)
        await _side_by_side(wanted, lambda link: ingest(link, source, run), run)
        left = None if left is None else left - len(wanted)
        ended = not wanted and (left == 0 or not listings)
        await learn(source, run, early=not ended)
        if ended:
            return


async def _survey_due(source: Source, run: Run, surveyed: set[int]) -> list[Listing]:
    """One round of listings whose turn has come; `surveyed` holds those that had it in this run."""
    # Once a run, like pages: indexes that name each other as changed would be asked for ever.
    due = [listing for listing in run.archive.due(source.id, run.clock.now()) if listing.id not in surveyed]
    due = due[: min(LISTINGS_A_ROUND, LISTINGS_A_RUN - len(surveyed))]
    surveyed.update(listing.id for listing in due)
    await _side_by_side(due, lambda listing: survey(listing, source, run), run)
    return due


async def survey(listing: Listing, source: Source, run: Run) -> Recorded:
    """A feed, sitemap or section page: what it lists becomes wanted."""
    async with run.fetcher.memory.visit() as hand:
        try:
            page = await ask(listing.url, source, run, "listing", Validators(listing.etag, listing.last_modified), hand)
            visit = await _listed(listing, page, source, run, hand)
        except Exception as error:  # noqa: BLE001 - one listing must not stop the run; see told
            visit = visits.failed(
                source.id, told(listing.url, error), run.clock.now(), attempts=listing.failures, listing=True
            )
        return run.record(source, visit)


async def ingest(link: Wanted, source: Source, run: Run) -> Recorded:
    """One address: fetched, read, recorded."""
    page = None
    async with run.fetcher.memory.visit() as hand:
        try:
            page = await ask(link.url, source, run, "page", Validators(link.etag, link.last_modified), hand)
            answer = answer_of(page)
            if page.not_modified or (answer.digest and answer.digest == link.digest):
                visit = visits.unchanged(source.id, page, answer, listing=False)
            else:
                visit = await _read(page, link.hint, source, run)
                await compare(visit, source, run)
        except Exception as error:  # noqa: BLE001 - one page must not stop the run, nor each later run at the same page
            visit = _failed(link, error, page, source, run)
        return run.record(source, visit)


async def compare(visit: Visit, source: Source, run: Run) -> None:
    """Before a page is recorded that was read: see to it that it is compared like with like."""
    await settle(visit, source, run.archive, run.reader, run.clock, run.learner.furniture(source.id, source))


async def learn(source: Source, run: Run, *, early: bool = False, newest: int = NEWEST) -> None:
    """Learn what comes back on the source's pages when enough of them are new, and clean its `newest` articles.

    early   in the middle of a run
    """
    if not run.over and run.learner.due(source, early=early):
        lesson = await run.learner.learn(source, lambda: run.over, newest=newest)
        if lesson is not None:
            run.report.learned(source.id, lesson.new, lesson.cleaned)


async def file(page: Page, source: Source, run: Run, link: Wanted | None = None) -> Recorded:
    """A page that is at hand already: saved HTML, a record of a WARC file, a capture of another archive."""
    visit = await consider(page, source, run, link)
    await compare(visit, source, run)
    return run.record(source, visit)


async def consider(page: Page, source: Source, run: Run, link: Wanted | None = None) -> Visit:
    """What a page that is at hand comes to. Several can be considered at once and recorded in their order."""
    link = link or Wanted(url=page.url, source=source.id)
    try:
        visit = await _read(page, link.hint, source, run)
    except Exception as error:  # noqa: BLE001 - as in ingest
        visit = _failed(link, error, page, source, run)
    if visit.outcome is Outcome.GONE:  # in a saved page, which says nothing of what stands at its address today
        visit = replace(visit, outcome=Outcome.REJECTED)
    if page.exchanges and (origin := page.exchanges[-1].origin):
        visit = replace(visit, detail=", ".join(filter(None, (visit.detail, f"from {origin}"))))
        if visit.outcome is Outcome.DEFERRED:  # a capture will not be another one tomorrow
            visit = replace(visit, outcome=Outcome.REJECTED, retry_at=None)
    return visit


async def preview(source: Source, run: Run) -> tuple[list[Link], Report]:
    """What a crawl would fetch, and how the listings fared: they are surveyed into an archive in memory.

    Listings that are not due are asked, too; what robots.txt forbids is told only when a page is asked for.
    """
    with Archive(":memory:", writable=True) as scratch:
        trial = replace(run, archive=scratch, report=Report())
        now, surveyed = run.clock.now(), set[int]()
        scratch.sync([source.record()], now)
        while await _survey_due(source, trial, surveyed):
            pass
        found = {wanted.url: wanted.hint or Link(url=wanted.url) for wanted in scratch.wanted(source.id, now)}
    return [found[url] for url in run.archive.unseen(source.id, list(found))], trial.report


async def _listed(listing: Listing, page: Page, source: Source, run: Run, hand: Hand) -> Visit:
    answer = answer_of(page)
    if page.not_modified or (answer.digest and answer.digest == listing.digest):
        return visits.unchanged(source.id, page, answer, listing=True)
    selector, forms = selector_of(source, listing.url), story_forms(source, run)
    reading = await run.reader.links(page, selector, forms)
    kind, links = reading.kind, list(reading.links)
    if listing.url == source.homepage and not source.listings:
        links += await _announced(page, reading.announced, run)
    elif kind != "sitemap":
        links, whole = await _with_older(links, selector, forms, source, run, hand)
        if not whole:  # without validators the next answer is no 304, and what is missing is looked for again
            answer = replace(answer, etag=None, last_modified=None, digest=None)
    return visits.listed(source.id, page, kind, links, answer)


async def _announced(page: Page, named: Sequence[Link], run: Run) -> list[Link]:
    """The feeds, sitemaps and sections of a site that was given by its front page alone."""
    found = list(named)
    found += [Link(url=url, kind="listing") for url in await run.fetcher.sitemaps(page.final_url)]
    if not found:
        found = [Link(url=url, kind="listing") for url in usual_places(page.final_url)]
    return found


async def _with_older(
    links: Sequence[Link], selector: str | None, forms: Set[str], source: Source, run: Run, hand: Hand
) -> tuple[list[Link], bool]:
    """The stories of a feed or section and, while most of a page is new, of the older pages behind it.

    All of them end in one visit, with the validators of the first page: a crash on page 2 must not hide it behind
    the next 304. The second value is False when an older page could not be read.
    """
    stories = {link.url: link for link in links if link.kind == "story"}
    fresh, seen_pages = list(stories), set[str]()
    for _ in range(OLDER_PAGES):
        older = next((link.url for link in links if link.kind == "listing" and link.url not in seen_pages), None)
        if older is None or 2 * len(run.archive.unseen(source.id, fresh)) <= len(fresh):
            break
        if run.over:
            return list(stories.values()), False
        seen_pages.add(older)
        try:
            async with run.fetcher.memory.visit(hand) as inner:
                page = await ask(older, source, run, "listing", hand=inner)
                links = (await run.reader.links(page, selector, forms)).links
                del page
        except ScrapeError as error:
            log.warning("%s: an older page was not read: %s", source.id, error)
            return list(stories.values()), False
        fresh = [link.url for link in links if link.kind == "story" and link.url not in stories]
        stories |= {link.url: link for link in links if link.kind == "story" and link.url not in stories}
    return list(stories.values()), True


async def _read(page: Page, hint: Link | None, source: Source, run: Run) -> Visit:
    if error := visits.redirect_error(page):
        raise error
    reading = await run.reader.read(page, hint, source.rules, run.learner.furniture(source.id, source))
    if reading.article is None:
        raise visits.barrier_error(page, reading.barrier)
    if run.obey_opt_out and (error := visits.opt_out_error(page, reading.signals)):
        raise error
    if error := visits.objection(page, reading.article):
        raise error
    encoding = reading.article.evidence.get("encoding")
    answer = replace(answer_of(page), signals=reading.signals, encoding=encoding.raw if encoding else None)
    return visits.read(source.id, page, reading.article, answer, reading.extractor)


def _failed(link: Wanted, error: Exception, page: Page | None, source: Source, run: Run) -> Visit:
    return visits.failed(
        source.id,
        told(link.url, error),
        page.fetched_at if page else run.clock.now(),
        attempts=link.attempts,
        answer=answer_of(page) if page else None,
    )


async def ask(
    url: str, source: Source, run: Run, want: Want, validators: Validators | None = None, hand: Hand | None = None
) -> Page:
    """Fetch an address as the source's configuration says. Raises ScrapeErrors.

    hand    of the visit that the page is for; see `scraper.fetch.memory`
    """
    return await run.fetcher.get(
        url,
        # What scripts fill may change while the page that holds them stays the same.
        validators=None if source.render else validators,
        want=want,
        render=source.render,
        delay=source.delay,
        headers=source.headers,
        user_agent=source.user_agent,
        hand=hand,
    )


def answer_of(page: Page) -> Answer:
    """The facts of an answered request."""
    return Answer(
        final_url=page.final_url,
        status=page.status,
        content_type=page.content_type,
        etag=page.headers.get("etag"),
        last_modified=page.headers.get("last-modified"),
        digest="sha256:" + hashlib.sha256(page.body).hexdigest() if page.body else None,
        size=len(page.body),
        seconds=page.seconds,
    )


def story_forms(source: Source, run: Run) -> frozenset[str]:
    """The forms of addresses by which the stories of a source are known: from its feeds, sitemaps, other pages."""
    return learned(*run.archive.judged(source.id))


def selector_of(source: Source, url: str) -> str | None:
    """The CSS selector that config.yaml gives for the stories of a listing."""
    return next((listing.links for listing in source.listings if listing.url == url), None)


async def _side_by_side(items: Iterable[T], work: Callable[[T], Awaitable[Recorded]], run: Run) -> None:
    """Work through the items, a few at a time, until they or the run end."""
    queue = iter(items)

    async def worker() -> None:
        for item in queue:
            if run.over:
                return
            await work(item)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(AT_ONCE):
            tasks.create_task(worker())
