"""The next, older page of a section, told from its pager."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from scraper.address_facts import address_facts
from scraper.discover.sites import MAX_ADDRESS
from scraper.discover.text import collapsed

_PARAMETER = re.compile(
    r"(?:.*[_-])?(?:page|paged|pg|pagenum|pageno|seite|pagina|start|offset|from|p)\d?$", re.IGNORECASE
)
_SEGMENT = re.compile(
    r"(?:/(?:page|p|seite|pagina|pagenum)[/-]?|/|[_-](?:page|p)[_-]?)(\d{1,5})(?:\.html?)?/?$", re.IGNORECASE
)
_BARE = re.compile(r"/\d+/?$")
_FIRST = ("0", "1", "«", "‹")  # what a pager calls the page that has no number in its address
MAX_ANCHORS = 10_000


def next_page(tree: LexborHTMLParser, base: str, url: str) -> str | None:
    """The address of the page with older stories than this one, or None.

    For a page whose address is a date (/2017/11/27/), the linked page of the latest date before. For others `rel=next`,
    else a link that differs from this page's address by nothing but a page number: the next higher one, or for a page
    without a number the lowest whose text does not say that it is the first.
    """
    links = [
        (address, node.attributes.get("rel") or "", collapsed(node.text(deep=True)) if node.tag == "a" else "")
        for node in tree.css("link[rel~=next][href],a[href]")[:MAX_ANCHORS]
        if (address := _joined(base, node.attributes.get("href"))) and address != url
    ]
    if day := page_date(url):
        before = {other: address for address, _, _ in links if (other := page_date(address)) and other < day}
        return before[max(before)] if before else None
    if announced := next((address for address, rel, _ in links if "next" in rel.lower().split()), None):
        return announced
    stem, here = numbered(url)
    found: dict[int, str] = {}
    for address, _, text in links:
        other_stem, number = numbered(address)
        if other_stem != stem or number is None or number <= (here or 0):
            continue
        if here is None and (text in _FIRST or _is_story(address, number, text)):
            continue
        found.setdefault(number, address)
    return found[min(found)] if found else None


def _is_story(address: str, number: int, text: str) -> bool:
    """/501 below a front page is its story 501; the second page would be /2, or be called 501."""
    return number > 3 and text != str(number) and bool(_BARE.search(urlsplit(address).path))


def _joined(base: str, href: str | None) -> str | None:
    if not href or href.startswith("#"):
        return None
    try:
        address = urldefrag(urljoin(base, href.strip())).url
    except ValueError:
        return None
    return address if len(address) <= MAX_ADDRESS and address.lower().startswith(("http://", "https://")) else None


def page_date(url: str) -> str | None:
    """The date of an address that is nothing but a date, or sections and a date."""
    facts = address_facts(url)
    return facts.date if facts.date and not facts.id and facts.segments[-1].replace("-", "").isdigit() else None


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
        if number is None and _PARAMETER.match(name) and re.fullmatch(r"\d{1,6}", value):
            number = int(value)
        else:
            kept.append((name, value))
    path = parts.path
    if number is None and (match := _SEGMENT.search(path)):
        number = int(match[1])
        path = path[: match.start()]
    return f"{parts.netloc.lower()}{path.rstrip('/')}?{urlencode(sorted(kept))}", number
