"""What /.well-known/tdmrep.json reserves: the TDM Reservation Protocol for a whole host. Pure.

The file is a list of objects with a `location` (a path, with the wildcards of robots.txt), `tdm-reservation` (1 or 0)
and, for those who want to ask for a licence, `tdm-policy`. https://www.w3.org/community/reports/tdmrep/
"""

from __future__ import annotations

import json
from typing import Any

from scraper.robots import Rules

PLACE = "/.well-known/tdmrep.json"


class Reservations:
    """A parsed tdmrep.json. Bytes that are none reserve nothing; nothing is ever raised.

    The longest location decides, as in a robots.txt, which says the same in other words: so it is read as one.
    """

    def __init__(self, body: bytes) -> None:
        lines = ["User-agent: *", *filter(None, map(_line, _entries(body)))]
        self._rules = Rules("\n".join(lines).encode("utf-8", "surrogatepass"))

    def reserve(self, url: str) -> bool:
        """Is text and data mining of this address reserved?"""
        return not self._rules.allows("*", url)


def _entries(body: bytes) -> list[Any]:
    try:
        read = json.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        return []
    return read if isinstance(read, list) else [read]


def _line(entry: Any) -> str | None:
    if not isinstance(entry, dict) or str(entry.get("tdm-reservation")) not in ("0", "1"):
        return None
    location = entry.get("location")
    if not isinstance(location, str) or not location.startswith(("/", "*")) or not location.isprintable():
        return None
    word = "Disallow" if str(entry["tdm-reservation"]) == "1" else "Allow"
    return f"{word}: {location.replace('#', '%23')}"
