"""Merging archives: nothing is lost, nothing comes twice, the order does not matter."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive import Archive, backfills
from archive.captures import Captures
from archive.errors import ArchiveError
from archive.export import export
from archive.merge import CARRIED, CARRIED_BEHIND, OF_ARTICLES, WORKED_OUT, merge
from archive.records import Answer, Article, Evidence, Exchange, Link, Outcome, Source, Visit
from archive.verify import verify

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WORDS = "The river rose by {} metres in the night, said the mayor of district {}, and the bridge was closed for cars. "


def story(number: int, **fields: object) -> Article:
    text = "\n\n".join(
        WORDS.format(number + place, number * 7 + place) + f"Word{number}x{place} " * 8 for place in range(4)
    )
    facts: dict[str, object] = {
        "url": f"https://post.test/{number}",
        "title": f"Story {number}",
        "text": text,
        "published": f"2026-11-{number + 1:02d}",
        "authors": ("Sok Dara", f"Writer {number}"),
        "tags": ("flood", f"tag {number}"),
        "language": "en",
        "evidence": {"title": Evidence("h1", f"Story {number}")},
    }
    return Article(**{**facts, **fields})  # type: ignore[arg-type]


def read(article: Article, at: datetime = NOW, source: str = "post") -> Visit:
    body = f"<title>{article.title}</title>{article.text}".encode()
    page = Exchange(url=article.url, at=at, headers=(("Content-Type", "text/html"),), body=body)
    answer = Answer(final_url=article.url, status=200)
    return Visit(
        url=article.url, source=source, at=at, outcome=Outcome.READ, reason="read", answer=answer, article=article,
        exchanges=(page,),
    )  # fmt: skip


def fill(folder: Path, *visits: Visit, name: str = "The Post") -> Path:
    with Archive(folder, writable=True) as archive:
        archive.sync([Source(id="post", name=name)], NOW)
        for visit in visits:
            archive.record(visit)
    return folder


def listed(*urls: str, at: datetime = NOW) -> Visit:
    return Visit(
        url="https://post.test/feed", source="post", at=at, outcome=Outcome.LISTED, reason="read", listing=True,
        listing_kind="feed", links=tuple(Link(url=url) for url in urls),
    )  # fmt: skip


@pytest.fixture
def halves(tmp_path: Path) -> tuple[Path, Path]:
    """Two crawls that share two stories: one was revised between them, one stands at another newspaper, too."""
    changed = replace(story(2), text=story(2).text.replace("2 metres", "5 metres"))
    one = fill(
        tmp_path / "one",
        listed("https://post.test/1", "https://post.test/8"),
        *(read(story(number), NOW + number * HOUR) for number in (1, 2, 3)),
        Visit(url="https://post.test/8", source="post", at=NOW, outcome=Outcome.DEFERRED, reason="timeout"),
    )
    other = fill(
        tmp_path / "other",
        read(changed, NOW + 9 * HOUR),
        read(story(3), NOW + 10 * HOUR),
        read(story(4), NOW + 11 * HOUR),
        read(story(1, url="https://times.test/1", title="River rises"), NOW + 12 * HOUR, source="times"),
        read(story(8), NOW + 13 * HOUR),
        name="Post",
    )
    return one, other


def united(folder: Path, *parts: Path) -> Path:
    with Archive(folder, writable=True) as archive:
        opened = [Archive(part) for part in parts]
        merge(archive, opened)
        for part in opened:
            part.close()
    return folder


def exported(folder: Path) -> bytes:
    out = folder.parent / f"{folder.name}.jsonl"
    with Archive(folder) as archive:
        export(archive.db, out)
    return out.read_bytes()


def test_the_order_does_not_matter(tmp_path: Path, halves: tuple[Path, Path]) -> None:
    """Into one or the other, or both into a new one: the same bytes of export."""
    one, other = halves
    fresh = exported(united(tmp_path / "fresh", one, other))
    assert exported(united(tmp_path / "fresh2", other, one)) == fresh
    for first, second in ((one, other), (other, one)):
        copy = Path(shutil.copytree(first, tmp_path / f"into-{first.name}"))
        assert exported(united(copy, second)) == fresh
    assert fresh.count(b"\n") == 6


def test_what_a_merged_archive_holds(tmp_path: Path, halves: tuple[Path, Path]) -> None:
    """Revisions in the order of time, the ledger's best knowledge, the log of both, pages, clusters, the index."""
    folder = united(tmp_path / "fresh", *halves)
    with Archive(folder) as archive:
        revised = archive.article("https://post.test/2")
        assert revised is not None
        assert (revised.revisions, "5 metres" in revised.text) == (2, True)
        assert [one.weight for one in archive.revisions(revised.id)] == [None, "numbers"]
        assert len(revised.captures) == 2
        assert (revised.authors, revised.tags) == (("Sok Dara", "Writer 2"), ("flood", "tag 2"))
        assert revised.evidence["title"].raw == "Story 2"
        (fate,) = archive.why("https://post.test/8")
        assert (fate.state, len(fate.visits), fate.listing) == ("held", 2, "https://post.test/feed")
        first = archive.article("https://post.test/1")
        assert first is not None
        assert first.cluster is not None
        assert [member.source for member in first.cluster.members] == ["post", "times"]
        assert [hit.url for hit in archive.search("Word4x1")] == ["https://post.test/4"]
        assert list(verify(archive.db, Captures(folder / "captures"))) == []


def test_what_happened_is_told_as_if_one_archive_had_seen_it_all(tmp_path: Path) -> None:
    """A change between two archives' looks is an event; gone since the last look of any of them is gone."""
    changed = replace(story(1), text=story(1).text.replace("1 metres", "9 metres"))
    gone = Visit(
        url="https://post.test/1", source="post", at=NOW + 9 * HOUR, outcome=Outcome.GONE, reason="gone", detail="404"
    )
    one = fill(tmp_path / "one", read(story(1)), gone)
    other = fill(tmp_path / "other", read(changed, NOW + HOUR))
    for name, parts in (("ab", (one, other)), ("ba", (other, one))):
        with Archive(united(tmp_path / name, *parts)) as archive:
            article = archive.article(1)
            assert article is not None
            assert article.withdrawn_at == "2026-11-22T21:00:00Z"
            assert [(event.kind, event.detail) for event in article.events] == [
                ("revised", "numbers"),
                ("withdrawn", "gone: 404"),
            ]
    back = fill(tmp_path / "back", read(changed, NOW + 10 * HOUR))
    with Archive(united(tmp_path / "abc", one, other, back)) as archive:
        article = archive.article(1)
        assert article is not None
        assert article.withdrawn_at is None


def test_the_more_precise_of_two_dates_that_agree_is_kept(tmp_path: Path) -> None:
    """The day from one archive's look, the minute from another's: the minute, whichever looked last."""
    for day, minute in ((NOW, NOW + HOUR), (NOW + HOUR, NOW)):
        one = fill(tmp_path / f"one{day.hour}", read(story(1, published="2026-11-02"), day))
        other = fill(tmp_path / f"other{day.hour}", read(story(1, published="2026-11-02T08:15+07:00"), minute))
        with Archive(united(tmp_path / f"both{day.hour}", one, other)) as archive:
            article = archive.article(1)
            assert article is not None
            assert (article.published, article.published_precision) == ("2026-11-02T08:15+07:00", "minute")


def test_conflicts_and_counts_are_told(tmp_path: Path, halves: tuple[Path, Path]) -> None:
    """What differs is named, with what was taken."""
    with Archive(tmp_path / "fresh", writable=True) as archive, Archive(halves[0]) as one, Archive(halves[1]) as other:
        merged = merge(archive, [one, other])
    assert (merged.articles, merged.joined, merged.captures) == (6, 2, 8)
    assert any("source post: its name differs" in line for line in merged.conflicts)


def test_merging_again_changes_nothing(tmp_path: Path, halves: tuple[Path, Path]) -> None:
    """An archive that is merged in twice, or into itself, adds nothing."""
    folder = united(tmp_path / "fresh", *halves)
    once = exported(folder)
    assert exported(united(folder, *halves)) == once


def test_a_walk_into_the_past_keeps_all_its_addresses(tmp_path: Path) -> None:
    """Each address that a walk named is there once, at its place, also after a second merge of the same archive."""
    part = fill(tmp_path / "one", listed(*(f"https://post.test/{number}" for number in range(4))))
    walked = "SELECT links.url, place FROM backfill_links JOIN links ON links.id = link_id ORDER BY place"
    with Archive(part, writable=True) as archive:
        walk = backfills.begin(archive.db, "post", "pages", "2026-11-01", "2026-11-30", ["https://post.test/feed"], NOW)
        archive.db.execute(
            "INSERT INTO backfill_links (backfill_id, link_id, step_id, place)"
            " SELECT ?, links.id, backfill_steps.id, links.id - 1 FROM links, backfill_steps",
            (walk.id,),
        )
        before = [tuple(row) for row in archive.db.execute(walked)]
    folder = united(united(tmp_path / "fresh", part), part)
    with Archive(folder) as archive:
        assert [tuple(row) for row in archive.db.execute(walked)] == before
    assert len(before) == 4


def test_what_one_archive_holds_apart_is_not_joined_for_its_text(tmp_path: Path) -> None:
    """A careless rule leaves the same lines of two stories; merging makes no one story of them."""
    one, other = fill(tmp_path / "one", read(story(1)), read(story(2))), fill(tmp_path / "other", read(story(3)))
    footer = "All rights of this page and of what is printed on it are reserved by the newspaper and its writers."
    with Archive(one, writable=True) as archive:
        run = archive.begin_reextraction({"rule": "p.footer"}, NOW)
        for number in (1, 2):
            archive.reread(number, story(number, text=footer), "careless", run)
    with Archive(one, writable=True) as into, Archive(other) as third:
        assert merge(into, [third]).articles == 3
        assert sorted(article.url for article in into) == [story(number).url for number in (1, 2, 3)]


def test_the_same_page_read_in_two_ways_is_no_revision(tmp_path: Path) -> None:
    """One archive had a rule that the other had not: the page is the same, so the newspaper changed nothing."""
    visit = read(story(1))
    cut = replace(story(1), text=story(1).text.partition("\n\n")[0])
    one = fill(tmp_path / "one", visit)
    other = fill(tmp_path / "other", replace(visit, article=cut, at=NOW + HOUR))
    for name, parts in (("ab", (one, other)), ("ba", (other, one))):
        with Archive(united(tmp_path / name, *parts)) as archive:
            assert [revision.text for revision in archive.revisions(1)] == [story(1).text]
    assert exported(tmp_path / "ab") == exported(tmp_path / "ba")


def test_a_folder_that_cannot_be_written_and_a_damaged_part_are_one_line(
    tmp_path: Path, halves: tuple[Path, Path]
) -> None:
    """The line names the file that is in the way, and the archive is as it was."""
    before = exported(halves[0])
    whole = (halves[1] / "morgue.db").read_bytes()
    with Archive(halves[1], writable=True) as archive:
        archive.db.execute("DROP TABLE robots")
    with pytest.raises(ArchiveError, match="other"):
        united(halves[0], halves[1])
    (halves[1] / "morgue.db").write_bytes(whole)
    shutil.rmtree(halves[0] / "captures")
    (halves[0] / "captures").write_text("no folder")
    with pytest.raises(ArchiveError, match=r"captures: .*as it was"):
        united(halves[0], halves[1])
    assert exported(halves[0]) == before


def test_files_that_differ_under_one_name_are_refused(tmp_path: Path, halves: tuple[Path, Path]) -> None:
    """Pages are never mixed up: nothing is copied, nothing changed."""
    (path,) = (halves[0] / "captures").iterdir()
    (halves[1] / "captures" / path.name).write_bytes(b"something else")
    with pytest.raises(ArchiveError, match="have one name and differ"):
        united(tmp_path / "fresh", *halves)
    with Archive(tmp_path / "fresh") as archive:
        assert archive.db.execute("SELECT count(*) FROM articles").fetchone()[0] == 0


def test_every_table_is_thought_of() -> None:
    """A table that is added later is either carried over or worked out again."""
    with Archive(":memory:", writable=True) as archive:
        names = {row[0] for row in archive.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    known = {*CARRIED, *CARRIED_BEHIND, *OF_ARTICLES, *WORKED_OUT}
    assert {name for name in names if not name.startswith(("sqlite_", "_sqlite_", "search"))} == known
