"""How well near duplicates are told from different stories: precision and recall, script by script.

    python bench/duplicates.py [--stories 40]

The pairs come from news desks with a dice (`bench.newsdesk`): seven habits of rewriting, six kinds of strangers. Two
articles are near duplicates when they share a band, their sketches agree, and their texts are the same story
(`archive.clusters`), that is, when the archive would link them. Where datasketch is installed its MinHashLSH is asked
of the same pairs and shingles, with 128 permutations, at the threshold that its documentation begins with and at ours.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from archive.clusters import SIMILAR, akin, bands, same_story, sketch
from archive.identity import shingles, signature
from bench.newsdesk import SCRIPTS, STRANGERS, Desk

try:
    from datasketch import MinHash, MinHashLSH  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    MinHashLSH = None

Method = Callable[[str, str], bool]


def linked(one: str, other: str) -> bool:
    """Would the archive link them?"""
    a, b = signature(shingles(one)), signature(shingles(other))
    return bool(set(bands(a)) & set(bands(b))) and akin(sketch(a), sketch(b)) and same_story(one, other) is not None


def lsh(threshold: float, permutations: int) -> Method:
    """The same by datasketch alone."""

    def found(one: str, other: str) -> bool:
        index = MinHashLSH(threshold=threshold, num_perm=permutations)
        index.insert("one", _minhash(one, permutations))
        return bool(index.query(_minhash(other, permutations)))

    return found


def _minhash(text: str, permutations: int) -> object:
    made = MinHash(num_perm=permutations)
    made.update_batch([piece.encode() for piece in shingles(text)])
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=int, default=40, help="of each script")
    options = parser.parse_args()
    methods: dict[str, Method] = {"morgue": linked}
    if MinHashLSH is not None:
        methods |= {"datasketch 0.5": lsh(0.5, 128), f"datasketch {SIMILAR}": lsh(SIMILAR, 128)}
    pairs = {script: [*(desk := Desk(script, options.stories)).rewritten(), *desk.strangers()] for script in SCRIPTS}
    for name, method in methods.items():
        measure(name, method, pairs)


def measure(name: str, method: Method, pairs: dict[str, list[tuple[str, str, str]]]) -> None:
    """Print what a method makes of the pairs."""
    begun = time.process_time()
    told: dict[str, Counter[tuple[str, bool]]] = defaultdict(Counter)
    for script, all_pairs in pairs.items():
        for label, one, other in all_pairs:
            told[script][label, method(one, other)] += 1
    spent = time.process_time() - begun
    print(f"{name}: {1000 * spent / sum(map(len, pairs.values())):.1f} ms a pair")
    for script, counts in [*told.items(), ("all", sum(told.values(), Counter()))]:
        right = sum(number for (label, yes), number in counts.items() if yes and label not in STRANGERS)
        wrong = sum(number for (label, yes), number in counts.items() if yes and label in STRANGERS)
        missed = sum(number for (label, yes), number in counts.items() if not yes and label not in STRANGERS)
        print(f"  {script:12} precision {right / (right + wrong):.4f}, recall {right / (right + missed):.4f}", end="")
        amiss = Counter({label: number for (label, yes), number in counts.items() if yes == (label in STRANGERS)})
        listed = ", ".join(f"{number} {label}" for label, number in amiss.most_common()) or "none"
        print(f" of {sum(counts.values()):6} pairs; amiss: {listed}")


if __name__ == "__main__":
    main()
