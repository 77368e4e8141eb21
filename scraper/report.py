"""What a run did, counted for each source."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

from archive.printing import counted
from archive.records import Outcome, Recorded, Visit

COUNTED = (
    *("listings", "listings failed", "links", "pages"),
    *("new", "revised", "same", "alias", "unchanged", "deferred", "rejected", "withdrawn"),
    *("blocks learned", "texts cleaned"),
)
"""What is counted of a source: listings asked, new links in them, pages asked and what each came to, blocks that were
found to come back on its pages and the texts they were taken out of."""

Listener = Callable[[str, Visit, Recorded], None]


class Report:
    """Counts what was recorded, and tells whoever listens (a progress bar)."""

    def __init__(self, listener: Listener | None = None) -> None:
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.stopped: str | None = None
        self._listener = listener

    def add(self, source: str, visit: Visit, recorded: Recorded) -> None:
        """One visit was recorded."""
        counts = self.counts[source]
        if visit.listing:
            counts["listings"] += 1
            counts["links"] += recorded.links
            counts["listings failed"] += visit.outcome not in (Outcome.LISTED, Outcome.UNCHANGED)
        else:
            counts["pages"] += 1
            counts[recorded.what] += 1
        if visit.outcome in (Outcome.DEFERRED, Outcome.REJECTED, Outcome.GONE):
            self.reasons[source][visit.reason] += 1
        if self._listener:
            self._listener(source, visit, recorded)

    def learned(self, source: str, blocks: int, cleaned: int) -> None:
        """What comes back on a source's pages was looked for."""
        if blocks or cleaned:
            self.counts[source].update({"blocks learned": blocks, "texts cleaned": cleaned})

    def line(self, source: str) -> str:
        """One line for a log: what came of one source."""
        counts, reasons = self.counts[source], self.reasons[source]
        parts = [f"{counts['new']} new"]
        parts += [f"{counts[what]} {what}" for what in ("revised", "same", "alias", "withdrawn") if counts[what]]
        parts.append(f"{counted(counts['listings'], 'listing')} with {counted(counts['links'], 'new link')}")
        if counts["blocks learned"] or counts["texts cleaned"]:
            parts.append(f"learned {counted(counts['blocks learned'], 'block')} that its pages repeat")
            parts[-1] += f", left out of {counted(counts['texts cleaned'], 'text')}"
        if reasons:
            parts.append("not read: " + ", ".join(f"{count} {reason}" for reason, count in reasons.most_common()))
        return f"{source}: " + "; ".join(parts)

    def facts(self, source: str) -> dict[str, object]:
        """The same for a program: each of COUNTED, and how often which reason stood in the way."""
        counts = self.counts[source]
        return {"source": source, **{name: counts[name] for name in COUNTED}, "reasons": dict(self.reasons[source])}

    @property
    def needs_a_look(self) -> bool:
        """A source none of whose listings could be read, or a bug of ours: exit code 1."""
        return any(reasons["internal error"] for reasons in self.reasons.values()) or any(
            counts["listings failed"] and counts["listings failed"] == counts["listings"]
            for counts in self.counts.values()
        )
