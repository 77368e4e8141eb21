"""New keys for old addresses, when what a key is has changed. In the caller's transaction (a migration's).

Two rows of the ledger that have one key now become one: the one that leads to an article, and of two the older one.
What was recorded of the other (visits, walks back in time) goes over to it. Only two different articles stay two:
then the later row gets a key that no address has, so that nothing is lost and none is found twice. It is not asked
for again: what came back would be taken for a change of the first article.
"""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database

from archive.address import address_key

_RANK = {"held": 0, "alias": 1, "wanted": 2, "deferred": 2, "rejected": 3, "excluded": 4}


def rekey(db: Database) -> None:
    """Compute the key of every address again, and what follows from it."""
    db.conn.create_function("new_key", 1, address_key, deterministic=True)
    db.execute(
        "UPDATE articles SET canonical_key = new_key(canonical_url)"
        " WHERE canonical_url IS NOT NULL AND canonical_key IS NOT new_key(canonical_url)"
    )
    changed = db.execute("SELECT id, new_key(url) FROM links WHERE key IS NOT new_key(url) ORDER BY id").fetchall()
    for number, _ in changed:
        db.execute("UPDATE links SET key = ? WHERE id = ?", (f"#{number}", number))  # out of each other's way
    for number, key in changed:
        _give(db, number, key)


def _give(db: Database, number: int, key: str) -> None:
    row = db.execute("SELECT * FROM links WHERE id = ?", (number,)).fetchone()
    if row is None:
        return  # became one with another
    there = db.execute("SELECT * FROM links WHERE source_id = ? AND key = ?", (row["source_id"], key)).fetchone()
    if there is None:
        db.execute("UPDATE links SET key = ? WHERE id = ?", (key, number))
        return
    kept, other = sorted((row, there), key=lambda one: (_RANK[one["state"]], one["id"]))
    if other["article_id"] in (None, kept["article_id"]):
        _unite(db, kept, other)
    else:
        apart = (f"{key}#{other['id']}", other["id"])
        db.execute("UPDATE links SET key = ?, retry_at = NULL WHERE id = ?", apart)
    db.execute("UPDATE links SET key = ? WHERE id = ?", (key, kept["id"]))


def _unite(db: Database, kept: sqlite3.Row, other: sqlite3.Row) -> None:
    pair = (kept["id"], other["id"])
    db.execute("UPDATE visits SET link_id = ? WHERE link_id = ?", pair)
    db.execute("UPDATE OR IGNORE backfill_links SET link_id = ? WHERE link_id = ?", pair)
    db.execute("DELETE FROM backfill_links WHERE link_id = ?", (other["id"],))
    db.execute("DELETE FROM links WHERE id = ?", (other["id"],))
