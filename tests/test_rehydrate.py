"""A snapshot that came without texts is filled again from the newspapers themselves."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import sample
from archive import Archive
from archive.snapshots import root
from sample.server import running
from scraper.cli import morgue
from scraper.config import load
from scraper.pipeline import crawl
from scraper.runner import perform


def run(*words):
    return CliRunner().invoke(morgue, words, catch_exceptions=False, standalone_mode=False)


@pytest.fixture
def shared(tmp_path):
    """The papers, a manifest of five of the gazette's articles, and the configuration of somebody who has none."""
    with running() as papers:
        for place in ("here", "there"):
            (tmp_path / place).mkdir()
            config = tmp_path / place / "config.yaml"
            config.write_text(sample.config_text(papers.port, data="data"), encoding="utf-8")
        settings = load(tmp_path / "here" / "config.yaml")
        perform(settings, lambda run: crawl(settings.sources[:1], run), limit=5)
        with Archive(tmp_path / "here" / "data") as archive:
            count = len(list(archive.articles()))
        run("snapshot", "create", "study", "--config", str(tmp_path / "here" / "config.yaml"))
        yield tmp_path / "here" / "data" / "snapshots" / "study" / "manifest.json", config, count


def test_what_is_missing_is_fetched(shared):
    """An empty archive ends with every article of the snapshot in the very state that was frozen."""
    manifest, config, count = shared
    result = run("snapshot", "rehydrate", str(manifest), "--config", str(config))
    assert (result.return_value, result.stdout, result.stderr) == (0, "", f"{count} held, 0 drifted, 0 lost\n")
    again = run("snapshot", "rehydrate", str(manifest), "--config", str(config), "--json")
    assert {json.loads(line)["fate"] for line in again.stdout.splitlines()} == {"held"}


def test_what_drifted_and_what_is_lost_is_named(shared):
    """An article that reads otherwise today and one that is gone are told apart, the lost one with its reason."""
    manifest, config, count = shared
    frozen = json.loads(manifest.read_text(encoding="utf-8"))
    drifted, lost = frozen["articles"][:2]
    drifted["sha256"] = "0" * 64
    lost["url"] += "-that-never-was"
    frozen["root"] = root(frozen["articles"])
    manifest.write_text(json.dumps(frozen), encoding="utf-8")
    dry = run("snapshot", "rehydrate", str(manifest), "--dry-run", "--config", str(config))
    assert dry.stdout.splitlines() == [one["url"] for one in frozen["articles"]]
    result = run("snapshot", "rehydrate", str(manifest), "--config", str(config))
    assert result.return_value == 1
    assert result.stdout.splitlines() == [
        f"drifted: {drifted['id']} {drifted['url']}",
        f"lost: {lost['id']} {lost['url']}  gone",
    ]
    assert result.stderr == f"{count - 2} held, 1 drifted, 1 lost\n"


def test_odd_entries_cost_no_other_article(shared):
    """What is no address is lost, with the reason; an odd name of a newspaper is no matter."""
    manifest, config, count = shared
    frozen = json.loads(manifest.read_text(encoding="utf-8"))
    words, mail, refused = frozen["articles"][:3]
    words["url"], mail["url"], refused["url"] = "not an address", "mailto:news@paper.test", "http://10.0.0.1/a-story"
    refused["source"] = "../a name"
    frozen["root"] = root(frozen["articles"])
    manifest.write_text(json.dumps(frozen), encoding="utf-8")
    result = run("snapshot", "rehydrate", str(manifest), "--config", str(config))
    assert result.stdout.splitlines() == [
        f"lost: {words['id']} not an address  no web address",
        f"lost: {mail['id']} mailto:news@paper.test  no web address",
        f"lost: {refused['id']} http://10.0.0.1/a-story  refused address",
    ]
    assert result.stderr == f"{count - 3} held, 0 drifted, 3 lost\n"
