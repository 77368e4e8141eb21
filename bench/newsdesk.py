"""Stories in nine scripts, what other newspapers make of them, and what only looks like them. A dice with a fixed seed.

Sentences are put together from words and from set phrases, both by Zipf's law, so that strangers share what strangers
share. A rewriting is labelled by the habit of the desk that made it, a stranger by what it has in common.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import accumulate

CREDITS = ("(AFP)", "© Reuters", "— Associated Press", "Agence Kampuchea Presse", "dpa", "新华社", "Xinhua")
# Script: beginnings, middles and ends of its syllables, sign between words.
SCRIPTS = {
    "Latin": ("bcdfghklmnprstvwz", "aeiou", "nrstl ", " "),
    "Cyrillic": ("бвгдзклмнпрстфхш", "аеиоуы", "нрстл ", " "),
    "Arabic": ("بتثجحخدذرزسشصضطظعغفقكلمنهوي", "اوي ", "نرلم ", " "),
    "Devanagari": ("कखगचजटडतदनपबमयरलवशसह", "ािीुूेैोौ ", "नमरलसत ", " "),
    "Korean": ("".join(map(chr, range(0xAC00, 0xD7A4, 14))), " ", " ", " "),
    "Khmer": ("កខគងចជញដតថទនបពមយរលវសហអ", "ាិីុូេែោំះ ", "ងញតនបមកស ", ""),
    "Thai": ("กขคงจชญดตถทนบปพมยรลวสหอ", "ะาิีุู ", "งนมยวกดบ ", ""),
    "Burmese": ("ကခဂငစဆဇညတထဒနပဖဗမယရလဝသဟအ", "ာိီုူေဲ ", " ", ""),
    "Chinese": ("".join(map(chr, range(0x4E00, 0x4E00 + 2500))), " ", " ", ""),
}
DIGITS = {"Khmer": 0x17E0, "Burmese": 0x1040, "Devanagari": 0x966}
WORDS, PHRASES, DRAWN = 12_000, 2_000, 60_000
STRANGERS = ("different", "same event", "same template", "same agency", "same series", "same background")


class Desk:
    """The news desk of one script."""

    def __init__(self, script: str, stories: int) -> None:
        self.dice = random.Random(f"1962 {script}")
        self.zero = DIGITS.get(script, ord("0"))
        *letters, self.between = SCRIPTS[script]
        known = list(dict.fromkeys(self._word(letters) for _ in range(WORDS)))
        self.words = self._drawn(known)
        self.phrases = self._drawn([self._joined(self._some(self.dice.randint(2, 5))) for _ in range(PHRASES)])
        self.names = [self._word(letters) + self._word(letters) for _ in range(400)]
        self.stories = [self.story() for _ in range(stories)]

    def _word(self, letters: list[str]) -> str:
        size = self.dice.choices((1, 2, 3), (2, 5, 2))[0]
        return "".join(self.dice.choice(part) for _ in range(size) for part in letters).replace(" ", "")

    def _drawn(self, known: list[str]) -> list[str]:
        weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(known))))
        return self.dice.choices(known, cum_weights=weights, k=DRAWN)

    def _some(self, size: int) -> list[str]:
        return self.dice.choices(self.words, k=size)

    def _joined(self, words: list[str]) -> str:
        return self.between.join(words)

    def number(self) -> str:
        """A figure in the digits of the script."""
        figure = str(self.dice.choice((self.dice.randint(2, 99), self.dice.randint(100, 99_999))))
        return "".join(chr(self.zero + int(digit)) for digit in figure)

    def sentence(self) -> str:
        parts = []
        for _ in range(self.dice.randint(3, 7)):
            roll = self.dice.random()
            parts += [self.dice.choice(self.phrases)] if roll < 0.3 else self._some(3)
            if roll > 0.9:
                parts.append(self.number())
            elif roll > 0.8:
                parts.append(self.dice.choice(self.names))
        return self._joined(parts) + "."

    def paragraph(self) -> str:
        return " ".join(self.sentence() for _ in range(self.dice.randint(1, 4)))

    def story(self) -> str:
        return "\n\n".join(self.paragraph() for _ in range(self.dice.randint(4, 14)))

    # What other newspapers make of a story

    def cut(self, story: str) -> str:
        """Cut from the end to between 40 and 80 %."""
        return story[: int(len(story) * self.dice.uniform(0.4, 0.8))]

    def lead(self, story: str) -> str:
        """A new first paragraph."""
        return "\n\n".join([self.paragraph(), *story.split("\n\n")[1:]])

    def insert(self, story: str) -> str:
        """Own paragraphs put in: a fifth to a half of the length."""
        room = len(story) * self.dice.uniform(0.2, 0.5)
        paragraphs, put = story.split("\n\n"), 0
        while put < room:
            own = self.paragraph()
            paragraphs.insert(self.dice.randrange(len(paragraphs) + 1), own)
            put += len(own)
        return "\n\n".join(paragraphs)

    def edit(self, story: str) -> str:
        """Copy-edits: 3 to 8 % of the words changed or dropped; of letters, where words have no spaces, a third."""
        rate = self.dice.uniform(0.03, 0.08)
        units, between = (story.split(" "), " ") if self.between else (list(story), "")
        rate = rate if self.between else rate / 3
        edited: list[str] = []
        for unit in units:
            roll = self.dice.random()
            if roll >= rate / 3:
                edited.append(self.dice.choice(units) if roll < rate else unit)
        return between.join(edited)

    def credit(self, story: str) -> str:
        """Another agency's name at both ends."""
        return f"{self.dice.choice(CREDITS)} {story} {self.dice.choice(CREDITS)}"

    def shorter(self, story: str) -> str:
        """Cut, and given a new lead."""
        return self.lead(story[: int(len(story) * self.dice.uniform(0.6, 0.9))])

    def update(self, story: str) -> str:
        """An hour later: one or two of its figures have risen, a paragraph has come in."""
        figures = [word for word in story.split() if word.isdecimal()]
        for figure in self.dice.sample(figures, min(len(figures), 2)):
            story = story.replace(figure, self.number(), 1)
        return story + "\n\n" + self.paragraph()

    def rewritten(self) -> Iterator[tuple[str, str, str]]:
        """(habit, story, what was made of it)."""
        habits: list[Callable[[str], str]] = [
            self.cut, self.lead, self.insert, self.edit, self.credit, self.shorter, self.update
        ]  # fmt: skip
        for story in self.stories:
            for habit in habits:
                yield habit.__name__, story, habit(story)

    # What only looks like another story

    def strangers(self) -> Iterator[tuple[str, str, str]]:
        """(what they share, one, other)."""
        notes = [self.paragraph() for _ in range(7)]  # "Reporting by ...", rights, where to write to
        for story in self.stories:
            other = self.dice.choice([one for one in self.stories if one is not story])
            size = min(len(story), len(other))
            yield "different", story, other
            said = self.sentence() + " " + self.sentence()
            yield "same event", story + "\n\n" + said, said + "\n\n" + other
            yield "same template", *self._reports()
            note = self.dice.choice(notes)[: size // 4]
            yield "same agency", story + "\n\n" + note, other + "\n\n" + note
            head, foot = self.sentence()[: size // 8], self.sentence()[: size // 8]
            yield "same series", f"{head}\n\n{story}\n\n{foot}", f"{head}\n\n{other}\n\n{foot}"
            yield "same background", story, other + "\n\n" + story[: size // 5]

    def _reports(self) -> tuple[str, str]:
        """Results, prices or the weather of two days: the same words, other figures and names."""
        slots = self.dice.randint(3, 12)  # words between two figures
        frame: list[list[str]] = [
            [self._joined(self._some(self.dice.randint(max(2, slots - 2), slots + 2))) for _ in range(3)]
            for _ in range(self.dice.randint(5, 10))
        ]

        def report() -> str:
            fill = [self.number, self.number, lambda: self.dice.choice(self.names)]
            sentences = (
                self._joined([part for words in line for part in (words, self.dice.choice(fill)())]) for line in frame
            )
            return ". ".join(sentences) + "."

        return report(), report()
