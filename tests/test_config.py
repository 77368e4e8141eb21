"""config.yaml: what is read, what is complained about, and how it is written."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from scraper.config import (
    SCHEMA_FILE,
    Config,
    Listing,
    Network,
    Rule,
    Source,
    add_source,
    duration,
    json_schema,
    load,
    starter,
)
from scraper.errors import ConfigError

ROOT = Path(__file__).parent.parent
MINIMAL = "sources: [https://www.phnompenhpost.com]\n"


def read(folder: Path, text: str) -> Config:
    file = folder / "config.yaml"
    file.write_bytes(text.encode())
    return load(file)


def problems(folder: Path, text: str | bytes) -> list[str]:
    """The complaints about a file, without its folder."""
    file = folder / "config.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        load(file)
    return [line.removeprefix(f"{folder}/") for line in caught.value.problems]


def source(folder: Path, keys: str) -> list[str]:
    """The complaints about one source with a homepage and these keys, without the file and the line."""
    body = "".join(f"    {line}\n" for line in keys.splitlines())
    return [
        line.partition(": ")[2] for line in problems(folder, f"sources:\n  - homepage: https://www.example.org\n{body}")
    ]


# --- what is read


def test_short_form(tmp_path: Path) -> None:
    """A newspaper is configured by its address alone; everything else has a default."""
    config = read(tmp_path, MINIMAL)
    assert config.sources == (Source(homepage="https://www.phnompenhpost.com"),)
    assert config.sources[0].id == "phnompenhpost"
    assert (config.contact, config.captures, config.overlap, config.max_time) == (None, "gzip", "ok", None)
    assert config.network == Network()
    assert config.data == tmp_path / "data"
    assert config.path == tmp_path / "config.yaml"


def test_long_form(tmp_path: Path) -> None:
    """Every key of the contract is read into its field."""
    config = read(
        tmp_path,
        """\
contact: archive@example.org
data: ../kept
network:
  allow: [127.1.0.0/16, localhost]
  delay: 0.5
captures: none
overlap: fail
max_time: 1h30m
sources:
  - id: gazette
    name: ភ្នំពេញ
    homepage: http://127.1.0.2:8080/
    country: kh
    language: km
    listings:
      - http://127.1.0.2:8080/feed.xml
      - {url: http://127.1.0.2:8080/national, kind: section, links: li a, pages: "?page={n}"}
    hosts: News.Example.org
    include: /news/
    exclude: ['/video/\\d+', /live/]
    delay: 0
    headers: {Accept-Language: km}
    user_agent: Test/1.0
    render: true
    enabled: false
    rules: [{keep: "#ArticleBody", drop: [".most-viewed"], from: 2017-01-01, until: "2024-01-01"}]
""",
    )
    paper = config.sources[0]
    assert config.network.allow == ("127.1.0.0/16", "localhost")
    assert (config.network.delay, config.max_time, config.captures, config.overlap) == (0.5, 5400.0, "none", "fail")
    assert config.data == tmp_path / "../kept"
    assert (paper.id, paper.name, paper.country, paper.language) == ("gazette", "ភ្នំពេញ", "KH", "km")
    assert paper.listings == (
        Listing(url="http://127.1.0.2:8080/feed.xml"),
        Listing(url="http://127.1.0.2:8080/national", kind="section", links="li a", pages="?page={n}"),
    )
    assert (paper.hosts, paper.include, paper.exclude) == (
        ("news.example.org",),
        ("/news/",),
        (r"/video/\d+", "/live/"),
    )
    assert (paper.delay, paper.headers, paper.user_agent) == (0.0, {"Accept-Language": "km"}, "Test/1.0")
    assert (paper.render, paper.enabled) == (True, False)
    rule = paper.rules[0]
    assert (rule.keep, rule.drop) == ("#ArticleBody", (".most-viewed",))
    assert (rule.from_, rule.until) == (date(2017, 1, 1), date(2024, 1, 1))
    assert paper.record().listings == ("http://127.1.0.2:8080/feed.xml", "http://127.1.0.2:8080/national")
    assert (paper.record().id, paper.record().homepage) == ("gazette", "http://127.1.0.2:8080/")


@pytest.mark.parametrize(
    ("written", "field", "value"),
    [
        ("country: NO", "country", "NO"),
        ("country: no", "country", "NO"),
        ("id: 24", "id", "24"),
        ("id: 1e3", "id", "1e3"),
        ("name: 2024-02-30", "name", "2024-02-30"),
        ("name: 007", "name", "007"),
        ("name: yes", "name", "yes"),
        ("language: no", "language", "no"),
        ("render: yes", "render", True),
        ("delay: '2'", "delay", 2.0),
        ("delay: 1m", "delay", 60.0),
        ("delay:", "delay", None),
        ("rules: {keep: p}", "rules", (Rule(keep="p"),)),
    ],
)
def test_yaml_surprises(tmp_path: Path, written: str, field: str, value: Any) -> None:
    """What a person wrote is what is read: Norway is no boolean, a name may look like a number or a date."""
    config = read(tmp_path, f"sources:\n  - homepage: https://www.example.org\n    {written}\n")
    assert getattr(config.sources[0], field) == value


def test_byte_order_mark_and_windows_lines(tmp_path: Path) -> None:
    """A file saved by a Windows editor is read as it is meant."""
    text = "contact: a@example.org\r\nsources:\r\n  - https://www.example.org\r\n"
    assert read(tmp_path, "\ufeff" + text).contact == "a@example.org"


def test_anchors(tmp_path: Path) -> None:
    """Common settings can be written once with YAML's anchors and merge keys."""
    config = read(
        tmp_path,
        "sources:\n"
        "  - &first {homepage: https://a.example.org, delay: 3}\n"
        "  - {<<: *first, homepage: https://b.example.org}\n",
    )
    assert [(paper.id, paper.delay) for paper in config.sources] == [("a-example", 3.0), ("b-example", 3.0)]
    wrong = "sources:\n  - &first {homepage: https://a.org, delay: 3}\n  - {<<: *first,\n     homepage: b}\n"
    assert problems(tmp_path, wrong)[0].startswith("config.yaml:4: sources[1].homepage: must be a web address")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://www.phnompenhpost.com", "phnompenhpost"),
        ("https://www.rfi.fr/km/", "rfi-km"),
        ("https://www.bbc.co.uk/hindi", "bbc-hindi"),
        ("https://news.sina.com.cn", "news-sina"),
        ("http://127.1.0.3:8765", "127.1.0.3-8765"),
        ("http://localhost:8080/", "localhost-8080"),
        ("https://例え.jp", "xn-r8jz45g"),
        ("http://[::1]/", "1"),
        ("http://_/", "unnamed"),
        ("http://www./", "unnamed"),
    ],
)
def test_id_from_address(address: str, name: str) -> None:
    """The id of the short form follows from the address alone, and editions and ports stay apart."""
    assert Source(homepage=address).id == name
    assert Source(listings=[{"url": address}]).id == name


def test_accepts() -> None:
    """Patterns are searched anywhere in the address; exclude wins over include."""
    paper = Source(homepage="https://example.org", include=["/news/", "/world/"], exclude=["/video/"])
    assert paper.accepts("https://example.org/news/1")
    assert not paper.accepts("https://example.org/sport/1")
    assert not paper.accepts("https://example.org/news/video/1")
    assert Source(homepage="https://example.org").accepts("https://anywhere.example/")


@pytest.mark.parametrize(
    ("on", "holds"),
    [(date(2016, 12, 31), False), (date(2017, 1, 1), True), (date(2023, 12, 31), True), (date(2024, 1, 1), False)],
)
def test_rule_in_its_time(on: date, holds: bool) -> None:
    """A rule holds from its first day until the day before `until`, so that the next rule can begin there."""
    rule = Rule(from_="2017-01-01", until="2024-01-01", match="/national/")
    assert rule.applies("https://example.org/national/x", on) is holds
    assert not rule.applies("https://example.org/sport/x", on)


def test_pages_of_a_section() -> None:
    """A section's older pages are found by putting the number behind its address."""
    listing = Listing(url="https://example.org/national", pages="?page={n}")
    assert listing.page(3) == "https://example.org/national?page=3"
    assert Listing(url="https://example.org/national").page(3) is None


def test_pick(tmp_path: Path) -> None:
    """Without ids every enabled source is meant; a named one also when it is disabled; an unknown one is an error."""
    config = read(
        tmp_path, "sources: [https://a.org, {homepage: https://b.org, enabled: false}, {homepage: https://c.org}]"
    )
    assert [paper.id for paper in config.pick()] == ["a", "c"]
    assert [paper.id for paper in config.pick(["b", "a", "b"])] == ["b", "a"]
    with pytest.raises(ConfigError) as caught:
        config.pick(["d", "a", "e"])
    assert caught.value.problems == (
        'no source has the id "d" - choose from a, b, c',
        'no source has the id "e" - choose from a, b, c',
    )


def test_settings_are_values(tmp_path: Path) -> None:
    """Settings cannot be changed and can be handed to another process."""
    config = read(tmp_path, MINIMAL)
    with pytest.raises(ValidationError, match="frozen"):
        config.sources[0].delay = 2
    assert pickle.loads(pickle.dumps(config)) == config


# --- what is complained about


def test_every_problem_at_once(tmp_path: Path) -> None:
    """All mistakes of a file come in one list, in its order, each with line, path, value and fix."""
    assert problems(
        tmp_path,
        """\
contact: me
dat: x
network:
  delay: soon
  allow: [127.1.0.0/99]
sources:
  - www.phnompenhpost.com
  - id: gazette
    homepage: http://127.1.0.2/
    listings: [http://127.1.0.2/feed, ftp://127.1.0.2/feed]
    include: ["["]
    delay: -1
    delay: 2
    rules:
      - {keep: "div[", from: 2024-01-01, until: 2023-01-01}
  - id: Gazette
    homepage: http://127.1.0.3/
""",
    ) == [
        'config.yaml:1: contact: must be an e-mail address or the address of a page, got "me"'
        " - write contact: me@example.org",
        "config.yaml:2: dat: is not a known key - did you mean data?",
        'config.yaml:4: network.delay: must be a number of seconds, or like 90s, 20m, 1h30m, got "soon"'
        " - write delay: 1.0",
        'config.yaml:5: network.allow[0]: is no network, got "127.1.0.0/99"'
        " - write it like 127.1.0.0/16, or name a host",
        'config.yaml:7: sources[0]: must be a web address, got "www.phnompenhpost.com"'
        " - write https://www.phnompenhpost.com",
        "config.yaml:10: sources[1].listings[1]: must begin with http:// or https:// and name a host,"
        ' got "ftp://127.1.0.2/feed" - write https://www.example.org/feed',
        "config.yaml:11: sources[1].include[0]: is no regular expression (unterminated character set at position 0),"
        ' got "[" - write it like /national/ or ^https://[^/]+/news/',
        'config.yaml:12: sources[1].delay: must not be negative, got "-1" - write delay: 1.0',
        "config.yaml:13: sources[1].delay: stands twice, first on line 12 - keep one of them",
        'config.yaml:15: sources[1].rules[0].keep: is no CSS selector, got "div[" - write keep: "#ArticleBody"',
        "config.yaml:15: sources[1].rules[0].until: must be later than from, which is 2024-01-01,"
        ' got "2023-01-01" - swap the two days',
        'config.yaml:16: sources[2].id: the id "Gazette" is also that of sources[1] on line 8'
        " - write another, such as id: Gazette-2",
    ]


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "config.yaml: is empty - write at least: sources: [https://www.example.org]"),
        (b"# only a remark\n", "config.yaml: is empty - write at least: sources: [https://www.example.org]"),
        (
            b"\n- https://www.example.org\n",
            "config.yaml:2: must be keys with values, got a list - put the list under a line `sources:`",
        ),
        (b"contact: a@b.org\nname: \xff\n", "config.yaml:2: is not UTF-8 - save the file as UTF-8"),
        (b"sources: \x00", "config.yaml: is not YAML: it holds a control character - remove it"),
        (b"[" * 1000, "config.yaml: is nested too deeply - check its brackets"),
        (b"contact: a@b.org", "config.yaml:1: sources: is missing - write sources: [https://www.example.org]"),
        (b"data: d\nsources:\n", "config.yaml:2: sources: is missing - write sources: [https://www.example.org]"),
        (b"sources: []", "config.yaml:1: sources: names no newspaper - write at least one: - https://www.example.org"),
    ],
)
def test_unusable_file(tmp_path: Path, body: bytes, complaint: str) -> None:
    """A file that says nothing usable gets one line that says what to do."""
    assert problems(tmp_path, body) == [complaint]


@pytest.mark.parametrize(
    ("text", "line", "fix"),
    [
        ("data: d\nsources:\n\t- https://a.org\n", 3, "indent with spaces, not with tabs"),
        ("name: a: b\n", 1, "put text that holds a colon and a space in quotes, and line up the keys"),
        ('data: "\\d+"\n', 1, "put regular expressions in single quotes: '\\d+'"),
        ("data: @x\n", 1, "put the text in quotes"),
        ("include: *.html\n", 1, "put text that begins with * in quotes"),
        ("data: !x y\n", 1, "put text that begins with ! in quotes"),
        ("data: a\n---\ndata: b\n", 2, "remove the line of three dashes"),
        ("data: [a\n", 2, "check the indentation and the quotes"),
    ],
)
def test_broken_yaml(tmp_path: Path, text: str, line: int, fix: str) -> None:
    """A mistake in the YAML is one line with its place and the usual cause."""
    (complaint,) = problems(tmp_path, text)
    assert complaint.startswith(f"config.yaml:{line}: is not YAML: ")
    assert complaint.endswith(f" - {fix}")
    assert "\n" not in complaint


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there, or is a folder, is named with what to do."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "config.yaml")
    assert caught.value.problems == (
        f"{tmp_path}/config.yaml: does not exist - `morgue init` writes one, --config names another",
    )
    with pytest.raises(ConfigError, match="is a folder - name the file"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ("nmae: x", "sources[0].nmae: is not a known key - did you mean name?"),
        ("User-Agent: x", "sources[0].User-Agent: is not a known key - did you mean user_agent?"),
        ("keep: p", "sources[0].keep: is not a known key - it belongs under rules"),
        ("allow: x", "sources[0].allow: is not a known key - it belongs under network"),
        ("id: a b", "sources[0].id: must be 1 to 64 of the characters a-z 0-9 . _ - and begin with a letter or digit, "
         'got "a b" - write id: a-b'),
        ("country: Cambodia", 'sources[0].country: must be a two-letter country code (ISO 3166), got "Cambodia"'
         " - write country: KH"),
        ("language: Khmer", 'sources[0].language: must be a language code (ISO 639), got "Khmer" - write language: km'),
        ("name: [a]", "sources[0].name: must be text, got a list - write name: The Example"),
        ("name: ' '", 'sources[0].name: must not be empty, got " " - write name: The Example'),
        ("render: maybe", 'sources[0].render: must be true or false, got "maybe" - write render: true'),
        ("delay: .inf", "sources[0].delay: must be a number of seconds, or like 90s, 20m, 1h30m,"
         ' got ".inf" - write delay: 1.0'),
        ("listings: [{kind: feed}]", "sources[0].listings[0].url: is missing - write url: https://www.example.org/feed"),
        ("listings: [{url: https://a.org, kind: rss}]", "sources[0].listings[0].kind: must be 'feed', 'sitemap' or"
         " 'section', got \"rss\" - write kind: feed"),
        ("listings: [{url: https://a.org, pages: '?p='}]", "sources[0].listings[0].pages: must hold {n}, the number of"
         ' the page, got "?p=" - write pages: "?page={n}"'),
        ("listings: [https://a.org/f, {url: HTTPS://A.org:443/f}]",
         "sources[0].listings[1]: is the same address as listings[0] - keep one of them"),
        ("listings: 5", 'sources[0].listings: must be a web address, got "5" - write https://www.example.org/feed'),
        ("hosts: [https://b.org/x]",
         'sources[0].hosts[0]: must be the host alone, got "https://b.org/x" - write b.org'),
        ("hosts: [b.org:80]", "sources[0].hosts[0]: must be a host name without scheme, port, path or *,"
         ' got "b.org:80" - write it like news.example.org'),
        ("exclude: '*.pdf'", 'sources[0].exclude: is no regular expression (*), got "*.pdf" - write .*.pdf'),
        ("rules: [{until: 2024-02-30}]", "sources[0].rules[0].until: is no day of the calendar (day is out of range for"
         ' month), got "2024-02-30" - write until: 2024-01-01'),
        ("rules: [{from: 2024}]", 'sources[0].rules[0].from: must be a day as year-month-day, got "2024"'
         " - write from: 2017-01-01"),
        ("rules: [{title: //h1}]", 'sources[0].rules[0].title: is no CSS selector, got "//h1"'
         " - a CSS selector, not an XPath: write something like #ArticleBody p"),
        ("rules: [p]",
         'sources[0].rules[0]: must be a mapping of keys to values, got "p" - write {keep: "#ArticleBody"}'),
        ("headers: {Host: x}", "sources[0].headers.Host: is set by Morgue itself - leave it out"),
        ("headers: {User-Agent: x}", "sources[0].headers.User-Agent: has its own key"
         " - write user_agent: ... beside headers"),
        ("headers: {X: \"a\\nb\"}", 'sources[0].headers.X: must be plain ASCII on one line, got "a\\nb"'
         " - write headers: {Accept-Language: km}"),
    ],
)  # fmt: skip
def test_one_problem(tmp_path: Path, keys: str, complaint: str) -> None:
    """Each kind of mistake is named with its path, what is wrong, what was written and how to write it."""
    assert source(tmp_path, keys) == [complaint]


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("http://", "must be a web address"),
        ("https://exa mple.org", "must be a web address"),
        ("example.org/news", "must be a web address"),
        ("mailto:a@example.org", "must begin with http:// or https:// and name a host"),
        ("file:///etc/passwd", "must begin with http:// or https:// and name a host"),
        ("https://me:secret@example.org", "must not hold a user name or password"),
    ],
)
def test_addresses(tmp_path: Path, address: str, complaint: str) -> None:
    """An address is http or https, has a host and holds no password; the short form is shown without keys."""
    (line,) = problems(tmp_path, f"sources:\n  - {address}\n")
    assert line.startswith(f"config.yaml:2: sources[0]: {complaint}, got ")


def test_source_without_address(tmp_path: Path) -> None:
    """A source names a homepage or at least one listing."""
    assert problems(tmp_path, "sources:\n  - id: x\n") == [
        "config.yaml:2: sources[0].listings: is missing, and homepage too - write homepage: https://www.example.org"
    ]


def test_derived_ids_may_clash(tmp_path: Path) -> None:
    """Two papers never share an id silently, also when nobody wrote it."""
    assert problems(tmp_path, "sources:\n  - https://www.bbc.com\n  - https://www.bbc.co.uk\n") == [
        'config.yaml:3: sources[1]: the id "bbc" is also that of sources[0] on line 2'
        " - write another, such as id: bbc-2"
    ]


@pytest.mark.parametrize("allow", ["127.1.0.2:80", "300.1.1.1", "127.1", "10.0.0.0/33", "https://x/", "a b", "*.org"])
def test_bad_networks(tmp_path: Path, allow: str) -> None:
    """What opens the door to private addresses is a network, an IP address or a host, not what only looks so."""
    (line,) = problems(tmp_path, f"network: {{allow: ['{allow}']}}\n{MINIMAL}")
    assert line.startswith("config.yaml:1: network.allow[0]: ")


@pytest.mark.parametrize(
    ("allow", "kept"),
    [("127.1.0.2/16", "127.1.0.0/16"), ("LOCALHOST", "localhost"), ("::1", "::1"), ("fd00::/8", "fd00::/8")],
)
def test_networks(tmp_path: Path, allow: str, kept: str) -> None:
    """Networks and hosts are kept in their standard form."""
    assert read(tmp_path, f"network: {{allow: ['{allow}']}}\n{MINIMAL}").network.allow == (kept,)


def test_contacts(tmp_path: Path) -> None:
    """The contact is an e-mail address or a page; anything that would break the User-Agent header is refused."""
    for good in ("archive@example.org", "https://example.org/bot?x=1"):
        assert read(tmp_path, f"contact: {good}\n{MINIMAL}").contact == good
    for bad in ("a@b", "A <a@b.org>", "é@b.org", "example.org", '"a@b.org\\r\\nX: y"'):
        assert problems(tmp_path, f"contact: {bad}\n{MINIMAL}")[0].startswith("config.yaml:1: contact: must be an e-m")


@given(st.recursive(
    st.none() | st.text(max_size=8) | st.sampled_from(["https://a.org", "[", "-1", "2024-01-01", "true"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["sources", "network", "delay", "id", "homepage", "listings", "url", "rules", "keep", "drop",
                         "until", "headers", "include", "allow", "contact", "x"]), inner, max_size=4),
    max_leaves=12,
))  # fmt: skip
def test_any_shape(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    """Whatever shape the file has, the answer is a configuration or a ConfigError of one-line problems."""
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(json.dumps(data), encoding="utf-8")
    try:
        found, complaints = load(file).sources, ()
    except ConfigError as error:
        found, complaints = (), error.problems
    assert bool(found) != bool(complaints)
    assert all("\n" not in line and line.startswith(str(file)) for line in complaints)


# --- what is written


def test_starter(tmp_path: Path) -> None:
    """The first file is right, short, and holds what was asked for."""
    config = read(tmp_path, starter("me@example.org", ["https://a.example.org", "https://www.rfi.fr/km/"]))
    assert (config.contact, [paper.id for paper in config.sources]) == ("me@example.org", ["a-example", "rfi-km"])
    assert read(tmp_path, starter()).contact is None
    assert starter(schema="../s.json").startswith("# yaml-language-server: $schema=../s.json\n")


def test_starter_comments_are_right(tmp_path: Path) -> None:
    """What the first file shows in comments works when its marks are taken away."""
    head, _, tail = starter("me@example.org").partition("# The newspapers.")
    settings = head.replace("# max_time", "max_time").replace("# network", "network").replace("#   ", "  ")
    example = [line.removeprefix("#") for line in tail.splitlines() if line.startswith("#   ")]
    config = read(tmp_path, settings + "sources:\n" + "\n".join(example))
    assert (config.max_time, config.network.delay) == (3000.0, 1.0)
    assert config.sources[0].rules[0].keep == "#ArticleBody"


FILE = """\
# head

contact:   me@example.org   # spaces stay
sources:
  # first
  - https://a.example.org   # remark

  - id: b
    homepage:    'https://b.example.org'
    # delay: 3

# tail
network: {delay: 1.0,   per_host: 2}
"""


def test_add_source() -> None:
    """A source is put behind the last one, set apart as the others are; every other character stays as it was."""
    added = add_source(
        FILE, {"id": "c", "homepage": "https://c.example.org", "name": "ខ្មែរ", "listings": (), "delay": None}
    )
    new = "\n  - id: c\n    homepage: https://c.example.org\n    name: ខ្មែរ\n"
    assert added == FILE.replace("    # delay: 3\n", "    # delay: 3\n" + new)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sources:\n- https://a.org # x\n# end\n", "sources:\n- https://a.org # x\n- https://n.org\n# end\n"),
        ("sources:\r\n  - https://a.org", "sources:\r\n  - https://a.org\r\n  - https://n.org\r\n"),
        ("sources: [https://a.org] # x\ndata: d\n", 'sources: [https://a.org, "https://n.org"] # x\ndata: d\n'),
        ("sources: [\n  https://a.org, # x\n]\n", 'sources: [\n  https://a.org, # x\n"https://n.org"]\n'),
        ("sources: [] # none\ndata: d\n", "sources: # none\n  - https://n.org\ndata: d\n"),
        ("sources: # none\n\ndata: d\n", "sources: # none\n  - https://n.org\n\ndata: d\n"),
        ("data: d", "data: d\nsources:\n  - https://n.org\n"),
        ("", "sources:\n  - https://n.org\n"),
        ("# only\n", "# only\nsources:\n  - https://n.org\n"),
    ],
)
def test_add_to_other_shapes(before: str, after: str) -> None:
    """The list of sources may be written in brackets, be empty or be missing."""
    assert add_source(before, {"homepage": "https://n.org"}) == after


@pytest.mark.parametrize(
    ("text", "source", "complaint"),
    [
        (FILE, {"id": "b", "homepage": "https://n.org"}, 'the id "b" is also that of sources'),
        (FILE, {"homepage": "n.org"}, "must be a web address"),
        ("sources: x\n", {"homepage": "https://n.org"}, "has no place for one more source"),
        ("[a]\n", {"homepage": "https://n.org"}, "must be keys with values"),
        ("a: [\n", {"homepage": "https://n.org"}, "is not YAML"),
    ],
)
def test_add_refuses(text: str, source: dict[str, str], complaint: str) -> None:
    """A file that would not be right afterwards is not written."""
    with pytest.raises(ConfigError, match=complaint):
        add_source(text, source)


# --- lengths of time


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("20m", 1200), ("1h30m", 5400), ("90s", 90), ("90", 90), (90, 90), (0.5, 0.5), ("1.5h", 5400), ("2d", 172_800),
     ("1h 30m", 5400), ("1H", 3600), ("0", 0)],
)  # fmt: skip
def test_duration(written: str | float, seconds: float) -> None:
    """Times are written as people write them."""
    assert duration(written) == seconds


@pytest.mark.parametrize(
    "written", ["", "soon", "20x", "m", "30m1h", "1h1h", "nan", "inf", float("nan"), "-5", -5, "1e3"]
)
def test_bad_duration(written: str | float) -> None:
    """Anything else is refused with what to write."""
    with pytest.raises(ValueError, match=r"got .* - write 90, 90s, 20m, 1h30m or 2d$"):
        duration(written)


# --- the repository's own files


def test_shipped_config() -> None:
    """The config.yaml of the repository is right and reads the Phnom Penh Post's pages of 2017 to 2023."""
    config = load(ROOT / "config.yaml")
    post = next(paper for paper in config.sources if paper.id == "phnompenhpost")
    assert post.rules[0].keep == "#ArticleBody"
    assert post.rules[0].applies("https://www.phnompenhpost.com/national/x", date(2023, 9, 20))
    assert post.listings[0].page(2) == "https://www.phnompenhpost.com/national?page=2"
    assert len({paper.language for paper in config.sources if paper.language}) >= 8


def test_schema_is_up_to_date() -> None:
    """The JSON Schema in the repository is the one that `make docs` writes, and config.yaml points to it."""
    made = subprocess.run([sys.executable, "-m", "scraper.config"], cwd=ROOT, capture_output=True, check=True)
    assert made.stdout == SCHEMA_FILE.read_bytes()
    first = (ROOT / "config.yaml").read_text(encoding="utf-8").partition("\n")[0]
    assert ROOT / first.removeprefix("# yaml-language-server: $schema=") == SCHEMA_FILE


@pytest.mark.parametrize("model", [Config, Network, Source, Listing, Rule])
def test_every_key_is_described(model: type[BaseModel]) -> None:
    """Every key has a meaning and an example, and the example of an optional key is right."""
    for field in model.model_fields.values():
        assert field.description
        assert field.examples
    definitions = json_schema()["$defs"] | {"Config": json_schema()}
    assert model.__name__ in definitions
    if model is not Config:
        base = {"url": "https://a.org", "homepage": "https://a.org"}
        examples = {
            str(f.validation_alias or name): (f.examples or [None])[0] for name, f in model.model_fields.items()
        }
        model.model_validate({**{key: base[key] for key in base if key in examples}, **examples})


def test_light_to_import() -> None:
    """Importing the configuration loads no HTML parser, HTTP client or extractor."""
    code = "import sys, scraper.config; print([m for m in ('selectolax', 'httpx', 'trafilatura') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
