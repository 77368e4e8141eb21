"""`make demo`: serve the sample newspaper on loopback, crawl it with the real command, show what was filed.

The archive stays in demo-data/, so that a second demo finds nothing new and `morgue serve` can open it.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from sample import config_text
from sample.server import running

PORT = 8765  # fixed: the second demo has to meet the same addresses
FOLDER = Path("demo-data")


def main() -> int:
    """Run the commands a person would, each shown before its output. Ends with the first exit code that is not 0."""
    FOLDER.mkdir(exist_ok=True)
    config = FOLDER / "config.yaml"
    with running(port=PORT):
        config.write_text(config_text(PORT, data="."), encoding="utf-8")
        for words in (
            ("crawl",),
            ("status",),
            ("search", '"defection deadline"'),
            ("search", "ទន្លេមេគង្គ", "--limit", "2"),
        ):
            print(f"\n$ morgue {shlex.join(words)} --config {config}", flush=True)
            code = subprocess.run(
                [sys.executable, "-m", "scraper", *words, "--config", str(config)], check=False
            ).returncode
            if code:
                return code
    print(f"\nThe archive is {FOLDER / 'morgue.db'}. Read it in the browser:  .venv/bin/morgue serve --config {config}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
