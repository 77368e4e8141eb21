"""The text of the story, and nothing else of the page."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from scraper.extract import body
from scraper.extract.document import Document

PAGES = Path(__file__).parent / "pages"
GOLDENS = sorted(folder.name for folder in PAGES.glob("body-*"))
PARAGRAPHS = [
    "The council met on Tuesday and spoke for six hours about the bridge that everybody wants and nobody can pay for.",
    "An engineer showed drawings of the old piers, which stand deeper in the mud than anyone had thought until now.",
    "In the end the members voted to ask the province for help, and to repaint the ferry while they wait for it.",
    "The next meeting will be held in the school hall, since the roof of the town house is still being mended.",
]
STORY = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)


def document(markup: str, head: str = "") -> Document:
    page = f"<!doctype html><html><head><meta charset=utf-8>{head}</head><body>{markup}</body></html>"
    return Document.of(page.encode(), "https://gazette.example/2025/bridge", "text/html; charset=utf-8")


def text_of(markup: str, head: str = "", **known: object) -> str:
    known = {"title": "A bridge for the town", "authors": ("Dara Chan",), **known}
    return body.read(document(markup, head), **known).text  # type: ignore[arg-type]


@pytest.mark.parametrize("slug", GOLDENS)
def test_golden(slug: str) -> None:
    """A saved page gives exactly the text that a person copied from it."""
    page = Document.of(
        (PAGES / slug / "page.html").read_bytes(), "https://paper.example/a/1", "text/html; charset=utf-8"
    )
    title = page.tree.css_first("h1").text(strip=True)
    assert body.read(page, title=title, authors=()).text == (PAGES / slug / "text.txt").read_text("utf-8").strip()


def test_the_same_page_gives_the_same_text() -> None:
    """Reading a page says nothing of the pages read before it."""
    markup = f"<article>{STORY}</article>"
    assert text_of(markup) == text_of(markup) == "\n\n".join(PARAGRAPHS)


def test_inline_markup_never_splits_a_word() -> None:
    """A bold letter belongs to its word; a line break parts two words."""
    found = text_of(
        f"<article>{STORY}<p>The <b>W</b>ord<sup>s</sup> of the<br>last line are kept as they stand.</p></article>"
    )
    assert found.endswith("The Words of the\nlast line are kept as they stand.")


@pytest.mark.parametrize(
    "box",
    [
        '<div class="newsletter-signup"><p>Sign up for the letter of the river, once a week.</p></div>',
        "<div><p>Tell us what you think of the new bridge.</p><form><input type=text></form></div>",
        "<div><img src=a.jpg><span>The old piers at low water in March</span></div>",
        '<ul><li><a href="/1">The province is poor</a></li><li><a href="/2">A green ferry</a></li></ul>',
        "<div hidden><p>This sentence is long enough to be a paragraph but no reader ever sees it there.</p></div>",
        '<p>Also read: <a href="/2024/mud">What lies in the mud of the river since the war</a></p>',
        "<p>By Dara Chan</p>",
    ],
)
def test_what_stands_between_paragraphs_and_is_not_the_story(box: str) -> None:
    """Pleas, forms, captions, teasers, hidden parts and bylines are left out, whatever stands around them."""
    paragraphs = [f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS]
    found = text_of(
        "<article><h1>A bridge for the town</h1>" + "".join([*paragraphs[:2], box, *paragraphs[2:]]) + "</article>",
        head='<script type="application/ld+json">{"@type": "NewsArticle"}</script>',
    )
    assert found == "\n\n".join(PARAGRAPHS)


def test_lists_quotes_tables_and_subheadings_stay() -> None:
    """What belongs to a text by its nature is kept, in order."""
    markup = (
        f"<article>{STORY}<h2>The vote</h2><ul><li>Nine for it</li><li>Two against</li></ul>"
        "<blockquote><p>I would rather swim than wait for the province.</p></blockquote>"
        "<table><tr><th>Year</th><td>1998</td></tr></table>"
        "<p>The ferry was built in the year of the great flood.</p></article>"
    )
    lines = text_of(markup).split("\n\n")[4:]
    assert lines[:4] == ["The vote", "Nine for it", "Two against", "I would rather swim than wait for the province."]
    assert " ".join(lines[4:]) == "Year 1998 The ferry was built in the year of the great flood."


def test_comments_longer_than_the_story_are_not_the_story() -> None:
    """A long discussion below a short article does not win over it."""
    talk = "".join(
        f"<p>Reader {i} says that the bridge was promised long ago, by other people, elsewhere.</p>" for i in range(60)
    )
    found = text_of(
        f'<article><h1>A bridge for the town</h1>{STORY}</article><div id="comments" class="comments">{talk}</div>'
    )
    assert found == "\n\n".join(PARAGRAPHS)


def test_the_publishers_own_text_decides_what_belongs() -> None:
    """A paragraph that JSON-LD's articleBody leaves out is left out; its subheadings stay."""
    extra = "<p>Visit our summer fair on the river, with boats and music for the whole family.</p>"
    markup = f"<article>{STORY}<h2>The vote</h2>{extra}<p>{PARAGRAPHS[0][::-1]}</p></article>"
    told = " ".join([*PARAGRAPHS, PARAGRAPHS[0][::-1]])
    assert text_of(markup, json_body=told) == "\n\n".join([*PARAGRAPHS, "The vote", PARAGRAPHS[0][::-1]])


def test_an_empty_shell_is_read_from_json_ld() -> None:
    """A page whose body is filled by scripts still has its text."""
    found = body.read(
        document("<div id=app></div>"), title="A bridge", authors=(), json_body="<p>One &amp; two.</p><p>Three.</p>"
    )
    assert (found.text, found.source) == ("One & two.\n\nThree.", "json-ld articleBody")


def test_a_rule_names_the_container_and_what_to_drop() -> None:
    """keep and drop of a source's rule win over what we would have found."""
    markup = f'<div id="a">{STORY}</div><div id="b"><p>Short.</p><p class="x">Out.</p></div>'
    found = body.read(document(markup), title=None, authors=(), keep="#b", drop=[".x"])
    assert (found.text, found.source) == ("Short.", "rule")


def test_a_rule_that_finds_nothing_does_no_harm() -> None:
    """After a redesign an old selector is ignored."""
    assert text_of(f"<article>{STORY}</article>", keep="#gone") == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 10_000 + "deep" + "</div>" * 10_000,
        "<b>" * 50_000 + "deep",
        "<p>" + "<a href=x>y</a> " * 50_000,
        "<ul>" + "<li><a href=/x>a link to something else</a></li>" * 20_000 + "</ul>",
        "<h1>A bridge for the town</h1>" * 5_000,
        "<div class='" + "related " * 50_000 + "'>x</div>",
        "<table>" * 3_000 + "x",
        "",
    ],
    ids=["deep", "deep inline", "links", "list", "headings", "names", "tables", "empty"],
)
def test_hostile_markup_takes_no_longer_than_its_length(markup: str) -> None:
    """Depth, breadth and odd names end in a text, soon, and never in a recursion error."""
    page = document(markup + STORY)
    started = time.process_time()
    body.read(page, title="A bridge for the town", authors=("Dara Chan",))
    assert time.process_time() - started < 10


def test_opening_outside_the_wall() -> None:
    """An opening that stands before the paid part of a story belongs to it."""
    paid = "".join(f"<p>{paragraph} {paragraph}</p>" for paragraph in PARAGRAPHS[:3])
    opening = f"{PARAGRAPHS[0]} {PARAGRAPHS[3]}"
    found = text_of(f"<div><div><p>{opening}</p><div class=paid>{paid}</div></div></div>")
    assert found.startswith(opening)


NEWS = '<script type="application/ld+json">{"@type": "NewsArticle"}</script>'
LEAD = "The town wants a bridge, the province has no money, and the ferry is old."
NOTE = "We take no money from bridge builders, as our rules for advertising say."


def test_a_standfirst_is_kept_where_the_page_says_the_same() -> None:
    """What stands under the headline and is the page's description is the standfirst, all parts of it."""
    head = f'{NEWS}<meta name="description" content="{LEAD[:70]}...">'
    markup = (
        "<header><h1>A bridge for the town</h1><div>By Dara Chan</div>"
        f"<ul><li>{LEAD}</li><li>The vote was close.</li></ul></header><p class=note>{NOTE}</p>"
        "<figure><img src=a.jpg><p>The old piers at low water, seen from the ferry in March of last year.</p></figure>"
        f"<div class=text>{STORY * 3}</div>"
    )
    assert text_of(f"<main>{markup}</main>", head=head) == "\n\n".join([LEAD, "The vote was close.", *PARAGRAPHS * 3])


def test_a_paragraph_right_under_a_newspapers_headline_is_its_standfirst() -> None:
    """It needs no description; a paragraph that stands lower, or in a caption, does."""
    lead = PARAGRAPHS[1]
    apart = f"<div><p>{lead}</p></div><div><p>{NOTE} {NOTE}</p></div>"
    body = f"<div class=text>{STORY * 3}</div>"
    found = text_of(f"<main><h1>A bridge for the town</h1>{apart}{body}</main>", head=NEWS)
    assert found == "\n\n".join([lead, *PARAGRAPHS * 3])


def test_an_opening_that_is_set_apart_is_read_outside_newspapers() -> None:
    """On other pages every paragraph between headline and container belongs to the text; what stands above does not."""
    intro = f"{PARAGRAPHS[1]} {PARAGRAPHS[2]}"
    opening = f"<p class=note>{NOTE}</p><h1>A bridge for the town</h1><div><p class=in>{intro}</p></div>"
    assert text_of(f"<main>{opening}<div>{STORY * 4}</div></main>").split("\n\n")[:2] == [intro, PARAGRAPHS[0]]


def test_lists_of_links_and_asides_between_paragraphs_belong_to_a_text() -> None:
    """Outside newspapers a list inside a list and an aside that says something stay; an aside with links goes."""
    links = '<ul><li>More:<ul><li><a href="/1">The province is poor</a></li></ul></li></ul>'
    aside = f"<aside><p>{PARAGRAPHS[3]}</p></aside>"
    teasers = '<aside><a href="/2">A green ferry for the blue river</a></aside>'
    paragraphs = [f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS[:3]]
    found = text_of(f"<article>{paragraphs[0]}{links}{aside}{paragraphs[1]}{teasers}{paragraphs[2]}</article>")
    assert found.split("\n\n") == [PARAGRAPHS[0], "More:", "The province is poor", PARAGRAPHS[3], *PARAGRAPHS[1:3]]


def test_headings_that_are_items_of_a_last_list_stay() -> None:
    """A heading at the end has lost what stood under it and goes; the items of a list set as headings are the text."""
    items = "<ul><li><h3>Nine for it</h3></li><li><h3>Two against</h3></li></ul>"
    wanted = [*PARAGRAPHS, "Nine for it", "Two against"]
    assert text_of(f"<article>{STORY}{items}<h3>Discover more</h3></article>") == "\n\n".join(wanted)


def test_story_in_a_layout_table() -> None:
    """A page laid out as a table gives the cell with the story, not the lists in the cells beside it."""
    beside = "<td><b>Latest</b><br><a href=/1>A ferry is late</a><br><a href=/2>A cat is found</a><br></td>"
    assert text_of(f"<table><tr>{beside}<td>{STORY}</td></tr></table>") == "\n\n".join(PARAGRAPHS)


def test_story_inside_a_navigation_element() -> None:
    """A nav or footer is read where it holds paragraphs: some pages forget to close theirs."""
    assert text_of(f"<nav><a href=/>Home</a><div>{STORY}</div></nav>") == "\n\n".join(PARAGRAPHS)


def test_a_streamed_page_is_read_in_the_order_the_reader_sees() -> None:
    """What React sends late stands hidden at the end, and is read where its script puts it."""
    paragraphs = [f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS]
    found = text_of(
        f'<main><article>{paragraphs[0]}<!--$?--><template id="B:0"></template><p>Loading</p><!--/$-->{paragraphs[3]}'
        f'</article></main><footer>Imprint</footer><div hidden id="S:2">{paragraphs[1]}<template id="P:5"></template>'
        f'</div><div hidden id="S:5">{paragraphs[2]}</div><script>$RS("S:5","P:5")</script>'
        '<script>$RC("B:0","S:2")</script>'
    )
    assert found.replace("Loading\n\n", "") == "\n\n".join(PARAGRAPHS)


def test_a_streamed_page_without_its_placeholders_is_read_too() -> None:
    """A segment without a place, and one that holds its own placeholder, do no harm."""
    found = text_of(
        f"<article>{STORY}</article>"
        '<div hidden id="S:1"><template id="P:1"></template></div><div hidden id="S:9"></div>'
    )
    assert found == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize("marks", ['id="related-deaths-of-the-year"', 'class="box-d983ad0"', 'id="newsletter"'])
def test_marks_that_repeat_the_text_or_are_made_by_chance_say_nothing(marks: str) -> None:
    """An id made of the heading's words and a made-up class with letters like "ad" do not make a part furniture."""
    parts = [f"<p>{PARAGRAPHS[0]}</p>", f"<h2 {marks}>The vote</h2>", f"<p>{PARAGRAPHS[1]}</p>"]
    assert text_of(f"<article>{''.join(parts)}</article>") == f"{PARAGRAPHS[0]}\n\nThe vote\n\n{PARAGRAPHS[1]}"
