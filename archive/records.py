"""The frozen values that everybody passes around. No I/O, no third-party imports.

Times are aware `datetime`s in UTC, except publication dates: those are ISO 8601 text exactly as precise as the
page states them ("2017-11", "2017-11-27", "2017-11-27T08:15+07:00"), so that nothing is invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

Kind = Literal["article", "live blog", "gallery", "video", "opinion", "stub", "wall", "not an article"]
"""What a page turned out to be. "stub": the free beginning of a paid story; "wall": consent, login or bot check."""

LinkKind = Literal["story", "listing"]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of a story. `caption` and `credit` are plain text without the other."""

    url: str
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the value of one field was found.

    source   where, in a few fixed words: "json-ld", "meta article:published_time", "h1", "feed", "rule", "htmldate" ...
    raw      the string found there, before it was read
    others   what else was offered: (source, raw) pairs, best first
    """

    source: str
    raw: str
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One story as one page tells it.

    text        paragraphs separated by one empty line; no headline, byline or caption
    published   ISO 8601 with the page's own precision and offset; None when unknown
    language    two-letter code; what was declared and what was detected are both in `evidence`
    kind        see `Kind`; only "wall" and "not an article" are never filed
    evidence    field name -> Evidence
    """

    url: str
    title: str | None = None
    text: str = ""
    canonical_url: str | None = None
    published: str | None = None
    modified: str | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    site_name: str | None = None
    agency: str | None = None
    free_to_read: bool | None = None
    kind: Kind = "article"
    evidence: Mapping[str, Evidence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address that a listing names, with what the listing says of it.

    kind        "story", or "listing" for a sitemap in an index, a next page, a feed
    published   ISO 8601, like `Article.published`; `modified` is a sitemap's lastmod or a feed's updated
    capture     where another archive keeps the page, when that is what the listing lists
    """

    url: str
    title: str | None = None
    published: str | None = None
    modified: str | None = None
    authors: tuple[str, ...] = ()
    summary: str | None = None
    language: str | None = None
    kind: LinkKind = "story"
    capture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A newspaper. `listings` are the addresses that its configuration names."""

    id: str
    name: str | None = None
    homepage: str | None = None
    country: str | None = None
    language: str | None = None
    listings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A feed, sitemap or section page as the archive remembers it, with the validators of its last answer."""

    id: int
    source: str
    url: str
    kind: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None
    failures: int = 0
    interval: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An address of the ledger whose turn has come.

    attempts   failures before
    hint       what its listing said
    etag       validator of its last answer when it is held, as are last_modified and digest
    capture    the address in another archive to fetch it from; None for its own
    """

    url: str
    source: str
    attempts: int = 0
    held: bool = False
    hint: Link | None = None
    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None
    capture: str | None = None


Via = Literal["sitemap", "pages", "wayback"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """A walk back in time through what a source, or the Wayback Machine, lists.

    id      its number in the archive
    first   first day of publication that is looked for, ISO 8601; `last` is the last one
    """

    id: int
    source: str
    via: Via
    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One listing that a backfill asks, once.

    id         its number in the archive, 0 before it has one
    start      the listing that this one is an older page of, or itself
    number     how many pages behind `start` it lies
    attempts   failures before
    """

    id: int = 0
    url: str
    start: str
    number: int = 0
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A file of records that is imported, and how far that has come.

    id         its number in the archive
    position   where the next record begins: a byte of a WARC file, the number of records before it of a JSON file
    records    how many were met: those filed and those rejected
    rejected   reason -> how many
    """

    id: int
    position: int = 0
    records: int = 0
    filed: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its response as they went over the wire, for a WARC file.

    headers   (name, value) pairs in order, repeats kept
    body      the payload as it came: still content-encoded (but without transfer chunks)
    via       "crawl", "wayback", "warc" or "file": how these bytes reached us
    origin    the address in another archive that they were fetched from; `url` and `at` are then those of its capture
    """

    url: str
    at: datetime
    method: str = "GET"
    request_headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    status_text: str = "OK"
    http_version: str = "HTTP/1.1"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    ip: str | None = None
    via: str = "crawl"
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """Where an Exchange lies: a file under the captures folder, and the byte range of its response record.

    digest    "sha256:" + hex of the payload as it came
    """

    file: str
    offset: int
    length: int
    url: str
    at: datetime
    digest: str
    status: int
    content_type: str | None = None
    record_type: Literal["response", "revisit", "resource"] = "response"
    via: str = "crawl"


@dataclass(frozen=True, slots=True)
class RecurringBlock:
    """A block of text that comes back on a source's pages whatever their story is.

    fingerprint   `identity.text_fingerprint` of it
    text          as the page at `url` shows it
    pages         of the `of` pages that were looked at, those that show it
    learned_at    since when it is known; None before it is kept
    """

    fingerprint: str
    text: str
    url: str
    pages: int
    of: int
    learned_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """robots.txt of one host as it was last asked for. `status` is None when there was no answer."""

    host: str
    body: bytes
    status: int | None
    fetched_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The facts of one answered request, without its body."""

    final_url: str
    status: int
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None
    size: int = 0
    seconds: float = 0.0
    encoding: str | None = None
    signals: tuple[str, ...] = ()


class State(StrEnum):
    """Where an address of the ledger stands."""

    WANTED = "wanted"  # known, not fetched yet
    HELD = "held"  # its article is in the archive
    ALIAS = "alias"  # another address of an article that is held
    DEFERRED = "deferred"  # failed for now; comes back at retry_at
    REJECTED = "rejected"  # looked at and not an article we may or can file; the reason says why
    EXCLUDED = "excluded"  # left alone by a pattern of the configuration


class Outcome(StrEnum):
    """What one visit came to."""

    LISTED = "listed"  # a listing answered; its links are in the visit
    UNCHANGED = "unchanged"  # 304, or the same bytes as last time
    READ = "read"  # a page that gave an article
    DEFERRED = "deferred"  # failed for now
    REJECTED = "rejected"  # failed for good, or not an article
    GONE = "gone"  # 404, 410, or what stands in their place: a page that says so, the front page


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One attempt at one address and all that came of it: the only thing that `Archive.record` takes.

    reason      one of a few fixed strings, so that it can be counted ("read", "not modified", "timeout", ...)
    detail      what was seen, for a person
    exchanges   to be kept as captures; the last one is the answer, those before it are its redirects
    extractor   name, version and options of the extractor that read the page
    step        number of the step of a backfill that this visit takes; its links are then the backfill's
    outside     addresses that the listing names and the backfill leaves alone: out of its range
    ahead       further steps of the backfill, their numbers still 0
    imported    the import that this visit is a record of: its state before, but with the position behind the record
    """

    url: str
    source: str
    at: datetime
    outcome: Outcome
    reason: str
    detail: str = ""
    listing: bool = False
    listing_kind: str | None = None
    answer: Answer | None = None
    article: Article | None = None
    links: tuple[Link, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    retry_at: datetime | None = None
    extractor: str | None = None
    step: int | None = None
    outside: tuple[Link, ...] = ()
    ahead: tuple[Step, ...] = ()
    imported: Import | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What `Archive.record` did.

    what       "new", "revised", "same", "alias", "listed", "unchanged", "deferred", "rejected", "withdrawn"
    links      how many addresses a listing brought that the ledger had not seen before
    """

    what: str
    article: int | None = None
    revision: int | None = None
    links: int = 0
