"""Why a record is not filed."""

from __future__ import annotations


class Unusable(Exception):
    """A record that is not filed. `reason` is one of a few fixed strings, so that it can be counted."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason} ({detail})" if detail else reason)
        self.reason, self.detail = reason, detail
