"""search, show, why, cite: what a reader asks."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from archive import printing, warc
from archive import search as searching
from archive.articles import ArticleRow, RevisionRow
from archive.captures import Captures
from archive.cite import STYLES, Style, cite
from archive.commands.shared import Narrow, as_json_option, captures_folder, known_source, narrowed
from archive.errors import ArchiveError
from archive.identity import address_key
from archive.printing import counted
from archive.revisions import difference
from archive.store import Archive


@click.command()
@click.argument("words", nargs=-1, required=True)
@narrowed
@click.option("--limit", default=20, show_default=True, type=click.IntRange(min=1), help="How many to show.")
@as_json_option
@click.pass_context
def search(
    context: click.Context,
    words: tuple[str, ...],
    narrow: Narrow,
    limit: int,
    as_json: bool,
) -> None:
    """Search the articles, in any script.

    \b
    AND OR NOT in capitals, "a phrase" in quotation marks (put the whole search in single ones),
    begin*, NEAR(two words, 5), title:word, byline:name, brackets.

    \b
    Example:  morgue search flood --from 2017 --source post
              morgue search '"climate change" NOT title:opinion' --json
    """
    question = " ".join(words)
    marks = printing.MARKS if sys.stdout.isatty() and not as_json else ("[", "]")
    with Archive(context.obj.data) as archive:
        known_source(archive, narrow["source"])
        hits = searching.search(archive.db, question, limit=limit, marks=marks, **narrow)
        total = searching.count(archive.db, question, **narrow) if len(hits) == limit else len(hits)
    if as_json:
        for hit in hits:
            click.echo(printing.to_json(hit))
        return
    for hit in hits:
        printing.hit(hit)
    if total > len(hits):
        click.echo(f"{len(hits)} of {counted(total, 'article')}; --limit shows more", err=True)
    if not hits:
        click.echo("nothing found", err=True)


@click.command()
@click.argument("article", metavar="ID|URL")
@click.option("--revision", "number", type=click.IntRange(min=1), help="An earlier state; 1 is the first.")
@click.option("--diff", is_flag=True, help="What the revision changed against the one before.")
@click.option("--html", is_flag=True, help="The page as it was captured.")
@as_json_option
@click.pass_context
def show(context: click.Context, article: str, number: int | None, diff: bool, html: bool, as_json: bool) -> None:
    """Show an article: its facts and its text.

    \b
    Example:  morgue show 12
              morgue show https://www.example.org/2024/11/a-story --revision 2 --diff
    """
    if diff and html:
        raise click.UsageError("write --diff or --html, not both")
    with Archive(context.obj.data) as archive:
        found = _found(archive, article)
        revision = _revision(archive, found, number)
        if html:
            _page(context.obj.data, revision)
        elif diff:
            _difference(archive, found, revision, as_json)
        elif as_json:
            facts = asdict(found) | {"title": revision.title, "text": revision.text, "revision": revision.number}
            click.echo(printing.to_json(facts | {"evidence": revision.evidence}))
        else:
            printing.article(found, revision)


@click.command(short_help="Say what became of an address.")
@click.argument("url")
@as_json_option
@click.pass_context
def why(context: click.Context, url: str, as_json: bool) -> None:
    """Say what became of an address: is it held, and if not, why?

    \b
    Example:  morgue why https://www.example.org/2024/11/a-story
    """
    with Archive(context.obj.data) as archive:
        stories = archive.why(url)
    if as_json:
        for story in stories:
            click.echo(printing.to_json(story))
    for story in () if as_json else stories:
        because = f": {story.reason}" if story.state != "held" else ""  # what is held was read
        click.echo(f"{story.url}\n  {story.source}: {story.state} since {story.state_at}{because}")
        if story.detail:
            click.echo(f"  {story.detail}")
        if story.withdrawn:
            click.echo(f"  withdrawn since {story.withdrawn}: the newspaper took it down, the archive keeps it")
        click.echo(f"  found {story.found_at} {f'in {story.listing}' if story.listing else 'by a person'}")
        if story.article:
            click.echo(f"  article {story.article}: morgue show {story.article}")
        if story.retry_at:
            click.echo(f"  fetched again from {story.retry_at} on")
        for visit in story.visits:
            reason = visit.reason if visit.reason != visit.outcome else ""
            told = [visit.at, visit.outcome, reason, str(visit.status or ""), visit.detail or ""]
            click.echo("  " + "  ".join(part for part in told if part))
    if not stories and address_key(url).startswith(("http://", "https://")):
        click.echo(f"{url}: never seen; no listing named it. `morgue add {url}` fetches it", err=True)
    elif not stories:
        raise ArchiveError(
            f"{url!r} is no web address: write it as the browser shows it, such as https://paper.org/story"
        )


@click.command("cite", short_help="Print a reference: plain text, BibTeX or CSL-JSON.")
@click.argument("article", metavar="ID|URL")
@click.option("--format", "style", type=click.Choice(STYLES), default="text", show_default=True)
@click.option("--revision", "number", type=click.IntRange(min=1), help="An earlier state; 1 is the first.")
@click.pass_context
def cite_(context: click.Context, article: str, style: Style, number: int | None) -> None:
    """Print a reference to an article: plain text, BibTeX or CSL-JSON.

    \b
    Example:  morgue cite 12 --format bibtex >> references.bib
    """
    with Archive(context.obj.data) as archive:
        found = _found(archive, article)
        row = archive.db.execute("SELECT name FROM sources WHERE id = ?", (found.source,)).fetchone()
        click.echo(cite(found, _revision(archive, found, number), row[0], style))


def _found(archive: Archive, article: str) -> ArticleRow:
    found = archive.article(article)
    if found is None:
        hint = (
            "`morgue search` finds numbers" if article.isdecimal() else f"`morgue why {article}` says what became of it"
        )
        raise ArchiveError(f"{article}: no such article; {hint}")
    return found


def _revision(archive: Archive, found: ArticleRow, number: int | None) -> RevisionRow:
    revision = archive.revision(found.id, number or found.revision)
    if revision is None:
        raise ArchiveError(f"article {found.id} has no revision {number}; there are {found.revisions}")
    return revision


def _difference(archive: Archive, found: ArticleRow, revision: RevisionRow, as_json: bool) -> None:
    history = archive.revisions(found.id)
    place = [one.number for one in history].index(revision.number)
    if place == 0:
        raise ArchiveError(f"revision {revision.number} of article {found.id} is the first: there is nothing before it")
    before = history[place - 1]
    changed = difference(before.title, before.text, revision.title, revision.text)
    if as_json:
        click.echo(printing.to_json(changed))
    else:
        printing.changes(before, revision, changed)


def _page(data: Path, revision: RevisionRow) -> None:
    if revision.capture is None:
        raise ArchiveError(f"article {revision.article} revision {revision.number} was filed without its page")
    exchange = Captures(captures_folder(data)).read(revision.capture)
    try:
        body = warc.payload(exchange)
    except ValueError as error:
        raise ArchiveError(f"{revision.capture.file} at {revision.capture.offset}: {error}") from error
    sys.stdout.buffer.write(body)
