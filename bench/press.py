"""Newspapers with a dice: as many articles as asked for, in five scripts, always the same ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from archive.records import Article, Outcome, Visit

BEGIN = datetime(2016, 1, 1, tzinfo=UTC)
SOURCES = 50
WORDS = 60_000  # of a script
DRAWN = 400_000  # words drawn by Zipf's law once; texts draw from these
# Script: language, share of the articles, letters of a syllable, sign between words.
SCRIPTS = {
    "Latin": ("en", 40, ("bcdfghklmnprstvwz", "aeiou", "nrstl "), " "),
    "Khmer": ("km", 20, ("កខគងចជញដតថទនបពមយរលវសហអ", "ាិីុូេែោំះ ", "ងញតនបមកស "), ""),
    "Thai": ("th", 15, ("กขคงจชญดตถทนบปพมยรลวสหอ", "ะาิีุู ", "งนมยวกดบ "), ""),
    "Chinese": ("zh", 15, ("".join(map(chr, range(0x4E00, 0x4E00 + 3000))), " ", " "), ""),
    "Arabic": ("ar", 10, ("بتثجحخدذرزسشصضطظعغفقكلمنهوي", "اوي ", "نرلم "), " "),
}


class Press:
    """Articles of 150 to 450 words, one in twenty a copy of a late one at another newspaper with a new lead."""

    def __init__(self, articles: int) -> None:
        self.dice = random.Random(1962)
        self.articles = articles
        self.words: dict[str, list[str]] = {}
        self._drawn: dict[str, list[str]] = {}
        weights = list(accumulate(1 / (rank + 2.7) for rank in range(WORDS)))
        for script, (_, _, letters, _) in SCRIPTS.items():
            known = list(dict.fromkeys(self._word(letters) for _ in range(WORDS)))
            self.words[script] = known
            self._drawn[script] = self.dice.choices(known, cum_weights=weights[: len(known)], k=DRAWN)

    def _word(self, letters: tuple[str, str, str]) -> str:
        size = self.dice.choices((1, 2, 3, 4), (1, 6, 5, 2))[0]
        return "".join(self.dice.choice(part) for _ in range(size) for part in letters).replace(" ", "")

    def text(self, script: str) -> str:
        """Paragraphs of two sentences."""
        between = SCRIPTS[script][3]
        paragraphs = []
        for _ in range(self.dice.randint(3, 9)):
            picked = self.dice.choices(self._drawn[script], k=50)
            paragraphs.append(f"{between.join(picked[:25])}. {between.join(picked[25:])}.")
        return "\n\n".join(paragraphs)

    def visits(self, gap: int = 0) -> Iterator[Visit]:
        """What a crawl would record, five minutes apart; in the middle the time of `gap` more articles passes."""
        shares = [share for _, share, _, _ in SCRIPTS.values()]
        late: list[tuple[str, str]] = []
        for number in range(self.articles):
            if late and self.dice.random() < 0.05:
                script, other = self.dice.choice(late)
                text = self.text(script).partition("\n\n")[0] + "\n\n" + other.partition("\n\n")[2]
            else:
                (script,) = self.dice.choices(list(SCRIPTS), shares)
                text = self.text(script)
                late = [*late[-200:], (script, text)]
            at = BEGIN + timedelta(minutes=5 * (number + (gap if number >= self.articles // 2 else 0)))
            source = f"paper{self.dice.randrange(SOURCES)}"
            url = f"https://{source}.test/{at:%Y/%m}/{number}"
            article = Article(
                url=url,
                title=SCRIPTS[script][3].join(self.dice.choices(self.words[script][:2000], k=8)),
                text=text,
                published=f"{at:%Y-%m-%dT%H:%MZ}",
                authors=(f"Author {self.dice.randrange(2000)}",),
                language=SCRIPTS[script][0],
            )
            yield Visit(url=url, source=source, at=at, outcome=Outcome.READ, reason="read", article=article)
