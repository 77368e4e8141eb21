"""How often a listing is asked and an article is looked at again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

SHORTEST = 600  # seconds: ten minutes, politeness to a feed
LONGEST = 86_400  # a day: nothing that has ever listed articles is asked more rarely while it answers
START = 3_600  # an hour, before anything is known
RARELY = 7 * 86_400  # a listing that fails is still asked once a week
SHARE = 0.25  # of a listing that may be new at one look: far from losing items, even if a paper doubles its pace
STRETCH = 1.5  # longer by this when nothing was new
REVISITS = (timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=30))


def next_interval(interval: int, *, elapsed: float | None, items: int, fresh: int, missed: bool = False) -> int:
    """Seconds until a listing that answered is asked again.

    interval   as learned so far, 0 at first
    elapsed    seconds since the answer before; None at the first
    """
    interval = interval or START
    if elapsed is None:
        return interval
    if missed:
        target = interval / 4
    elif not fresh or not items:
        target = interval * STRETCH
    else:
        target = max(elapsed, 1.0) * SHARE * items / fresh
        target = min(max(target, interval / 2), interval * 2)  # one odd look does not upset the rhythm
    return round(min(max(target, SHORTEST), LONGEST))


def after_failure(interval: int, failures: int) -> int:
    """Seconds until a listing that failed `failures` times in a row is asked again: rarer and rarer, never dropped."""
    return int(min(max(interval, SHORTEST) * 2 ** min(failures, 12), RARELY))


def next_look(first_seen: datetime, now: datetime) -> datetime | None:
    """When an article is looked at again: 1 hour, 1 day, 7 and 30 days after it was first seen; then no more."""
    return next((first_seen + step for step in REVISITS if first_seen + step > now), None)


def estimate_missed(before: datetime | None, dates: Sequence[datetime]) -> int:
    """How many items a feed lost between two answers that share none: the gap at the present pace, at least 1.

    before   the answer before
    dates    publication of the present items
    """
    if before is None or len(dates) < 2:
        return 1
    oldest, newest = min(dates), max(dates)
    span = (newest - oldest).total_seconds()
    gap = (oldest - before).total_seconds()
    return max(1, round(gap * (len(dates) - 1) / span)) if span > 0 else 1
