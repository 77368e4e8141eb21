"""Import: WARC files as crawlers publish them, JSON as other tools write it."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive import Archive
from archive.captures import Captures
from archive.errors import ArchiveError
from archive.export import export
from archive.records import Answer, Article, Evidence, Outcome, Visit
from archive.verify import verify
from archive.warcfile import pieces
from scraper.cli import main
from scraper.config import load
from scraper.importing import Choice, import_file, parts
from scraper.importing.tools import visit
from scraper.importing.unusable import Unusable
from scraper.pipeline import Run
from scraper.workers import Reader
from tests.fakes import FakeClock, InThisProcess

CONFIG = (
    "contact: test@example.org\nsources:\n  - id: delta\n    homepage: https://delta.test/\n    exclude: [/video/]\n"
)
WORDS = ("river", "council", "harvest", "bridge", "market", "teacher", "school", "rain", "minister", "road", "village")


def story(number, host="delta.test"):
    """A page of a newspaper, as text."""
    dice = random.Random(f"{host}{number}")
    paragraphs = "".join(
        f"<p>{' '.join(dice.choices(WORDS, k=12)).capitalize()}, said speaker {number} of {host}, paragraph {i}.</p>"
        for i in range(9)
    )
    return (
        f'<!doctype html><html lang="en"><head><title>Story {number} of {host}</title>'
        '<meta property="article:published_time" content="2017-11-20T08:15:00+07:00"></head>'
        f"<body><nav><a href=/>Home</a></nav><article><h1>Story {number} of {host}</h1>{paragraphs}</article></body>"
    )


class Warc:
    """A WARC file that is written record by record; `damage` alters the bytes of the last one."""

    def __init__(self, packed=True):
        self.packed = packed
        self.data = bytearray()

    def add(self, url, body=b"", *, kind="response", status="200 OK", headers=None, warc=None):
        writer = WARCWriter(BytesIO(), gzip=self.packed, warc_version="1.0")
        http = None
        if kind in ("response", "revisit", "request"):
            pairs = [("Content-Type", "text/html; charset=utf-8")] if headers is None else headers
            first = "GET / HTTP/1.1" if kind == "request" else f"HTTP/1.1 {status}"
            protocol = "" if kind == "request" else None
            http = (
                StatusAndHeaders(status, pairs, protocol="HTTP/1.1")
                if protocol is None
                else StatusAndHeaders(first, pairs, is_http_request=True)
            )
        record = writer.create_warc_record(
            url,
            kind,
            payload=BytesIO(body),
            length=len(body),  # without it warcio leaves a temporary file open
            http_headers=http,
            warc_content_type="" if http else "text/plain",
            # Names that are not drawn: the same test damages the same bytes each time.
            warc_headers_dict={
                "WARC-Date": "2017-11-27T03:00:00Z",
                "WARC-Record-ID": f"<urn:uuid:{uuid5(NAMESPACE_URL, f'{url}#{len(self.data)}')}>",
                **(warc or {}),
            },
        )
        writer.write_record(record)
        self.last = len(self.data)
        self.data += writer.out.getvalue()
        return self

    def damage(self, alter):
        self.data[self.last :] = alter(bytes(self.data[self.last :]))
        return self


def news(packed=True):
    """A file as CC-NEWS has them: many hosts, and everything that can be wrong. Returns it and what must come of it."""
    file, fates = Warc(packed), Counter()

    def add(fate, *args, **facts):
        fates[fate] += 1
        return file.add(*args, **facts)

    add("warcinfo record", "news.warc.gz", b"software: x\r\n", kind="warcinfo")
    for number in range(12):
        host = ("delta.test", "gazette.test", "www.tribune.test")[number % 3]
        url = f"https://{host}/2017/11/story-{number}"
        add("request record", url, kind="request", headers=[("Host", host)])
        add("filed", url, story(number, host).encode())
        add("metadata record", url, b"fetchTimeMs: 20", kind="metadata")
    add(
        "filed",
        "https://delta.test/khmer",
        ("<p>ភាសា" + story(20)).encode("utf-16"),
        headers=[("Content-Type", "text/html")],
    )
    latin = story(21).replace("river", "rivière").replace('lang="en">', 'lang="en"><meta charset="iso-8859-1">', 1)
    add(
        "filed",
        "https://delta.test/latin",
        latin.encode("latin-1"),
        headers=[("Content-Type", "text/html; charset=x-none")],
    )
    add(
        "filed",
        "https://delta.test/packed",
        gzip.compress(story(22).encode()),
        headers=[("Content-Type", "text/html"), ("Content-Encoding", "gzip")],
    )
    add(
        "filed",
        "https://delta.test/said-packed",
        story(23).encode(),
        headers=[("Content-Type", "text/html"), ("Content-Encoding", "gzip")],
    )
    chunked = (
        b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (story(24).encode()[:500], story(24).encode()[500:]))
        + b"0\r\n\r\n"
    )
    add(
        "filed",
        "https://delta.test/chunked",
        chunked,
        headers=[("Content-Type", "text/html"), ("Transfer-Encoding", "chunked")],
    )
    add("filed", "https://delta.test/untyped", story(25).encode(), headers=[])
    add("filed", "https://delta.test/2017/11/story-0", story(0).encode())  # once more, the same
    add("revisit record", "https://delta.test/2017/11/story-0", kind="revisit")
    add("status 301", "https://delta.test/old", b"moved", status="301 Moved Permanently")
    add("status 404", "https://delta.test/gone", b"<p>gone</p>", status="404 Not Found")
    add("not HTML", "https://delta.test/a.pdf", b"%PDF-1.4", headers=[("Content-Type", "application/pdf")])
    add("not HTML", "https://delta.test/b.html", b"%PDF-1.4 as html")
    add("no web address", "dns:delta.test", b"1.2.3.4", kind="resource")
    add("excluded", "https://delta.test/video/1", story(30).encode())
    add("empty body", "https://delta.test/empty", b"  ")
    add("unreadable date", "https://delta.test/when", story(31).encode(), warc={"WARC-Date": "yesterday"})
    add(
        "not an article",
        "https://delta.test/",
        b"<html><title>Delta</title><body><ul><li><a href=/1>One</a></ul></body></html>",
    )
    if packed:
        add("damaged record", "https://delta.test/damaged", story(32).encode())
        file.damage(lambda data: data[:60] + bytes(40) + data[100:])
        add("filed", "https://delta.test/behind-damage", story(33).encode())
    add("cut record", "https://delta.test/cut", story(34).encode())
    file.damage(lambda data: data[: len(data) // 2])
    return bytes(file.data), fates


@pytest.fixture
def config(tmp_path):
    (tmp_path / "config.yaml").write_text(CONFIG)
    return load(tmp_path / "config.yaml")


def bring_in(config, path, *, data=None, workers=0, stop_after=None, **choice):
    """Import a file; returns its state and what was rejected. `workers` 0 reads in this process."""
    rejections = []

    async def perform(archive):
        seen = 0

        def told(state):
            nonlocal seen
            seen += 1
            if seen == stop_after:
                run.stop("enough")

        reader = Reader(workers) if workers else InThisProcess()
        run = Run(archive=archive, fetcher=None, reader=reader, clock=FakeClock())
        chosen, (part,) = Choice(config, **choice), parts(path)
        if workers:
            async with reader:
                return await import_file(part, chosen, run, workers=workers, told=told, rejected=rejections.append)
        return await import_file(part, chosen, run, told=told, rejected=rejections.append)

    with Archive(data or config.data, writable=True) as archive:
        return asyncio.run(perform(archive)), rejections


def content(data, name):
    """All that an archive exports."""
    with Archive(data) as archive:
        export(archive.db, data / f"{name}.jsonl")
    records = [json.loads(line) for line in (data / f"{name}.jsonl").read_text().splitlines()]
    for record in records:
        for capture in record["captures"]:
            # Capture files and their records have random names, which also vary a little in length when packed.
            del capture["file"], capture["offset"]
    return records


def summary(state):
    return Counter({"filed": state.filed, **state.rejected})


@pytest.mark.parametrize("packed", [True, False])
def test_each_record_of_a_warc_file_ends_filed_or_in_a_counted_reason(config, tmp_path, packed):
    """Many hosts, broken records, other types, revisits, wrong charsets: records = filed + rejected."""
    data, fates = news(packed)
    path = tmp_path / ("news.warc.gz" if packed else "news.warc")
    path.write_bytes(data)
    state, rejections = bring_in(config, path)
    found = summary(state)
    others = {"not an article", "no text", "front page", "section page", "listing page", "link list", "empty page"}
    for counts in (found, fates):
        counts["not an article"] = sum(counts.pop(one, 0) for one in others)
    assert found == fates
    assert state.records == sum(fates.values()) == state.filed + len(rejections)
    with Archive(config.data) as archive:
        titles = {article.title for article in archive.articles()}
        assert {f"Story {number} of delta.test" for number in (0, 3, 20, 21, 22, 23, 24, 25)} <= titles
        assert "rivière" in archive.article("https://delta.test/latin").text
        article = archive.article("https://www.tribune.test/2017/11/story-2")
        assert (article.source, article.first_seen_at) == ("tribune", "2017-11-27T03:00:00Z")
        assert article.published == "2017-11-20T08:15:00+07:00"
        captures = archive.db.execute(
            "SELECT via, url FROM captures NATURAL LEFT JOIN (SELECT capture_id AS id FROM origins)"
        )
        assert {row["via"] for row in captures} == {"warc"}
        assert not list(archive.wanted("delta", FakeClock().now()))
        assert not list(verify(archive.db, Captures(config.data / "captures")))


def test_the_number_of_workers_changes_nothing(config, tmp_path):
    """The same file with one worker and with two: the same articles with the same numbers."""
    path = tmp_path / "news.warc.gz"
    path.write_bytes(news()[0])
    one, _ = bring_in(config, path, data=tmp_path / "one", workers=1)
    two, _ = bring_in(config, path, data=tmp_path / "two", workers=2)
    assert one == two
    assert content(tmp_path / "one", "x") == content(tmp_path / "two", "x")


def test_only_the_chosen_hosts_are_parsed(config, tmp_path):
    """Records of other hosts are rejected before their HTML is looked at."""
    path = tmp_path / "news.warc.gz"
    path.write_bytes(news()[0])
    state, _ = bring_in(config, path, hosts=("tribune.test",))
    assert state.filed == 4
    assert state.rejected["another host"] > 10
    with Archive(config.data) as archive:
        assert {article.source for article in archive.articles()} == {"tribune"}


def test_a_file_is_imported_once(config, tmp_path):
    """Importing a file again, under any name, changes nothing."""
    path, again = tmp_path / "news.warc.gz", tmp_path / "again.warc.gz"
    path.write_bytes(news()[0])
    again.write_bytes(path.read_bytes())
    first, _ = bring_in(config, path)
    with Archive(config.data) as archive:
        before = list(archive.db.conn.iterdump())
    second, rejections = bring_in(config, again)
    with Archive(config.data) as archive:
        assert list(archive.db.conn.iterdump()) == before
    assert (first, []) == (second, rejections)


@pytest.mark.parametrize("stop_after", [1, 7, 30, 44])
def test_a_stopped_import_goes_on_where_it_stood(config, tmp_path, stop_after):
    """Stopped at any record and started again: the archive and the counts are those of one go."""
    path = tmp_path / "news.warc.gz"
    path.write_bytes(news()[0])
    whole, _ = bring_in(config, path, data=tmp_path / "whole")
    part, _ = bring_in(config, path, data=tmp_path / "parts", stop_after=stop_after)
    assert not part.done
    assert part.records == stop_after
    rest, _ = bring_in(config, path, data=tmp_path / "parts")
    assert rest == whole
    assert content(tmp_path / "parts", "x") == content(tmp_path / "whole", "x")
    with Archive(tmp_path / "parts") as archive:
        assert archive.db.execute("SELECT count(*) FROM visits").fetchone()[0] == 20 + 1


def test_a_killed_import_goes_on_where_it_stood(config, tmp_path):
    """kill -9 in the middle, then once more: each record once, and the archive is whole."""
    file = Warc()
    for number in range(150):
        file.add(f"https://delta.test/{number}", story(number).encode())
    path = tmp_path / "news.warc.gz"
    path.write_bytes(file.data)
    command = [sys.executable, "-m", "scraper", "import", str(path), "--json", "--config", str(config.path)]
    root = Path(__file__).parents[1]
    database = config.data / "morgue.db"
    with subprocess.Popen(command, cwd=root, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            if database.exists():
                with Archive(config.data) as archive:
                    if archive.db.execute("SELECT count(*) FROM articles").fetchone()[0] >= 20:
                        break
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    facts = json.loads(done.stdout)
    assert (facts["records"], facts["filed"], facts["complete"], done.returncode) == (150, 150, True, 0), done.stderr
    with Archive(config.data) as archive:
        assert archive.db.execute("SELECT count(*), count(DISTINCT url) FROM visits").fetchone()[:] == (150, 150)
        assert not [one for one in verify(archive.db, Captures(config.data / "captures")) if "cut" not in str(one)]


def test_a_file_that_is_none_is_refused_in_one_line(config, tmp_path, capsys):
    """What is no WARC file, or has another ending, ends with exit code 2 and says what to do."""
    path = tmp_path / "story.warc"
    path.write_text("<html>")
    with pytest.raises(ArchiveError, match="no WARC file"):
        bring_in(config, path)
    with pytest.raises(SystemExit) as exit_:
        main(["import", str(tmp_path / "config.yaml"), "--config", str(config.path)])
    assert exit_.value.code == 2
    assert "use .warc" in capsys.readouterr().err


def test_a_broken_file_does_not_keep_the_others_out(config, tmp_path, capsys):
    """Each file that cannot be read is named in a line; the others are imported, and the exit code is 1."""
    (tmp_path / "story.warc").write_text("<html>")
    (tmp_path / "good.warc.gz").write_bytes(bytes(numbered(3).data))
    words = ["import", str(tmp_path / "story.warc"), str(tmp_path / "good.warc.gz"), "--config", str(config.path)]
    with pytest.raises(SystemExit) as exit_:
        main(words)
    said = capsys.readouterr()
    assert (exit_.value.code, said.out) == (1, "good.warc.gz: 3 records = 3 filed + 0 rejected\n")
    assert said.err.splitlines() == [
        "morgue: story.warc: this is no WARC file: it begins neither as a WARC or ARC record nor as a gzip file"
    ]
    with pytest.raises(SystemExit) as exit_:
        main([*words[:2], *words[3:]])
    assert exit_.value.code == 2


def test_a_record_that_unpacks_to_too_much_is_passed_over(tmp_path):
    """A bomb is one rejected record; the next one is read."""
    bomb = Warc().add("https://delta.test/bomb", bytes(70_000_000)).add("https://delta.test/1", b"<p>fine")
    found = list(pieces(BytesIO(bytes(bomb.data))))
    assert [one.problem for one in found] == ["too large", None]


def numbered(count=40, packed=True):
    """A WARC file of so many stories."""
    file = Warc(packed)
    for number in range(count):
        file.add(f"https://delta.test/{number}", story(number).encode())
    return file


def named(data, start=0):
    return [piece.headers.get("warc-target-uri") or piece.problem for piece in pieces(BytesIO(data), start)]


def packed_otherwise(plain):
    """A WARC file packed as a whole, and in members that end where they like."""
    dice = random.Random(7)
    cuts = sorted(dice.sample(range(1, len(plain)), 5))
    parts_ = [plain[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(plain)], strict=True)]
    return gzip.compress(plain), b"".join(map(gzip.compress, parts_))


def test_a_file_that_is_not_packed_record_by_record_is_read_all_the_same():
    """One gzip member, or several that end anywhere: every record, and from the end of each the rest."""
    plain = bytes(numbered(packed=False).data)
    expected = [f"https://delta.test/{number}" for number in range(40)]
    assert named(plain) == expected
    for data in packed_otherwise(plain):
        assert named(data) == expected
        ends = [piece.end for piece in pieces(BytesIO(data))]
        assert [named(data, end) for end in ends] == [expected[number + 1 :] for number in range(40)]


@pytest.mark.parametrize("where", [0.02, 0.3, 0.5, 0.8])
def test_damage_in_a_file_packed_as_a_whole_costs_no_record_before_it(where):
    """Never a record with other bytes, never none at all, and behind the damage it goes on with the next member."""
    plain = bytes(numbered(packed=False).data)
    whole, parts_ = packed_otherwise(plain)
    texts = {piece.block for piece in pieces(BytesIO(plain))}
    for data in (whole, parts_):
        at = int(len(data) * where)
        for broken in (data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :], data[:at]):
            found = list(pieces(BytesIO(broken)))
            assert all(piece.problem or piece.block in texts for piece in found)
            assert any(piece.problem for piece in found)
            assert named(broken, found[0].end) == named(broken)[1:]
            problems = [piece.problem is not None for piece in found]
            assert problems.index(True) >= 40 * where - 8
            if broken.endswith(data[-100:]) and at < data.rfind(b"\x1f\x8b\x08"):
                assert named(broken)[-1] == "https://delta.test/39"


@pytest.mark.parametrize("members", [1, 6])
def test_what_only_the_check_of_a_gzip_member_betrays_is_not_filed(config, tmp_path, members):
    """Another letter on a page, another in the name of a digest: unpacked without complaint, and yet never filed."""
    plain = bytes(numbered(packed=False).data)
    size = -(-len(plain) // members)
    # Stored, not deflated: whatever is altered, nothing but the check at the end of the member can tell.
    stored = [gzip.compress(plain[at : at + size], 0, mtime=0) for at in range(0, len(plain), size)]
    data = b"".join(stored)
    record = data.index(b"https://delta.test/20")
    digest, letter = data.index(b"WARC-Block-Digest: sha1", record), data.index(b"Story 20 of", record)
    other = data.index(b"Story 21 of", letter)
    for at, new in ((digest + len("WARC-Block-Digest: sha"), b"9"), (letter, b"s"), (other, b"s")):
        data = data[:at] + new + data[at + 1 :]
    path = tmp_path / "whole.warc.gz"
    path.write_bytes(data)
    texts = {piece.block for piece in pieces(BytesIO(plain))}
    found = list(pieces(BytesIO(data)))
    assert all(piece.problem or piece.block in texts for piece in found)
    kept = 38 if members == 1 else 37  # nor the one that begins in the damaged member and ends in the next
    assert sum(not piece.problem for piece in found) == kept
    state, _ = bring_in(config, path)
    assert summary(state)["filed"] == kept
    assert summary(state)["unverified record"] == 1
    assert state.records == state.filed + sum(state.rejected.values())
    with Archive(config.data) as archive:
        assert archive.article("https://delta.test/20") is None


def test_another_letter_in_a_head_that_no_digest_vouches_for_is_not_filed():
    """All pages agree with their digests, the gzip member with its check does not: any of the heads may be another."""
    data = gzip.compress(bytes(numbered(packed=False).data), 0, mtime=0)
    altered = data.replace(b"https://delta.test/7\r", b"https://delta.tent/7\r")
    assert named(altered)[:-1] == ["unverified record"] * 39


def test_without_digests_nothing_of_a_damaged_gzip_member_is_filed():
    """An ARC file has none: what came out of a member that fails its check is unverified, the other member is whole."""
    records = [arc(f"https://delta.test/{number}", f"<p>Story {number}".encode()) for number in range(6)]
    first, second = (gzip.compress(b"".join(some), 0, mtime=0) for some in (records[:3], records[3:]))
    assert named(first.replace(b"Story 1", b"Story 9") + second) == [
        *["unverified record"] * 3, *(f"https://delta.test/{number}" for number in (3, 4, 5))
    ]  # fmt: skip


def arc(url, body, *, version=1, kind="text/html", date="20061224120000"):
    """A record of an ARC file."""
    more = " 200 - - 0 x.arc" if version == 2 else ""
    return f"{url} 10.1.2.3 {date} {kind}{more} {len(body)}\n".encode() + body + b"\n"


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("shape", ["x.arc", "x.arc.gz", "whole.arc.gz"])
def test_the_format_before_warc_is_read(config, tmp_path, version, shape):
    """ARC files, plain and packed, both versions: pages with the time of their capture; one broken line costs one."""
    head = b"1 0 InternetArchive\nURL IP-address Archive-date Content-type Archive-length\n\n"
    records = [arc("filedesc://x.arc", head, kind="text/plain"), arc("dns:delta.test", b"1.2.3.4", kind="text/dns")]
    for number in range(6):
        answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + story(number).encode()
        records.append(arc(f"https://delta.test/{number}?a=b c", answer, version=version))
    records[4] = records[4].replace(b" 20061224", b" 2006-12-24")
    data = b"".join(records)
    packed = {"x.arc": data, "x.arc.gz": b"".join(map(gzip.compress, records)), "whole.arc.gz": gzip.compress(data)}
    path = tmp_path / shape
    path.write_bytes(packed[shape])
    state, rejections = bring_in(config, path)
    assert summary(state) == {"filed": 5, "warcinfo record": 1, "no web address": 1, "damaged record": 1}
    assert len(rejections) == 3
    with Archive(config.data) as archive:
        assert {article.first_seen_at for article in archive.articles()} == {"2006-12-24T12:00:00Z"}


def test_the_warc_files_of_a_wacz_file_are_imported_each(config, tmp_path, capsys):
    """A zip with WARC files in it: one line for each; a zip without is refused in one line."""
    path = tmp_path / "site.wacz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("datapackage.json", "{}")
        archive.writestr("archive/one.warc.gz", bytes(numbered(3).data))
        archive.writestr("archive/two.warc", bytes(numbered(5, packed=False).data), zipfile.ZIP_DEFLATED)
    with pytest.raises(SystemExit) as exit_:
        main(["import", str(path), "--config", str(config.path)])
    assert exit_.value.code == 0
    assert capsys.readouterr().out.splitlines() == [
        "site.wacz/archive/one.warc.gz: 3 records = 3 filed + 0 rejected",
        "site.wacz/archive/two.warc: 5 records = 5 filed + 0 rejected",
    ]
    with Archive(config.data) as archive:
        assert len(list(archive.articles())) == 5
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("datapackage.json", "{}")
    with pytest.raises(ArchiveError, match="no WARC file"):
        parts(path)
    path.write_bytes(b"x")
    with pytest.raises(ArchiveError, match="no WACZ file"):
        parts(path)


def raw(
    number,
    *,
    first="HTTP/1.1 200 OK",
    lines="Content-Type: text/html",
    end="\r\n",
    date="2017-11-27T03:00:00Z",
    more="",
):
    """A response record, its bytes as given."""
    answer = f"{first}{end}{lines}{end}{end}".encode() + story(number).encode()
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://delta.test/{number}\r\n{more}"
        f"WARC-Date: {date}\r\nContent-Type: application/http\r\nContent-Length: {len(answer)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + answer + b"\r\n\r\n")


ODD = {
    "filed": [
        {"first": "HTTP/2 200"},
        {"first": "HTTP/2.0 200 OK"},
        {"first": "HTTP/1.1  200  OK"},
        {"first": "HTTP/1.0 200"},
        {"end": "\n"},
        {"lines": "Content-Type: text/html\r\nTransfer-Encoding: chunked"},  # it is not, any more
        {"lines": "Content-Type: text/html\r\nContent-Encoding: br"},
        {"lines": "Content-Type: text/html;\r\n charset=utf-8\r\nno colon\r\n: no name"},
        {"lines": "X-Powered-By: y", "more": "WARC-Identified-Payload-Type: text/html\r\n"},
        {"date": "2017-11-27T03:00:00.123456789Z"},
        {"date": "2017-11-27T10:00:00+07:00"},
        {"date": "2017-11-27T03:00:00"},
        {"date": "20171127030000"},
    ],
    "no HTTP answer": [{"first": "200 OK"}, {"first": ""}],
    "unreadable date": [{"date": "2017"}, {"date": "0001-01-01T00:00:00+07:00"}, {"date": "last week"}],
    "no date": [{"date": ""}],
    "date in the future": [{"date": "2031-01-01T00:00:00Z"}],
    "cut body": [{"more": "WARC-Truncated: length\r\n"}],
    "status 304": [{"first": "HTTP/1.1 304 Not Modified"}],
}


def test_odd_captures_are_read_as_far_as_they_can_be(config, tmp_path):
    """Status lines, line ends, headers that no longer hold, forms of dates: filed, or rejected with a reason."""
    odd = [facts for several in ODD.values() for facts in several]
    path = tmp_path / "odd.warc.gz"
    path.write_bytes(b"".join(raw(number, **facts) for number, facts in enumerate(odd)))
    state, _ = bring_in(config, path)
    assert summary(state) == {fate: len(several) for fate, several in ODD.items()}
    with Archive(config.data) as archive:
        assert {article.first_seen_at for article in archive.articles()} == {"2017-11-27T03:00:00Z"}


TEXT = "The river rose by two metres in the night of Monday.\nThe council closed the bridge, officials said."
RECORDS = {
    "news-please": {
        "authors": ["A. Reporter"],
        "date_download": "2017-11-28 03:00:00",
        "date_modify": None,
        "date_publish": "2017-11-27 08:15:00",
        "description": "x",
        "filename": "x.html",
        "image_url": "https://delta.test/i.jpg",
        "language": "en",
        "localpath": None,
        "maintext": TEXT,
        "source_domain": "delta.test",
        "title": "The river rose",
        "url": "https://delta.test/a",
    },
    "fundus": {
        "title": "The river rose",
        "authors": ["A. Reporter"],
        "publishing_date": "2017-11-27 08:15:00+07:00",
        "topics": ["Floods"],
        "free_access": True,
        "body": {"summary": [], "sections": [{"headline": [], "paragraphs": TEXT.split("\n")}]},
        "html": {"requested_url": "https://delta.test/a", "crawl_date": "2017-11-28 03:00:00"},
        "lang": "en",
    },
    "mediacloud": {
        "id": "0a1b",
        "media_name": "delta.test",
        "media_url": "delta.test",
        "title": "The river rose",
        "publish_date": "2017-11-27",
        "indexed_date": "2017-11-28T03:00:00",
        "language": "en",
        "url": "https://delta.test/a",
        "text": TEXT,
    },
    "newspaper4k": {
        "url": "https://delta.test/a",
        "title": "The river rose",
        "top_image": "https://delta.test/i.jpg",
        "authors": ["A. Reporter"],
        "publish_date": "2017-11-27T08:15:00+07:00",
        "meta_lang": "en",
        "language": "en",
        "canonical_link": "https://delta.test/a",
        "text": TEXT,
    },
    "trafilatura": {
        "title": "The river rose",
        "author": "A. Reporter; B. Writer",
        "hostname": "delta.test",
        "date": "2017-11-27",
        "fingerprint": "0123",
        "language": "en",
        "tags": "Floods; Rivers",
        "text": TEXT,
        "source": "https://delta.test/a",
        "filedate": "2017-11-28",
    },
}
DATES = {
    "news-please": "2017-11-27T08:15:00",
    "fundus": "2017-11-27T08:15:00+07:00",
    "newspaper4k": "2017-11-27T08:15:00+07:00",
}


@pytest.mark.parametrize("tool", RECORDS)
@pytest.mark.parametrize("shape", ["x.jsonl", "x.jsonl.gz", "list.json", "one.json"])
def test_records_of_other_tools_are_filed(config, tmp_path, tool, shape):
    """Address, text in paragraphs, date as stated, time of download, and where all of it comes from."""
    line = json.dumps(RECORDS[tool])
    text = {"x.jsonl": f"{line}\n\n", "x.jsonl.gz": line, "list.json": f"[{line}]", "one.json": line}[shape]
    path = tmp_path / shape
    path.write_bytes(gzip.compress(text.encode()) if shape.endswith("gz") else text.encode())
    state, rejections = bring_in(config, path)
    assert (state.records, state.filed, rejections) == (1, 1, [])
    with Archive(config.data) as archive:
        article = archive.article("https://delta.test/a")
        assert (article.source, article.title, article.language) == ("delta", "The river rose", "en")
        assert article.text == TEXT.replace("\n", "\n\n")
        assert article.published == DATES.get(tool, "2017-11-27")
        assert article.published_from == f"import:{tool}"
        downloaded = "2024-03-10T12" if tool == "newspaper4k" else "2017-11-28T0"  # it does not say
        assert article.first_seen_at.startswith(downloaded)
        assert tool == "mediacloud" or article.authors[0] == "A. Reporter"
        assert not list(archive.wanted("delta", FakeClock().now()))


def test_bad_records_are_rejected_with_line_and_reason(config, tmp_path):
    """Nothing is invented: a record without address, text or known shape is named; a date that is none stays empty."""
    good = RECORDS["news-please"]
    records = [
        json.dumps({**good, "url": "https://delta.test/1", "date_publish": "last week", "date_download": None}),
        "{broken",
        json.dumps([1]),
        json.dumps({**good, "url": None}),
        json.dumps({**good, "url": "ftp://delta.test/x"}),
        json.dumps({**good, "maintext": "  "}),
        json.dumps({"headline": "x"}),
        json.dumps({**good, "url": "https://delta.test/2", "date_publish": "2031-01-01", "maintext": TEXT + "\nMore."}),
    ]
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(records), encoding="utf-8")
    state, rejections = bring_in(config, path)
    assert (state.records, state.filed) == (8, 2)
    assert [(one.place, one.reason) for one in rejections] == [
        (2, "broken JSON"),
        (3, "no JSON object"),
        (4, "no address"),
        (5, "no web address"),
        (6, "no text"),
        (7, "unknown format"),
    ]
    with Archive(config.data) as archive:
        article = archive.article("https://delta.test/1")
        assert article.published is None
        assert article.first_seen_at == "2024-03-10T12:00:00Z"
        assert archive.article("https://delta.test/2").published is None
        told = archive.db.execute("SELECT raw FROM evidence WHERE field = 'fetched' ORDER BY revision_id").fetchone()[0]
        assert told.startswith("no time of download")


@pytest.mark.parametrize(
    ("given", "date"),
    [
        ("2017-11-27", "2017-11-27"),
        ("2017-11-27 00:00:00", "2017-11-27"),
        ("20171127", "2017-11-27"),
        ("2017/11/27", "2017-11-27"),
        ("2017-11", "2017-11"),
        ("2017", "2017"),
        ("2017-W48-1", "2017-11-27"),
        ("2017-11-27T08:15", "2017-11-27T08:15"),
        ("2017-11-27 08:15:00 UTC", "2017-11-27T08:15:00Z"),
        ("2017-11-27 08:15:00 +0700", "2017-11-27T08:15:00+07:00"),
        ("Mon, 27 Nov 2017 08:15:00 +0700", "2017-11-27T08:15:00+07:00"),
        (1511770500, "2017-11-27T08:15:00+00:00"),
        (1511770500000, "2017-11-27T08:15:00+00:00"),
        ("1511770500", "2017-11-27T08:15:00+00:00"),
        *((none, None) for none in ("", "None", "27/11/2017", "yesterday", 0, -1, True, 1e300, [], {}, "2031-01-01")),
    ],
)
def test_dates_of_other_tools_are_read_in_all_their_forms(given, date):
    """ISO 8601 in its variants, RFC 5322, seconds and milliseconds; what is none, or ambiguous, or to come is none."""
    found = visit({**RECORDS["news-please"], "date_publish": given}, FakeClock().now())
    assert found.article.published == date


STRANGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("https://delta.test/x"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(RECORDS)), st.data())
def test_values_of_wrong_types_are_no_error(tool, data):
    """Whatever stands in a record: an article of text, or one of the reasons."""
    record = dict(RECORDS[tool])
    keys = st.sampled_from([*record, "kind", "images", "free_access", "html", "canonical_url", "sitename"])
    for key in data.draw(st.lists(keys, max_size=4)):
        record[key] = data.draw(STRANGE)
    with suppress(Unusable):
        found = visit(record, FakeClock().now())
        json.dumps([found.article.text, found.article.title, *found.article.authors], ensure_ascii=False).encode()


def test_bytes_that_are_no_text_cost_one_record(config, tmp_path):
    """Not UTF-8, in lines or in a list, or half a character: the others are filed, nothing is replaced in silence."""
    records = [json.dumps({**RECORDS["trafilatura"], "source": f"https://delta.test/{n}", "text": f"{n} {TEXT}"})
               for n in range(3)]  # fmt: skip
    data = [record.encode() for record in records]
    data[1] = data[1].replace(b"council", b"c\xe9uncil")
    data[2] = data[2].replace(b"council", b"\\ud83d")
    for name, body in (("x.jsonl", b"\n".join(data)), ("x.json", b"[" + b",".join(data) + b"]")):
        path = tmp_path / name
        path.write_bytes(body)
        state, rejections = bring_in(config, path, data=tmp_path / name.replace(".", "-"))
        assert (state.records, state.filed) == (3, 2)
        assert [(one.place, one.reason) for one in rejections] == [(2, "not UTF-8")]


@pytest.mark.parametrize("name", ["x.jsonl", "x.json", "x.jsonl.gz"])
def test_an_empty_file_has_no_records(config, tmp_path, name):
    """0 bytes: 0 records, and it is done."""
    (tmp_path / name).write_bytes(b"")
    state, _ = bring_in(config, tmp_path / name)
    assert (state.records, state.done) == (0, True)


def test_an_export_comes_back_as_it_was(config, tmp_path):
    """Exported from one archive and imported into another, articles keep text, dates, names and pictures."""
    path = tmp_path / "news.warc.gz"
    path.write_bytes(news()[0])
    bring_in(config, path, data=tmp_path / "one")
    first = content(tmp_path / "one", "all")
    state, _ = bring_in(config, tmp_path / "one" / "all.jsonl", data=tmp_path / "two")
    assert state.filed == state.records == len(first)
    keep = ("url", "title", "text", "published", "authors", "language", "section", "tags", "images", "kind", "source")
    assert [{k: one[k] for k in keep} for one in content(tmp_path / "two", "all")] == [
        {k: one[k] for k in keep} for one in first
    ]


def test_every_revision_goes_out_and_comes_in_again(config, tmp_path):
    """Exported with its revisions and imported, an article has them all as they were, with their line breaks."""
    article = Article(
        url="https://delta.test/a",
        title="Null",
        text="First line\nsecond line.\n\nThe bridge cost 27 million and was closed for cars in the night.",
        published="2017-11-27T00:00+07:00",
        evidence={"published": Evidence("json-ld", "2017-11-27T00:00+07:00")},
    )
    visit = Visit(
        url=article.url, source="delta", at=datetime(2017, 11, 28, tzinfo=UTC), outcome=Outcome.READ, reason="read",
        answer=Answer(final_url=article.url, status=200), article=article,
    )  # fmt: skip
    later = replace(article, title="A bridge", text=article.text.replace("27", "72"))
    with Archive(tmp_path / "one", writable=True) as archive:
        archive.record(visit)
        archive.record(replace(visit, at=visit.at + timedelta(days=1), article=later))
        export(archive.db, tmp_path / "all.jsonl", every_revision=True)
    state, _ = bring_in(config, tmp_path / "all.jsonl", data=tmp_path / "two")
    assert (state.records, state.filed) == (2, 2)
    with Archive(tmp_path / "two") as archive:
        export(archive.db, tmp_path / "again.jsonl", every_revision=True)
    one, two = (
        [json.loads(line) for line in (tmp_path / name).read_text().splitlines()]
        for name in ("all.jsonl", "again.jsonl")
    )
    differing = {name for a, b in zip(one, two, strict=True) for name in a if a[name] != b[name]}
    assert differing == {"extractor"}


def test_the_command_counts_and_says_what_needs_a_look(config, tmp_path, capsys):
    """The line of a file says records = filed + rejected; rejected lines of JSON end with exit code 1."""
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(RECORDS["trafilatura"]) + "\n{broken\n")
    with pytest.raises(SystemExit) as exit_:
        main(["import", str(path), "--config", str(config.path)])
    out = capsys.readouterr()
    assert exit_.value.code == 1
    assert out.out == "x.jsonl: 2 records = 1 filed + 1 rejected (1 broken JSON)\n"
    assert "x.jsonl\t2\tbroken JSON" in out.err
