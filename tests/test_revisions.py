"""What was changed between two revisions, and how much it matters."""

from __future__ import annotations

import pytest

from archive.revisions import Change, difference, grade, paragraphs

TITLE = "Party leaves parliament"
TEXT = (
    "The Cambodian People’s Party said on Monday that 27 members of parliament left the country.\n\n"
    "The spokesman, Sok Eysan, said “the party will continue its work”. Observers disagreed with that.\n\n"
    "The court will decide in May, according to officials who did not want to be named."
)
KHMER = "គណបក្សប្រជាជនកម្ពុជាបានប្រកាស។\n\nតុលាការនឹងសម្រេចនៅខែឧសភា។ មានមនុស្ស ២៧ នាក់។"


def changed(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new)


@pytest.mark.parametrize(
    ("weight", "text"),
    [
        ("numbers", changed("27 members", "29 members")),
        ("numbers", changed("27 members", "members")),
        ("names", changed("Sok Eysan", "Phay Siphan")),
        ("names", changed("according to officials", "according to Hun Sen")),
        ("quotes", changed("will continue its work", "will never stop to work")),
        ("text", changed("Observers disagreed with that.", "Observers agreed with that.")),
        ("text", TEXT + "\n\nnobody was hurt, and the market was open again in the evening."),
        ("typo", changed("Observers", "Obserwers")),
        ("typo", changed("according", "acording")),
        ("typo", changed("officials", "offciials")),
        ("text", changed("according", "not according")),
        ("correction", TEXT + "\n\nCorrection: it was the court of appeal that decided."),
        ("correction", TEXT + "\n\nAn earlier version of this article named another court."),
        ("noise", changed("“the party will continue its work”", '"the party will continue its work"')),
        ("noise", TEXT.replace("\n\n", "\n\n\n ").replace(" ", "  ")),
        ("noise", "Updated 5 minutes ago\n\n" + TEXT),
        ("noise", TEXT + "\n\n1,234 views\n\n12 comments"),
        ("noise", "12:31\n\n" + TEXT),
        ("noise", TEXT + "\n\nStand: 27.11.2017, 08:15 Uhr"),
        ("noise", TEXT + "\n\n5 分钟前\n\n១២ មតិ"),
        ("noise", TEXT),
    ],
)
def test_the_grade_is_the_gravest_trait(weight: str, text: str) -> None:
    """Figures outweigh names, names outweigh quotes; slips and noise are told from changes."""
    assert grade(TITLE, TEXT, TITLE, text) == weight


def test_a_headline_outweighs_figures() -> None:
    """A new headline is graded so, also when figures changed with it; capitals and dashes are none."""
    assert grade(TITLE, TEXT, "Party stays", changed("27", "29")) == "headline"
    assert grade(TITLE, TEXT, "PARTY LEAVES PARLIAMENT", TEXT) == "noise"
    assert grade(TITLE, TEXT, "Correction: " + TITLE, TEXT) == "correction"


@pytest.mark.parametrize(
    ("weight", "old", "new"),
    [
        ("numbers", "២៧", "២៩"),
        ("correction", "មានមនុស្ស", "ការកែតម្រូវ៖ មានមនុស្ស"),
        ("text", "ឧសភា", "មិថុនា"),
        ("noise", "តុលាការ", "តុលា\u200bការ"),
    ],
)
def test_scripts_without_spaces_are_graded(weight: str, old: str, new: str) -> None:
    """Khmer figures, words and zero-width spaces are told apart."""
    assert grade(None, KHMER, None, KHMER.replace(old, new)) == weight


def test_a_correction_that_was_there_is_no_new_one() -> None:
    """Only wording that has come in counts."""
    text = TEXT + "\n\nCorrection: it was the court of appeal."
    assert grade(TITLE, text, TITLE, text.replace("27 members", "29 members")) == "numbers"


def test_moved_paragraphs_say_nothing_new() -> None:
    """A paragraph that moved is a change of the text, not of its figures or names."""
    first, *rest = paragraphs(TEXT)
    assert grade(TITLE, TEXT, TITLE, "\n\n".join([*rest, first])) == "text"


def test_paragraphs_are_aligned() -> None:
    """A changed paragraph stands beside what it was, an inserted one alone, and the rest stays the same."""
    first, second, third = paragraphs(TEXT)
    new = second.replace("Observers disagreed", "Lawyers disagreed")
    found = difference(TITLE, TEXT, TITLE, "\n\n".join([first, "Rain fell all day.", new, third]))
    assert [change.kind for change in found.changes] == ["same", "added", "changed", "same"]
    assert found.changes[1].after == "Rain fell all day."
    assert (found.changes[2].before, found.changes[2].after) == (second, new)
    assert ("removed", "Observers ") in found.changes[2].pieces
    assert ("added", "Lawyers ") in found.changes[2].pieces
    assert found.title is None


def test_a_removed_paragraph_is_shown_with_its_weight() -> None:
    """What is gone is told, and graded by what it held."""
    first, second, third = paragraphs(TEXT)
    found = difference(TITLE, TEXT, "Party stays", f"{second}\n\n{third}")
    assert found.changes[0] == Change(kind="removed", before=first, pieces=(("removed", first),), weight="numbers")
    assert found.title is not None
    assert (found.title.before, found.title.after, found.weight) == (TITLE, "Party stays", "headline")


def test_pieces_are_the_paragraph_again() -> None:
    """What stayed and came, joined, is the new paragraph; what stayed and went has the old one's words."""
    found = difference(None, KHMER, None, KHMER.replace("២៧", "២៩"))
    (change,) = [one for one in found.changes if one.kind == "changed"]
    assert "".join(text for kind, text in change.pieces if kind != "removed") == change.after
    assert "".join(text for kind, text in change.pieces if kind != "added") == change.before
