"""How far a walk back in time has come and how long it may still take, on a terminal; nothing at all in a log."""

from __future__ import annotations

from collections.abc import Callable

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from archive.backfills import Progress as Facts
from archive.records import Recorded, Visit
from scraper.progress import OnTerminal


class Bar(OnTerminal):
    """Listens to a run's report.

    measure   counts in the archive; asked for anew with each listing, in between pages are counted here
    """

    def __init__(self, source: str) -> None:
        self.measure: Callable[[], Facts] | None = None
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("articles, {task.fields[waiting]} listings left"),
            TimeRemainingColumn(),
        )
        self._task = self._bars.add_task(source, total=None, waiting=0)

    def tell(self, source: str, visit: Visit, recorded: Recorded) -> None:
        """One visit was recorded."""
        if self._bars.disable or self.measure is None:
            return
        if visit.listing or self._bars.tasks[0].total is None:
            facts = self.measure()
            self._bars.update(self._task, total=facts.named, completed=facts.settled, waiting=facts.waiting)
        else:
            self._bars.advance(self._task)
