"""Back in time: through a site's sitemaps, through its archive pages, or through the Wayback Machine.

    begin     ->  a walk with its first listings: `Archive.begin_backfill`
    walk      ->  in turns: take a step (ask one listing) | fetch what it named inside the span
    a step:       fetch | find_links | what is inside, what is outside, where to go on | record

Where a walk stands is in the archive alone: `Archive.steps` and `Archive.wanted_by` say whose turn it is. One page is
in hand at a time, so a walk that is killed asks again for at most that one.

    span.py      which stories and sitemaps can be of the days looked for; pure
    jumps.py     which page of a long section is asked next; pure
    days.py      archive pages whose address is a day or a month; pure
    wayback.py   the Wayback Machine's index and captures; pure
    bar.py       how far a walk has come, on a terminal
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlsplit

from archive.records import Backfill, Link, Outcome, Step, Via, Visit, Wanted
from scraper import visits
from scraper.backfill import jumps, wayback
from scraper.backfill.days import archive_pages, is_archive_page, later_page
from scraper.backfill.span import Span, period_of
from scraper.config import Listing, Source
from scraper.discover import usual_places
from scraper.errors import DisallowedByRobots, RobotsUnavailable, ScrapeError, ServerTrouble, Throttled, WrongType, told
from scraper.page import Page
from scraper.pipeline import Run, answer_of, ask, file, ingest, learn, selector_of, story_forms
from scraper.workers import ListingReading

__all__ = ["Span", "Walk", "backfill", "begin"]

ROUND = 100  # addresses read from the archive at once
DISORDER = timedelta(days=7)  # archive pages go from new to old, but for pinned and belated stories
_NOTHING = frozenset({"nothing there", "range covered"})  # what came of a page that is past the last one, or left out
NO_SITEMAP_NAMED = 5  # usual places tried when nothing names a sitemap


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk and what it needs to know.

    endpoint   of the Wayback Machine
    delay      seconds between two requests to it; None for what config.yaml says
    """

    record: Backfill
    source: Source
    endpoint: str = wayback.ENDPOINT
    delay: float | None = wayback.DELAY

    @property
    def span(self) -> Span:
        """The days looked for."""
        return Span(date.fromisoformat(self.record.first), date.fromisoformat(self.record.last))

    @property
    def via(self) -> Via:
        """What is walked through."""
        return self.record.via


async def begin(
    source: Source, via: Via, span: Span, run: Run, *, endpoint: str = wayback.ENDPOINT, again: bool = False
) -> Backfill:
    """The walk for these days: the one that was begun, or a new one. Raises ScrapeErrors for a site out of reach."""
    first, last = span.first.isoformat(), span.last.isoformat()
    known = None if again else run.archive.backfill(source.id, via, first, last)
    if known is not None:
        return known
    if via == "wayback":
        urls = wayback.queries(source, span, endpoint)
    elif via == "sitemap":
        urls = await _sitemaps(source, run)
    else:
        urls = [listing.url for listing in source.listings if listing.kind != "sitemap"]
        urls += [source.homepage] if source.homepage else []
    return run.archive.begin_backfill(source.id, via, first, last, urls, run.clock.now())


async def backfill(walk: Walk, run: Run) -> None:
    """Walk until nothing is left, or the run is over."""
    left = run.limit
    while not run.over and left != 0:
        now = run.clock.now()
        steps = run.archive.steps(walk.record, now, 1)
        # Archive pages that date nothing are dated by their stories, so these come first; elsewhere all addresses are
        # found first, so that one can tell how long the rest will take.
        room = ROUND if left is None else min(left, ROUND)
        wanted = run.archive.wanted_by(walk.record, now, room) if walk.via == "pages" or not steps else []
        done = 0
        for link in wanted:
            if run.over:
                return
            await _fetch(link, walk, run)
            done += 1
            if walk.via == "pages" and not (link.hint and link.hint.published):
                run.archive.release(walk.record, (walk.span.last + DISORDER).isoformat())
                break  # what is wanted may be less now
        left = None if left is None else left - done
        ended = left == 0 or not (wanted or steps)
        await learn(walk.source, run, early=not ended)
        if ended:
            return
        if not wanted:
            await _take(steps[0], walk, run)


async def _sitemaps(source: Source, run: Run) -> list[str]:
    """What is known to be a sitemap of the site; its front page when nothing is."""
    named = [
        listing.url for listing in source.listings if listing.kind == "sitemap" or "sitemap" in listing.url.lower()
    ]
    home = source.homepage or source.listings[0].url
    named += [*await run.fetcher.sitemaps(home), *run.archive.sitemaps(source.id)]
    return list(dict.fromkeys(named)) or [home]


async def _take(step: Step, walk: Walk, run: Run) -> None:
    """Ask one listing of the walk: what it names inside the span becomes wanted."""
    source = walk.source
    if _covered(step, walk, run):
        run.archive.leave_step(step, "range covered", run.clock.now())
        return
    try:
        if walk.via == "wayback":
            visit = await _index(step, walk, run)
        else:
            visit = await _listing(step, walk, run)
    except Exception as error:  # noqa: BLE001 - one listing must not stop the walk; see told
        known = told(step.url, error)
        if walk.via == "wayback":
            known = _pausing(known, run)
        visit = replace(visits.failed(source.id, known, run.clock.now(), attempts=step.attempts), listing=True)
        if visit.outcome is Outcome.GONE and (
            step.number or is_archive_page(step.url)
        ):  # past the last page; a day without news
            visit = replace(visit, outcome=Outcome.LISTED, reason="nothing there")
        if visit.outcome is not Outcome.DEFERRED and step.number and not is_archive_page(step.url):
            visit = replace(visit, ahead=tuple(_next_page(step, jumps.PAST, None, walk, run)))
    run.record(source, replace(visit, url=step.url, step=step.id))


def _covered(step: Step, walk: Walk, run: Run) -> bool:
    """Are the stories of the page before this one, as they were filed, all older than the span?"""
    if walk.via != "pages" or not step.number:
        return False
    newest = period_of(run.archive.newest_before(walk.record, step))
    return newest is not None and newest[1] < walk.span.first


async def _listing(step: Step, walk: Walk, run: Run) -> Visit:
    """A sitemap, a section page, a day's page or a feed of the site itself."""
    source = walk.source
    page = await ask(step.url, source, run, "listing")
    reading = await run.reader.links(page, selector_of(source, step.start), story_forms(source, run))
    kind = reading.kind
    home = step.url == source.homepage and step.url not in {listing.url for listing in source.listings}
    if walk.via == "sitemap":
        return _visit(page, walk, kind, *_of_sitemap(page, reading, walk))
    if kind == "sitemap" or (home and run.archive.met_a_section(walk.record)):
        return _visit(page, walk, kind, [], [])
    every = (await run.reader.links(page, "a")).links if kind == "section" else ()
    stories = [link for link in reading.links if link.kind == "story"]
    if home:
        sections = [link.url for link in reading.announced if "sitemap" not in urlsplit(link.url).path]
        return _visit(page, walk, kind, stories, _starts(sections) + _days(page, every, walk))
    older = next((link.url for link in reading.links if link.kind == "listing"), None)
    if is_archive_page(step.url):
        later = later_page(every, step.url)
        return _visit(page, walk, kind, stories, [_behind(step, later)] if later else [])
    days = _days(page, every, walk) if step.number == 0 else []
    verdict = _verdict(step, stories, older, walk, run)
    visit = _visit(page, walk, kind, stories, days + _next_page(step, verdict, older, walk, run))
    return replace(visit, reason=verdict or visit.reason)


def _of_sitemap(page: Page, reading: ListingReading, walk: Walk) -> tuple[list[Link], list[Step]]:
    """What a sitemap names; of a front page, where its sitemaps are."""
    links = reading.links
    if reading.kind != "sitemap":
        named = [link.url for link in reading.announced if "sitemap" in urlsplit(link.url).path.lower()]
        usual = [url for url in usual_places(page.final_url) if "sitemap" in url]
        return [], _starts(named or usual[:NO_SITEMAP_NAMED])
    children = [link.url for link in links if link.kind == "listing" and walk.span.sitemap(link)]
    return [link for link in links if link.kind == "story"], _starts(children)


def _verdict(step: Step, stories: list[Link], older: str | None, walk: Walk, run: Run) -> str | None:
    """What a page of a section says of the pages around it; None when it may hold the days, and those behind it, too.

    older   the next page, as its pager says

    The second page may repeat the first: sites count from 0 or from 1.
    """
    again = run.archive.repeated(walk.record, stories) and step.number != 1
    if not stories or again or walk.span.over(stories):
        return jumps.PAST
    if walk.span.ahead(stories, DISORDER):
        return jumps.TOO_NEW
    return None if older or _paged(step, walk) else jumps.PAST


def _next_page(step: Step, verdict: str | None, older: str | None, walk: Walk, run: Run) -> list[Step]:
    """The page of the section that is asked next, see jumps.py; none at the end of it.

    verdict   of the page at hand
    """
    paged = _paged(step, walk)
    if verdict == jumps.TOO_NEW and not (older or paged):
        return []
    asked = run.archive.pages_asked(walk.record, step.start)
    verdicts = {number: jumps.PAST if reason in _NOTHING else reason for number, (_, reason) in asked.items()}
    number = jumps.next_number({**verdicts, step.number: verdict or "listed"})
    if number is None:
        return []
    known = {**{one: url for one, (url, _) in asked.items()}, step.number: step.url}
    if older:
        known[step.number + 1] = older
    url = paged.page(number) if paged else jumps.address(known, number)
    if url:
        return [Step(url=url, start=step.start, number=number)]
    return [_behind(step, older)] if older and number > step.number else []


def _paged(step: Step, walk: Walk) -> Listing | None:
    """What config.yaml says of how the section is paged."""
    return next((one for one in walk.source.listings if one.url == step.start and one.pages), None)


def _behind(step: Step, url: str) -> Step:
    return Step(url=url, start=step.start, number=step.number + 1)


def _days(page: Page, every: Sequence[Link], walk: Walk) -> list[Step]:
    """The pages of the span's days or months, when a page leads to any page of a day or month."""
    return _starts(archive_pages(every, page.final_url, walk.span.days()))


def _starts(urls: list[str]) -> list[Step]:
    return [Step(url=url, start=url) for url in urls]


def _visit(page: Page, walk: Walk, kind: str, stories: list[Link], ahead: list[Step]) -> Visit:
    inside = [link for link in stories if walk.span.story(link)]
    visit = visits.listed(walk.source.id, page, kind, inside, answer_of(page))
    outside = tuple(link for link in stories if not walk.span.story(link))
    return replace(visit, outside=outside, ahead=tuple(ahead))


async def _index(step: Step, walk: Walk, run: Run) -> Visit:
    """A part of the Wayback Machine's index."""
    page = await run.fetcher.get(step.url, want="any", delay=walk.delay)
    rows, key = wayback.read_rows(page.body, step.url)
    links = wayback.as_links(rows, walk.endpoint)
    inside = [link for link in links if wayback.inside(link, walk.span)]
    visit = visits.listed(walk.source.id, page, "wayback", inside, answer_of(page))
    older = wayback.following(step.url, rows, key)
    ahead = (Step(url=older, start=step.start, number=step.number + 1),) if older else ()
    outside = tuple(link for link in links if not wayback.inside(link, walk.span))
    return replace(visit, outside=outside, ahead=ahead, exchanges=())  # the index is not a page of the newspaper


async def _fetch(link: Wanted, walk: Walk, run: Run) -> None:
    """One address: from the site itself, or as it was captured."""
    if link.capture is None:
        await ingest(link, walk.source, run)
        return
    try:
        page = wayback.as_captured(await run.fetcher.get(link.capture, delay=walk.delay), link)
    except Exception as error:  # noqa: BLE001 - as in _take
        run.record(walk.source, _not_had(link, _pausing(told(link.url, error), run), walk, run))
        return
    await file(page, walk.source, run, link)


def _pausing(error: ScrapeError, run: Run) -> ScrapeError:
    """The whole walk waits when the Wayback Machine wants no requests. Its robots.txt is no verdict on the pages."""
    if isinstance(error, DisallowedByRobots):
        error = RobotsUnavailable(error.url, "robots.txt of the Wayback Machine", reason="robots.txt elsewhere")
    if isinstance(error, WrongType):  # it lists pages only: this is a message of its own, and passes
        error = ServerTrouble(error.url, error.detail, reason="no capture", status=error.status)
    if isinstance(error, Throttled | RobotsUnavailable):
        run.stop(f"the Wayback Machine ({error.reason})")
    return error


def _not_had(link: Wanted, error: ScrapeError, walk: Walk, run: Run) -> Visit:
    """What goes wrong with a capture says nothing of the page itself: neither that it is gone nor where it is."""
    visit = visits.failed(walk.source.id, error, run.clock.now(), attempts=link.attempts)
    detail = ", ".join(filter(None, (visit.detail, f"from {link.capture}")))
    gone = visit.outcome is Outcome.GONE
    return replace(
        visit,
        url=link.url,
        outcome=Outcome.REJECTED if gone else visit.outcome,
        reason="no capture" if gone else visit.reason,
        detail=detail,
        answer=None,
    )
