"""What a newspaper's addresses of stories look like, learned from those that were read."""

from __future__ import annotations

import pytest

from scraper.address_forms import form, learned
from scraper.config import Listing, Source
from scraper.discover import find_links
from tests.test_pipeline import FEED, HOME, Paper, feed, story

FRONT = """<html><body><nav><a href="/news/7">World</a></nav><div><a href="/politics">Politics</a>
<a href="/news/504">Cuts hurt</a><a href="/news/505">Rain</a><a href="/news/506"><img src="x"></a>
<a href="/tag/507">Snow</a></div></body></html>"""


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/news/501", "news/9"),
        ("/news/501/", "news/9"),
        ("/2017/11/27/the-ferry-sails-again.html", "9/9/9/W.html"),
        ("/world/ferry-sails", "world/w-w"),
        ("/story?id=77&lang=en", "w?id=9?lang=w"),
        ("/ព័ត៌មាន/501", "ព័ត៌មាន/9"),
        ("/", ""),
    ],
)
def test_an_address_has_a_form(path, shape):
    """Numbers are numbers, words are words, folders and parameters keep their names."""
    assert form(HOME + path) == shape
    assert form("https://[broken" + path) == ""


def test_a_form_is_learned_from_three_stories_and_forgotten_with_one_other_page():
    """Two may be accidents; a page of this form that is no story shows that the form says nothing."""
    stories = [f"{HOME}/news/{number}" for number in (501, 502, 503)]
    assert learned(stories, [f"{HOME}/politics"]) == {"news/9"}
    assert learned(stories[:2], []) == frozenset()
    assert learned(stories, [f"{HOME}/news/7"]) == frozenset()


def test_a_link_of_a_known_form_is_a_story_however_short_its_text():
    """Not in a menu, not to a page of the site's machinery, not without any text."""
    page = FRONT.encode()
    assert find_links(page, f"{HOME}/") == []
    known = find_links(page, f"{HOME}/", story_forms=frozenset({"news/9", "tag/9"}))
    assert [link.url.removeprefix(HOME) for link in known] == ["/news/504", "/news/505"]


def test_a_section_is_read_with_what_the_feed_taught():
    """The first crawl learns the form from the feed's stories, the next one finds more of them on the front page."""
    source = Source(id="paper", homepage=f"{HOME}/", listings=(Listing(url=FEED), Listing(url=f"{HOME}/")), delay=0.0)
    numbers = (501, 502, 503, 504, 505)
    pages = {f"{HOME}/news/{number}": story(f"The bridge of {number}") for number in numbers}
    pages |= {FEED: feed("/news/501", "/news/502", "/news/503"), f"{HOME}/": "<html><body><p>Soon</p></body></html>"}
    paper = Paper(pages, source)
    paper.run()
    assert paper.archive.judged("paper") == ([f"{HOME}/news/{number}" for number in (503, 502, 501)], [])
    paper.web.pages[f"{HOME}/"] = FRONT
    paper.later(days=2)
    paper.run()
    assert {path for path, (state, _) in paper.states().items() if state == "held"} == {
        f"/news/{number}" for number in numbers
    }
