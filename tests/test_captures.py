"""Captures: what came over the wire is kept, byte for byte, in files that other tools read."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import brotli
import pytest
import zstandard
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from archive.captures import Captures, ends_whole, mend
from archive.errors import ArchiveError
from archive.records import Exchange
from archive.warc import digest, payload

HTML = "<html><title>ភ្នំពេញ</title><p>The Cambodian People’s Party</p></html>".encode() * 40
AT = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
PAGE = Exchange(
    url="https://news.example/story?id=7",
    at=AT,
    request_headers=(("Host", "news.example"), ("User-Agent", "Morgue/0.1")),
    headers=(("Content-Type", "text/html; charset=utf-8"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")),
    body=HTML,
    ip="192.0.2.7",
)


def with_body(body: bytes, *headers: tuple[str, str]) -> Exchange:
    return replace(PAGE, headers=(*PAGE.headers, *headers), body=body)


# warcio 1.8.1 cannot open brotli with brotli >= 1.2 (it sets an attribute that the decompressor no longer takes),
# so its own tools are shown the other codings; `read` and fastwarc are shown all.
CASES: dict[str, Exchange] = {
    "identity": with_body(HTML, ("Content-Length", str(len(HTML)))),
    "gzip": with_body(gzip.compress(HTML), ("Content-Encoding", "gzip")),
    "brotli": with_body(brotli.compress(HTML), ("Content-Encoding", "br")),
    "chunked": with_body(HTML, ("transfer-encoding", "chunked")),
    "chunked gzip": with_body(gzip.compress(HTML), ("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")),
    "wrong length": with_body(HTML, ("Content-Length", "3")),
    "empty": with_body(b"", ("Content-Length", "0")),
    "binary": with_body(bytes(range(256)) * 300),
    "gzip inside": with_body(gzip.compress(gzip.compress(b"x")) * 50),
    "huge header": with_body(HTML, ("X-Long", "y" * 200_000)),
    "many headers": with_body(HTML, *((f"X-{n}", str(n)) for n in range(2_000))),
    "latin-1 header": with_body(HTML, ("X-Author", "M\xfcller"), ("X-Bytes", "\xe1\x9e\x97")),
    "http/2": replace(PAGE, http_version="HTTP/2", status_text=""),
    "http/1.0": replace(PAGE, http_version="HTTP/1.0"),
    "redirect": replace(PAGE, status=301, status_text="Moved Permanently", headers=(("Location", "/b"),), body=b""),
    "not ok": replace(PAGE, status=503, status_text="Service Unavailable", body=b"down"),
    "of another archive": replace(
        PAGE, request_headers=(), via="wayback", origin="https://archive.test/web/20261122id_/https://news.example/"
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_round_trip(name: str, tmp_path: Path) -> None:
    """An exchange is read back as it came: status, headers in order, body byte for byte."""
    sent = CASES[name]
    with Captures(tmp_path) as captures:
        capture = captures.append(sent)
        # The request's line and headers are kept in a record of their own, for people and other tools.
        assert captures.read(capture) == replace(sent, request_headers=())
    assert capture.digest == digest(sent.body)
    assert (capture.url, capture.at, capture.status, capture.via) == (sent.url, AT, sent.status, sent.via)


def test_wide_header_text_is_kept_as_utf8(tmp_path: Path) -> None:
    """A header that somebody decoded already goes to the file in UTF-8, and never breaks the record."""
    with Captures(tmp_path) as captures:
        read = captures.read(captures.append(with_body(HTML, ("X-Title", "ភ្នំពេញ\r\nX-Evil: 1"))))
    assert read.headers[-1] == ("X-Title", "ភ្នំពេញ  X-Evil: 1".encode().decode("latin-1"))


def test_saved_html_is_a_resource(tmp_path: Path) -> None:
    """HTML from a file, without headers, is no answer of a server and is not dressed up as one."""
    saved = Exchange(
        url="https://news.example/old", at=AT, headers=(("Content-Type", "text/html"),), body=HTML, via="file"
    )
    with Captures(tmp_path) as captures:
        capture = captures.append(saved)
        assert captures.read(capture) == saved
    assert capture.record_type == "resource"


def checked(files: list[Path]) -> int:
    """What `warcio check` exits with."""
    return Checker(SimpleNamespace(inputs=[str(file) for file in files], verbose=False)).process_all()


def test_warcio_checks_every_file(tmp_path: Path) -> None:
    """warcio's own check, which verifies the digests, has nothing to say."""
    with Captures(tmp_path) as captures:
        first = captures.append(PAGE)
        captures.append(PAGE, first)
        for name, exchange in CASES.items():
            if name != "brotli":
                captures.append(exchange)
        assert checked(captures.files()) == 0


def test_the_check_finds_a_changed_byte(tmp_path: Path) -> None:
    """The check above can fail: a file with another body and the old digest does not pass, nor does `verify`."""
    with Captures(tmp_path) as captures:
        capture = captures.append(PAGE)
        path = captures.files()[0]
        whole = path.read_bytes()
        member = gzip.decompress(whole[capture.offset : capture.offset + capture.length])
        forged = gzip.compress(member.replace(b"Cambodian", b"cambodian"))
        path.write_bytes(whole[: capture.offset] + forged + whole[capture.offset + capture.length :])
        assert checked([path]) == 1
        assert [problem for _, problem in captures.verify([capture])] == [
            f"{path.name} at {capture.offset}: the page is not the one that was filed (digest)"
        ]


@pytest.mark.parametrize("url", ["https://news.example/a story", " https://news.example/a", "https://news.example/\0"])
def test_odd_addresses_of_other_crawlers_are_no_damage(url: str, tmp_path: Path) -> None:
    """A record with a blank in its address, as old WARC and ARC files have it, passes the check once it is imported."""
    with Captures(tmp_path) as captures:
        assert list(captures.verify([captures.append(replace(PAGE, url=url))])) == []


def test_other_tools_read_the_bodies(tmp_path: Path) -> None:
    """warcio gives the decoded page of every coding, and every record is where a reader expects it."""
    codings = [CASES[name] for name in ("identity", "gzip", "chunked", "chunked gzip")]
    with Captures(tmp_path) as captures:
        for exchange in codings:
            captures.append(exchange)
    (path,) = tmp_path.iterdir()
    with path.open("rb") as stream:
        bodies = [r.content_stream().read() for r in ArchiveIterator(stream) if r.rec_type == "response"]
    assert bodies == [HTML] * 4
    with path.open("rb") as stream:
        kinds = [record.rec_type for record in ArchiveIterator(stream)]
    assert kinds == ["warcinfo", *["response", "request"] * 4]


def test_fastwarc_reads_them_too(tmp_path: Path) -> None:
    """The fast reader for big sets finds the same records and agrees with their digests."""
    fastwarc = pytest.importorskip("fastwarc.warc", reason="fastwarc is not installed")
    with Captures(tmp_path) as captures:
        for exchange in CASES.values():
            captures.append(exchange)
    (path,) = tmp_path.glob("morgue-*")
    with path.open("rb") as stream:
        records = fastwarc.ArchiveIterator(stream, record_types=fastwarc.WarcRecordType.response, parse_http=False)
        blocks = [record.reader.read() for record in records]
    assert [block.partition(b"\r\n\r\n")[2] for block in blocks] == [
        case.body for case in CASES.values() if case.via == "crawl"
    ]


def test_offset_and_length_are_those_of_the_record(tmp_path: Path) -> None:
    """The byte range of a capture holds its record and nothing else."""
    with Captures(tmp_path) as captures:
        captures.append(PAGE)
        capture = captures.append(replace(PAGE, url="https://news.example/other"))
    piece = (tmp_path / capture.file).read_bytes()[capture.offset : capture.offset + capture.length]
    text = gzip.decompress(piece)
    assert text.startswith(b"WARC/1.1\r\n")
    assert b"WARC-Target-URI: https://news.example/other\r\n" in text
    assert text.count(b"WARC/1.1") == 1


def test_identical_payload_is_a_revisit(tmp_path: Path) -> None:
    """The same bytes are written once; the second capture refers to the first and still reads back whole."""
    with Captures(tmp_path) as captures:
        first = captures.append(PAGE)
        again = replace(PAGE, at=AT + timedelta(hours=1), headers=(*PAGE.headers, ("Age", "5")))
        second = captures.append(again, first)
        changed = captures.append(replace(again, body=HTML + b"!"), first)
        assert (first.record_type, second.record_type, changed.record_type) == ("response", "revisit", "response")
        assert second.digest == first.digest
        assert captures.read(second) == replace(again, request_headers=())
        assert list(captures.verify([first, second, changed])) == []
    with (tmp_path / first.file).open("rb") as stream:
        revisit = next(record for record in ArchiveIterator(stream) if record.rec_type == "revisit")
        assert revisit.content_stream().read() == b""
    facts = dict(revisit.rec_headers.headers)
    assert facts["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert facts["WARC-Refers-To-Target-URI"] == PAGE.url
    assert facts["WARC-Refers-To-Date"] == "2026-11-22T10:30:00Z"


def test_rotation_by_size_and_by_day(tmp_path: Path) -> None:
    """A file that has grown past the limit is followed by another, and so is every file at midnight UTC."""
    with Captures(tmp_path, max_bytes=1) as captures:
        assert captures.append(PAGE).file != captures.append(PAGE).file
    with Captures(tmp_path / "days") as captures:
        late = captures.append(replace(PAGE, at=AT.replace(hour=23, minute=59)))
        assert captures.append(replace(PAGE, at=AT.replace(hour=23, minute=59))).file == late.file
        assert captures.append(replace(PAGE, at=AT + timedelta(days=1))).file != late.file


def test_imported_captures_do_not_open_a_file_a_day(tmp_path: Path) -> None:
    """Pages from the Wayback Machine come in any order of days and still share a file."""
    with Captures(tmp_path) as captures:
        files = {
            captures.append(replace(PAGE, at=AT - timedelta(days=n * 7 % 5), via="wayback")).file for n in range(5)
        }
        assert len(files) == 1
        assert captures.append(PAGE).file not in files


def test_the_next_run_goes_on_with_a_whole_file(tmp_path: Path) -> None:
    """Hourly runs of one day share one file."""
    files = set()
    for _ in range(3):
        with Captures(tmp_path) as captures:
            files.add(captures.append(PAGE).file)
    assert len(files) == 1
    assert checked(list(tmp_path.iterdir())) == 0


@pytest.mark.parametrize("cut", [1, 7, 8, 100, 400])
def test_a_cut_file_stays_readable_and_is_not_written_to(cut: int, tmp_path: Path) -> None:
    """After a crash in the middle of a record, what was whole is read, and new captures go to a new file."""
    with Captures(tmp_path) as captures:
        first, second = captures.append(PAGE), captures.append(replace(PAGE, request_headers=()))
    path = tmp_path / first.file
    assert ends_whole(path)
    damaged = path.read_bytes()[:-cut]
    path.write_bytes(damaged)
    assert not ends_whole(path)
    with Captures(tmp_path) as captures:
        third = captures.append(PAGE)
        assert third.file != first.file
        assert path.read_bytes() == damaged
        assert [captures.read(capture).body for capture in (first, third)] == [HTML, HTML]
        ((broken, problem),) = captures.verify([first, second, third])
    assert broken == second
    assert problem.startswith(f"{path.name} at {second.offset}: ")


def test_a_full_disk_leaves_no_half_record(tmp_path: Path) -> None:
    """When the system refuses to write, one clear line comes; what was kept stays whole, a later try succeeds."""
    resource = pytest.importorskip("resource", reason="limits of a process are a Unix matter")
    signal = pytest.importorskip("signal")
    with Captures(tmp_path) as captures:
        first = captures.append(PAGE)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / first.file).stat().st_size + 100, before[1]))
        try:
            with pytest.raises(ArchiveError, match="a capture cannot be written"):
                captures.append(PAGE)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, old)
        assert ends_whole(tmp_path / first.file)
        assert captures.read(captures.append(PAGE)).body == HTML


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "cannot be read"),
        (lambda path: path.write_bytes(path.read_bytes()[:300]), "no record there"),
        (lambda path: path.write_bytes(b"\0" * 5000), "damaged"),
    ],
    ids=["missing", "cut before", "zeros"],
)
def test_reading_what_is_not_there(spoil: Callable[[Path], object], said: str, tmp_path: Path) -> None:
    """A missing, cut or overwritten file is one clear line."""
    with Captures(tmp_path) as captures:
        captures.append(PAGE)
        capture = captures.append(PAGE)
        spoil(tmp_path / capture.file)
        with pytest.raises(ArchiveError, match=said):
            captures.read(capture)


@pytest.mark.parametrize("name", ["identity", "gzip", "brotli", "deflate", "raw deflate", "zstd", "twice"])
def test_the_page_behind_the_codings(name: str) -> None:
    """A captured body is unpacked as its headers say."""
    raw = zlib.compressobj(wbits=-15)
    more = {
        "deflate": with_body(zlib.compress(HTML), ("Content-Encoding", "deflate")),
        "raw deflate": with_body(raw.compress(HTML) + raw.flush(), ("content-encoding", "deflate")),
        "zstd": with_body(zstandard.compress(HTML), ("Content-Encoding", "zstd")),
        "twice": with_body(brotli.compress(gzip.compress(HTML)), ("Content-Encoding", "gzip, br")),
    }
    assert payload((CASES | more)[name]) == HTML


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd", "rot13"])
def test_a_body_that_breaks_its_coding(coding: str) -> None:
    """A body that is not what its header says is named as such."""
    with pytest.raises(ValueError, match="the page"):
        payload(with_body(b"not packed at all", ("Content-Encoding", coding)))


def test_a_cut_file_can_be_mended(tmp_path: Path) -> None:
    """Mending takes the cut record away, and the file passes every check again."""
    with Captures(tmp_path) as captures:
        first, second = captures.append(PAGE), captures.append(replace(PAGE, request_headers=()))
    path = tmp_path / first.file
    path.write_bytes(path.read_bytes()[:-50])
    mend(path)
    assert path.stat().st_size == second.offset
    assert ends_whole(path)
    assert checked([path]) == 0
