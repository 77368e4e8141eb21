"""A reference to an article: BibTeX, CSL-JSON or plain text. Pure.

A reference names the revision that was read, the day it was captured and where the captured page lies: a reader ten
years on finds the same text, also when articles were numbered anew.
"""

from __future__ import annotations

import calendar
import json
import re
import unicodedata
from collections.abc import Callable
from itertools import accumulate
from typing import Literal, get_args

from archive.articles import ArticleRow, RevisionRow

Style = Literal["text", "bibtex", "csl"]
STYLES: tuple[Style, ...] = get_args(Style)

_MONTHS = list(calendar.month_name)  # of the C locale, which Python starts in: English
_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
}

_INNER = str.maketrans('“”„"', "‘’‚'")  # quotation marks inside of quotation marks


def cite(article: ArticleRow, revision: RevisionRow, newspaper: str | None = None, style: Style = "text") -> str:
    """The reference to one revision of an article. `newspaper` is the name of its source for people."""
    makers: dict[Style, Callable[[ArticleRow, RevisionRow, str], str]] = {"text": _text, "bibtex": _bibtex, "csl": _csl}
    return makers[style](article, revision, newspaper or article.source)


def revision_id(article: int, revision: int) -> str:
    """How a revision is named in references and exports: "a12.r1"; its third paragraph is "a12.r1.p3"."""
    return f"a{article}.r{revision}"


def _text(article: ArticleRow, revision: RevisionRow, newspaper: str) -> str:
    authors = f"{', '.join(article.authors)}. " if article.authors else ""
    title = _line(revision.title).translate(_INNER) or "Untitled"
    stop = "" if title[-1] in ".?!…。？！" else "."
    published = _spelled(article.published) or "n.d."
    told = f"accessed {_spelled(_accessed(revision))}", _note(article, revision), _place(revision)
    return f"{authors}“{title}{stop}” {newspaper}, {published}. {article.url} ({'; '.join(filter(None, told))})."


def _csl(article: ArticleRow, revision: RevisionRow, newspaper: str) -> str:
    item: dict[str, object] = {
        "id": revision_id(article.id, revision.number),
        "type": "article-newspaper",
        "title": _line(revision.title),
        # A byline is printed as one name; cutting it into first and last would be a guess.
        "author": [{"literal": name} for name in article.authors],
        "container-title": newspaper,
        "issued": {"date-parts": [_parts(article.published)]} if article.published else None,
        "accessed": {"date-parts": [_parts(_accessed(revision))]},
        "URL": article.url,
        "language": article.language,
        "section": article.section,
        "archive": "Morgue" if revision.capture else None,
        "archive_location": _place(revision),
        "note": _note(article, revision) + (f", page {revision.capture.digest}" if revision.capture else ""),
    }
    return json.dumps([{name: value for name, value in item.items() if value}], ensure_ascii=False, indent=2)


def _bibtex(article: ArticleRow, revision: RevisionRow, newspaper: str) -> str:
    day = "-".join(f"{part:02d}" for part in _parts(article.published))
    fields = {
        "author": " and ".join(f"{{{_latex(name)}}}" for name in article.authors),
        "title": f"{{{_latex(_line(revision.title) or 'Untitled')}}}",
        "journal": f"{{{_latex(newspaper)}}}",
        "date": day,
        "year": day[:4],
        "url": _verbatim(article.url),
        "urldate": _accessed(revision)[:10],
        "note": _latex(", ".join(filter(None, (_note(article, revision), _place(revision))))),
    }
    lines = [f"  {name:7} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@article{{{_key(article)},", *lines, "}"])


def _key(article: ArticleRow) -> str:
    plain = unicodedata.normalize("NFKD", article.source).encode("ascii", "ignore").decode()
    return f"{re.sub(r'[^A-Za-z0-9]+', '', plain) or 'article'}{(article.published or '')[:4]}a{article.id}"


def _note(article: ArticleRow, revision: RevisionRow) -> str:
    told = f"revision {revision.number} of {article.revisions}, {revision_id(article.id, revision.number)}"
    return told + (f", found withdrawn on {article.withdrawn_at[:10]}" if article.withdrawn_at else "")


def _place(revision: RevisionRow) -> str | None:
    """Where the captured page lies."""
    capture = revision.capture
    return f"captured in {capture.file} at {capture.offset}" if capture else None


def _accessed(revision: RevisionRow) -> str:
    return revision.capture.at.isoformat() if revision.capture else revision.seen_at


def _parts(date: str | None) -> list[int]:
    return [int(part) for part in (date or "")[:10].split("-") if part.isdecimal()]


def _spelled(date: str | None) -> str:
    """27 November 2017, November 2017 or 2017, as precise as it is known."""
    parts = _parts(date)
    return " ".join([*map(str, parts[2:3]), *(_MONTHS[month] for month in parts[1:2]), *map(str, parts[:1])])


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _latex(text: str) -> str:
    # BibTeX counts braces, escaped or not: those that make no pairs would swallow what follows.
    names = _LATEX if _paired(text) else {**_LATEX, "{": r"\textbraceleft{}", "}": r"\textbraceright{}"}
    return "".join(names.get(char, char) for char in _line(text))


def _paired(text: str) -> bool:
    depths = list(accumulate((char == "{") - (char == "}") for char in text))
    return not depths or (min(depths) >= 0 and depths[-1] == 0)


def _verbatim(url: str) -> str:
    """biblatex takes the characters of an address as they are, but for those that would end or break the field."""
    return re.sub(r"[{}\\\s]", lambda match: f"%{ord(match[0]):02X}", url)
