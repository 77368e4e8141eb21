"""The corpus: what is kept of the news, and how it is asked for."""

from archive.store import Archive

__all__ = ["Archive"]
