"""The archive's one way in, and whose turn it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from archive import Archive
from archive.records import Answer, Article, Evidence, Link, Outcome, Recorded, Robots, Source, State, Visit

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


def test_what_was_read_is_no_longer_wanted(archive: Archive) -> None:
    """An address leaves the queue when it is read, and comes back an hour, a day, 7 and 30 days later, then never."""
    archive.record(listed(f"{SITE}/a"))
    at, looks = NOW, []
    while True:
        archive.record(read(f"{SITE}/a", at=at))
        assert urls(archive, at) == []
        due = archive.db.execute("SELECT retry_at FROM links").fetchone()[0]
        if due is None:
            break
        at = datetime.fromisoformat(due)
        (again,) = archive.wanted("paper", at)
        assert again.held
        looks.append(at - NOW)
    assert looks == [HOUR, DAY, 7 * DAY, 30 * DAY]


def test_a_failure_comes_back_by_itself(archive: Archive) -> None:
    """A failed address returns at its time with its failures counted, also when no listing names it any more."""
    archive.record(listed(f"{SITE}/a"))
    archive.record(failed(f"{SITE}/a"))
    assert urls(archive) == []
    archive.record(failed(f"{SITE}/a", at=NOW + HOUR))
    (again,) = archive.wanted("paper", NOW + 2 * HOUR)
    assert (again.url, again.attempts) == (f"{SITE}/a", 2)
    archive.record(read(f"{SITE}/a", at=NOW + 2 * HOUR))
    assert archive.db.execute("SELECT attempts FROM links").fetchone()[0] == 0


def test_new_addresses_have_their_turn_before_failed_ones_and_those_before_revisits(archive: Archive) -> None:
    """The order is new, failed, to be looked at again; a limit counts over all of them."""
    archive.record(read(f"{SITE}/held"))
    archive.record(failed(f"{SITE}/failed"))
    archive.record(listed(f"{SITE}/new"))
    assert urls(archive, NOW + DAY) == [f"{SITE}/new", f"{SITE}/failed", f"{SITE}/held"]
    assert [link.url for link in archive.wanted("paper", NOW + DAY, limit=2)] == [f"{SITE}/new", f"{SITE}/failed"]


def test_one_source_cannot_take_the_turn_of_another(archive: Archive) -> None:
    """Wanted addresses and due listings belong to their source."""
    archive.record(listed(f"{SITE}/a"))
    assert list(archive.wanted("other", NOW)) == []
    assert [listing.url for listing in archive.due("other", NOW)] == ["https://o.test/rss"]


def test_writing_while_reading_the_queue(archive: Archive) -> None:
    """The queue may be worked off while it is read; what was done meanwhile is left out."""
    archive.record(listed(*(f"{SITE}/{i}" for i in range(5))))
    seen = []
    for link in archive.wanted("paper", NOW):
        seen.append(link.url)
        archive.record(failed(link.url, outcome=Outcome.REJECTED, reason="not an article"))
        archive.record(failed(f"{SITE}/3", outcome=Outcome.REJECTED, reason="not an article"))
    assert seen == [f"{SITE}/{i}" for i in (0, 1, 2, 4)]


def test_a_listing_gives_better_hints_and_leaves_the_state(archive: Archive) -> None:
    """A feed's title wins over a section's, gaps are filled, and a rejected address stays rejected."""
    archive.record(listed(Link(url=f"{SITE}/a", title="Read more"), url=f"{SITE}/news", kind="section"))
    archive.record(failed(f"{SITE}/a", outcome=Outcome.REJECTED, reason="no text"))
    recorded = archive.record(listed(Link(url=f"{SITE}/a", title="Court decides", published="2026-11-22")))
    archive.record(listed(Link(url=f"{SITE}/a", title="More"), url=f"{SITE}/news", kind="section"))
    row = archive.db.execute("SELECT * FROM links").fetchone()
    assert (row["title"], row["published"], row["state"], row["reason"]) == (
        "Court decides",
        "2026-11-22",
        State.REJECTED,
        "no text",
    )
    assert recorded.links == 0


def test_what_the_configuration_excludes_is_noted_and_never_wanted(archive: Archive) -> None:
    """An excluded address has its row and reason; when the pattern goes, it becomes wanted, and the other way round."""
    archive.record(listed(f"{SITE}/a", f"{SITE}/sport/b"), accepts=lambda url: "/sport/" not in url)
    assert state(archive, f"{SITE}/sport/b") == (State.EXCLUDED, "excluded by config.yaml")
    assert urls(archive) == [f"{SITE}/a"]
    archive.record(listed(f"{SITE}/a", f"{SITE}/sport/b"), accepts=lambda url: url != f"{SITE}/a")
    assert urls(archive) == [f"{SITE}/sport/b"]


def test_a_listing_found_in_a_listing_is_due_at_once(archive: Archive) -> None:
    """A sitemap of an index is asked in the same run, and again when the index states that it changed."""
    index, child = f"{SITE}/sitemap.xml", f"{SITE}/sitemap-1.xml"
    archive.sync([Source(id="paper", listings=(index,))], NOW)
    archive.record(listed(Link(url=child, kind="listing", modified="2026-11-01"), url=index, kind="sitemap"))
    assert [listing.url for listing in archive.due("paper", NOW)] == [child]
    archive.record(listed(f"{SITE}/a", url=child, kind="sitemap"))
    assert archive.due("paper", NOW) == []
    archive.record(listed(Link(url=child, kind="listing", modified="2026-11-22"), url=index, kind="sitemap"))
    assert [listing.url for listing in archive.due("paper", NOW)] == [child]
    assert count(archive, "links") == 1


def test_a_failing_listing_is_asked_more_rarely_and_never_dropped(archive: Archive) -> None:
    """Ten failures stretch the pause to a week at most; the validators stay; an answer mends it."""
    archive.record(listed(f"{SITE}/a", etag='"1"'))
    at, pauses = NOW + DAY, []
    for _ in range(12):
        archive.record(replace(failed(FEED, at=at, reason="server error"), listing=True, retry_at=None))
        due = datetime.fromisoformat(
            archive.db.execute("SELECT due_at FROM listings WHERE url = ?", (FEED,)).fetchone()[0]
        )
        pauses.append(due - at)
        at = due
    assert pauses == sorted(pauses)
    assert pauses[-1] == 7 * DAY
    (listing,) = archive.due("paper", at)
    assert (listing.failures, listing.etag) == (12, '"1"')
    archive.record(replace(listed(at=at), outcome=Outcome.UNCHANGED, reason="not modified", answer=None))
    assert archive.due("paper", at + DAY)[0].failures == 0


def test_a_feed_that_shares_no_item_with_the_one_before_has_lost_some(archive: Archive) -> None:
    """When every item of a later answer is new, the gap is noted with an estimate, and the feed is asked sooner."""
    archive.record(listed(*(Link(url=f"{SITE}/{i}", published=f"2026-11-22T0{i}:00Z") for i in range(4))))
    before = archive.db.execute("SELECT interval FROM listings WHERE url = ?", (FEED,)).fetchone()[0]
    later = (Link(url=f"{SITE}/{i}", published=f"2026-11-23T{i}:00Z") for i in range(10, 14))
    archive.record(listed(*later, at=NOW + 26 * HOUR))
    row = archive.db.execute("SELECT * FROM listings WHERE url = ?", (FEED,)).fetchone()
    assert row["missed"] == 22  # one an hour for the 22 hours from noon to ten
    assert row["interval"] < before


def test_sync_deletes_nothing(archive: Archive) -> None:
    """A source or listing that the configuration no longer names stays, is no longer asked, and comes back with it."""
    archive.record(listed(f"{SITE}/a", Link(url=f"{SITE}/more.xml", kind="listing")))
    archive.sync([Source(id="other", homepage="https://o.test/")], NOW)
    assert archive.due("paper", NOW + DAY) == []
    assert [listing.url for listing in archive.due("other", NOW)] == ["https://o.test/"]
    assert urls(archive) == [f"{SITE}/a"]
    archive.sync([Source(id="paper", name="The Paper", listings=(FEED,))], NOW)
    assert {listing.url for listing in archive.due("paper", NOW + DAY)} == {FEED, f"{SITE}/more.xml"}
    assert archive.db.execute("SELECT name FROM sources WHERE id = 'paper'").fetchone()[0] == "The Paper"


def test_unseen_knows_addresses_by_their_keys(archive: Archive) -> None:
    """An address in another costume is not new."""
    archive.record(listed(f"{SITE}/a"))
    assert archive.unseen("paper", ["http://paper.test/a/?utm_source=x", f"{SITE}/b"]) == [f"{SITE}/b"]


def test_a_redirect_is_a_fact(archive: Archive) -> None:
    """An address that redirects to a held one becomes its alias; a short link files under the real address."""
    first = archive.record(read(f"{SITE}/a"))
    again = archive.record(read(f"{SITE}/old-a", final_url=f"{SITE}/a", text=TEXT + "\n\nThe court was asked to wait."))
    assert (again.what, again.article) == ("revised", first.article)
    assert state(archive, f"{SITE}/old-a") == (State.ALIAS, "redirect")
    short = archive.record(read("https://sho.rt/x", final_url=f"{SITE}/b", text="Another story altogether. " * 9))
    story = archive.article("https://sho.rt/x")
    assert story is not None
    assert (story.id, story.url, story.aliases) == (short.article, f"{SITE}/b", ("https://sho.rt/x",))


def test_a_moved_article_keeps_its_history(archive: Archive) -> None:
    """When a held address begins to redirect, the article moves with an event, and no second one is made."""
    first = archive.record(read(f"{SITE}/a"))
    moved = archive.record(read(f"{SITE}/a", at=NOW + HOUR, final_url=f"{SITE}/2026/a"))
    story = archive.article(f"{SITE}/a")
    assert story is not None
    assert (moved.what, story.id, story.url, story.aliases) == ("same", first.article, f"{SITE}/2026/a", (f"{SITE}/a",))
    assert [event.kind for event in story.events] == ["moved"]
    archive.record(read(f"{SITE}/a", at=NOW + DAY, final_url=f"{SITE}/2026/a"))
    assert count(archive, "events") == 1
    assert [link.url for link in archive.wanted("paper", NOW + 31 * DAY)] == [f"{SITE}/2026/a"]


def test_the_same_text_at_another_address_is_an_alias(archive: Archive) -> None:
    """The same text in the same source never makes a second article; in another source it does."""
    first = archive.record(read(f"{SITE}/a"))
    alias = archive.record(read(f"{SITE}/b", text=TEXT.replace("“", '"').replace("”", '"')))
    other = archive.record(read("https://o.test/a", source="other"))
    assert (alias.what, alias.article, other.what) == ("alias", first.article, "new")
    assert state(archive, f"{SITE}/b") == (State.ALIAS, "same text")
    assert archive.record(read(f"{SITE}/b", at=NOW + HOUR, text=TEXT + " More.")).what == "alias"
    assert count(archive, "revisions") == 2


def test_short_texts_are_equal_by_chance(archive: Archive) -> None:
    """Two videos with the same words are two articles unless their headlines agree; empty ones always."""
    one = archive.record(read(f"{SITE}/v1", title="Flood in the north", text="Watch video", kind="video"))
    two = archive.record(read(f"{SITE}/v2", title="Fire in the south", text="Watch video", kind="video"))
    three = archive.record(read(f"{SITE}/v3", title="Flood in the North", text="Watch video", kind="video"))
    four = archive.record(read(f"{SITE}/v4", title="Cartoon", text="", kind="gallery"))
    five = archive.record(read(f"{SITE}/v5", title="Cartoon", text="", kind="gallery"))
    assert [each.what for each in (one, two, three, four, five)] == ["new", "new", "alias", "new", "new"]
    assert three.article == one.article


def test_a_canonical_tag_is_a_claim(archive: Archive) -> None:
    """A canonical address joins two pages only when the text agrees."""
    first = archive.record(read(f"{SITE}/a"))
    agrees = archive.record(read(f"{SITE}/a-2", canonical_url=f"{SITE}/a", text=TEXT.partition("\n\nThe court")[0]))
    lies = archive.record(
        read(f"{SITE}/b", canonical_url=f"{SITE}/a", text="A different story about the harvest. " * 9)
    )
    assert (agrees.what, agrees.article, lies.what) == ("alias", first.article, "new")
    assert state(archive, f"{SITE}/a-2") == (State.ALIAS, "canonical address")


def test_the_canonical_address_speaks_for_the_article(archive: Archive) -> None:
    """A teaser that claimed another address gives way to the whole story: one article, no word lost."""
    teaser = TEXT.partition("\n\n")[0]
    first = archive.record(read(f"{SITE}/t", canonical_url=f"{SITE}/a", text=teaser))
    whole = archive.record(read(f"{SITE}/a", at=NOW + HOUR))
    story = archive.article(f"{SITE}/t")
    assert story is not None
    assert (whole.what, whole.article, story.url, story.text) == ("revised", first.article, f"{SITE}/a", TEXT)
    assert archive.record(read(f"{SITE}/t", at=NOW + DAY, canonical_url=f"{SITE}/a", text=teaser)).what == "alias"
    assert count(archive, "revisions") == 2


def test_a_changed_text_makes_a_revision_and_noise_makes_none(archive: Archive) -> None:
    """A changed figure is a revision with its weight; a clock, a counter or other quotation marks are none."""
    archive.record(read(f"{SITE}/a"))
    noise = archive.record(read(f"{SITE}/a", at=NOW + HOUR, text="Updated 5 minutes ago\n\n" + TEXT.replace("’", "'")))
    change = archive.record(read(f"{SITE}/a", at=NOW + DAY, text=TEXT.replace("27", "29")))
    story = archive.article(f"{SITE}/a")
    assert story is not None
    assert (noise.what, change.what, story.revisions) == ("same", "revised", 2)
    assert [revision.weight for revision in archive.revisions(story.id)] == [None, "numbers"]
    assert [(event.kind, event.detail) for event in story.events] == [("revised", "numbers")]
    difference = archive.difference(story.id, 1, 2)
    assert difference is not None
    assert difference.weight == "numbers"
    found = archive.db.execute("SELECT rowid FROM search WHERE search MATCH '29'").fetchall()
    assert [row[0] for row in found] == [story.id]
    assert archive.db.execute("SELECT rowid FROM search WHERE search MATCH '27'").fetchall() == []


def test_a_withdrawn_article_stays(archive: Archive) -> None:
    """404 at a held address is an event; the article stays, and its return is an event, too."""
    archive.record(read(f"{SITE}/a"))
    for hours in (1, 24):
        gone = archive.record(failed(f"{SITE}/a", at=NOW + hours * HOUR, outcome=Outcome.GONE, reason="gone"))
        assert gone.what == "withdrawn"
    story = archive.article(f"{SITE}/a")
    assert story is not None
    assert (story.text, story.withdrawn_at) == (TEXT, "2026-11-22T13:00:00Z")
    assert archive.record(read(f"{SITE}/a", at=NOW + 7 * DAY)).what == "same"
    story = archive.article(f"{SITE}/a")
    assert story is not None
    assert ([event.kind for event in story.events], story.withdrawn_at) == (["withdrawn", "returned"], None)


@pytest.mark.parametrize("outcome", [Outcome.DEFERRED, Outcome.REJECTED, Outcome.UNCHANGED])
def test_no_failure_loses_a_held_article(archive: Archive, outcome: Outcome) -> None:
    """Whatever becomes of a held address, the article and its place in the ledger stay."""
    archive.record(read(f"{SITE}/a"))
    archive.record(failed(f"{SITE}/a", at=NOW + HOUR, outcome=outcome))
    assert state(archive, f"{SITE}/a") == (State.HELD, "read")
    assert archive.article(f"{SITE}/a") is not None
    assert urls(archive, NOW + HOUR) == []


def test_the_gaps_of_a_page_are_filled_from_its_listing(archive: Archive) -> None:
    """Date and author of the feed stand in where the page has none, with the feed as evidence; its own title wins."""
    archive.record(listed(Link(url=f"{SITE}/a", title="Feed title", published="2026-11-22", authors=("Sok Dara",))))
    found = {"title": Evidence("h1", "Party leaves parliament")}
    archive.record(read(f"{SITE}/a", evidence=found))
    story = archive.article(f"{SITE}/a")
    assert story is not None
    assert (story.title, story.published, story.authors) == ("Party leaves parliament", "2026-11-22", ("Sok Dara",))
    assert story.evidence["published"] == Evidence("feed", "2026-11-22")
    assert (story.published_from, story.published_precision) == ("feed", "day")
    assert story.evidence["title"].source == "h1"


def test_why_tells_the_story_of_an_address(archive: Archive) -> None:
    """State, reason, the listing that named it and every visit, newest first; nothing for an address never seen."""
    archive.record(listed(f"{SITE}/a"))
    archive.record(failed(f"{SITE}/a"))
    archive.record(failed(f"{SITE}/a", at=NOW + HOUR, outcome=Outcome.REJECTED, reason="robots.txt"))
    (story,) = archive.why("paper.test/a")
    assert (story.state, story.reason, story.listing) == ("rejected", "robots.txt", FEED)
    assert [visit.reason for visit in story.visits] == ["robots.txt", "timeout"]
    assert archive.why(f"{SITE}/never") == []


def test_articles_are_listed_by_date_and_source(archive: Archive) -> None:
    """Dates are included on both sides, as whole months or days."""
    for day in ("2026-10-31", "2026-11-01T08:00+07:00", "2026-11-30", "2026-12-01"):
        archive.record(read(f"{SITE}/{day}", published=day, text=f"Story of {day}. " * 9))
    found = [story.published for story in archive.articles(source="paper", from_="2026-11", to="2026-11")]
    assert found == ["2026-11-01T08:00+07:00", "2026-11-30"]
    assert len(list(archive.texts())) == 4
    assert list(archive.texts(source="other")) == []


def test_robots_are_remembered_until_they_expire(archive: Archive) -> None:
    """robots.txt comes back as it was kept, and not after its time."""
    robots = Robots(host=SITE, body=b"User-agent: *", status=200, fetched_at=NOW, expires_at=NOW + DAY)
    archive.keep_robots(robots)
    assert archive.robots(SITE, NOW) == robots
    assert archive.robots(SITE, NOW + DAY) is None
    assert archive.robots("https://o.test", NOW) is None


def test_an_old_address_that_leads_to_its_copy_has_moved_there(archive: Archive) -> None:
    """The new address was met first and taken for a copy; when the old one redirects to it, the article has moved."""
    archive.record(read(f"{SITE}/old"))
    assert archive.record(read(f"{SITE}/new", at=NOW + DAY)).what == "alias"
    archive.record(read(f"{SITE}/old", at=NOW + DAY, final_url=f"{SITE}/new"))
    article = archive.article(f"{SITE}/old")
    assert article is not None
    assert article.url == f"{SITE}/new"
    assert state(archive, f"{SITE}/old") == (State.ALIAS, "redirect")
    assert urls(archive, NOW + DAY) == []


def test_an_older_page_found_later_is_a_revision_beside_the_present_one(archive: Archive) -> None:
    """A capture of years ago does not replace what the article says now; importing it again changes nothing."""
    present = archive.record(read(f"{SITE}/a"))
    assert present.article is not None
    old = read(f"{SITE}/a", at=NOW - 300 * DAY, title="Party to leave parliament in May", text=TEXT[: len(TEXT) // 2])
    assert [archive.record(old).what for _ in range(2)] == ["revised", "same"]
    article = archive.article(present.article)
    assert article is not None
    assert (article.title, article.text, article.revisions) == ("Party leaves parliament", TEXT, 2)
    assert count(archive, "revisions") == 2
