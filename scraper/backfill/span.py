"""Which stories and which listings can hold the days that are looked for. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from archive.records import Link
from scraper.address_facts import date_in

# What a sitemap's address says of its time: sitemap-2017-11.xml, /sitemap/2017/11/27, ?yyyy=2017&mm=11&dd=27.
_PERIOD = re.compile(
    r"(?<!\d)(?P<y>(?:19[89]|20\d)\d)(?:[-_/.]?(?P<m>0[1-9]|1[0-2])(?:[-_/.]?(?P<d>0[1-9]|[12]\d|3[01]))?)?(?!\d)"
)
_NAMED = re.compile(r"[?&](y{1,4}|year|m{1,2}|month|d{1,2}|day)=(\d{1,4})(?=&|$)", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    def story(self, link: Link) -> bool:
        """Can this story be of these days? What its listing and its address leave open can."""
        if period := told(link):
            return self._meets(period)
        changed = period_of(link.modified)
        return changed is None or changed[1] >= self.first  # changed later, it may still have been published then

    def sitemap(self, link: Link) -> bool:
        """Can this sitemap of an index name stories of these days?"""
        changed = period_of(link.modified)
        if changed is not None and changed[1] < self.first:
            return False
        stated = _of_address(link.url)
        return stated is None or self._meets(stated)

    def over(self, links: list[Link]) -> bool:
        """Is a page past the beginning: does it date stories, and none of them in these days or later?"""
        dated = [period for link in links if (period := told(link))]
        return bool(dated) and all(period[1] < self.first for period in dated)

    def ahead(self, links: list[Link], disorder: timedelta) -> bool:
        """Is a page before the end: does it date each of its stories, all of them later than these days and some?"""
        dated = [told(link) for link in links]
        return bool(dated) and all(period and period[0] > self.last + disorder for period in dated)

    def days(self) -> list[date]:
        """Every day, the last one first."""
        return [self.last - timedelta(days=ago) for ago in range((self.last - self.first).days + 1)]

    def _meets(self, period: tuple[date, date]) -> bool:
        return period[0] <= self.last and self.first <= period[1]


def told(link: Link) -> tuple[date, date] | None:
    """First and last day on which a story may have been published, as its listing or its address says."""
    return period_of(link.published) or period_of(date_in(link.url))


def period_of(stated: str | None) -> tuple[date, date] | None:
    """First and last day of an ISO 8601 date that may be a month or a year.

    >>> period_of("2017-11")
    (datetime.date(2017, 11, 1), datetime.date(2017, 11, 30))
    """
    match = _ISO.match(stated or "")
    return _period(match[1], match[2], match[3]) if match else None


def _of_address(url: str) -> tuple[date, date] | None:
    named = {name[0].lower(): value for name, value in _NAMED.findall(url)}
    if "y" in named and len(named["y"]) == 4:
        return _period(named["y"], named.get("m"), named.get("d"))
    found = _PERIOD.search(url.partition("://")[2].partition("/")[2])
    return _period(found["y"], found["m"], found["d"]) if found else None


def _period(year: str, month: str | None, day: str | None) -> tuple[date, date] | None:
    try:
        start = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    if day:
        return start, start
    last = int(month) if month else 12
    return start, date(start.year, last, monthrange(start.year, last)[1])
