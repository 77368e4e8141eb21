"""audit: is all there that the newspapers list?"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from archive.audit import Audit, Count
from archive.audit import audit as compare
from archive.audit import sources as audited
from archive.commands.shared import in_order, known_source
from archive.store import Archive
from scraper.address_facts import date_in
from scraper.commands.shared import NEEDS_A_LOOK, log_to_stderr
from scraper.session import Session

if TYPE_CHECKING:  # loading the libraries behind it takes longer than most commands need
    from scraper.pipeline import Run

END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


@click.command(short_help="Say what newspapers list and is not held, and why.")
@click.argument("source", required=False)
@click.option("--from", "from_", metavar="DATE", help="Published then or later: 2017, 2017-11 or 2017-11-27.")
@click.option("--to", metavar="DATE", help="Published then or before.")
@click.option("--fresh", is_flag=True, help="Ask all listings anew first; fetch no articles.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one newspaper a line.")
@click.pass_obj
def audit(session: Session, source: str | None, from_: str | None, to: str | None, fresh: bool, as_json: bool) -> int:
    """Compare what the newspapers list with what is held, day by day, and say why each missing article is missing.

    The archive remembers all that listings ever named, so nothing is asked on the web without --fresh. Ends with 1
    when something is missing that should not be: an article that is gone or forbidden by robots.txt should.

    \b
    Example:  morgue audit phnompenhpost --from 2017-11 --to 2017-11
    """
    log_to_stderr()
    in_order(from_, to)
    if fresh:
        _ask_anew(session, source)
    with Archive(session.data) as archive:
        known_source(archive, source)
        found = [
            compare(archive.db, one, from_=from_, to=to, date_in=date_in)
            for one in ([source] if source else audited(archive.db))
        ]
    for one in found:
        click.echo(json.dumps(_facts(one), ensure_ascii=False) if as_json else _text(one))
    return NEEDS_A_LOOK if any(one.needs_a_look for one in found) else 0


def _ask_anew(session: Session, wanted: str | None) -> None:
    """Survey every listing, also those that are not due, and what they name in turn."""
    from scraper.pipeline import survey
    from scraper.runner import perform

    chosen = session.sources((wanted,) if wanted else ())
    known = {one.id: one for one in (*session.sources(()), *chosen)}

    async def work(run: Run) -> None:
        run.archive.sync([one.record() for one in known.values()], run.clock.now())
        for source in chosen:
            asked: set[int] = set()
            while not run.over:
                listings = [one for one in run.archive.due(source.id, END_OF_TIME) if one.id not in asked]
                if not listings:
                    break
                for listing in listings:
                    if run.over:
                        return
                    asked.add(listing.id)
                    await survey(listing, source, run)

    perform(session.config, work, workers=1)


def _facts(one: Audit) -> dict[str, object]:
    return {
        "source": one.source,
        **_numbers(one.whole),
        "days": [{"day": day or None, **_numbers(count)} for day, count in one.days.items()],
        "missing": [
            {**asdict(missing), "day": missing.day or None, "needs_a_look": missing.needs_a_look}
            for missing in one.missing
        ],
    }


def _numbers(count: Count) -> dict[str, object]:
    return {**asdict(count), "missing": count.missing, "percent": count.percent}


def _text(one: Audit) -> str:
    lines = [f"{one.source}\t{_line(one.whole)}"]
    lines += [f"{day or 'no date'}\t{_line(count)}" for day, count in one.days.items()]
    for missing in one.missing:
        sign = "!" if missing.needs_a_look else " "
        told = [sign, missing.day or "no date", missing.state, missing.reason, missing.url, missing.detail or ""]
        lines.append("\t".join(told).rstrip("\t"))
    if one.missing:
        reasons = Counter(missing.reason for missing in one.missing if missing.needs_a_look)
        look = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        lines.append(f"needs a look: {look or 'nothing'}")
    return "\n".join(lines)


def _line(count: Count) -> str:
    percent = "" if count.percent is None else f"\t{count.percent:g}%"
    left = f"\t{count.excluded} left alone" if count.excluded else ""
    return f"{count.held} held of {count.listed} listed{percent}\t{count.missing} missing{left}"
