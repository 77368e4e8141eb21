"""One exchange as WARC 1.1 records, and back. Bytes in, bytes out.

An answer is a `response` record (or `revisit`, when the same bytes are kept already) with its `request` behind it;
saved HTML without headers is a `resource`. A body stays content-encoded, digests are SHA-256 of what came.
Two things differ from the wire, as in Common Crawl's files, and `exchange` undoes both. Transfer-Encoding, which no
longer applies, and a Content-Length that is not the body's get the prefix X-Crawler-. HTTP/2 is told as HTTP/1.1 with
WARC-Protocol: h2.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import re
import uuid
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import BinaryIO, Literal
from urllib.parse import urlsplit

import brotli  # type: ignore[import-untyped]
import zstandard
from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]
from warcio.bufferedreaders import ChunkedDataReader  # type: ignore[import-untyped]
from warcio.exceptions import ArchiveLoadFailed  # type: ignore[import-untyped]
from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped]

from archive.records import Capture, Exchange

logging.getLogger("warcio").setLevel(
    logging.ERROR
)  # it warns of every address with a space, which is read all the same

RecordType = Literal["response", "revisit", "resource"]

_MOVED = "X-Crawler-"
_PROTOCOLS = {"HTTP/2": "h2", "HTTP/3": "h3"}
_BLANK = re.compile(rb"\r?\n\r?\n")  # some crawlers keep heads with the line ends of their machine
_PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


def digest(body: bytes) -> str:
    """What recognises a payload: "sha256:" + hex."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def record_type(exchange: Exchange, earlier: Capture | None) -> RecordType:
    """What kind of record an answer becomes; `earlier` is a capture of, perhaps, the same payload."""
    if exchange.via == "file" and not exchange.request_headers:
        return "resource"
    return "revisit" if earlier and exchange.body and earlier.digest == digest(exchange.body) else "response"


def records(
    exchange: Exchange, kind: RecordType, earlier: Capture | None, *, seed: str | None = None
) -> tuple[bytes, bytes]:
    """The compressed record of the answer, and that of the request (empty when there was none).

    seed   the answer's record gets its id from it, the same each time; without one it gets a random one
    """
    writer = WARCWriter(BytesIO(), gzip=True, warc_version="1.1")
    identity = _identity(seed)
    named = {"WARC-Date": _date(exchange.at), "Morgue-Via": exchange.via}
    if exchange.ip:
        named["WARC-IP-Address"] = exchange.ip
    if exchange.origin:
        named["WARC-Source-URI"] = _line(exchange.origin)  # as pywb names the archive that a record was taken from
    if protocol := _PROTOCOLS.get(exchange.http_version.removesuffix(".0")):
        named["WARC-Protocol"] = protocol
    url = _line(exchange.url)
    if kind == "resource":
        content_type = header(exchange.headers, "content-type") or "text/html"
        about = {**named, "WARC-Record-ID": identity, "Content-Type": content_type}
        return _pack(writer, url, "resource", b"", exchange.body, about), b""
    head = _head(f"{_version(exchange)} {exchange.status} {exchange.status_text}", _stored(exchange))
    about = {**named, "WARC-Record-ID": identity}
    body = exchange.body
    if kind == "revisit" and earlier:
        body = b""
        about |= {
            "WARC-Profile": _PROFILE,
            "WARC-Refers-To-Target-URI": _line(earlier.url),
            "WARC-Refers-To-Date": _date(earlier.at),
            "WARC-Refers-To-Filename": earlier.file,
            "WARC-Refers-To-File-Offset": str(earlier.offset),
        }
    about["WARC-Payload-Digest"] = digest(exchange.body)
    answer = _pack(writer, url, kind, head, body, about)
    if not exchange.request_headers:
        return answer, b""
    parts = urlsplit(exchange.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    asked = _head(f"{exchange.method} {target} {_version(exchange)}", exchange.request_headers)
    return answer, _pack(writer, url, "request", asked, b"", {**named, "WARC-Concurrent-To": identity})


def _identity(seed: str | None) -> str:
    return f"<urn:uuid:{uuid.uuid4() if seed is None else uuid.uuid5(uuid.NAMESPACE_URL, seed)}>"


def warcinfo(name: str, at: datetime, *, seed: str | None = None) -> bytes:
    """The record that a file begins with. `seed`: see `records`."""
    writer = WARCWriter(BytesIO(), gzip=True, warc_version="1.1")
    facts = {
        "software": "Morgue",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    }
    record = writer.create_warcinfo_record(name, facts)
    record.rec_headers.replace_header("WARC-Date", _date(at))
    record.rec_headers.replace_header("WARC-Record-ID", _identity(seed))
    writer.write_record(record)
    return bytes(writer.out.getvalue())


def read(stream: BinaryIO) -> tuple[dict[str, str], bytes]:
    """The record that begins where the stream stands: its headers (names in lower case) and its block as it is.

    Raises ValueError with what is wrong with it.
    """
    try:
        record = next(ArchiveIterator(stream, no_record_parse=True), None)
        if record is None:
            raise ValueError("no record there; the file is cut or was replaced")
        headers = {name.lower(): value for name, value in record.rec_headers.headers}
        block = bytes(record.raw_stream.read())
    except (ArchiveLoadFailed, zlib.error) as error:
        said = str(error).strip().splitlines()[0].partition(", first line")[0]  # which would be bytes of the damage
        raise ValueError(f"the record is damaged ({said})") from error
    if len(block) != int(headers.get("content-length", -1)):
        raise ValueError("the record is cut")
    return headers, block


def exchange(headers: dict[str, str], block: bytes) -> Exchange:
    """A record that was read, as the exchange it was made of (a revisit without its body)."""
    common = {"url": headers.get("warc-target-uri", ""), "ip": headers.get("warc-ip-address")}
    at = datetime.fromisoformat(headers.get("warc-date", "1970-01-01T00:00:00Z"))
    via = headers.get("morgue-via", "warc")
    if headers.get("warc-type") == "resource":
        given = (("Content-Type", headers.get("content-type", "")),)
        return Exchange(url=str(common["url"]), ip=common["ip"], at=at, headers=given, body=block, via=via)
    head, body = (*_BLANK.split(block, maxsplit=1), b"")[:2]
    first, *lines = re.split(r"\r?\n", head.decode("latin-1"))
    version, code, text = (*first.split(None, 2), "", "", "")[:3]
    pairs = [(name, value.removeprefix(" ")) for name, _, value in (line.partition(":") for line in lines)]
    protocol = {short: long for long, short in _PROTOCOLS.items()}.get(headers.get("warc-protocol", ""), version)
    return Exchange(
        url=str(common["url"]),
        ip=common["ip"],
        at=at,
        status=int(code) if code.isdecimal() else 0,
        status_text=text,
        http_version=protocol,
        headers=tuple(_restored(pairs) if "morgue-via" in headers else pairs),
        body=body,
        via=via,
        origin=headers.get("warc-source-uri") if "morgue-via" in headers else None,
    )


def as_read(url: str) -> str:
    """An address as readers of WARC files give it back: other crawlers record blanks, which none can hold."""
    return _line(url).strip().replace(" ", "%20")


def unchunked(exchange: Exchange) -> Exchange:
    """The exchange with its body taken out of transfer chunks, when a crawler kept it in them."""
    if "chunked" not in (header(exchange.headers, "transfer-encoding") or "").lower():
        return exchange
    return replace(exchange, body=b"".join(iter(partial(ChunkedDataReader(BytesIO(exchange.body)).read, 1 << 16), b"")))


def payload(exchange: Exchange) -> bytes:
    """The body with its content codings undone. ValueError when one is unknown or the body does not keep to it."""
    body = exchange.body
    codings = [part.strip().lower() for part in (header(exchange.headers, "content-encoding") or "").split(",")]
    try:
        for coding in reversed([coding for coding in codings if coding not in ("", "identity")]):
            body = _DECODERS[coding](body)
    except KeyError as error:
        raise ValueError(f"the page is packed in an unknown way ({error.args[0]})") from error
    except (OSError, EOFError, zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise ValueError(f"the page cannot be unpacked ({error})") from error
    return body


def _inflate(body: bytes) -> bytes:
    # Servers mean either of two formats by "deflate" (RFC 9110, 8.4.1.2).
    try:
        return zlib.decompress(body)
    except zlib.error:
        return zlib.decompress(body, wbits=-15)


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "x-gzip": gzip.decompress,
    "deflate": _inflate,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}


class _Head:
    """A status line and headers as bytes, in the shape that warcio's writer asks for; its own class re-encodes them."""

    def __init__(self, data: bytes) -> None:
        self.headers_buff = data

    def compute_headers_buffer(self, header_filter: object) -> None:
        """They are there already."""


def _pack(writer: WARCWriter, url: str, kind: str, head: bytes, body: bytes, named: dict[str, str]) -> bytes:
    """One record as a gzip member of its own."""
    named = {**named, "WARC-Block-Digest": digest(head + body)}
    http = _Head(head) if head else None
    record = writer.create_warc_record(
        url, kind, payload=BytesIO(body), length=len(body), http_headers=http, warc_headers_dict=named
    )
    writer.out = BytesIO()
    writer.write_record(record)
    return bytes(writer.out.getvalue())


def _version(exchange: Exchange) -> str:
    return "HTTP/1.0" if exchange.http_version == "HTTP/1.0" else "HTTP/1.1"


def _stored(exchange: Exchange) -> list[tuple[str, str]]:
    """The headers, with those that no longer fit the body moved out of the way."""
    length = str(len(exchange.body))
    chunked = header(exchange.headers, "transfer-encoding") is not None
    declared = header(exchange.headers, "content-length")
    moved = {"transfer-encoding", "content-length"} if chunked or declared not in (None, length) else set()
    stored = [(_MOVED + name if name.lower() in moved else name, value) for name, value in exchange.headers]
    return [*stored, ("Content-Length", length)] if moved else stored


def _restored(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    if not any(name.startswith(_MOVED) for name, _ in headers):
        return headers
    return [(name.removeprefix(_MOVED), value) for name, value in headers[:-1]]


def _head(first: str, headers: Iterable[tuple[str, str]]) -> bytes:
    lines = [_line(first), *(f"{_line(name)}: {_line(value)}" for name, value in headers)]
    return b"".join(_octets(line) + b"\r\n" for line in lines) + b"\r\n"


def _line(text: str) -> str:
    return text.translate({0: " ", 10: " ", 13: " "})


def _octets(text: str) -> bytes:
    """Header text is bytes seen as Latin-1, a character for a byte; what is wider becomes UTF-8."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")


def header(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """The first value of a header; `name` in lower case."""
    return next((value for key, value in headers if key.lower() == name), None)


def _date(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
