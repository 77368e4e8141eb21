"""snapshot rehydrate: fetch what an archive lacks of a snapshot that came without texts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from scraper.commands.shared import NEEDS_A_LOOK, log_to_stderr
from scraper.session import Session

if TYPE_CHECKING:  # loading the libraries behind them takes longer than most commands need
    from archive.records import Recorded, Visit


@click.command("rehydrate", short_help="Fetch what this archive lacks of it.")
@click.argument("name", metavar="NAME|FILE")
@click.option("--dry-run", is_flag=True, help="Fetch nothing; print the addresses to be fetched, one a line.")
@click.option("--json", "as_json", is_flag=True, help="Print what became of each article as JSON, one a line.")
@click.pass_obj
def rehydrate(session: Session, name: str, dry_run: bool, as_json: bool) -> int:
    """Fetch the articles of a snapshot that this archive lacks, and say what was lost or has drifted.

    \b
    held      the very state that was frozen is in the archive now
    drifted   the article is, but its headline, text or date is another one than it was
    lost      it could not be fetched; the reason stands behind it

    Ends with 1 when anything has drifted or is lost.

    \b
    Example:  morgue snapshot rehydrate floods-2017/manifest.json
    """
    from archive import Archive, printing, snapshots
    from archive.commands.snapshots import manifest_of
    from scraper.single import fetch_again

    log_to_stderr()
    manifest = manifest_of(session.data, name)
    with Archive(session.data / "morgue.db", writable=True, captures="none") as archive:
        found = list(snapshots.check(archive.db, manifest))
    missing = [one for one in found if one.fate == "missing"]
    if dry_run:
        for one in missing:
            click.echo(one.url)
        return 0
    reasons: dict[str, str] = {}

    def listener(source: str, visit: Visit, recorded: Recorded) -> None:
        reasons[visit.url] = visit.reason

    if missing:
        bad = fetch_again(session.config, ((one.source, one.url) for one in missing), listener)
        reasons.update(dict.fromkeys(bad, "no web address"))
    fates = Counter[str]()
    with Archive(session.data) as archive:
        for entry, before in zip(manifest["articles"], found, strict=True):
            one = snapshots.find(archive.db, entry) if before.fate == "missing" else before
            fate = "lost" if one.fate == "missing" else one.fate
            fates[fate] += 1
            reason = reasons.get(one.url, "not asked: the run ended") if fate == "lost" else one.detail
            if as_json:
                facts = {"id": one.id, "source": one.source, "url": one.url, "fate": fate, "reason": reason}
                click.echo(printing.to_json(facts))
            elif fate != "held":
                click.echo(f"{fate}: {one.id} {one.url}" + (f"  {reason}" if reason else ""))
    click.echo(f"{fates['held']} held, {fates['drifted']} drifted, {fates['lost']} lost", err=True)
    return NEEDS_A_LOOK if fates["drifted"] or fates["lost"] else 0
