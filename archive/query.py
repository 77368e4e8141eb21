"""What a person types into the search box, as a tree. Pure.

    words              both, anywhere          "a phrase"           in this order
    a OR b             (capital letters)       a NOT b              a without b
    begin*             prefix                  NEAR(a b, 5)         at most 5 words apart (10 when not said)
    title:word         also text:, byline:     ( )                  grouping

Everything else is text: an address, a price or an e-mail never needs quotes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import regex  # type: ignore[import-untyped]

from archive.errors import QueryError

Column = Literal["title", "text", "byline"]

MAX_TERMS = 100  # SQLite refuses trees deeper than 256
MAX_DEPTH = 20  # brackets in brackets; SQLite's parser has a small stack
NEAR_DEFAULT = 10  # as SQLite has it


@dataclass(frozen=True, slots=True)
class Phrase:
    """Text to be found as one run of tokens, in any column or in one; `prefix` when its last token may go on."""

    text: str
    prefix: bool = False
    column: Column | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """Phrases that stand together, with at most `distance` tokens between the first and the last."""

    phrases: tuple[Phrase, ...]
    distance: int = NEAR_DEFAULT
    column: Column | None = None


@dataclass(frozen=True, slots=True)
class Both:
    """Every one of them."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of them."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Without:
    """The first but not the second."""

    node: Node
    unwanted: Node


Node = Phrase | Near | Both | Either | Without

_COLUMNS: dict[str, Column] = {"title": "title", "text": "text", "byline": "byline", "author": "byline"}
_OPERATORS = ("AND", "OR", "NOT")
_QUOTE_INSIDE = r"(?<=\p{Hebrew})[\"“”](?=\p{Hebrew})"  # gershayim typed as a quotation mark
_UNOPENED = "a closing bracket ) has no opening one: remove it, or put the words in quotation marks"
_UNCLOSED = "an opening bracket ( has no closing one: add it, or put the words in quotation marks"
_LEXEMES = regex.compile(
    rf"""\s*(?:
      (?P<near>NEAR\s*\()
    | (?P<bracket>[()])
    | (?P<phrase>"(?:[^"]|{_QUOTE_INSIDE})*"\*?|[“„][^"“”„]*[“”]\*?)
    | (?P<column>(?i:title|text|byline|author))\s*:(?!//)
    | (?P<word>(?:[^\s()"“”„]|{_QUOTE_INSIDE})+)
    | (?P<stray>["“”„])
    )""",
    regex.VERBOSE,
)


def parse(words: str) -> Node:
    """Read a search. QueryError says what to change."""
    if not words.strip():
        raise QueryError("nothing to search for: type a word")
    return _Parser(words).tree()


class _Parser:
    """Recursive descent over the lexemes; OR binds loosest, then AND (or nothing), then NOT, as in SQLite."""

    def __init__(self, words: str) -> None:
        self._lexemes = [(match.lastgroup or "", match[match.lastgroup or 0]) for match in _LEXEMES.finditer(words)]
        self._at = self._terms = self._depth = 0

    def tree(self) -> Node:
        node = self._either(None)
        if self._at < len(self._lexemes):
            raise QueryError(_UNOPENED)
        return node

    def _peek(self) -> tuple[str, str]:
        return self._lexemes[self._at] if self._at < len(self._lexemes) else ("end", "")

    def _operator(self, name: str) -> bool:
        if self._peek() != ("word", name):
            return False
        self._at += 1
        return True

    def _either(self, column: Column | None) -> Node:
        nodes = [self._both(column)]
        while self._operator("OR"):
            nodes.append(self._both(column, after="OR"))
        return nodes[0] if len(nodes) == 1 else Either(tuple(nodes))

    def _both(self, column: Column | None, after: str = "") -> Node:
        nodes = [self._operand(column, after)]
        while True:
            if self._operator("NOT"):
                left = nodes[0] if len(nodes) == 1 else Both(tuple(nodes))
                nodes = [Without(left, self._operand(column, "NOT"))]
            elif self._operator("AND"):
                if not self._operator("NOT"):
                    nodes.append(self._operand(column, "AND"))
                else:
                    left = nodes[0] if len(nodes) == 1 else Both(tuple(nodes))
                    nodes = [Without(left, self._operand(column, "NOT"))]
            elif self._peek()[0] == "end" or self._peek() in (("bracket", ")"), ("word", "OR")):
                return nodes[0] if len(nodes) == 1 else Both(tuple(nodes))
            else:
                nodes.append(self._operand(column, ""))

    def _operand(self, column: Column | None, after: str) -> Node:
        kind, text = self._peek()
        self._at += 1
        match kind:
            case "near":
                return self._near(column)
            case "bracket" if text == "(":
                return self._group(column)
            case "phrase" | "word" if not (kind == "word" and text in _OPERATORS):
                return self._phrase(kind, text, column)
            case "column" if self._peek()[0] != "column":
                return self._operand(_COLUMNS[text.lower()], f"{text}:")
            case "stray":
                raise QueryError(f"a quotation mark {text} has no partner: add the second one or remove it")
        raise QueryError(self._complaint(kind, text, after))

    def _complaint(self, kind: str, text: str, after: str) -> str:
        if after:
            return f"{after} needs a word after it"
        if text == "NOT":
            return "NOT needs something before it: write WANTED NOT UNWANTED"
        if text in _OPERATORS:
            return f"{text} needs a word before it; in small letters it is a word like any other"
        if kind == "column":
            return f"{text}: needs a word after it"
        if kind == "end":
            return _UNCLOSED
        return "brackets ( ) have no words in them: remove them or put words in" if self._depth else _UNOPENED

    def _group(self, column: Column | None) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise QueryError(f"brackets are nested more than {MAX_DEPTH} deep: write it more simply")
        node = self._either(column)
        if self._peek() != ("bracket", ")"):
            raise QueryError(_UNCLOSED)
        self._at += 1
        self._depth -= 1
        return node

    def _near(self, column: Column | None) -> Near:
        phrases: list[Phrase] = []
        while self._peek() != ("bracket", ")"):
            kind, text = self._peek()
            self._at += 1
            if kind not in ("word", "phrase") or text in _OPERATORS:
                raise QueryError("NEAR takes words or phrases only: write NEAR(one two, 5)")
            phrases.append(self._phrase(kind, text, None))
        self._at += 1
        return _with_distance(phrases, column)

    def _phrase(self, kind: str, text: str, column: Column | None) -> Phrase:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise QueryError(f"more than {MAX_TERMS} words: search for fewer at once")
        prefix = text.endswith("*")
        text = text.removesuffix("*")
        if kind == "phrase":
            return Phrase(text[1:-1], prefix, column)
        if "*" in text or (prefix and not text):
            raise QueryError("* stands for the rest of a word and only at its end: write begin*")
        return Phrase(text, prefix, column)


def _with_distance(phrases: list[Phrase], column: Column | None) -> Near:
    """NEAR(a b, 5): the comma hangs on the last word, the number is a word of its own."""
    distance = NEAR_DEFAULT
    if len(phrases) > 1 and phrases[-1].text.lstrip(",").isdecimal():
        before = phrases[-2].text
        if phrases[-1].text.startswith(",") or before.endswith(","):
            distance = int(phrases.pop().text.lstrip(","))
    kept = tuple(Phrase(phrase.text.rstrip(","), phrase.prefix) for phrase in phrases if phrase.text.strip(","))
    if len(kept) < 2:
        raise QueryError("NEAR needs at least two words: write NEAR(one two, 5)")
    return Near(kept, distance, column)
