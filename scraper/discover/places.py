"""Where a site's listings are: what its pages announce, its sections, and the usual places."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from archive.records import Link
from scraper.address_facts import address_facts
from scraper.discover.sections import (
    absolute,
    ancestors,
    base_address,
    is_chrome,
    is_service,
    parsed,
    text_length,
    words_of,
)
from scraper.discover.sites import same_site

_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json")
_LOOSE_TYPES = ("application/xml", "text/xml", "application/json")  # announce a feed only when the address agrees
_FEED_ADDRESS = re.compile(r"(?:^|[/._=-])(?:rss|feed|feeds|atom|rdf)(?:[/._=?-]|\d|$)", re.IGNORECASE)
_SITEMAP_ADDRESS = re.compile(r"sitemap[\w.-]*\.(?:xml|txt)(?:\.gz)?$", re.IGNORECASE)
_COMMENTS = re.compile(r"comments?(?:/|$)", re.IGNORECASE)
_USUAL = (
    "feed", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "feeds", "rss/", "feed.json",
    "sitemap.xml", "sitemap_index.xml", "sitemap-index.xml", "news-sitemap.xml", "sitemap-news.xml",
    "sitemap_news.xml", "googlenews.xml", "sitemap.xml.gz", "sitemap.txt", "wp-sitemap.xml", "post-sitemap.xml",
)  # fmt: skip


def find_listings(body: bytes, url: str) -> list[Link]:
    """Listings that an HTML page leads to, as Links of kind "listing": feeds, sitemaps, sections in its navigation.

    Feeds of comments are left out. The order is the one in which they are worth trying.
    """
    tree = parsed(body)
    base = base_address(tree, url)
    announced: dict[str, str | None] = {}
    for node in tree.css("link[href]"):
        rels = (node.attributes.get("rel") or "").lower().split()
        kind = (node.attributes.get("type") or "").lower().split(";")[0].strip()
        address = absolute(node.attributes.get("href"), base)
        if address is None or address == url:
            continue
        feed = kind in _FEED_TYPES or (kind in _LOOSE_TYPES and _FEED_ADDRESS.search(urlsplit(address).path))
        if (feed and ("alternate" in rels or "feed" in rels)) or "sitemap" in rels:
            announced.setdefault(address, (node.attributes.get("title") or "").strip() or None)
    linked: dict[str, str | None] = {}
    sections: dict[str, str | None] = {}
    for anchor in tree.css("a[href]")[:10_000]:
        address = absolute(anchor.attributes.get("href"), base)
        if address is None or address == url or not same_site(address, url):
            continue
        parts = urlsplit(address)
        if _FEED_ADDRESS.search(parts.path) or _SITEMAP_ADDRESS.search(parts.path):
            linked.setdefault(address, words_of(anchor) or None)
        elif _is_section(address, title := words_of(anchor)) and any(map(is_chrome, ancestors(anchor, 8))):
            sections.setdefault(address, title)
    found = {**sections, **linked, **announced}
    order = [*announced, *linked, *sections]
    return [
        Link(url=address, title=found[address], kind="listing")
        for address in dict.fromkeys(order)
        if not _COMMENTS.search(urlsplit(address).path)
    ]


def _is_section(address: str, title: str) -> bool:
    """A short title; one or two short path segments, no id, no date, no query: /national, /business/property."""
    facts = address_facts(address)
    return (
        1 <= text_length(title) <= 4
        and 1 <= len(facts.segments) <= 2
        and not facts.id
        and not facts.date
        and facts.words <= 2
        and not urlsplit(address).query
        and not is_service(facts)
    )


def usual_places(homepage: str) -> tuple[str, ...]:
    """Addresses where the feeds and sitemaps of a site usually are, the likeliest first."""
    return tuple(urljoin(homepage, "/" + place) for place in _USUAL)
