"""Links from what a newspaper offers: feeds, sitemaps, section pages. Pure parsers: bytes in, `Link`s out."""

from __future__ import annotations

from collections.abc import Set

from archive.records import Link
from scraper.discover.feeds import read_feed
from scraper.discover.jsonfeed import read_json_feed
from scraper.discover.kinds import ListingKind, NoListing, judge, kind_of, opened
from scraper.discover.places import find_listings, usual_places
from scraper.discover.sections import read_section
from scraper.discover.sitemaps import read_sitemap
from scraper.discover.sites import MAX_ADDRESS
from scraper.errors import UnreadableListing

__all__ = ["ListingKind", "find_links", "find_listings", "kind_of", "usual_places"]


def find_links(
    body: bytes,
    url: str,
    *,
    content_type: str | None = None,
    links: str | None = None,
    story_forms: Set[str] = frozenset(),
) -> list[Link]:
    """What a listing names: stories in its order, and further listings (sitemaps of an index, an older page).

    body           of a feed, a sitemap or an HTML page, told apart by what it is; gzip is opened
    url            the address that answered: relative links are relative to it
    content_type   the header, a hint
    links          CSS selector of a section page's story links; without it they are told from navigation
    story_forms    the forms that addresses of stories have at this newspaper (`scraper.address_forms`)

    Entries without any address are no links, nor are those with one of more than MAX_ADDRESS characters. Broken input
    is read as far as it goes. Raises UnreadableListing for what is no listing at all or is built to harm.
    """
    try:
        found = _read(opened(body), url, content_type, links, story_forms)
        return [link for link in found if len(link.url) <= MAX_ADDRESS]
    except NoListing as error:
        raise UnreadableListing(url, str(error)) from error


def _read(body: bytes, url: str, content_type: str | None, links: str | None, story_forms: Set[str]) -> list[Link]:
    kind = judge(body, content_type)
    if kind == "sitemap":
        return read_sitemap(body, url)
    if kind == "section":
        return read_section(body, url, links, story_forms)
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return read_json_feed(body, url)
    return read_feed(body, url, content_type)
