"""crawl: bring the archive up to date."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from scraper.commands.shared import NEEDS_A_LOOK, Duration, log_to_stderr
from scraper.config import Config, Source
from scraper.session import Session

if TYPE_CHECKING:  # loading the libraries behind them takes longer than most commands need
    from scraper.pipeline import Run


@click.command()
@click.option("--source", "wanted", multiple=True, metavar="ID", help="Only this source; may be given several times.")
@click.option("--limit", type=click.IntRange(min=1), help="Fetch at most this many articles of each source.")
@click.option("--max-time", type=Duration(), help="Begin nothing new after this time, such as 20m.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Extraction processes.")
@click.option(
    "--dry-run", is_flag=True, help="Ask the listings and print what they bring that is not known; file nothing."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON: counts, one source a line; with --dry-run addresses."
)
@click.pass_obj
def crawl(
    session: Session,
    wanted: tuple[str, ...],
    limit: int | None,
    max_time: float | None,
    workers: int,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Bring the archive up to date with every source.

    \b
    Example:  morgue crawl --source phnompenhpost --limit 20 --max-time 20m
    """
    from scraper.lock import AnotherRun
    from scraper.pipeline import crawl as crawl_all
    from scraper.progress import Progress
    from scraper.runner import perform

    log_to_stderr()
    sources = session.sources(wanted)
    if dry_run:
        return _preview(session.config, sources, limit, as_json)

    async def work(run: Run) -> None:
        await crawl_all(sources, run, session.sources(()))

    try:
        with Progress() as progress:
            report = perform(
                session.config,
                work,
                limit=limit,
                max_time=max_time if max_time is not None else session.config.max_time,
                workers=workers,
                listener=progress.tell,
            )
    except AnotherRun as error:
        click.echo(f"morgue: {error}", err=True)
        return NEEDS_A_LOOK if session.config.overlap == "fail" else 0
    for source in sources:
        if as_json:
            click.echo(json.dumps(report.facts(source.id), ensure_ascii=False))
        else:
            click.echo(report.line(source.id) if report.counts[source.id] else _idle(session.config, source.id))
    if report.stopped:
        click.echo(f"morgue: stopped by {report.stopped}; the next run goes on from here", err=True)
    return NEEDS_A_LOOK if report.needs_a_look else 0


def _preview(config: Config, chosen: Iterable[Source], limit: int | None, as_json: bool) -> int:
    from scraper.single import preview_all

    rows = preview_all(config, chosen)
    for source, links, report in rows:
        for link in links[:limit]:
            facts = {"source": source.id, "url": link.url}
            click.echo(json.dumps(facts, ensure_ascii=False) if as_json else "\t".join(facts.values()))
        for reason, count in report.reasons[source.id].items():
            click.echo(f"morgue: {source.id}: listings not read: {count} {reason}", err=True)
    return NEEDS_A_LOOK if any(report.needs_a_look for _, _, report in rows) else 0


def _idle(config: Config, source: str) -> str:
    from archive import Archive

    with Archive(config.data) as archive:
        turn = archive.next_turn(source)
    return f"{source}: nothing is due" + (f" before {turn:%Y-%m-%d %H:%M} UTC" if turn else "")
