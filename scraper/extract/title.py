"""The headline as it was printed, without the name of the site or section.

Nothing here knows words of a language: what is the site's part of a title shows when the places that give the title
are laid side by side, or when it is the name that the page or the host gives itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from archive.records import Evidence
from scraper.extract.document import Document
from scraper.extract.headings import lesser, printed_headings
from scraper.extract.structured import Structured, plain, string, strings, types
from scraper.extract.wording import SEPARATOR, folded

# How alike (share of common words) a printed heading and the page's own claim must be to be the same headline.
ALIKE = 0.34

_BAR = re.compile(
    r"\s+(?:[|·•»›]+|::)\s+|\s*[｜│‖|]+\s*"
)  # between a headline and its section; a dash may be of the headline
_CUT = re.compile(r"\s*(?:…|\.\.\.)$")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_SITE = re.compile(r"^(?:WebSite|NewsMediaOrganization)$")


@dataclass(frozen=True, slots=True)
class Headline:
    """The title, where it was found, and the element that prints it (None when none does)."""

    text: str | None
    evidence: Evidence | None
    node: LexborNode | None


def site_names(document: Document, structured: Structured) -> list[str]:
    """What the page calls its site, best first, each once."""
    names = [*document.meta.get("og:site_name", ())]
    names += strings(structured.resolve(structured.story.get("publisher")))
    names += [name for node in structured.of_type(_SITE) for name in strings(node.get("name"))]
    for key in ("application-name", "apple-mobile-web-app-title", "dc.publisher", "publisher", "cre"):
        names += document.meta.get(key, ())
    titles = {*strings(structured.story.get("headline")), *map(plain, document.meta.get("og:title", ()))}
    return [name for name in dict.fromkeys(map(plain, names)) if name and len(name) < 60 and name not in titles]


def headline(document: Document, structured: Structured, offered: str | None = None) -> Headline:
    """Weigh what JSON-LD, meta, the printed headings, <title> and the feed (`offered`) give."""
    title_node = document.tree.css_first("head > title") or document.tree.css_first("title")
    page_title = plain(title_node.text()) if title_node is not None else ""
    claims: list[tuple[str, str]] = []
    if structured.story:
        claims.append(("json-ld", string(structured.story, "headline") or string(structured.story, "name") or ""))
    for key in ("og:title", "twitter:title", "dc.title", "citation_title", "parsely-title", "sailthru.title"):
        claims += [(f"meta {key}", plain(value)) for value in document.meta.get(key, ())[:1]]
    claims.append(("title", page_title))
    if offered:
        claims.append(("feed", plain(offered)))
    claims = _whole([(source, text) for source, text in claims if text])
    names = site_names(document, structured)
    known = {folded(name) for name in (*names, *host_names(document.url))} - {""}
    sections = _sections(document, structured)
    wordings = [text for _, text in claims]
    printed = list(printed_headings(document, known, wordings))
    texts = [text for source, text in claims if source == "json-ld"] + [text for text, _ in printed]
    bare = [(source, _without_site(text, known, sections, texts), text) for source, text in claims]
    node = _best_heading(printed, [text for _, text, _ in bare])
    if node is not None:
        h1 = next(text for text, candidate in printed if candidate is node)
        bare.insert(0, ("h1", _without_site(h1, known, sections, ()), h1))
    else:
        said, node = lesser(document, wordings)
        if said:
            bare = [(source, _without_site(text, known, sections, [*texts, said]), text) for source, text in claims]
            bare.insert(0, ("heading", said, said))
    if not bare:
        return Headline(None, None, None)
    source, text, original = _elected(bare, any(name.endswith("NewsArticle") for name in types(structured.story)))
    others = tuple((other, value) for other, _, value in bare if (other, value) != (source, original))
    return Headline(text, Evidence(source, original, others), node)


def _whole(claims: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The claims without those that a character limit cut off, where another one goes on."""
    stems = [folded(_CUT.sub("", text)) if _CUT.search(text) else None for _, text in claims]
    return [
        claim
        for claim, stem in zip(claims, stems, strict=True)
        if stem is None
        or not any(
            other is None and folded(text).startswith(stem) for other, (_, text) in zip(stems, claims, strict=True)
        )
    ]


def _elected(offers: Sequence[tuple[str, str, str]], news: bool) -> tuple[str, str, str]:
    """The printed heading, unless a newsroom's own claims agree on another wording: then that is a test or a ticker.

    Elsewhere the claims are written for search engines: of 130 such pages on which they differed, 90 printed the title.
    """
    by_source = {source: (source, text, original) for source, text, original in reversed(offers)}
    h1, ld, og, page = (by_source.get(name) for name in ("h1", "json-ld", "meta og:title", "title"))

    def same(a: tuple[str, str, str] | None, b: tuple[str, str, str] | None) -> bool:
        return a is not None and b is not None and folded(a[1]) == folded(b[1])

    if h1 is None:
        return ld if ld is not None and (same(ld, og) or same(ld, page)) else og or offers[0]
    if news and ld is not None and og is not None and not same(og, h1):
        # Where all three differ, what was written for no screen is the headline as filed: so on 4 of 4 such pages.
        return ld if not same(ld, h1) and not folded(og[1]).startswith(folded(h1[1])) else h1
    if news and ld is not None and not same(ld, h1) and og is None and same(ld, page):
        return ld
    return h1


def _best_heading(printed: Sequence[tuple[str, LexborNode]], claims: Sequence[str]) -> LexborNode | None:
    """The heading most like what the page claims; without likeness the only or first one."""
    if not printed:
        return None
    scored = [
        (max((likeness(text, claim) for claim in claims), default=0.0), -i) for i, (text, _) in enumerate(printed)
    ]
    score, index = max(scored)
    if score >= ALIKE or not claims:
        return printed[-index][1]
    return printed[0][1] if len({folded(text) for text, _ in printed}) == 1 else None


def likeness(a: str, b: str) -> float:
    """Shared words of the shorter text; by characters where a script writes no spaces. 0 to 1.

    A word or two out of a long sentence are no likeness.
    """
    first, second = _units(a), _units(b)
    if not first or not second:
        return 0.0
    few, many = sorted((len(first), len(second)))
    return len(first & second) / max(few, 2, ALIKE * many)


def _units(text: str) -> set[str]:
    """Words; pairs of characters in scripts without spaces."""
    words = folded(text).split()
    if _UNSPACED.search(text):
        joined = "".join(words)
        return {joined[i : i + 2] for i in range(len(joined) - 1)}
    return set(words)


def _sections(document: Document, structured: Structured) -> set[str]:
    """The parts of the paper that the story says, or its address shows, that it stands in."""
    said = [*strings(structured.story.get("articleSection")), *document.meta.get("article:section", ())]
    return {folded(name.replace("-", " ")) for name in (*said, *urlsplit(document.url).path.split("/")[:-1])} - {""}


def _without_site(text: str, known: set[str], sections: set[str], others: Iterable[str]) -> str:
    """The title without what is the site's: a part that names it or a section, or that no other place repeats."""
    whole = folded(text)
    for other in others:  # another place gives the same title without the tail or head
        rest = folded(other)
        if rest and rest != whole and len(rest) >= 0.3 * len(whole) and rest not in known and rest.count(" ") >= 2:
            for match in SEPARATOR.finditer(text):
                if folded(text[: match.start()]) == rest and not match[0].startswith(":"):
                    return text[: match.start()].strip()
                if folded(text[match.end() :]) == rest and match[0].strip() not in {":", "-", "–", "—"}:
                    return text[match.end() :].strip()
    changed = True
    while changed:
        changed = False
        cuts = list(SEPARATOR.finditer(text))
        for match in (cuts[-1:] + cuts[:1]) if cuts else ():
            head, tail = text[: match.start()].strip(), text[match.end() :].strip()
            if head and (_names_site(tail, known) or (_BAR.fullmatch(match[0]) and _abbreviates(tail, known))):
                text, changed = _before_sections(head, match[0]), True
                break
            if head.count(" ") >= 2 and _BAR.fullmatch(match[0]) and folded(tail) in sections:
                text, changed = head, True
                break
            if tail and _names_site(head, known) and not match[0].startswith(":"):
                text, changed = tail, True
                break
    for site in known:  # "gazette.example Ferry stays ashore"
        if " " in site and text.casefold().startswith(f"{site.replace(' ', '.')} "):
            return text[len(site) + 1 :]
    return text


def _before_sections(head: str, separator: str) -> str:
    """What stood before the site's name, without the sections between: "Headline | National | Gazette"."""
    if not _BAR.fullmatch(separator) or separator not in head:
        return head
    first = head.split(separator)[0].strip()
    return first if first.count(" ") >= 2 and 2 * len(first) > len(head) else head


def _abbreviates(part: str, known: set[str]) -> bool:
    """Whether a part of a title is the site's name in capitals: "WG" of weekly-gazette.example."""
    if not (2 <= len(part) <= 5 and part.isalpha() and part.isupper()):
        return False
    for site in known:
        letters = iter(site)
        if site[:1] == part[0].lower() and all(letter in letters for letter in part.lower()):
            return True
    return False


def _names_site(part: str, known: set[str]) -> bool:
    """Whether a part of a title is a name of the site, or holds or abbreviates one: "Gazette.example"."""
    name = folded(part)
    joined = name.replace(" ", "")
    if not joined or len(name) >= 50:
        return False
    for site in known:
        together = site.replace(" ", "")
        if joined == together or (len(joined) > 3 and f" {name} " in f" {site} "):
            return True
        if len(together) > 3 and f" {site} " in f" {name} ":
            return True
        if len(joined) > 3 and joined in together and 2 * len(joined) > len(together):
            return True
        if len(together) > 4 and joined.startswith(
            together
        ):  # the host's name and more: "UC Davis Children's Hospital"
            return True
    return False


def host_names(url: str) -> Iterator[str]:
    """The host and its labels as a site may print them: "gazette.example", "gazette"."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    labels = host.split(".")
    yield host
    for label in labels[:-1]:
        if len(label) > 3 or label == labels[0]:
            yield label
            yield label.replace("-", " ")
