"""JSON Feed 1.0 and 1.1 (jsonfeed.org). Reads whatever has the right type and leaves the rest."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from archive.records import Link
from scraper.discover.dates import DateReader
from scraper.discover.feeds import MAX_SUMMARY, inside
from scraper.discover.kinds import NoListing, is_json_feed, parsed_json
from scraper.discover.text import collapsed, plain


def read_json_feed(body: bytes, url: str) -> list[Link]:
    """The items, then the feed's next page (kind "listing"). One without an address is treated as in `read_feed`.

    Raises NoListing.
    """
    feed = parsed_json(body)
    if not isinstance(feed, dict) or not is_json_feed(feed):
        raise NoListing("JSON that is no feed")
    authors, language = _authors(feed), _string(feed, "language")
    dates = DateReader()
    items = [(n, item) for n, item in enumerate(feed["items"], 1) if isinstance(item, dict)]
    links = [_link(item, n, url, authors, language, dates) for n, item in items]
    if older := _string(feed, "next_url"):
        links.append(Link(url=urljoin(url, older), kind="listing"))
    return links


def _link(
    item: dict[str, Any], number: int, url: str, authors: tuple[str, ...], language: str | None, dates: DateReader
) -> Link:
    guid = _string(item, "id") or ""
    address = (
        _string(item, "url")
        or (guid if guid.lower().startswith(("http://", "https://")) else None)
        or _string(item, "external_url")
        or next((found for part in _dicts(item, "attachments") if (found := _string(part, "url"))), None)
    )
    own = _string(item, "language") or language
    title = collapsed(_string(item, "title") or "") or None
    summary = _string(item, "summary") or _string(item, "content_text") or plain(_string(item, "content_html") or "")
    return Link(
        url=urljoin(url, address) if address else inside(url, guid or title or str(number)),
        title=title,
        published=dates.iso(item.get("date_published")),
        modified=dates.iso(item.get("date_modified")),
        # 1.1: the feed's authors are those of every item that names none.
        authors=_authors(item) or authors,
        summary=collapsed(summary)[:MAX_SUMMARY].rstrip() or None,
        language=own.split("-")[0].lower() if own else None,
    )


def _authors(value: dict[str, Any]) -> tuple[str, ...]:
    """`authors` of 1.1, else `author` of 1.0."""
    one = value.get("author")
    people = _dicts(value, "authors") or ([one] if isinstance(one, dict) else [])
    names = (_string(person, "name") for person in people)
    return tuple(dict.fromkeys(collapsed(name) for name in names if name))


def _dicts(value: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = value.get(key)
    return [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []


def _string(value: dict[str, Any], key: str) -> str | None:
    found = value.get(key)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found.strip() or None if isinstance(found, str) else None
