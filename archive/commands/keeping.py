"""status, verify, backup, merge: what the keeper of an archive does."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from archive import printing
from archive.captures import Captures
from archive.commands.shared import as_json_option, captures_folder
from archive.errors import ArchiveError
from archive.merge import merge
from archive.printing import counted
from archive.store import Archive
from archive.verify import damage, verify


@click.command()
@as_json_option
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Say how every newspaper fares. Ends with 1 when one is degraded.

    \b
    Example:  morgue status || mail -s "Morgue needs a look" me@example.org
    """
    with Archive(context.obj.data) as archive:
        sources = archive.status(datetime.now(UTC))
    if as_json:
        click.echo(printing.to_json([{**asdict(source), "degraded": bool(source.why)} for source in sources]))
    else:
        for source in sources:
            printing.health(source)
        if not sources:
            click.echo("no newspapers yet; `morgue crawl` fetches those of config.yaml", err=True)
    context.exit(1 if any(source.why for source in sources) else 0)


@click.command("verify")
@click.option(
    "--repair",
    is_flag=True,
    help="Rebuild what can be: headlines, counts, clusters, the search index, cut capture files.",
)
@as_json_option
@click.pass_context
def verify_(context: click.Context, repair: bool, as_json: bool) -> None:
    """Check that the archive is complete and unaltered. Ends with 1 when something is wrong.

    A text that was altered comes back from its page: morgue reextract --where "id = 12" --apply

    \b
    Example:  morgue verify
              morgue verify --repair
    """
    wrong = 0
    with Archive(context.obj.data, writable=repair, captures="none") as archive:
        for problem in verify(archive.db, Captures(captures_folder(context.obj.data)), repair=repair):
            wrong += not (problem.repaired or problem.harmless)
            said = "repaired: " if problem.repaired else "harmless: " if problem.harmless else ""
            click.echo(printing.to_json(problem) if as_json else f"{said}{problem.check}: {problem.detail}")
    click.echo("all is well" if not wrong else counted(wrong, "problem"), err=True)
    context.exit(1 if wrong else 0)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def backup(context: click.Context, file: Path) -> None:
    """Copy the database, also while a crawl is running. The captures are plain files: copy them as they are.

    A damaged database takes no earlier copy's place.

    \b
    Example:  morgue backup /mnt/safe/morgue-2024-11.db
    """
    part = file.with_name(f".{file.name}.part")
    with Archive(context.obj.data) as archive:
        try:
            with closing(sqlite3.connect(part)) as copy:
                archive.db.conn.backup(copy)
                if next(damage(copy, "quick_check"), None):
                    raise ArchiveError(f"{archive.path} is damaged (see `morgue verify`); {file} is as it was")
            part.replace(file)
        except (OSError, sqlite3.Error) as error:
            raise ArchiveError(f"{file}: the copy cannot be written ({error}); name another place") from error
        finally:
            with suppress(OSError):  # where nothing could be written there is nothing to take away
                part.unlink(missing_ok=True)
    click.echo(f"{file} holds a copy of the database", err=True)


@click.command("merge")
@click.argument("others", nargs=-1, required=True, metavar="OTHER.db...", type=click.Path(path_type=Path, exists=True))
@as_json_option
@click.pass_context
def merge_(context: click.Context, others: tuple[Path, ...], as_json: bool) -> None:
    """Unite other archives with this one; they stay as they are. The order makes no difference.

    Articles are numbered anew, by when they were first seen: note what you cited before by address, not by number.
    Pages are copied from the folder `captures` beside each archive.

    \b
    Example:  morgue merge /mnt/laptop/data/morgue.db /mnt/server/data/morgue.db
    """
    with ExitStack() as opened:
        into = opened.enter_context(Archive(context.obj.data, writable=True, captures="none"))
        merged = merge(into, [opened.enter_context(Archive(other)) for other in others])
    if as_json:
        click.echo(printing.to_json(merged))
        return
    for conflict in merged.conflicts:
        click.echo(conflict)
    click.echo(
        f"{counted(merged.articles, 'article')}, {counted(merged.revisions, 'revision')}, {merged.addresses} addresses,"
        f" {counted(merged.captures, 'capture')}; in several archives: {counted(merged.joined, 'article')};"
        f" told differently: {counted(len(merged.conflicts), 'fact')}",
        err=True,
    )
