"""What the command line prints for people, and for programs as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, is_dataclass
from datetime import date
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from archive.articles import ArticleRow, RevisionRow
from archive.health import Health
from archive.revisions import Difference
from archive.search import Hit

MARKS = ("\x02", "\x03")  # around what was found, until they become colour


def console() -> Console:
    """Standard output."""
    # In a pipe nothing is wrapped or coloured: addresses stay whole for the next program.
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty(), file=sys.stdout)


def to_json(value: object) -> str:
    """Any of the archive's records as one line of JSON."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def counted(number: int, noun: str) -> str:
    """1 article, 2 articles."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _plain(value: Any) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value)} has no JSON")


def _marked(snippet: str) -> Text:
    if MARKS[0] not in snippet:
        return Text(snippet)
    text = Text()
    for place, piece in enumerate(snippet.replace(MARKS[1], MARKS[0]).split(MARKS[0])):
        text.append(piece, style="bold yellow" if place % 2 else "")
    return text


def hit(found: Hit) -> None:
    """One article of a search."""
    out = console()
    out.print(Text(found.title or "Untitled", style="bold"))
    facts = [str(found.id), found.source, found.published or "no date", ", ".join(found.authors)]
    out.print(Text("  ".join(facts), style="dim"))
    out.print(Text(found.url, style="dim"))
    out.print(_marked(found.snippet))
    out.print()


def article(found: ArticleRow, revision: RevisionRow) -> None:
    """The facts and the text of one revision."""
    out = console()
    out.print(Text(revision.title or "Untitled", style="bold"))
    out.print(Text(found.url, style="dim"))
    facts = {
        "published": f"{found.published or 'unknown'}{f' ({found.published_from})' if found.published_from else ''}",
        "modified": _modified(found, revision),
        "authors": ", ".join(found.authors),
        "source": found.source,
        "language": found.language,
        "section": found.section,
        "agency": found.agency,
        "kind": found.kind,
        "revision": f"{revision.number} of {found.revisions}, seen {revision.seen_at}",
        "withdrawn": found.withdrawn_at,
        "also at": " ".join(found.aliases),
        "told by": ", ".join(dict.fromkeys(member.source for member in found.cluster.members))
        if found.cluster
        else None,
    }
    history = [("history", f"{event.at}  {event.kind}: {event.detail or ''}") for event in found.events]
    for name, value in (*facts.items(), *history):
        if value:
            out.print(Text.assemble((f"{name:9} ", "dim"), value))
    if revision.number != found.revision:
        out.print(Text("Title and text are of that revision, the other facts of the latest.", style="dim"))
    out.print()
    out.print(Text(revision.text))
    for image in found.images:
        told = "  ".join(part for part in (image.caption, image.credit, image.url) if part)
        out.print(Text(f"\nPicture: {told}", style="dim"))


def _modified(found: ArticleRow, revision: RevisionRow) -> str | None:
    """When the article was changed, and who says so: mostly the page itself."""
    where = revision.evidence.get("modified")
    return (
        f"{found.modified} (from the sitemap)"
        if found.modified and where and where.source == "sitemap"
        else found.modified
    )


def changes(earlier: RevisionRow, revision: RevisionRow, difference: Difference) -> None:
    """A line for each paragraph, marked with - + or ~; in a changed one [-gone-] and {+new+}, as wdiff has it."""
    styles = {"same": "", "removed": "red", "added": "green"}
    brackets = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}
    out = console()
    line = f"article {revision.article}, revision {earlier.number} to {revision.number}: {difference.weight}"
    out.print(Text(line))
    for change in (difference.title, *difference.changes):
        if change is None:
            continue
        if change.kind == "changed":
            text = Text("~ ")
            for kind, piece in change.pieces:
                before, behind = brackets[kind]
                text.append(f"{before}{piece}{behind}", style=styles[kind])
        else:
            sign = {"same": " ", "removed": "-", "added": "+"}[change.kind]
            text = Text(f"{sign} {change.after or change.before or ''}", style=styles[change.kind])
        out.print(text)


def health(source: Health) -> None:
    """How one newspaper fares."""
    told: Iterable[str] = (f"{count} {state}" for state, count in source.states.items())
    state = "degraded" if source.why else "well"
    click.echo(f"{source.source}: {state}, {counted(source.articles, 'article')}; {', '.join(told) or 'no addresses'}")
    click.echo(f"  last answer {source.last_success or 'never'}, last new article {source.last_new or 'never'}")
    for line in source.why:
        click.echo(f"  ! {line}")
    for failing in source.failing:
        click.echo(f"  {failing.url}: {failing.reason}, {failing.failures} times since {failing.since}")
    for state, reasons in source.reasons.items():
        if state not in ("held", "wanted", "alias"):
            click.echo(f"  {state}: {', '.join(f'{count} {reason}' for reason, count in reasons.items())}")
