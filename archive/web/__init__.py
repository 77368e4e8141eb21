"""The researchers' face: a Datasette plugin with pages of its own, and the command that serves it."""

from archive.web.server import serve

__all__ = ["serve"]
