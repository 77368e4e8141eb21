"""The archive's half of the command line: searching, reading, citing, exporting, checking.

Commands take the folder of the archive from `context.obj.data` and know nothing of the scraper. Facts go to standard
output, as plain text that is never wrapped in a pipe, or as JSON; everything else goes to standard error.
"""

from __future__ import annotations

import click

from archive.commands.keeping import backup, merge_, status, verify_
from archive.commands.reading import cite_, search, show, why
from archive.commands.sharing import export, serve
from archive.commands.snapshots import snapshot

archive_commands: list[click.Command] = [
    *(search, show, why, cite_, status, export, verify_, serve, backup, merge_, snapshot),
]
