"""The file: its tables and their descriptions, opening, migrating, and what is said when it cannot be opened."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive import Archive, schema
from archive.errors import ArchiveError, ArchiveLocked, ArchiveTooNew
from archive.records import Article, Outcome, Source, Visit

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ARTICLE = Article(
    url="https://paper.test/a", title="A title", text=" ".join(f"The words of sentence {i}." for i in range(40))
)
VISIT = Visit(
    url="https://paper.test/a",
    source="paper",
    at=NOW,
    outcome=Outcome.READ,
    reason="read",
    article=ARTICLE,
)


def hidden(name: str) -> bool:
    """Tables of SQLite's and of the libraries."""
    return name.startswith(("sqlite_", "_sqlite_", "search"))


def test_every_column_of_every_table_and_view_is_described() -> None:
    """Researchers read the descriptions in the file itself: none is missing."""
    db = Archive(":memory:", writable=True).db
    described = schema.descriptions(db)
    names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
    for name in names:
        if not hidden(name):
            about, columns = described[name]
            assert about, name
            assert list(columns) == [row[1] for row in db.execute(f"PRAGMA table_info({name})")], name
            assert all(columns.values()), name


def test_every_question_of_a_run_is_answered_by_an_index() -> None:
    """No query that is asked for each article reads a whole table."""
    archive = Archive(":memory:", writable=True)
    asked: list[str] = []
    archive.db.conn.set_trace_callback(asked.append)
    archive.record(VISIT)
    archive.record(replace(VISIT, article=replace(ARTICLE, text=ARTICLE.text + "And more of it. " * 9)))
    list(archive.wanted("paper", NOW))
    archive.due("paper", NOW)
    archive.db.conn.set_trace_callback(None)
    for query in asked:
        if (
            query.lstrip().startswith(("SELECT", "WITH", "UPDATE", "DELETE"))
            and "'main'." not in query
            and '"main".' not in query
        ):
            plan = [row["detail"] for row in archive.db.execute(f"EXPLAIN QUERY PLAN {query}")]
            # What a subquery found is scanned; how it was found is a step of its own.
            steps = [step for step in plan if not step.startswith("SCAN (subquery-")]
            scans = [step for step in steps if step.startswith("SCAN") and step.split()[1] not in ALLOWED]
            assert not scans, f"{query}: {plan}"


ALLOWED = {"reached", "near", "search", "CONSTANT", "json_each"}  # small by what they are made of


def test_an_older_file_is_copied_and_brought_up(tmp_path: Path) -> None:
    """A file of the first tables opens, for readers, too; what it held is there, and a copy of it is kept beside it."""
    path = tmp_path / "morgue.db"
    older = Database(path)
    schema.migrations.apply(older, stop_before="m002_search")
    older.execute("INSERT INTO sources (id, added_at) VALUES ('paper', '2026-01-01T00:00:00Z')")
    older.close()
    with Archive(path) as archive:
        assert schema.pending(archive.db) == []
        assert archive.db.execute("SELECT id FROM sources").fetchone()[0] == "paper"
    copy = Database(tmp_path / "morgue-before-m002.db")
    assert schema.pending(copy)[0] == "m002_search"
    assert [row["id"] for row in copy["sources"].rows] == ["paper"]
    copy.close()


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    """A file that a newer version migrated is left alone, by writers and readers, in one line."""
    Archive(tmp_path, writable=True).close()
    with sqlite3.connect(tmp_path / "morgue.db") as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('morgue', 'm999_future', 'x')"
        )
    connection.close()
    before = (tmp_path / "morgue.db").read_bytes()
    for writable in (True, False):
        with pytest.raises(ArchiveTooNew, match=r"^[^\n]*m999_future[^\n]*$"):
            Archive(tmp_path, writable=writable)
    assert (tmp_path / "morgue.db").read_bytes() == before


def test_a_reader_makes_nothing(tmp_path: Path) -> None:
    """Opening a missing archive for reading says what to do and leaves the folder empty."""
    with pytest.raises(ArchiveError, match=r"no archive yet; `morgue crawl`"):
        Archive(tmp_path / "data")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ArchiveError, match="memory"):
        Archive(":memory:")


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    """The default opens the file read-only: recording is refused in one line."""
    Archive(tmp_path, writable=True).close()
    with Archive(tmp_path) as archive, pytest.raises(ArchiveError, match="cannot be written"):
        archive.record(VISIT)


def test_a_reader_sees_what_the_writer_recorded(tmp_path: Path) -> None:
    """Readers and the writer share the file at the same time."""
    with Archive(tmp_path, writable=True) as writer, Archive(tmp_path / "morgue.db") as reader:
        recorded = writer.record(VISIT)
        story = reader.article("https://paper.test/a")
        assert story is not None
        assert story.id == recorded.article
        assert [hit.id for hit in reader.search("words")] == [story.id]


def test_an_archive_in_a_folder_that_cannot_be_written_to_is_read(tmp_path: Path) -> None:
    """A copy on a read-only medium opens."""
    with Archive(tmp_path / "a", writable=True) as archive:
        archive.record(VISIT)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    for path in (tmp_path / "b").iterdir():
        path.chmod(0o444)
    (tmp_path / "b").chmod(0o555)
    try:
        with Archive(tmp_path / "b") as archive:
            assert archive.article(1) is not None
    finally:
        (tmp_path / "b").chmod(0o755)


def test_what_is_no_archive_is_said_in_one_line(tmp_path: Path) -> None:
    """A file of another kind is named and left as it is."""
    path = tmp_path / "morgue.db"
    path.write_bytes(b"%PDF-1.7 no database at all" * 100)
    for writable in (True, False):
        with pytest.raises(ArchiveError, match=r"^[^\n]*is not an archive of Morgue[^\n]*$"):
            Archive(path, writable=writable)
    assert path.read_bytes().startswith(b"%PDF")


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    """Where a file is in the way of the folder, the line says so."""
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(ArchiveError, match=r"^[^\n]*the folder cannot be made[^\n]*$"):
        Archive(tmp_path / "data" / "morgue.db", writable=True)


def test_a_second_writer_is_told_to_wait(tmp_path: Path) -> None:
    """While another process writes, recording says that the archive is locked, and nothing is half written."""
    with Archive(tmp_path, writable=True) as archive:
        archive.db.execute("PRAGMA busy_timeout = 1")
        other = sqlite3.connect(tmp_path / "morgue.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveLocked, match="another process"):
            archive.record(VISIT)
        other.execute("ROLLBACK")
        other.close()
        assert archive.record(VISIT).what == "new"


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """When there is no room the line says so; what was recorded stays, and with room it goes on."""
    with Archive(tmp_path, writable=True, captures="none") as archive:
        archive.sync([Source(id="paper")], NOW)
        archive.record(VISIT)
        pages = archive.db.execute("PRAGMA page_count").fetchone()[0]
        archive.db.execute(f"PRAGMA max_page_count = {pages}")
        big = Article(url="https://paper.test/b", title="B", text="Many other words. " * 50_000)
        again = Visit(url=big.url, source="paper", at=NOW, outcome=Outcome.READ, reason="read", article=big)
        with pytest.raises(ArchiveError, match="disk is full"):
            archive.record(again)
        assert archive.article("https://paper.test/a") is not None
        assert archive.why("https://paper.test/b") == []
        archive.db.execute("PRAGMA max_page_count = 1000000")
        assert archive.record(again).what == "new"
        assert archive.db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_stories_count_once() -> None:
    """The view holds an article of one paper and, of a story in three papers, only the first."""
    archive = Archive(":memory:", writable=True)
    wire = "The minister said on Tuesday that the bridge over the river will be opened before the rains begin. " * 4
    wire += " ".join(f"detail number {i} of the long report" for i in range(40))
    for source, published, text in (
        ("a", "2026-11-22T10:00Z", wire),
        ("b", "2026-11-22T09:00Z", wire + " Additional reporting by our staff."),
        ("c", "2026-11-22", wire),
        ("d", "2026-11-22", "Nothing to do with it, a story of its own, told at some length by one paper. " * 9),
    ):
        url = f"https://{source}.test/1"
        article = Article(url=url, title="T", text=text, published=published, agency="AFP")
        archive.record(Visit(url=url, source=source, at=NOW, outcome=Outcome.READ, reason="read", article=article))
    rows = archive.db.execute("SELECT source_id, articles, sources, agency FROM stories ORDER BY 1").fetchall()
    assert [tuple(row) for row in rows] == [("b", 3, 3, "AFP"), ("d", 1, 1, "AFP")]


def test_somebody_elses_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Neither a reader nor a writer puts tables into a SQLite file that is no archive."""
    path = tmp_path / "morgue.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE diary (day TEXT)")
    for writable in (False, True):
        with pytest.raises(ArchiveError, match="another SQLite file"):
            Archive(path, writable=writable)
    with closing(sqlite3.connect(path)) as connection:
        assert [name for (name,) in connection.execute("SELECT name FROM sqlite_master")] == ["diary"]
