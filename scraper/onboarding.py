"""What a site offers to be followed by, tried out: its feeds, sitemaps and sections, and what each of them brings.

explore(homepage)  ->  candidates: announced, linked, in robots.txt, at the usual places  ->  tried  ->  Findings
chosen(findings)   ->  those worth being written into config.yaml; pure
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from archive.identity import address_key
from archive.records import Link
from scraper.address_facts import address_facts
from scraper.config import Source
from scraper.discover import ListingKind, find_links, find_listings, kind_of, usual_places
from scraper.errors import ScrapeError
from scraper.fetch import Fetcher
from scraper.page import Page

# Candidates tried of each kind. Every one is a request, and a site with more sections names its best ones first.
MOST = {"feed": 12, "sitemap": 6, "section": 12}
NEWEST_CHILDREN = 3  # sitemaps of an index that are opened to see what it brings
ADDS = 0.1  # a section that adds less than this share of its stories to the feeds and sitemaps is left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A listing that was tried.

    reason    why it is dead; None for one that is alive
    stories   the addresses that it names, as keys (`archive.identity`), those of an index's newest sitemaps included
    newest    the latest date that it states, ISO 8601
    children  further sitemaps that it names
    languages what it says of its stories, two-letter codes
    """

    url: str
    kind: ListingKind | None = None
    reason: str | None = None
    stories: frozenset[str] = frozenset()
    newest: str | None = None
    children: int = 0
    languages: tuple[str, ...] = ()

    @property
    def alive(self) -> bool:
        """It answered, and with a listing that names something."""
        return self.reason is None


def overlap(finding: Finding, others: Iterable[Finding]) -> float | None:
    """Share of its stories that the others name, too; None when it names none."""
    known: set[str] = set()
    for other in others:
        if other.url != finding.url:
            known |= other.stories
    return len(finding.stories & known) / len(finding.stories) if finding.stories else None


async def explore(url: str, fetcher: Fetcher, source: Source | None = None) -> list[Finding]:
    """Try everything that a site seems to offer; the dead ones among what it announces itself are told, too.

    url   the front page, or a feed or sitemap: then it is the only candidate
    Raises the ScrapeError of the front page.
    """
    source = source or Source(homepage=url)
    page = await _get(url, fetcher, source)
    kind = kind_of(page.body, page.content_type)
    if kind in ("feed", "sitemap"):
        return [await _judged(page, fetcher, source)]
    named = list(dict.fromkeys(link.url for link in find_listings(page.body, page.final_url)))
    named += [one for one in await _in_robots(page.final_url, fetcher) if one not in named]
    found = await _tried(named, fetcher, source)
    for kind in ("feed", "sitemap"):
        if not any(one.alive and one.kind == kind for one in found):
            usual = [one for one in usual_places(page.final_url) if _expected(one) == kind and one not in named]
            found += await _first_alive(usual, fetcher, source)
    if not any(one.alive for one in found):
        found.append(await _judged(page, fetcher, source))
    return found


async def examine(url: str, fetcher: Fetcher, source: Source) -> Finding:
    """Try one listing."""
    try:
        return await _judged(await _get(url, fetcher, source), fetcher, source)
    except ScrapeError as error:
        return Finding(url=url, reason=error.reason)


def chosen(findings: Sequence[Finding]) -> list[Finding]:
    """Those worth following: feeds that add something to other feeds, sitemaps, sections that add something to both."""
    alive = [one for one in findings if one.alive and (one.stories or one.children)]
    feeds: list[Finding] = []
    # The largest first, so that a section's feed inside the main one adds nothing.
    for one in sorted((one for one in alive if one.kind == "feed"), key=lambda one: -len(one.stories)):
        if (overlap(one, feeds) or 0.0) < 1.0:
            feeds.append(one)
    kept = feeds + [one for one in alive if one.kind == "sitemap"]
    for one in alive:
        if one.kind == "section" and 1 - (overlap(one, kept) or 0.0) > ADDS:
            kept.append(one)
    order = {id(one): place for place, one in enumerate(findings)}
    return sorted(kept, key=lambda one: order[id(one)])


def as_source(url: str, findings: Sequence[Finding]) -> dict[str, object]:
    """The source as it stands in config.yaml: homepage, the chosen listings, the language that most of them state.

    url   what was given: for a feed, a sitemap or a story the front page of its host takes its place
    """
    facts = address_facts(url)
    no_front_page = any(one.url == url and one.kind != "section" for one in findings) or facts.date or facts.id
    homepage = urljoin(url, "/") if no_front_page else url
    languages = [language for one in findings for language in one.languages]
    return {
        "homepage": homepage,
        "language": max(sorted(set(languages)), key=languages.count, default=None),
        "listings": [one.url for one in chosen(findings)],
    }


async def _get(url: str, fetcher: Fetcher, source: Source) -> Page:
    return await fetcher.get(
        url, want="listing", delay=source.delay, headers=source.headers, user_agent=source.user_agent
    )


async def _in_robots(url: str, fetcher: Fetcher) -> list[str]:
    try:
        return list(await fetcher.sitemaps(url))
    except ScrapeError:
        return []


async def _tried(urls: Iterable[str], fetcher: Fetcher, source: Source) -> list[Finding]:
    left = dict(MOST)
    found: list[Finding] = []
    for url in urls:
        expected = _expected(url)
        if left[expected] > 0:
            left[expected] -= 1
            found.append(await examine(url, fetcher, source))
    return found


async def _first_alive(urls: Iterable[str], fetcher: Fetcher, source: Source) -> list[Finding]:
    for url in urls:
        found = await examine(url, fetcher, source)
        if found.alive and found.kind == _expected(url):
            return [found]
    return []


def _expected(url: str) -> ListingKind:
    """What an address promises, for counting: its content decides later."""
    path = urlsplit(url).path.lower()
    if "sitemap" in path or path.endswith("googlenews.xml"):
        return "sitemap"
    return "feed" if any(word in path for word in ("feed", "rss", "atom", "rdf", ".xml")) else "section"


async def _judged(page: Page, fetcher: Fetcher, source: Source) -> Finding:
    """What a listing brings. Raises UnreadableListing."""
    kind = kind_of(page.body, page.content_type) or "section"
    selector = next((listing.links for listing in source.listings if listing.url == page.url), None)
    links = find_links(page.body, page.final_url, content_type=page.content_type, links=selector)
    stories = [link for link in links if _is_story(link, source)]
    children = [link for link in links if link.kind == "listing"] if kind == "sitemap" else []
    for child in sorted(children, key=lambda link: link.modified or "", reverse=True)[:NEWEST_CHILDREN]:
        try:
            inner = await _get(child.url, fetcher, source)
            inside = find_links(inner.body, inner.final_url, content_type=inner.content_type)
        except ScrapeError:
            continue
        stories += [link for link in inside if _is_story(link, source)]
    dates = [date for link in stories if (date := link.published or link.modified)]
    return Finding(
        url=page.url,
        kind=kind,
        reason=None if stories or children else "names no story",
        stories=frozenset(address_key(link.url) for link in stories),
        newest=max(dates, key=_day_first, default=None),
        children=len(children),
        languages=_languages(stories),
    )


def _is_story(link: Link, source: Source) -> bool:
    return link.kind == "story" and link.url.lower().startswith(("http://", "https://")) and source.accepts(link.url)


def _day_first(date: str) -> tuple[str, str]:
    """Days are compared, then times as they are written: offsets differ by hours, newspapers by more."""
    return date[:10], date


def _languages(stories: Sequence[Link]) -> tuple[str, ...]:
    return tuple(link.language for link in stories if link.language)[:1]
