"""Authors: people and agencies, without what is printed around their names."""

from __future__ import annotations

import pytest

from scraper.extract import extract
from scraper.extract.names import people

BODY = "<p>The river rose by two metres in the night and the ferry to the island did not sail.</p>" * 4


def authors(line: str = "", head: str = "", url: str = "https://www.gazette.example/a") -> tuple[str, ...]:
    """The authors of a page with this line below its headline and this in its head."""
    html = f"<head><meta charset=utf-8>{head}</head><body><article><h1>Ferry stays ashore</h1>{line}{BODY}</article>"
    return extract(html.encode(), url).authors


def json_ld(author: str) -> str:
    """A NewsArticle by this author (JSON)."""
    return f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"x","author":{author}}}</script>'


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("By Lim Dalin", ["Lim Dalin"]),
        ("By Lim Dalin and Pov Chenda", ["Lim Dalin", "Pov Chenda"]),
        ("By Ros Vibol, Sun Leakena and Ty Channary", ["Ros Vibol", "Sun Leakena", "Ty Channary"]),
        ("Von Anna Martel und Lea Wagner", ["Anna Martel", "Lea Wagner"]),
        ("Par Marie Dubois et Luc Petit", ["Marie Dubois", "Luc Petit"]),
        ("Por Ana Gil y Luis Rey", ["Ana Gil", "Luis Rey"]),
        ("José Ortega y Gasset", ["José Ortega y Gasset"]),
        ("Af Trine Juncher og Mads Rasmussen", ["Trine Juncher", "Mads Rasmussen"]),
        ("ដោយ លឹម ដាលីន", ["លឹម ដាលីន"]),
        ("โดย สมชาย ใจดี และ มานี มีนา", ["สมชาย ใจดี", "มานี มีนา"]),
        ("记者：王小明、李雷", ["王小明", "李雷"]),
        ("بقلم أحمد علي", ["أحمد علي"]),
        ("By Lim Dalin, Senior Reporter", ["Lim Dalin"]),
        ("Lim Dalin, MD, PhD", ["Lim Dalin, MD, PhD"]),
        ("By Lim Dalin lim@gazette.example @limdalin", ["Lim Dalin"]),
        ("By Dr. Max Kolter", ["Dr. Max Kolter"]),
        ("AFP", ["AFP"]),
        ("By Lim Dalin | 4 min read", ["Lim Dalin"]),
    ],
)
def test_names_of_a_byline(text: str, names: list[str]) -> None:
    """ "By", "and", job titles and addresses go, in many languages; letters after a name stay."""
    assert people([text], strict=True) == names


@pytest.mark.parametrize(
    "text", ["Share", "Read more", "https://facebook.com/gazette", "12 November 2024", "Last updated:", "admin", ""]
)
def test_what_is_no_name(text: str) -> None:
    """Navigation words, addresses and dates are nobody."""
    assert people([text], strict=True) == []


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ('"Lim Dalin and Pov Chenda"', ("Lim Dalin", "Pov Chenda")),
        ('{"@type":"Person","name":"By Lim Dalin"}', ("Lim Dalin",)),
        ('[{"@type":"Person","name":"Lim Dalin"},{"@type":"Person","name":"Pov Chenda"}]', ("Lim Dalin", "Pov Chenda")),
        ('{"@type":"Person","givenName":"Dalin","familyName":"Lim"}', ("Dalin Lim",)),
        ('{"@type":"Organization","name":"AFP"}', ("AFP",)),
        ('{"@type":["Person"],"name":["Lim Dalin"]}', ("Lim Dalin",)),
    ],
)
def test_json_ld_authors(author: str, names: tuple[str, ...]) -> None:
    """All the ways to write an author in JSON-LD are read."""
    assert authors(head=json_ld(author)) == names


def test_byline_before_the_outlet() -> None:
    """The outlet is the author only when nobody else signs."""
    head = (
        json_ld('{"@type":"Organization","name":"The Gazette"}')
        + '<meta property="og:site_name" content="The Gazette">'
    )
    assert authors("<p class=byline>By Lim Dalin</p>", head) == ("Lim Dalin",)
    assert authors("", head) == ("The Gazette",)


def test_fuller_list_wins() -> None:
    """A list that names the same people and more is the better one."""
    head = '<meta name="author" content="Lim Dalin">'
    line = '<p class=byline>By <a href="/author/1">Lim Dalin</a> and <a href="/author/2">Pov Chenda</a></p>'
    assert authors(line, head) == ("Lim Dalin", "Pov Chenda")


def test_byline_shares_its_line_with_the_date() -> None:
    """A date beside the name is no part of it."""
    assert authors(
        "<div class=article-author-wrapper><p>Lim Dalin | Publication date 12 November 2024 | 08:15 ICT</p></div>"
    ) == ("Lim Dalin",)
    assert authors("<p>Published 12 November 2024 by Lim Dalin</p>") == ("Lim Dalin",)


def test_label_on_a_line_of_its_own() -> None:
    """A name that stands below its label is found."""
    assert authors("<div><span>Written by</span><p>Lim Dalin</p></div>") == ("Lim Dalin",)


def test_bylines_of_other_stories_do_not_count() -> None:
    """A teaser's byline is not the story's."""
    other = "<div class=related><p>By Hak Monika</p></div>"
    other += "<div class=most-viewed><ul><li><h3>x</h3><p>By Oum Vannak</p></li></ul></div>"
    assert authors(other) == ()
