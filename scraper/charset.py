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

from scraper.prescan import codec, declared, is_text

# So many sequences of UTF-8 are no accident in a text that is said to be in another encoding: in single bytes three
# pairs such as "Ã©" are already unheard of, in East Asian encodings accidents are more frequent.
ENOUGH_IN_SINGLE_BYTES, ENOUGH_IN_DOUBLE_BYTES = 3, 10
# A declared UTF-8 is given up for more faults than proper sequences; a single fault counts in a text of some length.
FAULTS, SOME_LENGTH = 3, 512

_DOUBLE_BYTES = re.compile(r"^(?:gb|big5|euc|cp9[345]|shift|iso2022|hz|johab)")
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# ISO-2022, HZ and UTF-7 write other scripts in ASCII bytes.
_CODED_ASCII = re.compile(rb"\x1b[$(.]|~\{|\+[A-Za-z0-9+/]{3,}-")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)


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
    for encoding, reason in declarations:
        believed = _with_byte_order(body, encoding)
        if believed and not _is_wrong(body, believed, enough):
            return Decoded(to_unicode(body, believed), believed, reason + overruled)
        overruled = overruled or f" (not {encoding} of the {reason})"
    encoding, reason = _detected(body)
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
    if not body.isascii() and not _faults_of_utf8(body):
        return "utf-8", "utf-8"
    if body.isascii() and not _CODED_ASCII.search(body):
        return "cp1252", "default"
    guess = chardet.detect(body)["encoding"]
    if guess is None or guess.lower() == "ascii":
        return "cp1252", "default"
    try:
        return codecs.lookup(guess).name, "detected"
    except LookupError:
        return "cp1252", "default"
