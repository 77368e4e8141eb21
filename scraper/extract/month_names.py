"""The names of the months, as newspapers print them, and the patterns of dates that are written with them.

Names come from dateparser's tables (CLDR), with those of other calendars and countries that it does not have.
"""

from __future__ import annotations

import importlib
import re
import unicodedata
from functools import lru_cache
from typing import Any

MONTHS: tuple[str, ...] = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
# The languages tried, by script, when the page's own language finds no month: those most news is written in.
BY_SCRIPT = {
    "LATIN": (
        "en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "nb", "fi", "cs", "ro", "hu", "tr", "id", "vi",
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
    "BENGALI": ("bn", "as"),
    "GURMUKHI": ("pa-Guru",),
    "GUJARATI": ("gu",),
    "ORIYA": ("or",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "KANNADA": ("kn",),
    "MALAYALAM": ("ml",),
    "SINHALA": ("si",),
    "GEORGIAN": ("ka",),
    "ARMENIAN": ("hy",),
    "ETHIOPIC": ("am",),
}  # fmt: skip
_CODES = {
    "no": ("nb",), "nn": ("nn", "nb"), "iw": ("he",), "in": ("id",), "cn": ("zh",), "tl": ("fil",), "mo": ("ro",),
    "sr": ("sr-Cyrl", "sr-Latn"), "sh": ("sr-Latn", "hr"), "bs": ("bs-Latn", "bs-Cyrl"), "uz": ("uz-Latn", "uz-Cyrl"),
    "az": ("az-Latn", "az-Cyrl"), "pa": ("pa-Guru", "pa-Arab"), "me": ("sr-Latn",),
}  # fmt: skip
# Months of the Solar Hijri calendar as Persian (and, second, Dari and Pashto) papers print them.
_JALALI = {
    "فروردین": 1, "اردیبهشت": 2, "خرداد": 3, "تیر": 4, "مرداد": 5, "شهریور": 6, "مهر": 7, "آبان": 8, "آذر": 9,
    "دی": 10, "بهمن": 11, "اسفند": 12, "حمل": 1, "ثور": 2, "جوزا": 3, "سرطان": 4, "اسد": 5, "سنبله": 6, "میزان": 7,
    "عقرب": 8, "قوس": 9, "جدی": 10, "دلو": 11, "حوت": 12,
}  # fmt: skip
ETHIOPIAN = 12
"""Added to the number of a month of the Ethiopian calendar, which has thirteen: 13 to 25 in the tables."""
_ETHIOPIAN = {
    "መስከረም": 1, "ጥቅምት": 2, "ኅዳር": 3, "ህዳር": 3, "ሕዳር": 3, "ታኅሣሥ": 4, "ታህሳስ": 4, "ታኅሳስ": 4, "ጥር": 5, "የካቲት": 6,
    "መጋቢት": 7, "ሚያዝያ": 8, "ሚያዚያ": 8, "ግንቦት": 9, "ሰኔ": 10, "ሐምሌ": 11, "ሀምሌ": 11, "ነሐሴ": 12, "ነሃሴ": 12, "ጳጉሜን": 13,
    "ጳጉሜ": 13,
}  # fmt: skip
_GENITIVES = [
    "januara", "februara", "marta", "aprila", "maja", "juna", "jula", "avgusta", "septembra", "oktobra",
    "novembra", "decembra",
]  # fmt: skip
_CYRILLIC_GENITIVES = [
    "јануара", "фебруара", "марта", "априла", "маја", "јуна", "јула", "августа", "септембра", "октобра",
    "новембра", "децембра",
]  # fmt: skip
_BASQUE = [
    "urtarrilaren", "otsailaren", "martxoaren", "apirilaren", "maiatzaren", "ekainaren", "uztailaren",
    "abuztuaren", "irailaren", "urriaren", "azaroaren", "abenduaren",
]  # fmt: skip


def _numbered(form: str) -> dict[str, int]:
    return {form.format(number): number for number in range(1, 13)}


def _counted(names: list[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names, 1)}


_MORE = {
    # Arabic papers of the Levant and Iraq use the Syriac names, those of the Maghreb the French ones; dateparser's
    # table has the Egyptian.
    "ar": {
        "كانون الثاني": 1, "شباط": 2, "آذار": 3, "نيسان": 4, "أيار": 5, "حزيران": 6, "تموز": 7, "آب": 8, "أيلول": 9,
        "تشرين الأول": 10, "تشرين الثاني": 11, "كانون الأول": 12, "جانفي": 1, "فيفري": 2, "أفريل": 4, "ماي": 5,
        "جوان": 6, "جويلية": 7, "أوت": 8, "شتنبر": 9, "نونبر": 11, "دجنبر": 12, "غشت": 8, "يوليوز": 7,
    },
    "fa": _JALALI,
    "ps": _JALALI,
    "am": {name: number + ETHIOPIAN for name, number in _ETHIOPIAN.items()},
    "ti": {name: number + ETHIOPIAN for name, number in _ETHIOPIAN.items()},
    "id": {"ags": 8, "agt": 8},
    "ro": {"noi": 11, "ian": 1, "iun": 6, "iul": 7},
    "km": _numbered("ខែ{}") | _numbered("ខែ {}") | _numbered("ខែទី{}"),
    "lo": _numbered("ເດືອນ {}") | _numbered("ເດືອນ{}"),
    "mn": _numbered("{}-р сарын") | _numbered("{} сарын") | _numbered("{} дугаар сарын") | _numbered("{} дүгээр сарын"),
    "sr-Latn": _counted(_GENITIVES),
    "bs-Latn": _counted(_GENITIVES),
    "sr-Cyrl": _counted(_CYRILLIC_GENITIVES),
    "eu": _counted(_BASQUE),
}  # fmt: skip

_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_YEAR = r"(?P<y>(?:1[3-9]|2[0-7])\d\d)(?!\d)"
_FILLER = r"[^\d\n]{0,14}?"
# Between the parts of a date in a language that is not the page's: few words are months in one language only.
_STRICT = r"(?:st|nd|rd|th|er|[.ºª°])?[\s,./-]{0,3}(?:(?:de|of|del)\s)?"


class _Folding(dict[int, str]):
    """For str.translate: every character in lower case and without its accent; one for one, so that places stay."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = [
            part
            for part in unicodedata.normalize("NFD", character.lower())
            if not ("\u0300" <= part <= "\u036f" or "\u0653" <= part <= "\u0655")
        ]
        self[code] = kept[0] if len(kept) == 1 else character
        return self[code]


_FOLDING = _Folding({ord("ı"): "i", ord("ς"): "σ", ord("ى"): "ي", ord("ی"): "ي", ord("ک"): "ك"})


def folded(text: str) -> str:
    """Lower case without accents, as long as the text: "KASIM" and "Kasım", "ΜΑΪΟΥ" and "Μαΐου" are one."""
    return text.translate(_FOLDING)


def codes(language: str | None) -> tuple[str, ...]:
    """The tables of a declared language, first the usual one: "sr-RS" is ("sr-Cyrl", "sr-Latn")."""
    short = (language or "").replace("_", "-").split("-")[0].lower()
    return _CODES.get(short, (short,) if short else ())


def candidates(line: str, language: str | None) -> dict[str, bool]:
    """The tables to try for a line, best first, each with whether it is the page's own or its script's own."""
    tried = dict.fromkeys(codes(language), True)
    scripts = dict.fromkeys(script_of(character) for character in line if character.isalpha())
    for script in scripts:
        if script != "LATIN":
            tried |= dict.fromkeys((code for code in BY_SCRIPT.get(script, ()) if code not in tried), True)
    if "LATIN" in scripts:
        latin = BY_SCRIPT["LATIN"] if len(scripts) == 1 else ("en",)
        tried |= dict.fromkeys((code for code in latin if code not in tried), False)
    return tried


@lru_cache(maxsize=4096)
def script_of(character: str) -> str:
    """The script of a letter as Unicode names it: "LATIN", "KHMER"."""
    return unicodedata.name(character, "").split(" ")[0]


@lru_cache(maxsize=128)
def months(language: str) -> dict[str, int]:
    """The names of the months of a table, folded, with their numbers; {} for one that nobody knows."""
    try:
        module = importlib.import_module(f"dateparser.data.date_translation_data.{language}")
    except ImportError:
        info: dict[str, Any] = {}
    else:
        info = module.info
    table = {
        _key(name): number
        for number, month in enumerate(MONTHS, 1)
        for name in info.get(month, ())
        if not name.isdecimal() and len(name) > 1
    }
    table.update((_key(name), number) for name, number in _MORE.get(language, {}).items())
    return table


def _key(name: str) -> str:
    return folded(unicodedata.normalize("NFKC", name)).rstrip(".")


def number(name: str, language: str) -> int | None:
    """The month of a folded name as it was printed, full stops included."""
    name = name.rstrip(".")
    return months(language).get(name.replace(".", "") if len(name) < 6 else name)


@lru_cache(maxsize=256)
def patterns(language: str, own: bool) -> tuple[re.Pattern[str], ...]:
    """Dates with the month as a word, to be searched in folded text: groups d, month, y.

    In its own language words may stand between the parts, in another nothing but what belongs to the date.
    """
    names = sorted(months(language), key=len, reverse=True)
    if not names:
        return ()
    # Abbreviations of several letters may be printed with full stops: "พ.ย." is "พย" in the table.
    joined = "|".join(r"\.?".join(map(re.escape, name)) if len(name) < 4 else re.escape(name) for name in names)
    whole = ("", "") if _UNSPACED.search(names[0]) else (r"(?<![^\W_])", r"(?![^\W\d_])\.?")
    month = rf"{whole[0]}(?P<month>{joined}){whole[1]}"
    day = r"(?<![\d:.,/])(?P<d>\d{1,2})(?![\d:%])"
    between = _FILLER if own else _STRICT
    after = r"[\s./-]?" + day + r"(?:st|nd|rd|th)?(?:[,.\u060c\u104a\u3001/-]\s?|\s)" + between + _YEAR
    return (
        re.compile(day + between + month + between + _YEAR),  # 12 November 2024, ១២ ខែវិច្ឆិកា ឆ្នាំ២០២៤
        re.compile(month + after),  # November 12, 2024
        re.compile(_YEAR + r"[^\d\n]{0,10}?" + month + r"[^\d\n]{0,6}?" + day),  # 2024. november 12
        *(
            (re.compile(_YEAR + r"[^\d\n]{0,8}?" + day + r"[^\d\n]{0,3}?" + month),) if own else ()
        ),  # 2024. gada 12. maijs
        # 12 พ.ย. 67: Thai papers leave out the century of the Buddhist year
        *((re.compile(day + r"\s?" + month + r"\.?\s?(?P<y>\d{2})(?!\d|[:.]\d)"),) if language == "th" else ()),
    )
