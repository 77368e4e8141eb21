"""snapshot: what a study was based on."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from archive import printing, snapshots
from archive.commands.shared import Narrow, as_json_option, beside, known_source, narrowed
from archive.printing import counted
from archive.store import Archive


@click.group(short_help="Freeze a selection of articles, and prove it is held.")
def snapshot() -> None:
    """Freeze a selection of articles for a study, and prove later that an archive still holds it.

    \b
    Example:  morgue snapshot create floods-2017 --search flood --from 2017 --to 2017
              morgue snapshot verify floods-2017
    """


@snapshot.command("create", short_help="Freeze a selection under a name.")
@click.argument("name")
@click.option("--search", "--query", "words", metavar="WORDS", help="Only what this finds, as in `morgue search`.")
@narrowed
@click.option("--author", "authors", multiple=True, metavar="NAME", help="Who is to be cited; more than once for more.")
@click.pass_context
def snapshot_create(
    context: click.Context,
    name: str,
    words: str | None,
    narrow: Narrow,
    authors: tuple[str, ...],
) -> None:
    """Write a manifest of digests, and a CITATION.cff, to the folder snapshots/NAME of the archive.

    \b
    Example:  morgue snapshot create floods-2017 --search flood --from 2017 --to 2017 --author "Sok Dara"
    """
    folder = beside(context.obj.data, "snapshots")
    with Archive(context.obj.data) as archive:
        known_source(archive, narrow["source"])
        made = snapshots.create(archive.db, folder, name, datetime.now(UTC), words=words, authors=authors, **narrow)
    click.echo(made["root"])
    click.echo(f"{counted(made['coverage']['articles'], 'article')} frozen in {folder / name}", err=True)


@snapshot.command("verify", short_help="Prove that all of it is held, unaltered.")
@click.argument("name", metavar="NAME|FILE")
@as_json_option
@click.pass_context
def snapshot_verify(context: click.Context, name: str, as_json: bool) -> None:
    """Prove that the archive holds every article of a snapshot, unaltered. Ends with 1 when it does not.

    \b
    Example:  morgue snapshot verify floods-2017
    """
    counts, wrong = _checked(context.obj.data, name)
    for finding in wrong:
        click.echo(
            printing.to_json(finding)
            if as_json
            else f"{finding.fate}: {finding.id} {finding.url}  {finding.detail}".rstrip()
        )
    click.echo(_tally(counts), err=True)
    context.exit(1 if wrong else 0)


def manifest_of(data: Path, name: str) -> dict[str, Any]:
    """The manifest of a snapshot, by its name or its file."""
    path = Path(name)
    return snapshots.read(path if path.exists() else beside(data, "snapshots") / name)


def _checked(data: Path, name: str) -> tuple[Counter[str], list[snapshots.Finding]]:
    with Archive(data) as archive:
        found = list(snapshots.check(archive.db, manifest_of(data, name)))
    return Counter(one.fate for one in found), [one for one in found if one.fate != "held"]


def _tally(counts: Counter[str]) -> str:
    return f"{counts['held']} held, {counts['drifted']} drifted, {counts['missing']} missing"
