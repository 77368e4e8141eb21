"""How far an import has come, on a terminal; nothing at all in a log."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from archive.records import Import


class Bar:
    """One line for each file. A WARC file's position is a byte, so its end is known; a JSON file's is not."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[records]} records, {task.fields[filed]} filed"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
        )
        self._task: TaskID | None = None

    def begin(self, path: Path) -> None:
        """The next file."""
        total = path.stat().st_size if ".warc" in path.name.lower() else None
        self._task = self._bars.add_task(path.name, total=total, records=0, filed=0)

    def tell(self, state: Import) -> None:
        """A record more."""
        if self._task is not None and not self._bars.disable:
            self._bars.update(self._task, completed=state.position, records=state.records, filed=state.filed)

    def __enter__(self) -> Bar:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()
