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


@pytest.mark.parametrize(
    ("head", "heading", "url"),
    [
        ("<title>x</title>", "<h1>Ferry stays ashore | National</h1>", "https://gazette.example/national/ferry"),
        ("<meta property='article:section' content='Our River'>", "<h1>Ferry stays ashore | Our River</h1>", ""),
        ("<title>Ferry stays ashore | Our River | Gazette</title>", "", "https://gazette.example/ferry"),
        ("<title>Ferry stays ashore | National Gazette of Records</title>", "", "https://nationalgazette.example/a"),
        ("<title>Ferry stays ashore | NGZ</title>", "", "https://national-gazette.example/a"),
        ("<title>gazette.example Ferry stays ashore</title>", "", "https://gazette.example/a"),
    ],
)
def test_section_and_short_name_are_stripped(head: str, heading: str, url: str) -> None:
    """A section that the page or its address names, and a name of the site that the host spells, are no headline."""
    assert title(head, heading, url or "https://www.gazette.example/a") == "Ferry stays ashore"


def test_what_only_looks_like_a_section_stays() -> None:
    """A part behind a bar that nothing names as a section, and one behind a dash, belong to the headline."""
    assert title("", "<h1>Ferry stays ashore | part two</h1>") == "Ferry stays ashore | part two"
    url = "https://gazette.example/island/ferry"
    assert title("", "<h1>Ferry to the mainland – Island</h1>", url) == "Ferry to the mainland – Island"


def test_heading_that_leads_home_is_the_sites() -> None:
    """A heading that is nothing but a link to the front page names the site; the headline is the lesser one."""
    head = "<title>River Notes: Ferry stays ashore</title><meta property='og:title' content='Ferry stays ashore'>"
    headings = "<h1><a href='https://www.gazette.example/'>River Notes</a></h1><h3>Ferry stays ashore</h3>"
    assert title(head, headings) == "Ferry stays ashore"


def test_lesser_heading_tells_the_sites_part() -> None:
    """Where no first heading is printed, a lesser one shows which part of the title is the headline."""
    assert title("<title>Ferry stays ashore — Notes of a river</title>", "<h2>Ferry stays ashore</h2>") == (
        "Ferry stays ashore"
    )


def test_one_word_is_no_likeness() -> None:
    """Headings inside of a text do not become its title because the long title has one of their words."""
    head = "<meta property='og:title' content='How the ferry, the bridge and the market came through the long winter'>"
    assert title(head, "<h1>Bridge</h1><h1>Market</h1>") == (
        "How the ferry, the bridge and the market came through the long winter"
    )


@pytest.mark.parametrize(
    "heading",
    [
        "<h1><span class=label>Exclusive</span> Ferry stays ashore</h1>",
        "<h1>Ferry stays ashore <small>Read aloud</small></h1>",
        "<h1>Ferry<br>stays<br>ashore</h1>",
        "<h1><div>Ferry stays</div><div>ashore</div></h1>",
        "<h1><span>F</span>erry stays ashore</h1>",
        "<h1><style>.x{color:red}</style>Ferry stays ashore<script>x()</script></h1>",
        "<h1><svg><title>Clock</title></svg>Ferry stays <!-- x -->ashore<button>Save</button></h1>",
        "<h1><span hidden>Draft</span><span class=sr-only>Story: </span>Ferry stays ashore</h1>",
        "<h1><b>Ferry</b><b>stays ashore</b></h1>",
    ],
)
def test_parts_of_a_heading(heading: str) -> None:
    """A label in an element of its own goes where a claim has the rest; lines are parted, pieces of words are not."""
    assert title("<meta property='og:title' content='Ferry stays ashore'>", heading) == "Ferry stays ashore"
    assert title("", "<h1>Ferry<br>stays ashore</h1>") == "Ferry stays ashore"
    assert title("", "<h1><style>.x{}</style><b>Ferry</b><b>stays ashore</b></h1>") == "Ferry stays ashore"
    assert title("", "<h1><i>F</i><i>e</i><i>r</i><i>r</i><i>y</i></h1>") == "Ferry"


def test_heading_that_was_never_closed() -> None:
    """A heading that holds the whole page is no headline, however much it holds."""
    head = "<meta property='og:title' content='Ferry stays ashore'>"
    assert title(head, "<h1>Ferry" + BODY * 20) == "Ferry stays ashore"
    assert title(head, "<h1>" + "<span>Ferry stays</span>" * 5_000 + "</h1>") == "Ferry stays ashore"


def test_cut_claims_do_not_count() -> None:
    """A claim that a limit of characters cut off gives way to the whole one."""
    head = "<meta property='og:title' content='Ferry stays ashore as the…'>"
    head += "<meta name='twitter:title' content='Ferry stays ashore as the river rises'>"
    assert title(head) == "Ferry stays ashore as the river rises"
    assert title("<meta property='og:title' content='Ferry stays ashore…'>") == "Ferry stays ashore…"


def test_twice_encoded_text() -> None:
    """UTF-8 that was encoded twice is read; capitals with accents before a quotation mark are no such case."""
    assert title("", "<h1>The ferry\u00e2\u0080\u0099s winter</h1>") == "The ferry’s winter"
    assert title("", "<h1>« LE CAFÉ»</h1>") == "« LE CAFÉ»"


def test_nothing_to_read() -> None:
    """A page without any title has none."""
    assert title("") is None
