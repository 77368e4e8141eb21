"""One kept page, read again."""

from __future__ import annotations

from archive import Archive, extractions
from archive.errors import ArchiveError
from archive.extractions import Target
from archive.records import Exchange, Visit
from scraper import visits
from scraper.clock import Clock
from scraper.codings import Corrupt, Oversized, Truncated, decode_body
from scraper.config import Source
from scraper.errors import ExtractionFailed, ScrapeError
from scraper.page import Page
from scraper.workers import PageReader, Reading

UNREADABLE = "unreadable capture"
MAX_BODY = 50_000_000  # bytes, decompressed: what the fetcher takes, too


async def read_again(target: Target, source: Source | None, archive: Archive, reader: PageReader) -> Reading:
    """What a kept page says now; always an article. Raises ScrapeErrors.

    source   for its rules; None when config.yaml does not name it any more
    """
    try:
        page = page_of(archive.exchange(target.capture))
    except ArchiveError as error:  # the page of another revision may be whole
        raise ExtractionFailed(target.capture.url, str(error), reason=UNREADABLE) from error
    reading = await reader.read(page, target.hint, source.rules if source else ())
    if reading.article is None:
        raise visits.barrier_error(page, reading.barrier)
    if objection := visits.objection(page, reading.article):
        raise objection
    return reading


async def settle(visit: Visit, source: Source, archive: Archive, reader: PageReader, clock: Clock) -> None:
    """Before a page that reads differently is filed: does the page that is held read differently now, too?

    Then a newer extractor or another rule makes the difference, or a part of it, and the held reading is brought up
    first, so that only what the newspaper changed becomes a revision.
    """
    if visit.article is None:
        return
    final_url = visit.answer.final_url if visit.answer else visit.url
    revision = extractions.outdated(archive.db, visit.source, final_url, visit.article)
    if revision is None:
        return
    try:
        reading = await read_again(extractions.target(archive.db, revision), source, archive, reader)
    except ScrapeError:
        return  # nothing to compare with: what came now is filed as it is
    if reading.article is not None and archive.reread(revision, reading.article, reading.extractor):
        number = archive.begin_reextraction({"for": "a visit", "revision": revision}, clock.now())
        archive.reread(revision, reading.article, reading.extractor, number)


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
