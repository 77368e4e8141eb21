"""What Content-Usage and Content-Signal lines refuse, in robots.txt and in headers. Pure.

Content-Usage is the wording of the IETF's aipref group ("train-ai=n", RFC 9651), Content-Signal the one that Cloudflare
writes into the robots.txt of its customers ("search=yes, ai-train=no").
"""

from __future__ import annotations

import re

# The names of mining and training in both vocabularies, drafts included. "search" and "ai-input" speak of other uses.
_MINING = frozenset({"train-ai", "ai-train", "train-genai", "genai", "ai", "tdm"})
_PAIR = re.compile(r"([a-z-]+)\s*=\s*(n|no)\b")


def refused(line: str) -> frozenset[str]:
    """The refusals in a line: "search=yes, ai-train=no" -> {"ai-train=no"}."""
    pairs = (_PAIR.match(part.strip()) for part in line.lower().split(","))
    return frozenset(f"{pair[1]}={pair[2]}" for pair in pairs if pair and pair[1] in _MINING)
