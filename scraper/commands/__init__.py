"""The commands that fetch; one file for each group of them."""

from __future__ import annotations

from scraper.commands.add import add
from scraper.commands.audit import audit
from scraper.commands.backfill import backfill
from scraper.commands.blocks import blocks
from scraper.commands.crawl import crawl
from scraper.commands.import_ import import_files
from scraper.commands.reextract import reextract
from scraper.commands.setup import init, schedule
from scraper.commands.sources import sources

sources.add_command(blocks)
crawl_commands = (init, crawl, add, backfill, import_files, reextract, sources, audit, schedule)
