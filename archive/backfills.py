"""Walks back in time: which listings are still to be asked, what they named. In the caller's transaction.

A walk is a set of steps, each a listing that is asked once, and the addresses that they named inside the walk's range.
What a step brought, and the steps that follow from it, are recorded together: a killed walk goes on where it stood.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from archive import ledger
from archive.database import stamp
from archive.identity import address_key
from archive.ledger import Accepts
from archive.records import Backfill, Link, Outcome, Step, Via, Visit, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a walk has come: steps taken, steps waiting for their turn, of these failed ones; addresses named and,
    of these, settled (held, or known not to be had)."""

    asked: int
    waiting: int
    failed: int
    named: int
    settled: int

    @property
    def over(self) -> bool:
        """Nothing is left to ask or to fetch."""
        return not self.waiting and self.named == self.settled


def find(db: Database, source: str, via: Via, first: str, last: str) -> Backfill | None:
    """The latest walk that was begun with these facts."""
    row = db.execute(
        "SELECT id FROM backfills WHERE source_id = ? AND via = ? AND first_day = ? AND last_day = ? ORDER BY id DESC",
        (source, via, first, last),
    ).fetchone()
    return Backfill(id=row["id"], source=source, via=via, first=first, last=last) if row else None


def begin(db: Database, source: str, via: Via, first: str, last: str, urls: Iterable[str], now: datetime) -> Backfill:
    """A new walk with its first steps."""
    ledger.ensure_source(db, source, now)
    number = db.execute(
        "INSERT INTO backfills (source_id, via, first_day, last_day, began_at) VALUES (?, ?, ?, ?, ?) RETURNING id",
        (source, via, first, last, stamp(now)),
    ).fetchone()[0]
    _add_steps(db, number, (Step(url=url, start=url) for url in urls))
    return Backfill(id=number, source=source, via=via, first=first, last=last)


def steps(db: Database, backfill: int, now: datetime, limit: int) -> list[Step]:
    """The listings whose turn has come, in the order in which they were named."""
    rows = db.execute(
        "SELECT * FROM backfill_steps WHERE backfill_id = ? AND done_at IS NULL AND coalesce(retry_at, '') <= ?"
        " ORDER BY retry_at IS NOT NULL, id LIMIT ?",
        (backfill, stamp(now), limit),
    )
    return [
        Step(id=row["id"], url=row["url"], start=row["start"], number=row["number"], attempts=row["attempts"])
        for row in rows
    ]


def wanted(db: Database, backfill: int, now: datetime, limit: int) -> Iterator[Wanted]:
    """The addresses that the walk named and that are to be fetched: new ones, then failed ones."""
    rows = db.execute(
        "SELECT links.*, backfill_links.capture AS capture FROM backfill_links"
        " JOIN links ON links.id = backfill_links.link_id WHERE backfill_id = :backfill"
        " AND (state = 'wanted' OR state = 'deferred' AND retry_at <= :now)"
        # What is not dated is taken from the foot of its page: see release().
        " ORDER BY state DESC, coalesce(published, modified) DESC, step_id, place DESC LIMIT :limit",
        {"backfill": backfill, "now": stamp(now), "limit": limit},
    ).fetchall()
    for row in rows:
        yield Wanted(
            url=row["url"],
            source=row["source_id"],
            attempts=row["attempts"],
            hint=ledger.hint(row),
            capture=row["capture"],
        )


def release(db: Database, backfill: int, after: str) -> None:
    """Leave alone what listings do not date and what stands above an article published after that day, also not dated.

    Archive pages go from new to old: what stands above the article is newer still.
    """
    db.execute(
        "UPDATE links SET state = 'excluded', reason = 'out of range' WHERE state = 'wanted' AND published IS NULL"
        " AND id IN (SELECT one.link_id FROM backfill_links AS one JOIN backfill_links AS below"
        " ON below.step_id = one.step_id AND below.place > one.place"
        " JOIN links AS lower ON lower.id = below.link_id AND lower.published IS NULL"
        " JOIN articles ON articles.id = lower.article_id"
        " WHERE one.backfill_id = ? AND articles.published > ? || '~')",
        (backfill, after),
    )


def progress(db: Database, backfill: int) -> Progress:
    """How far the walk has come."""
    asked, waiting, failed = db.execute(
        "SELECT count(done_at), count(*) - count(done_at), sum(done_at IS NULL AND attempts > 0) FROM backfill_steps"
        " WHERE backfill_id = ?",
        (backfill,),
    ).fetchone()
    named, settled = db.execute(
        "SELECT count(*), sum(state NOT IN ('wanted', 'deferred')) FROM backfill_links"
        " JOIN links ON links.id = backfill_links.link_id WHERE backfill_id = ?",
        (backfill,),
    ).fetchone()
    return Progress(asked=asked, waiting=waiting, failed=failed or 0, named=named, settled=settled or 0)


def repeated(db: Database, backfill: int, links: Iterable[Link]) -> bool:
    """Did an earlier step list the very same stories? So sites answer that are asked for a page behind their last."""
    found = db.execute(
        "SELECT 1 FROM backfill_steps WHERE backfill_id = ? AND stories = ?", (backfill, _fingerprint(links))
    ).fetchone()
    return found is not None


def take(db: Database, visit: Visit, accepts: Accepts | None) -> tuple[int, int]:
    """Record a step: what it named, and the steps behind it. Returns its listing and how many addresses were new."""
    step = db.execute("SELECT * FROM backfill_steps WHERE id = ?", (visit.step,)).fetchone()
    listing = ledger.listing(db, visit.source, visit.url, visit.at)["id"]
    if visit.outcome is Outcome.DEFERRED and visit.retry_at is not None:
        db.execute(
            "UPDATE backfill_steps SET attempts = attempts + 1, reason = ?, retry_at = ? WHERE id = ?",
            (visit.reason, stamp(visit.retry_at), visit.step),
        )
        return listing, 0
    db.execute("UPDATE listings SET kind = coalesce(kind, ?) WHERE id = ?", (visit.listing_kind, listing))
    fresh = 0
    for place, link in enumerate(visit.links):
        fresh += ledger.note(db, listing, visit.listing_kind, visit, link, accepts)
        first = db.execute(
            "INSERT OR IGNORE INTO backfill_links (backfill_id, link_id, step_id, place, capture)"
            " SELECT ?, id, ?, ?, ? FROM links WHERE source_id = ? AND key = ?",
            (step["backfill_id"], visit.step, place, link.capture, visit.source, address_key(link.url)),
        ).rowcount
        if link.capture and first:
            ledger.claim(db, visit.source, link.url)
    for link in visit.outside:
        ledger.note_outside(db, listing, visit, link)
    _add_steps(db, step["backfill_id"], visit.ahead)
    stories = [*visit.links, *visit.outside]
    db.execute(
        "UPDATE backfill_steps SET done_at = ?, reason = ?, items = ?, stories = ? WHERE id = ?",
        (stamp(visit.at), visit.reason, len(stories), _fingerprint(stories), visit.step),
    )
    return listing, fresh


def leave(db: Database, step: Step, reason: str, now: datetime) -> None:
    """A step that need not be taken."""
    db.execute("UPDATE backfill_steps SET done_at = ?, reason = ? WHERE id = ?", (stamp(now), reason, step.id))


def asked(db: Database, backfill: int, start: str) -> dict[int, tuple[str, str]]:
    """The pages of a section that were asked: number -> address and what came of it."""
    rows = db.execute(
        "SELECT number, url, reason FROM backfill_steps WHERE backfill_id = ? AND start = ? AND done_at IS NOT NULL",
        (backfill, start),
    )
    return {row["number"]: (row["url"], row["reason"]) for row in rows}


def newest_before(db: Database, backfill: int, step: Step) -> str | None:
    """The latest date among the articles that the page before this step named without one; None when none is known."""
    row = db.execute(
        "SELECT max(articles.published) FROM backfill_steps AS before"
        " JOIN backfill_links ON backfill_links.step_id = before.id JOIN links ON links.id = backfill_links.link_id"
        " JOIN articles ON articles.id = links.article_id"
        " WHERE before.backfill_id = ? AND before.start = ? AND before.number = ? AND links.published IS NULL",
        (backfill, step.start, step.number - 1),
    ).fetchone()
    return row[0]  # type: ignore[no-any-return]


def met_a_section(db: Database, backfill: int) -> bool:
    """Was one of the listings asked so far a section page?"""
    row = db.execute(
        "SELECT 1 FROM backfill_steps JOIN backfills ON backfills.id = backfill_id"
        " JOIN listings ON listings.source_id = backfills.source_id AND listings.url = backfill_steps.url"
        " WHERE backfill_id = ? AND done_at IS NOT NULL AND kind = 'section'",
        (backfill,),
    ).fetchone()
    return row is not None


def sitemaps(db: Database, source: str) -> list[str]:
    """The sitemaps that crawls follow, without those that a sitemap names: their turn comes by it."""
    rows = db.execute(
        "SELECT listings.url AS url FROM listings LEFT JOIN listings AS parents ON parents.id = listings.found_in"
        " WHERE listings.source_id = ? AND listings.kind = 'sitemap' AND listings.configured"
        " AND coalesce(parents.kind, '') <> 'sitemap' ORDER BY listings.id",
        (source,),
    )
    return [row["url"] for row in rows]


def _add_steps(db: Database, backfill: int, steps: Iterable[Step]) -> None:
    for step in steps:
        db.execute(
            "INSERT OR IGNORE INTO backfill_steps (backfill_id, url, start, number) VALUES (?, ?, ?, ?)",
            (backfill, step.url, step.start, step.number),
        )


def _fingerprint(links: Iterable[Link]) -> str:
    keys = sorted({address_key(link.url) for link in links})
    return hashlib.sha256("\n".join(keys).encode("utf-8", "replace")).hexdigest()[:32]
