"""add: one-off filing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scraper.commands.shared import NEEDS_A_LOOK, USAGE, log_to_stderr
from scraper.session import Session

if TYPE_CHECKING:  # loading the libraries behind them takes longer than most commands need
    from archive.records import Recorded, Visit


@click.command(short_help="File single addresses, lists of them, or a saved page.")
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
    from archive.identity import address_key
    from scraper.single import add_addresses, add_saved, addresses_in

    log_to_stderr()
    if (html is None) != (url is None):
        raise click.UsageError("--html and --url go together: the saved page and the address it came from")
    if html is None and not addresses:
        raise click.UsageError("name an address, a file of addresses, or - for standard input")
    done: list[tuple[Visit, Recorded]] = []

    def listener(source: str, visit: Visit, recorded: Recorded) -> None:
        done.append((visit, recorded))
        own = visit.article.canonical_url if visit.article else None
        if html is not None and own and address_key(own) != address_key(visit.url):
            click.echo(f"morgue: {html} says that its address is {own}: is --url right?", err=True)
        click.echo(json.dumps(_facts(visit, recorded), ensure_ascii=False) if as_json else _line(visit, recorded))

    if html is not None and url is not None:
        add_saved(session.config, html, url, listener)
    else:
        bad = add_addresses(session.config, addresses_in(addresses, sys.stdin), listener)
        for word in bad:
            what = "no web address" if "://" in word else "neither a web address nor a file here"
            click.echo(f'morgue: "{word}" is {what}: write it like https://www.example.org/story', err=True)
        if bad:
            return NEEDS_A_LOOK if done else USAGE
    good = ("new", "revised", "same", "alias")
    return 0 if all(recorded.what in good for _, recorded in done) else NEEDS_A_LOOK


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
