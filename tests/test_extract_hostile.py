"""Hostile HTML ends in an article, soon: what a page has too much of is cut, and the story beside it is still read."""

from __future__ import annotations

import json

import pytest

from scraper.extract import extract
from scraper.extract.bounds import MAX_ATTRIBUTES, MAX_DEPTH, MAX_TAGS, bounded

SENTENCE = "The council met on Tuesday and spoke for six hours about the bridge that everybody wants."
STORY = f"<article>{f'<p>{SENTENCE}</p>' * 6}</article>"


def text_of(markup: str, head: str = "") -> str:
    page = f"<!doctype html><meta charset=utf-8><title>A bridge</title>{head}<body><h1>A bridge</h1>{markup}"
    return extract(page.encode("utf-8", "surrogatepass"), "https://gazette.example/a").text or ""


STORY_SURVIVES = {
    "attributes": "<div " + " ".join(f"a{i}=b" for i in range(100_000)) + ">x</div>",
    "attributes, quoted": "<div " + " ".join(f'a{i}=">"' for i in range(100_000)) + ">x</div>",
    "a long attribute": '<div class="' + "x " * 500_000 + '">x</div>',
    "an open svg": "<svg>" * 20_000 + "</svg>" * 20_000,
    "divs": "<div>" * 50_000 + "x" + "</div>" * 50_000,
    "divs with stray ends": "</b>" * 20_000 + "<div></zzz>" * 20_000 + "</div>" * 20_000,
    "tables": "<table><tr><td>" * 10_000 + "</table>" * 10_000,
    "a comment": "<!--" + "-" * 2_000_000 + "-->",
    "comments": "<!---->" * 50_000,
    "a script": "<script>" + 'var a="<div>";' * 100_000 + "</script>",
    "NULs": "\0" * 1_000_000,
    "surrogates": "&#xD800;\ud800" * 10_000,
    "entities": "&" + "a" * 1_000_000,
    "lists": "<ul>" + "<li><a href=/x>a link to something else</a>" * 20_000 + "</ul>",
    "forms in tables": "<table><form><tr><select><td></form>" * 5_000 + "</select></table>",
}


@pytest.mark.parametrize("markup", STORY_SURVIVES.values(), ids=STORY_SURVIVES)
def test_the_story_beside_hostile_markup_is_read(markup: str) -> None:
    """What stands beside the story, however much of it, does not hide it."""
    assert SENTENCE in text_of(markup + STORY)


ENDS = {
    "unclosed formatting": "<b><i><a>" * 50_000,
    "misnested formatting": "<b><i><a href=x>" * 20_000 + "</b></i>" * 20_000,
    "links and blocks": "<a><div>" * 50_000,
    "an unclosed tag": "<div " + " ".join(f"a{i}" for i in range(100_000)),
    "an unclosed quote": '<div a="' + "b " * 1_000_000,
    "tags": "<i></i>" * 150_000,
    "unclosed scripts": "<script>" * 50_000,
    "unclosed comments": "<!--x" * 50_000,
    "angles": "<" * 1_000_000,
    "plain text tags": "<plaintext>" * 50_000,
    "titles": "<title>T</title>" * 5_000,
    "headings": "<h1>A bridge</h1>" * 20_000,
    "times": "<time datetime=2024-01-01T00:00:00Z>1 January 2024</time>" * 10_000,
    "one long line": "<p>" + "word " * 500_000,
    "a frameset": "<frameset>" + "<frame src=x>" * 50_000,
}


@pytest.mark.parametrize("markup", ENDS.values(), ids=ENDS)
def test_hostile_markup_ends_in_an_article(markup: str) -> None:
    """Whatever was taken from it, an article comes back."""
    assert isinstance(text_of(markup + STORY), str)


BAITS = [
    " ",
    "1",
    ".",
    "a ",
    "a@a.",
    "1.1.",
    "12 November 2024 ",
    "By John Smith and ",
    "| ",
    '"',
    "\\",
    "/*",
    "\u200b",
]


@pytest.mark.parametrize("bait", BAITS)
def test_patterns_are_not_held_by_repetition(bait: str) -> None:
    """A long run of anything, stated as author, date and title, and printed as byline, date and text."""
    run = bait * (100_000 // len(bait))
    told = {"@type": "NewsArticle", "headline": run, "author": run, "datePublished": run, "description": run}
    quoted = run.replace('"', "&quot;")
    head = (
        f'<meta name=author content="{quoted}"><meta property="article:published_time" content="{quoted}">'
        f'<script type="application/ld+json">{json.dumps(told)}</script>'
    )
    shown = f"<div class=byline>{run}</div><time>{run}</time>{STORY}<p>{run}</p>"
    assert SENTENCE in text_of(shown, head)


@pytest.mark.parametrize(
    "block",
    ["[" * 100_000, '{"a":' * 50_000, '{"@type":"Article",' + '"a":"b"\n' * 50_000, '"\\' * 300_000, "/*" * 300_000],
    ids=["lists", "objects", "broken", "quotes", "comments"],
)
def test_broken_json_ld_is_given_up(block: str) -> None:
    """JSON nested or broken without end costs a page its structured data and nothing else."""
    assert SENTENCE in text_of(STORY, f'<script type="application/ld+json">{block}</script>')


@pytest.mark.parametrize("meta", ['name="m{}"', 'name="author"', 'property="article:tag"'])
def test_endless_meta_elements(meta: str) -> None:
    """Meta elements by the ten thousand, of one name or of many."""
    head = "".join(f'<meta {meta.format(i)} content="value {i}">' for i in range(50_000))
    assert SENTENCE in text_of(STORY, head)


def test_an_honest_page_is_not_touched() -> None:
    """A page with as many attributes, levels and tags as a parser bears stays as it is."""
    page = "<p " + " ".join(f"a{i}" for i in range(MAX_ATTRIBUTES)) + ">" + "<div>" * MAX_DEPTH + "<br>" * 9_000
    assert bounded(page) == page


def test_what_is_too_much_is_cut_and_its_text_stays() -> None:
    """Attributes and levels beyond the limits go; the text in them does not. A page with too many tags ends early."""
    assert bounded("<p " + "a " * 9_000 + ">x").count("a") == MAX_ATTRIBUTES
    deep = bounded("<div>" * 9_000 + "x" + "</div>" * 9_000 + "y")
    assert (deep.count("<div>"), deep.count("</div>"), deep.count("x"), deep[-1]) == (MAX_DEPTH, MAX_DEPTH, 1, "y")
    assert bounded("<br>" * (2 * MAX_TAGS)).count("<br>") < MAX_TAGS
