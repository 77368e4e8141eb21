"""`morgue serve`: Datasette over one archive, read-only, until it is told to stop."""

from __future__ import annotations

import ipaddress
import logging
import signal
import socket
import sqlite3
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from datasette.plugins import pm  # type: ignore[import-untyped]

from archive.errors import ArchiveError
from archive.store import Archive
from archive.web import plugin

if TYPE_CHECKING:  # Datasette loads its plugins while it is itself being imported
    from datasette.app import Datasette  # type: ignore[import-untyped]

PATIENCE = 3  # seconds that an answer in hand is waited for when the server is told to stop

SETTINGS: dict[str, object] = {
    "sql_time_limit_ms": 5_000,  # a researcher's question over a million articles takes seconds
    "facet_time_limit_ms": 1_000,  # a facet that takes longer is left out
    "suggest_facets": False,  # guessing reads the whole table once for each column; ours are named
    "default_page_size": 50,
    "max_returned_rows": 5_000,
    "max_csv_mb": 0,  # a whole table as CSV, however long
    "truncate_cells_html": 300,
    "num_sql_threads": 3,
    "allow_download": False,  # a file that is being written to would arrive torn; `morgue snapshot` makes a whole one
}


def application(data: Path, *, title: str | None = None, allow_sql: bool = True) -> Datasette:
    """Datasette with this plugin over the archive in a folder (or file). ArchiveError when there is none."""
    from datasette.app import Datasette

    with Archive(data) as archive:  # says what is wrong in one line, and brings an older file up
        path = archive.path
    assert path is not None  # only an archive in memory has none
    if not pm.is_registered(plugin) and not pm.has_plugin("morgue"):
        pm.register(plugin, "morgue")
    live = _readable_live(path)
    return Datasette(
        files=[str(path)] if live else [],
        immutables=[] if live else [str(path)],
        settings={**SETTINGS, "default_allow_sql": allow_sql},
        metadata={"title": title} if title else None,
    )


def serve(
    data: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8001,
    open_browser: bool = False,
    title: str | None = None,
    allow_sql: bool | None = None,
    say: Callable[[str], object] = print,
) -> None:
    """Serve the archive until SIGINT or SIGTERM; a crawl may write to it meanwhile.

    port        0 takes a free one
    allow_sql   whether readers may write SQL of their own; by default only when the host is this machine
    say         is told the address once it answers

    Raises ArchiveError when there is no archive or the port is taken.
    """
    local = is_loopback(host)
    datasette = application(data, title=title, allow_sql=local if allow_sql is None else allow_sql)
    # Where rich is installed, Datasette's own answer to a mistake prints every 404 as a traceback, and fails on an
    # address that no route knows. Ours takes its place.
    if pm.has_plugin("datasette.handle_exception"):
        pm.unregister(name="datasette.handle_exception")
    with closing(_listen(host, port)) as listening:
        port = listening.getsockname()[1]
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        config = uvicorn.Config(
            datasette.app(),
            log_level=logging.WARNING,
            lifespan="on",
            timeout_graceful_shutdown=PATIENCE,
        )
        say(f"The archive {data} is open at {address} (stop with Ctrl+C)")
        if not local:
            say("Other machines can read it: everything that the archive holds, full texts included.")
        if open_browser:
            webbrowser.open(address)  # connects to the socket that listens already
        with _signals_end_quietly():
            uvicorn.Server(config).run(sockets=[listening])


def is_loopback(host: str) -> bool:
    """Whether only this machine can ask."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ArchiveError(f"{host}:{port} cannot be used ({reason}); choose another with --host or --port") from error


def _readable_live(path: Path) -> bool:
    """Whether SQLite can read the file while others write: not in a read-only folder, where its log has no place."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        return False
    return True


@contextmanager
def _signals_end_quietly() -> Iterator[None]:
    """uvicorn closes what is open on a signal and then raises it again; that second time is nobody's concern."""
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
