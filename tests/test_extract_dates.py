"""Dates: as precise as they are stated, with the page's own offset, and never guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from archive.records import Article, Link
from scraper.extract import extract
from scraper.extract.calendars import jalali, month, stated
from scraper.extract.timestamps import iso

WHEN = datetime(2024, 11, 20, 6, tzinfo=UTC)
TEXT = "".join(
    f"<p>Paragraph {word} tells of the river and of the boats that did not sail.</p>" for word in ("one", "two")
)


def read(
    head: str = "", line: str = "", url: str = "https://gazette.example/ferry", language: str = "en", **more: object
) -> Article:
    """The article of a page with this in its head and this line below its headline."""
    html = f"<html lang='{language}'><head><meta charset=utf-8>{head}</head>"
    html += f"<body><article><h1>Ferry stays ashore</h1>{line}{TEXT}</article>"
    return extract(html.encode(), url, **{"fetched_at": WHEN, **more})  # type: ignore[arg-type]


def json_ld(**facts: str) -> str:
    """A NewsArticle with these properties."""
    pairs = ",".join(f'"{name}":"{value}"' for name, value in facts.items())
    return (
        f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"Ferry stays ashore",{pairs}}}</script>'
    )


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("ថ្ងៃទី១២ ខែវិច្ឆិកា ឆ្នាំ២០២៤", "km", "2024-11-12"),
        ("ថ្ងៃអង្គារ ទី១២ ខែវិច្ឆិកា ឆ្នាំ២០២៤ ម៉ោង ៨:១៥ នាទីព្រឹក", "km", "2024-11-12T08:15"),
        ("១២ វិច្ឆិកា ២០២៤ | ១៧:៤០ ICT", None, "2024-11-12T17:40+07:00"),
        ("ថ្ងៃពុធ ៦កើត ខែកត្តិក ព.ស.២៥៦៨ ត្រូវនឹងថ្ងៃទី០៦ ខែវិច្ឆិកា ឆ្នាំ២០២៤", "km", "2024-11-06"),
        ("12 พฤศจิกายน 2567 เวลา 08:15 น.", "th", "2024-11-12T08:15"),
        ("วันอังคารที่ 12 พฤศจิกายน พ.ศ. 2567 08.15 น.", "th", "2024-11-12T08:15"),
        ("12 พ.ย. 2567", "th", "2024-11-12"),
        ("12 พ.ย. 67 08:15 น.", "th", "2024-11-12T08:15"),
        ("12/11/2567", "th", "2024-11-12"),
        ("ວັນທີ 12 ເດືອນ ພະຈິກ 2024", "lo", "2024-11-12"),
        ("၂၀၂၄ ခုနှစ် နိုဝင်ဘာ ၁၂ ရက်", "my", "2024-11-12"),
        ("12 בנובמבר 2024, 08:15", "he", "2024-11-12T08:15"),
        ("12.11.24 08:15", "he", "2024-11-12T08:15"),
        ("মঙ্গলবার, ১২ নভেম্বর ২০২৪, ০৮:১৫", "bn", "2024-11-12T08:15"),
        ("12 நவம்பர் 2024", "ta", "2024-11-12"),
        ("12 نومبر 2024", "ur", "2024-11-12"),
        ("10 جمادى الأولى 1446 هـ - 12 نوفمبر 2024", "ar", "2024-11-12"),
        ("1446/05/10 - 2024/11/12", "ar", "2024-11-12"),
        ("الثلاثاء 12 نوفمبر 2024 - 10:30", "ar", "2024-11-12T10:30"),
        ("١٢ تشرين الثاني ٢٠٢٤", "ar", "2024-11-12"),
        ("سه‌شنبه ۲۲ آبان ۱۴۰۳ - ۱۰:۲۰", "fa", "2024-11-12T10:20"),
        ("۱۴۰۳/۰۸/۲۲", "fa", "2024-11-12"),
        ("१२ नवंबर २०२४, ०८:१५", "hi", "2024-11-12T08:15"),
        ("2024年11月12日 08:15", "zh", "2024-11-12T08:15"),
        ("2024年11月12日 午後8時15分", "ja", "2024-11-12T20:15"),
        ("令和6年11月12日", "ja", "2024-11-12"),
        ("令和元年5月1日", "ja", "2019-05-01"),
        ("民國113年11月12日", "zh-TW", "2024-11-12"),
        ("입력 2024.11.12 15:05", "ko", "2024-11-12T15:05"),
        ("2024년 11월 12일 오후 3:05", "ko", "2024-11-12T15:05"),
        ("Dienstag, 12. November 2024 um 8.15 Uhr", "de", "2024-11-12T08:15"),
        ("Publié le 1er mars 2024 à 08h15", "fr", "2024-03-01T08:15"),
        ("12 de noviembre de 2024 a las 08:15", "es", "2024-11-12T08:15"),
        ("12 ноября 2024, 08:15", "ru", "2024-11-12T08:15"),
        ("13 Kasım 2024 Çarşamba 14:20", "tr", "2024-11-13T14:20"),
        ("12 tháng 11, 2024", "vi", "2024-11-12"),
        ("Thứ ba, 12/11/2024, 08:15 (GMT+7)", "vi", "2024-11-12T08:15+07:00"),
        ("Selasa, 12 Nov 2024 08.15 WIB", "id", "2024-11-12T08:15+07:00"),
        ("Tue 12 Nov 2024 08.15 GMT", "en-GB", "2024-11-12T08:15+00:00"),
        ("12 November 2024, 08:15 PM IST", "en-IN", "2024-11-12T20:15+05:30"),
        ("12 November 2024, 08:15 PM IST", "en", "2024-11-12T20:15"),
        ("12 July 2024 10:30 BST", "en-GB", "2024-07-12T10:30+01:00"),
        ("12 Nov 2024 10:30PM", "en-SG", "2024-11-12T22:30"),
        ("Nov. 12, 2024 12:05am", "en-US", "2024-11-12T00:05"),
        ("Nov. 12, 2024 10:30 a.m. ET", "en-US", "2024-11-12T10:30-05:00"),
        ("July 12, 2024 10:30 a.m. ET", "en-US", "2024-07-12T10:30-04:00"),
        ("Published November 12, 2024 10.30am AEDT", "en-AU", "2024-11-12T10:30+11:00"),
        ("12 Nov 2024 10:30 UTC+5:30", "en", "2024-11-12T10:30+05:30"),
        ("Tue, 12 November 2024, 10:30 (Phnom Penh time)", "en", "2024-11-12T10:30+07:00"),
        ("Nov-12-2024", "en", "2024-11-12"),
        ("ថ្ងៃទី 12 ខែ 11 ឆ្នាំ 2024", "km", "2024-11-12"),
        ("ថ្ងៃទី០៣ ខែតុលា ឆ្នាំ២០២៤ វេលាម៉ោង ៩ និង ៣០នាទីព្រឹក", "km", "2024-10-03T09:30"),
        ("5 มี.ค. 2568", "th", "2025-03-05"),
        ("5 มิ.ย. 68", "th", "2025-06-05"),
        ("12/11/67", "th", "2024-11-12"),
        ("နိုဝင်ဘာ ၁၂၊ ၂၀၂၄", "my", "2024-11-12"),
        ("12 Ags 2024", "id", "2024-08-12"),
        ("發佈時間：2024/11/12 15:05", "zh-TW", "2024-11-12T15:05"),
        ("113/11/12", "zh-TW", "2024-11-12"),
        ("2024年11月12日 午後3時5分", "ja", "2024-11-12T15:05"),
        ("令和６年１１月１２日 午前９時", "ja", "2024-11-12T09:00"),
        ("更新日：2024年11月12日 午前0:05", "ja", "2024-11-12T00:05"),
        ("등록 :2024-11-12 10:30", "ko", "2024-11-12T10:30"),
        ("12/11/2024-10:30 (توقيت مكة)", "ar", "2024-11-12T10:30+03:00"),
        ("12-11-2024م 10:30 ص", "ar", "2024-11-12T10:30"),
        ("3 كانون الاول 2024", "ar", "2024-12-03"),
        ("12 نومبر 2024 10:30pm", "ur", "2024-11-12T22:30"),
        ("১২ নভেম্বর ২০২৪, ০৩:৩০ পিএম", "bn", "2024-11-12T15:30"),
        ("12 नवंबर 2024, 10:30 AM IST", "hi", "2024-11-12T10:30+05:30"),
        ("२०८१ कार्तिक २७ | 12 November 2024", "ne", "2024-11-12"),
        ("ህዳር 3 ቀን 2017 ዓ.ም", "am", "2024-11-12"),
        ("12 KASIM 2024", "tr", "2024-11-12"),
        ("ΤΡΙΤΗ 12 ΝΟΕΜΒΡΙΟΥ 2024", "el", "2024-11-12"),
        ("12 Μαΐου 2024", "el", "2024-05-12"),
        ("12.11.2024 10:30 (МСК)", "ru", "2024-11-12T10:30+03:00"),
        ("12. novembra 2024. u 10:30", "bs", "2024-11-12T10:30"),
        ("utorak, 12. novembar 2024, 10:30 -> 11:00", "sr", "2024-11-12T10:30"),
        ("2024 оны 11-р сарын 12", "mn", "2024-11-12"),
        ("12 ноябр 2024", "uz", "2024-11-12"),
        ("2024ko azaroaren 12a", "eu", "2024-11-12"),
        ("12 noi. 2024", "ro", "2024-11-12"),
        ("12.11.2024, 10.30", "cs", "2024-11-12T10:30"),
        ("12 nov. 2024 om 10.30 uur", "nl", "2024-11-12T10:30"),
        ("12/11/24 om 10u30", "nl-BE", "2024-11-12T10:30"),
        ("Di. 12. Nov. 2024, 8 Uhr", "de", "2024-11-12T08:00"),
        ("12 août 2024 - 9h", "fr", "2024-08-12T09:00"),
        ("12 novembre 2024 à 10:30 HNE", "fr-CA", "2024-11-12T10:30-05:00"),
        ("12 novembre 2024 - Aggiornato alle 11:00", "it", "2024-11-12"),
        ("2024. november 12. 08:15", "hu", "2024-11-12T08:15"),
        ("2024. gada 12. novembris", "lv", "2024-11-12"),
        ("12 қараша 2024", "kk", "2024-11-12"),
        ("12 ნოემბერი, 2024", "ka", "2024-11-12"),
        ("12 listopada 2024", "pl", "2024-11-12"),
        ("12. listopada 2024", "hr", "2024-10-12"),
        ("Nov. 12, 2024, at 8:15 p.m. GMT+7", "en", "2024-11-12T20:15+07:00"),
        ("12/11/2024 08:15", "fr", "2024-11-12T08:15"),
        ("11/12/2024", "en-US", "2024-11-12"),
        ("11/23/2024", "en", "2024-11-23"),
    ],
)
def test_printed_dates(text: str, language: str | None, value: str) -> None:
    """A date as a newspaper prints it is read in its language, calendar and digits."""
    assert [found for found, _ in stated(text, language)] == [value]


def test_two_dates_of_a_line_keep_their_clocks() -> None:
    """Each of two dates in one line has the clock that stands beside it, in half days or with a full stop."""
    line = "12 Nov 2024 11:30PM (Updated: 13 Nov 2024 12:15AM)"
    assert [value for value, _ in stated(line, "en-SG")] == ["2024-11-12T23:30", "2024-11-13T00:15"]
    line = "12/11/2024 10h30 Atualizado 13/11/2024"
    assert [value for value, _ in stated(line, "pt-BR")] == ["2024-11-12T10:30", "2024-11-13"]
    line = "Julkaistu 12.11.2024 10.30 | Päivitetty 12.11.2024 11.15"
    assert [value for value, _ in stated(line, "fi")] == ["2024-11-12T10:30", "2024-11-12T11:15"]
    assert [value for value, _ in stated("२०८१-०७-२७", "ne")] == []


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("November 2024", "en", "2024-11"),
        ("Noviembre de 2024", "es", "2024-11"),
        ("Nov. 2024", None, "2024-11"),
        ("พฤศจิกายน 2567", "th", "2024-11"),
        ("2024年11月号", "ja", "2024-11"),
        ("2024年13月", "zh", None),
        ("Ferries 2024", "en", None),
        ("November 12", "en", None),
        ("2024", "en", None),
    ],
)
def test_months(text: str, language: str | None, value: str | None) -> None:
    """A text that is nothing but a month and its year is that month."""
    assert month(text, language) == value


def test_month_of_an_issue() -> None:
    """A magazine's page that prints a month below the headline is of that month; a sentence with one is not."""
    assert read(line="<p>November 2024</p>").published == "2024-11"
    assert read(line="<p>In November 2024</p>").published is None


@pytest.mark.parametrize(
    "text",
    [
        "11/12/2024",
        "in 2024 we had 12 ferries",
        "12 pro players in 2024",
        "30 February 2024",
        "11月12日",
        "१२ कार्तिक २०८१",
        "the 20-20-20 rule",
        "since 2024",
        "",
    ],
)
def test_what_is_no_date(text: str) -> None:
    """What may be two dates, or is none, is not read."""
    assert list(stated(text, "en")) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-11-12T08:15:00+07:00", "2024-11-12T08:15:00+07:00"),
        ("2024-11-12T08:15:00.123Z", "2024-11-12T08:15:00+00:00"),
        ("2024-11-12T08:15+0700", "2024-11-12T08:15+07:00"),
        ("2024-11-12 08:15", "2024-11-12T08:15"),
        ("2024-11-12", "2024-11-12"),
        ("2024-11", "2024-11"),
        ("20241112", "2024-11-12"),
        ("Tue, 12 Nov 2024 08:15:00 +0700", "2024-11-12T08:15:00+07:00"),
        ("Tuesday, 12-Nov-24 08:15:00 UTC", "2024-11-12T08:15:00+00:00"),
        ("Tue, 12 Nov 2024", "2024-11-12"),
        ("2024-11-12t08:15:00z", "2024-11-12T08:15:00+00:00"),
        ("2024-11-12T08:15:00-00:00", "2024-11-12T08:15:00+00:00"),
        ("2024-11-12T24:00:00+07:00", "2024-11-13T00:00:00+07:00"),
        ("2024-W46-2", "2024-11-12"),
        ("2024-W99-2", None),
        ("1731374100", "2024-11-12T01:15:00+00:00"),
        ("/Date(1731374100000+0700)/", "2024-11-12T01:15:00+00:00"),
        ("Tue Nov 12 08:15:00 ICT 2024", "2024-11-12T08:15:00+07:00"),
        ("Tue Nov 12 2024 08:15:00 GMT+0700 (Indochina Time)", "2024-11-12T08:15:00+07:00"),
        ("20241112T081500Z", "2024-11-12T08:15:00+00:00"),
        ("2024-11-12T08:15:00.0000000+07", "2024-11-12T08:15:00+07:00"),
        ("2567-11-12T08:15:00+07:00", "2024-11-12T08:15:00+07:00"),
        ("1403-08-22 10:20", "2024-11-12T10:20"),
        ("٢٠٢٤-١١-١٢T٠٨:١٥", "2024-11-12T08:15"),
        ("11/23/2024 8:15:00 PM", "2024-11-23T20:15:00"),
        ("11/12/2024 8:15:00 PM", None),
        ("2024-13-45", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_for_machines(text: str, value: str | None) -> None:
    """A machine's date keeps its precision and its offset; nonsense is none."""
    assert iso(text) == value


def test_order_of_day_and_month_in_data() -> None:
    """Whether 11/12/2024 in a page's data begins with the month is told by the page's language, or it is no date."""
    head = json_ld(datePublished="11/12/2024 8:15:00 AM")
    assert read(head, language="en-US").published == "2024-11-12T08:15:00"
    assert read(json_ld(datePublished="12/11/2024 08:15"), language="fr").published == "2024-11-12T08:15"
    assert read(head, language="en").published is None
    assert read(head + "<meta property=og:locale content=en_US>").published == "2024-11-12T08:15:00"
    assert read(head.replace("11/12", "12/11"), url="https://gazette.co.uk/ferry").published == "2024-11-12T08:15:00"
    assert read(head, url="https://gazette.io/ferry").published is None


@pytest.mark.parametrize(
    ("language", "url", "more", "value"),
    [
        ("en", "https://gazette.example/ferry", "", None),
        ("en-US", "https://gazette.example/ferry", "", "2024-11-10"),
        ("en-US", "https://gazette.co.ke/ferry", "", "2024-10-11"),
        ("en", "https://gazette.example/ferry", "<p>Next ferry: 23/11/2024</p>", "2024-10-11"),
        ("en", "https://gazette.example/ferry", "<p>Next ferry: 11/23/2024</p>", "2024-11-10"),
        ("en", "https://gazette.example/2024/11/10/ferry", "", "2024-11-10"),
        ("en", "https://gazette.example/2024/10/11/ferry", "", "2024-10-11"),
        ("en-US", "https://gazette.example/ferry", "<p>Last ferry: 23/11/2023</p>", "2024-10-11"),
    ],
)
def test_order_of_day_and_month_in_print(language: str, url: str, more: str, value: str | None) -> None:
    """The country's ending, the address and the page's other dates tell how 11/10/2024 is meant, or nobody does."""
    assert read(line=f"<p class=date>11/10/2024</p>{more}", url=url, language=language).published == value


def test_english_that_only_the_template_declares() -> None:
    """A page in another script than it declares has its dates in digits as its own language writes them."""
    khmer = "<h2>អត្ថបទទាំងនេះនិយាយអំពីទន្លេ និងទូកដែលមិនបានចេញដំណើរ ព្រោះទឹកឡើងខ្ពស់ពេក ហើយគ្មាននរណាដឹងថាវានឹងស្រកនៅពេលណា</h2>"
    html = f"<html lang=en-US><body><h1>ទូកនៅលើច្រាំង</h1><p class=date>10/11/2024</p>{khmer}"
    assert extract(html.encode(), "https://gazette.example/1", fetched_at=WHEN).published == "2024-11-10"


def test_reading_that_lies_in_the_future() -> None:
    """Of two readings of a date in digits the one after the fetch is none; without a fetch nobody knows."""
    line = "<p class=date>12/11/2024</p>"
    assert read(line=line).published == "2024-11-12"
    assert read(line=line, fetched_at=None).published is None


def test_persian_new_year() -> None:
    """The Persian year begins on 20 or 21 March, and its leap days are known."""
    assert jalali(1403, 1, 1) == date(2024, 3, 20)
    assert jalali(1403, 12, 30) == date(2025, 3, 20)
    with pytest.raises(ValueError, match="no day"):
        jalali(1404, 12, 30)


def test_a_footers_year_is_no_date() -> None:
    """A page without a date has none."""
    found = read(line="<footer>Copyright 2019</footer>")
    assert (found.published, found.modified) == (None, None)


def test_never_after_the_fetch() -> None:
    """A date later than the fetch is not believed; one in a zone ahead of UTC is."""
    assert read(json_ld(datePublished="2024-12-24T08:00:00+07:00")).published is None
    assert read(json_ld(datePublished="2024-11-21T02:00:00+14:00")).published == "2024-11-21T02:00:00+14:00"


def test_without_a_fetch_any_date_is_believed() -> None:
    """The clock of the machine plays no part."""
    assert read(json_ld(datePublished="2093-01-01"), fetched_at=None).published == "2093-01-01"


def test_published_and_modified_are_not_swapped() -> None:
    """A page that states only for machines when it was changed has no date of publication."""
    found = read(json_ld(dateModified="2024-11-19T10:00:00Z"))
    assert (found.published, found.modified) == (None, "2024-11-19T10:00:00+00:00")


def test_page_that_prints_its_update_only() -> None:
    """A page whose one printed date is that of its update is filed under it; two such dates say nothing."""
    line = "<p class='date'>Updated: 12 November 2024 10:00</p>"
    found = read(line=line)
    assert (found.published, found.modified) == ("2024-11-12T10:00", "2024-11-12T10:00")
    assert found.evidence["published"].raw == "Updated: 12 November 2024 10:00"
    assert read(line=line, url="https://gazette.example/2024/11/09/ferry").published == "2024-11-09"
    assert read(line=line + "<p class='date'>Updated: 14 November 2024</p>").published is None


def test_month_of_the_address() -> None:
    """An address that states a month is made exact by a date below the story, and is not contradicted by it."""
    url = "https://gazette.example/2024/11/ferry"
    html = f"<html lang=en><body><h1>Ferry stays ashore</h1>{TEXT * 30}<p>Published: 12 November 2024</p>".encode()
    assert extract(html, url, fetched_at=WHEN).published == "2024-11-12"
    assert extract(html, url.replace("11", "10"), fetched_at=WHEN).published == "2024-10"


def test_two_printed_dates() -> None:
    """Of two labelled dates in one line each goes where its label says."""
    found = read(line="<p class='date'>Published: 11 November 2024 | Updated: 12 November 2024 10:00</p>")
    assert (found.published, found.modified) == ("2024-11-11", "2024-11-12T10:00")


def test_more_precise_statement_of_the_same_day() -> None:
    """A day in JSON-LD is made exact by a time element of the same day, not by one of another."""
    day = json_ld(datePublished="2024-11-12")
    assert read(day, "<time datetime='2024-11-12T08:15:00+07:00'>today</time>").published == "2024-11-12T08:15:00+07:00"
    assert read(day, "<time datetime='2024-11-13T08:15:00+07:00'>today</time>").published == "2024-11-12"


def test_own_offset_before_utc() -> None:
    """Of two ways to write one moment the one with the paper's own offset is kept: its day is the printed one."""
    head = '<meta property="article:published_time" content="2024-11-11T18:15:00Z">'
    assert (
        read(head, "<time datetime='2024-11-12T01:15:00+07:00'>12 Nov</time>").published == "2024-11-12T01:15:00+07:00"
    )


def test_order_of_belief() -> None:
    """JSON-LD, then meta, then the printed line, then the feed, then the address; all are kept as evidence."""
    url = "https://gazette.example/2024/11/13/ferry"
    hint = Link(url=url, published="2024-11-12T08:00:00+07:00")
    line = "<p class='date'>11 November 2024</p>"
    meta = '<meta property="article:published_time" content="2024-11-10T08:00:00+07:00">'
    whole = read(json_ld(datePublished="2024-11-09T08:00:00+07:00") + meta, line, url, hint=hint)
    assert whole.published == "2024-11-09T08:00:00+07:00"
    assert [source for source, _ in whole.evidence["published"].others] == [
        "meta article:published_time",
        "line",
        "feed",
        "address",
    ]
    assert read(meta, line, url, hint=hint).published == "2024-11-10T08:00:00+07:00"
    assert read("", line, url, hint=hint).published == "2024-11-11"
    assert read("", "", url, hint=hint).published == "2024-11-12T08:00:00+07:00"
    assert read("", "", url).published == "2024-11-13"


def test_printed_day_before_the_stated_one() -> None:
    """A day that is printed alone and lies before the one in the data is believed: no story is dated before it is out.

    The same moment in another zone is no other day, and a line with several dates tells of other things.
    """
    head = json_ld(datePublished="2024-11-15T10:00:00Z")
    assert read(head, "<p class='date'>3 November 2024</p>").published == "2024-11-03"
    assert read(head, "<p class='date'>17 November 2024</p>").published == "2024-11-15T10:00:00+00:00"
    assert read(head.replace("T10", "T01"), "<p>14 November 2024</p>").published == "2024-11-15T01:00:00+00:00"
    two = "<p>Received 3 November 2024; accepted 9 November 2024</p>"
    assert read(head, two).published == "2024-11-15T10:00:00+00:00"


def test_moment_in_utc_on_the_day_that_is_printed() -> None:
    """A moment in UTC whose day is not the printed one is written with the offset that the page shows it to have."""
    head = json_ld(datePublished="2024-11-15T02:41:30Z")
    assert read(head, "<p>November 14, 2024 9:41 pm</p>").published == "2024-11-14T21:41:30-05:00"
    assert read(head, "<p>November 14, 2024 9:30 pm</p>").published == "2024-11-15T02:41:30+00:00"
    comment = "<div class=comments><time datetime='2024-11-16T08:15:00-05:00'>8:15</time></div>"
    assert read(head, "<p>November 14, 2024</p>" + comment).published == "2024-11-14T21:41:30-05:00"
    updated = json_ld(datePublished="2024-11-14T23:25:00Z", dateModified="2024-11-15T07:25:00Z")
    assert read(updated, "<p>15 November 2024 07:25</p>").published == "2024-11-14T23:25:00+00:00"


def test_guide_that_is_kept_up() -> None:
    """A guide is of the day that it prints, where only data for search engines have one that is months older.

    A paper's news keeps its first day, and so does a page that states it twice or is revised soon.
    """
    guide = json_ld(datePublished="2023-02-01T08:00:00Z", dateModified="2024-11-12T08:15:00Z").replace("News", "")
    line = "<p class='date'>Updated 12 November 2024</p>"
    assert read(guide, line).published == "2024-11-12"
    assert read(guide.replace('"Article"', '"NewsArticle"'), line).published == "2023-02-01T08:00:00+00:00"
    meta = '<meta property="article:published_time" content="2023-02-01T08:00:00Z">'
    assert read(guide + meta, line).published == "2023-02-01T08:00:00+00:00"
    assert read(guide.replace("2023-02-01", "2024-11-01"), line).published == "2024-11-01T08:00:00+00:00"


def test_microdata_of_other_stories() -> None:
    """Where microdata have several days, that of the item with the headline is the story's; else none is."""
    cards = "".join(
        f"<div itemscope><time itemprop=datePublished datetime=2024-11-1{day}>card</time></div>" for day in "234"
    )
    html = f"<html lang=en><body><h1>Ferry stays ashore</h1>{TEXT}{cards}"
    assert extract(html.encode(), "https://gazette.example/ferry", fetched_at=WHEN).published is None
    metas = html.replace("<time itemprop=datePublished datetime=", "<meta itemprop=datePublished content=")
    assert extract(metas.encode(), "https://gazette.example/ferry", fetched_at=WHEN).published is None
    own = html.replace("<h1>", "<div itemscope><time itemprop=datePublished datetime=2024-11-09>9</time><h1>")
    assert extract(own.encode(), "https://gazette.example/ferry", fetched_at=WHEN).published == "2024-11-09"


def test_dates_in_the_data_of_scripts() -> None:
    """What scripts hold makes a printed day exact, and is the date where none is printed, if it is one day."""
    script = '<script>var state = {"story":{"publishedAt":"2024-11-12T08:15:00+07:00","unpublishedAt":"2024-11-13"}};'
    script += "</script>"
    assert read(script).published == "2024-11-12T08:15:00+07:00"
    assert read(script, "<p>12 November 2024</p>").published == "2024-11-12T08:15:00+07:00"
    assert read(script, "<p>11 November 2024</p>").published == "2024-11-11"
    assert read(script + script.replace("-12T", "-14T")).published is None
    escaped = '<script>push("{\\"published_at\\":1731374100000}")</script>'
    assert read(escaped).published == "2024-11-12T01:15:00+00:00"


def test_date_that_only_its_markup_names() -> None:
    """The one day in elements made or named for dates is found below the story, beside other stories' it is not."""
    stamp = "<div class=story-stamp-date>12 November 2024</div>"
    html = f"<html lang=en><body><h1>Ferry stays ashore</h1>{TEXT * 30}<p>Pier</p>{stamp}"
    url = "https://gazette.example/ferry"
    assert extract(html.encode(), url, fetched_at=WHEN).published == "2024-11-12"
    both = extract(html.replace("12 November 2024", "12 November 2024. Updated: then").encode(), url, fetched_at=WHEN)
    assert (both.published, both.modified) == ("2024-11-12", None)
    assert extract(html.replace(stamp, f"<aside>{stamp}</aside>").encode(), url, fetched_at=WHEN).published is None


@pytest.mark.parametrize(
    "name", ["dcterms.issued", "article.created", "DC.date.issued", "pubdate", "vr:published_time"]
)
def test_names_of_meta_elements(name: str) -> None:
    """A date of publication is known by what its meta element calls itself, one of expiry too."""
    assert read(f"<meta name={name} content=2024-11-12T08:15Z>").published == "2024-11-12T08:15+00:00"
    assert read("<meta name=article:expiration_time content=2024-11-12T08:15Z>").published is None


def test_date_of_today_in_the_masthead() -> None:
    """The date that stands above the headline is today's, not the story's."""
    html = f"<html lang=en><body><div id=top>Wednesday, 20 November 2024</div><h1>Ferry stays ashore</h1>{TEXT}"
    url = "https://gazette.example/ferry"
    assert extract(html.encode(), url, fetched_at=WHEN).published is None
    assert extract(html.replace("id=top", "class=top-date").encode(), url, fetched_at=WHEN).published is None
    eyebrow = html.replace("id=top", "class=top-date").replace("Wednesday, 20", "12")
    assert extract(eyebrow.encode(), url, fetched_at=WHEN).published == "2024-11-12"


@pytest.mark.parametrize(
    "line",
    [
        "<span data-timestamp=1731374100>8 days ago</span>",
        "<span class=js data-date=1731374100000></span>",
        "<relative-time datetime=2024-11-12T01:15:00Z>8 days ago</relative-time>",
        "<abbr class=timeago title=2024-11-12T01:15:00+00:00>last Tuesday</abbr>",
    ],
)
def test_moments_in_attributes(line: str) -> None:
    """A page that prints how long ago a story was keeps the moment for its script in an attribute."""
    assert read(line=line).published == "2024-11-12T01:15:00+00:00"


def test_list_of_other_stories() -> None:
    """Three days in lines of one make are those of other stories, as is a notice of copyright no date."""
    cards = "".join(f"<h3>Other</h3><p class=date>{day} November 2024</p>" for day in (9, 10, 11))
    assert read(line=cards).published is None
    assert read(line="<p>12 November 2024</p>" + cards).published == "2024-11-12"
    assert read(line="<p>Copyright 12 November 2024 Gazette</p>").published is None


def test_printed_publication_before_the_stated_update() -> None:
    """Where a machine's publication is the day that is printed as the update's, the printed publication is right."""
    head = json_ld(datePublished="2024-11-15")
    lines = "<p class='date'>Published 3 November 2024</p><p class='date'>Updated 15 November 2024</p>"
    assert read(head, lines).published == "2024-11-03"
    updated_later = lines.replace("15", "16").replace("3 November", "17 November")
    assert read(head, updated_later).published == "2024-11-15"


def test_date_in_a_list_below_the_story() -> None:
    """A day that is labelled as the date is found wherever it stands; two of them are none, and an event's is none."""
    listed = "<ul><li><strong>Datum</strong> 12.11.2024</li><li>12 ferries</li></ul>"
    html = f"<html lang=de><body><h1>Ferry stays ashore</h1>{TEXT * 30}{listed}"
    assert extract(html.encode(), "https://gazette.example/ferry", fetched_at=WHEN).published == "2024-11-12"
    two = (html + listed.replace("12.11", "13.11")).encode()
    assert extract(two, "https://gazette.example/ferry", fetched_at=WHEN).published is None


def test_date_of_a_picture() -> None:
    """A date in the line below the picture is the picture's, not the story's that stands after it."""
    line = "<div class=picbox><p>The ferry at the pier, 4 November 2024</p></div>"
    assert read(line=f"{line}<p>12 November 2024</p>").published == "2024-11-12"


def test_classes_that_style_name_nothing() -> None:
    """Utility classes with the words of menus and events in them do not hide a date."""
    line = "<div class='text-navy pointer-events-none xl:menu'><p>12 November 2024</p></div>"
    assert read(line=line).published == "2024-11-12"


def test_template_that_states_its_last_change_twice() -> None:
    """Where publication and change are stated as one moment, an earlier printed date is the publication."""
    head = json_ld(datePublished="2024-11-15T10:00:00Z", dateModified="2024-11-15T10:00:00Z")
    found = read(head, "<p class='date'>3 November 2024</p>")
    assert (found.published, found.modified) == ("2024-11-03", "2024-11-15T10:00:00+00:00")
