"""What a request came to: pure functions that turn a page or an error into the Visit to record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from archive.identity import address_key
from archive.records import Answer, Article, Exchange, Link, Outcome, Visit
from scraper.errors import Blocked, Gone, NotAnArticle, OptedOut, ScrapeError, TemporaryError
from scraper.page import Page

# A failure comes back later and later; the last step repeats until the tries are used up (about half a year).
RETRY_AFTER = (
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
    timedelta(days=30),
)
TRIES = 12


def listed(source: str, page: Page, kind: str, links: Sequence[Link], answer: Answer) -> Visit:
    """A listing that answered, with the links that came with its validators.

    A feed's entry without an address is named by the feed itself: it is nothing to fetch."""
    if kind != "sitemap":  # its entries have addresses, and a look at each of a hundred thousand takes seconds
        own = {address_key(page.url), address_key(page.final_url)}
        links = [link for link in links if link.kind == "listing" or address_key(link.url) not in own]
    return Visit(
        url=page.url,
        source=source,
        at=page.fetched_at,
        outcome=Outcome.LISTED,
        reason="listed",
        listing=True,
        listing_kind=kind,
        answer=answer,
        links=tuple(links),
        exchanges=page.exchanges,
    )


def unchanged(source: str, page: Page, answer: Answer, *, listing: bool) -> Visit:
    """Nothing new: 304, or the same bytes as last time."""
    return Visit(
        url=page.url,
        source=source,
        at=page.fetched_at,
        outcome=Outcome.UNCHANGED,
        reason="not modified" if page.not_modified else "same bytes",
        listing=listing,
        answer=answer,
    )


def read(source: str, page: Page, article: Article, answer: Answer, extractor: str) -> Visit:
    """A page that gave an article."""
    return Visit(
        url=page.url,
        source=source,
        at=page.fetched_at,
        outcome=Outcome.READ,
        reason="read",
        answer=answer,
        article=article,
        exchanges=page.exchanges,
        extractor=extractor,
    )


def failed(
    source: str,
    error: ScrapeError,
    at: datetime,
    *,
    attempts: int = 0,
    listing: bool = False,
    answer: Answer | None = None,
    exchanges: tuple[Exchange, ...] = (),
) -> Visit:
    """A request that came to nothing.

    attempts    failures before this one: decides when the address comes back, or that it is given up
    """
    outcome, retry_at, reason = Outcome.REJECTED, None, error.reason
    if isinstance(error, Gone):
        outcome = Outcome.GONE
    elif isinstance(error, TemporaryError):
        if listing or attempts + 1 < TRIES:  # a listing is never given up
            pause = RETRY_AFTER[min(attempts, len(RETRY_AFTER) - 1)]
            outcome, retry_at = Outcome.DEFERRED, at + max(pause, error.retry_after or timedelta())
        else:
            reason = f"given up: {error.reason}"
    return Visit(
        url=error.url,
        source=source,
        at=at,
        outcome=outcome,
        reason=reason,
        detail=error.detail,
        listing=listing,
        answer=answer or (Answer(final_url=error.url, status=error.status) if error.status else None),
        retry_at=retry_at,
        exchanges=exchanges,
    )


def objection(page: Page, article: Article) -> ScrapeError | None:
    """Why what was read is not filed; None when it is an article."""
    if article.kind == "wall":
        return Blocked(page.url, "the page is a wall", reason="wall", status=page.status)
    if article.kind == "not an article":
        return NotAnArticle(page.url, "the page tells no story", status=page.status)
    if not article.text.strip() and article.kind not in ("gallery", "video"):
        return NotAnArticle(page.url, "no text was found", reason="no text", status=page.status)
    return None


def barrier_error(page: Page, barrier: str) -> ScrapeError:
    """A wall comes back later; an empty or missing page does not."""
    kind: type[ScrapeError] = Blocked if barrier.endswith("wall") else Gone if barrier == "soft 404" else NotAnArticle
    return kind(page.url, f"the page looks like a {barrier}", reason=barrier, status=page.status)


def redirect_error(page: Page) -> ScrapeError | None:
    """Many papers send the readers of a removed story to the front page, with status 200."""
    asked, answered = urlsplit(page.url), urlsplit(page.final_url)
    if answered.path in ("", "/") and not answered.query and asked.path not in ("", "/"):
        return Gone(page.url, f"redirected to {page.final_url}", reason="redirected to front page", status=page.status)
    return None


def opt_out_error(page: Page, signals: Sequence[str]) -> ScrapeError | None:
    """The page asks not to be kept."""
    if signals:
        return OptedOut(page.url, ", ".join(signals), status=page.status)
    return None
