"""JSON Feed 1.0 and 1.1 (jsonfeed.org). Reads whatever has the right type and leaves the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    base = _joined(url, _string(feed, "home_page_url") or "")
    reader = _Reader(url, base, _authors(feed), _string(feed, "language"))
    links = [reader.link(item, n) for n, item in enumerate(feed["items"], 1) if isinstance(item, dict)]
    if older := _string(feed, "next_url"):
        links.append(Link(url=_joined(url, older), kind="listing"))
    return links


@dataclass(frozen=True, slots=True)
class _Reader:
    """What the items of one feed share. `base` is what relative addresses are relative to: the front page."""

    url: str
    base: str
    authors: tuple[str, ...]
    language: str | None
    dates: DateReader = field(default_factory=DateReader)

    def link(self, item: dict[str, Any], number: int) -> Link:
        guid = _string(item, "id") or ""
        address = (
            _string(item, "url")
            or (guid if guid.lower().startswith(("http://", "https://")) else None)
            or _string(item, "external_url")
            or next((found for part in _dicts(item, "attachments") if (found := _string(part, "url"))), None)
        )
        own = _string(item, "language") or self.language
        title = collapsed(_string(item, "title") or "") or None
        summary = _string(item, "summary") or _string(item, "content_text")
        summary = summary or plain(_string(item, "content_html") or "")
        return Link(
            url=_joined(self.base, address) if address else inside(self.url, guid or title or str(number)),
            title=title,
            published=self.dates.iso(item.get("date_published")),
            modified=self.dates.iso(item.get("date_modified")),
            # 1.1: the feed's authors are those of every item that names none.
            authors=_authors(item) or self.authors,
            summary=collapsed(summary)[:MAX_SUMMARY].rstrip() or None,
            language=own.split("-")[0].lower() if own else None,
        )


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def _authors(value: dict[str, Any]) -> tuple[str, ...]:
    """`authors` of 1.1, else `author` of 1.0; some write a name in place of an object."""
    several = value.get("authors")
    people = several if isinstance(several, list) and several else [value.get("author")]
    names = (_string(person, "name") if isinstance(person, dict) else person for person in people)
    return tuple(dict.fromkeys(collapsed(name) for name in names if isinstance(name, str) and name.strip()))


def _dicts(value: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = value.get(key)
    return [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []


def _string(value: dict[str, Any], key: str) -> str | None:
    found = value.get(key)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found.strip() or None if isinstance(found, str) else None
