"""The dates that a page prints for its readers: around the headline, and by their labels or their markup elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from selectolax.lexbor import LexborNode

from scraper.extract import calendars, date_words
from scraper.extract.date_offers import Offer
from scraper.extract.document import Document
from scraper.extract.lines import Line, naming
from scraper.extract.timestamps import iso

BESIDE = 4  # lines after the headline in which a date may follow names and their titles
LABELLED = 10  # lines after the headline in which a label makes a date of a long line the story's
LONG = 200  # characters of a line that is not read for a date
MARK = 60  # characters of an element that holds a date and little else
LIST = 3  # days; publication and update may be of one make
_LABEL_LENGTH = 20  # characters before a date in which its label stands
_MAX_MARKED = 200  # elements that are looked at for one that is marked as a date

_DATE_PLACE = re.compile(r"date|time|publish|posted|byline|meta|dateline|timestamp|stamp|datum|fecha|info|author|entry")
_ELSEWHERE = re.compile(
    r"related|recommend|most-|popular|latest|trending|teaser|sidebar|(?<!elementor-)widget|comment|menu|"
    r"(?<![a-z])nav(?:bar|igation)?(?![a-z])|(?<![a-z])masthead(?![a-z])|(?<![a-z])events?(?![a-z])|footer|ticker|caption|"
    r"credit|figure|gallery"
)
_PICTURE = re.compile(r"pic|image|img|photo|foto|bild|media")
_COPYRIGHT = re.compile(r"©|\(c\)|copyright", re.I)
_OUTSIDE = re.compile(r"related|recommend|most-|popular|latest|trending|sidebar|comments|footer")
_STAMPS = ("datetime", "data-timestamp", "data-datetime", "data-date", "data-time", "data-published", "title")
_MARKED = (
    "time, relative-time, time-ago, abbr[title], [class*=date], [class*=Date], [class*=publish], [id*=date], "
    "[class*=time], " + ", ".join(f"[{name}]" for name in _STAMPS if name.startswith("data-"))
)


def printed(text: str, language: str | None = None) -> str | None:
    """The first date in a short text, written for machines or for readers."""
    return iso(text, language) or next((value for value, _ in calendars.stated(text, language)), None)


def near_headline(lines: Sequence[Line], language: str | None, today: str) -> Iterator[Offer]:
    """What is printed near the headline, time elements first; lines after the headline before those above it.

    `today` is the day of fetching, which papers print above all their pages; "" when it is not known.
    """
    near = sorted(
        (line for line in lines if -5 <= line.distance <= 30), key=lambda line: (line.distance < 0, abs(line.distance))
    )
    label = ""
    timed: list[tuple[str, Offer]] = []
    in_text: list[tuple[str, Offer]] = []
    for line in near:
        dated = any(map(str.isdecimal, line.text))
        if not dated and not line.times:
            label = line.text if len(line.text) < 30 else ""
            continue
        if (len(line.text) > LONG and not line.times) or _apart(line):
            continue
        timed += [
            (line.names, Offer("time", text, value, _is_change(label, line.text[:40])))
            for text in filter(None, line.times)
            if (value := iso(text, language)) and not (line.distance < 0 and value == today)
        ]
        if not dated:
            label = line.text if len(line.text) < 30 else ""
            continue
        position = 0
        line_text = calendars.digits(line.text)
        for value, raw in calendars.stated(line.text, language):
            at = max(line_text.find(raw, position), position)
            before, position = line_text[position:at], at + len(raw)
            masthead = line.distance < 0 and value[:10] == today
            if not masthead and len(raw) >= len(line.text) * _least_share(line, before):
                in_text.append((line.names, Offer("line", line.text[:LONG], value, _is_change(label, before))))
        label = ""
    lists = _lists((*timed, *in_text))
    yield from (offer for names, offer in (*timed, *in_text) if names not in lists)


def _apart(line: Line) -> bool:
    """Does the line belong to other stories, to a picture, or to the site?"""
    return bool(_ELSEWHERE.search(line.names) or _OUTSIDE.search(line.outer) or _COPYRIGHT.search(line.text))


def _lists(offers: Iterable[tuple[str, Offer]]) -> set[str]:
    """What the lines of a list call themselves: three days of one make are those of other stories."""
    days: dict[str, set[str]] = {}
    for names, offer in offers:
        days.setdefault(names, set()).add(offer.day)
    return {names for names, found in days.items() if len(found) >= LIST}


def _least_share(line: Line, before: str) -> float:
    """How much of its line a date must take up to be the story's; above 1 where it cannot be.

    A date in a longer line may be that of a picture or an event; one above the headline that of today.
    """
    if _DATE_PLACE.search(line.names):
        return 0.15
    if line.distance < 0:
        return 2
    if _PICTURE.search(line.names):
        return 0.7
    if line.distance <= LABELLED and len(line.text) < 120 and _label(before[-_LABEL_LENGTH:]):
        return 0.1
    return 0.2 if line.distance <= BESIDE and len(line.text) < 80 else 0.35


def _label(text: str) -> bool:
    return bool(date_words.PUBLISHED.search(text) or date_words.CHANGED.search(text))


def _is_change(label: str, before: str) -> bool:
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


def above_headline(lines: Sequence[Line], language: str | None, today: str) -> Iterator[Offer]:
    """A date alone on the line above the headline, unless it is that of `today`, the day of fetching."""
    for line in lines:
        if -2 <= line.distance < 0 and any(map(str.isdecimal, line.text)) and len(line.text) < 60:
            for value, raw in calendars.stated(line.text, language):
                if len(raw) >= 0.8 * len(line.text) and value[:10] != today and not _ELSEWHERE.search(line.names):
                    yield Offer("line", line.text, value)


def of_issue(lines: Sequence[Line], language: str | None) -> Iterator[Offer]:
    """The month alone on a line right below the headline."""
    for line in lines:
        if 0 < line.distance <= BESIDE and (value := calendars.month(line.text, language)):
            yield Offer("line", line.text, value)


def labelled(document: Document, language: str | None) -> Iterator[Offer]:
    """The one day that the page labels as its date, wherever it stands: "Date: 12 November 2024" below the story.

    One that is labelled as that of an update does not count: far from the headline it may be the site's.
    """
    found: list[Offer] = []
    label = ""
    for line in _texts(document.tree.body):
        if len(line) < 80 and any(map(str.isdecimal, line)):
            for value, raw in calendars.stated(line, language):
                before = calendars.digits(line).partition(raw)[0] or label
                if len(before) < 30 and (date_words.PUBLISHED.search(before) or date_words.DATE.match(before)):
                    found.append(Offer("label", f"{before} {raw}", value))
        label = line
    if len({offer.day for offer in found}) == 1:
        yield found[0]


def days(document: Document, language: str | None) -> frozenset[str]:
    """Every day (ISO 8601) that is printed on the page more often than in its margins."""
    margins = (text for node in document.tree.css("aside, nav, body > footer") for text in _texts(node))
    return frozenset(_days(_texts(document.tree.body), language) - _days(margins, language))


def _days(texts: Iterable[str], language: str | None) -> Counter[str]:
    dated = (text for text in texts if len(text) < LONG and any(map(str.isdecimal, text)))
    return Counter(value[:10] for text in dated for value, _ in calendars.stated(text, language))


def _texts(node: LexborNode | None) -> Iterator[str]:
    for text in node.text(separator="\n").split("\n") if node is not None else ():
        if line := text.strip():
            yield line


def marked(document: Document, language: str | None, today: str) -> Iterator[Offer]:
    """The one day that elements state which are made or named for dates, outside of what belongs to other stories.

    Alone on its page, `today` is the masthead's.
    """
    found: list[Offer] = []
    for node in document.tree.css(_MARKED)[:_MAX_MARKED]:
        given = node.attributes
        shown = node.text(separator=" ", strip=True)
        for text in filter(None, (*(given.get(name) for name in _STAMPS), shown)):
            value = printed(text, language) if len(text) < MARK else None
            if value and not _beside_the_story(node):
                before = next((shown.partition(raw)[0] for _, raw in calendars.stated(shown[:MARK], language)), shown)
                change = date_words.CHANGED.search(before[:MARK]) is not None
                found.append(Offer("marked", text, value, change))
                break
    if len({offer.day for offer in found}) == 1 and found[0].day != today:
        yield from found


def _beside_the_story(node: LexborNode) -> bool:
    """Does it stand in what belongs to other stories or to the site? The footer of an article is the article's."""
    above: LexborNode | None = node
    footer = False
    for _ in range(8):
        if above is None or above.tag in {"body", "main"}:
            break
        if above.tag == "article":
            return False
        names = naming(above)
        footer = footer or above.tag == "footer" or "footer" in names
        if above.tag in {"aside", "nav"} or _ELSEWHERE.search(names.replace("footer", "")):
            return True
        above = above.parent
    return footer
