"""Dates as systems write them for each other, read into ISO 8601 text: precise as written, with their own offset."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

from scraper.extract import calendars

_ISO = re.compile(
    r"^(?P<date>(?P<y>\d{4})(?:-(?P<m>\d{1,2})(?:-(?P<d>\d{1,2}))?)?)"
    r"(?:[Tt\s]+(?:@\s?)?(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<ampm>[AaPp][Mm])?\s*(?P<zone>Z|z|UTC|GMT|[+\-−]\d{1,2}(?::?\d{2})?)?)?(?:\[[\w/]+\])?\.?$"
)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?(Z|[+-]\d{2}:?\d{2})?$")
_EPOCH = re.compile(r"^(?:/Date\()?(1\d{9})(?:\d{3})?(?:\.\d+)?(?:[+-]\d{4})?(?:\)/)?$")
_WEEK = re.compile(r"^(\d{4})-?W(\d{2})-?([1-7])$")
# With a weekday in front or GMT or an offset at the end, as mail and HTTP write it, a clock included.
_MAIL = re.compile(r"^(?:[A-Z][a-z]{2,8}, .*\d:\d\d|.*\d:\d\d.*(?:GMT|\s[+-]\d{4})$)")
# Unix and Java print a moment so: "Tue Nov 12 08:15:00 ICT 2024".
_UNIX = re.compile(r"^[A-Z][a-z]{2} ([A-Z][a-z]{2} +\d{1,2}) (\d{1,2}:\d{2}:\d{2}) ([A-Z]{1,5}|[+-]\d{4}) (\d{4})$")


def iso(text: str, language: str | None = None) -> str | None:
    """A date written for machines as ISO 8601, as precise as it is written, with its own offset; None if it is none.

    Years of the Buddhist and the Persian calendar, which systems set up for those countries write, are reckoned.
    `language` is that of the page: it tells whether 11/12/2024 begins with the month.
    """
    text = text.strip()
    if not text.isascii():
        text = calendars.digits(text)
    match = _ISO.match(text)
    if match is not None:
        return _iso_match(match)
    if match := _COMPACT.match(text):
        year, month, day, hour, minute, second, zone = match.groups()
        clock = f" {hour}:{minute}:{second or '00'}{zone or ''}" if hour else ""
        return iso(f"{year}-{month}-{day}{clock}")
    if match := _EPOCH.match(text):
        return datetime.fromtimestamp(int(match[1]), UTC).isoformat()
    if match := _WEEK.match(text):
        try:
            return date.fromisocalendar(int(match[1]), int(match[2]), int(match[3])).isoformat()
        except ValueError:
            return None
    text = _UNIX.sub(r"\1, \4 \2 \3", text)
    if len(text) < 100 and _MAIL.match(text):
        try:
            return parsedate_to_datetime(text).isoformat()
        except (ValueError, TypeError, IndexError):
            pass
    if text[:5].isdigit() or not any(map(str.isdigit, text)) or len(text) > 100:
        return None
    return next((value for value, _ in calendars.stated(text, language)), None)


def _iso_match(match: re.Match[str]) -> str | None:
    parts = match.groupdict()
    value = parts["y"] + "".join(f"-{int(parts[name]):02}" for name in "md" if parts[name])
    if parts["d"] and not "1500" <= parts["y"] < "2443":
        day = calendars.gregorian(int(parts["y"]), int(parts["m"]), int(parts["d"]))
        value = day.isoformat() if day is not None else value
    if parts["H"] and parts["d"]:
        hour = int(parts["H"]) % 12 + 12 * (parts["ampm"].lower() == "pm") if parts["ampm"] else int(parts["H"])
        value += f"T{hour:02}:{parts['M']}" + (f":{parts['S']}" if parts["S"] else "") + _zone(parts["zone"])
    try:
        if "T24:00" in value:  # how ISO 8601 may write the end of a day
            return (datetime.fromisoformat(value[:10]) + timedelta(days=1)).isoformat()[:10] + "T00" + value[13:]
        moment(value)
    except (ValueError, OverflowError):
        return None
    return value


def _zone(text: str | None) -> str:
    if not text:
        return ""
    if text in {"Z", "z", "UTC", "GMT"}:
        return "+00:00"
    sign, number = text[0].replace("−", "-"), text[1:].replace(":", "")
    hours, minutes = (number[:-2], number[-2:]) if len(number) > 2 else (number, "00")
    if not int(number):
        return "+00:00"
    return f"{sign}{int(hours):02}:{minutes}"


def moment(value: str) -> datetime:
    """For comparing: missing parts are the first ones, a missing zone is UTC; ValueError when there is no such day."""
    moment = datetime.fromisoformat(value + "-01-01"[3 * value.count("-") :] if len(value) < 10 else value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
