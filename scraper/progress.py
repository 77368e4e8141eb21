"""Progress bars on a terminal, and nothing at all in a log."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from archive.records import Recorded, Visit


class OnTerminal:
    """Bars made of these columns, on standard error while the block lasts, when that is a terminal."""

    def __init__(self, *columns: ProgressColumn) -> None:
        self._bars = Bars(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty())

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()


class Progress(OnTerminal):
    """Listens to a run's report. The end of a bar moves while listings bring more addresses."""

    def __init__(self) -> None:
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[new]} new"),
            TimeElapsedColumn(),
        )
        self._tasks: dict[str, TaskID] = {}
        self._new: dict[str, int] = {}

    def tell(self, source: str, visit: Visit, recorded: Recorded) -> None:
        """One visit was recorded."""
        if source not in self._tasks:
            self._tasks[source] = self._bars.add_task(source, total=0, new=0)
        task = self._bars.tasks[self._bars.task_ids.index(self._tasks[source])]
        total, done = int(task.total or 0), int(task.completed)
        if visit.listing:
            total += recorded.links
        else:
            done += 1
            total = max(total, done)  # addresses that earlier runs left were not announced
            self._new[source] = self._new.get(source, 0) + (recorded.what == "new")
        self._bars.update(task.id, total=total, completed=done, new=self._new.get(source, 0))
