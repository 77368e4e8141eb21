"""What a page asks of those who would keep or mine it. Pure.

Read are X-Robots-Tag and meta robots (noarchive, noai, noimageai), the TDM Reservation Protocol (tdm-reservation: 1),
Content-Usage of the IETF's aipref group (train-ai=n) and Content-Signal (ai-train=no), both also of robots.txt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

from scraper.page import Page, decode
from scraper.usage import refused

OPT_OUTS = frozenset({"noarchive", "noai", "noimageai"})
_USAGE = ("content-usage", "content-signal")
# The name under which a page may speak to us alone; "robots" speaks to all.
OURS = "morgue"
# Directives with a value: their colon does not make them the name of a crawler.
_VALUED = ("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after")
# Meta elements stand at the beginning; the rest of a huge page need not be parsed for them.
_HEAD = 1 << 18


def signals(page: Page) -> tuple[str, ...]:
    """The opt-outs, sorted: of "noarchive", "noai", "noimageai", "tdm-reservation", "train-ai=n", "ai-train=no"."""
    found = set(page.refusals)
    found |= {word for line in _header_lines(page, "x-robots-tag") for word in _directives(line)} & OPT_OUTS
    found |= {"tdm-reservation" for line in _header_lines(page, "tdm-reservation") if line.strip() == "1"}
    found |= {word for name in _USAGE for line in _header_lines(page, name) for word in refused(line)}
    for meta in LexborHTMLParser(decode(page.body[:_HEAD], page.content_type)[0]).css("meta[name]"):
        name = (meta.attributes.get("name") or "").strip().lower()
        content = (meta.attributes.get("content") or "").strip().lower()
        if name in ("robots", OURS):
            found |= set(re.split(r"[,\s]+", content)) & OPT_OUTS
        elif name == "tdm-reservation" and content == "1":
            found.add("tdm-reservation")
    return tuple(sorted(found))


def _header_lines(page: Page, name: str) -> Iterator[str]:
    """Each line of a header; lines that came separately are not joined, for a crawler's name rules one line."""
    if page.exchanges:
        yield from (value.lower() for key, value in page.exchanges[-1].headers if key.lower() == name)
    elif name in page.headers:
        yield page.headers[name].lower()


def _directives(line: str) -> Iterator[str]:
    """The directives of an X-Robots-Tag line that speak to us: what follows a crawler's name is for that crawler."""
    ours = True
    for part in line.split(","):
        named = re.match(r"\s*([\w-]+)\s*:(.*)", part, re.DOTALL)
        if named and named[1] not in _VALUED:
            ours = named[1] in (OURS, "robots")
            part = named[2]
        if ours:
            yield part.strip()
