"""The one door to trafilatura: the text it finds, and nothing else of it."""

from __future__ import annotations

from typing import Any

from trafilatura import bare_extraction

MAX_CHARS = 3_000_000
MAX_TAGS = 30_000
"""Longer pages, and those with more tags, are not handed over: hostile ones hold the process for minutes."""


def text_of(html: str) -> str:
    """Trafilatura's text of a page, paragraphs one to a line; "" when it finds none.

    No metadata and no duplicate test: the latter remembers across documents, so a page's text would depend on the
    pages read before it.
    """
    if not html or len(html) > MAX_CHARS or html.count("<") > MAX_TAGS:
        return ""
    try:
        found: Any = bare_extraction(html, fast=True, include_comments=False, with_metadata=False, deduplicate=False)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return ""
    return (found.text or "").strip() if found is not None else ""
