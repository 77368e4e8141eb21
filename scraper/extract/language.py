"""The language of a text: what the page declares, and what the text shows."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

import py3langid  # type: ignore[import-untyped]

from archive.records import Evidence
from scraper.extract.document import Document
from scraper.extract.structured import Structured, strings

ENOUGH = 120  # letters from which detection is believed over the declaration; half of that where letters are syllables
SAMPLE = 2_000  # characters whose scripts are counted
WORDS = 600  # characters that py3langid weighs

# Scripts that one language of the news writes alone. The others are left to py3langid.
BY_SCRIPT = {
    "KHMER": "km", "THAI": "th", "LAO": "lo", "MYANMAR": "my", "HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja",
    "GREEK": "el", "GEORGIAN": "ka", "ARMENIAN": "hy", "HEBREW": "he", "TAMIL": "ta", "TELUGU": "te", "KANNADA": "kn",
    "MALAYALAM": "ml", "GUJARATI": "gu", "GURMUKHI": "pa", "ORIYA": "or", "SINHALA": "si", "ETHIOPIC": "am",
    "TIBETAN": "bo",
}  # fmt: skip
# Standards of one speech: a page knows better than letters which of them it is written in.
SIBLINGS = frozenset({"bs", "hr", "sr"})
# Its model takes half a second to load: done here, once, so that the workers forked after this import share it.
py3langid.classify("")
_CODE = re.compile(r"^([a-zA-Z]{2})(?:[-_]|$)")


def read(document: Document, structured: Structured, text: str) -> tuple[str | None, Evidence | None]:
    """The two-letter code, and both the declared and the detected one as evidence."""
    offers = declared(document, structured)
    found = detected(text)
    if found is not None:
        letters = sum(map(str.isalpha, text[:SAMPLE]))
        sure = letters >= (ENOUGH // 2 if found in {"zh", "ja", "ko", "th", "km", "lo", "my"} else ENOUGH)
        if found in SIBLINGS and offers and two_letters(offers[0][1]) in SIBLINGS:
            sure = False
        offers.insert(0 if sure or not offers else len(offers), ("detected", found))
    for index, (source, raw) in enumerate(offers):
        code = two_letters(raw)
        if code is not None:
            return code, Evidence(source, raw, tuple(offers[:index] + offers[index + 1 :]))
    return None, None


def declared(document: Document, structured: Structured) -> list[tuple[str, str]]:
    """What the page says of its language: (source, raw), best first."""
    offers: list[tuple[str, str]] = []
    offers += [("json-ld", text) for text in strings(structured.story.get("inLanguage"))[:1] if two_letters(text)]
    root = document.tree.css_first("html")
    attributes = root.attributes if root is not None else {}
    offers += [("html lang", value) for name in ("lang", "xml:lang") if (value := attributes.get(name) or "")][:1]
    for name in ("og:locale", "content-language", "dc.language", "dcterms.language", "language", "inlanguage"):
        offers += [(f"meta {name}", value) for value in document.meta.get(name, ())[:1] if two_letters(value)]
    return offers


def two_letters(tag: str) -> str | None:
    """The language of a tag such as "en-GB" or "pt_BR"; Norwegian is "no" in both its forms."""
    match = _CODE.match(tag.strip())
    if match is None:
        return None
    code = match[1].lower()
    return {"nb": "no", "nn": "no", "iw": "he", "ji": "yi"}.get(code, code)


@lru_cache(maxsize=10_000)
def script_of(letter: str) -> str:
    """The first word of a letter's name in Unicode: "LATIN", "KHMER", "CJK"."""
    return unicodedata.name(letter, "?").split(" ")[0]


def detected(text: str) -> str | None:
    """The language that a text shows: by its script where that tells, else by py3langid; None without letters."""
    sample = text[:SAMPLE]
    scripts: Counter[str] = Counter()
    for character, count in Counter(sample).items():
        if character.isalpha():
            scripts[script_of(character)] += count
    if not scripts:
        return None
    total = sum(scripts.values())
    if (scripts["HIRAGANA"] + scripts["KATAKANA"]) * 20 > total and scripts["CJK"]:
        return "ja"
    script, letters = scripts.most_common(1)[0]
    if letters * 2 > total and script in BY_SCRIPT:
        return BY_SCRIPT[script]
    if script == "CJK" and letters * 2 > total:
        return "zh"
    return str(py3langid.classify(sample[:WORDS])[0])
