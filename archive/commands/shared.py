"""What several commands share: the options that narrow a set of articles, and where things lie."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

import click

from archive.errors import ArchiveError
from archive.search import date_bound
from archive.store import Archive

Command = Callable[..., Any]

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Narrow(TypedDict):
    """The answers to the options of `narrowed`."""

    source: str | None
    from_: str | None
    to: str | None
    language: str | None


def narrowed(command: Command) -> Command:
    """The options that narrow a set of articles, the same for every command; it gets them as one `narrow`."""

    @functools.wraps(command)
    def packed(
        *arguments: Any, source: str | None, from_: str | None, to: str | None, language: str | None, **rest: Any
    ) -> Any:
        in_order(from_, to)
        return command(*arguments, narrow=Narrow(source=source, from_=from_, to=to, language=language), **rest)

    options: Command = packed
    for option in (
        click.option("--language", metavar="CODE", help="Only texts in this language: en, km, zh ..."),
        click.option("--to", metavar="DATE", help="Published then or before."),
        click.option("--from", "from_", metavar="DATE", help="Published then or later: 2017, 2017-11 or 2017-11-27."),
        click.option("--source", metavar="ID", help="Only this newspaper."),
    ):
        options = option(options)
    return options


def known_source(archive: Archive, wanted: str | None) -> None:
    """ArchiveError when this is no newspaper of the archive; None asks for all of them."""
    ids = [row[0] for row in archive.db.execute("SELECT id FROM sources ORDER BY id")]
    if wanted is not None and wanted not in ids:
        raise ArchiveError(f'the archive knows no source "{wanted}" - choose from {", ".join(ids) or "none yet"}')


def in_order(from_: str | None, to: str | None) -> None:
    """UsageError when a range of dates ends before it begins; ArchiveError for what is no date."""
    if from_ and to and date_bound(to) < date_bound(from_)[: len(to)]:
        raise click.UsageError("--to is before --from: swap the two dates")


def captures_folder(data: Path) -> Path:
    """Where the WARC files of an archive lie."""
    return beside(data, "captures")


def beside(data: Path, name: str) -> Path:
    """What lies beside the database, whether `data` names it or its folder."""
    return (data.parent if data.suffix == ".db" else data) / name
