"""Dates as listings write them, made ISO 8601 with the precision and the offset that they state. Nothing is guessed.

Forms that standards describe first (`dateforms`), then what feedparser reads, then dateparser, to which this is the
one door. Pure: no form is read that needs today's date.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

import dateparser.date  # type: ignore[import-untyped]

from scraper.discover.dateforms import MONTHS, ZONES, NoDate, offset_in, place_in, plausible, stated, written

_CLOCK = re.compile(r"(?<![\d:])([01]?\d|2[0-4]):([0-5]?\d)(?::([0-5]?\d|60)(?:[.,]\d+)?)?(?![\d:])\s*(.*)", re.DOTALL)
_HALF_DAY = re.compile(r"\b[ap]\.?m\b|上午|下午|오전|오후|午前|午後", re.IGNORECASE)
_THAI_YEAR = re.compile(r"\b2[45]\d\d\b")  # years of the Buddha: 543 more
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_NUMERIC = re.compile(r"\D*(\d{1,2})[/. -](\d{1,2})[/. -]\d{2,4}\b")
_WORD = re.compile(r"[^\W\d_]+")
# feedparser's reader of ISO 8601 stops where it understands no more, and fills the rest from today's date. Only a
# Hungarian month (2004-július-13) is for it to read where a year comes first.
_YEAR_FIRST = re.compile(r"\d{4}(?!-[^\W\d_]{3,12}-\d{1,2}(?!\d))(?!\d\d$)")

_SETTINGS: dict[str, object] = {
    "STRICT_PARSING": True,
    "REQUIRE_PARTS": ["day", "month", "year"],
    "PARSERS": ["custom-formats", "absolute-time"],  # not "relative-time": "2 hours ago" would be our clock
    "RETURN_TIME_AS_PERIOD": True,
    "RELATIVE_BASE": datetime(2000, 1, 1),  # noqa: DTZ001 - whatever is filled in all the same is not our clock
}
MAX_ODD = 1_000  # two seconds
MAX_UNREADABLE = 10
_HAS_YEAR = re.compile(r"(?:1[5-9]|2[01])\d\d|\d\W\w{2,12}\W['’]?\d\d\b")
_ENGLISH = frozenset({
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue", "tues", "wed", "thu",
    "thur", "thurs", "fri", "sat", "sun", "a", "p", "m", "am", "pm", "at", "of", "on", "t", "th", "st", "nd", "rd",
}).union(ZONES, MONTHS)  # fmt: skip


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
        raw = _in_our_digits(html.unescape(raw) if "&" in raw else raw)
        try:
            found = stated(raw)
        except NoDate:
            return None
        if found is not None:
            return found
        guess = _checked(raw, tuple(parsed[:6])) if parsed else None
        return guess if guess and not _borrowed(raw) else self._odd(raw, language) or guess

    def _odd(self, raw: str, language: str | None) -> str | None:
        key = (raw, language)
        if key not in self._known:
            if len(self._known) >= MAX_ODD or self._unreadable >= MAX_UNREADABLE:
                return None
            self._known[key] = _odd(raw, language)
            self._unreadable += self._known[key] is None
        return self._known[key]


def _in_our_digits(raw: str) -> str:
    """Digits of every script as 0-9, Thai years as years of our era."""
    if raw.isascii():
        return raw
    raw = _DASHES.sub("-", raw)
    raw = "".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in raw)
    if re.search("[\u0e00-\u0e7f]", raw):
        raw = _THAI_YEAR.sub(lambda year: str(int(year[0]) - 543), raw)
    return raw


def _checked(raw: str, utc: tuple[int, ...]) -> str | None:
    """What feedparser read, when the text states it all."""
    if _YEAR_FIRST.match(raw) or _HALF_DAY.search(raw):
        return None
    try:
        moment = datetime(*utc[:5], min(utc[5], 59))  # type: ignore[arg-type,call-arg]  # noqa: DTZ001
    except ValueError:
        return None
    return _restored(raw, moment) if _stated(raw, moment) else None


def _borrowed(raw: str) -> bool:
    """Does a word only begin like the English month that feedparser takes it for? Marraskuuta is November."""
    words = (word.lower() for word in _WORD.findall(raw))
    return any(word[:3] in MONTHS and word not in MONTHS for word in words)


def _stated(raw: str, day: datetime) -> bool:
    """Does the text itself state that day? Both readers fill in today's month or year, or a first, where one is lost.

    In UTC it may be the day before or after the one that is written.
    """
    if not plausible(day.year) or len(re.findall(r"\d", raw)) < 4 or raw.startswith("-"):
        return False
    if re.fullmatch(r"\d{6}", raw):  # yymmdd
        return raw == f"{day:%y%m%d}"
    numbers = [int(number) for number in re.findall(r"\d{1,4}", raw)]
    words = [word.lower() for word in _WORD.findall(raw)]
    english = {MONTHS[word] for word in words if word in MONTHS}
    foreign = any(not word.isascii() or (len(word) > 2 and word not in _ENGLISH) for word in words)
    for shift in (0, -1, 1):
        near = day + timedelta(days=shift)
        left = list(numbers)
        parts = [near.year if near.year in left else near.year % 100, near.day]
        if not (near.month in english or (foreign and not english)):
            parts.append(near.month)
        if all(part in left and not left.remove(part) for part in parts):  # type: ignore[func-returns-value]
            return True
    return False


def _restored(raw: str, utc: datetime) -> str | None:
    """The written time of day and its offset again, from feedparser's UTC and the text; None where they disagree."""
    clock = _CLOCK.search(raw)
    if clock is None:
        return utc.date().isoformat()
    wall = timedelta(hours=int(clock[1]), minutes=int(clock[2]))
    used = (wall - timedelta(hours=utc.hour, minutes=utc.minute)) % timedelta(days=1)
    if used > timedelta(hours=14):
        used -= timedelta(days=1)
    if used % timedelta(minutes=15):  # no zone
        return None
    # Where feedparser does not know the name of a zone it takes the written time for UTC; the name may still be known.
    moment = utc + used
    offset = offset_in(clock[4], moment)
    return written(moment, clock[3] is not None, offset if offset is not None else (used or None))


def _odd(raw: str, language: str | None) -> str | None:
    """What only dateparser reads. A date like 03/04/2017 is not read: nobody can say which is the month."""
    numeric = _NUMERIC.match(raw)
    unclear = numeric and int(numeric[1]) <= 12 and int(numeric[2]) <= 12 and int(numeric[1]) != int(numeric[2])
    if unclear and language in (None, "en"):  # month first in Manila, day first in London
        return None
    if not _HAS_YEAR.search(raw):
        return None
    if split := place_in(raw):
        found = _odd(split[0], language)
        if found is None or len(found) > len("2017-11-27T08:15:00") or "T" not in found:
            return found
        moment = datetime.fromisoformat(found)
        return written(moment, found.count(":") == 2, offset_in(split[1], moment))
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
    return written(moment.replace(tzinfo=None), bool(clock and clock[3]), offset)


def _languages(raw: str, language: str | None) -> list[str] | None:
    """English when every word is English, else the listing's own language and English; None lets dateparser try all."""
    if all(word.lower() in _ENGLISH for word in _WORD.findall(raw)):
        return ["en"]
    if language is None:
        return None
    try:
        dateparser.date.DateDataParser(languages=[language])
    except ValueError:  # a language that dateparser does not know
        return None
    return list(dict.fromkeys([language, "en"]))
