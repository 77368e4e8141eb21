"""The element that holds the story: the one that the page marks up as such, or the one where its paragraphs stand."""

from __future__ import annotations

import re

from scraper.extract.dom import BLOCKS, Element

HOLDERS = BLOCKS - {"p", "li", "tr", "td", "blockquote", "ul", "ol", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "pre"}

MARKED = re.compile(
    r" (?:article body|articlebody|article content|article text|article copy|entry content|post content|story body|story content|"
    r"body content|post body|content body|rich text|richtext|article main|blog content|td post content|field name body|"
    r"main content|single content|post text|entry body|news text|article wrapper|blog post content) "
)


def find(root: Element) -> Element:
    """The smallest element that holds nearly all running text."""
    here = root
    while here.weight:
        best = max(
            (child for child in here.children if not isinstance(child, str) and not child.dropped),
            key=lambda child: child.weight,
            default=None,
        )
        if best is None or best.weight < 0.80 * here.weight or best.tag not in HOLDERS:
            break
        here = best
    return here
