"""What the commands of one invocation share: the configuration, read when it is first needed."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from scraper.config import Config, Source, load


class Session:
    """`context.obj` of every command; the archive's commands use `data` alone."""

    def __init__(self) -> None:
        self.path = Path("config.yaml")

    @cached_property
    def config(self) -> Config:
        """The configuration; raises ConfigError with every problem."""
        return load(self.path)

    @property
    def data(self) -> Path:
        """The folder of the archive."""
        return self.config.data

    def sources(self, wanted: tuple[str, ...]) -> tuple[Source, ...]:
        """The sources with these ids, all of them when none is named; raises ConfigError for an unknown one."""
        return self.config.pick(wanted)
