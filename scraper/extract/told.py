"""The publisher's own text of the article in JSON-LD (`articleBody`), and what it says about our blocks."""

from __future__ import annotations

import re
from html import unescape

from scraper.extract.blocks import HEADINGS, WORD, Block
from scraper.extract.dom import tags

TAG = re.compile(r"</?\s*([a-zA-Z][a-zA-Z0-9]*)[^>]*>")
BREAKING = tags("p br li div h1 h2 h3 h4 h5 h6 ul ol blockquote")


MAX_COMPARED = 5_000
"""Blocks that are looked for in the publisher's text."""


def plain(told: str) -> str:
    """The text as paragraphs: entities read, tags dropped, lines folded."""
    text = unescape(told)
    if "<" in text:
        text = TAG.sub(lambda tag: "\n" if tag[1].lower() in BREAKING else "", text)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n\n".join(line for line in lines if line)


def letters(text: str) -> str:
    """Only its letters and digits, so that missing or doubled spaces do not matter."""
    return "".join(WORD.findall(text))


def aligned(found: list[Block], told: str) -> list[Block]:
    """Without the blocks that the publisher's own text leaves out.

    Only where it is the same text: nearly all of it stands in our blocks, and most of ours in it. Such texts often
    leave out subheadings, so these stay.
    """
    if len(found) > MAX_COMPARED:
        return found
    whole = letters(told)
    spelled = [letters(block.text) for block in found]
    within = [text in whole for text in spelled]
    common = sum(len(text) for text, known in zip(spelled, within, strict=True) if known)
    if common < 0.8 * len(whole) or common < 0.6 * sum(map(len, spelled)):
        return found
    return [block for block, known in zip(found, within, strict=True) if known or block.tag in HEADINGS]
