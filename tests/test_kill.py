"""Killed at any moment, a run loses nothing that was reported as recorded. KILLS=200 makes it long."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from archive import Archive
from archive.captures import Captures
from archive.database import moment

ROUNDS = int(os.environ.get("KILLS", "5"))
FILER = """
import sys
from datetime import UTC, datetime
from archive import Archive
from archive.records import Answer, Article, Exchange, Link, Outcome, Source, Visit

now = datetime(2026, 11, 22, tzinfo=UTC)
feed = "https://paper.test/feed"
with Archive(sys.argv[1], writable=True) as archive:
    archive.sync([Source(id="paper", listings=(feed,))], now)
    at = archive.db.execute("SELECT count(*) FROM links").fetchone()[0]
    print("ready", flush=True)
    while True:
        links = tuple(Link(url=f"https://paper.test/{i}") for i in range(at, at + 5))
        at += 5
        archive.record(Visit(url=feed, source="paper", at=now, outcome=Outcome.LISTED, reason="listed", listing=True,
                             links=links, answer=Answer(final_url=feed, status=200, etag=str(at))))
        print("links", at, flush=True)
        for wanted in archive.wanted("paper", now):
            text = " ".join(f"Sentence {i} of the story at {wanted.url}." for i in range(30))
            archive.record(Visit(url=wanted.url, source="paper", at=now, outcome=Outcome.READ, reason="read",
                                 answer=Answer(final_url=wanted.url, status=200),
                                 article=Article(url=wanted.url, title=wanted.url, text=text),
                                 exchanges=(Exchange(url=wanted.url, at=now, body=text.encode()),)))
            print("filed", wanted.url, flush=True)
"""


def test_nothing_recorded_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    """kill -9 at random moments: all that was reported is there once, the file is whole, the next run goes on."""
    dice = random.Random(20171127)
    reported: list[str] = []
    links = 0
    for _ in range(ROUNDS):
        with subprocess.Popen(
            [sys.executable, "-c", FILER, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
        ) as filer:
            assert filer.stdout is not None
            assert filer.stdout.readline() == "ready\n"
            deadline = time.monotonic() + dice.uniform(0.0, 0.3)
            while time.monotonic() < deadline and filer.poll() is None:
                what, _, value = filer.stdout.readline().strip().partition(" ")
                if what == "filed":
                    reported.append(value)
                elif what == "links":
                    links = int(value)
            filer.kill()
        with Archive(tmp_path) as archive, Captures(tmp_path / "captures") as captures:
            db = archive.db
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
            held = [row[0] for row in db.execute("SELECT url FROM articles")]
            assert set(reported) <= set(held)
            assert len(held) == len(set(held))
            assert db.execute("SELECT count(*) FROM links").fetchone()[0] >= links
            # Validators are never ahead of the links that came with them.
            etag = db.execute("SELECT etag FROM listings").fetchone()[0]
            assert int(etag or 0) == db.execute("SELECT count(*) FROM links").fetchone()[0]
            waiting = {link.url for link in archive.wanted("paper", moment("2026-11-22T00:00:00Z"))}
            assert waiting.isdisjoint(held)
            for story in archive.articles():
                (capture,) = story.captures
                assert captures.read(capture).body.decode() == story.text
    assert reported
