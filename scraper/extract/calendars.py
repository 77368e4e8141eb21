"""Dates as newspapers print them, in any of dateparser's languages, read into ISO 8601 text.

Only what is printed is returned: a day without a clock gives "2024-11-12", a clock without a zone that means one offset
("GMT+7", "ICT", not "IST" on a page of no country) gives none.
The Buddhist, Persian, Ethiopian and Minguo years and the Japanese eras are reckoned here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from scraper.extract import month_names
from scraper.extract.clocks import clock
from scraper.extract.month_names import ETHIOPIAN

ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
_VIKRAM = 2040  # a Nepali paper's later years are those of the Bikram Sambat, which has no rule to reckon it by
_NEAR = 60  # characters after a date in which its clock and its zone are printed,
_NEAR_BEFORE = 28  # and before it

_YMD = re.compile(
    r"(?<![\d./-])(?<!\d:)(?:(?P<era>令和|平成|昭和|民國|民国)\s?)?(?P<y>\d{4}|(?<=令和)\d{1,2}|"
    r"(?<=平成)\d{1,2}|(?<=昭和)\d{1,2}|(?<=民國)\d{2,3}|(?<=民国)\d{2,3})"
    r"(?:\s?年\s?|\s?년\s?|\s?[-/.]\s?)(?P<m>\d{1,2})(?:\s?月\s?|\s?월\s?|"
    r"\s?[-/.]\s?)(?P<d>\d{1,2})(?:\s?[日号號일.])?(?!\d)"
)
_MINGUO = re.compile(r"(?<![\d.:/-])(?P<y>1\d\d)(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})(?![\d/.-])")
_DMY = re.compile(
    r"(?<![\d./-])(?<!\d:)(?P<d>\d{1,2})(?P<sep>\s?[./-]\s?)(?P<m>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})"
    r"(?!\d|[/-](?!\d{1,2}:\d\d))"
)
# The least that a date whose month is a word needs: day and year with words between, either of them first.
_SHAPED = re.compile(
    r"\d{1,2}(?!\d)[^\d\n]{1,60}\d{4}(?!\d)|\d{4}[^\d\n]{2,50}\d|\d{4}\D{0,9}\d{1,2}-р|\D\d{1,2}\s\d{4}(?!\d)|"
    r"ខែ\s?\d|ເດືອນ\s?\d|tháng\s?\d|\d\s?[\u0e01-\u0e4e]{1,3}\.[\u0e01-\u0e2e]\."
)
_FIRST_YEAR = re.compile("(?<=令和|平成|昭和|民國|民国)元(?=年)")
_MONTH_DIGITS = re.compile(r"(?P<y>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월](?:[号號]|호)?")
_MONTH_NAMED = re.compile(r"(?P<month>[^\d\n]{2,20}?)[\s,]+(?:de\s+)?(?P<y>\d{4})")
# Where a date in digits begins with the month; where both orders are printed, neither is guessed.
_MONTH_FIRST = frozenset({"en-us", "en-ph", "es-us", "fil"})
_EITHER_FIRST = frozenset({"", "en", "en-ca"})


def digits(text: str) -> str:
    """The text with the digits of every script as 0 to 9."""
    return "".join(str(unicodedata.decimal(c)) if c > "\x7f" and c.isdecimal() else c for c in text)


def stated(text: str, language: str | None = None) -> Iterator[tuple[str, str]]:
    """Every date printed in a short text: (ISO 8601, the characters it was read from), in the order they stand."""
    line = _FIRST_YEAR.sub("1", digits(unicodedata.normalize("NFKC", text))) if not text.isascii() else text
    tag = (language or "").replace("_", "-").lower()
    found: list[tuple[int, int, date]] = []
    islamic = tag[:2] == "ar"  # an Arabic paper's 1446 is no year of the Persian calendar
    for match in _YMD.finditer(line):
        year = int(match["y"]) + ERAS.get(match["era"] or "", 0)
        if not (islamic and year < 1500):
            _add(found, match, gregorian(year, int(match["m"]), int(match["d"])))
    for match in _DMY.finditer(line):
        if not (islamic and "1300" <= match["y"] < "1500"):
            _add(found, match, gregorian(*_ordered(match, tag)))
    if not found and tag in {"zh-tw", "zh-hant-tw", "zh-hant"}:
        for match in _MINGUO.finditer(line):
            _add(found, match, gregorian(int(match["y"]) + ERAS["民國"], int(match["m"]), int(match["d"])))
    if (not found or tag[:2] == "fa") and _SHAPED.search(line):
        _named(line, language, found)
    if tag[:2] == "ne":
        found = [one for one in found if one[2].year < _VIKRAM]
    found.sort()
    free = 0  # where the text begins that is not the date before, nor its clock
    for index, (start, end, day) in enumerate(found):
        after = found[index + 1][0] if index + 1 < len(found) else len(line)
        time = clock(line[end:after][:_NEAR], day, language)
        before = line[free:start][-_NEAR_BEFORE:]
        free = after if time else end
        time = time or clock(before, day, language, last=True)
        yield day.isoformat() + (f"T{time}" if time else ""), line[start:end]


def month(text: str, language: str | None = None) -> str | None:
    """The month that a text consists of, as magazines date their issues: "November 2024" is "2024-11"."""
    if not 6 <= len(text) <= 30:
        return None
    line = digits(unicodedata.normalize("NFKC", text)).strip(" .,|")
    match = _MONTH_DIGITS.fullmatch(line) or _MONTH_NAMED.fullmatch(line)
    if match is None:
        return None
    name = month_names.folded(match["month"])
    if name.isdecimal():
        numbers = [int(name)]
    else:
        tables = month_names.candidates(line, language)
        numbers = [found for table in tables if (found := month_names.number(name, table)) is not None]
    day = gregorian(int(match["y"]), numbers[0], 1) if numbers else None
    return day.isoformat()[:7] if day is not None and day.day == 1 else None


def _add(found: list[tuple[int, int, date]], match: re.Match[str], value: date | None) -> None:
    if value is not None and not any(start < match.end() and match.start() < end for start, end, _ in found):
        found.append((match.start(), match.end(), value))


def gregorian(year: int, month: int, day: int) -> date | None:
    """The day of a printed year: Buddhist years are 543 ahead, Persian ones 621 or 622 behind."""
    try:
        if 2443 <= year <= 2743:
            year -= 543
        elif 1300 <= year <= 1498:
            return jalali(year, month, day)
        return date(year, month, day)
    except ValueError:
        return None


def jalali(year: int, month: int, day: int) -> date:
    """A day of the Solar Hijri calendar by the 33-year cycle, right for 1206 to 1498; ValueError for no such day."""
    leap = year % 33 in {1, 5, 9, 13, 17, 22, 26, 30}
    length = 31 if month <= 6 else 30 if month < 12 or leap else 29
    if not (1 <= month <= 12 and 1 <= day <= length):
        raise ValueError(f"no day {year}/{month}/{day} in the Persian calendar")
    passed = year - 1
    leaps = passed // 33 * 8 + sum(passed % 33 >= n for n in (1, 5, 9, 13, 17, 22, 26, 30))
    days = passed * 365 + leaps + (month - 1) * 30 + min(month - 1, 6) + day
    return date.fromordinal(days + 226894)  # the day before 1 Farvardin of the year 1


def ethiopian(year: int, month: int, day: int) -> date | None:
    """A day of the Ethiopian calendar: twelve months of 30 days and one of five, or six before a leap year."""
    length = 30 if month < 13 else 6 if year % 4 == 3 else 5
    if not (1 <= month <= 13 and 1 <= day <= length):
        return None
    return date.fromordinal(2796 + 365 * (year - 1) + year // 4 + 30 * (month - 1) + day - 1)  # 27 August 8 began it


def _ordered(match: re.Match[str], tag: str) -> tuple[int, int, int]:
    """Year, month, day of a date in digits: day first as nearly everywhere, month first where it must be or in the USA.

    Where an English page does not say which English (11/12/2024) the month is 0, which is no date: nothing is guessed.
    """
    first, second, year = int(match["d"]), int(match["m"]), int(match["y"])
    if len(match["y"]) == 2:
        year += 2500 if tag[:2] == "th" and year > 50 else 2000 if year < 70 else 1900
    if second > 12 >= first:
        return year, first, second
    if match["sep"].strip() != "." and first <= 12 and first != second:
        if tag in _MONTH_FIRST:
            return year, first, second
        if tag in _EITHER_FIRST:
            return year, 0, 0
    return year, second, first


def _named(line: str, language: str | None, found: list[tuple[int, int, date]]) -> None:
    """Add the dates whose month is a word."""
    folded = month_names.folded(line)
    for table, own in month_names.candidates(line, language).items():
        for pattern in month_names.patterns(table, own):
            for match in pattern.finditer(folded):
                month = month_names.number(match["month"], table)
                year, day = int(match["y"]) + 2500 * (len(match["y"]) == 2), int(match["d"])
                if month is not None and month > ETHIOPIAN:
                    _add(found, match, ethiopian(year, month - ETHIOPIAN, day))
                elif month is not None:
                    _add(found, match, gregorian(year, month, day))
        if found:
            return
