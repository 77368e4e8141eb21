"""What the fork server loads before it forks workers: loaded once, and shared by all of them."""

from __future__ import annotations

import gc

from scraper import discover, extract, walls, workers

__all__ = ["discover", "extract", "walls", "workers"]

# The workers' garbage collector would write to all of it, and so copy it.
gc.collect()
gc.freeze()
