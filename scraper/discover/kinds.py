"""Feed, sitemap or section page? Told apart by what the bytes are; the content type is only a hint."""

from __future__ import annotations

import json
import re
import zlib
from typing import Literal

from scraper.discover.xmltext import encoding_mark

ListingKind = Literal["feed", "sitemap", "section"]

MAX_OPENED = 52_428_800  # bytes of a decompressed body: what sitemaps.org allows one sitemap to have
_MAX_LAYERS = 3  # gzip in gzip happens (a .gz file served with Content-Encoding), deeper is a trick
MAX_ATTRIBUTES = 1_000  # of one tag; parsers look for doubles, each among all others: 200,000 cost minutes
MAX_VALUES = 3_000_000  # of a JSON text; each takes some 100 bytes of memory
_LONG_TAG = re.compile(rb"<(?![!?])[^<>]{10000,}")  # no comment, no CDATA section
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")
_HEAD = 65_536  # bytes in which the first element must be found

_FEED_ROOTS = frozenset({"rss", "rdf", "feed", "channel", "item", "entry"})
_SITEMAP_ROOTS = frozenset({"urlset", "sitemapindex", "url", "sitemap", "loc"})
_HTML_TAGS = frozenset({
    "html", "head", "body", "title", "meta", "link", "base", "script", "style", "noscript", "div", "span", "p", "a",
    "ul", "ol", "li", "dl", "table", "tbody", "tr", "td", "section", "article", "main", "nav", "header", "footer",
    "aside", "form", "h1", "h2", "h3", "h4", "h5", "h6", "center", "font", "img", "br", "hr", "b", "i", "em",
    "strong", "iframe", "template", "svg",
})  # fmt: skip
_BINARY = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x00\x00\x01\x00", b"RIFF", b"OggS", b"ID3")
_ASIDE = re.compile(r"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_TAG = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w-]*)")
_DOCTYPE_HTML = re.compile(r"<!doctype\s+html", re.IGNORECASE)
_INNER_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?(rss|rdf|feed|urlset|sitemapindex|item|entry)[\s>]", re.IGNORECASE)
_WRAPPED = re.compile(  # a feed inside of tags that some program puts around whatever it sends
    r"\s*(?:<(?:!doctype\s+html|html|head|body|pre)\b[^>]{0,300}>\s*){1,6}<(?:rss|feed|rdf:rdf)[\s>]", re.IGNORECASE
)
# A line of a sitemap in plain text, or of a robots.txt.
_ADDRESS_LINE = re.compile(r"(?:site-?map\s*:\s*\S|https?://)\S+$", re.IGNORECASE)


class NoListing(ValueError):
    """The bytes are no listing at all; the text says what they are."""


def opened(body: bytes) -> bytes:
    """The body out of its gzip layers, whatever its name or headers say; a cut file is read as far as it goes.

    Raises NoListing when it is larger than `MAX_OPENED` or not readable at all.
    """
    for _ in range(_MAX_LAYERS):
        if not body.startswith(b"\x1f\x8b"):
            break
        body = _gunzipped(body)
    if len(body) > MAX_OPENED:
        raise NoListing(f"larger than {MAX_OPENED // 1_048_576} MB")
    return body


def _gunzipped(body: bytes) -> bytes:
    size = 0
    pieces: list[bytes] = []
    while body:
        member = zlib.decompressobj(wbits=31)
        try:
            piece = member.decompress(body, MAX_OPENED - size + 1)
        except zlib.error as error:
            if not pieces:
                raise NoListing("broken gzip") from error
            break  # padding after the last member
        pieces.append(piece)
        size += len(piece)
        if size > MAX_OPENED:
            raise NoListing(f"larger than {MAX_OPENED // 1_048_576} MB when decompressed")
        body = member.unused_data
    return b"".join(pieces)


def judge(body: bytes, content_type: str | None = None) -> ListingKind:
    """The kind of an opened body. Raises NoListing with what it is instead."""
    if not body.strip(b"\x00 \t\r\n"):
        raise NoListing("empty answer")
    mark = encoding_mark(body)
    markup = body.lstrip(b"\x00\xef\xbb\xbf \t\r\n").startswith(b"<")  # a stray NUL is no reason to refuse it
    if body.startswith(_BINARY) or (mark is None and not markup and b"\x00" in body[:1024]):
        raise NoListing("PDF" if body.startswith(b"%PDF") else "binary data")
    if any(_attributes(match[0]) > MAX_ATTRIBUTES for match in _LONG_TAG.finditer(body)):
        raise NoListing("a tag with thousands of attributes")
    head = _head(body, mark)
    if head[:1] in ("{", "["):
        if is_json_feed(parsed_json(body)):
            return "feed"
        raise NoListing("JSON that is no feed")
    return _by_markup(head, content_type)


def _attributes(tag: bytes) -> int:
    """Roughly how many attributes a tag has: the spaces between what is quoted."""
    return len(_QUOTED.sub(b"", tag).split())


def _head(body: bytes, mark: tuple[str, int] | None) -> str:
    if mark:
        name, length = mark
        return body[length : length + _HEAD].decode(name, "replace").lstrip()
    return body.lstrip(b"\x00 \t\r\n")[:_HEAD].decode("latin-1")


def _by_markup(head: str, content_type: str | None) -> ListingKind:
    bare = _ASIDE.sub("", head)
    first = _TAG.search(bare)
    if first is None:
        if is_address_list(head):
            return "sitemap"
        raise NoListing("text without links" if content_type else "neither markup nor addresses")
    name = first[1].lower()
    if name in _FEED_ROOTS:
        return "feed"
    if name in _SITEMAP_ROOTS:
        return "sitemap"
    if _WRAPPED.match(bare):
        return "feed"
    page = name in ("html", "head", "body") or _DOCTYPE_HTML.search(bare[: first.start()])
    if not page and (inner := _INNER_ROOT.search(bare)):  # after a warning that a program printed, or in an envelope
        return "sitemap" if inner[1].lower() in _SITEMAP_ROOTS else "feed"
    if page or name in _HTML_TAGS or "html" in (content_type or "").lower():
        return "section"
    raise NoListing(f"XML that is neither feed nor sitemap: <{first[1][:40]}>")


def is_address_list(text: str) -> bool:
    """Is one line in ten an address or names a sitemap? That is a sitemap in plain text, or a robots.txt."""
    lines = [line.strip("\ufeff\xef\xbb\xbf \t\r") for line in text.splitlines()[:200]]
    filled = [line for line in lines if line and not line.startswith("#")]
    return bool(filled) and 10 * sum(bool(_ADDRESS_LINE.match(line)) for line in filled) >= len(filled)


def parsed_json(body: bytes) -> object:
    """The value of a JSON text. Raises NoListing when it is broken or nested to harm."""
    if sum(map(body.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise NoListing("JSON of millions of values")
    try:
        return json.loads(body.decode("utf-8-sig", "replace") if encoding_mark(body) is None else body)
    except (ValueError, RecursionError) as error:
        raise NoListing("broken JSON") from error


def is_json_feed(value: object) -> bool:
    """A JSON Feed has an object with a list of items at its top."""
    return isinstance(value, dict) and isinstance(value.get("items"), list)


def kind_of(body: bytes, content_type: str | None = None) -> ListingKind | None:
    """ "feed", "sitemap" or "section"; None for what is no listing at all."""
    try:
        return judge(opened(body), content_type)
    except NoListing:
        return None
