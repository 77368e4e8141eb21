"""What one request brought back, and how its bytes become text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archive.records import Exchange
from scraper.charset import Decoded, decode_with_reason

__all__ = ["Decoded", "Page", "decode", "decode_with_reason"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answered request.

    url          the address asked for
    final_url    the address that answered, after redirects
    headers      of the last answer, names in lower case, repeats joined by ", "
    body         decompressed; empty for a 304
    exchanges    every request and response on the way, redirects first, the answer last
    refusals     what robots.txt refuses to be done with the page: "ai-train=no", "train-ai=n"
    seconds      from the request to the last byte, waiting for the turn not counted
    """

    url: str
    final_url: str
    status: int
    headers: dict[str, str]
    body: bytes
    fetched_at: datetime
    exchanges: tuple[Exchange, ...] = ()
    refusals: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def content_type(self) -> str | None:
        """The Content-Type header as it came."""
        return self.headers.get("content-type")

    @property
    def not_modified(self) -> bool:
        """The server says that nothing changed since the validators we sent."""
        return self.status == 304


def decode(body: bytes, content_type: str | None) -> tuple[str, str]:
    """The text of a page and the name of its encoding; see `decode_with_reason` for what told so."""
    decoded = decode_with_reason(body, content_type)
    return decoded.text, decoded.encoding
