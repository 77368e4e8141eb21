"""The key that recognises an address again, whatever costume it comes in. Pure; the one door to ada-url.

A key is only for comparing: fetch the address as it was found. The rules are general and careful. What a server
could use to choose another story (path, case of the path, ids and page numbers in the query, a name without a value)
is never dropped; what cannot choose one is: scheme, `www.`, default port, tracking and session parameters (see
`archive.parameters`), fragment, AMP and print forms, the wrappers of link counters. `%2F` is no slash, and what is
escaped twice is taken for escaped once.

Archives store keys: whoever changes what a key is adds a migration that calls `archive.rekeying.rekey`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

import ada_url

from archive.parameters import means_nothing

# What is met around addresses in feeds and mails: every white space, zero-width characters, brackets and quotes.
_AROUND = "".join(map(chr, range(0x21))) + '\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff<>"“”'
_AROUND += "".join(map(chr, range(0x2000, 0x200B)))
_CDATA = re.compile(r"^\s*<!\[CDATA\[(.*?)(?:\]\]>)?\s*$", re.DOTALL)
_AMPERSAND = re.compile(r"&(?:amp;)+|&#0*38;|&#x0*26;|&amp%3B", re.IGNORECASE)

# What stands for itself in a path and in a name or value of a query. "/", "?", "#" and "%" are never unescaped.
_PATH_OTHER = re.compile(r"%([0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/]")
_PATH_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@")
_QUERY_OTHER = re.compile(r"%([0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$'()*,:@/]")
_QUERY_PLAIN = _PATH_PLAIN - frozenset(b"&=+;")
_VALUE_OTHER = re.compile(r"%([0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$'()*,:@/=]")
_HEX = frozenset("0123456789abcdefABCDEF")

# Second levels under which names are given away in countries' domains: "m.co.uk" is a name, not a mobile host.
_SECOND_LEVELS = frozenset(("co", "com", "org", "net", "gov", "gob", "gouv", "go", "ac", "edu", "or", "ne", "mil"))
_MOBILE = frozenset(("m", "mobile", "mobi", "amp", "wap", "touch"))
_WWW = re.compile(r"www?\d*")
_AMP_CACHES = (  # hosts, and where in the path they keep the address
    (re.compile(r"(?:[^.]+\.)?(?:cdn\.ampproject\.org|bing-amp\.com)"), re.compile(r"/(?:[civr]|wp|mbv)/(?:s/)?(.*)")),
    (re.compile(r"(?:www\.)?google\.[a-z]{2,3}(?:\.[a-z]{2})?"), re.compile(r"/amp/(?:s/)?(.*)")),
    (re.compile(r"bc\.marfeel(?:cache)?\.com"), re.compile(r"/(?:amp/)?(.*)")),
)
_WITH_HOST = re.compile(r"[^/]+\.[^/]+(?:/.*)?", re.DOTALL)
# A page or host of such a name only counts clicks, when the address that it leads to is in its query. Not pages to
# share or to sign in, which name a story, too.
_COUNTER = re.compile(
    r"(?:.*-)?(?:l|lm|out|away|exit|redir|redirect|redirector|goto|jump|url|linkfilter|apiclick|outgoing|clickthrough)"
    r"(?:\.[a-z]{2,4})?"
)
_TARGETS = frozenset("url u q to z l r target dest destination redirect redirect_to redir goto link uddg".split())  # noqa: SIM905

_INDEX = re.compile(
    r"(?:index|default)(?:\.(?:s?html?|xhtml|phtml|php\d?|aspx?|jspx?|cfml?|cgi|pl|do))?", re.IGNORECASE
)
_PATH_SESSION = re.compile(
    r";(?:jsessionid|phpsessid|sid|sessionid)=[^/;]*|/\((?:[a-z]\([0-9a-z]{24}\)|[0-9a-z]{24})+\)(?=/)", re.IGNORECASE
)
_TWIN = re.compile(r"amp|amphtml|print", re.IGNORECASE)
_TWIN_SUFFIX = re.compile(r"[.,](?:amp|print)(\.[a-z]{3,5})?$", re.IGNORECASE)
_SUFFIX = 12  # characters that such a suffix has at most
_TELLING = re.compile(r"[-\d]")  # in the names of stories, not of sections
_BARE = re.compile(r"^(?:[/\\]{2,})?[^\s/\\?#:@]+\.[^\s/\\?#:@]+(?::\d+)?(?:[/\\?#]|$)")
_REFUSED = re.compile(r"https?:[/\\]*(?:[^/\\?#]*@)?([^/\\?#]+)(.*)", re.IGNORECASE | re.DOTALL)
_STAND_IN = "https://host.invalid"
# "#!/story/7" and "#/story/7" choose a story in pages that are programs; every other fragment is a place on a page.
_ROUTE = re.compile(r"#(?:!/?|/)[^/]")
ROUNDS = 20  # each unwraps or unescapes something: nobody wraps an address twenty times in earnest


@lru_cache(maxsize=16_384)  # a crawl asks for the same address some times in a row
def address_key(url: str) -> str:
    """The form of `url` under which the archive recognises it again: `address_key(address_key(u)) == address_key(u)`.

    Never raises: what is no address comes back stripped.

    >>> address_key("http://www.Example.com:80/2017/11/a-story/?utm_source=rss&id=7#comments")
    'https://example.com/2017/11/a-story?id=7'
    """
    key = url
    for _ in range(ROUNDS):
        again = _once(key)
        if again == key:
            return key
        key = again
    return url.strip(_AROUND)


def _once(url: str) -> str:
    url = _AMPERSAND.sub("&", _CDATA.sub(r"\1", url).strip(_AROUND))
    found = _parse(url)
    if found is None:
        return url
    parsed, name = found
    if parsed.protocol not in ("http:", "https:"):
        return str(parsed.href)
    wrapped = _unwrapped(name, parsed.pathname, parsed.search)
    if wrapped is not None:
        return wrapped
    host = _host(name)
    port = "" if parsed.port in ("", "80", "443") else f":{parsed.port}"
    fragment = parsed.hash if _ROUTE.match(parsed.hash) else ""
    return f"https://{host}{port}{_path(parsed.pathname, host)}{_query(parsed.search, host)}{fragment}"


def _parse(url: str) -> tuple[ada_url.URL, str] | None:
    """An address as browsers read it, and its host. One whose host they refuse still has a path and a query."""
    candidates = ("https://" + url.lstrip("/\\"),) if _BARE.match(url) else (url,)
    for candidate in (url, *candidates):
        try:
            parsed = ada_url.URL(candidate)
            return parsed, parsed.hostname
        except (ValueError, UnicodeError):
            continue
    refused = _REFUSED.fullmatch(candidates[0])
    if refused is None:
        return None
    try:
        return ada_url.URL(_STAND_IN + refused[2]), _percent(refused[1].lower(), _PATH_OTHER, _PATH_PLAIN)
    except (ValueError, UnicodeError):
        return None


def _unwrapped(host: str, path: str, query: str) -> str | None:
    """The address inside an AMP cache, an AMP viewer or a link counter."""
    for hosts, place in _AMP_CACHES:
        if hosts.fullmatch(host) and (inner := place.fullmatch(path)) and _WITH_HOST.fullmatch(inner[1]):
            return f"https://{inner[1]}{query}"
    if "http" not in query:
        return None
    names = (*host.split(".")[:-1], path.rstrip("/").rpartition("/")[2].lower())
    parts = [part for part in query[1:].split("&") if part]
    # A front page asked with nothing but another address leads there, too, unless it searches for it.
    if any(_COUNTER.fullmatch(name) for name in names) or (path == "/" and len(parts) == 1 and parts[0][:2] != "q="):
        for part in parts:
            name, _, value = part.partition("=")
            target = unquote(value)
            if name.lower() in _TARGETS and target.startswith(("http://", "https://")):
                return target
    return None


def _host(host: str) -> str:
    labels = [label for label in host.split(".") if label] or [host]
    while len(labels) > 2:
        rest = labels[1:]
        if len(rest) == 2 and rest[0] in _SECOND_LEVELS and len(rest[1]) == 2:
            break
        if _WWW.fullmatch(labels[0]) or labels[0] in _MOBILE:
            labels = rest
        elif "m" in labels[1:-2]:  # en.m.wikipedia.org
            labels.remove("m")
        else:
            break
    labels[0] = labels[0].removeprefix("amp-") or labels[0]
    return ".".join(labels)


def _path(path: str, host: str) -> str:
    path = _PATH_SESSION.sub("", _percent(path, _PATH_OTHER, _PATH_PLAIN))
    parts = re.sub(r"(?<!:)/{2,}", "/", path)[1:].split("/")
    while parts:
        shorter = _name(parts[-1], host)
        if _INDEX.fullmatch(shorter) or (_TWIN.fullmatch(shorter) and len(parts) > 1):
            shorter = ""
        if shorter and shorter == parts[-1]:
            break
        parts[-1:] = [shorter] if shorter else []
    prefix = 0
    while prefix < len(parts) - 1 and parts[prefix].lower() == "amp" and _TELLING.search(parts[-1]):
        prefix += 1
    return "/" + "/".join(parts[prefix:])


def _name(name: str, host: str) -> str:
    """The last part of a path without what stands behind the name of a story."""
    end = len(name)
    while name.endswith(("%20", "&"), 0, end):
        end -= 1 if name[end - 1] == "&" else 3
    name = name[:end]
    before, mark, parameter = name.rpartition("&")
    if mark and _means_nothing(parameter, host):  # put behind an address without a "?"
        return before
    if name[:1] not in (".", ","):
        return name[:-_SUFFIX] + _TWIN_SUFFIX.sub(r"\1", name[-_SUFFIX:])
    return name


def _query(query: str, host: str) -> str:
    kept = set()
    for part in query[1:].split("&"):
        before, mark, after = part.rpartition("?")  # "?utm_source=x" is put behind addresses that have a query, too
        name, _, value = (before if mark and _means_nothing(after, host) else part).partition("=")
        if (name or value) and not means_nothing(unquote(name).lower(), unquote(value).lower(), host):
            pair = _percent(name.replace("+", "%20"), _QUERY_OTHER, _QUERY_PLAIN)
            # A name without a value may be a story ("?12345"); forms and counters put a "=" behind it.
            kept.add(pair + "=" + _percent(value.replace("+", "%20"), _VALUE_OTHER, _QUERY_PLAIN) if value else pair)
    return "?" + "&".join(sorted(kept)) if kept else ""


def _means_nothing(parameter: str, host: str) -> bool:
    name, _, value = parameter.partition("=")
    return value != "" and means_nothing(unquote(name).lower(), unquote(value).lower(), host)


def _percent(text: str, other: re.Pattern[str], plain: frozenset[int]) -> str:
    """One spelling for each octet: plain where it may be, else %XX in capitals; `%2F` stays apart from "/".

    other   finds escapes and what must become one
    plain   the octets that need no escape
    """

    def spelt(match: re.Match[str]) -> str:
        if match[1]:
            octet = int(match[1], 16)
            return chr(octet) if octet in plain else f"%{octet:02X}"
        return "".join(f"%{octet:02X}" for octet in match[0].encode("utf-8", "surrogatepass"))

    return other.sub(spelt, _unescaped(text, plain) if "%25" in text else text)


def _unescaped(text: str, plain: frozenset[int]) -> str:
    """The text without escapes of escapes ("%2541" is "%41" is "A"), in one pass whatever their depth."""
    out: list[str] = []
    for character in text:
        out.append(character)
        while len(out) > 2 and out[-1] in _HEX and out[-2] in _HEX:
            if out[-3] == "%" and (octet := int(out[-2] + out[-1], 16)) in plain:
                out[-3:] = chr(octet)
            elif out[-5:-2] == ["%", "2", "5"]:
                del out[-4:-2]
            else:
                break
    return "".join(out)
