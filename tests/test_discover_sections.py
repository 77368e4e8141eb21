"""Section and home pages: stories told from navigation, next pages, and what an address alone says."""

from __future__ import annotations

import pytest

from scraper.address_facts import address_facts, date_in
from scraper.discover import find_links
from scraper.errors import UnreadableListing

URL = "https://paper.example/national"
STORIES = """<main>
<div class="card"><h2><a href="/national/bridge-closes-for-repairs">Bridge closes for repairs</a></h2></div>
<div class="card"><h2><a href="/national/ferry-sails-again">The ferry sails again at night</a></h2></div>
<div class="card"><h2><a href="/national/clock-stops">The town clock has stopped</a></h2></div></main>"""
EXPECTED = ["/national/bridge-closes-for-repairs", "/national/ferry-sails-again", "/national/clock-stops"]


def found(page: str, url: str = URL, kind: str = "story", links: str | None = None) -> list[str]:
    named = find_links(f"<html><body>{page}</body></html>".encode(), url, links=links)
    return [link.url.removeprefix("https://paper.example") for link in named if link.kind == kind]


@pytest.mark.parametrize(
    "furniture",
    [
        '<nav><a href="/business">Business</a><a href="/how-we-work-and-why">How we work and why we do</a></nav>',
        '<div class="main-menu"><a href="/sport/football/premier-league-and-cup">Premier league and cup</a></div>',
        '<footer><a href="/privacy-policy">How we use the data that we have of you</a></footer>',
        '<div id="foot"><a href="/who-we-are-and-what-we-do">Who we are and what we do every day</a></div>',
        '<div><a href="/tag/elections">All our stories about the elections</a></div>',
        '<p class="byline">By <a href="/author/ann-bee-reporter">Ann Bee, our reporter in the delta</a></p>',
        '<p><a href="/login?next=/national">Log in</a> <a href="/">The Daily Ferry of the Delta</a></p>',
        '<a href="/files/harbour-photo.jpg">The harbour at dawn, seen from the hill</a>',
        '<a href="https://elsewhere.example/2017/11/27/a-long-story-of-others">A long story that others tell</a>',
        '<a href="javascript:share()">Share this story with all your friends</a><a href="#top">Back to top</a>',
        '<a href="mailto:desk@paper.example">Write to us about what you have seen today</a>',
        '<div><a href="/2017/11/26/">All stories of the day before this one</a></div>',
    ],
)
def test_what_is_no_story_is_left_out(furniture: str) -> None:
    """Menus, footers, tags, authors, login, pictures, other sites: only the three stories remain."""
    assert found(furniture + STORIES) == EXPECTED


def test_one_story_is_one_link_with_its_best_title() -> None:
    """Picture, headline, comments and "read more" of one story are one link; the headline is its title."""
    page = """<div class="t"><a href="/2017/11/27/ferry-sails-again"><img alt="The ferry"></a>
      <h3><a href="/2017/11/27/ferry-sails-again">The ferry sails again</a></h3>
      <a href="/2017/11/27/ferry-sails-again#comments">12 comments</a>
      <a href="/2017/11/27/ferry-sails-again">Read more</a></div>"""
    (link,) = find_links(page.encode(), URL)
    assert (link.url, link.title) == ("https://paper.example/2017/11/27/ferry-sails-again", "The ferry sails again")
    assert link.published == "2017-11-27"


def test_the_title_of_a_linked_card_is_its_headline() -> None:
    """Where one link holds headline and teaser, the teaser is not part of the title."""
    card = """<a href="/world/{slug}"><div><div>{title}</div><p>{teaser}</p></div></a>"""
    teaser = (
        "On the evening when it was first opened the people of the valley came with lamps and bread, and stayed. " * 2
    )
    page = card.format(slug="valley-gets-eye", title="The darkest valley gets the largest eye", teaser=teaser)
    (link,) = find_links(f"<main>{page}</main>".encode(), URL)
    assert link.title == "The darkest valley gets the largest eye"


@pytest.mark.parametrize(
    ("language", "titles"),
    [
        ("km", ["សាឡាងពេលយប់ដំណើរការឡើងវិញក្រោយពីរឆ្នាំ", "ស្ពានកំពង់ស្វាយនឹងបិទដប់បួនសប្តាហ៍", "តុលាការបើកបន្ទប់អានឯកសារ"]),
        ("th", ["เรือข้ามฟากกลางคืนกลับมาให้บริการอีกครั้ง", "สะพานจะปิดซ่อมเป็นเวลาสิบสี่สัปดาห์", "ศาลเปิดห้องอ่านเอกสารให้ประชาชน"]),
        ("zh", ["夜间渡轮停航两年后重新开航", "大桥将关闭十四周进行维修", "法院向公众开放档案阅览室"]),
        (
            "ar",
            [
                "العبّارة الليلية تعود إلى العمل بعد عامين",
                "إغلاق الجسر أربعة عشر أسبوعا للإصلاح",
                "المحكمة تفتح قاعة القراءة للجمهور",
            ],
        ),
        ("hi", ["दो साल बाद रात की नाव फिर चली", "मरम्मत के लिए पुल चौदह हफ़्ते बंद", "अदालत ने जनता के लिए वाचनालय खोला"]),
    ],
)
def test_stories_are_found_in_every_script(language: str, titles: list[str]) -> None:
    """The form of the page and the length of the text decide, not words of one language."""
    items = "".join(f'<li><h3><a href="/{language}/{4100 + n}">{title}</a></h3></li>' for n, title in enumerate(titles))
    menu = f'<nav><a href="/{language}/1">{titles[0][:6]}</a></nav>'
    links = find_links(f'<html lang="{language}"><body>{menu}<ul>{items}</ul></body></html>'.encode(), URL)
    assert [link.title for link in links] == titles


@pytest.mark.parametrize(
    ("near", "published"),
    [
        ('<time datetime="2017-11-27T08:15:00+07:00">Monday</time>', "2017-11-27T08:15:00+07:00"),
        ("<time>27 November 2017</time>", "2017-11-27"),
        ('<span class="post-date">November 27, 2017</span>', "2017-11-27"),
        ('<div class="views-field-created">27 November 2017</div>', "2017-11-27"),
        ('<p class="post-date">Posted on November 27, 2017</p>', "2017-11-27"),
        ('<span class="date">2 hours ago</span>', None),
    ],
)
def test_the_date_beside_a_teaser_is_a_hint(near: str, published: str | None) -> None:
    """Only what is written as a date; "2 hours ago" is not."""
    page = f"""<ul><li><h3><a href="/n/ferry-sails-again">The ferry sails again</a></h3>{near}</li>
      <li><h3><a href="/n/bridge-closes-for-repairs">Bridge closes for repairs</a></h3></li></ul>"""
    assert [link.published for link in find_links(page.encode(), URL)] == [published, None]


def test_a_selector_of_the_configuration_decides_alone() -> None:
    """Every link in what it matches is a story, and no other."""
    page = STORIES + '<div class="x"><a href="/short">Short</a><a href="https://other.example/1">1</a></div>'
    assert found(page, links=".x") == ["/short", "https://other.example/1"]
    assert found(page, links=".x a:first-child") == ["/short"]


def test_a_selector_that_is_none_says_so() -> None:
    """One line with the selector."""
    with pytest.raises(UnreadableListing, match=r"not a CSS selector: li\[\["):
        found(STORIES, links="li[[")


@pytest.mark.parametrize(
    ("url", "pager", "older"),
    [
        (URL, '<a href="?page=1">2</a><a href="?page=2">3</a><a href="?page=40">last</a>', "/national?page=1"),
        (URL, '<a href="?page=1">1</a><a href="?page=2">2</a>', "/national?page=2"),
        (URL + "?page=3", '<a href="?page=2">3</a><a href="?page=4">5</a>', "/national?page=4"),
        (URL + "?page=3", '<a href="?page=2">newer</a>', None),
        (URL + "/page/2", '<a href="/national/page/1">1</a><a href="/national/page/3">3</a>', "/national/page/3"),
        (URL, '<a href="/national/page/2/">ចាស់ជាង</a>', "/national/page/2/"),
        (URL, '<a href="/national/2">Older</a>', "/national/2"),
        (URL, '<a href="/national/501">Cuts hurt</a>', None),
        (URL, '<a rel="next" href="/national/older-stories?before=77">Older</a>', "/national/older-stories?before=77"),
        (URL, '<a href="/business?page=2">2</a>', None),
        ("https://paper.example/2017/11/27/", '<a href="../28/">next</a><a href="../26/">x</a>', "/2017/11/26/"),
        ("https://paper.example/2017/11/27/", '<link rel="next" href="/2017/11/28/">', None),
    ],
)
def test_the_older_page_is_a_listing(url: str, pager: str, older: str | None) -> None:
    """rel=next, the next number, or for a page of one day the day before; never a newer page."""
    assert found(pager + STORIES, url, "listing") == ([older] if older else [])


def test_base_href_is_obeyed() -> None:
    """Relative links are relative to what the page says."""
    page = '<base href="https://paper.example/archive/">' + STORIES.replace("/national/", "")
    assert found(page)[0] == "/archive/bridge-closes-for-repairs"


@pytest.mark.parametrize(
    ("path", "date"),
    [
        ("/2017/11/27/story", "2017-11-27"),
        ("/news/2017-11-27-story", "2017-11-27"),
        ("/news/20171127/story", "2017-11-27"),
        ("/news/story-20171127", "2017-11-27"),
        ("/2017/nov/27/story", "2017-11-27"),
        ("/27-11-2017/story", "2017-11-27"),
        ("/news/2017/11/story", "2017-11"),
        ("/201711/story", "2017-11"),
        ("/03-04-2017/story", None),
        ("/2017/13/45/story", None),
        ("/story-1712340000", None),
        ("/1984/11/27/orwell", None),
        ("/story", None),
    ],
)
def test_a_date_in_an_address_is_read_when_it_is_one(path: str, date: str | None) -> None:
    """Day or month; nothing where day and month could be exchanged, nothing in ids."""
    assert date_in("https://paper.example" + path) == date


@pytest.mark.parametrize(
    ("path", "number", "slug"),
    [
        ("/news/ferry-sails-again-12345", "12345", "ferry-sails-again"),
        ("/news/12345/ferry_sails_again.html", "12345", "ferry-sails-again"),
        ("/view.php?id=77", "77", "view"),
        ("/articles/c4ng7v0x2k1o", "c4ng7v0x2k1o", "articles"),
        ("/national/ferry-sails-again", None, "ferry-sails-again"),
    ],
)
def test_an_address_states_id_and_slug(path: str, number: str | None, slug: str) -> None:
    """By which a site knows the page."""
    facts = address_facts("https://paper.example" + path)
    assert (facts.id, facts.slug) == (number, slug)
