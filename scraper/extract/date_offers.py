"""One statement about the dates of a page, and how two statements of one date make it more precise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone

from scraper.extract.timestamps import moment

SHOWN = frozenset({"line", "time"})
"""Sources that stand near the headline for readers."""
_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)  # the offsets that the world has
_HOUR = timedelta(hours=1)
_BROKEN = {
    timedelta(minutes=minutes) for minutes in (-210, -150, 210, 270, 330, 345, 390, 570, 630)
}  # St John's, Tehran
_OFFSET = re.compile(r"T\d\d:\d\d:\d\d(?:\.\d+)?([+-])(\d\d):?([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Offer:
    """A date that a page states: where, as it is written, and in ISO 8601; `change` when it is that of an update."""

    source: str
    raw: str
    value: str
    change: bool = False

    @property
    def day(self) -> str:
        """The day, or the month where no day is stated."""
        return self.value[:10]


def precise(offers: Sequence[Offer]) -> Offer | None:
    """The first offer, or a later one that says the same day with a clock, or the same moment with its own offset."""
    if not offers:
        return None
    best = offers[0]
    for offer in offers[1:]:
        if _refines(offer.value, best.value):
            best = offer
    return best


def _refines(new: str, old: str) -> bool:
    if len(new) <= 10:
        return len(new) > len(old) and new.startswith(old)
    if len(old) <= 10:
        return new.startswith(old)
    if old[11:16] == "00:00" and new[11:16] != "00:00":
        return new[:10] == old[:10]
    if not zoned(new):
        return False
    if not zoned(old):
        return new[:16] == old[:16]
    return old.endswith("+00:00") and not new.endswith("+00:00") and moment(new) == moment(old)


def zoned(value: str) -> bool:
    """Does the value name an offset?"""
    return value[-6:-5] in {"+", "-"} and len(value) > 16


def reaches(value: str, day: str) -> bool:
    """May a moment that is stated in UTC, or without an offset, be of that day where the paper is?"""
    if len(value) <= 10 or len(day) < 10 or (zoned(value) and not value.endswith("+00:00")):
        return value[:10] == day
    at = moment(value)
    return (at + _WEST).date() <= date.fromisoformat(day) <= (at + _EAST).date()


def local(offer: Offer, known: Sequence[Offer], changed: Sequence[Offer], page: str) -> Offer:
    """A moment in UTC as its paper prints it: with the offset that puts it on the day that `known` offers have for it.

    The offset is the one that times on the page have, or the difference to the printed clock, unless that is the clock
    of an update; else nothing changes.
    """
    if not (len(offer.value) > 16 and offer.value.endswith("+00:00")):
        return offer
    at = moment(offer.value)
    for other in known:
        if len(other.day) < 10 or other.day == offer.day or not reaches(offer.value, other.day):
            continue
        offsets = {_offset(match) for match in _OFFSET.finditer(page)}
        updated = any(other.value[:16] == change.value[:16] for change in changed)
        if len(other.value) > 10 and not zoned(other.value) and not updated:
            offsets.add(moment(other.value[:16]) - moment(offer.value[:16]))
        fitting = [offset for offset in offsets if _is_zone(offset) and _day_at(at, offset) == other.day]
        if len(fitting) == 1:
            return replace(offer, value=at.astimezone(timezone(fitting[0])).isoformat())
    return offer


def _is_zone(offset: timedelta) -> bool:
    return not offset % _HOUR or offset in _BROKEN


def _day_at(at: datetime, offset: timedelta) -> str:
    return (at + offset).date().isoformat() if _WEST <= offset <= _EAST else ""


def _offset(match: re.Match[str]) -> timedelta:
    return (1 if match[1] == "+" else -1) * timedelta(hours=int(match[2]), minutes=int(match[3]))
