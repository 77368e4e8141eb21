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
        "https://paper.test/2017/11/27/court-decides?=",
        "https://paper.test/2017/11/27/court-decides;jsessionid=0AE12F?PHPSESSID=12",
        "https://paper.test/2017/11/27/court-decides?utm_source=rss&utm_medium=feed&UTM_Campaign=x",
        "https://paper.test/2017/11/27/court-decides?fbclid=IwAR0&gclid=1&mc_cid=2&mc_eid=3&yclid=4",
        "https://paper.test/2017/11/27/court-decides?at_medium=RSS&at_campaign=KARANGA&wt_zmc=1&xtor=RSS-1",
        "https://paper.test/2017/11/27/court-decides?ref=rss&source=twitter&from=homepage&partner=newsletter",
        "https://paper.test/2017/11/27/court-decides?share=facebook&=#respond",
        "https://paper.test/2017/11/27/court-decides?replytocom=991#respond",
        "https://paper.test/2017/11/27/court-decides/index",
        "https://paper.test/2017/11/27/court-decides/index.phtml",
        "https://paper.test/2017/11/27/court-decides/&",
        "https://paper.test/2017/11/27/court-decides&utm_source=x&utm_medium=y",
        "https://paper.test/2017/11/27/court%252Ddecides",
        "https://paper.test/2017/11/27/%2563ourt%25252Ddecides",
        "https:\\\\paper.test\\2017\\11\\27\\court-decides",
        "///paper.test/2017/11/27/court-decides",
        "https://..paper..test/2017/11/27/court-decides",
        "https://p%61per.test/2017/11/27/court-decides",
        "https://www123.paper.test/2017/11/27/court-decides",
        "https://amp-paper.test/2017/11/27/court-decides",
        "https://bc.marfeelcache.com/amp/paper.test/2017/11/27/court-decides",
        "https://www.facebook.com/l.php?u=https%3A%2F%2Fpaper.test%2F2017%2F11%2F27%2Fcourt-decides",
        "https://out.reddit.com/t3_x?url=https%3A%2F%2Fpaper.test%2F2017%2F11%2F27%2Fcourt-decides&token=A",
        "https://vk.com/away.php?to=https%3A%2F%2Fpaper.test%2F2017%2F11%2F27%2Fcourt-decides",
        "https://a.test/?url=https%3A%2F%2Fpaper.test%2F2017%2F11%2F27%2Fcourt-decides",
        "https://www.youtube.com/redirect?event=v&q=https%3A%2F%2Fpaper.test%2F2017%2F11%2F27%2Fcourt-decides",
        "<https://paper.test/2017/11/27/court-decides>",
        "\ufeffhttps://paper.test/2017/11/27/court-decides\u200b\u00a0",
        "<![CDATA[https://paper.test/2017/11/27/court-decides]]>",
        "https://paper.test/2017/11/27/court-decides?amp=0",
        "https://paper.test/2017/11/27/court-decides?marfeeltn=amp",
        "https://paper.test/2017/11/27/court-decides?action=print&theme=mobile&singlepage=true&pagewanted=all",
        "https://paper.test/2017/11/27/court-decides?ref=mostread&campaign=autumn&ref=other-paper.com",
        "https://paper.test/2017/11/27/court-decides?utm_source=a?utm_medium=b",
        "https://paper.test/2017/11/27/court-decides?sf123456789=1&s=9682993c8daa2c5497996114facdc805",
        "https://paper.test/(S(lit3py55t21z5v55vlm25s55))/2017/11/27/court-decides",
        "https://paper.test/2017/11/27/court-decides#!/",
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
    "https://paper.test/s?a=1&b=2&c": [
        "https://paper.test/s?c=&b=2&a=1",
        "https://paper.test/s?c&b=2&a=1&a=1",
        "https://paper.test/s?a=1&amp;amp;b=2&#038;c&#x26;",
        "https://paper.test/s?a=1&b=%2532&c?fbclid=7",
    ],
    "https://paper.test/?1750,4": ["https://paper.test/?1750%2C4=", "https://paper.test?1750,4"],
    "https://10.1.2.3/a": ["http://0xa010203/a", "http://012.1.2.3/a", "http://167838211/a", "http://10.66051/a"],
    "https://[2001:db8::1]/a": ["http://[2001:0DB8:0:0:0:0:0:1]:80/a"],
    "https://%20paper.test/a%20b": ["http:// paper.test/a b/", "%20paper.test/a%20b?utm_source=x"],
    "https://paper.test/100%25": ["https://paper.test/100%", "https://paper.test/100%2525"],
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
    ("https://paper.test/story.php?ref=court-decides-today", "https://paper.test/story.php?ref=rain-all-week"),
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
    ("https://paper.test/?court-decides", "https://paper.test/?war-begins"),
    ("https://paper.test/?court-decides=", "https://paper.test/?war-begins="),
    ("https://paper.test/?id=", "https://paper.test/"),
    ("https://paper.test/?=7", "https://paper.test/?=8"),
    ("https://paper.test/?a=1&a=2", "https://paper.test/?a=1"),
    ("https://paper.test/a%252Fb", "https://paper.test/a/b"),
    ("https://paper.test/a?s=12", "https://paper.test/a?s=13"),
    ("https://paper.test/a?sid=2017112700000001", "https://paper.test/a?sid=2017112700000002"),
    ("https://paper.test/a?session=12", "https://paper.test/a?session=13"),
    ("https://paper.test/a?cid=7", "https://paper.test/a?cid=8"),
    ("https://paper.test/a?campaign=7", "https://paper.test/a?campaign=8"),
    ("https://paper.test/a?source=page1.html", "https://paper.test/a?source=page2.html"),
    ("https://paper.test/a?page=1", "https://paper.test/a"),
    ("https://paper.test/a?m=1", "https://paper.test/a?m=0"),
    ("https://paper.test/a?type=mobile", "https://paper.test/a"),
    ("https://paper.test/a?id=7?part=2", "https://paper.test/a?id=7"),
    ("https://paper.test/a&part=2", "https://paper.test/a"),
    ("https://de.paper.test/a", "https://en.paper.test/a"),
    ("https://paper.test/index.xml", "https://paper.test/"),
    ("https://paper.test/login?next=https://paper.test/a", "https://paper.test/a"),
    ("https://a.test/share?url=https://paper.test/a", "https://paper.test/a"),
    ("https://a.test/?q=https://paper.test/a", "https://paper.test/a"),
    ("https://translate.test/translate?u=https://paper.test/a", "https://paper.test/a"),
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
        *("http://", "a.test", "cdn.ampproject.org/c/s/", "google.com/amp/s/", ".amp.html", "redirect?u=", "%2541"),
        *("%25", "25", "41", "&amp;", "&#38;", "<![CDATA[", "]]>", "\u200b", "\ud800", "/#/", "[::1]", "http:"),
    )
)
ADDRESSES = st.lists(PIECES, max_size=12).map(lambda parts: "https://a.test/" + "".join(parts))


@given(ADDRESSES | st.text())
def test_a_key_is_its_own_key(url: str) -> None:
    """Any text has a key without an error, and the key of a key is itself."""
    assert address_key(address_key(url)) == address_key(url)


@pytest.mark.parametrize(
    "part", ["/amp", "%25", "%20", "&utm_source=1", ".amp", "/index.html", "-/", "/redirect?url=http%3A%2F%2Fa.test"]
)
def test_hostile_addresses_have_keys_too(part: str) -> None:
    """Something repeated a thousand times has a key that is its own key."""
    key = address_key("https://paper.test/x" + part * 1000)
    assert address_key(key) == key


IDS = st.from_regex(r"[a-zA-Z0-9_\-]{1,12}", fullmatch=True)


@given(IDS, IDS, st.sampled_from(("id", "p", "article", "ArticleID", "nid", "a", "story_id", "", "ខ")))
def test_ids_stay_apart(one: str, other: str, name: str) -> None:
    """Two addresses that differ in an id, in the path or in the query, with a name or without, are two."""
    if one != other:
        assert address_key(f"https://a.test/news?{name}={one}") != address_key(f"https://a.test/news?{name}={other}")
        assert address_key(f"https://a.test/n-{one}-x") != address_key(f"https://a.test/n-{other}-x")
        assert address_key(f"https://a.test/?x-{one}-1") != address_key(f"https://a.test/?x-{other}-1")


@given(st.lists(IDS, max_size=4), IDS, st.sampled_from(("utm_source=feed", "fbclid=IwAR0_x-1", "gclid=1", "xtor=R-1")))
def test_tracking_changes_no_key(path: list[str], number: str, tracking: str) -> None:
    """Whatever the address, a tracking parameter makes no other one of it."""
    url = "https://a.test/" + "/".join(path)
    assert address_key(f"{url}?{tracking}") == address_key(url)
    assert address_key(f"{url}?{tracking}&id={number}") == address_key(f"{url}?id={number}&{tracking}#top")
    assert address_key(f"{url}?{tracking}&id={number}") == address_key(f"{url}?id={number}")


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
