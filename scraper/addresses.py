"""Which addresses may be fetched: the guard against private networks.

An address is read as a browser reads it (WHATWG URL, by ada-url), then its scheme, port and host name are judged, and
at last every IP address that the name resolves to. Pure but for `resolve` and `refusal`, which ask the system.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import ada_url

IP = IPv4Address | IPv6Address

# Ports that browsers refuse (WHATWG Fetch, "bad port"): services that can be tricked by the text of an HTTP request.
BAD_PORTS = frozenset(
    {0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109}
    | {110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530}
    | {531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190}
    | {5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080}
)
# Characters of an address. RFC 9110, 4.1, asks servers to take 8,000 octets; more than a few times that is a trap.
LONGEST = 1 << 16
DEFAULT_PORTS = {"http": 80, "https": 443}

# Name endings that never lead to a public host: RFC 6761, 6762, 8375, 9476, the ICANN "internal" reservation, and the
# habits of home routers and clouds.
PRIVATE_SUFFIXES: tuple[str, ...] = (
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
)
PRIVATE_SUFFIXES += ("home.arpa", "alt", "onion")

# Not public, but not marked so by every Python (IANA special-purpose registries), or public yet a cloud's own door.
_EXTRA_V4 = tuple(
    map(
        IPv4Network,
        (
            "192.0.0.0/24",  # protocol assignments, Oracle Cloud metadata (192.0.0.192)
            "192.31.196.0/24",  # AS112: answers to questions about private addresses
            "192.175.48.0/24",
            "192.52.193.0/24",  # multicast tunnels
            "192.88.99.0/24",  # relays of 6to4, withdrawn
            "168.63.129.16/32",  # Azure's host agent
        ),
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Protocol assignments (Teredo among them), documentation, 6to4 (any IPv4 address in disguise; withdrawn), AS112.
_EXTRA_V6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20", "2002::/16", "2620:4f:8000::/48")))
_NAT64 = IPv6Network("64:ff9b::/96")  # how networks without IPv4 reach the rest of the web
_ISATAP = (0x00005EFE, 0x02005EFE)  # third quarter of an address that leads into some network's IPv4

# What stands before the path, as it was written. A backslash, white space or "@" there has no honest use, and is where
# two readers of the same address disagree about its host.
_AUTHORITY = re.compile(r"\s*[a-z][a-z0-9+.-]*:[/\\]*([^/?#]*)", re.IGNORECASE)
_IPV4 = re.compile(r"(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})\.?(?::\d*)?$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """An http(s) address as a browser reads it.

    href     the whole, without fragment
    host     lower case, without brackets and without the root dot
    target   path and query, as sent
    """

    href: str
    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host, with the port unless it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme and authority: what one robots.txt speaks for."""
        return f"{self.scheme}://{self.authority}"


@dataclass(frozen=True, slots=True)
class Exceptions:
    """What the configuration allows in spite of all: networks and host names."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, allow: Iterable[str]) -> Exceptions:
        """From `network.allow`: each entry is a CIDR range, an IP address or a host name."""
        networks, names = [], set()
        for entry in allow:
            try:
                networks.append(ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                names.add(entry.lower().rstrip("."))
        return cls(tuple(networks), frozenset(names))

    def name(self, host: str) -> bool:
        """Is this host named?"""
        return host in self.names

    def ip(self, ip: IP) -> bool:
        """Does this address lie in one of the networks?"""
        return any(ip in network for network in self.networks if network.version == ip.version)


NONE = Exceptions()


def parse(url: str, base: str | None = None) -> Address | None:
    """Read an address, relative to `base` when one is given; None when it is malformed, endless or not http(s)."""
    return _parse(url, base) if len(url) <= LONGEST else None


@lru_cache(maxsize=4096)  # each address is read several times on its way
def _parse(url: str, base: str | None) -> Address | None:
    try:
        read = ada_url.URL(url, base) if base else ada_url.URL(url)
    except (ValueError, UnicodeError):
        return None
    scheme = read.protocol.rstrip(":")
    host = read.hostname.removeprefix("[").removesuffix("]").removesuffix(".")
    if scheme not in DEFAULT_PORTS or not host:
        return None
    read.hash = ""
    port = int(read.port) if read.port else DEFAULT_PORTS[scheme]
    return Address(read.href.removesuffix("#"), scheme, host, port, read.pathname + read.search)


def problem(url: str, exceptions: Exceptions = NONE) -> str | None:
    """Why this address may not be fetched, as far as can be told without resolving its name; else None."""
    if len(url) > LONGEST:
        return "address too long"
    authority = _AUTHORITY.match(url)
    if authority is None:
        return "not an absolute address"
    address = parse(url)
    if address is None:
        scheme = url.strip().partition(":")[0].lower()
        return "malformed address" if scheme in DEFAULT_PORTS else f"scheme {scheme[:20]} is not fetched"
    if "@" in authority[1]:
        return "credentials in the address"
    if "\\" in url[: authority.end()] or any(c.isspace() or c < " " or c == "\x7f" for c in authority[1]):
        return "malformed address"
    if address.port in BAD_PORTS:
        return f"port {address.port} is not for the web"
    if exceptions.name(address.host):
        return None
    if (ip := as_ip(address.host)) is not None:
        if ip.version == 4 and not _IPV4.match(authority[1]):
            return "IP address in disguise"  # 010.0.0.1 is 8.0.0.1 to browsers, 10.0.0.1 to others
        return ip_problem(ip, exceptions)
    return _name_problem(address.host)


def _name_problem(host: str) -> str | None:
    if "." not in host:
        return "not a public host name"
    if any(host == suffix or host.endswith("." + suffix) for suffix in PRIVATE_SUFFIXES):
        return "not a public host name"
    labels = host.split(".")
    if len(host) > 253 or not all(0 < len(label) <= 63 for label in labels):
        return "malformed host name"
    if not all(re.fullmatch(r"[a-z0-9_-]+", label) for label in labels):
        return "malformed host name"
    return None


def as_ip(host: str) -> IP | None:
    """The IP address that a host is, when it is no name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def ip_problem(ip: IP, exceptions: Exceptions = NONE) -> str | None:
    """Why this IP address may not be connected to; None for a public one and for one that `exceptions` name."""
    if exceptions.ip(ip) or (isinstance(ip, IPv6Address) and ip.ipv4_mapped and exceptions.ip(ip.ipv4_mapped)):
        return None
    public = _public_v4(ip) if isinstance(ip, IPv4Address) else _public_v6(ip)
    return None if public else f"{ip} is not a public address; network.allow in config.yaml names exceptions"


def _public_v4(ip: IPv4Address) -> bool:
    special = ip.is_multicast or ip.is_reserved or ip.is_loopback or ip.is_link_local or ip.is_unspecified
    return ip.is_global and not special and not any(ip in network for network in _EXTRA_V4)


def _public_v6(ip: IPv6Address) -> bool:
    if ip in _NAT64:
        return _public_v4(IPv4Address(int(ip) & 0xFFFFFFFF))
    if ip not in _GLOBAL_UNICAST or not ip.is_global or any(ip in network for network in _EXTRA_V6):
        return False
    return int(ip) >> 32 & 0xFFFFFFFF not in _ISATAP


def resolve(host: str, port: int) -> list[IP]:
    """Every IP address of a host, the system's favourite first. Raises OSError when there is none. Blocks."""
    if (ip := as_ip(host)) is not None:
        return [ip]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


def connectable(host: str, ips: Sequence[IP], exceptions: Exceptions = NONE) -> str | None:
    """Why none of these may be connected to. One private among public ones is enough: so rebinding looks."""
    if exceptions.name(host):
        return None
    return next((reason for ip in ips if (reason := ip_problem(ip, exceptions))), None)


def refusal(url: str, exceptions: Exceptions = NONE) -> str | None:
    """Why this address may not be fetched, its name resolved; None when it may. Blocks while the name is looked up."""
    if (reason := problem(url, exceptions)) is not None:
        return reason
    address = parse(url)
    assert address is not None  # or `problem` had spoken
    try:
        ips = resolve(address.host, address.port)
    except (OSError, UnicodeError):
        return "host not found"
    return connectable(address.host, ips, exceptions)
