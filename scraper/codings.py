"""Content codings undone within a bound: gzip, deflate, br and zstd, also nested, and also when the header lies.

Pure. A bomb costs at most the limit, at every layer of it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from io import BytesIO

import brotli  # type: ignore[import-untyped]
import zstandard

# More layers than any server applies; each costs up to the limit in time.
MAX_LAYERS = 5
# How much is asked of a decoder at once.
_PIECE = 1 << 16
# The largest window that RFC 9659 lets a server use in HTTP; a frame may ask for gigabytes.
_ZSTD_WINDOW = 1 << 23
_ZSTD_STEP = 256

_GZIP_MAGIC = b"\x1f\x8b\x08"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


class Oversized(Exception):
    """Decoded, the body is larger than the limit. `start` is what was within it."""

    def __init__(self, start: bytes) -> None:
        super().__init__("larger than the limit")
        self.start = start


class Truncated(Exception):
    """The coded body ends too early: a part of the page is missing. `start` is what can be read of it."""

    start = b""


class Corrupt(Exception):
    """The body is not in the coding that it claims, nor plain text."""


def decode_body(raw: bytes, content_encoding: str, limit: int, *, unwrap: bool = True) -> bytes:
    """The body as it was before its codings.

    content_encoding   the header, "" when there was none; names in the order in which they were applied
    limit              bytes that no layer may exceed
    unwrap             also undo a gzip layer that no header speaks of (sitemap.xml.gz, bodies compressed twice)

    A body that is not in the coding it claims is taken as it is, when it is in another coding or is text.
    Raises Oversized, Truncated, Corrupt.
    """
    names = [name for item in content_encoding.lower().split(",") if (name := item.strip()) in _DECODERS]
    if len(names) > MAX_LAYERS:
        raise Corrupt(f"{len(names)} content codings")
    body = raw
    for name in reversed(names):
        body = _undo(body, name, limit)
    layers = len(names)
    while unwrap and body.startswith(_GZIP_MAGIC):
        if layers >= MAX_LAYERS:
            raise Corrupt(f"more than {MAX_LAYERS} content codings")
        body = _undo(body, "gzip", limit)
        layers += 1
    if len(body) > limit:
        raise Oversized(body[:limit])
    return body


def is_coded(start: bytes) -> bool:
    """Would `decode_body` undo a layer that no header speaks of?"""
    return start.startswith(_GZIP_MAGIC)


def _undo(body: bytes, name: str, limit: int) -> bytes:
    if not body:
        return body
    failure: Corrupt | Truncated | None = None
    for decoder in _DECODERS[name]:
        try:
            return decoder(body, limit)
        except (Corrupt, Truncated) as error:
            failure = failure or error
    actual = "gzip" if body.startswith(_GZIP_MAGIC) else "zstd" if body.startswith(_ZSTD_MAGIC) else name
    if actual != name.removeprefix("x-"):
        return _undo(body, actual, limit)
    if _is_plain(body):
        return body
    assert failure is not None
    raise failure


def _is_plain(body: bytes) -> bool:
    """Is it text that was never compressed? Text holds no control characters; compressed bytes are full of them."""
    start = body[:512]
    return not any(byte < 9 or 13 < byte < 27 for byte in start)


def _bounded(pieces: Callable[[], bytes], limit: int) -> bytes:
    """All that `pieces` gives until it gives nothing."""
    out = BytesIO()
    try:
        while piece := pieces():
            out.write(piece)
            if out.tell() > limit:
                out.truncate(limit)
                raise Oversized(out.getvalue())
    except Truncated as error:
        error.start = out.getvalue()
        raise
    return out.getvalue()


def _inflate(body: bytes, limit: int, window: int) -> bytes:
    """zlib's formats; several gzip members after each other are one body, and what follows the last is ignored."""
    decoder = zlib.decompressobj(window)
    pending = body
    started = False

    def piece() -> bytes:
        nonlocal decoder, pending, started
        while True:
            if decoder.eof:
                pending = decoder.unused_data
                if window != _GZIP or not pending.startswith(_GZIP_MAGIC):
                    return b""
                decoder = zlib.decompressobj(window)
            try:
                out = decoder.decompress(pending, _PIECE)
            except zlib.error as error:
                raise (Truncated if started else Corrupt)(str(error)) from error
            stuck = decoder.unconsumed_tail == pending
            pending = decoder.unconsumed_tail
            if out:
                started = True
                return out
            if decoder.eof:
                continue
            if stuck or not pending:
                raise Truncated("the compressed body is cut")

    return _bounded(piece, limit)


_GZIP, _ZLIB, _RAW = 31, 15, -15


def _gunzip(body: bytes, limit: int) -> bytes:
    return _inflate(body, limit, _GZIP)


def _zlib(body: bytes, limit: int) -> bytes:
    return _inflate(body, limit, _ZLIB)


def _raw_deflate(body: bytes, limit: int) -> bytes:
    return _inflate(body, limit, _RAW)


def _brotli(body: bytes, limit: int) -> bytes:
    decoder = brotli.Decompressor()
    pending = body
    started = False

    def piece() -> bytes:
        nonlocal pending, started
        while not decoder.is_finished():
            fed, pending = pending, b""
            try:
                out: bytes = decoder.process(fed, output_buffer_limit=_PIECE)
            except brotli.error as error:
                raise (Truncated if started else Corrupt)(str(error)) from error
            if out:
                started = True
                return out
            if not fed:
                raise Truncated("the compressed body is cut")
        return b""

    return _bounded(piece, limit)


def _zstd(body: bytes, limit: int) -> bytes:
    """Fed in small steps, for this decoder gives all it can: 4 bytes may hold 128 KiB, so a step gives up to 8 MiB."""
    new = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj
    decoder, at, started = new(), 0, False

    def piece() -> bytes:
        nonlocal decoder, at, started
        while True:
            if decoder.eof:
                at -= len(decoder.unused_data)
                if not body.startswith(_ZSTD_MAGIC, at):
                    return b""
                decoder = new()
            if at >= len(body):
                raise Truncated("the compressed body is cut")
            step = body[at : at + _ZSTD_STEP]
            at += len(step)
            try:
                out: bytes = decoder.decompress(step)
            except zstandard.ZstdError as error:
                raise (Truncated if started else Corrupt)(str(error)) from error
            if out:
                started = True
                return out

    return _bounded(piece, limit)


_DECODERS: dict[str, Sequence[Callable[[bytes, int], bytes]]] = {
    "gzip": (_gunzip,),
    "x-gzip": (_gunzip,),
    "deflate": (_zlib, _raw_deflate),
    "br": (_brotli,),
    "zstd": (_zstd,),
}
