"""The commands that fetch: init, crawl, add, sources, schedule."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.errors import ArchiveLocked
from scraper.config import Config, Source, duration, starter
from scraper.errors import ConfigError
from scraper.session import Session

if TYPE_CHECKING:  # loading the libraries behind them takes longer than most commands need
    from archive.records import Recorded, Visit
    from scraper.pipeline import Run
    from scraper.report import Report

NEEDS_A_LOOK, USAGE = 1, 2  # exit codes


class Duration(click.ParamType[float]):
    """Seconds, from "90", "20m" or "1h30m"."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
def init(folder: Path) -> None:
    """Write a config.yaml to start from.

    \b
    Example:  morgue init my-papers
    """
    path = folder / "config.yaml"
    if path.exists():
        raise ConfigError([f"{path} is there already; edit it, or name another folder"])
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(starter(), encoding="utf-8")
    click.echo(f"{path} written: put your contact and your newspapers into it, then run: morgue crawl")


@click.command()
@click.option("--source", "wanted", multiple=True, metavar="ID", help="Only this source; may be given several times.")
@click.option("--limit", type=click.IntRange(min=1), help="Fetch at most this many articles of each source.")
@click.option("--max-time", type=Duration(), help="Begin nothing new after this time, such as 20m.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Extraction processes.")
@click.option("--dry-run", is_flag=True, help="Say what would be fetched; file nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print counts as JSON, one source a line.")
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
    from scraper.pipeline import crawl as crawl_all
    from scraper.progress import Progress
    from scraper.runner import perform

    _log()
    sources = session.sources(wanted)
    if dry_run:
        return _preview(session.config, sources)

    async def work(run: Run) -> None:
        await crawl_all(sources, run)

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
    except ArchiveLocked as error:
        click.echo(f"morgue: {error}", err=True)
        return NEEDS_A_LOOK if session.config.overlap == "fail" else 0
    _print(report, [source.id for source in sources], as_json)
    return NEEDS_A_LOOK if report.needs_a_look else 0


@click.command()
@click.argument("addresses", nargs=-1, metavar="URL...")
@click.option("--html", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A saved page.")
@click.option("--url", help="The address the saved page came from.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON, one address a line.")
@click.pass_obj
def add(session: Session, addresses: tuple[str, ...], html: Path | None, url: str | None, as_json: bool) -> int:
    """File single articles: addresses, files of addresses, "-" for standard input, or a saved page.

    \b
    Examples:  morgue add https://www.example.org/2024/11/a-story
               morgue add addresses.txt
               morgue add --html story.html --url https://www.example.org/2024/11/a-story
    """
    from scraper.single import add_addresses, add_saved, addresses_in

    _log()
    if (html is None) != (url is None):
        raise click.UsageError("--html and --url go together: the saved page and the address it came from")
    if html is None and not addresses:
        raise click.UsageError("name an address, a file of addresses, or - for standard input")
    done: list[tuple[Visit, Recorded]] = []

    def listener(source: str, visit: Visit, recorded: Recorded) -> None:
        done.append((visit, recorded))
        click.echo(json.dumps(_facts(visit, recorded), ensure_ascii=False) if as_json else _line(visit, recorded))

    if html is not None and url is not None:
        add_saved(session.config, html, url, listener)
    else:
        bad = add_addresses(session.config, addresses_in(addresses, sys.stdin), listener)
        for word in bad:
            click.echo(f'morgue: "{word}" is no web address: write it like https://www.example.org/story', err=True)
        if bad:
            return NEEDS_A_LOOK if done else USAGE
    good = ("new", "revised", "same", "alias")
    return 0 if all(recorded.what in good for _, recorded in done) else NEEDS_A_LOOK


@click.group()
def sources() -> None:
    """The newspapers of the configuration."""


@sources.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one source a line.")
@click.pass_obj
def list_sources(session: Session, as_json: bool) -> None:
    """List the sources of config.yaml.

    \b
    Example:  morgue sources list
    """
    for source in session.sources(()):
        if as_json:
            click.echo(json.dumps(asdict(source.record()), ensure_ascii=False))
        else:
            listings = len(source.listings)
            found = f"{listings} listings" if listings else "listings are found out"
            click.echo(f"{source.id}\t{source.name or ''}\t{source.homepage or ''}\t{found}")


@click.command()
@click.option("--systemd", "as_units", is_flag=True, help="Print systemd units in place of a crontab line.")
@click.option("--minute", type=click.IntRange(0, 59), default=17, show_default=True, help="Minute of the hour.")
@click.option("--max-time", default="50m", show_default=True, help="Time limit of each run.")
@click.pass_obj
def schedule(session: Session, as_units: bool, minute: int, max_time: str) -> None:
    """Print a crontab line (or systemd units) that crawls every hour.

    \b
    Example:  (crontab -l; morgue schedule) | crontab -
    """
    from scraper.schedule import crontab, systemd

    try:
        duration(max_time)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    session.data.mkdir(parents=True, exist_ok=True)  # the log's folder: the shell opens it before we run
    config = session.config.path
    click.echo(
        systemd(config, max_time=max_time)
        if as_units
        else crontab(config, session.data, minute=minute, max_time=max_time)
    )


def _preview(config: Config, chosen: Iterable[Source]) -> int:
    from scraper.single import preview_all

    failed = False
    for source, link, error in preview_all(config, chosen):
        failed = failed or error is not None
        click.echo(f"{source.id}\t{link.url if link else f'could not be listed: {error}'}")
    return NEEDS_A_LOOK if failed else 0


def _print(report: Report, ids: Iterable[str], as_json: bool) -> None:
    for each in ids:
        if as_json:
            facts = {"source": each, **report.counts[each], "reasons": dict(report.reasons[each])}
            click.echo(json.dumps(facts, ensure_ascii=False))
        else:
            click.echo(report.line(each))
    if report.stopped:
        click.echo(f"morgue: stopped by {report.stopped}; the next run goes on from here", err=True)


def _facts(visit: Visit, recorded: Recorded) -> dict[str, object]:
    return {
        "url": visit.url,
        "result": recorded.what,
        "article": recorded.article,
        "title": visit.article.title if visit.article else None,
        "reason": visit.reason,
        "detail": visit.detail,
    }


def _line(visit: Visit, recorded: Recorded) -> str:
    if visit.article:
        return f"{recorded.what}\t{recorded.article}\t{visit.article.title or '(no title)'}\t{visit.url}"
    return f"{recorded.what}\t{visit.reason}\t{visit.url}" + (f"\t{visit.detail}" if visit.detail else "")


def _log() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it logs every page it cannot read; the ledger tells


crawl_commands = (init, crawl, add, sources, schedule)
