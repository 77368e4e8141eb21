"""Archive pages whose address is a day: recognised in one address, made for others. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from urllib.parse import urlsplit

from archive.records import Link
from scraper.discover.pagers import page_date

_DAY = re.compile(r"(?<!\d)\d{4}(?P<sep>[/._-]?)(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})(?!\d)")
_PAGE = re.compile(r"(?:[?&]paged?=|/page[/-])(\d{1,5})/?$", re.IGNORECASE)
_DIGIT = re.compile(r"\d")


def day_pages(links: Iterable[Link], url: str, days: Iterable[date]) -> list[str]:
    """The archive pages of these days, in the forms that the links of a page have; links to other hosts don't count."""
    forms: dict[str, None] = {}
    for link in links:
        if urlsplit(link.url).netloc == urlsplit(url).netloc and (form := _form(link.url)):
            forms.setdefault(form)
    wanted = list(days)
    return [form.format(day) for form in forms for day in wanted]


def later_page(links: Iterable[Link], url: str) -> str | None:
    """The next page of a day that has more stories than one page shows."""
    stem, here = _paged(url)
    pages = {number: link.url for link in links for other, number in [_paged(link.url)] if other == stem}
    later = [number for number in pages if number > here]
    return pages[min(later)] if later else None


def is_day(url: str) -> bool:
    """Is the address that of a day, perhaps of a later page of it?"""
    stated = page_date(url)
    return stated is not None and len(stated) == 10


def _paged(url: str) -> tuple[str, int]:
    """An address without its page number, and that number; 0 when it has none."""
    match = _PAGE.search(url)
    return (url[: match.start()].rstrip("/"), int(match[1])) if match else (url.rstrip("/"), 0)


def _form(url: str) -> str | None:
    """A format for dates: ".../2017/11/7/" -> ".../{0:%Y}/{0:%m}/{0.day}/"; None for what is no day's address."""
    found = list(_DAY.finditer(url)) if is_day(url) else []
    if not found or _DIGIT.search(url, found[-1].end()):  # behind the day stands the number of a page
        return None
    match = found[-1]
    month = "{0.month}" if len(match["m"]) == 1 else "{0:%m}"
    day = "{0.day}" if len(match["d"]) == 1 else "{0:%d}"
    before, after = (part.replace("{", "{{").replace("}", "}}") for part in (url[: match.start()], url[match.end() :]))
    return f"{before}{{0:%Y}}{match['sep']}{month}{match['sep']}{day}{after}"
