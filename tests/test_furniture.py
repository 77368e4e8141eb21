"""What comes back on a source's pages is learned, and left out; what an author, a table or a beat repeats is not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from archive.identity import text_fingerprint
from archive.records import Link, RecurringBlock
from scraper.config import Rule
from scraper.extract import LEARNED, body, extract, seen, used
from scraper.extract.document import Document
from scraper.extract.furniture import learn
from scraper.seen import Kind, Seen, SeenBlock
from tests.fakes import START

STORY = [
    "The council met on Tuesday and spoke for six hours about the bridge that everybody wants and nobody can pay for.",
    "An engineer showed drawings of the old piers, which stand deeper in the mud than anyone had thought until now.",
    "In the end the members voted to ask the province for help, and to repaint the ferry while they wait for it.",
    "The next meeting will be held in the school hall, since the roof of the town house is still being mended.",
]
PROMO = "Join us at the Gazette's spring market and win a ride on the river."
REFRAIN = "And so the river goes, my friends, and so go we."
URL = "https://gazette.example/2025/bridge"


def block(text: str, kind: Kind = "box") -> SeenBlock:
    return SeenBlock(text_fingerprint(text), len(text), text, kind)


def page(number: int, authors: Sequence[str], extra: Iterable[SeenBlock] = ()) -> Seen:
    own = [block(f"Story {number} says, in paragraph {i}, a thing that no other says.", "paragraph") for i in range(4)]
    return Seen(f"https://gazette.example/{number:02}", tuple(authors), (*own, *extra))


def texts(found: Iterable[RecurringBlock]) -> list[str]:
    return [one.text for one in found]


def document(markup: str) -> Document:
    whole = f"<!doctype html><html><head><meta charset=utf-8></head><body>{markup}</body></html>"
    return Document.of(whole.encode(), URL, "text/html; charset=utf-8")


def text_of(markup: str, *learned: str) -> str:
    marks = frozenset(map(text_fingerprint, learned))
    return body.read(document(markup), title="A bridge for the town", authors=("Dara Chan",), learned=marks).text


def paragraphs(*lines: str) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


def test_a_promo_is_learned_and_a_columnists_refrain_is_not() -> None:
    """What comes back under many names is furniture, with its counts and a page; one author's refrain is hers."""
    pages = [
        page(
            number,
            ["Lina Keo"] if number < 9 else [f"Author {number}"],
            [block(PROMO), block(REFRAIN)][: 1 + (number < 9)],
        )
        for number in range(20)
    ]
    (found,) = learn(pages)
    assert (found.text, found.pages, found.of, found.url) == (PROMO, 20, 20, "https://gazette.example/00")
    assert learn(pages) == learn(reversed(pages))


@pytest.mark.parametrize(
    ("bylines", "learned"),
    [
        ([("Lina Keo",)] * 12, False),
        ([("Lina Keo",)] * 11 + [("Sok Dara",)], False),  # one colleague quotes her
        ([("Lina Keo", "Sok Dara")] * 6 + [("Lina Keo",)] * 6, False),  # a column written together
        ([("Lina Keo",)] * 9 + [()] * 3, False),  # her name was not found on some
        ([("Lina Keo",)] * 4 + [()] * 8, True),
        ([("Lina Keo",), ("Sok Dara",), ("Maly Chea",)] * 2, True),
        ([("Lina Keo",), ("Sok Dara",), ("Maly Chea",)], False),  # too few
    ],
)
def test_whose_refrain_is_it(bylines: list[tuple[str, ...]], learned: bool) -> None:
    """One author's words are that author's, though a colleague quotes them or the name is missing now and then."""
    pages = [page(number, names, [block(REFRAIN)]) for number, names in enumerate(bylines)]
    pages += [page(number, [f"Author {number}"]) for number in range(len(bylines), 30)]
    assert texts(learn(pages)) == [REFRAIN] * learned


def test_a_paper_that_signs_columns_only() -> None:
    """Where hardly any page is signed, the refrain of the one who signs is still hers."""
    pages = [
        page(number, ["Lina Keo"] if number < 10 else (), [block(REFRAIN)] * (number < 10)) for number in range(30)
    ]
    assert not learn(pages)


def test_a_paper_of_one_columnist() -> None:
    """Where one name signs everything, a line like the others may be that author's refrain; a box is none."""
    for kind, learned in (("paragraph", []), ("box", [PROMO])):
        pages = [page(number, ["Lina Keo"], [block(PROMO, kind)]) for number in range(20)]  # type: ignore[arg-type]
        assert texts(learn(pages)) == learned


@pytest.mark.parametrize("name", [(), ("Staff Reporter",)])
def test_a_paper_without_names_needs_more_pages(name: tuple[str, ...]) -> None:
    """Unsigned, or all signed alike, a block must come back more often before it is believed to be furniture."""
    assert not learn([page(number, name, [block(PROMO)] * (number < 7)) for number in range(20)])
    assert learn([page(number, name, [block(PROMO)] * (number < 8)) for number in range(20)])


@pytest.mark.parametrize(("kind", "shown"), [("box", 10), ("paragraph", 25), ("heading", 50)])
def test_what_looks_like_text_must_come_back_more_often(kind: Kind, shown: int) -> None:
    """A box on a tenth of the pages is furniture; a paragraph like the others may be background, a heading a habit."""
    for count, learned in ((shown - 1, False), (shown, True)):
        pages = [page(n, [f"Author {n}"], [block(PROMO, kind)] * (n < count)) for n in range(100)]
        assert bool(learn(pages)) is learned


def test_a_promo_longer_than_the_story_beside_it() -> None:
    """Short news with a long promo are still different stories."""
    promo = block("Join the readers of this paper who begin their day with its letter on rice, rivers and rain. " * 2)
    pages = [
        Seen(
            f"https://gazette.example/{n}",
            (f"Author {n}",),
            (block(f"The ferry number {n} will be late again on Monday, its owner said to us." * 2), promo),
        )
        for n in range(20)
    ]
    assert texts(learn(pages)) == [promo.text]


def test_an_agency_story_at_many_addresses_is_no_furniture() -> None:
    """The same story told again counts as one page."""
    blocks = tuple(block(f"Sentence {i} of the agency's report on the harvest.") for i in range(8))
    assert not learn(Seen(f"https://gazette.example/{i}", (f"A {i}",), blocks) for i in range(20))


def test_what_is_over_is_still_known_and_what_was_a_mistake_is_forgotten() -> None:
    """A promo that no page shows any more stays learned; a line that pages show, but rarely, does not."""
    campaign = RecurringBlock(text_fingerprint(PROMO), PROMO, URL, pages=20, of=20)
    chance = RecurringBlock(text_fingerprint(REFRAIN), REFRAIN, URL, pages=5, of=20)
    pages = [page(n, [f"Author {n}"], [block(REFRAIN)] * (n < 3)) for n in range(100)]
    assert learn(pages, [campaign, chance]) == [campaign]
    last = [page(n, [f"Author {n}"], [block(PROMO)] * (n < 3)) for n in range(100)]
    assert set(learn(last, [campaign, chance])) == {campaign, chance}


def test_furniture_is_in_no_body_and_the_evidence_names_it() -> None:
    """The promo in the middle of the text goes; that it stood there is told."""
    markup = (
        f"<article>{paragraphs(*STORY[:2])}<div class=x>{paragraphs(PROMO)}</div>{paragraphs(*STORY[2:])}</article>"
    )
    assert text_of(markup, PROMO) == "\n\n".join(STORY)
    article = extract(document(markup).html.encode(), URL, furniture={text_fingerprint(PROMO), "01ab"})
    assert article.text == "\n\n".join(STORY)
    assert (LEARNED, f"{text_fingerprint(PROMO)} {PROMO}") in article.evidence["text"].others


def test_what_was_used_is_written_down_and_is_enough_to_read_the_same_again() -> None:
    """The extractor's name tells the blocks that had a say, and no others; by these the article comes back."""
    markup = f"<article>{paragraphs(*STORY[:2])}<p>{PROMO}</p>{paragraphs(*STORY[2:])}</article>"
    html = document(markup).html.encode()
    plain = extract(html, URL)
    learned = frozenset(map(text_fingerprint, (PROMO, REFRAIN, "Something that this page does not say.")))
    article = extract(html, URL, furniture=learned)
    told = [raw.partition(" ")[0] for source, raw in article.evidence["text"].others if source == LEARNED]
    assert extract(html, URL, furniture=frozenset(told)) == article
    assert used(article).startswith(used(plain) + "; blocks ")
    assert used(extract(html, URL, furniture={text_fingerprint(REFRAIN)})) == used(plain)


def test_the_rules_that_were_used_are_written_down() -> None:
    """Another selector is another extractor; a rule for other pages or other days is none."""
    article = extract(document(f"<article>{paragraphs(*STORY)}</article>").html.encode(), URL)
    names = [
        used(article, rules, START)
        for rules in (
            [],
            [Rule(drop=(".x",))],
            [Rule(drop=(".y",))],
            [Rule(drop=(".x",), match="/national/")],
            [Rule(drop=(".x",), until=START.date())],
            [Rule(drop=(".x",), from_=START.date())],
        )
    ]
    assert names[1].startswith(names[0] + "; rules ")
    assert names[1] != names[2]
    assert names[3:] == [names[0], names[0], names[1]]


def test_a_text_never_becomes_empty() -> None:
    """Where furniture would take most of a text, the page is left as it is: reports that are nothing but a form."""
    form = [
        f"Line {i} of the form in which the weather of the day is told to the readers of the paper." for i in range(4)
    ]
    assert text_of(f"<article>{paragraphs(*form, STORY[0])}</article>", *form) == "\n\n".join([*form, STORY[0]])
    assert text_of(f"<article>{paragraphs(*form)}</article>", *form) == "\n\n".join(form)
    assert text_of(f"<article>{paragraphs(form[0], *STORY)}</article>", *form) == "\n\n".join(STORY)
    assert text_of(f"<article>{paragraphs(STORY[0], form[0])}</article>", *form) == STORY[0]


def test_the_publishers_own_text_is_cleaned_too() -> None:
    """A promo that stands in JSON-LD's articleBody as well is left out all the same."""
    told = "\n".join([*STORY[:2], PROMO, *STORY[2:]])
    markup = f"<article>{paragraphs(*STORY[:2], PROMO, *STORY[2:])}</article>"
    for page_ in (document(markup), document("<article><p>Subscribers only.</p></article>")):
        found = body.read(page_, title="A", authors=(), json_body=told, learned={text_fingerprint(PROMO)})
        assert found.text == "\n\n".join(STORY)


def test_an_agency_credit_that_is_furniture_still_names_the_agency() -> None:
    """What is left out of the text is still evidence of where it came from."""
    credit = "This story is published with permission (AFP)"
    html = document(f"<article>{paragraphs(*STORY, credit)}</article>").html.encode()
    article = extract(html, URL, furniture={text_fingerprint(credit)})
    assert credit not in article.text
    assert article.agency == "AFP"


def test_what_is_seen_of_a_page() -> None:
    """The blocks of its container as they stand: headings, paragraphs, boxes; no table cells, nothing short."""
    markup = (
        f"<article><h1>A bridge for the town</h1><p class=by>By Dara Chan</p><h2>What happened at the vote</h2>"
        f"{paragraphs(*STORY)}<div class=house><p>{PROMO}</p></div>"
        f"<p>All of it is in <a href=/market>the programme of the market</a>.</p><p>Why?</p>"
        f"<table><tr><td>Team and its place of origin<td>Points</table></article>"
    )
    found = seen(document(markup).html.encode(), URL, fetched_at=START)
    kinds = {one.text: one.kind for one in found.blocks}
    assert found.authors == ("dara chan",)
    assert kinds["What happened at the vote"] == "heading"
    assert [text for text, kind in kinds.items() if kind == "paragraph"] == STORY
    assert [kinds[PROMO], kinds["All of it is in the programme of the market."]] == ["box", "box"]
    assert not {"Why?", "Team and its place of origin"} & set(kinds)


def test_what_is_seen_of_a_hostile_page_is_small() -> None:
    """A page of endless blocks, or of one endless block, teaches little and costs little memory."""
    many = seen(document(f"<article>{paragraphs(*STORY * 2_000)}</article>").html.encode(), URL)
    assert len(many.blocks) <= 1_000
    long = seen(document(f"<article><p>{' '.join(STORY * 100)}</p>{paragraphs(*STORY)}</article>").html.encode(), URL)
    assert [one.text for one in long.blocks] == STORY


def test_what_a_listing_said_of_the_authors_counts() -> None:
    """A page that names nobody is signed by whom its feed named."""
    html = document(f"<article>{paragraphs(*STORY)}</article>").html.encode()
    assert seen(html, URL, hint=Link(url=URL, authors=("Lina Keo",))).authors == ("lina keo",)
