"""A source's furniture: blocks of text that come back on its pages whatever the story is. Pure.

Learned from the blocks of many pages of one source, used when the next page is read. What comes back only under one
author's name is that author's refrain and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from archive.identity import text_fingerprint

MIN_LETTERS = 15
"""Letters of a block that can be furniture: shorter ones ("Why?") come back in honest texts."""

MIN_PAGES = 3
MIN_PAGES_UNSIGNED = 5
"""Pages that must show a block: signed by different authors, or where too few pages name an author to tell."""

MIN_SHARE = 0.1
"""Share of the source's pages that must show it: agency boilerplate on three of a thousand pages is no furniture."""

HEADING_SHARE = 0.5
"""The same for headings: "Background" stands over honest paragraphs too."""

SAME_STORY = 0.6
"""Two pages that share this part of their characters tell the same story and count as one page."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The blocks of one page as they stood in its container: (text, is it a heading) pairs, before any was judged."""

    url: str
    authors: tuple[str, ...]
    blocks: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """One recurring block. `pages` of the `of` pages looked at show it; `example` is its text; `url` one such page."""

    fingerprint: str
    pages: int
    of: int
    example: str
    url: str


@dataclass(frozen=True, slots=True)
class Furniture:
    """What was learned of one source: fingerprint -> Piece. The configuration overrules those in `kept`."""

    pieces: Mapping[str, Piece] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()

    def piece(self, text: str) -> Piece | None:
        """The recurring block with this text, if it is one and is not overruled."""
        if not self.pieces:
            return None
        mark = text_fingerprint(text)
        return None if mark in self.kept else self.pieces.get(mark)


def learn(pages: Iterable[Seen], kept: Iterable[str] = ()) -> Furniture:
    """What comes back on these pages of one source. The order of the pages does not matter to what is found."""
    sizes: dict[str, dict[str, int]] = {}
    signed: dict[str, tuple[str, ...]] = {}
    examples: dict[str, tuple[str, str]] = {}
    headings: dict[str, bool] = {}
    for page in sorted(pages, key=lambda page: page.url):
        marks: dict[str, int] = {}
        for text, heading in page.blocks:
            letters = sum(map(str.isalnum, text))
            if letters >= MIN_LETTERS:
                mark = text_fingerprint(text)
                marks[mark] = letters
                examples.setdefault(mark, (text, page.url))
                headings[mark] = headings.get(mark, True) and heading
        if marks and page.url not in sizes and not any(same_story(marks, other) for other in sizes.values()):
            sizes[page.url] = marks
            signed[page.url] = tuple(sorted(page.authors))
    shown: dict[str, list[str]] = {}
    for url, marks in sizes.items():
        for mark in marks:
            shown.setdefault(mark, []).append(url)
    bylines = {signed[url] for url in sizes if signed[url]}
    pieces = {
        mark: Piece(mark, len(urls), len(sizes), *examples[mark])
        for mark, urls in sorted(shown.items())
        if recurs([signed[url] for url in urls], len(sizes), len(bylines), heading=headings[mark])
    }
    return Furniture(pieces, frozenset(kept))


def recurs(bylines: list[tuple[str, ...]], of: int, known: int, *, heading: bool) -> bool:
    """Enough pages show it, and not only one author's. `known` is how many bylines the source has."""
    pages = len(bylines)
    if pages < MIN_PAGES or pages < (HEADING_SHARE if heading else MIN_SHARE) * of:
        return False
    named = {byline for byline in bylines if byline}
    if len(named) > 1:
        return True
    if len(named) == 1 and known > 1:
        return () in bylines and pages >= MIN_PAGES_UNSIGNED
    return pages >= MIN_PAGES_UNSIGNED


def same_story(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    """The two pages share most of their text."""
    common = sum(size for mark, size in one.items() if mark in other)
    return common >= SAME_STORY * min(sum(one.values()), sum(other.values()))
