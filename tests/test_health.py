"""Is every source still giving what it used to?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from archive import Archive
from archive.health import Health, Sample, collapse, silence
from archive.records import Answer, Article, Link, Outcome, Source, Visit
from archive.rhythm import LONGEST, SHORTEST, estimate_missed, next_interval, next_look

START = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FEED = "https://paper.test/feed"


@pytest.fixture
def archive() -> Iterator[Archive]:
    with Archive(":memory:", writable=True) as archive:
        archive.sync([Source(id="paper", name="The Paper", listings=(FEED,))], START)
        yield archive


def survey(archive: Archive, at: datetime, *urls: str) -> None:
    visit = Visit(url=FEED, source="paper", at=at, outcome=Outcome.LISTED, reason="listed", listing=True)
    links = tuple(Link(url=url) for url in urls)
    archive.record(replace(visit, listing_kind="feed", links=links, answer=Answer(final_url=FEED, status=200)))


def publish(archive: Archive, at: datetime, slug: str, *, words: int = 40, published: bool = True) -> None:
    url = f"https://paper.test/{slug}"
    text = " ".join(f"{slug}-{i}" for i in range(words // 2))  # each is two words
    article = Article(url=url, title=slug, text=text, authors=("Sok",), published="2026-10-01" if published else None)
    archive.record(Visit(url=url, source="paper", at=at, outcome=Outcome.READ, reason="read", article=article))


def month(archive: Archive) -> datetime:
    """Thirty days with three articles each; returns the end."""
    for day in range(30):
        at = START + day * DAY
        survey(archive, at, "https://paper.test/always", f"https://paper.test/{day}")
        for i in range(3):
            publish(archive, at, f"d{day}a{i}")
    return START + 29 * DAY


def health(archive: Archive, now: datetime) -> Health:
    (found,) = archive.status(now)
    return found


def test_a_source_that_goes_on_is_well(archive: Archive) -> None:
    """A month as usual gives counts and nothing to look at."""
    end = month(archive)
    found = health(archive, end + HOUR)
    assert (found.degraded, found.articles, found.name) == (False, 90, "The Paper")
    assert found.states == {"held": 90, "wanted": 31}
    assert found.reasons["held"] == {"read": 90}
    assert (found.last_new, found.last_success) == ("2026-10-30T12:00:00Z", "2026-10-30T12:00:00Z")


def test_a_source_that_never_answered_is_told_at_once(archive: Archive) -> None:
    """A wrong address in config.yaml is not found out weeks later."""
    assert not health(archive, START).degraded
    failed = Visit(url=FEED, source="paper", at=START, outcome=Outcome.DEFERRED, reason="host not found", listing=True)
    archive.record(failed)
    assert health(archive, START + HOUR).why == ("it has never answered: host not found",)


def test_a_listing_that_fails_again_and_again_is_told(archive: Archive) -> None:
    """Three failures in a row are told with reason and since when; one answer clears them."""
    survey(archive, START - HOUR, "https://paper.test/1")
    failed = Visit(url=FEED, source="paper", at=START, outcome=Outcome.DEFERRED, reason="server error", listing=True)
    for hours in range(3):
        assert not health(archive, START).degraded
        archive.record(replace(failed, at=START + hours * HOUR))
    found = health(archive, START + 3 * HOUR)
    assert found.why == (f"{FEED} has failed 3 times since 2026-10-01T12:00:00Z: server error",)
    assert found.failing[0].failures == 3
    survey(archive, START + 4 * HOUR, "https://paper.test/1")
    assert not health(archive, START + 4 * HOUR).degraded


def test_silence_is_measured_by_the_source_s_own_rhythm(archive: Archive) -> None:
    """Nothing new for ten days, though the feed answers, is told; not when nobody asked."""
    end = month(archive)
    assert not health(archive, end + 10 * DAY).degraded
    survey(archive, end + 10 * DAY, "https://paper.test/always")
    (why,) = health(archive, end + 10 * DAY).why
    assert why == "nothing new for 10 days, though its listings answer; usual is less than 3 days"


def test_a_changed_template_is_noticed(archive: Archive) -> None:
    """Twenty articles with a tenth of the usual text and no date raise an alarm, each with its figures."""
    end = month(archive)
    for i in range(20):
        publish(archive, end + HOUR, f"new{i}", words=4, published=False)
    found = health(archive, end + 2 * HOUR)
    assert found.why == (
        "texts have become short: median 4 words, it was 40",
        "published is found in 0% of the last 20 articles, it was in 100%",
    )
    assert found.evidence["usual median words"] == 40


def test_pages_that_give_no_article_any_more_are_told(archive: Archive) -> None:
    """When most pages are refused that used to be read, the main reason is named."""
    end = month(archive)
    for i in range(20):
        url = f"https://paper.test/x{i}"
        archive.record(Visit(url=url, source="paper", at=end, outcome=Outcome.REJECTED, reason="bot wall"))
    assert health(archive, end).why == ("20 of the last 20 pages gave no article, mostly: bot wall",)


def test_lost_items_and_bugs_are_told(archive: Archive) -> None:
    """A feed that was asked too late and a bug of ours are told for a week."""
    survey(archive, START, "https://paper.test/1", "https://paper.test/2")
    survey(archive, START + DAY, "https://paper.test/3", "https://paper.test/4")
    url = "https://paper.test/1"
    archive.record(Visit(url=url, source="paper", at=START + DAY, outcome=Outcome.REJECTED, reason="internal error"))
    lost, bug = health(archive, START + DAY).why
    assert "shared no item with the answer before" in lost
    assert bug == "1 internal errors in 7 days, for example at https://paper.test/1; see the log"
    assert not health(archive, START + 9 * DAY).degraded


def test_a_source_that_is_no_longer_configured_is_never_degraded(archive: Archive) -> None:
    """What config.yaml does not name is told and not judged."""
    month(archive)
    archive.sync([], START)
    survey(archive, START + 60 * DAY, "https://paper.test/always")
    found = health(archive, START + 60 * DAY)
    assert (found.configured, found.degraded, found.articles) == (False, False, 90)


def test_too_little_is_no_measure() -> None:
    """A new source has no rhythm and no usual length."""
    assert silence([START, START + HOUR], START + 90 * DAY) is None
    full = {"title": 1.0, "published": 1.0, "byline": 1.0}
    none = dict.fromkeys(full, 0.0)
    few, many = Sample(articles=10, words=400, fields=full), Sample(articles=100, words=400, fields=full)
    assert collapse(few, Sample(articles=20, words=1, fields=none)) == []
    assert len(collapse(many, Sample(articles=20, words=1, fields=none))) == 4


def test_the_rhythm_of_a_listing_is_learned() -> None:
    """More that is new: sooner; nothing new: later; always between ten minutes and a day."""
    busy = quiet = next_interval(0, elapsed=None, items=20, fresh=20)
    for _ in range(20):
        busy = next_interval(busy, elapsed=busy, items=20, fresh=15)
        quiet = next_interval(quiet, elapsed=quiet, items=20, fresh=0)
    assert (busy, quiet) == (SHORTEST, LONGEST)
    steady = 3600
    for _ in range(20):  # four an hour in a list of 16: a quarter of it is new each hour
        steady = next_interval(steady, elapsed=steady, items=16, fresh=round(steady / 900))
    assert 3000 <= steady <= 4200


def test_missed_items_are_estimated() -> None:
    """The gap at the pace of what is there; at least one."""
    dates = [START + (10 + i) * HOUR for i in range(5)]
    assert estimate_missed(START, dates) == 10
    assert estimate_missed(START, []) == 1
    assert estimate_missed(None, dates) == 1


def test_revisits_decay_and_stop() -> None:
    """1 hour, 1 day, 7 and 30 days after the first time; a late look skips what is past."""
    assert next_look(START, START) == START + HOUR
    assert next_look(START, START + 2 * DAY) == START + 7 * DAY
    assert next_look(START, START + 30 * DAY) is None
