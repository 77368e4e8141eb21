"""Articles over time as stacked columns, worked out for a template to draw. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SERIES = 6  # colours that can be told apart; the other newspapers share one more
LONGEST = 180  # columns: more than that are counted by year
WIDEST = 8.0  # per cent of the chart: two columns are not two walls
OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a column: which series, how many articles, and its place from the top, in per cent of the chart."""

    series: int
    articles: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One month or year."""

    period: str
    articles: int
    x: float
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """series   (name, articles), the largest first
    columns   every period from the first to the last, also the empty ones
    width     of a column, in per cent of the chart
    most      articles of the tallest column
    unit      "month" or "year"
    unknown   articles without a month
    """

    series: tuple[tuple[str, int], ...]
    columns: tuple[Column, ...]
    width: float
    most: int
    unit: str
    unknown: int


def chart(counts: Iterable[tuple[str | None, str, int]], names: Mapping[str, str]) -> Chart | None:
    """From (month, source id, articles); None when no article has a month."""
    dated: dict[str, Counter[str]] = {}
    unknown = 0
    for month, source, articles in counts:
        if month and articles:
            dated.setdefault(month, Counter())[source] += articles
        else:
            unknown += articles
    if not dated:
        return None
    unit, digits = "month", 7
    periods = _months(min(dated), max(dated))
    if len(periods) > LONGEST:
        unit, digits = "year", 4
        periods = [f"{year:04}" for year in range(int(min(dated)[:4]), int(max(dated)[:4]) + 1)]
    totals = sum(dated.values(), Counter[str]())
    ranked = [source for source, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))]
    place = {source: min(rank, SERIES) for rank, source in enumerate(ranked)}
    columns: dict[str, Counter[int]] = {period: Counter() for period in periods}
    for month, found in dated.items():
        for source, articles in found.items():
            columns[month[:digits]][place[source]] += articles
    most = max(sum(found.values()) for found in columns.values())
    series = [(names.get(source) or source, totals[source]) for source in ranked[:SERIES]]
    if len(ranked) > SERIES:
        series.append((OTHERS, sum(totals[source] for source in ranked[SERIES:])))
    step = 100 / len(periods)
    width = min(WIDEST, step * (0.86 if len(periods) < LONGEST / 2 else 1))
    return Chart(
        series=tuple(series),
        columns=tuple(
            Column(period, sum(found.values()), round(step * (at + 0.5) - width / 2, 3), _parts(found, most))
            for at, (period, found) in enumerate(columns.items())
        ),
        width=round(width, 3),
        most=most,
        unit=unit,
        unknown=unknown,
    )


def _parts(found: Counter[int], most: int) -> tuple[Part, ...]:
    parts = []
    top = 100.0
    for series, articles in sorted(found.items()):
        height = 100 * articles / most
        top -= height
        parts.append(Part(series, articles, round(top, 3), round(height, 3)))
    return tuple(parts)


def _months(first: str, last: str) -> list[str]:
    start, end = (int(month[:4]) * 12 + int(month[5:7]) - 1 for month in (first, last))
    return [f"{at // 12:04}-{at % 12 + 1:02}" for at in range(start, end + 1)]
