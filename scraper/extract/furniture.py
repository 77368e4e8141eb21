"""A source's furniture: blocks of text that come back on its pages whatever the story is. Pure.

Learned from the blocks of many pages of one source, left out when the next page is read. What comes back only under
one author's name is that author's refrain and stays; so do table cells, which repeat in honest tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set

from archive.identity import text_fingerprint
from archive.records import RecurringBlock
from scraper.extract.blocks import HEADINGS, Block
from scraper.extract.dom import Element
from scraper.extract.story import spine_of
from scraper.seen import Kind, Seen, SeenBlock

MIN_LETTERS = 15
"""Letters of a block that can be furniture: shorter ones ("Why?") come back in honest texts."""

MAX_LETTERS = 2_000
MAX_BLOCKS = 1_000
"""Letters of a block, and blocks of a page, that are looked at: what is longer is a story or an attack."""

MIN_PAGES = 5
MIN_PAGES_UNSIGNED = 8
"""Pages that must show a block: signed by different authors, or where too few pages name an author to tell."""

MIN_OTHERS = 2
"""Pages of other authors that it takes: one may quote the refrain of a colleague."""

NEARLY_ALL = 0.8
"""Share of a source's pages under one name from which the name tells nothing."""

SHARES = {"box": 0.1, "paragraph": 0.25, "heading": 0.5}
"""Share of the source's pages that must show it. A heading ("Background") stands over honest text, too; a paragraph
that nothing tells from those around it may be background that reporters copy."""

SAME_STORY = 0.75
"""Two pages that share this part of their letters tell the same story and count as one page."""

MOST = 2 / 3
"""Share of a text that furniture may take. Where it would take more (a weather report, a notice that is nothing but its
form) the page is left as it is."""


def seen(url: str, authors: Sequence[str], found: list[Block], here: Element) -> Seen:
    """What a page teaches. `found` are all blocks of its container `here`."""
    spine = spine_of(found, here)
    names = Counter(block.element.names for block in found if block.tag == "p" and block.element.parent in spine)
    usual = {name for name, count in names.items() if count >= 0.25 * names.total()}

    def kind(block: Block) -> Kind:
        if block.tag in HEADINGS:
            return "heading"
        loose = block.element in spine or (block.element.parent in spine and block.element.names in usual)
        return "paragraph" if loose and not block.linked else "box"

    cells = ("td", "th")
    told = ((block, sum(map(str.isalnum, block.text))) for block in found[:MAX_BLOCKS] if block.tag not in cells)
    return Seen(
        url,
        tuple(dict.fromkeys(name.casefold() for name in authors)),
        tuple(
            SeenBlock(text_fingerprint(block.text), letters, block.text, kind(block))
            for block, letters in told
            if MIN_LETTERS <= letters <= MAX_LETTERS
        ),
    )


class Known:
    """The furniture that is known of a page's source, and what of it was met on the page.

    marks   fingerprints
    met     the texts of those that were met; whoever knows only these reads the same from the page
    """

    def __init__(self, marks: Set[str]) -> None:
        self.marks = marks
        self.met: dict[str, None] = {}

    def holds(self, text: str) -> bool:
        """Is this block furniture?"""
        if not self.marks or text_fingerprint(text) not in self.marks:
            return False
        self.met[text] = None
        return True

    def without(self, texts: Sequence[str]) -> list[str]:
        """The paragraphs that are no furniture; all of them where that would take most of the text."""
        left = [text for text in texts if not self.holds(text)]
        return left if is_enough(left, texts) else list(texts)


def is_enough(left: Iterable[str], texts: Iterable[str]) -> bool:
    """The part of a text that is left when furniture is taken out of it is most of it."""
    return sum(map(len, left)) >= (1 - MOST) * sum(map(len, texts))


def learn(pages: Iterable[Seen], before: Iterable[RecurringBlock] = ()) -> list[RecurringBlock]:
    """What comes back on these pages of one source, in the order of fingerprints; the order of the pages is no matter.

    before   what was learned earlier. A block that these pages do not show is still known: a promotion that is over
             stands on the pages of its time. One that they show, but too rarely also when both counts are taken
             together, was learned by mistake and is forgotten.
    """
    sizes: dict[str, dict[str, int]] = {}
    signed: dict[str, tuple[str, ...]] = {}
    examples: dict[str, tuple[str, str]] = {}
    kinds: dict[str, Kind] = {}
    for page in sorted(pages, key=lambda page: page.url):
        marks = {block.fingerprint: block.letters for block in page.blocks}
        for block in page.blocks:
            examples.setdefault(block.fingerprint, (block.text, page.url))
            kinds[block.fingerprint] = min(block.kind, kinds.get(block.fingerprint, block.kind), key=SHARES.__getitem__)
        if marks and page.url not in sizes and not any(same_story(marks, other) for other in sizes.values()):
            sizes[page.url] = marks
            signed[page.url] = page.authors
    shown: dict[str, list[str]] = {}
    for url, marks in sizes.items():
        for mark in marks:
            shown.setdefault(mark, []).append(url)
    of = len(sizes)
    signers = Counter(name for names in signed.values() for name in names)
    found = {
        mark: RecurringBlock(mark, *examples[mark], pages=len(urls), of=of)
        for mark, urls in shown.items()
        if len(urls) >= SHARES[kinds[mark]] * of
        and recurs([signed[url] for url in urls], signers, of, marked=kinds[mark] == "box")
    }
    for earlier in before:
        again = len(shown.get(earlier.fingerprint, ()))
        if not again or earlier.pages + again >= SHARES["box"] * (earlier.of + of):
            found.setdefault(earlier.fingerprint, earlier)
    return [found[mark] for mark in sorted(found)]


def recurs(bylines: Sequence[Sequence[str]], signers: Mapping[str, int], of: int, *, marked: bool) -> bool:
    """Enough pages show it, and not only one author's.

    signers   author -> pages of the source under that name
    marked    something tells it from the story's paragraphs
    """
    names = Counter(name for byline in bylines for name in byline)
    first = max(names, key=lambda name: (names[name], name), default=None)
    if first is None:
        return len(bylines) >= MIN_PAGES_UNSIGNED
    if signers[first] >= NEARLY_ALL * of:  # the newsroom's name, or a columnist alone with a refrain
        return marked and len(bylines) >= MIN_PAGES_UNSIGNED
    if sum(bool(byline) and first not in byline for byline in bylines) >= MIN_OTHERS:
        return len(bylines) >= MIN_PAGES
    return sum(not byline for byline in bylines) >= MIN_PAGES_UNSIGNED


def same_story(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    """The two pages share most of their text."""
    common = sum(size for mark, size in one.items() if mark in other)
    return common >= SAME_STORY * min(sum(one.values()), sum(other.values()))
