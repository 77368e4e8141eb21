"""Make an archive large in minutes: copies of its first articles, laid down behind them by the thousand.

What a copy is searched by is that of its original; address, dates and numbers are its own. Its bands and its sketch are
drawn by lot, as those of a stranger are: an archive of copies would be one cluster.
"""

from __future__ import annotations

from archive import Archive, segment

ORIGINALS = 4_000  # articles that are copied
BANDS, PASSES = 32, 4  # rows of an article in the index of bands, laid down in so many passes
_LATER = "strftime('%Y-%m-%dT%H:%M:%SZ', {0}, '+' || (5 * :shift) || ' minutes')"
_NUMBERED = ("id", "article_id", "revision_id", "link_id")
# What tells a copy from its original, in each table that filing writes to.
_CHANGED = {
    "articles": {
        "url": "url || '-' || :shift",
        "published": "substr(" + _LATER.format("published") + ", 1, 16) || 'Z'",
        "month": "substr(" + _LATER.format("published") + ", 1, 7)",
        "first_seen_at": _LATER.format("first_seen_at"),
        "last_seen_at": _LATER.format("last_seen_at"),
        "cluster_id": "NULL",
    },
    "revisions": {
        "seen_at": _LATER.format("seen_at"),
        "fingerprint": "'01' || lower(hex(randomblob(16)))",
        "text_fingerprint": "'01' || lower(hex(randomblob(16)))",
    },
    "texts": {},
    "links": {
        "url": "url || '-' || :shift",
        "key": "key || '-' || :shift",
        "found_at": _LATER.format("found_at"),
        "state_at": _LATER.format("state_at"),
        "retry_at": _LATER.format("retry_at"),
    },
    "visits": {"url": "url || '-' || :shift", "at": _LATER.format("at")},
    "article_authors": {},
}


def lay(archive: Archive, articles: int) -> None:
    """Bring the archive, whose first `ORIGINALS` articles have one address each, to this number of them."""
    db = archive.db
    numbered = [table for table in _CHANGED if table not in ("texts", "article_authors")]
    held = max(db.execute(f"SELECT max(id) FROM {table}").fetchone()[0] for table in numbered)
    originals = [
        (number, *segment.entry(*parts))
        for number, *parts in db.execute(
            "SELECT id, title, text, byline FROM articles JOIN texts USING (revision_id) WHERE id <= ?", (ORIGINALS,)
        )
    ]
    db.execute("INSERT INTO search (search, rank) VALUES ('hashsize', ?)", (16 << 20,))
    for shift in range(held, articles, ORIGINALS):
        size = min(ORIGINALS, articles - shift)
        numbers = {"shift": shift, "size": size}
        with db.atomic():
            for table, changed in _CHANGED.items():
                columns = [row["name"] for row in db.execute(f"PRAGMA table_info({table})")]
                values = [changed.get(name, f"{name} + :shift" if name in _NUMBERED else name) for name in columns]
                first = "article_id" if table == "article_authors" else columns[0]
                db.execute(
                    f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table}"
                    f" WHERE {first} <= :size ORDER BY {first}",
                    numbers,
                )
            db.execute("INSERT INTO sketches SELECT id, randomblob(64) FROM articles WHERE id > :shift", numbers)
            db.conn.executemany(
                "INSERT INTO search (rowid, begins, title, text, byline) VALUES (?, ?, ?, ?, ?)",
                ((shift + number, *parts) for number, *parts in originals[:size]),
            )
    counted = (
        f"WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {BANDS // PASSES})"
    )
    for _ in range(PASSES):
        drawn = f"{counted} SELECT random() AS band, id FROM articles, counted WHERE id > ? ORDER BY band"
        db.execute(f"INSERT INTO bands {drawn}", (held,))
