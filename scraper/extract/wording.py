"""Wordings compared: case, punctuation and forms of letters do not count."""

from __future__ import annotations

import re
import unicodedata

SEPARATOR = re.compile(
    r"\s+[|\-–—·•»«:/~›>]+\s+|\s*[｜│‖|]+\s*|\s*::\s*|(?<=[^\x00-\x7f])[：](?=\S)|\s+[-–—]\s*(?=\S)|:\s"
)
"""What may stand between a headline and the name of the site or the section."""

_WORD = re.compile(r"\w+")


def folded(text: str) -> str:
    """The words of a text for comparing."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))
