"""reextract: kept pages read again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from archive.commands.shared import known_source
from archive.printing import counted
from archive.search import date_bound
from archive.store import Archive
from scraper.commands.shared import NEEDS_A_LOOK, log_to_stderr
from scraper.session import Session

if TYPE_CHECKING:  # loading the libraries behind them takes longer than most commands need
    from scraper.pipeline import Run
    from scraper.reextraction import Reread, Tally

EXAMPLES = 3  # shown of each field
WIDTH = 100  # characters shown of a value


@click.command(short_help="Read the kept pages again; show what would change.")
@click.option("--source", "source_id", metavar="ID", help="Only this newspaper.")
@click.option("--since", metavar="DATE", help="Only what was fetched then or later: 2017, 2017-11 or 2017-11-27.")
@click.option("--where", metavar="SQL", help="Only articles for which this holds, such as \"title LIKE '%Live%'\".")
@click.option("--limit", type=click.IntRange(min=1), help="At most this many pages.")
@click.option("--apply", "applied", is_flag=True, help="Put the new readings in place; the old ones are kept.")
@click.option("--undo", type=int, metavar="NUMBER", help="Put back what this re-extraction replaced.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Extraction processes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: a line for each reading that changes, then counts.")
@click.pass_obj
def reextract(
    session: Session,
    source_id: str | None,
    since: str | None,
    where: str | None,
    limit: int | None,
    applied: bool,
    undo: int | None,
    workers: int,
    as_json: bool,
) -> int:
    """Read the kept pages again, with the present extractor and the rules of config.yaml, and show what would change.

    First it learns what comes back on the pages of each source, to leave it out. A new reading is not a revision: the
    newspaper changed nothing.

    \b
    Example:  morgue reextract --source phnompenhpost --since 2017-11-01
              morgue reextract --source phnompenhpost --apply
              morgue reextract --undo 1
    """
    from scraper.runner import perform

    log_to_stderr()
    if undo is not None:
        if applied or source_id or since or where or limit:
            raise click.UsageError("--undo puts back a whole re-extraction: name its number alone")
        return _undo(session, undo)
    since = date_bound(since) if since else None
    with Archive(session.data) as archive:
        known_source(archive, source_id)
    options: dict[str, object] = {
        "source": source_id,
        "since": since,
        "where": where,
        "limit": limit,
    }
    shown: dict[str, int] = {}
    done: list[Tally] = []
    unkept = 0

    def heard(one: Reread) -> None:
        if as_json and one.changes:
            click.echo(json.dumps(_facts(one), ensure_ascii=False))
        for name, (old, new) in one.changes.items():
            shown[name] = shown.get(name, 0) + 1
            if not as_json and shown[name] <= EXAMPLES:
                old, new = _around(old, new)
                click.echo(f"{name}\t{one.target.capture.url}\n  - {old}\n  + {new}")

    async def work(run: Run) -> None:
        nonlocal unkept
        from archive import extractions
        from scraper.reextraction import reextract as read_all

        revisions = extractions.targets(run.archive.db, source=source_id, since=since, where=where)
        unkept = extractions.without_page(run.archive.db, source_id)
        done.append(
            await read_all(
                revisions[:limit],
                session.config.sources,
                run,
                apply=options if applied else None,
                workers=workers,
                heard=heard,
            )
        )

    report = perform(session.config, work, workers=workers)
    (tally,) = done
    _print(tally, unkept, applied, as_json)
    if report.stopped:
        click.echo(f"morgue: stopped by {report.stopped}; run it again to go on", err=True)
    return NEEDS_A_LOOK if tally.reasons or report.stopped else 0


def _undo(session: Session, number: int) -> int:
    from scraper.lock import one_at_a_time

    with one_at_a_time(session.data), Archive(session.data, writable=True, captures="none") as archive:
        count = archive.undo_reextraction(number, datetime.now(UTC))
    click.echo(f"{count} readings put back")
    return 0


def _around(old: Any, new: Any) -> tuple[str, str]:
    """Both values cut to where they differ."""
    one, other = (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in (old, new))
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(0, same - WIDTH // 4)
    return _cut(one, start), _cut(other, start)


def _cut(text: str, start: int) -> str:
    piece = text[start : start + WIDTH].replace("\n", "⏎")
    return ("…" if start else "") + piece + ("…" if start + WIDTH < len(text) else "")


def _facts(one: Reread) -> dict[str, object]:
    return {
        "article": one.target.article,
        "revision": one.target.number,
        "url": one.target.capture.url,
        "changes": {name: {"old": old, "new": new} for name, (old, new) in one.changes.items()},
    }


def _print(tally: Tally, unkept: int, applied: bool, as_json: bool) -> None:
    if as_json:
        facts = {
            "pages": tally.pages,
            "changed": tally.changed,
            "fields": dict(tally.fields.most_common()),
            "not read": dict(tally.reasons.most_common()),
            "blocks learned": {name: count for name, count in tally.learned.items() if count},
            "without a page": unkept,
            "reextraction": tally.run,
        }
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    for name, count in tally.learned.items():
        if count:
            click.echo(f"{name}: {counted(count, 'block')} more that its pages repeat, now left out")
    fields = ", ".join(f"{count} {name}" for name, count in tally.fields.most_common())
    reasons = ", ".join(f"{count} {reason}" for reason, count in tally.reasons.most_common())
    verb = "changed" if applied else "would change"
    line = f"{tally.pages} pages read again, {tally.changed} {verb}" + (f": {fields}" if fields else "")
    line += f"; {sum(tally.reasons.values())} gave no article and keep what they have: {reasons}" if reasons else ""
    line += f"; {unkept} have no page to read" if unkept else ""
    click.echo(line)
    if tally.run is not None:
        click.echo(f"to put the old readings back: morgue reextract --undo {tally.run}")
