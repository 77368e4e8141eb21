"""JSON-LD as newspapers write it: read as it stands, or repaired where it is plain how."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

# A script this long is a data dump, not the description of an article; measured news pages stay under 300,000.
MAX_SCRIPT = 2_000_000
MAX_EMBEDDED = 8
MAX_NODES = 2_000  # of all blocks together; archives of live blogs come near it

_WRAPPING = re.compile(r"^\s*(?:/[/*]\s*)?(?:<!\[CDATA\[|<!--)(?:\s*\*/)?|(?:/[/*]\s*)?(?:\]\]>|-->)(?:\s*\*/)?\s*$")
# A string that nobody closed runs to the end, so that it is not looked for again from each quote in it.
_STRING = r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)'
_TRAILING_COMMA = re.compile(rf"({_STRING})|,(?=\s*[}}\]])", re.S)
_MISSING_COMMA = re.compile(r'("|\}|\]|\d|true|false|null)(\s*\n\s*)(?="(?:[^"\\\n]|\\.)*"\s*:)')
_ESCAPED_START = re.compile(r"\{(?:\s|\\+[nrt])*(\\*)\"@(?:context|graph)\\*\"")
_INSIDE_STRING = re.compile(r"(?:[^\"\\]|\\.)*", re.S)
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
_COMMENT = re.compile(rf"({_STRING})|/\*.*?(?:\*/|\Z)|(?<![:\w])//[^\n]*", re.S)


def nodes(scripts: Iterable[str]) -> tuple[dict[str, Any], ...]:
    """Every object of every block in order; arrays and `@graph` are opened, other nesting is left as it is."""
    found: list[dict[str, Any]] = []
    for script in scripts:
        if len(script) <= MAX_SCRIPT:
            for value in _values(script):
                _flatten(value, found)
        if len(found) >= MAX_NODES:
            break
    return tuple(found[:MAX_NODES])


def embedded(page: str) -> Iterator[str]:
    """JSON-LD that a page keeps inside of strings of its other scripts, which write it when they run; unescaped.

    Sites built from components ship it so, in the payload that makes the page live.
    """
    if "ld+json" not in page or '\\"@context\\' not in page:
        return
    for match in islice(_ESCAPED_START.finditer(page), MAX_EMBEDDED):
        # Each level of quoting turns n backslashes before a quote into 2n + 1.
        text = page[match.start() : match.start() + MAX_SCRIPT // 4]
        for _ in range(len(match[1]).bit_length()):
            inside = _INSIDE_STRING.match(text)
            try:
                text = json.loads(f'"{inside[0] if inside else ""}"', strict=False)
            except ValueError:
                break
        else:
            if match[1]:
                yield text


def _flatten(value: Any, into: list[dict[str, Any]], depth: int = 0) -> None:
    if depth > 8 or len(into) >= MAX_NODES:
        return
    if isinstance(value, list):
        for item in value:
            _flatten(item, into, depth + 1)
    elif isinstance(value, dict):
        graph = value.get("@graph")
        if isinstance(graph, list | dict):
            _flatten(graph, into, depth + 1)
        if len(value) > 2 or not isinstance(graph, list | dict):
            into.append(value)


def _values(script: str) -> list[Any]:
    """The JSON values of one script element; [] when it cannot be understood."""
    text = script.strip().strip("\ufeff")
    try:
        return [json.loads(text, strict=False)]
    except (ValueError, RecursionError):
        pass
    text = _WRAPPING.sub("", _WRAPPING.sub("", text)).strip().rstrip(";").strip()
    for repair in (_same, _unescaped, _mended):
        try:
            values = _concatenated(repair(text))
        except (ValueError, RecursionError):
            continue
        if values:
            return values
    return []


def _same(text: str) -> str:
    return text


def _unescaped(text: str) -> str:
    """Quotes written as HTML entities: the whole block went through an escaping template."""
    head = text[:200]
    return html.unescape(text) if "&quot;" in head or "&#34;" in head or "&#x22;" in head.lower() else text


def _mended(text: str) -> str:
    """Comments, trailing commas, forgotten commas and braces, unknown escapes."""
    text = _COMMENT.sub(lambda match: match[1] or "", _unescaped(text))
    text = _BAD_ESCAPE.sub(r"\\\\", text)
    text = _TRAILING_COMMA.sub(lambda match: match[1] or "", text)
    text = _MISSING_COMMA.sub(r"\1,\2", text)
    return _closed(text)


def _closed(text: str) -> str:
    """The text with the string, arrays and objects that are still open at its end closed."""
    stack: list[str] = []
    in_string = escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "{[":
            stack.append("}" if character == "{" else "]")
        elif character in "}]" and stack:
            stack.pop()
    if not stack and not in_string:
        return text
    return (text + '"' * in_string).rstrip().rstrip(",") + "".join(reversed(stack))


def _concatenated(text: str) -> list[Any]:
    """Objects one after the other, a comma, a semicolon or nothing between; ValueError when none can be read."""
    decoder = json.JSONDecoder(strict=False)
    values: list[Any] = []
    position = 0
    while position < len(text):
        try:
            value, position = decoder.raw_decode(text, position)
        except ValueError:
            if values:  # what follows the first whole object is rubbish
                return values
            raise
        values.append(value)
        while position < len(text) and text[position] in " \t\r\n,;":
            position += 1
    return values
