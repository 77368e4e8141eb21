"""Snapshots: what was frozen can be proved, also by another archive, and nobody can alter it unseen."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from archive import Archive, snapshots
from archive.cli import archive_commands
from archive.errors import ArchiveError
from archive.merge import merge
from archive.records import Answer, Article, Outcome, Visit

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STORIES = tuple(
    Article(
        url=f"https://post.test/{number}",
        title=f"ទឹកជំនន់ {number}",
        text=f"The flood of day {number} rose by {number} metres, and the bridge of the town was closed for a week.",
        published=f"2017-11-{number:02d}",
        language="en",
    )
    for number in (1, 2, 3)
)


def file_(folder: Path, *articles: Article, at: datetime = NOW) -> None:
    with Archive(folder, writable=True) as archive:
        for article in articles:
            answer = Answer(final_url=article.url, status=200)
            archive.record(
                Visit(url=article.url, source="post", at=at, outcome=Outcome.READ, reason="read", answer=answer,
                      article=article, extractor="test 1")
            )  # fmt: skip


@dataclass
class Session:
    data: Path


def run(data: Path, *arguments: str) -> Result:
    group = click.Group(commands={command.name or "": command for command in archive_commands})
    return CliRunner().invoke(group, ["snapshot", *arguments], obj=Session(data), catch_exceptions=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    file_(tmp_path / "data", *STORIES)
    return tmp_path / "data"


def test_a_snapshot_is_created_and_proved(data: Path) -> None:
    """The manifest tells the question, coverage and versions; the same archive holds all of it."""
    result = run(data, "create", "flood", "--search", "flood", "--to", "2017-11-02", "--author", "Sok Dara")
    manifest = json.loads((data / "snapshots" / "flood" / "manifest.json").read_text(encoding="utf-8"))
    assert result.stdout.strip() == manifest["root"]
    assert manifest["question"] == {"words": "flood", "to": "2017-11-02"}
    assert (manifest["coverage"]["articles"], manifest["coverage"]["sources"]) == (2, {"post": 2})
    assert manifest["versions"]["extractors"] == {"test 1": 2}
    assert [one["id"] for one in manifest["articles"]] == ["a1.r1", "a2.r1"]
    assert STORIES[0].text not in json.dumps(manifest)
    citation = (data / "snapshots" / "flood" / "CITATION.cff").read_text(encoding="utf-8")
    assert '  - name: "Sok Dara"' in citation
    assert manifest["root"] in citation
    verified = run(data, "verify", "flood")
    assert (verified.exit_code, verified.stderr) == (0, "2 held, 0 drifted, 0 missing\n")


def test_a_later_revision_takes_nothing_away(data: Path) -> None:
    """The frozen state is still held when the article was revised since."""
    run(data, "create", "all")
    file_(data, replace(STORIES[0], text=STORIES[0].text.replace("1 metres", "9 metres")), at=NOW + timedelta(hours=1))
    assert run(data, "verify", "all").exit_code == 0


def test_what_is_altered_or_gone_is_named(data: Path) -> None:
    """A text that differs by one letter has drifted, an article that was deleted is missing; the exit code is 1."""
    run(data, "create", "all")
    with Archive(data, writable=True) as archive:
        archive.db.execute("UPDATE texts SET text = replace(text, 'town', 'Town') WHERE revision_id = 2")
        archive.db.execute("UPDATE links SET article_id = NULL WHERE url LIKE '%/3'")
    result = run(data, "verify", "all")
    assert result.exit_code == 1
    assert result.stdout == "drifted: a2.r1 https://post.test/2\nmissing: a3.r1 https://post.test/3\n"
    fates = [json.loads(line)["fate"] for line in run(data, "verify", "all", "--json").stdout.splitlines()]
    assert fates == ["drifted", "missing"]


def test_another_date_has_drifted(data: Path) -> None:
    """A date of publication that was changed or lost is told, with both; one that became more precise is the same."""
    run(data, "create", "all")
    frozen = {row[0]: row[1] for row in Archive(data).db.execute("SELECT id, published FROM articles")}
    changes = {1: "1999-01-01", 2: None, 3: f"{frozen[3]}T08:15+07:00"}
    with Archive(data, writable=True) as archive:
        for number, date in changes.items():
            archive.db.execute("UPDATE articles SET published = ? WHERE id = ?", (date, number))
    result = run(data, "verify", "all")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"drifted: a1.r1 https://post.test/1  published {frozen[1]}, now 1999-01-01",
        f"drifted: a2.r1 https://post.test/2  published {frozen[2]}, now unknown",
    ]


def test_another_archive_may_call_the_newspaper_otherwise(data: Path) -> None:
    """Ids of newspapers are local: the article at the address is what counts."""
    run(data, "create", "all")
    with Archive(data, writable=True) as archive:
        archive.db.execute("PRAGMA foreign_keys = off")
        for table in ("articles", "links"):
            archive.db.execute(f"UPDATE {table} SET source_id = 'ppp'")
    assert run(data, "verify", "all").exit_code == 0


def test_a_merged_archive_holds_it_under_other_numbers(data: Path, tmp_path: Path) -> None:
    """Merging renumbers articles; what was frozen is still proved, and freezing it again gives the same root."""
    before = run(data, "create", "all").stdout
    early = replace(
        STORIES[0], url="https://post.test/0", title="Early", text="Something else was told long before it."
    )
    file_(tmp_path / "early", early, at=NOW - timedelta(days=9))
    with Archive(data, writable=True) as archive, Archive(tmp_path / "early") as other:
        merge(archive, [other])
    assert run(data, "verify", "all").exit_code == 0
    assert run(data, "create", "again", "--search", "flood").stdout == before


def test_an_altered_manifest_is_refused(data: Path, tmp_path: Path) -> None:
    """A manifest whose articles do not give its root, or no manifest at all, is one line."""
    run(data, "create", "all")
    path = data / "snapshots" / "all" / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace("post.test/3", "post.test/4"), encoding="utf-8")
    with pytest.raises(ArchiveError, match="was altered"):
        run(data, "verify", "all")
    for content in ("[]", "{", '{"format": "morgue snapshot 1", "articles": [1]}'):
        (tmp_path / "odd.json").write_text(content, encoding="utf-8")
        with pytest.raises(ArchiveError, match=r"odd\.json"):
            snapshots.read(tmp_path / "odd.json")
    with pytest.raises(ArchiveError, match="cannot be read"):
        run(data, "verify", "none")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("../x",), "no name"), (("all",), "never changed"), (("new", "--search", "elephant"), "finds no article")],
)
def test_what_cannot_be_frozen_is_told(data: Path, arguments: tuple[str, ...], said: str) -> None:
    """A bad name, a name that is taken, a search that finds nothing: one line, and nothing is written."""
    run(data, "create", "all")
    with pytest.raises(ArchiveError, match=said):
        run(data, "create", *arguments)
    assert [path.name for path in (data / "snapshots").iterdir()] == ["all"]


def test_subcommands_have_help_with_an_example(data: Path) -> None:
    """--help of each shows how to call it."""
    for name in ("create", "verify"):
        assert f"Example:  morgue snapshot {name}" in run(data, name, "--help").output
