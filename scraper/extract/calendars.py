"""Dates as newspapers print them, in any of dateparser's languages, read into ISO 8601 text.

Only what is printed is returned: a day without a clock gives "2024-11-12", a clock without a zone that means one offset
("GMT+7", "ICT", not "IST") gives none.
Month names come from dateparser's tables (CLDR); the Buddhist, Persian and Minguo years and the Japanese eras are
reckoned here.
"""

from __future__ import annotations

import importlib
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

MONTHS: tuple[str, ...] = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
)
MONTHS += ("december",)

# The languages tried, by script, when the page's own language finds no month: those most news is written in.
BY_SCRIPT = {
    "LATIN": (
        "en",
        "de",
        "fr",
        "es",
        "it",
        "pt",
        "nl",
        "pl",
        "sv",
        "da",
        "nb",
        "fi",
        "cs",
        "ro",
        "hu",
        "tr",
        "id",
        "vi",
    ),
    "CYRILLIC": ("ru", "uk", "bg", "sr-Cyrl", "kk"),
    "ARABIC": ("ar", "fa", "ur"),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "GREEK": ("el",),
    "HEBREW": ("he",),
    "THAI": ("th",),
    "KHMER": ("km",),
    "LAO": ("lo",),
    "MYANMAR": ("my",),
    "BENGALI": ("bn",),
    "TAMIL": ("ta",),
    "GEORGIAN": ("ka",),
    "ARMENIAN": ("hy",),
    "ETHIOPIC": ("am",),
}
# Months of the Solar Hijri calendar as Persian (and, second, Dari and Pashto) papers print them.
JALALI = {
    "فروردین": 1, "اردیبهشت": 2, "خرداد": 3, "تیر": 4, "مرداد": 5, "شهریور": 6, "مهر": 7, "آبان": 8, "آذر": 9,
    "دی": 10, "بهمن": 11, "اسفند": 12, "حمل": 1, "ثور": 2, "جوزا": 3, "سرطان": 4, "اسد": 5, "سنبله": 6, "میزان": 7,
    "عقرب": 8, "قوس": 9, "جدی": 10, "دلو": 11, "حوت": 12,
}  # fmt: skip
# Arabic papers of the Levant and Iraq use the Syriac names, those of the Maghreb the French ones; dateparser's table
# has the Egyptian.
ARABIC = {
    "كانون الثاني": 1, "شباط": 2, "آذار": 3, "نيسان": 4, "أيار": 5, "حزيران": 6, "تموز": 7, "آب": 8, "أيلول": 9,
    "تشرين الأول": 10, "تشرين الثاني": 11, "كانون الأول": 12, "جانفي": 1, "فيفري": 2, "أفريل": 4, "ماي": 5, "جوان": 6,
    "جويلية": 7, "أوت": 8, "شتنبر": 9, "نونبر": 11, "دجنبر": 12, "غشت": 8, "يوليوز": 7,
}  # fmt: skip
ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}

# Offsets of the abbreviations that newspapers print and that mean one zone only (not CST, IST, BST, PST, ET).
ZONES = {
    "UTC": "+00:00", "GMT": "+00:00", "WET": "+00:00", "CET": "+01:00", "MEZ": "+01:00", "WAT": "+01:00",
    "CEST": "+02:00", "MESZ": "+02:00", "EET": "+02:00", "CAT": "+02:00", "SAST": "+02:00", "EEST": "+03:00",
    "EAT": "+03:00", "MSK": "+03:00", "TRT": "+03:00", "PKT": "+05:00", "NPT": "+05:45", "MMT": "+06:30",
    "ICT": "+07:00", "WIB": "+07:00", "WITA": "+08:00", "SGT": "+08:00", "MYT": "+08:00", "PHT": "+08:00",
    "HKT": "+08:00", "AWST": "+08:00", "WIT": "+09:00", "JST": "+09:00", "KST": "+09:00", "ACST": "+09:30",
    "AEST": "+10:00", "AEDT": "+11:00", "NZST": "+12:00", "NZDT": "+13:00", "EDT": "-04:00", "EST": "-05:00",
    "CDT": "-05:00", "MDT": "-06:00", "MST": "-07:00", "PDT": "-07:00",
}  # fmt: skip

_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_AFTERNOON = re.compile(
    r"\b(?:p\.?\s?m\b\.?|nachm|μ\.?μ\.?)|午後|下午|晚上|오후|مساء|م\b|بعدازظهر|रात|शाम|दोपहर|សៀល|"
    r"ល្ងាច|យប់|ບ່າຍ|CH\b|ÖS\b",
    re.I,
)
_MORNING = re.compile(r"\b(?:a\.?\s?m\b\.?|π\.?μ\.?)|午前|上午|凌晨|早上|오전|صباح|ص\b|सुबह|ព្រឹក|SA\b|ÖÖ\b", re.I)
_CLOCK = re.compile(
    r"(?<![\d.:/-])(?P<h>[01]?\d|2[0-4])\s?(?:[:：٫h]|(?P<word>時|时|點|点|시|ម៉ោង|[uU]hr)|"
    r"(?P<dot>\.))\s?(?P<m>[0-5]\d)"
    r"(?:\s?[:：]\s?(?P<s>[0-5]\d))?(?!\d|[.,/-]\d|\s?%)(?:\s?分|\s?분)?"
    r"|(?<![\d.:/-])(?P<h12>1[0-2]|0?[1-9])\s?(?=[ap]\.?m\b)",
    re.I,
)
_DOTTED = re.compile(
    r"\b(?:kl|um|at|ora|ore|uhr|pm|am|p\.m|a\.m|klo)\b|\b(?:WI[TB]|WITA|GMT|[BCIE]S?T|CEST|E[SD]T)\b", re.I
)
_ZONE = re.compile(
    r"^\s*\(?(?:(?:UTC|GMT)\s?(?P<offset>[+\-−–]\s?\d{1,2}(?::?\d{2})?)|(?P<utc>Z)\b|(?P<short>[A-Z]{3,4})\b|"
    r"(?P<plain>[+\-−]\d{2}:?\d{2})\b)"
)
_YMD = re.compile(
    r"(?<![\d.:/-])(?P<era>令和|平成|昭和|民國|民国)?\s?(?P<y>\d{4}|(?<=令和)\d{1,2}|"
    r"(?<=平成)\d{1,2}|(?<=昭和)\d{1,2}|(?<=民國)\d{2,3}|(?<=民国)\d{2,3})"
    r"(?:\s?年\s?|\s?년\s?|\s?[-/.]\s?)(?P<m>\d{1,2})(?:\s?月\s?|\s?월\s?|"
    r"\s?[-/.]\s?)(?P<d>\d{1,2})(?:\s?[日号號일.])?(?!\d)"
)
_DMY = re.compile(r"(?<![\d.:/-])(?P<d>\d{1,2})(?P<sep>\s?[./-]\s?)(?P<m>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})(?![\d/-])")
# The least that a date whose month is a word needs: day and year with words between, either of them first.
_SHAPED = re.compile(
    r"\d{1,2}(?!\d)[^\d\n]{1,60}\d{4}(?!\d)|\d{4}[^\d\n]{2,50}\d|\d\s?[\u0e01-\u0e2e]\.[\u0e01-\u0e2e]\."
)
_FIRST_YEAR = re.compile("(?<=令和|平成|昭和|民國|民国)元(?=年)")
_MONTH_DIGITS = re.compile(r"(?P<y>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월](?:[号號]|호)?")
_MONTH_NAMED = re.compile(r"(?P<month>[^\d\n]{2,20}?)[\s,]+(?:de\s+)?(?P<y>\d{4})")
_FILLER = r"[^\d\n]{0,14}?"
_YEAR = r"(?P<y>\d{4})(?!\d)"


def digits(text: str) -> str:
    """The text with the digits of every script as 0 to 9."""
    return "".join(str(unicodedata.decimal(c)) if c > "\x7f" and c.isdecimal() else c for c in text)


def stated(text: str, language: str | None = None) -> Iterator[tuple[str, str]]:
    """Every date printed in a short text: (ISO 8601, the characters it was read from), in the order they stand."""
    line = _FIRST_YEAR.sub("1", digits(unicodedata.normalize("NFKC", text))) if not text.isascii() else text
    found: list[tuple[int, int, date]] = []
    islamic = _short(language) == "ar"  # an Arabic paper's 1446 is no year of the Persian calendar
    for match in _YMD.finditer(line):
        year = int(match["y"]) + ERAS.get(match["era"] or "", 0)
        if not (islamic and year < 1500):
            _add(found, match, year, int(match["m"]), int(match["d"]))
    for match in _DMY.finditer(line):
        if not (islamic and "1300" <= match["y"] < "1500"):
            _add(found, match, *_ordered(match, language))
    if (not found or language == "fa") and _SHAPED.search(line):
        _named(line, language, found)
    found.sort()
    for index, (start, end, day) in enumerate(found):
        before = found[index - 1][1] if index else 0
        after = found[index + 1][0] if index + 1 < len(found) else len(line)
        clock = _clock(line[end:after][:40]) or _clock(line[before:start][-28:], last=True)
        yield day.isoformat() + (f"T{clock}" if clock else ""), line[start:end]


def month(text: str, language: str | None = None) -> str | None:
    """The month that a text consists of, as magazines date their issues: "November 2024" is "2024-11"."""
    if not 6 <= len(text) <= 30:
        return None
    line = digits(unicodedata.normalize("NFKC", text)).strip(" .,|")
    match = _MONTH_DIGITS.fullmatch(line) or _MONTH_NAMED.fullmatch(line)
    if match is None:
        return None
    name = match["month"].casefold().rstrip(".")
    if name.isdecimal():
        numbers = [int(name)]
    else:
        languages = filter(None, dict.fromkeys((_short(language), *_languages(line))))
        numbers = [number for candidate in languages if (number := months(candidate).get(name)) is not None]
    day = gregorian(int(match["y"]), numbers[0], 1) if numbers else None
    return day.isoformat()[:7] if day is not None and day.day == 1 else None


def _add(found: list[tuple[int, int, date]], match: re.Match[str], year: int, month: int, day: int) -> None:
    value = gregorian(year, month, day)
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


def _ordered(match: re.Match[str], language: str | None) -> tuple[int, int, int]:
    """Year, month, day of a date in digits: day first as nearly everywhere, month first where it must be or in the USA.

    Where an English page does not say which English (11/12/2024) the month is 0, which is no date: nothing is guessed.
    """
    first, second, year = int(match["d"]), int(match["m"]), int(match["y"])
    if len(match["y"]) == 2:
        year += 2000 if year < 70 else 1900
    if second > 12 >= first:
        return year, first, second
    if match["sep"].strip() != "." and first <= 12 and first != second:
        tag = (language or "en").replace("_", "-").lower()
        if tag in {"en-us", "en-ph", "es-us", "fil"}:
            return year, first, second
        if tag == "en":
            return year, 0, 0
    return year, second, first


def _named(line: str, language: str | None, found: list[tuple[int, int, date]]) -> None:
    """Add the dates whose month is a word."""
    for candidate in dict.fromkeys((_short(language), *_languages(line))):
        if not candidate:
            continue
        table = months(candidate)
        for pattern in _patterns(candidate):
            for match in pattern.finditer(line):
                month = table.get(
                    match["month"].casefold().rstrip(".").replace(".", "" if len(match["month"]) < 5 else ".")
                )
                if month is not None:
                    _add(found, match, int(match["y"]) + 2500 * (len(match["y"]) == 2), month, int(match["d"]))
        if found:
            return


def _short(language: str | None) -> str | None:
    short = (language or "").replace("_", "-").split("-")[0].lower()
    return {"no": "nb", "nn": "nb", "iw": "he", "in": "id", "cn": "zh", "sr": "sr-Cyrl"}.get(short, short) or None


def _languages(line: str) -> tuple[str, ...]:
    for character in line:
        if character.isalpha():
            script = unicodedata.name(character, "").split(" ")[0]
            if script != "LATIN":
                return BY_SCRIPT.get(script, ())
    return BY_SCRIPT["LATIN"]


@lru_cache(maxsize=128)
def months(language: str) -> dict[str, int]:
    """The names of the months in a language, case folded, as dateparser has them; {} for one it does not know."""
    try:
        module = importlib.import_module(f"dateparser.data.date_translation_data.{language}")
    except ImportError:
        return {}
    info: dict[str, Any] = module.info
    table = {
        unicodedata.normalize("NFKC", name).casefold().rstrip("."): number
        for number, month in enumerate(MONTHS, 1)
        for name in info.get(month, ())
        if not name.isdecimal() and len(name) > 1
    }
    if language == "ar":
        table.update(ARABIC)
    if language == "fa":
        table.update(JALALI)
    return table


@lru_cache(maxsize=128)
def _patterns(language: str) -> tuple[re.Pattern[str], ...]:
    names = sorted(months(language), key=len, reverse=True)
    if not names:
        return ()
    # Abbreviations of several letters may be printed with full stops: "พ.ย." is "พย" in the table.
    joined = "|".join(r"\.?".join(map(re.escape, name)) if len(name) == 2 else re.escape(name) for name in names)
    if _UNSPACED.search(names[0]):
        month = rf"(?P<month>{joined})"
    else:
        month = rf"(?<![^\W\d_])(?P<month>{joined})(?![^\W\d_])\.?"
    day = r"(?<![\d:.,/])(?P<d>\d{1,2})(?![\d:%])"
    return (
        re.compile(day + _FILLER + month + _FILLER + _YEAR, re.I),  # 12 November 2024, ១២ ខែវិច្ឆិកា ឆ្នាំ២០២៤
        re.compile(month + r"\s?" + day + r"(?:st|nd|rd|th)?,?\s" + _FILLER + _YEAR, re.I),  # November 12, 2024
        re.compile(_YEAR + r"[^\d\n]{0,10}?" + month + r"[^\d\n]{0,6}?" + day, re.I),  # 2024. november 12
        re.compile(_YEAR + r"[^\d\n]{0,8}?" + day + r"[^\d\n]{0,3}?" + month, re.I),  # 2024. gada 12. novembris
        # 12 พ.ย. 67: Thai papers leave out the century of the Buddhist year
        *([re.compile(day + r"\s?" + month + r"\.?\s?(?P<y>\d{2})(?!\d|[:.]\d)", re.I)] if language == "th" else ()),
    )


def _clock(text: str, last: bool = False) -> str | None:
    """A time of day with the offset that follows it: "08:15", "08:15:30", "20:15+07:00"."""
    matches = list(_CLOCK.finditer(text))
    if not matches:
        return None
    match = matches[-1] if last else matches[0]
    around = text[max(0, match.start() - 14) : match.end() + 14]
    if match["dot"] and not _DOTTED.search(around) and match[0].replace(" ", "") + "น" not in around.replace(" ", ""):
        return None
    hour = int(match["h"] or match["h12"])
    if _AFTERNOON.search(around) and hour < 12:
        hour += 12
    elif _MORNING.search(around) and hour == 12:
        hour = 0
    if hour > 23:
        return None
    clock = f"{hour:02}:{match['m'] or '00'}" + (f":{match['s']}" if match["s"] else "")
    rest = re.sub(r"^\s*(?:[ap]\.?\s?m\.?|uhr|hrs?|h)\b\.?,?", "", text[match.end() :], flags=re.I)
    return clock + _offset(rest)


def _offset(text: str) -> str:
    match = _ZONE.match(text)
    if match is None:
        return ""
    if match["utc"]:
        return "+00:00"
    if match["short"]:
        return ZONES.get(match["short"], "")
    value = re.sub(r"[\s:]", "", match["offset"] or match["plain"]).replace("−", "-").replace("–", "-")
    hours, minutes = (value[1:3], value[3:5]) if len(value) > 3 else (value[1:], "00")
    if int(hours) > 14:
        return ""
    return f"{value[0]}{int(hours):02}:{minutes or '00'}"
