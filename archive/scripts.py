"""Characters: which belong together, and which a reader takes for the same. Pure.

The unit of search is a token: a word in scripts that write spaces, an orthographic syllable (a base with its
stacked letters and marks) in those that do not. So any run of syllables is a phrase of tokens, and no dictionary,
whose next version would cut old texts differently, has a say.
Extended grapheme clusters (Unicode Annex 29) come close, but cut Khmer, Burmese and Javanese stacks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import regex  # type: ignore[import-untyped]

# Written without spaces, or (Korean) with particles and compounds that no space sets apart.
_SYLLABIC = (
    r"[[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tai_Tham}\p{Tai_Le}\p{New_Tai_Lue}\p{Tai_Viet}\p{Javanese}\p{Balinese}"
    r"\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Yi}\p{Hangul}\u30FC\uFF70]&&[\p{L}\p{Nl}]]"
)
_STACKERS = r"\u17D2\u1039\u1A60\uA9C0\u1B44"
# Zero-width space and joiners, soft hyphen, direction marks, tatweel, variation selectors, Khmer inherent vowels.
_IGNORED = (
    r"\u00AD\u034F\u061C\u0640\u17B4\u17B5\u180B-\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069"
    r"\uFE00-\uFE0F\uFEFF\U000E0100-\U000E01EF"
)
# A Persian or Urdu non-joiner parts a word from its ending, as a space would; elsewhere it only shapes letters.
_INSIDE = rf"(?:(?!(?<=\p{{Arabic}})\u200C)[{_IGNORED}])*"
_MARK = rf"[[\p{{M}}\u0E33\u0EB3\uFF9E\uFF9F]--[{_IGNORED}{_STACKERS}]]"
_WORD = rf"[[\p{{L}}\p{{M}}\p{{N}}]--{_SYLLABIC}--[{_IGNORED}]]"
_GERSHAYIM = r"(?<=\p{Hebrew})[\"'\u2019\u201D\u05F3\u05F4](?=\p{Hebrew})"  # צה"ל is one word

_TOKEN = regex.compile(
    rf"[A-Za-z0-9]++(?!{_INSIDE}{_WORD})"  # the common case, for speed
    rf"|("
    rf"\u0E40{_INSIDE}\u0E40|\u0EC0{_INSIDE}\u0EC0"  # two of the Thai or Lao vowel e typed for one ae
    rf"|[\u1100-\u115F]+[\u1160-\u11A7]*[\u11A8-\u11FF]*"  # Korean in single letters
    rf"|{_SYLLABIC}(?:{_INSIDE}(?:[{_STACKERS}]{_INSIDE}{_SYLLABIC}"
    rf"|\u0E4D{_MARK}{{0,3}}\u0E32|\u0ECD{_MARK}{{0,3}}\u0EB2"  # Thai and Lao am in two pieces
    rf"|{_MARK}|[{_STACKERS}]))*)"
    rf"|{_WORD}(?:{_INSIDE}(?:{_WORD}|{_GERSHAYIM}{_WORD}))*(?:(?<=\u0D4D)\u200D)?",
    regex.V1,
)
_GLUE = regex.compile(rf"[{_IGNORED}]*")

# The common case of the above, ten times as fast: a syllable of plain spelling, perhaps with a zero-width space behind.
_ZWSP = "\u200b"
_STARTS = (
    r"\u0E01-\u0E30\u0E32\u0E41-\u0E46"  # Thai; \u0E40 may be half of a letter
    r"\u0E81\u0E82\u0E84\u0E86-\u0E8A\u0E8C-\u0EA3\u0EA5\u0EA7-\u0EB0\u0EB2\u0EBD\u0EC1-\u0EC4\u0EC6"  # Lao; \u0EC0 too
    r"\u3041-\u3096\u30A1-\u30FA\u30FC\u3400-\u4DBF\u4E00-\u9FFF\uAC00-\uD7A3"  # kana, Han, Hangul
)
_KHMER, _BURMESE = r"\u1780-\u17B3", r"\u1000-\u102A\u103F"
_SYLLABLE = (
    rf"(?:[{_STARTS}{_KHMER}{_BURMESE}]|\u0E40(?!{_ZWSP}?\u0E40)|\u0EC0(?!{_ZWSP}?\u0EC0))"
    r"(?:[\u0E31\u0E33-\u0E3A\u0E47-\u0E4C\u0EB1\u0EB3-\u0EBC\u0EC8-\u0ECC\u17B6-\u17D1\u102B-\u1038\u103A-\u103E]"
    rf"|\u17D2[{_KHMER}]|\u1039[{_BURMESE}])*+{_ZWSP}?"
)
_FIGURES = r"A-Za-z0-9\u0E50-\u0E59\u0ED0-\u0ED9\u17E0-\u17E9\u1040-\u1049"
_BREAKS = r"\s.,;:!?()\[\]…–—·%\u104A\u104B\u17D4-\u17D6\u3000-\u3003\u3008-\u3011「」（），．：；！？％"
# Stretches of a text that no token reaches across: plain syllables; figures or letters before them; anything else.
_CHUNK = re.compile(
    rf"((?:{_SYLLABLE})++)(?=[\x00-\x7F{_BREAKS}{_FIGURES}“”]|\Z)"
    rf"|([{_FIGURES}]++(?=[{_STARTS}{_KHMER}{_BURMESE}\u0E40\u0EC0])|[^{_BREAKS}]++)"
)
_SYLLABLES = re.compile(_SYLLABLE)
_DROPPED = regex.compile(rf"[{_IGNORED}]|{_GERSHAYIM}", regex.V1)

_CHILLU = (("ണ്\u200d", "ൺ"), ("ന്\u200d", "ൻ"), ("ര്\u200d", "ർ"), ("ല്\u200d", "ൽ"), ("ള്\u200d", "ൾ"), ("ക്\u200d", "ൿ"))
_ACCENTS = regex.compile(
    r"(?<=[\p{Latin}\p{Greek}])\p{M}+"
    r"|(?<=е)\u0308|(?<=[аеёиоуыэюяіїє])[\u0300\u0301]"  # Cyrillic: yo, stress; й and ї are letters
    r"|[\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7]"  # Hebrew points
    r"|[\u0610-\u061A\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E8\u06EA-\u06ED]"  # Arabic vowels; hamza on its seat
    r"|\u093C"  # Devanagari nukta
)
_LETTERS = str.maketrans(
    {"ı": "i", "đ": "d", "ð": "d", "ø": "o", "ł": "l", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th", "ς": "σ"}
    | {"ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ة": "ه", "ۃ": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه", "ک": "ك", "ڪ": "ك"}
    | {"ँ": "ं", "ឲ": "ឱ", "ឣ": "អ"}
)
_COENG_RO = "\u17d2\u179a"
_ORDERED = regex.compile(r"[\p{Thai}\p{Lao}\p{Myanmar}\p{Khmer}]")
_STACKED = re.compile(rf"[{_STACKERS}].")


class Token(NamedTuple):
    """One unit of search: what it is found as, and the range of characters it stands for.

    syllable   it is a syllable, not a word
    glued      and follows another one with nothing visible between them
    split      or follows another one after a space or a punctuation mark
    """

    form: str
    start: int
    end: int
    syllable: bool = False
    glued: bool = False
    split: bool = False


def tokens(text: str, begin: int = 0, end: int | None = None) -> Iterator[Token]:
    """The tokens of a text, or of the part of it from `begin` to `end`, in order."""
    after = -1  # where the last syllable ended; -1 behind a word
    for chunk in _CHUNK.finditer(text, begin, len(text) if end is None else end):
        at, stop = chunk.span()
        if chunk.lastindex == 1:
            glued, split = False, after >= 0
            for raw in _SYLLABLES.findall(text, at, stop):
                after = at + len(raw) - (raw[-1] == _ZWSP)
                yield Token(_forms(raw)[0], at, after, True, glued, split)
                at += len(raw)
                glued, split = True, False
            continue
        for match in _TOKEN.finditer(text, at, stop):
            start, last = match.span()
            syllable = match.lastindex is not None
            glued = syllable and (start == after or (after >= 0 and _GLUE.fullmatch(text, after, start) is not None))
            split = syllable and after >= 0 and not glued
            for form in _forms(match[0]):
                yield Token(form, start, last, syllable, glued, split)
                glued, split = syllable, False
            after = last if syllable else -1


def chunks(text: str) -> list[tuple[str, str]]:
    """The text in stretches that its tokens keep to: (plain syllables, "") or ("", anything else).

    Two syllables of different stretches are never glued.
    """
    return _CHUNK.findall(text)


def syllables(plain: str) -> list[str]:
    """The forms of the tokens of a stretch of plain syllables."""
    return [forms[0] for forms in map(_forms, _SYLLABLES.findall(plain))]


@lru_cache(maxsize=1 << 16)  # words repeat: a hit costs a twentieth of folding
def _forms(raw: str) -> tuple[str, ...]:
    """How a token of a text is indexed; a compatibility character may stand for several (½, Lao ໜ)."""
    if raw.isascii():
        return (raw.lower(),)
    for old, new in _CHILLU:
        raw = raw.replace(old, new)
    plain = unicodedata.normalize("NFKC", _DROPPED.sub("", raw))
    return tuple(_fold(match[0]) for match in _TOKEN.finditer(plain))


def _fold(word: str) -> str:
    if _ORDERED.match(word):
        return _syllable(word)
    letters = unicodedata.normalize("NFD", word.casefold())
    letters = _ACCENTS.sub("", letters).translate(_LETTERS)
    return "".join(_digit(char) for char in unicodedata.normalize("NFC", letters))


def _digit(char: str) -> str:
    return str(unicodedata.digit(char)) if unicodedata.category(char) == "Nd" else char


def _syllable(cluster: str) -> str:
    """One order for marks that look the same in any order, one letter for look-alikes."""
    if cluster in ("\u0e40\u0e40", "\u0ec0\u0ec0"):
        return "\u0e41" if cluster[0] == "\u0e40" else "\u0ec1"
    if unicodedata.category(cluster[0]) == "Nd":
        return "".join(_digit(char) for char in cluster)
    cluster = cluster.translate(_LETTERS).replace("\u17d2\u178a", "\u17d2\u178f")  # subscript da is drawn as ta
    stacked = _STACKED.findall(cluster, 1)
    marks = _STACKED.sub("", cluster[1:])
    stacked.sort(key=lambda pair: pair == _COENG_RO)  # ro goes last, whatever was typed
    ordered = "".join(sorted(marks)).replace("\u17b8\u17c1", "\u17be").replace("\u17b6\u17c1", "\u17c4")
    return cluster[0] + "".join(stacked) + ordered
