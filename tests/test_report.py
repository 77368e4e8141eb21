"""What a run says of itself: counts that a program can rely on, and when there is something to do again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from archive import Archive
from archive.records import Link, Listing, Outcome, Recorded, Source, Visit
from scraper.cli import morgue
from scraper.report import COUNTED, Report

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def survey(url, *links):
    return Visit(url=url, source="post", at=NOW, outcome=Outcome.LISTED, reason="listed", listing=True, links=links)


def test_every_count_is_there_for_programs():
    """A zero is printed as zero: whoever sums up the lines of a year needs no special case."""
    report = Report()
    report.add("post", survey("https://post.test/feed"), Recorded(what="listed", links=2))
    facts = report.facts("post")
    assert set(facts) == {"source", "reasons", *COUNTED}
    assert (facts["listings"], facts["links"], facts["new"], facts["rejected"]) == (1, 2, 0, 0)
    assert report.facts("other")["pages"] == 0
    assert report.line("post") == "post: 0 new; 1 listing with 2 new links"


def test_the_next_turn_is_known():
    """Of a listing that was asked, and of an address that failed for now; a source nobody knows has none."""
    with Archive(":memory:", writable=True) as archive:
        archive.sync([Source(id="post", homepage="https://post.test/")], NOW)
        assert archive.next_turn("post") == NOW
        (listing,) = archive.due("post", NOW)
        assert isinstance(listing, Listing)
        archive.record(survey(listing.url, Link(url="https://post.test/a")))
        turn = archive.next_turn("post")
        assert turn > NOW
        soon = NOW + timedelta(seconds=30)
        failed = Visit(
            url="https://post.test/a", source="post", at=NOW, outcome=Outcome.DEFERRED, reason="timeout", retry_at=soon
        )
        archive.record(failed)
        assert archive.next_turn("post") == soon
        assert archive.next_turn("nobody") is None


@pytest.mark.parametrize(
    ("word", "said"),
    [("list.txt", "neither a web address nor a file here"), ("gopher://old.test/1", "no web address")],
)
def test_a_word_that_is_no_address(tmp_path, word, said):
    """One line says what is wrong with the word; nothing is asked, and the exit code is that of a mistake."""
    config = tmp_path / "config.yaml"
    config.write_text("sources: [{id: post, homepage: 'http://127.1.0.9:9/'}]\n", encoding="utf-8")
    result = CliRunner().invoke(morgue, ["add", word, "--config", str(config)], standalone_mode=False)
    assert result.return_value == 2
    assert result.stderr == f'morgue: "{word}" is {said}: write it like https://www.example.org/story\n'


def test_nothing_due_says_when(tmp_path):
    """A crawl that comes too early says when there will be something to do, and is no failure."""
    config = tmp_path / "config.yaml"
    config.write_text("sources: [{id: post, homepage: 'http://127.1.0.9:9/'}]\n", encoding="utf-8")
    with Archive(tmp_path / "data", writable=True) as archive:
        later = datetime.now(UTC) + timedelta(hours=2)
        archive.sync([Source(id="post", homepage="http://127.1.0.9:9/")], later)
    result = CliRunner().invoke(morgue, ["crawl", "--config", str(config)], standalone_mode=False)
    assert (result.return_value, result.stdout) == (0, f"post: nothing is due before {later:%Y-%m-%d %H:%M} UTC\n")
    facts = CliRunner().invoke(morgue, ["crawl", "--json", "--config", str(config)], standalone_mode=False)
    assert json.loads(facts.stdout)["listings"] == 0


def test_a_saved_page_of_another_address_is_told(tmp_path):
    """Whoever names the wrong address of a saved page hears what the page says of itself; it is filed as told."""
    config, page = tmp_path / "config.yaml", tmp_path / "story.html"
    config.write_text("sources: [{id: post, homepage: 'https://post.test/'}]\n", encoding="utf-8")
    text = "".join(f"<p>The water rose by {metres} metres, and the bridge was closed.</p>" for metres in range(9))
    page.write_text(
        f'<html><head><link rel="canonical" href="https://post.test/b"></head><body><article><h1>Flood</h1>{text}'
        "</article></body></html>",
        encoding="utf-8",
    )
    for url, said in (
        ("https://post.test/a", "says that its address is https://post.test/b"),
        ("https://post.test/b", ""),
    ):
        words = ["add", "--html", str(page), "--url", url, "--config", str(config)]
        result = CliRunner().invoke(morgue, words, standalone_mode=False)
        assert result.return_value == 0, result.output
        assert said in result.stderr
        assert bool(said) == bool(result.stderr)
