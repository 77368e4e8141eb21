"""Rows of the captures table."""

from __future__ import annotations

from sqlite3 import Row

from sqlite_utils import Database

from archive.database import moment, stamp
from archive.records import Capture


def note(db: Database, capture: Capture) -> int:
    """Write a capture down; returns its number."""
    return db.execute(  # type: ignore[no-any-return]
        "INSERT INTO captures (url, captured_at, file, offset, length, digest, status, content_type, record_type, via)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
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


def note_origin(db: Database, number: int, origin: str | None) -> None:
    """Write down which other archive a capture came from."""
    if origin:
        db.execute("INSERT INTO origins VALUES (?, ?)", (number, origin))


def same_payload(db: Database, digest: str) -> Capture | None:
    """A whole capture of the same payload, so that it need not be kept twice."""
    row = db.execute(
        "SELECT * FROM captures WHERE digest = ? AND record_type = 'response' ORDER BY id DESC LIMIT 1", (digest,)
    ).fetchone()
    return capture_of(row) if row else None


def capture_of(row: Row) -> Capture:
    """A row of the captures table as the value that `Captures.read` takes."""
    return Capture(
        file=row["file"],
        offset=row["offset"],
        length=row["length"],
        url=row["url"],
        at=moment(row["captured_at"]),
        digest=row["digest"],
        status=row["status"],
        content_type=row["content_type"],
        record_type=row["record_type"],
        via=row["via"],
    )
