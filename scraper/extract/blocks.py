"""Runs of text as a reader sees them: a paragraph, a heading, a list item, a table row.

Inline markup never splits a word (`<b>Wo</b>rd` is one word), a line break does, and white space is folded as a
browser folds it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scraper.extract.dom import BLOCKS, Element, tags

SLANTED = frozenset({"em", "i"})
WORD = re.compile(r"\w+")
SENTENCE = re.compile(r"[.!?…。！？।॥။۔؟።។៕][\"'»”’」』)]*$")
"""How a sentence ends, quoted or not."""

HEADINGS = tags("h1 h2 h3 h4 h5 h6")


@dataclass(slots=True)
class Block:
    """One run of text.

    element   the innermost block element that holds it
    text      white space folded; lines of one block are parted by a newline
    linked    characters of it inside links
    chars     characters of it, white space not counted
    href      where its last link leads
    slanted   characters of it in italics
    orphan    what it announced was dropped: a heading right before a list of links
    """

    element: Element
    text: str
    linked: int
    chars: int
    href: str = ""
    slanted: int = 0
    orphan: bool = False

    @property
    def tag(self) -> str:
        """The tag of the block element that holds it."""
        return self.element.tag


def blocks(root: Element) -> list[Block]:
    """The blocks of an element, in order; dropped elements are left out."""
    found: list[Block] = []
    pieces: list[str] = []
    linked = 0
    holder = root
    depth_in_link = depth_in_slant = slanted = 0
    numbers: dict[Element, int] = {}
    number = href = ""

    def flush() -> None:
        nonlocal linked, number, href, slanted
        if pieces:
            text = folded("".join(pieces), pre=holder.tag == "pre")
            if text:
                text, number = number + text, ""
                found.append(Block(holder, text, linked, len("".join(text.split())), href, slanted))
            pieces.clear()
        linked, slanted, href = 0, 0, ""

    # An explicit stack of (element, index of the next child): a page may nest deeper than Python recurses.
    stack: list[tuple[Element, int]] = [(root, 0)]
    while stack:
        element, at = stack.pop()
        children = element.children
        descended = False
        while at < len(children):
            child = children[at]
            at += 1
            if isinstance(child, str):
                pieces.append(child)
                if depth_in_link:
                    linked += len("".join(child.split()))
                if depth_in_slant:
                    slanted += len("".join(child.split()))
                continue
            if child.dropped:
                if child.tag in BLOCKS:
                    flush()
                    if found and announces(found[-1], child, children[max(0, at - 3) : at - 1]):
                        found[-1].orphan = True
                continue
            if child.tag == "br":
                pieces.append("\x00")
                continue
            stack.append((element, at))
            if child.tag in BLOCKS:
                flush()
                holder = child
                if child.tag == "li" and element.tag == "ol":
                    numbers[element] = numbers.get(element, first_number(element) - 1) + 1
                    number = f"{numbers[element]}. "
            elif child.tag in SLANTED:
                depth_in_slant += 1
            elif child.tag == "a":
                depth_in_link += 1
                href = child.attrs.get("href") or ""
            stack.append((child, 0))
            descended = True
            break
        if descended:
            continue
        if element.tag == "a":
            depth_in_link -= 1
        elif element.tag in SLANTED:
            depth_in_slant -= 1
        elif element.tag in BLOCKS:
            flush()
            if element.tag == "li":
                number = ""
            holder = next((above for above, _ in reversed(stack) if above.tag in BLOCKS), root)
    flush()
    return found


def announces(block: Block, dropped: Element, before: list[Element | str]) -> bool:
    """A short line that stands directly before a dropped list of links; `before` are the siblings before the list.

    A paragraph that is a whole sentence announces nothing: a story may be interrupted by such a list.
    """
    if block.tag == "p" and SENTENCE.search(block.text):
        return False
    if block.chars > 60 or dropped.linked < 0.4 * dropped.chars or dropped.chars < 30:
        return False
    for sibling in reversed(before[-2:]):
        if not (isinstance(sibling, str) and sibling.isspace()):
            return sibling is block.element
    return False


def first_number(element: Element) -> int:
    """The number of an ordered list's first item."""
    start = element.attrs.get("start") or ""
    return int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1


def folded(text: str, *, pre: bool = False) -> str:
    """White space folded, NUL marks (line breaks) as newlines, no empty line."""
    if pre:
        return text.replace("\x00", "\n").strip()
    if "\x00" not in text:
        return " ".join(text.split())
    lines = (" ".join(line.split()) for line in text.split("\x00"))
    return "\n".join(line for line in lines if line)


def key(text: str) -> str:
    """The words of a text, for comparing: case and punctuation do not count."""
    return " ".join(WORD.findall(text.lower()))
