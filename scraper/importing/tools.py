"""A record of another tool as the visit that filed it: which tool, where it keeps what, and nothing invented.

Times without an offset stay without one when they are dates of publication; as the time of a download they are UTC,
which is what these tools write. A time of exactly midnight is only a date: these tools fill what they do not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, get_args

import ada_url

from archive.records import Answer, Article, Evidence, Image, Kind, Outcome, Visit
from scraper.importing.unusable import Unusable

Record = Mapping[str, Any]

_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?$")
_HALF = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
_MILLISECONDS = 1e11  # as seconds, a time in the year 5138
_KINDS = frozenset(get_args(Kind)) - {"wall", "not an article"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """How the records of one tool are told apart and read.

    marks     keys of which one set must be there, all of it
    text      paragraphs, each on lines of its own
    fetched   when it was downloaded; None where the tool does not say
    """

    name: str
    marks: tuple[frozenset[str], ...]
    url: Callable[[Record], Any]
    text: Callable[[Record], Any]
    fetched: Callable[[Record], Any]
    published: str
    modified: str = ""
    authors: Callable[[Record], Iterable[Any]] = lambda record: ()
    section: str = ""
    tags: Callable[[Record], Iterable[Any]] = lambda record: ()
    images: Callable[[Record], Iterable[Image]] = lambda record: ()
    language: str = "language"


def visit(record: Record, now: datetime) -> Visit:
    """The visit of an unknown source (its `source` is empty) that a record tells of. Raises Unusable."""
    tool = _tool_of(record)
    where = f"import:{tool.name}"
    url = _string(tool.url(record))
    if url is None:
        raise Unusable("no address")
    exact = tool.name == "morgue"
    text = _plain(str(tool.text(record) or "")).strip() if exact else _paragraphs(tool.text(record))
    if not text:
        raise Unusable("no text", url)
    at, said = _fetched(tool.fetched(record), now)
    fields: dict[str, Any] = {
        "title": _string(record.get("title")),
        "published": _date(record.get(tool.published), at, exact=exact),
        "modified": _date(record.get(tool.modified), at, exact=exact),
        "authors": _names(tool.authors(record)),
        "language": _language(record.get(tool.language)),
        "section": _string(record.get(tool.section)),
        "tags": _names(tool.tags(record)),
        "images": tuple(tool.images(record)),
    }
    raw = {
        "title": record.get("title"),
        "published": record.get(tool.published),
        "modified": record.get(tool.modified),
        "authors": ", ".join(fields["authors"]),
        "language": record.get(tool.language),
        "text": f"{len(text)} characters",
    }
    evidence = {name: Evidence(where, _plain(str(value))) for name, value in raw.items() if value not in (None, "")}
    if exact and fields["published"] and (place := _string(record.get("published_from"))):
        evidence["published"] = Evidence(place, fields["published"], ((where, fields["published"]),))
    evidence["fetched"] = Evidence(where if said else "import", said or "no time of download stated: when it was filed")
    free = record.get("free_access", record.get("free_to_read"))
    kind: Any = next((one for one in _KINDS if one == record.get("kind")), "article")
    return Visit(
        url=url,
        source="",
        at=at,
        outcome=Outcome.READ,
        reason="read",
        detail=f"{where}, downloaded {said}" if said else f"{where}, time of download not stated",
        answer=Answer(final_url=url, status=200),
        article=Article(
            url=url,
            text=text,
            canonical_url=_address(record.get("canonical_url")),
            site_name=_string(record.get("sitename") or record.get("media_name") or record.get("source_name")),
            agency=_string(record.get("agency")) if exact else None,
            free_to_read=free if isinstance(free, bool) else None,
            kind=kind,
            evidence=evidence,
            **fields,
        ),
        extractor=where,
    )


def _tool_of(record: Record) -> Tool:
    for tool in TOOLS:
        if any(marks <= record.keys() for marks in tool.marks):
            return tool
    raise Unusable("unknown format", "keys: " + ", ".join(sorted(map(str, record))[:12]))


def _plain(text: str) -> str:
    """Text without what no text has: halves of characters, which JSON can spell, and controls."""
    return _CONTROL.sub("", _HALF.sub("\ufffd", text))


def _string(value: Any) -> str | None:
    text = re.sub(r"\s+", " ", _plain(value)).strip() if isinstance(value, str) else ""
    return None if text in ("", "None", "null", "NULL") else text


def _address(value: Any) -> str | None:
    text = _string(value)
    return text if text and ada_url.check_url(text) else None


def _names(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for value in values if (name := _string(value))))


def _paragraphs(value: Any) -> str:
    lines = value if isinstance(value, list) else str(value).splitlines() if isinstance(value, str) else []
    return "\n\n".join(line for one in lines if (line := _string(one)))


def _language(value: Any) -> str | None:
    text = (_string(value) or "").lower().replace("_", "-").partition("-")[0]
    return text if re.fullmatch("[a-z]{2}", text) else None


def _date(value: Any, at: datetime, *, exact: bool = False) -> str | None:
    """ISO 8601 as precise as stated; None for what is no date, or lies behind the download.

    exact   midnight is meant
    """
    text = _stated(value)
    if text is None:
        return None
    text = text if exact else _MIDNIGHT.sub("", text)
    moment = _moment(text)
    if moment is None or moment > at + timedelta(days=1):  # a day: offsets may be unknown
        return None
    return text if _DATE.fullmatch(text) else text.replace(" ", "T", 1)


def _fetched(value: Any, now: datetime) -> tuple[datetime, str | None]:
    """When it was downloaded, and what the record says of it; the present when it says nothing that can be."""
    text = _stated(value)
    moment = _moment(text) if text else None
    return (moment, text) if moment and moment <= now else (now, None)


def _stated(value: Any) -> str | None:
    """A date in ISO 8601: written so, or as RFC 5322 has it, or as the seconds or milliseconds since 1970."""
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            seconds = value / 1000 if abs(value) >= _MILLISECONDS else value
            return datetime.fromtimestamp(seconds, UTC).isoformat() if value > 0 else None
        text = _string(value)
        if text is None:
            return None
        if re.fullmatch(r"\d{10}|\d{13}", text):
            return _stated(int(text))
        if re.match(r"(?:[A-Za-z]{3}, *)?\d{1,2} [A-Za-z]{3} \d{4} ", text):
            return parsedate_to_datetime(text).isoformat()
    except (ValueError, OverflowError, OSError):
        return None
    if re.fullmatch(r"\d{8}|\d{4}-?W\d\d(?:-?\d)?", text):
        moment = _moment(text)
        return moment.date().isoformat() if moment else None
    if slashed := re.match(r"(\d{4})/(\d\d)/(\d\d)(?!\d)", text):
        text = "-".join(slashed.groups()) + text[slashed.end() :]
    return re.sub(r" ?(?:UTC|GMT|Z)$", "Z", re.sub(r" ?([+-]\d\d):?(\d\d)$", r"\1:\2", text) if ":" in text else text)


def _moment(text: str) -> datetime | None:
    """A date in ISO 8601 as a moment: its beginning, in UTC where no offset is stated."""
    full = text + {4: "-01-01", 7: "-01", 10: ""}[len(text)] if _DATE.fullmatch(text) else text
    try:
        moment = datetime.fromisoformat(full)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _some(value: Any) -> list[Any]:
    """A list, or a string that is one: "A; B"."""
    if isinstance(value, str):
        return re.split(r"\s*[;|]\s*", value)
    return value if isinstance(value, list) else []


def _body(record: Record) -> list[Any] | str:
    """Fundus: plain text, or the body in sections of a headline and paragraphs each."""
    if isinstance(record.get("plaintext"), str):
        return str(record["plaintext"])
    body = record.get("body")
    if not isinstance(body, dict):
        return body if isinstance(body, str) else ""
    sections = body.get("sections")
    parts = list(_some(body.get("summary")))
    for section in sections if isinstance(sections, list) else []:
        if isinstance(section, dict):
            parts += [*_some(section.get("headline")), *_some(section.get("paragraphs"))]
    return parts


def _html(record: Record, *keys: str) -> Any:
    html = record.get("html")
    return next((html[key] for key in keys if html.get(key)), None) if isinstance(html, dict) else None


def _own_images(record: Record) -> Iterable[Image]:
    for one in _some(record.get("images")):
        if isinstance(one, dict) and (url := _string(one.get("url"))):
            yield Image(url, _string(one.get("caption")), _string(one.get("credit")))


def _one_image(key: str) -> Callable[[Record], Iterable[Image]]:
    return lambda record: (Image(url) for url in [_address(record.get(key))] if url)


TOOLS = (
    Tool(
        name="morgue",
        marks=(frozenset({"seen_at", "published_precision", "text"}),),
        url=lambda record: record.get("url"),
        text=lambda record: record.get("text"),
        fetched=lambda record: record.get("seen_at"),
        published="published",
        modified="modified",
        authors=lambda record: _some(record.get("authors")),
        section="section",
        tags=lambda record: _some(record.get("tags")),
        images=_own_images,
    ),
    Tool(
        name="news-please",
        marks=(frozenset({"maintext", "source_domain"}), frozenset({"maintext", "date_publish"})),
        url=lambda record: record.get("url"),
        text=lambda record: record.get("maintext"),
        fetched=lambda record: record.get("date_download"),
        published="date_publish",
        modified="date_modify",
        authors=lambda record: _some(record.get("authors")),
        images=_one_image("image_url"),
    ),
    Tool(
        name="fundus",
        marks=(frozenset({"publishing_date"}), frozenset({"plaintext", "title"})),
        url=lambda record: (
            record.get("url") or _html(record, "responded_url", "requested_url") or record.get("requested_url")
        ),
        text=_body,
        fetched=lambda record: _html(record, "crawl_date") or record.get("crawl_date"),
        published="publishing_date",
        authors=lambda record: _some(record.get("authors")),
        tags=lambda record: _some(record.get("topics")),
        language="lang",
    ),
    Tool(
        name="mediacloud",
        marks=(frozenset({"media_name", "publish_date"}), frozenset({"media_url", "publish_date"})),
        url=lambda record: record.get("url"),
        text=lambda record: record.get("text") or record.get("story_text"),
        fetched=lambda record: record.get("indexed_date") or record.get("collect_date"),
        published="publish_date",
    ),
    Tool(
        name="newspaper4k",
        marks=(frozenset({"text", "top_image", "publish_date"}), frozenset({"text", "meta_lang"})),
        url=lambda record: record.get("url") or record.get("canonical_link"),
        text=lambda record: record.get("text"),
        fetched=lambda record: None,
        published="publish_date",
        authors=lambda record: _some(record.get("authors")),
        tags=lambda record: _some(record.get("tags")),
        images=_one_image("top_image"),
        language="meta_lang",
    ),
    Tool(
        name="trafilatura",
        marks=(
            frozenset({"hostname", "fingerprint", "text"}),
            frozenset({"source-hostname", "text"}),
            frozenset({"raw_text", "source"}),
        ),
        url=lambda record: record.get("source") or record.get("url"),
        text=lambda record: record.get("text") or record.get("raw_text"),
        fetched=lambda record: record.get("filedate"),
        published="date",
        authors=lambda record: _some(record.get("author")),
        tags=lambda record: _some(record.get("tags")),
        images=_one_image("image"),
    ),
)
"""The first whose marks a record has; those with the more telling marks come first."""
