"""find_links on whole listings, and what is no listing at all.

tests/listings/<slug>/ holds a listing and links.json: its address and the links it gives, without empty fields.
"""

from __future__ import annotations

import gzip
import json
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from archive.records import Link
from scraper.discover import find_links, find_listings, kind_of, usual_places
from scraper.errors import UnreadableListing

LISTINGS = Path(__file__).parent / "listings"
URL = "https://paper.example/listing"


def told(link: Link) -> dict[str, Any]:
    """A link as links.json writes it."""
    values = {field.name: getattr(link, field.name) for field in fields(link)}
    values["authors"] = list(values["authors"])
    return {name: value for name, value in values.items() if value and (name, value) != ("kind", "story")}


@pytest.mark.parametrize("slug", sorted(folder.name for folder in LISTINGS.iterdir()))
def test_a_saved_listing_gives_its_links(slug: str) -> None:
    """Every saved listing gives exactly the links beside it, field by field and in order."""
    expected = json.loads((LISTINGS / slug / "links.json").read_text(encoding="utf-8"))
    (listing,) = (file for file in (LISTINGS / slug).iterdir() if file.name != "links.json")
    assert [told(link) for link in find_links(listing.read_bytes(), expected["url"])] == expected["links"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<rss version='2.0'><channel/></rss>", "feed"),
        (b"\n <?xml version='1.0'?><!-- <html> --><feed xmlns='http://www.w3.org/2005/Atom'/>", "feed"),
        (b"<br />Notice: x<rss version='2.0'><channel/></rss>", "feed"),
        ("<?xml version='1.0' encoding='utf-16'?><rss><channel/></rss>".encode("utf-16"), "feed"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": []}', "feed"),
        (b"<urlset/>", "sitemap"),
        (b"<s:sitemapindex xmlns:s='x'/>", "sitemap"),
        (b"https://a.example/1\nhttps://a.example/2\n", "sitemap"),
        (gzip.compress(b"<urlset/>"), "sitemap"),
        (b"<!doctype html><p>Hello", "section"),
        (b"<html><body><pre>&lt;rss&gt;</pre></body></html>", "section"),
        (b"%PDF-1.7", None),
        (b"\x89PNG\r\n", None),
        (b"", None),
        (b'{"items": "none"}', None),
        (b"Hello", None),
        (b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>", None),
    ],
)
@pytest.mark.parametrize("content_type", [None, "text/plain", "text/xml"])
def test_the_bytes_say_what_a_listing_is(body: bytes, kind: str | None, content_type: str | None) -> None:
    """A feed, a sitemap and a page are told apart by what they are, whatever the header says."""
    assert kind_of(body, content_type) == kind


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty answer"),
        (b"%PDF-1.7", "PDF"),
        (b"\x00\x01\x02", "binary data"),
        (b'{"a": 1}', "JSON that is no feed"),
        (b'{"items": [', "broken JSON"),
        (b"[" * 100_000, "broken JSON"),
        (b"<?xml version='1.0'?><Error/>", "XML that is neither feed nor sitemap: <Error>"),
        (b"\x1f\x8bnot gzip", "broken gzip"),
        (gzip.compress(bytes(60_000_000), 1), "larger than 50 MB when decompressed"),
        (b"<html>" + b"<div>" * 100_000, "HTML nested too deeply"),
        (b"<p " + b" ".join(b"a%d=''" % n for n in range(50_000)) + b">", "a tag with thousands of attributes"),
        (b"<rss " + b" ".join(b"xmlns:a%d='u'" % n for n in range(300)) + b"/>", "declares too many namespaces"),
    ],
)
def test_what_is_no_listing_ends_in_one_clear_reason(body: bytes, reason: str) -> None:
    """PDFs, binaries, bombs and oddities raise UnreadableListing with the address and what was seen."""
    with pytest.raises(UnreadableListing) as caught:
        find_links(body, URL)
    assert (caught.value.url, caught.value.detail) == (URL, reason)


@pytest.mark.parametrize(
    "body",
    [
        b"<rss version='2.0'><channel>" + b"<a>" * 100_000,
        b"<rss version='2.0'><channel>" + b"<" * 500_000,
        b"<rss version='2.0'><channel>" + b"<![CDATA[" * 100_000,
        b"<rss version='2.0'><channel>" + b"<!--" * 200_000,
        b"<urlset>" + b"<url>" * 100_000,
        b"\n" * 1_000_000 + b"<rss version='2.0'><channel/></rss>",
    ],
)
def test_hostile_listings_end_soon(body: bytes) -> None:
    """What is built to cost quadratic time costs seconds at most (measured: under half of one), links or no links."""
    began = time.process_time()
    assert find_links(body, URL) == []
    assert time.process_time() - began < 10


def test_a_cut_gzip_file_is_read_as_far_as_it_goes() -> None:
    """A sitemap.xml.gz whose end is missing gives the addresses before the cut."""
    body = b"<urlset>" + b"".join(b"<url><loc>https://a.example/%d</loc></url>" % n for n in range(1000)) + b"</urlset>"
    assert find_links(gzip.compress(body)[:-40], URL)[0].url == "https://a.example/0"


def test_a_long_comment_is_no_tag_with_many_attributes() -> None:
    """Nor is a long section of CDATA, or an instruction."""
    for aside in (b"<!-- %s -->", b"<![CDATA[%s]]>", b"<?x %s?>"):
        body = b"<urlset>" + aside % (b"word " * 5_000) + b"<url><loc>https://a.example/1</loc></url></urlset>"
        assert [link.url for link in find_links(body, URL)] == ["https://a.example/1"]


def test_a_front_page_leads_to_its_listings() -> None:
    """Announced feeds come first, then linked ones, then the sections of the navigation; feeds of comments never."""
    page = b"""<html><head><link rel="alternate" type="application/atom+xml" title="All" href="/atom.xml">
      <link rel="alternate" type="application/rss+xml" href="/comments/feed/">
      <link rel="alternate" type="application/json" href="/wp-json/posts/1">
      <link rel="alternate" hreflang="km" href="/km"><link rel="sitemap" href="/sitemap.xml"></head>
      <body><nav><a href="/national">National</a><a href="/login">Log in</a>
      <a href="/national/2017/11/27/a-story-of-the-day">A story of the day</a></nav><p><a href="/loose">Loose</a>
      <a href="/rss/sport">Sport feed</a></body></html>"""
    found = [link.url.removeprefix("https://paper.example") for link in find_listings(page, "https://paper.example/")]
    assert found == ["/atom.xml", "/sitemap.xml", "/rss/sport", "/national"]


def test_endless_addresses_are_no_links() -> None:
    """A link of more than 8,000 characters is left out of every kind of listing, and one below costs little time."""
    long, fair = (f"https://paper.example/news/{'a1' * size}" for size in (4_000, 3_950))
    both = (fair, long)
    section = "".join(f"<h2><a href='{url}'>A story of the day that is told at length</a></h2>" for url in both)
    feed = "".join(f"<item><title>One</title><link>{url}</link></item>" for url in both)
    sitemap = "".join(f"<url><loc>{url}</loc></url>" for url in both)
    items = json.dumps([{"id": url, "url": url} for url in both])
    for listing in (
        f"<rss version='2.0'><channel>{feed}</channel></rss>",
        f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{sitemap}</urlset>",
        f'{{"version": "https://jsonfeed.org/version/1.1", "items": {items}}}',
    ):
        assert [link.url for link in find_links(listing.encode(), URL)] == [fair]
    assert long not in [link.url for link in find_links(f"<html><body>{section}".encode(), URL)]
    many = "".join(f"<h2><a href='{fair}{n}'>A story of the day that is told at length</a></h2>" for n in range(40))
    started = time.process_time()
    find_links(f"<html><body>{many}".encode(), URL)
    assert time.process_time() - started < 3


def test_usual_places_lie_at_the_root_of_the_host() -> None:
    """They are absolute addresses of the same host, feeds and sitemaps, each once."""
    places = usual_places("https://paper.example/en/home")
    assert {"https://paper.example/feed", "https://paper.example/sitemap.xml"} <= set(places)
    assert len(set(places)) == len(places)
