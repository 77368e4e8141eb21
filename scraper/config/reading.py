"""The file -> Config, or every problem at once: `FILE:LINE: sources[2].delay: what is wrong - what to write`."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from scraper.config.model import Config, id_of
from scraper.config.values import same_address
from scraper.errors import ConfigError

Place = tuple[str | int, ...]

_WRONG_TYPE = {
    "bool": "must be true or false",
    "dict": "must be a mapping of keys to values",
    "float": "must be a number",
    "int": "must be a whole number",
    "model": "must be a mapping of keys to values",
    "path": "must be the name of a folder",
    "string": "must be text",
    "tuple": "must be a list",
}
_YAML_FIXES = {
    "\\t": "indent with spaces, not with tabs",
    "mapping values are not allowed": "put text that holds a colon and a space in quotes, and line up the keys",
    "cannot start any token": "put the text in quotes",
    "unknown escape character": "put regular expressions in single quotes: '\\d+'",
    "another document": "remove the line of three dashes",
    "undefined alias": "put text that begins with * in quotes",
    "constructor for the tag": "put text that begins with ! in quotes",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one place of the file. `line` counts from 1; 0 is the whole file."""

    line: int
    where: str
    what: str
    fix: str = ""

    def text(self, file: Path) -> str:
        place = f"{file}:{self.line}" if self.line else str(file)
        return ": ".join(filter(None, (place, self.where, self.what))) + (f" - {self.fix}" if self.fix else "")


class _Words(SafeConstructor):
    """Every scalar as the text that stands in the file, so that NO stays Norway and 2024-02-30 gets a line."""


for _tag in ("bool", "int", "float", "timestamp"):
    _Words.add_constructor(f"tag:yaml.org,2002:{_tag}", SafeConstructor.construct_yaml_str)


def load(path: Path) -> Config:
    """The configuration in `path`; raises ConfigError with one line for each problem, in the order of the file."""
    try:
        return check(_text(path), path)
    except Unreadable as unreadable:
        raise ConfigError([unreadable.problem.text(path)]) from None


def check(text: str, path: Path) -> Config:
    """The configuration that `text` is, as if it stood in `path`; raises ConfigError."""
    config = None
    try:
        tree, data, problems = parse(text)
        problems += _repeated_sources(tree, data)
        if not isinstance(data, Mapping):
            problems.append(_no_mapping(tree, data))
        else:
            config = Config.model_validate(data, context=path)
    except Unreadable as unreadable:
        problems = [unreadable.problem]
    except ValidationError as error:
        # an id that could not be derived has its reason in the address beside it
        faults = [fault for fault in error.errors(include_url=False) if fault["type"] != "default_factory_not_called"]
        problems += [_explained(tree, fault) for fault in faults]
    if config is None or problems:
        ordered = sorted(dict.fromkeys(problems), key=lambda problem: problem.line)
        raise ConfigError([problem.text(path) for problem in ordered])
    return config


class Unreadable(Exception):
    """The file or its YAML cannot be read at all, so `problem` is the only one that can be seen."""

    def __init__(self, line: int, what: str, fix: str = "") -> None:
        self.problem = Problem(line, "", what, fix)


def _text(path: Path) -> str:
    try:
        body = path.read_bytes()
    except FileNotFoundError:
        raise Unreadable(0, "does not exist", "`morgue init` writes one, --config names another") from None
    except IsADirectoryError:
        raise Unreadable(0, "is a folder", f"name the file: {path / 'config.yaml'}") from None
    except OSError as error:
        raise Unreadable(0, f"cannot be read ({error.strerror})", "check its permissions") from None
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(body.count(b"\n", 0, error.start) + 1, "is not UTF-8", "save the file as UTF-8") from None


def parse(text: str) -> tuple[Node | None, Any, list[Problem]]:
    """The tree of `text` (for its lines), its data with scalars as text, and its repeated keys; raises Unreadable."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Words
    try:
        tree = yaml.compose(text)
        repeated = list(_repeated_keys(tree))  # first, because constructing puts merged keys (<<) into the tree
        yaml.constructor.allow_duplicate_keys = True
        return tree, None if tree is None else yaml.constructor.construct_document(tree), repeated
    except MarkedYAMLError as error:
        what = " ".join(filter(None, (error.context, error.problem)))
        fix = next((fix for sign, fix in _YAML_FIXES.items() if sign in what), "check the indentation and the quotes")
        mark = error.problem_mark or error.context_mark
        raise Unreadable(mark.line + 1 if mark else 0, f"is not YAML: {what}", fix) from None
    except YAMLError as error:
        raise Unreadable(0, "is not YAML: it holds a control character", "remove it") from error
    except RecursionError:
        raise Unreadable(0, "is nested too deeply", "check its brackets") from None


def _no_mapping(tree: Node | None, data: Any) -> Problem:
    if data is None:
        return Problem(0, "", "is empty", "write at least: sources: [https://www.example.org]")
    fix = (
        "put the list under a line `sources:`" if isinstance(data, list) else "write sources: [https://www.example.org]"
    )
    return Problem(_line(tree), "", f"must be keys with values, got {_shown(data)}", fix)


def _repeated_keys(tree: Node | None) -> Iterator[Problem]:
    """Keys that stand twice in one mapping: YAML would silently take one of them."""
    todo: list[tuple[Node | None, Place]] = [(tree, ())]
    seen: set[int] = set()  # an alias leads to a node again, perhaps from inside itself
    while todo:
        node, where = todo.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, SequenceNode):
            todo += [(item, (*where, index)) for index, item in enumerate(node.value)]
        elif isinstance(node, MappingNode):
            first: dict[str, int] = {}
            for key, value in node.value:
                name = str(key.value)
                if name in first:
                    what = f"stands twice, first on line {first[name]}"
                    yield Problem(_line(key), _dotted((*where, name)), what, "keep one of them")
                first.setdefault(name, _line(key))
                todo.append((value, (*where, name)))


def _repeated_sources(tree: Node | None, data: Any) -> Iterator[Problem]:
    """Ids and listings that stand twice. Read from the data, since no Source exists while anything is wrong."""
    sources = data.get("sources") if isinstance(data, Mapping) else None
    ids: dict[str, int] = {}
    for index, source in enumerate(sources if isinstance(sources, list) else []):
        if isinstance(source, str):
            source = {"homepage": source}
        if not isinstance(source, Mapping):
            continue
        listings = _addresses(source.get("listings"))
        if name := source.get("id") or _derived(source.get("homepage") or next(iter(listings), None)):
            first = ids.setdefault(str(name).lower(), index)
            if first != index:
                line, where = _place(tree, ("sources", index, "id"))
                there, _ = _place(tree, ("sources", first, "id"))
                what = f'the id "{name}" is also that of sources[{first}] on line {there}'
                yield Problem(line, where, what, f"write another, such as id: {name}-2")
        for again, earlier in same_address(listings).items():
            line, where = _place(tree, ("sources", index, "listings", again))
            yield Problem(line, where, f"is the same address as listings[{earlier}]", "keep one of them")


def _addresses(listings: Any) -> list[str]:
    """The addresses of the listings of one source, "" where there is none."""
    items = listings if isinstance(listings, list) else [listings] if listings else []
    return [str(item.get("url", "") if isinstance(item, Mapping) else item or "") for item in items]


def _derived(url: Any) -> str | None:
    try:
        return id_of(str(url))
    except ValueError:
        return None


def _explained(tree: Node | None, fault: ErrorDetails) -> Problem:
    """One complaint of pydantic in the words of a person who writes config.yaml."""
    kind, given = fault["type"], fault["input"]
    loc: Place = tuple(part for part in fault["loc"] if part != "[key]")
    context = fault.get("ctx", {})
    line, where = _place(tree, loc)
    if kind == "extra_forbidden" or kind == "invalid_key":
        return Problem(line, where, "is not a known key", _nearest(loc))
    fix = context.get("fix") or _example(loc, where)
    if kind == "missing":
        return Problem(line, where, "is missing", fix)
    if kind == "problem":
        what = context["what"]
    elif kind == "literal_error":
        what = f"must be {context['expected']}"
    elif kind.startswith("greater_than"):
        limit = context["ge"] if "ge" in context else context["gt"]
        what = f"must be {'at least' if 'ge' in context else 'more than'} {limit:g}"
    elif kind == "finite_number":
        what = "must be a finite number"
    else:
        what = _WRONG_TYPE.get(kind.split("_")[0], fault["msg"])
    if given not in ((), [], {}) and "[key]" not in fault["loc"]:
        what += f", got {_shown(given)}"
    return Problem(line, where, what, fix)


def _example(loc: Place, where: str) -> str:
    """How the value at `loc` is written: as an item of a list, as an address alone, or behind its key."""
    name, field = _field(loc)
    if field is None or not field.examples:
        return ""
    example = field.examples[0]
    if isinstance(loc[-1], int):
        return f"write {_flow(example[0])}"
    if not where.rpartition(".")[2].startswith((name, str(loc[-1]))):  # the short form has no key
        return f"write {_flow(example)}"
    return f"write {name}: {_flow(example)}"


def _place(tree: Node | None, loc: Place) -> tuple[int, str]:
    """The line of a place and its path. What is written in the short form has no keys below it."""
    node, line = tree, _line(tree)
    for depth, part in enumerate(loc):
        if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = _line(node)
        elif isinstance(node, MappingNode):
            pairs = [pair for pair in node.value if str(pair[0].value) == str(part)]
            if not pairs:
                return line, _dotted(loc)
            # of a merged and an own key, the own one counts; of two own ones, the first
            own = [pair for pair in pairs if pair[0].start_mark.index >= node.start_mark.index]
            key, node = (own or pairs)[0]
            line = _line(key)
        elif isinstance(node, ScalarNode):
            return line, _dotted(loc[:depth])
        else:
            return line, _dotted(loc)
    return line, _dotted(loc)


def _line(node: Node | None) -> int:
    return node.start_mark.line + 1 if node is not None else 0


def _dotted(loc: Place) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return text.removeprefix(".")


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models inside an annotation such as tuple[Rule, ...] or Network."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys of a model as they are written in the file."""
    return {str(field.validation_alias or name): field for name, field in model.model_fields.items()}


def _owner(loc: Place) -> type[BaseModel]:
    """The model whose key the last name of `loc` is."""
    model: type[BaseModel] = Config
    for part in [part for part in loc if isinstance(part, str)][:-1]:
        field = _keys(model).get(part)
        model = next(_models(field.annotation), model) if field else model
    return model


def _field(loc: Place) -> tuple[str, FieldInfo | None]:
    """The field that a place belongs to, and its key: the last name of `loc` that is one."""
    names = [part for part in loc if isinstance(part, str)]
    while names:
        if field := _keys(_owner(tuple(names))).get(names[-1]):
            return names[-1], field
        names.pop()
    return "", None


def _nearest(loc: Place) -> str:
    """What somebody who wrote this unknown key may have meant: a like one here, the same one elsewhere, or all."""
    written, owner = str(loc[-1]), _owner(loc)
    known = list(_keys(owner))
    if near := difflib.get_close_matches(written.lower().replace("-", "_"), known, 1):
        return f"did you mean {near[0]}?"
    for key, field in _keys(Config).items():
        for model in _models(field.annotation):
            if place := dict(_below(model, key)).get(written):
                return f"it belongs under {place}"
    return f"choose from {', '.join(known)}"


def _below(model: type[BaseModel], place: str) -> Iterator[tuple[str, str]]:
    """Every key of a model and of the models in it, with the place it belongs to."""
    for name, field in _keys(model).items():
        yield name, place
        for inner in _models(field.annotation):
            yield from _below(inner, name)


def _shown(value: Any) -> str:
    """A value as a person wrote it, shortened."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = json.dumps(value if isinstance(value, str | int | float) else str(value), ensure_ascii=False)
    return text if len(text) <= 70 else text[:66] + '..."'


def _flow(value: Any) -> str:
    """An example as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, bool | int | float | date):
        return str(value).lower()
    quoted = value.startswith(("#", "?", "{", "[", "*", "&", "!", "%", "@", "`")) or ": " in value or " #" in value
    return f'"{value}"' if quoted else str(value)
