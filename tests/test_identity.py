"""What is the same: addresses, texts, signatures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.identity import address_key, fingerprint, normal, shingles, signature, text_fingerprint, words

STORY = "https://paper.test/2017/11/27/court-decides"
SAME = {
    STORY: [
        "http://paper.test/2017/11/27/court-decides",
        "HTTP://WWW.Paper.Test/2017/11/27/court-decides/",
        "https://paper.test:443/2017/11/27/court-decides#comments",
        "http://paper.test:80/2017/11/27/court-decides",
        "//paper.test/2017/11/27/court-decides",
        "paper.test/2017/11/27/court-decides",
        "  https://paper.test/2017/11/27/court-decides\n",
        "https://reader:secret@paper.test/2017/11/27/court-decides",
        "https://paper.test./2017/11/27/court-decides",
        "https://www2.paper.test/2017/11/27/court-decides",
        "https://m.paper.test/2017/11/27/court-decides",
        "https://mobile.paper.test/2017/11/27/court-decides",
        "https://amp.paper.test/2017/11/27/court-decides",
        "https://www.m.paper.test/2017/11/27/court-decides",
        "https://paper.test/2017/11/27/court-decides/amp",
        "https://paper.test/2017/11/27/court-decides/amp/",
        "https://paper.test/amp/2017/11/27/court-decides",
        "https://paper.test/2017/11/27/court-decides?amp",
        "https://paper.test/2017/11/27/court-decides?amp=1",
        "https://paper.test/2017/11/27/court-decides?outputType=amp",
        "https://paper.test/2017/11/27/court-decides.amp",
        "https://paper-test.cdn.ampproject.org/c/s/paper.test/2017/11/27/court-decides",
        "https://paper-test.cdn.ampproject.org/v/s/www.paper.test/2017/11/27/court-decides/amp?amp_js_v=0.1&usqp=mq331",
        "https://www.google.com/amp/s/paper.test/2017/11/27/court-decides/amp/",
        "https://www.google.co.uk/url?sa=t&url=https%3A%2F%2Fpaper.test%2F2017%2F11%2F27%2Fcourt-decides&usg=x",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fpaper.test%2F2017%2F11%2F27%2Fcourt-decides%3Ffbclid%3D1&h=AT",
        "https://paper.test/2017/11/27/court-decides/print",
        "https://paper.test/2017/11/27/court-decides/print/",
        "https://paper.test/2017/11/27/court-decides?print=1",
        "https://paper.test/2017/11/27/court-decides?print=true",
        "https://paper.test/2017/11/27/court-decides?tmpl=component&print=1&layout=print",
        "https://paper.test/2017/11/27/court-decides?view=print",
        "https://paper.test/2017//11/27/court-decides",
        "https://paper.test/2017/./11/x/../27/court-decides",
        "https://paper.test/2017/11/27/court%2Ddecides",
        "https://paper.test/2017/11/27/%63ourt-decides",
        "https://paper.test/2017/11/27/court-decides%20",
        "https://paper.test/2017/11/27/court-decides?",
        "https://paper.test/2017/11/27/court-decides?&&",
        "https://paper.test/2017/11/27/court-decides?id=",
        "https://paper.test/2017/11/27/court-decides;jsessionid=0AE12F?PHPSESSID=12",
        "https://paper.test/2017/11/27/court-decides?utm_source=rss&utm_medium=feed&UTM_Campaign=x",
        "https://paper.test/2017/11/27/court-decides?fbclid=IwAR0&gclid=1&mc_cid=2&mc_eid=3&yclid=4",
        "https://paper.test/2017/11/27/court-decides?at_medium=RSS&at_campaign=KARANGA&wt_zmc=1&xtor=RSS-1",
        "https://paper.test/2017/11/27/court-decides?ref=rss&source=twitter&from=homepage&partner=newsletter",
        "https://paper.test/2017/11/27/court-decides?share=facebook&nothing=#respond",
        "https://paper.test/2017/11/27/court-decides?replytocom=991#respond",
        "https://paper.test/2017/11/27/court-decides?sid=0123456789abcdef0123456789abcdef",
        "https://paper.test/2017/11/27/court-decides?utm_source=a&amp;utm_medium=b",
    ],
    "https://paper.test/": [
        "http://www.paper.test",
        "https://paper.test/index.html",
        "https://paper.test/index.php?",
        "https://paper.test/default.aspx#top",
        "https://paper.test//",
    ],
    "https://paper.test/news/story.html": [
        "https://paper.test/news/story.amp.html",
        "https://paper.test/news/story.print.html",
        "https://paper.test/news/story,print.html",
    ],
    "https://paper.test/s?a=1&b=2": [
        "https://paper.test/s?b=2&a=1",
        "https://paper.test/s/?a=1&b=2",
        "https://paper.test/s?a=1&amp;b=2",
        "https://paper.test/s?a=%31&b=2",
    ],
    "https://paper.test/s?q=a%20b": ["https://paper.test/s?q=a+b", "https://paper.test/s?q=a b"],
    "https://xn--bcher-kva.test/": ["https://bücher.test/", "https://BÜCHER.test"],
    "https://paper.test/%E1%9E%81": ["https://paper.test/ខ", "https://paper.test/%e1%9e%81"],
    "https://en.wikipedia.org/wiki/Khmer": ["https://en.m.wikipedia.org/wiki/Khmer"],
    "https://bbc.co.uk/news/1": ["https://m.bbc.co.uk/news/1", "http://www.bbc.co.uk/news/1?ocid=socialflow"],
    "https://paper.test/#!/story/7": ["https://www.paper.test/#!/story/7"],
}
APART = [
    ("https://paper.test/story?id=1", "https://paper.test/story?id=2"),
    ("https://paper.test/story?id=1", "https://paper.test/story"),
    ("https://paper.test/p/1", "https://paper.test/p/2"),
    ("https://paper.test/news", "https://paper.test/news?page=2"),
    ("https://paper.test/news?page=1", "https://paper.test/news?page=2"),
    ("https://paper.test/Story", "https://paper.test/story"),
    ("https://paper.test/story?ID=Ab", "https://paper.test/story?ID=aB"),
    ("https://paper.test/a/b", "https://paper.test/b/a"),
    ("https://paper.test/a%2Fb", "https://paper.test/a/b"),
    ("https://paper.test/a%3Fb", "https://paper.test/a?b"),
    ("https://paper.test/?a=1%26b=2", "https://paper.test/?a=1&b=2"),
    ("https://paper.test/?a%3D1", "https://paper.test/?a=1"),
    ("https://paper.test/story.html", "https://paper.test/story"),
    ("https://paper.test/story.html", "https://paper.test/story.php"),
    ("https://news.paper.test/a", "https://sport.paper.test/a"),
    ("https://paper.test/a", "https://paper.org/a"),
    ("https://paper.test:8080/a", "https://paper.test/a"),
    ("https://m.co.uk/", "https://co.uk/"),
    ("https://mobile.de/a", "https://de/a"),
    ("https://paper.test/?12345", "https://paper.test/?12346"),
    ("https://paper.test/story.php?12345", "https://paper.test/story.php"),
    ("https://paper.test/news.php?sid=7", "https://paper.test/news.php?sid=8"),
    ("https://paper.test/a?ref=778", "https://paper.test/a?ref=779"),
    ("https://paper.test/a?source=1", "https://paper.test/a?source=2"),
    ("https://paper.test/a?view=42", "https://paper.test/a?view=43"),
    ("https://paper.test/a?print=edition-3", "https://paper.test/a"),
    ("https://paper.test/best-guitar-amp", "https://paper.test/best-guitar"),
    ("https://paper.test/amp", "https://paper.test/"),
    ("https://paper.test/print", "https://paper.test/"),
    ("https://paper.test/amplifier/x-1", "https://paper.test/x-1"),
    ("https://paper.test/sprint", "https://paper.test/s"),
    ("https://paper.test/blueprint", "https://paper.test/blue"),
    ("https://paper.test/#!/story/7", "https://paper.test/#!/story/8"),
    ("https://paper.test/index.php?id=7", "https://paper.test/index.php?id=8"),
    ("https://paper.test/index.php/story-1", "https://paper.test/index.php/story-2"),
    ("https://web.archive.org/web/2017/http://a.test/", "https://web.archive.org/web/2018/http://a.test/"),
    ("https://paper.test/search?q=a+b", "https://paper.test/search?q=a%2Bb"),
    ("https://paper.test/2017/11/27/a", "https://paper.test/2017/11/28/a"),
    ("https://paper.test/?p=1", "https://paper.test/?p=2"),
    ("https://paper.test/?p=1&m=1", "https://paper.test/?p=1&m=0"),
    ("https://paper.test/story?lang=en", "https://paper.test/story?lang=km"),
    ("https://paper.test/50%25-off", "https://paper.test/50-off"),
    ("ftp://paper.test/a", "https://paper.test/a"),
]


@pytest.mark.parametrize(("key", "other"), [(key, other) for key, others in SAME.items() for other in others])
def test_costumes_of_one_address_have_one_key(key: str, other: str) -> None:
    """Scheme, `www.`, tracking, AMP, print, session, spelling: none of them makes another address."""
    assert address_key(other) == key


@pytest.mark.parametrize(("one", "other"), APART)
def test_two_stories_are_never_merged(one: str, other: str) -> None:
    """What could choose another story stays in the key."""
    assert address_key(one) != address_key(other)


@pytest.mark.parametrize(
    "junk", ["", " ", "%%%", "http://", "http://[::1", "javascript:void(0)", "mailto:a@b.test", "\x00", "//", "\ud800"]
)
def test_junk_is_no_error(junk: str) -> None:
    """What is no address still has a key."""
    assert address_key(address_key(junk)) == address_key(junk)


PIECES = st.sampled_from(
    (
        *"/,//,amp,print,/index.html,?,&,=,utm_source=x,id=7,%2F,%41,%,.,..,;,#,#!,www.,m.,é,ខ្មែរ,+,:,@, ".split(","),  # noqa: SIM905
        *("http://", "a.test", "cdn.ampproject.org/c/s/", "google.com/amp/s/", ".amp.html"),
    )
)


@given(st.lists(PIECES, max_size=12).map(lambda parts: "https://a.test/" + "".join(parts)) | st.text())
def test_a_key_is_its_own_key(url: str) -> None:
    """Any text has a key without an error, and the key of a key is itself."""
    assert address_key(address_key(url)) == address_key(url)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("He said “no”.", 'He said "no".'),
        ("one  two\n\nthree", "one two three"),
        ("re\u00adelected", "reelected"),
        ("ភ្នំ\u200bពេញ", "ភ្នំពេញ"),
        ("ﬁne", "fine"),
        ("１２", "12"),
        ("Don’t – ever", "DON'T - EVER"),
        ("cafe\u0301", "café"),
    ],
)
def test_the_same_words_have_one_fingerprint(one: str, other: str) -> None:
    """Typography, white space, invisible characters and capitals make no difference."""
    assert text_fingerprint(one) == text_fingerprint(other)
    assert fingerprint("t", one) == fingerprint("T", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("5 dead", "7 dead"), ("costs $5", "costs €5"), ("up 5%", "up 5"), ("हिन्दी", "हिन्द"), ("ក", "កា"), ("a b", "b a")],
)
def test_other_words_have_other_fingerprints(one: str, other: str) -> None:
    """A changed figure, currency, vowel sign or order is another text."""
    assert text_fingerprint(one) != text_fingerprint(other)


def test_title_and_text_are_kept_apart() -> None:
    """Words that move from the headline into the text change the fingerprint; its first byte is its version."""
    assert fingerprint("a b", "c") != fingerprint("a", "b c")
    assert fingerprint("a", "b")[:2] == "01"
    assert len(text_fingerprint("a")) == 34


def test_shingles_are_words_or_characters() -> None:
    """Four words where words have spaces, eight characters where they have none; short texts are one piece."""
    assert shingles("One two, three four five") == {"one two three four", "two three four five"}
    assert shingles("one two") == {"one two"}
    assert shingles("北京市政府今天宣布") == {"北京市政府今天宣", "京市政府今天宣布"}
    assert shingles(" … ") == frozenset()


def test_a_signature_is_the_same_everywhere() -> None:
    """The signature depends on the pieces alone, on every machine: bands that are stored must be found again."""
    assert signature(frozenset({"a", "b"})) == signature(frozenset({"b", "a"}))
    assert signature(shingles("One two three four five"))[:3] == (3882574290, 3600780173, 4002476077)


@pytest.mark.parametrize(
    ("text", "length"), [("a b, c!", 3), ("北京 is big", 4), ("ភ្នំពេញ", 4), ("हिन्दी में", 2), ("", 0)]
)
def test_length_counts_words_or_characters(text: str, length: int) -> None:
    """Words are counted where they have spaces, letters where they have none."""
    assert words(text) == length


def test_the_normal_form_is_stable() -> None:
    """Normalising twice changes nothing."""
    assert normal(normal("“Straße” İstanbul ﬁ")) == normal("“Straße” İstanbul ﬁ")
