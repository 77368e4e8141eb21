"""When a story was published and when it was changed, as precisely as the page states it.

Statements for machines come first (JSON-LD, meta, microdata), then what is printed near the headline, then the feed or
sitemap that named the page, then the address, and last htmldate without its guess from footers. A page that prints one
date for its readers, that of its last update, is filed under it: so it is cited by the style guides that know the case
(APA 7, Chicago 17). A value is refused when it lies after the moment of fetching (a day is granted for zones) or before
newspapers were on the web; an unknown date stays None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from htmldate import find_date

from archive.records import Evidence, Link
from scraper.address_facts import date_in
from scraper.extract import calendars, date_words
from scraper.extract.document import Document
from scraper.extract.lines import Line
from scraper.extract.structured import Structured, strings
from scraper.extract.timestamps import iso, moment

EARLIEST = "1990-01-01"  # the first newspapers went on the web in 1992; older "dates" are epochs and defaults
BESIDE = 4  # lines after the headline in which a date may follow names and their titles
# Tags of a page that htmldate reads: lxml is held for minutes by hostile pages, real ones have a third of these.
MAX_TAGS = 30_000

_GENERIC = frozenset({"ai", "cc", "co", "fm", "gg", "io", "ly", "me", "so", "to", "tv"})  # endings that say no country
_SHOWN = frozenset({"line", "time"})
TOLERANCE = timedelta(days=1)  # a page may state its day in a zone ahead of UTC

_STANDARD_NAME = re.compile(
    r"(?:(?:og:)?(?:article:)?published_time|(?:article:|og:)?modified_time|og:updated_time|"
    r"date_?published|date_?modified|"
    r"dc(?:terms)?[.:](?:date\.)?(?:issued|created|published|modified)|parsely-pub-date|"
    r"sailthru\.date|cxenseparse:.*publishtime|"
    r"citation_(?:publication|online)_date|pubdate|publish-?date|publication_date)$"
)
_PUBLISHED_NAME = re.compile(
    r"publi|pub_?-?date|issued|created|release|posted|first_?-?published|date-?written|erstellt"
)
_CHANGED_NAME = re.compile(r"modif|updat|revis|chang|last-?edit|review")
_NO_STORY_NAME = re.compile(
    r"expire|copyright|event|start|end_?date|valid|fetch|build|server|unpublish|avail|retriev|access|birth|death"
)
_DATE_PLACE = re.compile(r"date|time|publish|posted|byline|meta|dateline|timestamp|stamp|datum|fecha|info|author|entry")
_ELSEWHERE = re.compile(
    r"related|recommend|most-|popular|latest|trending|teaser|sidebar|(?<!elementor-)widget|comment|menu|"
    r"(?<![a-z])nav(?:bar|igation)?(?![a-z])|masthead|(?<![a-z])events?(?![a-z])|footer|ticker|caption|credit|figure|gallery"
)
_PICTURE = re.compile(r"pic|image|img|photo|foto|bild|media")
_OUTSIDE = re.compile(r"related|recommend|most-|popular|latest|trending|sidebar|comments|footer")


@dataclass(frozen=True, slots=True)
class Dates:
    """`published` and `modified` as ISO 8601 text or None, and where each was found."""

    published: str | None
    modified: str | None
    published_evidence: Evidence | None
    modified_evidence: Evidence | None


@dataclass(frozen=True, slots=True)
class _Offer:
    source: str
    raw: str
    value: str


def read(
    document: Document,
    structured: Structured,
    lines: Sequence[Line],
    *,
    fetched_at: datetime | None = None,
    hint: Link | None = None,
    language: str | None = None,
) -> Dates:
    """Weigh every statement about the dates of this page. `language` is what the page declares ("en-GB")."""
    latest = _latest(fetched_at)
    language = _regional(document, language)

    def credible(offers: Iterator[_Offer]) -> list[_Offer]:
        return [offer for offer in offers if offer.value >= EARLIEST and offer.value[:10] <= latest]

    first: list[_Offer] = []
    changed: list[_Offer] = []
    for is_change, offer in _machine(document, structured, language):
        (changed if is_change else first).append(offer)
    for is_change, offer in _printed(lines, language):
        (changed if is_change else first).append(offer)
    if hint is not None and hint.published and (value := iso(hint.published)):
        first.append(_Offer("feed", hint.published, value))
    if (day := date_in(document.url)) is not None:
        first.append(_Offer("address", document.url, day))
    first, changed = _untouched(credible(iter(first)), credible(iter(changed)))
    if not first and not changed:
        first = credible(_above(lines, language, fetched_at))
    if not first:
        first = _only_update(changed)
    if not first:
        first = credible(_issue(lines, language))
    if not first:
        first = credible(_labelled(document, language))
    if not first:
        days = {offer.value[:10] for offer in changed}
        first = [offer for offer in credible(_last_resort(document, latest)) if offer.value not in days]
    if hint is not None and hint.modified and not changed and (value := iso(hint.modified)):
        changed = credible(iter([_Offer("sitemap", hint.modified, value)]))
    published = _precise(first)
    modified = _precise(changed)
    if published and modified and moment(modified.value) < moment(published.value):
        changed, modified = [], None  # a change before the beginning is a template's default
    return Dates(
        published.value if published else None,
        modified.value if modified else None,
        _evidence(published, first),
        _evidence(modified, changed),
    )


def _regional(document: Document, language: str | None) -> str | None:
    """The declared language with the country that og:locale or the host's ending adds: they order day and month."""
    if language is None or len(language) != 2:
        return language
    locale = next(iter(document.meta.get("og:locale", ())), "")
    if locale[:2].lower() == language.lower():
        return locale
    ending = (urlsplit(document.url).hostname or "").rpartition(".")[2]
    return f"{language}-{ending}" if len(ending) == 2 and ending not in _GENERIC else language


def printed(text: str, language: str | None = None) -> str | None:
    """The first date in a short text, written for machines or for readers."""
    return iso(text, language) or next((value for value, _ in calendars.stated(text, language)), None)


def _untouched(first: list[_Offer], changed: list[_Offer]) -> tuple[list[_Offer], list[_Offer]]:
    """Where the last change is stated as the publication too, an earlier date that is printed is the truth."""
    if not first or not changed:
        return first, changed
    stated, day = first[0], first[0].value[:10]
    twice = stated.value == changed[0].value and stated.source in {"json-ld", changed[0].source}
    beside = any(offer.source in _SHOWN and offer.value[:10] == day for offer in changed)
    for offer in first[1:]:
        labelled = offer.source == "line" and date_words.PUBLISHED.search(offer.raw) is not None
        if offer.value[:10] < day and (twice or (beside and labelled)):
            return [offer, *(other for other in first if other is not offer)], changed
    return first, changed


def _only_update(changed: Sequence[_Offer]) -> list[_Offer]:
    """The printed date of the last update, where the page prints no other."""
    shown = [offer for offer in changed if offer.source in _SHOWN]
    return shown if len({offer.value[:10] for offer in shown}) == 1 else []


def _latest(fetched_at: datetime | None) -> str:
    """The last day that a page fetched then may state."""
    return (fetched_at + TOLERANCE).date().isoformat() if fetched_at is not None else "9999"


def _machine(document: Document, structured: Structured, language: str | None) -> Iterator[tuple[bool, _Offer]]:
    """What JSON-LD, meta and microdata state: (is it a change?, offer)."""
    stories = structured.stories
    for story in stories[:1] if structured.story.get("datePublished") else stories[:3]:
        for name in ("datePublished", "uploadDate", "dateCreated", "dateModified"):
            for text in strings(story.get(name))[:1]:
                if value := iso(text, language):
                    yield name == "dateModified", _Offer("json-ld", text, value)
    ranked = []
    for name, values in document.meta.items():
        if "date" not in name and "time" not in name and "publi" not in name and "modif" not in name:
            continue
        if _NO_STORY_NAME.search(name):
            continue
        change = bool(_CHANGED_NAME.search(name))
        rank = 0 if _STANDARD_NAME.match(name) else 2 if _PUBLISHED_NAME.search(name) else 3
        ranked += [(rank, change, f"meta {name}", values[0])]
    for node in document.tree.css("[itemprop~=datePublished], [itemprop~=dateModified], time[pubdate], abbr.published")[
        :6
    ]:
        attributes = node.attributes
        text = (
            attributes.get("datetime") or attributes.get("content") or attributes.get("title") or node.text(strip=True)
        )
        if text:
            ranked.append((1, "dateModified" in (attributes.get("itemprop") or ""), "microdata", text))
    for _, change, source, text in sorted(ranked, key=lambda item: item[0]):
        if value := iso(text, language):
            yield change, _Offer(source, text, value)


def _printed(lines: Sequence[Line], language: str | None) -> Iterator[tuple[bool, _Offer]]:
    """What is printed near the headline, time elements first; lines after the headline before those above it."""
    near = sorted(
        (line for line in lines if -5 <= line.distance <= 30), key=lambda line: (line.distance < 0, abs(line.distance))
    )
    near = [line for line in near if not _ELSEWHERE.search(line.names) and not _OUTSIDE.search(line.outer)]
    label = ""
    printed: list[tuple[bool, _Offer]] = []
    for line in near:
        if len(line.text) > 200 and not line.times:
            continue
        for text in line.times:
            if value := iso(text, language) if text else None:
                yield _is_change(line, label, line.text[:40]), _Offer("time", text, value)
        if not any(map(str.isdecimal, line.text)):
            label = line.text if len(line.text) < 30 else ""
            continue
        position = 0
        line_text = calendars.digits(line.text)
        for value, raw in calendars.stated(line.text, language):
            at = max(line_text.find(raw, position), position)
            before, position = line_text[position:at], at + len(raw)
            share = len(raw) / max(len(line.text), 1)
            # A date in a longer line may be that of a picture or an event; one above the headline that of today.
            placed = bool(_DATE_PLACE.search(line.names))
            beside = 0 < line.distance <= BESIDE and len(line.text) < 80
            least = 0.15 if placed else 0.7 if _PICTURE.search(line.names) else 0.2 if beside else 0.35
            if share < least or (line.distance < 0 and not placed):
                continue
            printed.append((_is_change(line, label, before), _Offer("line", line.text[:200], value)))
        label = ""
    yield from printed


def _above(lines: Sequence[Line], language: str | None, fetched_at: datetime | None) -> Iterator[_Offer]:
    """A date alone on the line above the headline, unless it is the day of fetching: papers print that over all."""
    today = fetched_at.date().isoformat() if fetched_at is not None else ""
    for line in lines:
        if -2 <= line.distance < 0 and any(map(str.isdecimal, line.text)) and len(line.text) < 60:
            for value, raw in calendars.stated(line.text, language):
                if len(raw) >= 0.8 * len(line.text) and value[:10] != today and not _ELSEWHERE.search(line.names):
                    yield _Offer("line", line.text, value)


def _issue(lines: Sequence[Line], language: str | None) -> Iterator[_Offer]:
    """The month alone on a line right below the headline."""
    for line in lines:
        if 0 < line.distance <= BESIDE and (value := calendars.month(line.text, language)):
            yield _Offer("line", line.text, value)


def _labelled(document: Document, language: str | None) -> Iterator[_Offer]:
    """The one day that the page labels as its date, wherever it stands: "Date: 12 November 2024" below the story."""
    body = document.tree.body
    found: list[tuple[str, str]] = []
    label = ""
    for text in body.text(separator="\n").split("\n") if body is not None else ():
        line = text.strip()
        if not line:
            continue
        if len(line) < 80 and any(map(str.isdecimal, line)):
            for value, raw in calendars.stated(line, language):
                before = calendars.digits(line).partition(raw)[0] or label
                if len(before) < 30 and (date_words.PUBLISHED.search(before) or date_words.DATE.match(before)):
                    found.append((value, f"{before} {raw}"))
        label = line
    if len({value[:10] for value, _ in found}) == 1:
        yield _Offer("label", found[0][1], found[0][0])


def _is_change(line: Line, label: str, before: str) -> bool:
    """Whether a printed date is labelled as that of an update.

    Class names do not count: "updated" is what hAtom calls the only date of a page.
    """
    if date_words.CHANGED.search(before):
        changed = [match.start() for match in date_words.CHANGED.finditer(before)]
        published = [match.start() for match in date_words.PUBLISHED.finditer(before)]
        return not published or max(changed) > max(published)
    if date_words.PUBLISHED.search(before):
        return False
    return bool(date_words.CHANGED.search(label))


def _last_resort(document: Document, latest: str) -> Iterator[_Offer]:
    """htmldate's reading of the page, without its extensive search (it takes a footer's year for a date)."""
    if document.html.count("<") > MAX_TAGS:
        return
    try:
        found = find_date(
            document.html,
            extensive_search=False,
            original_date=True,
            min_date=EARLIEST,
            max_date=latest if latest != "9999" else "2100-01-01",
        )
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):  # seen on broken markup
        found = None
    if found:
        yield _Offer("htmldate", found, found)


def _precise(offers: Sequence[_Offer]) -> _Offer | None:
    """The first offer, or a later one that says the same day with a clock, or the same moment with its own offset."""
    if not offers:
        return None
    best = offers[0]
    for offer in offers[1:]:
        if _refines(offer.value, best.value):
            best = offer
    return best


def _refines(new: str, old: str) -> bool:
    if len(new) <= 10:
        return len(new) > len(old) and new.startswith(old)
    if len(old) <= 10:
        return new.startswith(old)
    if old[11:16] == "00:00" and new[11:16] != "00:00":
        return new[:10] == old[:10]
    if not _zoned(new):
        return False
    if not _zoned(old):
        return new[:16] == old[:16]
    return old.endswith("+00:00") and not new.endswith("+00:00") and moment(new) == moment(old)


def _zoned(value: str) -> bool:
    return value[-6:-5] in {"+", "-"} and len(value) > 16


def _evidence(chosen: _Offer | None, offers: Sequence[_Offer]) -> Evidence | None:
    if chosen is None:
        return None
    others = tuple(dict.fromkeys((offer.source, offer.raw) for offer in offers if offer is not chosen))
    return Evidence(chosen.source, chosen.raw, others)
