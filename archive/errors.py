"""What the archive raises.

ArchiveError        the archive cannot be opened, read or written; one line that says what to do -> exit 2
├── ArchiveLocked   another process is writing
├── ArchiveTooNew   made by a newer version of Morgue
└── QueryError      a search that cannot be understood
"""

from __future__ import annotations


class ArchiveError(Exception):
    """The archive cannot be opened, read or written."""


class ArchiveLocked(ArchiveError):
    """Another process is writing to the archive."""


class ArchiveTooNew(ArchiveError):
    """The file was written by a newer version of Morgue."""


class QueryError(ArchiveError):
    """A search that cannot be understood; the text says what to change."""
