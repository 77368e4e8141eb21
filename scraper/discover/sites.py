"""Which hosts belong to one newspaper."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

MAX_ADDRESS = 8_000  # characters; servers refuse longer ones (RFC 9110, 4.1), and each costs time to judge


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=4096)
def _registered(host: str) -> str:
    """The domain somebody registered (example.co.uk); an IP address or a name without a public suffix is itself."""
    return _suffixes().privatesuffix(host) or host


def host_of(url: str) -> str:
    """Host name in small letters, "" for an address without one."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def same_site(one: str, other: str) -> bool:
    """Do both addresses lie under the same registered domain?"""
    first, second = host_of(one), host_of(other)
    return bool(first) and (first == second or (_is_name(first) and _registered(first) == _registered(second)))


def _is_name(host: str) -> bool:
    return ":" not in host and not host.replace(".", "").isdigit()
