"""One kept page, read again."""

from __future__ import annotations

from collections.abc import Callable

from archive import Archive, extractions
from archive.errors import ArchiveError
from archive.extractions import Target
from archive.records import Capture, Exchange, Visit
from scraper import visits
from scraper.clock import Clock
from scraper.codings import Corrupt, Oversized, Truncated, decode_body
from scraper.config import Source
from scraper.errors import ExtractionFailed, told
from scraper.page import Page
from scraper.workers import PageReader, Reading

UNREADABLE = "unreadable capture"
MAX_BODY = 50_000_000  # bytes, decompressed: what the fetcher takes, too


async def read_again(
    target: Target, source: Source | None, archive: Archive, reader: PageReader, furniture: frozenset[str]
) -> Reading:
    """What a kept page says now; always an article. Raises ScrapeErrors.

    source      for its rules; None when config.yaml does not name it any more
    furniture   fingerprints of the blocks that come back on its pages
    """
    page = kept_page(target.capture, archive)
    reading = await reader.read(page, target.hint, source.rules if source else (), furniture)
    if reading.article is None:
        raise visits.barrier_error(page, reading.barrier)
    if objection := visits.objection(page, reading.article):
        raise objection
    return reading


async def try_again(
    revision: int, source: Source, archive: Archive, reader: PageReader, furniture: frozenset[str]
) -> Reading | None:
    """What the page of a revision says now; None when it cannot be told: then it keeps the reading it has."""
    target = extractions.target(archive.db, revision)
    try:
        return await read_again(target, source, archive, reader, furniture)
    except Exception as error:  # noqa: BLE001 - as in pipeline.ingest: one page must not stop the run
        told(target.capture.url, error)
        return None


def bring_up(revision: int, reading: Reading | None, archive: Archive, begin: Callable[[], int]) -> bool:
    """Put another reading of a revision in place when it differs. `begin` gives the number of a re-extraction."""
    if reading is None or reading.article is None or not archive.reread(revision, reading.article, reading.extractor):
        return False
    archive.reread(revision, reading.article, reading.extractor, begin())
    return True


async def settle(
    visit: Visit, source: Source, archive: Archive, reader: PageReader, clock: Clock, furniture: frozenset[str]
) -> None:
    """Before a page that reads differently is filed: does the page that is held read differently now, too?

    Then a newer extractor, another rule or a block learned since makes the difference, or a part of it, and the held
    reading is brought up first, so that only what the newspaper changed becomes a revision.
    """
    if visit.article is None:
        return
    final_url = visit.answer.final_url if visit.answer else visit.url
    revision = extractions.outdated(archive.db, visit.source, final_url, visit.article)
    if revision is not None:
        reading = await try_again(revision, source, archive, reader, furniture)
        options = {"for": "a visit", "revision": revision}
        bring_up(revision, reading, archive, lambda: archive.begin_reextraction(options, clock.now()))


def kept_page(capture: Capture, archive: Archive) -> Page:
    """A page as it was kept. Raises ExtractionFailed when it cannot be read."""
    try:
        return page_of(archive.exchange(capture))
    except ArchiveError as error:  # the page of another revision may be whole
        raise ExtractionFailed(capture.url, str(error), reason=UNREADABLE) from error


def page_of(exchange: Exchange) -> Page:
    """A kept exchange as the page that was read. Raises ExtractionFailed when its body cannot be unpacked."""
    headers: dict[str, str] = {}
    for name, value in exchange.headers:
        key = name.strip().lower()
        headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
    try:
        body = decode_body(exchange.body, headers.get("content-encoding", ""), MAX_BODY, unwrap=False)
    except (Oversized, Truncated, Corrupt) as error:
        raise ExtractionFailed(exchange.url, str(error), reason=UNREADABLE) from error
    return Page(
        url=exchange.url,
        final_url=exchange.url,
        status=exchange.status,
        headers=headers,
        body=body,
        fetched_at=exchange.at,
        exchanges=(exchange,),
    )
