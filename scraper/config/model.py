"""Every key of config.yaml: its kind of value, its default, what it means, and an example of it.

Descriptions and examples are what an editor shows (through the JSON Schema) and what a problem's fix is made of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import ada_url
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import CoreSchema

from archive.records import Source as SourceRecord
from scraper.config.values import (
    Address,
    Contact,
    Country,
    Day,
    HeaderName,
    Host,
    Id,
    Language,
    Many,
    NetworkOrHost,
    Paging,
    Pattern,
    Printable,
    Seconds,
    Selector,
    Text,
    problem,
)
from scraper.errors import ConfigError


def _key(meaning: str, example: Any, default: Any = None, **bounds: Any) -> Any:
    """A key that may be left out."""
    return Field(default, description=meaning, examples=[example], **bounds)


class _Section(BaseModel):
    """A mapping of config.yaml. A key with nothing behind it counts as left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, data: Any) -> Any:
        return {k: v for k, v in data.items() if v is not None} if isinstance(data, Mapping) else data


def _or_address(schema: dict[str, Any], meaning: str) -> dict[str, Any]:
    """JSON Schema of a mapping that may be written as one address."""
    return {"anyOf": [{"type": "string", "pattern": "^https?://", "description": meaning}, schema]}


class Network(_Section):
    """How the web is asked. Times in seconds, sizes in bytes."""

    allow: Many[NetworkOrHost] = _key(
        "private networks (CIDR) or host names that may be fetched; none by default", ["127.1.0.0/16"], ()
    )
    delay: Seconds = _key("between two requests to one host", 1.0, 1.0, ge=0)
    per_host: int = _key("requests at once to one host", 2, 2, ge=1)
    total: int = _key("requests at once in all", 200, 200, ge=1)
    max_crawl_delay: Seconds = _key("a longer Crawl-delay of robots.txt is cut to this", 120, 120.0, ge=0)
    connect_timeout: Seconds = _key("for a connection to be made", 15, 15.0, gt=0)
    read_timeout: Seconds = _key("between two pieces of a body", 30, 30.0, gt=0)
    deadline: Seconds = _key("for a whole request, redirects included", 90, 90.0, gt=0)
    retries: int = _key("more tries in the same run", 2, 2, ge=0)
    max_download: int = _key("bytes of a body as it comes over the wire", 20_000_000, 20_000_000, ge=1)
    max_body: int = _key("bytes of a body when decompressed", 25_000_000, 25_000_000, ge=1)
    max_page: int = _key(
        "bytes of an article's page when decompressed; max_body is for listings", 5_000_000, 5_000_000, ge=1
    )
    max_redirects: int = _key("redirects followed for one address", 10, 10, ge=0)
    obey_opt_out: bool = _key(
        "do not file pages that ask not to be archived or mined (noarchive, tdm-reservation, noai); asks every host for"
        " its tdmrep.json",
        True,
        False,
    )
    http2: bool = _key("speak HTTP/2 where the server does", True, True)
    user_agent: Printable | None = _key(
        "in place of Morgue/VERSION (+contact)", "ExampleBot/1.0 (+https://example.org)"
    )


class Listing(_Section):
    """A feed, sitemap or section page that names articles; a plain address is short for its `url`."""

    url: Address = Field(description="where it is", examples=["https://www.example.org/feed"])
    kind: Literal["feed", "sitemap", "section"] | None = _key("told by its content when left out", "feed")
    links: Selector | None = _key("the links to stories on a section page", "li.views-row a")
    pages: Paging | None = _key("what leads to page {n} of a section, put behind its address", "?page={n}")

    @model_validator(mode="before")
    @classmethod
    def _from_address(cls, data: Any) -> Any:
        return {"url": data} if isinstance(data, str) else data

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return _or_address(handler(schema), "address of a feed, sitemap or section page")

    def page(self, number: int) -> str | None:
        """Address of the page with that number; None when no `pages` says how the listing is paged."""
        return ada_url.join_url(self.url, self.pages.replace("{n}", str(number))) if self.pages else None


class Rule(_Section):
    """What to read on one source's pages where the general rules go wrong. Selectors are CSS."""

    model_config = ConfigDict(validate_by_name=True)  # `from` is no name in Python

    keep: Selector | None = _key("the body of the story", "#ArticleBody")
    drop: Many[Selector] = _key("what is no part of the story, inside the body", [".most-viewed", ".share"], ())
    title: Selector | None = _key("the headline", "h1.headline")
    author: Selector | None = _key("the authors", ".byline a")
    date: Selector | None = _key("the day of publication", "time.published")
    match: Pattern | None = _key("only for addresses in which this regular expression is found", "/national/")
    from_: Day | None = Field(
        None,
        validation_alias="from",
        description="first day on which pages looked like this: the day a page was fetched, not the day of the story",
        examples=["2017-01-01"],
    )
    until: Day | None = _key("first day on which pages no longer looked like this", "2024-01-01")

    @field_validator("until", mode="after")
    @classmethod
    def _ordered(cls, until: Day | None, info: ValidationInfo) -> Day | None:
        start = info.data.get("from_")
        if until and start and until <= start:
            raise problem(f"must be later than from, which is {start}", "swap the two days")
        return until

    def applies(self, url: str, on: Day) -> bool:
        """Whether the rule holds for the page at `url` as it was fetched on the day `on`: from <= on < until."""
        if (self.from_ and on < self.from_) or (self.until and on >= self.until):
            return False
        return self.match is None or re.search(self.match, url) is not None


def _derived_id(data: Mapping[str, Any]) -> str:
    """The id of a source without one, from its homepage or else its first listing."""
    return id_of(data["homepage"] or data["listings"][0].url)


class Source(_Section):
    """A newspaper; a plain address is short for its `homepage`, and everything else is found out."""

    homepage: Address | None = _key("front page", "https://www.example.org")
    listings: Many[Listing] = _key(
        "feeds, sitemaps and section pages; found out from the homepage when left out",
        ["https://www.example.org/feed"],
        (),
    )
    id: Id = Field(
        default_factory=_derived_id,
        description="short name in commands, tables and citations, never to be changed; by default from the host",
        examples=["example"],
    )
    name: Text | None = _key("as the newspaper writes it", "The Example")
    country: Country | None = _key("ISO 3166 code", "KH")
    language: Language | None = _key("ISO 639 code of most of its stories", "km")
    hosts: Many[Host] = _key("other hosts that belong to the newspaper", ["news.example.org"], ())
    include: Many[Pattern] = _key(
        "regular expressions: an address is kept when one is found in it; all are kept when there is none",
        ["/news/"],
        (),
    )
    exclude: Many[Pattern] = _key(
        "regular expressions: an address in which one is found is left alone, included or not", ["/video/"], ()
    )
    delay: Seconds | None = _key("seconds between two requests to its hosts, in place of network.delay", 1.0, ge=0)
    headers: dict[HeaderName, Printable] = _key("sent with each request", {"Accept-Language": "km"}, {})
    user_agent: Printable | None = _key("in place of network.user_agent", "ExampleBot/1.0 (+https://example.org)")
    render: bool = _key("read its pages in a browser (needs the browser extra)", True, False)
    rules: Many[Rule] = _key("how to read its pages; every rule that applies is used", [{"keep": "#ArticleBody"}], ())
    keep_blocks: Many[Text] = _key(
        "texts that come back on its pages and are part of its stories all the same: how they begin, or fingerprints,"
        " as `morgue sources blocks ID` prints them",
        ["Letters to the editor"],
        (),
    )
    enabled: bool = _key("false: crawls pass it by; what is archived stays", False, True)

    @model_validator(mode="before")
    @classmethod
    def _from_address(cls, data: Any) -> Any:
        return {"homepage": data} if isinstance(data, str) else data

    @field_validator("listings", mode="after")
    @classmethod
    def _somewhere(cls, listings: tuple[Listing, ...], info: ValidationInfo) -> tuple[Listing, ...]:
        if not listings and info.data.get("homepage", "") is None:
            raise problem("is missing, and homepage too", "write homepage: https://www.example.org")
        return listings

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return _or_address(handler(schema), "homepage of a newspaper; everything else is found out")

    def accepts(self, url: str) -> bool:
        """Whether the patterns leave `url` in. They are searched anywhere in the address, as it was found."""
        if any(re.search(pattern, url) for pattern in self.exclude):
            return False
        return not self.include or any(re.search(pattern, url) for pattern in self.include)

    def record(self) -> SourceRecord:
        """The source as the archive keeps it."""
        return SourceRecord(
            id=self.id,
            name=self.name,
            homepage=self.homepage,
            country=self.country,
            language=self.language,
            listings=tuple(listing.url for listing in self.listings),
        )


def _one_source_or_more(value: Any) -> Any:
    if isinstance(value, Sequence) and not isinstance(value, str) and not value:
        raise problem("names no newspaper", "write at least one: - https://www.example.org")
    return value


class Config(_Section):
    """All of config.yaml. `path` is the file it came from."""

    contact: Contact | None = _key(
        "e-mail or page for the people we fetch from; goes into the User-Agent", "me@example.org"
    )
    data: Path = _key("folder of the archive, relative to this file", "data", Path("data"))
    network: Network = _key("how the web is asked", {"delay": 1.0}, Network())
    captures: Literal["gzip", "none"] = _key("how raw pages are kept: WARC files, or not at all", "gzip", "gzip")
    overlap: Literal["ok", "fail"] = _key(
        "when another crawl is still running: leave it alone and end with exit code 0 (ok) or 1 (fail)",
        "fail",
        "ok",
    )
    max_time: Seconds | None = _key("a crawl begins nothing new after this long", "20m", gt=0)
    sources: Annotated[tuple[Source, ...], BeforeValidator(_one_source_or_more)] = Field(
        description="the newspapers", examples=[["https://www.example.org"]]
    )

    _path: Path = Path("config.yaml")

    def model_post_init(self, context: Any) -> None:
        """`context` is the path of the file, when there is one."""
        if context:
            self._path = context

    @property
    def path(self) -> Path:
        """The file it came from, absolute."""
        return self._path.absolute()

    @field_validator("data", mode="after")
    @classmethod
    def _beside_the_file(cls, data: Path, info: ValidationInfo) -> Path:
        return (Path(info.context or "").absolute().parent if info.context else Path.cwd()) / data.expanduser()

    def pick(self, wanted: Sequence[str] = ()) -> tuple[Source, ...]:
        """The sources with these ids, disabled or not; without ids, all that are enabled.

        Raises ConfigError that lists every unknown id."""
        if not wanted:
            return tuple(source for source in self.sources if source.enabled)
        known = {source.id: source for source in self.sources}
        if unknown := [name for name in wanted if name not in known]:
            raise ConfigError([f'no source has the id "{name}" - choose from {", ".join(known)}' for name in unknown])
        return tuple(known[name] for name in dict.fromkeys(wanted))


@cache
def _suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList  # 60 ms, for files in which an id is left out

    return PublicSuffixList(only_icann=True)


def id_of(url: str) -> str:
    """An id made of the address of a newspaper: https://www.phnompenhpost.com -> "phnompenhpost".

    The host without www and without its public suffix, then the port and the path, so that editions stay apart
    (https://www.rfi.fr/km/ -> "rfi-km"). It depends on nothing but the address; "unnamed" where that has no letter or
    digit: hosts like "_" stand in the files of crawlers.
    """
    parts = ada_url.URL(url)
    host = parts.hostname.removeprefix("www.")
    suffix = None if re.fullmatch(r"[\d.]+|.*:.*", host) else _suffixes().publicsuffix(host)
    name = host.removesuffix(f".{suffix}").replace(".", "-") if suffix else host
    words = [name, parts.port, *parts.pathname.split("/")]
    return re.sub(r"[^a-z0-9.]+", "-", "-".join(filter(None, words)).lower()).strip("-.")[:64] or "unnamed"


class _Untitled(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False  # "Max Download" over max_download tells nobody anything


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of config.yaml, for editors."""
    schema = Config.model_json_schema(schema_generator=_Untitled)
    return {"$schema": _Untitled.schema_dialect, **schema, "title": "config.yaml of Morgue"}
