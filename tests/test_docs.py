"""The documents are true: every command, option, target and page they name exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from docs.build import PAGES
from scraper.cli import morgue

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
SHELL = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.S))


def leaves(command, path=()):
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from leaves(child, (*path, name))
    else:
        yield path, command


COMMANDS = dict(leaves(morgue))


@pytest.mark.parametrize("page", PAGES)
def test_the_reference_pages_are_up_to_date(page):
    """`make docs` would change nothing."""
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == PAGES[page](), "run: make docs"


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_help_an_example_and_a_configuration(path):
    """A person finds out how to use a command without leaving the terminal."""
    command = COMMANDS[path]
    assert re.search(r"^\s*(\x08\s*)?Examples?:", command.help, re.M), f"{' '.join(path)} has no example"
    assert f"morgue {' '.join(path)}" in command.help
    options = {option for parameter in command.params for option in parameter.opts}
    assert "--config" in options


@pytest.mark.parametrize("line", re.findall(r"\bmorgue [^\n#;&|]*", SHELL))
def test_the_commands_of_the_readme_exist(line, tmp_path, monkeypatch):
    """Each `morgue ...` of the README parses: the command, its options, its arguments."""
    monkeypatch.chdir(tmp_path)
    for name in ("story.html", "addresses.txt", "crawl-data.warc.gz"):
        Path(name).touch()
    words = shlex.split(line)[1:]
    size = 2 if tuple(words[:2]) in COMMANDS else 1
    command = COMMANDS[tuple(words[:size])]
    command.make_context(words[0], words[size:], resilient_parsing=False, obj=None)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z]+)\b", SHELL + CHANGELOG))))
def test_the_make_targets_exist(target):
    """What the documents tell people to type is there."""
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)


@pytest.mark.parametrize("link", re.findall(r"\]\(([^):]+)\)", README))
def test_the_links_of_the_readme_lead_somewhere(link):
    """Pages and pictures that the README shows are in the repository."""
    assert (ROOT / link).exists()


def test_every_dependency_is_explained():
    """The README says why each library is there."""
    declared = re.search(r"^dependencies = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text("utf-8"), re.S | re.M)[1]
    for name in re.findall(r'"([A-Za-z0-9_-]+)', declared):
        assert re.search(rf"\b{re.escape(name)}\b", README), f"{name} is not in the README"
