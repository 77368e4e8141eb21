"""export, serve: the archive for others."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archive import export as exporting
from archive import search as searching
from archive.captures import Captures
from archive.commands.shared import Narrow, captures_folder, known_source, narrowed
from archive.printing import counted
from archive.store import Archive


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True, dir_okay=False))
@click.option("--search", "words", metavar="WORDS", help="Only what this finds, as in `morgue search`.")
@narrowed
@click.option("--revisions", "every", is_flag=True, help="A record for every revision, not for the latest alone.")
@click.pass_context
def export(context: click.Context, file: Path, words: str | None, narrow: Narrow, every: bool) -> None:
    """Write articles to a file; its ending names the format.

    \b
    .jsonl  everything, one article a line      .csv .parquet  a table
    .xml    TEI P5                              .vert          one token a line, for corpus tools
    .warc.gz  the captured pages                -              JSON lines to standard output

    \b
    Example:  morgue export flood-2017.csv --search flood --from 2017 --to 2017
    """
    with Archive(context.obj.data) as archive:
        known_source(archive, narrow["source"])
        if str(file) == "-":
            found = exporting.records(archive.db, searching.numbers(archive.db, words, **narrow), every_revision=every)
            count = exporting.write_jsonl(found, sys.stdout.buffer)
        else:
            captures = Captures(captures_folder(context.obj.data))
            count = exporting.export(archive.db, file, words, captures=captures, every_revision=every, **narrow)
    what = counted(count, "capture" if file.name.endswith(".warc.gz") else "revision" if every else "article")
    click.echo(f"{what} written to {'standard output' if str(file) == '-' else file}", err=True)


@click.command(short_help="Show the archive in the browser.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--open", "open_", is_flag=True, help="Open it in the browser.")
@click.pass_context
def serve(context: click.Context, host: str, port: int, open_: bool) -> None:
    """Show the archive in the browser: search, charts, tables, downloads. Nothing can be changed there.

    \b
    Example:  morgue serve --open
    """
    from archive import web  # Datasette takes half a second to import

    web.serve(context.obj.data, host=host, port=port, open_browser=open_)
