"""Pages that only scripts fill, drawn by a real browser that reaches nobody by itself."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from itertools import pairwise

import pytest

from scraper.clock import Clock
from scraper.config import Network
from scraper.errors import ScrapeError, TemporaryError, Unreachable
from scraper.fetch import Fetcher
from scraper.page import Page, decode
from tests.faultserver import Asked, FaultServer, Handler, answer, endless, fault_server, fixed

if find_spec("playwright") is None:
    pytest.skip("playwright is not installed", allow_module_level=True)

from scraper.fetch.browser import SETTING, chromium

pytestmark = [pytest.mark.browser, pytest.mark.skipif(chromium() is None, reason="Chromium is not installed")]

SITE, OTHER = "127.2.6.1", "127.9.6.1"
SHELL = b"<!doctype html><title>Shell</title><div id=root></div><img src=/i.png><script src=/app.js></script>"
APP = b"""
fetch('/story.json', {headers: {'X-Edition': 'two'}}).then(answer => answer.json()).then(story => {
  const root = document.getElementById('root');
  root.innerHTML = `<h1>${story.title}</h1><p>${story.text}</p><p>${navigator.userAgent}</p>`;
});
"""
STORY = {"title": "The ferry stops", "text": "ទូកចម្លងឈប់ដំណើរការ since Monday."}


def script(body: bytes) -> Handler:
    return fixed(answer(body, "200 OK", "Content-Type: text/javascript"))


def data(body: object) -> Handler:
    return fixed(answer(json.dumps(body).encode(), "200 OK", "Content-Type: application/json"))


def page(code: str) -> bytes:
    return f"<!doctype html><title>Shell</title><p id=here>before</p><script>{code}</script>".encode()


class Leap(Clock):
    """The real clock, an hour ahead from the moment on that a site was asked for a path."""

    def __init__(self, server: FaultServer, path: str) -> None:
        self._server, self._path = server, path

    def monotonic(self) -> float:
        return super().monotonic() + (3600 if self._path in self._server.asked(SITE) else 0)


def render(
    pages: Mapping[str, Handler | bytes], *, paths: Sequence[str] = ("/",), leap: str = "", **network: object
) -> tuple[list[Page | ScrapeError], FaultServer]:
    """What comes of drawing these pages of SITE; a page's {OTHER} is a site that may not be reached.

    leap    the path at whose request an hour passes
    """

    async def run() -> tuple[list[Page | ScrapeError], FaultServer]:
        came: list[Page | ScrapeError] = []
        options: dict[str, object] = {"allow": ("127.2.0.0/16",), "delay": 0, "deadline": 60, **network}
        async with (
            fault_server() as server,
            Fetcher(Network.model_validate(options), clock=Leap(server, leap)) as fetcher,
        ):
            other = await server.site(OTHER, {"/secret.json": data("secret")})
            named = {
                where: what.replace(b"{OTHER}", other.encode()) if isinstance(what, bytes) else what
                for where, what in pages.items()
            }
            raw = {
                where: fixed(what) for where, what in named.items() if isinstance(what, bytes) and b"HTTP/1.1" in what
            }
            base = await server.site(SITE, {**named, **raw})
            for path in paths:
                try:
                    came.append(await fetcher.get(base + path, render=True))
                except ScrapeError as error:
                    came.append(error)
        return came, server

    return asyncio.run(run())


def text(page: Page | ScrapeError) -> str:
    """The document without its scripts, which speak of what might have happened."""
    assert isinstance(page, Page), page
    return re.sub(r"<script>.*?</script>", "", decode(page.body, page.content_type)[0], flags=re.DOTALL)


def test_a_shell_is_filled_by_its_scripts():
    """The body is what the scripts made of the page, the exchange is what came over the wire."""
    (came,), server = render({"/": SHELL, "/app.js": script(APP), "/story.json": data(STORY)})
    assert f"<h1>{STORY['title']}</h1><p>{STORY['text']}</p><p>Morgue/" in text(came)
    assert isinstance(came, Page)
    assert [exchange.body for exchange in came.exchanges] == [SHELL]
    assert came.content_type == "text/html; charset=utf-8"
    assert server.asked(SITE) == ["/robots.txt", "/", "/app.js", "/story.json"]
    assert server.log[-1].headers["x-edition"] == "two"
    assert server.log[-1].headers["user-agent"].startswith("Morgue/")


def test_a_page_is_drawn_in_our_reading_of_its_bytes():
    """Whatever its headers say of encoding and type; odd headers do no harm."""
    shell = "<meta charset=windows-1251><p id=here>Паром</p><script>here.append(' ' + here.textContent.length)</script>"
    head = ("Content-Type: text/plain", "Access-Control-Allow-Odd: \xe9\x01", "Refresh: 0; url=/elsewhere")
    (came,), server = render({"/": fixed(answer(shell.encode("cp1251"), "200 OK", *head))})
    assert '<p id="here">Паром 5</p>' in text(came)
    assert "/elsewhere" not in server.asked(SITE)


def test_what_is_no_text_is_not_fetched():
    """Pictures, styles, frames, other documents and whatever is sent by POST cost the site no request."""
    code = """
      document.body.insertAdjacentHTML('beforeend', '<link rel=stylesheet href=/s.css><iframe src=/frame></iframe>');
      fetch('/post', {method: 'POST', body: 'x'}).catch(() => here.append(' refused'));
      navigator.sendBeacon('/beacon', 'x');
      const file = document.createElement('a');
      file.href = '/file.zip'; file.download = 'file.zip'; document.body.append(file); file.click();
      setTimeout(() => location.assign('/elsewhere'), 50);
      alert('wait');
    """
    (came,), server = render({"/": page(code), "/elsewhere": b"<p>elsewhere"})
    assert "before refused" in text(came)
    assert server.asked(SITE) == ["/robots.txt", "/"]


def test_a_page_cannot_reach_a_private_address():
    """Neither by a request, a redirect, a socket, a worker, a form, a prefetch nor a frame."""
    code = """
      const said = what => here.append(' ' + what);
      fetch('{OTHER}/secret.json', {mode: 'no-cors'}).then(() => said('leak'), () => said('refused'));
      fetch('/moved').then(() => said('leak'), () => said('refused'));
      try { new WebSocket('{OTHER}/socket'.replace('http', 'ws')) } catch {}
      try { new EventSource('{OTHER}/events') } catch {}
      const work = `fetch('{OTHER}/worker.json')`;
      new Worker(URL.createObjectURL(new Blob([work], {type: 'text/javascript'})));
      for (const kind of ['preconnect', 'dns-prefetch', 'prefetch', 'preload', 'modulepreload', 'prerender'])
        document.head.insertAdjacentHTML('beforeend', `<link rel=${kind} as=script href={OTHER}/${kind}>`);
      document.body.insertAdjacentHTML('beforeend', '<iframe src={OTHER}/frame></iframe><img src={OTHER}/i.png>');
      open('{OTHER}/window');
      new RTCPeerConnection({iceServers: [{urls: '{OTHER}'.replace('http://', 'stun:')}]}).createDataChannel('x');
    """
    moved = answer(b"", "302 Found", "Location: {OTHER}/secret.json")
    (came,), server = render({"/": page(code), "/moved": moved})
    assert text(came).count("refused") == 2
    assert "leak" not in text(came)
    assert OTHER not in server.connected


def test_a_page_that_never_rests_is_read_as_it_is():
    """A request without end, and requests without end: what is there in time is the page."""
    hanging = page("here.textContent = 'there'; fetch('/endless')")
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 99999\r\n\r\n"
    (came,), _ = render({"/": hanging, "/endless": endless(head, b".", 0.2)}, leap="/endless")
    assert "there" in text(came)
    (came,), server = render({"/": page("const again = n => fetch('/' + n).finally(() => again(n + 1)); again(0)")})
    assert "before" in text(came)
    assert len(server.log) < 70


def test_a_script_that_never_ends_is_a_reason_and_the_next_page_is_drawn():
    """The deadline holds whatever a page does."""
    pages = {"/": page("setTimeout(() => { while (true) {} }, 1)"), "/2": page("here.textContent = 'after'")}
    (came, after), _ = render(pages, paths=("/", "/2"), deadline=10)
    assert isinstance(came, Unreachable)
    assert came.reason == "timeout"
    assert "after" in text(after)


def test_robots_txt_speaks_for_scripts_too():
    """What it disallows is not fetched for a page either."""
    pages = {
        "/": SHELL,
        "/app.js": script(APP),
        "/robots.txt": fixed(answer(b"User-agent: *\nDisallow: /app", "200 OK", "Content-Type: text/plain")),
    }
    (came,), server = render(pages)
    assert '<div id="root"></div>' in text(came)
    assert server.asked(SITE) == ["/robots.txt", "/"]


def test_requests_of_a_page_keep_their_distance():
    """Scripts wait for their turn; those that pages share are asked for once."""
    pages = {"/": SHELL, "/app.js": script(APP), "/story.json": data(STORY)}
    came, server = render(pages, paths=("/", "/"), delay=0.2)
    assert all(STORY["title"] in text(each) for each in came)
    assert server.asked(SITE) == ["/robots.txt", "/", "/app.js", "/story.json", "/", "/story.json"]
    times = [asked.at for asked in server.log]
    assert all(later - sooner > 0.19 for sooner, later in pairwise(times))


def test_bytes_of_a_page_are_counted():
    """All that a page asks for stays within the limits of one."""
    code = "".join(f"fetch('/{n}').then(() => here.append(' came'), () => here.append(' refused'));" for n in range(3))
    big = data("x" * 60_000)
    (came,), _ = render({"/": page(code), "/0": big, "/1": big, "/2": big}, max_body=100_000)
    assert (text(came).count(" came"), text(came).count(" refused")) == (1, 2)
    (came,), _ = render({"/": page("here.textContent = 'x'.repeat(200000)")}, max_body=100_000)
    assert getattr(came, "reason", None) == "too large"


def test_a_feed_stays_as_it_came():
    """A source whose pages are drawn can have a feed; also one that is called HTML."""
    feed = b"<?xml version='1.0'?><rss><channel><title>Paper</title></channel></rss>"
    (came,), _ = render({"/": feed})
    assert isinstance(came, Page)
    assert came.body == feed


def test_a_crash_is_a_reason_and_the_browser_is_started_anew(monkeypatch, tmp_path):
    """One page takes the browser with it, the next is drawn."""
    browser, number = tmp_path / "browser", tmp_path / "pid"
    browser.write_text(f'#!/bin/sh\necho $$ > {number}\nexec {chromium()} "$@"\n')
    browser.chmod(0o755)
    monkeypatch.setenv(SETTING, str(browser))

    async def fatal(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        os.kill(int(number.read_text()), signal.SIGKILL)
        writer.write(answer(b"1"))

    async def run() -> list[Page | ScrapeError]:
        came: list[Page | ScrapeError] = []
        async with (
            fault_server() as server,
            Fetcher(Network(allow=("127.2.0.0/16",), delay=0, deadline=60)) as fetcher,
        ):
            base = await server.site(SITE, {"/": SHELL, "/app.js": fatal, "/2": page("here.textContent = 'after'")})
            for path in ("/", "/2"):
                try:
                    came.append(await fetcher.get(base + path, render=True))
                except ScrapeError as error:
                    came.append(error)
        return came

    first, second = asyncio.run(run())
    assert (type(first), getattr(first, "reason", None)) == (Unreachable, "browser crashed")
    assert "after" in text(second)


def test_a_missing_browser_is_said_before_anything_is_fetched(monkeypatch):
    """One clear line, and no request."""
    monkeypatch.setenv(SETTING, "/nowhere/chromium")
    (came,), server = render({"/": SHELL})
    assert isinstance(came, TemporaryError)
    assert came.reason == "no browser"
    assert SETTING in str(came)
    assert server.log == []
