"""Class Archive: the archive as the rest of the world sees it, and its only writer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from sqlite3 import Row
from types import TracebackType
from typing import Self

from sqlite_utils import Database

from archive import database, filing, ledger
from archive.captures import Captures
from archive.database import FILE, stamp
from archive.errors import ArchiveError
from archive.records import Capture, Exchange, Listing, Recorded, Robots, Source, Visit, Wanted


class Archive:
    """An archive of news: one SQLite file, and beside it the pages as they came.

    path       the file, or the folder that holds it as morgue.db; ":memory:" for one that is gone at the end
    writable   False opens it for reading only and makes nothing; True makes what is missing
    captures   "gzip" keeps every page of a visit in WARC files below `captures/`, "none" keeps none

    Raises ArchiveError with one line that says what to do.
    """

    def __init__(self, path: Path | str, *, writable: bool = False, captures: str = "gzip") -> None:
        self.path: Path | None = None
        if str(path) != ":memory:":
            path = Path(path).expanduser()
            self.path = path if path.suffix == ".db" and not path.is_dir() else path / FILE
        elif not writable:
            raise ArchiveError("an archive in memory begins empty; open it with writable=True")
        self.writable = writable
        self.db: Database = (
            database.open_writable(self.path) if writable or self.path is None else database.open_readonly(self.path)
        )
        folder = self.path.parent / "captures" if self.path else None
        self._captures = Captures(folder) if folder and writable and captures != "none" else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files."""
        if self._captures:
            self._captures.close()
        self.db.close()

    # Whose turn it is

    def sync(self, sources: Iterable[Source], now: datetime) -> None:
        """Make the archive know the configured sources; others stay, as not configured."""
        with database.transaction(self.db, self.path):
            ledger.sync(self.db, sources, now)

    def due(self, source: str, now: datetime) -> list[Listing]:
        """The listings of a source whose turn has come, also those found in other listings."""
        with database.explained(self.path):
            return ledger.due(self.db, source, now)

    def wanted(self, source: str, now: datetime, limit: int | None = None) -> Iterator[Wanted]:
        """The addresses of a source whose turn has come: new ones, failed ones, articles to look at again."""
        with database.explained(self.path):
            yield from ledger.wanted(self.db, source, now, limit)

    def unseen(self, source: str, urls: Iterable[str]) -> list[str]:
        """Those of the addresses that the ledger does not know."""
        with database.explained(self.path):
            return ledger.unseen(self.db, source, urls)

    def robots(self, host: str, now: datetime) -> Robots | None:
        """robots.txt of a host (scheme, host and port) as it was last asked for; None when it has to be asked again."""
        with database.explained(self.path):
            row = self.db.execute(
                "SELECT * FROM robots WHERE host = ? AND expires_at > ?", (host, stamp(now))
            ).fetchone()
        if row is None:
            return None
        return Robots(
            host=host,
            body=bytes(row["body"]),
            status=row["status"],
            fetched_at=database.moment(row["fetched_at"]),
            expires_at=database.moment(row["expires_at"]),
        )

    def keep_robots(self, robots: Robots) -> None:
        """Remember robots.txt of a host."""
        with database.transaction(self.db, self.path):
            self.db.execute(
                "INSERT OR REPLACE INTO robots VALUES (?, ?, ?, ?, ?)",
                (robots.host, robots.body, robots.status, stamp(robots.fetched_at), stamp(robots.expires_at)),
            )

    # The only way in

    def record(self, visit: Visit, accepts: Callable[[str], bool] | None = None) -> Recorded:
        """Record one visit and all that came of it, as one transaction; when it returns, it is kept.

        accepts   says which addresses of a listing the configuration wants; the others are noted as excluded
        """
        # Captures first: a page without its row is found by `verify`, a row without its page could not be mended.
        kept = (
            [self._captures.append(one, self._earlier(one)) for one in self._to_keep(visit)] if self._captures else []
        )
        with database.transaction(self.db, self.path):
            ledger.ensure_source(self.db, visit.source, visit.at)
            captures = [self._note_capture(capture) for capture in kept]
            capture = captures[-1] if captures else None
            if visit.listing:
                listing, links = ledger.survey(self.db, visit, accepts)
                recorded, link = Recorded(what=visit.outcome.value, links=links), None
            else:
                recorded, link = filing.visit(self.db, visit, capture)
                listing = None
            self._log(visit, link, listing, capture)
        return recorded

    def _to_keep(self, visit: Visit) -> tuple[Exchange, ...]:
        """Every page, and a listing when it is not the same as last time."""
        if visit.listing and visit.answer and visit.answer.digest:
            row = self.db.execute(
                "SELECT 1 FROM listings WHERE source_id = ? AND url = ? AND digest = ?",
                (visit.source, visit.url, visit.answer.digest),
            ).fetchone()
            if row:
                return ()
        return visit.exchanges

    def _earlier(self, exchange: Exchange) -> Capture | None:
        """A capture of the same payload, so that it need not be kept twice."""
        row = self.db.execute(
            "SELECT * FROM captures WHERE digest = ? AND record_type = 'response' ORDER BY id DESC LIMIT 1",
            ("sha256:" + sha256(exchange.body).hexdigest(),),
        ).fetchone()
        return capture_of(row) if row else None

    def _note_capture(self, capture: Capture) -> int:
        return self.db.execute(  # type: ignore[no-any-return]
            "INSERT INTO captures (url, captured_at, file, offset, length, digest, status, content_type,"
            " record_type, via) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (
                capture.url,
                stamp(capture.at),
                capture.file,
                capture.offset,
                capture.length,
                capture.digest,
                capture.status,
                capture.content_type,
                capture.record_type,
                capture.via,
            ),
        ).fetchone()[0]

    def _log(self, visit: Visit, link: int | None, listing: int | None, capture: int | None) -> None:
        answer = visit.answer
        self.db.execute(
            "INSERT INTO visits (at, source_id, url, link_id, listing_id, outcome, reason, detail, final_url, status,"
            " content_type, encoding, size, seconds, signals, capture_id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                stamp(visit.at),
                visit.source,
                visit.url,
                link,
                listing,
                visit.outcome.value,
                visit.reason,
                visit.detail or None,
                answer.final_url if answer else None,
                answer.status if answer else None,
                answer.content_type if answer else None,
                answer.encoding if answer else None,
                answer.size if answer else None,
                answer.seconds if answer else None,
                json.dumps(answer.signals) if answer and answer.signals else None,
                capture,
            ),
        )


def capture_of(row: Row) -> Capture:
    """A row of the captures table as the value that `Captures.read` takes."""
    return Capture(
        file=row["file"],
        offset=row["offset"],
        length=row["length"],
        url=row["url"],
        at=database.moment(row["captured_at"]),
        digest=row["digest"],
        status=row["status"],
        content_type=row["content_type"],
        record_type=row["record_type"],
        via=row["via"],
    )
