"""config.yaml: what a person wants, read and checked."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Network(BaseModel):
    """How the web is asked. Times in seconds, sizes in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allow: tuple[str, ...] = ()  # private networks (CIDR) or host names that may be fetched
    delay: float = 1.0  # between two requests to one host
    per_host: int = 2  # requests at once to one host
    total: int = 100  # requests at once in all
    max_crawl_delay: float = 120.0  # a longer Crawl-delay of robots.txt is cut to this
    connect_timeout: float = 15.0
    read_timeout: float = 30.0  # between two pieces of a body
    deadline: float = 90.0  # a whole request, redirects included
    retries: int = 2  # more tries in the same run
    max_download: int = 20_000_000  # of a body as it comes over the wire
    max_body: int = 50_000_000  # of a body when decompressed
    max_redirects: int = 10
    obey_opt_out: bool = False  # do not file pages that ask not to be archived or mined (noarchive, tdm-reservation, noai)
    http2: bool = True
    user_agent: str | None = None  # default: Morgue/VERSION (+contact)
