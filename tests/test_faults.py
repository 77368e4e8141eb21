"""Whatever a server does, every address ends with the right reason, in bounded time and memory."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import time
import tracemalloc
import zlib
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import brotli
import h2.config
import h2.connection
import h2.events
import pytest
import zstandard

from scraper.config import Network
from scraper.errors import (
    DisallowedByRobots,
    Forbidden,
    Gone,
    Refused,
    RobotsUnavailable,
    ScrapeError,
    ServerTrouble,
    Throttled,
    TooLarge,
    TooManyRedirects,
    Unreachable,
    WrongType,
)
from scraper.fetch import Fetcher
from scraper.fetch.types import Want
from scraper.page import Page
from tests.faultserver import (
    HTML,
    FaultServer,
    Handler,
    answer,
    bomb,
    close,
    endless,
    fault_server,
    fixed,
    redirect,
    reset,
    turns,
)

NETWORK = Network(
    allow=("127.2.0.0/16",),
    delay=0,
    connect_timeout=1,
    read_timeout=1.5,
    deadline=4,
    retries=0,
    max_download=200_000,
    max_body=1_000_000,
    max_redirects=4,
    max_crawl_delay=1,
)
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
BIG = HTML + bytes(4_000_000)
PACKED = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstandard.compress}


def coded(coding: str, body: bytes) -> bytes:
    return answer(body, "200 OK", f"Content-Encoding: {coding}")


@dataclass(frozen=True)
class Fault:
    """What a site does, and what is to come of it: an error with its reason, or the body of a page."""

    pages: Mapping[str, Handler | bytes]
    error: type[ScrapeError] | None = None
    reason: str = ""
    body: bytes = HTML
    want: Want = "page"
    path: str = "/"
    more: Mapping[str, object] = field(default_factory=dict)


def page(handler: Handler | bytes, error: type[ScrapeError] | None = None, reason: str = "", **other: object) -> Fault:
    return Fault({"/": handler}, error, reason, **other)  # type: ignore[arg-type]


def robots(handler: Handler | bytes, error: type[ScrapeError] | None = None) -> Fault:
    return Fault({"/robots.txt": handler, "/": HTML}, error, error.reason if error else "")


FAULTS: dict[str, Fault] = {
    # time
    "no answer at all": page(fixed(b"", b"", pause=9), Unreachable, "timeout"),
    "headers that drip": page(endless(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", 0.1), Unreachable, "timeout"),
    "a body that drips": page(endless(CHUNKED, b"1\r\nx\r\n", 0.1), Unreachable, "timeout"),
    "a body that stops": page(fixed(answer(HTML, length=9999), b"", pause=9), Unreachable, "timeout"),
    "progress reports without end": page(
        endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 0.05), Unreachable, "timeout"
    ),
    # connections
    "a reset before the answer": page(fixed(b"", then=reset), Unreachable, "connection reset"),
    "an end before the answer": page(fixed(b"", then=close), Unreachable, "connection reset"),
    "a reset in the body": page(fixed(CHUNKED, b"3\r\nabc\r\n", pause=0.05, then=reset), Unreachable, "cut body"),
    "a body shorter than it says": page(fixed(answer(HTML, length=999), then=close), Unreachable, "cut body"),
    "chunks that end early": page(fixed(CHUNKED, b"ff\r\nabc", then=close), Unreachable, "cut body"),
    "a body longer than it says": page(fixed(answer(HTML + b"more", length=len(HTML)), then=close)),
    "a body without length": page(fixed(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + HTML, then=close)),
    "two lengths": page(
        fixed(answer(HTML, "200 OK", "Content-Length: 5", "Content-Length: 7"), then=close),
        Unreachable,
        "protocol error",
    ),
    "not HTTP": page(fixed(b"SSH-2.0-OpenSSH_9.6\r\n\r\n", then=close), Unreachable, "protocol error"),
    "chunks that are none": page(fixed(CHUNKED + b"zz\r\nabc\r\n"), Unreachable, "protocol error"),
    "an answer without a head": page(fixed(HTML, then=close), Unreachable, "connection reset"),
    "a protocol of its own": page(fixed(b"ICY 200 OK\r\n\r\n" + HTML, then=close), Unreachable, "protocol error"),
    "hints before the answer": page(fixed(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer())),
    "hints and no answer": page(fixed(b"HTTP/1.1 100 Continue\r\n\r\n", then=close), Unreachable, "connection reset"),
    "a switch that nobody asked for": page(
        fixed(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", then=close),
        Unreachable,
        "protocol error",
    ),
    "a length below zero": page(
        fixed(answer(HTML, "200 OK", "Content-Length: -5"), then=close), Unreachable, "protocol error"
    ),
    "a chunk below zero": page(fixed(CHUNKED + b"-5\r\nabc", then=close), Unreachable, "protocol error"),
    "a chunk beyond reason": page(fixed(CHUNKED + b"ffffffffffffffff\r\nabc", then=close), Unreachable, "cut body"),
    "trailers without end": page(
        endless(CHUNKED + b"3\r\nabc\r\n0\r\n", b"X: y\r\n" * 500), Unreachable, "protocol error"
    ),
    # sizes
    "an endless body": page(endless(CHUNKED, b"10000\r\n" + b"x" * 65_536 + b"\r\n"), TooLarge, "too large"),
    "a large body announced": page(fixed(answer(HTML, length=10**9)), TooLarge, "too large"),
    "a length beyond reason": page(fixed(answer(HTML, length=10**30)), Unreachable, "protocol error"),
    "an endless header": page(endless(b"HTTP/1.1 200 OK\r\nX-A: ", b"x" * 4096), TooLarge, "headers too large"),
    "headers without end": page(endless(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 512), TooLarge, "headers too large"),
    "a gzip bomb": page(fixed(coded("gzip", bomb(64))), TooLarge, "too large"),
    "a bomb in a bomb": page(fixed(coded("gzip, gzip", bomb(64, 2))), TooLarge, "too large"),
    "an undeclared bomb": page(fixed(answer(bomb(64))), TooLarge, "too large"),
    "a brotli bomb": page(fixed(coded("br", brotli.compress(BIG))), TooLarge, "too large"),
    "a zstd bomb": page(fixed(coded("zstd", zstandard.compress(BIG))), TooLarge, "too large"),
    "a deflate bomb": page(fixed(coded("deflate", zlib.compress(BIG))), TooLarge, "too large"),
    "too many codings": page(fixed(coded(", ".join(["gzip"] * 9), HTML)), ServerTrouble, "bad content-encoding"),
    # codings
    **{f"{coding}": page(fixed(coded(coding, pack(HTML)))) for coding, pack in PACKED.items()},
    "raw deflate": page(fixed(coded("deflate", zlib.compress(HTML)[2:-4]))),
    "plain text called gzip": page(fixed(coded("gzip", HTML))),
    "plain text called br": page(fixed(coded("br", HTML))),
    "gzip called br": page(fixed(coded("br", gzip.compress(HTML)))),
    "an unknown coding": page(fixed(coded("utf-8", HTML))),
    "gzip twice, said once": page(fixed(coded("gzip", gzip.compress(gzip.compress(HTML))))),
    "gzip cut off": page(fixed(coded("gzip", gzip.compress(HTML * 9)[:-20])), Unreachable, "cut body"),
    "noise called gzip": page(fixed(coded("gzip", bytes(range(256)) * 4)), ServerTrouble, "bad content-encoding"),
    # redirects
    "a redirect": Fault({"/": redirect("/a"), "/a": HTML}),
    "a redirect that sets a cookie": page(turns(redirect("/", "302 Found", "Set-Cookie: seen=1"), fixed(answer()))),
    "a redirect to itself": page(redirect("/"), TooManyRedirects, "redirect loop"),
    "a circle": Fault({"/": redirect("/a"), "/a": redirect("/")}, TooManyRedirects, "redirect loop"),
    "redirects without end": Fault(
        {"/": redirect("/1"), **{f"/{n}": redirect(f"/{n + 1}") for n in range(1, 9)}},
        TooManyRedirects,
        "too many redirects",
    ),
    "a redirect to this machine": page(redirect("http://127.0.0.1/"), Refused, "refused address"),
    "a redirect to the cloud": page(redirect("http://169.254.169.254/latest"), Refused, "refused address"),
    "a redirect in disguise": page(redirect("http://0x7f.1/"), Refused, "refused address"),
    "a redirect to a file": page(redirect("file:///etc/passwd"), Refused, "refused address"),
    "a redirect to script": page(redirect("javascript:alert(1)"), Refused, "refused address"),
    "a redirect to nonsense": page(redirect("http://[::1"), Refused, "refused address"),
    "a redirect to a mail port": page(redirect("http://127.2.0.1:25/"), Refused, "refused address"),
    "a redirect to nowhere": page(fixed(answer(b"", "302 Found")), ServerTrouble, "unexpected status"),
    "a redirect to data": page(redirect("data:text/html,hi"), Refused, "refused address"),
    "a redirect with credentials": page(redirect("http://me:secret@127.2.0.1/"), Refused, "refused address"),
    "a redirect without end": Fault(
        {"/": endless(b"HTTP/1.1 302 Found\r\nLocation: /a\r\n\r\n", bytes(65_536)), "/a": HTML}
    ),
    "a redirect that drips": Fault(
        {"/": endless(b"HTTP/1.1 302 Found\r\nLocation: /a\r\n\r\n", b"x", 0.3), "/a": HTML}
    ),
    "a redirect that says when": Fault({"/": redirect("/a", "301 Moved", "Retry-After: 60"), "/a": HTML}),
    # statuses, whatever the body does
    "404 and no end": page(endless(b"HTTP/1.1 404 No\r\n\r\n", bytes(65_536)), Gone, "gone"),
    "404 that drips": page(endless(b"HTTP/1.1 404 No\r\n\r\n", b"x", 0.3), Gone, "gone"),
    "404 and a cut body": page(fixed(answer(HTML, "404 No", length=9999), then=close), Gone, "gone"),
    "404 and a cut gzip": page(
        fixed(answer(gzip.compress(HTML * 9)[:60], "404 No", "Content-Encoding: gzip")), Gone, "gone"
    ),
    "404 and a bomb": page(fixed(answer(bomb(64), "404 No", "Content-Encoding: gzip")), Gone, "gone"),
    "410 and noise": page(fixed(answer(bytes(range(256)), "410 Gone", "Content-Encoding: gzip")), Gone, "gone"),
    # statuses
    "204": page(fixed(b"HTTP/1.1 204 No Content\r\n\r\n"), body=b""),
    "206": page(
        fixed(answer(HTML, "206 Partial Content", "Content-Range: bytes 0-9/99")), ServerTrouble, "unexpected status"
    ),
    "300": page(fixed(answer(b"", "300 Choices", "Location: /a")), ServerTrouble, "unexpected status"),
    "0": page(fixed(answer(b"", "000 Nothing")), Unreachable, "protocol error"),
    "403 with Retry-After": page(fixed(answer(b"", "403 Often", "Retry-After: 9")), Throttled, "throttled"),
    "404 with Retry-After": page(fixed(answer(b"", "404 No", "Retry-After: 9")), Gone, "gone"),
    "500 with Retry-After": page(fixed(answer(b"", "500 Oops", "Retry-After: 9")), ServerTrouble, "server error"),
    "404": page(fixed(answer(b"", "404 Not Found")), Gone, "gone"),
    "410": page(fixed(answer(b"", "410 Gone")), Gone, "gone"),
    "403": page(fixed(answer(b"", "403 Forbidden")), Forbidden, "forbidden"),
    "451": page(fixed(answer(b"", "451 Unavailable For Legal Reasons")), Forbidden, "forbidden"),
    "418": page(fixed(answer(b"", "418 I'm a teapot")), Forbidden, "client error"),
    "500": page(fixed(answer(b"", "500 Oops")), ServerTrouble, "server error"),
    "503": page(fixed(answer(b"", "503 Busy")), ServerTrouble, "server error"),
    "503 with Retry-After": page(fixed(answer(b"", "503 Busy", "Retry-After: 120")), Throttled, "throttled"),
    "429": page(fixed(answer(b"", "429 Slow", "Retry-After: 9")), Throttled, "throttled"),
    "429 with nonsense": page(fixed(answer(b"", "429 Slow", "Retry-After: soon")), Throttled, "throttled"),
    "304 unasked": page(fixed(answer(b"", "304 Not Modified")), ServerTrouble, "unexpected status"),
    "999": page(fixed(answer(b"", "999 Denied")), ServerTrouble, "unexpected status"),
    # types
    "a PDF": page(fixed(answer(b"%PDF-1.4", "200 OK", "Content-Type: application/pdf")), WrongType, "wrong type"),
    "a picture called HTML": page(fixed(answer(b"\x89PNG\r\n\x1a\n" + bytes(64))), WrongType, "wrong type"),
    "a video, endless": page(
        endless(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n", b"x" * 4096), WrongType, "wrong type"
    ),
    "no type": page(fixed(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(HTML) + HTML)),
    "HTML called text": page(fixed(answer(HTML, "200 OK", "Content-Type: text/plain"))),
    "text": page(fixed(answer(b"just words", "200 OK", "Content-Type: text/plain")), WrongType, "wrong type"),
    "a feed as a listing": page(
        fixed(answer(b"<rss/>", "200 OK", "Content-Type: application/rss+xml")), body=b"<rss/>", want="listing"
    ),
    "a sitemap.xml.gz": page(
        fixed(answer(gzip.compress(b"<urlset/>"), "200 OK", "Content-Type: application/x-gzip")),
        body=b"<urlset/>",
        want="listing",
    ),
    "HTML called a PDF": page(fixed(answer(HTML, "200 OK", "Content-Type: application/pdf")), WrongType, "wrong type"),
    "an archive called HTML": page(fixed(answer(b"PK\x03\x04" + bytes(99))), WrongType, "wrong type"),
    "nothing": page(fixed(answer(b"")), body=b""),
    # robots.txt
    "robots.txt is a part": robots(fixed(answer(b"User-agent: *", "206 Partial Content")), RobotsUnavailable),
    "robots.txt unchanged": robots(fixed(answer(b"", "304 Not Modified")), RobotsUnavailable),
    "robots.txt leads to a file": robots(redirect("file:///etc/passwd"), RobotsUnavailable),
    "robots.txt in circles": robots(redirect("/robots.txt")),
    "robots.txt cut in its gzip": robots(
        fixed(coded("gzip", gzip.compress(b"User-agent: *\nDisallow: /\n" + b"# x\n" * 9999)[:60])), DisallowedByRobots
    ),
    "robots.txt with a delay beyond reason": robots(b"User-agent: *\nCrawl-delay: nan\nCrawl-delay: 1e99"),
    "robots.txt says no": robots(b"User-agent: *\nDisallow: /", DisallowedByRobots),
    "robots.txt fails": robots(fixed(answer(b"", "500 Oops")), RobotsUnavailable),
    "robots.txt throttles": robots(fixed(answer(b"", "429 Slow")), RobotsUnavailable),
    "robots.txt never comes": robots(fixed(b"", b"", pause=9), RobotsUnavailable),
    "robots.txt is cut": robots(fixed(answer(b"User-agent: *", length=99), then=close), RobotsUnavailable),
    "robots.txt forbidden": robots(fixed(answer(b"", "403 Forbidden"))),
    "robots.txt is the front page": robots(HTML + b"\nUser-agent: *\nDisallow: /"),
    "robots.txt with a mark": robots(b"\xef\xbb\xbfUser-agent: *\nDisallow: /", DisallowedByRobots),
    "robots.txt is endless": robots(
        endless(b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /\n", b"# more\n" * 9_000),
        DisallowedByRobots,
    ),
    "robots.txt is a bomb": robots(fixed(coded("gzip", bomb(64)))),
    "robots.txt moved": Fault(
        {"/robots.txt": redirect("/r"), "/r": b"User-agent: *\nDisallow: /", "/": HTML},
        DisallowedByRobots,
        "robots.txt",
    ),
    "robots.txt moves for ever": Fault(
        {"/robots.txt": redirect("/1"), **{f"/{n}": redirect(f"/{n + 1}") for n in range(1, 9)}, "/": HTML}
    ),
    "robots.txt leads inside": robots(redirect("http://127.0.0.1/"), RobotsUnavailable),
}

Outcome = Page | ScrapeError


async def outcome(coming: Awaitable[Page]) -> Outcome:
    try:
        return await coming
    except ScrapeError as error:
        return error


async def crawl_all(server: FaultServer, fetcher: Fetcher) -> dict[str, tuple[str, Outcome]]:
    """Every fault, each on a host of its own; not all at once, for the server shares our one thread."""
    places = asyncio.Semaphore(20)

    async def one(name: str, url: str) -> Outcome:
        async with places:
            return await outcome(fetcher.get(url, want=FAULTS[name].want))

    urls = {}
    for number, (name, fault) in enumerate(FAULTS.items(), 1):
        urls[name] = await server.site(f"127.2.1.{number}", fault.pages) + fault.path
    came = await asyncio.gather(*(one(name, url) for name, url in urls.items()))
    return {name: (url, each) for (name, url), each in zip(urls.items(), came, strict=True)}


@pytest.fixture(scope="module")
def crawled() -> tuple[dict[str, tuple[str, Outcome]], float, int]:
    async def run() -> tuple[dict[str, tuple[str, Outcome]], float, int]:
        async with fault_server() as server, Fetcher(NETWORK) as fetcher:
            tracemalloc.start()
            started = time.monotonic()
            came = await crawl_all(server, fetcher)
            seconds, (_, peak) = time.monotonic() - started, tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return came, seconds, peak

    return asyncio.run(run())


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_has_its_reason(crawled, name):
    """Every address ends as a page or as an error that says what happened, about the address that was asked for."""
    fault, (url, came) = FAULTS[name], crawled[0][name]
    if fault.error is None:
        assert isinstance(came, Page), came
        assert came.body == fault.body
    else:
        assert (type(came), getattr(came, "reason", None)) == (fault.error, fault.reason), came
        assert came.url == url


def test_all_faults_together_take_little_time_and_memory(crawled):
    """Nothing hangs, and bombs and endless bodies cost no more than the limits."""
    _, seconds, peak = crawled
    assert seconds < 30
    assert peak < 60_000_000


TLS = Path(__file__).parent / "tls"


async def over_tls(host: str) -> Outcome:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    async with fault_server() as server, Fetcher(NETWORK) as fetcher:
        return await outcome(fetcher.get(await server.site(host, {"/": HTML}, context) + "/"))


def test_a_certificate_that_nobody_signed_is_refused():
    """TLS is always verified, and a bad certificate is a reason of its own."""
    came = asyncio.run(over_tls("127.2.9.1"))
    assert isinstance(came, Unreachable)
    assert came.reason == "bad certificate"


def test_a_trusted_certificate_is_checked_against_the_host(monkeypatch):
    """The checked IP address is connected to, but the certificate must name the host of the address."""
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))
    assert isinstance(asyncio.run(over_tls("127.2.9.1")), Page)
    other = asyncio.run(over_tls("127.2.9.2"))
    assert isinstance(other, Unreachable)
    assert other.reason == "bad certificate"


async def speak_http2(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A small HTTP/2 server: every path but robots.txt is the same page; the connection's number is in a header."""
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    connection.initiate_connection()
    writer.write(connection.data_to_send())
    while data := await reader.read(1 << 16):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                asked = {name.decode(): value.decode() for name, value in event.headers or ()}
                status = "404" if asked[":path"] == "/robots.txt" else "200"
                peer = str(writer.get_extra_info("peername")[1])
                connection.send_headers(
                    event.stream_id, [(":status", status), ("content-type", "text/html"), ("x-connection", peer)]
                )
                connection.send_data(event.stream_id, HTML, end_stream=True)
        writer.write(connection.data_to_send())
        await writer.drain()
    writer.close()


@pytest.mark.parametrize(("http2", "spoken"), [(True, "HTTP/2"), (False, None)])
def test_http_2_is_spoken_where_the_server_does(monkeypatch, http2, spoken):
    """By ALPN, on one connection for all requests; not when the configuration says no."""
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    context.set_alpn_protocols(["h2"])

    async def run() -> list[Outcome]:
        server = await asyncio.start_server(speak_http2, "127.2.9.1", 0, ssl=context)
        base = f"https://127.2.9.1:{server.sockets[0].getsockname()[1]}"
        network = NETWORK.model_copy(update={"http2": http2})
        try:
            async with Fetcher(network) as fetcher:
                return await asyncio.gather(*(outcome(fetcher.get(f"{base}/{n}")) for n in range(3)))
        finally:
            server.close()

    came = asyncio.run(run())
    if spoken is None:
        assert not any(isinstance(each, Page) for each in came)
        return
    pages = [each for each in came if isinstance(each, Page)]
    assert [page.body for page in pages] == [HTML] * 3
    assert {page.exchanges[0].http_version for page in pages} == {spoken}
    assert len({page.headers["x-connection"] for page in pages}) == 1
