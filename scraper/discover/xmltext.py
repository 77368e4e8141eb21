"""Bytes of a feed or sitemap made fit for a parser: one encoding, no document type, no hostile entities.

Pure. What is mended here is what people do to XML: another encoding than declared, text before the declaration,
control characters, HTML's entities, a bare ampersand, a prefix that nobody declared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.entities import html5
from xml.parsers import expat

DECLARATION = b"<?xml version='1.0' encoding='utf-8'?>\n"

_BOMS = (
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xef\xbb\xbf", "utf-8"),
)
# "<" or "<?xm" as the first characters, without a byte order mark (XML 1.0, appendix F).
_SIGNS = (
    (re.compile(rb"\x00\x00\x00<"), "utf-32-be"),
    (re.compile(rb"<\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"\x00<\x00[^\x00]"), "utf-16-be"),
    (re.compile(rb"<\x00[^\x00]\x00"), "utf-16-le"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),  # EBCDIC, in a variant that the declaration names
)
_EBCDIC = "cp037"
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']""")
_SPACES = bytes.maketrans(b"\x0b\x0c\x1c\x1d\x1e\x1f", b"      ")  # white space, but not in XML
_CONTROLS = bytes(set(range(0x1C)) - {0x09, 0x0A, 0x0B, 0x0C, 0x0D})
# References to control characters and to halves of pairs (surrogates): libxml2 takes the latter, and then fails to tell
# the text that holds one.
_NO_CHARACTER = re.compile(
    rb"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01]|5529[6-9]|55[3-9]\d\d|56\d{3}|57[0-2]\d\d|573[0-3]\d|5734[0-3])"
    rb"|[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]|[dD][89a-fA-F][0-9a-fA-F]{2}));"
)
_ENTITY = re.compile(rb"""<!ENTITY\s+([\w.-]{1,100})\s+(?:"([^"]{0,200})"|'([^']{0,200})')\s*>""")
# With the entities that HTML's readers take without a semicolon, where they cannot be the name of a parameter.
_BARE = sorted((name.encode() for name in html5 if not name.endswith(";")), key=len, reverse=True)
_REFERENCE = re.compile(
    rb"&(?!#\d{1,7};|#[xX][0-9a-fA-F]{1,6};)(?:([A-Za-z][\w.-]{0,100});|(%b)(?![\w=;.-]))?" % b"|".join(_BARE)
)
_HEAD = 65_536  # bytes in which a document must have begun
_PRINTED = re.compile(rb"<(?:br|b|p|div|font|pre|span|script|style)[\s/>]", re.IGNORECASE)
_BEGINNING = re.compile(
    rb"<\?xml\s|<(?:[A-Za-z_][\w.-]*:)?(?:rss|rdf|feed|urlset|sitemapindex)(?=[\s>])", re.IGNORECASE
)
# A text element of a feed that runs into the next element: its end tag was forgotten.
_LEAF = rb"title|link|guid|id|pubDate|published|updated|dc:date|dc:creator|author|category|comments"
_NEXT = _LEAF + rb"|description|summary|content|content:encoded|enclosure|source|media:\w+|item|entry"
_UNCLOSED = re.compile(
    rb"<(" + _LEAF + rb")(?:\s[^<>]*[^<>/])?>[^<]{0,4000}(?=<(?:(?!/\1)/?(?:" + _NEXT + rb")[\s>/]))", re.IGNORECASE
)
_FIRST_TAG = re.compile(rb"<[A-Za-z_][\w:.-]*")
# As numbers: after the first mistake in a document libxml2 drops references to entities, these five included.
_XML_NAMES = {b"lt": b"&#60;", b"gt": b"&#62;", b"amp": b"&#38;", b"quot": b"&#34;", b"apos": b"&#39;"}

MAX_ENTITIES = 500  # declared by one document; the whole of Latin-1 has 96
MAX_SIGNS = {b"<": 5_000_000, b"&": 3_000_000}  # ten times a large sitemap's; each costs time and memory
MAX_PREFIXES = 200  # no feed has a tenth; feedparser's time grows with elements times prefixes


class Hostile(ValueError):
    """The document is built to harm its reader; the text says how."""


@dataclass(frozen=True, slots=True)
class Xml:
    """A document without its prolog.

    root       UTF-8 from the first element on
    entities   the harmless entities that it declares itself: name -> text
    declared   the names of all entities that it declares, kept or not
    """

    root: bytes
    entities: Mapping[bytes, bytes] = field(default_factory=dict)
    declared: frozenset[bytes] = frozenset()

    def document(self) -> bytes:
        """The whole again, with a document type only when there are entities to declare."""
        doctype = b""
        if self.entities:
            declarations = b"".join(b'<!ENTITY %b "%b">\n' % pair for pair in self.entities.items())
            doctype = b"<!DOCTYPE feed [\n%b]>\n" % declarations
        return DECLARATION + doctype + self.root


def encoding_mark(body: bytes) -> tuple[str, int] | None:
    """The encoding that the first bytes give away, and how many of them are a byte order mark."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return name, len(mark)
    return next(((name, 0) for sign, name in _SIGNS if sign.match(body)), None)


def unicode_text(body: bytes) -> str | None:
    """The text, when the bytes themselves prove that they are Unicode: by a mark, or as UTF-8 beyond ASCII.

    A few stray bytes in a text that is otherwise UTF-8 (summaries cut in the middle of a character) do not disprove it.
    """
    if found := encoding_mark(body):
        name, length = found
        if name == _EBCDIC and (own := _DECLARED.match(body[:400].decode(name).encode())):
            name = _ebcdic(own[1].decode("ascii"))
        return body[length:].decode(name, "replace")
    if body.isascii():
        return None
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    # What UTF-8 saves in characters is what its longer sequences took in bytes: each proves one character or more.
    return text if broken == 0 or (len(body) - len(text)) > 20 * broken else None


def _ebcdic(declared: str) -> str:
    """The national variant that a document declares, when it is one."""
    try:
        same = "<?xml".encode(declared) == "<?xml".encode(_EBCDIC)
    except LookupError:
        same = False
    return declared if same else _EBCDIC


def declared_encoding(body: bytes) -> str | None:
    """What the XML declaration says."""
    match = _DECLARED.match(body[:400])
    return match[1].decode("ascii").lower() if match else None


def take_apart(utf8: bytes) -> Xml:
    """Prolog and root of a document.

    Raises Hostile for millions of tags or references, and for entities made of entities: they are how bombs are built.
    """
    if any(utf8.count(sign) > most for sign, most in MAX_SIGNS.items()):
        raise Hostile("millions of tags or entities")
    data = utf8.translate(_SPACES, _CONTROLS)
    if b"&#" in data:
        data = _NO_CHARACTER.sub(b"", data)
    at = _without_junk(data, 0)
    entities: dict[bytes, bytes] = {}
    declared: set[bytes] = set()
    while True:
        while data[at : at + 1].isspace():
            at += 1
        if data.startswith(b"<?", at):
            end = _after(data, b"?>", at)
        elif data.startswith(b"<!--", at):
            end = _after(data, b"-->", at)
        elif data[at : at + 9].upper() == b"<!DOCTYPE":
            end = _doctype_end(data, at)
            _declarations(data[at:end], entities, declared)
        elif (end := _without_junk(data, at)) == at:
            return Xml(data[at:], entities, frozenset(declared))
        at = end


def _without_junk(data: bytes, at: int) -> int:
    """Where the document begins from there: programs print warnings, blank lines and HTML before it."""
    if data[at : at + 1] == b"<" and not _PRINTED.match(data, at):
        return at
    found = _BEGINNING.search(data, at, at + _HEAD)
    return found.start() if found else max(data.find(b"<", at), at)


def _after(data: bytes, token: bytes, at: int) -> int:
    found = data.find(token, at)
    return found + len(token) if found >= 0 else len(data)


def _doctype_end(data: bytes, at: int) -> int:
    close = _after(data, b">", at)
    subset = data.find(b"[", at, close)
    if subset < 0:
        return close
    end = re.compile(rb"\]\s{0,100}>").search(data, subset)
    return end.end() if end else len(data)


def _declarations(doctype: bytes, entities: dict[bytes, bytes], declared: set[bytes]) -> None:
    if doctype.count(b"<!ENTITY") > MAX_ENTITIES:
        raise Hostile("declares too many entities")
    declared.update(re.findall(rb"<!ENTITY\s+(?:%\s+)?([\w.-]{1,100})\s", doctype))
    for match in _ENTITY.finditer(doctype):
        name, value = match[1], match[2] or match[3] or b""
        inner = set(re.findall(rb"[&%]([\w.-]+);", value))
        if inner & declared:
            raise Hostile("declares entities made of other entities")
        if not inner and b"<" not in value and b'"' not in value:
            entities[name] = value


def mended(document: Xml, *, drop: bool = False, unclosed: bool = False) -> Xml:
    """The same with ampersands, HTML's entities and undeclared prefixes put right outside of CDATA sections.

    drop      remove references to the entities that were not kept (external ones), instead of showing their names
    unclosed  also end the text elements of a feed that run into the next element; for documents that stay broken
    """

    def replace(match: re.Match[bytes]) -> bytes:
        name = match[1] or match[2]
        if name is None:
            return b"&#38;"
        if name in _XML_NAMES:
            return _XML_NAMES[name]
        if name in document.entities:
            return b"&" + name + b";"
        if name in document.declared:
            return b"" if drop else b"&#38;" + name + b";"
        character = html5.get(name.decode("ascii", "replace") + ";")
        return b"".join(b"&#%d;" % ord(sign) for sign in character) if character else b"&#38;" + name + b";"

    pieces = around_cdata(_UNCLOSED.sub(rb"\g<0></\1>", document.root) if unclosed else document.root)
    pieces[::2] = [_REFERENCE.sub(replace, piece) for piece in pieces[::2]]
    return Xml(_with_prefixes(b"".join(pieces)), document.entities, document.declared)


def around_cdata(data: bytes) -> list[bytes]:
    """The document cut at its CDATA sections, which are every second piece."""
    pieces, at = [], 0
    for start, end in outside_cdata(data):
        pieces += [data[at:start], data[start:end]] if start else [data[:end]]
        at = end
    return pieces


def outside_cdata(data: bytes) -> Iterator[tuple[int, int]]:
    """Where the pieces of a document before, between and after its CDATA sections begin and end."""
    at = 0
    while (start := data.find(b"<![CDATA[", at)) >= 0 and (end := data.find(b"]]>", start)) >= 0:
        yield at, start
        at = end + 3
    yield at, len(data)


def _with_prefixes(root: bytes) -> bytes:
    used = set(re.findall(rb"</?([A-Za-z_][\w.-]{0,40}):[A-Za-z_]", root))
    missing = used - set(re.findall(rb"\bxmlns:([A-Za-z_][\w.-]{0,40})\s*=", root)) - {b"xml"}
    first = _FIRST_TAG.match(root)
    if not missing or first is None or len(missing) > MAX_PREFIXES:
        return root
    spaces = b"".join(
        b' xmlns:%b="%b"' % (prefix, _NAMESPACES.get(prefix, b"urn:undeclared:" + prefix)) for prefix in sorted(missing)
    )
    return root[: first.end()] + spaces + root[first.end() :]


def prefixes(root: bytes) -> int:
    """How many different namespace prefixes a document declares."""
    return len(set(re.findall(rb"\bxmlns:([A-Za-z_][\w.-]{0,200})", root)))


def well_formed(document: bytes) -> bool:
    """Does a strict, namespace-aware parser read it to its end?"""
    parser = expat.ParserCreate(namespace_separator=" ")
    try:
        parser.Parse(document, True)
    except expat.ExpatError:
        return False
    return True


# What the usual prefixes mean where a feed forgot to say so.
_NAMESPACES = {
    b"atom": b"http://www.w3.org/2005/Atom",
    b"content": b"http://purl.org/rss/1.0/modules/content/",
    b"dc": b"http://purl.org/dc/elements/1.1/",
    b"dcterms": b"http://purl.org/dc/terms/",
    b"feedburner": b"http://rssnamespace.org/feedburner/ext/1.0",
    b"georss": b"http://www.georss.org/georss",
    b"image": b"http://www.google.com/schemas/sitemap-image/1.1",
    b"itunes": b"http://www.itunes.com/DTDs/PodCast-1.0.dtd",
    b"media": b"http://search.yahoo.com/mrss/",
    b"news": b"http://www.google.com/schemas/sitemap-news/0.9",
    b"rdf": b"http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    b"slash": b"http://purl.org/rss/1.0/modules/slash/",
    b"sy": b"http://purl.org/rss/1.0/modules/syndication/",
    b"video": b"http://www.google.com/schemas/sitemap-video/1.1",
    b"wfw": b"http://wellformedweb.org/CommentAPI/",
    b"xhtml": b"http://www.w3.org/1999/xhtml",
}
