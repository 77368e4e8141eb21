"""What a page prints as its headline: a heading of first rank, a lesser one, or an element that is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from scraper.extract.document import Document
from scraper.extract.dom import hidden
from scraper.extract.lines import INLINE
from scraper.extract.structured import absolute, plain
from scraper.extract.wording import SEPARATOR, folded

MAX_LENGTH = 400  # a heading longer than this is a paragraph in the wrong element
MIN_LENGTH = 8  # of what is taken for a headline though it is marked up as none
MAX_NODES = 1_000  # of a heading; one that somebody forgot to close holds the whole page
MAX_ELEMENTS = 20_000  # and runs of text that are looked at on a page without headings

_BREAKING = frozenset({"br", "div", "p", "h1", "h2", "h3", "h4", "li"})
_SILENT = frozenset({"button", "noscript", "script", "style", "svg", "template"})
_READ_ALOUD = re.compile(r"(?:^|\s)(?:sr-only|visually-?hidden|screen-?reader(?:-text)?)(?:$|\s)", re.I)
_FURNITURE = re.compile(r"(?:^|[\s_-])(?:logo|site-?(?:title|name)|brand|masthead|modal|cookie|consent|popup)", re.I)
_AROUND = frozenset({"a", "nav", "footer", "aside", "title", "option"})
_TRAIL = re.compile(r"crumb|(?:^|[\s_-])(?:menu|nav|trail|path|related)", re.I)


def printed_headings(document: Document, known: set[str], claims: Sequence[str]) -> Iterator[tuple[str, LexborNode]]:
    """The headings of first rank that may be the headline, as text and element."""
    nodes = document.tree.css("h1")[:40]
    nodes += [node for node in document.tree.css("[itemprop~=headline]")[:10] if node.tag != "h1"]
    for node in nodes:
        text = words_of(node)
        if not text or len(text) > MAX_LENGTH or folded(text) in known or _leads_home(node, text, document.url):
            continue
        attributes = node.attributes
        if _FURNITURE.search(f"{attributes.get('class') or ''} {attributes.get('id') or ''}"):
            continue
        yield _without_kicker(node, text, claims), node


def words_of(node: LexborNode) -> str:
    """The text of a heading as it is seen.

    Lines, and elements of several letters that follow each other, are parted by a space; pieces of a word are not.
    What is written for programs or read aloud only is left out.
    """
    pieces: list[str] = []
    above: list[LexborNode] = []
    child = node.first_child
    for _ in range(MAX_NODES):
        if child is None and not above:
            break
        if child is None:
            last = above.pop()
            pieces.append(" " if last.tag in _BREAKING or _parted(last) else "")
            child = last.next
        elif child.tag == "-text":
            pieces.append(child.text_content or "")
            child = child.next
        elif child.first_child is None or child.tag in _SILENT or _unseen(child):
            pieces.append(" " if child.tag in _BREAKING else "")
            child = child.next
        else:
            pieces.append(" " if child.tag in _BREAKING else "")
            above.append(child)
            child = child.first_child
    return plain("".join(pieces))


def _parted(node: LexborNode) -> bool:
    """Whether another element follows without a space, and neither is a mere letter: "<span>Live</span><span>..."."""
    after = node.next
    if after is None or after.tag is None or after.tag[0] == "-":
        return False
    return len(node.text(separator="")) > 1 and len(after.text(separator="")) > 1


def _unseen(node: LexborNode) -> bool:
    attributes = node.attributes
    return bool(attributes) and (hidden(attributes) or _READ_ALOUD.search(attributes.get("class") or "") is not None)


def _leads_home(node: LexborNode, text: str, url: str) -> bool:
    """Whether the whole heading is a link to the front page: then it is the site's name."""
    link = node.css_first("a[href]") or (node.parent if node.parent is not None and node.parent.tag == "a" else None)
    if link is None or words_of(link) != text:
        return False
    address = urlsplit(absolute(link.attributes.get("href") or "", url) or url)
    return address.path in {"", "/"} and not address.query and address.hostname == urlsplit(url).hostname


def lesser(document: Document, claims: Sequence[str]) -> tuple[str, LexborNode | None]:
    """On a page whose first headings print no title: the lesser one that a claim says, whole or with the site's name.

    Where no heading does, an element of any kind that says nothing else: old pages, and those whose makers know only
    divs. Nothing is found as ("", None).
    """
    said = [claim for claim in map(folded, claims) if claim]
    parts = {folded(part) for claim in claims for part in SEPARATOR.split(claim)} | set(said)

    def is_said(own: str) -> bool:
        if own in parts:
            return True
        most = [claim for claim in said if len(own) > 0.5 * len(claim)]
        return any(claim.startswith(own) or claim.endswith(f" {own}") for claim in most)

    found: tuple[str, LexborNode | None] = ("", None)
    for node in document.tree.css("h2, h3, h4")[:60]:
        text = words_of(node)
        own = folded(text)
        if (" " in own or len(own) >= MIN_LENGTH) and len(text) <= MAX_LENGTH and len(own) > len(folded(found[0])):
            found = (text, node) if is_said(own) else found
    return found if found[1] is not None else _unmarked(document, is_said)


def _unmarked(document: Document, is_said: Callable[[str], bool]) -> tuple[str, LexborNode | None]:
    """The longest element in no menu, trail or link whose whole text is said; of the same ones the first."""
    best: tuple[str, LexborNode | None] = ("", None)
    body = document.tree.body
    nodes = body.traverse(include_text=True) if body is not None else iter(())
    for node in islice(nodes, MAX_ELEMENTS):
        if node.tag != "-text" or not MIN_LENGTH <= len(node.text_content or "") <= MAX_LENGTH:
            continue
        own = folded(node.text_content or "")
        if len(own) < MIN_LENGTH or len(own) <= len(folded(best[0])) or not is_said(own):
            continue
        holder = node.parent
        while holder is not None and holder.tag in INLINE and holder.tag != "a":
            holder = holder.parent
        if holder is not None and folded(words_of(holder)) == own and not _leads_elsewhere(holder):
            best = (words_of(holder), holder)
    return best


def _leads_elsewhere(node: LexborNode) -> bool:
    """Whether an element is a link, or stands in what helps to find other pages."""
    above: LexborNode | None = node
    for _ in range(6):
        if above is None:
            break
        if above.tag in _AROUND or above.tag in _SILENT:
            return True
        attributes = above.attributes
        if attributes and _TRAIL.search(f"{attributes.get('class') or ''} {attributes.get('id') or ''}"):
            return True
        above = above.parent
    return False


def _without_kicker(node: LexborNode, text: str, claims: Sequence[str]) -> str:
    """The heading without a label in an element of its own before or after it, where a claim says only the rest."""
    said = [folded(claim) for claim in claims]
    if any(claim.startswith(folded(text)) for claim in said):
        return text
    for child in node.css("*")[:8]:
        part = words_of(child)
        if not part or part == text:
            continue
        if len(part) > 0.4 * len(text) and text.endswith(part):
            for claim in claims:
                if claim == part or any(folded(claim[m.end() :]) == folded(part) for m in SEPARATOR.finditer(claim)):
                    return part
        rest = text[len(part) :] if text.startswith(part) else text[: -len(part)] if text.endswith(part) else ""
        if rest and folded(rest) in said:
            return rest.strip()
    return text
