"""The same story in several newspapers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from archive import Archive
from archive.clusters import PERMUTATIONS, ROWS, Cluster, bands, overlap
from archive.identity import shingles, signature
from archive.records import Article, Outcome, Visit

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WIRE = (
    "The river rose by forty centimetres in the night and reached the market of the old town, the ministry said.\n\n"
    "Some three hundred families were brought to the school on the hill, where the Red Cross hands out rice and water. "
    "A teacher who has lived there since 1979 said she had never seen so much rain in a week of November.\n\n"
    "The dam upstream is being opened step by step, an engineer explained, because the lake behind it is full. "
    "Boats carry the post, and the ferry to the island has stopped until further notice.\n\n"
    "Forecasters expect the water to fall from Thursday on if the wind turns to the north."
)
KHMER = (
    "ទឹកទន្លេបានឡើងខ្ពស់ក្នុងយប់នេះ ហើយបានទៅដល់ផ្សារចាស់ ក្រសួងបាននិយាយ។ គ្រួសារជាងបីរយត្រូវបានជម្លៀសទៅសាលារៀននៅលើភ្នំ។ "
    "កាកបាទក្រហមបានចែកអង្ករនិងទឹក។ គ្រូបង្រៀនម្នាក់ដែលរស់នៅទីនោះបាននិយាយថានាងមិនដែលឃើញភ្លៀងច្រើនបែបនេះទេ។"
)
OWN = "The council debated for six hours about the new bus lines, which will cost four million riel a month. " * 5


@pytest.fixture
def archive() -> Iterator[Archive]:
    with Archive(":memory:", writable=True) as archive:
        yield archive


def file(
    archive: Archive,
    source: str,
    text: str,
    *,
    page: str = "1",
    agency: str | None = None,
    published: str | None = None,
) -> int:
    url = f"https://{source}.test/{page}"
    article = Article(url=url, title=f"Headline of {source}", text=text, agency=agency, published=published)
    at = NOW + timedelta(minutes=archive.db.execute("SELECT count(*) FROM visits").fetchone()[0])
    visit = Visit(url=url, source=source, at=at, outcome=Outcome.READ, reason="read", article=article)
    number = archive.record(visit).article
    assert number is not None
    return number


def cluster(archive: Archive, number: int) -> Cluster | None:
    story = archive.article(number)
    assert story is not None
    return story.cluster


@pytest.mark.parametrize(
    "other",
    [
        WIRE[: len(WIRE) // 2],
        "Our reporter was there.\n\n" + WIRE.partition("\n\n")[2],
        WIRE.replace("\n\n", "\n\nA paragraph of background that only this paper has printed today.\n\n", 2),
        "(Reuters) " + WIRE.replace("said", "announced").replace("island", "isle"),
    ],
)
def test_a_rewritten_story_is_found(archive: Archive, other: str) -> None:
    """Cut, a new lead, inserted paragraphs, copy-edits: the story is linked, with the measure of it."""
    one, two = file(archive, "a", WIRE), file(archive, "b", other)
    found = cluster(archive, one)
    assert found is not None
    assert [member.article for member in found.members] == [one, two]
    assert all(member.containment >= 0.5 for member in found.members)


def test_scripts_without_spaces_are_compared(archive: Archive) -> None:
    """A Khmer story with another ending is found, a different one is not."""
    one, two = (
        file(archive, "a", KHMER),
        file(archive, "b", KHMER[: len(KHMER) * 2 // 3] + "។ រាយការណ៍ដោយអ្នកយកព័ត៌មានយើង។"),
    )
    assert cluster(archive, one) == cluster(archive, two) != None  # noqa: E711
    assert cluster(archive, file(archive, "c", KHMER[::-1])) is None


def test_different_stories_and_one_paper_stay_apart(archive: Archive) -> None:
    """A shared sentence is no shared story, and nearly the same text in one paper is no cluster."""
    file(archive, "a", WIRE)
    assert cluster(archive, file(archive, "b", OWN + WIRE.partition(".")[0])) is None
    assert cluster(archive, file(archive, "a", WIRE[:-60], page="2")) is None
    assert cluster(archive, file(archive, "c", "More follows.")) is None


@pytest.mark.parametrize("zero", ["0", "០"])
def test_a_template_with_other_figures_is_another_story(archive: Archive, zero: str) -> None:
    """Yesterday's prices in today's words are no copy; a copy of today's with one figure put right is."""

    def report(*figures: int) -> str:
        stocks = (
            "The price of rice at the central market stood at {} riel a kilogram when trading ended for the day",
            "white pepper from the hills in the south was sold for {} riel by all of the large dealers",
            "a barrel of oil was quoted at {} in the harbour before the last ships of the evening left it",
            "the index of the exchange closed at {} points after a quiet afternoon without much of a change",
            "in all the brokers counted {} deals between the opening bell and the end of the session",
            "and the national bank fixed the dollar at {} for all of its branches in the provinces",
        )
        digits = {ord("0") + digit: chr(ord(zero) + digit) for digit in range(10)}
        return ". ".join(stocks).format(*figures).translate(digits)

    monday = file(archive, "a", report(2400, 31_000, 71, 489, 1204, 4012))
    tuesday = file(archive, "b", report(2350, 29_500, 73, 492, 987, 4015))
    copied = file(archive, "c", report(2400, 31_000, 71, 489, 1205, 4012))
    assert cluster(archive, tuesday) is None
    found = cluster(archive, monday)
    assert found is not None
    assert {member.article for member in found.members} == {monday, copied}


def test_a_common_band_is_bounded(archive: Archive) -> None:
    """Strangers that share all bands of an article are not read, however many there are: the copy is found."""
    first = file(archive, "a", WIRE)
    archive.db.conn.executemany(
        "INSERT INTO articles (id, source_id, url, kind, words, first_seen_at, last_seen_at)"
        " VALUES (?, 'a', 'https://a.test/x', 'article', 0, '', '')",
        [(number,) for number in range(100, 700)],
    )
    common = bands(signature(shingles(WIRE)))
    archive.db.conn.executemany(
        "INSERT INTO bands VALUES (?, ?)", [(band, number) for band in common[:8] for number in range(100, 700)]
    )
    archive.db.conn.executemany("INSERT INTO sketches VALUES (?, zeroblob(64))", [(n,) for n in range(100, 700)])
    copied = file(archive, "b", WIRE)
    found = cluster(archive, first)
    assert found is not None
    assert {member.article for member in found.members} == {first, copied}


def test_who_was_first_and_whom_they_credit(archive: Archive) -> None:
    """The earliest stated time is first; a bare date counts as the end of its day; the agency is that of most."""
    late = file(archive, "a", WIRE, published="2026-11-22", agency="AFP")
    first = file(archive, "b", WIRE, published="2026-11-22T10:00+07:00", agency="AFP")
    second = file(archive, "c", WIRE, published="2026-11-22T04:00Z", agency="Xinhua")
    found = cluster(archive, late)
    assert found is not None
    assert (found.first, found.agency) == (first, "AFP")
    assert [member.article for member in found.members] == [first, second, late]


def test_clusters_grow_together_and_fall_apart(archive: Archive) -> None:
    """A story that links two groups makes one of them; when a text changes altogether, it leaves."""
    half = len(WIRE) // 2
    top, bottom = file(archive, "a", WIRE[:half]), file(archive, "b", WIRE[half:])
    assert cluster(archive, top) is None
    whole = file(archive, "c", WIRE)
    found = cluster(archive, top)
    assert found is not None
    assert {member.article for member in found.members} == {top, bottom, whole}
    file(archive, "c", OWN)
    assert [cluster(archive, number) for number in (top, bottom, whole)] == [None] * 3
    assert archive.db.execute("SELECT count(*) FROM clusters").fetchone()[0] == 0


def test_the_order_of_filing_makes_no_difference() -> None:
    """The same articles give the same members and the same first, in whatever order they come."""
    found = set()
    for order in ("abc", "cba", "bca"):
        with Archive(":memory:", writable=True) as archive:
            for source in order:
                number = file(archive, source, WIRE, published=f"2026-11-22T0{ord(source) - 96}:00Z")
            made = cluster(archive, number)
            assert made is not None
            found.add(tuple((member.source, member.similarity, member.containment) for member in made.members))
    assert found == {(("a", 1.0, 1.0), ("b", 1.0, 1.0), ("c", 1.0, 1.0))}


def test_overlap_is_the_true_one() -> None:
    """Similarity is shared over all, containment shared over the shorter; too short texts share nothing."""
    one, other = frozenset(map(str, range(100))), frozenset(map(str, range(50, 110)))
    assert (overlap(one, other).similarity, overlap(one, other).containment) == (50 / 110, 50 / 60)
    assert overlap(one, frozenset({"1"})).containment == 0.0


def test_bands_fit_sqlite() -> None:
    """Bands are distinct signed 64-bit numbers, one for each place of the signature."""
    numbers = bands(signature(shingles(WIRE)))
    assert len(set(numbers)) == PERMUTATIONS // ROWS
    assert all(-(2**63) <= number < 2**63 for number in numbers)
