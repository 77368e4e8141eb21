"""backfill: go back in time."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

import click

from archive.records import Via
from scraper.commands.shared import NEEDS_A_LOOK, Duration, log_to_stderr
from scraper.session import Session

if TYPE_CHECKING:  # loading the libraries behind them takes longer than most commands need
    from archive.backfills import Progress
    from archive.records import Backfill
    from scraper.pipeline import Run
    from scraper.report import Report

TIME_LIMIT = "time limit"  # what `Run.over` calls the end of --max-time
UNASKED: tuple[Via, ...] = ("sitemap", "pages")  # tried one after the other when nobody says which


class Period(click.ParamType[tuple[date, date]]):
    """First and last day of "2017", "2017-11" or "2017-11-27"."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[date, date]:
        from scraper.backfill.span import period_of

        found = period_of(value) if re.fullmatch(r"\d{4}(-\d\d){0,2}", value) else None
        return found or self.fail(f"{value} is no date: write 2017, 2017-11 or 2017-11-27", param, ctx)


@click.command()
@click.argument("source_id", metavar="SOURCE")
@click.option(
    "--from", "first", type=Period(), required=True, metavar="DATE", help="First day: 2017-11-01, 2017-11 or 2017."
)
@click.option(
    "--to", "last", type=Period(), required=True, metavar="DATE", help="Last day, or the month or year it ends with."
)
@click.option(
    "--via",
    type=click.Choice(get_args(Via)),
    help="Through the site's sitemaps, its archive pages, or the Wayback Machine."
    "  [default: sitemaps; archive pages when these name nothing of that time]",
)
@click.option("--limit", type=click.IntRange(min=1), help="Fetch at most this many articles.")
@click.option("--max-time", type=Duration(), help="Begin nothing new after this time, such as 2h.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Extraction processes.")
@click.option("--again", is_flag=True, help="Ask all listings again, also of a walk that reached its end.")
@click.option("--json", "as_json", is_flag=True, help="Print counts as JSON.")
@click.option("--wayback", "endpoint", default=None, hidden=True, help="In place of https://web.archive.org.")
@click.pass_obj
def backfill(
    session: Session,
    source_id: str,
    first: tuple[date, date],
    last: tuple[date, date],
    via: Via | None,
    limit: int | None,
    max_time: float | None,
    workers: int,
    again: bool,
    as_json: bool,
    endpoint: str | None,
) -> int:
    """File the articles of past days. A walk that was stopped or killed goes on where it stood.

    Ends with 0 when the walk is complete, or stands where --limit or --max-time told it to stop; with 1 when requests
    failed for now or something stopped it, whichever way it goes: run it again later to go on from there.

    \b
    Example:  morgue backfill phnompenhpost --from 2017-11-01 --to 2017-11-30
              morgue backfill phnompenhpost --from 2017-11 --to 2017-11 --via wayback --max-time 2h
    """
    from scraper.backfill import Span, Walk, begin, wayback
    from scraper.backfill import backfill as walk_back
    from scraper.backfill.bar import Bar
    from scraper.runner import perform

    log_to_stderr()
    if last[1] < first[0]:
        raise click.UsageError("--to is before --from: swap the two days")
    (source,) = session.sources((source_id,))
    span = Span(first[0], last[1])
    known = {one.id: one for one in (*session.sources(()), source)}
    # Another endpoint is a server of one's own, with the delay that config.yaml says.
    delay = source.delay if endpoint else max(session.config.network.delay, wayback.DELAY)
    done: list[tuple[Backfill, Progress]] = []

    async def work(run: Run) -> None:
        run.archive.sync([one.record() for one in known.values()], run.clock.now())
        for choice in (via,) if via else UNASKED:
            place = endpoint or wayback.ENDPOINT
            record = await begin(source, choice, span, run, endpoint=place, again=again)
            bar.measure = partial(run.archive.backfill_progress, record)
            await walk_back(Walk(record, source, place, delay), run)
            done.append((record, run.archive.backfill_progress(record)))
            if run.over or done[-1][1].named:
                return

    with Bar(source_id) as bar:
        report = perform(session.config, work, limit=limit, max_time=max_time, workers=workers, listener=bar.tell)
    told = report.stopped == TIME_LIMIT or (limit is not None and report.counts[source_id]["pages"] >= limit)
    left = _left_because(report, [progress for _, progress in done], told)
    _print(report, source_id, done, as_json)
    if left:
        click.echo(f"morgue: {left}", err=True)
    return NEEDS_A_LOOK if report.needs_a_look or (left and not told) else 0


def _left_because(report: Report, walks: Sequence[Progress], told: bool) -> str | None:
    """Why a walk is not at its end; None when all are.

    told   it stands where --limit or --max-time told it to stop
    """
    if walks and all(progress.over for progress in walks):
        return None
    if told:
        return "stopped as told; run it again to go on from here"
    if report.stopped:
        return f"stopped by {report.stopped}; run it again to go on from here"
    return "some requests failed for now; run it again later to go on from here"


def _print(report: Report, source: str, done: Sequence[tuple[Backfill, Progress]], as_json: bool) -> None:
    walks = [
        {"via": record.via, "from": record.first, "to": record.last, **asdict(progress), "over": progress.over}
        for record, progress in done
    ]
    if as_json:
        facts = {"source": source, **report.counts[source], "reasons": dict(report.reasons[source]), "walks": walks}
        click.echo(json.dumps(facts, ensure_ascii=False))
    else:
        told = [f"{progress.named} addresses by {record.via}, {_left(progress)}" for record, progress in done]
        click.echo(f"{report.line(source)}; in all {'; '.join(told)}")


def _left(progress: Progress) -> str:
    if progress.over:
        return "complete"
    return f"{progress.named - progress.settled} articles and {progress.waiting} listings left"
