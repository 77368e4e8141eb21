"""The element that holds the story: the one where nearly all running text of the page stands."""

from __future__ import annotations

from scraper.extract.dom import BLOCKS, Element, tags

HOLDERS = BLOCKS - tags("p li tr td blockquote ul ol dl h1 h2 h3 h4 h5 h6 pre")

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
    return here
