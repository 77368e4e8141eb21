"""The element that holds the story: the one where nearly all running text of the page stands."""

from __future__ import annotations

from scraper.extract.dom import BLOCKS, Element, tags
from scraper.extract.naming import is_marked

HOLDERS = BLOCKS - tags("p li blockquote ul ol dl h1 h2 h3 h4 h5 h6 pre")

LEVELS = 2
"""How far above the container the rest of a split story was found."""

LONG = 100
"""Characters of a paragraph that is not a note."""

NEARLY_ALL = 0.8
"""Share of the running text that a smaller element must hold to be the container instead."""


def find(root: Element) -> Element:
    """The smallest element that holds nearly all running text."""
    here = root
    while here.weight:
        best = max(
            (child for child in here.children if not isinstance(child, str) and not child.dropped),
            key=lambda child: child.weight,
            default=None,
        )
        if best is None or best.weight < NEARLY_ALL * here.weight or best.tag not in HOLDERS:
            break
        here = best
    return here if is_marked(here.names) else widened(here)


def widened(here: Element) -> Element:
    """Up to the element where paragraphs of the same make stand beside the container: an opening before the wall."""
    makes = {part.names for part in paragraphs(here)}
    wide = here
    for _ in range(LEVELS):
        above = wide.parent
        if above is None or above.parent is None or not makes:
            break
        beside = [child for child in above.children if not isinstance(child, str) and child is not wide]
        if any(is_more(child, makes) for child in beside if not child.dropped):
            here = above
        wide = above
    return here


def is_more(part: Element, makes: set[str]) -> bool:
    """A paragraph of the story, or a box with paragraphs that are named as the story's are."""
    if part.tag == "p":
        return part.names in makes and part.weight >= LONG
    return any(inner.names and inner.names in makes and inner.weight >= LONG for inner in paragraphs(part))


def paragraphs(element: Element) -> list[Element]:
    """The paragraphs that are its own children."""
    return [part for part in element.children if not isinstance(part, str) and part.tag == "p" and not part.dropped]
