"""Articles out of the archive, in the format that the file's ending names, one at a time.

A file appears when it is complete, or not at all. An article is "a12", its revision "a12.r1", a paragraph "a12.r1.p3":
a new export of the same revision gives the same names. A record is an article in its present state, or each of its
revisions by itself; the facts beside headline and text are those of the present state either way.
"""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from sqlite_utils import Database

from archive import articles, warc
from archive.articles import ArticleRow, RevisionRow
from archive.captures import Captures
from archive.cite import revision_id
from archive.errors import ArchiveError
from archive.identity import words as length_of
from archive.revisions import paragraphs
from archive.search import numbers

Record = dict[str, Any]

# Those of a record that fit in a cell; what there may be several of is joined.
COLUMNS = (
    *("id", "source", "source_name", "url", "canonical_url", "title", "published", "published_precision"),
    *("published_from", "modified", "authors", "language", "section", "tags", "agency", "kind", "free_to_read"),
    *("words", "revision", "revisions", "weight", "extractor", "seen_at", "first_seen_at", "last_seen_at"),
    *("withdrawn_at", "cluster", "text"),
)
MOMENTS = ("seen_at", "first_seen_at", "last_seen_at", "withdrawn_at")  # of the archive's own clock, in UTC
_BATCH = 1_000  # articles in memory for one row group of Parquet


def export(
    db: Database,
    path: Path,
    words: str | None = None,
    *,
    source: str | None = None,
    from_: str | None = None,
    to: str | None = None,
    language: str | None = None,
    captures: Captures | None = None,
    every_revision: bool = False,
) -> int:
    """Write the articles that a search finds (all without one) to a file; returns how many records.

    By ending: .jsonl .csv .parquet .xml (TEI) .vert (vertical) .warc.gz (the captures; returns how many of these).
    """
    chosen = numbers(db, words, source=source, from_=from_, to=to, language=language)
    if path.name.endswith(".warc.gz"):
        if captures is None:
            raise ArchiveError("an archive in memory has no captures to export")
        keep = captures
        return _atomically(path, lambda out: _write_warc(db, keep, chosen, path.name, out))
    writer = _WRITERS.get(path.suffix)
    if writer is None:
        raise ArchiveError(f"{path}: the ending names no format; use {', '.join([*_WRITERS, '.warc.gz'])}")
    return _atomically(path, lambda out: writer(records(db, chosen, every_revision=every_revision), out))


def records(db: Database, chosen: Iterable[int], *, every_revision: bool = False) -> Iterator[Record]:
    """Articles as plain values for JSON, with all that is known of them: the present state of each, or every one."""
    names = dict(db.execute("SELECT id, coalesce(name, id) FROM sources").fetchall())
    for number in chosen:
        row = articles.article(db, number)
        if every_revision:
            for state in articles.revisions(db, number):
                yield _record(row, state, revision_id(number, state.number), names[row.source])
        elif present := articles.revision(db, number, row.revision):
            yield _record(row, present, f"a{number}", names[row.source])


def _record(row: ArticleRow, state: RevisionRow, name: str, source_name: str) -> Record:
    captures = row.captures if name == f"a{row.id}" else [state.capture] if state.capture else []
    revision = revision_id(row.id, state.number)
    return {
        "id": name,
        "source": row.source,
        "source_name": source_name,
        "url": row.url,
        "canonical_url": row.canonical_url,
        "title": state.title,
        "published": row.published,
        "published_precision": row.published_precision,
        "published_from": row.published_from,
        "modified": row.modified,
        "authors": list(row.authors),
        "language": row.language,
        "section": row.section,
        "tags": list(row.tags),
        "agency": row.agency,
        "kind": row.kind,
        "free_to_read": row.free_to_read,
        "words": row.words if state.number == row.revision else length_of(state.text),
        "revision": state.number,
        "revisions": row.revisions,
        "weight": state.weight,
        "extractor": state.extractor,
        "seen_at": state.seen_at,
        "first_seen_at": row.first_seen_at,
        "last_seen_at": row.last_seen_at,
        "withdrawn_at": row.withdrawn_at,
        "cluster": row.cluster.id if row.cluster else None,
        "aliases": list(row.aliases),
        "images": [{"url": image.url, "caption": image.caption, "credit": image.credit} for image in row.images],
        "captures": [{"file": one.file, "offset": one.offset, "digest": one.digest} for one in captures],
        "events": [{"at": event.at, "kind": event.kind, "detail": event.detail} for event in row.events],
        "text": state.text,
        "paragraphs": [
            {"id": f"{revision}.p{place}", "text": text} for place, text in enumerate(paragraphs(state.text), 1)
        ],
    }


def write_jsonl(found: Iterable[Mapping[str, Any]], out: BinaryIO) -> int:
    """One JSON object a line."""
    count = 0
    for record in found:
        out.write(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        count += 1
    return count


def _write_csv(found: Iterable[Record], out: BinaryIO) -> int:
    count = 0
    text = io.TextIOWrapper(out, encoding="utf-8", errors="replace", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for record in found:
        writer.writerow(_flat(record).values())
        count += 1
    text.detach()
    return count


def _write_parquet(found: Iterable[Record], out: BinaryIO) -> int:
    try:
        import pyarrow as pa  # an extra
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ArchiveError("Parquet needs another package: pip install 'morgue[parquet]'") from error
    listed, moment = pa.list_(pa.string()), pa.timestamp("s", tz="UTC")
    kinds: dict[str, Any] = dict.fromkeys(MOMENTS, moment)
    kinds |= {"authors": listed, "tags": listed, "words": pa.int64(), "revision": pa.int64(), "revisions": pa.int64()}
    kinds |= {"free_to_read": pa.bool_(), "cluster": pa.int64()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
    count = 0
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        while batch := [{name: record[name] for name in COLUMNS} for record in islice(found, _BATCH)]:
            for row in batch:
                row |= {name: datetime.fromisoformat(row[name]) for name in MOMENTS if row[name]}
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
            count += len(batch)
    return count


def _write_tei(found: Iterable[Record], out: BinaryIO) -> int:
    from archive import tei  # lxml, which nothing else here needs

    return tei.write(found, out)


def _write_vertical(found: Iterable[Record], out: BinaryIO) -> int:
    from archive import vertical

    return vertical.write(((record, _flat(record)) for record in found), out)


def _write_warc(db: Database, captures: Captures, chosen: Iterable[int], name: str, out: BinaryIO) -> int:
    """The pages that the revisions were read from; one that refers to an earlier page is written out whole."""
    count = 0
    for number in chosen:
        for capture in articles.article(db, number).captures:
            if not count:
                out.write(warc.warcinfo(name, capture.at, seed=name))
            exchange = captures.read(capture)
            seed = f"{capture.file}#{capture.offset}"
            out.write(warc.records(exchange, warc.record_type(exchange, None), None, seed=seed)[0])
            count += 1
    return count


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: "; ".join(value) if isinstance(value := record[name], list) else value for name in COLUMNS}


def _atomically(path: Path, write: Callable[[BinaryIO], int]) -> int:
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be written ({error.strerror}); name another place") from error
    try:
        with os.fdopen(handle, "wb") as out:
            count = write(out)
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be written ({error.strerror}); nothing was changed") from error
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()
    return count


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_WRITERS: dict[str, Callable[[Iterator[Record], BinaryIO], int]] = {
    ".jsonl": write_jsonl,
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".xml": _write_tei,
    ".vert": _write_vertical,
}
