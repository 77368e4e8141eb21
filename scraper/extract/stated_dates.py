"""What a page states about its dates for machines: JSON-LD, meta, microdata, and the data that its scripts hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from scraper.extract.date_offers import Offer
from scraper.extract.document import Document
from scraper.extract.structured import Structured, strings
from scraper.extract.timestamps import iso

_STANDARD_NAME = re.compile(
    r"(?:(?:og:)?(?:article:)?published_time|(?:article:|og:)?modified_time|og:updated_time|"
    r"date_?published|date_?modified|"
    r"dc(?:terms)?[.:](?:date\.)?(?:issued|created|published|modified)|parsely-pub-date|"
    r"sailthru\.date|cxenseparse:.*publishtime|"
    r"citation_(?:publication|online)_date|pubdate|publish-?date|publication_date)$"
)
_DATE_NAME = re.compile(r"date|time|publi|modif|issued|created")
_PUBLISHED_NAME = re.compile(
    r"publi|pub_?-?date|issued|created|release|posted|first_?-?published|date-?written|erstellt"
)
_CHANGED_NAME = re.compile(r"modif|updat|revis|chang|last-?edit|last[-_]?publi|review")
_NO_STORY_NAME = re.compile(
    r"expir|copyright|event|start|end_?date|valid|fetch|build|server|unpublish|avail|retriev|access|birth|death|founding"
)
_MICRODATA = "[itemprop~=datePublished], [itemprop~=dateModified], time[pubdate], abbr.published"
_MAX_MICRODATA = 6
_MAX_SCRIPT_DATES = 40
# Properties by which the data of a page's scripts names the first publication, from the letters on that all share and
# that the search finds quickly; quotes may be escaped.
_SCRIPT_DATE = re.compile(
    r"ubli(?:shed?|cation)(?:_?(?:[Aa]t|[Oo]n|[Dd]ate|[Tt]ime))?\\*(?:\"|&quot;)\s*:\s*"
    r"\\*(?:(?:\"|&quot;)([^\"&\\<>]{8,40})\\*(?:\"|&quot;)|(1\d{9}(?:\d{3})?)(?!\d))"
)
_SCRIPT_NAME = re.compile(r"(?:\"|;)(?:date|first_?|original_?)?[pP]$")  # what stands before those letters


def stated(document: Document, structured: Structured, language: str | None) -> Iterator[Offer]:
    """JSON-LD of the story, then meta and microdata by how plainly their names speak of the story."""
    stories = structured.stories
    for story in stories[:1] if structured.story.get("datePublished") else stories[:3]:
        for name in ("datePublished", "uploadDate", "dateCreated", "dateModified"):
            for text in strings(story.get(name))[:1]:
                if value := iso(text, language):
                    yield Offer("json-ld", text, value, name == "dateModified")
    ranked = []
    for name, values in document.meta.items():
        if not _DATE_NAME.search(name) or _NO_STORY_NAME.search(name):
            continue
        if name == "datepublished" and len({value[:10] for value in values}) > 1:
            continue  # microdata of several stories, which are told apart below
        rank = 0 if _STANDARD_NAME.match(name) else 2 if _PUBLISHED_NAME.search(name) else 3
        if value := iso(values[0], language):
            ranked.append((rank, Offer(f"meta {name}", values[0], value, bool(_CHANGED_NAME.search(name)))))
    ranked += [(1, offer) for offer in _microdata(document, language)]
    yield from (offer for _, offer in sorted(ranked, key=lambda item: item[0]))


def _microdata(document: Document, language: str | None) -> Iterator[Offer]:
    """Where they differ they are those of teasers and comments, but for what stands in one item with the headline."""
    found: list[tuple[LexborNode, Offer]] = []
    for node in document.tree.css(_MICRODATA)[:_MAX_MICRODATA]:
        given = node.attributes
        text = given.get("datetime") or given.get("content") or given.get("title") or node.text(strip=True)
        if text and (value := iso(text, language)):
            found.append((node, Offer("microdata", text, value, "dateModified" in (given.get("itemprop") or ""))))
    firsts = [offer for _, offer in found if not offer.change]
    # One moment may be written in two ways, with an offset and without.
    several = len({offer.day for offer in firsts}) > 1 or len({offer.value[:16] for offer in firsts}) > 2
    yield from (offer for node, offer in found if not several or _with_headline(node))


def _with_headline(node: LexborNode) -> bool:
    above = node.parent
    while above is not None and "itemscope" not in above.attributes:
        above = above.parent
    return above is not None and above.css_first("h1") is not None


def in_scripts(document: Document, language: str | None) -> list[Offer]:
    """Dates of publication in the data of the page's scripts, this story's and others'; each value once."""
    found: dict[str, Offer] = {}
    page = document.html
    for match in _SCRIPT_DATE.finditer(page):
        raw = match[1] or match[2]
        if not _SCRIPT_NAME.search(page, max(0, match.start() - 12), match.start()):
            continue
        if value := iso(raw, language):
            found.setdefault(value, Offer("script", raw, value))
        if len(found) > _MAX_SCRIPT_DATES:
            break
    return list(found.values())
