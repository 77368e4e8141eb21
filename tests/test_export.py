"""Export, references and verification: what goes out is complete, named stably, and checked."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import pyarrow.parquet
import pytest
from lxml import etree
from warcio.archiveiterator import ArchiveIterator

from archive import Archive, fulltext
from archive.captures import Captures
from archive.cite import cite
from archive.errors import ArchiveError, QueryError
from archive.export import COLUMNS, export, records
from archive.records import Answer, Article, Exchange, Image, Outcome, Source, Visit
from archive.search import numbers
from archive.verify import Problem, verify

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STORY = Article(
    url="https://post.test/a?id=1&x=2",
    title='Flood & "mud" in <Phnom Penh>',
    text="Water rose, “fast”; 3.5% more.\n\nទឹកជំនន់នៅភ្នំពេញ។\n\nThe end\x0b of it, again.",
    published="2017-11-27T08:15+07:00",
    authors=("Sok Dara", "Ana {de} Souza_e"),
    language="en",
    section="National",
    tags=("floods", "city & river"),
    images=(Image(url="https://post.test/i.jpg", caption="A boat", credit="AFP"),),
)
BRIEF = Article(url="https://times.test/b", title=None, text="Short, undated.", published="2017-11")


def read(article: Article, source: str, at: datetime = NOW) -> Visit:
    page = f"<p>{article.text}</p>".encode()
    exchange = Exchange(
        url=article.url,
        at=at,
        request_headers=(("Host", "post.test"),),
        headers=(("Content-Type", "text/html"),),
        body=page,
    )
    answer = Answer(final_url=article.url, status=200)
    return Visit(
        url=article.url,
        source=source,
        at=at,
        outcome=Outcome.READ,
        reason="read",
        answer=answer,
        article=article,
        exchanges=(exchange,),
        extractor="test 1",
    )


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "data", writable=True) as archive:
        archive.sync([Source(id="post", name="The Phnom Penh Post"), Source(id="times")], NOW)
        archive.record(read(STORY, "post"))
        archive.record(read(BRIEF, "times"))
        yield archive


def corrected(archive: Archive) -> None:
    later = replace(STORY, text=STORY.text.replace("3.5%", "4.5%"))
    archive.record(read(later, "post", NOW + timedelta(days=1)))


def test_jsonl_holds_everything(archive: Archive, tmp_path: Path) -> None:
    """One object a line with all that is known, and names for articles and paragraphs that stay."""
    path = tmp_path / "out.jsonl"
    assert export(archive.db, path) == 2
    first, second = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
    assert first["id"] == "a1"
    assert first["source_name"] == "The Phnom Penh Post"
    assert first["authors"] == ["Sok Dara", "Ana {de} Souza_e"]
    assert first["tags"] == ["floods", "city & river"]
    assert first["images"] == [{"url": "https://post.test/i.jpg", "caption": "A boat", "credit": "AFP"}]
    assert first["text"] == STORY.text
    assert [paragraph["id"] for paragraph in first["paragraphs"]] == ["a1.r1.p1", "a1.r1.p2", "a1.r1.p3"]
    assert first["paragraphs"][1]["text"] == "ទឹកជំនន់នៅភ្នំពេញ។"
    assert first["captures"][0]["file"].endswith(".warc.gz")
    assert (second["source_name"], second["title"], second["published"]) == ("times", None, "2017-11")


def test_a_revision_changes_the_names_of_paragraphs_only(archive: Archive) -> None:
    """After a correction the article keeps its name; its paragraphs are those of the new revision."""
    corrected(archive)
    (first, _) = records(archive.db, numbers(archive.db))
    assert (first["id"], first["revision"]) == ("a1", 2)
    assert first["paragraphs"][0] == {"id": "a1.r2.p1", "text": "Water rose, “fast”; 4.5% more."}


def test_the_same_archive_gives_the_same_bytes(archive: Archive, tmp_path: Path) -> None:
    """Two exports of an unchanged archive are equal, byte for byte, also of the pages."""
    for ending in (".jsonl", ".csv", ".xml", ".vert", ".parquet", ".warc.gz"):
        path = tmp_path / f"out{ending}"
        made = []
        for _ in range(2):
            export(archive.db, path, captures=Captures(tmp_path / "data" / "captures"))
            made.append(path.read_bytes())
        assert made[0] == made[1]


def test_every_revision(archive: Archive, tmp_path: Path) -> None:
    """A record for each state, with its own headline, text, time, weight and page, in every format."""
    corrected(archive)
    old, new, _ = records(archive.db, numbers(archive.db), every_revision=True)
    assert (old["id"], old["revision"], old["weight"], old["text"]) == ("a1.r1", 1, None, STORY.text)
    assert (new["id"], new["revision"], new["weight"]) == ("a1.r2", 2, "numbers")
    assert "4.5%" in new["text"]
    assert (old["seen_at"], new["seen_at"]) == ("2026-11-22T12:00:00Z", "2026-11-23T12:00:00Z")
    assert [event["kind"] for event in old["events"]] == ["revised"]
    assert old["captures"] != new["captures"]
    assert (old["extractor"], old["words"], new["words"]) == ("test 1", new["words"], old["words"])
    for ending in (".jsonl", ".csv", ".xml", ".vert", ".parquet"):
        assert export(archive.db, tmp_path / f"out{ending}", every_revision=True) == 3
    assert list(archive.to_pandas(every_revision=True).index) == ["a1.r1", "a1.r2", "a2.r1"]
    ids = etree.parse(tmp_path / "out.xml").xpath("//@xml:id")
    assert len(ids) == len(set(ids))


def test_an_earlier_state_that_was_found_later_is_not_the_present_one(archive: Archive) -> None:
    """Its number is the highest, but text, time and names of paragraphs are those of the latest state in time."""
    earlier = replace(STORY, title="Rain", text="It rained.\n\nNothing was known yet.")
    archive.record(read(earlier, "post", NOW - timedelta(days=300)))
    found = archive.article(1)
    assert found is not None
    assert (found.revision, found.revisions, found.text) == (1, 2, STORY.text)
    assert [revision.number for revision in archive.revisions(1)] == [2, 1]
    (first, _) = records(archive.db, numbers(archive.db))
    assert (first["revision"], first["seen_at"], first["text"]) == (1, "2026-11-22T12:00:00Z", STORY.text)
    assert first["paragraphs"][0]["id"] == "a1.r1.p1"


def test_csv_is_a_table(archive: Archive, tmp_path: Path) -> None:
    """Every article is a row, whatever quotes, commas and line breaks its text holds."""
    path = tmp_path / "out.csv"
    assert export(archive.db, path) == 2
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["text"] == STORY.text
    assert rows[0]["title"] == STORY.title
    assert rows[0]["authors"] == "Sok Dara; Ana {de} Souza_e"
    assert rows[1]["title"] == ""


def test_tei(archive: Archive, tmp_path: Path) -> None:
    """One teiCorpus; each article with its source, date as XML Schema writes it, and paragraphs with names."""
    path = tmp_path / "out.xml"
    assert export(archive.db, path) == 2
    root = etree.parse(path).getroot()
    space = {"t": "http://www.tei-c.org/ns/1.0"}
    assert root.tag == "{http://www.tei-c.org/ns/1.0}teiCorpus"
    assert [child.tag.partition("}")[2] for child in root] == ["teiHeader", "TEI", "TEI"]
    first, second = root.findall("t:TEI", space)
    xml = "{http://www.w3.org/XML/1998/namespace}"
    assert first.get(f"{xml}id") == "a1"
    assert first.findtext(".//t:titleStmt/t:title", namespaces=space) == STORY.title
    assert first.findtext(".//t:bibl/t:title[@level='j']", namespaces=space) == "The Phnom Penh Post"
    assert first.findtext(".//t:bibl/t:idno", namespaces=space) == STORY.url
    assert [date.get("when") for date in root.iterfind(".//t:bibl/t:date", space)] == [
        "2017-11-27T08:15:00+07:00",
        "2017-11",
    ]
    paragraphs = first.findall(".//t:body/t:p", space)
    assert [paragraph.get(f"{xml}id") for paragraph in paragraphs] == ["a1.r1.p1", "a1.r1.p2", "a1.r1.p3"]
    assert paragraphs[2].text == "The end\ufffd of it, again."  # XML cannot hold a vertical tab
    assert second.findtext(".//t:body/t:head", namespaces=space) == "Untitled"
    with (resources.files("trafilatura") / "data" / "tei_corpus.dtd").open("rb") as schema:
        guidelines = etree.DTD(schema)  # all of TEI P5
    assert guidelines.validate(root), guidelines.error_log


def test_vertical(archive: Archive, tmp_path: Path) -> None:
    """A token a line; glue tells where no space stood, so that the text can be put together again."""
    path = tmp_path / "out.vert"
    assert export(archive.db, path, source="post") == 1
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(
        '<doc id="a1" source="post" source_name="The Phnom Penh Post" url="https://post.test/a?id=1&amp;x=2"'
    )
    assert "title='Flood &amp; \"mud\" in &lt;Phnom Penh&gt;'" in lines[0]
    assert lines[1:14] == [
        '<p id="a1.r1.p1">', "Water", "rose", "<g/>", ",", "“", "<g/>", "fast", "<g/>", "”", "<g/>", ";", "3"
    ]  # fmt: skip
    assert lines[-1] == "</doc>"
    begin, end = lines.index('<p id="a1.r1.p2">'), lines.index('<p id="a1.r1.p3">')
    assert "".join(line for line in lines[begin + 1 : end - 1] if line != "<g/>") == "ទឹកជំនន់នៅភ្នំពេញ។"


def test_vertical_text_is_well_formed_and_says_what_its_tokens_are(archive: Archive, tmp_path: Path) -> None:
    """Also with a control character in the headline; syllables are not passed off as words."""
    odd = replace(STORY, url="https://post.test/c", title="Odd\x0b <one>", text="No syllables & no <tags> here.")
    archive.record(read(odd, "post"))
    export(archive.db, tmp_path / "out.vert")
    corpus = etree.fromstring(b"<corpus>" + (tmp_path / "out.vert").read_bytes() + b"</corpus>")
    assert [doc.get("tokens") for doc in corpus] == ["words and syllables", "words", "words"]
    assert corpus[2].get("title") == "Odd\ufffd <one>"


def test_warc(archive: Archive, tmp_path: Path) -> None:
    """The pages of every revision go out as a WARC file of their own, whole, also where the archive has a reference."""
    corrected(archive)
    archive.record(read(replace(STORY, url="https://post.test/other"), "post", NOW + timedelta(days=2)))
    path = tmp_path / "out.warc.gz"
    with Captures(tmp_path / "data" / "captures") as captures:
        assert export(archive.db, path, source="post", captures=captures) == 2
    with path.open("rb") as stream:
        pages = [(record.rec_type, record.content_stream().read()) for record in ArchiveIterator(stream)]
    assert [kind for kind, _ in pages] == ["warcinfo", "response", "response"]
    assert pages[1][1] == f"<p>{STORY.text}</p>".encode()


def test_parquet(archive: Archive, tmp_path: Path) -> None:
    """A table with lists as lists and the archive's own times as times in UTC; the newspaper's stay as stated."""
    path = tmp_path / "out.parquet"
    assert export(archive.db, path) == 2
    rows = pyarrow.parquet.read_table(path).to_pylist()
    assert (rows[0]["seen_at"], rows[0]["withdrawn_at"]) == (NOW, None)
    assert rows[1]["published"] == "2017-11"
    assert rows[0]["authors"] == ["Sok Dara", "Ana {de} Souza_e"]
    assert rows[0]["text"] == STORY.text
    assert rows[1]["title"] is None


def test_a_pandas_table(archive: Archive) -> None:
    """A row an article; the archive's own times are times, the newspaper's stay as stated."""
    table = archive.to_pandas()
    assert list(table.index) == ["a1", "a2"]
    assert table.loc["a1", "authors"] == ["Sok Dara", "Ana {de} Souza_e"]
    assert list(table["published"]) == ["2017-11-27T08:15+07:00", "2017-11"]
    assert table.loc["a1", "first_seen_at"] == NOW
    assert table["words"].sum() == sum(article.words for article in archive)
    assert list(archive.to_pandas("ភ្នំពេញ").index) == ["a1"]
    assert archive.to_pandas(from_="2018").empty


def test_a_search_chooses(archive: Archive, tmp_path: Path) -> None:
    """Words and filters are those of a search."""
    path = tmp_path / "out.jsonl"
    assert export(archive.db, path, "ភ្នំពេញ") == 1
    assert export(archive.db, path, from_="2018") == 0
    assert path.read_bytes() == b""
    with pytest.raises(QueryError):
        export(archive.db, path, '"flood')


@pytest.mark.parametrize("name", ["out.txt", "out", "out.warc"])
def test_an_unknown_ending(archive: Archive, tmp_path: Path, name: str) -> None:
    """An ending that names no format is one line with those that do."""
    with pytest.raises(ArchiveError, match=r"use \.jsonl, \.csv, \.parquet, \.xml, \.vert, \.warc\.gz"):
        export(archive.db, tmp_path / name)


def test_a_failed_export_leaves_the_old_file(archive: Archive, tmp_path: Path) -> None:
    """A file is replaced when the new one is complete, and nothing else is left behind."""
    path = tmp_path / "out.warc.gz"
    path.write_bytes(b"old")
    for file in (tmp_path / "data" / "captures").iterdir():
        file.unlink()
    with pytest.raises(ArchiveError, match="cannot be read"):
        export(archive.db, path, captures=Captures(tmp_path / "data" / "captures"))
    assert path.read_bytes() == b"old"
    assert sorted(tmp_path.iterdir()) == [tmp_path / "data", path]


def test_a_folder_that_is_not_there(archive: Archive, tmp_path: Path) -> None:
    """A place that cannot be written to is one line."""
    with pytest.raises(ArchiveError, match="cannot be written"):
        export(archive.db, tmp_path / "none" / "out.csv")


def cited(archive: Archive, style: str, number: int = 1) -> str:
    article, revision = archive.article(number), archive.revision(number, 1)
    assert article
    assert revision
    return cite(article, revision, "The Phnom Penh Post" if number == 1 else None, style)  # type: ignore[arg-type]


def captured(archive: Archive) -> str:
    revision = archive.revision(1, 1)
    assert revision
    assert revision.capture
    return f"captured in {revision.capture.file} at {revision.capture.offset}"


def test_cite_as_text(archive: Archive) -> None:
    """A reference names author, title, paper, date as far as known, address, day and place of capture, and revision."""
    assert cited(archive, "text") == (
        "Sok Dara, Ana {de} Souza_e. “Flood & 'mud' in <Phnom Penh>.” The Phnom Penh Post, 27 November 2017. "
        f"https://post.test/a?id=1&x=2 (accessed 22 November 2026; revision 1 of 1, a1.r1; {captured(archive)})."
    )
    assert cited(archive, "text", 2).startswith("“Untitled.” times, November 2017. https://times.test/b (accessed ")


def test_a_reference_to_a_withdrawn_article_says_so(archive: Archive) -> None:
    """The address no longer leads to it: in every style the reader learns since when."""
    gone = Visit(
        url=STORY.url, source="post", at=NOW + timedelta(days=9), outcome=Outcome.GONE, reason="gone", detail="404"
    )
    archive.record(gone)
    for style in ("text", "bibtex", "csl"):
        assert "found withdrawn on 2026-12-01" in cited(archive, style)


def test_cite_as_bibtex(archive: Archive) -> None:
    """What means something to LaTeX is escaped; names are not cut, addresses not changed."""
    assert cited(archive, "bibtex").splitlines() == [
        "@article{post2017a1,",
        r"  author  = {{Sok Dara} and {Ana \{de\} Souza\_e}},",
        r'  title   = {{Flood \& "mud" in <Phnom Penh>}},',
        "  journal = {{The Phnom Penh Post}},",
        "  date    = {2017-11-27},",
        "  year    = {2017},",
        "  url     = {https://post.test/a?id=1&x=2},",
        "  urldate = {2026-11-22},",
        f"  note    = {{revision 1 of 1, a1.r1, {captured(archive)}}},",
        "}",
    ]


@pytest.mark.parametrize("title", ["a { b", "a } b {", "50% of {x}", "a \\ b", "}{", "@article{x, title = {y}}"])
def test_bibtex_is_never_broken_by_a_title(archive: Archive, title: str) -> None:
    """BibTeX counts braces, escaped or not: those of an entry pair up whatever a headline holds."""
    archive.record(read(replace(STORY, url="https://post.test/c", title=title, text=f"Another text. {title}"), "post"))
    depth = 0
    for char in (entry := cited(archive, "bibtex", 3)):
        depth += (char == "{") - (char == "}")
        assert depth >= 0
    assert depth == 0
    assert entry.count("\n") == cited(archive, "bibtex").count("\n")


def test_cite_as_csl(archive: Archive) -> None:
    """CSL-JSON as Zotero and pandoc read it."""
    (item,) = json.loads(cited(archive, "csl"))
    assert item["type"] == "article-newspaper"
    assert item["author"] == [{"literal": "Sok Dara"}, {"literal": "Ana {de} Souza_e"}]
    assert item["issued"] == {"date-parts": [[2017, 11, 27]]}
    assert item["accessed"] == {"date-parts": [[2026, 11, 22]]}
    assert item["archive_location"] == captured(archive)
    assert "sha256:" in item["note"]
    (brief,) = json.loads(cited(archive, "csl", 2))
    assert brief["issued"] == {"date-parts": [[2017, 11]]}


def problems(archive: Archive, tmp_path: Path, *, repair: bool = False) -> list[Problem]:
    return list(verify(archive.db, Captures(tmp_path / "data" / "captures"), repair=repair))


def test_a_sound_archive_has_no_problems(archive: Archive, tmp_path: Path) -> None:
    """After filing, revising and filing again, there is nothing to say."""
    corrected(archive)
    archive.record(read(STORY, "post", NOW + timedelta(days=2)))
    assert problems(archive, tmp_path) == []


def test_verify_finds_a_changed_text(archive: Archive, tmp_path: Path) -> None:
    """A text that was altered behind the archive's back no longer fits its fingerprint, nor the index."""
    archive.db.execute("UPDATE texts SET text = replace(text, 'rose', 'fell')")
    assert [(problem.check, problem.detail) for problem in problems(archive, tmp_path)] == [
        ("texts", "article 1 revision 1: its text is not the one that was filed"),
        ("search index", "article 1 is indexed with another title, text or byline"),
    ]


def test_verify_mends_the_index(archive: Archive, tmp_path: Path) -> None:
    """A search index that misses or invents articles is found, and rebuilt on request."""
    fulltext.remove(archive.db, 1)
    archive.db.execute("INSERT INTO search (rowid, title, text, byline) VALUES (99, 'x', 'x', 'x')")
    assert [problem.detail for problem in problems(archive, tmp_path)] == [
        "article 1 is not in the search index",
        "article 99 does not exist, yet the search index holds it",
    ]
    assert all(problem.repaired for problem in problems(archive, tmp_path, repair=True))
    assert problems(archive, tmp_path) == []
    assert [hit.id for hit in archive.search("ភ្នំពេញ")] == [1]


def test_verify_gives_an_altered_headline_back(archive: Archive, tmp_path: Path) -> None:
    """The latest revision vouches for the headline: repairing does not teach the index the altered one."""
    archive.db.execute("UPDATE articles SET title = 'Altered' WHERE id = 1")
    assert {problem.check for problem in problems(archive, tmp_path)} == {"titles", "search index"}
    assert all(problem.repaired for problem in problems(archive, tmp_path, repair=True))
    found = archive.article(1)
    assert found is not None
    assert found.title == STORY.title
    assert archive.search("altered") == []
    assert problems(archive, tmp_path) == []


def test_verify_mends_counts_and_clusters(archive: Archive, tmp_path: Path) -> None:
    """What is worked out from the articles is worked out again."""
    long = replace(STORY, text=" ".join(f"word{number} and" for number in range(90)))
    for number, source in enumerate(("post", "times")):
        archive.record(read(replace(long, url=f"https://{source}.test/long", title=f"Long {number}"), source))
    before = archive.article(3)
    assert before is not None
    assert before.cluster is not None
    archive.db.execute("PRAGMA foreign_keys = OFF")
    for damage in (
        "UPDATE months SET articles = articles + 1",
        "DELETE FROM months",
        "UPDATE clusters SET articles = 7",
        "DELETE FROM clusters",
    ):
        archive.db.execute(damage)
        assert {problem.check for problem in problems(archive, tmp_path)} <= {"months", "clusters"}
        assert problems(archive, tmp_path)
        assert all(problem.repaired for problem in problems(archive, tmp_path, repair=True))
        assert problems(archive, tmp_path) == []
    assert archive.article(3) == before


def test_verify_finds_missing_rows(archive: Archive, tmp_path: Path) -> None:
    """A missing text and a reference to nothing are named."""
    archive.db.execute("PRAGMA foreign_keys = OFF")
    archive.db.execute("DELETE FROM texts WHERE revision_id = 1")
    archive.db.execute("DELETE FROM sources WHERE id = 'times'")
    found = [(problem.check, problem.detail) for problem in problems(archive, tmp_path)]
    assert ("texts", "article 1 has no text") in found
    assert any(check == "references" and "articles row 2" in detail for check, detail in found)


def test_verify_finds_a_damaged_capture(archive: Archive, tmp_path: Path) -> None:
    """A capture file with zeros in it, or gone, is named."""
    (path,) = (tmp_path / "data" / "captures").iterdir()
    whole = path.read_bytes()
    offset = archive.db.execute("SELECT max(offset) FROM captures").fetchone()[0]
    path.write_bytes(whole[: offset + 40] + bytes(40) + whole[offset + 80 :])
    assert any(problem.check == "captures" and not problem.harmless for problem in problems(archive, tmp_path))
    path.unlink()
    assert [problem.check for problem in problems(archive, tmp_path)] == ["captures", "captures"]


def test_what_a_killed_run_leaves_is_harmless(archive: Archive, tmp_path: Path) -> None:
    """A record that was being written, and a file of which nothing was filed, are no damage; a cut is mended."""
    folder = tmp_path / "data" / "captures"
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:100])
    found = problems(archive, tmp_path)
    assert [(problem.harmless, problem.detail) for problem in found] == [(True, f"{path.name}: its last record is cut")]
    problems(archive, tmp_path, repair=True)
    assert path.read_bytes() == whole
    assert problems(archive, tmp_path) == []
