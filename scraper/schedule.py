"""Lines for cron and systemd that work in an empty environment."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path


def command(config: Path, max_time: str) -> list[str]:
    """The crawl with nothing left to PATH, the working directory or a virtual environment's activation."""
    # -P: a folder named "scraper" in cron's working directory must not be imported in our place.
    return [sys.executable, "-P", "-m", "scraper", "crawl", "--config", str(config.resolve()), "--max-time", max_time]


def crontab(config: Path, data: Path, *, minute: int = 17, max_time: str = "50m") -> str:
    """An hourly line. `morgue.lock` keeps two runs apart, `--max-time` ends one before the next begins."""
    # In a crontab a bare % ends the command.
    line = shlex.join(command(config, max_time)) + " >> " + shlex.quote(str(data / "crawl.log")) + " 2>&1"
    return f"{minute} * * * * " + line.replace("%", r"\%")


def systemd(config: Path, *, max_time: str = "50m") -> str:
    """A service and its timer, to be saved under ~/.config/systemd/user/ (or /etc/systemd/system/)."""
    words = " ".join(_quoted(word) for word in command(config, max_time))
    return f"""# morgue.service
[Unit]
Description=Morgue: crawl the newspapers
After=network-online.target

[Service]
Type=oneshot
ExecStart={words}

# morgue.timer
[Unit]
Description=Morgue: every hour

[Timer]
OnCalendar=hourly
RandomizedDelaySec=5m
Persistent=true

[Install]
WantedBy=timers.target
"""


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if escaped != word or " " in word else word
