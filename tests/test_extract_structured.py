"""JSON-LD as it is found: many blocks, graphs, references, broken text; and what is read from it."""

from __future__ import annotations

import json

import pytest

from scraper.extract import extract
from scraper.extract.document import Document
from scraper.extract.images import divided
from scraper.extract.jsonld import nodes
from scraper.extract.language import detected, two_letters
from scraper.extract.structured import Structured, string

URL = "https://www.gazette.example/a"
BODY = "<p>The river rose by two metres in the night and the ferry to the island did not sail.</p>" * 4


def story(*blocks: str) -> Structured:
    """What a page with these JSON-LD blocks says."""
    scripts = "".join(f'<script type="application/ld+json">{block}</script>' for block in blocks)
    return Structured(Document.of(f"<html><head>{scripts}</head><body><h1>Ferry stays ashore</h1>".encode(), URL))


@pytest.mark.parametrize(
    "text",
    [
        '{"headline": "Ferry",}',
        '{"headline": "Ferry" /* draft */}',
        '//<![CDATA[\n{"headline": "Ferry"}\n//]]>',
        '<!-- {"headline": "Ferry"} -->',
        "{&quot;headline&quot;: &quot;Ferry&quot;}",
        '{"headline": "Ferry"',
        '{"headline": "Ferry", "tags": ["a", "b"',
        '{"headline": "Ferry"};',
        '{"headline": "Ferry"\n"section": "World"}',
        '\ufeff{"headline": "Ferry"}',
        '{"headline": "Ferry", "x": "a\\x"}',
        '{"headline": "Ferry", "body": "two\nlines\tand a tab"}',
        '[{"headline": "Ferry"}]',
        '{"@graph": [{"headline": "Ferry"}]}',
        '{"headline": "Ferry"}{"headline": "Bridge"}',
    ],
)
def test_broken_json_is_mended(text: str) -> None:
    """Where it is plain how, broken JSON is read all the same."""
    assert nodes([text])[0]["headline"] == "Ferry"


@pytest.mark.parametrize("text", ["", "no json", "{", "[" * 50_000, "[1, 2, 3]", '"Ferry"', "{'headline': nothing}"])
def test_what_cannot_be_mended(text: str) -> None:
    """What is not plain is left out, and never raises."""
    assert all("headline" not in node for node in nodes([text]))


def test_the_pages_own_story_is_chosen() -> None:
    """Of several articles the one with the page's address or headline is the story, wherever it stands."""
    other = '{"@type":"NewsArticle","headline":"Bridge opens","url":"https://www.gazette.example/b","datePublished":"2020-01-01"}'
    own = '{"@type":"NewsArticle","headline":"Ferry stays ashore","url":"https://gazette.example/a/","datePublished":"2024-11-12"}'
    assert string(story(other, own).story, "datePublished") == "2024-11-12"
    assert string(story('{"@type":"WebPage","mainEntity":' + own + "}", other).story, "datePublished") == "2024-11-12"


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_description_inside_of_a_script(levels: int) -> None:
    """JSON-LD that a page holds as text inside of its own scripts, quoted once or oftener, is read."""
    text = '{"@context":"https://schema.org","@type":"NewsArticle","headline":"Ferry","datePublished":"2024-11-12"}'
    for _ in range(levels):
        text = json.dumps(text)
    html = f'<script>push([1,["ld+json",{text}]])</script><h1>Ferry</h1>'
    found = Structured(Document.of(html.encode(), URL))
    assert string(found.story, "datePublished") == "2024-11-12"
    own = '{"@type":"NewsArticle","headline":"Ferry","datePublished":"2024-11-13"}'
    both = html + f"<script type='application/ld+json'>{own}</script>"
    assert string(Structured(Document.of(both.encode(), URL)).story, "datePublished") == "2024-11-13"


@pytest.mark.parametrize("rest", ["", '"', '\\"', "}" * 1000, '\\"@type\\":'])
def test_broken_description_inside_of_a_script(rest: str) -> None:
    """What looks like JSON-LD inside of a script and is none is left out."""
    html = '<script>x("ld+json{\\"@context\\":' + rest + "</script><h1>Ferry</h1>"
    assert Structured(Document.of(html.encode(), URL)).story == {}


def test_references_are_followed() -> None:
    """An object that only names another by @id is that other."""
    found = story(
        '{"@graph":[{"@type":"Article","headline":"x","publisher":{"@id":"#o"}},{"@id":"#o","@type":"Organization","name":"Gazette"}]}'
    )
    assert found.resolve(found.story["publisher"])["name"] == "Gazette"


def test_a_reference_to_itself_ends() -> None:
    """Circles of references end."""
    found = story('{"@type":"Article","@id":"#a","headline":"x","isPartOf":{"@id":"#a"},"author":{"@id":"#a"}}')
    assert found.story["headline"] == "x"


@pytest.mark.parametrize(
    ("value", "free"),
    [("false", False), ('"False"', False), ('"true"', True), ("true", True), ('"http://schema.org/False"', False)],
)
def test_free_to_read(value: str, free: bool) -> None:
    """isAccessibleForFree is read as a truth value and as text; nothing said is None."""
    facts = f'{{"@type":"NewsArticle","headline":"x","isAccessibleForFree":{value}}}'
    html = f'<script type="application/ld+json">{facts}</script>'
    assert extract((html + BODY).encode(), URL).free_to_read is free
    assert extract(BODY.encode(), URL).free_to_read is None


@pytest.mark.parametrize(
    ("kind", "head", "url"),
    [
        ("live blog", '<script type="application/ld+json">{"@type":"LiveBlogPosting","headline":"x"}</script>', URL),
        ("opinion", '<script type="application/ld+json">{"@type":"OpinionNewsArticle","headline":"x"}</script>', URL),
        ("opinion", "", "https://www.gazette.example/opinion/on-clocks"),
        ("video", '<meta property="og:type" content="video.other">', URL),
        ("article", '<meta property="og:type" content="article">', URL),
    ],
)
def test_kind(kind: str, head: str, url: str) -> None:
    """The kind follows what the page calls itself, then its address."""
    assert extract(f"<head>{head}</head><body><h1>Ferry</h1>{BODY}".encode(), url).kind == kind


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("404", "not an article"),
        ("Error 404", "not an article"),
        ("404 - Gazette", "not an article"),
        ("404 Not Found", "not an article"),
        ("Page not found", "not an article"),
        ("Story number 404", "article"),
        ("404 people brought to safety", "article"),
        ("Road 404 closed for the winter", "article"),
    ],
)
def test_error_pages(title: str, kind: str) -> None:
    """A page is an error's when its title is the error's number or name, not when a headline counts to 404."""
    assert extract(f"<title>{title}</title><h1>{title}</h1>{BODY}".encode(), URL).kind == kind
    facts = f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{title}"}}</script>'
    assert extract(f"<title>{title}</title>{facts}<h1>{title}</h1>{BODY}".encode(), URL).kind == "article"


def test_login_page_is_a_wall() -> None:
    """A page that asks for a password and tells nothing is a wall."""
    html = b"<title>Log in</title><body><h1>Log in</h1><form><input name=u><input type=password></form>"
    assert extract(html, URL).kind == "wall"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ទឹកទន្លេបានឡើងពីរម៉ែត្រក្នុងពេលយប់ ហើយសាឡាងមិនបានចេញដំណើរទេ", "km"),
        ("แม่น้ำสูงขึ้นสองเมตรในตอนกลางคืน", "th"),
        ("川の水位が夜の間に二メートル上がった", "ja"),
        ("河水在夜里上涨了两米，渡船没有开出", "zh"),
        ("강물이 밤사이 이 미터 올랐다", "ko"),
        ("Der Fluss stieg in der Nacht um zwei Meter und die Fähre fuhr nicht zur Insel.", "de"),
        ("The river rose by two metres in the night and the ferry did not sail.", "en"),
        ("نهر شب گذشته دو متر بالا آمد و کشتی به جزیره نرفت و بازار بی ماهی ماند", "fa"),
        ("1234", None),
    ],
)
def test_language_of_a_text(text: str, language: str | None) -> None:
    """The language is seen by its script, or by its words."""
    assert detected(text) == language


def test_declared_language_is_kept_beside_the_detected() -> None:
    """A page that declares the wrong language is read right, and both are in the evidence."""
    german = "<p>Der Fluss stieg in der Nacht um zwei Meter und die Fähre fuhr nicht zur Insel.</p>" * 4
    found = extract(f"<html lang=en><meta charset=utf-8><body><article><h1>Fähre</h1>{german}".encode(), URL)
    assert found.language == "de"
    assert found.evidence["language"].others == (("html lang", "en"),)


@pytest.mark.parametrize("tag", ["bs", "hr-HR", "sr-Latn"])
def test_standards_of_one_speech(tag: str) -> None:
    """Of Bosnian, Croatian and Serbian the page says which it is written in."""
    text = "<p>Trajekt za otok nije plovio nakon što je rijeka porasla dva metra, kaže upravnik luke.</p>" * 4
    html = f"<html lang={tag}><meta charset=utf-8><body><article><h1>Trajekt</h1>{text}"
    assert extract(html.encode(), URL).language == tag[:2]
    assert extract(html.replace(tag, "en").encode(), URL).language in {"bs", "hr", "sr"}


@pytest.mark.parametrize(
    ("tag", "code"), [("en-GB", "en"), ("pt_BR", "pt"), ("NB", "no"), ("english", None), ("", None)]
)
def test_language_tags(tag: str, code: str | None) -> None:
    """A language tag gives its two letters."""
    assert two_letters(tag) == code


@pytest.mark.parametrize(
    ("text", "caption", "credit"),
    [
        ("A bridge. Photo: Hak Monika", "A bridge.", "Hak Monika"),
        ("A bridge (Foto: dpa)", "A bridge", "dpa"),
        ("A bridge © Hak Monika", "A bridge", "© Hak Monika"),
        ("A bridge over the river", "A bridge over the river", None),
        ("ស្ពាន។ រូបភាព៖ ហាក់ មុនីកា", "ស្ពាន។", "ហាក់ មុនីកា"),
    ],
)
def test_caption_and_credit(text: str, caption: str, credit: str | None) -> None:
    """The credit at the end of a caption stands apart from it."""
    assert divided(text) == (caption, credit)


def test_bad_canonical_address() -> None:
    """A canonical address that is none is not taken; a relative one is made whole."""
    assert extract(b'<link rel=canonical href="http://[x"><h1>T</h1>', URL).canonical_url is None
    assert extract(b'<link rel=canonical href="/b"><h1>T</h1>', URL).canonical_url == "https://www.gazette.example/b"
