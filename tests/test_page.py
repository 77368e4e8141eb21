"""Bytes become text: what is declared, what is detected, and what to do when they disagree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.page import Page, decode, decode_with_reason
from tests.fakes import START

FRENCH = "Un été à la plage, ça réchauffe : déjà près de 40 % d'élèves sont partis. " * 20
RUSSIAN = "Сегодня в городе открылась новая библиотека, рассказали жители. " * 20
JAPANESE = "新しい図書館が今日、市内に開館しました。" * 20

DECLARED = {
    "mark before header": (b"\xef\xbb\xbf\xc3\xa9", "text/html; charset=koi8-r", "é", "utf-8", "bom"),
    "header before meta": (b"<meta charset=koi8-r>\xe9", "text/html; charset=iso-8859-1", "é", "cp1252", "header"),
    "latin-1 means windows-1252": (b"\x80", 'text/html; charset="latin1"', "€", "cp1252", "header"),
    "charset": (b"<meta charset='windows-1251'>\xc6", None, "Ж", "cp1251", "meta"),
    "pragma": (
        b'<META content="text/html; charset=EUC-KR" http-equiv=Content-Type>\xb0\xa1',
        "text/html",
        "가",
        "cp949",
        "meta",
    ),
    "misspelt pragma": (b"<meta httpequiv=ContentType content='a;charset=koi8-r'>\xc1", None, "а", "koi8-r", "meta"),
    "UTF-16 in ASCII is UTF-8": (b"<meta charset=utf-16>\xc3\xa9", None, "é", "utf-8", "meta"),
    "XML declaration": (b'<?xml version="1.0" encoding="iso-8859-2"?><a>\xb1', None, "ą", "iso8859-2", "xml"),
    "UTF-16 without a mark": ("<p>hé".encode("utf-16-le"), "text/html; charset=utf-16", "é", "utf-16-le", "header"),
    "GBK reads as GB18030": (b"\xa8D", "text/html; charset=gb2312", "―", "gb18030", "header"),
}


@pytest.mark.parametrize(("body", "content_type", "ending", "encoding", "reason"), DECLARED.values(), ids=DECLARED)
def test_a_declaration_is_believed(body, content_type, ending, encoding, reason):
    """Mark, header, meta and XML declaration are read in this order, with the web's meaning of names."""
    decoded = decode_with_reason(body, content_type)
    assert (decoded.encoding, decoded.reason) == (encoding, reason)
    assert decoded.text.endswith(ending)


NOT_DECLARED = {
    "in a comment": b"<!-- <meta charset=koi8-r> -->",
    "in an attribute": b"<a title='<meta charset=koi8-r>'>",
    "without the pragma": b"<meta name=x content='text/html; charset=koi8-r'>",
    "cut off": b"<meta charset=koi8-r",
    "in the body": b"<body><meta charset=koi8-r>",
    "of an unknown name": b"<meta charset=klingon>",
    "in an end tag": b"</meta charset=koi8-r>",
}


@pytest.mark.parametrize("body", NOT_DECLARED.values(), ids=NOT_DECLARED)
def test_what_only_looks_like_a_declaration_is_none(body):
    """A charset counts where a browser would read it."""
    assert decode(body, None)[1] == "cp1252"


WRONG = {
    "latin-1 called UTF-8": (FRENCH, "cp1252", "text/html; charset=utf-8", "<meta charset=iso-8859-1>"),
    "UTF-8 called latin-1": (FRENCH, "utf-8", "text/html; charset=iso-8859-1", ""),
    "UTF-8 called GBK": (JAPANESE, "utf-8", "text/html; charset=gbk", ""),
    "windows-1251 called UTF-8": (RUSSIAN, "cp1251", "text/html; charset=utf-8", ""),
    "windows-1251 called latin-1": (RUSSIAN, "cp1251", "text/html; charset=iso-8859-1", ""),
    "windows-1251 called latin-1 twice": (
        RUSSIAN,
        "cp1251",
        "text/html; charset=iso-8859-1",
        "<meta charset=iso-8859-1>",
    ),
    "EUC-JP called latin-1 in its meta": (JAPANESE, "euc_jp", None, "<meta charset=iso-8859-1>"),
    "latin-1 called windows-1251": (FRENCH, "cp1252", "text/html; charset=windows-1251", ""),
    "latin-1 called GBK in its meta": (FRENCH, "cp1252", None, "<meta charset=gbk>"),
    "the header's default against the page": (RUSSIAN, "koi8-r", "text/html; charset=cp1251", "<meta charset=koi8-r>"),
    "Shift_JIS called UTF-8 in its meta": (JAPANESE, "shift_jis", None, "<meta charset=utf-8>"),
}


@pytest.mark.parametrize(("text", "encoding", "content_type", "head"), WRONG.values(), ids=WRONG)
def test_a_wrong_declaration_is_overruled(text, encoding, content_type, head):
    """Bytes that clearly are in another encoding are read in that one, and the reason says so."""
    decoded = decode_with_reason((head + text).encode(encoding), content_type)
    assert decoded.text == head + text
    assert "(not " in decoded.reason


@pytest.mark.parametrize("head", ["<meta charset=cp1251>", "<meta charset=iso-8859-1>", "<meta charset=gbk>"])
def test_a_right_header_wins_over_a_wrong_page(head):
    """The header is the stronger word, and a lie in the page convinces nobody, the detector neither."""
    body = (head + RUSSIAN).encode("koi8-r")
    assert decode(body, "text/html; charset=koi8-r") == (head + RUSSIAN, "koi8-r")


@pytest.mark.parametrize(
    "text",
    [
        "Le marché a été décalé à lundi.",
        "Qeveria miratoi të mërkurën projektligjin që do të ulë çmimet e energjisë për bizneset e vogla. ",
        "x é y",
        "35 °C – ‘so’",
    ],
)
def test_a_few_accents_are_no_other_alphabet(text):
    """In so little text a detector sees Hebrew and Arabic; no Latin word holds such letters."""
    assert decode(f"<p>{text}</p>".encode("cp1252"), None)[0] == f"<p>{text}</p>"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", [RUSSIAN, FRENCH, "Plain words, and nothing else. "])
def test_wide_encodings_without_a_mark_are_detected(encoding, text):
    """UTF-16 can consist of ASCII bytes, some of them zero: it is not mistaken for ASCII."""
    page = f"<html><body><p>{text}</p></body></html>"
    assert decode(page.encode(encoding), None)[0] == page


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "koi8-r", "iso2022_jp", "euc_jp", "shift_jis"])
def test_undeclared_bytes_are_detected(encoding):
    """Bytes without any declaration are read by what they look like."""
    text = JAPANESE if encoding in ("iso2022_jp", "euc_jp", "shift_jis") else RUSSIAN
    assert decode(text.encode(encoding), None)[0] == text


@pytest.mark.parametrize(
    "label",
    [
        "base64",
        "hex",
        "zlib",
        "bz2",
        "rot13",
        "uu",
        "quopri",
        "idna",
        "punycode",
        "undefined",
        "unicode_escape",
        "raw_unicode_escape",
        "utf-7",
        "mbcs",
        "oem",
    ],
)
def test_codecs_that_read_no_pages_are_not_believed(label):
    """Python knows codecs that are no character encodings; a page that declares one is read as if it declared none."""
    name = label.encode()
    for body, content_type in (
        (b"<p>a\\u0062 \xe9", f"text/html; charset={label}"),
        (b"<meta charset=%b><p>a\\u0062 \xe9" % name, None),
        (b"<?xml version='1.0' encoding='%b'?><p>a\\u0062 \xe9" % name, None),
    ):
        decoded = decode_with_reason(body, content_type)
        assert decoded.reason in ("detected", "default")
        assert "<p>a\\u0062 " in decoded.text


def test_utf_8_that_the_page_declares_wins_over_another_header():
    """One sequence is enough when the page's own declaration says so; bytes that are no UTF-8 are the header's."""
    latin, meta = "text/html; charset=iso-8859-1", b"<meta charset=utf-8>"
    assert decode(meta + "é".encode(), latin) == (meta.decode() + "é", "utf-8")
    assert decode(meta + b"\xe9", latin) == (meta.decode() + "é", "cp1252")
    assert decode(meta + b"e", latin)[1] == "cp1252"


def test_one_bad_byte_does_not_change_the_encoding():
    """A page of UTF-8 with a cut character stays UTF-8."""
    text, encoding = decode(FRENCH.encode() + b"\xc3", "text/html; charset=utf-8")
    assert (encoding, text) == ("utf-8", FRENCH + "\ufffd")


@given(st.binary(max_size=200), st.one_of(st.none(), st.text(max_size=40)))
def test_decoding_never_fails(body, content_type):
    """Any bytes with any header are text, in an encoding that Python knows."""
    text, encoding = decode(body, content_type)
    assert isinstance(text, str)
    "".encode(encoding)


@given(st.text(alphabet="<>!-/?='\" \tmetacharsb", max_size=60))
def test_any_markup_is_scanned(markup):
    """The search for a declaration comes to an end on broken markup."""
    assert decode(f"<meta {markup}<{markup}".encode(), None)[1]


def test_a_page_knows_its_type_and_whether_it_is_new():
    """A 304 is a value."""
    page = Page(url="https://a.org/", final_url="https://a.org/", status=304, headers={}, body=b"", fetched_at=START)
    assert page.not_modified
    assert page.content_type is None
