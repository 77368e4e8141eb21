"""What a page showed, for learning what its source's pages have in common. Light: every process can hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["box", "paragraph", "heading"]


@dataclass(frozen=True, slots=True)
class SeenBlock:
    """A block as it stood on a page. kind: "paragraph" when nothing tells it from the story's other paragraphs."""

    fingerprint: str
    letters: int
    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Seen:
    """The blocks of one page that can be furniture, as they stood in its container before any was judged."""

    url: str
    authors: tuple[str, ...]
    blocks: tuple[SeenBlock, ...]
