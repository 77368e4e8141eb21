"""Politeness, seen from outside: what robots.txt allows, and whose turn it is."""

from __future__ import annotations

from scraper.robots import Rules, allowed
from scraper.turns import Turn, Turns, retry_after, spacing

__all__ = ["Rules", "Turn", "Turns", "allowed", "retry_after", "spacing"]
