"""Sitemaps as they are found: broken, in the wrong namespace, in plain text, with pictures and films inside."""

from __future__ import annotations

import time

import pytest

from scraper.discover import find_links
from scraper.discover.sitemaps import MAX_ENTRIES
from scraper.errors import UnreadableListing

URL = "https://a.example/maps/sitemap.xml"
OFFICIAL = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def addresses(body: bytes | str, kind: str = "story") -> list[str]:
    links = find_links(body.encode() if isinstance(body, str) else body, URL)
    return [link.url.removeprefix("https://a.example") for link in links if link.kind == kind]


@pytest.mark.parametrize(
    "body",
    [
        f"<urlset {OFFICIAL}><url><loc>https://a.example/1</loc></url><url><loc>https://a.example/2</loc></url></urlset>",
        '<urlset xmlns="http://wrong.example"><url><loc>/1</loc></url><url><loc>/2</loc></url></urlset>',
        "<urlset><url><loc>/1</loc></url><url><loc>/2</loc></url></urlset>",
        '<s:urlset xmlns:s="x"><s:url><s:loc>/1</s:loc></s:url><s:url><s:loc>/2</s:loc></s:url></s:urlset>',
        "<s:urlset><s:url><s:loc>/1</s:loc></s:url><s:url><s:loc>/2</s:loc></s:url></s:urlset>",
        "<URLSET><URL><LOC>/1</LOC></URL><URL><LOC>/2</LOC></URL></URLSET>",
        '\r\n \n<?xml version="1.0"?>\r\n<urlset>\r\n<url><loc>\r\n /1 \r\n</loc></url><url><loc>/2</loc></url>',
        '<br>Warning<?xml version="1.0"?><urlset><url><loc>/1</loc></url><url><loc>/2</loc></url></urlset>',
        "<urlset><url><!-- <loc>/no</loc> --><loc>/1</loc></url><!-- <url/> --><url><loc>/2</loc></url></urlset>",
        "<urlset><url><loc/></url><url><loc>  </loc></url><url><loc>/1</loc></url><url><loc>/2</loc></url></urlset>",
        "<urlset><url><loc>/1<lastmod>2017-11-27</lastmod></url><url><loc>/2</loc></url></urlset>",
        "<urlset><url><loc>/1</loc><url><loc>/2</loc>",
        "<urlset><url><loc>/1</loc></wrong></url><url><loc>/2</loc></url></urlset>",
        "<urlset><url><loc>/1</loc></url></urlset><urlset><url><loc>/2</loc></url></urlset>",
        "<urlset><loc>/1</loc><loc>/2</loc></urlset>",
        "<urlset><url><loc>/1</loc><loc>/2</loc></url></urlset>",
        "<urlset><url>https://a.example/1</url><url><loc>/2</loc></url><url><loc>/1</loc></url></urlset>",
        '<rss version="2.0"><channel><item><link>/1</link></item><item><link>/2</link></item></channel></rss>',
        "https://a.example/1\r\nhttps://a.example/2\r\n\r\n",
        "\ufeffhttps://a.example/1\n# our pages\nhttps://a.example/2",
        "All pages of this site\nas of today\nhttps://a.example/1\nwww.a.example\nhttps://a.example/2\nThe end\n",
        "<urlset><url><loc>/1</loc></url><url><loc>/2</loc></url><url><loc>https://a.exam",
        "<urlset><url><loc>/1</loc></url><url><loc>javascript:void(0)</loc></url><url><loc>/2</loc></url></urlset>",
        "<urlset><url><loc>/1</loc><image:loc>/i.jpg</image:loc></url><url><loc>/2</loc></url></urlset>",
        "<?xml version='1.0'?><urlset><url><loc>/1</loc></url><url><loc>/2</loc></url></urlset>".encode("utf-16"),
    ],
)
def test_every_form_of_a_sitemap_gives_its_addresses(body: bytes | str) -> None:
    """Wrong or missing namespaces, white space, comments, wrong tags, plain text, feeds: two addresses each."""
    assert addresses(body) == ["/1", "/2"]


@pytest.mark.parametrize(
    ("loc", "address"),
    [
        ("/?a=1&amp;b=2", "/?a=1&b=2"),
        ("/?a=1&b=2", "/?a=1&b=2"),
        ("<![CDATA[https://a.example/?a=1&b=2]]>", "/?a=1&b=2"),
        ("https://a.exam\n  ple/long", "/long"),
        ("/a b", "/a b"),
        ("/caf&eacute;", "/café"),
        ("/x\x0b", "/x"),
        ("/?a=1&amp;amp;b=2", "/?a=1&b=2"),
    ],
)
def test_an_address_is_read_as_it_was_meant(loc: str, address: str) -> None:
    """Bare ampersands, CDATA, line breaks, HTML's entities, control characters."""
    assert addresses(f"<urlset><url><loc>{loc}</loc></url></urlset>") == [address]


def test_references_after_a_mistake_are_read() -> None:
    """libxml2 forgets XML's entities after the first mistake of a document; addresses keep their ampersands."""
    body = "<urlset><url><loc>/1</loc></b></url><url><loc>/?a=1&amp;b=2</loc></url></urlset>"
    assert addresses(body) == ["/1", "/?a=1&b=2"]


@pytest.mark.parametrize("half", ["&#xD83D;", "&#55357;", "&#XdFfF;", "&#057343;"])
def test_half_a_pair_costs_no_address(half: str) -> None:
    """A reference to a surrogate, as programs with UTF-16 write emojis, is no character and is left out."""
    body = f"<urlset><url><loc>/1{half}</loc></url><url><loc>/2</loc></url></urlset>"
    assert addresses(body) == ["/1", "/2"]


def test_bytes_that_are_not_utf8_are_read_as_what_they_likely_are() -> None:
    """One Latin letter in a file that says UTF-8 harms neither its address nor the next."""
    body = (
        b'<?xml version="1.0" encoding="UTF-8"?><urlset><url><loc>/caf\xe9</loc></url><url><loc>/2</loc></url></urlset>'
    )
    assert addresses(body) == ["/café", "/2"]


def test_an_index_names_listings() -> None:
    """Whatever stands in a sitemapindex is a sitemap, also without <loc>, also in <url>."""
    body = (
        "<sitemapindex><sitemap><loc>/a.xml</loc><lastmod>2017-11-27</lastmod></sitemap>"
        "<sitemap>https://a.example/b.xml</sitemap><url><loc>/c.xml</loc></url></sitemapindex>"
    )
    assert (addresses(body, "listing"), addresses(body)) == (["/a.xml", "/b.xml", "/c.xml"], [])
    assert find_links(body.encode(), URL)[0].modified == "2017-11-27"


def test_a_robots_txt_names_listings() -> None:
    """Whatever the case and the white space, also relative ones."""
    body = "User-agent: *\nDisallow: /x\n\nSitemap: https://a.example/a.xml\n  SITE-MAP:/b.xml  \n# sitemap: /no.xml\n"
    assert addresses(body, "listing") == ["/a.xml", "/b.xml"]


def test_a_mixed_sitemap_gives_both() -> None:
    """<sitemap> among <url>s is a listing."""
    body = "<urlset><url><loc>/1</loc></url><sitemap><loc>/b.xml</loc></sitemap></urlset>"
    assert (addresses(body), addresses(body, "listing")) == (["/1"], ["/b.xml"])


def test_pictures_films_and_translations_are_not_the_story() -> None:
    """Their addresses, titles and dates are not those of the entry."""
    body = """<urlset xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url>
      <image:image><image:loc>/i.jpg</image:loc><image:title>Picture</image:title></image:image>
      <video:video><video:title>Film</video:title><video:player_loc>/p</video:player_loc>
        <video:publication_date>2001-01-01</video:publication_date></video:video>
      <xhtml:link rel="alternate" hreflang="de" href="/de/1"/><loc>/1</loc></url></urlset>"""
    (link,) = find_links(body.encode(), URL)
    assert (link.url, link.title, link.published) == ("https://a.example/1", None, None)


def test_the_news_extension_gives_title_date_and_language() -> None:
    """As hints for extraction, with the offset that is stated."""
    body = """<urlset><url><loc>/1</loc><lastmod>Mon, 27 Nov 2017 08:15:00 GMT</lastmod><n:news
      xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><n:publication><n:name>The Ferry</n:name><n:language>km
      </n:language></n:publication><n:publication_date>2017-11-27T08:15+07:00</n:publication_date>
      <n:title>Rice &amp; rain</n:title></n:news></url></urlset>"""
    (link,) = find_links(body.encode(), URL)
    assert (link.title, link.language, link.published) == ("Rice & rain", "km", "2017-11-27T08:15+07:00")
    assert link.modified == "2017-11-27T08:15:00+00:00"


def test_external_entities_are_dropped_from_addresses() -> None:
    """A file named in the document type is never opened; the rest of the address stays."""
    body = '<!DOCTYPE u [<!ENTITY x SYSTEM "file:///etc/passwd">]><urlset><url><loc>/&x;</loc></url></urlset>'
    assert addresses(body) == ["/"]


def test_an_entity_bomb_is_refused() -> None:
    """One clear reason, nothing expanded."""
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    with pytest.raises(UnreadableListing, match="entities made of other entities"):
        addresses(f'<!DOCTYPE u [<!ENTITY e0 "ha">{bomb}]><urlset><url><loc>/&e9;</loc></url></urlset>')


def test_fifty_thousand_entries_are_read() -> None:
    """As many as the protocol allows, in seconds, each once."""
    entries = "".join(f"<url><loc>/story-{n}</loc><lastmod>2017-11-27</lastmod></url>" for n in range(50_000))
    began = time.process_time()
    found = addresses(f"<urlset {OFFICIAL}>{entries}</urlset>")
    assert (len(found), found[-1]) == (50_000, "/story-49999")
    assert time.process_time() - began < 30


def test_an_empty_sitemap_has_no_links() -> None:
    """Nothing new is not a failure."""
    assert addresses(f"<urlset {OFFICIAL}></urlset>") == []


@pytest.mark.parametrize(
    "body",
    [
        f"<urlset>{'<url><loc>/1</loc></url>' * (MAX_ENTRIES + 1)}</urlset>",
        "\n".join(f"https://a.example/{n}" for n in range(MAX_ENTRIES + 1)),
    ],
    ids=["xml", "text"],
)
def test_four_times_what_the_protocol_allows_is_refused(body: str) -> None:
    """One clear reason."""
    with pytest.raises(UnreadableListing, match="a sitemap with more than 200000 entries"):
        find_links(body.encode(), URL)
