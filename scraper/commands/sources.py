"""sources: the newspapers of the configuration; one more of them; how their listings fare."""

from __future__ import annotations

import asyncio
import difflib
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import ArchiveError
from archive.printing import counted
from scraper.commands.shared import NEEDS_A_LOOK, log_to_stderr
from scraper.config import Config, Source, add_source
from scraper.config.reading import check as read_config
from scraper.errors import ConfigError
from scraper.session import Session

if TYPE_CHECKING:  # loading the libraries behind them takes longer than most commands need
    from scraper.fetch import Fetcher
    from scraper.onboarding import Finding


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
            found = counted(len(source.listings), "listing") if source.listings else "listings are found out"
            click.echo(f"{source.id}\t{source.name or ''}\t{source.homepage or ''}\t{found}")


@sources.command("add", short_help="Add a newspaper, with the listings that are found.")
@click.argument("url")
@click.option("--id", "name", metavar="ID", help="Short name for commands and tables.  [default: from the host]")
@click.option("--dry-run", is_flag=True, help="Say what would be written; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON, one listing a line.")
@click.pass_obj
def add(session: Session, url: str, name: str | None, dry_run: bool, as_json: bool) -> int:
    """Add a newspaper: find its feeds, sitemaps and sections, try them, write the useful ones into config.yaml.

    \b
    Example:  morgue sources add https://www.example.org --dry-run
    """
    from scraper.onboarding import as_source, chosen, explore

    log_to_stderr()
    url = url if "://" in url else f"https://{url}"
    before = _read(session.path)
    _refuse_known(before, session.path, url)
    # Added bare first: so the file is read with all its checks, also when it names no newspaper yet.
    config = read_config(add_source(before, {"homepage": url, "id": name}), session.path)
    findings = _online(config, lambda fetcher: explore(url, fetcher))
    kept = {one.url for one in chosen(findings)}
    for finding in findings:
        _tell(finding, findings, None, as_json, {"chosen": finding.url in kept}, "+" if finding.url in kept else " ")
    if not kept:
        click.echo(f"morgue: {url} lists no stories that could be found; write its listings by hand", err=True)
        return NEEDS_A_LOOK
    source = {"id": name or config.sources[-1].id, **as_source(url, findings)}
    text = add_source(before, source)
    if dry_run:
        click.echo(_added(before, text), err=as_json)
        return 0
    at_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    found = counted(len(kept), "listing")
    if at_terminal and not click.confirm(f"Write {found} into {session.path}?", default=True):
        return 0
    _write(session.path, text)
    click.echo(f"{session.path}: {source['id']} added with {found}; run: morgue crawl", err=True)
    return 0


@sources.command("check", short_help="Ask every listing and say how it fares.")
@click.argument("wanted", nargs=-1, metavar="[ID]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one listing a line.")
@click.pass_obj
def check(session: Session, wanted: tuple[str, ...], as_json: bool) -> int:
    """Ask every listing and say how it fares: alive, kind, stories, newest, what others name, what is held.

    Nothing is recorded. Ends with 1 when a listing is dead.

    \b
    Example:  morgue sources check phnompenhpost
    """
    from scraper.onboarding import examine, explore

    log_to_stderr()
    dead = False
    for source in session.sources(wanted):

        async def ask(fetcher: Fetcher, source: Source = source) -> list[Finding]:
            if not source.listings and source.homepage:
                return await explore(source.homepage, fetcher, source)
            return [await examine(listing.url, fetcher, source) for listing in source.listings]

        findings = _online(session.config, ask, source.homepage)
        held = _known(session.config, source.id)
        for finding in findings:
            dead = dead or not finding.alive
            _tell(finding, findings, held, as_json, {"source": source.id}, source.id)
    return NEEDS_A_LOOK if dead else 0


def _online(
    config: Config, work: Callable[[Fetcher], Awaitable[list[Finding]]], homepage: str | None = None
) -> list[Finding]:
    """Do the work with a fetcher. With `homepage`, a site that is out of reach is a finding and no error."""
    from scraper.errors import ScrapeError
    from scraper.fetch import Fetcher
    from scraper.onboarding import Finding

    async def perform() -> list[Finding]:
        async with Fetcher(config.network, contact=config.contact) as fetcher:
            try:
                return list(await work(fetcher))
            except ScrapeError as error:
                if homepage is None:
                    raise
                return [Finding(url=homepage, reason=error.reason)]

    return asyncio.run(perform())


def _known(config: Config, source: str) -> frozenset[str] | None:
    """Keys of the addresses that are held; None when there is no archive yet."""
    from archive.audit import held_keys
    from archive.store import Archive

    if not (config.data / "morgue.db").exists():
        return None
    try:
        with Archive(config.data) as archive:
            return held_keys(archive.db, source)
    except ArchiveError as error:
        click.echo(f"morgue: {error}", err=True)
        return None


def _tell(
    finding: Finding,
    findings: Sequence[Finding],
    held: frozenset[str] | None,
    as_json: bool,
    about: dict[str, object],
    mark: str,
) -> None:
    """One line of what was found. `about` are further facts for JSON, `mark` is how they begin the line for people."""
    from scraper.onboarding import overlap

    shared = overlap(finding, findings)
    known = len(finding.stories & held) / len(finding.stories) if held is not None and finding.stories else None
    hours = _age(finding.newest)
    if as_json:
        facts = {
            **about,
            "url": finding.url,
            "alive": finding.alive,
            "reason": finding.reason,
            "kind": finding.kind,
            "stories": len(finding.stories),
            "sitemaps": finding.children,
            "newest": finding.newest,
            "age_hours": hours,
            "in_other_listings": shared,
            "held": known,
        }
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    parts = [mark, "alive" if finding.alive else f"dead: {finding.reason}", finding.kind or "?", finding.url]
    parts += [_brought(finding)]
    if finding.newest:
        parts.append(f"newest {finding.newest}" + (f" ({_long(hours)} old)" if hours is not None else ""))
    if shared is not None and len(findings) > 1:
        parts.append(f"{shared:.0%} in others")
    if known is not None:
        parts.append(f"{known:.0%} held")
    click.echo("\t".join(parts))


def _brought(finding: Finding) -> str:
    stories = "1 story" if len(finding.stories) == 1 else f"{len(finding.stories)} stories"
    return f"{stories} in {counted(finding.children, 'sitemap')}" if finding.children else stories


def _age(date: str | None) -> float | None:
    """Hours since a date that may be a day or a month; a time without an offset counts as UTC."""
    try:
        moment = datetime.fromisoformat(date or "")
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(max(0.0, (datetime.now(UTC) - moment).total_seconds() / 3600), 1)


def _long(hours: float) -> str:
    return f"{hours:.0f} hours" if hours < 72 else f"{hours / 24:.0f} days"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        fix = "`morgue init` writes one, --config names another"
        raise ConfigError([f"{path} cannot be read ({error}); {fix}"]) from error


def _refuse_known(text: str, path: Path, url: str) -> None:
    """Is the address the front page or a listing of a newspaper of the configuration?"""
    from archive.identity import address_key

    try:
        known = read_config(text, path).sources
    except ConfigError:  # no newspaper yet; whatever else is wrong is told when one is added
        return
    wanted = address_key(url)
    for source in known:
        if wanted in {address_key(own) for own in (source.homepage, *(one.url for one in source.listings)) if own}:
            raise ConfigError([f"{url} is in {path} already; see: morgue sources check {source.id}"])


def _added(before: str, after: str) -> str:
    """The lines that are new."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return "\n".join(line[2:] for line in lines if line.startswith("+ "))


def _write(path: Path, text: str) -> None:
    """All or nothing: whoever reads config.yaml meanwhile, or loses power, has the old one or the new one."""
    path = path.resolve()
    try:
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", newline="", delete=False) as part:
            part.write(text)
        Path(part.name).chmod(path.stat().st_mode & 0o777)
        Path(part.name).replace(path)
    except OSError as error:
        raise ConfigError([f"{path} cannot be written ({error.strerror}); check its permissions"]) from error
