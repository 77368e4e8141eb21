"""Dates as listings write them, made ISO 8601 with the precision and the offset that they state. Nothing is guessed.

The one door to dateparser. Pure: no form is read that needs today's date.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dateparser.date  # type: ignore[import-untyped]

_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:(?:T|t|\s+|T\s+)(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?"
    r"\s*([Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?$"
)
_YEAR_FIRST = re.compile(r"(\d{4})(?: ?[年년/.-] ?)(\d{1,2})(?: ?[月월/.-] ?)(\d{1,2})(?!\d)(?: ?[日일.])?,?(?= |T|$)")
_MONTH = re.compile(r"(\d{4})-(\d\d)$")
_YEAR = re.compile(r"(1[5-9]|20)\d\d$")
_CLOCK = re.compile(r"(?<![\d:])([01]?\d|2[0-4]):([0-5]?\d)(?::([0-5]?\d|60)(?:[.,]\d+)?)?(?![\d:])\s*(.*)", re.DOTALL)
_OFFSET = re.compile(r"\(?(?:GMT|UTC|UT|Z)?\s*([+-])(\d{1,2}):?(\d\d)?(?!\d)", re.IGNORECASE)
_ZONE = re.compile(r"\(?(?:Etc/)?([A-Za-z]{1,5})\b")
_PLACE = re.compile(r"\b[A-Z][A-Za-z_]+/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?$")  # America/New_York
_HALF_DAY = re.compile(r"\b[ap]\.?m\b|上午|下午|오전|오후|午前|午後", re.IGNORECASE)
_THAI_YEAR = re.compile(r"\b2[45]\d\d\b")  # years of the Buddha: 543 more
_EPOCH = re.compile(r"\d{10}(?:\d{3})?$")
_NUMERIC = re.compile(r"\D*(\d{1,2})[/.](\d{1,2})[/.]\d{2,4}\b")

# Zones that mean one thing wherever news is written in English; hours east of Greenwich.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 1, "cet": 1, "met": 1, "cest": 2, "mest": 2, "eet": 2,
    "eest": 3, "msk": 3, "ict": 7, "wib": 7, "hkt": 8, "sgt": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11,
    "nzst": 12, "nzdt": 13, "adt": -3, "ast": -4, "at": -4, "edt": -4, "est": -5, "et": -5, "cdt": -5, "cst": -6,
    "ct": -6, "mdt": -6, "mst": -7, "mt": -7, "pdt": -7, "pst": -8, "pt": -8, "akdt": -8, "akst": -9, "hst": -10,
}  # fmt: skip

_SETTINGS: dict[str, object] = {
    "STRICT_PARSING": True,
    "REQUIRE_PARTS": ["day", "month", "year"],
    "PARSERS": ["custom-formats", "absolute-time"],  # not "relative-time": "2 hours ago" would be our clock
    "RETURN_TIME_AS_PERIOD": True,
}
MAX_ODD = 1_000  # two seconds
MAX_UNREADABLE = 10
_HAS_YEAR = re.compile(r"(?:1[5-9]|2[01])\d\d|\d\W\w{2,12}\W['’]?\d\d\b")
_ENGLISH = frozenset({
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue", "tues", "wed", "thu",
    "thur", "thurs", "fri", "sat", "sun", "january", "february", "march", "april", "may", "june", "july", "august",
    "september", "october", "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept",
    "oct", "nov", "dec", "a", "p", "m", "am", "pm", "at", "of", "on", "t", "th", "st", "nd", "rd",
}).union(_ZONES)  # fmt: skip
MIN_YEAR = 1500  # before newspapers: "0001-01-01" is how a program says that it does not know


class DateReader:
    """Reads the dates of one listing.

    What only dateparser reads costs milliseconds, and a date that it cannot read may cost it seconds, because it then
    tries every language. So a listing has a budget: `MAX_ODD` dates of that kind, `MAX_UNREADABLE` failures.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str | None], str | None] = {}
        self._unreadable = 0

    def iso(self, raw: object, parsed: Sequence[int] | None = None, language: str | None = None) -> str | None:
        """ISO 8601 of a date as it was written, or None.

        parsed     what feedparser read in it (UTC), when it did
        language   of the listing, two letters: in which language dateparser reads names of months
        """
        if not isinstance(raw, str) or not (raw := " ".join(raw.split())) or len(raw) > 100:
            return None
        raw = _in_our_digits(raw)
        found = _plain(raw, tuple(parsed[:6]) if parsed else None)
        return found if found is not None else self._odd(raw, language)

    def _odd(self, raw: str, language: str | None) -> str | None:
        key = (raw, language)
        if key not in self._known:
            if len(self._known) >= MAX_ODD or self._unreadable >= MAX_UNREADABLE:
                return None
            self._known[key] = _odd(raw, language)
            self._unreadable += self._known[key] is None
        return self._known[key]


def iso_date(raw: object, parsed: Sequence[int] | None = None, language: str | None = None) -> str | None:
    """One date, as `DateReader.iso` reads it."""
    return DateReader().iso(raw, parsed, language)


def _in_our_digits(raw: str) -> str:
    """Digits of every script as 0-9, Thai years as years of our era."""
    if raw.isascii():
        return raw
    raw = "".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in raw)
    if re.search("[\u0e00-\u0e7f]", raw):
        raw = _THAI_YEAR.sub(lambda year: str(int(year[0]) - 543), raw)
    return raw


def _plain(raw: str, utc: tuple[int, ...] | None) -> str | None:
    """What needs no language: ISO 8601, dates that begin with the year, seconds since 1970, what feedparser read."""
    if match := _YEAR_FIRST.match(raw):
        raw = f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}{raw[match.end() :]}"
    if match := _ISO.match(raw):
        return _iso(match)
    if match := _MONTH.match(raw):
        return raw if _plausible(int(match[1])) and 1 <= int(match[2]) <= 12 else None
    if _YEAR.match(raw):
        return raw
    if _EPOCH.match(raw):
        return datetime.fromtimestamp(int(raw[:10]), UTC).isoformat()
    if utc and _stated(raw, datetime(*utc[:3])) and not _HALF_DAY.search(raw):  # type: ignore[arg-type]  # noqa: DTZ001
        return _restored(raw, datetime(*utc[:5], min(utc[5], 59)))  # type: ignore[arg-type,call-arg]  # noqa: DTZ001
    return None


def _plausible(year: int) -> bool:
    return MIN_YEAR <= year <= 2100


def _iso(match: re.Match[str]) -> str | None:
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        moment = datetime(  # noqa: DTZ001 - the zone is written beside it
            int(year), int(month), int(day), int(hour or 0) % 24, int(minute or 0), min(int(second or 0), 59)
        )
    except ValueError:
        return None
    if not _plausible(moment.year):
        return None
    if hour is None:
        return f"{year}-{month}-{day}"
    if hour == "24":
        moment += timedelta(days=1)
    return _written(moment, second is not None, _zone_offset(zone) if zone else None)


def _stated(raw: str, day: datetime) -> bool:
    """Does the text itself state that day? feedparser fills in today's year, or the first of a month, where it is lost.

    In UTC it may be the day before or after the one that is written.
    """
    if not _plausible(day.year) or len(re.findall(r"\d", raw)) < 4 or raw.startswith("--"):
        return False
    if re.fullmatch(r"\d{6}", raw):  # yymmdd
        return raw == f"{day:%y%m%d}"
    numbers = set(re.findall(r"\d+", raw))
    for shift in (0, -1, 1):
        near = day + timedelta(days=shift)
        if numbers & {str(near.day), f"{near.day:02d}"} and numbers & {str(near.year), f"{near.year % 100:02d}"}:
            return True
    return False


def _restored(raw: str, utc: datetime) -> str:
    """The written time of day and its offset again, from feedparser's UTC and the text."""
    clock = _CLOCK.search(raw)
    if clock is None:
        return utc.date().isoformat()
    rest = clock[4]
    wall = timedelta(hours=int(clock[1]), minutes=int(clock[2]))
    used = (wall - timedelta(hours=utc.hour, minutes=utc.minute)) % timedelta(days=1)
    if used > timedelta(hours=14):
        used -= timedelta(days=1)
    if used % timedelta(minutes=15):  # not a zone: a 12-hour clock, or seconds carried over
        return _written(utc, clock[3] is not None, timedelta())
    # Where feedparser does not know the name of a zone it takes the written time for UTC; the name may still be known.
    moment = utc + used
    stated = _stated_offset(rest, moment)
    return _written(moment, clock[3] is not None, stated if stated is not None else (used or None))


def _stated_offset(rest: str, moment: datetime) -> timedelta | None:
    """The offset that stands behind a time of day; None when none does."""
    if match := _PLACE.search(rest):
        try:
            return moment.replace(tzinfo=ZoneInfo(match[0])).utcoffset()
        except (ZoneInfoNotFoundError, ValueError):
            return None
    if (match := _OFFSET.match(rest)) and int(match[2]) <= 14:
        value = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return -value if match[1] == "-" else value
    if match := _ZONE.match(rest):
        hours = _ZONES.get(match[1].lower())
        return None if hours is None else timedelta(hours=hours)
    return None


def _zone_offset(zone: str) -> timedelta:
    if zone[0] not in "+-":
        return timedelta()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    value = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -value if zone[0] == "-" else value


def _written(wall: datetime, seconds: bool, offset: timedelta | None) -> str:
    text = wall.isoformat(timespec="seconds" if seconds else "minutes")
    if offset is None or abs(offset) > timedelta(hours=14):
        return text
    sign, minutes = ("-" if offset < timedelta() else "+"), abs(offset) // timedelta(minutes=1)
    return f"{text}{sign}{minutes // 60:02d}:{minutes % 60:02d}"


def _odd(raw: str, language: str | None) -> str | None:
    """What only dateparser reads. A date like 03/04/2017 is not read: nobody can say which is the month."""
    numeric = _NUMERIC.match(raw)
    unclear = numeric and int(numeric[1]) <= 12 and int(numeric[2]) <= 12 and int(numeric[1]) != int(numeric[2])
    if unclear and language in (None, "en"):  # month first in Manila, day first in London
        return None
    if not _HAS_YEAR.search(raw):
        return None
    if place := _PLACE.search(raw):
        found = _odd(raw[: place.start()].rstrip(), language)
        if found is None or len(found) > len("2017-11-27T08:15:00"):
            return found
        moment = datetime.fromisoformat(found)
        return _written(moment, found.count(":") == 2, _stated_offset(place[0], moment)) if "T" in found else found
    parser = dateparser.date.DateDataParser(languages=_languages(raw, language), settings=dict(_SETTINGS))
    try:
        data = parser.get_date_data(raw)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None
    if data is None or (moment := data.date_obj) is None or not _stated(raw, moment.replace(tzinfo=None)):
        return None
    if data.period != "time":
        return str(moment.date().isoformat())
    clock = _CLOCK.search(raw)
    offset = moment.utcoffset()
    return _written(moment.replace(tzinfo=None), bool(clock and clock[3]), offset)


def _languages(raw: str, language: str | None) -> list[str] | None:
    """English when every word is English, else the listing's own language and English; None lets dateparser try all."""
    if all(word.lower() in _ENGLISH for word in re.findall(r"[^\W\d_]+", raw)):
        return ["en"]
    if language is None:
        return None
    try:
        dateparser.date.DateDataParser(languages=[language])
    except ValueError:  # a language that dateparser does not know
        return None
    return list(dict.fromkeys([language, "en"]))
