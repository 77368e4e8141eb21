"""The ledger: sources, listings and every address ever seen; whose turn it is. In the caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from sqlite_utils import Database

from archive.database import moment, stamp
from archive.identity import address_key
from archive.records import Link, Listing, Outcome, Source, State, Visit, Wanted
from archive.rhythm import after_failure, estimate_missed, next_interval

Accepts = Callable[[str], bool]

# A listing that says again and again that an article was changed is believed once a day.
BELIEVED_EVERY = timedelta(days=1)


def sync(db: Database, sources: Iterable[Source], now: datetime) -> None:
    """Make the archive know these sources and their listings, and only these as configured. Deletes nothing.

    A source without listings is asked at its front page, which names its feeds and sitemaps.
    """
    db.execute("UPDATE sources SET configured = 0")
    db.execute("UPDATE listings SET configured = 0")
    for source in sources:
        db.execute(
            "INSERT INTO sources (id, name, homepage, country, language, added_at) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, homepage = excluded.homepage,"
            " country = excluded.country, language = excluded.language, configured = 1",
            (source.id, source.name, source.homepage, source.country, source.language, stamp(now)),
        )
        for url in source.listings or ((source.homepage,) if source.homepage else ()):
            db.execute(
                "INSERT INTO listings (source_id, url, due_at) VALUES (?, ?, ?)"
                " ON CONFLICT (source_id, url) DO UPDATE SET configured = 1",
                (source.id, url, stamp(now)),
            )
    db.execute(
        "WITH RECURSIVE named (id) AS (SELECT id FROM listings WHERE configured UNION"
        " SELECT listings.id FROM listings JOIN named ON listings.found_in = named.id)"
        " UPDATE listings SET configured = 1 WHERE id IN named"
    )


def ensure_source(db: Database, source_id: str, now: datetime) -> None:
    """A source that config.yaml does not name (`morgue add` of a stray address) gets its row, too."""
    db.execute(
        "INSERT OR IGNORE INTO sources (id, added_at, configured) VALUES (?, ?, 0)",
        (source_id, stamp(now)),
    )


def due(db: Database, source_id: str, now: datetime) -> list[Listing]:
    """The listings of a source whose turn has come, longest waiting first."""
    rows = db.execute(
        "SELECT * FROM listings WHERE source_id = ? AND due_at <= ? AND configured ORDER BY due_at, id",
        (source_id, stamp(now)),
    )
    return [
        Listing(
            id=row["id"],
            source=row["source_id"],
            url=row["url"],
            kind=row["kind"],
            etag=row["etag"],
            last_modified=row["last_modified"],
            digest=row["digest"],
            failures=row["failures"],
            interval=row["interval"],
        )
        for row in rows
    ]


def wanted(db: Database, source_id: str, now: datetime, limit: int | None) -> Iterator[Wanted]:
    """The addresses whose turn has come: new ones, newest first; then failed ones; then articles to look at again.

    The turn is fixed when the first one is asked for; what was recorded meanwhile is left out.
    """
    # What a backfill takes from another archive is not asked for at its own address.
    own = " AND NOT EXISTS (SELECT 1 FROM backfill_links WHERE link_id = links.id AND capture IS NOT NULL)"
    turns = (
        ("state = 'wanted'" + own, "coalesce(published, modified) DESC, id"),
        ("state = 'deferred' AND retry_at <= :now" + own, "retry_at, id"),
        ("state = 'held' AND retry_at <= :now", "retry_at, id"),
    )
    left = -1 if limit is None else limit
    for condition, order in turns:
        if left == 0:
            return
        ids = db.execute(
            f"SELECT id FROM links WHERE source_id = :source AND {condition} ORDER BY {order} LIMIT :left",
            {"source": source_id, "now": stamp(now), "left": left},
        ).fetchall()
        left = left - len(ids) if left > 0 else left
        for (number,) in ids:
            row = db.execute(
                f"SELECT * FROM links WHERE id = :id AND {condition}", {"id": number, "now": stamp(now)}
            ).fetchone()
            if row is not None:
                yield Wanted(
                    url=row["url"],
                    source=row["source_id"],
                    attempts=row["attempts"],
                    held=row["state"] == State.HELD,
                    hint=hint(row),
                    etag=row["etag"],
                    last_modified=row["last_modified"],
                    digest=row["digest"],
                )


def next_turn(db: Database, source_id: str) -> datetime | None:
    """When the next listing or address of a source has its turn; None when none ever will."""
    row = db.execute(
        "SELECT min(at) FROM (SELECT min(due_at) AS at FROM listings WHERE source_id = :source AND configured"
        " UNION ALL SELECT min(retry_at) FROM links WHERE source_id = :source AND state IN ('deferred', 'held'))",
        {"source": source_id},
    ).fetchone()
    return moment(row[0]) if row[0] else None


def unseen(db: Database, source_id: str, urls: Iterable[str]) -> list[str]:
    """Those of the addresses that the ledger does not know, in their order."""
    return [url for url in urls if find(db, source_id, address_key(url)) is None]


def judged(db: Database, source_id: str, most: int = 300) -> tuple[list[str], list[str]]:
    """Addresses of a source that were looked at: of its latest articles, and of pages that are none."""
    articles = db.execute(
        "SELECT url FROM articles WHERE source_id = ? ORDER BY first_seen_at DESC LIMIT ?", (source_id, most)
    )
    others = db.execute(
        "SELECT url FROM links WHERE source_id = ? AND state = ? AND reason = 'not an article' LIMIT ?",
        (source_id, State.REJECTED, most),
    )
    return [row["url"] for row in articles], [row["url"] for row in others]


def hint(row: sqlite3.Row) -> Link:
    """What the listings said of an address."""
    return Link(
        url=row["url"],
        title=row["title"],
        published=row["published"],
        modified=row["modified"],
        authors=tuple(json.loads(row["authors"])) if row["authors"] else (),
        summary=row["summary"],
        language=row["language"],
    )


def find(db: Database, source_id: str, key: str) -> sqlite3.Row | None:
    """The row of an address."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM links WHERE source_id = ? AND key = ?", (source_id, key)
    ).fetchone()
    return row


def ensure(db: Database, source_id: str, url: str, now: datetime) -> sqlite3.Row:
    """The row of an address, made when it is new (`morgue add`, the end of a redirect)."""
    key = address_key(url)
    row = find(db, source_id, key)
    if row is None:
        row = db.execute(
            "INSERT INTO links (source_id, url, key, state, reason, found_at, state_at)"
            " VALUES (?, ?, ?, 'wanted', 'asked for', ?, ?) RETURNING *",
            (source_id, url, key, stamp(now), stamp(now)),
        ).fetchone()
        assert row is not None
    return row


def settle(
    db: Database,
    link: sqlite3.Row,
    state: State,
    reason: str,
    now: datetime,
    *,
    detail: str | None = None,
    article: int | None = None,
    retry_at: datetime | None = None,
    failed: bool = False,
) -> None:
    """Put an address into a state, with the reason and the evidence."""
    db.execute(
        "UPDATE links SET state_at = CASE WHEN state = :state THEN state_at ELSE :now END, state = :state,"
        " reason = :reason, detail = :detail, article_id = coalesce(:article, article_id), retry_at = :retry_at,"
        " attempts = CASE WHEN :failed THEN attempts + 1 ELSE 0 END WHERE id = :id",
        {
            "state": state.value,
            "reason": reason,
            "detail": detail or None,
            "article": article,
            "retry_at": stamp(retry_at) if retry_at else None,
            "failed": failed,
            "now": stamp(now),
            "id": link["id"],
        },
    )


def listing(db: Database, source_id: str, url: str, now: datetime) -> sqlite3.Row:
    """The row of a listing, made when it is new."""
    db.execute(
        "INSERT OR IGNORE INTO listings (source_id, url, due_at, configured) VALUES (?, ?, ?, 0)",
        (source_id, url, stamp(now)),
    )
    row = db.execute("SELECT * FROM listings WHERE source_id = ? AND url = ?", (source_id, url)).fetchone()
    assert row is not None
    return row  # type: ignore[no-any-return]


def survey(db: Database, visit: Visit, accepts: Accepts | None) -> tuple[int, int]:
    """Record a visit of a listing: its links, validators and rhythm. Returns its number and how many links were new."""
    row = listing(db, visit.source, visit.url, visit.at)
    if visit.outcome not in (Outcome.LISTED, Outcome.UNCHANGED):
        _failed(db, row, visit)
        return row["id"], 0
    now = stamp(visit.at)
    stories = [link for link in visit.links if link.kind == "story"]
    fresh = 0
    if visit.outcome is Outcome.LISTED:
        kind = visit.listing_kind or row["kind"]
        fresh = sum(note(db, row["id"], kind, visit, link, accepts) for link in stories)
        for link in visit.links:
            if link.kind == "listing":
                _name_listing(db, row, link, visit.at)
    elapsed = (visit.at - moment(row["answered_at"])).total_seconds() if row["answered_at"] else None
    # Nothing of the answer was known, though there was an answer before: the items between the two are lost.
    overtaken = bool(row["kind"] == "feed" and row["items"] and fresh and fresh == len(stories))
    missed = estimate_missed(moment(row["answered_at"]), _dates(stories)) if overtaken else 0
    items = len(stories) if visit.outcome is Outcome.LISTED else row["items"] or 0
    interval = next_interval(row["interval"], elapsed=elapsed, items=items, fresh=fresh, missed=overtaken)
    answer = visit.answer
    # A 304 need not repeat the validators; a full answer without them has none.
    kept = visit.outcome is Outcome.UNCHANGED
    db.execute(
        "UPDATE listings SET kind = coalesce(:kind, kind), asked_at = :now, answered_at = :now, items = :items,"
        " fresh = :fresh, new_at = CASE WHEN :fresh THEN :now ELSE new_at END, interval = :interval, due_at = :due,"
        " failures = 0, failing_since = NULL, reason = NULL, missed = missed + :missed,"
        " missed_at = CASE WHEN :missed THEN :now ELSE missed_at END,"
        " etag = CASE WHEN :kept THEN coalesce(:etag, etag) ELSE :etag END,"
        " last_modified = CASE WHEN :kept THEN coalesce(:last_modified, last_modified) ELSE :last_modified END,"
        " digest = CASE WHEN :kept THEN coalesce(:digest, digest) ELSE :digest END WHERE id = :id",
        {
            "kind": visit.listing_kind,
            "now": now,
            "items": items,
            "fresh": fresh,
            "interval": interval,
            "due": stamp(visit.at + timedelta(seconds=interval)),
            "missed": missed,
            "kept": kept,
            "etag": answer.etag if answer else None,
            "last_modified": answer.last_modified if answer else None,
            "digest": answer.digest if answer else None,
            "id": row["id"],
        },
    )
    return row["id"], fresh


def _failed(db: Database, row: sqlite3.Row, visit: Visit) -> None:
    failures = row["failures"] + 1
    due_at = visit.at + timedelta(seconds=after_failure(row["interval"], failures))
    db.execute(
        "UPDATE listings SET asked_at = :now, due_at = :due, failures = :failures, reason = :reason,"
        " failing_since = coalesce(failing_since, :now) WHERE id = :id",
        {
            "now": stamp(visit.at),
            "due": stamp(max(due_at, visit.retry_at) if visit.retry_at else due_at),
            "failures": failures,
            "reason": visit.reason,
            "id": row["id"],
        },
    )


def _name_listing(db: Database, parent: sqlite3.Row, link: Link, now: datetime) -> None:
    """A listing found in a listing; one whose stated change is newer than before is asked at once."""
    db.execute(
        "INSERT INTO listings (source_id, url, due_at, found_in, configured, stated) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (source_id, url) DO UPDATE SET configured = max(configured, excluded.configured),"
        " stated = coalesce(excluded.stated, stated), due_at = CASE WHEN excluded.stated > stated AND failures = 0"
        " THEN min(due_at, excluded.due_at) ELSE due_at END",
        (parent["source_id"], link.url, stamp(now), parent["id"], parent["configured"], link.modified),
    )


def note(db: Database, listing_id: int, kind: str | None, visit: Visit, link: Link, accepts: Accepts | None) -> bool:
    """Write an address of a listing into the ledger, or what the listing says of it; True when it was not known."""
    key, now = address_key(link.url), stamp(visit.at)
    accepted = accepts is None or accepts(link.url)
    state, reason = (State.WANTED, "listed") if accepted else (State.EXCLUDED, "excluded by config.yaml")
    authors = json.dumps(link.authors, ensure_ascii=False) if link.authors else None
    row = find(db, visit.source, key)
    said = (link.title, link.published, link.modified, authors, link.summary, link.language)
    if row is None:
        db.execute(
            "INSERT INTO links (source_id, url, key, state, reason, found_at, found_in, state_at, title,"
            " published, modified, authors, summary, language) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (visit.source, link.url, key, state.value, reason, now, listing_id, now, *said),
        )
        return True
    if (row["state"] == State.EXCLUDED) is accepted and row["state"] in (State.EXCLUDED, State.WANTED, State.DEFERRED):
        settle(db, row, state, reason, visit.at)  # config.yaml was changed
    _retold(db, row, kind, said, visit.at)
    return False


def note_outside(db: Database, listing_id: int, visit: Visit, link: Link) -> None:
    """Write an address down that a backfill leaves alone; one that is known keeps its state."""
    if find(db, visit.source, address_key(link.url)) is None:
        note(db, listing_id, visit.listing_kind, visit, link, lambda _: False)
        settle(db, ensure(db, visit.source, link.url, visit.at), State.EXCLUDED, "out of range", visit.at)


def claim(db: Database, source_id: str, url: str) -> None:
    """Another archive has a page that could not be had (or not yet) at its own address: it is wanted again."""
    db.execute(
        "UPDATE links SET state = 'wanted', reason = 'listed', retry_at = NULL, attempts = 0"
        " WHERE source_id = ? AND key = ? AND state IN ('deferred', 'rejected')",
        (source_id, address_key(url)),
    )


def leave(db: Database, link_id: int) -> None:
    """An article read from a capture of the past is not looked at again: its first days are over."""
    db.execute("UPDATE links SET retry_at = NULL WHERE id = ? AND state = 'held'", (link_id,))


def _retold(db: Database, row: sqlite3.Row, kind: str | None, said: Sequence[str | None], now: datetime) -> None:
    """Better hints for a known address: feeds and sitemaps know more than the headlines of a section page."""
    fields = ("title", "published", "modified", "authors", "summary", "language")
    old = [row[name] for name in fields]
    precise = kind in ("feed", "sitemap")
    new = [(b or a) if precise else (a or b) for a, b in zip(old, said, strict=True)]
    new[2] = max(old[2] or "", said[2] or "") or None
    if new != old:
        db.execute(
            "UPDATE links SET title = ?, published = ?, modified = ?, authors = ?, summary = ?, language = ?"
            " WHERE id = ?",
            (*new, row["id"]),
        )
    if row["state"] == State.HELD and row["retry_at"] and old[2] and new[2] != old[2]:
        db.execute(
            "UPDATE links SET retry_at = min(retry_at, :now) WHERE id = :id AND :before >="
            " (SELECT last_seen_at FROM articles WHERE articles.id = links.article_id)",
            {"now": stamp(now), "before": stamp(now - BELIEVED_EVERY), "id": row["id"]},
        )


def _dates(links: Iterable[Link]) -> list[datetime]:
    dates = []
    for link in links:
        try:
            date = datetime.fromisoformat(link.published or "")
        except ValueError:
            continue
        dates.append(date if date.tzinfo else date.replace(tzinfo=UTC))
    return dates
