"""From the bytes of one page to one article. Pure: no network, no clock but `fetched_at`, nothing remembered.

The stages of `extract` in order: document (decode, parse), structured (JSON-LD), title, lines (what stands around the
headline), authors, dates, images, details, body (the text; it may use up the tree, so it comes last), language, kind.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version as installed

from archive.identity import text_fingerprint
from archive.records import Article, Evidence, Link
from scraper.extract import agencies, authors, body, dates, details, images, kind, language, lines, printed_dates, title
from scraper.extract import rules as overlays
from scraper.extract.document import Document
from scraper.extract.furniture import learn
from scraper.extract.names import people
from scraper.extract.rules import Rule
from scraper.extract.structured import Structured, string
from scraper.seen import Seen

__all__ = ["EXTRACTOR", "LEARNED", "Document", "extract", "learn", "seen", "used", "version"]

EXTRACTOR = "morgue"
LEARNED = "learned block"
"""How the evidence of a text names a block that was left out because it comes back on the source's pages."""

_PARTS = ("trafilatura", "htmldate", "selectolax", "py3langid", "dateparser")


@cache
def version() -> str:
    """The extractor and the libraries that decide what it gives: "morgue 0.1.0; trafilatura 2.3.1; ..."."""
    return "; ".join(f"{name} {installed(name)}" for name in (EXTRACTOR, *_PARTS))


def extract(
    html: bytes,
    url: str,
    *,
    content_type: str | None = None,
    fetched_at: datetime | None = None,
    hint: Link | None = None,
    rules: Sequence[Rule] = (),
    furniture: Set[str] = frozenset(),
) -> Article:
    """The story on a page, each field with its evidence.

    html        the page as it came, decompressed
    url         the address that answered
    fetched_at  when; no date after it is believed. Without it any date is
    hint        what a feed or sitemap said of this address: used where the page is silent
    rules       the configuration's rules for the source; those that are for this address and day are applied
    furniture   fingerprints of the blocks that the archive has learned to come back on the source's pages
    """
    document = Document.of(html, url, content_type)
    structured = Structured(document)
    overlay = overlays.read(document, rules, fetched_at)
    evidence: dict[str, Evidence | None] = {"encoding": Evidence(document.encoding_from, document.encoding)}

    top = _top(document, structured, overlay, hint)
    evidence["title"] = top.title_from
    declared = language.declared(document, structured)

    when = dates.read(
        document, structured, top.near, fetched_at=fetched_at, hint=hint, language=declared[0][1] if declared else None
    )
    published, evidence["published"] = when.published, when.published_evidence
    evidence["modified"] = when.modified_evidence
    if overlay.date and (stated := printed_dates.printed(overlay.date, declared[0][1] if declared else None)):
        published, evidence["published"] = stated, _ruled(overlay.date, evidence["published"])

    evidence["authors"] = top.authors_from
    pictures = images.read(document, structured)
    section, evidence["section"] = details.section(document, structured)
    tags, evidence["tags"] = details.tags(document, structured)
    canonical, evidence["canonical_url"] = details.canonical_url(document)
    site, evidence["site_name"] = details.site_name(top.site_names, top.title)
    free, evidence["free_to_read"] = details.free_to_read(document, structured)
    challenged = kind.challenged(document)

    found = body.read(
        document,
        title=top.title,
        authors=top.authors,
        captions=tuple(image.caption for image in pictures if image.caption),
        json_body=string(structured.story, "articleBody"),
        keep=overlay.keep,
        drop=overlay.drop,
        learned=furniture,
    )
    text = found.text
    evidence["text"] = Evidence(
        found.source,
        found.container,
        (
            *((source, f"{size} characters") for source, size in found.candidates),
            *((LEARNED, f"{text_fingerprint(block)} {block[:80]}") for block in found.met),
        ),
    )
    code, evidence["language"] = language.read(document, structured, text)
    credits = [image.credit for image in pictures if image.credit] + list(found.met)
    agency, evidence["agency"] = agencies.read(top.authors, text, credits)
    what, evidence["kind"] = kind.read(
        document,
        structured,
        text=text,
        title=top.title,
        section=section,
        images=pictures,
        free_to_read=free,
        challenged=challenged,
    )
    return Article(
        url=url,
        title=top.title,
        text=text,
        canonical_url=canonical,
        published=published,
        modified=when.modified,
        authors=top.authors,
        language=code,
        section=section,
        tags=tags,
        images=pictures,
        site_name=site,
        agency=agency,
        free_to_read=free,
        kind=what,
        evidence={field: value for field, value in evidence.items() if value is not None},
    )


def seen(
    html: bytes,
    url: str,
    *,
    content_type: str | None = None,
    fetched_at: datetime | None = None,
    hint: Link | None = None,
    rules: Sequence[Rule] = (),
) -> Seen:
    """What a page teaches of its source's furniture; arguments as in `extract`."""
    document = Document.of(html, url, content_type)
    structured = Structured(document)
    overlay = overlays.read(document, rules, fetched_at)
    top = _top(document, structured, overlay, hint)
    return body.seen(document, title=top.title, authors=top.authors, keep=overlay.keep, drop=overlay.drop)


@dataclass(frozen=True, slots=True)
class _Top:
    """Headline and byline, the rules of the configuration included, and the lines that stand around them."""

    title: str | None
    title_from: Evidence | None
    authors: tuple[str, ...]
    authors_from: Evidence | None
    site_names: list[str]
    near: tuple[lines.Line, ...]


def _top(document: Document, structured: Structured, overlay: overlays.Overlay, hint: Link | None) -> _Top:
    headline = title.headline(document, structured, hint.title if hint else None)
    named, named_from = headline.text, headline.evidence
    if overlay.title:
        named, named_from = overlay.title, _ruled(overlay.title, named_from)
    names = title.site_names(document, structured)
    near = lines.around(document.tree, headline.node)
    who = authors.read(document, structured, near, names, title=named, hint=hint)
    signed, signed_from = who.names, who.evidence
    if overlay.authors and (ruled := people(overlay.authors)):
        signed, signed_from = tuple(ruled), _ruled(" | ".join(overlay.authors), signed_from)
    return _Top(named, named_from, signed, signed_from, names, near)


def used(article: Article, rules: Sequence[Rule] = (), at: datetime | None = None) -> str:
    """What read an article, to be kept with it: `version()`, then digests of the rules and the learned blocks that had
    a say: "morgue 0.1.0; ...; rules 0c1d2e3f; blocks 9a8b7c6d".
    """
    told = [version()]
    active = overlays.active(rules, article.url, at)
    if active:
        told.append(f"rules {_digest([[one.keep, *one.drop, one.title, one.author, one.date] for one in active])}")
    found = article.evidence.get("text")
    met = sorted(raw.partition(" ")[0] for source, raw in found.others if source == LEARNED) if found else []
    if met:
        told.append(f"blocks {_digest(met)}")
    return "; ".join(told)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:8]


def _ruled(raw: str, other: Evidence | None) -> Evidence:
    """Evidence of a rule, with what would have been found without it."""
    return Evidence("rule", raw, ((other.source, other.raw), *other.others) if other else ())
