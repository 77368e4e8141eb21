"""What robots.txt says: RFC 9309, as the large crawlers read it. Pure."""

from __future__ import annotations

from protego import Protego

SIZE_LIMIT = 500 * 1024


class Rules:
    """A parsed robots.txt."""

    def __init__(self, body: bytes) -> None:
        self._parser = Protego.parse(body[:SIZE_LIMIT].decode("utf-8-sig", "replace"))

    def allows(self, agent: str, url: str) -> bool:
        """May the agent of this name fetch this address?"""
        return self._parser.can_fetch(url, agent)

    def crawl_delay(self, agent: str) -> float | None:
        """Seconds between two requests, when the rules name them."""
        return self._parser.crawl_delay(agent)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """Addresses of the site's sitemaps."""
        return tuple(self._parser.sitemaps)


def allowed(robots: bytes, agent: str, url: str) -> bool:
    """May this agent fetch this address, as far as this robots.txt goes?"""
    return Rules(robots).allows(agent, url)
