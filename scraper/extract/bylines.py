"""Where a page prints who wrote it: near the headline, beside the date, in a box about the author, below the story."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from scraper.extract import calendars
from scraper.extract.document import Document
from scraper.extract.labels import PREFIX, announces
from scraper.extract.lines import Line, naming
from scraper.extract.names import bare_names, entitles, full_name, people
from scraper.extract.structured import Structured, plain, strings
from scraper.extract.wording import folded

Statement = tuple[str, list[str], bool]
"""Where names are stated, the texts as they stand, and whether only what looks like a name may stay of them."""

BESIDE = 5  # lines below the headline in which a name without a label may stand
LONG = 150  # characters of a paragraph of the story
_BOXES = ", ".join(
    f"body [class*=author i]{part}"
    for part in ("[class*=name i]", " [class*=name i]", " h2", " h3", " h4", " h5", " strong", " a", " img[alt]")
)
_MENUS = "nav a, header a, footer a, [class*=breadcrumb] a"

_AUTHOR_PAGE = re.compile(
    r"/(?:[\w-]*authors?|autor(?:en|es|i|zy)?|auteurs?|autori|people|profiles?|by|byline|staff|"
    r"contributors?|writers?|columnists?|"
    r"journalists?|reporters?|redaktion|firmas?|person(?:en|s)?|skribent|forfatter|"
    r"team(?:-members?)?|av|yazar(?:lar)?|penulis|tac-gia|@[\w.-]+)(?:/|\.|$|\?)",
    re.I,
)
_BYLINE = re.compile(
    r"(?:^|[\s_-])(?:[\w]*by-?_?line|author|authors|autor|autore|auteur|writer|reporter|"
    r"journalist|contributor|signature|kicker-author|"
    r"post-?author|article-?author|author-?name|authorname|entry-author|vcard|fn(?![\w-])|penulis|"
    r"redacteur|skribent|credits-author|creator)\w*",
    re.I,
)
_NOT_BYLINE = re.compile(
    r"related|recommend|most-|popular|latest|trending|teaser|sidebar|comment|nav\b|menu|footer|"
    r"caption|credit\b|photo|reviewed|"
    r"fact-?check|social|share|(?<!no)follow|subscribe|newsletter|avatar-only|review-?by"
)
# A date's lead-in that is left when the date is taken out: "Friday, ", "Published ".
_WEEKDAY = re.compile(
    r"\s*[|,•·–—-]?\s*(?:\b(?:(?:last )?updated|published|posted|on|publié|am|le)\b[:\s]*|"
    r"\w+day,?|\w+tag,?|\w+di,?)\s*$",
    re.I,
)
_CARD = re.compile(r"(?<!v)card")  # a teaser, but right below a headline that of the story itself
# What stands before the name of somebody who helped: "Reviewed by", "Photos:".
_HELPED = re.compile(
    r"review|check|edit(?:ed|or|ing)\b|verif|approved|photo|foto|illustrat|graphic|grafik|translat|übersetz|traduc|"
    r"produced|tested by|geprüft|redigiert|relu\b|vérifi",
    re.I,
)
_OTHERS = re.compile(r"related|recommend|most-|popular|latest|trending|sidebar|comment|menu|footer|reviewe|check")
_OUTSIDE = re.compile(r"related|recommend|most-|popular|latest|trending|sidebar|comments|footer")


def printed(lines: Sequence[Line]) -> Iterator[Statement]:
    """Bylines near the headline, those below it first; what says that it is one before what only looks like one."""
    near = [line for line in lines if -8 <= line.distance <= 30 and len(line.text) < 240]
    near.sort(key=lambda line: (line.distance < 0, abs(line.distance)))
    near = [line for line in near if not _NOT_BYLINE.search(line.names) and not _OUTSIDE.search(line.outer)]
    near = [line for line in near if 0 < line.distance <= BESIDE or not _CARD.search(line.names)]
    marked: list[str] = []
    dated: list[str] = []
    announced = False
    known: set[str] = set()
    for line in near:
        whole = _untitled(line)
        text = _dateless(whole)
        linked = _writers(line, known)
        named = len(line.text) < 160 and _BYLINE.search(line.names) is not None
        if linked and (named or announced or len(line.text) < 100):
            yield "byline link", linked, True
        elif announced:
            yield "byline", [text], True
        elif PREFIX.match(text) and people([text], strict=True, prefixed=True):
            yield "byline text", [text], True
        elif text != whole:
            if named or abs(line.distance) <= BESIDE:
                dated.append(text)
        elif named:
            marked.append(text)
        announced = announces(line.text)
    full = [text for text in (*marked, *dated) if (found := people([text], strict=True)) and all(map(full_name, found))]
    for text in dict.fromkeys([*full, *marked]):
        yield "byline", [text], True


def beside_date(document: Document, structured: Structured, lines: Sequence[Line]) -> Iterator[Statement]:
    """A name alone on the line next to the date below the headline, unless the page shows that it is a section's."""
    below = [line for line in lines if 0 < line.distance <= BESIDE and len(line.text) < 80]
    for line in below:
        if any(map(str.isdecimal, line.text)) or not bare_names(line.text):
            continue
        if any(abs(other.distance - line.distance) <= 2 and _dated(other) for other in below):
            if folded(line.text) not in _topics(document, structured):
                yield "byline", [line.text], True
            return


def _topics(document: Document, structured: Structured) -> set[str]:
    """What the page names as parts and subjects of the paper: in its data, its address and its menus."""
    names = [*strings(structured.story.get("articleSection")), *strings(structured.story.get("keywords"))]
    names += [*document.meta.get("article:section", ()), *document.meta.get("article:tag", ())]
    names += [step.replace("-", " ") for step in urlsplit(document.url).path.split("/")]
    names += [plain(link.text()) for link in document.tree.css(_MENUS)[:400]]
    return {folded(name) for name in names}


def _dated(line: Line) -> bool:
    return bool(line.times) or (any(map(str.isdecimal, line.text)) and any(calendars.stated(line.text)))


def boxed(document: Document) -> Iterator[Statement]:
    """The one name in the boxes that tell about the author, wherever they stand; nothing when they name several."""
    found: dict[str, str] = {}
    for node in document.tree.css(_BOXES)[:60]:
        text = plain(node.attributes.get("alt") or "" if node.tag == "img" else node.text(separator=" "))
        if len(text) < 60 and bare_names(text) == [text] and _own(node):
            found.setdefault(folded(text), text)
    if len(found) == 1:
        yield "author box", list(found.values()), True


def _own(node: LexborNode) -> bool:
    """Whether an element stands neither in a comment nor among other stories, in a menu or in the footer."""
    above: LexborNode | None = node
    for _ in range(8):
        if above is None or above.tag in {"body", "main", "article"}:
            return True
        if above.tag in {"nav", "footer"} or _OTHERS.search(naming(above)):
            return False
        above = above.parent
    return True


def signed(document: Document) -> Iterator[Statement]:
    """The name that stands alone, set off by its type or to the right, below the last paragraph of the story."""
    paragraphs = document.tree.css("p")[-60:]
    last = next((node for node in reversed(paragraphs) if len(node.text()) > LONG), None)
    node = last.next if last is not None else None
    for _ in range(6):
        if node is None:
            return
        text = plain(node.text(separator=" "))
        if text:
            style = (node.attributes.get("style") or "") + (node.attributes.get("align") or "")
            alone = node.css_first("strong, b, em, i") if node.tag == "p" else None
            apart = "right" in style or (alone is not None and plain(alone.text(separator=" ")) == text)
            if len(text) > 60:
                return
            if apart and bare_names(text):
                yield "signature", [text], True
        node = node.next


def _writers(line: Line, known: set[str]) -> list[str]:
    """The texts of links to pages of authors, but for those whom the words before call editors, checkers and so on.

    A page that is linked twice is linked by the name first, then by a job title: `known` has the addresses before.
    """
    addresses = {
        words: address for address, words in line.links if address not in known and _AUTHOR_PAGE.search(address)
    }
    if not addresses:
        return []
    known.update(addresses.values())
    found = []
    helper = False
    for piece in line.pieces:
        if piece not in addresses:
            helper = _HELPED.search(piece) is not None or (helper and not announces(piece))
        elif not helper:
            found.append(plain(piece))
    return found


def _untitled(line: Line) -> str:
    """The line without the job title that stands in an element of its own behind a name."""
    pieces = line.pieces
    kept = [
        piece
        for before, piece in zip(("", *pieces), pieces, strict=False)
        if not (full_name(before) and entitles(piece))
    ]
    return " ".join(kept)


def _dateless(text: str) -> str:
    """The line without the dates in it; what stood on both sides of one is parted by a bar."""
    if not any(map(str.isdecimal, text)):
        return text
    plain_digits = calendars.digits(text)
    for _, raw in calendars.stated(text):
        at = plain_digits.find(raw)
        if at >= 0:
            head, tail = text[:at].strip(" ,|-–—•·"), text[at + len(raw) :].strip(" ,.|-–—•·")
            head = _WEEKDAY.sub("", head)
            return tail if not head or (" " not in head and full_name(tail)) else head
    return text


def anywhere(document: Document) -> Iterator[Statement]:
    """The one name that lines beginning with "By" give, wherever they stand; nothing when they give several."""
    body = document.tree.body
    named: list[tuple[str, list[str]]] = []
    announced = False
    for line in body.text(separator="\n").split("\n") if body is not None else ():
        text = line.strip()
        if not text:
            continue
        # A small letter begins what stands inside of a sentence: "drawn by", "by Lim Dalin in 2019".
        begins = not text[0].islower()
        if len(text) < 80 and begins and (announced or PREFIX.match(text)):
            found = people([_dateless(text)], strict=True, prefixed=not announced)
            if found and all(map(full_name, found)) and "(" not in text:
                named.append((text, found))
        announced = begins and announces(text)
    if named and all(set(map(folded, found)) == set(map(folded, named[0][1])) for _, found in named):
        yield "line", [named[0][0]], True
