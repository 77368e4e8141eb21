"""Which kinds of content are wanted. Pure."""

from __future__ import annotations

import re
from typing import Literal

Want = Literal["page", "listing", "any"]

_HTML = frozenset({"text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml"})
# Said of HTML by servers that do not know better, so the body decides.
_VAGUE = frozenset({"", "text/plain", "application/octet-stream", "application/xml", "text/xml", "unknown/unknown"})
_NEVER_A_LISTING = ("image/", "audio/", "video/", "font/", "model/")
_NEVER_A_LISTING_EITHER = frozenset({"application/pdf", "application/zip", "application/msword", "text/css"})

# The first bytes of what is neither HTML nor a listing (WHATWG MIME Sniffing, the few that matter here).
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "media"),
    (b"PK\x03\x04", "application/zip"),
    (b"Rar!", "application/x-rar-compressed"),
    (b"\x00\x00\x00", "video/mp4"),
    (b"OggS", "application/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-executable"),
    (b"%!PS", "application/postscript"),
)
_LOOKS_LIKE_HTML = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|meta|script|style|link|h[1-6]|p|div|article|section|table|a|br)[\s/>]",
    re.IGNORECASE,
)


_FEED = re.compile(rb"<(?:rss|feed|rdf:rdf|urlset|sitemapindex)[\s>]", re.IGNORECASE)


def essence(content_type: str | None) -> str:
    """ "Text/HTML; charset=x" -> "text/html"; "" when there is none."""
    return (content_type or "").partition(";")[0].partition(",")[0].strip().lower()


def unwanted(content_type: str | None, want: Want) -> str | None:
    """The type, when the header alone shows that the body is of no use; None when the body should be read."""
    kind = essence(content_type)
    if want == "page" and kind not in _HTML and kind not in _VAGUE and "/" in kind:
        return kind
    if want == "listing" and (kind.startswith(_NEVER_A_LISTING) or kind in _NEVER_A_LISTING_EITHER):
        return kind
    return None


def unreadable(body: bytes, content_type: str | None, want: Want) -> str | None:
    """What the body is instead, when its first bytes show that it is of no use; None when it is fine."""
    if want == "any" or not body.strip():
        return None
    found = next((kind for magic, kind in _MAGIC if body.startswith(magic)), None)
    if found:
        return found
    if want == "page" and essence(content_type) not in _HTML:
        start = body[:4096].replace(b"\0", b"")  # UTF-16 too
        return None if _LOOKS_LIKE_HTML.search(start) else "not HTML"
    return None


def is_html(body: bytes, content_type: str | None) -> bool:
    """Is it HTML, which a browser can draw? Feeds that are called HTML are none."""
    kind, start = essence(content_type), body[:4096].replace(b"\0", b"")
    if _FEED.search(start[:1024]):
        return False
    return kind in _HTML or (kind in _VAGUE and "xml" not in kind and bool(_LOOKS_LIKE_HTML.search(start)))
