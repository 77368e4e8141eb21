"""Lengths of time as people write them."""

from __future__ import annotations

import math
import re

_PARTS = re.compile(
    r"(?:(?P<d>\d+(?:\.\d+)?)d)?(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m)?(?:(?P<s>\d+(?:\.\d+)?)s?)?",
    re.ASCII,
)
_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


def duration(value: str | float) -> float:
    """Seconds of "20m", "1h30m", "90s", "2d", "90" or 90; raises ValueError with what to write instead."""
    text = re.sub(r"\s+", "", str(value)).lower()
    if (found := _PARTS.fullmatch(text)) and text:
        seconds = sum(float(number) * _SECONDS[unit] for unit, number in found.groupdict().items() if number)
        if math.isfinite(seconds):
            return seconds
    if text.startswith("-"):
        raise ValueError(f'must not be negative, got "{value}" - write 90, 90s, 20m, 1h30m or 2d')
    raise ValueError(f'must be a length of time, got "{value}" - write 90, 90s, 20m, 1h30m or 2d')
