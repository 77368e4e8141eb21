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

from scraper.usage import refused

SIZE_LIMIT = 500 * 1024  # RFC 9309, 2.5: at least 500 KiB are read; we read just that
# What stands further right in a line is ignored: as in Google's parser, whose buffer has room for eight times the
# longest address of old browsers and a closing zero.
LINE_LIMIT = 8 * 2083 - 1

# Work of one decision: octets of patterns with wildcards, each with some more for its beginning, times characters of
# the path they are looked for in. Only files made to waste time need more; then the two ends of the path decide.
SEARCHED, BEGINNING = 1 << 29, 12

Field = Literal["user-agent", "allow", "disallow", "sitemap", "crawl-delay", "other rule", "usage"]

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
    "content-usage": "usage",
    "content-signal": "usage",
}
_TOKEN = re.compile(r"[a-z_-]+")  # the product token of RFC 9309, 2.2.1, in lower case
_NAME = re.compile(r"[^\s/*]+")  # wider: "MJ12bot", "archive.org_bot"
_HEADER = re.compile(r"[/(]|\s\d")  # what tells a whole User-Agent from a token
_CONTACT = re.compile(r"\S+://\S+|\S+@\S+")
_PRODUCT = re.compile(r"(?<![\w/.-])\w[\w.-]*")
_BEFORE_PATH = re.compile(r"(?:(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//)?[^/?;]*")
_HTML = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body|script|\?xml)\b", re.IGNORECASE)
# What a normalised path and pattern do not hold as it is.
_ODD_IN_PATH = re.compile(r"%[0-9a-fA-F]{2}|[^A-Za-z0-9._~/-]")
_ODD_IN_PATTERN = re.compile(r"%[0-9a-fA-F]{2}|[^A-Za-z0-9._~/*-]")
_NEEDLESS = re.compile(r"%(?:2[DE]|3[0-9]|[46][1-9A-F]|[57][0-9A]|5F|7E)", re.IGNORECASE)  # escapes of these:
_SLASH = re.compile("%2f", re.IGNORECASE)
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
    """The rules for some crawlers. `names` are what its user-agent lines may mean, see `_names`."""

    names: list[tuple[str, ...]] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    refusals: list[tuple[Rule, frozenset[str]]] = field(default_factory=list)
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
                group.names.append(_names(value))
            elif name == "sitemap":  # speaks for the whole site, wherever it stands
                sitemaps.append(value)
            elif name == "usage":
                if group is not None:
                    group.refusals.append(_refusal(value))
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
        if path.partition("%3F")[0] == "/robots.txt":
            return True
        rules = self._group(agent).rules
        searched = _searched(path, rules)
        matching = (rule.allow for rule in rules if rule.matches(path if len(rule.parts) == 1 else searched))
        return next(matching, True)

    def refusals(self, agent: str, url: str) -> tuple[str, ...]:
        """What may not be done with this address though it may be fetched, sorted: "ai-train=no", "train-ai=n"."""
        known = self._group(agent).refusals
        path = _searched(_path(url), [rule for rule, _ in known]) if known else ""
        said = [(rule.octets, words) for rule, words in known if rule.matches(path)]
        longest = max((octets for octets, _ in said), default=0)
        return tuple(sorted({word for octets, words in said if octets == longest for word in words}))

    def crawl_delay(self, agent: str) -> float | None:
        """Seconds between two requests, when the crawler's rules name them."""
        return self._group(agent).crawl_delay

    def _group(self, agent: str) -> _Group:
        """All groups that speak to this crawler, as one, the deciding rules first; those for "*" when none does."""
        known = self._chosen.get(agent)
        if known is None:
            us = _called(agent)
            scores = [max((_exactness(names, us) for names in group.names), default=-1) for group in self._groups]
            best = max(scores, default=-1)
            mine = [group for group, score in zip(self._groups, scores, strict=True) if score == best >= 0]
            delays = [group.crawl_delay for group in mine if group.crawl_delay is not None]
            rules = [rule for group in mine for rule in group.rules]
            rules.sort(key=lambda rule: (rule.octets, rule.allow), reverse=True)
            refusals = [refusal for group in mine for refusal in group.refusals]
            known = _Group(rules=rules, refusals=refusals, crawl_delay=delays[-1] if delays else None)
            self._chosen[agent] = known
        return known


def allowed(robots: bytes, agent: str, url: str) -> bool:
    """May this agent fetch this address, as far as this robots.txt goes?

    agent   a product token ("Morgue") or a whole User-Agent ("Mozilla/5.0 (compatible; FooBot/1.0)")
    """
    return Rules(robots).allows(agent, url)


def _lines(body: bytes) -> Iterator[tuple[Field, str]]:
    """The lines that mean something. Text is Latin-1 here: one character for each byte, whatever the bytes are."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        body = body.decode("utf-16", "replace").encode()
    if len(body) >= SIZE_LIMIT:  # half a line would say more than the whole: "Disallow: /a" of "Disallow: /archive/"
        body = body[: 1 + max(body.rfind(end, 0, SIZE_LIMIT) for end in (b"\n", b"\r"))]
    if _HTML.match(body.removeprefix(b"\xef\xbb\xbf")):
        return
    for mark in (b"\xef\xbb\xbf", b"\xef\xbb", b"\xef"):  # cut marks occur
        if body.startswith(mark):
            body = body.removeprefix(mark)
            break
    for line in body.splitlines():
        stripped = line[:LINE_LIMIT].partition(b"#")[0].strip(b" \t\x0b\x0c\0")
        if stripped and (known := _field(stripped.decode("latin-1"))) is not None:
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


def _names(value: str) -> tuple[str, ...]:
    """What a user-agent line may mean, in lower case: ("*",), or a name and the product token that it begins with.

    The token is what Google's parser reads ("FooBot/1.0" and "FooBot2" mean FooBot); crawlers whose name has digits or
    dots are called by the whole of it. What follows white space is a remark.
    """
    lower = value.lower()
    if lower == "*" or lower.startswith(("* ", "*\t")):
        return ("*",)
    name, token = _NAME.match(lower), _TOKEN.match(lower)
    return (*([name[0]] if name else []), *([token[0]] if token else []))


def _called(agent: str) -> frozenset[str]:
    """The names by which a robots.txt may speak to this crawler, in lower case.

    Its whole token, or the beginning before a "-": what is said to Googlebot holds for Googlebot-News (Google's
    documentation; the RFC is silent about families). No other beginning is its name, against what some libraries do:
    the RFC wants the same token, and "Foo" is another crawler than "FooBot". Of a whole User-Agent every product
    counts, but no word of the contact in it.
    """
    lower = _bytewise(agent.strip()).lower()
    whole = [lower] if not _HEADER.search(lower) else _PRODUCT.findall(_CONTACT.sub(" ", lower))
    names = {name.rstrip(".") for name in whole}
    return frozenset(names | {name[: dash.start()] for name in names for dash in re.finditer("-", name)})


def _exactness(names: tuple[str, ...], us: frozenset[str]) -> int:
    """How exactly a user-agent line means us: the length of the name that fits; 0 for "*"; -1 not at all."""
    return 0 if names == ("*",) else max((len(name) for name in names if name in us), default=-1)


def _rules(pattern: str, *, allow: bool) -> Iterator[Rule]:
    """The rules that a line stands for: none when it is empty ("Disallow:"), sometimes two."""
    if not pattern:
        return
    # As Google's parser would compare it: "ü" is six octets, a reserved character one; but "%61" is "a".
    octets = sum(1 if char < "\x80" else 3 for char in pattern) - 2 * len(_NEEDLESS.findall(pattern))
    for spelling in _spellings(pattern):
        yield _rule(spelling, allow, octets)
    folder, slash, page = pattern.rpartition("/")
    if allow and slash and page.startswith("index.htm"):  # who allows the front page by name means the folder, too
        yield _rule(f"{folder}/$", allow, octets)


def _spellings(pattern: str) -> Iterator[str]:
    """The pattern, and what else it may have been meant for."""
    yield pattern
    if pattern.endswith("$"):  # the last character of a path can be a real dollar
        yield pattern[:-1] + "%24"
    path, mark, query = pattern.partition("?")
    # Escaped or not, a slash in the query is the same (RFC 9309, 2.2.2, the second example). In the path it is not.
    for other in (_SLASH.sub("/", query), query.replace("/", "%2F")):
        if other != query:
            yield path + mark + other


def _rule(pattern: str, allow: bool, octets: int) -> Rule:
    anchored = pattern.endswith("$")
    parts = _normal(pattern.removesuffix("$"), _ODD_IN_PATTERN).split("*")
    # Neighbouring wildcards are one, so only the first and the last part may be empty.
    middle = [part for part in parts[1:-1] if part]
    return Rule(allow, (parts[0], *middle, *parts[1:][-1:]), anchored, octets)


def _searched(path: str, rules: list[Rule]) -> str:
    """As much of a path as these rules may be looked for in."""
    half = SEARCHED // (1 + sum(BEGINNING + rule.octets for rule in rules if len(rule.parts) > 1)) // 2
    # No pattern holds a line feed: none matches across the gap.
    return path if len(path) <= 2 * half else f"{path[:half]}\n{path[-half:]}"


def _refusal(value: str) -> tuple[Rule, frozenset[str]]:
    """A line may begin with the path that it speaks of; else it speaks of all."""
    path, _, rest = value.partition(" ") if value.startswith("/") else ("/", "", value)
    return _rule(path, True, len(path)), refused(rest)


def _path(url: str) -> str:
    """Path and query of an address, normalised."""
    text = _bytewise(url.partition("#")[0])
    if text.startswith("//") or not text.startswith("/"):
        text = _BEFORE_PATH.sub("", text, count=1)
    return _normal(text if text.startswith("/") else f"/{text}")


def _bytewise(text: str) -> str:
    """One character for each byte, as the lines of a robots.txt are read."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _normal(text: str, odd: re.Pattern[str] = _ODD_IN_PATH) -> str:
    """One spelling for what means the same: every octet escaped but unreserved ones and slashes.

    "%61" is "a", "=" is "%3D", "ü" is "%C3%BC"; "%2F" is no "/". Both sides are normalised, as the examples of RFC
    9309, 2.2.2, want it; Google's parser expects an address that was escaped before and leaves escapes of letters
    alone, so it decides otherwise about "%61" and about a bare "ü" in an address.
    """
    return odd.sub(_respelled, text)


def _respelled(odd: re.Match[str]) -> str:
    text = odd[0]
    octet = chr(int(text[1:], 16)) if len(text) == 3 else text
    return octet if octet in _UNRESERVED else f"%{ord(octet):02X}"
