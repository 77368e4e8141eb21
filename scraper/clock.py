"""Time, handed in so that no test waits and none depends on today."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


class Clock:
    """The real one. Tests hand in a fake with the same three methods."""

    def now(self) -> datetime:
        """The moment, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Give way to the others for that long."""
        await asyncio.sleep(seconds)
