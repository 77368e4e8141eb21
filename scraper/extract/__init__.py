"""From the bytes of one page to one article. Pure: no network, no clock but `fetched_at`, nothing remembered.

The stages of `extract` in order: document (decode, parse), structured (JSON-LD), title, lines (what stands around the
headline), dates, authors, images, details, body (the text; it may use up the tree, so it comes last), language, kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib.metadata import version as installed
from typing import Any

from archive.records import Article, Evidence, Link
from scraper.extract import agencies, authors, body, dates, details, images, kind, language, lines, title
from scraper.extract import rules as overlays
from scraper.extract.document import Document
from scraper.extract.names import people
from scraper.extract.rules import Rule
from scraper.extract.structured import Structured, string

__all__ = ["EXTRACTOR", "Document", "extract", "version"]

EXTRACTOR = "morgue"
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
    furniture: Any = None,
) -> Article:
    """The story on a page, each field with its evidence.

    html        the page as it came, decompressed
    url         the address that answered
    fetched_at  when; no date after it is believed. Without it any date is
    hint        what a feed or sitemap said of this address: used where the page is silent
    rules       the configuration's rules for the source; those that are for this address and day are applied
    furniture   what the archive has learned of the source's recurring blocks
    """
    document = Document.of(html, url, content_type)
    structured = Structured(document)
    overlay = overlays.read(document, rules, fetched_at)
    evidence: dict[str, Evidence | None] = {"encoding": Evidence(document.encoding_from, document.encoding)}

    headline = title.headline(document, structured, hint.title if hint else None)
    named, evidence["title"] = headline.text, headline.evidence
    if overlay.title:
        named, evidence["title"] = overlay.title, _ruled(overlay.title, evidence["title"])
    names = title.site_names(document, structured)
    near = lines.around(document.tree, headline.node)
    declared = language.declared(document, structured)

    when = dates.read(
        document, structured, near, fetched_at=fetched_at, hint=hint, language=declared[0][1] if declared else None
    )
    published, evidence["published"] = when.published, when.published_evidence
    evidence["modified"] = when.modified_evidence
    if overlay.date and (stated := dates.printed(overlay.date, declared[0][1] if declared else None)):
        published, evidence["published"] = stated, _ruled(overlay.date, evidence["published"])

    who = authors.read(document, structured, near, names, title=named, hint=hint)
    signed, evidence["authors"] = who.names, who.evidence
    if overlay.authors and (ruled := people(overlay.authors)):
        signed, evidence["authors"] = tuple(ruled), _ruled(" | ".join(overlay.authors), evidence["authors"])

    pictures = images.read(document, structured)
    section, evidence["section"] = details.section(document, structured)
    tags, evidence["tags"] = details.tags(document, structured)
    canonical, evidence["canonical_url"] = details.canonical_url(document)
    site, evidence["site_name"] = details.site_name(names, named)
    free, evidence["free_to_read"] = details.free_to_read(document, structured)
    challenged = kind.challenged(document)

    found = body.read(
        document,
        title=named,
        authors=signed,
        captions=tuple(image.caption for image in pictures if image.caption),
        json_body=string(structured.story, "articleBody"),
        keep=overlay.keep,
        drop=overlay.drop,
        furniture=furniture,
    )
    text = found.text
    evidence["text"] = Evidence(
        found.source, found.container, tuple((source, f"{size} characters") for source, size in found.candidates)
    )
    code, evidence["language"] = language.read(document, structured, text)
    credits = [image.credit for image in pictures if image.credit]
    agency, evidence["agency"] = agencies.read(signed, text, credits)
    what, evidence["kind"] = kind.read(
        document,
        structured,
        text=text,
        title=named,
        section=section,
        images=pictures,
        free_to_read=free,
        challenged=challenged,
    )
    return Article(
        url=url,
        title=named,
        text=text,
        canonical_url=canonical,
        published=published,
        modified=when.modified,
        authors=signed,
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


def _ruled(raw: str, other: Evidence | None) -> Evidence:
    """Evidence of a rule, with what would have been found without it."""
    return Evidence("rule", raw, ((other.source, other.raw), *other.others) if other else ())
