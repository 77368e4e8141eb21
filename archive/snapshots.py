"""A selection of articles, frozen: what a study was based on, so that it can be cited, proved and found again.

A snapshot is a folder with two files. `manifest.json` (keys sorted, no spaces, UTF-8) names each article by newspaper
and address, the state that was read (when it was first seen, SHA-256 of headline, line feed and text, digest of the
captured page), the question, the coverage and the versions. It holds no text and may be shared. Its `root` is the
SHA-256 over the articles, each as one line of JSON in the same form without its `id`, the lines sorted, each with its
line feed: numbers change when archives are merged, the root does not. `CITATION.cff` says how to cite it.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from sqlite_utils import Database

from archive.cite import revision_id
from archive.database import stamp
from archive.errors import ArchiveError
from archive.identity import FINGERPRINT_VERSION, address_key
from archive.search import numbers

FORMAT = "morgue snapshot 1"
MANIFEST, CITATION = "manifest.json", "CITATION.cff"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NEEDED = ("source", "url", "sha256")

Entry = Mapping[str, Any]
Fate = Literal["held", "drifted", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What an archive has of one article of a snapshot.

    fate     held: this very state; drifted: the article, but only in other states, or with another date of
             publication; missing: nothing at its address
    detail   what drifted when headline and text did not
    """

    id: str
    source: str
    url: str
    fate: Fate
    detail: str = ""


def create(
    db: Database,
    folder: Path,
    name: str,
    now: datetime,
    *,
    words: str | None = None,
    source: str | None = None,
    from_: str | None = None,
    to: str | None = None,
    language: str | None = None,
    authors: Sequence[str] = (),
) -> dict[str, Any]:
    """Freeze what a search finds (all without one) as `folder/name`; returns the manifest. `authors` made the study."""
    if not _NAME.fullmatch(name):
        raise ArchiveError(f"{name!r} is no name for a snapshot: use letters, digits, points, - and _")
    if (folder / name).exists():
        raise ArchiveError(f"{folder / name} exists, and a snapshot is never changed; choose another name")
    chosen = list(numbers(db, words, source=source, from_=from_, to=to, language=language))
    if not chosen:
        raise ArchiveError("the search finds no article, and an empty snapshot proves nothing")
    asked = {"words": words, "source": source, "from": from_, "to": to, "language": language}
    entries = [_entry(db, number) for number in chosen]
    manifest = {
        "format": FORMAT,
        "name": name,
        "created_at": stamp(now),
        "question": {key: value for key, value in asked.items() if value is not None},
        "coverage": _coverage(db, chosen),
        "versions": {
            "morgue": version("morgue"),
            "fingerprint": FINGERPRINT_VERSION,
            "extractors": dict(sorted(Counter(str(one["extractor"]) for one in entries).items())),
        },
        "root": root(entries),
        "articles": entries,
    }
    _write(folder, name, {MANIFEST: _line(manifest), CITATION: _citation(manifest, authors)})
    return manifest


def read(path: Path) -> dict[str, Any]:
    """A manifest from its file or the folder of its snapshot. ArchiveError when it is none, or was altered."""
    file = path / MANIFEST if path.is_dir() else path
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ArchiveError(
            f"{file}: cannot be read ({error.strerror}); give a snapshot's name or its manifest"
        ) from error
    except ValueError as error:
        raise ArchiveError(f"{file} is not the manifest of a snapshot: no JSON ({error})") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ArchiveError(f"{file} is not the manifest of a snapshot (its format is not {FORMAT!r})")
    entries = manifest.get("articles")
    if not isinstance(entries, list) or not all(
        isinstance(one, dict) and all(isinstance(one.get(key), str) for key in _NEEDED) for one in entries
    ):
        raise ArchiveError(f"{file}: its articles need {', '.join(_NEEDED)}")
    if root(entries) != manifest.get("root"):
        raise ArchiveError(f"{file} was altered: its articles do not give its root; take the original")
    return manifest


def root(entries: Iterable[Entry]) -> str:
    """The one digest that stands for all of a snapshot; how it is made stands at the top."""
    whole = hashlib.sha256()
    for line in sorted(_line({key: value for key, value in one.items() if key != "id"}) for one in entries):
        whole.update(f"{line}\n".encode())
    return f"sha256:{whole.hexdigest()}"


def check(db: Database, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """What the archive has of each article of a snapshot, in its order; every text is read and digested."""
    for entry in manifest["articles"]:
        yield find(db, entry)


def find(db: Database, entry: Entry) -> Finding:
    """What the archive has of one article of a snapshot."""
    # By address alone: another archive may call the newspaper by another id.
    states = db.execute(
        "SELECT revisions.title, text, published FROM revisions JOIN texts ON texts.revision_id = revisions.id"
        " JOIN articles ON articles.id = article_id WHERE article_id IN"
        " (SELECT article_id FROM links WHERE key = ? AND article_id IS NOT NULL) ORDER BY number DESC",
        (address_key(entry["url"]),),
    ).fetchall()
    dates = {published for title, text, published in states if _digest(title, text) == entry["sha256"]}
    fate: Fate = "held" if dates else "drifted" if states else "missing"
    detail = ""
    frozen = entry.get("published")
    if dates and frozen and not any(_agree(frozen, date) for date in dates):
        fate, detail = "drifted", f"published {frozen}, now {', '.join(sorted(date or 'unknown' for date in dates))}"
    return Finding(id=str(entry.get("id", "")), source=entry["source"], url=entry["url"], fate=fate, detail=detail)


def _agree(one: str, other: str | None) -> bool:
    """Are two dates the same as far as the less precise one goes? A feed often tells the minute, its page the day."""
    return other is not None and (one.startswith(other) or other.startswith(one))


def _entry(db: Database, number: int) -> dict[str, Any]:
    row = db.execute(
        "SELECT articles.source_id AS source, articles.url AS url, articles.published AS published,"
        " revisions.number AS number, revisions.seen_at AS seen_at, revisions.title AS title, texts.text AS text,"
        " revisions.extractor AS extractor, captures.digest AS capture FROM articles"
        " JOIN revisions ON revisions.id = articles.revision_id JOIN texts ON texts.revision_id = revisions.id"
        " LEFT JOIN captures ON captures.id = revisions.capture_id WHERE articles.id = ?",
        (number,),
    ).fetchone()
    told = {name: row[name] for name in ("source", "url", "published", "seen_at", "extractor", "capture")}
    return {"id": revision_id(number, row["number"]), **told, "sha256": _digest(row["title"], row["text"])}


def _digest(title: str | None, text: str) -> str:
    return hashlib.sha256(f"{title or ''}\n{text}".encode("utf-8", "replace")).hexdigest()


def _coverage(db: Database, chosen: Sequence[int]) -> dict[str, Any]:
    db.execute("CREATE TEMP TABLE chosen (id INTEGER PRIMARY KEY)")
    try:
        db.conn.executemany("INSERT INTO chosen VALUES (?)", ((number,) for number in chosen))
        rows = "FROM chosen JOIN articles USING (id)"
        first, last, words, undated = db.execute(
            f"SELECT min(published), max(published), sum(words), count(*) - count(published) {rows}"
        ).fetchone()
        return {
            "articles": len(chosen),
            "words": words,
            "first_published": first,
            "last_published": last,
            "without_date": undated,
            "sources": dict(db.execute(f"SELECT source_id, count(*) {rows} GROUP BY 1").fetchall()),
            "languages": dict(db.execute(f"SELECT coalesce(language, ''), count(*) {rows} GROUP BY 1").fetchall()),
        }
    finally:
        db.execute("DROP TABLE chosen")


def _citation(manifest: Mapping[str, Any], authors: Sequence[str]) -> str:
    """Citation File Format 1.2.0; a quoted string of JSON is one of YAML, too."""
    coverage = manifest["coverage"]
    told = f"{coverage['articles']} articles of {', '.join(coverage['sources'])}"
    if coverage["first_published"]:
        told += f", published from {coverage['first_published'][:10]} to {coverage['last_published'][:10]}"
    lines = [
        "cff-version: 1.2.0",
        f"message: {_line('Please cite this snapshot of a news archive by its name and root digest.')}",
        "type: dataset",
        f"title: {_line(manifest['name'])}",
        f"abstract: {_line(told)}",
        "authors:",
        *(f"  - name: {_line(name)}" for name in authors or ("Morgue",)),
        f"date-released: {_line(manifest['created_at'][:10])}",
        "identifiers:",
        "  - type: other",
        f"    value: {_line(manifest['root'])}",
        f"    description: {_line('root digest of the manifest')}",
    ]
    return "\n".join(lines)


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _write(folder: Path, name: str, files: Mapping[str, str]) -> None:
    """The whole folder or nothing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as part:
            inside = Path(part) / name
            inside.mkdir()
            for file, content in files.items():
                (inside / file).write_text(content + "\n", encoding="utf-8", errors="replace")
            inside.rename(folder / name)
    except OSError as error:
        raise ArchiveError(f"{folder / name}: cannot be written ({error.strerror}); nothing was changed") from error
