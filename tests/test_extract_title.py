"""Titles: the printed headline, without the name of the site."""

from __future__ import annotations

import pytest

from archive.records import Link
from scraper.extract import extract

BODY = "<p>The river rose by two metres in the night and the ferry to the island did not sail.</p>" * 4


def title(head: str, heading: str = "", url: str = "https://www.gazette.example/a", **more: Link) -> str | None:
    """The title of a page with this head and this heading."""
    return extract(f"<html><head><meta charset=utf-8>{head}</head><body>{heading}{BODY}".encode(), url, **more).title


@pytest.mark.parametrize(
    "head",
    [
        "<title>Ferry stays ashore | The Gazette</title>",
        "<title>The Gazette - Ferry stays ashore</title><meta property='og:site_name' content='The Gazette'>",
        "<title>Ferry stays ashore – Gazette.example</title>",
        "<title>Ferry stays ashore » National » Gazette</title><meta property='og:title' content='Ferry stays ashore'>",
        "<meta property='og:title' content='Ferry stays ashore - Gazette'>",
        '<script type=\'application/ld+json\'>{"@type":"NewsArticle","headline":"Ferry stays ashore"}</script>',
    ],
)
def test_site_name_is_stripped(head: str) -> None:
    """The name of the site goes wherever it stands, whether the page says it or the host."""
    assert title(head) == "Ferry stays ashore"


def test_parts_of_a_headline_stay() -> None:
    """A dash, a bar or a colon of the headline itself is no separator."""
    heading = "<h1>Ferry - ashore: the story | part two</h1>"
    assert (
        title("<title>Ferry - ashore: the story | part two | Gazette</title>", heading)
        == "Ferry - ashore: the story | part two"
    )


def test_printed_headline_wins() -> None:
    """What the page prints comes before what it tells search engines."""
    assert title("<title>Ferry times 2024 best tips</title>", "<h1>Ferry stays ashore</h1>") == "Ferry stays ashore"


def test_newsroom_claims_that_agree_win_over_a_ticker() -> None:
    """Where JSON-LD and og:title of a news article agree, another heading is not its headline."""
    head = "<meta property='og:title' content='Ferry stays ashore'>"
    head += '<script type=\'application/ld+json\'>{"@type":"NewsArticle","headline":"Ferry stays ashore"}</script>'
    assert title(head, "<h1>+++ 12:01 Water falls again +++</h1>") == "Ferry stays ashore"


def test_heading_of_the_site_is_not_the_headline() -> None:
    """Of several h1 the one that the page's claims speak of is the headline."""
    head = "<title>Ferry stays ashore</title><meta property='og:site_name' content='The Gazette'>"
    assert title(head, "<h1>The Gazette</h1><h1>Ferry stays ashore</h1><h1>More stories</h1>") == "Ferry stays ashore"


def test_line_above_the_headline_is_left_out() -> None:
    """A kicker in an element of its own is no part of the headline."""
    heading = "<h1><span>Floods - </span><span>Ferry stays ashore</span></h1>"
    assert title("<meta property='og:title' content='National: Ferry stays ashore'>", heading) == "Ferry stays ashore"


def test_entities_and_invisible_characters() -> None:
    """Entities are read, also those escaped twice; soft hyphens and zero-width marks go."""
    assert title("<meta property='og:title' content='Ferry &amp;amp; bridge'>") == "Ferry & bridge"
    assert title("", "<h1>Fer\u00adry stays\u200b ashore</h1>") == "Ferry stays ashore"


def test_titles_without_spaces() -> None:
    """Headings are compared by characters where a script writes no spaces."""
    head = "<title>宮崎県で震度5弱、津波注意報：川新聞デジタル</title>"
    assert title(head, "<h1>津波情報</h1><h1>宮崎県で震度5弱、津波注意報</h1>") == "宮崎県で震度5弱、津波注意報"


def test_nothing_to_read() -> None:
    """A page without any title has none."""
    assert title("") is None
