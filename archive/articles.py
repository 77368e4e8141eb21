"""Articles, their revisions and the story of one address, read from the archive as frozen records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from sqlite3 import Row

from sqlite_utils import Database

from archive.captures_table import capture_of
from archive.clusters import Cluster, cluster_of
from archive.identity import address_key
from archive.records import Capture, Evidence, Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened to an article: revised, moved, withdrawn or returned."""

    at: str
    kind: str
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRow:
    """One state of an article. `number` 1 is the first; `weight` says how much it differs from the one before."""

    article: int
    number: int
    seen_at: str
    title: str | None
    text: str
    fingerprint: str
    weight: str | None
    extractor: str | None
    capture: Capture | None
    evidence: Mapping[str, Evidence]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRow:
    """An article in its present state with all that is known of it.

    source      id of the newspaper
    revision    number of the present one: the latest in time, which an earlier state that was found later is not
    revisions   how many are kept
    aliases     other addresses that lead to it
    captures    the pages its revisions were read from, oldest first
    cluster     the same story at other newspapers
    times       UTC, ISO 8601; `published` and `modified` as the page states them
    """

    id: int
    url: str
    title: str | None
    text: str
    published: str | None
    modified: str | None
    authors: tuple[str, ...]
    language: str | None
    source: str
    revision: int
    revisions: int
    aliases: tuple[str, ...]
    images: tuple[Image, ...]
    tags: tuple[str, ...]
    evidence: Mapping[str, Evidence]
    captures: tuple[Capture, ...]
    events: tuple[Event, ...]
    cluster: Cluster | None
    canonical_url: str | None
    section: str | None
    agency: str | None
    kind: str
    free_to_read: bool | None
    words: int
    published_precision: str | None
    published_from: str | None
    first_seen_at: str
    last_seen_at: str
    withdrawn_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow:
    """One line of the log."""

    at: str
    outcome: str
    reason: str
    detail: str | None
    status: int | None
    final_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What became of one address at one source: the answer to "why is this article missing?".

    listing   address of the first listing that named it; None when a person did
    article   number of the article it leads to
    withdrawn when the newspaper had taken that article down; None while it stands
    visits    newest first
    """

    url: str
    key: str
    source: str
    state: str
    reason: str
    detail: str | None
    found_at: str
    state_at: str
    retry_at: str | None
    attempts: int
    listing: str | None
    article: int | None
    withdrawn: str | None
    title: str | None
    visits: tuple[VisitRow, ...]


def number_of(db: Database, id_or_url: int | str) -> int | None:
    """The number of an article by number or by any address that leads to it."""
    if isinstance(id_or_url, int) or id_or_url.strip().isdecimal():
        row = db.execute("SELECT id FROM articles WHERE id = ?", (int(id_or_url),)).fetchone()
    else:
        row = db.execute(
            "SELECT article_id FROM links WHERE key = ? AND article_id IS NOT NULL ORDER BY state = 'held' DESC, id",
            (address_key(id_or_url),),
        ).fetchone()
    return row[0] if row else None


def article(db: Database, number: int) -> ArticleRow:
    """An article by its number, which must exist."""
    row = db.execute(
        "SELECT articles.*, texts.text, revisions.number FROM articles JOIN texts USING (revision_id)"
        " JOIN revisions ON revisions.id = articles.revision_id WHERE articles.id = ?",
        (number,),
    ).fetchone()
    return ArticleRow(
        id=number,
        url=row["url"],
        title=row["title"],
        text=row["text"],
        published=row["published"],
        modified=row["modified"],
        authors=authors(db, number),
        language=row["language"],
        source=row["source_id"],
        revision=row["number"],
        revisions=row["revisions"],
        aliases=_column(db, "SELECT url FROM links WHERE article_id = ? AND state = 'alias' ORDER BY id", number),
        images=tuple(
            Image(url=image["url"], caption=image["caption"], credit=image["credit"])
            for image in db.execute("SELECT * FROM images WHERE article_id = ? ORDER BY position", (number,))
        ),
        tags=_column(
            db,
            "SELECT name FROM tags JOIN article_tags ON tag_id = tags.id WHERE article_id = ? ORDER BY tags.id",
            number,
        ),
        evidence=_evidence(db, row["revision_id"]),
        captures=tuple(
            capture_of(capture)
            for capture in db.execute(
                "SELECT captures.* FROM captures JOIN revisions ON revisions.capture_id = captures.id"
                " WHERE article_id = ? ORDER BY seen_at, number",
                (number,),
            )
        ),
        events=tuple(
            Event(at=event["at"], kind=event["kind"], detail=event["detail"])
            for event in db.execute("SELECT * FROM events WHERE article_id = ? ORDER BY at, id", (number,))
        ),
        cluster=cluster_of(db, number),
        canonical_url=row["canonical_url"],
        section=row["section"],
        agency=row["agency"],
        kind=row["kind"],
        free_to_read=None if row["free_to_read"] is None else bool(row["free_to_read"]),
        words=row["words"],
        published_precision=row["published_precision"],
        published_from=row["published_from"],
        first_seen_at=row["first_seen_at"],
        last_seen_at=row["last_seen_at"],
        withdrawn_at=row["withdrawn_at"],
    )


def authors(db: Database, number: int) -> tuple[str, ...]:
    """Who wrote an article, in the order of its byline."""
    return _column(
        db,
        "SELECT name FROM authors JOIN article_authors ON author_id = authors.id"
        " WHERE article_id = ? ORDER BY position",
        number,
    )


def text(db: Database, number: int) -> str:
    """The present text of an article."""
    row = db.execute("SELECT text FROM texts JOIN articles USING (revision_id) WHERE id = ?", (number,)).fetchone()
    return str(row[0])


def revisions(db: Database, number: int) -> list[RevisionRow]:
    """All revisions of an article in the order of time, which is mostly that of their numbers."""
    rows = db.execute(
        "SELECT revisions.*, texts.text FROM revisions JOIN texts ON texts.revision_id = revisions.id"
        " WHERE article_id = ? ORDER BY seen_at, number",
        (number,),
    ).fetchall()
    return [_revision(db, row) for row in rows]


def revision(db: Database, number: int, count: int) -> RevisionRow | None:
    """One revision of an article."""
    row = db.execute(
        "SELECT revisions.*, texts.text FROM revisions JOIN texts ON texts.revision_id = revisions.id"
        " WHERE article_id = ? AND number = ?",
        (number, count),
    ).fetchone()
    return _revision(db, row) if row else None


def why(db: Database, url: str) -> list[Story]:
    """What became of an address, at each source that knows it; empty when none does."""
    rows = db.execute(
        "SELECT links.*, listings.url AS listing, articles.withdrawn_at AS withdrawn FROM links"
        " LEFT JOIN listings ON listings.id = links.found_in LEFT JOIN articles ON articles.id = links.article_id"
        " WHERE links.key = ? ORDER BY links.id",
        (address_key(url),),
    ).fetchall()
    return [
        Story(
            url=row["url"],
            key=row["key"],
            source=row["source_id"],
            state=row["state"],
            reason=row["reason"],
            detail=row["detail"],
            found_at=row["found_at"],
            state_at=row["state_at"],
            retry_at=row["retry_at"],
            attempts=row["attempts"],
            listing=row["listing"],
            article=row["article_id"],
            withdrawn=row["withdrawn"],
            title=row["title"],
            visits=tuple(
                VisitRow(
                    at=visit["at"],
                    outcome=visit["outcome"],
                    reason=visit["reason"],
                    detail=visit["detail"],
                    status=visit["status"],
                    final_url=visit["final_url"],
                )
                for visit in db.execute(
                    "SELECT * FROM visits WHERE link_id = ? ORDER BY at DESC, id DESC", (row["id"],)
                )
            ),
        )
        for row in rows
    ]


def _revision(db: Database, row: Row) -> RevisionRow:
    capture = db.execute("SELECT * FROM captures WHERE id = ?", (row["capture_id"],)).fetchone()
    return RevisionRow(
        article=row["article_id"],
        number=row["number"],
        seen_at=row["seen_at"],
        title=row["title"],
        text=row["text"],
        fingerprint=row["fingerprint"],
        weight=row["weight"],
        extractor=row["extractor"],
        capture=capture_of(capture) if capture else None,
        evidence=_evidence(db, row["id"]),
    )


def _evidence(db: Database, revision_id: int) -> dict[str, Evidence]:
    return {
        row["field"]: Evidence(
            row["source"], row["raw"], tuple((where, raw) for where, raw in json.loads(row["others"] or "[]"))
        )
        for row in db.execute("SELECT * FROM evidence WHERE revision_id = ? ORDER BY field", (revision_id,))
    }


def _column(db: Database, query: str, number: int) -> tuple[str, ...]:
    return tuple(row[0] for row in db.execute(query, (number,)))
