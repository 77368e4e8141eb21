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
from scraper.extract import calendars
from scraper.extract.document import Document
from scraper.extract.lines import Line
from scraper.extract.names import PREFIX, announces, full_name, people
from scraper.extract.structured import Node, Structured, many, plain, types
from scraper.extract.title import folded, host_names

MAX_AUTHORS = 20  # a longer list is a masthead

_META = re.compile(
    r"(?:^|[.:_-])(?:author|authors|byl|byline|article:author_name|articleauthor|article_author|"
    r"citation_author|creator)s?(?:[._-]?name)?$"
)
_NOT_META = re.compile(r"^(?:twitter|fediverse|og:image|book|profile|music|video)|generator")
_AUTHOR_PAGE = re.compile(
    r"/(?:[\w-]*authors?|autor(?:en|es|i|zy)?|auteurs?|autori|people|profiles?|by|byline|staff|"
    r"contributors?|writers?|columnists?|"
    r"journalists?|reporters?|redaktion|firmas?|person(?:en|s)?|skribent|forfatter|"
    r"team(?:-members?)?|av|yazar(?:lar)?|penulis|tac-gia|@[\w.-]+)(?:/|\.|$|\?)",
    re.I,
)
_BYLINE = re.compile(
    r"(?:^|[\s_-])(?:[\w]*by-?_?line|author|authors|autor|autore|auteur|writer|reporter|"
    r"journalist|contributor|signature|kicker-author|"
    r"post-?author|article-?author|author-?name|authorname|entry-author|vcard|fn(?![\w-])|penulis|"
    r"redacteur|skribent|credits-author|creator)\w*",
    re.I,
)
_NOT_BYLINE = re.compile(
    r"related|recommend|most-|popular|latest|trending|teaser|sidebar|comment|nav\b|menu|footer|"
    r"(?<!v)card|caption|credit\b|photo|reviewed|"
    r"fact-?check|social|share|(?<!no)follow|subscribe|newsletter|avatar-only|review-?by"
)


# A date's lead-in that is left when the date is taken out: "Friday, ", "Published ".
_WEEKDAY = re.compile(
    r"\s*[|,•·–—-]?\s*(?:\b(?:(?:last )?updated|published|posted|on|publié|am|le)\b[:\s]*|"
    r"\w+day,?|\w+tag,?|\w+di,?)\s*$",
    re.I,
)


_OUTSIDE = re.compile(r"related|recommend|most-|popular|latest|trending|sidebar|comments|footer")


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
) -> Iterator[tuple[str, list[str], bool]]:
    """(source, raw names, whether only what looks like a name may stay), best first.

    `offers` and `outlets` grow while this is read: the whole page is searched only when nobody is named by then.
    """
    organisations: list[str] = []
    for story in structured.stories[:3]:
        persons: list[str] = []
        for value in [*many(story.get("author")), *many(story.get("creator"))]:
            name, is_person = _named(structured.resolve(value), structured)
            if name:
                (persons if is_person else organisations).append(name)
        if persons:
            yield "json-ld", list(dict.fromkeys(persons)), False
            break
    metas = [
        (f"meta {name}", list(values))
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
    yield from _printed(lines)
    if hint is not None and hint.authors:
        yield "feed", list(hint.authors), False
    marked = document.tree.css("[itemprop~=author], a[rel~=author]")[:3]
    for node in marked:
        inner = node.css_first("[itemprop~=name]")
        text = plain((inner or node).text(separator=" ")) or plain(node.attributes.get("content") or "")
        if text and len(text) < 120:
            yield "microdata", [text], True
            break
    if not organisations and all(offer.stated and _outlet(name, outlets) for offer in offers for name in offer.names):
        yield from _anywhere(document)
    if organisations:
        yield "json-ld", organisations, False


def _named(value: Any, structured: Structured) -> tuple[str, bool]:
    """The name of a JSON-LD author, and whether it may be a person."""
    if isinstance(value, str):
        return ("" if value.startswith(("http", "#", "/")) else plain(value)), True
    if not isinstance(value, dict):
        return "", False
    node: Node = value
    name = next((plain(text) for text in many(node.get("name")) if isinstance(text, str)), "")
    if not name:
        parts = [
            next((plain(t) for t in many(node.get(key)) if isinstance(t, str)), "")
            for key in ("givenName", "familyName")
        ]
        name = " ".join(filter(None, parts))
    return name, not any(kind.endswith(("Organization", "WebSite", "Corporation", "Brand")) for kind in types(node))


def _written_by(document: Document) -> str | None:
    """The author in the card that WordPress writes for chat programs: twitter:data1, labelled "Written by"."""
    label, value = document.meta.get("twitter:label1", ()), document.meta.get("twitter:data1", ())
    if label and value and len(value[0]) < 80 and not any(map(str.isdigit, value[0])):
        return value[0]
    return None


def _printed(lines: Sequence[Line]) -> Iterator[tuple[str, list[str], bool]]:
    """Bylines near the headline, those below it first; what says that it is one before what only looks like one."""
    near = [line for line in lines if -8 <= line.distance <= 30 and len(line.text) < 240]
    near.sort(key=lambda line: (line.distance < 0, abs(line.distance)))
    near = [line for line in near if not _NOT_BYLINE.search(line.names) and not _OUTSIDE.search(line.outer)]
    marked: list[str] = []
    dated: list[str] = []
    announced = False
    for line in near:
        text = _dateless(line.text)
        linked = [plain(words) for address, words in line.links if _AUTHOR_PAGE.search(address)]
        named = bool(_BYLINE.search(line.names)) and len(line.text) < 160
        if linked and (named or announced or len(line.text) < 100):
            yield "byline link", linked, True
        elif announced:
            yield "byline", [text], True
        elif people([text], strict=True, prefixed=True):
            yield "byline text", [text], True
        elif text != line.text:
            if named or abs(line.distance) <= 4:
                dated.append(text)
        elif named:
            marked.append(text)
        announced = announces(line.text)
    full = [text for text in (*marked, *dated) if (found := people([text], strict=True)) and all(map(full_name, found))]
    for text in dict.fromkeys([*full, *marked]):
        yield "byline", [text], True


def _dateless(text: str) -> str:
    """The line without the dates in it; what stood on both sides of one is parted by a bar."""
    if not any(map(str.isdecimal, text)):
        return text
    plain_digits = calendars.digits(text)
    for _, raw in calendars.stated(text):
        at = plain_digits.find(raw)
        if at >= 0:
            head, tail = text[:at].strip(" ,|-–—•·"), text[at + len(raw) :].strip(" ,.|-–—•·")
            head = _WEEKDAY.sub("", head)
            return tail if not head or (" " not in head and full_name(tail)) else head
    return text


def _anywhere(document: Document) -> Iterator[tuple[str, list[str], bool]]:
    """The one name that lines beginning with "By" give, wherever they stand; nothing when they give several."""
    body = document.tree.body
    named: list[tuple[str, list[str]]] = []
    announced = False
    for line in body.text(separator="\n").split("\n") if body is not None else ():
        text = line.strip()
        if not text:
            continue
        if len(text) < 80 and (announced or PREFIX.match(text)):
            found = people([_dateless(text)], strict=True, prefixed=not announced)
            if found and all(map(full_name, found)):
                named.append((text, found))
        announced = announces(text)
    if named and all(set(map(folded, found)) == set(map(folded, named[0][1])) for _, found in named):
        yield "line", [named[0][0]], True
