"""Class Archive: the archive as the rest of the world sees it, and its only writer."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlite_utils import Database

from archive import (
    articles,
    backfills,
    blocks,
    captures_table,
    database,
    export,
    extractions,
    filing,
    frames,
    health,
    imports,
    ledger,
    search,
)
from archive.articles import ArticleRow, RevisionRow, Story
from archive.captures import Captures
from archive.database import FILE, stamp
from archive.errors import ArchiveError
from archive.records import (
    Article,
    Backfill,
    Capture,
    Exchange,
    Import,
    Link,
    Listing,
    Recorded,
    RecurringBlock,
    Robots,
    Source,
    Step,
    Via,
    Visit,
    Wanted,
)
from archive.revisions import Difference, difference
from archive.search import Hit
from archive.warc import digest

if TYPE_CHECKING:
    import pandas as pd


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
        # A damaged file, a full disk: one line; its kin (a constraint, a wrong call) would be bugs of ours.
        if error is not None and type(error) in (sqlite3.DatabaseError, sqlite3.OperationalError):
            with database.explained(self.path):
                raise error

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

    def next_turn(self, source: str) -> datetime | None:
        """When a source has something to ask for again; None when it never has."""
        with database.explained(self.path):
            return ledger.next_turn(self.db, source)

    def unseen(self, source: str, urls: Iterable[str]) -> list[str]:
        """Those of the addresses that the ledger does not know."""
        with database.explained(self.path):
            return ledger.unseen(self.db, source, urls)

    def judged(self, source: str) -> tuple[list[str], list[str]]:
        """Addresses that were looked at: of the latest articles, and of pages that are none."""
        with database.explained(self.path):
            return ledger.judged(self.db, source)

    def backfill(self, source: str, via: Via, first: str, last: str) -> Backfill | None:
        """The latest walk back in time that was begun with these facts; None when there is none."""
        with database.explained(self.path):
            return backfills.find(self.db, source, via, first, last)

    def begin_backfill(
        self, source: str, via: Via, first: str, last: str, urls: Iterable[str], now: datetime
    ) -> Backfill:
        """Begin a walk at these listings."""
        with database.transaction(self.db, self.path):
            return backfills.begin(self.db, source, via, first, last, urls, now)

    def steps(self, backfill: Backfill, now: datetime, limit: int) -> list[Step]:
        """The listings of a walk whose turn has come."""
        with database.explained(self.path):
            return backfills.steps(self.db, backfill.id, now, limit)

    def wanted_by(self, backfill: Backfill, now: datetime, limit: int) -> list[Wanted]:
        """The addresses that a walk found and whose turn has come."""
        with database.explained(self.path):
            return list(backfills.wanted(self.db, backfill.id, now, limit))

    def repeated(self, backfill: Backfill, links: Iterable[Link]) -> bool:
        """Did an earlier step of the walk list the very same stories?"""
        with database.explained(self.path):
            return backfills.repeated(self.db, backfill.id, links)

    def release(self, backfill: Backfill, after: str) -> None:
        """Leave alone what a walk's pages do not date and what stands above an article published after that day."""
        with database.transaction(self.db, self.path):
            backfills.release(self.db, backfill.id, after)

    def pages_asked(self, backfill: Backfill, start: str) -> dict[int, tuple[str, str]]:
        """The pages of a section that a walk asked: number -> address and what came of it."""
        with database.explained(self.path):
            return backfills.asked(self.db, backfill.id, start)

    def newest_before(self, backfill: Backfill, step: Step) -> str | None:
        """The latest publication date among the articles that the page before this one named."""
        with database.explained(self.path):
            return backfills.newest_before(self.db, backfill.id, step)

    def met_a_section(self, backfill: Backfill) -> bool:
        """Was one of the listings that the walk asked a section page?"""
        with database.explained(self.path):
            return backfills.met_a_section(self.db, backfill.id)

    def leave_step(self, step: Step, reason: str, now: datetime) -> None:
        """A step of a walk that need not be taken."""
        with database.transaction(self.db, self.path):
            backfills.leave(self.db, step, reason, now)

    def sitemaps(self, source: str) -> list[str]:
        """The sitemaps of a source that crawls follow, without those that a sitemap names."""
        with database.explained(self.path):
            return backfills.sitemaps(self.db, source)

    def backfill_progress(self, backfill: Backfill) -> backfills.Progress:
        """How far a walk has come."""
        with database.explained(self.path):
            return backfills.progress(self.db, backfill.id)

    # Imports, and pages read again

    def begin_import(self, digest: str, name: str, options: Mapping[str, object], now: datetime) -> Import:
        """The import of a file with these options, as far as it has come."""
        with database.transaction(self.db, self.path):
            return imports.begin(self.db, digest, name, options, now)

    def save_import(self, state: Import, done_at: datetime | None = None) -> None:
        """Remember how far an import has come when nothing was recorded, or that it is done."""
        with database.transaction(self.db, self.path):
            imports.save(self.db, state, done_at)

    def exchange(self, capture: Capture) -> Exchange:
        """A kept page as it came. Raises ArchiveError when it cannot be read."""
        if self.path is None:
            raise ArchiveError("an archive in memory keeps no pages")
        return Captures(self.path.parent / "captures").read(capture)

    def begin_reextraction(self, options: Mapping[str, object], now: datetime) -> int:
        """Begin a re-extraction; returns its number."""
        with database.transaction(self.db, self.path):
            return extractions.begin(self.db, options, now)

    def reread(self, revision: int, article: Article, extractor: str, run: int | None = None) -> extractions.Changes:
        """What a new reading of a kept page changes; with the number of a re-extraction it is put in place, too."""
        if run is None:
            with database.explained(self.path):
                return extractions.compare(self.db, revision, article, extractor)
        with database.transaction(self.db, self.path):
            return extractions.put(self.db, run, revision, article, extractor)

    def undo_reextraction(self, run: int, now: datetime) -> int:
        """Put back what a re-extraction replaced; returns how many readings."""
        with database.transaction(self.db, self.path):
            return extractions.undo(self.db, run, now)

    # What comes back on a source's pages

    def blocks(self, source: str) -> list[RecurringBlock]:
        """The blocks of text that were learned to come back on a source's pages, those on most pages first."""
        with database.explained(self.path):
            return blocks.held(self.db, source)

    def to_learn(self, source: str) -> tuple[int, int]:
        """How many articles of a source are new since its blocks were learned, and how many were held then.

        An archive that keeps no pages has nothing to learn from."""
        if self._captures is None:
            return 0, 0
        with database.explained(self.path):
            return blocks.fresh(self.db, source)

    def learned(self, source: str, found: Iterable[RecurringBlock], pages: int, now: datetime) -> None:
        """Keep what was learned from the newest `pages` kept pages of a source, in place of what was before."""
        with database.transaction(self.db, self.path):
            blocks.learned(self.db, source, found, pages, now)

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

    # Questions

    def article(self, id_or_url: int | str) -> ArticleRow | None:
        """An article by its number or by any address that leads to it."""
        with database.explained(self.path):
            number = articles.number_of(self.db, id_or_url)
            return None if number is None else articles.article(self.db, number)

    def articles(
        self,
        *,
        source: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        language: str | None = None,
    ) -> Iterator[ArticleRow]:
        """The articles in the order of their numbers; dates like "2017", "2017-11" or "2017-11-27", both included."""
        with database.explained(self.path):
            for number in search.numbers(self.db, source=source, from_=from_, to=to, language=language):
                yield articles.article(self.db, number)

    def __iter__(self) -> Iterator[ArticleRow]:
        return self.articles()

    def to_pandas(
        self,
        words: str | None = None,
        *,
        source: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        language: str | None = None,
        every_revision: bool = False,
    ) -> pd.DataFrame:
        """The articles that the words find (all without any), a row each, or one for each revision. Needs pandas.

        See `archive.frames`.
        """
        with database.explained(self.path):
            chosen = search.numbers(self.db, words, source=source, from_=from_, to=to, language=language)
            return frames.frame(export.records(self.db, chosen, every_revision=every_revision))

    def texts(
        self,
        *,
        source: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        language: str | None = None,
    ) -> Iterator[tuple[int, str]]:
        """Number and text of the articles, for counting words; filters as in `articles`."""
        with database.explained(self.path):
            for number in search.numbers(self.db, source=source, from_=from_, to=to, language=language):
                yield number, articles.text(self.db, number)

    def revision(self, article: int, number: int) -> RevisionRow | None:
        """One revision of an article; 1 is the first."""
        with database.explained(self.path):
            return articles.revision(self.db, article, number)

    def revisions(self, article: int) -> list[RevisionRow]:
        """All revisions of an article in the order of time, which is mostly that of their numbers."""
        with database.explained(self.path):
            return articles.revisions(self.db, article)

    def difference(self, article: int, old: int, new: int) -> Difference | None:
        """What was changed between two revisions; None when one of them does not exist."""
        before, after = self.revision(article, old), self.revision(article, new)
        if before is None or after is None:
            return None
        return difference(before.title, before.text, after.title, after.text)

    def search(
        self,
        words: str,
        *,
        source: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        language: str | None = None,
        limit: int = 20,
    ) -> list[Hit]:
        """The articles that the words find, best first (see `archive.query`). Raises QueryError."""
        with database.explained(self.path):
            return search.search(self.db, words, source=source, from_=from_, to=to, language=language, limit=limit)

    def why(self, url: str) -> list[Story]:
        """What became of an address, at each source that knows it; empty when none does."""
        with database.explained(self.path):
            return articles.why(self.db, url)

    def status(self, now: datetime) -> list[health.Health]:
        """How every source fares, and why it is degraded when it is."""
        with database.explained(self.path):
            return health.check(self.db, now)

    # The only way in

    def record(self, visit: Visit, accepts: Callable[[str], bool] | None = None) -> Recorded:
        """Record one visit and all that came of it, as one transaction; when it returns, it is kept.

        accepts   says which addresses of a listing the configuration wants; the others are noted as excluded
        """
        # Captures first: a page without its row is found by `verify`, a row without its page could not be mended.
        kept = (
            [
                self._captures.append(one, captures_table.same_payload(self.db, digest(one.body)))
                for one in self._to_keep(visit)
            ]
            if self._captures
            else []
        )
        with database.transaction(self.db, self.path):
            ledger.ensure_source(self.db, visit.source, visit.at)
            captures = [captures_table.note(self.db, capture) for capture in kept]
            capture = captures[-1] if captures else None
            for number, exchange in zip(captures, visit.exchanges, strict=False):
                captures_table.note_origin(self.db, number, exchange.origin)
            if visit.step is not None:
                listing, links = backfills.take(self.db, visit, accepts)
                recorded, link = Recorded(what=visit.outcome.value, links=links), None
            elif visit.listing:
                listing, links = ledger.survey(self.db, visit, accepts)
                recorded, link = Recorded(what=visit.outcome.value, links=links), None
            else:
                recorded, link = filing.visit(self.db, visit, capture)
                listing = None
                if visit.imported or (visit.exchanges and visit.exchanges[-1].origin):
                    ledger.leave(self.db, link)
            if visit.imported:
                imports.save(self.db, imports.counted(visit.imported, recorded.what, visit.reason))
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
