"""The archive's commands: output for people and programs, exit codes, help."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from archive import Archive, fulltext
from archive.cli import archive_commands
from archive.errors import ArchiveError, QueryError
from archive.records import Answer, Article, Exchange, Outcome, Source, Visit

NOW = datetime.now(UTC).replace(microsecond=0)
URL = "https://post.test/2017/11/a-very-long-address-that-no-terminal-of-eighty-columns-shows-on-one-line/story-1"
STORY = Article(
    url=URL,
    title="ទឹកជំនន់ Flood in Phnom Penh",
    text="Water rose by 3 metres.\n\nទឹកជំនន់នៅភ្នំពេញ។",
    published="2017-11-27",
    authors=("Sok Dara",),
    language="en",
)


def read(article: Article, at: datetime = NOW) -> Visit:
    body = f"<title>{article.title}</title>{article.text}".encode()
    page = Exchange(url=article.url, at=at, headers=(("Content-Type", "text/html"),), body=body)
    return Visit(
        url=article.url,
        source="post",
        at=at,
        outcome=Outcome.READ,
        reason="read",
        answer=Answer(final_url=article.url, status=200),
        article=article,
        exchanges=(page,),
    )


@dataclass
class Session:
    data: Path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with Archive(tmp_path / "data", writable=True) as archive:
        archive.sync([Source(id="post", name="The Phnom Penh Post")], NOW)
        archive.record(read(STORY))
        archive.record(read(replace(STORY, text=STORY.text.replace("3 metres", "4 metres")), NOW + timedelta(hours=1)))
        archive.record(read(Article(url="https://post.test/b", title="Budget", text="Numbers did not stop the flood.")))
    return tmp_path / "data"


def run(data: Path, *arguments: str) -> Result:
    group = click.Group(commands={command.name or "": command for command in archive_commands})
    return CliRunner().invoke(group, arguments, obj=Session(data), catch_exceptions=False)


@pytest.mark.parametrize("command", archive_commands, ids=lambda command: command.name)
def test_every_command_has_help_with_an_example(command: click.Command, tmp_path: Path) -> None:
    """--help says what a command does, shows an example, and describes every option."""
    result = run(tmp_path, command.name or "", "--help")
    assert result.exit_code == 0
    assert f"Example:  morgue {command.name}" in result.output
    assert all(option.help for option in command.params if isinstance(option, click.Option) and option.name != "style")


def test_names() -> None:
    """The commands that others script against."""
    assert {command.name for command in archive_commands} >= {
        *("search", "show", "why", "cite", "status", "export", "verify", "serve", "backup")
    }


def test_search_for_people(data: Path) -> None:
    """A hit shows title, number, source, date, author, its whole address on one line, and a marked passage."""
    result = run(data, "search", "ភ្នំពេញ")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == STORY.title
    assert lines[1] == "1  post  2017-11-27  Sok Dara"
    assert lines[2] == URL
    assert lines[3] == "Water rose by 4 metres. ទឹកជំនន់នៅ[ភ្នំពេញ]។"
    assert "\x1b" not in result.stdout


def test_search_for_programs(data: Path) -> None:
    """--json prints one object a line, in the script it was printed in."""
    result = run(data, "search", "flood", "--json")
    hits = [json.loads(line) for line in result.stdout.splitlines()]
    assert {hit["id"] for hit in hits} == {1, 2}
    assert hits[0]["title"] == STORY.title
    assert "ទឹកជំនន់" in result.stdout


def test_search_filters_and_limit(data: Path) -> None:
    """Filters and the limit reach the search, and one is told that there is more."""
    assert "Budget" not in run(data, "search", "flood", "--from", "2017", "--to", "2017-11").stdout
    result = run(data, "search", "flood", "--limit", "1")
    assert "1 of 2 articles" in result.stderr
    assert run(data, "search", "flood", "--source", "post").stdout


def test_dates_the_wrong_way_round_are_refused(data: Path, tmp_path: Path) -> None:
    """A range that ends before it begins is a mistake and not a search without hits."""
    for arguments in (("search", "flood"), ("export", str(tmp_path / "x.csv")), ("snapshot", "create", "x")):
        result = run(data, *arguments, "--from", "2018", "--to", "2017-11")
        assert (result.exit_code, "swap the two dates" in result.stderr) == (2, True)
    assert list(tmp_path.glob("x.csv")) == []


def test_nothing_found_is_no_failure(data: Path) -> None:
    """A search without hits ends with 0, an empty output, and a word on standard error."""
    result = run(data, "search", "elephant")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "nothing found\n")


def test_mistakes_are_raised_for_the_one_line(data: Path, tmp_path: Path) -> None:
    """A bad search, an unknown article, a revision that is not there and a missing archive are ArchiveErrors."""
    for arguments in (
        ("search", '"flood'),
        ("search", "flood", "--from", "soon"),
        ("export", "x.csv", "--search", "a OR"),
    ):
        with pytest.raises(QueryError):
            run(data, *arguments)
    for arguments in (("search", "flood"), ("export", str(tmp_path / "x.csv")), ("snapshot", "create", "x")):
        with pytest.raises(ArchiveError, match='knows no source "pots" - choose from post'):
            run(data, *arguments, "--source", "pots")
    for arguments in (
        ("show", "99"),
        ("show", "https://post.test/none"),
        ("cite", "99"),
        ("show", "1", "--revision", "9"),
    ):
        with pytest.raises(ArchiveError, match=r"no such article|has no revision"):
            run(data, *arguments)
    with pytest.raises(ArchiveError, match="there is no archive yet"):
        run(tmp_path / "none", "search", "flood")


def test_show_as_json(data: Path) -> None:
    """The names that others script against, by number and by address."""
    facts = json.loads(run(data, "show", "1", "--json").stdout)
    assert facts.keys() >= {
        "url",
        "title",
        "text",
        "published",
        "modified",
        "authors",
        "language",
        "source",
        "revisions",
    }
    assert (facts["url"], facts["authors"], facts["revisions"]) == (URL, ["Sok Dara"], 2)
    assert "4 metres" in facts["text"]
    assert json.loads(run(data, "show", f"{URL}?utm_source=x", "--json").stdout) == facts
    first = json.loads(run(data, "show", "1", "--json", "--revision", "1").stdout)
    assert "3 metres" in first["text"]
    assert first["revision"] == 1


def test_show_for_people(data: Path) -> None:
    """Facts, what happened since, and text; nothing wrapped."""
    gone = Visit(url=URL, source="post", at=NOW + timedelta(days=1), outcome=Outcome.GONE, reason="gone", detail="404")
    with Archive(data, writable=True) as archive:
        archive.record(gone)
    lines = run(data, "show", "1").stdout.splitlines()
    assert lines[:2] == [STORY.title, URL]
    assert "authors   Sok Dara" in lines
    history = [line.split(maxsplit=2)[2] for line in lines if line.startswith("history ")]
    assert history == ["revised: numbers", "withdrawn: gone: 404"]
    assert lines[-1] == "ទឹកជំនន់នៅភ្នំពេញ។"


def test_show_diff(data: Path) -> None:
    """What a revision changed, paragraph by paragraph, with its weight."""
    result = run(data, "show", "1", "--diff")
    assert "revision 1 to 2: numbers" in result.stdout
    assert "[-3" in result.stdout
    assert "{+4" in result.stdout
    assert "  ទឹកជំនន់នៅភ្នំពេញ។" in result.stdout.splitlines()
    assert json.loads(run(data, "show", "1", "--diff", "--json").stdout)["weight"] == "numbers"
    with pytest.raises(ArchiveError, match="nothing before it"):
        run(data, "show", "1", "--diff", "--revision", "1")


def test_show_html(data: Path) -> None:
    """The page of a revision, as it was captured."""
    assert "4 metres" in run(data, "show", "1", "--html").stdout
    assert run(data, "show", "1", "--html", "--revision", "1").stdout.startswith(f"<title>{STORY.title}</title>")


def test_why(data: Path) -> None:
    """An address tells its state and its visits; one that was never seen says so."""
    result = run(data, "why", URL)
    assert "post: held since" in result.stdout
    assert "morgue show 1" in result.stdout
    assert json.loads(run(data, "why", URL, "--json").stdout)["state"] == "held"
    unknown = run(data, "why", "https://post.test/none")
    assert unknown.stdout == ""
    assert "never seen" in unknown.stderr


def test_cite(data: Path) -> None:
    """A reference in the format asked for."""
    assert "The Phnom Penh Post, 27 November 2017" in run(data, "cite", "1").stdout
    assert run(data, "cite", URL, "--format", "bibtex").stdout.startswith("@article{post2017a1,")
    assert json.loads(run(data, "cite", "1", "--format", "csl", "--revision", "1").stdout)[0]["id"] == "a1.r1"


def test_status(data: Path) -> None:
    """Every paper with its counts; the exit code is 1 exactly when one is degraded."""
    result = run(data, "status", "--json")
    (source,) = json.loads(result.stdout)
    assert (source["source"], source["articles"]) == ("post", 2)
    assert result.exit_code == (1 if source["degraded"] else 0)
    assert "post: " in run(data, "status").stdout


def test_export_to_a_file_and_to_standard_output(data: Path, tmp_path: Path) -> None:
    """A file by its ending, "-" as JSON lines; the count goes to standard error."""
    path = tmp_path / "out.csv"
    assert "2 articles written" in run(data, "export", str(path)).stderr
    assert path.exists()
    result = run(data, "export", "-", "--search", "budget")
    assert [json.loads(line)["title"] for line in result.stdout.splitlines()] == ["Budget"]
    assert "1 article written to standard output" in result.stderr
    assert "3 captures written" in run(data, "export", str(tmp_path / "out.warc.gz")).stderr


def test_verify(data: Path) -> None:
    """0 and "all is well", or 1 and each problem; --repair mends what can be rebuilt."""
    assert (run(data, "verify").exit_code, run(data, "verify").stderr) == (0, "all is well\n")
    with Archive(data, writable=True) as archive:
        fulltext.remove(archive.db, 2)
    broken = run(data, "verify")
    assert (broken.exit_code, broken.stdout) == (1, "search index: article 2 is not in the search index\n")
    assert json.loads(run(data, "verify", "--json").stdout)["check"] == "search index"
    assert run(data, "verify", "--repair").exit_code == 0
    assert run(data, "verify").exit_code == 0


def test_backup(data: Path, tmp_path: Path) -> None:
    """A copy that opens by itself, taken while a writer has the archive open."""
    with Archive(data, writable=True):
        assert run(data, "backup", str(tmp_path / "copy.db")).exit_code == 0
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("SELECT count(*) FROM articles").fetchone() == (2,)
    copy.close()
    with pytest.raises(ArchiveError, match="name another place"):
        run(data, "backup", str(tmp_path / "none" / "copy.db"))


def test_damage_in_the_middle_of_the_file(data: Path, tmp_path: Path) -> None:
    """A page of the database full of rubbish: one line everywhere, and no backup becomes a copy of it."""
    copy = tmp_path / "copy.db"
    assert run(data, "backup", str(copy)).exit_code == 0
    good = copy.read_bytes()
    spoil(data / "morgue.db", "texts")
    result = run(data, "verify")
    assert (result.exit_code, result.stdout.count("\n")) == (1, 1)
    assert result.stdout.startswith("database: ")
    for command in (["show", "1"], ["export", str(tmp_path / "all.csv")], ["backup", str(copy)]):
        with pytest.raises(ArchiveError, match="damaged"):
            run(data, *command)
    assert copy.read_bytes() == good
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "data"]


def spoil(path: Path, table: str) -> None:
    """Overwrite the first page of a table."""
    with closing(sqlite3.connect(path)) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


def test_merge(data: Path, tmp_path: Path) -> None:
    """Other archives come in by their files or folders; what there is then is told."""
    other = tmp_path / "other"
    with Archive(other, writable=True) as archive:
        archive.record(read(Article(url="https://post.test/c", title="Rain", text="It rained for days in the north.")))
    result = run(data, "merge", str(other / "morgue.db"))
    assert result.exit_code == 0
    assert "3 articles, 4 revisions" in result.stderr
    assert json.loads(run(data, "merge", str(other), "--json").stdout)["joined"] == 1
