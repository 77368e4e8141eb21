"""Sitemaps: index and urlset, with their news extension, and lists of addresses in plain text. The door to lxml here.

Namespaces are ignored: half of them are wrong. libxml2 recovers broken XML; it expands no entity and opens nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import urljoin

from lxml import etree

from archive.records import Link, LinkKind
from scraper.discover.dates import DateReader
from scraper.discover.kinds import NoListing, is_address_list
from scraper.discover.text import collapsed
from scraper.discover.xmltext import (
    Hostile,
    Xml,
    around_cdata,
    declared_encoding,
    mended,
    take_apart,
    unicode_text,
    well_formed,
)

MAX_ENTRIES = 200_000  # four times what the protocol allows one file to have
# Elements that stand for one entry, and those inside of an entry that have addresses of their own: pictures, films,
# players, translations. Their <loc> is not the story's.
_ENTRIES: dict[str, LinkKind] = {"url": "story", "sitemap": "listing"}
_ASIDE = frozenset({"image", "video", "link", "pagemap", "mobile", "geo", "thumbnail_loc", "player_loc", "content_loc"})
_FOREIGN = re.compile(r"sitemap-(?:image|video)|^(?:image|video):")  # <image:loc> without <image:image> around it
_LOC = re.compile(rb"<loc[\s>]", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_NAMED = re.compile(r"site-?map\s*:\s*(\S+)", re.IGNORECASE)  # in robots.txt
_CUT = re.compile(rb"<(?:[\w.-]+:)?loc\b[^<]*\Z", re.IGNORECASE)  # half an address at the end of a file


def read_sitemap(body: bytes, url: str) -> list[Link]:
    """Every entry with an address, in order. Raises NoListing for one that is built to harm."""
    text = _text(body)
    if is_address_list(text[:65_536]) and "<loc" not in text[:65_536]:
        return _from_lines(text, url)
    try:
        document = mended(take_apart(_CUT.sub(b"", text.encode("utf-8", "replace"))), drop=True)
    except Hostile as error:
        raise NoListing(str(error)) from error
    if document.root.count(b"<url>") > MAX_ENTRIES:  # before a tree of all of them is built
        raise _too_many()
    root = _tree(document)
    found = [] if root is None else list(_unique(_links(root, url)))
    if len(found) < len(_LOC.findall(document.root)) and not well_formed(document.document()):
        # After a wrong end tag libxml2 gives up on the rest of the XML; its HTML parser does not.
        found = max(found, list(_unique(_links(_lenient_tree(document), url))), key=len)
    return found


def _text(body: bytes) -> str:
    text = unicode_text(body)
    if text is not None:
        return text
    try:
        return body.decode(declared_encoding(body) or "utf-8")
    except (LookupError, UnicodeError):
        return body.decode("windows-1252", "replace")


def _from_lines(text: str, url: str) -> list[Link]:
    """The addresses of a plain text, and the sitemaps that a robots.txt names."""
    return list(_unique(_line_links(text, url)))


def _line_links(text: str, url: str) -> Iterator[Link]:
    for line in text.splitlines():
        line = line.strip("\ufeff \t\r")
        if _ADDRESS.match(line):
            yield Link(url=line)
        elif named := _NAMED.match(line):
            yield from _addressed(named[1], "listing", url)


def _tree(document: Xml) -> etree._Element | None:
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        return etree.fromstring(document.document(), parser)
    except etree.XMLSyntaxError:
        return None


def _lenient_tree(document: Xml) -> etree._Element:
    """The tree as an HTML parser makes it: wrong end tags and second roots are no reason to stop."""
    pieces = around_cdata(document.root)
    pieces[1::2] = [html.escape(piece[9:-3].decode("utf-8", "replace")).encode() for piece in pieces[1::2]]
    parser = etree.HTMLParser(recover=True, no_network=True, huge_tree=False, encoding="utf-8")
    return etree.fromstring(b"<div>%b</div>" % b"".join(pieces), parser)


def _name(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _links(root: etree._Element, url: str) -> Iterator[Link]:
    index = _name(root) == "sitemapindex"
    dates = DateReader()
    for element in root.iter():
        name = _name(element)
        kind = _ENTRIES.get(name)
        if kind is not None:
            yield from _entry(element, "listing" if index else kind, url, dates)
        elif name == "loc" and _stray(element):
            yield from _addressed(_inner(element), "listing" if index else "story", url)


def _stray(loc: etree._Element) -> bool:
    """A <loc> outside of any entry and of any picture or film."""
    return all(_name(parent) not in _ENTRIES and _name(parent) not in _ASIDE for parent in loc.iterancestors())


def _entry(entry: etree._Element, kind: LinkKind, url: str, dates: DateReader) -> Iterator[Link]:
    facts: dict[str, str] = {}
    addresses: list[etree._Element] = []
    for element in _parts(entry):
        name = _name(element)
        if name == "loc":
            if not _FOREIGN.search(str(element.tag)):
                addresses.append(element)
        else:
            facts.setdefault(name, _inner(element))
    if not addresses:
        addresses = [entry] if _ADDRESS.match((entry.text or "").strip()) else []
    language = facts.get("language", "").strip().split("-")[0].lower() or None
    for element in addresses:
        for link in _addressed(_inner(element), kind, url):
            yield Link(
                url=link.url,
                title=collapsed(facts.get("title", "")) or None,
                published=dates.iso(facts.get("publication_date"), None, language),
                modified=dates.iso(facts.get("lastmod"), None, language),
                language=language,
                kind=kind,
            )


def _parts(entry: etree._Element) -> Iterator[etree._Element]:
    """What an entry says of itself: not inside of its pictures and films, not inside of another entry."""
    for child in entry:
        name = _name(child)
        if name in _ASIDE or name in _ENTRIES or not name:
            continue
        yield child
        if name in ("news", "publication"):
            yield from _parts(child)


def _addressed(text: str, kind: LinkKind, url: str) -> Iterator[Link]:
    address = "".join(line.strip() for line in text.splitlines()).replace("&amp;", "&")  # escaped twice
    try:
        address = address and urljoin(url, address)
    except ValueError:
        return
    if _ADDRESS.match(address):
        yield Link(url=address, kind=kind)


def _inner(element: etree._Element) -> str:
    """The text of an element up to its first child element: a <loc> that nobody closed swallows what follows."""
    pieces = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            break
        pieces.append(child.tail or "")
    return "".join(pieces)


def _too_many() -> NoListing:
    return NoListing(f"a sitemap with more than {MAX_ENTRIES} entries")


def _unique(links: Iterator[Link]) -> Iterator[Link]:
    seen: set[str] = set()
    for link in links:
        if link.url in seen:
            continue
        if len(seen) >= MAX_ENTRIES:
            raise _too_many()
        seen.add(link.url)
        yield link
