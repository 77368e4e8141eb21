"""What stands between the headline and the container: the standfirst, and an opening that was set apart."""

from __future__ import annotations

from collections.abc import Set

from scraper.extract.blocks import Block, blocks, key
from scraper.extract.dom import Element

LEVELS = 3
"""How far above the container openings stood."""

LONG = 80
"""Characters of a paragraph that is no label, byline or note about advertising."""

SMALL = 700
"""Characters of a box with a picture that is a picture with its caption."""

MOST_LINKED = 0.3
SAME = 60
"""Characters at the beginning of two texts that make them the same; descriptions are often cut."""

HEADLINES = frozenset({"h1", "h2"})


def opening(here: Element, *, title: str, descriptions: Set[str], press: bool) -> list[Block]:
    """The blocks of the story that stand before its container.

    title          the page's title as `blocks.key` gives it; without it on the page nothing is known to stand under it
    descriptions   what the page says it is about, as `blocks.key` gives it: newspapers print that as the standfirst
    press          a newspaper's article: its opening is set apart only as a standfirst
    """
    if not title:
        return []
    branch = here
    below: list[Block] = []
    for _ in range(LEVELS):
        above = branch.parent
        if above is None:
            break
        level: list[Block] = []
        headline = False
        for child in above.children:
            if child is branch:
                break
            if isinstance(child, str) or child.dropped:
                continue
            for block in blocks(child):
                if block.tag in HEADLINES and is_title(key(block.text), title):
                    headline, level = True, []
                else:
                    level.append(block)
        below = level + below
        if headline:
            return openings(below, descriptions, press)
        branch = above
    return []


def openings(found: list[Block], descriptions: Set[str], press: bool) -> list[Block]:
    """Of the blocks under the headline those that belong to the story.

    In a newspaper that is the standfirst, told by the page's description or because it is the paragraph right under
    the headline, with whatever is made and placed as it is. Elsewhere it is every paragraph of running text.
    """
    plain = [block for block in found if block.linked <= MOST_LINKED * block.chars and not in_picture(block.element)]
    if not press:
        return [block for block in plain if block.tag == "p" and block.chars >= LONG]
    makes = {make(block.element) for block in plain if is_told(key(block.text), descriptions)}
    if plain and plain[0] is found[0] and plain[0].tag == "p" and plain[0].chars >= LONG:
        makes.add(make(plain[0].element))
    return [block for block in plain if make(block.element) in makes]


def make(element: Element) -> tuple[Element | None, str, str]:
    """What the parts of one standfirst have in common."""
    return element.parent, element.tag, element.names


def in_picture(element: Element) -> bool:
    """The block is a caption: it stands in a small box with a picture."""
    return any(box.shows and box.chars < SMALL for box in (element, *element.ancestors()))


def is_title(said: str, title: str) -> bool:
    """The heading says the title, perhaps with a little more or less."""
    return bool(said) and (said in title or title in said)


def is_told(said: str, descriptions: Set[str]) -> bool:
    """The words are those of a description, which is often cut."""
    return len(said) >= SAME // 2 and any(said[:SAME] == told[:SAME] for told in descriptions)
