"""One page, parsed once: what every reader of a field and the reader of the body look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from scraper.extract import bounds, jsonld, streamed
from scraper.page import decode_with_reason

# The longest real article page seen has 4 million characters; what lies behind this is a dump or an attack.
MAX_CHARACTERS = 10_000_000

# Characters of one meta element, and different contents of one name: an article with 100 tags is seldom.
MAX_META = 10_000
MAX_VALUES = 500


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A page as text and as tree.

    url       the address it came from; empty when it is malformed
    html      the whole page as text, at most MAX_CHARACTERS, without what `bounds` cuts
    tree      the one parse of it; whoever changes it is the last to read it
    json_ld   every JSON-LD object of every block in order, `@graph` opened, broken JSON mended where it is plain how
    meta      name, property, itemprop or http-equiv of the meta elements, in lower case -> their contents in order
    encoding  the name of the character encoding that was read, and where it was found
    """

    url: str
    html: str
    tree: LexborHTMLParser
    json_ld: tuple[dict[str, Any], ...]
    meta: Mapping[str, tuple[str, ...]]
    encoding: str
    encoding_from: str

    @classmethod
    def of(cls, html: bytes, url: str, content_type: str | None = None) -> Document:
        """Read the bytes of a page; any bytes give a document, if an empty one."""
        decoded = decode_with_reason(html, content_type)
        text = bounds.bounded(decoded.text[:MAX_CHARACTERS].replace("\x00", ""))
        tree = LexborHTMLParser(text)
        streamed.assemble(tree, text)
        scripts = (node.text() for node in tree.css("script[type*='ld+json' i]"))
        return cls(
            url if _is_whole(url) else "",
            text,
            tree,
            jsonld.nodes(scripts),
            _meta(tree),
            decoded.encoding,
            decoded.reason,
        )

    def first_meta(self, *names: str) -> tuple[str, str] | None:
        """The first of these names that has a value: (name, value)."""
        for name in names:
            for value in self.meta.get(name, ()):
                return name, value
        return None


def _is_whole(url: str) -> bool:
    """Can the address be taken apart? "http://[" cannot."""
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True


def _meta(tree: LexborHTMLParser) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for node in tree.css("meta[content]"):
        attributes = node.attributes
        value = " ".join((attributes.get("content") or "")[:MAX_META].split())
        if not value:
            continue
        for key in ("name", "property", "itemprop", "http-equiv"):
            name = attributes.get(key)
            if name:
                values = found.setdefault(name.strip().lower(), {})
                if len(values) < MAX_VALUES:
                    values[value] = None
    return {name: tuple(values) for name, values in found.items()}
