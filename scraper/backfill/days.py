"""Archive pages whose address is a day or a month: recognised in one address, made for others. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from urllib.parse import urlsplit

from archive.records import Link

# A date at the end of the path (/archive/2017/11/27/, /2017-11.html) or as a parameter (?date=2017-11-27, ?m=201711).
_DATED = re.compile(
    r"(?P<at>/|[?&](?:date|day|dt|d|m)=)(?P<y>(?:19|20)\d\d)(?P<sep>[/._-]?)(?P<m>0?[1-9]|1[0-2])"
    r"(?:(?P=sep)(?P<d>0?[1-9]|[12]\d|3[01]))?(?P<end>(?:\.html?)?/?)$"
)
_PAGE = re.compile(r"(?:[?&]paged?=|/page[/-])(\d{1,5})/?$", re.IGNORECASE)


def archive_pages(links: Iterable[Link], url: str, days: Iterable[date]) -> list[str]:
    """The archive pages of these days, in the forms that the links of a page have; links to other hosts don't count.

    Pages of months only where there are none of days.
    """
    forms: dict[bool, dict[str, None]] = {True: {}, False: {}}
    for link in links:
        match = _dated(link.url) if urlsplit(link.url).netloc == urlsplit(url).netloc else None
        if match and match.string == link.url:  # the first page of it
            forms[match["d"] is not None].setdefault(_form(match))
    wanted = list(days)
    return list(dict.fromkeys(form.format(day) for form in forms[True] or forms[False] for day in wanted))


def later_page(links: Iterable[Link], url: str) -> str | None:
    """The next page of a day or month that has more stories than one page shows."""
    stem, here = _paged(url)
    pages = {number: link.url for link in links for other, number in [_paged(link.url)] if other == stem}
    later = [number for number in pages if number > here]
    return pages[min(later)] if later else None


def is_archive_page(url: str) -> bool:
    """Is the address that of a day or a month, perhaps of a later page of it?"""
    return _dated(url) is not None


def _paged(url: str) -> tuple[str, int]:
    """An address without its page number, and that number; 0 when it has none."""
    match = _PAGE.search(url)
    return (url[: match.start()].rstrip("/"), int(match[1])) if match else (url.rstrip("/"), 0)


def _dated(url: str) -> re.Match[str] | None:
    """The date of an archive page, in its address without the number of a page."""
    found = _PAGE.search(url)
    match = _DATED.search(url[: found.start()] if found else url)
    if match is None or match["sep"]:
        return match
    # Digits in a row are a date when there are eight; six of them only where blogs write a month so.
    day = match["d"] is not None and len(match["m"] + match["d"]) == 4
    month = match["d"] is None and len(match["m"]) == 2 and match["at"].endswith("m=")
    return match if day or month else None


def _form(match: re.Match[str]) -> str:
    """A format for dates: ".../2017/11/7/" -> ".../{0:%Y}/{0:%m}/{0.day}/"."""
    month = "{0.month}" if len(match["m"]) == 1 else "{0:%m}"
    day = "" if match["d"] is None else match["sep"] + ("{0.day}" if len(match["d"]) == 1 else "{0:%d}")
    before = (match.string[: match.start()] + match["at"]).replace("{", "{{").replace("}", "}}")
    return f"{before}{{0:%Y}}{match['sep']}{month}{day}{match['end']}"
