"""What the Wayback Machine lists (its CDX API) and what it gives (captures as they were, `id_`). Pure.

The API as documented at https://github.com/internetarchive/wayback/tree/master/wayback-cdx-server; its text, its JSON
and the JSON lines of pywb are read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from archive.records import Link, Wanted
from scraper.address_facts import address_facts
from scraper.backfill.span import Span, told
from scraper.config import Source
from scraper.discover.pagers import page_date
from scraper.errors import ServerTrouble, UnreadableListing
from scraper.page import Page

ENDPOINT = "https://web.archive.org"
# Seconds between two requests: half of the 30 a minute that the Internet Archive asks of API clients in 2026. Who
# goes on after a 429 is shut out for an hour.
DELAY = 4.0
ROWS = 5_000  # asked for at once
# A story is rarely captured on its first day. What was captured later is taken only when its address is dated.
LATER = timedelta(days=30)

_FIELDS = ("timestamp", "original", "mimetype", "statuscode", "digest")
_ALL_FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_STAMP = re.compile(r"\d{14}$")
_KEY = re.compile(r"[^\s<>]+(?:\)|%29)\S*", re.IGNORECASE)
_CAPTURE = re.compile(r"/web/(\d{14})[a-z_]*/(.+)$", re.DOTALL)
_THEIRS = "x-archive-orig-"  # headers of the page as it was captured
_ASSET = re.compile(r"\.(?:jpe?g|png|gif|svg|css|js|xml|rss|json|pdf|txt|ico)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """One capture of the index. `stamp` is its time as 14 digits, UTC."""

    stamp: str
    original: str
    mime: str
    status: str


def queries(source: Source, span: Span, endpoint: str = ENDPOINT) -> list[str]:
    """The first queries for the pages of a source that were captured in these days or soon after.

    One capture of each address (`collapse=urlkey`: the first), HTML with status 200 only.
    """
    places = [source.homepage or source.listings[0].url, *(f"http://{host}/" for host in source.hosts)]
    return [_query(endpoint, *_scope(place), span) for place in places]


def _scope(place: str) -> tuple[str, str]:
    """What `url` and `matchType` to ask for: a whole domain, or the part of a host below a path."""
    parts = urlsplit(place)
    if parts.path.strip("/"):
        return f"{parts.netloc}{parts.path.rstrip('/')}/", "prefix"
    return parts.netloc.removeprefix("www."), "domain"


def _query(endpoint: str, url: str, match: str, span: Span) -> str:
    wanted = [
        ("url", url),
        ("matchType", match),
        ("from", f"{span.first:%Y%m%d}"),
        ("to", f"{span.last + LATER:%Y%m%d}"),
        ("filter", "statuscode:200"),
        ("filter", "mimetype:text/html"),
        ("collapse", "urlkey"),
        ("fl", ",".join(_FIELDS)),
        ("output", "json"),
        ("limit", str(ROWS)),
        ("showResumeKey", "true"),
    ]
    return f"{endpoint}/cdx/search/cdx?{urlencode(wanted)}"


def following(query: str, rows: Sequence[Row], key: str | None) -> str | None:
    """The query for what comes behind these rows, None when that was all: by the key, else by an offset."""
    place, _, text = query.partition("?")
    asked = [(name, value) for name, value in parse_qsl(text) if name not in ("resumeKey", "offset")]
    if key:
        return f"{place}?{urlencode([*asked, ('resumeKey', unquote_plus(key))])}"
    limit = int(dict(asked).get("limit", "0"))
    if "resumeKey=" in text or not rows or len(rows) < limit:
        return None
    before = int(dict(parse_qsl(text)).get("offset", "0"))
    return f"{place}?{urlencode([*asked, ('offset', str(before + len(rows)))])}"


def read_rows(body: bytes, url: str) -> tuple[list[Row], str | None]:
    """The rows of an answer and the key of the next ones. Raises UnreadableListing for what is no list of captures."""
    text = body.decode("utf-8", "replace").strip()
    if not text:
        return [], None
    if text.startswith("["):
        return _from_json(text, url)
    if text.startswith("{"):
        return _whole([_row(_parsed(line, url)) for line in text.splitlines()], text, url), None
    lines = text.splitlines()
    key = None
    if len(lines) > 1 and not lines[-2].strip():
        key, lines = lines[-1].strip(), lines[:-2]
    elif len(lines) == 1 and _KEY.fullmatch(text):  # nothing in this part of the index, but more behind it
        return [], text
    return _whole([_row(_named(line.split(" "))) for line in lines if line.strip()], lines[-1], url), key


def _whole(rows: Sequence[Row | None], text: str, url: str) -> list[Row]:
    """The rows of an answer that ends with one: what ends otherwise was cut, or is the message of an error."""
    if not rows or rows[-1] is None:
        raise UnreadableListing(url, f"no index of captures: {text[:80]}")
    return [row for row in rows if row]


def _from_json(text: str, url: str) -> tuple[list[Row], str | None]:
    table = _parsed(text, url)
    if not isinstance(table, list) or not all(isinstance(line, list) for line in table):
        raise UnreadableListing(url, "no index of captures: JSON of another kind")
    key = None
    if len(table) >= 2 and table[-2] == [] and len(table[-1]) == 1:
        key, table = str(table[-1][0]), table[:-2]
    names = table[0] if table else []
    return [row for line in table[1:] if (row := _row(dict(zip(names, line, strict=False))))], key


def _parsed(text: str, url: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableListing(url, "no index of captures: broken JSON") from error


def _named(cells: Sequence[str]) -> Mapping[str, str]:
    fields = _FIELDS if cells and _STAMP.match(cells[0]) else _ALL_FIELDS
    at, more = fields.index("original"), len(cells) - len(fields)
    if more < 0:
        return {}
    joined = [*cells[:at], "%20".join(cells[at : at + more + 1]), *cells[at + more + 1 :]]  # a space in an address
    return dict(zip(fields, joined, strict=True))


def _row(facts: object) -> Row | None:
    if not isinstance(facts, Mapping):
        return None
    stamp, original = str(facts.get("timestamp", "")), str(facts.get("original", facts.get("url", "")))
    if not _STAMP.match(stamp) or not original.lower().startswith(("http://", "https://")):
        return None
    status, mime = (
        facts.get(long, facts.get(short)) for long, short in (("statuscode", "status"), ("mimetype", "mime"))
    )
    return Row(stamp, original, str(mime or ""), str(status or ""))


def as_links(rows: Sequence[Row], endpoint: str = ENDPOINT) -> list[Link]:
    """The captures whose addresses look like those of stories, each with the place where it is kept."""
    return [
        Link(url=row.original, capture=f"{endpoint}/web/{row.stamp}id_/{row.original}")
        for row in rows
        if row.status in ("200", "") and _may_be_story(row.original)
    ]


def inside(link: Link, span: Span) -> bool:
    """Is it of these days: by the date in its address, else by its first capture of that time."""
    if told(link):
        return span.story(link)
    return stamped(link.capture or "").date() <= span.last + LATER


def stamped(capture: str) -> datetime:
    """The time of a capture, from its address in the Wayback Machine. ValueError when there is none."""
    found = _CAPTURE.search(capture)
    if found is None:
        raise ValueError(f"not the address of a capture: {capture}")
    return datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def as_captured(page: Page, link: Wanted) -> Page:
    """The page as it was when it was captured: its own address, its own headers, the time of the capture.

    Raises ServerTrouble when the answer is no capture.
    """
    theirs = {name.removeprefix(_THEIRS): value for name, value in page.headers.items() if name.startswith(_THEIRS)}
    found = _CAPTURE.search(page.final_url)
    stated = page.headers.get("memento-datetime")
    if found is None or not (theirs or stated):
        raise ServerTrouble(link.url, f"{page.final_url} is no capture", reason="no capture", status=page.status)
    try:
        at = parsedate_to_datetime(stated) if stated else stamped(page.final_url)
    except ValueError:
        at = stamped(page.final_url)
    headers = {**theirs, "content-type": page.content_type or theirs.get("content-type", "")}
    answer = replace(page.exchanges[-1], url=found[2], at=at, request_headers=(), via="wayback", origin=page.final_url)
    return Page(
        url=link.url,
        final_url=found[2],
        status=page.status,
        headers=headers,
        body=page.body,
        fetched_at=at,
        exchanges=(answer,),
        seconds=page.seconds,
    )


def _may_be_story(url: str) -> bool:
    """Has the address what those of stories have: a date with more behind it, an id, or a slug of some words?"""
    facts = address_facts(url)
    if (not facts.segments and facts.id is None) or page_date(url) or _ASSET.search(urlsplit(url).path):
        return False
    return bool(facts.id or facts.words >= 3 or (facts.date and facts.slug))
