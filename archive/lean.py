"""Imported first: loads sqlite-utils without pandas and numpy.

It imports both where they are installed, to know their number types. We hand it none of these, and every command and
every worker would pay 0.4 s and 90 MB for them. Whoever wants them imports them afterwards as ever.
"""

from __future__ import annotations

import importlib
import sys

_UNUSED = [name for name in ("pandas", "numpy") if name not in sys.modules]
for _name in _UNUSED:
    sys.modules[_name] = None  # type: ignore[assignment]  # how Python writes that there is none
try:
    importlib.import_module("sqlite_utils")
finally:
    for _name in _UNUSED:
        del sys.modules[_name]
