"""What an address alone says of its page: a date, an id, a slug, a page number. Pure; hints, never proof."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

MIN_YEAR = 1990  # before the web an address has no date: "/1984/" is a book

_YMD = re.compile(r"(?<!\d)(\d{4})(?P<sep>[/._-])(\d{1,2}|[a-z]{3})(?P=sep)(\d{1,2})(?!\d)", re.IGNORECASE)
_COMPACT = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)")
_DMY = re.compile(r"(?<!\d)(\d{1,2})(?P<sep>[/._-])(\d{1,2}|[a-z]{3})(?P=sep)(\d{4})(?!\d)", re.IGNORECASE)
_YM = re.compile(r"(?<![\w.-])(\d{4})[/_-]?(\d{2}|[a-z]{3})(?=/|$)", re.IGNORECASE)
_COMPACT_START = re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?=\d{1,6}(?!\d)|[_-])")
_MONTHS = dict(zip(("jan", "feb", "mar", "apr", "may", "jun"), range(1, 7), strict=True))
_MONTHS |= dict(zip(("jul", "aug", "sep", "oct", "nov", "dec"), range(7, 13), strict=True))
_PAGE_ENDING = re.compile(r"\.(?:html?|shtml|xhtml|php\d?|aspx?|jsp|cms|ece|article|do|cfm)$", re.IGNORECASE)
_ID = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{0,3}(\d{4,20})(?![A-Za-z0-9])")
_OPAQUE = re.compile(r"(?=\w*\d)(?=\w*[a-z])[a-z0-9]{8,40}$", re.IGNORECASE)  # c4ng7v0x2k1o: ids of base 36, hashes
_OPAQUE_ENDING = 41  # characters in which a match of it lies; in more, the search takes the square of their number
_ID_PARAMETERS = frozenset({
    "id", "p", "aid", "nid", "sid", "no", "oid", "article", "articleid", "article_id", "story", "storyid", "story_id",
    "newsid", "news_id", "idxno", "contentid",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class AddressFacts:
    """What can be read off one address.

    date      ISO 8601, a day or a month
    id        the number or code by which the site knows the page
    slug      the words of the last segment that has any, without id, date and file ending
    words     how many of them; in scripts without spaces, a word for every four characters
    segments  of the path, decoded
    """

    date: str | None
    id: str | None
    slug: str
    words: int
    segments: tuple[str, ...]


def date_in(url: str) -> str | None:
    """The date that an address states: "2017-11-27", or "2017-11" when there is no day; None when there is none.

    Years first, as in /2017/11/27/, /20171127/ or -2017-11-27; days first only where they cannot be months
    (/27-11-2017/). A date after the year 2100 is a number that looks like one.
    """
    return address_facts(url).date


@lru_cache(maxsize=16_384)
def address_facts(url: str) -> AddressFacts:
    """Read an address; a malformed one says nothing."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return AddressFacts(None, None, "", 0, ())
    path = unquote(parts.path)
    segments = tuple(segment for segment in path.split("/") if segment)
    stems = [_PAGE_ENDING.sub("", segment) for segment in segments]
    slug = max(map(_slug, stems[-2:]), key=_words, default="")
    return AddressFacts(_date(path), _id(stems, parts.query), slug, _words(slug), segments)


def _date(path: str) -> str | None:
    for pattern, order in ((_YMD, "ymd"), (_COMPACT, "ymd"), (_COMPACT_START, "ymd"), (_DMY, "dmy"), (_YM, "ym")):
        for match in pattern.finditer(path):
            groups = [part for name, part in enumerate(match.groups(), 1) if name != pattern.groupindex.get("sep")]
            if found := _written(dict(zip(order, groups, strict=True))):
                return found
    return None


def _written(parts: dict[str, str]) -> str | None:
    month = _MONTHS.get(parts["m"].lower()) or (int(parts["m"]) if parts["m"].isdigit() else 0)
    year, day = int(parts["y"]), int(parts.get("d", 1))
    if not MIN_YEAR <= year <= 2100:
        return None
    if list(parts) == ["d", "m", "y"] and parts["m"].isdigit() and day <= 12 and day != month:
        return None  # 03-04-2017: nobody can say which is the month
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found.isoformat() if "d" in parts else f"{found:%Y-%m}"


def _id(stems: list[str], query: str) -> str | None:
    for name, value in parse_qsl(query):
        if name.lower() in _ID_PARAMETERS and re.search(r"\d", value):
            return value
    for stem in reversed(stems[-2:]):
        rest = _COMPACT.sub(lambda match: " " if _date(match[0]) else match[0], _YMD.sub(" ", stem))
        if match := _ID.search(rest):
            return match[1]
        if match := _OPAQUE.search(rest.rpartition("-")[2][-_OPAQUE_ENDING:]):
            return match[0]
    return None


def _slug(stem: str) -> str:
    words = re.split(r"[-_+ ,.~]+", stem)
    return "-".join(word for word in words if word and not word.isdigit() and not _OPAQUE.match(word))


def _words(slug: str) -> int:
    return sum(1 if part.isascii() or len(part) < 8 else len(part) // 4 for part in slug.split("-") if part)
