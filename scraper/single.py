"""One-off work: addresses given by hand, a saved page, a look at what a crawl would fetch."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import ada_url
import click
from pydantic import ValidationError

from archive.records import Exchange, Link, Wanted
from scraper.clock import Clock
from scraper.config import Config, Source
from scraper.page import Page
from scraper.pipeline import Run, file, ingest, preview
from scraper.report import Listener, Report
from scraper.runner import perform


def addresses_in(words: Iterable[str], stdin: TextIO) -> Iterator[str]:
    """The addresses that the words of a command line mean: themselves, the lines of a file, or of standard input."""
    for word in words:
        if word == "-":
            yield from _lines(stdin)
        elif "://" not in word and Path(word).is_file():
            with Path(word).open(encoding="utf-8-sig") as lines:
                yield from _lines(lines)
        else:
            yield word


def _lines(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if (line := line.strip()) and not line.startswith("#"):
            yield line


def add_addresses(config: Config, addresses: Iterable[str], listener: Listener) -> list[str]:
    """File each address; those that cannot be filed end in the ledger with their reason.

    Returns the words that are no web addresses."""
    bad = []

    async def work(run: Run) -> None:
        for address in addresses:
            if run.over:
                return
            if not _is_web_address(address):
                bad.append(address)
                continue
            source = source_of(config, address)
            await ingest(Wanted(url=address, source=source.id), source, run)

    perform(config, work, workers=1, listener=listener)
    return bad


def fetch_again(config: Config, wanted: Iterable[tuple[str, str]], listener: Listener) -> list[str]:
    """File the articles at these (source id, address) pairs, newspapers side by side.

    The id is for newspapers that the configuration does not know.
    Returns the words that are no web addresses: the pairs were written by somebody else."""
    bad = []
    sources: dict[str, Source] = {}
    addresses: dict[str, list[str]] = {}
    for name, url in wanted:
        if not _is_web_address(url):
            bad.append(url)
            continue
        source = source_of(config, url, name)
        sources[source.id] = source
        addresses.setdefault(source.id, []).append(url)

    async def work(run: Run) -> None:
        async def one(source: Source, urls: list[str]) -> None:
            for url in urls:
                if run.over:
                    return
                await ingest(Wanted(url=url, source=source.id), source, run)

        async with asyncio.TaskGroup() as tasks:
            for name, urls in addresses.items():
                tasks.create_task(one(sources[name], urls))

    perform(config, work, listener=listener)
    return bad


def source_of(config: Config, url: str, name: str | None = None) -> Source:
    """The source that an address belongs to, by its host; one of its own when the configuration knows none.

    name    the id of that one; made from the host by default, and when it can be none
    """
    address = ada_url.URL(url)
    for source in config.sources:
        own = [source.homepage or "", *(listing.url for listing in source.listings)]
        hosts = {ada_url.URL(each).host.removeprefix("www.") for each in own if each} | set(source.hosts)
        if any(address.host == host or address.host.endswith(f".{host}") for host in hosts):
            return source
    own_page = address.origin + "/"
    if name:
        with suppress(ValidationError):
            return Source(homepage=own_page, id=name)
    return Source(homepage=own_page)


def _is_web_address(word: str) -> bool:
    return ada_url.check_url(word) and ada_url.URL(word).protocol in ("http:", "https:")


def add_saved(config: Config, path: Path, url: str, listener: Listener) -> None:
    """File a page that was saved by hand, as if it had just come from its address."""
    if not _is_web_address(url):
        raise click.UsageError(f'"{url}" is no web address: write --url https://...')
    body = path.read_bytes()
    if not body:
        raise click.UsageError(f"{path} is empty")
    at = Clock().now()
    content_type = "text/html"  # without a charset: the page's own declaration decides
    page = Page(
        url=url,
        final_url=url,
        status=200,
        headers={"content-type": content_type},
        body=body,
        fetched_at=at,
        exchanges=(Exchange(url=url, at=at, headers=(("Content-Type", content_type),), body=body, via="file"),),
    )
    source = source_of(config, url)

    async def work(run: Run) -> None:
        await file(page, source, run)

    perform(config, work, workers=1, listener=listener)


def preview_all(config: Config, sources: Iterable[Source]) -> list[tuple[Source, list[Link], Report]]:
    """What a crawl would fetch of each source, and how its listings fared."""
    rows: list[tuple[Source, list[Link], Report]] = []

    async def work(run: Run) -> None:
        rows.extend([(source, *await preview(source, run)) for source in sources])

    perform(config, work, workers=1)
    return rows
