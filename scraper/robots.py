"""What robots.txt says. Pure.

RFC 9309, and where it leaves a choice, what the large crawlers document: the longest rule wins and `Allow` wins a tie,
groups for the same crawler are one, frequent misspellings are understood. Libraries were compared (see README); each
departs from the RFC somewhere - one in how long a rule is, one in who is meant by a group, one in wildcards.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

SIZE_LIMIT = 500 * 1024  # RFC 9309, 2.5: at least 500 KiB are read; we read just that
# What stands further right in a line is ignored: as in Google's parser, eight times the longest address of old browsers
LINE_LIMIT = 8 * 2083

# Thousands of rules are each looked for in the path. Of one that is longer than any page's, the two ends decide: rules
# speak of beginnings, "$" of the end.
PATH_LIMIT = 8192

Field = Literal["user-agent", "allow", "disallow", "sitemap", "crawl-delay", "other rule"]

_FIELDS: dict[str, Field] = {
    "user-agent": "user-agent",
    "useragent": "user-agent",
    "user agent": "user-agent",
    "allow": "allow",
    "disallow": "disallow",
    "dissallow": "disallow",
    "dissalow": "disallow",
    "disalow": "disallow",
    "diasllow": "disallow",
    "disallaw": "disallow",
    "sitemap": "sitemap",
    "sitemaps": "sitemap",
    "site-map": "sitemap",
    "crawl-delay": "crawl-delay",
    "crawl delay": "crawl-delay",
    "crawldelay": "crawl-delay",
    "request-rate": "other rule",
    "visit-time": "other rule",
}
_TOKEN = re.compile(r"[a-z_-]+")  # the product token of RFC 9309, 2.2.1, in lower case
_HTML = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body|script|\?xml)\b", re.IGNORECASE)
# What a normalised path and pattern do not hold as it is. A "%" that escapes nothing stays.
_ODD_IN_PATH = re.compile(r"%[0-9a-fA-F]{2}|[^A-Za-z0-9._~/%-]")
_ODD_IN_PATTERN = re.compile(r"%[0-9a-fA-F]{2}|[^A-Za-z0-9._~/%*-]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass(frozen=True, slots=True)
class Rule:
    """One Allow or Disallow.

    parts      what stands between the wildcards of the pattern, normalised
    anchored   the pattern ends with "$"
    octets     length of the pattern: the longest rule that matches decides
    """

    allow: bool
    parts: tuple[str, ...]
    anchored: bool
    octets: int

    def matches(self, path: str) -> bool:
        """Does it speak of this (normalised) path? In time linear in both, whatever the wildcards."""
        first, *others = self.parts
        if not path.startswith(first) or (self.anchored and not path.endswith(self.parts[-1])):
            return False
        if not others:
            return not self.anchored or len(path) == len(first)
        at = len(first)
        for part in others[:-1]:
            found = path.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        last = others[-1]
        if self.anchored:
            return len(path) - len(last) >= at and path.endswith(last)
        return path.find(last, at) >= 0


@dataclass(slots=True)
class _Group:
    """The rules for some crawlers. `names` are the values of its user-agent lines, in lower case."""

    names: list[str] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    crawl_delay: float | None = None


class Rules:
    """A parsed robots.txt. Bytes that are none (HTML, noise) give no rules; nothing is ever raised."""

    def __init__(self, body: bytes) -> None:
        self._groups: list[_Group] = []
        self._chosen: dict[str, _Group] = {}
        sitemaps: list[str] = []
        group: _Group | None = None
        open_for_names = False
        for name, value in _lines(body):
            if name == "user-agent":
                if group is None or not open_for_names:
                    group = _Group()
                    self._groups.append(group)
                open_for_names = True
                group.names.append(value.lower())
            elif name == "sitemap":  # speaks for the whole site, wherever it stands
                sitemaps.append(value)
            elif group is not None:  # a rule before any user-agent line speaks to nobody
                # A Crawl-delay counts, too, against the letter of the RFC: a file that slows one crawler and then shuts
                # out another does not mean to shut out both.
                open_for_names = False
                if name == "crawl-delay":
                    group.crawl_delay = _seconds(value, group.crawl_delay)
                elif name != "other rule":
                    group.rules += _rules(value, allow=name == "allow")
        self.sitemaps = tuple(dict.fromkeys(filter(None, sitemaps)))

    def allows(self, agent: str, url: str) -> bool:
        """May the crawler of this name (a product token or a whole User-Agent) fetch this address?"""
        path = _path(url)
        if len(path) > PATH_LIMIT:
            half = PATH_LIMIT // 2
            path = f"{path[:half]}\n{path[-half:]}"  # no pattern holds a line feed: none matches across the gap
        if path.partition("%3F")[0] == "/robots.txt":
            return True
        return next((rule.allow for rule in self._group(agent).rules if rule.matches(path)), True)

    def crawl_delay(self, agent: str) -> float | None:
        """Seconds between two requests, when the crawler's rules name them."""
        return self._group(agent).crawl_delay

    def _group(self, agent: str) -> _Group:
        """All groups that speak to this crawler, as one, the deciding rules first; those for "*" when none does."""
        name = agent.strip().lower()
        if name not in self._chosen:
            scores = [max((_speaks_to(each, name) for each in group.names), default=-1) for group in self._groups]
            best = max(scores, default=-1)
            mine = [group for group, score in zip(self._groups, scores, strict=True) if score == best >= 0]
            delays = [group.crawl_delay for group in mine if group.crawl_delay is not None]
            rules = [rule for group in mine for rule in group.rules]
            rules.sort(key=lambda rule: (rule.octets, rule.allow), reverse=True)
            self._chosen[name] = _Group(rules=rules, crawl_delay=delays[-1] if delays else None)
        return self._chosen[name]


def allowed(robots: bytes, agent: str, url: str) -> bool:
    """May this agent fetch this address, as far as this robots.txt goes?

    agent   a product token ("Morgue") or a whole User-Agent ("Mozilla/5.0 (compatible; FooBot/1.0)")
    """
    return Rules(robots).allows(agent, url)


def _lines(body: bytes) -> Iterator[tuple[Field, str]]:
    """The lines that mean something. Text is Latin-1 here: one character for each byte, whatever the bytes are."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        body = body.decode("utf-16", "replace").encode()
    body = body[:SIZE_LIMIT]
    if _HTML.match(body.removeprefix(b"\xef\xbb\xbf")):
        return
    for mark in (b"\xef\xbb\xbf", b"\xef\xbb", b"\xef"):  # cut marks occur
        if body.startswith(mark):
            body = body.removeprefix(mark)
            break
    for line in re.split(r"\r\n?|\n", body.decode("latin-1")):
        known = _field(line[:LINE_LIMIT].partition("#")[0].strip(" \t\x0b\x0c\0"))
        if known is not None:
            yield known


def _field(line: str) -> tuple[Field, str] | None:
    """ "Disallow: /x" -> ("disallow", "/x"). A missing colon is forgiven when the line can only mean one thing."""
    name, colon, value = line.partition(":")
    if colon and (known := _FIELDS.get(" ".join(name.lower().split()))):
        return known, value.strip()
    words = line.split()
    if len(words) == 2 and (known := _FIELDS.get(words[0].lower())):
        return known, words[1]
    if len(words) == 3 and (known := _FIELDS.get(f"{words[0]} {words[1]}".lower())):
        return known, words[2]
    return None


def _seconds(value: str, before: float | None) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return before
    return seconds if math.isfinite(seconds) and seconds >= 0 else before


def _speaks_to(name: str, agent: str) -> int:
    """How exactly a user-agent line means this crawler: the length of the name that fits; 0 for "*"; -1 not at all.

    A name counts up to the first character that no product token has ("FooBot/1.0" means FooBot). It fits the whole
    token of the crawler, or the beginning before a "-": what is said to Googlebot holds for Googlebot-News (Google's
    documentation; the RFC is silent about families). No other beginning does, against what some libraries do: the RFC
    wants the same token, and "Foo" is another crawler than "FooBot". In a whole User-Agent it fits any product in it.
    """
    if name == "*" or name.startswith(("* ", "*\t")):
        return 0
    token = _TOKEN.match(name)
    if token is None:
        return len(name) if name == agent else -1
    for each in (name, token[0]):
        if each == agent and not any(c.isspace() for c in each):
            return len(each)
    wanted = token[0]
    if "/" not in agent and "(" not in agent:
        return len(wanted) if agent.startswith(wanted + "-") else -1
    found = re.search(rf"(?<![\w-]){re.escape(wanted)}(?![a-z0-9_])", agent)
    return len(wanted) if found else -1


def _rules(pattern: str, *, allow: bool) -> Iterator[Rule]:
    """The rules that a line stands for: none when it is empty ("Disallow:"), sometimes two."""
    if not pattern:
        return
    yield _rule(pattern, allow)
    if pattern.endswith("$"):  # the last character of a path can be a real dollar
        yield _rule(pattern[:-1] + "%24", allow)
    folder, slash, page = pattern.rpartition("/")
    if allow and slash and page.startswith("index.htm"):  # who allows the front page by name means the folder, too
        yield _rule(f"{folder}/$", allow)


def _rule(pattern: str, allow: bool) -> Rule:
    anchored = pattern.endswith("$")
    parts = _normal(pattern.removesuffix("$"), wildcards=True).split("*")
    octets = sum(1 if char < "\x80" else 3 for char in pattern)
    # Neighbouring wildcards are one, so only the first and the last part may be empty.
    middle = [part for part in parts[1:-1] if part]
    return Rule(allow, (parts[0], *middle, *parts[1:][-1:]), anchored, octets)


def _path(url: str) -> str:
    """Path and query of an address, normalised."""
    text = url.partition("#")[0].encode("utf-8", "surrogatepass").decode("latin-1")
    if found := re.match(r"(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/?]*", text):
        text = text[found.end() :]
    return _normal(text if text.startswith("/") else f"/{text}")


def _normal(text: str, *, wildcards: bool = False) -> str:
    """One spelling for what means the same: every octet escaped but unreserved ones and the slashes of the path.

    "%61" is "a", "=" is "%3D", "ü" is "%C3%BC"; "%2F" is no "/" in the path, but is one in the query. Both sides are
    normalised, as the examples of RFC 9309, 2.2.2, want it; Google's parser expects an address that was escaped before
    and leaves escapes of letters alone, so it decides otherwise about "%61" and about a bare "ü" in an address.
    """
    path, mark, query = text.partition("?")
    odd = _ODD_IN_PATTERN if wildcards else _ODD_IN_PATH
    path = odd.sub(_respelled, path)
    return f"{path}%3F{odd.sub(_respelled, query).replace('/', '%2F')}" if mark else path


def _respelled(odd: re.Match[str]) -> str:
    text = odd[0]
    octet = chr(int(text[1:], 16)) if len(text) == 3 else text
    return octet if octet in _UNRESERVED else f"%{ord(octet):02X}"
