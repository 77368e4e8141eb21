"""What stands in place of the article: walls, soft 404s, empty shells; and what a page says of being kept. Pure."""

from __future__ import annotations

from scraper.page import Page


def barrier(page: Page) -> str | None:
    """What stands in place of the article; None when nothing does."""
    return None if page.body.strip() else "empty page"
