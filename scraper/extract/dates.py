"""When a story was published and when it was changed, as precisely as the page states it.

Statements for machines come first (JSON-LD, meta, microdata), then what is printed near the headline, then the feed or
sitemap that named the page, then the address, then what is printed, labelled or marked as a date elsewhere, the data of
scripts, and last what htmldate finds and the page prints alone. What a page prints overrules its data where the
printed day is the earlier one: a story is not dated before it is published. A page that prints one date for its
readers, that of its last update, is filed under it: so it is cited by the style guides that know the case (APA 7,
Chicago 17). A value is refused when it lies after the moment of fetching (a day is granted for zones) or before
newspapers were on the web; an unknown date stays None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from htmldate import find_date

from archive.records import Evidence, Link
from scraper.address_facts import date_in
from scraper.extract import date_words, printed_dates, stated_dates
from scraper.extract.date_offers import SHOWN, Offer, local, precise, reaches
from scraper.extract.date_order import regional
from scraper.extract.document import Document
from scraper.extract.lines import Line
from scraper.extract.structured import Structured, types
from scraper.extract.timestamps import iso, moment

EARLIEST = "1990-01-01"  # the first newspapers went on the web in 1992; older "dates" are epochs and defaults
# Tags of a page that htmldate reads: lxml is held for minutes by hostile pages, real ones have a third of these.
MAX_TAGS = 30_000
TOLERANCE = timedelta(days=1)  # a page may state its day in a zone ahead of UTC
KEPT_UP = timedelta(days=30)  # a guide that is kept up is revised months after its first day, a news story within days

_NEWS = re.compile(r"news|report|live", re.I)
_YEAR = re.compile(r"(?:19|20)\d\d")  # a line with several dates, "received ..., accepted ...", tells of other things
# Microdata is also read as meta elements; what else meta elements state is a statement of its own.
_FOR_SEARCH = frozenset({"json-ld", "microdata", "meta datepublished"})


@dataclass(frozen=True, slots=True)
class Dates:
    """`published` and `modified` as ISO 8601 text or None, and where each was found."""

    published: str | None
    modified: str | None
    published_evidence: Evidence | None
    modified_evidence: Evidence | None


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
    today = fetched_at.date().isoformat() if fetched_at is not None else ""
    language = regional(document, structured, lines, language, latest)

    def credible(offers: Iterable[Offer]) -> list[Offer]:
        return [offer for offer in offers if offer.value >= EARLIEST and offer.day <= latest]

    offers = credible(stated_dates.stated(document, structured, language))
    offers += credible(printed_dates.near_headline(lines, language, today))
    first = [offer for offer in offers if not offer.change]
    changed = [offer for offer in offers if offer.change]
    if hint is not None and hint.published and (value := iso(hint.published)):
        first += credible([Offer("feed", hint.published, value)])
    address = credible(Offer("address", document.url, day) for day in (date_in(document.url),) if day)
    month = address[0].day[:7] if address else ""  # a date that is found elsewhere must not contradict the address
    if address and address[0].day != month:
        first += address
    first = _believed(first, changed)
    if (kept := _kept_up(first, changed)) and not _is_news(document, structured):
        first = kept
    first = first or [offer for offer in _only_update(changed) if offer.day.startswith(month)]
    if not first:
        places = (credible(offers) for offers in _elsewhere(document, lines, language, today, bool(changed)))
        first = next((found for found in places if found and found[0].day.startswith(month)), [])
    if not any(len(offer.value) > 10 for offer in first):
        first = _from_scripts(first, credible(stated_dates.in_scripts(document, language)))
    if not first:
        days = {today, *(offer.day for offer in changed)}
        found = credible(_last_resort(document, latest, language))
        first = [offer for offer in found if offer.day.startswith(month) and offer.day not in days]
    first = first or address
    if first and first[0].change and not changed:
        changed = first[:1]
    if hint is not None and hint.modified and not changed and (value := iso(hint.modified)):
        changed = credible([Offer("sitemap", hint.modified, value)])
    published = precise(first)
    modified = precise(changed)
    if published:
        published = local(published, first, changed, document.html)
    if published and modified and moment(modified.value) < moment(published.value):
        changed, modified = [], None  # a change before the beginning is a template's default
    return Dates(
        published.value if published else None,
        modified.value if modified else None,
        _evidence(published, first),
        _evidence(modified, changed),
    )


def _elsewhere(
    document: Document, lines: Sequence[Line], language: str | None, today: str, changed: bool
) -> Iterator[Iterator[Offer]]:
    """Where else a page may print its date, the surest place first; above the headline if none is of a change."""
    if not changed:
        yield printed_dates.above_headline(lines, language, today)
    yield printed_dates.of_issue(lines, language)
    yield printed_dates.labelled(document, language)
    yield printed_dates.marked(document, language, today)


def _believed(first: list[Offer], changed: list[Offer]) -> list[Offer]:
    """The dates of publication with the one to believe in front."""
    if not first:
        return first
    for rule in (_untouched, _printed_earlier):
        if (better := rule(first, changed)) is not None:
            first = [better, *(offer for offer in first if offer is not better)]
    return first


def _untouched(first: list[Offer], changed: list[Offer]) -> Offer | None:
    """Where the last change is stated as the publication too, an earlier date that is printed is the truth.

    Not one that stands farther from the headline than the stated day itself does: that is another story's.
    """
    if not changed:
        return None
    stated, day = first[0], first[0].day
    twice = stated.value == changed[0].value and stated.source in {"json-ld", changed[0].source}
    beside = any(offer.source in SHOWN and offer.day == day for offer in changed)
    for offer in first[1:]:
        if offer.source in SHOWN and offer.day == day:
            return None
        labelled = offer.source == "line" and date_words.PUBLISHED.search(offer.raw) is not None
        if offer.day < day and (twice or (beside and labelled)):
            return offer
    return None


def _printed_earlier(first: list[Offer], changed: list[Offer]) -> Offer | None:
    """The one day that is printed, where the data state a later one that is not the same moment in another zone."""
    shown = _shown(first) or _shown(changed)
    if first[0].source in SHOWN or len({offer.day for offer in shown}) != 1 or len(_YEAR.findall(shown[0].raw)) > 1:
        return None
    earlier = len(shown[0].day) == 10 and shown[0].day < first[0].day
    return shown[0] if earlier and not reaches(first[0].value, shown[0].day) else None


def _kept_up(first: list[Offer], changed: list[Offer]) -> list[Offer]:
    """The printed date of a guide that is kept up, where only the data for search engines know of an older one."""
    if not first or first[0].source not in _FOR_SEARCH:
        return []
    stated = first[0]
    if any(offer.source not in (*_FOR_SEARCH, *SHOWN) and offer.day == stated.day for offer in first):
        return []
    shown = _shown((*first, *changed))
    if len({offer.day for offer in shown}) != 1 or moment(shown[0].day) - moment(stated.value) < KEPT_UP:
        return []
    return [*shown, stated]


def _is_news(document: Document, structured: Structured) -> bool:
    """News is not kept up like a guide: a paper's story has the day on which it was first told."""
    named = any(map(_NEWS.search, types(structured.story)))
    return named or document.tree.css_first("[itemtype*=NewsArticle]") is not None


def _shown(offers: Iterable[Offer]) -> list[Offer]:
    return [offer for offer in offers if offer.source in SHOWN]


def _only_update(changed: Sequence[Offer]) -> list[Offer]:
    """The printed date of the last update, where the page prints no other."""
    shown = _shown(changed)
    return shown if len({offer.day for offer in shown}) == 1 else []


def _from_scripts(first: list[Offer], scripts: list[Offer]) -> list[Offer]:
    """The known dates with the one value that scripts have for their day; where none is known, the scripts' one day."""
    if first:
        scripts = [offer for offer in scripts if offer.day == first[0].day and len(offer.value) > 10]
        return [*first, *scripts] if len(scripts) == 1 else first
    return scripts if len({offer.day for offer in scripts}) == 1 else []


def _latest(fetched_at: datetime | None) -> str:
    """The last day that a page fetched then may state."""
    return (fetched_at + TOLERANCE).date().isoformat() if fetched_at is not None else "9999"


def _last_resort(document: Document, latest: str, language: str | None) -> Iterator[Offer]:
    """The one day that the page prints outside of its margins, where htmldate too takes it for that of the page.

    Of several days htmldate takes the first, which may be another story's; alone a day may be that of an event.
    """
    if document.html.count("<") > MAX_TAGS or len(shown := printed_dates.days(document, language)) != 1:
        return
    try:
        found = find_date(
            document.html,
            extensive_search=False,  # it takes a footer's year for a date
            original_date=True,
            min_date=EARLIEST,
            max_date=latest if latest != "9999" else "2100-01-01",
        )
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):  # seen on broken markup
        found = None
    if found in shown:
        yield Offer("htmldate", found, found)


def _evidence(chosen: Offer | None, offers: Sequence[Offer]) -> Evidence | None:
    if chosen is None:
        return None
    others = tuple(dict.fromkeys((offer.source, offer.raw) for offer in offers if offer is not chosen))
    return Evidence(chosen.source, chosen.raw, others)
