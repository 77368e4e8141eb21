"""The smaller facts of an article: section, tags, address, site, free to read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from archive.records import Evidence
from scraper.extract.document import Document
from scraper.extract.structured import Structured, absolute, many, plain, string, strings, types
from scraper.extract.wording import folded

MAX_TAGS = 60

_FALSE = {"false", "no", "0", "locked", "paid", "premium", "metered", "subscriber", "subscription"}
_TRUE = {"true", "yes", "1", "free", "public", "open"}


def section(document: Document, structured: Structured) -> tuple[str | None, Evidence | None]:
    """The part of the paper the story stands in."""
    offers: list[tuple[str, str]] = []
    for name in (
        "article:section",
        "parsely-section",
        "og:article:section",
        "section",
        "articlesection",
        "cxenseparse:section",
        "dc.subject.section",
    ):
        offers += [(f"meta {name}", text) for text in document.meta.get(name, ())[:1]]
    stated = [text for text in strings(structured.story.get("articleSection")) if not text.startswith("http")]
    offers[0:0] = [("json-ld", text) for text in stated[:1]]
    offers += [("breadcrumb", text) for text in _breadcrumbs(document, structured)]
    offers = [(source, plain(text)) for source, text in offers if plain(text) and len(text) < 80]
    if not offers:
        return None, None
    source, raw = offers[0]
    return raw, Evidence(source, raw, tuple(dict.fromkeys(offers[1:])))


def _breadcrumbs(document: Document, structured: Structured) -> Iterator[str]:
    """The first step of the trail below the home page."""
    home = {urlsplit(document.url).hostname or "", "home", ""}
    for node in structured.of_type(re.compile("^BreadcrumbList$")):
        steps = [item for item in many(node.get("itemListElement")) if isinstance(item, dict)]
        names = [
            string(step, "name") or next(iter(strings(structured.resolve(step.get("item")))), None) for step in steps
        ]
        if len(names) >= 3 and names[1]:
            yield names[1]
            return
    trail = document.tree.css_first("[class*=breadcrumb i], [id*=breadcrumb i], [aria-label*=breadcrumb i]")
    if trail is not None:
        words = list(dict.fromkeys(plain(item.text()) for item in trail.css("li, a")))
        words = [word for word in words if word.casefold() not in home]
        if len(words) >= 2:
            yield words[1]


def tags(document: Document, structured: Structured) -> tuple[tuple[str, ...], Evidence | None]:
    """Subjects that the paper gives the story, each once."""
    sources: list[tuple[str, list[str]]] = [("json-ld", strings(structured.story.get("keywords")))]
    metas = ("article:tag", "og:article:tag", "news_keywords", "parsely-tags", "keywords", "sailthru.tags")
    sources += [(f"meta {name}", list(document.meta.get(name, ()))) for name in metas]
    sources.append(("rel=tag", [plain(node.text()) for node in document.tree.css("a[rel~=tag]")[:MAX_TAGS]]))
    sources = [(source, _listed(values)) for source, values in sources]
    sources = [(source, values) for source, values in sources if values]
    if not sources:
        return (), None
    source, chosen = sources[0]
    others = tuple((other, ", ".join(values)[:300]) for other, values in sources[1:])
    return tuple(chosen[:MAX_TAGS]), Evidence(source, ", ".join(chosen)[:300], others)


def _listed(values: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for value in values:
        parts = re.split(r"[,;،、|]", value) if len(value) > 30 or re.search(r"[,;،、|]", value) else [value]
        for part in map(plain, parts):
            # "section:World" and the like are codes for advertisers
            if 1 < len(part) < 80 and ":" not in part and not part.startswith(("http", "-")):
                found.setdefault(part.casefold(), part)
    return list(found.values())


def canonical_url(document: Document) -> tuple[str | None, Evidence | None]:
    """The address that the page claims for itself, absolute."""
    links = document.tree.css("link[rel~=canonical][href]")[:3]
    offers = [("link canonical", node.attributes.get("href") or "") for node in links]
    offers += [("meta og:url", text) for text in document.meta.get("og:url", ())[:1]]
    for index, (source, raw) in enumerate(offers):
        address = absolute(raw.strip(), document.url) if raw.strip() else None
        if address is not None:
            return address, Evidence(source, raw, tuple(offers[:index] + offers[index + 1 :]))
    return None, None


def free_to_read(document: Document, structured: Structured) -> tuple[bool | None, Evidence | None]:
    """Whether everybody may read the whole text, where the page says so; None when it does not."""
    values: list[tuple[str, Any]] = []
    for node in structured.stories[:2] or [structured.story]:
        values += [("json-ld", value) for value in many(node.get("isAccessibleForFree"))]
        for part in many(node.get("hasPart")):
            if isinstance(part, dict) and "WebPageElement" in types(part):
                values += [("json-ld hasPart", value) for value in many(part.get("isAccessibleForFree"))]
    for name in ("article:content_tier", "og:article:content_tier", "content_tier", "isaccessibleforfree"):
        values += [(f"meta {name}", text) for text in document.meta.get(name, ())]
    for index, (source, value) in enumerate(values):
        word = plain(str(value)).casefold().rsplit("/", 1)[-1]
        if word in _FALSE or word in _TRUE:
            others = tuple((other, str(raw)) for other, raw in values[:index] + values[index + 1 :])
            return word in _TRUE, Evidence(source, str(value), others)
    return None, None


def site_name(names: Sequence[str], title: str | None) -> tuple[str | None, Evidence | None]:
    """What the page calls its site: the first of `names` that is not the title."""
    own = [name for name in names if folded(name) != folded(title or "")]
    if not own:
        return None, None
    return own[0], Evidence("site name", own[0], tuple(("site name", name) for name in own[1:]))
