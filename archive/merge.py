"""Several archives become one; in whatever order they are named, the outcome is the same.

Everything is put into a new file in an order of its own (an article by when it was first seen, its newspaper and its
address) and numbered anew; then the file takes the place of the archive's in one step. The same article is one that
shares an address, or a text, with another at the same newspaper; its revisions come into the order of time. The
search index, the near duplicates and the counts are worked out again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from sqlite3 import Row

from sqlite_utils import Database

from archive import clusters, database, fulltext
from archive.errors import ArchiveError, ArchiveLocked
from archive.filing import TOO_SHORT
from archive.identity import words
from archive.mergefiles import copy_captures
from archive.revisions import grade
from archive.store import Archive

# Table -> (what tells its rows apart, which row counts when there are several). In the order of their references.
CARRIED = {
    "sources": (("id",), "configured DESC"),
    "listings": (("source_id", "url"), "answered_at DESC"),
    "captures": (("file", "offset"), ""),
    "origins": (("capture_id",), ""),
    "authors": (("name",), ""),
    "tags": (("name",), ""),
    "robots": (("host",), "fetched_at DESC"),
    "imports": (("digest", "options"), "position DESC"),
    "reextractions": (("began_at", "options"), "undone_at DESC"),
    "learnings": (("source_id",), "articles DESC"),
    "blocks": (("source_id", "fingerprint"), "pages * 1.0 / of DESC"),
}
# The same for those that refer to articles.
CARRIED_BEHIND = {
    "links": (
        ("source_id", "key"),
        "CASE state WHEN 'held' THEN 0 WHEN 'alias' THEN 1 WHEN 'rejected' THEN 2 WHEN 'excluded' THEN 3"
        " WHEN 'deferred' THEN 4 ELSE 5 END, state_at DESC",
    ),
    "visits": (("at", "source_id", "url", "link_id", "listing_id", "outcome", "reason"), ""),
    "events": (("article_id", "at", "kind", "detail"), ""),
    "extractions": (("reextraction_id", "revision_id", "title", "text"), ""),
    "backfills": (("source_id", "via", "first_day", "last_day", "began_at"), ""),
    "backfill_steps": (("backfill_id", "url"), "done_at DESC"),
    "backfill_links": (("backfill_id", "link_id"), ""),
}
# These come with their articles ...
OF_ARTICLES = {
    "articles": "part, id",
    "revisions": "part, article_id",
    "texts": "part, revision_id",
    "evidence": "part, revision_id",
    "images": "part, article_id",
    "article_authors": "part, article_id",
    "article_tags": "part, article_id",
}
# ... and these are worked out again.
WORKED_OUT = ("bands", "sketches", "pairs", "clusters", "months")

_DATE = ("published", "published_precision", "published_from", "month")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What the archive holds now.

    joined      how many articles were in several archives
    conflicts   what they told differently, a line each
    """

    articles: int
    revisions: int
    addresses: int
    captures: int
    joined: int
    conflicts: tuple[str, ...]


def merge(into: Archive, others: Sequence[Archive]) -> Merged:
    """Unite archives into the first one, which must be open for writing. The others stay as they are."""
    assert into.path
    parts = [into, *others]
    with database.explained(into.path), _files_explained():
        before = into.db.execute("PRAGMA data_version").fetchone()[0]
        copy_captures(into.path.parent / "captures", [one.path.parent / "captures" for one in others if one.path])
        with (
            tempfile.TemporaryDirectory(dir=into.path.parent, prefix=".merge-") as folder,
            closing(database.open_writable(Path(folder) / database.FILE)) as db,
        ):
            db.execute("PRAGMA foreign_keys = OFF")  # rows come before what they refer to
            with db.atomic():
                merged = _unite(db, parts)
            if into.db.execute("PRAGMA data_version").fetchone()[0] != before:
                raise ArchiveLocked(f"{into.path} was written to meanwhile; wait for the crawl to end and run again")
            # Page by page in one transaction: killed before its end, it has changed nothing.
            db.conn.backup(into.db.conn)
    return merged


@contextmanager
def _files_explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArchiveError(f"{error.filename}: {error.strerror}; the archive is as it was") from error


def _unite(db: Database, parts: Sequence[Archive]) -> Merged:
    for table in (*CARRIED, *CARRIED_BEHIND, *OF_ARTICLES):
        _stage(db, table, parts)
    for table, columns in OF_ARTICLES.items():
        db.execute(f"CREATE INDEX temp.all_{table}_of ON all_{table} ({columns})")
    for table, (key, best) in CARRIED.items():
        _carry(db, table, key, best)
    _articles(db)
    conflicts = _conflicts(db)
    _revisions(db)
    for table, (key, best) in CARRIED_BEHIND.items():
        _carry(db, table, key, best)
    _earliest(db, "sources", "added_at", "id")
    _earliest(db, "links", "found_at", "source_id", "key")
    _hints(db)
    texts = "SELECT articles.id, text FROM articles JOIN texts USING (revision_id) ORDER BY articles.id"
    for row in db.execute(texts):
        clusters.place(db, row[0], row[1])
    fulltext.rebuild(db)
    counts = [db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in _COUNTED]
    joined = db.execute(
        "SELECT count(*) FROM (SELECT 1 FROM new_articles GROUP BY new HAVING count(DISTINCT part) > 1)"
    ).fetchone()[0]
    return Merged(**dict(zip(_COUNTED.values(), counts, strict=True)), joined=joined, conflicts=tuple(conflicts))


_COUNTED = {"articles": "articles", "revisions": "revisions", "links": "addresses", "captures": "captures"}


def _stage(db: Database, table: str, parts: Sequence[Archive]) -> None:
    """All rows of a table, with the number of the archive they are from, as temp.all_TABLE."""
    columns = _columns(db, table)
    db.execute(f"CREATE TEMP TABLE all_{table} (part, {', '.join(columns)})")
    marks = ", ".join("?" * (len(columns) + 1))
    for part, archive in enumerate(parts):
        with database.explained(archive.path):
            rows = archive.db.execute(f"SELECT {', '.join(columns)} FROM {table}")
            db.conn.executemany(f"INSERT INTO all_{table} VALUES ({marks})", ((part, *row) for row in rows))
    if "id" in columns:
        db.execute(f"CREATE INDEX temp.all_{table}_id ON all_{table} (part, id)")
        db.execute(f"CREATE TEMP TABLE new_{table} (part, old, new, PRIMARY KEY (part, old)) WITHOUT ROWID")


def _columns(db: Database, table: str) -> list[str]:
    return [f'"{row[1]}"' if row[1] == "offset" else row[1] for row in db.execute(f"PRAGMA table_info({table})")]


def _carry(db: Database, table: str, key: tuple[str, ...], best: str) -> None:
    """The rows of a table, each once and in the order of what tells them apart, with their references renumbered."""
    references = {row["from"]: row["table"] for row in db.execute(f"PRAGMA foreign_key_list({table})")}
    references = {name: other for name, other in references.items() if other != "sources" and other != table}
    numbered = "id" in _columns(db, table) and table != "sources"
    columns = [name for name in _columns(db, table) if name != "id" or not numbered]
    told = ", ".join(
        f"(SELECT new FROM new_{references[name]} AS m WHERE m.part = a.part AND m.old = a.{name}) AS {name}"
        if name in references
        else f"a.{name} AS {name}"
        for name in columns
    )
    key = tuple(f'"{name}"' if name == "offset" else name for name in key)
    order = ", ".join([*([best] if best else []), *(name for name in columns if name != "found_in")])
    old = "a.id" if numbered else "NULL"
    db.execute(f"CREATE TEMP TABLE told AS SELECT a.part AS part, {old} AS old, {told} FROM all_{table} AS a")
    chosen = (
        f"SELECT *, row_number() OVER (PARTITION BY {', '.join(key)} ORDER BY {order}) AS merge_turn,"
        f" dense_rank() OVER (ORDER BY {', '.join(key)}) AS new FROM told"
    )
    db.execute(f"CREATE TEMP TABLE ranked AS {chosen}")
    into = ", ".join(["id", *columns] if numbered else columns)
    values = ", ".join(["new", *columns] if numbered else columns)
    db.execute(f"INSERT INTO {table} ({into}) SELECT {values} FROM ranked WHERE merge_turn = 1 ORDER BY new")
    if numbered:
        db.execute(f"INSERT INTO new_{table} SELECT part, old, new FROM ranked")
    if table == "listings":  # one found in another: now that all have their numbers
        db.execute(
            "UPDATE listings SET found_in = (SELECT n.new FROM ranked JOIN new_listings AS n"
            " ON n.part = ranked.part AND n.old = ranked.found_in WHERE ranked.new = listings.id AND merge_turn = 1)"
        )
    db.execute("DROP TABLE told")
    db.execute("DROP TABLE ranked")


def _earliest(db: Database, table: str, column: str, *key: str) -> None:
    """Since when: the earliest that any of the archives knows."""
    db.execute(f"CREATE INDEX temp.all_{table}_key ON all_{table} ({', '.join(key)})")
    same = " AND ".join(f"a.{name} = {table}.{name}" for name in key)
    db.execute(f"UPDATE {table} SET {column} = (SELECT min(a.{column}) FROM all_{table} AS a WHERE {same})")


def _hints(db: Database) -> None:
    """What listings said of an address, where the row that counts does not know."""
    same = "all_links AS a WHERE a.source_id = links.source_id AND a.key = links.key"
    told = ("title", "published", "modified", "authors", "summary", "language")
    filled = [f"{name} = coalesce({name}, (SELECT max(a.{name}) FROM {same}))" for name in told]
    db.execute(
        f"UPDATE links SET {', '.join(filled)},"
        " found_in = coalesce(found_in, (SELECT min(m.new) FROM new_listings AS m"
        f" JOIN {same.replace(' WHERE', ' ON m.part = a.part AND m.old = a.found_in WHERE')}))"
    )


def _groups(db: Database) -> dict[tuple[int, int], tuple[int, int]]:
    """(archive, article) -> one that stands for all that are the same article."""
    heads: dict[tuple[int, int], tuple[int, int]] = {}

    def head(one: tuple[int, int]) -> tuple[int, int]:
        while (above := heads.setdefault(one, one)) != one:
            heads[one] = heads[above]
            one = above
        return one

    by_text = (
        "SELECT a.source_id, r.text_fingerprint AS told, r.part, a.id FROM all_revisions AS r"
        " JOIN all_articles AS a ON a.part = r.part AND a.id = r.article_id"
        f" JOIN all_texts AS t ON t.part = r.part AND t.revision_id = r.id WHERE length(t.text) > {TOO_SHORT}"
    )
    same = (
        "SELECT source_id, key AS told, part, article_id AS id FROM all_links WHERE article_id IS NOT NULL",
        by_text,
        "SELECT source_id, url AS told, part, id FROM all_articles",
    )
    for query in same:
        rows = db.execute(f"{query} ORDER BY 1, 2, 3, 4")
        for _, group in groupby(rows, key=lambda row: (row[0], row[1])):
            first, *rest = dict.fromkeys((row[2], row[3]) for row in group)
            # A text says less than an address: what one archive holds apart stays so (a rule may have cut both down).
            if query is by_text and len({part for part, _ in (first, *rest)}) <= len(rest):
                rest = []
            for other in rest:
                heads[head(other)] = head(first)
            head(first)
    return {one: head(one) for one in list(heads)}


def _articles(db: Database) -> None:
    """Each article once, numbered by when it was first seen; what the latest look does not tell, earlier ones do."""
    db.execute("CREATE TEMP TABLE grouped (part, old, head)")
    groups = _groups(db)
    names = {one: place for place, one in enumerate(dict.fromkeys(groups.values()))}
    db.conn.executemany("INSERT INTO grouped VALUES (?, ?, ?)", ((*one, names[head]) for one, head in groups.items()))
    db.execute(
        "INSERT INTO new_articles SELECT part, old, dense_rank() OVER (ORDER BY seen, source_id, url) FROM ("
        " SELECT g.part, g.old, a.source_id, min(a.first_seen_at) OVER heads AS seen, min(a.url) OVER heads AS url"
        " FROM grouped AS g JOIN all_articles AS a ON a.part = g.part AND a.id = g.old"
        " WINDOW heads AS (PARTITION BY g.head))"
    )
    db.execute("CREATE INDEX temp.new_articles_new ON new_articles (new)")
    columns = [name for name in _columns(db, "articles") if name not in ("id", "cluster_id", "revision_id")]
    listed = ", ".join(f"a.{name}" for name in columns)
    rows = db.execute(
        f"SELECT n.new, n.part, n.old, {listed} FROM new_articles AS n"
        " JOIN all_articles AS a ON a.part = n.part AND a.id = n.old"
        f" ORDER BY n.new, a.last_seen_at DESC, a.revisions DESC, {listed}"
    )
    insert = f"INSERT INTO articles (id, {', '.join(columns)}) VALUES ({', '.join('?' * (len(columns) + 1))})"
    for number, group in groupby(rows, key=lambda row: row[0]):
        known = list(group)
        row = _completed(columns, known)
        db.execute(insert, (number, *row.values()))
        _belongings(db, number, known)


def _belongings(db: Database, number: int, known: Sequence[Row]) -> None:
    """Pictures, authors and keywords, each as the latest look that tells any has them."""
    for table in ("images", "article_authors", "article_tags"):
        columns = [name for name in _columns(db, table) if name != "article_id"]
        named = {"author_id": "authors", "tag_id": "tags"}
        told = ", ".join(
            f"(SELECT new FROM new_{named[name]} AS m WHERE m.part = a.part AND m.old = a.{name})"
            if name in named
            else f"a.{name}"
            for name in columns
        )
        for one in known:
            added = db.execute(
                f"INSERT INTO {table} (article_id, {', '.join(columns)}) SELECT ?, {told} FROM all_{table} AS a"
                " WHERE a.part = ? AND a.article_id = ?",
                (number, one["part"], one["old"]),
            )
            if added.rowcount > 0:
                break


def _completed(columns: Sequence[str], known: Sequence[Row]) -> dict[str, object]:
    """The facts of an article from several archives; `known` begins with the latest look."""
    row: dict[str, object] = {name: known[0][name] for name in columns}
    dated = next((one for one in known if one["published"]), known[0])
    if said := dated["published"]:  # another look may have had the same date more precisely
        dated = max(
            (one for one in known if (one["published"] or "").startswith(said)), key=lambda one: len(one["published"])
        )
    for name in columns:
        if name in _DATE:
            row[name] = dated[name]
        elif name != "withdrawn_at":
            row[name] = next((one[name] for one in known if one[name] is not None), None)
    row["first_seen_at"] = min(one["first_seen_at"] for one in known)
    # Gone, unless another archive has seen it since.
    gone = [one["withdrawn_at"] for one in known if one["withdrawn_at"]]
    row["withdrawn_at"] = min((at for at in gone if at >= known[0]["last_seen_at"]), default=None)
    return row


def _revisions(db: Database) -> None:
    """The revisions of each article in the order of time; what repeats the one before is left out.

    So is another reading of the page that the one before was read from."""
    columns = [name for name in _columns(db, "revisions") if name not in ("id", "article_id", "number", "weight")]
    listed = ", ".join(f"r.{name} AS {name}" for name in columns if name != "capture_id")
    rows = db.execute(
        f"SELECT n.new AS article, r.part AS part, r.article_id AS was, r.id AS old,"
        f" r.weight AS weight, t.text AS text, {listed},"
        " (SELECT new FROM new_captures AS m WHERE m.part = r.part AND m.old = r.capture_id) AS capture_id,"
        " (SELECT digest FROM all_captures AS c WHERE c.part = r.part AND c.id = r.capture_id) AS page"
        " FROM new_articles AS n JOIN all_revisions AS r ON r.part = n.part AND r.article_id = n.old"
        " JOIN all_texts AS t ON t.part = r.part AND t.revision_id = r.id"
        " ORDER BY article, r.seen_at, r.number, r.fingerprint, t.text, capture_id IS NULL, capture_id, r.extractor"
    )
    insert = (
        f"INSERT INTO revisions (id, article_id, number, weight, {', '.join(columns)})"
        f" VALUES ({', '.join('?' * (len(columns) + 4))})"
    )
    db.execute("CREATE INDEX temp.all_events_of ON all_events (part, article_id)")
    last = 0
    for article, group in groupby(rows, key=lambda row: row["article"]):
        known = list(group)
        several = len({row["part"] for row in known}) > 1
        if several:  # each revision is weighed against another one than before
            db.conn.executemany(
                "DELETE FROM all_events WHERE part = ? AND article_id = ? AND kind = 'revised'",
                {(row["part"], row["was"]) for row in known},
            )
        before: Row | None = None
        number = 0
        for row in known:
            weight = row["weight"]
            if several and before is not None:
                # Other rules, or another version, may have read the very same page: the newspaper changed nothing.
                same_page = row["page"] is not None and row["page"] == before["page"] and row["part"] != before["part"]
                same = same_page or row["fingerprint"] == before["fingerprint"]
                weight = "noise" if same else grade(before["title"], before["text"], row["title"], row["text"])
            if weight == "noise" and before is not None:
                db.execute("INSERT INTO new_revisions VALUES (?, ?, ?)", (row["part"], row["old"], last))
                continue
            last, number = last + 1, number + 1
            told = [row[name] for name in columns]
            db.execute(insert, (last, article, number, weight if before is not None else None, *told))
            db.execute("INSERT INTO texts VALUES (?, ?)", (last, row["text"]))
            db.execute("INSERT INTO new_revisions VALUES (?, ?, ?)", (row["part"], row["old"], last))
            db.execute(
                f"INSERT INTO evidence SELECT ?, {', '.join(_columns(db, 'evidence')[1:])} FROM all_evidence"
                " WHERE part = ? AND revision_id = ?",
                (last, row["part"], row["old"]),
            )
            if several and before is not None:
                event = (row["part"], -last, row["was"], row["seen_at"], "revised", weight)
                db.execute("INSERT INTO all_events VALUES (?, ?, ?, ?, ?, ?)", event)
            before = row
        assert before is not None
        db.execute(
            "UPDATE articles SET revision_id = ?, revisions = ?, title = ?, words = ? WHERE id = ?",
            (last, number, before["title"], words(before["text"]), article),
        )


def _conflicts(db: Database) -> list[str]:
    """What the archives tell differently, and articles of one archive that another one knows to be the same."""
    told: set[str] = set()
    for name in ("name", "homepage", "country", "language"):
        for row in db.execute(
            f"SELECT id, group_concat(DISTINCT {name}) AS all_told, (SELECT {name} FROM sources WHERE id = a.id)"
            f" FROM all_sources AS a WHERE {name} IS NOT NULL GROUP BY id HAVING count(DISTINCT {name}) > 1"
        ):
            told.add(f"source {row[0]}: its {name} differs; {row[2]} was taken")
    for name in ("published", "language", "kind"):
        for row in db.execute(
            f"SELECT url, (SELECT {name} FROM articles WHERE id = n.new) FROM new_articles AS n"
            f" JOIN all_articles AS a ON a.part = n.part AND a.id = n.old WHERE {name} IS NOT NULL"
            f" GROUP BY n.new HAVING count(DISTINCT {name}) > 1"
        ):
            told.add(f"{row[0]}: {name} differs; {row[1]} was taken")
    twice = (
        "SELECT (SELECT url FROM articles WHERE id = new), count(*) FROM new_articles"
        " GROUP BY new, part HAVING count(*) > 1"
    )
    for row in db.execute(twice):
        told.add(f"{row[0]}: {row[1]} articles of one archive are one, by what another tells")
    return sorted(told)
