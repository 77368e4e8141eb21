"""A record of a WARC file as the page it was made of, or the reason why it is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from archive import warc
from archive.records import Exchange
from archive.warcfile import Piece
from scraper.config import Source
from scraper.errors import ExtractionFailed
from scraper.fetch.types import unreadable, unwanted
from scraper.importing.unusable import Unusable
from scraper.page import Page
from scraper.rereading import page_of

_OTHERS = frozenset({"warcinfo", "request", "metadata", "revisit", "conversion", "continuation"})


def page(piece: Piece, file: str, source_of: Callable[[str], Source]) -> tuple[Page, Source]:
    """The page and its newspaper. Cheap questions first: most records of a large file are for others.

    file        name of the WARC file, for the capture's origin
    source_of   raises Unusable for an address that is not wanted
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
    if "warc-date" not in piece.headers:
        raise Unusable("no date")
    try:
        given = warc.exchange(piece.headers, piece.block)
    except ValueError as error:
        raise Unusable("unreadable date", piece.headers["warc-date"][:100]) from error
    if given.at.tzinfo is None:
        raise Unusable("unreadable date", piece.headers["warc-date"][:100])
    if given.status != 200:
        raise Unusable(f"status {given.status}" if given.status else "no HTTP answer", url)
    if piece.headers.get("warc-truncated"):
        raise Unusable("cut body", piece.headers["warc-truncated"][:100])
    whole = warc.unchunked(given)
    exchange = replace(whole, url=url, via="warc", origin=f"{file}#{piece.offset}")
    return _page(exchange), source


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
