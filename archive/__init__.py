"""The corpus: what is kept of the news, and how it is asked for."""

from archive import lean  # noqa: F401 - before whatever imports sqlite-utils
from archive.store import Archive

__all__ = ["Archive"]
