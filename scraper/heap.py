"""Memory of this process that goes back to the system. Does nothing where the C library is not glibc."""

from __future__ import annotations

import contextlib
import ctypes

_M_MMAP_THRESHOLD = -3  # malloc.h
_LARGE = 1 << 18


def map_large() -> None:
    """From now on what is large lies outside the heap, and is gone from the process once it is let go.

    glibc does so by itself, but raises the limit to the size of whatever was let go, up to 32 MB: after the first large
    bodies the others would lie in the heap, where any small thing behind them keeps their room.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE)


def give_back() -> None:
    """What was freed in the middle of the heap, too."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
