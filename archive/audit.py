"""What a newspaper itself lists against what is held. Read-only: the ledger knows every address ever listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlite_utils import Database

from archive.records import State
from archive.search import date_bound

DateIn = Callable[[str], str | None]
"""Reads the date in an address: ISO 8601, or None."""

# Why an article may rightly be missing: the newspaper, the configuration or a person wants it so, or there is none.
# Everything else that is missing needs a look.
EXPLAINED = frozenset(
    {
        "gone",
        "robots.txt",
        "opted out",
        "not an article",
        "soft 404",
        "redirected to front page",
        "wrong type",
        "no capture",
        "refused address",
        "malformed address",
    }
)
UNDATED = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A listed address whose article is not held.

    day       ISO 8601 date, day or month, of its publication as far as known; "" when unknown
    listing   the first listing that named it
    """

    url: str
    day: str
    title: str | None
    state: str
    reason: str
    detail: str | None
    attempts: int
    state_at: str
    retry_at: str | None
    listing: str

    @property
    def needs_a_look(self) -> bool:
        """Nobody wants it to be missing."""
        return self.reason not in EXPLAINED


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Listed addresses of one day, or of all.

    held       their article is in the archive, perhaps by another address
    excluded   left alone by the configuration or a backfill's range; not part of the percentage
    """

    listed: int
    held: int
    excluded: int

    @property
    def missing(self) -> int:
        """Neither held nor left alone."""
        return self.listed - self.held - self.excluded

    @property
    def percent(self) -> float | None:
        """How much of what is wanted is held, rounded down to a tenth: 100 is all. None when nothing is wanted."""
        wanted = self.listed - self.excluded
        return int(1000 * self.held / wanted) / 10 if wanted else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """One newspaper: all in all, each day (the latest first), and what is missing in the order of the days."""

    source: str
    whole: Count
    days: Mapping[str, Count]
    missing: tuple[Missing, ...]

    @property
    def needs_a_look(self) -> bool:
        """Something is missing that nobody wants to be missing."""
        return any(one.needs_a_look for one in self.missing)


def audit(
    db: Database, source: str, *, from_: str | None = None, to: str | None = None, date_in: DateIn | None = None
) -> Audit:
    """Compare what the listings of a source named with what is held.

    from_, to   dates like "2017", "2017-11" or "2017-11-27", both included; addresses without a date are left out then

    The day of an address is the article's date of publication, else what its listing says, else the date that
    `date_in` reads in the address, else the last change that a sitemap states.
    """
    from_, to = (date_bound(bound) if bound else None for bound in (from_, to))
    counts: Counter[tuple[str, str]] = Counter()
    missing = []
    for row in db.execute(
        "SELECT links.*, articles.published AS of_article, listings.url AS listing FROM links"
        " JOIN listings ON listings.id = links.found_in LEFT JOIN articles ON articles.id = links.article_id"
        " WHERE links.source_id = ? ORDER BY links.id",
        (source,),
    ):
        stated = row["of_article"] or row["published"] or (date_in(row["url"]) if date_in else None) or row["modified"]
        day = (stated or UNDATED)[:10]
        if not _within(day, from_, to):
            continue
        kind = {State.HELD: "held", State.ALIAS: "held", State.EXCLUDED: "excluded"}.get(row["state"], "missing")
        counts[day, kind] += 1
        if kind == "missing":
            missing.append(
                Missing(
                    url=row["url"],
                    day=day,
                    title=row["title"],
                    state=row["state"],
                    reason="not fetched yet" if row["state"] == State.WANTED else row["reason"],
                    detail=row["detail"],
                    attempts=row["attempts"],
                    state_at=row["state_at"],
                    retry_at=row["retry_at"],
                    listing=row["listing"],
                )
            )
    days = sorted({day for day, _ in counts}, reverse=True)
    return Audit(
        source=source,
        whole=_count(counts, days),
        days={day: _count(counts, [day]) for day in days},
        missing=tuple(sorted(missing, key=lambda one: one.day, reverse=True)),
    )


def held_keys(db: Database, source: str) -> frozenset[str]:
    """The keys (`archive.identity`) of all addresses of a source whose article is held."""
    rows = db.execute("SELECT key FROM links WHERE source_id = ? AND state IN ('held', 'alias')", (source,))
    return frozenset(row[0] for row in rows)


def sources(db: Database) -> list[str]:
    """The ids of all newspapers."""
    return [row[0] for row in db.execute("SELECT id FROM sources ORDER BY id")]


def _within(day: str, from_: str | None, to: str | None) -> bool:
    """Can this day, or a day of this month or year, lie between the two?"""
    if from_ is None and to is None:
        return True
    if not day:
        return False
    after = from_ is None or day >= from_[: len(day)]
    return after and (to is None or day[: len(to)] <= to[: len(day)])


def _count(counts: Mapping[tuple[str, str], int], days: list[str]) -> Count:
    held, excluded, missing = (
        sum(counts.get((day, kind), 0) for day in days) for kind in ("held", "excluded", "missing")
    )
    return Count(listed=held + excluded + missing, held=held, excluded=excluded)
