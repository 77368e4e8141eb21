"""One address in, one Page out: politely, within limits, and never from a private network.

    fetcher.py       Fetcher: whose turn, redirects, retries; tells the story
    robots.py        robots.txt of each host: asked for once a day, remembered by the archive
    reservations.py  tdmrep.json of each host: the same, for those who obey opt-outs
    wire.py          one request and its answer over the wire, read within limits
    bodies.py        a body on its way: on disk while it grows, decoded when there is room for it
    outages.py       when a host that answers nobody is left alone
    memory.py        how many bytes of bodies a crawl holds at once
    transport.py     the guarded way out: only to IP addresses that were checked
    stream.py        a connection, on asyncio's own transports
    browser.py       pages that only scripts fill, drawn by an installed Chromium (extra "browser")
    outcomes.py      what a status or an exception means in our tree of errors; pure
    types.py         which kinds of content are wanted; pure

The one door to httpx, httpcore, tenacity and playwright.
"""

from __future__ import annotations

from scraper.addresses import refusal
from scraper.fetch.fetcher import Fetcher, Validators
from scraper.fetch.memory import Hand
from scraper.fetch.robots import RobotsMemory

__all__ = ["Fetcher", "Hand", "RobotsMemory", "Validators", "refusal"]
