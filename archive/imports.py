"""Files that are imported: how far each has come, and what became of its records. In the caller's transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from archive.database import stamp
from archive.records import Import

FILED = frozenset({"new", "revised", "same", "alias"})


def begin(db: Database, digest: str, name: str, options: Mapping[str, object], now: datetime) -> Import:
    """The import of a file with these options: the one that was begun with the same bytes, or a new one."""
    chosen = json.dumps(options, sort_keys=True, ensure_ascii=False)
    db.execute(
        "INSERT OR IGNORE INTO imports (digest, options, file, began_at) VALUES (?, ?, ?, ?)",
        (digest, chosen, name, stamp(now)),
    )
    row = db.execute("SELECT * FROM imports WHERE digest = ? AND options = ?", (digest, chosen)).fetchone()
    return Import(
        id=row["id"],
        position=row["position"],
        records=row["records"],
        filed=row["filed"],
        rejected=json.loads(row["rejected"]),
        done=row["done_at"] is not None,
    )


def counted(state: Import, what: str, reason: str) -> Import:
    """The state with one record more, of which `what` came (see `Recorded`). Pure."""
    state = replace(state, records=state.records + 1)
    if what in FILED:
        return replace(state, filed=state.filed + 1)
    return replace(state, rejected=Counter(state.rejected) + Counter({reason: 1}))


def save(db: Database, state: Import, done_at: datetime | None = None) -> None:
    """Write down how far an import has come, or that it is done."""
    db.execute(
        "UPDATE imports SET position = ?, records = ?, filed = ?, rejected = ?, done_at = ? WHERE id = ?",
        (
            state.position,
            state.records,
            state.filed,
            json.dumps(dict(sorted(state.rejected.items())), ensure_ascii=False),
            stamp(done_at) if done_at else None,
            state.id,
        ),
    )
