"""Whole pages, each with the article that must come out; compared field by field, so that a failure names the field."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from archive.records import Article, Link
from scraper.extract import extract, version

PAGES = Path(__file__).parent / "pages"
SLUGS = sorted(folder.name for folder in PAGES.iterdir() if (folder / "article.json").exists())
CASES = [
    (slug, field) for slug in SLUGS for field in json.loads((PAGES / slug / "article.json").read_text(encoding="utf-8"))
]


def page(slug: str) -> bytes:
    """The bytes of a golden page."""
    plain = PAGES / slug / "page.html"
    return plain.read_bytes() if plain.exists() else gzip.decompress((PAGES / slug / "page.html.gz").read_bytes())


def article(slug: str, **more: Any) -> Article:
    """The article of a golden page."""
    meta = json.loads((PAGES / slug / "meta.json").read_text(encoding="utf-8"))
    when = datetime.fromisoformat(meta["fetched_at"])
    return extract(page(slug), meta["url"], content_type=meta["content_type"], fetched_at=when, **more)


@pytest.mark.parametrize(("slug", "field"), CASES)
def test_golden_field(slug: str, field: str) -> None:
    """Every field written down for a golden page comes out as written."""
    wanted = json.loads((PAGES / slug / "article.json").read_text(encoding="utf-8"))[field]
    found = getattr(article(slug), field)
    if field == "images":
        found = [asdict(image) for image in found]
    elif isinstance(found, tuple):
        found = list(found)
    assert found == wanted


@pytest.mark.parametrize("slug", SLUGS)
def test_evidence_for_every_value(slug: str) -> None:
    """A field that has a value says where it was found."""
    found = article(slug)
    silent = {"url", "evidence", "images", "kind"}
    for field in fields(found):
        if field.name not in silent and getattr(found, field.name) not in (None, (), ""):
            assert found.evidence[field.name].source, field.name


@pytest.mark.parametrize("slug", SLUGS)
def test_same_bytes_same_article(slug: str) -> None:
    """Read twice, a page gives the same article."""
    assert article(slug) == article(slug)


@pytest.mark.parametrize(
    "html",
    [
        b"",
        b"\x00\x00\x00",
        b"<html>",
        b"plain words, no markup at all",
        b"<html><head><title>T</title></head></html>",
        b"<p>a\x00b</p>" * 50,
        b"<div>" * 3_000 + b"deep",
        b'<script type="application/ld+json">' + b"[" * 30_000 + b"</script><h1>T</h1>",
        b'<script type="application/ld+json">{"@type":"Article","author":{"author":[[["x"]]]},"headline":7}</script>',
        b'<meta property="article:published_time" content="0000-99-99T99:99:99Z"><h1>T</h1>',
        b'<link rel="canonical" href="http://[bad"><h1>T</h1>',
        "<h1>Ťitle</h1>".encode("utf-16"),
    ],
)
def test_hostile_bytes_give_an_article(html: bytes) -> None:
    """No bytes make the extractor raise; what is missing is None or empty."""
    found = extract(html, "https://gazette.example/a")
    assert found.url == "https://gazette.example/a"
    assert found.published is None


@pytest.mark.parametrize("url", ["http://[", "//[", "https://x]/", "http://exa\u2100mple.org/", "http://a:b/", ""])
def test_malformed_addresses_give_an_article(url: str) -> None:
    """Neither the page's own address nor those on it make the extractor raise."""
    lead = "A long sentence about the river and the boats on it. " * 8
    markup = f"""<link rel=canonical href="{url}"><script type="application/ld+json">{{"@type": "NewsArticle",
        "url": "{url}", "image": "{url}"}}</script><article><h1>Ferry stays ashore</h1><p>{lead}
        <p><a href="{url}">{lead}</a><p>{lead}</article>"""
    found = extract(markup.encode(), url)
    assert (found.url, found.title, found.canonical_url) == (url, "Ferry stays ashore", None)
    assert extract(markup.encode(), "https://gazette.example/a").title == "Ferry stays ashore"


def test_hint_fills_what_the_page_leaves_out() -> None:
    """Title, date and authors of the feed are used where the page is silent, and say so."""
    html = (
        b"<html lang='en'><body><article>"
        + b"<p>A long sentence about the river and the boats on it.</p>" * 8
        + b"</article>"
    )
    published = "2024-11-19T08:15:00+07:00"
    hint = Link(
        url="https://gazette.example/a", title="Ferry stays ashore", published=published, authors=("Lim Dalin",)
    )
    found = extract(html, "https://gazette.example/a", hint=hint)
    assert (found.title, found.published, found.authors) == (hint.title, hint.published, hint.authors)
    assert {found.evidence[name].source for name in ("title", "published", "authors")} == {"feed"}


def test_version_names_the_parts() -> None:
    """The version recorded with a revision names us and the libraries that decide what is read."""
    assert version().startswith("morgue ")
    assert "trafilatura" in version()
