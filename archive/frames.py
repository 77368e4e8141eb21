"""Articles as a pandas table, for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from archive.errors import ArchiveError
from archive.export import COLUMNS, MOMENTS

if TYPE_CHECKING:
    import pandas as pd

_KINDS = {"words": "int64", "revision": "int64", "revisions": "int64", "free_to_read": "boolean", "cluster": "Int64"}


def frame(records: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """One row a record, by its id ("a12", or "a12.r1" for a revision), with the columns of the CSV export.

    Authors and tags are lists.
    What the archive itself noted (`seen_at` ...) is time in UTC. `published` and `modified` stay as the page states
    them, since a day or a month is not a moment: `pd.to_datetime(..., format="ISO8601", utc=True)` makes them one.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ArchiveError("a table needs another package: pip install 'morgue[pandas]'") from error
    rows = [[record[name] for name in COLUMNS] for record in records]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(_KINDS).set_index("id")
    for name in MOMENTS:
        table[name] = pd.to_datetime(table[name], format="ISO8601", utc=True)
    return table
