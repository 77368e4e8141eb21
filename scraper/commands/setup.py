"""init and schedule: the beginning of an archive, and its years."""

from __future__ import annotations

from pathlib import Path

import click

from scraper.config import duration, starter
from scraper.errors import ConfigError
from scraper.session import Session


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
