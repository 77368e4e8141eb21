"""Write the reference pages from the code itself: `make docs`. A test fails when they are out of date.

commands.md        every command with its help, from the command line
configuration.md   every key of config.yaml, from its model
tables.md          every table and column, from the comments that the archive file carries
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from sqlite_utils import Database

from archive.schema import descriptions, migrate
from scraper.cli import morgue
from scraper.config import json_schema

HERE = Path(__file__).parent
NOTICE = "<!-- Written by `make docs`; do not edit. -->\n\n"


def commands() -> str:
    """The help of every command."""
    parts = [
        "# Commands\n",
        "Exit codes: 0 fine; 1 ran, but something needs a look; 2 usage, configuration or archive.\n",
    ]
    for path, command in _commands(morgue, "morgue"):
        # With the settings of the program: -h is named, and a command that was run before says the same.
        context = click.Context(command, info_name=path, terminal_width=100, **morgue.context_settings)
        parts.append(f"## {path}\n\n```text\n{command.get_help(context)}\n```\n")
    return NOTICE + "\n".join(parts)


def _commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, child in sorted(command.commands.items()):
            yield from _commands(child, f"{path} {name}")


def configuration() -> str:
    """The keys of config.yaml, a table for each mapping in it."""
    schema = json_schema()
    parts = ["# config.yaml\n", "Only `sources` is required. Times are seconds, or like 90s, 20m, 1h30m.\n"]
    parts.append(_keys("The file", schema))
    for name, part in schema.get("$defs", {}).items():
        part = next((each for each in part.get("anyOf", ()) if "properties" in each), part)
        if "properties" in part:
            parts.append(_keys(name, part))
    return NOTICE + "\n".join(parts)


def _keys(title: str, schema: dict[str, Any]) -> str:
    rows = [
        f"## {title}\n",
        schema.get("description", "").strip() + "\n",
        "| key | meaning | default | example |",
        "|---|---|---|---|",
    ]
    for key, facts in schema["properties"].items():
        default = json.dumps(facts["default"]) if facts.get("default") is not None else ""
        example = json.dumps(facts["examples"][0], ensure_ascii=False) if facts.get("examples") else ""
        cells = (f"`{key}`", facts.get("description", ""), default and f"`{default}`", example and f"`{example}`")
        rows.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def tables() -> str:
    """The tables and columns of an archive."""
    db = Database(memory=True)
    migrate(db)
    parts = ["# The archive's tables\n", "One SQLite file, `morgue.db`. Times are UTC, ISO 8601.\n"]
    for name, (meaning, columns) in sorted(descriptions(db).items()):
        parts.append(f"## {name}\n\n{meaning}\n\n| column | meaning |\n|---|---|")
        parts[-1] += "".join(f"\n| `{column}` | {text} |" for column, text in columns.items()) + "\n"
    return NOTICE + "\n".join(parts)


PAGES = {"commands.md": commands, "configuration.md": configuration, "tables.md": tables}


def main() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
