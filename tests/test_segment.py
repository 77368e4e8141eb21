"""Segmenting, searching and marking: what a reader takes for a word is found, in every script."""

from __future__ import annotations

import sqlite3
import time
import unicodedata

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from archive.errors import QueryError
from archive.schema import SEARCH
from archive.scripts import _TOKEN, tokens
from archive.segment import BEGINS, JOINT, entry, highlight, indexed, leaves, match, pieces


def found(text: str, words: str) -> bool:
    """Whether SQLite finds an article with this text."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(SEARCH)
    connection.execute("INSERT INTO search (rowid, begins, text) VALUES (1, ?, ?)", entry(text))
    row = connection.execute("SELECT count(*) FROM search WHERE search MATCH ?", (match(words),)).fetchone()
    connection.close()
    return bool(row[0])


# Script: a sentence, what is in it, what is not in it.
SENTENCES: dict[str, tuple[str, list[str], list[str]]] = {
    "Khmer": (
        "រដ្ឋាភិបាលកម្ពុជាបានប្រកាសនៅទីក្រុងភ្នំពេញថា ស្ត្រីម្នាក់បានទទួលរង្វាន់នៅថ្ងៃទី១៣ ខែវិច្ឆិកា",
        ["ភ្នំពេញ", "កម្ពុជា", "រដ្ឋាភិបាល", "ទីក្រុង", "ភ្នំ", "ស្ត្រី", "ស្រ្តី", "ភ្នំ\u200bពេញ", "13", "១៣", '"ក្រុងភ្នំពេញ"', "ប្រកា*"],
        ["ភពេញ", "ភនំ", "សៀមរាប", "ភ្នំភ្នំ", "ពេញភ្នំ", "14", '"ថាស្ត្រី"', "ត្រ"],
    ),
    "Khmer with zero-width spaces": (
        "ក្រុមហ៊ុន\u200bអគ្គិសនី\u200bបាន\u200bដំឡើង\u200bថ្លៃ",
        ["អគ្គិសនី", "ក្រុមហ៊ុន", "ក្រុមហ៊ុនអគ្គិសនី", "ដំឡើងថ្លៃ"],
        ["អគ្គ", "អគ្គិសនិ", "ទឹក"],
    ),
    "Thai": (
        "นายกรัฐมนตรีเดินทางไปตรวจน้ำท่วมที่กรุงเทพมหานคร เมื่อวันจันทร์ที่ ๑๓ พฤศจิกายน",
        ["น้ำท่วม", "นํ้าท่วม", "กรุงเทพ", "รัฐมนตรี", "นายก", "มหานคร", "13", '"วันจันทร์"', "เเ OR กรุง"],
        ["นำท่วม", "เชียงใหม่", "รัฐมนตรา", "นครกรุงเทพ", "นครเมื่อ"],
    ),
    "Lao": (
        "ນາຍົກລັດຖະມົນຕີ ໄດ້ເດີນທາງໄປນະຄອນຫຼວງວຽງຈັນ ເພື່ອຢ້ຽມຢາມໂຮງຮຽນ",
        ["ວຽງຈັນ", "ນະຄອນຫຼວງ", "ລັດຖະມົນຕີ", "ໂຮງຮຽນ", "ນາຍົກ"],
        ["ຫຼວງພະບາງ", "ວຽງຈນ", "ລດຖະ", "ຈັນເພື່ອ"],
    ),
    "Burmese": (
        "ရန်ကုန်မြို့တွင် ကျောင်းသားများ ဆန္ဒပြခဲ့ကြသည်။ မြန်မာနိုင်ငံ ၂၀၂၁ ခုနှစ်",
        ["ရန်ကုန်", "ကျောင်းသား", "မြန်မာ", "နိုင်ငံ", "မြို့", "2021", "ဆန္ဒပြ", '"မြန်မာနိုင်ငံ"'],
        ["မန္တလေး", "ကျောင်းသူ", "မနမာ", "ရနကုန", "သည်မြန်"],
    ),
    "Chinese": (
        "国务院总理在北京，东南亚国家代表出席了会议。经济增长率为５％。",
        ["北京", "国务院", "总理", "东南亚", "南亚", "经济增长", "会议", "5", '"北京，东南亚"', "北京 AND 经济"],
        ["京东", "南京", "亚南", "会议经济", "上海", "北京 NOT 总理"],
    ),
    "Chinese, traditional": (
        "立法院三讀通過預算案，在野黨表示遺憾。",
        ["立法院", "預算案", "在野黨", "三讀"],
        ["立院", "案在", "預案", "执政"],
    ),
    "Japanese": (
        "東京電力は福島第一原子力発電所の処理水をｻｲﾄで公開した。ドナルド・トランプ氏はデータを見たがった。",
        ["東京", "福島", "原子力発電", "処理水", "サイト", "トランプ", "データ", "した", "ガッタ OR がった"],
        ["京都", "データー", "電所力", "処水", "テータ", "サイド"],
    ),
    "Korean": (
        "서울에서 열린 회의에 한국은행 총재가 참석했다. 코로나19 확산 방지를 논의했다.",
        ["서울", "서울에서", "한국은행", "은행", "총재", "코로나19", "회의", "코로나"],
        ["부산", "서을", "회에", "에코로나", "에한국"],
    ),
    "Hindi": (
        "प्रधानमंत्री ने कहा कि किसानों की माँग पर विचार होगा। लड़की ने २०२४ में परीक्षा दी।",
        ["किसानों", "प्रधानमंत्री", "मांग", "माँग", "लडकी", "लड़की", "2024", "किसा*", '"पर विचार"'],
        ["किसान", "कसन", "क", "मंत्री", "मग"],
    ),
    "Tamil": (
        "தமிழ்நாடு அரசு புதிய கொள்கையை அறிவித்தது",
        ["தமிழ்நாடு", "அரசு", "கொள்கையை", "கொள்கை*"],
        ["தமழ", "கொள்கை", "அரச", "நாடு"],
    ),
    "Bengali": ("ঢাকায় বাংলাদেশের প্রধানমন্ত্রী ভাষণ দেন", ["ঢাকায়", "বাংলাদেশের", "প্রধানমন্ত্রী"], ["ঢাকা", "ভষণ", "বাংলা"]),
    "Malayalam": ("അവന്\u200d വന്നു", ["അവൻ", "അവന്\u200d"], ["അവ", "വന്"]),
    "Arabic": (
        "أعلنت الحُكُومة اليوم عن زيادة الأجور في القـــاهرة بنسبة ١٥٪ وقال مسؤول إنّ القرار نهائيّ",
        [
            "الحكومة",
            "الحكومه",
            "اعلنت",
            "أعلنت",
            "القاهرة",
            "15",
            "١٥",
            "الأجور",
            "الاجور",
            "مسؤول",
            "ان",
            '"زيادة الاجور"',
        ],
        ["حكوم", "الاجر", "دمشق", "16"],
    ),
    "Persian": (
        "دولت اعلام کرد که کتاب‌های درسی در تهران توزیع می‌شود، سال ۱۴۰۲",
        ["کتاب‌های", "كتاب", "کتاب", "می‌شود", '"می شود"', "تهران", "1402", "دولت"],
        ["کتا", "شیراز", "میرود"],
    ),
    "Hebrew": (
        'שָׁלוֹם: דובר צה״ל הודיע כי הממשלה אישרה את התקציב; מנכ"ל החברה התפטר',
        ["שלום", 'צה"ל', "צה״ל", "צהל", "מנכ״ל", "הממשלה", '"דובר צה"ל"'],
        ["ממשלה", "צה", "תקציב"],
    ),
    "Vietnamese": (
        "Thủ tướng Việt Nam đến thăm Đà Nẵng và ăn phở",
        ["Thủ tướng", "thu tuong", '"Việt Nam"', "da nang", "Đà Nẵng", "pho"],
        ["phốx", "hanoi", "tuongviet"],
    ),
    "German": (
        "Der Außenminister fuhr über die Straße nach München; die Größe der Ärzteschaft überraschte.",
        ["Außenminister", "AUSSENMINISTER", "strasse", "Straße", "münchen", "Munchen", "größe", "arzte*"],
        ["minister", "außen", "munch"],
    ),
    "Turkish": (
        "İstanbul Büyükşehir Belediyesi ışıkları söndürdü; ISPARTA’da kar yağdı",
        ["istanbul", "İSTANBUL", "ışıkları", "isiklari", "ısparta", "Isparta", "belediyesi", "yağdı", "büyükşehir"],
        ["ankara", "stanbul", "belediye"],
    ),
    "Greek": (
        "Ο ΠΡΩΘΥΠΟΥΡΓΟΣ της Ελλάδας μίλησε στη Βουλή",
        ["πρωθυπουργός", "ελλαδας", "ΕΛΛΆΔΑΣ", "βουλη"],
        ["ελλαδα", "βουλ"],
    ),
    "Russian": (
        "Пётр Ильич объявил о перемирии; йод подорожа́л, сказал Зелёный",
        ["Петр", "пётр", "ИЛЬИЧ", "перемирии", "йод", "подорожал", "зеленый"],
        ["иод", "перемирие", "под"],
    ),
    "Ukrainian": ("Київ отримав п’ять поїздів", ["київ", "п'ять", "поїздів"], ["киів", "пят", "поиздив"]),
    "English": (
        "The Cambodian People’s Party (CPP) co\u00adoperated with Reuters on COVID-19; U.S. C++ up 3.5% to $1,000",
        [
            "people's",
            "cpp",
            "cooperated",
            "covid-19",
            "COVID 19",
            "u.s.",
            "3.5",
            "$1,000",
            '"party cpp"',
            "camb*",
            "C++",
        ],
        ["peoples", "cambo", "operated", "covid-20", '"cambodian party"', "1000"],
    ),
    "French": (
        "L’œuvre d’Émile coûte ½ million à la façade",
        ["oeuvre", "œuvre", "emile", "Émile", "facade", "l'œuvre"],
        ["loeuvre", "fa"],
    ),
    "Polish": ("Łódź świętuje, żółw śpi", ["lodz", "Łódź", "zolw", "swietuje"], ["odz"]),
}


@pytest.mark.parametrize(
    ("script", "words"), [(script, words) for script, (_, inside, _) in SENTENCES.items() for words in inside]
)
def test_what_is_there_is_found_and_marked(script: str, words: str) -> None:
    """Words, and substrings in scripts without spaces, are found however they are typed, and marked in the original."""
    text = SENTENCES[script][0]
    assert found(text, words)
    parts = pieces(text, words)
    assert any(marked for _, marked in parts)
    assert "".join(part for part, _ in parts) == text


@pytest.mark.parametrize(
    ("script", "words"), [(script, words) for script, (_, _, outside) in SENTENCES.items() for words in outside]
)
def test_what_is_not_there_is_not_found(script: str, words: str) -> None:
    """Words that only share letters or lie across a boundary are not found."""
    assert not found(SENTENCES[script][0], words)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("script", SENTENCES)
def test_unicode_forms_are_one(script: str, form: str) -> None:
    """A text is indexed the same in every normal form of Unicode, so a Mac's file name or a PDF's text is found too."""
    text = SENTENCES[script][0]
    assert indexed(unicodedata.normalize(form, text)) == indexed(text)


def test_hidden_characters_do_not_part_words() -> None:
    """Direction marks, joiners and soft hyphens inside a word are not seen by the search."""
    assert indexed("ec\u200bono\u00admy \u202bשלום\u202c x\u200d\ufe0f") == "economy שלום x"


@given(st.text())
@example("\ud800")
@example("a\x00b")
@example("\ue000")
@example("ក្" * 5)
@example("ั" * 5)
def test_indexing_never_fails_and_keeps_to_its_form(text: str) -> None:
    """Any text is indexed, and nothing but letters, marks, digits and our two signs comes through."""
    for token in " ".join(entry(text)).split():
        assert regex.fullmatch(rf"{BEGINS}?[\p{{L}}\p{{M}}\p{{N}}]+({JOINT}[\p{{L}}\p{{M}}\p{{N}}]*)?", token)


@given(
    st.text(
        st.sampled_from("ក្មំា៣។ทีเแำําນເໜມາ်း北，東かカー゙서ᄀéa1'\u200b\u200c\ufe0f .-“”צ\"")
        | st.characters(min_codepoint=0xE00, max_codepoint=0x11FF)
        | st.characters(min_codepoint=0x1780, max_codepoint=0x17FF),
        max_size=30,
    )
)
@example("ក\u200bា")
@example("កាเ\u200bเก")
def test_plain_spelling_is_cut_as_any_other(text: str) -> None:
    """What the quick way over plain syllables gives is what the rule gives, and the index holds just these."""
    assert [(one.start, one.end) for one in tokens(text)] == [
        match.span() for match in _TOKEN.finditer(text) for _ in tokens(match[0])
    ]
    forms = [one.form for one in tokens(text) if one.form]
    begins, terms = entry(text)
    assert [term.partition(JOINT)[0] for term in terms.split()] == forms
    wanted = {one.form if one.syllable else one.form[:3] for one in tokens(text) if one.form}
    assert {term.removeprefix(BEGINS) for term in begins.split()} == wanted


@given(st.text(alphabet='ab "()*:中ก្ANDORT,5-', max_size=30))
def test_a_search_is_understood_or_explained(words: str) -> None:
    """Whatever is typed, SQLite understands the expression, or one line says what to change."""
    try:
        found("a b ab 中", words)
    except QueryError as error:
        assert "\n" not in str(error)  # noqa: PT017 -- both ways are right


@given(
    st.lists(
        st.sampled_from(["ab", "中", "国", "ក្រុង", "น้ำ", "서", "ß", "é", " ", ", ", "\n\n", "12", "’"]), max_size=40
    ),
    st.data(),
)
def test_a_piece_of_a_text_is_found_in_it(parts: list[str], data: st.DataObject) -> None:
    """A run of characters or words, cut where none is broken, is found as a phrase."""
    first = data.draw(st.integers(0, len(parts)))
    last = data.draw(st.integers(first, len(parts)))
    gap = [" "] if parts[first:last] else []
    piece = "".join(parts[first:last])
    if indexed(piece):
        assert found("".join(parts[:first] + gap + parts[first:last] + gap + parts[last:]), f'"{piece}"')


@pytest.mark.parametrize(
    ("words", "expression"),
    [
        ("climate change", '("climate" AND "change")'),
        ('"climate change"', '"climate change"'),
        ("“climate change”", '"climate change"'),
        ("a AND b OR c", '(("a" AND "b") OR "c")'),
        ("a OR b NOT c", '("a" OR ("b" NOT "c"))'),
        ("a AND NOT b", '("a" NOT "b")'),
        ("(a OR b) c", '(("a" OR "b") AND "c")'),
        ("econ*", '"econ" *'),
        ('"climate chan"*', '"climate chan" *'),
        ("NEAR(a b)", 'NEAR("a" "b", 10)'),
        ('NEAR(a "b c", 5)', 'NEAR("a" "b c", 5)'),
        ("title:flood", 'title : "flood"'),
        ("title:(flood OR rain)", '(title : "flood" OR title : "rain")'),
        ("author:sok", 'byline : "sok"'),
        ("title:NEAR(a b, 3)", 'title : NEAR("a" "b", 3)'),
        ("and or not near", '("and" AND "or" AND "not" AND "near")'),
        ("https://x.org/a?b=1", '"https x org a b 1"'),
        ("a & b", '("a" AND "b")'),
        ("subtitle:x", '"subtitle x"'),
        ("北京市", '"北⋅京 京⋅市"'),
        ("北京，东", '"北⋅京 京⋅ 东⋅" *'),
        ("京", '"→京"'),
        ("京*", '"→京" *'),
        ("eco*", '"→eco"'),
        ("É*", '"→e" *'),
        ("title:京", 'title : "京⋅" *'),
        ("text:eco*", 'text : "eco" *'),
        ("NEAR(京 b)", 'NEAR("京⋅" * "b", 10)'),
        ("ប្រកា*", '"ប្រ⋅កា" *'),
        ("코로나19", '"코⋅로 로⋅나 나⋅ 19"'),
    ],
)
def test_how_a_search_is_read(words: str, expression: str) -> None:
    """Phrases, operators, prefix, NEAR and columns become FTS5's; everything else is quoted; syllables go in pairs."""
    assert match(words) == expression.replace("⋅", JOINT).replace("→", BEGINS)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "type a word"),
        ("   ", "type a word"),
        ("& —", "punctuation alone"),
        ('"climate change', "quotation mark"),
        ("a OR", "OR needs a word after it"),
        ("a AND OR b", "AND needs a word after it"),
        ("OR a", "OR needs a word before it"),
        ("NOT a", "NOT needs something before it"),
        ("& NOT a", "NOT needs something before it"),
        ("a NOT", "NOT needs a word after it"),
        ("(a", "no closing one"),
        ("(", "no closing one"),
        ("a)", "no opening one"),
        (")", "no opening one"),
        ("()", "no words in them"),
        ("*", "at its end"),
        ("wor*d", "at its end"),
        ("*word", "at its end"),
        ("title:", "title: needs a word after it"),
        ("title:title:a", "title: needs a word after it"),
        ("NEAR(a)", "at least two"),
        ("NEAR(a OR b)", "words or phrases only"),
        ("NEAR(a b", "words or phrases only"),
        ("(" * 30 + "a" + ")" * 30, "nested more than"),
        ("a " * 101, "more than 100 words"),
    ],
)
def test_a_mistake_is_named(words: str, said: str) -> None:
    """A search that cannot be understood is one line that says what to change."""
    with pytest.raises(QueryError, match=said):
        match(words)


def test_what_a_search_is_ranked_by() -> None:
    """Its words and phrases, each once and in its column; what is not wanted has no part in it."""
    assert leaves('a OR title:"b c" NOT d a NEAR(e f) 京') == [
        '"a"',
        'title : "b c"',
        'NEAR("e" "f", 10)',
        f'"{BEGINS}京"',
    ]
    assert leaves("a & b") == ['"a"', '"b"']


def test_the_largest_search_allowed_is_no_trouble_to_sqlite() -> None:
    """100 words, and brackets 20 deep, are within SQLite's own limits."""
    assert found("w " * 3, " OR ".join(["w"] * 100))
    assert found("w", "w " * 100)
    assert found("w v", "(" * 20 + "w OR x" + ") AND v" * 20)


def test_marks_stand_in_the_original() -> None:
    """The text that is shown is the printed one, with its case, marks and hidden characters."""
    assert highlight("Die Straße, die STRASSE", "strasse") == "Die [Straße], die [STRASSE]"
    assert highlight("នៅទីក្រុងភ្នំ\u200bពេញ", "ភ្នំពេញ") == "នៅទីក្រុង[ភ្នំ\u200bពេញ]"
    assert highlight("a b a", '"a b"') == "[a b] a"
    assert highlight("one two", "one NOT two") == "[one] two"
    assert highlight("flood", "title:flood") == "flood"
    assert highlight("flood", "title:flood", column="title") == "[flood]"
    assert highlight("economy economic eco", "econ*") == "[economy] [economic] eco"
    assert highlight("<b>flood</b>", "flood", marks=("<mark>", "</mark>"), escape=lambda t: t.replace("<", "&lt;")) == (
        "&lt;b><mark>flood</mark>&lt;/b>"
    )


def test_a_snippet_is_the_best_passage() -> None:
    """A snippet is short, cut between words, and lies where most of the search is."""
    text = "Rain. " + "Nothing here. " * 50 + "The rain brought a flood to the river.\n\n" + "More words. " * 50
    snippet = highlight(text, "rain flood", size=80)
    assert "[rain] brought a [flood]" in snippet
    assert snippet.startswith("…")
    assert snippet.endswith("…")
    assert len(snippet) < 100
    assert "\n" not in snippet
    assert highlight(text, "absent", size=20).startswith("Rain. Nothing")


def test_a_long_text_is_indexed_in_good_time() -> None:
    """Hostile input costs time in proportion: a megabyte of marks, joiners or one letter is no trap."""
    for hostile in (
        "a\u200d" * 200_000,
        "ក្" * 150_000,
        "\u0301" * 300_000,
        'א"' * 200_000,
        "เ" * 300_000,
        "\u0e4d" * 300_000,
    ):
        begun = time.process_time()
        indexed(hostile)
        assert time.process_time() - begun < 10
