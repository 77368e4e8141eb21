"""Opening the archive's file, and what SQLite says translated into what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from archive import schema
from archive.errors import ArchiveError, ArchiveLocked, ArchiveTooNew

FILE = "morgue.db"
LOG = 16_000  # pages of 4 KB in the write-ahead log before it is folded into the file
CACHE = 65_536  # KB of the file that the writer holds in memory
BUSY = 10_000  # milliseconds to wait for another writer: its transactions last a few


def stamp(moment: datetime) -> str:
    """UTC, ISO 8601, to the second: the form of every time in the archive."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def moment(stamped: str) -> datetime:
    """The other way."""
    return datetime.fromisoformat(stamped)


def open_writable(path: Path | None) -> Database:
    """The file for the one writer: made when missing, copied before its tables are changed. None: in memory."""
    if path is None:
        return _prepared(sqlite3.connect(":memory:", isolation_level=None), "this archive")
    with explained(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(f"{path.parent}: the folder cannot be made ({error.strerror}); name another") from error
        if not path.exists():
            _beget(path)
        return _opened(path)


def _opened(path: Path) -> Database:
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY / 1000)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # A process that is killed loses nothing with NORMAL; a power cut may lose the last moments, never the file,
        # and what is lost is still wanted in the ledger.
        connection.execute("PRAGMA synchronous = NORMAL")
        # Filing one article touches some fifty pages all over the indexes; a larger log writes many of them back once.
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOG}")
        connection.execute(f"PRAGMA cache_size = -{CACHE}")
        return _prepared(connection, str(path), path)
    except BaseException:
        connection.close()
        raise


def _beget(path: Path) -> None:
    """Make a new archive under another name first: nobody ever opens one that has only half of its tables."""
    unborn = path.with_name(path.name + ".new")
    for leftover in (unborn, path.with_name(unborn.name + "-wal"), path.with_name(unborn.name + "-shm")):
        leftover.unlink(missing_ok=True)
    _opened(unborn).close()  # closing the last connection folds the log into the file
    unborn.rename(path)


def open_readonly(path: Path) -> Database:
    """The file for readers; never made, never changed, but brought up to the present tables when it is older."""
    if not path.exists():
        raise ArchiveError(f"{path}: there is no archive yet; `morgue crawl` or `morgue add URL` makes one")
    db = _readonly(path)
    with explained(path):
        _refuse_strange(db, str(path))
        if not schema.pending(db):
            return db
        db.close()
        open_writable(path).close()
        return _readonly(path)


def _readonly(path: Path) -> Database:
    with explained(path):
        uri = path.absolute().as_uri()
        connection = sqlite3.connect(f"{uri}?mode=ro", uri=True, timeout=BUSY / 1000, isolation_level=None)
        try:
            connection.execute("SELECT 1 FROM sqlite_master")
        except sqlite3.OperationalError as error:
            connection.close()
            # In a read-only folder SQLite cannot make the index of its log; without a log it needs none.
            if "unable to open" not in str(error) or path.with_name(path.name + "-wal").exists():
                raise
            connection = sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True, isolation_level=None)
        connection.row_factory = sqlite3.Row
        return Database(connection, execute_plugins=False)


def _prepared(connection: sqlite3.Connection, name: str, path: Path | None = None) -> Database:
    connection.row_factory = sqlite3.Row
    db = Database(connection, execute_plugins=False)
    _refuse_strange(db, name)
    if waiting := schema.pending(db):
        if path is not None and schema.migrations.applied(db):
            _copy(connection, path.with_name(f"{path.stem}-before-{waiting[0].partition('_')[0]}.db"))
        schema.migrate(db)
    connection.execute("PRAGMA foreign_keys = ON")
    return db


def _copy(connection: sqlite3.Connection, to: Path) -> None:
    copy = sqlite3.connect(to)
    try:
        connection.backup(copy)
    finally:
        copy.close()


def _refuse_strange(db: Database, name: str) -> None:
    if schema.foreign(db):
        raise ArchiveError(f"{name} is not an archive of Morgue but another SQLite file; name another or move it away")
    if strange := schema.unknown(db):
        raise ArchiveTooNew(f"{name} was written by a newer version of Morgue ({strange[-1]}); install that version")


@contextmanager
def transaction(db: Database, path: Path | None) -> Iterator[None]:
    """All or nothing. Takes the writer's place at once, so that nobody comes between reading and writing."""
    with explained(path):
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if db.conn.in_transaction:
                db.conn.execute("ROLLBACK")
            raise
        try:
            db.conn.execute("COMMIT")
        except BaseException:
            if db.conn.in_transaction:
                db.conn.execute("ROLLBACK")
            raise


@contextmanager
def explained(path: Path | None) -> Iterator[None]:
    """SQLite's errors, as one line that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explanation(path, error) from error


def _explanation(path: Path | None, error: sqlite3.Error) -> ArchiveError:
    said = str(error)
    name = str(path or "the archive")
    if "locked" in said or "busy" in said:
        return ArchiveLocked(f"{name}: another process is writing; wait for it to end and run again")
    if "full" in said:
        return ArchiveError(f"{name}: the disk is full; make room and run again, what was recorded is kept")
    if "not a database" in said:
        return ArchiveError(f"{name} is not an archive of Morgue (not an SQLite file); name another or move it away")
    if "malformed" in said:
        return ArchiveError(f"{name} is damaged ({said}); run `morgue verify` or go back to a backup")
    if "readonly" in said:
        return ArchiveError(f"{name} cannot be written to; check the rights of the file and its folder")
    if "unable to open" in said:
        return ArchiveError(
            f"{name} cannot be opened; check that the path is right and its folder can be read and written"
        )
    if "disk I/O" in said:
        return ArchiveError(f"{name}: the disk reports an error ({said}); check it, what was recorded is kept")
    return ArchiveError(f"{name}: {said}")
