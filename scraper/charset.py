"""Which encoding a page's bytes are in, and why. Pure.

In the order of the WHATWG encoding standard: byte order mark, Content-Type header, meta or XML declaration, detection.
"""

from __future__ import annotations

from dataclasses import dataclass

import chardet
from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
    to_unicode,
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the encoding it was in, and what told so: "bom", "header", "meta", "xml", "detected", "default"."""

    text: str
    encoding: str
    reason: str


def decode_with_reason(body: bytes, content_type: str | None) -> Decoded:
    """Read bytes as text. Never fails: what cannot be read becomes U+FFFD."""
    encoding, mark = read_bom(body)
    if encoding and mark:
        return Decoded(to_unicode(body[len(mark) :], encoding), encoding, "bom")
    reason = "header"
    found = http_content_type_encoding(content_type)
    if found is None:
        found, reason = html_body_declared_encoding(body), "meta"
    if found is None:
        guess = chardet.detect(body)["encoding"]
        found, reason = (resolve_encoding(guess), "detected") if guess else ("utf-8", "default")
    found = found or "utf-8"
    return Decoded(to_unicode(body, found), found, reason)
