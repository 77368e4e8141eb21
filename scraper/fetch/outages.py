"""A host that answers nobody: when the rest of its addresses is left alone. No I/O; the time is handed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scraper.errors import Unreachable

# Different addresses of a host in a row that got no answer. One could be at fault itself: some guards hang up at a
# single address, so its other tries do not count.
LIMIT = 3
# Then it is left alone for this long: for the rest of most runs.
PAUSE = timedelta(minutes=15)
# Where not even a status came. A cut body did begin.
_SILENT = frozenset(
    {"connection refused", "connection reset", "connect timeout", "timeout", "unreachable", "host not found"}
    | {"bad certificate", "TLS failure", "proxy error"}
)


@dataclass(slots=True)
class _Silence:
    """What happened at a host since its last answer."""

    urls: set[str] = field(default_factory=set)
    reason: str = ""
    until: datetime | None = None


class Outages:
    """Remembers the silence of hosts, each by its origin."""

    def __init__(self) -> None:
        self._hosts: dict[str, _Silence] = {}

    def answered(self, origin: str) -> None:
        """With whatever status."""
        self._hosts.pop(origin, None)

    def failed(self, origin: str, error: Unreachable, now: datetime) -> None:
        """A request came to this, without an answer."""
        if error.reason not in _SILENT:
            return
        silence = self._hosts.setdefault(origin, _Silence())
        silence.urls.add(error.url)
        silence.reason = error.reason
        if len(silence.urls) >= LIMIT:
            silence.until = now + PAUSE

    def check(self, origin: str, url: str, now: datetime) -> None:
        """Raises Unreachable ("host down") while the host is left alone."""
        silence = self._hosts.get(origin)
        if silence is None or silence.until is None:
            return
        if silence.until <= now:
            del self._hosts[origin]
            return
        what = f"{len(silence.urls)} of its addresses in a row: {silence.reason}"
        raise Unreachable(url, what, reason="host down", retry_after=silence.until - now)
