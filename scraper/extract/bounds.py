"""What a hostile page has too much of is cut before a parser sees it; one pass, in time that grows with its length.

Parsers compare each attribute of a tag with those before it, and some tags with all that are open: 200,000 of either
hold them for minutes. Nothing here touches an honest page: the deepest of 900 nested 633 levels by this count (most of
them tags nobody closed), the one with most tags had 9,800.
"""

from __future__ import annotations

import re
from collections import Counter

MAX_ATTRIBUTES = 2_000
"""Attributes of one tag; what stands behind them is left out."""

MAX_TAGS = 200_000
"""Tags of a page; it ends there."""

MAX_DEPTH = 2_500
"""Levels of a page; a tag that would open another is left out, what it holds stays. Browsers stop at 512."""

VOID = "area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr"
SHUT_BY_THE_NEXT = "p|li|td|tr|th|dt|dd|option"
TAG = re.compile(rf"<(/?)(?!(?:{VOID}|{SHUT_BY_THE_NEXT})[\s/>])([a-zA-Z][^\s/<>]*+)(?:[^<>]*+>)?", re.I)

# As the HTML standard's tokenizer reads an attribute. Possessive throughout, so that nothing is tried twice.
ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+))?+"""
CROWDED = re.compile(rf"(<[a-zA-Z][^\s/>]*+(?:{ATTRIBUTE}){{{MAX_ATTRIBUTES}}})(?:{ATTRIBUTE})++")


def bounded(page: str) -> str:
    """The page without what is too much of it."""
    if page.count("<") > 2 * MAX_DEPTH:  # fewer tags cost no parser much, however they nest
        pieces = page.split("<", MAX_TAGS)
        if len(pieces) > MAX_TAGS:
            page = "<".join(pieces[:-1])
        page = flattened(page)
    return CROWDED.sub(r"\1", page)


def flattened(page: str) -> str:
    """Without the tags that open a level beyond the deepest, and without those that close them.

    An end tag counts only where an element of its name is open, or stray ones would hide what is really open.
    """
    level = 0
    standing: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    pieces: list[str] = []
    done = 0
    for tag in TAG.finditer(page):
        name = tag[2].lower()
        if not tag[1]:
            if level < MAX_DEPTH:
                level += 1
                standing[name] += 1
                continue
            left_out[name] += 1
        elif left_out[name]:
            left_out[name] -= 1
        else:
            if standing[name]:
                standing[name] -= 1
                level -= 1
            continue
        pieces.append(page[done : tag.start()])
        done = tag.end()
    return "".join([*pieces, page[done:]])
