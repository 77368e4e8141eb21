"""The next, older page of a section, told from its pager."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from scraper.discover.text import collapsed

_PAGE_PARAMETER = re.compile(
    r"(?:.*[_-])?(?:page|paged|pg|pagenum|pageno|seite|pagina|start|offset|from|p)\d?$", re.IGNORECASE
)
_PAGE_SEGMENT = re.compile(
    r"(?:/(?:page|p|seite|pagina|pagenum)[/-]?|/|[_-](?:page|p)[_-]?)(\d{1,5})(?:\.html?)?/?$", re.IGNORECASE
)


def next_page(tree: LexborHTMLParser, base: str, url: str) -> str | None:
    """The address of the page after this one, or None.

    `rel=next` first. Otherwise a link that differs from this page's address by nothing but a page number: the next
    higher one, or for a page without a number the first whose text is not "1".
    """
    for node in tree.css("link[rel~=next][href],a[rel~=next][href]"):
        if (address := _joined(base, node.attributes.get("href"))) and address != url:
            return address
    stem, here = numbered(url)
    found: dict[int, str] = {}
    for anchor in tree.css("a[href]")[:10_000]:
        address = _joined(base, anchor.attributes.get("href"))
        if address is None or address == url:
            continue
        other, number = numbered(address)
        if other != stem or number is None:
            continue
        first = here is None and collapsed(anchor.text(deep=True)) in ("1", "0", "«", "‹")
        if first or number <= (here or 0):
            continue
        found.setdefault(number, address)
    return found[min(found)] if found else None


def _joined(base: str, href: str | None) -> str | None:
    if not href or href.startswith("#"):
        return None
    try:
        address = urldefrag(urljoin(base, href.strip())).url
    except ValueError:
        return None
    return address if address.lower().startswith(("http://", "https://")) else None


def numbered(url: str) -> tuple[str, int | None]:
    """An address without its page number, and that number. The rest is normalised and only good for comparing."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return url, None
    number: int | None = None
    kept = []
    for name, value in pairs:
        if number is None and _PAGE_PARAMETER.match(name) and re.fullmatch(r"\d{1,6}", value):
            number = int(value)
        else:
            kept.append((name, value))
    path = parts.path
    if number is None and (match := _PAGE_SEGMENT.search(path)):
        number = int(match[1])
        path = path[: match.start()]
    return f"{parts.netloc.lower()}{path.rstrip('/')}?{urlencode(sorted(kept))}", number
