"""Key word in context, and a sample that comes out the same for everybody. Pure; given to SQL by the plugin."""

from __future__ import annotations

import hashlib
import json

from archive.errors import QueryError
from archive.segment import pieces

WIDTH = 60  # characters on each side
LINES = 20  # of one article: a long one shall not fill the page


def lines(text: str, words: str, width: int = WIDTH, limit: int = LINES) -> list[tuple[str, str, str]]:
    """Each place where `words` is found, with what stands left and right of it. Raises QueryError."""
    flat = " ".join(text.split())
    found: list[tuple[str, str, str]] = []
    at = 0
    for piece, marked in pieces(flat, words):
        end = at + len(piece)
        if marked and len(found) < limit:
            found.append((flat[max(0, at - width) : at], piece, flat[end : end + width]))
        at = end
    return found


def sql_lines(text: str | None, words: str | None) -> str:
    """`lines` as JSON, for `json_each`; none when the words make no sense."""
    try:
        return json.dumps(lines(text or "", words or ""), ensure_ascii=False)
    except QueryError:
        return "[]"


def sql_draw(seed: str | int | None, number: int) -> int:
    """A number that looks random, always the same for a seed and an article: sort by it to draw a sample."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{number}".encode(), digest_size=6).digest(), "big")
