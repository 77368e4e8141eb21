"""Feeds of many thousand entries, a slice at a time.

What feedparser takes for each entry is nothing for a feed and most of a minute for a hundred thousand entries. Here
libxml2 reads the slices, and each entry becomes the mapping that feedparser would make of it, as far as `feeds`
reads it. Left out are rarities: Atom 0.3 in base64, CDF.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from scraper.discover.kinds import NoListing
from scraper.discover.xmltext import Xml, outside_cdata

MANY = 5_000  # entries; feedparser takes two seconds for them
MANY_TAGS = 100_000  # start and end tags; feedparser takes two seconds for them, too
_HEAD = 65_536  # bytes; what a feed says of itself stands at its beginning
SLICE = 200
MAX_ENTRIES = 200_000  # as of a sitemap; a feed has some dozens
_MAX_TEXT = 10_000  # characters of a summary that are looked at
_OPENING = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(?:item|entry)(?=[\s>/])", re.IGNORECASE)
_CLOSING = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?(?:item|entry)\s*>", re.IGNORECASE)
_AROUND = re.compile(
    rb"<(/?)((?:[A-Za-z_][\w.-]*:)?(?:rss|rdf|feed|channel)(?=[\s>])(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE
)
_ENTRIES = tuple(f"{{*}}{name}" for word in ("item", "entry") for name in (word, word.title(), word.upper()))
# What feedparser mends in texts: letters of Windows-1252 that say that they are Unicode, texts in base64.
_MENDED = re.compile(rb"\xc2[\x80-\x9f]|&#1[2-5]\d;|mode=[\"']base64")
_XML = "{http://www.w3.org/XML/1998/namespace}"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
# Vocabularies by a part of their names, which say a version or a maker besides.
_VOCABULARIES = (
    ("purl.org/dc/elements", "dc:"),
    ("purl.org/dc/terms", "dcterms:"),
    ("rss/1.0/modules/content", "content:"),
    ("search.yahoo.com/mrss", "media:"),
    ("podcast-1.0.dtd", "itunes:"),
    ("rssnamespace.org/feedburner", "feedburner:"),
)
_OWN = ("atom", "rss", "netscape.com/rdf", "backend.userland.com")  # vocabularies of feeds themselves: no prefix
_DATES = {
    "pubdate": "published", "published": "published", "issued": "published", "dcterms:issued": "published",
    "updated": "updated", "modified": "updated", "dc:date": "updated", "dcterms:modified": "updated",
    "created": "created", "dcterms:created": "created",
}  # fmt: skip
_TITLES = ("title", "dc:title", "media:title")  # the first, but the last only for want of others
_AUTHORS = ("author", "dc:creator", "dc:author", "itunes:author")
_SUMMARIES = ("description", "summary", "content:encoded", "content", "dc:description", "itunes:summary")
_HTML = ("html", "text/html", "application/xhtml+xml")

Entry = dict[str, Any]


def is_large(document: Xml) -> bool:
    """Is it more than feedparser should read? Raises NoListing for what is more than anybody should."""
    found = sum(1 for _ in zip(range(MAX_ENTRIES + 1), _OPENING.finditer(document.root), strict=False))
    if found > MAX_ENTRIES:
        raise NoListing(f"a feed with more than {MAX_ENTRIES} entries")
    return found > MANY or document.root.count(b"<") > MANY_TAGS


def head(document: Xml) -> Xml:
    """The document up to its first entry; feedparser ends what is left open."""
    first = _OPENING.search(document.root)
    return Xml(document.root[: min(first.start(), _HEAD) if first else _HEAD], document.entities, document.declared)


def slices(document: Xml) -> Iterator[Xml]:
    """The document as many small ones of `SLICE` entries: a mistake in one harms no other."""
    root = document.root
    starts = list(_starts(root))
    if not starts:
        return
    around = _open_tags(root[: starts[0]])
    end = max((match.end() for match in _CLOSING.finditer(root, starts[-1])), default=len(root))
    opened = b"".join(b"<%b>" % tag for tag in around)
    closed = b"".join(b"</%b>" % tag.split()[0] for tag in reversed(around))
    cuts = [*starts[::SLICE], end]
    for start, stop in itertools.pairwise(cuts):
        yield Xml(opened + root[start:stop] + closed, document.entities, document.declared)


def _starts(root: bytes) -> Iterator[int]:
    """Where entries begin, outside of CDATA sections: articles about feeds show them."""
    for begin, end in outside_cdata(root):
        yield from (match.start() for match in _OPENING.finditer(root, begin, end))


def _open_tags(prolog: bytes) -> list[bytes]:
    """What is inside of the start tags around the entries, outermost first."""
    found: list[bytes] = []
    for match in _AROUND.finditer(prolog):
        if match[1]:
            found = found[:-1]
        else:
            found.append(match[2])
    return found


def entries(piece: Xml, url: str, *, recover: bool = False) -> list[Entry] | None:
    """Each entry of a small document as feedparser would tell it; None when feedparser would tell it better.

    recover   read it all the same, as far as libxml2 can
    """
    if not recover and _MENDED.search(piece.root):
        return None
    # Entities that the document declares itself are read, as lxml does if it is told nothing; no others.
    parser = etree.XMLParser(
        recover=recover, no_network=True, load_dtd=False, remove_comments=True,
        remove_pis=True, encoding="utf-8",
    )  # fmt: skip
    try:
        root = etree.fromstring(piece.document(), parser, base_url=url)
    except etree.XMLSyntaxError:
        return None
    if root is None:
        return []
    based = b"xml:base" in piece.root
    keys: dict[str, str] = {}
    return [_entry(element, (element.base or url) if based else url, keys) for element in root.iter(*_ENTRIES)]


def _entry(element: etree._Element, base: str, keys: dict[str, str]) -> Entry:
    entry: Entry = {"links": [], "authors": []}
    if about := element.get(_ABOUT):
        entry["id"] = about
    if language := element.get(_XML + "lang"):
        entry["language"] = language
    titled = False
    for part in element.iterchildren("*"):
        tag = part.tag
        key = keys.get(tag) or keys.setdefault(tag, _key(part))
        if key in _TITLES:
            if not titled:
                _add_text(entry, "title", part)
            titled = titled or key != "media:title"
        elif key == "link":
            _add_link(entry, part, base)
        elif key in _DATES:
            entry[_DATES[key]] = (part.text or "").strip()
        elif key in ("guid", "id"):
            _add_id(entry, part, base)
        elif key in _AUTHORS:
            _add_author(entry, part)
        elif key in _SUMMARIES:
            if "summary" not in entry:
                _add_text(entry, "summary", part)
        elif key == "enclosure":
            entry["links"].append({"rel": "enclosure", "href": _resolved(base, part.get("url") or part.get("href"))})
        elif key == "feedburner:origlink":
            entry["feedburner_origlink"] = (part.text or "").strip()
    return entry


def _key(element: etree._Element) -> str:
    name = etree.QName(element)
    space = (name.namespace or "").lower()
    prefix = next((prefix for part, prefix in _VOCABULARIES if part in space), None)
    if prefix is None:
        own = element.prefix is None or any(part in space for part in _OWN)
        prefix = "" if own else f"{element.prefix}:"
    return (prefix + name.localname).lower()


def _resolved(base: str, address: str | None) -> str:
    address = (address or "").strip()
    if not address or address.startswith(("http://", "https://")):
        return address
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def _add_text(entry: Entry, key: str, part: etree._Element) -> None:
    kind = part.get("type", "text")
    if len(part):  # markup that stands there as elements is text already
        value, kind = "".join(str(text) for text in part.itertext()), "text"
    else:
        value = part.text or ""
    entry[key] = value.strip()[:_MAX_TEXT]
    entry[key + "_detail"] = {
        "type": "text/html" if kind in _HTML else "text/plain",
        "language": part.get(_XML + "lang"),
    }


def _add_link(entry: Entry, part: etree._Element, base: str) -> None:
    rel, kind = part.get("rel", "alternate"), part.get("type", "text/html")
    base = _resolved(base, part.get(_XML + "base")) or base
    href = _resolved(base, part.get("href") or part.text)
    entry["links"].append({"rel": rel, "href": href})
    if not part.get("href") or (rel == "alternate" and kind in _HTML):
        entry["link"] = href


def _add_id(entry: Entry, part: etree._Element, base: str) -> None:
    value = (part.text or "").strip()
    if part.get("isPermaLink", "true") == "true":
        value = _resolved(base, value)
        entry.setdefault("link", value)
    entry["id"] = value


def _add_author(entry: Entry, part: etree._Element) -> None:
    inside = {etree.QName(child).localname.lower(): (child.text or "").strip() for child in part.iterchildren("*")}
    text = (part.text or "").strip()
    entry["authors"].append({"name": inside.get("name") or text, "email": inside.get("email")})
    entry["author"] = inside.get("name") or inside.get("email") or text
