"""Which English, or which country's other language, a page is written in: it orders day and month in 11/12/2024."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from urllib.parse import urlsplit

from scraper.address_facts import date_in
from scraper.extract.document import Document
from scraper.extract.lines import Line
from scraper.extract.month_names import BY_SCRIPT, script_of
from scraper.extract.structured import Structured, strings

_GENERIC = frozenset({"ai", "cc", "co", "fm", "gg", "io", "ly", "me", "so", "to", "tv"})  # endings that say no country
_DIGITS = re.compile(r"(?<![\d./-])(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/-])")
_DAY_FIRST, _MONTH_FIRST = "en-001", "en-US"  # "en-001" is English as the world writes it
_MAX_DATES = 60


def regional(
    document: Document, structured: Structured, lines: Sequence[Line], language: str | None, latest: str
) -> str | None:
    """The declared language with the country that og:locale or the host's ending adds.

    "en-US" is what templates declare unasked, and "en" says nothing: where an English page has dates in digits, its
    script decides, then its country's ending, then its other dates: those that can be read in one way only, since the
    other is no day, lies after `latest`, or is not the day that the page's address or data state.
    """
    tag = _declared(document, language)
    if tag is None or tag.replace("_", "-").lower() not in {"en", "en-us"}:
        return tag
    stated = strings(structured.story.get("datePublished"))[:1]
    if not any(_DIGITS.search(text) for text in (*stated, *(line.text for line in lines))):
        return tag
    if (script := _script(lines)) != "LATIN":
        return next(iter(BY_SCRIPT.get(script, ())), _DAY_FIRST)
    country = _ending(document)
    if country and country != "us":
        return f"en-{country}"
    body = document.tree.body
    known = {date_in(document.url), *(text[:10] for text in stated)}
    orders = set(_orders(body.text(separator="\n") if body is not None else "", known, latest))
    return orders.pop() if len(orders) == 1 else tag


def _script(lines: Sequence[Line]) -> str:
    """The script of most letters around the headline."""
    letters = Counter(character for line in lines for character in line.text if character.isalpha())
    scripts: Counter[str] = Counter()
    for character, number in letters.items():
        scripts[script_of(character)] += number
    return scripts.most_common(1)[0][0] if scripts else "LATIN"


def _declared(document: Document, language: str | None) -> str | None:
    if language is None or len(language) != 2:
        return language
    locale = next(iter(document.meta.get("og:locale", ())), "")
    if locale[:2].lower() == language.lower():
        return locale
    country = _ending(document)
    return f"{language}-{country}" if country else language


def _ending(document: Document) -> str | None:
    ending = (urlsplit(document.url).hostname or "").rpartition(".")[2]
    return ending if len(ending) == 2 and ending not in _GENERIC else None


def _orders(text: str, known: set[str | None], latest: str) -> Iterator[str]:
    """What each date in digits that has one reading only tells of the order."""
    for count, match in enumerate(_DIGITS.finditer(text)):
        if count == _MAX_DATES:
            return
        year = int(match[4]) + 2000 * (len(match[4]) == 2)
        day_first = _day(year, int(match[3]), int(match[1]))
        month_first = _day(year, int(match[1]), int(match[3]))
        possible = [day for day in (day_first, month_first) if day is not None]
        if len(possible) == 2 and day_first != month_first:
            possible = [day for day in possible if day <= latest]
        if len(possible) == 2 and day_first != month_first:
            possible = [day for day in possible if day in known]
        if len(possible) == 1:
            yield _DAY_FIRST if possible[0] == day_first else _MONTH_FIRST


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
