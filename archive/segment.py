"""Between a text as it was printed and the full-text index: what is filed, what is asked, what is marked. Pure.

`indexed` and `match` go through the same tokens, so whatever is indexed is found, and `pieces` marks in the
original what the index found.

A run of syllables (scripts without spaces) is indexed as its overlapping pairs, and its last one alone: a phrase of
single syllables, each of which stands in nearly every text, costs time in proportion to the archive; of pairs it does
not. Each syllable, and the first three letters of each word, are in the index besides, once for each article, in a
column of their own: what begins so would else be put together from thousands of terms.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise, zip_longest

from archive.errors import QueryError
from archive.query import Both, Column, Either, Near, Node, Phrase, Without, parse
from archive.scripts import Token, chunks, syllables, tokens

# Stands in the index between the syllables of a pair, and behind the last one of a run: so ក does not begin ការ.
# A private-use character: no text can hold it as a letter, and the tokenizer (category Co) keeps it.
JOINT = "\ue000"
# Stands in the index before a syllable of the article, or the beginning of a word: no word is taken for one.
BEGINS = "\ue001"
SHORT = 3  # letters of such a beginning; few words begin with the same four
# Stands among the tokens where a space or a punctuation mark parts two syllables, so that 北京，东 is not 京东.
_GAP = " "
OCCURRENCES = 200  # of what was typed, looked at for the best passage of a text
LONG = 40  # letters: what is longer is no word that will come again


def entry(*parts: str) -> tuple[str, ...]:
    """What goes into the index for the parts of an article (headline, text, byline): beginnings, then each part."""
    begins: set[str] = set()
    terms = [_collected(part, begins) for part in parts]
    return " ".join(BEGINS + begin for begin in sorted(begins)), *terms


def indexed(text: str) -> str:
    """What goes into the index for one part: terms with a space between them."""
    return _collected(text, set())


def _collected(text: str, begins: set[str]) -> str:
    terms: list[str] = []
    for plain, other in chunks(text):
        found, beginnings = _pairs(plain) if plain else _cut(other)
        terms += found
        begins.update(beginnings)
    return " ".join(terms)


def match(words: str) -> str:
    """A person's search (see `archive.query`) as an FTS5 MATCH expression. QueryError says what to change."""
    if expression := _expression(parse(words)):
        return expression
    raise QueryError("nothing to search for: punctuation alone is not indexed")


def leaves(words: str) -> list[str]:
    """The words and phrases of a search, each as a MATCH expression; without those behind NOT."""
    return list(dict.fromkeys(_leaves(parse(words))))


def pieces(text: str, words: str, *, column: Column = "text", size: int | None = None) -> tuple[tuple[str, bool], ...]:
    """The original text cut where marks begin and end: (piece, found). With `size`, its best passage."""
    patterns = _patterns(words, column)
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


def _pairs(plain: str) -> tuple[list[str], list[str]]:
    """What `_cut` gives for a run of plain syllables."""
    forms = syllables(plain)
    return [*(f"{one}{JOINT}{other}" for one, other in pairwise(forms)), forms[-1] + JOINT], forms


def _cut(chunk: str) -> tuple[list[str], list[str]]:
    """The terms of a stretch of a text, and what it adds to the syllables and beginnings."""
    return _word(chunk) if len(chunk) < LONG else _word.__wrapped__(chunk)


@lru_cache(maxsize=1 << 16)  # words repeat
def _word(chunk: str) -> tuple[list[str], list[str]]:
    found = [token for token in tokens(chunk) if token.form]
    return list(_terms(found)), [token.form if token.syllable else token.form[:SHORT] for token in found]


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
            quoted = [part for part in map(_run, phrases) if part]
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


def _leaves(node: Node) -> Iterator[str]:
    match node:
        case Both(nodes) | Either(nodes):
            for child in nodes:
                yield from _leaves(child)
        case Without(wanted, _):
            yield from _leaves(wanted)
        case _:
            if expression := _expression(node):
                yield expression


def _quoted(phrase: Phrase) -> str:
    """A phrase as SQLite reads it; one syllable or a short beginning, anywhere, by the term that stands for it."""
    found = list(tokens(phrase.text))
    if len(found) == 1 and phrase.column is None:
        form, syllable = found[0].form, found[0].syllable
        if syllable or (phrase.prefix and len(form) <= SHORT):
            return f'"{BEGINS}{form}"' + (" *" if phrase.prefix and (syllable or len(form) < SHORT) else "")
    return _run(phrase)


def _run(phrase: Phrase) -> str:
    """A phrase by the terms that stand where it does in the text."""
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
    """A phrase to mark: its forms with the gaps between them, and how it is written when it is written as typed."""

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


@lru_cache(maxsize=64)  # all snippets of a page ask for the same
def _patterns(words: str, column: Column) -> tuple[_Pattern, ...]:
    return tuple(_wanted(parse(words), column))


def _wanted(node: Node, column: Column) -> list[_Pattern]:
    """The phrases to mark in a column; what stands behind NOT is not among them."""
    match node:
        case Phrase(text, prefix, only):
            found = list(tokens(text))
            if not found or only not in (None, column):
                return []
            typed = re.escape(text[found[0].start : found[-1].end])
            before = "" if found[0].syllable else r"(?<!\w)"
            behind = "" if found[-1].syllable or prefix else r"(?!\w)"
            return [_Pattern(tuple(_forms(found)), prefix, before + typed + behind)]
        case Near(phrases, _, only):
            inside = phrases if only in (None, column) else ()
            return [pattern for phrase in inside for pattern in _wanted(phrase, column)]
        case Both(nodes) | Either(nodes):
            return [pattern for child in nodes for pattern in _wanted(child, column)]
        case Without(wanted, _):
            return _wanted(wanted, column)


def _spans(found: list[Token], patterns: Iterable[_Pattern]) -> list[tuple[int, int]]:
    """The ranges of characters that the patterns cover, in order, overlapping ones joined."""
    forms: list[str] = []
    owners: list[Token] = []
    for token in found:
        if token.split:
            forms.append(_GAP)
            owners.append(token)
        forms.append(token.form)
        owners.append(token)
    exact: dict[str, list[_Pattern]] = {}
    begins: list[_Pattern] = []
    for pattern in patterns:
        if pattern.prefix and len(pattern.forms) == 1:
            begins.append(pattern)
        else:
            exact.setdefault(pattern.forms[0], []).append(pattern)
    heads = tuple(pattern.forms[0] for pattern in begins)
    spans: list[tuple[int, int]] = []
    for at in [at for at, form in enumerate(forms) if form in exact or form.startswith(heads)]:
        size = max(pattern.length(forms, at) for pattern in (*exact.get(forms[at], ()), *begins))
        if not size:
            continue
        start, end = owners[at].start, owners[at + size - 1].end
        if spans and start <= spans[-1][1]:
            start, end = spans[-1][0], max(end, spans[-1][1])
            spans.pop()
        spans.append((start, end))
    return spans


def _passage(text: str, patterns: tuple[_Pattern, ...], size: int) -> tuple[list[tuple[int, int]], int, int]:
    """What to mark, and start and end of the passage with the most, and most different, marks; cut between tokens."""
    begin, end = _window(text, patterns, size)
    found = list(tokens(text, begin, end))
    # At its ends the window may cut a token.
    found = found[1 if begin else 0 : -1 if end < len(text) else None]
    spans = _spans(found, patterns)
    if not spans and (begin, end) != (0, len(text)):
        begin, end = 0, len(text)
        found = list(tokens(text))
        spans = _spans(found, patterns)
    at = _densest(text, spans, size * 3 // 4)
    lead = max(0, at - size // 4)
    first = min((t.start for t in found if t.start >= lead), default=begin) if lead else 0
    last = max((t.end for t in found if first < t.end <= first + size), default=end)
    last = max(last, max((stop for start, stop in spans if start == at), default=0))
    return spans, first, last if any(char.isalnum() for char in text[last:]) else len(text)


def _window(text: str, patterns: tuple[_Pattern, ...], size: int) -> tuple[int, int]:
    """The surroundings of the place that holds most of what was typed, letter for letter: seen without cutting tokens.

    The whole text when none does.
    """
    if not patterns or len(text) <= 2 * size:
        return 0, len(text)
    typed = _typed(patterns).finditer(text)
    spans = [match.span() for match in islice(typed, OCCURRENCES)]
    if not spans:
        return 0, len(text)
    at = _densest(text, spans, size * 3 // 4)
    return max(0, at - size // 2), min(len(text), at + size * 3 // 2)


@lru_cache(maxsize=64)
def _typed(patterns: tuple[_Pattern, ...]) -> re.Pattern[str]:
    return re.compile("|".join(dict.fromkeys(pattern.typed for pattern in patterns)), re.IGNORECASE)


def _densest(text: str, spans: list[tuple[int, int]], width: int) -> int:
    """Where the stretch of `width` characters begins that holds the most different marks, then the most marks."""
    best, best_value = spans[0][0] if spans else 0, (0, 0)
    inside: Counter[str] = Counter()
    marked = [text[start:stop].lower() for start, stop in spans]
    last = 0
    for place, (start, _) in enumerate(spans):
        while last < len(spans) and (spans[last][1] <= start + width or last == place):
            inside[marked[last]] += 1
            last += 1
        value = (len(inside), last - place)
        if value > best_value:
            best, best_value = start, value
        inside[marked[place]] -= 1
        if not inside[marked[place]]:
            del inside[marked[place]]
    return best
