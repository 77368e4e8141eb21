"""The same story in several newspapers: found by MinHash bands, verified by the true overlap, explained.

An article's signature (64 MinHash values over its shingles) is cut into 32 bands of 2. Articles that share a band are
candidates: at a Jaccard similarity of 0.5 they are found 9,999 times in 10,000, at 0.3 still 95 in 100
(1 - (1 - s**2)**32; Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, 3.4).
Bands are cheap and generous: in a large archive an article shares one with hundreds of strangers. The lowest byte of
each MinHash value is kept, too (Li, Koenig: b-Bit Minwise Hashing, 2010): how many of the 64 are equal tells strangers
from relations without reading them. What decides is the true overlap of the two sets of shingles. So filing an article
costs one indexed look-up, bounded however common a band is, and the reading of few texts.
"""

from __future__ import annotations

import hashlib
import json
import operator
import re
import struct
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlite_utils import Database

from archive.identity import PERMUTATIONS, normal, shingles, signature

ROWS = 2  # MinHash values in a band
SIMILAR = 0.35  # Jaccard similarity from which two texts are the same story
CONTAINED = 0.5  # or this share of the shorter one lies in the longer one
FIGURES = 5  # different figures in both texts, from which it counts which they are ...
SAME_FIGURES = 0.4  # ... the story is another one when less of them is in common
FIGURE = re.compile(r"\d+")
SHORTEST = 20  # shingles: shorter texts share too much by chance (a forecast, a result, "more follows")
NEWEST = 200  # articles that are taken from one band at most, newest first: a common one (boilerplate) tells little
SKETCHED = 500  # of these, articles whose sketches are compared at most: those in most bands, newest first
AKIN = 6  # equal bytes of two sketches from which the texts are compared; two are equal in any that share a band
CANDIDATES = 20  # texts read and compared at most; with more copies than that, any of them links to the cluster
_THESE = "(SELECT value FROM json_each(?))"  # numbers as JSON: a list of any length


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How much two sets of shingles share: of both together, and of the smaller one. 0 to 1."""

    similarity: float
    containment: float

    @property
    def same_story(self) -> bool:
        """Enough for one story told twice."""
        return self.similarity >= SIMILAR or self.containment >= CONTAINED


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An article of a cluster; `similarity` and `containment` are its best match in it."""

    article: int
    source: str
    url: str
    title: str | None
    published: str | None
    agency: str | None
    similarity: float
    containment: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The same story in several newspapers; members in the order of their publication."""

    id: int
    first: int
    agency: str | None
    members: tuple[Member, ...]


def overlap(one: frozenset[str], other: frozenset[str]) -> Overlap:
    """The true overlap of two sets of shingles; nothing of what is too short to compare."""
    if min(len(one), len(other)) < SHORTEST:
        return Overlap(similarity=0.0, containment=0.0)
    shared = len(one & other)
    return Overlap(similarity=shared / (len(one) + len(other) - shared), containment=shared / min(len(one), len(other)))


def same_story(one: str, other: str) -> Overlap | None:
    """How two texts overlap when they are one story; None when they are not."""
    found = overlap(shingles(one), shingles(other))
    return found if found.same_story and not _other_figures(one, other) else None


def _other_figures(one: str, other: str) -> bool:
    """Results, prices or the weather of another day: the same words, and hardly a figure in common."""
    a, b = set(FIGURE.findall(normal(one))), set(FIGURE.findall(normal(other)))
    return min(len(a), len(b)) >= FIGURES and len(a & b) < SAME_FIGURES * min(len(a), len(b))


def akin(one: bytes, other: bytes) -> bool:
    """Do two sketches agree enough to compare the texts?"""
    return _equal(one, other) >= AKIN


def bands(sketch: tuple[int, ...]) -> list[int]:
    """The bands of a signature as signed 64-bit numbers; the place of a band is part of its number."""
    return [
        int.from_bytes(
            hashlib.blake2b(
                struct.pack(f"<B{ROWS}I", place, *sketch[place * ROWS : (place + 1) * ROWS]), digest_size=8
            ).digest(),
            "little",
            signed=True,
        )
        for place in range(PERMUTATIONS // ROWS)
    ]


def place(db: Database, article_id: int, text: str, before: str | None = None) -> None:
    """Find the article's near duplicates at other newspapers by its present text; settle the clusters it touches.

    before   the text it had when it was placed last; its bands are worked out anew, since the table has no way back
    """
    touched = {article_id}
    if before is not None:
        touched |= _component(db, article_id)
        db.execute("DELETE FROM pairs WHERE article_id = :id OR other_id = :id", {"id": article_id})
        old = _bands(shingles(before))
        db.conn.executemany("DELETE FROM bands WHERE band = ? AND article_id = ?", ((one, article_id) for one in old))
    pieces = shingles(text)
    values = signature(pieces) if len(pieces) >= SHORTEST else ()
    numbers, own = bands(values) if values else [], sketch(values)
    for candidate in candidates(db, article_id, numbers, own):
        found = same_story(text, _text(db, candidate))
        if found is not None:
            low, high = sorted((article_id, candidate))
            db.execute("INSERT INTO pairs VALUES (?, ?, ?, ?)", (low, high, found.similarity, found.containment))
            touched.add(candidate)
    # Some may be there: of a text that was altered behind the archive's back, the bands of `before` were others.
    db.conn.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", ((number, article_id) for number in numbers))
    db.execute("INSERT OR REPLACE INTO sketches VALUES (?, ?)", (article_id, own))
    if before is not None:
        settle(db, touched)
    elif len(touched) > 1:
        unite(db, touched)


def candidates(db: Database, article_id: int, numbers: list[int], own: bytes) -> list[int]:
    """Articles of other newspapers that may tell the same story, likeliest first: `CANDIDATES` at most.

    numbers, own   the bands and the sketch of the article's text
    """
    if not numbers:
        return []
    one = (
        f"SELECT article_id FROM (SELECT article_id FROM bands WHERE band = ? ORDER BY article_id DESC LIMIT {NEWEST})"
    )
    shared = Counter(row[0] for row in db.execute(" UNION ALL ".join([one] * len(numbers)), numbers))
    shared.pop(article_id, None)
    nearest = sorted(shared, key=lambda number: (-shared[number], -number))[:SKETCHED]
    rows = db.execute(
        "SELECT articles.id, sketches.sketch FROM json_each(?) AS near JOIN articles ON articles.id = near.value"
        " LEFT JOIN sketches ON sketches.article_id = articles.id"
        " WHERE articles.source_id != (SELECT source_id FROM articles WHERE id = ?)",
        (json.dumps(nearest), article_id),
    )
    # What was filed before there were sketches is taken for as near as its bands say.
    alike = {row[0]: _equal(own, row[1]) if row[1] else AKIN + shared[row[0]] for row in rows}
    return sorted((n for n in alike if alike[n] >= AKIN), key=lambda n: (-alike[n], -n))[:CANDIDATES]


def sketch(values: tuple[int, ...]) -> bytes:
    """The lowest byte of each value of a signature."""
    return bytes(value & 0xFF for value in values)


def _equal(one: bytes, other: bytes) -> int:
    return sum(map(operator.eq, one, other))


def _bands(pieces: frozenset[str]) -> list[int]:
    return bands(signature(pieces)) if len(pieces) >= SHORTEST else []


def _text(db: Database, article_id: int) -> str:
    row = db.execute("SELECT text FROM texts JOIN articles USING (revision_id) WHERE id = ?", (article_id,)).fetchone()
    return str(row[0])


def settle(db: Database, article_ids: Iterable[int]) -> None:
    """Work out anew, from the pairs, the clusters that these articles are in."""
    left = set(article_ids)
    components = []
    while left:
        components.append(_component(db, left.pop()))
        left -= components[-1]
    # Old clusters go first: when one falls apart, a part may take over its number.
    everyone = json.dumps(sorted(set().union(*components)))
    db.execute(f"DELETE FROM clusters WHERE id IN (SELECT cluster_id FROM articles WHERE id IN {_THESE})", (everyone,))
    db.execute(f"UPDATE articles SET cluster_id = NULL WHERE id IN {_THESE}", (everyone,))
    for members in components:
        if len(members) > 1:
            unite(db, members)


def unite(db: Database, article_ids: Iterable[int]) -> None:
    """Make one cluster of these articles and of the clusters that they are in.

    Pairs that are new bring together and part nothing: no need to walk along all pairs of a large cluster.
    """
    these = json.dumps(sorted(article_ids))
    old = [
        row[0]
        for row in db.execute(
            f"SELECT DISTINCT cluster_id FROM articles WHERE id IN {_THESE} AND cluster_id IS NOT NULL", (these,)
        )
    ]
    number = min(*json.loads(these), *old)
    rows = db.execute(
        f"SELECT id, published, first_seen_at FROM articles WHERE id IN {_THESE}"
        f" OR id IN (SELECT first_id FROM clusters WHERE id IN {_THESE})",
        (these, json.dumps(old)),
    ).fetchall()
    first = min(rows, key=lambda row: _order(row["published"], row["first_seen_at"], row["id"]))
    db.execute(f"DELETE FROM clusters WHERE id IN {_THESE}", (json.dumps(old),))
    db.execute(f"UPDATE articles SET cluster_id = ? WHERE id IN {_THESE}", (number, these))
    for other in old:
        if other != number:
            db.execute("UPDATE articles SET cluster_id = ? WHERE cluster_id = ?", (number, other))
    db.execute(
        "INSERT INTO clusters (id, first_id, articles, sources, agency)"
        " SELECT :number, :first, count(*), count(DISTINCT source_id), (SELECT agency FROM articles"
        "  WHERE cluster_id = :number AND agency > '' GROUP BY agency ORDER BY count(*) DESC, agency LIMIT 1)"
        " FROM articles WHERE cluster_id = :number",
        {"number": number, "first": first["id"]},
    )


def cluster_of(db: Database, article_id: int) -> Cluster | None:
    """The cluster of an article; None when it stands alone."""
    head = db.execute(
        "SELECT clusters.* FROM clusters JOIN articles ON articles.cluster_id = clusters.id WHERE articles.id = ?",
        (article_id,),
    ).fetchone()
    if head is None:
        return None
    rows = db.execute(
        "SELECT id, source_id, url, title, published, first_seen_at, agency,"
        " (SELECT max(similarity) FROM (SELECT similarity FROM pairs WHERE article_id = articles.id"
        "  UNION ALL SELECT similarity FROM pairs WHERE other_id = articles.id)) AS similarity,"
        " (SELECT max(containment) FROM (SELECT containment FROM pairs WHERE article_id = articles.id"
        "  UNION ALL SELECT containment FROM pairs WHERE other_id = articles.id)) AS containment"
        " FROM articles WHERE cluster_id = ?",
        (head["id"],),
    ).fetchall()
    members = tuple(
        Member(
            article=row["id"],
            source=row["source_id"],
            url=row["url"],
            title=row["title"],
            published=row["published"],
            agency=row["agency"],
            similarity=row["similarity"],
            containment=row["containment"],
        )
        for row in sorted(rows, key=lambda row: _order(row["published"], row["first_seen_at"], row["id"]))
    )
    return Cluster(id=head["id"], first=head["first_id"], agency=head["agency"], members=members)


def _component(db: Database, article_id: int) -> set[int]:
    """All articles that pairs connect with this one, itself included."""
    return {
        row[0]
        for row in db.execute(
            "WITH RECURSIVE reached (id) AS (SELECT ? UNION"
            " SELECT pairs.other_id FROM pairs JOIN reached ON pairs.article_id = reached.id UNION"
            " SELECT pairs.article_id FROM pairs JOIN reached ON pairs.other_id = reached.id) SELECT id FROM reached",
            (article_id,),
        )
    }


def _order(published: str | None, first_seen: str, number: int) -> tuple[datetime, str, int]:
    """Who was first: a date alone counts as the end of its day, an unknown one as when the article was seen."""
    seen = datetime.fromisoformat(first_seen)
    date = seen
    if published and len(published) >= 10:
        try:
            date = datetime.fromisoformat(published)
        except ValueError:
            date = seen
        else:
            if len(published) == 10:
                date = date.replace(hour=23, minute=59, second=59)
            date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return date, first_seen, number
