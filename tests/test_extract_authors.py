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
        ("By Lim Dalin, AFP", ["Lim Dalin", "AFP"]),
        ("By Lim Dalin, Kampot", ["Lim Dalin"]),
        ("By Lim Dalin | 4 min read", ["Lim Dalin"]),
        ("Von: Lim Dalin , Pov Chenda", ["Lim Dalin", "Pov Chenda"]),
        ("By Lim Dalin , public sector CTO and VP for ferries, River Works", ["Lim Dalin"]),
        ("By 3i Global", ["3i Global"]),
        ("Opinion by Lim Dalin", ["Lim Dalin"]),
        ("Reporting by Lim Dalin in Kampot and Pov Chenda in Takeo; Editing by Ros Vibol", ["Lim Dalin", "Pov Chenda"]),
        ("Text: Lim Dalin, Fotos: Pov Chenda", ["Lim Dalin"]),
        ("Lim Dalin (Text) und Pov Chenda (Fotos)", ["Lim Dalin"]),
        ("Lim Dalin, Chief Political Correspondent", ["Lim Dalin"]),
        ("Jean-Luc d’Ormesson", ["Jean-Luc d’Ormesson"]),
        ("記者 王小明", ["王小明"]),
        ("【記者王小明／台北報導】", ["王小明"]),
        ("김철수·홍길동 기자", ["김철수", "홍길동"]),
        ("ผู้สื่อข่าว สมชาย ใจดี", ["สมชาย ใจดี"]),
        ("מאת: דוד כהן", ["דוד כהן"]),
        ("By The Gazette editors", ["The Gazette editors"]),
        ("Lim Dalin ●", ["Lim Dalin"]),
    ],
)
def test_names_of_a_byline(text: str, names: list[str]) -> None:
    """ "By", "and", job titles and addresses go, in many languages; letters after a name stay."""
    assert people([text], strict=True) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Reporter: Siti Aminah Editor: Rina Wati", ["Siti Aminah"]),
        ("Oleh Nur Aisyah binti Hassan", ["Nur Aisyah binti Hassan"]),
        ("記者王小明台北報導", ["王小明"]),
        ("文｜王小明 圖｜李大華", ["王小明"]),
        ("作者：王小明 来源：新华社", ["王小明"]),
        ("【ソウル=山田太郎】", ["山田太郎"]),
        ("編集委員 山田太郎", ["山田太郎"]),
        ("取材・文/山田太郎", ["山田太郎"]),
        ("山田太郎記者", ["山田太郎"]),
        ("[아침일보 홍길동 기자]", ["홍길동"]),
        ("글·사진 홍길동", ["홍길동"]),
        ("글 홍길동, 사진 김철수", ["홍길동"]),
        ("خبرنگار: رضا احمدی", ["رضا احمدی"]),
        ("লেখক: রহিম উদ্দিন", ["রহিম উদ্দিন"]),
        ("ដោយ៖ សុខ ដារ៉ា", ["សុខ ដារ៉ា"]),
        ("ავტორი: გიორგი ბერიძე", ["გიორგი ბერიძე"]),
        ("Haber: Ayşe Yılmaz", ["Ayşe Yılmaz"]),
        ("Γράφει ο Γιώργος Παππάς", ["Γιώργος Παππάς"]),
        ("Текст: Иван Петров Фото: Пётр Иванов", ["Иван Петров"]),
        ("Tekst: Jan Kowalski, zdjęcia: Anna Nowak", ["Jan Kowalski"]),
        ("Írta: Kovács János", ["Kovács János"]),
        ("Ein Gastbeitrag von Max Weber", ["Max Weber"]),
        ("Von unserem Korrespondenten Max Weber", ["Max Weber"]),
        ("Elena Martel (ema)", ["Elena Martel"]),
        ("Par Claire Petit (avec AFP)", ["Claire Petit", "AFP"]),
        ("Propos recueillis par Claire Petit", ["Claire Petit"]),
        ("Por João da Silva, da Reuters", ["João da Silva", "Reuters"]),
        ("João da Silva, de Brasília", ["João da Silva"]),
        ("dal nostro inviato Paolo Rossi", ["Paolo Rossi"]),
        ("Story and photos by Ann Hill", ["Ann Hill"]),
        ("Written by Ann Hill Edited by Bob Lee", ["Ann Hill"]),
        ("By Ann Hill Reviewed by Bob Lee", ["Ann Hill"]),
        ("By Martin Hill Jr.", ["Martin Hill Jr."]),
        ("By Ann Hill December 8", ["Ann Hill"]),
        ("Posted by Ann Hill on Monday", ["Ann Hill"]),
        ("By the Editorial Board", ["The Editorial Board"]),
    ],
)
def test_idioms_of_newsrooms(text: str, names: list[str]) -> None:
    """What papers of many languages print around a name goes, and so do editors, translators and photographers."""
    assert people([text], strict=True) == names


@pytest.mark.parametrize(
    "text",
    [
        "責任編輯：李大華",
        "来源：新华社",
        "צילום: דוד כהן",
        "مترجم: رضا احمدی",
        "Фото: Пётр Иванов",
        "Fotó: Kovács János",
        "Tłumaczenie: Anna Nowak",
        "opr. Anna Nowak",
        "Ảnh: Trần Bình",
        "Kuva: Matti Virtanen",
        "Edición: Luis Rey",
    ],
)
def test_helpers_alone_are_no_authors(text: str) -> None:
    """A line about the picture, the source, the editor or the translator names no author."""
    assert people([text], strict=True) == []


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
        ('"Lim Dalin &amp;amp; Pov Chenda"', ("Lim Dalin", "Pov Chenda")),
        ('"Dariusz Jaro\u00c5\u0084"', ("Dariusz Jaroń",)),
        ('[{"@type":"Person","name":"Lim Dalin"},{"@type":"Person","name":"Pov Chenda"}]', ("Lim Dalin", "Pov Chenda")),
        ('{"@type":"Person","givenName":"Dalin","familyName":"Lim"}', ("Dalin Lim",)),
        ('{"@type":"Organization","name":"AFP"}', ("AFP",)),
        ('{"@type":["Person"],"name":["Lim Dalin"]}', ("Lim Dalin",)),
        ('{"@type":"Person","name":["Lim Dalin","Pov Chenda"]}', ("Lim Dalin", "Pov Chenda")),
        ('[{"@type":"Person","name":"Lim Dalin"},{"@type":"Organization","name":"AFP"}]', ("Lim Dalin", "AFP")),
        ('[{"@type":"Person","name":"Lim Dalin"},{"@type":"Organization","name":"Gazette"}]', ("Lim Dalin",)),
    ],
)
def test_json_ld_authors(author: str, names: tuple[str, ...]) -> None:
    """All the ways to write an author in JSON-LD are read."""
    assert authors(head=json_ld(author)) == names


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        ("By Lim Dalin for CNN", ["Lim Dalin"]),
        ("Von Lim Dalin und Pov Chenda, Kampot", ["Lim Dalin", "Pov Chenda"]),
        ("Editing by Lim Dalin", []),
        ("content: Gazette, design: Lim Dalin", []),
        ("GZ Admin", []),
        ("Our Editors", ["Our Editors"]),
        ("lim dalin", ["lim dalin"]),
        ("Voice for the River", ["Voice for the River"]),
    ],
)
def test_names_stated_for_machines(stated: str, names: list[str]) -> None:
    """What a page states is cleaned where it is written like a byline, and believed otherwise."""
    assert people([stated]) == names


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


def test_only_line_that_names_an_author() -> None:
    """A line that begins with "By" is found wherever it stands; a piece of a sentence is none."""
    text = BODY * 12
    html = f"<body><h1>Ferry stays ashore</h1>{text}<div>By Lim Dalin</div>{text}"
    assert extract(html.encode(), "https://www.gazette.example/a").authors == ("Lim Dalin",)
    html = f"<body><h1>Ferry stays ashore</h1>{text}<p>A map drawn <a href='/m'>by Lim Dalin</a> hangs there.</p>{text}"
    assert extract(html.encode(), "https://www.gazette.example/a").authors == ()


def test_whoever_checked_is_no_author() -> None:
    """Of the people linked in a byline those count who are not said to have reviewed, checked or edited."""
    line = '<p>By <a href="/author/1">Lim Dalin</a> – Reviewed by <a href="/author/2">Pov Chenda</a></p>'
    assert authors(line) == ("Lim Dalin",)
    line = '<p>By <a href="/author/1">Lim Dalin</a> and <a href="/author/2">Pov Chenda</a></p>'
    assert authors(line) == ("Lim Dalin", "Pov Chenda")


def test_job_title_in_an_element_of_its_own() -> None:
    """What stands behind a name as a job title is no part of it, whether parted by a comma or by markup."""
    assert authors("<p class=byline>By <b>Lim Dalin</b> <span>Senior Ferry Reporter</span></p>") == ("Lim Dalin",)
    card = '<a href="/author/lim"><div>Lim Dalin</div></a><a href="/author/lim"><div>Ferry Coordinator</div></a>'
    assert authors(f"<div class=author>{card}</div>") == ("Lim Dalin",)


def test_account_name_gives_way_to_the_byline() -> None:
    """The name of an account is an author only where nobody's full name is printed."""
    head = json_ld('{"@type":"Person","name":"lim.dalin"}')
    assert authors("<p class=byline>By Pov Chenda</p>", head) == ("Pov Chenda",)
    assert authors("", head) == ("lim.dalin",)


def test_names_as_libraries_file_them() -> None:
    """ "Lim, Dalin" in the tags that libraries read is Dalin Lim."""
    head = '<meta name="citation_author" content="Lim, Dalin"><meta name="citation_author" content="Pov, Chenda">'
    assert authors("", head) == ("Dalin Lim", "Chenda Pov")


def test_name_beside_the_date() -> None:
    """A name without any label next to the date is the author, unless the page shows that it is a section."""
    line = "<ul><li>Lim Dalin</li><li>12 November 2024</li></ul>"
    assert authors(line) == ("Lim Dalin",)
    assert authors(line, url="https://www.gazette.example/lim-dalin/ferry") == ()
    assert authors(line.replace("Lim Dalin", "Share to River")) == ()
    assert authors("<p>Lim Dalin</p><p>The river</p>") == ()
    assert authors("<p>Lim Dalin, river correspondent @limdalin</p><p>12 November 2024</p>") == ("Lim Dalin",)
    assert authors("<p>Lim Dalin, river and sea</p><p>12 November 2024</p>") == ()
    assert authors("<p>River & Sea</p><p>12 November 2024</p>") == ()


def test_box_about_the_author() -> None:
    """On a page without a byline the box about the author names them; boxes about several people do not."""
    box = "<section class=author-bio><h3>Lim Dalin</h3><p>Lim Dalin writes about boats and the river.</p></section>"
    html = f"<body><article><h1>Ferry stays ashore</h1>{BODY * 12}{box}"
    assert extract(html.encode(), "https://www.gazette.example/a").authors == ("Lim Dalin",)
    two = html + box.replace("Lim Dalin", "Pov Chenda")
    assert extract(two.encode(), "https://www.gazette.example/a").authors == ()
    comment = html.replace("<section class=author-bio>", "<section class='comment author'>")
    assert extract(comment.encode(), "https://www.gazette.example/a").authors == ()


@pytest.mark.parametrize(
    ("last", "names"),
    [
        ("<p style='text-align:right'><strong>Lim Dalin</strong></p>", ("Lim Dalin",)),
        ("<p><em>Lim Dalin</em></p>", ("Lim Dalin",)),
        ("<p>Lim Dalin</p>", ()),
        ("<p><b>Read the next part</b></p>", ()),
        ("<p><b>Source: River Works</b></p>", ()),
    ],
)
def test_signature_below_the_story(last: str, names: tuple[str, ...]) -> None:
    """A name set off below the last paragraph signs an unsigned story; other closing lines do not."""
    long = "<p>" + "The river rose by two metres in the night and the ferry did not sail to the island. " * 3 + "</p>"
    html = f"<body><article><h1>Ferry stays ashore</h1>{long}{long}{last}</article>"
    assert extract(html.encode(), "https://www.gazette.example/a").authors == names


def test_bylines_of_other_stories_do_not_count() -> None:
    """A teaser's byline is not the story's."""
    other = "<div class=related><p>By Hak Monika</p></div>"
    other += "<div class=most-viewed><ul><li><h3>x</h3><p>By Oum Vannak</p></li></ul></div>"
    assert authors(other) == ()
