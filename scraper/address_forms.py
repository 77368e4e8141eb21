"""The forms that a newspaper's addresses of stories have, learned from those that were read. Pure.

/news/501 and /news/502 are both "news/9"; when three such pages were stories and none was something else, a link of
this form is a story, however short its text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote, urlsplit

ENOUGH = 3  # stories of a form; one or two may be accidents
_DIGITS = re.compile(r"\d+")
_WORDS = re.compile(r"[^\W\d_]+")
_MANY_WORDS = re.compile(r"w(?:[-_+., ]w){2,}")


def form(url: str) -> str:
    """An address with numbers as 9 and the words of its last part as w, three or more of them as W.

    The folders before keep their names, a file its ending, a query the names of its parameters. "" for a malformed one.
    """
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return ""
    *folders, last = unquote(parts.path).strip("/").lower().split("/")
    stem, dot, ending = last.rpartition(".") if re.search(r"\.[a-z]{2,5}$", last) else (last, "", "")
    path = [*(_DIGITS.sub("9", folder) for folder in folders), _shape(stem) + dot + ending]
    return "/".join(path) + "".join(f"?{name}={_shape(value)}" for name, value in sorted(query))


def _shape(text: str) -> str:
    return _MANY_WORDS.sub("W", _WORDS.sub("w", _DIGITS.sub("9", text)))


def learned(stories: Iterable[str], others: Iterable[str]) -> frozenset[str]:
    """The forms that only stories have: `ENOUGH` of them, and no page that was looked at and is none."""
    known = Counter(map(form, stories))
    return frozenset(shape for shape, number in known.items() if number >= ENOUGH and shape) - set(map(form, others))
