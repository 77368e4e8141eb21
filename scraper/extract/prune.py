"""Which elements are clearly not the story's text: told by markup first, then by what the page's author called them."""

from __future__ import annotations

import re
from collections.abc import Callable

from scraper.extract.blocks import HEADINGS, blocks, key
from scraper.extract.dom import Element, tags
from scraper.extract.naming import is_comments, is_marked, named_not_text

NOT_TEXT_TAGS = tags("nav footer aside form menu address figcaption button dialog search fieldset label legend")
NOT_TEXT_ROLES = re.compile(
    r" (?:navigation|banner|complementary|contentinfo|search|dialog|alertdialog|alert|menu|menubar|toolbar|tablist|"
    r"tooltip|status) "
)
HEADLINE = 15
"""Characters of a link that make it a headline and not a name."""

MARKED_TEXT = 120
"""Running text that makes an element with the right name a story."""

MAX_SHARE = 0.4
"""A part that holds more of the story than this is not dropped for its name: names lie ("has-sidebar")."""


def prune(everything: list[Element], title: str) -> None:
    """Mark what is not the text of an article. `everything` is as `dom.build` gives it, `title` as `blocks.key`."""
    root = everything[0]
    headline = headline_path(root, everything, title)
    drop_where(root, headline, lambda element: "comments" if element.names and is_comments(element.names) else None)
    limit = max(root.weight * MAX_SHARE, 200)
    safe = headline | protected(root, everything)
    # Beside a short story that is marked as such, lists of teasers may be most of a page.
    told = any(element.weight >= MARKED_TEXT and is_marked(element.names) for element in everything if element.names)
    teasers = root.weight if told else 1.6 * limit
    drop_where(root, safe, lambda element: verdict(element, limit, teasers))


def drop_where(root: Element, safe: set[Element], judge: Callable[[Element], str | None]) -> None:
    """Mark every element that `judge` gives a reason against, `safe` ones excepted; its weight goes off those above."""
    gone: list[Element] = []
    stack: list[Element] = [root]
    while stack:
        element = stack.pop()
        if element.dropped:
            continue
        if element not in safe:
            element.dropped = judge(element)
        if element.dropped:
            gone.append(element)
        elif element.tag != "pre":  # names inside code tell its syntax: "token comment"
            stack.extend(child for child in element.children if not isinstance(child, str))
    for element in gone:
        if element.weight:
            for above in element.ancestors():
                above.weight -= element.weight


def protected(root: Element, everything: list[Element]) -> set[Element]:
    """What holds the marked-up text: such an element is not dropped, whatever its name."""
    marked = [element for element in everything if element.names and not element.dropped and is_marked(element.names)]
    makes = {element.names for element in marked if element.weight > 0.25 * root.weight}
    safe = {root}
    for element in marked:
        if element.names in makes or (makes and element.weight and "article body" in element.names):
            safe.add(element)
            safe.update(element.ancestors())
    return safe


def headline_path(root: Element, everything: list[Element], title: str) -> set[Element]:
    """The headline and what it stands in."""
    path = {root}
    for element in everything:
        if element.tag == "h1" and title and similar(element, title):
            path.add(element)
            path.update(element.ancestors())
    return path


def similar(heading: Element, title: str) -> bool:
    """The heading says the title, perhaps with a little more or less."""
    words = key(" ".join(block.text for block in blocks(heading)))
    return bool(words) and (words in title or title in words)


def verdict(element: Element, limit: float, teasers: float) -> str | None:
    """Why this element is not text, or None; up to `teasers` of running text may stand in a list of them."""
    chars = element.chars
    if chars == 0:
        return None
    names, tag = element.names, element.tag
    if element.weight > limit:
        return "teasers" if element.weight < teasers and is_teaser_list(element) else None
    if tag in NOT_TEXT_TAGS:
        return f"<{tag}>"
    if names:
        reason = named_not_text(names)
        if reason:
            return reason
    role = element.attrs.get("role")
    if role and NOT_TEXT_ROLES.search(f" {role} "):
        return f"role {role}"
    if tag in ("ul", "ol", "div", "section", "dl", "table") and element.linked > 0.6 * chars:
        return "links"
    return "teasers" if is_teaser_list(element) else None


def is_teaser_list(element: Element) -> bool:
    """Three or more parts of one make, nearly each a linked headline of the site with perhaps an excerpt."""
    if element.linked < 3 * HEADLINE or element.tag not in ("div", "section", "ul", "ol", "main", "aside"):
        return False
    parts = [child for child in element.children if not isinstance(child, str) and child.chars]
    if len(parts) < 3 or len({(part.tag, part.names) for part in parts}) > 2:
        return False
    return sum(map(is_teaser, parts)) >= 0.8 * len(parts)


def is_teaser(part: Element) -> bool:
    """One linked headline, to a page of the same site, and not much more."""
    if part.chars > 700 or part.linked < HEADLINE:
        return False
    headings = [below for below in part.elements() if below.tag in HEADINGS and not below.dropped]
    if len(headings) != 1 or headings[0].chars < HEADLINE:
        return False
    heading = headings[0]
    linked = heading.linked >= 0.9 * heading.chars or any(above.tag == "a" for above in heading.ancestors())
    links = [below for below in part.elements() if below.tag == "a"]
    links += [above for above in part.ancestors() if above.tag == "a"]
    return linked and any(is_own(link.attrs.get("href") or "") for link in links)


def is_own(href: str) -> bool:
    """An address of another page, written without a host or with one; "#part" and "mailto:" are none."""
    return len(href) > 1 and href[0] != "#" and not href.startswith(("mailto:", "tel:", "javascript:"))
