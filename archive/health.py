"""Is every source still giving what it used to? Each is measured against its own past. Reads only.

A source is degraded when

    a listing has failed again and again
    nothing new came for far longer than is usual for it, though its listings answered
    its texts have become much shorter, or a field that was nearly always found is mostly missing (a changed template)
    most of its pages are refused or unreadable, which was not so before
    a feed lost items between two answers: it is asked too rarely
    a page or listing met a bug of ours
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median, quantiles
from typing import Any

from sqlite_utils import Database

from archive.database import moment, stamp

REPEATEDLY = 3  # failures in a row: one or two are the web
RECENT, PAST = 20, 200  # articles compared: enough to be no accident, few enough to notice within days
ENOUGH = 30  # articles of the past that make a rhythm and a usual length
SHRUNK = 0.4  # of the usual median length
USUAL, MISSING = 0.8, 0.3  # a field found this often before, and now
SILENCE = 3  # times the gap that 19 of 20 gaps are shorter than
SHORTEST_SILENCE = timedelta(days=2)  # a weekend is no breakdown
REFUSED, REFUSED_BEFORE = 0.6, 0.3  # share of the pages that gave no article, now and before
NEWS = timedelta(days=7)  # how long a loss or a bug is told
FIELDS = ("title", "published", "byline")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A listing that does not answer; `since` its first failure."""

    url: str
    reason: str
    since: str
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How one source fares.

    states        ledger: state -> addresses
    reasons       ledger: state -> reason -> addresses
    last_success  last time that a listing or a page answered
    last_new      last time that an article was filed
    why           one line for each thing that is wrong; empty when the source is well
    evidence      the numbers behind it
    """

    source: str
    name: str | None
    configured: bool
    articles: int
    states: Mapping[str, int]
    reasons: Mapping[str, Mapping[str, int]]
    last_success: str | None
    last_new: str | None
    failing: tuple[Failing, ...]
    why: tuple[str, ...]
    evidence: Mapping[str, float]

    @property
    def degraded(self) -> bool:
        """Something needs a look."""
        return bool(self.why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What the articles of one time look like: the median length, and the share of them that has each field."""

    articles: int
    words: float
    fields: Mapping[str, float]


def check(db: Database, now: datetime) -> list[Health]:
    """Every source, by its id. Sources that config.yaml no longer names are told, too, but never degraded."""
    return [
        _source(db, row["id"], row["name"], bool(row["configured"]), now)
        for row in db.execute("SELECT * FROM sources ORDER BY id").fetchall()
    ]


def silence(arrivals: Sequence[datetime], until: datetime) -> tuple[timedelta, timedelta] | None:
    """How long nothing new came, and the longest gap that is usual; None when too little is known.

    arrivals   when articles were first seen, ascending
    until      the last time that the source answered: while nobody asks, nobody can be silent
    """
    moments = sorted(set(arrivals))
    if len(arrivals) < ENOUGH or len(moments) < 5:
        return None
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]
    usual = timedelta(seconds=quantiles(gaps, n=20, method="inclusive")[-1] * SILENCE)
    return until - moments[-1], max(usual, SHORTEST_SILENCE)


def collapse(past: Sample, recent: Sample) -> list[str]:
    """What the recent articles lack that the past ones had."""
    if past.articles < ENOUGH or recent.articles < RECENT:
        return []
    found = []
    if recent.words < past.words * SHRUNK:
        found.append(f"texts have become short: median {recent.words:.0f} words, it was {past.words:.0f}")
    return found + [
        f"{field} is found in {recent.fields[field]:.0%} of the last {recent.articles} articles,"
        f" it was in {past.fields[field]:.0%}"
        for field in FIELDS
        if past.fields[field] >= USUAL and recent.fields[field] <= MISSING
    ]


def _source(db: Database, source: str, name: str | None, configured: bool, now: datetime) -> Health:
    reasons: dict[str, dict[str, int]] = {}
    for state, reason, count in db.execute(
        "SELECT state, reason, count(*) FROM links WHERE source_id = ? GROUP BY state, reason ORDER BY 1, 3 DESC, 2",
        (source,),
    ):
        reasons.setdefault(state, {})[reason] = count
    failing = tuple(
        Failing(url=row["url"], reason=row["reason"], since=row["failing_since"], failures=row["failures"])
        for row in db.execute(
            "SELECT * FROM listings WHERE source_id = ? AND failures > 0 AND configured ORDER BY failing_since",
            (source,),
        )
    )
    evidence: dict[str, float] = {}
    why: list[str] = []
    if configured:
        why += [
            f"{one.url} has failed {one.failures} times since {one.since}: {one.reason}"
            for one in failing
            if one.failures >= REPEATEDLY
        ]
        why += _never(db, source)
        why += _quiet(db, source, evidence)
        why += _changed(db, source, evidence)
        why += _refused(db, source, evidence)
        why += _lost(db, source, now, evidence)
        why += _bugs(db, source, now, evidence)
    return Health(
        source=source,
        name=name,
        configured=configured,
        articles=_one(db, "SELECT count(*) FROM articles WHERE source_id = ?", source),
        states={state: sum(counts.values()) for state, counts in reasons.items()},
        reasons=reasons,
        last_success=_one(
            db,
            # Not max(at): from the end of the index the first row that fits is the answer, in an archive of any age.
            "SELECT at FROM visits WHERE source_id = ? AND outcome IN ('listed', 'unchanged', 'read')"
            " ORDER BY at DESC LIMIT 1",
            source,
        ),
        last_new=_one(db, "SELECT max(first_seen_at) FROM articles WHERE source_id = ?", source),
        failing=failing,
        why=tuple(why),
        evidence=evidence,
    )


def _never(db: Database, source: str) -> list[str]:
    """A source that was asked and has not given a single answer: most often its address is wrong."""
    asked, answered, reason = db.execute(
        "SELECT count(asked_at), count(answered_at), max(reason) FROM listings WHERE source_id = ? AND configured",
        (source,),
    ).fetchone()
    return [f"it has never answered: {reason}"] if asked and not answered else []


def _quiet(db: Database, source: str, evidence: dict[str, float]) -> list[str]:
    answered = _one(db, "SELECT max(answered_at) FROM listings WHERE source_id = ?", source)
    arrivals = [
        moment(row[0])
        for row in db.execute(
            "SELECT first_seen_at FROM articles WHERE source_id = ? ORDER BY first_seen_at DESC LIMIT ?", (source, PAST)
        )
    ]
    measured = silence(arrivals, moment(answered)) if answered else None
    if measured is None:
        return []
    quiet, usual = measured
    evidence["hours without anything new"] = round(quiet / timedelta(hours=1), 1)
    evidence["usual hours at most"] = round(usual / timedelta(hours=1), 1)
    if quiet <= usual:
        return []
    return [f"nothing new for {_long(quiet)}, though its listings answer; usual is less than {_long(usual)}"]


def _changed(db: Database, source: str, evidence: dict[str, float]) -> list[str]:
    rows = db.execute(
        "SELECT words, title, published, byline FROM articles WHERE source_id = ? AND kind = 'article'"
        " ORDER BY first_seen_at DESC, id DESC LIMIT ?",
        (source, RECENT + PAST),
    ).fetchall()
    recent, past = _sample(rows[:RECENT]), _sample(rows[RECENT:])
    if past.articles >= ENOUGH:
        evidence["median words"], evidence["usual median words"] = recent.words, past.words
        for field in FIELDS:
            evidence[f"share with {field}"] = round(recent.fields[field], 2)
            evidence[f"usual share with {field}"] = round(past.fields[field], 2)
    return collapse(past, recent)


def _sample(rows: Sequence[Mapping[str, object]]) -> Sample:
    return Sample(
        articles=len(rows),
        words=median(int(str(row["words"])) for row in rows) if rows else 0.0,
        fields={field: sum(bool(row[field]) for row in rows) / max(1, len(rows)) for field in FIELDS},
    )


def _refused(db: Database, source: str, evidence: dict[str, float]) -> list[str]:
    rows = db.execute(
        "SELECT outcome, reason FROM visits WHERE source_id = ? AND link_id IS NOT NULL"
        " ORDER BY at DESC, id DESC LIMIT ?",
        (source, RECENT + PAST),
    ).fetchall()
    bad = [row["outcome"] in ("rejected", "deferred", "gone") for row in rows]
    now, before = bad[:RECENT], bad[RECENT:]
    if len(now) < RECENT:
        return []
    share = sum(now) / len(now)
    evidence["share of pages without an article"] = round(share, 2)
    if share < REFUSED or (len(before) >= ENOUGH and sum(before) / len(before) > REFUSED_BEFORE):
        return []
    reasons = [row["reason"] for row in rows[:RECENT] if row["outcome"] in ("rejected", "deferred", "gone")]
    most = max(sorted(set(reasons)), key=reasons.count)
    return [f"{sum(now)} of the last {len(now)} pages gave no article, mostly: {most}"]


def _lost(db: Database, source: str, now: datetime, evidence: dict[str, float]) -> list[str]:
    found = db.execute(
        "SELECT url, missed, missed_at FROM listings WHERE source_id = ? AND missed_at >= ? AND configured ORDER BY id",
        (source, stamp(now - NEWS)),
    ).fetchall()
    if found:
        evidence["items missed"] = sum(row["missed"] for row in found)
    return [
        f"{row['url']} shared no item with the answer before (last on {row['missed_at']}): about {row['missed']} missed"
        " so far; crawl more often or add a sitemap"
        for row in found
    ]


def _bugs(db: Database, source: str, now: datetime, evidence: dict[str, float]) -> list[str]:
    bugs = db.execute(
        "SELECT count(*), max(url) FROM visits WHERE source_id = ? AND at >= ? AND reason = 'internal error'",
        (source, stamp(now - NEWS)),
    ).fetchone()
    if not bugs[0]:
        return []
    evidence["internal errors"] = bugs[0]
    return [f"{bugs[0]} internal errors in {NEWS.days} days, for example at {bugs[1]}; see the log"]


def _one(db: Database, query: str, source: str) -> Any:
    row = db.execute(query, (source,)).fetchone()
    return row[0] if row else None


def _long(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    return f"{hours:.0f} hours" if hours < 72 else f"{hours / 24:.0f} days"
