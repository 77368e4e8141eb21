"""How far a walk back in time has come and how long it may still take, on a terminal; nothing at all in a log."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from archive.backfills import Progress as Facts
from archive.records import Recorded, Visit


class Bar:
    """Listens to a run's report.

    measure   counts in the archive; asked for anew with each listing, in between pages are counted here
    """

    def __init__(self, source: str) -> None:
        self.measure: Callable[[], Facts] | None = None
        self._shown = sys.stderr.isatty()
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("articles, {task.fields[waiting]} listings left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not self._shown,
        )
        self._task = self._bars.add_task(source, total=None, waiting=0)

    def tell(self, source: str, visit: Visit, recorded: Recorded) -> None:
        """One visit was recorded."""
        if not self._shown or self.measure is None:
            return
        if visit.listing or self._bars.tasks[0].total is None:
            facts = self.measure()
            self._bars.update(self._task, total=facts.named, completed=facts.settled, waiting=facts.waiting)
        else:
            self._bars.advance(self._task)

    def __enter__(self) -> Bar:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()
