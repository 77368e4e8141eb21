"""Whole journeys: the real command and the real code against the sample newspaper's real server."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock

import sample
from archive import Archive
from sample import stories
from sample.server import running
from scraper.clock import Clock
from scraper.config import load
from scraper.pipeline import crawl
from scraper.runner import perform

ROOT = Path(__file__).parent.parent


class Calendar(Clock):
    """The real clock, moved to the days of the sample newspaper."""

    def __init__(self) -> None:
        self.day = datetime(2024, 11, 20, 1, tzinfo=UTC)
        self._began = time.monotonic()

    def now(self) -> datetime:
        return self.day + timedelta(seconds=time.monotonic() - self._began)


@pytest.fixture(scope="module")
def site():
    """Both papers, edition 1."""
    with running() as papers:
        yield papers


@pytest.fixture
def config(tmp_path, site):
    """A config.yaml for both papers, with its data in a folder of the test."""
    return write_config(tmp_path, site)


def write_config(folder, site):
    path = folder / "config.yaml"
    path.write_text(sample.config_text(site.port, data="data"), encoding="utf-8")
    return path


def morgue(*words, config=None, **options):
    """Run the command as cron would: in a process of its own."""
    command = [sys.executable, "-m", "scraper", *words, *(["--config", str(config)] if config else [])]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False, **options)


def crawl_at(config, clock):
    settings = load(config)
    return perform(settings, lambda run: crawl(settings.sources, run), clock=clock)


def rows(config, sql, *parameters):
    with Archive(config.parent / "data") as archive:
        return [tuple(row) for row in archive.db.execute(sql, parameters)]


@pytest.fixture(scope="module")
def filed(tmp_path_factory, site):
    """An archive after one crawl by the command, for the tests that only read it."""
    config = write_config(tmp_path_factory.mktemp("filed"), site)
    done = morgue("crawl", config=config)
    assert done.returncode == 0, done.stderr
    return config


def test_a_crawl_files_every_story_of_both_papers_once(filed):
    """What the sample newspaper calls filed is filed, once for each paper, and nothing else is."""
    wanted = Counter(
        (story.paper, story.title) for edition in (1,) for story in stories.stories(edition) if story.fate == "filed"
    )
    found = Counter(rows(filed, "SELECT source_id, title FROM articles"))
    assert found == wanted


def test_the_seed_article_is_clean(filed):
    """The page that started it all: the story and nothing but the story, with its dates apart."""
    with Archive(filed.parent / "data") as archive:
        (number,) = [hit.id for hit in archive.search("title:cnrp") if "cut off foot" in hit.title]
        article = archive.article(number)
    assert article.title == "Hun Sen says defections to ‘cut off foot’ of CNRP"
    assert article.text.startswith("The Cambodian People’s Party intensified")
    assert article.text.endswith("serious violations of human rights.”")
    for clutter in ("MOST VIEWED", "Koh Ker", "Fresh News\n", "‘cut off foot’ of CNRP", "formally inducted"):
        assert clutter not in article.text
    assert any("formally inducted" in (image.caption or "") for image in article.images)
    assert article.published.startswith("2017-11-")
    assert article.evidence["published"].source


def test_a_second_crawl_files_nothing_and_asks_conditionally(tmp_path, site):
    """Run again, nothing has changed: no page is fetched twice and the listings are asked with their validators."""
    config = write_config(tmp_path, site)
    assert morgue("crawl", config=config).returncode == 0
    before, asked = rows(config, "SELECT count(*), max(last_seen_at) FROM articles"), len(site.requests())
    done = morgue("crawl", config=config)
    assert done.returncode == 0
    assert rows(config, "SELECT count(*), max(last_seen_at) FROM articles") == before
    for request in site.requests()[asked:]:
        assert request["status"] in (200, 304)


def test_the_next_day_brings_revisions_and_withdrawals(tmp_path):
    """A corrected story gets a revision, a moved one stays one article, a removed one is marked and kept."""
    clock = Calendar()
    with running() as papers:
        config = write_config(tmp_path, papers)
        crawl_at(config, clock)
        first = dict(rows(config, "SELECT title, id FROM articles"))
        papers.publish(2)
        clock.day += timedelta(days=1)
        crawl_at(config, clock)
        crawl_at(config, clock)
        pages = Counter(request["path"] for request in papers.requests() if request["status"] == 200)
        assert max(pages.values()) <= 4, "two editions are two looks, and each address has at most a twin"
    events = Counter(kind for (kind,) in rows(config, "SELECT kind FROM events"))
    assert events["revised"] == 1
    assert events["moved"] == 1
    assert events["withdrawn"] == 2
    titles = Counter(title for (title,) in rows(config, "SELECT title FROM articles WHERE source_id = 'gazette'"))
    assert max(titles.values()) == 1
    kept = {number for (number,) in rows(config, "SELECT id FROM articles")}
    assert set(first.values()) <= kept


def test_killed_at_any_moment_the_next_run_goes_on(tmp_path):
    """kill -9 loses no article that was recorded and repeats no page but those in hand."""
    with running(crawl_delay=0.02) as papers:
        config = write_config(tmp_path, papers)
        command = [sys.executable, "-m", "scraper", "crawl", "--config", str(config)]
        for enough in (5, 20, 35):
            with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
                while run.poll() is None and articles_in(config) < enough:
                    os.sched_yield()
                run.send_signal(signal.SIGKILL)
        held = {url for (url,) in rows(config, "SELECT url FROM articles")}
        done = morgue("crawl", config=config)
        assert done.returncode == 0, done.stderr
        assert held <= {url for (url,) in rows(config, "SELECT url FROM articles")}
        assert rows(config, "SELECT max(n) FROM (SELECT count(*) n FROM articles GROUP BY source_id, title)") == [(1,)]
        assert morgue("verify", config=config).returncode == 0
        pages = Counter((r["host"], r["path"]) for r in papers.requests() if r["status"] == 200)
        stories = {url for (url,) in rows(config, "SELECT url FROM articles")}
        fetched = {f"http://{host}{path}": count for (host, path), count in pages.items()}
        twice = [url for url in stories if fetched.get(url, 0) > 1]
        assert len(twice) <= 3 * 8  # at each kill, at most the pages in hand: four of each paper


def articles_in(config):
    try:
        return rows(config, "SELECT count(*) FROM articles")[0][0]
    except Exception:  # noqa: BLE001 - the archive is not there yet
        return 0


def test_sigterm_finishes_the_pages_in_hand(tmp_path):
    """A run that is told to stop says so, ends with 0, and leaves no page half filed."""
    with running(crawl_delay=0.05) as papers:
        config = write_config(tmp_path, papers)
        command = [sys.executable, "-m", "scraper", "crawl", "--config", str(config)]
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        ) as run:
            while run.poll() is None and articles_in(config) < 3:
                os.sched_yield()
            os.killpg(run.pid, signal.SIGTERM)  # as systemd and timeout do: to the run and all its workers
            _, errors = run.communicate(timeout=60)
        assert run.returncode == 0, errors
        assert "stopped by SIGTERM" in errors
        assert rows(config, "SELECT count(*) FROM links WHERE state = 'wanted'")[0][0] > 0
    assert rows(config, "SELECT url FROM links WHERE reason LIKE '%crash%' OR reason = 'internal error'") == []


def test_a_paper_that_is_down_is_one_line_and_harms_nobody(tmp_path, site):
    """The other paper is filed, the one that is down is named with its reason, and the exit code is 1."""
    config = write_config(tmp_path, site)
    text = (
        config.read_text(encoding="utf-8")
        + "  - {id: down, homepage: 'http://127.1.0.9:8888/', listings: ['http://127.1.0.9:8888/feed']}\n"
    )
    config.write_text(text, encoding="utf-8")
    done = morgue("crawl", "--source", "tribune", "--source", "down", config=config)
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("down:")]
    assert "connection refused" in line
    assert "Traceback" not in done.stderr
    assert rows(config, "SELECT count(*) FROM articles WHERE source_id = 'tribune'")[0][0] > 5


def test_five_mistakes_are_five_lines(tmp_path):
    """All problems of config.yaml at once, each with its place and its fix, exit code 2."""
    config = tmp_path / "config.yaml"
    config.write_text(
        "contact: nobody\nsorces: []\nnetwork: {delay: soon}\n"
        "sources:\n  - {id: a, homepage: ftp://x.org}\n  - {id: b, homepage: 'https://b.org', include: ['(']}\n",
        encoding="utf-8",
    )
    done = morgue("crawl", config=config)
    lines = done.stderr.splitlines()
    assert done.returncode == 2
    assert len(lines) == 5
    for word in ("contact", "sorces", "network.delay", "sources[0].homepage", "sources[1].include"):
        assert any(word in line for line in lines), word


def test_a_full_disk_is_one_line(tmp_path, site):
    """The line says what to do, exit code 2; when there is room again the next run goes on and nothing is lost."""
    config = write_config(tmp_path, site)
    crawl_it = shlex.join([sys.executable, "-m", "scraper", "crawl", "--config", str(config)])
    script = f"""
        mkdir data && mount -t tmpfs -o size=1500k tmpfs data || exit 77
        cd {ROOT}
        {crawl_it} 2> {tmp_path}/full.txt; echo $?
        mount -o remount,size=100m {tmp_path}/data
        {crawl_it} > {tmp_path}/again.txt; echo $?
        {shlex.join([sys.executable, "-m", "scraper", "verify", "--config", str(config)])} > /dev/null; echo $?
    """
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("a small file system to fill can only be mounted by root")
    first, *_, again, verified = done.stdout.split()
    lines = (tmp_path / "full.txt").read_text(encoding="utf-8").splitlines()
    assert (first, len(lines)) == ("2", 1), lines
    # Whichever of the two files needs the last block, the database or the captures.
    assert "disk is full" in lines[0] or "No space left on device" in lines[0]
    assert "make room and run again" in lines[0]
    assert (again, verified) == ("0", "0")
    assert "gazette:" in (tmp_path / "again.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(("overlap", "code"), [("ok", 0), ("fail", 1)])
def test_a_second_crawl_of_the_same_archive_leaves_it_alone(tmp_path, site, overlap, code):
    """It says so in one line and ends with the code that the configuration chose."""
    config = write_config(tmp_path, site)
    config.write_text(f"overlap: {overlap}\n" + config.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "data").mkdir()
    with FileLock(tmp_path / "data" / "morgue.lock"):
        done = morgue("crawl", config=config)
    assert done.returncode == code
    assert len(done.stderr.splitlines()) == 1
    assert "another run" in done.stderr


def test_add_files_addresses_a_list_and_a_saved_page(tmp_path, site, config):
    """One-off ingestion takes the same way as the crawl, and says for each address what was done."""
    story = f"{site.gazette}/national/hun-sen-says-defections-cut-foot-cnrp"
    done = morgue("add", story, "--json", config=config)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"] == "new"
    listed = tmp_path / "addresses.txt"
    listed.write_text(f"# mine\n{story}\n\nnot an address\n", encoding="utf-8")
    done = morgue("add", str(listed), config=config)
    assert done.returncode == 1
    assert done.stdout.startswith("same")
    assert "not an address" in done.stderr
    saved = tmp_path / "saved.html"
    text = "A paragraph that tells what happened in the town of Nam on Tuesday. " * 9
    saved.write_text(
        f"<title>Nam</title><article><h1>A day in Nam</h1><p>{text}</p><p>{text[::-1]}</p></article>", encoding="utf-8"
    )
    done = morgue("add", "--html", str(saved), "--url", "https://paper.example/nam", config=config)
    assert done.returncode == 0, done.stderr
    assert "A day in Nam" in done.stdout


def test_a_run_may_have_as_many_connections_as_the_system_allows():
    """A shell's own limit, 1024 for most, is not the end of it: each of a thousand hosts keeps a connection."""
    program = """
import resource
from scraper.runner import allow_many_connections
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, most))
allow_many_connections()
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0] == most)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


def test_the_crontab_line_works_in_an_empty_environment(tmp_path, site, config):
    """cron gives no PATH and another working directory: the line crawls all the same and writes its log."""
    line = morgue("schedule", config=config).stdout.strip()
    command = line.split(" ", 5)[5].replace(r"\%", "%")
    done = subprocess.run(["/bin/sh", "-c", command], cwd="/", env={}, capture_output=True, timeout=180, check=False)
    assert done.returncode == 0
    assert done.stdout == b""
    assert "gazette:" in (tmp_path / "data" / "crawl.log").read_text(encoding="utf-8")


def test_search_and_show_answer_what_was_filed(filed):
    """A researcher's two commands, as scripts use them."""
    hits = [
        json.loads(line)
        for line in morgue("search", '"defection deadline"', "--json", config=filed).stdout.splitlines()
    ]
    assert [hit["source"] for hit in hits] == ["gazette"]
    shown = json.loads(morgue("show", str(hits[0]["id"]), "--json", config=filed).stdout)
    assert {"url", "title", "text", "published", "modified", "authors", "language", "source", "revisions"} <= set(shown)
    assert shown["published"].startswith("2017-11-")
