"""The archive's one way in, and whose turn it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from archive import Archive
from archive.records import Answer, Article, Link, Outcome, Recorded, Source, State, Visit

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SITE = "https://www.paper.test"
FEED = f"{SITE}/feed.xml"
TEXT = (
    "The Cambodian People’s Party intensified its campaign on Monday, officials said, as 27 members of parliament "
    "left the country.\n\nThe spokesman, Sok Eysan, said “the party will continue its work”. Observers disagreed "
    "and pointed to a letter that was sent in 2015 to the ministry in Phnom Penh.\n\nThe court will decide in May."
)


@pytest.fixture
def archive() -> Iterator[Archive]:
    with Archive(":memory:", writable=True) as archive:
        archive.sync([Source(id="paper", listings=(FEED,)), Source(id="other", listings=("https://o.test/rss",))], NOW)
        yield archive


def listed(
    *links: Link | str, at: datetime = NOW, url: str = FEED, kind: str = "feed", etag: str | None = None
) -> Visit:
    made = tuple(link if isinstance(link, Link) else Link(url=link) for link in links)
    answer = Answer(final_url=url, status=200, etag=etag, digest=f"sha256:{hash(made)}")
    return Visit(
        url=url,
        source="paper",
        at=at,
        outcome=Outcome.LISTED,
        reason="listed",
        listing=True,
        listing_kind=kind,
        answer=answer,
        links=made,
    )


def read(
    url: str, *, at: datetime = NOW, source: str = "paper", final_url: str | None = None, **fields: object
) -> Visit:
    article = replace(Article(url=url, title="Party leaves parliament", text=TEXT), **fields)  # type: ignore[arg-type]
    answer = Answer(final_url=final_url or url, status=200)
    return Visit(
        url=url,
        source=source,
        at=at,
        outcome=Outcome.READ,
        reason="read",
        answer=answer,
        article=article,
        extractor="t 1",
    )


def failed(url: str, *, at: datetime = NOW, outcome: Outcome = Outcome.DEFERRED, reason: str = "timeout") -> Visit:
    retry_at = at + HOUR if outcome is Outcome.DEFERRED else None
    return Visit(url=url, source="paper", at=at, outcome=outcome, reason=reason, retry_at=retry_at)


def urls(archive: Archive, at: datetime = NOW) -> list[str]:
    return [link.url for link in archive.wanted("paper", at)]


def state(archive: Archive, url: str) -> tuple[str, str]:
    row = archive.db.execute("SELECT state, reason FROM links WHERE url = ?", (url,)).fetchone()
    return row["state"], row["reason"]


def count(archive: Archive, table: str) -> int:
    return int(archive.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_a_listing_makes_its_links_wanted_newest_first(archive: Archive) -> None:
    """What a feed names becomes wanted, the newest hint first, addresses without a date last."""
    old, new = Link(url=f"{SITE}/a", published="2026-11-20"), Link(url=f"{SITE}/b", published="2026-11-22T08:00Z")
    recorded = archive.record(listed(f"{SITE}/c", old, new))
    assert recorded == Recorded(what="listed", links=3)
    assert urls(archive) == [f"{SITE}/b", f"{SITE}/a", f"{SITE}/c"]


def test_links_and_validators_are_saved_together(archive: Archive) -> None:
    """The validators of a listing come back with its next turn, and not before its interval is over."""
    archive.record(listed(f"{SITE}/a", etag='"1"'))
    assert archive.due("paper", NOW) == []
    (listing,) = archive.due("paper", NOW + DAY)
    assert (listing.url, listing.etag, listing.kind) == (FEED, '"1"', "feed")


def test_a_visit_that_breaks_leaves_nothing(archive: Archive) -> None:
    """When anything in a visit cannot be written, neither links nor validators nor log rows of it are kept."""
    bad = listed(f"{SITE}/a", Link(url=f"{SITE}/b", title=object()), etag='"1"')  # type: ignore[arg-type]
    with pytest.raises(Exception, match="type 'object' is not supported"):
        archive.record(bad)
    assert (count(archive, "links"), count(archive, "visits")) == (0, 0)
    assert archive.due("paper", NOW)[0].etag is None


def test_an_article_is_filed_once(archive: Archive) -> None:
    """Reading an address files its article; reading it again changes nothing."""
    first = archive.record(read(f"{SITE}/a"))
    again = archive.record(read(f"{SITE}/a?utm_source=rss", at=NOW + HOUR))
    assert (first.what, again.what, again.article) == ("new", "same", first.article)
    assert (count(archive, "articles"), count(archive, "revisions"), count(archive, "visits")) == (1, 1, 2)
    assert state(archive, f"{SITE}/a") == (State.HELD, "read")
