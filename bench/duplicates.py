"""How well near duplicates are told from different stories: precision and recall on pairs made by news desks' habits.

    python bench/duplicates.py [TEXTS.jsonl ...]

Each line of a file is a JSON object with `text` or `texts`; without a file, the sample newspaper's stories are taken.
The pairs are rewritten by a dice with a fixed seed: the same files give the same figures.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from archive.clusters import bands, overlap
from archive.identity import UNSPACED, shingles, signature

CREDITS = ("(AFP)", "© Reuters", "— Associated Press", "Agence Kampuchea Presse", "dpa", "新华社", "Xinhua")
SHORTEST = 400  # letters; shorter texts are no stories


def texts(files: list[str]) -> list[str]:
    found = []
    if files:
        for file in files:
            with Path(file).open(encoding="utf-8") as lines:
                for line in lines:
                    record = json.loads(line)
                    found.append(record.get("text") or "\n\n".join(record.get("texts", [])))
    else:
        files = sorted(map(str, Path(__file__).parents[1].glob("sample/content/*/*.md")))
        found = [Path(file).read_text(encoding="utf-8").split("---", 2)[2] for file in files]
    return sorted({text.strip() for text in found if len(text.strip()) >= SHORTEST})


class Desk:
    """A sub-editor with a dice."""

    def __init__(self, corpus: list[str]) -> None:
        self.dice = random.Random(1962)
        self.corpus = corpus

    def cut(self, story: str) -> str:
        """Cut from the end to between 40 and 80 %."""
        return story[: int(len(story) * self.dice.uniform(0.4, 0.8))]

    def lead(self, story: str) -> str:
        """A new headline and first paragraph."""
        first, *rest = story.split("\n\n")
        other = self.dice.choice(self.corpus).split("\n\n")[0][: max(len(first), 150)]
        return "\n\n".join([other, *rest]) if rest else other + " " + story[len(story) // 5 :]

    def insert(self, story: str) -> str:
        """Paragraphs of another story put in: a fifth to a half of the length."""
        room = int(len(story) * self.dice.uniform(0.2, 0.5))
        other = self.dice.choice(self.corpus)[:room]
        paragraphs = story.split("\n\n")
        paragraphs.insert(self.dice.randrange(len(paragraphs) + 1), other)
        return "\n\n".join(paragraphs)

    def edit(self, story: str) -> str:
        """Copy-edits: 3 to 8 % of the words changed, dropped or added."""
        rate = self.dice.uniform(0.03, 0.08)
        units = list(story) if len(UNSPACED.findall(story)) * 2 > len(story) else story.split(" ")
        if len(units) == len(story):
            rate /= 3  # of the letters: a word has two or three
        edited: list[str] = []
        for unit in units:
            roll = self.dice.random()
            if roll < rate / 3:
                continue
            edited.append(self.dice.choice(units) if roll < rate else unit)
        return ("" if len(units) == len(story) else " ").join(edited)

    def credit(self, story: str) -> str:
        """Another agency's name at both ends."""
        return f"{self.dice.choice(CREDITS)} {story} {self.dice.choice(CREDITS)}"

    def both(self, story: str) -> str:
        """Cut and given a new lead."""
        return self.lead(story[: int(len(story) * self.dice.uniform(0.6, 0.9))])

    def pairs(self) -> Iterator[tuple[str, str, str]]:
        habits: list[Callable[[str], str]] = [self.cut, self.lead, self.insert, self.edit, self.credit, self.both]
        for story in self.corpus:
            for habit in habits:
                yield habit.__name__, story, habit(story)

    def strangers(self) -> Iterator[tuple[str, str, str]]:
        """Different stories; some that share a paragraph of background, some with the same words below the text."""
        for story in self.corpus:
            other = self.dice.choice(self.corpus)
            if other == story:
                continue
            yield "different", story, other
            background = story[: min(len(story), len(other)) // 5]
            yield "same background", story, other + "\n\n" + background
            footer = self.dice.choice(self.corpus)[:150]
            yield "same footer", story + "\n\n" + footer, other + "\n\n" + footer


def main(files: list[str]) -> None:
    corpus = texts(files)
    desk = Desk(corpus)
    told: Counter[tuple[str, bool]] = Counter()
    candidates: Counter[str] = Counter()
    for name, one, other in [*desk.pairs(), *desk.strangers()]:
        a, b = shingles(one), shingles(other)
        near = bool(set(bands(signature(a))) & set(bands(signature(b))))
        candidates[name] += near
        told[name, near and overlap(a, b).same_story] += 1
    right = wrong = missed = 0
    for name in dict.fromkeys(name for name, _ in told):
        yes, no = told[name, True], told[name, False]
        print(f"{name:16} {yes + no:6} pairs  {yes:6} told the same  {candidates[name]:6} in one band")
        if name in ("different", "same background", "same footer"):
            wrong += yes
        else:
            right, missed = right + yes, missed + no
    print(f"{len(corpus)} texts: precision {right / (right + wrong):.4f}, recall {right / (right + missed):.4f}")


if __name__ == "__main__":
    main(sys.argv[1:])
