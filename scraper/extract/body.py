"""The text of the story on one page: candidates are read, weighed against each other, and one is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from archive.identity import shingles
from scraper.extract import container, dom, furniture, prune, told, trafilatura_door
from scraper.extract.blocks import Block, blocks, key
from scraper.extract.furniture import Known
from scraper.extract.naming import is_marked
from scraper.extract.opening import opening
from scraper.extract.story import restored, story
from scraper.seen import Seen

CONFIDENT = 1700
"""Characters of a text that need no second opinion: the pages on which trafilatura found the story and we did not
were nearly all ones where we had found less than this."""

SHORT = 120
"""Characters of a story that is believed to be that short, where its element is called so or nothing else is told."""

MOST = 0.6
"""Share of a page's running text that stands in an element which needs no name to be the story's."""


DESCRIPTIONS = ("description", "og:description", "twitter:description")


class Page(Protocol):
    """What is read of a document."""

    @property
    def url(self) -> str:
        """The address it came from."""

    @property
    def json_ld(self) -> Sequence[dict[str, Any]]:
        """Every JSON-LD object."""

    @property
    def meta(self) -> Mapping[str, Sequence[str]]:
        """The contents of the meta elements by name."""

    @property
    def html(self) -> str:
        """The page as text."""

    @property
    def tree(self) -> LexborHTMLParser:
        """The one parse of it."""


@dataclass(frozen=True, slots=True)
class Body:
    """The text of the story and how it was found.

    text        paragraphs separated by one empty line
    source      "container", "rule", "json-ld articleBody" or "trafilatura"
    container   the element it stood in, for a person
    candidates  what was weighed: (source, characters) pairs
    met         the learned blocks that were met; in the text only where furniture would take most of it
    """

    text: str
    source: str = "container"
    container: str = ""
    candidates: tuple[tuple[str, int], ...] = ()
    met: tuple[str, ...] = ()


def read(
    doc: Page,
    *,
    title: str | None,
    authors: Sequence[str],
    captions: Sequence[str] = (),
    json_body: str | None = None,
    keep: str | None = None,
    drop: Sequence[str] = (),
    learned: Set[str] = frozenset(),
) -> Body:
    """The text of the story on a page. Uses the tree up: what `drop` names is cut out of it.

    title, authors, captions   what is known of the page, so that lines saying only that are left out
    json_body                  JSON-LD's articleBody
    keep, drop                 CSS selectors of a rule: where the text stands, what does not belong to it
    learned                    fingerprints of the blocks that come back on the source's pages
    """
    everything, kept = elements(doc, title, keep, drop)
    try:
        return chosen(
            doc, everything, kept, title=title, authors=authors, captions=captions, json_body=json_body, learned=learned
        )
    finally:
        dom.let_go(everything)


def chosen(
    doc: Page,
    everything: list[dom.Element],
    kept: bool,
    *,
    title: str | None,
    authors: Sequence[str],
    captions: Sequence[str],
    json_body: str | None,
    learned: Set[str],
) -> Body:
    """The best candidate. `everything` and `kept` are as `elements` gives them, the others as in `read`."""
    here = everything[0] if kept else container.find(everything[0])
    found = blocks(here)
    press = is_press(doc)
    if not press and restored(here):
        found = blocks(here)

    def told_by(some: list[Block]) -> list[Block]:
        return story(some, here, title=title, authors=authors, captions=captions, site=site_of(doc.url), press=press)

    known = Known(learned)
    fresh = [block for block in found if not known.holds(block.text)]
    again = len(fresh) < len(found)
    found = told_by(found)
    if again and furniture.is_enough(lines_of(left := told_by(fresh)), lines_of(found)):
        found = left
    published_text = "\n\n".join(known.without(told.plain(json_body or "").split("\n\n")))
    if published_text:
        found = told.aligned(found, published_text)
    if not kept:
        found = opening(here, title=key(title or ""), descriptions=descriptions_of(doc), press=press) + found
    own = "\n\n".join(block.text for block in found)
    source = "rule" if kept else "container"
    tried = [(source, len(own))]
    if kept and own:
        return Body(own, source, repr(here), tuple(tried), tuple(known.met))
    if published_text:
        tried.append(("json-ld articleBody", len(published_text)))
        if len(published_text) > 2 * len(own) and len(shingles(published_text)) > 2 * len(shingles(own)):
            return Body(published_text, "json-ld articleBody", repr(here), tuple(tried), tuple(known.met))
    if len(own) < CONFIDENT and not (len(own) >= SHORT and is_sure(here, everything)):
        linked = {key(block.text) for block in blocks(everything[0]) if block.linked >= 0.9 * block.chars}
        other = "\n\n".join(known.without(second_opinion(doc, linked | set(map(key, captions)))))
        tried.append(("trafilatura", len(other)))
        if is_better(other, own):
            return Body(other, "trafilatura", "", tuple(tried), tuple(known.met))
    return Body(own, source, repr(here), tuple(tried), tuple(known.met))


def is_sure(here: dom.Element, everything: list[dom.Element]) -> bool:
    """The container is called the story's text, or holds most of all running text: then a short story is short."""
    weight = everything[0].weight + sum(element.weight for element in everything if element.dropped)
    return is_marked(here.names) or here.weight >= MOST * weight


def is_better(other: str, own: str) -> bool:
    """The second opinion reads another, longer part of the page, or so much more that ours must have lost the story.

    Only its running text counts: a whole page with its menus is longer than any story.
    """
    more = sum(len(line) for line in other.splitlines() if len(line) >= dom.SHORTEST_RUN)
    if more <= 1.3 * len(own):
        return False
    ours = shingles(own)
    return more > 2.5 * len(own) or len(ours & shingles(other)) < 0.3 * len(ours)


def second_opinion(doc: Page, known: set[str]) -> list[str]:
    """The paragraphs that trafilatura finds on the page, without lines `known` to be no text."""
    lines = (line.strip() for line in trafilatura_door.text_of(doc.html).splitlines())
    return [line for line in lines if line and key(line) not in known]


def seen(
    doc: Page, *, title: str | None, authors: Sequence[str], keep: str | None = None, drop: Sequence[str] = ()
) -> Seen:
    """The blocks of a page before any is judged, to learn its source's furniture from. Arguments as in `read`."""
    everything, kept = elements(doc, title, keep, drop)
    try:
        here = everything[0] if kept else container.find(everything[0])
        return furniture.seen(doc.url, authors, blocks(here), here)
    finally:
        dom.let_go(everything)


def elements(doc: Page, title: str | None, keep: str | None, drop: Sequence[str]) -> tuple[list[dom.Element], bool]:
    """The elements where the text can stand, the root first; and whether they are those that `keep` selects."""
    for selector in drop:
        for node in doc.tree.css(selector):
            node.decompose()
    kept = dom.build(doc.tree, keep) if keep else []
    everything = kept or dom.build(doc.tree)
    prune.prune(everything, key(title or ""))
    return everything, bool(kept)


def lines_of(found: list[Block]) -> list[str]:
    """The texts of blocks."""
    return [block.text for block in found]


def is_press(doc: Page) -> bool:
    """The page calls itself a newspaper's article (schema.org NewsArticle and its subtypes)."""
    return any("NewsArticle" in str(found.get("@type")) for found in doc.json_ld)


def descriptions_of(doc: Page) -> set[str]:
    """What the page says it is about, as `blocks.key` gives it."""
    told = [value for name in DESCRIPTIONS for value in doc.meta.get(name, ())]
    told += [value for found in doc.json_ld if isinstance(value := found.get("description"), str)]
    return {key(value) for value in told} - {""}


def site_of(url: str) -> str:
    """The host of an address, without a leading www."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")
