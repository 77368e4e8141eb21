"""Which JSON-LD object speaks of the story, and its values as plain Python ones."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from scraper.addresses import parse
from scraper.extract import jsonld
from scraper.extract.document import Document

Node = dict[str, Any]

_STORY = re.compile(r"(?:article|posting|report|review|recipe|story|analysis|opinion|factcheck|claimreview)$", re.I)
_MEDIA = re.compile(r"(?:videoobject|audioobject|podcastepisode|imagegallery|mediagallery|newsvideo)$", re.I)
_PAGE = re.compile(r"(?:webpage|itempage|howto|faqpage|qapage|event|product|course|creativework)$", re.I)
_NESTS = ("mainEntity", "mainEntityOfPage", "hasPart", "subjectOf", "about")
_SPACE = re.compile(r"\s+")
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]")
# UTF-8 that was read as Latin-1 and written as UTF-8 again; what is left of it in C1 controls no text has otherwise.
_TWICE_ENCODED = re.compile(
    "[\u00c2-\u00df][\u0080-\u009f]|[\u00e0-\u00ef](?:[\u0080-\u009f][\u0080-\u00bf]|[\u0080-\u00bf][\u0080-\u009f])"
)
_TAG = re.compile(r"<[a-zA-Z/][^<>]{0,300}>")


def plain(value: str) -> str:
    """One line of text: entities read (also those escaped twice), tags and invisible characters gone, spaces folded."""
    if "&" in value:
        value = html.unescape(html.unescape(value))
    if "<" in value:
        value = _TAG.sub(" ", value)
    if not value.isascii():
        value = _TWICE_ENCODED.sub(_once, _INVISIBLE.sub("", value))
    return _SPACE.sub(" ", value).strip()


def _once(match: re.Match[str]) -> str:
    return match[0].encode("latin-1").decode("utf-8", "replace")


def types(node: Node) -> list[str]:
    """The names of its @type without the namespace."""
    value = node.get("@type")
    return [str(name).rsplit("/", 1)[-1].rsplit(":", 1)[-1] for name in (value if isinstance(value, list) else [value])]


def many(value: Any) -> Iterator[Any]:
    """The values of a property that may be one, a list, or nothing; @list and @set are opened."""
    if isinstance(value, dict) and ("@list" in value or "@set" in value):
        value = value.get("@list", value.get("@set"))
    if isinstance(value, list):
        for item in value:
            yield from many(item)
    elif value not in (None, ""):
        yield value


def strings(value: Any) -> list[str]:
    """The texts of a property: plain strings, and the `@value` or name of objects."""
    found = []
    for item in many(value):
        if isinstance(item, dict):
            item = item.get("@value", item.get("name"))
            item = next((text for text in many(item) if isinstance(text, str)), None)
        if isinstance(item, str | int | float) and not isinstance(item, bool) and plain(str(item)):
            found.append(plain(str(item)))
    return found


def string(node: Node, *names: str) -> str | None:
    """The first text of the first of these properties that has one."""
    for name in names:
        for text in strings(node.get(name)):
            return text
    return None


def absolute(url: str, base: str) -> str | None:
    """An address on a page in full, read as browsers read it; None when it is malformed or not http(s)."""
    address = parse(url, base)
    return address.href if address is not None else None


class Structured:
    """What the JSON-LD of a page says, with references (@id) followed.

    story    the object that describes the story of this page; {} when there is none
    stories  all objects that may, best first
    """

    def __init__(self, document: Document) -> None:
        self.nodes = list(_opened(document.json_ld))
        if not any("datePublished" in node for node in self.nodes):
            # Beside a story that is described for all, what scripts hold is the same again, or other stories.
            self.nodes += _opened(jsonld.nodes(jsonld.embedded(document.html)))
        self.by_id: dict[str, Node] = {}
        for node in self.nodes:
            for child in (node, *_inside(node)):
                identifier = child.get("@id")
                if isinstance(identifier, str) and len(child) > len(self.by_id.get(identifier, ())):
                    self.by_id[identifier] = child
        self.stories = self._ranked(document)
        self.story: Node = self.stories[0] if self.stories else {}

    def resolve(self, value: Any) -> Any:
        """The object that a reference points at; anything else as it is. Own properties of the reference win."""
        if isinstance(value, dict) and isinstance(value.get("@id"), str):
            target = self.by_id.get(value["@id"])
            if target is not None and target is not value:
                return {**target, **value}
        return value

    def of_type(self, pattern: re.Pattern[str]) -> Iterator[Node]:
        """All objects with a type that matches."""
        return (node for node in self.nodes if any(pattern.search(name) for name in types(node)))

    def _ranked(self, document: Document) -> list[Node]:
        addresses = {_bare(document.url), *(_bare(url) for url in document.meta.get("og:url", ()))}
        canonical = document.tree.css_first("link[rel~=canonical]")
        if canonical is not None and canonical.attributes.get("href"):
            addresses.add(_bare(absolute(canonical.attributes["href"] or "", document.url) or ""))
        wordings = {plain(text).casefold() for text in document.meta.get("og:title", ())}
        wordings |= {plain(node.text()).casefold() for node in document.tree.css("h1")[:20]}
        ranked = []
        for index, node in enumerate(self.nodes):
            names = types(node)
            rank = 3 if any(map(_STORY.search, names)) else 2 if any(map(_MEDIA.search, names)) else 0
            rank = rank or (1 if any(map(_PAGE.search, names)) else 0)
            if not rank:
                continue
            own = {_bare(url) for text in _addresses(node) if (url := absolute(text, document.url))}
            said = {text.casefold() for name in ("headline", "name") for text in strings(node.get(name))}
            here, worded = bool(own & addresses), bool(said & wordings)
            if own and not here and not worded and rank == 2:
                continue  # a player's clip
            described = sum(name in node for name in ("headline", "datePublished", "author", "articleBody"))
            ranked.append(((rank == 3, here + worded, rank, described, -index), node))
        return [node for _, node in sorted(ranked, key=lambda pair: pair[0], reverse=True)]


def _opened(nodes: tuple[Node, ...]) -> Iterator[Node]:
    """Every object, and those that stand in it as its main subject."""
    for node in nodes:
        yield node
        for name in _NESTS:
            for child in many(node.get(name)):
                if isinstance(child, dict) and "@type" in child and len(child) > 2:
                    yield child


def _inside(node: Node, depth: int = 0) -> Iterator[Node]:
    if depth < 4:
        for value in node.values():
            for child in many(value) if isinstance(value, dict | list) else ():
                if isinstance(child, dict):
                    yield child
                    yield from _inside(child, depth + 1)


def _addresses(node: Node) -> Iterator[str]:
    for name in ("url", "mainEntityOfPage", "@id"):
        for value in many(node.get(name)):
            text = value.get("@id", value.get("url")) if isinstance(value, dict) else value
            if isinstance(text, str):
                yield text


def _bare(url: str) -> str:
    """An address for comparing: without scheme, www, query, fragment and trailing slash."""
    return url.split("#")[0].split("?")[0].partition("://")[2].removeprefix("www.").rstrip("/").casefold()
