"""Which page of a long section is asked next, so that days far back are not walked to page by page. Pure.

Pages of a section go from new to old. While each story of a page is dated, and newer than the days looked for by more
than what pinned and belated stories disorder, the next page asked is twice as far back; once that is too far, the
middle between the last page that was too new and the first that was not, until these two are neighbours. From there
on every page is asked, as always. So no page is left out that a page behind it does not show to be too new.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from scraper.discover.pagers import numbered

TOO_NEW = "too new"  # every story of the page
MOST = 200  # stories of a page, where pages are named by how many stand before them
PAST = "past"  # older than the days looked for, or behind the last page


def next_number(verdicts: Mapping[int, str]) -> int | None:
    """The number of the page to ask next; None when the walk through the section is at its end.

    verdicts   number of each page asked so far -> TOO_NEW, PAST or anything else for one that may hold the days

    >>> next_number({0: TOO_NEW, 1: TOO_NEW, 2: TOO_NEW}), next_number({4: TOO_NEW, 8: PAST}), next_number({5: PAST})
    (4, 6, None)
    """
    last = max((number for number, verdict in verdicts.items() if verdict == TOO_NEW), default=None)
    if last is not None:
        behind = min((number for number in verdicts if number > last), default=None)
        if behind is None:
            return max(1, 2 * last)
        if behind - last > 1:
            return (last + behind) // 2
    number = min(verdicts, default=0) if last is None else last + 1
    while number in verdicts:
        if verdicts[number] == PAST:
            return None
        number += 1
    return number


def address(known: Mapping[int, str], number: int) -> str | None:
    """The address of a page, made from those of other pages of the section; None when they do not count.

    known   number of a page -> its address, as the pager gave it; 0 is the section itself

    >>> address({0: "https://p.test/a", 1: "https://p.test/a?page=1"}, 7)
    'https://p.test/a?page=7'
    >>> address({1: "https://p.test/a?start=20", 2: "https://p.test/a?start=40"}, 5)
    'https://p.test/a?start=100'
    """
    if number in known:
        return known[number]
    counts = {one: count for one, url in known.items() if one and (count := numbered(url)[1]) is not None}
    if not counts:
        return None
    first, last = min(counts), max(counts)
    if first == last:
        # The second page is called 1 or 2, or by how many stories stand before it.
        unit = 1 if counts[first] in (first, first + 1) else counts[first] // first
    else:
        unit = (counts[last] - counts[first]) // (last - first)
    if not 0 < unit <= MOST or any(count != counts[first] + (one - first) * unit for one, count in counts.items()):
        return None  # times, or numbers of stories
    wanted = counts[last] + (number - last) * unit
    places = list(re.finditer(rf"(?<!\d){counts[last]}(?!\d)", known[last]))
    for place in reversed(places):
        made = f"{known[last][: place.start()]}{wanted}{known[last][place.end() :]}"
        if numbered(made) == (numbered(known[last])[0], wanted):
            return made
    return None
