"""Which encoding a page's bytes are in, and why. Pure.

In the order of the encoding standard: byte order mark, Content-Type header, meta or XML declaration, detection. What is
declared is believed unless the bytes say clearly that it is wrong.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import chardet
from w3lib.encoding import http_content_type_encoding, read_bom, to_unicode

from scraper.prescan import LOOK, codec, declared, is_text

# So many sequences of UTF-8 are no accident in a text that is said to be in another encoding: in single bytes three
# pairs such as "Ã©" are already unheard of, in East Asian encodings accidents are more frequent.
ENOUGH_IN_SINGLE_BYTES, ENOUGH_IN_DOUBLE_BYTES = 3, 10
# A declared UTF-8 is given up for more faults than proper sequences; a single fault counts in a text of some length.
FAULTS, SOME_LENGTH = 3, 512
# So much of a page is enough to tell an encoding by its words.
SAMPLE = 1 << 18
# Bytes beyond ASCII from which detection can be a witness against a header.
SOME_EVIDENCE = 24

_ASCII = bytes(range(128))
_DOUBLE_BYTES = re.compile(r"^(?:gb|big5|euc|cp9[345]|shift|iso2022|hz|johab)")
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# ISO-2022, HZ and UTF-7 write other scripts in ASCII bytes.
_CODED_ASCII = re.compile(rb"\x1b[$(.]|~\{|\+[A-Za-z0-9+/]{3,}-")
# Served by default and often wrong. No word of theirs has four such letters in a row; other alphabets lie there.
_WESTERN = frozenset({"cp1252", "iso8859-1", "iso8859-15"})
_NO_WESTERN_WORD = re.compile(rb"[\xa1-\xff]{4}")
_ACCENT_IN_WORD = re.compile(rb"[A-Za-z][\xc0-\xff]|[\xc0-\xff][A-Za-z]")
# Letters from Greek on, without the Latin ones and all that is no letter.
_OTHERS = "\u0370-\u1cff\u2e80-\u2eff\u3040-\ud7ff\uf900-\ufaff\ufb1d-\ufdff\ufe70-\ufefc\uff66-\uffdc"
_WITHIN_WORD = re.compile(f"[A-Za-z][{_OTHERS}]|[{_OTHERS}][A-Za-z]")
_LETTER, _WORD = re.compile(f"[{_OTHERS}]"), re.compile(f"[{_OTHERS}]{{2,}}")
_DECLARING = re.compile(rb"charset|encoding", re.IGNORECASE)
_CHARSET = re.compile(r"(?<![\w-])charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and how it was read.

    encoding   Python's name of it
    reason     "bom", "header", "meta", "xml", "utf-8" (undeclared, but it can be nothing else), "detected", "default";
               each with " (not ...)" behind it when a declaration was overruled
    """

    text: str
    encoding: str
    reason: str


def decode_with_reason(body: bytes, content_type: str | None) -> Decoded:
    """Read bytes as text. Never fails: what cannot be read becomes U+FFFD."""
    mark_encoding, mark = read_bom(body)
    if mark_encoding and mark:
        return Decoded(to_unicode(body[len(mark) :], mark_encoding), mark_encoding, "bom")
    overruled = ""
    declarations = _declarations(body, content_type)
    # Header and page disagree and the bytes are UTF-8, as one of them says: then no accident needs to be ruled out.
    enough = 1 if any(encoding == "utf-8" for encoding, _ in declarations) else None
    if len({encoding for encoding, _ in declarations}) == 2 and _page_knows_better(body, *declarations):
        overruled = f" (not {declarations.pop(0)[0]} of the header)"
    for encoding, reason in declarations:
        believed = _with_byte_order(body, encoding)
        if believed and not _is_wrong(body, believed, enough):
            return Decoded(to_unicode(body, believed), believed, reason + overruled)
        overruled = overruled or f" (not {encoding} of the {reason})"
    encoding, reason = _detected(_undeclared(body) if overruled else body)
    return Decoded(to_unicode(body, encoding), encoding, reason + overruled)


def _declarations(body: bytes, content_type: str | None) -> list[tuple[str, str]]:
    """What header and page say, the stronger word first."""
    said = []
    header = http_content_type_encoding(content_type)
    if header is None and content_type and (label := _CHARSET.search(content_type)):
        header = codec(label[1])
    if header and is_text(header):
        said.append((header, "header"))
    if found := declared(body):
        said.append(found)
    return said


def _page_knows_better(body: bytes, header: tuple[str, str], page: tuple[str, str]) -> bool:
    """Does detection take the side of the page? Servers declare for all pages what their newest ones are in."""
    if "utf-8" in (header[0], page[0]) or len(body.translate(None, _ASCII)) < SOME_EVIDENCE:
        return False
    start = body[:SAMPLE]
    encoding, reason = _detected(_undeclared(start))
    text = to_unicode(start, encoding)
    return reason == "detected" and text == to_unicode(start, page[0]) != to_unicode(start, header[0])


def _undeclared(body: bytes) -> bytes:
    """Without the words that make a declaration: the detector would believe one, too."""
    return _DECLARING.sub(b" ", body[:LOOK]) + body[LOOK:]


def _with_byte_order(body: bytes, encoding: str) -> str | None:
    """UTF-16 and UTF-32 as a header declares them: without a mark the zero bytes of ASCII tell the order."""
    if encoding not in ("utf-16", "utf-32"):
        return encoding
    start = body[:1024]
    if b"\0" not in start and start.isascii():
        return None
    little = start[0::2].count(0) < start[1::2].count(0)
    return f"{encoding}-{'le' if little else 'be'}"


def _is_wrong(body: bytes, encoding: str, enough: int | None = None) -> bool:
    """Do the bytes say clearly that they are not in this encoding?

    enough   sequences of UTF-8 that make another encoding wrong; None for as many as are no accident in it
    """
    if body.isascii() or encoding.startswith(("utf-16", "utf-32")):
        return False
    faults = _faults_of_utf8(body)
    if encoding == "utf-8":
        some = faults >= FAULTS or (faults > 0 and len(body) >= SOME_LENGTH)
        return some and faults > len(_SEQUENCE.findall(body))  # counted last: it takes longer than all else here
    if encoding in _WESTERN and len(_NO_WESTERN_WORD.findall(body)) > max(2, len(_ACCENT_IN_WORD.findall(body))):
        return True
    if encoding not in _WESTERN and _within_words(to_unicode(body[:SAMPLE], encoding)):
        return True
    if enough is None:
        enough = ENOUGH_IN_DOUBLE_BYTES if _DOUBLE_BYTES.match(encoding) else ENOUGH_IN_SINGLE_BYTES
    return not faults and len(_SEQUENCE.findall(body)) >= enough


def _faults_of_utf8(body: bytes) -> int:
    try:
        body.decode()
    except UnicodeDecodeError:
        return body.decode("utf-8", "replace").count("\ufffd")
    return 0


def _detected(body: bytes) -> tuple[str, str]:
    """A guess from the bytes alone. ASCII is windows-1252 on the web."""
    wide = b"\0" in body  # UTF-16 and UTF-32 of many languages are ASCII bytes, some of them zero
    if body.isascii() and not wide and not _CODED_ASCII.search(body):
        return "cp1252", "default"
    if not wide and not body.isascii() and not _faults_of_utf8(body):
        return "utf-8", "utf-8"
    guess = chardet.detect(body)["encoding"]
    try:
        encoding = codecs.lookup(guess or "ascii").name
    except LookupError:
        encoding = "ascii"
    text = to_unicode(body[:SAMPLE], encoding)
    alone = _LETTER.search(text) is not None and _WORD.search(text) is None
    if encoding == "ascii" or alone or _within_words(text):
        return "cp1252", "default"  # a few accents look like Hebrew to a detector
    return encoding, "detected"


def _within_words(text: str) -> bool:
    """Are letters of other scripts mostly within Latin words? So look the accents of a text in the wrong encoding."""
    return len(_WITHIN_WORD.findall(text)) > len(_WORD.findall(text))
