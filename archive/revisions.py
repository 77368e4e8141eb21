"""The difference of two revisions, paragraph by paragraph, and how much it matters. Pure.

Grades, gravest first:

    correction   words of correction or withdrawal have come in
    headline     the headline was changed
    numbers      a figure was changed, added or removed
    names        a name was changed, added or removed (in scripts with capitals)
    quotes       words between quotation marks were changed
    text         any other change of the text
    typo         a few letters of single words
    noise        clocks, counters, white space, punctuation: no revision at all
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from archive.identity import UNSPACED, normal

Weight = Literal["correction", "headline", "numbers", "names", "quotes", "text", "typo", "noise"]
ChangeKind = Literal["same", "added", "removed", "changed"]
PieceKind = Literal["same", "added", "removed"]

ALIKE = 0.5  # two paragraphs with this share of words in common are one that was changed, not one gone and one new
SLIPS = 5  # more changed words than this are no typing errors
NOISE_LENGTH = 80  # characters: a line longer than this tells something

RETRACTION = re.compile(
    r"\b(?:correct(?:ion|ed)s?|clarification|retract(?:ed|ion|s)?|withdrawn|erratum|errata|apologi[sz]es?"
    r"|editor'?s note|(?:an|a previous|an earlier) (?:earlier |previous )?version|misstated|misidentified"
    r"|korrektur|berichtigung|richtigstellung|früheren (?:version|fassung)|anm(?:erkung)? d(?:er|\.) red"
    r"|rectificatif|version (?:précédente|antérieure)|mise au point|corrección|fe de erratas?|rectificación"
    r"|correção|retratação|rettifica|smentita|ralat|koreksi|đính chính|исправлен|опровержени|поправк)"
    r"|تصحيح|تصويب|اعتذار|更正|勘误|勘誤|致歉|訂正|お詫び|정정|แก้ไขข่าว|ขออภัย|កែតម្រូវ|ទទួលកំហុស|भूल सुधार|खंडन",
    re.IGNORECASE,
)
# A short line with a figure and one of these counts readers or minutes.
COUNTER = re.compile(
    r"\b(?:views?|viewed|reads?|readers|comments?|shares?|shared|likes?|reactions?|replies|min(?:ute)?s? read|followers"
    r"|ago|last updated|updated|published|posted|modified|aktualisiert|stand|uhr|kommentare?|aufrufe|lesezeit|vor \d+"
    r"|vues?|commentaires?|partages?|il y a|mis à jour|publié|lecture|hace|vistas|comentarios?|compartidos?|actualizado"
    r"|visualizações|atualizado|lượt xem|bình luận|cập nhật|dilihat|komentar|yang lalu"
    r"|назад|просмотр\w*|комментари\w*|обновлено)\b"
    r"|مشاهدة|تعليق|قبل|منذ|آخر تحديث|阅读|閱讀|浏览|瀏覽|评论|評論|更新|分钟前|小时前|分前|時間前"
    r"|閲覧|コメント|조회|댓글"
    r"|ที่แล้ว|อัปเดต|อ่าน|ความคิดเห็น|មុន|មើល|មតិ|पहले|अपडेट|टिप्पणी",
    re.IGNORECASE,
)
QUOTED = re.compile(r"“([^”]+)”|„([^“”]+)[“”]|«([^»]+)»|「([^」]+)」|『([^』]+)』|\"([^\"\n]+)\"")
NUMBER = re.compile(r"\d+(?:[.,:٫٬]\d+)*")
SENTENCE_END = re.compile(r"[.!?。！？។।؟:“\"«„(]\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One paragraph of the difference.

    before, after   the paragraph as it was and is; None where it was added or removed
    pieces          runs of words that stayed, went or came, in reading order
    weight          None for a paragraph that stayed
    """

    kind: ChangeKind
    before: str | None = None
    after: str | None = None
    pieces: tuple[tuple[PieceKind, str], ...] = ()
    weight: Weight | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two revisions side by side; `title` is None when the headline stayed."""

    weight: Weight
    title: Change | None
    changes: tuple[Change, ...]


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a stored text."""
    return [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]


def difference(old_title: str | None, old_text: str, new_title: str | None, new_text: str) -> Difference:
    """The difference of two revisions, aligned by paragraph, each change with its own grade."""
    old, new = paragraphs(old_text), paragraphs(new_text)
    matcher = SequenceMatcher(None, [normal(block) for block in old], [normal(block) for block in new], autojunk=False)
    changes: list[Change] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            changes += (Change(kind="same", before=a, after=b) for a, b in zip(old[i:j], new[k:m], strict=True))
        else:
            changes += _aligned(old[i:j], new[k:m])
    title = None
    if normal(old_title or "") != normal(new_title or ""):
        pieces = _pieces(old_title or "", new_title or "")
        title = Change(kind="changed", before=old_title, after=new_title, pieces=pieces, weight="headline")
    return Difference(weight=grade(old_title, old_text, new_title, new_text), title=title, changes=tuple(changes))


def grade(old_title: str | None, old_text: str, new_title: str | None, new_text: str) -> Weight:
    """How much the difference of two revisions matters: its gravest trait."""
    old, new = _telling(old_text), _telling(new_text)
    headline = normal(old_title or "") != normal(new_title or "")
    if not headline and "".join(map(normal, old)).replace(" ", "") == "".join(map(normal, new)).replace(" ", ""):
        return "noise"
    # Only what is not in both counts: a paragraph that moved says nothing new.
    gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
    removed, added = "\n\n".join(gone.elements()), "\n\n".join(come.elements())
    whole_old = f"{old_title or ''}\n\n{old_text}"
    came_in = [match[0].casefold() for match in RETRACTION.finditer(f"{new_title or ''}\n\n{added}")]
    if any(word not in whole_old.casefold() for word in came_in):
        return "correction"
    if headline:
        return "headline"
    if _numbers(removed) != _numbers(added):
        return "numbers"
    if _is_slip(removed, added):
        return "typo"
    if _names(removed) != _names(added):
        return "names"
    if _quotes(removed) != _quotes(added):
        return "quotes"
    return "text"


def _telling(text: str) -> list[str]:
    return [block for block in paragraphs(text) if not _is_noise(block)]


def _is_noise(block: str) -> bool:
    """A clock or a counter: a short line that is figures only, or a figure with one of the counting words."""
    if len(block) > NOISE_LENGTH:
        return False
    form = normal(block)
    if not re.search(r"[^\W\d]", form):
        return True
    return bool(re.search(r"\d", form) and COUNTER.search(form) and len(form.split()) <= 8 and not QUOTED.search(block))


def _aligned(old: list[str], new: list[str]) -> list[Change]:
    """Paragraphs that were replaced: each new one beside the old one it was made of, if there is one."""
    changes: list[Change] = []
    i = 0
    for block in new:
        pair = next((j for j in range(i, len(old)) if _alike(old[j], block)), None)
        if pair is None:
            changes.append(Change(kind="added", after=block, pieces=(("added", block),), weight=_weigh("", block)))
            continue
        changes += (_removed(gone) for gone in old[i:pair])
        weight = _weigh(old[pair], block)
        pieces = _pieces(old[pair], block)
        changes.append(Change(kind="changed", before=old[pair], after=block, pieces=pieces, weight=weight))
        i = pair + 1
    return changes + [_removed(gone) for gone in old[i:]]


def _removed(block: str) -> Change:
    return Change(kind="removed", before=block, pieces=(("removed", block),), weight=_weigh(block, ""))


def _weigh(old: str, new: str) -> Weight:
    return grade(None, old, None, new)


def _alike(old: str, new: str) -> bool:
    return SequenceMatcher(None, _tokens(normal(old)), _tokens(normal(new)), autojunk=False).ratio() >= ALIKE


def _pieces(old: str, new: str) -> tuple[tuple[PieceKind, str], ...]:
    a, b = _tokens(old), _tokens(new)
    pieces: list[tuple[PieceKind, str]] = []
    for tag, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(("same", "".join(b[k:m])))
            continue
        if i < j:
            pieces.append(("removed", "".join(a[i:j])))
        if k < m:
            pieces.append(("added", "".join(b[k:m])))
    return tuple(pieces)


def _tokens(text: str) -> list[str]:
    """Words with the space behind them; characters in scripts without spaces: joined, they are the text again."""
    tokens: list[str] = []
    for token in re.findall(r"\S+\s*|\s+", text):
        tokens += re.findall(r".\s*", token, re.DOTALL) if UNSPACED.search(token) else [token]
    return tokens


def _numbers(text: str) -> Counter[str]:
    return Counter(match for match in NUMBER.findall(text))


def _quotes(text: str) -> Counter[str]:
    return Counter(normal(next(filter(None, groups))) for groups in QUOTED.findall(text))


def _names(text: str) -> set[str]:
    """Words with a capital inside a sentence: names in most scripts that have capitals."""
    names, before = set(), "."
    for word in re.findall(r"\S+", text):
        bare = word.strip("“”\"'’‘«»„(),.;:!?…–—")
        if bare[:1].isupper() and not SENTENCE_END.search(before):
            names.add(bare.removesuffix("’s").removesuffix("'s"))
        before = word
    return names


def _is_slip(old: str, new: str) -> bool:
    """Only single words differ, each by a few letters."""
    a, b = normal(old).split(), normal(new).split()
    slips = 0
    for tag, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        if j - i != m - k:  # "therapist" for "the rapist" joins or parts words: compare the run
            if max(j - i, m - k) > 2 or "".join(a[i:j]) != "".join(b[k:m]):
                return False
            slips += 1
            continue
        for one, other in zip(a[i:j], b[k:m], strict=True):
            if not _one_letter(one, other):
                return False
            slips += 1
    return 0 < slips <= SLIPS and bool(a) and bool(b)


def _one_letter(one: str, other: str) -> bool:
    """One letter more, less or other, or two that changed places; not the first: a billion is no mistyped million."""
    if min(len(one), len(other)) < 4 or UNSPACED.search(one + other):
        return False
    start = _shared(one, other)
    one, other = one[start:], other[start:]
    end = _shared(one[::-1], other[::-1])
    one, other = one[: len(one) - end], other[: len(other) - end]
    return start > 0 and (max(len(one), len(other)) <= 1 or (len(one) == 2 and one == other[::-1]))


def _shared(one: str, other: str) -> int:
    """How many letters two words begin with in common."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
