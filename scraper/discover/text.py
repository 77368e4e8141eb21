"""Markup made plain. The door to selectolax for pieces of HTML inside feeds."""

from __future__ import annotations

import html
import re

from selectolax.lexbor import LexborHTMLParser

_BLOCK = re.compile(r"(?=<(?:br|/?(?:p|div|li|ul|ol|tr|td|h[1-6]|blockquote|figure|figcaption))\b)", re.IGNORECASE)
_MARKUP = re.compile(r"<[a-zA-Z/!]|&[#a-zA-Z]")
_OPEN_ENDED = re.compile(r"<(?![^<>]*>)")  # begins no tag: "if a<b then"
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")


def collapsed(text: str) -> str:
    """One space between words, none around; zero-width spaces stay, they part words in Khmer and Thai."""
    return " ".join(text.split())


def plain(markup: str) -> str:
    """The words of a piece of HTML, entities read, scripts and styles left out."""
    if not _MARKUP.search(markup):
        return collapsed(markup)
    if "<" not in markup:
        return unescaped(markup)
    tree = LexborHTMLParser(_BLOCK.sub(" ", _OPEN_ENDED.sub("&lt;", markup)))
    tree.strip_tags(["script", "style"], recursive=True)
    return collapsed(tree.text())


def unescaped(text: str) -> str:
    """Plain text in which somebody left HTML's entities."""
    return collapsed(html.unescape(text) if _ENTITY.search(text) else text)
