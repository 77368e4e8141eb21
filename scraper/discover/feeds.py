"""RSS 0.9x to 2.0, RDF, CDF and Atom. The one door to feedparser.

feedparser reads what a strict parser can; broken XML is mended first, then read by its lenient parser when it is
small, or made whole by libxml2 when it is large: the lenient one can take quadratic time.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urldefrag, urljoin

import feedparser  # type: ignore[import-untyped]
from feedparser.encodings import convert_to_utf8  # type: ignore[import-untyped]
from lxml import etree

from archive.records import Link
from scraper.discover.dates import DateReader
from scraper.discover.kinds import NoListing
from scraper.discover.largefeeds import entries, head, is_large, slices
from scraper.discover.text import collapsed, plain, unescaped
from scraper.discover.xmltext import (
    MAX_PREFIXES,
    Hostile,
    Xml,
    declared_encoding,
    mended,
    prefixes,
    take_apart,
    unicode_text,
    well_formed,
)

MAX_LENIENT = 500_000  # bytes given to feedparser's lenient parser; a hostile half megabyte costs it seconds
MAX_BROKEN = 20  # slices of a large feed that feedparser reads; half a second each
MAX_SUMMARY = 1_000  # characters; a hint, not the article
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_OLDER = ("next", "prev-archive")  # RFC 5005: the next page of a paged feed, the archive document before this one
_UNFETCHABLE = ("javascript:", "data:", "mailto:", "about:", "urn:", "tag:")
_END_TAG = re.compile(r"</(?:a|b|i|u|p|em|strong|span|div|font|su[bp]|script|style|h[1-6])>", re.IGNORECASE)
_EMAIL = re.compile(r"(?:mailto:)?([\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){0,8})")
_EMPTY = re.compile(r"[(<\[]\s*[)>\]]")
_LIKE_ASCII = re.compile(r"(?:utf-?8|(?:us-?)?ascii|iso[-_]?8859[-_]\d{1,2}|(?:windows-|cp)125\d)?", re.IGNORECASE)
_WIDE = re.compile(r"utf-?(?:16|32)|ucs-?[24]", re.IGNORECASE)
_BRACKETED = re.compile(r"\(([^()]+)\)$|<([^<>]+)>$|\[([^\[\]]+)\]$")
# What feedparser stumbles over in broken input: character references, addresses and tags that are none.
_STUMBLES = (ValueError, LookupError, TypeError, AttributeError, AssertionError, ArithmeticError, RecursionError)

Entry = Mapping[str, Any]


def read_feed(body: bytes, url: str, content_type: str | None = None) -> list[Link]:
    """The entries, in the feed's order, and then where its older entries are (kind "listing").

    An entry without any address of its own gets the one place where it can be read: the feed's address with the
    entry's id, title or number as the fragment. Such a link has the key of the feed: a crawl leaves it out, as it does
    what is no web address (urn:uuid:...).
    Raises NoListing for a feed that is built to harm or that nothing can be read of.
    """
    try:
        document = take_apart(_utf8(body, content_type))
    except Hostile as error:
        raise NoListing(str(error)) from error
    if prefixes(document.root) > MAX_PREFIXES:
        raise NoListing("declares too many namespaces")
    large = is_large(document)
    feed = _parsed(head(document) if large else document, url)
    found = _sliced(document, url) if large else feed["entries"]
    atom = str(feed.get("version", "")).startswith("atom")
    reader = _Reader(url, _language(feed["feed"].get("language")), atom, _authors(feed["feed"]) if atom else ())
    stories = [reader.link(entry, n) for n, entry in enumerate(found, 1)]
    return stories + _older(feed["feed"].get("links", ()), url)


def _sliced(document: Xml, url: str) -> Iterator[Entry]:
    """The entries of a large feed. feedparser reads broken slices, as long as there are few of them."""
    left = MAX_BROKEN
    for piece in slices(document):
        found = entries(piece, url)
        if found is None:
            piece = mended(piece)
            found = entries(piece, url)
        if found is None and left and len(piece.root) <= MAX_LENIENT:
            left -= 1
            found = _parsed(piece, url)["entries"]
        yield from entries(piece, url, recover=True) or () if found is None else found


def _utf8(body: bytes, content_type: str | None) -> bytes:
    text = unicode_text(body)
    if text is not None:
        return text.encode("utf-8", "replace")
    declared = declared_encoding(body) or ""
    if body.isascii() and _LIKE_ASCII.fullmatch(declared) and "charset" not in (content_type or "").lower():
        return body
    if b"\x00" not in body and _WIDE.search(f"{content_type} {declared}"):  # declared to be what it cannot be
        content_type, body = None, body.replace(declared.encode(), b"utf-8", 1) if declared else body
    first, newline, rest = body.partition(b"?>")  # feedparser looks for the encoding in all of the first line
    found: dict[str, Any] = {}
    data: bytes = convert_to_utf8(
        {"content-type": content_type or "application/xml"}, first + newline + b"\n" + rest if newline else body, found
    )
    return data if found["encoding"] else data.decode("utf-8", "replace").encode()


def _parsed(document: Xml, url: str) -> Any:
    """feedparser's result for the best form of the document."""
    for candidate in (document, mended(document)):
        data = candidate.document()
        if well_formed(data):
            try:
                return _by_feedparser(data, url)
            except _STUMBLES:
                break
    repaired = mended(document, unclosed=True)
    lenient = len(document.root) <= MAX_LENIENT and not _lopsided(document.root)
    best = None
    for attempt in [document.document(), repaired.document()] * lenient + [_made_whole(repaired)]:
        result = _attempt(attempt, url)
        if result is not None and (best is None or _readable(result) > _readable(best)):
            best = result
        if best is not None and min(_readable(best)) >= _opening_tags(document.root):
            break
    if best is None:
        raise NoListing("a feed too broken to read")
    return best


def _readable(feed: Any) -> tuple[int, int]:
    """How many entries say what they are about, and how many of them where it is."""
    told = [entry for entry in feed["entries"] if entry.get("link") or entry.get("id") or entry.get("title")]
    return len(told), sum(bool(entry.get("link")) for entry in told)


def _attempt(data: bytes, url: str) -> Any | None:
    try:
        return _by_feedparser(data, url)
    except _STUMBLES:
        return None


def _by_feedparser(data: bytes, url: str) -> Any:
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    # We take words, not markup: its sanitizer and its resolver of links inside texts would cost half of the time.
    return feedparser.parse(
        io.BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )


def _lopsided(root: bytes) -> bool:
    """Tags that never end are what makes the lenient parser slow."""
    ended = 2 * root.count(b"</") + root.count(b"/>")
    return abs(root.count(b"<") - root.count(b">")) > 1_000 + root.count(b">") // 2 or root.count(b"<") - ended > 20_000


def _opening_tags(root: bytes) -> int:
    return max(root.count(b"<item>") + root.count(b"<item "), root.count(b"<entry>") + root.count(b"<entry "))


def _made_whole(document: Xml) -> bytes:
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8"
    )
    try:
        root = etree.fromstring(document.document(), parser)
    except etree.XMLSyntaxError:
        root = None
    return b"" if root is None else etree.tostring(root, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _Reader:
    """What the entries of one feed share."""

    url: str
    language: str | None
    atom: bool
    authors: tuple[str, ...]
    dates: DateReader = field(default_factory=DateReader)

    def link(self, entry: Entry, number: int) -> Link:
        title = self._words(entry, "title") or None
        own = _language(entry.get("language")) or _language(entry.get("title_detail", {}).get("language"))
        language = own or self.language
        modified = self._date(entry, "updated", language)
        # Outside of Atom "updated" is dc:date, which most often is the only date there is.
        published = self._date(entry, "published", language) or self._date(entry, "created", language)
        return Link(
            url=_address(entry, self.url)
            or _stated(entry)
            or inside(self.url, entry.get("id") or title or str(number)),
            title=title,
            published=published or (None if self.atom else modified),
            modified=modified,
            # RFC 4287, 4.2.1: an entry without authors has those of its source, then those of the feed.
            authors=_authors(entry) or (_authors(entry.get("source") or {}) or self.authors if self.atom else ()),
            summary=self._words(entry, "summary")[:MAX_SUMMARY].rstrip() or None,
            language=language,
        )

    def _words(self, entry: Entry, key: str) -> str:
        value = entry.get(key)
        if not isinstance(value, str):
            return ""
        if entry.get(key + "_detail", {}).get("type") in _HTML_TYPES:
            return plain(value)
        if self.atom:  # its type says that this is text, whatever it looks like
            return collapsed(value)
        return plain(value) if _END_TAG.search(value) else unescaped(value)

    def _date(self, entry: Entry, key: str, language: str | None) -> str | None:
        # `in` first: feedparser answers a question for a missing "updated" with "published" and a warning.
        if key not in entry:
            return None
        parsed = entry[key + "_parsed"] if f"{key}_parsed" in entry else None
        return self.dates.iso(entry[key], parsed, language)


def _address(entry: Entry, url: str) -> str | None:
    return next((found for value in _addresses(entry) if (found := _absolute(value, url))), None)


def _stated(entry: Entry) -> str | None:
    """What an entry gives for its address though nobody can fetch it: a tag:, a urn:, a mail address."""
    value = entry.get("link")
    return value.strip() if isinstance(value, str) and value.lower().strip().startswith(_UNFETCHABLE) else None


def _addresses(entry: Entry) -> Iterator[object]:
    """FeedBurner's original, the link, another alternate, a guid that is an address, any other link, an enclosure."""
    yield from (entry[key] for key in entry if key.endswith("_origlink"))
    yield entry.get("link")
    links = [(link.get("rel", "alternate"), link["href"]) for link in entry.get("links", ()) if link.get("href")]
    yield from (href for rel, href in links if rel == "alternate")
    guid = entry.get("id") or ""
    if guid.lower().startswith(("http://", "https://")):
        yield guid
    yield from (href for rel, href in links if rel not in ("alternate", "enclosure", "self", "edit"))
    yield from (href for rel, href in links if rel == "enclosure")
    yield from (href for rel, href in links if rel == "self")


def inside(url: str, name: str) -> str:
    """The address of a part of a feed."""
    return f"{urldefrag(url).url}#{quote(name, safe='')}"


def _absolute(value: object, url: str) -> str | None:
    if not isinstance(value, str):
        return None
    address = "".join(value.strip().splitlines()).replace("&amp;", "&")
    if address.startswith(("http://", "https://")):
        return address
    if not address or address.lower().startswith(_UNFETCHABLE):
        return None
    try:
        return urljoin(url, address)
    except ValueError:
        return address


def _authors(entry: Entry) -> tuple[str, ...]:
    people = [author.get("name") or author.get("email") for author in entry.get("authors", ()) if author]
    if not any(people) or (len(people) == 1 and "@" in (entry.get("author") or "")):
        people = [entry.get("author")]
    return tuple(dict.fromkeys(name for person in people if person and (name := _name(str(person)))))


def _name(person: str) -> str:
    """The name beside an e-mail address; feedparser knows no top-level domains of more than four letters."""
    person = plain(person) if _END_TAG.search(person) else unescaped(person)
    rest = collapsed(_EMPTY.sub(" ", _EMAIL.sub(" ", person))).strip(" ,;:-")
    if inside_brackets := _BRACKETED.match(rest):
        rest = next(part for part in inside_brackets.groups() if part).strip()
    email = _EMAIL.search(person)
    return rest or (email[1] if email else "")


def _language(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    code = value.strip().replace("_", "-").split("-")[0].lower()
    return code if 2 <= len(code) <= 3 and code.isascii() and code.isalpha() else None


def _older(links: Iterable[Mapping[str, Any]], url: str) -> list[Link]:
    found = (
        _absolute(link.get("href"), url)
        for rel in _OLDER
        for link in links
        if str(link.get("rel", "")).rpartition("/")[2] == rel
    )
    return [Link(url=address, kind="listing") for address in dict.fromkeys(found) if address and address != url]
