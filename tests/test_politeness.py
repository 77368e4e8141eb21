"""What robots.txt allows, and whose turn it is."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.addresses import parse
from scraper.errors import Throttled
from scraper.politeness import Rules, Turns, allowed, retry_after, spacing
from scraper.turns import domain
from tests.fakes import START, FakeClock

SITE = "https://paper.org"

# (robots.txt, agent, path, may it be fetched)
RULES = {
    "nothing said": ("", "Morgue", "/a", True),
    "all forbidden": ("User-agent: *\nDisallow: /", "Morgue", "/a", False),
    "an empty disallow forbids nothing": ("User-agent: *\nDisallow:", "Morgue", "/a", True),
    "our own group alone counts": (
        "User-agent: *\nDisallow: /\nUser-agent: Morgue\nDisallow: /x",
        "Morgue",
        "/a",
        True,
    ),
    "names in any case": ("user-AGENT: mORGUE\ndisallow: /", "Morgue", "/a", False),
    "a name with a version": ("User-agent: Morgue/1.0\nDisallow: /", "Morgue", "/a", False),
    "a whole User-Agent": ("User-agent: FooBot\nDisallow: /", "Mozilla/5.0 (compatible; FooBot/2.1)", "/a", False),
    "a part of a name is another name": ("User-agent: Mor\nDisallow: /", "Morgue", "/a", True),
    "a name with a remark": ("User-agent: Morgue for news\nDisallow: /", "Morgue", "/a", False),
    "a name with digits": ("User-agent: MJ12bot\nDisallow: /", "Mozilla/5.0 (compatible; MJ12bot/v1.4.8)", "/a", False),
    "a name with dots": ("User-agent: archive.org_bot\nDisallow: /", "Foo/1 archive.org_bot", "/a", False),
    "no name is in the contact": ("User-agent: foo\nDisallow: /", "Bar/2.1 (+http://foo.org/foo; m@foo)", "/a", True),
    "a name beyond ASCII": ("User-agent: UnicödeBöt\nDisallow: /", "unicÖdebÖt".lower(), "/a", False),
    "everybody's rules": ("User-agent: Morgue\nAllow: /\nUser-agent: *\nDisallow: /", "*", "/a", False),
    "a pattern is no name": ("User-agent: *orgue\nDisallow: /", "Morgue", "/a", True),
    "a nameless group": ("User-agent: *\nDisallow: /b\nUser-agent:\nDisallow: /a", "Morgue", "/a", True),
    "an unknown line ends no group": (
        "User-agent: Morgue\nNoindex: /\nUser-agent: B\nDisallow: /",
        "Morgue",
        "/a",
        False,
    ),
    "a family name": ("User-agent: Morgue\nDisallow: /", "Morgue-News", "/a", False),
    "the member before the family": (
        "User-agent: Morgue\nDisallow: /\nUser-agent: Morgue-News\nAllow: /",
        "Morgue-News",
        "/a",
        True,
    ),
    "groups of one name are one": (
        "User-agent: Morgue\nAllow: /a\n\nUser-agent: morgue\nDisallow: /b",
        "Morgue",
        "/b",
        False,
    ),
    "several names for a group": ("User-agent: A\nUser-agent: Morgue\nDisallow: /", "Morgue", "/a", False),
    "a sitemap ends no group": ("User-agent: Morgue\nSitemap: /s\nUser-agent: B\nDisallow: /", "Morgue", "/a", False),
    "a delay is a rule": ("User-agent: Morgue\nCrawl-delay: 9\nUser-agent: B\nDisallow: /", "Morgue", "/a", True),
    "a rule without a name": ("Disallow: /\nUser-agent: *\nAllow: /", "Morgue", "/a", True),
    "the longest rule wins": ("User-agent: *\nDisallow: /a/b\nAllow: /a", "Morgue", "/a/b/c", False),
    "in any order": ("User-agent: *\nAllow: /a/b\nDisallow: /a", "Morgue", "/a/b/c", True),
    "allow wins a tie": ("User-agent: *\nDisallow: /a\nAllow: /a", "Morgue", "/a", True),
    "wildcards count as one octet": ("User-agent: *\nAllow: /page\nDisallow: /*.htm", "Morgue", "/page.htm", False),
    "a wildcard in the middle": ("User-agent: *\nDisallow: /a/*/print", "Morgue", "/a/9/print?x", False),
    "an end": ("User-agent: *\nDisallow: /*.pdf$", "Morgue", "/a.pdf", False),
    "not at the end": ("User-agent: *\nDisallow: /*.pdf$", "Morgue", "/a.pdf?v=2", True),
    "paths in their case": ("User-agent: *\nDisallow: /A", "Morgue", "/a", True),
    "a path without slash": ("User-agent: *\nDisallow: a", "Morgue", "/a", True),
    "a query": ("User-agent: *\nDisallow: /*?print=", "Morgue", "/a?print=1", False),
    "escapes of letters": ("User-agent: *\nDisallow: /%61", "Morgue", "/a", False),
    "escapes in the address": (
        "User-agent: *\nDisallow: /ព័ត៌មាន",
        "Morgue",
        "/%E1%9E%96%E1%9F%90%E1%9E%8F%E1%9F%8C%E1%9E%98%E1%9E%B6%E1%9E%93",
        False,
    ),
    "escapes in the rule": ("User-agent: *\nDisallow: /%e1%9e%96", "Morgue", "/ព", False),
    "an escaped slash is none": ("User-agent: *\nDisallow: /a%2Fb", "Morgue", "/a/b", True),
    "an escaped star is none": ("User-agent: *\nDisallow: /a%2Ab", "Morgue", "/axb", True),
    "a slash for a star in the query": ("User-agent: *\nDisallow: /*/print", "Morgue", "/a?next=/print", False),
    "a slash in the query, escaped by them": ("User-agent: *\nDisallow: /a?b=%2fc", "Morgue", "/a?b=/c", False),
    "a slash in the query, escaped by us": ("User-agent: *\nDisallow: /a?b=/c", "Morgue", "/a?b=%2Fc", False),
    "an escape counts as its letter": ("User-agent: *\nAllow: /a\nDisallow: /%61", "Morgue", "/a", True),
    "a letter counts as its octets": ("User-agent: *\nAllow: /é\nDisallow: /*a*b", "Morgue", "/éab", True),
    "an escape that is none": ("User-agent: *\nDisallow: /a%", "Morgue", "/a=b", True),
    "a literal dollar": ("User-agent: *\nDisallow: /a$b", "Morgue", "/a$b", False),
    "index.html means the folder": ("User-agent: *\nDisallow: /\nAllow: /index.html", "Morgue", "/", True),
    "misspelt": ("Useragent: *\nDisalow: /", "Morgue", "/a", False),
    "without colons": ("User-agent *\nDisallow /", "Morgue", "/a", False),
    "comments": ("User-agent: * # all\nDisallow: /a # not this", "Morgue", "/a", False),
    "old line ends": ("User-agent: *\rDisallow: /a\r", "Morgue", "/a", False),
    "a mark": ("\ufeffUser-agent: *\nDisallow: /", "Morgue", "/a", False),
    "a web page": ("<!DOCTYPE html><p>\nUser-agent: *\nDisallow: /\n", "Morgue", "/a", True),
    "robots.txt itself": ("User-agent: *\nDisallow: /", "Morgue", "/robots.txt", True),
    "a line as long as can be": (f"User-agent: *\nDisallow: /{'a' * 16_652}/x", "Morgue", f"/{'a' * 16_652}/y", False),
    "far right in a line": ("User-agent: *\nDisallow: /" + "a" * 17_000 + "\nDisallow: /b", "Morgue", "/b", False),
    "cut by the limit": ("User-agent: *\n" + "#" * 511_970 + "\nDisallow: /archive/", "Morgue", "/a", True),
    "behind the limit": ("User-agent: *\n" + "#\n" * 256_000 + "Disallow: /", "Morgue", "/a", True),
}


@pytest.mark.parametrize(("robots", "agent", "path", "may"), RULES.values(), ids=RULES)
def test_robots_txt_is_obeyed(robots, agent, path, may):
    """RFC 9309, and what large crawlers make of its gaps."""
    assert allowed(robots.encode(), agent, SITE + path) is may


# What half a megabyte is filled with, and a path that is no match but nearly one.
HOSTILE = {
    "many stars": (b"Disallow: /*a*a*a*a*a*a*b$", "ca" * 30_000),
    "short patterns": (b"Allow:*ab", "a" * 100_000),
    "a difference in the middle": (b"Allow:*" + b"a" * 49 + b"b" + b"a" * 49, "a" * 100_000),
    "ends": (b"Allow:*a$", "a" * 100_000 + "b"),
    "escapes": (b"Allow:/*%ff%61", "%ff%62" * 30_000),
    "names": (b"User-agent: a", ""),
}


@pytest.mark.parametrize(("line", "path"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_rules_cost_little_time(line, path):
    """Half a megabyte of wildcards and an endless path are judged at once."""
    robots = b"User-agent: *\n" + (line + b"\n") * (500_000 // len(line))
    started = time.process_time()
    assert allowed(robots, "Mozilla/5.0 (compatible; Morgue/1.0)", f"{SITE}/{path}")
    assert time.process_time() - started < 3


def test_endless_paths_are_judged_by_their_two_ends():
    """Where all of a path would take too long, beginnings and endings still count; a plain rule sees all of it."""
    endless = f"/news/{'a' * 60_000}"
    waste = b"Disallow: /*aaab\n" * 28_000
    assert allowed(b"User-agent: *\n" + waste, "Morgue", endless)
    assert not allowed(b"User-agent: *\nDisallow: /news/*a\n" + waste, "Morgue", endless)
    assert not allowed(b"User-agent: *\nDisallow: /*.pdf$\n" + waste, "Morgue", f"{endless}.pdf")
    assert allowed(b"User-agent: *\nDisallow: /news/$\n" + waste, "Morgue", endless)
    assert not allowed(b"User-agent: *\nDisallow: /news/*abc*d\n", "Morgue", f"{endless}bc{endless}d")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://paper.org", "/"),
        ("http://paper.org?a", "/?a"),
        ("http://paper.org;a?b", "/;a?b"),
        ("http://paper.org#/a", "/"),
        ("http://paper.org/a;b#c", "/a;b"),
        ("//paper.org/a", "/a"),
        ("paper.org/a", "/a"),
        ("paper.org", "/"),
        ("/a", "/a"),
        ("?a", "/?a"),
        ("http://paper.org//a?b=http://c.org/", "//a?b=http://c.org/"),
    ],
)
def test_rules_speak_of_path_and_query(url, path):
    """Scheme, host and fragment of an address play no role, however short it is written."""
    assert not allowed(f"User-agent: *\nDisallow: {path}$".encode(), "Morgue", url)


def test_bytes_that_are_no_text_are_matched_as_bytes():
    """A rule in Latin-1 is about that very byte."""
    rules = Rules(b"User-agent: *\nDisallow: /\xe9t\xe9")
    assert not rules.allows("Morgue", f"{SITE}/%E9t%E9")
    assert rules.allows("Morgue", f"{SITE}/%C3%A9t%C3%A9")


def test_delay_and_sitemaps_are_read():
    """Crawl-delay of our group; Sitemap lines wherever they stand, each once; nonsense is no delay."""
    rules = Rules(
        b"Sitemap: https://paper.org/s.xml\nUser-agent: *\nCrawl-delay: 2.5\nUser-agent: Morgue\nCrawl-delay: 7\n"
        b"Crawl-delay: soon\nCrawl-delay: -1\nCrawl-delay: inf\nsite-map: https://paper.org/t.xml\n"
        b"Sitemap: https://paper.org/s.xml\n"
    )
    assert (rules.crawl_delay("Morgue"), rules.crawl_delay("other")) == (7, 2.5)
    assert rules.sitemaps == ("https://paper.org/s.xml", "https://paper.org/t.xml")


# (robots.txt, path, what is refused)
REFUSALS = {
    "Content-Signal": ("User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /", "/a", ("ai-train=no",)),
    "Content-Usage": ("User-agent: *\nContent-Usage: train-ai=n", "/a", ("train-ai=n",)),
    "of a folder": ("User-agent: *\nContent-Usage: /news train-ai=n", "/news/a", ("train-ai=n",)),
    "of another folder": ("User-agent: *\nContent-Usage: /news train-ai=n", "/a", ()),
    "but a folder": ("User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: /a train-ai=y", "/a", ()),
    "other uses": ("User-agent: *\nContent-Signal: search=no, ai-input=no, ai-train=yes", "/a", ()),
    "of another crawler": ("User-agent: B\nContent-Signal: ai-train=no", "/a", ()),
    "of nobody": ("Content-Signal: ai-train=no\nUser-agent: *\nAllow: /", "/a", ()),
    "between names": (
        "User-agent: B\nContent-Signal: ai-train=no\nUser-agent: *\nAllow:",
        "/a",
        ("ai-train=no",),
    ),
}


@pytest.mark.parametrize(("robots", "path", "refused"), REFUSALS.values(), ids=REFUSALS)
def test_what_may_be_fetched_but_not_mined_is_known(robots, path, refused):
    """Both vocabularies, for our group, the longest path deciding; such a line is no rule and ends no group."""
    rules = Rules(robots.encode())
    assert rules.refusals("Morgue", SITE + path) == refused
    assert rules.allows("Morgue", SITE + path)


PATTERNS = st.text(alphabet="ab/*$.", max_size=12).map(lambda text: "/" + text)
PATHS = st.text(alphabet="ab/.", max_size=12).map(lambda text: "/" + text)


@given(PATTERNS, PATHS)
def test_patterns_match_as_their_regular_expressions(pattern, path):
    """Our linear matcher agrees with the plain meaning of "*" and "$"."""
    anchored = pattern.endswith("$")
    body = "".join(".*" if char == "*" else re.escape(char) for char in pattern.removesuffix("$"))
    matches = re.match(body + (r"\Z" if anchored else ""), path) is not None
    assert allowed(f"User-agent: *\nDisallow: {pattern}".encode(), "Morgue", SITE + path) is not matches


@given(st.binary(max_size=300), st.text(max_size=30))
def test_any_bytes_are_a_robots_txt(body, path):
    """Whatever a server sends, there is an answer."""
    assert allowed(body, "Morgue", path) in (True, False)


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 0 ", timedelta(0)),
        ("0.5", timedelta(seconds=0.5)),
        ("60, 120", timedelta(minutes=2)),
        ("999999999999", DAY),
        ("Sun, 10 Mar 2024 12:05:00 GMT", timedelta(minutes=5)),
        ("Sunday, 10-Mar-24 12:05:00 GMT", timedelta(minutes=5)),
        ("Sun Mar 10 12:05:00 2024", timedelta(minutes=5)),
        ("Sun, 10 Mar 2024 11:00:00 GMT", timedelta(0)),
        ("Fri, 31 Dec 9999 23:59:59 -2359", DAY),
        ("Sun, 10 Mar 2030 12:00:00 GMT", DAY),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("Wed, 99 Foo 2024 99:99:99 GMT", None),
        ("Sun, 10 Mar 2024 99999999999999999999:00:00 GMT", None),
        ("Sun, 10 Mar 2024 12:05:00 +99999999999999", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(value, wait):
    """Seconds and dates, never below zero, never above a day."""
    assert retry_after(value, START) == wait


def test_spacing_follows_configuration_robots_latency_and_complaints():
    """The longest of what we want and what the site wants; more for a slow or complaining site."""
    assert spacing(1, 0, 0.2, 0) == 1
    assert spacing(1, 5, 0.2, 0) == 5
    assert spacing(1, 0, 3, 0) == 3
    assert spacing(1, 0, 60, 0) == 10
    assert spacing(0, 0, 60, 0) == 0
    assert spacing(1, 0, 0.2, 4) == 5


def test_hosts_of_one_publisher_share_a_domain():
    """The registered domain, by the public suffix list; platforms are no publishers; an IP address has none."""
    assert domain("www.paper.co.uk") == domain("sport.paper.co.uk") == "paper.co.uk"
    assert domain("one.blogspot.com") != domain("two.blogspot.com")
    assert domain("127.0.0.1") is None


def crawl(urls: list[str], *, delay: float = 1.0, takes: float = 0.0, total: int = 100) -> list[tuple[float, str]]:
    """When each address had its turn, all of them waiting from the start."""
    clock = FakeClock()
    turns = Turns(clock, per_host=2, total=total, patience=90)
    seen: list[tuple[float, str]] = []

    async def one(url: str) -> None:
        address = parse(url)
        assert address is not None
        async with turns.turn(address, delay) as turn:
            turn.sent()
            seen.append((clock.monotonic(), url))
            if takes:
                await clock.sleep(takes)
            turn.answered(0.1)

    async def all_of_them() -> None:
        await asyncio.gather(*(one(url) for url in urls))

    asyncio.run(all_of_them())
    return seen


def test_a_host_is_asked_at_its_pace():
    """Requests to one host start a delay apart, in the order in which they came."""
    urls = [f"https://paper.org/{n}" for n in range(5)]
    assert crawl(urls) == [(float(n), url) for n, url in enumerate(urls)]


def test_hosts_do_not_wait_for_each_other():
    """Three hundred hosts take as long as one."""
    seen = crawl([f"http://127.1.{n // 250}.{n % 250}/{page}" for n in range(300) for page in range(3)])
    assert max(at for at, _ in seen) == 2


def test_at_most_two_requests_at_once_to_a_host():
    """A slow host gets no third request while two are open."""
    starts = [at for at, _ in crawl([f"https://paper.org/{n}" for n in range(6)], takes=10)]
    assert all(sum(start <= at < start + 10 for start in starts) <= 2 for at in starts)


def test_the_whole_has_a_cap():
    """No more requests are open than the total allows."""
    starts = [at for at, _ in crawl([f"http://127.1.0.{n}/" for n in range(1, 9)], takes=5, total=2)]
    assert sorted(starts) == [0, 0, 5, 5, 10, 10, 15, 15]


def test_sisters_of_a_domain_share_a_pace():
    """Hosts of one registered domain are asked half a delay apart, not all at once."""
    starts = [at for at, _ in crawl([f"https://h{n}.paper.org/" for n in range(4)])]
    assert sorted(starts) == [0, 0.5, 1.0, 1.5]


def test_a_complaint_slows_the_host_and_an_answer_speeds_it_up():
    """After 429 the pauses grow, and shrink again; Retry-After is waited for, or fails at once when it is too long."""
    clock = FakeClock()
    turns = Turns(clock, per_host=2, total=9, patience=90)
    address = parse("https://paper.org/")
    assert address is not None
    times: list[float] = []

    async def ask(stay_away: timedelta | None = None, *, complain: bool = False) -> None:
        async with turns.turn(address, 1.0) as turn:
            times.append(clock.monotonic())
            if complain:
                turn.complained(stay_away)
            else:
                turn.answered(0.1)

    async def story() -> None:
        await ask(complain=True)
        await ask(complain=True)
        await ask(timedelta(seconds=60), complain=True)
        await ask()
        for _ in range(5):
            await ask()
        await ask(timedelta(hours=1), complain=True)
        with pytest.raises(Throttled) as stopped:
            await ask()
        assert stopped.value.retry_after == timedelta(hours=1)

    asyncio.run(story())
    pauses = [later - sooner for sooner, later in pairwise(times)]
    assert pauses[0] < pauses[1] < pauses[2] == 60
    assert pauses[3] > pauses[4] > pauses[-1]
    assert pauses[-1] == 1
