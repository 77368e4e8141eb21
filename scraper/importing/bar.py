"""How far an import has come, on a terminal; nothing at all in a log."""

from __future__ import annotations

from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn

from archive.records import Import
from scraper.importing.parts import Part
from scraper.progress import OnTerminal


class Bar(OnTerminal):
    """One line for each file. A WARC file's position is a byte, so its end is known; a JSON file's is not."""

    def __init__(self) -> None:
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[records]} records, {task.fields[filed]} filed"),
            TimeElapsedColumn(),
        )
        self._task: TaskID | None = None

    def begin(self, part: Part) -> None:
        """The next file."""
        total = part.size if part.is_warc else None
        self._task = self._bars.add_task(part.name, total=total, records=0, filed=0)

    def tell(self, state: Import) -> None:
        """A record more."""
        if self._task is not None and not self._bars.disable:
            self._bars.update(self._task, completed=state.position, records=state.records, filed=state.filed)
