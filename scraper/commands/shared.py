"""What the commands that fetch have in common."""

from __future__ import annotations

import logging
import sys
from typing import Any

import click

from scraper.config import duration

NEEDS_A_LOOK, USAGE = 1, 2  # exit codes


class Duration(click.ParamType[float]):
    """Seconds, from "90", "20m" or "1h30m"."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def log_to_stderr() -> None:
    """Warnings and bugs, with the time, where cron collects them."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it logs every page it cannot read; the ledger tells
