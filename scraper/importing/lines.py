"""The records of a JSON file: one a line, or one object, or one list of them."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO

from scraper.importing.unusable import Unusable

LONGEST = 50_000_000  # bytes of a record
_CHUNK = 1 << 20
_NO_UTF8 = re.compile("[\udc80-\udcff]")
_SPACE = " \t\r\n\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A record. `place` is its line, or its number in a list; `line` its JSON where it was not parsed to be found."""

    place: int
    line: bytes | None = None
    parsed: object = None
    problem: str | None = None

    def value(self) -> dict[str, Any]:
        """The object. Raises Unusable when it is none."""
        if self.problem:
            raise Unusable(self.problem)
        try:
            value = json.loads(self.line.decode("utf-8-sig")) if self.line is not None else _checked(self.parsed)
        except UnicodeDecodeError as error:
            raise Unusable("not UTF-8", str(error)) from error
        except (ValueError, RecursionError) as error:
            raise Unusable("broken JSON", str(error)[:200]) from error
        if not isinstance(value, dict):
            raise Unusable("no JSON object", type(value).__name__)
        return value


def _checked(value: object) -> object:
    """A value from a file that is read as a whole. Raises Unusable for bytes that are not UTF-8, see `whole`."""
    if _NO_UTF8.search(json.dumps(value, ensure_ascii=False)):
        raise Unusable("not UTF-8")
    return value


def each(stream: BinaryIO) -> Iterator[Found]:
    """The lines of a file that are not empty."""
    number = 0
    while line := stream.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            while line and not line.endswith(b"\n"):
                line = stream.readline(_CHUNK)
            yield Found(place=number, problem="too large")
        elif line.strip():
            yield Found(place=number, line=line)


def whole(stream: BinaryIO) -> Iterator[Found]:
    """The objects of a file that is one object, a list of them, or some one behind the other, read piece by piece.

    Behind broken JSON nothing can be found again: it ends the file. Bytes that are not UTF-8 are carried along as
    surrogates, so that only the object that has them is lost.
    """
    decoder, utf8 = json.JSONDecoder(), codecs.getincrementaldecoder("utf-8")("surrogateescape")
    buffer, number, more = "", 0, True
    while True:
        buffer = buffer.lstrip(_SPACE if number == 0 else _SPACE + ",")
        if number == 0 and buffer.startswith("["):
            buffer = buffer[1:].lstrip(_SPACE)
        if not more and buffer.strip(_SPACE + ",]") == "":
            return
        value, end = None, 0
        with suppress(ValueError, RecursionError):
            value, end = decoder.raw_decode(buffer)
        if end and (isinstance(value, dict) or not more):  # a number may go on in the next piece
            number += 1
            yield Found(place=number, parsed=value)
            buffer = buffer[end:]
        elif more and len(buffer) <= LONGEST:
            chunk = stream.read(_CHUNK)
            more = bool(chunk)
            buffer += utf8.decode(chunk, not more)
        else:
            yield Found(place=number + 1, problem="too large" if more else "broken JSON")
            return
