"""Files of records into the archive: WARC files as crawlers publish them, JSON as other tools write it.

    file  ->  records  ->  a page or an article, or the reason why not  ->  record

    parts.py    the files: WARC files inside a WACZ file, too
    choice.py   which records are wanted, and which newspaper they belong to
    warcs.py    a record of a WARC file as a page
    lines.py    the records of a JSON file, however it is laid out
    tools.py    a record of another tool as an article

A file is one task. Where it stands is written down with each record that is filed, so a killed import goes on behind
it; a file that was imported is known by its digest. Records are read side by side and filed in their order: the
number of workers changes nothing. Each ends filed or in a counted reason: records = filed + rejected.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, cast

from archive.errors import ArchiveError
from archive.imports import counted
from archive.records import Import, Visit
from archive.warcfile import Piece, pieces
from scraper.config import Source
from scraper.importing import lines, tools, warcs
from scraper.importing.choice import Choice
from scraper.importing.parts import Part, parts
from scraper.importing.unusable import UnreadableFile, Unusable
from scraper.inorder import in_order
from scraper.learning import NEWEST
from scraper.pipeline import Run, compare, consider, learn

__all__ = ["Choice", "Part", "Rejection", "UnreadableFile", "import_file", "parts"]

AT_ONCE = 8  # records in hand for each worker
SAVE_EVERY = 1_000  # records passed over between two that are filed: at most so many are looked at again


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that was not filed. `place` is its line or number in a JSON file, its offset in a WARC file."""

    file: Part
    place: int
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Record:
    """What was found at `place` of a file, and the position behind it."""

    place: int
    behind: int
    found: Piece | lines.Found


@dataclass(frozen=True, slots=True)
class _Considered:
    """A record that was looked at: the visit to record, or why there is none."""

    record: _Record
    visit: tuple[Source, Visit] | None = None
    error: Unusable | None = None


async def import_file(
    part: Part,
    choice: Choice,
    run: Run,
    *,
    workers: int = 1,
    told: Callable[[Import], None] = lambda state: None,
    rejected: Callable[[Rejection], None] = lambda rejection: None,
) -> Import:
    """File all records of a file, or go on where an earlier import of it stopped.

    told       hears of the state after each record
    rejected   hears of each record that is not filed
    Raises UnreadableFile, or ArchiveError when the archive cannot be written.
    """
    try:
        state = run.archive.begin_import(part.digest(), part.name, choice.options(), run.clock.now())
        if state.done:
            return state
        with part.open() as stream:
            return await _import(part, stream, state, choice, run, workers, told, rejected)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
        raise UnreadableFile(f"{part.name} cannot be read to its end: {error}; what came before is filed") from error


async def _import(
    part: Part,
    stream: BinaryIO,
    state: Import,
    choice: Choice,
    run: Run,
    workers: int,
    told: Callable[[Import], None],
    rejected: Callable[[Rejection], None],
) -> Import:
    async def work(record: _Record) -> _Considered:
        return await _considered(record, part, choice, run)

    unsaved = 0
    sources: dict[str, Source] = {}
    async for one in in_order(_records(part, stream, state.position), work, AT_ONCE * workers):
        ahead = replace(state, position=one.record.behind)
        if one.visit is not None:
            source, visit = one.visit
            if visit.exchanges:  # a page; records of other tools were read by these
                await compare(visit, source, run)
                sources[source.id] = source
            recorded = run.record(source, replace(visit, imported=ahead))
            what, reason, detail, unsaved = recorded.what, visit.reason, visit.detail, 0
        else:
            error = one.error or Unusable("internal error")
            what, reason, detail, unsaved = "rejected", error.reason, error.detail, unsaved + 1
        after = counted(ahead, what, reason)
        if after.filed == state.filed:
            rejected(Rejection(part, one.record.place, reason, detail))
        state = after
        told(state)
        if unsaved >= SAVE_EVERY:
            run.archive.save_import(state)
            unsaved = 0
        if run.over:
            run.archive.save_import(state)
            return state
    state = replace(state, done=True)
    run.archive.save_import(state, run.clock.now())
    for source in sources.values():  # at the end: in the middle the number of workers would matter
        await learn(source, run, newest=max(NEWEST, state.filed))
    return state


def _records(part: Part, stream: BinaryIO, position: int) -> Iterator[_Record]:
    name = part.name.lower()
    if part.is_warc:
        try:
            for piece in pieces(stream, position):
                yield _Record(piece.offset, piece.end, piece)
        except ArchiveError as error:
            raise UnreadableFile(f"{part.name}: {error}") from error
        return
    plain = cast(BinaryIO, gzip.GzipFile(fileobj=stream)) if name.endswith(".gz") else stream
    found = lines.whole(plain) if name.removesuffix(".gz").endswith(".json") else lines.each(plain)
    for number, one in enumerate(found, 1):
        if number > position:
            yield _Record(one.place, number, one)


async def _considered(record: _Record, part: Part, choice: Choice, run: Run) -> _Considered:
    try:
        if isinstance(record.found, Piece):
            page, source = warcs.page(record.found, part.name, choice.of, run.clock.now())
            return _Considered(record, (source, await consider(page, source, run)))
        visit = tools.visit(record.found.value(), run.clock.now())
        source = choice.of(visit.url)
        return _Considered(record, (source, replace(visit, source=source.id)))
    except Unusable as error:
        return _Considered(record, error=error)
