"""Why a record, or a file, is not filed."""

from __future__ import annotations

from archive.errors import ArchiveError


class Unusable(Exception):
    """A record that is not filed. `reason` is one of a few fixed strings, so that it can be counted."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason} ({detail})" if detail else reason)
        self.reason, self.detail = reason, detail


class UnreadableFile(ArchiveError):
    """A file that is no file of records, or breaks off; the next one may be whole."""
