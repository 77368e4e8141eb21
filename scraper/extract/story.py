"""Which blocks of the container are the story: paragraphs stand together, what stands beside them is a box."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from scraper.extract import calendars
from scraper.extract.blocks import HEADINGS, Block, key
from scraper.extract.dom import SHORTEST_RUN, Element, tags

KEPT_BOXES = tags("p ul ol dl table blockquote pre h1 h2 h3 h4 h5 h6 details li")
"""Parts of a text by their nature, wherever they stand."""

LOOSE_TAGS = tags("div section span article header footer small center main a")

SMALL = 200
"""Characters up to which a box may be a caption, a note or a plea; pleas with a form may be longer."""

SMALL_FORM = 700

HEADLINE = 20
"""Characters of a link that make it a headline and not a name."""

CREDIT = 40
"""Characters of a credit behind a caption."""

MAX_COMPARED = 5_000
"""Blocks that are compared with each other; each is looked for in the whole text."""

LABEL = re.compile(r"^[^:|：]{1,40}[:|：]")
RIGHTS = re.compile(r"^\W*(?:©|\(c\)|copyright\b)", re.I)


def story(
    found: list[Block],
    here: Element,
    *,
    title: str | None,
    authors: Sequence[str] = (),
    captions: Sequence[str] = (),
    site: str = "",
    press: bool = False,
) -> list[Block]:
    """The blocks without headline, byline, captions, teasers, notes and boxes."""
    headline = key(title or "")
    names = {key(name) for name in authors} - {""}
    known_captions = {key(caption) for caption in captions} - {""}
    spine = spine_of(found, here)
    loose = [
        block.element in spine or (block.element.parent in spine and block.tag not in LOOSE_TAGS) for block in found
    ]
    prose = [i for i, block in enumerate(found) if loose[i] and block.chars >= 60 and block.tag not in HEADINGS]
    first, last = (prose[0], prose[-1]) if prose else (0, len(found))
    total = sum(block.chars for block in found)
    in_paragraphs = sum(block.chars for block in found if block.tag == "p") > 0.8 * total
    few = max(SMALL, 0.35 * total)
    top = next((i for i, block in enumerate(found) if block.tag == "h1" and key(block.text) == headline), 0)
    kept: list[Block] = []
    for i, block in enumerate(found):
        if i < top and block.chars < SHORTEST_RUN:  # the section's name above the headline
            continue
        said = key(block.text)
        if i < first and (said == headline or is_date(block.text)):
            continue
        if block.tag in HEADINGS and (headline == said or (block.tag == "h1" and (i < first or says(said, headline)))):
            continue
        if (
            block.orphan
            or is_caption(said, known_captions)
            or is_byline(said, names)
            or is_teaser(block, site, after=i > last)
        ):
            continue
        if i > last and RIGHTS.search(block.text):
            continue
        if not loose[i]:
            box = box_of(block, spine)
            if box.tag not in KEPT_BOXES and is_beside(box, few if press and i > first else SMALL, after=i > last):
                continue
        if press and in_paragraphs and block.tag in LOOSE_TAGS and block.chars < 60:
            continue
        kept.append(block)
    kept = without_pull_quotes(kept, spine)
    while kept and (is_heading(kept[-1]) or (press and is_note(kept[-1]))):
        kept.pop()
    return kept


def is_heading(block: Block) -> bool:
    """A heading that stands over something; one in a list is an item of it."""
    return block.tag in HEADINGS and (block.element.parent is None or block.element.parent.tag != "li")


def is_note(block: Block) -> bool:
    """An editor's note: a paragraph set wholly in italics. Newspapers put them behind the story."""
    return block.tag == "p" and block.chars < 250 and block.slanted >= 0.9 * block.chars


def spine_of(found: list[Block], here: Element) -> set[Element]:
    """The elements that hold the story's paragraphs, and all above them up to the container.

    Paragraphs of one story stand in parents of the same make; what stands elsewhere is a box.
    """
    holding: Counter[Element] = Counter()
    for block in found:
        if block.chars - 2 * block.linked >= SHORTEST_RUN and block.tag not in HEADINGS | {"li", "td", "th"}:
            parent = block.element.parent if block.tag == "p" else block.element
            holding[parent or here] += block.chars
    makes: Counter[tuple[str, str]] = Counter()
    for element, chars in holding.items():
        makes[element.tag, element.names] += chars
    total = sum(makes.values())
    spine = {here}
    for element in holding:
        if makes[element.tag, element.names] >= 0.25 * total:
            while element not in spine:
                spine.add(element)
                element = element.parent or here
    for block in found:  # the short paragraphs among them
        holder = block.element.parent
        if block.tag != "p" or holder is None or not holder.names or holder.parent not in spine:
            continue
        if makes[holder.tag, holder.names] >= 0.25 * total:
            spine.add(holder)
    return spine


def restored(here: Element) -> bool:
    """Take lists of links back that are part of a text: they stand between its paragraphs. True where one was."""
    order = list(here.elements())
    prose = [i for i, part in enumerate(order) if is_prose(part)]
    taken = False
    for part in order[prose[0] : prose[-1]] if prose else ():
        if is_part(part) and not any(above.dropped for above in part.ancestors()):
            part.dropped = None
            taken = True
    return taken


def is_part(part: Element) -> bool:
    """A dropped list of links, or an aside that says something: between paragraphs they belong to the text."""
    if part.dropped == "links":
        return part.tag in ("ul", "ol")
    return part.dropped == "<aside>" and part.weight >= 60 and part.linked < 0.2 * part.chars and not part.asks


def is_prose(part: Element) -> bool:
    """A paragraph of running text."""
    return part.tag == "p" and not part.dropped and part.chars >= 60 and part.linked < 0.5 * part.chars


def box_of(block: Block, spine: set[Element]) -> Element:
    """The outermost element around a block that stands beside the spine."""
    box = block.element
    while box.parent is not None and box.parent not in spine:
        box = box.parent
    return box


def is_beside(box: Element, small: float, *, after: bool) -> bool:
    """A picture with its caption, a form with its plea, a short note behind the last paragraph."""
    if box.asks and box.chars < SMALL_FORM:
        return True
    if box.shows and (box.chars < small or after):
        return True
    return after and box.chars < SMALL


def is_teaser(block: Block, site: str, *, after: bool) -> bool:
    """A line that is nothing but a link to another story of the site: "Read more: ..."."""
    if block.tag not in ("p", "div", "span", "section") or not block.linked:
        return False
    if block.href[:1] == "#" and block.linked == block.chars:
        return True  # "Skip past the advertisement"
    if leads_away(block.href, site) and not after:
        return False
    label = LABEL.search(block.text)
    if label and block.linked >= HEADLINE and block.linked + len("".join(label[0].split())) >= 0.95 * block.chars:
        return True
    return block.linked >= 0.8 * block.chars and (block.chars < SHORTEST_RUN or after or label is not None)


def leads_away(href: str, site: str) -> bool:
    """The address is one of another site; `site` is the host of the page without www."""
    try:
        host = urlsplit(href).hostname if "//" in href[:12] else None
    except ValueError:
        return False  # "http://[" leads nowhere
    return bool(host) and bool(site) and not (f".{host}".endswith(f".{site}") or f".{site}".endswith(f".{host}"))


def is_caption(said: str, captions: set[str]) -> bool:
    """The line is a picture's caption, perhaps with a credit behind it."""
    if said in captions:
        return True
    return any(
        len(caption) >= SHORTEST_RUN and said.startswith(caption) for caption in captions if is_most(caption, said)
    )


def is_most(part: str, whole: str) -> bool:
    """Hardly more than the part is left for something else."""
    return len(whole) <= len(part) + CREDIT


def is_date(text: str) -> bool:
    """The line says when, and hardly more."""
    if len(text) > 60 or not any(map(str.isdecimal, text)):
        return False
    return any(len(raw) >= 0.45 * len(text) for _, raw in calendars.stated(text))


def is_byline(said: str, names: set[str]) -> bool:
    """The line is an author's name, with a word or two around it."""
    return any(name in said and len(said) <= len(name) + 4 for name in names)


def says(said: str, headline: str) -> bool:
    """The words of one are part of the other."""
    return bool(said) and (said in headline or (bool(headline) and headline in said))


def without_pull_quotes(kept: list[Block], spine: set[Element]) -> list[Block]:
    """Without sentences set a second time as an ornament: boxed or quoted, and word for word in a paragraph."""
    if len(kept) > MAX_COMPARED:
        return kept
    running = "\n".join(key(block.text) for block in kept if block.element.parent in spine and block.tag == "p")
    return [
        block
        for block in kept
        if block.element.parent in spine
        or block.element in spine
        or block.tag in HEADINGS | {"li", "td", "th"}
        or not 30 <= block.chars <= 400
        or key(block.text) not in running
    ]
