"""The guard against private networks: no spelling of an address gets past it, and the web is not shut out."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, ip_address

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.addresses import IP, LONGEST, Exceptions, connectable, parse, problem, refusal

PRIVATE_V4 = """
    0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16 169.254.169.254
    169.254.170.2 172.16.0.1 172.31.255.254 192.0.0.1 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1
    192.168.1.1 192.175.48.1 198.18.0.1 198.19.255.254 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
    255.255.255.255
"""
PRIVATE_V6 = """
    :: ::1 0:0:0:0:0:0:0:1 ::1%25lo ::2 1::1 4000::1 100::1 100:0:0:1::1 2001::1 2001:1::1 2001:2::1 2001:10::1
    2001:20::1 2001:30::1 2001:db8::1 2002:808:808::1 2620:4f:8000::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fd20:ce::254
    fe80::1 fe80::1%25eth0 FEBF::1 fec0::1 feff::1 ff02::1 ff0e::1 64:ff9b:1::808:808 2606:4700::5efe:808:808
    2606:4700::200:5efe:808:808
"""
NAMES = """
    localhost LOCALHOST localhost. a.localhost a.b.localhost. localhost.localdomain ip6-localhost ⓛⓞⓒⓐⓛⓗⓞⓢⓣ
    ｌｏｃａｌｈｏｓｔ loc%61lhost l\u00adocalhost localhoſt metadata metadata.google.internal METADATA.GOOGLE.INTERNAL.
    instance-data
    instance-data.ec2.internal kubernetes.default.svc.cluster.local host.docker.internal router.lan printer.local
    nas.home.arpa intranet wiki.intranet wiki.corp a.home a.private a.onion a..org a.org.. .org . %00.org a%20b.org
    a%25b.org a<b.org a|b.org
"""
SPELLINGS_OF_LOOPBACK = [
    "http:127.0.0.1", "http:/127.0.0.1", "http:///127.0.0.1", "http:\\\\127.0.0.1\\", "http:/\\127.0.0.1",
    "hTtP://127.0.0.1", " \thttp://127.0.0.1", "ht\ntp://127.0.0.1", "http://127.0.0.\t1", "http://127.0.0.1:80",
    "http://127.0.0.1:080", "http://127.0.0.1:", "http://127.0.0.1?a", "http://127.0.0.1#a", "http://127.0.0.1;a",
    "http://127.0.0.1%2523@8.8.8.8", "http://127.0.0.1%00.org", "http://127.0.0.1 .org", "http://\u200b127.0.0.1",
    "http://127\u00ad.0.0.1", "http://%31%32%37.0.0.1", "http://%2531%2532%2537.0.0.1", "http://0", "http://0x", "http://00",
    "http://127.1", "http://127.0.1", "http://0177.1", "http://127.0.0.0x1", "http://4294967296", "http://0xffffffffff",
    "http://::1", "http://[::1", "http://[::1]a", "http://[[::1]]", "http://[127.0.0.1]", "http://[::127.1]",
]  # fmt: skip
OTHERS = [
    # No web address at all
    "", " ", ":", "//", "http:", "http://", "http:///", "http://?", "http://#a", "http://:80", "http://@", "http://[]",
    "//8.8.8.8/", "/news", "8.8.8.8", "8.8.8.8:80", "localhost:80", "file:///etc/passwd", "FILE:/etc/passwd",
    "ftp://8.8.8.8/", "gopher://8.8.8.8/", "dict://8.8.8.8/", "ldap://8.8.8.8/", "data:text/html,x", "javascript:x",
    "about:blank", "blob:http://8.8.8.8/", "jar:http://8.8.8.8!/", "view-source:http://8.8.8.8/", "netdoc:///etc/passwd",
    "ws://8.8.8.8/", "feed:http://8.8.8.8/", "http+unix://%2Frun%2Fa.sock/", "url:http://8.8.8.8/",
    # Readers disagree about the host
    "http://8.8.8.8@127.0.0.1/", "http://127.0.0.1@8.8.8.8/", "http://a:b@8.8.8.8/", "http://@8.8.8.8/", "http://:@8.8.8.8/",
    "http://8.8.8.8\\@127.0.0.1/", "http://127.0.0.1\\@8.8.8.8/",
    "http://8.8.8.8\t/", "http://8.8.8.8\r\n/", "http://8.8.8.8 /",
    "http://8.8.8.8\x00/", "http://8.8.8.8\x7f/", "http://8.8.8.8 &@127.0.0.1# @9.9.9.9/", "http://8.8.8.8:80\\@@127.0.0.1/",
    "http://010.8.8.8/", "http://8.8.8/", "http://134744072/", "http://0x8.8.8.8/", "http://８.8.8.8/", "http://8。8.8.8/",
    "http://%38.8.8.8/", "http://8.8.8.8../", "http://1.2.3.4.5/", "http://256.8.8.8/", "http://08.8.8.8/",
    # Not for the web
    "http://8.8.8.8:0/", "http://8.8.8.8:22/", "http://8.8.8.8:25/", "http://8.8.8.8:6000/", "http://8.8.8.8:65536/",
    "http://8.8.8.8:-1/", "http://8.8.8.8:80:80/", f"http://8.8.8.8/{'a' * LONGEST}", f"http://{'a' * 64}.org/",
    f"http://{'a.' * 130}org/",
]  # fmt: skip


def _spellings(dotted: str) -> Iterator[str]:
    """An IPv4 address as it may be written to look like another, or like a name or an IPv6 address."""
    number, octets = int(IPv4Address(dotted)), [int(octet) for octet in dotted.split(".")]
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"
    yield from (dotted, f"{dotted}.", f"{dotted}..", str(number), f"{number:#x}", f"0{number:o}", f"{number:#012X}")
    for form in ("{:#x}", "0{:o}", "{:03d}", "{:#04X}", "0000{:o}"):
        yield ".".join(form.format(octet) for octet in octets)
    yield f"{octets[0]}.{number & 0xFFFFFF}"
    yield f"{octets[0]:#x}.0{octets[1]:o}.{number & 0xFFFF}"
    yield from (dotted.replace(".", stop) for stop in ("。", "．", "｡", "%2e", "%E3%80%82"))
    for zero, others in (("０", "１２３４５６７８９"), ("⓪", "①②③④⑤⑥⑦⑧⑨"), ("𝟎", "𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"), ("⁰", "¹²³⁴⁵⁶⁷⁸⁹")):
        yield dotted.translate(str.maketrans("0123456789", zero + others))
    yield "".join(f"%{ord(char):02x}" for char in dotted)
    yield f"[::ffff:{dotted}]"
    yield f"[::ffff:{high}:{low}]"
    yield f"[::FFFF:0:{dotted}]"
    yield f"[0:0:0:0:0:ffff:{dotted}]"
    yield f"[::{dotted}]"
    yield f"[64:ff9b::{dotted}]"
    yield f"[64:ff9b::{high}:{low}]"
    yield f"[64:ff9b:1::{dotted}]"
    yield f"[2002:{high}:{low}::1]"
    yield f"[2001:0:{high}:{low}::1]"
    yield f"[2001:0:808:808::{number >> 16 ^ 0xFFFF:x}:{number & 0xFFFF ^ 0xFFFF:x}]"
    yield f"[fe80::5efe:{dotted}]"
    yield f"[2606:4700::200:5efe:{dotted}]"


@pytest.mark.parametrize("dotted", PRIVATE_V4.split())
def test_no_spelling_hides_a_private_ipv4_address(dotted):
    """In any base, any digits, any dots, short or long, and within every kind of IPv6 address."""
    let_through = [host for host in _spellings(dotted) if not problem(f"http://{host}/")]
    assert let_through == []


@pytest.mark.parametrize("host", [*(f"[{ip}]" for ip in PRIVATE_V6.split()), *NAMES.split()])
def test_hosts_that_are_not_public_are_refused(host):
    """Special IPv6 ranges, this machine's own names, names of clouds and home networks, and what is no name."""
    assert problem(f"http://{host}/")
    assert problem(f"https://{host}:8443/a?b")


@pytest.mark.parametrize("url", [*SPELLINGS_OF_LOOPBACK, *OTHERS])
def test_no_trick_gets_past(url):
    """Whatever is not plainly the address of a public web server is refused, with a reason."""
    assert refusal(url)


ORDINARY = """
    http://8.8.8.8/ https://1.1.1.1:8443/a?b http://[2606:4700::1111]/ HTTP://9.9.9.9 http://8.8.8.8.:8080/ http://[64:ff9b::808:808]/
    http://paper.org https://www.paper.org:8080/a/../b;c?d=e#f http://paper.org./ http://zeitung-für-alle.de/
    https://газета.рф/новости/ https://新聞.香港/%E6%96%B0?ü=é https://xn--bcher-kva.example/ http://a_b.paper.org/
    http://paper.org/@user http://paper.org/a\\b http://paper.org/?next=http://127.0.0.1/ http://paper.org//double
    http://10.paper.org/ http://127.0.0.1.paper.org/ http://localhost.paper.org/ https://paper.home.pl/ http://local.fr/
    http://xn--i-7iq.ws/ https://paper.org:10443/ http://paper.org/a%20b
"""


@pytest.mark.parametrize("url", ORDINARY.split())
def test_ordinary_addresses_pass(url):
    """The guard lets the web through: names in every script, other ports, odd paths."""
    assert problem(url) is None


HOSTS = st.sampled_from(
    ["a.org", "ÜBER.de", "日本.jp", "faß.de", "a_b.org", "A.org.", "8.8.8.8", "[2606:4700::1]", "ａ。org", "i❤.ws"]
)


@given(HOSTS, st.text(alphabet="/\\?#@:.%[]a80 é|^'\"<;&", max_size=8))
def test_the_client_reads_an_address_as_it_was_judged(host, rest):
    """What httpx connects to is the host and port that were checked, however odd the address."""
    url = f"http://{host}{rest}"
    if problem(url) is None:
        address, read = parse(url), httpx.URL(parse(url).href)
        assert (read.raw_host.decode().removesuffix("."), read.port or 80) == (address.host, address.port)
        assert not read.userinfo


def test_the_configuration_can_name_private_hosts():
    """Networks and names that are allowed, and nothing beside them."""
    allowed = Exceptions.of(["127.1.0.0/16", "::1", "intranet.local"])
    loopback: list[IP] = [ip_address("127.1.2.3")]
    assert connectable("any.org", loopback, allowed) is None
    assert connectable("any.org", [ip_address("127.2.0.1")], allowed)
    assert connectable("any.org", [*loopback, ip_address("10.0.0.1")], allowed)
    assert connectable("intranet.local", [ip_address("10.0.0.1")], allowed) is None


def test_a_refusal_says_what_to_do():
    """Whoever means a private address reads how to allow it."""
    assert str(refusal("http://10.0.0.1/")).endswith(
        "not a public address; network.allow in config.yaml names exceptions"
    )
