"""Articles as vertical text, a token a line, as Sketch Engine and the Corpus Workbench read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO
from xml.sax.saxutils import escape, quoteattr

from archive import scripts, tei
from archive.identity import UNSPACED


def write(found: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]], out: BinaryIO) -> int:
    """Write records, each with what of it fits in attributes; returns how many. <g/> where no space stood.

    Scripts without spaces come in syllables, which the attribute `tokens` of their document says: a segmenter of your
    choice may join them.
    """
    count = 0
    for record, flat in found:
        told = {name: value for name, value in flat.items() if name != "text" and value not in (None, "")}
        told["tokens"] = "words and syllables" if UNSPACED.search(record["text"]) else "words"
        attributes = " ".join(f"{name}={quoteattr(tei.clean(str(value)))}" for name, value in told.items())
        lines = [f"<doc {attributes}>"]
        for paragraph in record["paragraphs"]:
            lines += [f'<p id="{paragraph["id"]}">', *_tokens(paragraph["text"]), "</p>"]
        out.write(("\n".join([*lines, "</doc>"]) + "\n").encode("utf-8", "replace"))
        count += 1
    return count


def _tokens(text: str) -> Iterator[str]:
    """The tokens of a paragraph as printed, punctuation marks each by itself."""
    at = 0
    begun = False
    spans = dict.fromkeys((token.start, token.end) for token in scripts.tokens(text))
    for start, end in [*spans, (len(text), len(text))]:
        pieces = [
            (place, char) for place, char in enumerate(text[at:start], at) if char.isprintable() or char.isspace()
        ]
        for place, piece in [*pieces, (start, text[start:end])]:
            if piece.isspace() or not piece:
                continue
            if begun and not text[place - 1].isspace():
                yield "<g/>"
            yield escape(piece)
            begun = True
        at = end
