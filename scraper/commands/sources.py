"""sources: the newspapers of the configuration."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from scraper.session import Session


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
