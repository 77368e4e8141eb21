"""The archive's half of the command line: searching, reading, citing, exporting, checking.

Commands take the folder of the archive from `context.obj.data` and know nothing of the scraper. Facts go to standard
output, as plain text that is never wrapped in a pipe, or as JSON; everything else goes to standard error.
"""

from __future__ import annotations

import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

import click

from archive import export as exporting
from archive import printing, snapshots, warc
from archive import search as searching
from archive.articles import ArticleRow, RevisionRow
from archive.captures import Captures
from archive.cite import STYLES, Style, cite
from archive.errors import ArchiveError
from archive.merge import merge
from archive.store import Archive
from archive.verify import verify

Command = Callable[..., Any]


class _Narrow(TypedDict):
    source: str | None
    from_: str | None
    to: str | None
    language: str | None


def _filters(command: Command) -> Command:
    """The options that narrow a set of articles, the same for every command."""
    for option in (
        click.option("--language", metavar="CODE", help="Only texts in this language: en, km, zh ..."),
        click.option("--to", metavar="DATE", help="Published then or before."),
        click.option("--from", "from_", metavar="DATE", help="Published then or later: 2017, 2017-11 or 2017-11-27."),
        click.option("--source", metavar="ID", help="Only this newspaper."),
    ):
        command = option(command)
    return command


_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@click.argument("words", nargs=-1, required=True)
@_filters
@click.option("--limit", default=20, show_default=True, type=click.IntRange(min=1), help="How many to show.")
@_as_json
@click.pass_context
def search(
    context: click.Context,
    words: tuple[str, ...],
    source: str | None,
    from_: str | None,
    to: str | None,
    language: str | None,
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
        narrow = _Narrow(source=source, from_=from_, to=to, language=language)
        hits = searching.search(archive.db, question, limit=limit, marks=marks, **narrow)
        total = searching.count(archive.db, question, **narrow) if len(hits) == limit else len(hits)
    if as_json:
        for hit in hits:
            click.echo(printing.to_json(hit))
        return
    for hit in hits:
        printing.hit(hit)
    if total > len(hits):
        click.echo(f"{len(hits)} of {total} articles; --limit shows more", err=True)
    if not hits:
        click.echo("nothing found", err=True)


@click.command()
@click.argument("article", metavar="ID|URL")
@click.option("--revision", "number", type=click.IntRange(min=1), help="An earlier state; 1 is the first.")
@click.option("--diff", is_flag=True, help="What the revision changed against the one before.")
@click.option("--html", is_flag=True, help="The page as it was captured.")
@_as_json
@click.pass_context
def show(context: click.Context, article: str, number: int | None, diff: bool, html: bool, as_json: bool) -> None:
    """Show an article: its facts and its text.

    \b
    Example:  morgue show 12
              morgue show https://www.example.org/2024/11/a-story --revision 2 --diff
    """
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


@click.command()
@click.argument("url")
@_as_json
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
        click.echo(f"{story.url}\n  {story.source}: {story.state} since {story.state_at}: {story.reason}")
        if story.detail:
            click.echo(f"  {story.detail}")
        click.echo(f"  found {story.found_at} {f'in {story.listing}' if story.listing else 'by a person'}")
        if story.article:
            click.echo(f"  article {story.article}: morgue show {story.article}")
        if story.retry_at:
            click.echo(f"  fetched again from {story.retry_at} on")
        for visit in story.visits:
            told = [visit.at, visit.outcome, visit.reason, str(visit.status or ""), visit.detail or ""]
            click.echo("  " + "  ".join(part for part in told if part))
    if not stories:
        click.echo(f"{url}: never seen; no listing named it. `morgue add {url}` fetches it", err=True)


@click.command("cite")
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


@click.command()
@_as_json
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Say how every newspaper fares. Ends with 1 when one is degraded.

    \b
    Example:  morgue status || mail -s "Morgue needs a look" me@example.org
    """
    with Archive(context.obj.data) as archive:
        sources = archive.status(datetime.now(UTC))
    if as_json:
        click.echo(printing.to_json([{**asdict(source), "degraded": bool(source.why)} for source in sources]))
    else:
        for source in sources:
            printing.health(source)
        if not sources:
            click.echo("no newspapers yet; `morgue crawl` fetches those of config.yaml", err=True)
    context.exit(1 if any(source.why for source in sources) else 0)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True, dir_okay=False))
@click.option("--search", "words", metavar="WORDS", help="Only what this finds, as in `morgue search`.")
@_filters
@click.pass_context
def export(
    context: click.Context,
    file: Path,
    words: str | None,
    source: str | None,
    from_: str | None,
    to: str | None,
    language: str | None,
) -> None:
    """Write articles to a file; its ending names the format.

    \b
    .jsonl  everything, one article a line      .csv .parquet  a table
    .xml    TEI P5                              .vert          one token a line, for corpus tools
    .warc.gz  the captured pages                -              JSON lines to standard output

    \b
    Example:  morgue export flood-2017.csv --search flood --from 2017 --to 2017
    """
    narrow = _Narrow(source=source, from_=from_, to=to, language=language)
    with Archive(context.obj.data) as archive:
        if str(file) == "-":
            found = exporting.records(archive.db, searching.numbers(archive.db, words, **narrow))
            count = exporting.write_jsonl(found, sys.stdout.buffer)
        else:
            captures = Captures(_captures_folder(context.obj.data))
            count = exporting.export(archive.db, file, words, captures=captures, **narrow)
    what = "captures" if file.name.endswith(".warc.gz") else "articles"
    click.echo(f"{count} {what} written to {'standard output' if str(file) == '-' else file}", err=True)


@click.command("verify")
@click.option("--repair", is_flag=True, help="Rebuild what can be rebuilt: the search index, cut capture files.")
@_as_json
@click.pass_context
def verify_(context: click.Context, repair: bool, as_json: bool) -> None:
    """Check that the archive is complete and unaltered. Ends with 1 when something is wrong.

    \b
    Example:  morgue verify
              morgue verify --repair
    """
    wrong = 0
    with Archive(context.obj.data, writable=repair, captures="none") as archive:
        for problem in verify(archive.db, Captures(_captures_folder(context.obj.data)), repair=repair):
            wrong += not (problem.repaired or problem.harmless)
            said = "repaired: " if problem.repaired else "harmless: " if problem.harmless else ""
            click.echo(printing.to_json(problem) if as_json else f"{said}{problem.check}: {problem.detail}")
    click.echo("all is well" if not wrong else f"{wrong} problems", err=True)
    context.exit(1 if wrong else 0)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--open", "open_", is_flag=True, help="Open it in the browser.")
@click.pass_context
def serve(context: click.Context, host: str, port: int, open_: bool) -> None:
    """Show the archive in the browser: search, charts, tables, downloads. Nothing can be changed there.

    \b
    Example:  morgue serve --open
    """
    from archive import web  # Datasette takes half a second to import

    web.serve(context.obj.data, host=host, port=port, open_browser=open_)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def backup(context: click.Context, file: Path) -> None:
    """Copy the database, also while a crawl is running. The captures are plain files: copy them as they are.

    \b
    Example:  morgue backup /mnt/safe/morgue-2024-11.db
    """
    with Archive(context.obj.data) as archive:
        part = file.with_name(f".{file.name}.part")
        try:
            with closing(sqlite3.connect(part)) as copy:
                archive.db.conn.backup(copy)
            part.replace(file)
        except (OSError, sqlite3.Error) as error:
            raise ArchiveError(f"{file}: the copy cannot be written ({error}); name another place") from error
        finally:
            part.unlink(missing_ok=True)
    click.echo(f"{file} holds a copy of the database", err=True)


@click.command("merge")
@click.argument("others", nargs=-1, required=True, metavar="OTHER.db...", type=click.Path(path_type=Path, exists=True))
@_as_json
@click.pass_context
def merge_(context: click.Context, others: tuple[Path, ...], as_json: bool) -> None:
    """Unite other archives with this one; they stay as they are. The order makes no difference.

    Articles are numbered anew, by when they were first seen: note what you cited before by address, not by number.
    Pages are copied from the folder `captures` beside each archive.

    \b
    Example:  morgue merge /mnt/laptop/data/morgue.db /mnt/server/data/morgue.db
    """
    with ExitStack() as opened:
        into = opened.enter_context(Archive(context.obj.data, writable=True, captures="none"))
        merged = merge(into, [opened.enter_context(Archive(other)) for other in others])
    if as_json:
        click.echo(printing.to_json(merged))
        return
    for conflict in merged.conflicts:
        click.echo(conflict)
    click.echo(
        f"{merged.articles} articles, {merged.revisions} revisions, {merged.addresses} addresses, {merged.captures}"
        f" captures; {merged.joined} articles were in several archives, {len(merged.conflicts)} facts differed",
        err=True,
    )


@click.group()
def snapshot() -> None:
    """Freeze a selection of articles for a study, and prove later that an archive still holds it.

    \b
    Example:  morgue snapshot create floods-2017 --search flood --from 2017 --to 2017
              morgue snapshot verify floods-2017
    """


@snapshot.command("create")
@click.argument("name")
@click.option("--search", "words", metavar="WORDS", help="Only what this finds, as in `morgue search`.")
@_filters
@click.option("--author", "authors", multiple=True, metavar="NAME", help="Who is to be cited; more than once for more.")
@click.pass_context
def snapshot_create(
    context: click.Context,
    name: str,
    words: str | None,
    source: str | None,
    from_: str | None,
    to: str | None,
    language: str | None,
    authors: tuple[str, ...],
) -> None:
    """Write a manifest of digests, and a CITATION.cff, to the folder snapshots/NAME of the archive.

    \b
    Example:  morgue snapshot create floods-2017 --search flood --from 2017 --to 2017 --author "Sok Dara"
    """
    narrow = _Narrow(source=source, from_=from_, to=to, language=language)
    folder = _beside(context.obj.data, "snapshots")
    with Archive(context.obj.data) as archive:
        made = snapshots.create(archive.db, folder, name, datetime.now(UTC), words=words, authors=authors, **narrow)
    click.echo(made["root"])
    click.echo(f"{made['coverage']['articles']} articles frozen in {folder / name}", err=True)


@snapshot.command("verify")
@click.argument("name", metavar="NAME|FILE")
@_as_json
@click.pass_context
def snapshot_verify(context: click.Context, name: str, as_json: bool) -> None:
    """Prove that the archive holds every article of a snapshot, unaltered. Ends with 1 when it does not.

    \b
    Example:  morgue snapshot verify floods-2017
    """
    counts, wrong = _checked(context.obj.data, name)
    for finding in wrong:
        click.echo(printing.to_json(finding) if as_json else f"{finding.fate}: {finding.id} {finding.url}")
    click.echo(_tally(counts), err=True)
    context.exit(1 if wrong else 0)


@snapshot.command("rehydrate")
@click.argument("name", metavar="NAME|FILE")
@_as_json
@click.pass_context
def snapshot_rehydrate(context: click.Context, name: str, as_json: bool) -> None:
    """Say what is lacking of a snapshot that came without texts: the addresses to fetch, one a line.

    What drifted is held in another state only; nothing fetched today brings the old one back. Fetch, then verify.

    \b
    Example:  morgue snapshot rehydrate manifest.json | morgue add -
    """
    counts, wrong = _checked(context.obj.data, name)
    for finding in wrong:
        if as_json:
            click.echo(printing.to_json(finding))
        elif finding.fate == "missing":
            click.echo(finding.url)
        else:
            click.echo(f"drifted: {finding.id} {finding.url}", err=True)
    click.echo(_tally(counts), err=True)


archive_commands: list[click.Command] = [
    *(search, show, why, cite_, status, export, verify_, serve, backup, merge_, snapshot),
]


def _checked(data: Path, name: str) -> tuple[Counter[str], list[snapshots.Finding]]:
    path = Path(name)
    manifest = snapshots.read(path if path.exists() else _beside(data, "snapshots") / name)
    with Archive(data) as archive:
        found = list(snapshots.check(archive.db, manifest))
    return Counter(one.fate for one in found), [one for one in found if one.fate != "held"]


def _tally(counts: Counter[str]) -> str:
    return f"{counts['held']} held, {counts['drifted']} drifted, {counts['missing']} missing"


def _captures_folder(data: Path) -> Path:
    return _beside(data, "captures")


def _beside(data: Path, name: str) -> Path:
    return (data.parent if data.suffix == ".db" else data) / name


def _found(archive: Archive, article: str) -> ArticleRow:
    found = archive.article(article)
    if found is None:
        hint = (
            "`morgue search` finds numbers" if article.isdecimal() else f"`morgue why {article}` says what became of it"
        )
        raise ArchiveError(f"{article}: no such article; {hint}")
    return found


def _revision(archive: Archive, found: ArticleRow, number: int | None) -> RevisionRow:
    revision = archive.revision(found.id, number or found.revisions)
    if revision is None:
        raise ArchiveError(f"article {found.id} has no revision {number}; there are {found.revisions}")
    return revision


def _difference(archive: Archive, found: ArticleRow, revision: RevisionRow, as_json: bool) -> None:
    if revision.number == 1:
        raise ArchiveError(f"revision 1 of article {found.id} is the first: there is nothing before it")
    difference = archive.difference(found.id, revision.number - 1, revision.number)
    assert difference  # both revisions exist
    if as_json:
        click.echo(printing.to_json(difference))
    else:
        printing.changes(found, revision, difference)


def _page(data: Path, revision: RevisionRow) -> None:
    if revision.capture is None:
        raise ArchiveError(f"article {revision.article} revision {revision.number} was filed without its page")
    exchange = Captures(_captures_folder(data)).read(revision.capture)
    try:
        body = warc.payload(exchange)
    except ValueError as error:
        raise ArchiveError(f"{revision.capture.file} at {revision.capture.offset}: {error}") from error
    sys.stdout.buffer.write(body)
