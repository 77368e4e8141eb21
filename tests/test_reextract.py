"""Re-extraction: kept pages read again by other rules or a newer extractor, never taken for the newspaper's doing."""

from __future__ import annotations

import asyncio
import json

import pytest

from archive import Archive, extractions
from archive.captures import Captures
from archive.errors import ArchiveError, QueryError
from archive.export import export
from archive.records import Exchange, Wanted
from archive.verify import verify
from scraper.cli import main
from scraper.config import Network, load
from scraper.fetch import Fetcher
from scraper.page import Page
from scraper.pipeline import Run, file, ingest
from scraper.reextraction import reextract
from tests.fakes import FakeClock, FakeWeb, InThisProcess

HOST = "https://93.184.216.34"  # an address needs no name server
WITHOUT = f"sources:\n  - id: paper\n    homepage: {HOST}/\n"
WITH = WITHOUT + '    rules: [{drop: [".promise"], title: "h2.real"}]\n'
PROMISE = "Subscribe to our daily letter, which brings the harvest of the whole province to your breakfast table."
LINES = [
    f"The council of district {number} met on the bridge and spoke about rice, rain and the road to the harbour."
    for number in range(8)
]


def story(number, extra=""):
    body = "".join(f"<p>{line} That was meeting {number}.</p>" for line in LINES)
    return (
        f'<!doctype html><html lang="en"><head><title>Daily</title>'
        '<meta property="article:published_time" content="2017-11-27T08:15:00+07:00">'
        f'<meta name="author" content="Sok Dara"></head><body><article><h1>Special report {number}</h1>'
        f'<h2 class="real">Council {number} meets</h2>{body}{extra}<p class="promise">{PROMISE}</p>'
        "</article></body></html>"
    ).encode()


@pytest.fixture
def paper(tmp_path):
    """An archive of three stories, filed before there was a rule."""
    (tmp_path / "config.yaml").write_text(WITHOUT)
    config = load(tmp_path / "config.yaml")
    clock = FakeClock()

    async def work(run):
        for number in range(3):
            url = f"{HOST}/{number}"
            headers = {"content-type": "text/html; charset=utf-8"}
            at = run.clock.now()
            kept = Exchange(url=url, at=at, headers=tuple(headers.items()), body=story(number))
            page = Page(
                url=url, final_url=url, status=200, headers=headers, body=kept.body, fetched_at=at, exchanges=(kept,)
            )
            assert (await file(page, config.sources[0], run)).what == "new"

    perform(config, clock, work)
    (tmp_path / "config.yaml").write_text(WITH)
    return load(tmp_path / "config.yaml")


def perform(config, clock, work, web=None):
    async def all_of_it():
        network = Network(delay=0.0, retries=0)
        with Archive(config.data, writable=True) as archive:
            async with Fetcher(network, memory=archive, clock=clock, transport=web or FakeWeb({}, clock)) as fetcher:
                return await work(Run(archive=archive, fetcher=fetcher, reader=InThisProcess(), clock=clock))

    return asyncio.run(all_of_it())


def read_all(config, *, apply=None, **which):
    async def work(run):
        return await reextract(extractions.targets(run.archive.db, **which), config.sources, run, apply=apply)

    return perform(config, FakeClock(), work)


def dump(config, leave_out=()):
    """Every row of the archive, but of the tables that are left out; the index as it is found."""
    with Archive(config.data) as archive:
        tables = [
            row[0]
            for row in archive.db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
            if not row[0].startswith(("search", "sqlite", "_", *leave_out))
        ]
        rows = {name: [tuple(row) for row in archive.db.execute(f"SELECT * FROM {name} ORDER BY 1")] for name in tables}
        found = {
            word: [hit.id for hit in archive.search(word)] for word in ("breakfast", "special", "meets", "harbour")
        }
        assert not list(verify(archive.db, Captures(config.data / "captures")))
        return rows, found


def exported(config):
    with Archive(config.data) as archive:
        export(archive.db, config.data / "all.jsonl")
    return (config.data / "all.jsonl").read_bytes()


def test_it_first_says_what_would_change_and_changes_nothing(paper):
    """Without --apply the archive stays as it is, to the last row."""
    before = dump(paper)
    tally = read_all(paper)
    assert (tally.pages, tally.changed, dict(tally.fields), tally.run) == (3, 3, {"title": 3, "text": 3}, None)
    assert dump(paper) == before


def test_a_new_rule_changes_the_reading_and_makes_no_revision(paper):
    """Applied, texts, titles, index and fingerprints are the new ones; revisions, events and weights stay."""
    before, _ = dump(paper)
    tally = read_all(paper, apply={})
    assert (tally.run, tally.changed) == (1, 3)
    with Archive(paper.data) as archive:
        article = archive.article(f"{HOST}/1")
        assert article.title == "Council 1 meets"
        assert PROMISE not in article.text
        assert LINES[7] in article.text
        assert article.revisions == 1
        assert not archive.search("breakfast")
        assert len(archive.search("meets")) == 3
        kept = archive.db.execute("SELECT title, text FROM extractions ORDER BY id").fetchall()
        assert [row["title"] for row in kept] == [f"Special report {number}" for number in range(3)]
        assert all(PROMISE in row["text"] for row in kept)
    after, _ = dump(paper)
    for table in ("events", "links", "visits", "captures", "sources"):
        assert after[table] == before[table]


def test_read_twice_nothing_changes(paper):
    """The second re-extraction finds nothing to do and gives the same bytes."""
    read_all(paper, apply={})
    before, export_before = dump(paper), exported(paper)
    tally = read_all(paper, apply={})
    assert (tally.pages, tally.changed, tally.run) == (3, 0, None)
    assert dump(paper) == before
    assert exported(paper) == export_before


def test_a_sitemap_that_came_later_says_nothing_of_the_page_that_was_kept(paper):
    """What is dated after a page was read is of a later state: reading again right after a crawl changes nothing."""
    read_all(paper, apply={})
    with Archive(paper.data, writable=True) as archive:
        archive.db.execute("UPDATE links SET modified = '2017-11-27T09:00:00Z'")
    assert read_all(paper).changed == 0


def test_it_can_be_undone(paper):
    """Undo gives the old rows back, bit by bit; only that it happened stays written down."""
    log = ("reextractions", "extractions")
    before, export_before = dump(paper, log), exported(paper)
    tally = read_all(paper, apply={})
    assert exported(paper) != export_before
    with Archive(paper.data, writable=True) as archive:
        assert archive.undo_reextraction(tally.run, FakeClock().now()) == 3
        with pytest.raises(ArchiveError, match="undone already"):
            archive.undo_reextraction(tally.run, FakeClock().now())
        with pytest.raises(ArchiveError, match="no re-extraction 9"):
            archive.undo_reextraction(9, FakeClock().now())
    assert dump(paper, log) == before
    assert exported(paper) == export_before


def test_a_text_that_was_altered_comes_back_from_its_page(paper):
    """Altered in the file behind the archive's back: reading the page again puts the filed text back."""
    read_all(paper, apply={})
    good = exported(paper)
    with Archive(paper.data, writable=True) as archive:
        archive.db.execute("UPDATE texts SET text = replace(text, 'bridge', 'tunnel') WHERE revision_id = 1")
        assert "texts" in {problem.check for problem in verify(archive.db, None)}
    assert read_all(paper, where="id = 1", apply={}).changed == 1
    assert exported(paper) == good
    with Archive(paper.data, writable=True) as archive:
        assert all(problem.repaired for problem in verify(archive.db, None, repair=True))
        assert list(verify(archive.db, None)) == []
        assert not archive.search("tunnel")


def test_the_later_one_is_undone_first(paper):
    """Readings are put back in the order in which they came."""
    first = read_all(paper, apply={})
    plain = replace_rules(paper)
    second = read_all(plain, apply={})
    with Archive(paper.data, writable=True) as archive:
        with pytest.raises(ArchiveError, match=f"re-extraction {second.run} read some of the same pages later"):
            archive.undo_reextraction(first.run, FakeClock().now())
        archive.undo_reextraction(second.run, FakeClock().now())
        assert archive.article(f"{HOST}/1").title == "Council 1 meets"
        archive.undo_reextraction(first.run, FakeClock().now())
        assert archive.article(f"{HOST}/1").title == "Special report 1"


def replace_rules(config):
    return config.model_copy(update={"sources": tuple(one.model_copy(update={"rules": ()}) for one in config.sources)})


def test_a_part_can_be_chosen(paper):
    """By newspaper, by day and by a condition over the articles; a bad condition is one line."""
    assert read_all(paper, where="url LIKE '%/1'").pages == 1
    assert read_all(paper, since="2024-03-10").pages == 3
    assert read_all(paper, since="2024-03-11").pages == 0
    assert read_all(paper, source="other").pages == 0
    with pytest.raises(QueryError, match="no condition"):
        read_all(paper, where="colour = 'red'")
    with pytest.raises(QueryError, match="no condition"):
        read_all(paper, where="1); DROP TABLE articles; --")


@pytest.mark.parametrize(
    ("extra", "what", "revisions"), [("", "same", 1), ("<p>The minister resigned at noon.</p>", "revised", 2)]
)
def test_a_visit_under_a_new_rule_is_compared_like_with_like(paper, extra, what, revisions):
    """A page that only reads differently is no revision; one that the newspaper changed, too, is one, of its change."""
    clock = FakeClock()
    clock.advance(86_400)
    # A comment: other bytes, the same story.
    web = FakeWeb({f"{HOST}/1": story(1, f"<!-- new -->{extra}"), f"{HOST}/robots.txt": b""}, clock)

    async def work(run):
        return await ingest(Wanted(url=f"{HOST}/1", source="paper"), paper.sources[0], run)

    assert perform(paper, clock, work, web).what == what
    with Archive(paper.data) as archive:
        found = archive.revisions(archive.article(f"{HOST}/1").id)
        assert [one.title for one in found] == ["Council 1 meets"] * revisions
        assert not any(PROMISE in one.text for one in found)
        if extra:
            assert found[1].text == found[0].text + "\n\nThe minister resigned at noon."
        assert archive.db.execute("SELECT count(*) FROM events").fetchone()[0] == revisions - 1


def test_a_damaged_capture_stops_nothing(paper):
    """A page that cannot be read again keeps its reading, with a counted reason."""
    (path,) = (paper.data / "captures").iterdir()
    data = bytearray(path.read_bytes())
    with Archive(paper.data) as archive:
        offset = archive.db.execute("SELECT offset FROM captures ORDER BY id").fetchone()[0]
    data[offset + 30 : offset + 60] = bytes(30)
    path.write_bytes(data)
    tally = read_all(paper, apply={})
    assert (tally.pages, tally.changed, dict(tally.reasons)) == (3, 2, {"unreadable capture": 1})


def test_the_command_shows_applies_and_undoes(paper, capsys):
    """`morgue reextract` as a person uses it."""

    def run(*words):
        with pytest.raises(SystemExit) as exit_:
            main(["reextract", *words, "--config", str(paper.path)])
        out = capsys.readouterr().out
        assert exit_.value.code == 0, out
        return out

    shown = run("--workers", "1")
    assert "3 pages read again, 3 would change: 3 title, 3 text" in shown
    assert "- Special report 0\n  + Council 0 meets" in shown
    lines = run("--apply", "--json", "--workers", "1").splitlines()
    assert json.loads(lines[0])["changes"]["title"] == {"old": "Special report 0", "new": "Council 0 meets"}
    assert json.loads(lines[-1])["reextraction"] == 1
    assert run("--undo", "1") == "3 readings put back\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--source", "pots"), 'knows no source "pots" - choose from paper'),
        (("--since", "soon"), "'soon' is not a date: write 2017, 2017-11 or 2017-11-27"),
    ],
)
def test_a_mistake_is_no_empty_reading(paper, capsys, words, said):
    """What can match nothing is told with what to write, and nothing is read."""
    with pytest.raises(SystemExit) as ended:
        main(["reextract", *words, "--config", str(paper.path)])
    told = capsys.readouterr()
    assert (ended.value.code, told.out, said in told.err) == (2, "", True)
