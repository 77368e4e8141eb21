"""Pages that React streams: what came late stands hidden at the end, and a script puts it where it belongs.

The server sends a placeholder (`<template id="B:0">` or `"P:0"`), later a segment (`<div hidden id="S:0">`) and a call
that names both (`$RC("B:0","S:0")`, `$RS("S:0","P:0")`); without the call the numbers are the same.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

SIGN = 'id="S:'
PAIR = re.compile(r'"([BP]:[0-9a-f]+)","(S:[0-9a-f]+)"|"(S:[0-9a-f]+)","(P:[0-9a-f]+)"')

MAX_SEGMENTS = 300
"""Segments of one page; the largest number seen was 21."""


def assemble(tree: LexborHTMLParser, html: str) -> None:
    """Put every segment in the place of its placeholder, as the page's own script does."""
    if SIGN not in html:
        return
    segments = {node.id or "": node for node in tree.css("div[hidden][id^='S:']")[:MAX_SEGMENTS]}
    named = {(pair[1] or pair[4]): (pair[2] or pair[3]) for pair in PAIR.finditer(html)}
    # A segment may hold placeholders itself, and is copied to its place: so each round looks again.
    while segments and (found := next_pair(tree, segments, named)):
        place, segment = found
        del segment.attrs["hidden"]
        place.replace_with(segment)
        segment.decompose()


def next_pair(
    tree: LexborHTMLParser, segments: dict[str, LexborNode], named: dict[str, str]
) -> tuple[LexborNode, LexborNode] | None:
    """The next placeholder whose segment is there, with that segment, which is taken out of `segments`."""
    for place in tree.css("template[id^='B:'], template[id^='P:']"):
        identifier = place.id or ""
        segment = segments.pop(named.get(identifier, f"S{identifier[1:]}"), None)
        if segment is not None:
            return place, segment
    return None
