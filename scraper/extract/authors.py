"""Who wrote a story: people and agencies, without "By", job titles, addresses and the name of the outlet.

Statements for machines come first, then the byline. The outlet itself is an author only when nobody else is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from archive.records import Evidence, Link
from scraper.extract import bylines
from scraper.extract.bylines import Statement
from scraper.extract.document import Document
from scraper.extract.lines import Line
from scraper.extract.names import full_name, people
from scraper.extract.structured import Node, Structured, many, plain, strings, types
from scraper.extract.title import host_names
from scraper.extract.wording import folded

MAX_AUTHORS = 20  # a longer list is a masthead

_META = re.compile(
    r"(?:^|[.:_-])(?:author|authors|byl|byline|article:author_name|articleauthor|article_author|"
    r"citation_author|creator)s?(?:[._-]?name)?$"
)
_NOT_META = re.compile(r"^(?:twitter|fediverse|og:image|book|profile|music|video)|generator")


@dataclass(frozen=True, slots=True)
class Authors:
    """Names in the order of the page, and where they were found (None when there are none)."""

    names: tuple[str, ...]
    evidence: Evidence | None


@dataclass(frozen=True, slots=True)
class _Offer:
    source: str
    raw: str
    names: tuple[str, ...]

    @property
    def stated(self) -> bool:
        """Written for machines, not for readers."""
        return self.source == "json-ld" or self.source.startswith("meta ")


def read(
    document: Document,
    structured: Structured,
    lines: Sequence[Line],
    site_names: Iterable[str],
    *,
    title: str | None = None,
    hint: Link | None = None,
) -> Authors:
    """Weigh every statement about who wrote this page."""
    outlets = {folded(name) for name in (*site_names, *host_names(document.url))} - {""}
    offers: list[_Offer] = []
    host = (urlsplit(document.url).hostname or "?").removeprefix("www.")
    for source, raw, strict in _statements(document, structured, lines, hint, offers, outlets):
        raw = list(map(plain, raw))
        if any(host in text for text in raw):  # "Deutsche Welle (www.dw.com)" signs itself
            outlets.update(map(folded, people(text for text in raw if host in text)))
        names = tuple(name for name in people(raw, strict=strict) if folded(name) != folded(title or ""))
        if names:
            offers.append(_Offer(source, " | ".join(raw), names))
    chosen = _chosen(offers, outlets)
    if chosen is None:
        return Authors((), None)
    named = tuple(name for name in chosen.names if not _outlet(name, outlets)) or chosen.names
    others = tuple(dict.fromkeys((offer.source, offer.raw) for offer in offers if offer is not chosen))
    return Authors(named[:MAX_AUTHORS], Evidence(chosen.source, chosen.raw, others))


def _chosen(offers: Sequence[_Offer], outlets: set[str]) -> _Offer | None:
    """The first that names somebody besides the outlet; a later one only when it names these and more."""
    named = [offer for offer in offers if not all(_outlet(name, outlets) for name in offer.names)]
    if any(offer.stated for offer in offers):
        named = [offer for offer in named if offer.source != "byline" or all(map(full_name, offer.names))]
    if named and named[0].stated and all(map(_login, named[0].names)):
        # "klim" and "lim.dalin" are whoever put the page on line; the printed name is whoever wrote it.
        printed = [offer for offer in named if offer.source.startswith("byline") and all(map(full_name, offer.names))]
        named = printed[:1] + named
    if not named:
        return next((offer for offer in offers if offer.stated), offers[0] if offers else None)
    best = named[0]
    for offer in named[1:]:
        mine, theirs = set(map(folded, best.names)), set(map(folded, offer.names))
        if (
            mine < theirs
            and len(theirs) <= 8
            and offer.source.split(" ")[0] in {"json-ld", "meta", "byline", "microdata"}
        ):
            best = offer
    return best


def _login(name: str) -> bool:
    """Whether a name is that of an account: one word with a full stop, a digit or capitals inside, or none at all."""
    return " " not in name and name.isascii() and not name.istitle() and not name.isupper()


def _outlet(name: str, outlets: set[str]) -> bool:
    """Whether a name is that of the outlet or of a part of it ("Gazette", "Gazette Online")."""
    own = folded(name)
    return any(own == outlet or own.replace(" ", "") == outlet.replace(" ", "") for outlet in outlets)


def _statements(
    document: Document,
    structured: Structured,
    lines: Sequence[Line],
    hint: Link | None,
    offers: Sequence[_Offer],
    outlets: set[str],
) -> Iterator[Statement]:
    """What names authors, best first.

    `offers` and `outlets` grow while this is read: the whole page is searched only when nobody is named by then.
    """
    organisations: list[str] = []
    for story in structured.stories[:3]:
        named = [
            _named(structured.resolve(value)) for value in (*many(story.get("author")), *many(story.get("creator")))
        ]
        if any(names and person for names, person in named):
            # An agency beside a person is an author too; the outlet beside one is not.
            kept = [name for names, person in named for name in names if person or not _outlet(name, outlets)]
            yield "json-ld", list(dict.fromkeys(kept)), False
            break
        organisations += [name for names, _ in named for name in names]
    metas = [
        (f"meta {name}", _turned(list(values)) if "citation" in name else list(values))
        for name, values in document.meta.items()
        if _META.search(name) and not _NOT_META.search(name)
    ]
    written = _written_by(document)
    # What a page states in the most places is listed first; "author" is often the outlet, the others rarely.
    metas.sort(key=lambda item: (item[0] != "meta article:author", item[0] == "meta author", item[0]))
    for source, values in metas:
        yield source, values, False
    if written:
        yield "meta twitter:data", [written], False
    yield from bylines.printed(lines)
    if hint is not None and hint.authors:
        yield "feed", list(hint.authors), False
    marked = document.tree.css("[itemprop~=author], a[rel~=author]")[:3]
    for node in marked:
        inner = node.css_first("[itemprop~=name]")
        text = plain((inner or node).text(separator=" ")) or plain(node.attributes.get("content") or "")
        if text and len(text) < 120:
            yield "microdata", [text], True
            break

    def unsigned() -> bool:
        """Nobody is named so far, or only by a machine that names the outlet."""
        return all(offer.stated and _outlet(name, outlets) for offer in offers for name in offer.names)

    if unsigned():
        yield from bylines.beside_date(document, structured, lines)
    if unsigned() and not organisations:
        yield from bylines.anywhere(document)
    if unsigned():
        yield from bylines.boxed(document)
    if unsigned():
        yield from bylines.signed(document)
    if organisations:
        yield "json-ld", organisations, False


def _named(value: Any) -> tuple[list[str], bool]:
    """The names that a JSON-LD author gives (some write all authors into one), and whether it may be a person."""
    if isinstance(value, str):
        return ([] if value.startswith(("http", "#", "/")) else [plain(value)]), True
    if not isinstance(value, dict):
        return [], False
    node: Node = value
    names = strings(node.get("name"))
    if not names:
        names = [" ".join(name for key in ("givenName", "familyName") for name in strings(node.get(key))[:1])]
    person = not any(kind.endswith(("Organization", "WebSite", "Corporation", "Brand")) for kind in types(node))
    return [name for name in names if name], person


def _turned(names: list[str]) -> list[str]:
    """Names as libraries file them, "Lim, Dalin", as they are read: where all in the list have their one comma."""
    halves = [name.split(", ") for name in names]
    return [f"{half[1]} {half[0]}" for half in halves] if all(len(half) == 2 for half in halves) else names


def _written_by(document: Document) -> str | None:
    """The author in the card that WordPress writes for chat programs: twitter:data1, labelled "Written by"."""
    label, value = document.meta.get("twitter:label1", ()), document.meta.get("twitter:data1", ())
    if label and value and len(value[0]) < 80 and not any(map(str.isdigit, value[0])):
        return value[0]
    return None
