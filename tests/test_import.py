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
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive import Archive
from archive.captures import Captures
from archive.errors import ArchiveError
from archive.export import export
from archive.verify import verify
from archive.warcfile import pieces
from scraper.cli import main
from scraper.config import load
from scraper.importing import Choice, import_file, parts
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
            warc_headers_dict={"WARC-Date": "2017-11-27T03:00:00Z", **(warc or {})},
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


def test_a_record_that_unpacks_to_too_much_is_passed_over(tmp_path):
    """A bomb is one rejected record; the next one is read."""
    bomb = Warc().add("https://delta.test/bomb", bytes(70_000_000)).add("https://delta.test/1", b"<p>fine")
    found = list(pieces(BytesIO(bytes(bomb.data))))
    assert [one.problem for one in found] == ["too large", None]


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
DATES = {"news-please": "2017-11-27T08:15:00", "fundus": "2017-11-27T08:15:00+07:00"}


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
        assert article.first_seen_at.startswith("2017-11-28T0")
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
