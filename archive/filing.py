"""What becomes of a page that was asked for: which article it is, whether it is a new revision, what happened to it.

Works inside the caller's transaction. The rules of identity, in their order: the address leads to an article already;
a redirect led here (a fact); the same text is held under another address of the source; the page claims an address
(a canonical tag) and the texts agree. Otherwise it is an article of its own.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from archive import clusters, fulltext, ledger
from archive.database import moment, stamp
from archive.identity import address_key, fingerprint, normal, shingles, text_fingerprint, words
from archive.records import Article, Evidence, Link, Outcome, Recorded, State, Visit
from archive.revisions import grade
from archive.rhythm import next_look

TOO_SHORT = 60  # letters: texts this short are equal by chance ("Watch the video"), so the headline must be equal, too
AGREES = 0.8  # containment from which the text supports what a canonical tag claims
PRECISIONS = {4: "year", 7: "month", 10: "day", 16: "minute"}


@dataclass(frozen=True, slots=True)
class Match:
    """The article that a page belongs to, and the reason in the ledger's words.

    speaks   True when the page may change the article: it is the article's own address, or what it redirects to
    """

    article: int
    reason: str
    speaks: bool


def visit(db: Database, seen: Visit, capture: int | None) -> tuple[Recorded, int]:
    """Record what came of one address of the ledger. Returns what was done and the number of its row."""
    link = ledger.ensure(db, seen.source, seen.url, seen.at)
    if seen.outcome is Outcome.READ and seen.article is not None:
        return _read(db, seen, seen.article, link, capture), link["id"]
    if link["state"] in (State.HELD, State.ALIAS) and link["article_id"] is not None:
        return _held(db, seen, link), link["id"]
    states = {Outcome.DEFERRED: State.DEFERRED, Outcome.UNCHANGED: State.DEFERRED}
    state = states.get(seen.outcome, State.REJECTED)
    if state is State.DEFERRED and seen.retry_at is None:
        state = State.REJECTED  # without a time to come back it would never come back
    retry_at = seen.retry_at if state is State.DEFERRED else None
    ledger.settle(
        db, link, state, seen.reason, seen.at, detail=seen.detail, retry_at=retry_at, failed=state is State.DEFERRED
    )
    return Recorded(what=state.value), link["id"]


def completed(article: Article, hint: Link, kind: str | None) -> Article:
    """The article with its gaps filled from what its listing said; what the page itself says always wins.

    kind   of the listing: feed, sitemap or section, named in the evidence
    """
    where = kind or "listing"
    given = {
        "title": (article.title, hint.title, hint.title),
        "published": (article.published, hint.published, hint.published),
        "authors": (article.authors, hint.authors, ", ".join(hint.authors)),
        "language": (article.language, hint.language, hint.language),
    }
    filled = {name: said for name, (own, said, _) in given.items() if said and not own}
    evidence = {name: Evidence(where, raw or "") for name, (_, _, raw) in given.items() if name in filled}
    return replace(article, **filled, evidence={**article.evidence, **evidence})  # type: ignore[arg-type]


def precision(published: str | None) -> str | None:
    """How precise an ISO 8601 date is: year, month, day, minute or second.

    >>> precision("2017-11-27T08:15+07:00")
    'minute'
    """
    if not published:
        return None
    bare = re.sub(
        r"(?<=\d\d:\d\d)(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)$|Z$", lambda m: m[0][:3] if m[0][0] == ":" else "", published
    )
    return PRECISIONS.get(len(bare), "second")


def month(published: str | None) -> str | None:
    """Year and month of an ISO 8601 date; None when it does not tell them."""
    return published[:7] if published and len(published) >= 7 else None


def _held(db: Database, seen: Visit, link: sqlite3.Row) -> Recorded:
    """An address whose article is kept: whatever happens to the address, the article stays."""
    article, now = link["article_id"], stamp(seen.at)
    state = State(link["state"])
    row = db.execute("SELECT * FROM articles WHERE id = ?", (article,)).fetchone()
    if seen.outcome is Outcome.DEFERRED:
        ledger.settle(db, link, state, link["reason"], seen.at, detail=_told(seen), retry_at=seen.retry_at, failed=True)
        return Recorded(what="deferred", article=article)
    again = next_look(moment(row["first_seen_at"]), seen.at) if state is State.HELD else None
    if seen.outcome is Outcome.UNCHANGED:
        _returned(db, row, seen)
        db.execute("UPDATE articles SET last_seen_at = max(last_seen_at, ?) WHERE id = ?", (now, article))
        if state is State.HELD and _redirected(db, seen, link, row):
            return Recorded(what="unchanged", article=article)
        ledger.settle(db, link, state, "read", seen.at, retry_at=again)
        return Recorded(what="unchanged", article=article)
    ledger.settle(db, link, state, link["reason"], seen.at, detail=_told(seen), retry_at=again)
    if seen.outcome is not Outcome.GONE or state is not State.HELD:
        return Recorded(what="rejected", article=article)
    if row["withdrawn_at"] is None:
        db.execute("UPDATE articles SET withdrawn_at = ? WHERE id = ?", (now, article))
        _event(db, article, now, "withdrawn", _told(seen))
    return Recorded(what="withdrawn", article=article)


def _redirected(db: Database, seen: Visit, link: sqlite3.Row, row: sqlite3.Row) -> bool:
    """The same page, but another address gave it: the article has moved there, unless that one holds another."""
    if seen.answer is None or address_key(seen.answer.final_url) == link["key"]:
        return False
    home = ledger.ensure(db, seen.source, seen.answer.final_url, seen.at)
    if home["article_id"] not in (None, row["id"]):
        return False
    _remember(db, home, seen)
    _move(db, row, home, seen.at, "redirect")
    _settle_home(db, seen, link, home, row["id"], moment(row["first_seen_at"]))
    return True


def _read(db: Database, seen: Visit, article: Article, link: sqlite3.Row, capture: int | None) -> Recorded:
    found_in = db.execute("SELECT kind FROM listings WHERE id = ?", (link["found_in"],)).fetchone()
    article = completed(article, ledger.hint(link), found_in["kind"] if found_in else None)
    final_url = seen.answer.final_url if seen.answer else seen.url
    moved = address_key(final_url) != link["key"]
    home = ledger.ensure(db, seen.source, final_url, seen.at) if moved else link
    _remember(db, link, seen)
    match = _match(db, seen.source, article, link, home)
    if match is None:
        number, revision = _file(db, seen, article, final_url, capture)
        _settle_home(db, seen, link, home, number, seen.at)
        return Recorded(what="new", article=number, revision=revision)
    row = db.execute("SELECT * FROM articles WHERE id = ?", (match.article,)).fetchone()
    _returned(db, row, seen)
    db.execute("UPDATE articles SET last_seen_at = max(last_seen_at, ?) WHERE id = ?", (stamp(seen.at), match.article))
    if not match.speaks:
        for address in {link["id"]: link, home["id"]: home}.values():
            if address["article_id"] is None:
                ledger.settle(db, address, State.ALIAS, match.reason, seen.at, article=match.article, detail=row["url"])
        if link["article_id"] is not None:  # its turn is over, whatever it leads to
            again = next_look(moment(row["first_seen_at"]), seen.at) if link["state"] == State.HELD else None
            ledger.settle(
                db, link, State(link["state"]), link["reason"], seen.at, detail=link["detail"], retry_at=again
            )
        return Recorded(what="alias", article=match.article)
    if home["key"] != address_key(row["url"]):
        _move(db, row, home, seen.at, match.reason)
    _settle_home(db, seen, link, home, match.article, moment(row["first_seen_at"]))
    return _revise(db, seen, article, row, capture)


def _remember(db: Database, link: sqlite3.Row, seen: Visit) -> None:
    """The validators of what was read, to be shown at the next look; they go in with what they stand for."""
    if seen.answer is not None:
        db.execute(
            "UPDATE links SET etag = ?, last_modified = ?, digest = ? WHERE id = ?",
            (seen.answer.etag, seen.answer.last_modified, seen.answer.digest, link["id"]),
        )


def _match(db: Database, source: str, article: Article, link: sqlite3.Row, home: sqlite3.Row) -> Match | None:
    """The article that this page is, by the rules at the top."""
    if home["article_id"] is not None:
        # The article's old address leads to one that was taken for another copy of it: it has moved there.
        moved = link["id"] != home["id"] and link["article_id"] == home["article_id"] and link["state"] == State.HELD
        return Match(home["article_id"], "redirect" if moved else home["reason"], moved or home["state"] == State.HELD)
    if link["article_id"] is not None:
        return Match(link["article_id"], "redirect", link["state"] == State.HELD)
    same = _same_text(db, source, article)
    if same is not None:
        claim = db.execute("SELECT canonical_key FROM articles WHERE id = ?", (same,)).fetchone()[0]
        speaks = claim == home["key"]  # the copy that came first (an AMP page) said that this one is the original
        return Match(same, "canonical address" if speaks else "same text", speaks)
    claimed = address_key(article.canonical_url) if article.canonical_url else home["key"]
    if claimed != home["key"]:
        target = ledger.find(db, source, claimed)
        if target is not None and target["article_id"] and _agrees(db, target["article_id"], article.text):
            return Match(target["article_id"], "canonical address", False)
        return None
    # The other way round: a page read before (an AMP page, a teaser) claimed this address, so this one speaks for it.
    for row in db.execute(
        "SELECT id FROM articles WHERE canonical_key = ? AND source_id = ? ORDER BY id", (home["key"], source)
    ).fetchall():
        if _agrees(db, row["id"], article.text):
            return Match(row["id"], "canonical address", True)
    return None


def _same_text(db: Database, source: str, article: Article) -> int | None:
    form = normal(article.text)
    if not form:
        return None
    rows = db.execute(
        "SELECT revisions.article_id AS id, revisions.title AS title FROM revisions"
        " JOIN articles ON articles.id = revisions.article_id"
        " WHERE revisions.text_fingerprint = ? AND articles.source_id = ? ORDER BY revisions.article_id",
        (text_fingerprint(article.text), source),
    ).fetchall()
    title = normal(article.title or "")
    return next((row["id"] for row in rows if len(form) > TOO_SHORT or normal(row["title"] or "") == title), None)


def _agrees(db: Database, article: int, text: str) -> bool:
    row = db.execute(
        "SELECT texts.text FROM texts JOIN articles ON articles.revision_id = texts.revision_id WHERE articles.id = ?",
        (article,),
    ).fetchone()
    one, other = shingles(text), shingles(row["text"])
    smaller = min(len(one), len(other))
    return smaller > 0 and len(one & other) / smaller >= AGREES


def _settle_home(
    db: Database, seen: Visit, link: sqlite3.Row, home: sqlite3.Row, article: int, first_seen: datetime
) -> None:
    """The address that answered holds the article, the one asked for leads to it."""
    ledger.settle(db, home, State.HELD, "read", seen.at, article=article, retry_at=next_look(first_seen, seen.at))
    if link["id"] != home["id"] and link["article_id"] in (None, article):
        ledger.settle(db, link, State.ALIAS, "redirect", seen.at, article=article, detail=home["url"])


def _move(db: Database, row: sqlite3.Row, home: sqlite3.Row, at: datetime, why: str) -> None:
    old = ledger.find(db, row["source_id"], address_key(row["url"]))
    if old is not None and old["id"] != home["id"]:
        ledger.settle(db, old, State.ALIAS, why, at, article=row["id"], detail=home["url"])
    db.execute("UPDATE articles SET url = ? WHERE id = ?", (home["url"], row["id"]))
    _event(db, row["id"], stamp(at), "moved", f"from {row['url']} to {home['url']} ({why})")


def _returned(db: Database, row: sqlite3.Row, seen: Visit) -> None:
    if row["withdrawn_at"] is not None:
        db.execute("UPDATE articles SET withdrawn_at = NULL WHERE id = ?", (row["id"],))
        _event(db, row["id"], stamp(seen.at), "returned", f"gone since {row['withdrawn_at']}")


def _file(db: Database, seen: Visit, article: Article, url: str, capture: int | None) -> tuple[int, int]:
    now = stamp(seen.at)
    found = article.evidence.get("published")
    number = db.execute(
        "INSERT INTO articles (source_id, url, canonical_url, canonical_key, published, published_precision,"
        " published_from, month, kind, words, first_seen_at, last_seen_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?) RETURNING id",
        (
            seen.source,
            url,
            article.canonical_url,
            address_key(article.canonical_url) if article.canonical_url else None,
            article.published,
            precision(article.published),
            found.source if found else None,
            month(article.published),
            article.kind,
            now,
            now,
        ),
    ).fetchone()[0]
    return number, _add_revision(db, number, 1, None, seen, article, capture)


def _revise(db: Database, seen: Visit, article: Article, row: sqlite3.Row, capture: int | None) -> Recorded:
    """A changed title or text makes a revision; noise makes none. Gaps of the article are filled either way."""
    number = row["id"]
    if row["published"] is None and article.published:
        found = article.evidence.get("published")
        db.execute(
            "UPDATE articles SET published = ?, published_precision = ?, published_from = ?, month = ? WHERE id = ?",
            (
                article.published,
                precision(article.published),
                found.source if found else None,
                month(article.published),
                number,
            ),
        )
    last = db.execute(
        "SELECT revisions.*, texts.text AS text FROM revisions JOIN texts ON texts.revision_id = revisions.id"
        " WHERE revisions.id = ?",
        (row["revision_id"],),
    ).fetchone()
    article = replace(article, title=article.title or last["title"])
    if stamp(seen.at) < last["seen_at"]:
        return _earlier(db, seen, article, row, capture)
    same = fingerprint(article.title, article.text) == last["fingerprint"]
    weight = "noise" if same else grade(last["title"], last["text"], article.title, article.text)
    if weight == "noise":
        if article.modified:
            db.execute("UPDATE articles SET modified = ? WHERE id = ?", (article.modified, number))
        return Recorded(what="same", article=number, revision=last["id"])
    revision = _add_revision(db, number, row["revisions"] + 1, weight, seen, article, capture, last["text"])
    _event(db, number, stamp(seen.at), "revised", weight)
    return Recorded(what="revised", article=number, revision=revision)


def _earlier(db: Database, seen: Visit, article: Article, row: sqlite3.Row, capture: int | None) -> Recorded:
    """A page older than the latest revision (from a WARC file, the Wayback Machine): the article stays as it is.

    It becomes a revision unless its like is held. Revisions are numbered as they were filed, for their numbers are
    cited; `seen_at` tells their order in time.
    """
    later = db.execute(
        "SELECT revisions.id, revisions.title, texts.text FROM revisions JOIN texts ON texts.revision_id = revisions.id"
        " WHERE revisions.article_id = ? ORDER BY revisions.fingerprint = ? DESC, revisions.seen_at",
        (row["id"], fingerprint(article.title, article.text)),
    ).fetchone()
    now = stamp(seen.at)
    db.execute("UPDATE articles SET first_seen_at = min(first_seen_at, ?) WHERE id = ?", (now, row["id"]))
    if grade(article.title, article.text, later["title"], later["text"]) == "noise":
        return Recorded(what="same", article=row["id"], revision=later["id"])
    revision = _write_revision(db, row["id"], row["revisions"] + 1, None, seen, article, capture)
    db.execute("UPDATE articles SET revisions = revisions + 1 WHERE id = ?", (row["id"],))
    _event(db, row["id"], now, "revised", "an earlier state, found later")
    return Recorded(what="revised", article=row["id"], revision=revision)


def _write_revision(
    db: Database, number: int, count: int, weight: str | None, seen: Visit, article: Article, capture: int | None
) -> int:
    revision: int = db.execute(
        "INSERT INTO revisions (article_id, number, seen_at, title, fingerprint, text_fingerprint, weight,"
        " capture_id, extractor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            number,
            count,
            stamp(seen.at),
            article.title,
            fingerprint(article.title, article.text),
            text_fingerprint(article.text),
            weight,
            capture,
            seen.extractor,
        ),
    ).fetchone()[0]
    db.execute("INSERT INTO texts VALUES (?, ?)", (revision, article.text))
    db.conn.executemany(
        "INSERT INTO evidence VALUES (?, ?, ?, ?, ?)",
        (
            (
                revision,
                field,
                found.source,
                found.raw,
                json.dumps(found.others, ensure_ascii=False) if found.others else None,
            )
            for field, found in article.evidence.items()
        ),
    )
    return revision


def _add_revision(
    db: Database,
    number: int,
    count: int,
    weight: str | None,
    seen: Visit,
    article: Article,
    capture: int | None,
    before: str | None = None,
) -> int:
    """A revision that is from now on what the article says."""
    revision = _write_revision(db, number, count, weight, seen, article, capture)
    fulltext.remove(db, number)  # as it is until now
    byline = ", ".join(article.authors) or None
    free = None if article.free_to_read is None else int(article.free_to_read)
    # A later page that says less (no author, no section) takes nothing away.
    db.execute(
        "UPDATE articles SET title = ?, modified = coalesce(?, modified), language = coalesce(?, language),"
        " section = coalesce(?, section), byline = coalesce(?, byline), agency = coalesce(?, agency), kind = ?,"
        " free_to_read = coalesce(?, free_to_read), words = ?, revision_id = ?, revisions = ? WHERE id = ?",
        (
            article.title,
            article.modified,
            article.language,
            article.section,
            byline,
            article.agency,
            article.kind,
            free,
            words(article.text),
            revision,
            count,
            number,
        ),
    )
    _people_and_things(db, number, article)
    fulltext.add(db, number)
    clusters.place(db, number, article.text, before)
    return revision


def _people_and_things(db: Database, number: int, article: Article) -> None:
    if article.authors:
        _named(db, number, article.authors, "authors", "article_authors (article_id, author_id, position)", "?, ?, ?")
    if article.tags:
        _named(db, number, article.tags, "tags", "article_tags (article_id, tag_id)", "?, ?")
    if article.images:
        db.execute("DELETE FROM images WHERE article_id = ?", (number,))
        db.conn.executemany(
            "INSERT INTO images VALUES (?, ?, ?, ?, ?)",
            ((number, place, image.url, image.caption, image.credit) for place, image in enumerate(article.images, 1)),
        )


def _named(db: Database, number: int, names: Sequence[str], table: str, links: str, marks: str) -> None:
    db.execute(f"DELETE FROM {links.partition(' ')[0]} WHERE article_id = ?", (number,))
    for place, name in enumerate(dict.fromkeys(names), 1):
        db.execute(f"INSERT OR IGNORE INTO {table} (name) VALUES (?)", (name,))
        found = db.execute(f"SELECT id FROM {table} WHERE name = ?", (name,)).fetchone()[0]
        db.execute(f"INSERT INTO {links} VALUES ({marks})", (number, found, place)[: marks.count("?")])


def _event(db: Database, article: int, at: str, kind: str, detail: str) -> None:
    db.execute("INSERT INTO events (article_id, at, kind, detail) VALUES (?, ?, ?, ?)", (article, at, kind, detail))


def _told(seen: Visit) -> str:
    return f"{seen.reason}: {seen.detail}" if seen.detail else seen.reason
