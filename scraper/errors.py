"""Everything that can go wrong, as one tree.

    MorgueError
    ├── ConfigError            config.yaml cannot be used; lists every problem          -> exit 2
    ├── NoWorkers              the processes that read pages cannot be started         -> exit 2
    └── ScrapeError            one address could not be read; always ends in the ledger
        ├── TemporaryError     comes back by itself, later and later
        │   ├── Unreachable        no connection, DNS failure, timeout, bad TLS, cut body
        │   ├── Throttled          429, or 503 with Retry-After
        │   ├── ServerTrouble      other 5xx, 408, 425
        │   ├── RobotsUnavailable  robots.txt answered 5xx or not at all: disallowed for now
        │   ├── Blocked            a bot wall, a consent or a login page in place of the article
        │   ├── WorkerDied         the process that read the page was killed, perhaps by the page
    │   ├── UnreadableListing  the listing answered something that is no feed, sitemap or page
        │   └── InternalError      a bug of ours, logged with its traceback
        └── PermanentError     asked again only when a person says so
            ├── Gone               404, 410, a page that says as much, a redirect to the front page
            ├── Forbidden          401, 402, 403, 451
            ├── DisallowedByRobots robots.txt says no
            ├── Refused            an address that may not be fetched: private network, scheme, port
            ├── TooLarge           body, decompressed body or headers over the limit
            ├── WrongType          not HTML (for a page)
            ├── TooManyRedirects   a loop, or more than the limit
            ├── OptedOut           the page asks not to be kept and the configuration obeys
            ├── NotAnArticle       HTML, but no story: an empty shell, a list
            └── ExtractionFailed   the extractor gave up, ran out of time or memory

`ArchiveError` (archive.errors) is the only other error the command line sees.
Each class has a default `reason`: few fixed strings, so that failures can be counted.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Sequence
from datetime import timedelta

from archive.errors import ArchiveError

log = logging.getLogger(__name__)


class MorgueError(Exception):
    """Root of the tree; its text is one line that says what to do."""


class ConfigError(MorgueError):
    """config.yaml cannot be used. `problems` holds every one, each with its path and the fix."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class NoWorkers(MorgueError):
    """The processes that read pages cannot be started: no page could be read, so the run stops."""


class ScrapeError(MorgueError):
    """One address could not be read.

    url           the address asked for
    reason        a fixed string that can be counted
    detail        what was seen, for a person
    status        HTTP status, when there was one
    retry_after   how long the server asks us to stay away
    """

    reason = "failed"

    def __init__(
        self,
        url: str,
        detail: str = "",
        *,
        reason: str | None = None,
        status: int | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        if reason is not None:
            self.reason = reason
        self.url, self.detail, self.status, self.retry_after = url, detail, status, retry_after
        super().__init__(f"{url}: {self.reason}" + (f" ({detail})" if detail else ""))


class TemporaryError(ScrapeError):
    """Comes back by itself."""


class Unreachable(TemporaryError):
    reason = "unreachable"


class Throttled(TemporaryError):
    reason = "throttled"


class ServerTrouble(TemporaryError):
    reason = "server error"


class RobotsUnavailable(TemporaryError):
    reason = "robots.txt unavailable"


class Blocked(TemporaryError):
    reason = "bot wall"


class WorkerDied(TemporaryError):
    reason = "extraction crash"


class UnreadableListing(TemporaryError):
    reason = "unreadable listing"


class InternalError(TemporaryError):
    reason = "internal error"


class PermanentError(ScrapeError):
    """Asked again only when a person says so."""


class Gone(PermanentError):
    reason = "gone"


class Forbidden(PermanentError):
    reason = "forbidden"


class DisallowedByRobots(PermanentError):
    reason = "robots.txt"


class Refused(PermanentError):
    reason = "refused address"


class TooLarge(PermanentError):
    reason = "too large"


class WrongType(PermanentError):
    reason = "wrong type"


class TooManyRedirects(PermanentError):
    reason = "too many redirects"


class OptedOut(PermanentError):
    reason = "opted out"


class NotAnArticle(PermanentError):
    reason = "not an article"


class ExtractionFailed(PermanentError):
    reason = "extraction failed"


def forget(error: BaseException) -> None:
    """Let go of what the functions held that an error has left: the bodies of pages.

    Errors stand in circles with what they were raised in (a future, the state of a retry), and a circle is found by a
    full garbage collection only: until then hundreds of megabytes would come together.
    """
    pending, seen = [error], set[int]()
    while pending:
        each = pending.pop()
        if id(each) not in seen:
            seen.add(id(each))
            traceback.clear_frames(each.__traceback__)
            pending += [other for other in (each.__cause__, each.__context__) if other is not None]


def told(url: str, error: Exception) -> ScrapeError:
    """An error as the ledger knows it. Trouble of the archive or the workers themselves does stop the run."""
    if isinstance(error, ArchiveError | NoWorkers):
        raise error
    known = error if isinstance(error, ScrapeError) else InternalError(url, f"{type(error).__name__}: {error}")
    if known is not error:
        log.error("%s: internal error", url, exc_info=error)
    forget(error)
    return known
