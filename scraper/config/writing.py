"""A first config.yaml, and one more source in an existing one."""

from __future__ import annotations

import io
import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from scraper.config.reading import Unreadable, check, parse
from scraper.errors import ConfigError

SCHEMA_FILE = Path(__file__).parent.parent / "config.schema.json"

_TEMPLATE = """\
{schema}# What Morgue keeps, and how: `morgue sources check` tries every address, `morgue crawl` files what they name.

# E-mail or page for the people we fetch from; it goes into the User-Agent.
{contact}

# Folder of the archive, relative to this file.
data: data

# One crawl stops beginning new pages after this long.
# max_time: 50m

# How the web is asked. Private addresses are refused unless they are allowed here.
# network:
#   delay: 1.0              # seconds between two requests to one host
#   allow: [127.1.0.0/16]

# The newspapers. An address is enough: feeds, sitemaps and sections are found out. The long form:
#
#   - id: example           # short name in commands and tables, never to be changed
#     name: The Example
#     homepage: https://www.example.org
#     country: KH
#     language: km
#     listings:
#       - https://www.example.org/feed
#       - {{url: https://www.example.org/national, pages: "?page={{n}}"}}
#     exclude: [/video/]    # regular expressions, searched in the address
#     rules:
#       - {{keep: "#ArticleBody", drop: [.most-viewed], until: 2024-01-01}}
#
# `morgue sources add URL` adds one and finds its feeds and sitemaps.
sources:
{sources}"""


def starter(contact: str | None = None, homepages: Sequence[str] = (), *, schema: str | None = None) -> str:
    """A config.yaml to begin with. `schema` is the path of the JSON Schema as the file will see it."""
    pages = homepages or ["https://www.phnompenhpost.com"]
    return _TEMPLATE.format(
        schema=f"# yaml-language-server: $schema={schema}\n" if schema else "",
        contact=f"contact: {_scalar(contact)}" if contact else "# contact: you@example.org",
        sources="".join(f"  - {_scalar(page)}\n" for page in pages),
    )


def add_source(text: str, source: Mapping[str, Any]) -> str:
    """`text` (a config.yaml) with one more source behind the last; every other character stays as it is.

    `source` has the keys of config.yaml; those with None or nothing in them are left out, and a homepage alone is
    written in the short form. Raises ConfigError when the file has no place for it, or would not be right with it.
    """
    wanted = {key: value for key, value in source.items() if value not in (None, (), [], {})}
    item: Any = wanted["homepage"] if set(wanted) == {"homepage"} else wanted
    file = Path("config.yaml")
    try:
        tree, before, _ = parse(text)
        changed = _inserted(text, tree, item)
        _, after, _ = parse(changed)
        _, added, _ = parse(_block([item]))
        # The insertion is by position in the text, so it is checked by what the text then says.
        if after != {**(before or {}), "sources": [*((before or {}).get("sources") or []), *added]}:
            raise Unreadable(0, "has no place for one more source", "write sources as a list, one source a line")
    except Unreadable as unreadable:
        raise ConfigError([unreadable.problem.text(file)]) from None
    check(changed, file)
    return changed


def _inserted(text: str, tree: Node | None, item: Any) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    if tree is not None and not isinstance(tree, MappingNode):
        raise Unreadable(0, "must be keys with values", "write a line `sources:`")
    pair = next((pair for pair in tree.value if pair[0].value == "sources"), None) if tree else None
    if pair is None:
        return _joined(text, "sources:\n" + _indented(_block([item]), 2), newline)
    key, value = pair
    if isinstance(value, SequenceNode) and value.value and value.flow_style:
        return _in_brackets(text, value, item)
    if isinstance(value, SequenceNode) and value.value:
        place, block = _after(text, value), _indented(_block([item]), value.start_mark.column)
        if re.search(r"\n[ \t]*\r?\n", text[value.start_mark.index : place]):  # the others are set apart, too
            block = "\n" + block
    else:  # nothing there yet: an empty list, or no value
        start, end = value.start_mark.index, value.end_mark.index
        if isinstance(value, ScalarNode) and not value.value:
            start = end = key.end_mark.index + 1
        text = text[:start].rstrip(" ") + text[end:]
        place = _line_end(text, len(text[:start].rstrip(" ")))
        block = _indented(_block([item]), key.start_mark.column + 2)
    return _joined(text[:place], block, newline) + text[place:]


def _after(text: str, sequence: SequenceNode) -> int:
    """Where the last item of a block list ends, with the comments that are indented like its inside."""
    lines = text[: sequence.end_mark.index].splitlines(keepends=True)
    while lines and not _belongs(lines[-1], sequence.start_mark.column):
        lines.pop()
    return len("".join(lines))


def _belongs(line: str, column: int) -> bool:
    bare = line.lstrip(" ")
    return bare.strip() != "" and not (bare.startswith("#") and len(line) - len(bare) <= column)


def _line_end(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end + 1


def _in_brackets(text: str, sequence: SequenceNode, item: Any) -> str:
    """Before the closing bracket; JSON is YAML."""
    end = sequence.end_mark.index - 1
    tail = re.sub(r"#[^\n]*", "", text[sequence.value[-1].end_mark.index : end])
    comma = "" if "," in tail else ", "
    return text[:end] + comma + json.dumps(item, ensure_ascii=False) + text[end:]


def _joined(head: str, block: str, newline: str) -> str:
    gap = newline if head and not head.endswith("\n") else ""
    return head + gap + block.replace("\n", newline)


def _indented(block: str, columns: int) -> str:
    return "".join(" " * columns + line if line.strip() else line for line in block.splitlines(keepends=True))


def _block(data: Any) -> str:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.allow_unicode = True
    yaml.width = 10_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(data, out)
    return textwrap.dedent(out.getvalue())


def _scalar(text: str) -> str:
    return _block([text]).strip().removeprefix("- ")
