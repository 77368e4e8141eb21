"""Feeds of thousands of entries, which are read in slices: the same links as from a small feed, whatever is broken."""

from __future__ import annotations

import pytest

from archive.records import Link
from scraper.discover import find_links
from scraper.discover.largefeeds import MANY, MAX_ENTRIES
from scraper.errors import UnreadableListing

URL = "https://paper.example/feeds/all.xml"
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
RSS = f'<rss version="2.0" {DC}><channel><title>c</title><language>km-KH</language>', "</channel></rss>"
RDF = (
    f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" {DC}>'
    "<channel><title>c</title></channel>",
    "</rdf:RDF>",
)
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/atom/"><author><name>Desk</name></author>', "</feed>"
PREFIXED = f'<a:feed xmlns:a="http://www.w3.org/2005/Atom" {DC}>', "</a:feed>"

ENTRIES = [
    (
        RSS,
        "<item><title>R&amp;amp;D &lt;b&gt;now&lt;/b&gt;</title><link>/a?x=1&amp;y=2</link><guid>7</guid>"
        "<pubDate>Mon, 27 Nov 2017 08:15:00 +0700</pubDate><dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator>"
        "<description><![CDATA[<p>One</p><p>two</p>]]></description></item>",
    ),
    (RSS, "<item><guid>https://paper.example/guid</guid><author>ann@a.example (Ann)</author></item>"),
    (
        RSS,
        "<item><guid isPermaLink='false'>7</guid><dc:title>Only Dublin Core</dc:title><dc:date>2017</dc:date></item>",
    ),
    (RSS, "<item><title>t</title><enclosure url='/a.mp3'/><content:encoded>Words</content:encoded></item>"),
    (RSS, "<item xml:base='https://b.example/x/'><link>1</link><title>t</title></item>"),
    (RDF, "<item><title>t</title><link>/1</link><dc:date>2017-11-27T08:15:00Z</dc:date></item>"),
    (
        ATOM,
        "<entry xml:lang='fr'><title type='html'>A &amp;amp; B</title><id>tag:7</id><link rel='edit' href='/edit'/>"
        "<link rel='alternate' href='1'/><published>2017-11-27T08:15:00Z</published><updated>2017-11-28</updated>"
        "<author><name>Ann</name><email>ann@a.example</email></author><summary>s</summary></entry>",
    ),
    (
        ATOM,
        "<entry><title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>A <b>b</b></div></title>"
        "<link rel='self' href='/self'/></entry>",
    ),
    (PREFIXED, "<a:entry><a:title>t</a:title><a:link href='/1'/><dc:creator>Ann</dc:creator></a:entry>"),
]


@pytest.mark.parametrize(("around", "entry"), ENTRIES)
def test_an_entry_is_read_the_same_in_a_small_and_in_a_large_feed(around: tuple[str, str], entry: str) -> None:
    """Address, title, dates, authors, summary and language do not depend on how many entries there are."""
    (small,) = find_links((around[0] + entry + around[1]).encode(), URL)
    large = find_links((around[0] + entry * (MANY + 1) + around[1]).encode(), URL)
    assert len(large) == MANY + 1
    assert set(large) == {small}


@pytest.mark.parametrize(
    "broken", ["<b>now", "R&D", "a < b", "</b>", "&nbsp;", "\x0b", "&unknown;", "<![CDATA[<item>]]>"]
)
def test_a_mistake_harms_no_other_entry_of_a_large_feed(broken: str) -> None:
    """Whatever is written in one title, all others are read, and all addresses but perhaps its own."""
    titles = [f"Story {n}" for n in range(MANY + 100)]
    titles[2500] = broken
    items = "".join(f"<item><title>{title}</title><link>/{n}</link></item>" for n, title in enumerate(titles))
    found = {link.url: link.title for link in find_links((RSS[0] + items + RSS[1]).encode(), URL)}
    expected = {f"https://paper.example/{n}": title for n, title in enumerate(titles) if n != 2500}
    assert {url: found.get(url) for url in expected} == expected


def test_the_end_of_a_large_feed_may_be_missing() -> None:
    """Every entry before the cut is there, and the one that was cut as far as it goes."""
    items = "".join(f"<item><title>Story {n}</title><link>/{n}</link></item>" for n in range(MANY + 50))
    found = find_links((RSS[0] + items)[:-20].encode(), URL)
    assert [link.title for link in found[-2:]] == [f"Story {MANY + 48}", f"Story {MANY + 49}"]


def test_where_a_large_feed_goes_on_is_a_listing() -> None:
    """RFC 5005, whatever the size."""
    entries = "<entry><link href='/1'/></entry>" * (MANY + 1)
    links = find_links(f"{ATOM[0]}<link rel='next' href='?page=2'/>{entries}{ATOM[1]}".encode(), URL)
    assert links[-1] == Link(url="https://paper.example/atom/?page=2", kind="listing")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<rss><channel>" + b"<item>" * (MAX_ENTRIES + 1), "a feed with more than 200000 entries"),
        (b"<rss><channel><item>" + b"<a>" * 5_000_001, "millions of tags or entities"),
        (b"<rss><channel><item>" + b"&" * 3_000_001, "millions of tags or entities"),
        (b'{"items": [' + b"{}," * 1_500_001 + b"{}]}", "JSON of millions of values"),
    ],
)
def test_what_is_too_much_is_refused_before_it_is_read(body: bytes, reason: str) -> None:
    """Each element costs time and memory; what no newspaper needs ends in one reason."""
    with pytest.raises(UnreadableListing) as caught:
        find_links(body, URL)
    assert caught.value.detail == reason
