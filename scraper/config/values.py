"""The kinds of value that can stand behind a key of config.yaml, each with its check.

A check returns the value in its final form or raises `problem(what is wrong, how to write it)`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from ipaddress import ip_address, ip_network
from typing import Annotated, Any, TypeVar

import ada_url
from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import PydanticCustomError, core_schema

from scraper.config.duration import duration

T = TypeVar("T")

# Headers that a client has to work out for itself; a fixed value would break the request.
_OWN_HEADERS = {"connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"}


def problem(what: str, fix: str = "") -> PydanticCustomError:
    """A problem with one value: what is wrong with it, and what to write. Without `fix`, the key's example is it."""
    return PydanticCustomError("problem", "{what}", {"what": what, "fix": fix})


def _address(value: str) -> str:
    """An http or https address, kept as it was written."""
    text = value.strip()
    try:
        url = ada_url.URL(text)
    except ValueError:
        bare = re.match(r"[\w-]+(\.[\w-]+)+([:/?#]|$)", text)
        fix = f"write https://{text}" if bare and ada_url.check_url(f"https://{text}") else ""
        raise problem("must be a web address", fix) from None
    if url.protocol not in {"http:", "https:"} or not url.hostname:
        fix = f"write https://{text}" if ada_url.check_url(f"https://{text}") and "//" not in text else ""
        raise problem("must begin with http:// or https:// and name a host", fix)
    if url.username or url.password:
        raise problem("must not hold a user name or password", "write headers: {Authorization: Basic ...} instead")
    return text


def _host(value: str) -> str:
    """A host name or IP address alone, as browsers write it: small letters, other scripts in punycode."""
    text = value.strip()
    if "://" in text and ada_url.check_url(text):
        raise problem("must be the host alone", f"write {ada_url.URL(text).hostname}")
    if re.fullmatch(r"[\d.]+", text) or text.count(":") > 1:
        try:
            return str(ip_address(text.strip("[]")))
        except ValueError:
            raise problem("is no IP address", "write all of it, such as 127.1.0.2") from None
    if re.search(r"[:/?#@\\\s*]", text) or not ada_url.check_url(f"http://{text}/"):
        raise problem("must be a host name without scheme, port, path or *", "write it like news.example.org")
    return ada_url.URL(f"http://{text}/").hostname


def _network(value: str) -> str:
    """A host, or a network in CIDR notation."""
    if "/" not in value or "://" in value:
        return _host(value)
    try:
        return str(ip_network(value.strip(), strict=False))
    except ValueError:
        raise problem("is no network", "write it like 127.1.0.0/16, or name a host") from None


def _contact(value: str) -> str:
    """An e-mail address or the address of a page, for the User-Agent."""
    text = value.strip()
    if text.isascii() and re.fullmatch(r"[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>()]+", text):
        return text
    if text.isascii() and re.match(r"https?://", text) and ada_url.check_url(text) and not re.search(r"[\s()]", text):
        return text
    raise problem("must be an e-mail address or the address of a page")


def _selector(value: str) -> str:
    """A CSS selector, tried with the parser that will use it."""
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError  # 20 ms, for the few that have selectors

    text = value.strip()
    try:
        LexborHTMLParser("").css(text)
    except SelectolaxError:
        fix = "a CSS selector, not an XPath: write something like #ArticleBody p" if text.startswith("/") else ""
        raise problem("is no CSS selector", fix) from None
    return text


def _pattern(value: str) -> str:
    """A regular expression in Python's syntax."""
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        if value.startswith("*"):
            raise problem("is no regular expression (*)", f"write {value.replace('*', '.*')}") from None
        raise problem(
            f"is no regular expression ({error})", "write it like /national/ or ^https://[^/]+/news/"
        ) from None
    return value


def _day(value: Any) -> Any:
    """A date; text and dates pass, a moment or a bare year does not."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip(), re.ASCII):
        try:
            return date.fromisoformat(value.strip())
        except ValueError as error:
            raise problem(f"is no day of the calendar ({error})") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise problem("must be a day as year-month-day")


def _seconds(value: Any) -> Any:
    """Seconds as a number, or a text such as 20m."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    try:
        return duration(value)
    except ValueError:
        below = str(value).strip().startswith("-")
        raise problem(
            "must not be negative" if below else "must be a number of seconds, or like 90s, 20m, 1h30m"
        ) from None


def _printable(value: str) -> str:
    """What a header may hold: visible ASCII on one line."""
    if not value.isascii() or not value.isprintable():
        raise problem("must be plain ASCII on one line")
    return value.strip()


def _header_name(value: str) -> str:
    """The name of a request header that a person may set."""
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", value):
        raise problem("is no header name", "write it like Accept-Language")
    if value.lower() in _OWN_HEADERS:
        raise problem("is set by Morgue itself", "leave it out")
    if value.lower() == "user-agent":
        raise problem("has its own key", "write user_agent: ... beside headers")
    return value


def _paging(value: str) -> str:
    """What follows a listing's address on its older pages."""
    if "{n}" not in value:
        raise problem("must hold {n}, the number of the page")
    return value.strip()


def _id(value: str) -> str:
    """The short name of a source; it ends up in addresses, commands and citations."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", value):
        made = re.sub(r"[^a-z0-9._-]+", "-", value.lower()).strip("-._")[:64]
        what = "must be 1 to 64 of the characters a-z 0-9 . _ - and begin with a letter or digit"
        raise problem(what, f"write id: {made}" if made else "")
    return value


def _country(value: str) -> str:
    """ISO 3166-1 alpha-2."""
    if not re.fullmatch(r"[A-Za-z]{2}", value.strip()):
        raise problem("must be a two-letter country code (ISO 3166)")
    return value.strip().upper()


def _language(value: str) -> str:
    """A BCP 47 language tag."""
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", value.strip()):
        raise problem("must be a language code (ISO 639)")
    return value.strip()


def _text(value: str) -> str:
    if not value.strip():
        raise problem("must not be empty")
    return value.strip()


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


class _OneOrMany:
    """A single value stands for a list of one."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(_as_list, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


Many = Annotated[tuple[T, ...], _OneOrMany()]

_TIME = r"^(\d+(\.\d+)?d)?(\d+(\.\d+)?h)?(\d+(\.\d+)?m)?(\d+(\.\d+)?s?)?$"

Text = Annotated[str, AfterValidator(_text)]
Address = Annotated[str, AfterValidator(_address), Field(json_schema_extra={"pattern": "^https?://"})]
Host = Annotated[str, AfterValidator(_host)]
NetworkOrHost = Annotated[str, AfterValidator(_network)]
Contact = Annotated[str, AfterValidator(_contact)]
Selector = Annotated[str, AfterValidator(_selector)]
Pattern = Annotated[str, AfterValidator(_pattern), Field(json_schema_extra={"format": "regex"})]
Day = Annotated[date, BeforeValidator(_day)]
Seconds = Annotated[
    float,
    BeforeValidator(_seconds),
    Field(allow_inf_nan=False),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": _TIME}]}),
]
Printable = Annotated[str, AfterValidator(_printable)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
Paging = Annotated[str, AfterValidator(_paging), Field(json_schema_extra={"pattern": r"\{n\}"})]
Id = Annotated[str, AfterValidator(_id), Field(json_schema_extra={"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"})]
Country = Annotated[str, AfterValidator(_country), Field(json_schema_extra={"pattern": "^[A-Za-z]{2}$"})]
Language = Annotated[str, AfterValidator(_language)]


def same_address(urls: Sequence[str]) -> dict[int, int]:
    """Which addresses repeat an earlier one as browsers read them: index -> index of the first."""
    first: dict[str, int] = {}
    repeated = {}
    for index, url in enumerate(urls):
        key = ada_url.normalize_url(url) if ada_url.check_url(url) else url
        if first.setdefault(key, index) != index:
            repeated[index] = first[key]
    return repeated
