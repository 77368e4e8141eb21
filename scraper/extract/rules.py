"""What the configuration's rules find on a page: the thin overlay for the few sites that need it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import date as Day
from typing import Protocol

from scraper.extract.document import Document
from scraper.extract.structured import plain


class Rule(Protocol):
    """Selectors (CSS) of one rule; each may be None. `scraper.config.Rule` is one."""

    @property
    def keep(self) -> str | None: ...
    @property
    def drop(self) -> Sequence[str]: ...
    @property
    def title(self) -> str | None: ...
    @property
    def author(self) -> str | None: ...
    @property
    def date(self) -> str | None: ...
    def applies(self, url: str, on: Day) -> bool:
        """Whether the rule is for this address as it was on this day."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """What the rules that apply give: selectors for the body, texts for the fields; None where they say nothing."""

    keep: str | None = None
    drop: tuple[str, ...] = ()
    title: str | None = None
    authors: tuple[str, ...] = ()
    date: str | None = None


def read(document: Document, rules: Sequence[Rule], fetched_at: datetime | None) -> Overlay:
    """Apply the rules for this page on the day it was fetched; of two that speak of one field the first counts."""
    these = active(rules, document.url, fetched_at)
    return Overlay(
        keep=next((rule.keep for rule in these if rule.keep), None),
        drop=tuple(selector for rule in these for selector in rule.drop),
        title=next(iter(_texts(document, [rule.title for rule in these])), None),
        authors=_texts(document, [rule.author for rule in these]),
        date=next(iter(_texts(document, [rule.date for rule in these], "datetime")), None),
    )


def active(rules: Sequence[Rule], url: str, fetched_at: datetime | None) -> list[Rule]:
    """The rules for an address on the day it was fetched; without such a day as of year 9999: those without an end."""
    on = (fetched_at or datetime.max.replace(tzinfo=UTC)).date()
    return [rule for rule in rules if rule.applies(url, on)]


def _texts(document: Document, selectors: Sequence[str | None], attribute: str | None = None) -> tuple[str, ...]:
    """The texts of the elements that the first selector with a result finds; of meta elements the content."""
    for selector in filter(None, selectors):
        found = []
        for node in document.tree.css(selector):
            attributes = node.attributes
            value = (attribute and attributes.get(attribute)) or attributes.get("content") or node.text(separator=" ")
            if plain(value):
                found.append(plain(value))
        if found:
            return tuple(found)
    return ()
