"""Between a text as it was printed and the full-text index: what is filed, what is asked, what is marked. Pure.

`indexed` and `match` go through the same tokens, so whatever is indexed is found, and `pieces` marks in the
original what the index found.

A run of syllables (scripts without spaces) is indexed as its overlapping pairs, and its last one alone: a phrase of
single syllables, each of which stands in nearly every text, costs time in proportion to the archive; of pairs it does
not. One syllable alone is asked for as the beginning of a pair.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, zip_longest

from archive.errors import QueryError
from archive.query import Both, Column, Either, Near, Node, Phrase, Without, parse
from archive.scripts import Token, chunks, syllables, tokens

# Stands in the index between the syllables of a pair, and behind the last one of a run: so ក does not begin ការ.
# A private-use character: no text can hold it as a letter, and the tokenizer (category Co) keeps it.
JOINT = "\ue000"
# Stands among the tokens where a space or a punctuation mark parts two syllables, so that 北京，东 is not 京东.
_GAP = " "
LONG = 40  # letters: what is longer is no word that will come again


def indexed(text: str) -> str:
    """What goes into the index for a text: terms with a space between them."""
    return " ".join(terms for plain, other in chunks(text) if (terms := _pairs(plain) if plain else _cut(other)))


def match(words: str) -> str:
    """A person's search (see `archive.query`) as an FTS5 MATCH expression. QueryError says what to change."""
    if expression := _expression(parse(words)):
        return expression
    raise QueryError("nothing to search for: punctuation alone is not indexed")


def pieces(text: str, words: str, *, column: Column = "text", size: int | None = None) -> tuple[tuple[str, bool], ...]:
    """The original text cut where marks begin and end: (piece, found). With `size`, its best passage."""
    patterns = _wanted(parse(words), column)
    if size is None:
        spans = _spans(list(tokens(text)), patterns)
        first, last = 0, len(text)
    else:
        spans, first, last = _passage(text, patterns, size)
    parts: list[tuple[str, bool]] = [("…", False)] if first > 0 else []
    at = first
    for start, end in spans:
        if first <= start and end <= last:
            parts += [(text[at:start], False), (text[start:end], True)]
            at = end
    parts.append((text[at:last], False))
    if last < len(text.rstrip()):
        parts.append(("…", False))
    return tuple((re.sub(r"\s+", " ", part) if size else part, marked) for part, marked in parts if part)


def highlight(
    text: str,
    words: str,
    *,
    column: Column = "text",
    size: int | None = None,
    marks: tuple[str, str] = ("[", "]"),
    escape: Callable[[str], str] = str,
) -> str:
    """`pieces` as one string, with `marks` around what was found. For HTML: `escape=html.escape`."""
    before, behind = marks
    parts = pieces(text, words, column=column, size=size)
    return "".join(f"{before}{escape(part)}{behind}" if found else escape(part) for part, found in parts)


def _pairs(plain: str) -> str:
    """What `_terms` gives for a run of syllables."""
    forms = syllables(plain)
    return " ".join([*(f"{one}{JOINT}{other}" for one, other in pairwise(forms)), forms[-1] + JOINT])


def _cut(chunk: str) -> str:
    return _word(chunk) if len(chunk) < LONG else " ".join(_terms(list(tokens(chunk))))


@lru_cache(maxsize=1 << 16)  # words repeat
def _word(chunk: str) -> str:
    return " ".join(_terms(list(tokens(chunk))))


def _terms(found: list[Token]) -> Iterator[str]:
    """Words as they are; syllables in pairs with the next of their run, the last one alone."""
    for token, following in zip_longest(found, found[1:]):
        if following and following.glued:
            yield f"{token.form}{JOINT}{following.form}"
        elif token.syllable:
            yield token.form + JOINT
        else:
            yield token.form


def _forms(found: Iterable[Token]) -> Iterator[str]:
    for token in found:
        if token.split:
            yield _GAP
        yield token.form


def _expression(node: Node) -> str:
    """The tree in SQLite's words; empty when it holds no letter or digit."""
    match node:
        case Phrase(column=column):
            return _in(column, _quoted(node))
        case Near(phrases, distance, column):
            quoted = [part for part in map(_quoted, phrases) if part]
            near = f"NEAR({' '.join(quoted)}, {distance})" if len(quoted) > 1 else "".join(quoted)
            return _in(column, near)
        case Both(nodes):
            return _joined(" AND ", nodes)
        case Either(nodes):
            return _joined(" OR ", nodes)
        case Without(wanted, unwanted):
            left, right = _expression(wanted), _expression(unwanted)
            if not left:
                raise QueryError("NOT needs something before it: write WANTED NOT UNWANTED")
            return f"({left} NOT {right})" if right else left


def _quoted(phrase: Phrase) -> str:
    found = list(tokens(phrase.text))
    terms, open_end = list(_terms(found)), phrase.prefix
    if found and found[-1].glued:
        terms.pop()  # the run may go on in the text, and the pair before holds this syllable
    elif found and found[-1].syllable:
        terms[-1] = terms[-1].removesuffix(JOINT) if open_end else terms[-1]
        open_end = True
    return f'"{" ".join(terms)}"' + (" *" if open_end else "") if terms else ""


def _in(column: Column | None, expression: str) -> str:
    return f"{column} : {expression}" if column and expression else expression


def _joined(operator: str, nodes: Iterable[Node]) -> str:
    parts = [part for part in map(_expression, nodes) if part]
    return f"({operator.join(parts)})" if len(parts) > 1 else "".join(parts)


@dataclass(frozen=True, slots=True)
class _Pattern:
    forms: tuple[str, ...]
    prefix: bool
    typed: str

    def length(self, forms: list[str], at: int) -> int:
        """How many entries of `forms` it covers from `at` on; 0 when it does not fit."""
        size = len(self.forms)
        here = tuple(forms[at : at + size])
        if here == self.forms:
            return size
        open_end = self.prefix and len(here) == size and here[:-1] == self.forms[:-1]
        return size if open_end and here[-1].startswith(self.forms[-1]) else 0


def _wanted(node: Node, column: Column) -> list[_Pattern]:
    """The phrases to mark in a column; what stands behind NOT is not among them."""
    match node:
        case Phrase(text, prefix, only):
            forms = tuple(_forms(tokens(text)))
            return [_Pattern(forms, prefix, text.casefold())] if forms and only in (None, column) else []
        case Near(phrases, _, only):
            inside = phrases if only in (None, column) else ()
            return [pattern for phrase in inside for pattern in _wanted(phrase, column)]
        case Both(nodes) | Either(nodes):
            return [pattern for child in nodes for pattern in _wanted(child, column)]
        case Without(wanted, _):
            return _wanted(wanted, column)


def _spans(found: list[Token], patterns: list[_Pattern]) -> list[tuple[int, int]]:
    """The ranges of characters that the patterns cover, in order, overlapping ones joined."""
    forms: list[str] = []
    owners: list[Token] = []
    for token in found:
        for form in (_GAP, token.form) if token.split else (token.form,):
            forms.append(form)
            owners.append(token)
    exact: dict[str, list[_Pattern]] = {}
    for pattern in patterns:
        if len(pattern.forms) > 1 or not pattern.prefix:
            exact.setdefault(pattern.forms[0], []).append(pattern)
    begins = [pattern for pattern in patterns if pattern.prefix and len(pattern.forms) == 1]
    spans: list[tuple[int, int]] = []
    for at, form in enumerate(forms):
        size = max((pattern.length(forms, at) for pattern in (*exact.get(form, ()), *begins)), default=0)
        if not size:
            continue
        start, end = owners[at].start, owners[at + size - 1].end
        if spans and start <= spans[-1][1]:
            start, end = spans[-1][0], max(end, spans[-1][1])
            spans.pop()
        spans.append((start, end))
    return spans


def _passage(text: str, patterns: list[_Pattern], size: int) -> tuple[list[tuple[int, int]], int, int]:
    """What to mark, and start and end of the passage with the most, and most different, marks; cut between tokens."""
    begin, end = _block(text, patterns, size)
    found = list(tokens(text[begin:end]))
    spans = _spans(found, patterns)
    if not spans and (begin, end) != (0, len(text)):
        begin, end = 0, len(text)
        found = list(tokens(text))
        spans = _spans(found, patterns)
    found = [token._replace(start=token.start + begin, end=token.end + begin) for token in found]
    spans = [(start + begin, stop + begin) for start, stop in spans]
    at = _densest(text, spans, size * 3 // 4)
    lead = max(begin, at - size // 4)
    first = begin if lead == begin else min((t.start for t in found if t.start >= lead), default=begin)
    last = max((t.end for t in found if first < t.end <= first + size), default=end)
    last = max(last, max((stop for start, stop in spans if start == at), default=0))
    return spans, first, last if any(char.isalnum() for char in text[last:]) else len(text)


def _block(text: str, patterns: list[_Pattern], size: int) -> tuple[int, int]:
    """The paragraphs that hold most of what was typed, letter for letter: seen without cutting the text into tokens.

    The whole text when none does.
    """
    best, most = (0, len(text)), 0
    start = 0
    while start < len(text):
        stop = text.find("\n\n", start + 2 * size)
        stop = len(text) if stop < 0 else stop
        block = text[start:stop].casefold()
        holds = sum(pattern.typed in block for pattern in patterns)
        if holds > most:
            best, most = (start, stop), holds
        start = stop
    return best


def _densest(text: str, spans: list[tuple[int, int]], width: int) -> int:
    """Where the stretch of `width` characters begins that holds the most different marks, then the most marks."""
    best, best_value = spans[0][0] if spans else 0, (0, 0)
    inside: Counter[str] = Counter()
    last = 0
    for place, (start, _) in enumerate(spans):
        while last < len(spans) and (spans[last][1] <= start + width or last == place):
            inside[text[slice(*spans[last])].lower()] += 1
            last += 1
        value = (len(inside), last - place)
        if value > best_value:
            best, best_value = start, value
        inside -= Counter((text[slice(*spans[place])].lower(),))
    return best
