"""import: files of records."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.warcfile import SEVERAL, UNVERIFIED
from scraper.commands.shared import NEEDS_A_LOOK, USAGE, log_to_stderr
from scraper.session import Session

if TYPE_CHECKING:  # loading the libraries behind them takes longer than most commands need
    from archive.records import Import
    from scraper.importing import Part, Rejection
    from scraper.pipeline import Run

# A WARC file holds much beside stories; only this is no ordinary reason. In a JSON file every reason is worth a look.
_STRANGE = frozenset({"damaged record", "cut record", "internal error", "extraction crash", SEVERAL, UNVERIFIED})


@click.command("import", short_help="File what is in WARC, ARC, WACZ and JSON files.")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--host", "hosts", multiple=True, metavar="HOST", help="Only this host and its subdomains; repeatable.")
@click.option("--source", "source_id", metavar="ID", help="All records belong to this source of config.yaml.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Extraction processes.")
@click.option("--rejected", is_flag=True, help="Print every record that is not filed, with its reason.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one file a line.")
@click.pass_obj
def import_files(
    session: Session,
    files: tuple[Path, ...],
    hosts: tuple[str, ...],
    source_id: str | None,
    workers: int,
    rejected: bool,
    as_json: bool,
) -> int:
    """File the articles of WARC files (.warc .warc.gz, such as CC-NEWS, also .arc and .wacz) and of JSON files (.jsonl
    .json) that other tools wrote: news-please, Fundus, Media Cloud, trafilatura, newspaper4k, or an export of Morgue.

    Each record ends filed or rejected for a counted reason. An import that was stopped or killed goes on where it
    stood; a file that was imported is left alone.

    \b
    Example:  morgue import CC-NEWS-20171127000000-00001.warc.gz --host phnompenhpost.com
              morgue import stories.jsonl --rejected
    """
    from scraper.importing import Choice, UnreadableFile, import_file, parts
    from scraper.importing.bar import Bar
    from scraper.runner import perform

    log_to_stderr()
    chosen = [part for path in files for part in parts(path)]
    (source,) = session.sources((source_id,)) if source_id else (None,)
    choice = Choice(session.config, hosts, source)
    done: list[tuple[Part, Import]] = []
    unread: list[str] = []

    def reject(rejection: Rejection) -> None:
        # On stderr and at once: a large file has more of them than memory should hold.
        if rejected or _strange(rejection.file, rejection.reason):
            told = [rejection.file.name, str(rejection.place), rejection.reason, rejection.detail]
            click.echo("\t".join(told).rstrip("\t"), err=True)

    async def work(run: Run) -> None:
        run.archive.sync([one.record() for one in session.config.sources if one.enabled], run.clock.now())
        for part in chosen:
            if run.over:
                return
            bar.begin(part)
            try:
                state = await import_file(part, choice, run, workers=workers, told=bar.tell, rejected=reject)
            except UnreadableFile as error:
                unread.append(str(error))
            else:
                done.append((part, state))

    with Bar() as bar:
        report = perform(session.config, work, workers=workers)
    for part, state in done:
        click.echo(json.dumps(_facts(part, state), ensure_ascii=False) if as_json else _line(part, state))
    if report.stopped:
        click.echo(f"morgue: stopped by {report.stopped}; run it again to go on from here", err=True)
    for line in unread:
        click.echo(f"morgue: {line}", err=True)
    if unread and not done:
        return USAGE
    strange = any(_strange(part, reason) for part, state in done for reason in state.rejected)
    return NEEDS_A_LOOK if report.stopped or strange or unread else 0


def _strange(part: Part, reason: str) -> bool:
    return reason in _STRANGE or not part.is_warc


def _facts(part: Part, state: Import) -> dict[str, object]:
    return {
        "file": str(part.path) if part.member is None else f"{part.path}/{part.member}",
        "records": state.records,
        "filed": state.filed,
        "rejected": sum(state.rejected.values()),
        "reasons": dict(sorted(state.rejected.items())),
        "complete": state.done,
    }


def _line(part: Part, state: Import) -> str:
    reasons = ", ".join(f"{count} {reason}" for reason, count in Counter(state.rejected).most_common())
    line = f"{part.name}: {state.records} records = {state.filed} filed + {sum(state.rejected.values())} rejected"
    return line + (f" ({reasons})" if reasons else "") + ("" if state.done else "; not complete")
