"""The lines of text that stand around the headline, where byline and date are printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

# Bylines stood within 30 lines after the headline on all pages that were looked at, share and menu lines included.
LINES_AFTER = 45
LINES_BEFORE = 12
LONG = 220  # characters of a line that is a paragraph of the story, not a byline
PARAGRAPHS = 3  # after so many of those the story has begun
MAX_PIECES = 100  # inline elements of one line that are looked at,
MAX_TEXT = 3_000  # and characters of it: a longer one is the story
MAX_STEPS = 60_000  # nodes looked at

INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "mark",
        "nobr",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
        "label",
    ]
)
_SILENT = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "select",
        "option",
        "iframe",
        "textarea",
        "head",
        "title",
        "object",
    ]
)


# "xl:menu", "group-[.nav]", "w-1/2", "pointer-events-none": how utility classes are written, which name nothing.
_STYLING = re.compile(r"[\[\]:/%]|^pointer-events|\spointer-events")


@dataclass(frozen=True, slots=True)
class Line:
    """One block of text.

    text      its words, pieces joined by a space
    pieces    the text of its inline elements in order
    links     (address, text) of the links in it
    names     class, id, itemprop, rel and test id of its element, those in it and the two around it; lower case
    outer     the same of the three elements around those
    times     the datetime attributes of time elements in it
    distance  how many lines after the headline it stands; negative before it
    """

    text: str
    pieces: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    names: str
    outer: str
    times: tuple[str, ...]
    distance: int


def around(tree: LexborHTMLParser, headline: LexborNode | None) -> tuple[Line, ...]:
    """The lines near the headline in the order of the page; from the top of the page when nothing prints a headline."""
    blocks: list[_Block] = []
    found = 0 if headline is None else None
    after = paragraphs = 0
    inside = frozenset({headline.mem_id, *(node.mem_id for node in headline.css("*"))} if headline is not None else ())
    for block in _blocks(_nodes(tree.body, headline), inside):
        if block.headline:
            found = len(blocks)
            after = paragraphs = 0
            continue
        blocks.append(block)
        if found is None:
            if len(blocks) > 4 * LINES_BEFORE:
                del blocks[:-LINES_BEFORE]
            continue
        after += 1
        paragraphs += sum(map(len, block.pieces)) > LONG
        if after >= LINES_AFTER or paragraphs > PARAGRAPHS:
            break
    if found is None:
        return ()
    first = max(0, found - LINES_BEFORE)
    known: dict[int, str] = {}
    return tuple(block.line(i - found + (i >= found), known) for i, block in enumerate(blocks[first:], first))


class _Block:
    """A line while it is being read."""

    __slots__ = ("anchors", "headline", "pieces", "root", "seen", "times")

    def __init__(self, root: LexborNode, headline: bool) -> None:
        self.root = root
        self.headline = headline
        self.pieces: list[str] = []
        self.anchors: list[tuple[str, str]] = []
        self.times: list[str] = []
        self.seen: list[LexborNode] = []

    def line(self, distance: int, known: dict[int, str]) -> Line:
        """The finished line. `known` remembers what elements around several lines call themselves."""
        whole = _linking(self.root)
        if whole is not None:
            address = whole.attributes.get("href") or ""
            self.anchors = [(address, piece) for piece in self.pieces]
        names = list(map(naming, self.seen[:MAX_PIECES]))
        outer: list[str] = []
        node: LexborNode | None = self.root
        for level in range(6):
            if node is None or node.tag in {"body", "main", "html"}:
                break
            identifier = node.mem_id
            name = known.get(identifier)
            if name is None:
                name = known[identifier] = naming(node)
            (names if level < 3 else outer).append(name)
            node = node.parent
        return Line(
            " ".join(self.pieces[:MAX_PIECES])[:MAX_TEXT],
            tuple(self.pieces[:MAX_PIECES]),
            tuple(self.anchors[:MAX_PIECES]),
            " ".join(filter(None, names)),
            " ".join(filter(None, outer)),
            tuple(self.times[:MAX_PIECES]),
            distance,
        )


def naming(node: LexborNode) -> str:
    """What an element calls itself, in lower case; classes that only style it ("md:flex") are left out."""
    attributes = node.attributes
    if not attributes:
        return ""
    named = " ".join(
        value for name in ("class", "id", "itemprop", "rel", "data-testid") if (value := attributes.get(name))
    )
    if _STYLING.search(named):
        named = " ".join(word for word in named.split() if not _STYLING.search(word))
    return named.lower()


def _blocks(nodes: Iterator[LexborNode], headline: frozenset[int]) -> Iterator[_Block]:
    current: _Block | None = None
    current_id = -1
    for node in nodes:
        if node.tag == "-text":
            text = " ".join((node.text_content or "").split())
            if not text:
                continue
            inline, parent = _holders(node)
            if parent is None:
                continue
            identifier = parent.mem_id
            if identifier != current_id:
                if current is not None:
                    yield current
                current, current_id = _Block(parent, identifier in headline), identifier
            assert current is not None
            current.pieces.append(text)
            for element in inline:
                current.seen.append(element)
                if element.tag == "a":
                    current.anchors.append((element.attributes.get("href") or "", text))
                elif element.tag == "time":
                    current.times.append(element.attributes.get("datetime") or "")
    if current is not None:
        yield current


def _holders(text: LexborNode) -> tuple[list[LexborNode], LexborNode | None]:
    """The inline elements around a run of text, innermost first, and the element that makes a block of it."""
    inline: list[LexborNode] = []
    parent = text.parent
    while parent is not None and parent.tag in INLINE:
        inline.append(parent)
        parent = parent.parent
    return inline, parent


def _linking(node: LexborNode) -> LexborNode | None:
    """The link that a block stands in: cards link a whole element."""
    above: LexborNode | None = node
    for _ in range(4):
        if above is None or above.tag == "a":
            return above
        above = above.parent
    return None


def _nodes(root: LexborNode | None, headline: LexborNode | None) -> Iterator[LexborNode]:
    """What stands in the body in the order of the page, without going into what is silent.

    It begins where enough lines before the headline stand: a page may have thousands of links in menus above it.
    """
    if root is None:
        return
    node = root.first_child
    above: list[LexborNode] = []
    if headline is not None:
        node = _some_lines_before(headline, root)
        parent = node.parent
        while parent is not None and parent.mem_id != root.mem_id:
            above.append(parent)
            parent = parent.parent
        above.reverse()
    for _ in range(MAX_STEPS):
        if node is None:
            if not above:
                return
            node = above.pop().next
            continue
        yield node
        if node.tag in _SILENT or (child := node.first_child) is None:
            node = node.next
        else:
            above.append(node)
            node = child


def _some_lines_before(headline: LexborNode, root: LexborNode) -> LexborNode:
    """Where to begin so that at least LINES_BEFORE whole lines stand before the headline; the page's first node."""
    node, lines, holder = headline, 0, -1
    for _ in range(MAX_STEPS):
        before = node.prev
        if before is None:
            above = node.parent
            if above is None or above.mem_id == root.mem_id:
                break
            node = above
            continue
        node = before
        while node.tag not in _SILENT and (last := node.last_child) is not None:
            node = last
        if node.tag == "-text" and not (node.text_content or "").isspace():
            _, block = _holders(node)
            if block is not None and block.mem_id != holder:
                holder = block.mem_id
                lines += 1
                if lines > LINES_BEFORE + 1:  # the one that is begun with may be cut in two
                    break
    return node
