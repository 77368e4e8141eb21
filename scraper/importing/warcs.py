"""A record of a WARC file as the page it was made of, or the reason why it is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from archive import warc
from archive.records import Exchange
from archive.warcfile import Piece
from scraper.config import Source
from scraper.errors import ExtractionFailed
from scraper.fetch.types import unreadable, unwanted
from scraper.importing.unusable import Unusable
from scraper.page import Page
from scraper.rereading import page_of

_DIGITS = re.compile(r"\d{14}")
_FIRST_YEAR = 1990  # of the web
_OTHERS = frozenset({"warcinfo", "request", "metadata", "revisit", "conversion", "continuation"})


def page(piece: Piece, file: str, source_of: Callable[[str], Source], now: datetime) -> tuple[Page, Source]:
    """The page and its newspaper. Cheap questions first: most records of a large file are for others.

    file        name of the WARC file, for the capture's origin
    source_of   raises Unusable for an address that is not wanted
    now         nothing was captured later
    """
    if piece.problem:
        raise Unusable(piece.problem)
    kind = piece.headers.get("warc-type", "").lower()
    if kind not in ("response", "resource"):
        raise Unusable(f"{kind} record" if kind in _OTHERS else "unknown record", kind[:100])
    url = piece.headers.get("warc-target-uri", "").strip("<> ")
    source = source_of(url)
    declared = piece.headers.get("content-type", "").lower()
    if kind == "response" and not declared.startswith("application/http"):
        raise Unusable("not HTTP", declared[:100])
    given = warc.exchange({**piece.headers, "warc-date": _date(piece.headers.get("warc-date"), now)}, piece.block)
    if given.status != 200:
        raise Unusable(f"status {given.status}" if given.status else "no HTTP answer", url)
    if piece.headers.get("warc-truncated"):
        raise Unusable("cut body", piece.headers["warc-truncated"][:100])
    whole = warc.unchunked(given)
    exchange = replace(whole, url=url, via="warc", origin=f"{file}#{piece.offset}")
    return _page(exchange), source


def _date(stated: str | None, now: datetime) -> str:
    """The time of a capture, in UTC if nothing else is said, as the format asks for: ISO 8601 or 14 digits."""
    if not stated:
        raise Unusable("no date")
    try:
        at = datetime.fromisoformat(f"{stated[:8]}T{stated[8:]}" if _DIGITS.fullmatch(stated) else stated)
    except ValueError as error:
        raise Unusable("unreadable date", stated[:100]) from error
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if at.year < _FIRST_YEAR:
        raise Unusable("unreadable date", stated[:100])
    if at > now + timedelta(days=1):  # a day: clocks differ
        raise Unusable("date in the future", stated[:100])
    return at.isoformat()


def _page(exchange: Exchange) -> Page:
    if kind := unwanted(warc.header(exchange.headers, "content-type"), "page"):
        raise Unusable("not HTML", kind)
    try:
        page = page_of(exchange)
    except ExtractionFailed as error:
        raise Unusable("unreadable body", error.detail) from error
    if not page.body.strip():
        raise Unusable("empty body", exchange.url)
    if kind := unreadable(page.body, page.content_type, "page"):
        raise Unusable("not HTML", kind)
    return page
