"""Which records of a file are wanted, and which newspaper they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field

import ada_url

from scraper.config import Config, Source
from scraper.importing.unusable import Unusable
from scraper.single import source_of


@dataclass
class Choice:
    """What of a file is imported, and for whom.

    hosts    only these and their subdomains; all when there are none
    source   the newspaper that all records belong to; None finds it by the host of each address
    """

    config: Config
    hosts: tuple[str, ...] = ()
    source: Source | None = None
    _known: dict[str, Source] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hosts = tuple(sorted({host.strip().lower().removeprefix("www.") for host in self.hosts}))

    def options(self) -> dict[str, object]:
        """The choice as it is written down: another one is another import of the same file."""
        return {"hosts": list(self.hosts), "source": self.source.id if self.source else None}

    def of(self, url: str) -> Source:
        """The newspaper of an address. Raises Unusable when it is not wanted: asked before anything is parsed."""
        if not ada_url.check_url(url) or (address := ada_url.URL(url)).protocol not in ("http:", "https:"):
            raise Unusable("no web address", url[:200])
        host = address.hostname.removeprefix("www.")
        if self.hosts and not any(host == one or host.endswith(f".{one}") for one in self.hosts):
            raise Unusable("another host", host)
        source = self.source or self._known.get(address.origin)
        if source is None:
            source = self._known[address.origin] = source_of(self.config, url)
        if not source.accepts(url):
            raise Unusable("excluded", url)
        return source
