"""The time of day that is printed beside a date, with the offset from UTC that the page names."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scraper.extract.date_words import CHANGED

# Offsets of the abbreviations that newspapers print and that mean one zone only.
ZONES = {
    "UTC": "+00:00", "GMT": "+00:00", "WET": "+00:00", "WEST": "+01:00", "CET": "+01:00", "MEZ": "+01:00",
    "WAT": "+01:00", "CEST": "+02:00", "MESZ": "+02:00", "EET": "+02:00", "CAT": "+02:00", "SAST": "+02:00",
    "EEST": "+03:00", "EAT": "+03:00", "MSK": "+03:00", "МСК": "+03:00", "TRT": "+03:00", "PKT": "+05:00",
    "UZT": "+05:00", "NPT": "+05:45", "MMT": "+06:30", "ICT": "+07:00", "WIB": "+07:00", "WITA": "+08:00",
    "SGT": "+08:00", "MYT": "+08:00", "PHT": "+08:00", "HKT": "+08:00", "AWST": "+08:00", "WIT": "+09:00",
    "JST": "+09:00", "KST": "+09:00", "ACST": "+09:30", "AEST": "+10:00", "AEDT": "+11:00", "ACDT": "+10:30",
    "NZST": "+12:00", "NZDT": "+13:00", "EDT": "-04:00", "EST": "-05:00", "CDT": "-05:00", "MDT": "-06:00",
    "PDT": "-07:00", "NDT": "-02:30", "HNE": "-05:00", "HAE": "-04:00", "BRT": "-03:00",
}  # fmt: skip
# Offsets of those that mean another zone in another country.
_BY_COUNTRY = {
    "IST": {"in": "+05:30", "ie": "+01:00", "il": "+02:00"},
    "IDT": {"il": "+03:00"},
    "BST": {"gb": "+01:00", "uk": "+01:00", "bd": "+06:00"},
    "CST": {"us": "-06:00", "ca": "-06:00", "mx": "-06:00", "cn": "+08:00", "tw": "+08:00"},
    "MST": {"us": "-07:00", "ca": "-07:00", "mx": "-07:00", "my": "+08:00"},
    "PST": {"us": "-08:00", "ca": "-08:00", "ph": "+08:00"},
    "AST": {"ca": "-04:00", "pr": "-04:00", "sa": "+03:00"},
    "GST": {"ae": "+04:00", "om": "+04:00"},
    "EST": {"au": ""},  # where Eastern Standard Time was long printed for the summer's too
}
_AMERICAN = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
# Languages that are those of one country with one zone abbreviation of its own.
_COUNTRY_OF = {"he": "il", **dict.fromkeys(("hi", "mr", "gu", "te", "kn", "ml", "pa", "or", "as"), "in")}
# Zones in words, of places without summer time.
_PLACES = (
    (re.compile(r"phnom penh time|ម៉ោងនៅ|bangkok time|hanoi time|jakarta time|giờ (?:hà nội|việt nam)", re.I), "+07:00"),
    (re.compile(r"beijing time|北京时间|北京時間|(?:manila|singapore|hong kong|taipei) time|香港時間", re.I), "+08:00"),
    (re.compile(r"tokyo time|japan time|日本時間|seoul time|한국\s?시간", re.I), "+09:00"),
    (re.compile(r"moscow time|по москве|московско|mekka|مكة|السعودية|nairobi time", re.I), "+03:00"),
    (re.compile(r"بتوقيت أبو ?ظبي|بتوقيت الإمارات|بتوقيت دبي|dubai time", re.I), "+04:00"),
)

_CLOCK = re.compile(
    r"(?<![\d.:/])(?<!\d-)(?P<h>[01]?\d|2[0-4])(?:"
    r"(?:\s?[:：٫hu]\s?|(?P<dot>\s?\.\s?))(?P<m>[0-5]\d)(?:\s?[:：]\s?(?P<s>[0-5]\d))?(?!\d|[.,/-]\d|\s?%)"
    r"|\s?(?:時|时|點|点|시)\s?(?P<cjk>[0-5]?\d)\s?[分분]"
    r"|\s?(?:ម៉ោង|និង|[uU]hr)\s?(?P<word>[0-5]\d)(?!\d)"
    r"|(?P<whole>\s?(?:時|时|點|点|시|uhr\b)(?![間间간])|\s?(?=[ap]\.?\s?m(?![^\W\d_]))|h(?![^\W_])))",
    re.I,
)
_HALVES = re.compile(
    r"(?P<am>(?<![^\W\d_])(?:a\.?\s?m(?![^\W\d_])|π\.?\s?μ(?![^\W\d_])|(?-i:SA|ÖÖ)\b|ص(?!\w))|午前|上午|凌晨|早上|清晨|오전|"
    r"صباح|सुबह|एएम|এএম|সকাল|ព្រឹក|පෙ\.?\s?ව|காலை)|"
    r"(?P<pm>(?<![^\W\d_])(?:p\.?\s?m(?![^\W\d_])|μ\.?\s?μ(?![^\W\d_])|nachm|(?-i:CH|ÖS)\b|م(?!\w)|petang|malam)|午後|下午|"
    r"晚上|傍晚|中午|오후|مساء|بعدازظهر|रात|शाम|दोपहर|पीएम|পিএম|বিকেল|বিকাল|সন্ধ্যা|រសៀល|សៀល|ល្ងាច|យប់|ບ່າຍ|ප\.?\s?ව|மாலை)",
    re.I,
)
_BEFORE = re.compile(r"[^\x00-\u0600]")  # scripts that may print the half of the day before the hour
_DOTTED = re.compile(
    r"(?<![^\W\d_])(?:kl|um|at|ora|ore|uhr|uur|om|ob|klo|alle|godz|pm|am|p\.m|a\.m|"
    r"WI[TB]|WITA|GMT|[BCIE]S?T|CEST|E[SD]T|A[EC][SD]T)(?![^\W\d_])",
    re.I,
)
_NEXT = re.compile(r"[.\s,|·•–—-]{1,4}$")  # all that stands between a date and the clock that belongs to it
_AT = re.compile(r"(?:\b(?:um|at|à|às|as|las|ore|ora|kl\.?|klo)|^)[.\s,|·•–—-]*$", re.I)
_AFTER_CLOCK = re.compile(
    r"^\s*(?:(?:[ap]\.?\s?m\.?|uhr|uur|hrs?|hs|h|น)(?![^\W\d_])\.?,?|"
    r"[分분]|นาที|(?:ព្រឹក|ល្ងាច|រសៀល|យប់))*",
    re.I,
)
_ZONE = re.compile(
    r"^\s*\(?(?:(?:UTC|GMT)\s?(?P<offset>[+\-−–]\s?\d{1,2}(?::?\d{2})?)(?!\d)|(?P<utc>Z)\b|"
    r"(?P<short>[A-Z]{2,4}|МСК|мск)\b|(?P<plain>[+\-−]\d{2}:?\d{2})\b)"
)


def clock(text: str, day: date, language: str | None = None, *, last: bool = False) -> str | None:
    """The time of day in a text, with the offset that follows it: "08:15", "08:15:30", "20:15+07:00".

    text  what stands after the date, or (`last`) before it; a clock that is labelled as an update's is not the date's
    """
    matches = [match for match in _CLOCK.finditer(text) if _believed(match, text, last)]
    if not matches:
        return None
    match = matches[-1] if last else matches[0]
    if not last and CHANGED.search(text[: match.start()]):
        return None
    hour = _of_24(int(match["h"]), text[max(0, match.start() - 10) : match.start()], text[match.end() :][:14])
    if hour > 23:
        return None
    minute = int(match["m"] or match["cjk"] or match["word"] or 0)
    value = f"{hour:02}:{minute:02}" + (f":{match['s']}" if match["s"] else "")
    return value + _offset(_AFTER_CLOCK.sub("", text[match.end() :], count=1), day, language)


def _believed(match: re.Match[str], text: str, last: bool) -> bool:
    """Is this a clock? "10.30" and "9h" may be other things and must stand where a clock stands."""
    before, after = text[: match.start()], text[match.end() :]
    if match["dot"]:
        if not last and _NEXT.fullmatch(before):
            return True
        return bool(_DOTTED.search(before[-14:]) or _DOTTED.search(after[:14]) or after.lstrip().startswith("น"))
    if match["whole"] is not None and match["whole"].strip().lower() in {"h", "uhr"}:
        return not last and _AT.search(before) is not None
    return True


def _of_24(hour: int, before: str, after: str) -> int:
    half = next(_HALVES.finditer(after), None)
    if half is None and _BEFORE.search(before):
        half = next((found for found in reversed(list(_HALVES.finditer(before))) if found[0] not in {"م", "ص"}), None)
    if half is None:
        return hour
    if half["pm"]:
        return hour + 12 if hour < 12 and not (half["pm"] == "中午" and hour > 9) else hour
    return 0 if hour == 12 else hour


def _offset(text: str, day: date, language: str | None) -> str:
    match = _ZONE.match(text)
    if match is None:
        return next((offset for place, offset in _PLACES if place.search(text[:40])), "")
    if match["utc"]:
        return "+00:00"
    if match["short"]:
        return _named(match["short"].upper(), day, language)
    number = re.sub(r"\s", "", match["offset"] or match["plain"]).replace("−", "-").replace("–", "-")
    hours, _, minutes = number[1:].partition(":")
    if not minutes and len(hours) > 2:
        hours, minutes = hours[:-2], hours[-2:]
    return f"{number[0]}{int(hours):02}:{minutes or '00'}" if int(hours) <= 14 else ""


def _named(name: str, day: date, language: str | None) -> str:
    """The offset of a zone's abbreviation where it is printed; "" when it may mean several."""
    short, _, country = (language or "").replace("_", "-").lower().partition("-")
    country = country.rpartition("-")[2] or _COUNTRY_OF.get(short, "")
    if name in _BY_COUNTRY:
        return _BY_COUNTRY[name].get(country, ZONES.get(name, ""))
    if name in _AMERICAN and (short in {"", "en"} or (name == "ET" and short == "es")):
        try:
            noon = datetime.combine(day, time(12), ZoneInfo(_AMERICAN[name]))
        except ZoneInfoNotFoundError:  # a machine without the tables of zones
            return ""
        return noon.isoformat()[-6:]
    return ZONES.get(name, "")
