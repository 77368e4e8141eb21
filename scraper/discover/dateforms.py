"""Dates of the forms that standards describe, made ISO 8601 with the precision and the offset that they state. Pure.

ISO 8601 (W3C-DTF, ordinal and week dates, without dashes, with a blank for the T), RFC 822 and 2822, asctime, English
dates with the month first, year-month-day of East Asia, seconds since 1970. What is none of these is left to others;
what is one of these and yet impossible (30 February, 25 o'clock) is no date, whatever a kinder reader makes of it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MIN_YEAR, MAX_YEAR = 1500, 2100  # before newspapers: "0001-01-01" is how a program says that it does not know
_DAY = timedelta(days=1)
_WIDEST = timedelta(hours=14)  # Kiribati

# Zones that mean one thing wherever news is written in English; hours east of Greenwich. RFC 822 names four letters.
ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 1, "cet": 1, "met": 1, "cest": 2, "mest": 2, "eet": 2,
    "eest": 3, "msk": 3, "ict": 7, "wib": 7, "hkt": 8, "sgt": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11,
    "nzst": 12, "nzdt": 13, "adt": -3, "ast": -4, "at": -4, "edt": -4, "est": -5, "et": -5, "cdt": -5, "cst": -6,
    "ct": -6, "mdt": -6, "mst": -7, "mt": -7, "pdt": -7, "pst": -8, "pt": -8, "akdt": -8, "akst": -9, "hst": -10,
    "a": -1, "m": -12, "n": 1, "y": 12,
}  # fmt: skip
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
# Whole words only: "mar" is March, but "marraskuuta" is the Finns' November.
MONTHS = {name: place % 12 + 1 for place, name in enumerate(_MONTHS)} | {"sept": 9}

_NAME = f"({'|'.join(sorted(MONTHS, key=len, reverse=True))})"
_HOURS = r"(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:[.,]\d+)?)?"
_TAIL = rf"(?:[,\s]*(?:\bat\b|[-–@|])?\s*(?<!\d){_HOURS}(?!\d)(.*))?$"
_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?:\s*[Tt]\s*|,?\s+(?:at\s+|-\s+)?)(\d{1,2})(?:[:.](\d{1,2})(?:[:.](\d{1,2})(?:[.,]\d+)?)?)?(?!\d)(.*))?$"
)
_COMPACT = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:(?:[Tt]|\s+|(?<=\d{8}))(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?(?!\d)(.*))?$"
)
_DAY_FIRST = re.compile(
    rf"\D{{0,40}}?\b(\d{{1,2}})(?:st|nd|rd|th)?(?:\sof)?[\s-]+{_NAME}\b\.?,?[\s-]+(\d{{4}}|\d\d)(?!\d){_TAIL}", re.I
)
_MONTH_FIRST = re.compile(
    rf"\D{{0,40}}?\b{_NAME}\b\.?[\s-]+(\d{{1,2}})(?:st|nd|rd|th)?(?:,\s*|[\s-]+)(\d{{4}})(?!\d){_TAIL}", re.I
)
_ASCTIME = re.compile(rf"\D{{0,20}}?\b{_NAME}\s+(\d{{1,2}})\s+{_HOURS}\s+(.*?)\s*(\d{{4}})$", re.I)
# With dots the day comes first wherever dots are used; with slashes nobody can say.
_DOTTED = re.compile(rf"\D{{0,40}}?\b(\d{{1,2}})\.\s?(\d{{1,2}})\.\s?(\d{{4}})(?!\d){_TAIL}")
_MONTH_ONLY = re.compile(rf"{_NAME}\b\.?,?\s+(\d{{4}})$", re.I)
_ORDINAL = re.compile(r"(\d{4})-?(\d{3})$")
_WEEK = re.compile(r"\d{4}-?W\d\d-?[1-7]$")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})$")
_YEAR = re.compile(r"(1[5-9]|20)\d\d$")
_EPOCH = re.compile(r"@?(\d{10})(?:\d{3}|\.\d{1,6})?$")

_YEAR_FIRST = re.compile(
    r"(\d{4}) ?[年년/.] ?(\d{1,2}) ?[月월/.] ?(\d{1,2})(?!\d)(?: ?[日일.])?,?"
    r"(?: ?(?:[(（][^\W\d]{1,3}[)）]|(?:星期|周|週)[一二三四五六日天]|[月火水木金土日]曜日?|[월화수목금토일]요일))?"
    r"(?=[ T\d]|$)"
)
_CJK_CLOCK = re.compile(r"(\d{1,2}) ?[时時点點시] ?(\d{1,2}) ?[分분](?: ?(\d{1,2}) ?[秒초])?")

_HALF = re.compile(r"\s*([ap])\.?m\b\.?,?", re.IGNORECASE)
_OFFSET = re.compile(r"\(?(?:GMT|UTC|UT|Z)?\s*([+-])(?:\s(?=\d{4}\b))?(\d{1,2}):?(\d\d)?(?::00)?(?!\d)", re.IGNORECASE)
_FRAMES = re.compile(r"^:\d\d$")  # of a second, as clocks of films count
_ZONE = re.compile(r"\(?(?:Etc/)?([A-Za-z]{1,5})\b")
_PLACE = re.compile(r"\[?\b([A-Z][A-Za-z_]+/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?)\]?$")  # America/New_York


class NoDate(ValueError):
    """A known form with numbers that no calendar or clock has."""


def stated(raw: str) -> str | None:
    """ISO 8601 of a date in a known form; None for other forms. Raises NoDate."""
    raw = _numbered(raw)
    if match := _ISO.match(raw) or _COMPACT.match(raw):
        return _iso(*match.groups())
    if match := _DAY_FIRST.match(raw):
        day, name, year, *clock = match.groups()
        return _iso(_full(year), str(MONTHS[name.lower()]), day, *clock)
    if match := _MONTH_FIRST.match(raw):
        name, day, year, *clock = match.groups()
        return _iso(year, str(MONTHS[name.lower()]), day, *clock)
    if match := _DOTTED.match(raw):
        day, month, year, *clock = match.groups()
        return _iso(year, month, day, *clock)
    if match := _ASCTIME.match(raw):
        name, day, *clock, year = match.groups()
        return _iso(year, str(MONTHS[name.lower()]), day, *clock)
    if match := _MONTH_ONLY.match(raw):
        return _month(int(match[2]), MONTHS[match[1].lower()])
    return _rare(raw)


def _rare(raw: str) -> str | None:
    if match := _MONTH.match(raw):
        return _month(int(match[1]), int(match[2]))
    if _YEAR.match(raw):
        return raw
    if match := _EPOCH.match(raw):
        return datetime.fromtimestamp(int(match[1]), UTC).isoformat()
    try:
        if match := _ORDINAL.match(raw):
            day = date(int(match[1]), 1, 1) + (int(match[2]) - 1) * _DAY
            return day.isoformat() if day.year == int(match[1]) and plausible(day.year) else None
        if _WEEK.match(raw):
            day = date.fromisoformat(raw)
            return day.isoformat() if plausible(day.year) else None
    except (ValueError, OverflowError) as error:
        raise NoDate(raw) from error
    return None


def _numbered(raw: str) -> str:
    """Dates of East Asia, and others that begin with the year, as 2017-11-27 8:15."""
    if match := _YEAR_FIRST.match(raw):
        rest = _CJK_CLOCK.sub(lambda clock: ":".join(part for part in clock.groups() if part), raw[match.end() :])
        gap = " " if rest[:1].isdigit() else ""
        return f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}{gap}{rest}"
    return raw


def _full(year: str) -> str:
    """RFC 2822, 4.3: years of two digits lie between 1950 and 2049."""
    return year if len(year) == 4 else ("20" if year < "50" else "19") + year


def plausible(year: int) -> bool:
    return MIN_YEAR <= year <= MAX_YEAR


def _month(year: int, month: int) -> str | None:
    if not plausible(year) or not 1 <= month <= 12:
        raise NoDate
    return f"{year:04d}-{month:02d}"


def _iso(
    year: str,
    month: str,
    day: str,
    hour: str | None = None,
    minute: str | None = None,
    second: str | None = None,
    rest: str | None = None,
) -> str | None:
    """Raises NoDate; None when what follows the time of day is neither a half of the day nor a zone."""
    try:
        moment = datetime(int(year), int(month), int(day))  # noqa: DTZ001 - the zone is written beside it
    except ValueError as error:
        raise NoDate(year) from error
    if not plausible(moment.year):
        raise NoDate(year)
    if hour is None:
        return moment.date().isoformat()
    hours, minutes, seconds = int(hour), int(minute or 0), int(second or 0)
    rest = _FRAMES.sub("", rest or "").strip(": ")
    if half := _HALF.match(rest):
        hours, rest = _of_24(hours, half[1].lower()), rest[half.end() :].strip()
    # 24:00 is midnight at the end of the day; the 60th second is a leap second, which no calendar here knows.
    if hours > 24 or (hours == 24 and minutes + seconds) or minutes > 59 or seconds > 60:
        raise NoDate(hour)
    moment += timedelta(hours=hours, minutes=minutes, seconds=min(seconds, 59))
    if any(sign.isdigit() for sign in _OFFSET.sub("", rest, count=1)):
        return None
    if not rest.isascii():
        return None
    return written(moment, second is not None, offset_in(rest, moment))


def _of_24(hours: int, half: str) -> int:
    if hours > 12:  # "20:15 PM" is what programs write that know one clock only
        return hours
    return hours % 12 + (12 if half == "p" else 0)


def offset_in(rest: str, moment: datetime) -> timedelta | None:
    """The offset that stands behind a time of day; None when none does, or one that nobody can name.

    moment   the time of day without a zone: places have summer time
    """
    if match := _OFFSET.match(rest):
        value = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return None if value > _WIDEST else -value if match[1] == "-" else value
    if match := _PLACE.search(rest):
        try:
            return moment.replace(tzinfo=ZoneInfo(match[1])).utcoffset()
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return None
    if match := _ZONE.match(rest):
        hours = ZONES.get(match[1].lower())
        return None if hours is None else timedelta(hours=hours)
    return None


def place_in(raw: str) -> tuple[str, str] | None:
    """A date and the place of its zone that stands behind it (America/New_York)."""
    match = _PLACE.search(raw)
    return (raw[: match.start()].rstrip(), match[0]) if match else None


def written(wall: datetime, seconds: bool, offset: timedelta | None) -> str:
    """ISO 8601 of a time of day; `seconds` when they were stated, too."""
    text = wall.isoformat(timespec="seconds" if seconds else "minutes")
    if offset is None or abs(offset) > _WIDEST:
        return text
    sign, minutes = ("-" if offset < timedelta() else "+"), abs(offset) // timedelta(minutes=1)
    return f"{text}{sign}{minutes // 60:02d}:{minutes % 60:02d}"
