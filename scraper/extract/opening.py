"""What stands between the headline and the container: the standfirst, and an opening that was set apart."""

from __future__ import annotations

from collections.abc import Set
from itertools import takewhile

from scraper.extract.blocks import Block, blocks, key
from scraper.extract.dom import Element

LEVELS = 8
"""How far above the container headlines stood."""

NEAR = 3
"""How far above it an opening was set apart that no description tells; farther up stand notes about the site."""

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
    for height in range(LEVELS if press else NEAR):
        above = branch.parent
        if above is None:
            break
        level: list[Block] = []
        headline: Block | None = None
        for child in above.children:
            if child is branch:
                break
            if isinstance(child, str) or child.dropped:
                continue
            for block in blocks(child):
                if is_headline(block, title, press):
                    headline, level = block, []
                else:
                    level.append(block)
        below = level + below
        if headline is not None:
            plain = [block for block in below if block.linked <= MOST_LINKED * block.chars]
            if press:
                around = {headline.element, *headline.element.ancestors()}
                first = below[0] if below and height < NEAR else None
                return standfirst([b for b in plain if not in_picture(b.element, around)], first, descriptions)
            plain = [block for block in plain if not in_picture(block.element, frozenset())]
            return [block for block in plain if block.tag == "p" and block.chars >= LONG]
        branch = above
    return []


def standfirst(found: list[Block], first: Block | None, descriptions: Set[str]) -> list[Block]:
    """Of the blocks under the headline those that a newspaper sets there.

    They are told by the page's description, or because it is the paragraph right under the headline (`first`), with
    whatever is made and placed as it is.
    """
    makes = {make(block.element) for block in found if is_told(key(block.text), descriptions)}
    if found and found[0] is first and first.tag == "p" and first.chars >= LONG:
        makes.add(make(first.element))
    return [block for block in found if make(block.element) in makes]


def make(element: Element) -> tuple[Element | None, str, str]:
    """What the parts of one standfirst have in common."""
    return element.parent, element.tag, element.names


def in_picture(element: Element, around: Set[Element]) -> bool:
    """The block is a caption: it stands in a small box with a picture that is not `around` the headline, too."""
    boxes = takewhile(lambda box: box not in around, (element, *element.ancestors()))
    return any(box.shows and box.chars < SMALL for box in boxes)


def is_headline(block: Block, title: str, press: bool) -> bool:
    """A heading that says the title, perhaps with a little more or less; in a newspaper any block that says just it."""
    said = key(block.text)
    return (press and said == title) or (block.tag in HEADLINES and bool(said) and (said in title or title in said))


def is_told(said: str, descriptions: Set[str]) -> bool:
    """The words are those of a description, which is often cut."""
    return len(said) >= SAME // 2 and any(said[:SAME] == told[:SAME] for told in descriptions)
