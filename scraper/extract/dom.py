"""A page's tree as plain Python values, small enough to be weighed many times.

One walk over lexbor's tree leaves out what can never be text (scripts, forms, players, hidden parts) and counts, for
every element, how much text stands in it and how much of that is linked. Nothing here recurses: a page may nest
100,000 levels deep.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.extract.naming import name_string

MAX_NODES = 150_000
"""Nodes that are read of one page; the largest article seen while this was written had 30,000."""

MAX_DEPTH = 256
"""Text of deeper elements is read as text of the one at this depth; browsers stop nesting at 512."""


def tags(names: str) -> frozenset[str]:
    """A set of tag names."""
    return frozenset(names.split())


NEVER_TEXT = tags(
    "script style noscript template svg math iframe frame frameset object embed applet canvas video audio "
    "map area source track picture img input select option optgroup textarea datalist meter progress "
    "dialog link meta title base head param col colgroup"
)
BLOCKS = tags(
    "address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html li main menu nav ol p pre section summary "
    "table tbody td tfoot th thead tr ul caption legend search"
)
AROUND = tags("nav footer")
"""A third of a page's elements stand in these; they are read only where they hold what a story is made of."""

TOLD = "h1, article, main, p ~ p"
SHOWING = tags("img picture video audio iframe embed object")
ASKING = frozenset({"input", "textarea", "select"})
ASKED = tags("text email tel search password number url")
PROSE = frozenset({"p", "pre", "blockquote"})
SHORTEST_RUN = 40
"""Characters outside links that make a block running text; a shorter one may be a label as well."""

HIDING = frozenset({"hidden", "style"})
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)


class Element:
    """One element.

    names       words of its class, id and the like, in lower case: " article body "
    children    elements and runs of text, in order
    chars       characters of text in it, white space not counted
    linked      those of them inside links
    flow        those of them that stand in this block itself, not in a block below it
    linked_flow those of `flow` inside links
    weight      how much running text stands in it
    asks        fields in it that a reader can fill in
    shows       pictures and players in it
    """

    __slots__ = (
        "asks",
        "attrs",
        "chars",
        "children",
        "dropped",
        "flow",
        "linked",
        "linked_flow",
        "names",
        "parent",
        "shows",
        "tag",
        "weight",
    )

    def __init__(self, tag: str, attrs: dict[str, str | None], parent: Element | None) -> None:
        self.tag = tag
        self.attrs = attrs
        self.parent = parent
        self.names = name_string(attrs) if attrs else ""
        self.children: list[Element | str] = []
        self.chars = 0
        self.linked = 0
        self.flow = 0
        self.linked_flow = 0
        self.weight = 0.0
        self.asks = 0
        self.shows = 0
        self.dropped: str | None = None

    def __repr__(self) -> str:
        return f"<{self.tag} {self.names[:60]!r} {self.chars}>"

    def elements(self) -> Iterator[Element]:
        """Itself and every element below, in document order."""
        stack = [self]
        while stack:
            element = stack.pop()
            yield element
            stack.extend(child for child in reversed(element.children) if not isinstance(child, str))

    def ancestors(self) -> Iterator[Element]:
        """Its parent, the parent's parent, and so on."""
        element = self.parent
        while element is not None:
            yield element
            element = element.parent


def hidden(attrs: dict[str, str | None]) -> bool:
    """The page says that a reader does not see this element."""
    if "hidden" in attrs and attrs["hidden"] != "until-found":
        return True
    style = attrs.get("style")
    return bool(style) and HIDDEN_STYLE.search(style or "") is not None


def build(tree: LexborHTMLParser, selector: str | None = None) -> list[Element]:
    """The body of a parsed page, or what a CSS selector takes of it under one root; [] where it takes nothing.

    The root comes first, then every element below it in document order.
    """
    if selector is not None:
        tops = outermost(tree.css(selector))
        if not tops:
            return []
        root = Element("body", {}, None)
    else:
        body = tree.body
        root = Element("body", body.attributes if body is not None else {}, None)
        tops = [body] if body is not None else []
    order = [root]
    for top in tops:
        if selector is None:
            walk(top, root, order)
        else:
            taken = Element(top.tag or "div", top.attributes, root)
            root.children.append(taken)
            order.append(taken)
            walk(top, taken, order)
    weigh(order)
    return order


def let_go(order: list[Element]) -> None:
    """Undo the ties of elements that nobody needs any more.

    Each knows its parent and is known by it: such rings are left to the garbage collector, which took a tenth of all
    the time of reading a page.
    """
    for element in order:
        element.parent = None


def outermost(nodes: list[LexborNode]) -> list[LexborNode]:
    """The nodes that do not stand in another one of them."""
    known = {node.mem_id for node in nodes}
    found = []
    for node in nodes:
        above = node.parent
        while above is not None and above.mem_id not in known:
            above = above.parent
        if above is None:
            found.append(node)
    return found


def walk(top: LexborNode, root: Element, order: list[Element]) -> None:
    """Read what stands below a node into an element; every new element is added to `order`, parents first."""
    parent = root
    above: list[tuple[LexborNode, Element]] = []
    node = top.first_child
    budget = MAX_NODES - len(order)
    while budget > 0:
        if node is None:
            if not above:
                return
            last, parent = above.pop()
            node = last.next
            continue
        budget -= 1
        tag = node.tag
        if tag == "-text":
            text = node.text_content
            if text:
                parent.children.append(text)
                if chars := len("".join(text.split())):
                    parent.chars += chars
                    parent.flow += chars
        elif tag in AROUND and node.css_first(TOLD) is None:
            element = unread(tag, node, parent)
            parent.children.append(element)
            order.append(element)
        elif tag is None or tag in NEVER_TEXT or tag[0] in "-!":
            if tag in SHOWING:
                parent.shows += 1
            elif tag in ASKING and (tag != "input" or (node.attributes.get("type") or "text").lower() in ASKED):
                parent.asks += 1
        else:
            attrs = node.attributes
            if not attrs or (HIDING.isdisjoint(attrs) or not hidden(attrs)):
                above.append((node, parent))
                if len(above) <= MAX_DEPTH:
                    element = Element(tag, attrs, parent)
                    parent.children.append(element)
                    order.append(element)
                    parent = element
                node = node.first_child
                continue
        node = node.next


def unread(tag: str, node: LexborNode, parent: Element) -> Element:
    """An element that is dropped as it stands: only how much it says is counted."""
    element = Element(tag, {}, parent)
    element.dropped = f"<{tag}>"
    if tag == "nav":
        element.chars = element.linked = len("".join(node.text().split()))
    return element


def weigh(order: list[Element]) -> None:
    """Count upwards from the leaves; `order` has parents before their children."""
    for element in reversed(order):
        if element.tag == "a":
            element.linked = element.chars
            element.linked_flow = element.flow
        above = element.parent
        if element.tag in BLOCKS:
            plain = element.flow - 2 * element.linked_flow
            if plain >= SHORTEST_RUN:
                element.weight += plain if element.tag in PROSE else plain * 0.6
        elif above is not None:
            above.flow += element.flow
            above.linked_flow += element.linked_flow
        if above is not None:
            above.chars += element.chars
            above.linked += element.linked
            above.weight += element.weight
            above.asks += element.asks
            above.shows += element.shows
