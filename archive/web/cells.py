"""How one value of a table is shown. Scraped text is hostile: whatever is not escaped here is escaped by Datasette."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

LONG = 240  # characters of a cell
ADDRESS = 70  # characters of an address in a table
# Columns that hold the words of a newspaper, in any script.
PROSE = {
    "title",
    "text",
    "snippet",
    "left",
    "hit",
    "right",
    "byline",
    "caption",
    "credit",
    "name",
    "section",
    "summary",
}
LISTS = {"raw", "others", "signals", "authors"}  # JSON, or a string as a page had it
ARTICLE_NUMBERS = {"article_id", "other_id", "first_id"}
HEADLINES = {"articles": "id", "stories": "id"}  # table -> where the number of the article stands


def is_address(text: str) -> bool:
    """Whether a link to it does no harm: http or https, and nothing that ends an attribute or a line."""
    return urlsplit(text).scheme in ("http", "https") if re.fullmatch(r"https?://[^\s<>\"']+", text, re.I) else False


def shortened(text: str, limit: int = LONG) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text[: limit * 4].split())
    return line if len(line) <= limit and len(text) <= limit * 4 else line[:limit].rstrip() + "…"


def marked(snippet: str) -> Markup:
    """A snippet of `morgue_snippet` as HTML. Only its <mark>s are believed: anybody can put HTML into a column."""
    parts = re.split(r"(</?mark>)", snippet)
    shown = Markup("")
    inside = False
    for part in parts:
        if part == "<mark>" and not inside:
            shown, inside = shown + Markup("<mark>"), True
        elif part == "</mark>" and inside:
            shown, inside = shown + Markup("</mark>"), False
        elif part not in ("<mark>", "</mark>"):
            shown += escape(html.unescape(part))
    return shown + Markup("</mark>") if inside else shown


def cell(row: Any, value: Any, column: str, table: str | None, article: str) -> Markup | None:
    """HTML of a cell; None leaves it to Datasette.

    row       sqlite3.Row
    article   address of the article pages, with a slash at the end
    """
    if isinstance(value, int) and column in ARTICLE_NUMBERS:
        return Markup('<a href="{}{}">{}</a>').format(article, value, value)
    if isinstance(value, dict) and column in ARTICLE_NUMBERS:  # a foreign key that Datasette has looked up
        label = shortened(str(value["label"]), ADDRESS)
        return Markup('<a href="{}{}" dir="auto">{}</a> <em>{}</em>').format(
            article, value["value"], label, value["value"]
        )
    if not isinstance(value, str) or not value:
        return None
    if column == "snippet" and table is None:
        return Markup('<span dir="auto">{}</span>').format(marked(value))
    if column in LISTS:
        return Markup('<bdi dir="auto">{}</bdi>').format(shortened(_plain(value)))
    if re.match(r"\s*[a-z][a-z0-9+.-]*:\S", value, re.I) and column.endswith("url"):
        if not is_address(value.strip()):
            return Markup("{}").format(shortened(value, ADDRESS))
        return Markup('<a href="{}" rel="noreferrer noopener">{}</a>').format(
            value.strip(), shortened(value.strip(), ADDRESS)
        )
    if column == "title" and (number := _number(row, table)) is not None:
        return Markup('<a href="{}{}" dir="auto">{}</a>').format(article, number, shortened(value))
    if column in PROSE:
        return Markup('<span dir="auto">{}</span>').format(shortened(value))
    return None


def _number(row: Any, table: str | None) -> int | None:
    name = HEADLINES.get(table or "", "article_id")
    number = row[name] if name in row.keys() else None  # noqa: SIM118 (sqlite3.Row has no `in`)
    if isinstance(number, dict):
        number = number["value"]
    return number if isinstance(number, int) else None


def _plain(value: str) -> str:
    """JSON lists as a person writes them."""
    try:
        loaded = json.loads(value)
    except ValueError:
        return value
    if not isinstance(loaded, list):
        return value
    return "; ".join(": ".join(map(str, each)) if isinstance(each, list) else str(each) for each in loaded)
