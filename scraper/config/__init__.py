"""config.yaml: what a person wants, read and checked.

    duration.py   "1h30m" -> seconds
    values.py     the kinds of value that can stand behind a key: address, selector, pattern, day ...
    model.py      Config, Network, Source, Listing, Rule: every key, its meaning and its default
    reading.py    the file -> Config, or every problem at once with its line and its fix
    writing.py    a first config.yaml, and one more source in an existing one

`python -m scraper.config` prints the JSON Schema for editors, made from the same model.
"""

from __future__ import annotations

from scraper.config.duration import duration
from scraper.config.model import Config, Listing, Network, Rule, Source, json_schema
from scraper.config.reading import load
from scraper.config.writing import SCHEMA_FILE, add_source, starter

__all__ = [
    "SCHEMA_FILE",
    "Config",
    "Listing",
    "Network",
    "Rule",
    "Source",
    "add_source",
    "duration",
    "json_schema",
    "load",
    "starter",
]
