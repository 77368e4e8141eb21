"""Section and home pages: which of their links are stories. The door to selectolax for whole pages.

There is no word list to know a story by. Each link is judged by its address (date, id, slug), the length of its text,
headings around it, its place on the page, and then by its likes: links that stand in the same place of the page's
structure, or whose addresses have the same shape, are usually of one kind.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from archive.records import Link
from scraper.address_facts import AddressFacts, address_facts
from scraper.address_forms import form
from scraper.discover.dates import DateReader
from scraper.discover.kinds import NoListing
from scraper.discover.pagers import next_page
from scraper.discover.sites import MAX_ADDRESS, same_site
from scraper.discover.text import collapsed
from scraper.discover.xmltext import unicode_text

MAX_ANCHORS = 10_000  # a front page has some hundreds
MAX_DEPTH = 5_000  # lexbor's time grows with the square of the depth: 0.05 s at this one, minutes at 300,000
MAX_TITLE = 400  # characters; longer is a whole teaser
HEADLINE = 24  # words; longer is a headline with its teaser
_CLIMB = 6  # ancestors that may be the box of one teaser
_STORY = 4  # points that make a link a story

_ASSET = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|css|js|json|xml|rss|atom|zip|gz|rar|mp[34]|m4[av]|webm|"
    r"mov|avi|wav|ogg|apk|exe|epub|txt|ics)$",
    re.IGNORECASE,
)
# Names that programs, not people, give to pages that are no stories; they are English on sites in every language.
_SERVICE = frozenset({
    "tag", "tags", "topic", "topics", "author", "authors", "writer", "writers", "profile", "profiles", "user",
    "users", "category", "categories", "cat", "section", "sections", "search", "login", "signin", "sign-in", "signup",
    "sign-up", "register", "registration", "account", "subscribe", "subscription", "subscriptions", "newsletter",
    "newsletters", "rss", "feed", "feeds", "share", "sharer", "about", "about-us", "contact", "contact-us", "privacy",
    "privacy-policy", "terms", "terms-of-use", "terms-of-service", "cookies", "cookie-policy", "imprint", "impressum",
    "advertise", "advertising", "jobs", "careers", "sitemap", "help", "faq", "cart",
    "checkout", "wp-login.php", "wp-admin", "wp-content", "comments", "epaper", "e-paper", "apps",
})  # fmt: skip
_CHROME = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|submenu|megamenu|breadcrumbs?|foot|footer|pager|pagination|social|share|"
    r"sharing|tags?|taglist|toolbar|topbar|login|byline|author|authors|lang|languages?|skip-link|copyright)(?:$|[\s_-])",
    re.IGNORECASE,
)
# Elements that stay open until their end tag.
_NESTING = re.compile(
    r"<(/?)(?:div|span|a|b|i|u|em|strong|font|small|big|s|ul|ol|dl|section|article|main|nav|header|footer|aside|form|"
    r"table|blockquote|figure|center|button|label|h[1-6]|svg|g|template|details|fieldset|object|[a-z]+-[a-z-]+)[\s>/]",
    re.IGNORECASE,
)
_DATED = "[class*=date],[class*=time],[class*=Date],[class*=publish],[class*=posted],[class*=created]"
_DIGITS = re.compile(r"\d+")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# Scripts written without spaces between words, where letters are counted instead.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
)


@dataclass(slots=True)
class _Candidate:
    """All anchors of a page that lead to one address."""

    url: str
    facts: AddressFacts
    anchors: list[LexborNode] = field(default_factory=list)
    title: str = ""
    headed: bool = False
    chrome: bool = True
    box: LexborNode | None = None
    points: int = 0


def read_section(body: bytes, url: str, selector: str | None = None, story_forms: Set[str] = frozenset()) -> list[Link]:
    """The stories a page links to, in its order, and then its next page (kind "listing") when it has one.

    selector      CSS: every link in what it matches is a story, and no other
    story_forms   forms of addresses that only stories of this newspaper have
    Raises NoListing for a selector that is none.
    """
    tree = parsed(body)
    base = base_address(tree, url)
    language = _language(tree)
    if selector is None:
        own = [found for found in _candidates(tree.css("a[href]"), base, url) if same_site(found.url, url)]
        chosen = [found for found in _judged(own) if found.points >= _STORY or _known(found, story_forms)]
    else:
        chosen = list(_candidates(_selected(tree, selector), base, url))
    _find_boxes(chosen)
    dates = DateReader()
    stories = [_link(candidate, language, dates) for candidate in chosen]
    older = next_page(tree, base, url)
    return [story for story in stories if story.url != older] + ([Link(url=older, kind="listing")] if older else [])


def parsed(body: bytes) -> LexborHTMLParser:
    """The tree of a page; bytes that are not Unicode are read as Windows-1252: links are ASCII. Raises NoListing."""
    text = unicode_text(body)
    if text is None:
        text = body.decode("windows-1252", "replace")
    if _depth(text) > MAX_DEPTH:
        raise NoListing("HTML nested too deeply")
    return LexborHTMLParser(text)


def _depth(text: str) -> int:
    """An upper bound of how deep the elements of a page are nested."""
    depth = deepest = 0
    for match in _NESTING.finditer(text):
        depth = max(depth - 1, 0) if match[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def base_address(tree: LexborHTMLParser, url: str) -> str:
    """What relative links of the page are relative to."""
    node = tree.css_first("base[href]")
    try:
        return urljoin(url, (node.attributes.get("href") or "").strip()) if node else url
    except ValueError:
        return url


def _selected(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    try:
        matched = tree.css(selector)
    except (SelectolaxError, ValueError) as error:
        raise NoListing(f"not a CSS selector: {selector}") from error
    return [anchor for node in matched for anchor in ([node] if node.tag == "a" else node.css("a[href]"))]


def _candidates(anchors: list[LexborNode], base: str, url: str) -> list[_Candidate]:
    here = urldefrag(url).url.rstrip("/")
    found: dict[str, _Candidate] = {}
    for anchor in anchors[:MAX_ANCHORS]:
        address = absolute(anchor.attributes.get("href"), base)
        if address is None or address.rstrip("/") == here or _ASSET.search(urlsplit(address).path):
            continue
        candidate = found.get(address)
        if candidate is None:
            candidate = found[address] = _Candidate(address, address_facts(address))
        candidate.anchors.append(anchor)
    for candidate in found.values():
        _read_anchors(candidate)
    return list(found.values())


def absolute(href: str | None, base: str) -> str | None:
    """An http(s) address without fragment, or None."""
    if not href or href.startswith("#"):
        return None
    try:
        address = urldefrag(urljoin(base, "".join(href.strip().splitlines()))).url
        host = urlsplit(address).hostname
    except ValueError:
        return None
    if len(address) > MAX_ADDRESS:
        return None
    return address if host and address.lower().startswith(("http://", "https://")) else None


def _read_anchors(candidate: _Candidate) -> None:
    """The best text that leads to the address, and where its anchors stand."""
    heading, text = "", ""
    for anchor in candidate.anchors:
        around = list(ancestors(anchor, 8))
        if not any(is_chrome(node) for node in [anchor, *around]):
            candidate.chrome = False
        inside = anchor.css_first("h1,h2,h3,h4,h5,h6")
        if inside is not None or any(node.tag in _HEADINGS for node in around[:3]):
            candidate.headed = True
            heading = max(heading, words_of(inside if inside is not None else anchor), key=len)
        text = max(text, _headline_in(anchor), key=len)
    title = heading or text
    if not title:
        image = next((image for anchor in candidate.anchors if (image := anchor.css_first("img[alt]"))), None)
        title = collapsed((image.attributes.get("alt") or "") if image else "")
    if not title:
        title = collapsed(candidate.anchors[0].attributes.get("title") or "")
    candidate.title = title


def _headline_in(anchor: LexborNode) -> str:
    """The text of a link; of a link around a whole teaser, its first part that is long enough for a headline."""
    node = anchor
    while True:
        parts = [(child, text) for child in node.iter() if (text := words_of(child))]
        if len(parts) != 1:
            break
        node = parts[0][0]
    whole = words_of(node)
    if len(parts) < 2 or text_length(whole) <= HEADLINE:
        return whole
    return next((text for _, text in parts if 4 <= text_length(text) <= HEADLINE), whole)


def ancestors(node: LexborNode, limit: int) -> Iterator[LexborNode]:
    """From the parent up."""
    parent = node.parent
    while parent is not None and limit > 0 and parent.tag not in ("body", "html"):
        yield parent
        parent, limit = parent.parent, limit - 1


def words_of(node: LexborNode) -> str:
    """Its text in one line."""
    return collapsed(node.text(deep=True, separator=" ")) if node.first_child is not None else ""


def is_chrome(node: LexborNode) -> bool:
    if node.tag in ("nav", "footer"):
        return True
    attributes = node.attributes
    if attributes.get("role") in ("navigation", "menu", "menubar", "contentinfo"):
        return True
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    return bool(_CHROME.search(names)) and node.tag not in ("main", "article", "body")


def _judged(candidates: list[_Candidate]) -> list[_Candidate]:
    if not candidates:
        return []
    for candidate in candidates:
        candidate.points = _points(candidate)
    places: dict[str, list[int]] = defaultdict(list)
    shapes: dict[str, list[int]] = defaultdict(list)
    for candidate in candidates:
        places[_place(candidate)].append(candidate.points)
        shapes[_shape(candidate.facts)].append(candidate.points)
    for candidate in candidates:
        candidate.points += _lean(places[_place(candidate)]) + _lean(shapes[_shape(candidate.facts)])
    return candidates


def _points(candidate: _Candidate) -> int:
    facts = candidate.facts
    if not facts.segments and facts.id is None:
        return -9
    length = text_length(candidate.title)
    points = 4 if length >= 10 else 3 if length >= 6 else 2 if length >= 4 else 0 if length == 3 else -1
    points += 2 if candidate.headed else 0
    points -= 3 if candidate.chrome else 0
    if facts.date:  # an address that is nothing but a date is a day's or a month's archive page
        points += -4 if not (facts.slug or facts.id) else 4 if len(facts.date) == 10 else 2
    points += 2 if facts.id else 0
    points += 3 if facts.words >= 6 else 2 if facts.words >= 4 else 1 if facts.words == 3 else 0
    points += 1 if re.search(r"\.\w?html?$", facts.segments[-1] if facts.segments else "") else 0
    points -= 2 if len(facts.segments) == 1 and facts.words <= 2 and not facts.id else 0
    points -= 4 if is_service(facts) else 0
    return points


def _known(candidate: _Candidate, story_forms: Set[str]) -> bool:
    """Has its address a form by which this newspaper's stories are known?"""
    named = bool(candidate.title) and not candidate.chrome and not is_service(candidate.facts)
    return named and bool(story_forms) and form(candidate.url) in story_forms


def is_service(facts: AddressFacts) -> bool:
    """Does a segment of the path name a page of the site's machinery: tag, author, login ...?"""
    return not _SERVICE.isdisjoint(segment.lower() for segment in facts.segments[:-1] or facts.segments)


def text_length(text: str) -> int:
    """Words, long compounds counting for more; in scripts without spaces, a word for every three letters."""
    letters = len(_UNSPACED.findall(text))
    rest = _UNSPACED.sub(" ", text) if letters else text
    return letters // 3 + max(len(rest.split()), round(len(rest.strip()) / 6.5))


def _lean(points: list[int]) -> int:
    """What a link's likes say of it: of three or more, most of them stories or most of them not."""
    if len(points) < 3:
        return 0
    stories = sum(value >= _STORY for value in points)
    return 1 if 3 * stories >= 2 * len(points) else -1 if 3 * stories <= len(points) else 0


def _place(candidate: _Candidate) -> str:
    """Where its first anchor stands: tags and classes (without numbers) of the nearest ancestors."""
    steps = [candidate.anchors[0], *ancestors(candidate.anchors[0], 3)]
    return ">".join(f"{node.tag}.{_DIGITS.sub('', node.attributes.get('class') or '')}" for node in steps)


def _shape(facts: AddressFacts) -> str:
    """The form of an address: depth, first segment, and what its last one is made of."""
    first = facts.segments[0] if len(facts.segments) > 1 and not facts.segments[0].isdigit() else ""
    return f"{len(facts.segments)} {first} {bool(facts.date)} {bool(facts.id)} {facts.words >= 3}"


def _find_boxes(candidates: list[_Candidate]) -> None:
    """For each story the largest element around it that holds no other story: its teaser."""
    stories: dict[int, Counter[str]] = defaultdict(Counter)
    for candidate in candidates:
        for anchor in candidate.anchors[:4]:
            for node in ancestors(anchor, _CLIMB):
                stories[node.mem_id][candidate.url] += 1
    for candidate in candidates:
        for node in ancestors(candidate.anchors[0], _CLIMB):
            if len(stories[node.mem_id]) > 1:
                break
            candidate.box = node


def _link(candidate: _Candidate, language: str | None, dates: DateReader) -> Link:
    title, published = candidate.title, None
    if candidate.box is not None:
        if text_length(title) < 4 and (heading := candidate.box.css_first("h1,h2,h3,h4,h5,h6")):
            title = max(title, words_of(heading), key=len)
        published = _date_near(candidate.box, language, dates)
    return Link(
        url=candidate.url,
        title=title[:MAX_TITLE].rstrip() or None,
        published=published or candidate.facts.date,
    )


def _date_near(box: LexborNode, language: str | None, dates: DateReader) -> str | None:
    for node in box.css("time"):
        found = dates.iso(node.attributes.get("datetime"), None, language) or dates.iso(words_of(node), None, language)
        if found:
            return found
    for node in box.css(_DATED)[:5]:
        if len(text := words_of(node)) <= 40 and (found := dates.iso(text, None, language)):
            return found
    return None


def _language(tree: LexborHTMLParser) -> str | None:
    node = tree.css_first("html[lang]")
    code = ((node.attributes.get("lang") or "") if node else "").strip().replace("_", "-").split("-")[0].lower()
    return code if 2 <= len(code) <= 3 and code.isascii() and code.isalpha() else None
