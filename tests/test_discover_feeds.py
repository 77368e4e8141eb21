"""RSS, RDF, Atom, CDF and JSON Feed: entries, their addresses, titles, dates, authors."""

from __future__ import annotations

import io
import json
from typing import Any

import feedparser  # type: ignore[import-untyped]
import pytest

from archive.records import Link
from scraper.discover import find_links
from scraper.errors import UnreadableListing

URL = "https://paper.example/feeds/all.xml"
NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:fb="http://rssnamespace.org/feedburner/ext/1.0"'
)


def rss(items: str) -> bytes:
    return f'<rss version="2.0" {NAMESPACES}><channel><title>c</title>{items}</channel></rss>'.encode()


def atom(entries: str, attributes: str = "") -> bytes:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}>{entries}</feed>'.encode()


def only(body: bytes) -> Link:
    (link,) = find_links(body, URL)
    return link


@pytest.mark.parametrize(
    ("item", "address"),
    [
        ("<link>/a</link>", "https://paper.example/a"),
        ("<link>a?x=1&amp;y=2</link>", "https://paper.example/feeds/a?x=1&y=2"),
        ("<link>\n  https://a.example/1\n </link>", "https://a.example/1"),
        ("<link><![CDATA[https://a.example/?a=1&b=2]]></link>", "https://a.example/?a=1&b=2"),
        ("<guid>https://a.example/1</guid>", "https://a.example/1"),
        ('<guid isPermaLink="false">https://a.example/1</guid>', "https://a.example/1"),
        ('<link/><guid isPermaLink="false">https://a.example/1</guid>', "https://a.example/1"),
        ("<link>https://r.example/~r/1</link><fb:origLink>https://a.example/1</fb:origLink>", "https://a.example/1"),
        ('<enclosure url="https://a.example/1.mp3" type="audio/mpeg"/>', "https://a.example/1.mp3"),
        ('<title>No address</title><guid isPermaLink="false">tag:7</guid>', URL + "#tag%3A7"),
        ("<title>No address</title>", URL + "#No%20address"),
        ("<title>No web address</title><link>mailto:desk@paper.example</link>", "mailto:desk@paper.example"),
        ("<link>urn:uuid:7</link><guid>https://a.example/1</guid>", "https://a.example/1"),
    ],
)
def test_an_rss_item_has_the_best_address_it_states(item: str, address: str) -> None:
    """FeedBurner's original, link, guid, enclosure, in this order; without any, a place inside of the feed."""
    assert only(rss(f"<item>{item}</item>")).url == address


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ('<link rel="edit" href="/e"/><link rel="self" href="/s"/><link href="/a"/>', "https://paper.example/a"),
        (
            '<link rel="related" href="/r"/><link rel="alternate" type="text/html" href="/a"/>',
            "https://paper.example/a",
        ),
        ('<link rel="self" href="/s"/>', "https://paper.example/s"),
        ("<id>https://a.example/1</id>", "https://a.example/1"),
        ("<id>urn:uuid:7</id>", "urn:uuid:7"),
    ],
)
def test_an_atom_entry_prefers_its_alternate(entry: str, address: str) -> None:
    """rel=alternate before everything else."""
    assert only(atom(f"<entry>{entry}</entry>")).url == address


def test_relative_links_obey_xml_base() -> None:
    """xml:base of the feed and of the entry are joined."""
    body = atom('<entry xml:base="y/"><link href="1"/></entry>', 'xml:base="https://b.example/x/"')
    assert only(body).url == "https://b.example/x/y/1"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Caf&#233; &amp;amp; bar", "Café & bar"),
        ("A &lt;b&gt;bold&lt;/b&gt;  thing", "A bold thing"),
        ("<![CDATA[A <em>loud</em> &amp; <script>x()</script>clear thing]]>", "A loud & clear thing"),
        ("use &lt;blink&gt; now", "use <blink> now"),
        ("Tom &amp;#8217;s &amp;apos;s", "Tom ’s 's"),
        ("ខ្មែរ\u200bខ្មែរ", "ខ្មែរ\u200bខ្មែរ"),
        ("", None),
    ],
)
def test_titles_are_plain_text(title: str, text: str | None) -> None:
    """Markup and entities are read, white space is one space, zero-width spaces stay."""
    assert only(rss(f"<item><link>/a</link><title>{title}</title></item>")).title == text


def test_an_atom_title_of_type_text_is_taken_literally() -> None:
    """type="text" means that a "<b>" is three characters."""
    assert only(atom('<entry><link href="/a"/><title type="text">a &lt;b&gt; c</title></entry>')).title == "a <b> c"


@pytest.mark.parametrize(
    ("item", "authors"),
    [
        ("<author>ann@a.example (Ann Bee)</author>", ("Ann Bee",)),
        ("<author>ann@a.example</author>", ("ann@a.example",)),
        ("<author>Ann Bee &lt;ann@a.example&gt;</author>", ("Ann Bee",)),
        ("<dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator>", ("Ann", "Bob")),
        ("<author>Ann</author><dc:creator>Ann</dc:creator>", ("Ann",)),
        ("", ()),
        ("<author>&lt;ann@a.example&gt;</author>", ("ann@a.example",)),
        ("<author>mailto:ann@a.museum</author>", ("ann@a.museum",)),
        ("<author>ann@a.museum (Ann)</author>", ("Ann",)),
        ("<author>ann@localhost ()</author>", ("ann@localhost",)),
        ("<author>(Ann Bee)</author>", ("Ann Bee",)),
        ("<dc:creator>Ann (Ferry Times)</dc:creator>", ("Ann (Ferry Times)",)),
        ("<dc:creator>Ann &lt;Ferry&gt;</dc:creator>", ("Ann <Ferry>",)),
        ("<dc:creator>&lt;a href='/ann'&gt;Ann&lt;/a&gt;</dc:creator>", ("Ann",)),
    ],
)
def test_authors_are_names_or_else_addresses(item: str, authors: tuple[str, ...]) -> None:
    """Each once, in order."""
    assert only(rss(f"<item><link>/a</link>{item}</item>")).authors == authors


@pytest.mark.parametrize(
    ("entry", "authors"),
    [
        ("<author><name>Own</name></author><source><author><name>Wire</name></author></source>", ("Own",)),
        ("<source><author><name>Wire</name></author></source>", ("Wire",)),
        ("", ("Desk",)),
    ],
)
def test_an_atom_entry_without_authors_has_those_of_its_source_or_its_feed(
    entry: str, authors: tuple[str, ...]
) -> None:
    """RFC 4287, 4.2.1."""
    body = atom(f"<author><name>Desk</name></author><entry><link href='/1'/>{entry}</entry>")
    assert only(body).authors == authors


def test_dc_date_is_when_an_rss_item_was_published_but_atoms_updated_is_not() -> None:
    """An RSS item's dc:date most often is its only date; an Atom entry says explicitly which one it means."""
    item = only(rss("<item><link>/a</link><dc:date>2017-11-27</dc:date></item>"))
    entry = only(atom('<entry><link href="/a"/><updated>2017-11-27</updated></entry>'))
    assert (item.published, item.modified) == ("2017-11-27", "2017-11-27")
    assert (entry.published, entry.modified) == (None, "2017-11-27")


@pytest.mark.parametrize(
    ("declared", "encoding", "title"),
    [
        ("utf-8", "utf-8", "ភាសាខ្មែរ"),
        ("utf-16", "utf-16", "ភាសាខ្មែរ"),
        ("iso-8859-1", "latin-1", "Café"),
        ("iso-8859-1", "utf-8", "ភាសាខ្មែរ Café"),
        ("koi8-r", "koi8-r", "Привет"),
        ("gb2312", "gbk", "中文新闻"),
        ("iso-2022-jp", "iso-2022-jp", "日本語"),
        ("cp037", "cp037", "Café"),
        ("ebcdic", "cp037", "Café"),
        ("cp500", "cp500", "Café [!]"),
        ("utf-16", "latin-1", "Café"),
        ("utf-16", "ascii", "Cafe"),
        (
            "utf-8",
            "windows-1252",
            "“Crème brûlée” – the café’s naïve émigré has it à la carte, déjà vu in Québec",
        ),
    ],
)
def test_wrong_and_right_encodings_are_read(declared: str, encoding: str, title: str) -> None:
    """What the bytes prove comes before what the declaration says."""
    body = (
        f'<?xml version="1.0" encoding="{declared}"?><rss><channel><item><title>{title}</title></item></channel></rss>'
    )
    assert only(body.encode(encoding)).title == title


def test_a_character_cut_in_half_does_not_change_the_encoding() -> None:
    """One broken byte in a UTF-8 feed costs one character, not the whole feed's."""
    body = rss("<item><link>/1</link><title>ភាសាខ្មែរ</title></item>" * 3).replace(
        "រ</title>".encode(), b"\xe1\x9e</title>", 1
    )
    assert [link.title for link in find_links(body, URL)][1:] == ["ភាសាខ្មែរ", "ភាសាខ្មែរ"]


@pytest.mark.parametrize(
    "body",
    [
        rss("<item><title>One</title><link>/1</link></item><item><title>Two</title><link>/2</link></item>")[:-20],
        rss("<item><title>One<link>/1</link></item><item><title>Two</title><link>/2</link></item>"),
        rss("<item><title>One</title><link>/1</link></b></item><item><title>Two</title><link>/2</link></item>"),
        b"\n\nNotice: x"
        + rss("<item><title>One</title><link>/1</link></item><item><title>Two</title><link>/2</link></item>"),
        rss(
            "<item><title>One\x0b</title><link>/1</link>&nbsp;&#1;</item><item>R&D<title>Two</title><link>/2</link></item>"
        ),
        b"<rss v=2><channel><item><title>One</title><link>/1</link></item><item><title>Two</title><link>/2</link>",
        b"\x00" + rss("<item><title>One</title><link>/1</link></item><item><title>Two</title><link>/2</link></item>"),
        b"<html><body>"
        + rss("<item><title>One</title><link>/1</link></item><item><title>Two</title><link>/2</link></item>"),
        b"<rss><channel><item><x:y/><title>One</title><link>/1</link></item><item><title>Two</title><link>/2</link>",
    ],
)
def test_broken_xml_is_read_as_far_as_it_goes(body: bytes) -> None:
    """A feed is never dropped whole for one mistake."""
    assert [(link.title, link.url) for link in find_links(body, URL)] == [
        ("One", "https://paper.example/1"),
        ("Two", "https://paper.example/2"),
    ]


def test_references_after_a_mistake_are_read() -> None:
    """libxml2 forgets the five entities of XML after the first mistake of a document; addresses keep theirs."""
    body = b"<rss><channel><item><title>a</b></item>%s</channel></rss>" % (
        b"<item><title>R&amp;amp;D &copy 2017</title><link>/?a=1&amp;b=2&amp;copy=3</link></item>" * 2
    )
    link = find_links(body, URL)[-1]
    assert (link.title, link.url) == ("R&D © 2017", "https://paper.example/?a=1&b=2&copy=3")


def test_a_large_broken_feed_is_read_too() -> None:
    """Past what the lenient parser may have, libxml2 makes the document whole: no entry is lost."""
    item = "<item><title>Story {n} & more</title><link>/{n}</link><description>{text}</description></item>"
    body = rss("".join(item.format(n=n, text="word " * 100) for n in range(1500))).replace(b"</channel>", b"")
    assert len(find_links(body, URL)) == 1500


def test_external_entities_are_not_opened() -> None:
    """A declared file is never read into a title."""
    body = b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + rss(
        "<item><link>/1</link><title>a &x; b</title></item>"
    )
    assert "root:" not in (only(body).title or "")


def test_an_entity_bomb_is_refused() -> None:
    """Entities made of entities end in one reason, before anything is expanded."""
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    with pytest.raises(UnreadableListing, match="entities made of other entities"):
        find_links(f'<!DOCTYPE rss [<!ENTITY e0 "ha">{bomb}]>'.encode() + rss("<item><title>&e9;</title></item>"), URL)


def test_harmless_entities_of_the_feed_are_read() -> None:
    """What a feed declares as plain text is that text."""
    body = b'<!DOCTYPE rss [<!ENTITY paper "The Ferry">]>' + rss(
        "<item><link>/1</link><title>&paper; sinks</title></item>"
    )
    assert only(body).title == "The Ferry sinks"


@pytest.mark.parametrize("rel", ["next", "prev-archive"])
def test_older_pages_of_a_feed_are_listings(rel: str) -> None:
    """RFC 5005: what continues a feed into the past is a link of kind "listing"."""
    links = find_links(atom(f'<link rel="{rel}" href="all.xml?page=2"/><entry><link href="/1"/></entry>'), URL)
    assert [(link.url, link.kind) for link in links] == [
        ("https://paper.example/1", "story"),
        (URL + "?page=2", "listing"),
    ]


def test_the_language_of_an_entry_comes_before_the_feeds() -> None:
    """Two letters, as the archive writes languages."""
    links = find_links(
        atom('<entry xml:lang="fr-CA"><title>a</title></entry><entry><title>b</title></entry>', 'xml:lang="en"'), URL
    )
    assert [link.language for link in links] == ["fr", "en"]


@pytest.mark.parametrize(
    "body",
    [
        rss("<item><title>A</title><link>http://a.example/ä?q=ö ü</link><author>a@b.org (A)</author></item>"),
        b'<channel HREF="http://e.example/"><item href="http://e.example/1" lastmod="2017-11-27T00:00:00Z">'
        b"<title>x</title></item></channel>",
        b'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>x</title>'
        b'<link rel="alternate" type="text/html" href="http://e.example/1"/><issued>2003-12-31T10:14:55Z</issued></entry></feed>',
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        b'<item rdf:about="http://e.example/1"><title>x</title><link>http://e.example/1</link></item></rdf:RDF>',
        b"<RSS version='2.0'><CHANNEL><ITEM><TITLE>x</TITLE><LINK>http://e.example/1</LINK></ITEM></CHANNEL></RSS>",
        b'<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:title>x</a:title><a:link href="/1"/></a:entry>'
        b"</a:feed>",
        b"<feed><entry><title>x</title><link href='/1'/></entry></feed>",
        rss("<image><url>/i</url><link>http://i.example</link></image><item><title>x</title><link>/1</link></item>"),
        rss("<item><link>/1</link><link>/2</link><title>a</title><media:title>b</media:title></item>"),
    ],
)
def test_nothing_is_read_worse_than_by_feedparser(body: bytes) -> None:
    """For every entry that feedparser gives an address: the same address, title and authors."""
    headers = {"content-type": "application/xml", "content-location": URL}
    feed: Any = feedparser.parse(io.BytesIO(body), response_headers=headers)
    expected = [
        (entry["link"], entry.get("title"), tuple(a.get("name") for a in entry.get("authors", ())))
        for entry in feed.entries
    ]
    assert expected
    assert [(link.url, link.title, link.authors) for link in find_links(body, URL)] == expected


@pytest.mark.parametrize(
    ("feed", "item", "address", "authors"),
    [
        ({}, {"url": "/1"}, "https://paper.example/1", ()),
        ({"home_page_url": "https://home.example/en/"}, {"url": "1"}, "https://home.example/en/1", ()),
        ({}, {"id": "https://a.example/1"}, "https://a.example/1", ()),
        ({}, {"id": 7, "external_url": "https://b.example/1"}, "https://b.example/1", ()),
        ({}, {"id": "7"}, URL + "#7", ()),
        ({"author": {"name": "Desk"}}, {"url": "/1"}, "https://paper.example/1", ("Desk",)),
        (
            {"authors": [{"name": "Desk"}]},
            {"url": "/1", "author": {"name": "Ann"}},
            "https://paper.example/1",
            ("Ann",),
        ),
        ({}, {"url": "/1", "authors": ["Ann", {"name": " Bob "}, 7, {}]}, "https://paper.example/1", ("Ann", "Bob")),
        ({"author": "Desk"}, {"url": "/1", "authors": []}, "https://paper.example/1", ("Desk",)),
    ],
)
def test_a_json_feed_says_where_and_by_whom(
    feed: dict[str, Any], item: dict[str, Any], address: str, authors: tuple[str, ...]
) -> None:
    """Both versions, and names written in place of objects; relative addresses belong to the front page."""
    link = only(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item], **feed}).encode())
    assert (link.url, link.authors) == (address, authors)


def test_a_json_feed_in_a_wrong_encoding_is_read() -> None:
    """One letter is lost, not the feed."""
    assert only(b'{"items": [{"url": "/1", "title": "Caf\xe9"}]}').url == "https://paper.example/1"
