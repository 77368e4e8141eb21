"""Articles as TEI P5: one teiCorpus, a TEI element for each, written as they come."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from lxml import etree
from lxml.builder import ElementMaker  # type: ignore[import-not-found]

NAMESPACE = "http://www.tei-c.org/ns/1.0"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_E = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE})
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # by XML 1.0


def write(records: Iterable[Mapping[str, Any]], out: BinaryIO) -> int:
    """Write records (see `archive.export`) as one corpus; returns how many."""
    count = 0
    with etree.xmlfile(out, encoding="utf-8") as file:
        file.write_declaration()
        with file.element(f"{{{NAMESPACE}}}teiCorpus", nsmap={None: NAMESPACE}):
            file.write(_corpus_header(), pretty_print=True)
            for record in records:
                file.write(document(record), pretty_print=True)
                count += 1
    return count


def document(record: Mapping[str, Any]) -> etree._Element:
    """One article as a TEI element."""
    title = clean(record["title"] or "Untitled")
    authors = [_E.author(clean(name)) for name in record["authors"]]
    bibl = [_E.title(title, level="a"), *authors, _E.title(clean(record["source_name"]), level="j")]
    if record["published"]:
        date = _E.date(record["published"])
        if when := _w3c(record["published"]):
            date.set("when", when)
        bibl.append(date)
    bibl.append(_E.idno(clean(record["url"]), type="URL"))
    profile = []
    if record["language"]:
        profile.append(_E.langUsage(_E.language(record["language"], ident=record["language"])))
    if record["tags"]:
        terms = [_E.term(clean(tag)) for tag in record["tags"]]
        profile.append(_E.textClass(_E.keywords(*terms)))
    paragraphs = [_paragraph(paragraph) for paragraph in record["paragraphs"]]
    header = _E.teiHeader(
        _E.fileDesc(
            _E.titleStmt(_E.title(title), *[_E.author(clean(name)) for name in record["authors"]]),
            _E.publicationStmt(_E.p(f"Exported by Morgue: revision {record['revision']}, seen {record['seen_at']}.")),
            _E.sourceDesc(_E.bibl(*bibl)),
        ),
        *([_E.profileDesc(*profile)] if profile else []),
    )
    text = _E.text(_E.body(_E.head(title), *(paragraphs or [_E.p()])))
    if record["language"]:
        text.set(f"{_XML}lang", record["language"])
    tei: etree._Element = _E.TEI(header, text)
    tei.set(f"{_XML}id", record["id"])
    return tei


def _paragraph(paragraph: Mapping[str, str]) -> etree._Element:
    element: etree._Element = _E.p(clean(paragraph["text"]))
    element.set(f"{_XML}id", paragraph["id"])
    return element


def _corpus_header() -> etree._Element:
    header: etree._Element = _E.teiHeader(
        _E.fileDesc(
            _E.titleStmt(_E.title("News articles")),
            _E.publicationStmt(_E.p("Exported by Morgue.")),
            _E.sourceDesc(_E.p("Web pages of newspapers; each article names its own.")),
        )
    )
    return header


def clean(text: str) -> str:
    """The text with what XML cannot hold replaced."""
    return _FORBIDDEN.sub("\ufffd", text)


def _w3c(date: str) -> str | None:
    """A date as XML Schema writes it: with seconds; None when it has another form."""
    if re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", date):
        return date
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?", date)
    return f"{match[1]}{match[2] or ':00'}{match[3] or ''}" if match else None
