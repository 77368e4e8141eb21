"""Dates as listings write them, made ISO 8601 with the precision and the offset that they state. Nothing is guessed.

The one door to dateparser. Pure: no form is read that needs today's date.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from time import struct_time

import dateparser.date  # type: ignore[import-untyped]

_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:(?:T|t|\s+|T\s+)(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?"
    r"\s*([Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?$"
)
_MONTH = re.compile(r"(\d{4})-(\d\d)$")
_YEAR = re.compile(r"(1[5-9]|20)\d\d$")
_CLOCK = re.compile(r"(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d|60)(?:[.,]\d+)?)?(?![\d:])\s*(.*)", re.DOTALL)
_OFFSET = re.compile(r"\(?(?:GMT|UTC|UT|Z)?\s*([+-])(\d{1,2}):?(\d\d)?(?!\d)", re.IGNORECASE)
_ZONE = re.compile(r"\(?(?:Etc/)?([A-Za-z]{1,5})\b")
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
MIN_YEAR = 1500  # before newspapers: "0001-01-01" is how a program says that it does not know


def iso_date(
    raw: object, parsed: struct_time | tuple[int, ...] | None = None, language: str | None = None
) -> str | None:
    """ISO 8601 of a date as it was written, or None.

    parsed     what feedparser read in it (UTC), when it did
    language   of the listing, two letters: tells dateparser in which language to read names of months
    """
    if not isinstance(raw, str) or not (raw := " ".join(raw.split())) or len(raw) > 100:
        return None
    return _read(raw, tuple(parsed[:6]) if parsed else None, language)


@lru_cache(maxsize=4096)
def _read(raw: str, utc: tuple[int, ...] | None, language: str | None) -> str | None:
    if match := _ISO.match(raw):
        return _iso(match)
    if match := _MONTH.match(raw):
        return raw if _plausible(int(match[1])) and 1 <= int(match[2]) <= 12 else None
    if _YEAR.match(raw):
        return raw
    if _EPOCH.match(raw):
        return datetime.fromtimestamp(int(raw[:10]), UTC).isoformat()
    if utc and _names_its_year(raw, utc[0]):
        return _restored(raw, datetime(*utc[:5], min(utc[5], 59)))  # type: ignore[arg-type,call-arg]  # noqa: DTZ001
    return _odd(raw, language)


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


def _names_its_year(raw: str, year: int) -> bool:
    """Does the text itself state that year? feedparser fills in today's where one is missing."""
    if not _plausible(year) or len(re.findall(r"\d", raw)) < 4 or raw.startswith("--"):
        return False
    years = (year - 1, year, year + 1)  # in UTC, New Year may be another year than the one written
    return any(str(y) in raw or re.search(rf"(?<!\d){y % 100:02d}(?!\d|:)", raw) for y in years)


def _restored(raw: str, utc: datetime) -> str:
    """The written time of day and its offset again, from feedparser's UTC and the text."""
    clock = _CLOCK.search(raw)
    if clock is None:
        return utc.date().isoformat()
    rest = clock[4]
    stated = _stated_offset(rest)
    wall = timedelta(hours=int(clock[1]), minutes=int(clock[2]))
    used = (wall - timedelta(hours=utc.hour, minutes=utc.minute)) % timedelta(days=1)
    if used > timedelta(hours=14):
        used -= timedelta(days=1)
    if used % timedelta(minutes=15):  # not a zone: a 12-hour clock, or seconds carried over
        return _written(utc, clock[3] is not None, timedelta())
    # Where feedparser does not know the name of a zone it takes the written time for UTC; the name may still be known.
    offset = stated if stated is not None else (used or None)
    return _written(utc + used, clock[3] is not None, offset)


def _stated_offset(rest: str) -> timedelta | None:
    """The offset that stands behind a time of day; None when none does."""
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
    if numeric and int(numeric[1]) <= 12 and int(numeric[2]) <= 12 and numeric[1] != numeric[2] and language is None:
        return None
    if not re.search(r"\d{2}", raw):
        return None
    parser = dateparser.date.DateDataParser(languages=_known(language), settings=dict(_SETTINGS))
    try:
        data = parser.get_date_data(raw)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None
    if data is None or (moment := data.date_obj) is None or not _names_its_year(raw, moment.year):
        return None
    if data.period != "time":
        return str(moment.date().isoformat())
    clock = _CLOCK.search(raw)
    offset = moment.utcoffset()
    return _written(moment.replace(tzinfo=None), bool(clock and clock[3]), offset)


@lru_cache(maxsize=64)
def _known(language: str | None) -> list[str] | None:
    """English and the listing's own language, as far as dateparser knows it; None lets it try all."""
    if language is None:
        return None
    try:
        dateparser.date.DateDataParser(languages=[language])
    except ValueError:
        return None
    return list(dict.fromkeys([language, "en"]))
