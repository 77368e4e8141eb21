"""The encoding that a page declares in its own first bytes. Pure.

"Prescan a byte stream to determine its encoding" of the HTML standard, and the XML declaration after it. Departures: a
longer look (heads grew), an end at <body>, and misspelt http-equiv attributes as in the wild.
https://html.spec.whatwg.org/multipage/parsing.html#prescan-a-byte-stream-to-determine-its-encoding
"""

from __future__ import annotations

import codecs
import re

import webencodings  # type: ignore[import-untyped]
from w3lib.encoding import resolve_encoding

LOOK = 4096
# Codecs of Python that are no character encoding of a page: parts of host names, escapes of source code, and what
# browsers dropped because markup can hide in it.
_NO_PAGE = frozenset({
    "idna", "punycode", "undefined", "unicode-escape", "unicode_escape", "raw-unicode-escape", "raw_unicode_escape",
    "utf-7", "mbcs", "oem",
})  # fmt: skip

_SPACE = b"\t\n\x0c\r "
_TAG = re.compile(rb"</?([A-Za-z][^\t\n\x0c\r >]*)")
_META = re.compile(rb"<meta[\t\n\x0c\r /]", re.IGNORECASE)
_SPACED_META = re.compile(rb"<[\t\n\x0c\r ]+meta[\t\n\x0c\r ]", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']?([A-Za-z][\w.:-]*)")
_PRAGMA = frozenset({b"http-equiv", b"http_equiv", b"httpequiv"})
_CONTENT_TYPE = re.compile(rb"content[-_ ]?type$", re.IGNORECASE)
_CHARSET = re.compile(
    rb"charset[\t\n\x0c\r ]*=[\t\n\x0c\r ]*(?:\"([^\"]*)\"|'([^']*)'|([^\t\n\x0c\r ;\"']+))", re.IGNORECASE
)
_NAME = re.compile(rb".[^\t\n\x0c\r />=]*", re.DOTALL)
_PLAIN = re.compile(rb"[^\t\n\x0c\r >]*")


def codec(label: str) -> str | None:
    """Python's name of the encoding that a label means on the web ("iso-8859-1" -> "cp1252"); None for no label."""
    found = re.match(r"\s*([\w.:-]+)", label)
    if found is None:
        return None
    python = resolve_encoding(found[1])
    if python is None and (known := webencodings.lookup(found[1])) is not None:
        python = resolve_encoding(known.codec_info.name)
    return python if python and is_text(python) else None


def is_text(python: str) -> bool:
    """Does this codec of Python read pages? Some turn bytes into bytes (base64, zlib) or raise at any input."""
    info = codecs.lookup(python)
    return info._is_text_encoding and info.name not in _NO_PAGE


def declared(body: bytes) -> tuple[str, str] | None:
    """(codec, "meta" or "xml"), or None when the page declares nothing that is known."""
    start = body[:LOOK]
    if encoding := _meta(start):
        return encoding, "meta"
    if (found := _XML.match(start)) and (encoding := codec(found[1].decode("latin-1"))):
        return _no_utf16(encoding), "xml"
    return None


def _no_utf16(encoding: str) -> str:
    """Whoever can be read as ASCII is not UTF-16, whatever it says."""
    return "utf-8" if encoding.startswith(("utf-16", "utf-32")) else encoding


def _meta(data: bytes) -> str | None:
    at = 0
    while (at := data.find(b"<", at)) >= 0:
        if data.startswith(b"<!--", at):
            at = _after(data, b"-->", at + 2)
        elif found := _META.match(data, at) or _SPACED_META.match(data, at):
            attributes, at = _attributes(data, found.end() - 1)
            spaced = data[found.start() + 1 : found.start() + 2] in _SPACE
            if at >= 0 and (encoding := _meta_encoding(attributes, only_pragma=bool(spaced))):
                return encoding
        elif found := _TAG.match(data, at):
            if found[1].lower() == b"body" and data[at + 1 : at + 2] != b"/":
                return None
            _, at = _attributes(data, found.end())
        elif data[at + 1 : at + 2] in (b"!", b"/", b"?"):
            at = _after(data, b">", at)
        else:
            at += 1
        if at < 0:
            return None
    return None


def _after(data: bytes, mark: bytes, start: int) -> int:
    found = data.find(mark, start)
    return -1 if found < 0 else found + len(mark)


def _meta_encoding(attributes: dict[bytes, bytes], *, only_pragma: bool) -> str | None:
    pragma = any(_CONTENT_TYPE.match(attributes.get(name, b"").strip()) for name in _PRAGMA)
    label = None if only_pragma else attributes.get(b"charset")
    if label is None and pragma and (found := _CHARSET.search(attributes.get(b"content", b""))):
        label = found[1] or found[2] or found[3]
    if label is None:
        return None
    if label.strip().lower() == b"x-user-defined":
        return "cp1252"
    encoding = codec(label.decode("latin-1"))
    return _no_utf16(encoding) if encoding else None


def _attributes(data: bytes, at: int) -> tuple[dict[bytes, bytes], int]:
    """The attributes of a tag, names in lower case, the first of its name counting; and where the tag ends, or -1."""
    found: dict[bytes, bytes] = {}
    size = len(data)
    while True:
        while at < size and data[at : at + 1] in (b"\t", b"\n", b"\x0c", b"\r", b" ", b"/"):
            at += 1
        if at >= size:
            return found, -1
        if data[at : at + 1] == b">":
            return found, at + 1
        named = _NAME.match(data, at)
        assert named is not None  # any byte but those skipped above begins a name
        name, at = named[0].lower(), named.end()
        at = _skip_space(data, at)
        value = b""
        if data[at : at + 1] == b"=":
            at = _skip_space(data, at + 1)
            quote = data[at : at + 1]
            if quote in (b'"', b"'"):
                end = data.find(quote, at + 1)
                if end < 0:
                    return found, -1
                value, at = data[at + 1 : end], end + 1
            else:
                plain = _PLAIN.match(data, at)
                assert plain is not None  # it matches nothing, too
                value, at = plain[0], plain.end()
        if at >= size:
            return found, -1
        found.setdefault(name, value)


def _skip_space(data: bytes, at: int) -> int:
    while at < len(data) and data[at : at + 1] in (b"\t", b"\n", b"\x0c", b"\r", b" "):
        at += 1
    return at
