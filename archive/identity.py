"""What "the same" means: the address key, the fingerprints of a text, its shingles and its MinHash. Pure.

All texts are compared in one normal form: NFKC, case folded, punctuation, spaces and invisible characters gone,
letters, vowel signs, digits, currency signs and "%" kept. So typographic quotes, hyphens, soft hyphens, zero-width
spaces and line breaks never make a difference, and a changed number always does.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

from rensa import RMinHash  # type: ignore[import-untyped]

from archive.address import address_key

__all__ = ["PERMUTATIONS", "address_key", "fingerprint", "normal", "shingles", "signature", "text_fingerprint", "words"]

FINGERPRINT_VERSION = 1  # the first byte of each fingerprint: a new normal form gets a new one, old ones stay readable
PERMUTATIONS = 64  # of a MinHash: 32 bands of 2 (see archive.clusters)
SEED = 20171127
WORDS = 4  # words in a shingle: five lose too much to a copy-editor who changes one word in ten
CHARACTERS = 8  # characters in a shingle where words have no spaces between them

# Scripts written without spaces between words: Thai, Lao, Tibetan, Burmese, Khmer, Tai, kana, Han, Yi.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\uaa60-\uaadf"
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
UNSPACED_RUN = re.compile(UNSPACED.pattern + "+")
# Their marks; the other blocks have none.
_MARKS = "".join(
    character
    for character in map(chr, (*range(0x0E00, 0x3100), *range(0xAA60, 0xAAE0)))
    if UNSPACED.match(character) and unicodedata.category(character)[0] == "M"
)
_MARK = re.compile(f"[{_MARKS}]")


class _Kept(dict[int, str]):
    """Character -> itself, a space (punctuation) or nothing (invisible); filled as characters are met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if category[0] in "LNM" or category == "Sc" or character == "%":
            kept = character
        elif category in ("Cf", "Cc", "Cs", "Cn", "Co") and not character.isspace():
            kept = ""
        else:
            kept = " "
        self[code] = kept
        return kept


_kept = _Kept()


@lru_cache(maxsize=8)  # filing asks for the form of one text five times
def normal(text: str) -> str:
    """The normal form of a text: its words in small letters, one space between them."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.translate(_kept).split())


def text_fingerprint(text: str) -> str:
    """Version byte and 128 bits of SHA-256 over the normal form without spaces, as 34 hexadecimal digits."""
    return _digest(normal(text).replace(" ", ""))


def fingerprint(title: str | None, text: str) -> str:
    """Like `text_fingerprint`, over headline and text."""
    return _digest(normal(title or "").replace(" ", "") + "\n" + normal(text).replace(" ", ""))


def _digest(form: str) -> str:
    return f"{FINGERPRINT_VERSION:02x}{hashlib.sha256(form.encode()).hexdigest()[:32]}"


@lru_cache(maxsize=4)  # of the article in hand and of what it is compared with
def shingles(text: str) -> frozenset[str]:
    """The overlapping pieces of a text: 4 words, or 8 characters in scripts without spaces. Short texts are one."""
    form = normal(text)
    if len(_unspaced(form)) * 2 > len(form):
        run = form.replace(" ", "")
        return (
            frozenset(run[i : i + CHARACTERS] for i in range(max(1, len(run) - CHARACTERS + 1))) if run else frozenset()
        )
    tokens = form.split()
    if not tokens:
        return frozenset()
    return frozenset(" ".join(tokens[i : i + WORDS]) for i in range(max(1, len(tokens) - WORDS + 1)))


def signature(pieces: frozenset[str]) -> tuple[int, ...]:
    """MinHash of a set of shingles: `PERMUTATIONS` numbers of 32 bits; equal sets have equal signatures, everywhere."""
    sketch = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    sketch.update(list(pieces))
    return tuple(sketch.digest())


def words(text: str) -> int:
    """How long a text is: its words, or its characters in scripts without spaces (marks not counted)."""
    form = normal(text)
    return len(_MARK.sub("", _unspaced(form))) + len(UNSPACED_RUN.sub("", form).split())


def _unspaced(form: str) -> str:
    """The characters of scripts without spaces, one behind the other."""
    return "".join(UNSPACED_RUN.findall(form))
