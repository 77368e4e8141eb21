"""The pages beside Datasette's own: front page, search, article, ledger, health. Each has a JSON twin."""

from __future__ import annotations

import dataclasses
import json
import logging
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from datasette.utils import add_cors_headers, sqlite_timelimit  # type: ignore[import-untyped]
from datasette.utils.asgi import Base400, NotFound, Request, Response  # type: ignore[import-untyped]
from datasette.views.base import DatasetteError  # type: ignore[import-untyped]
from markupsafe import Markup
from sqlite_utils import Database

from archive.database import stamp
from archive.errors import QueryError
from archive.web import reading, site
from archive.web.chart import chart
from archive.web.queries import QUERIES

if TYPE_CHECKING:  # Datasette loads its plugins while it is itself being imported
    from datasette.app import Datasette  # type: ignore[import-untyped]

log = logging.getLogger("archive.web")
ROOT = "/-/morgue"
TIMELINE_LIMIT = 500  # milliseconds: the drawing waits for no one, the hits come first
SLOW = "this takes too long over the whole archive: add a newspaper or dates, or a rarer word"

Answer = TypeVar("Answer")


async def front(datasette: Datasette, request: Request) -> Response:
    """`/`: what the archive holds."""
    name = await _archive(datasette, request)
    shown = await _ask(datasette, name, reading.front)
    if _wants_json(request):
        return _json(datasette, {"title": site.title(datasette), **shown})
    context = {**shown, "title": site.title(datasette), "queries": QUERIES}
    return await _html(datasette, request, "morgue_front.html", context)


async def search(datasette: Datasette, request: Request) -> Response:
    """`/-/morgue/search?q=&source=&language=&from=&to=&order=&page=`, and search.json with the same query string."""
    name = await _archive(datasette, request)
    arguments = {key: request.args.get(key) or "" for key in request.args}
    problem: str | None = None
    asked, found, drawn = reading.Asked(q=arguments.get("q", "")), None, None
    try:
        asked = reading.Asked.read(arguments)
        if asked.q:
            found = await _ask(datasette, name, lambda db: reading.found(db, asked))
            drawn = await _timeline(datasette, name, asked)
    except QueryError as error:
        problem = str(error)
    except Slow:
        problem = SLOW
    status = 400 if problem else 200
    if _wants_json(request):
        return _json(datasette, _search_json(datasette, request, asked, found, drawn, problem), status)
    choices = await _ask(datasette, name, reading.choices)
    context = {
        "asked": asked,
        "found": found,
        "problem": problem,
        "chart": chart(drawn, choices["sources"]) if drawn else None,
        "drawn": drawn is not None,
        "same": lambda **changed: _same_search(asked, **changed),
        "size": reading.PAGE,
        **choices,
    }
    return await _html(datasette, request, "morgue_search.html", context, status)


async def article(datasette: Datasette, request: Request) -> Response:
    """`/-/morgue/article/42` and `?revision=1`: one article with all that is known of it."""
    name = await _archive(datasette, request)
    number = int(request.url_vars["number"])
    revision = request.args.get("revision") or ""
    if revision and not revision.isdecimal():
        raise NotFound("revision is a number")
    wanted = int(revision) if revision else None
    shown = await _ask(datasette, name, lambda db: reading.article_page(db, number, wanted))
    if shown is None:
        raise NotFound(f"There is no article {number}" + (f" with a revision {wanted}" if wanted else ""))
    if _wants_json(request):
        return _json(datasette, reading.article_json(shown))
    return await _html(datasette, request, "morgue_article.html", shown)


async def why(datasette: Datasette, request: Request) -> Response:
    """`/-/morgue/why?url=`: what became of an address."""
    name = await _archive(datasette, request)
    url = (request.args.get("url") or "").strip()
    stories = await _ask(datasette, name, lambda db: reading.fates(db, url)) if url else []
    if _wants_json(request):
        return _json(datasette, {"url": url, "sources": stories})
    return await _html(datasette, request, "morgue_why.html", {"url": url, "stories": stories})


async def health(datasette: Datasette, request: Request) -> Response:
    """`/-/morgue/health`: how every newspaper fares against its own past."""
    name = await _archive(datasette, request)
    now = datetime.now(UTC)
    found = await _ask(datasette, name, lambda db: reading.state_of_sources(db, now))
    if _wants_json(request):
        return _json(datasette, [{**dataclasses.asdict(one), "degraded": one.degraded} for one in found])
    return await _html(datasette, request, "morgue_health.html", {"sources": found})


async def missing(request: Request) -> Response:
    """Any other address below ours."""
    raise NotFound("There is no such page")


async def failure(datasette: Datasette, request: Request, exception: Exception) -> Response:
    """What went wrong, in a sentence; the traceback of a bug goes to the log, not to the reader."""
    info: dict[str, Any] = {}
    if isinstance(exception, DatasetteError):
        status, info = exception.status, dict(exception.error_dict)
        message = Markup(exception.message) if exception.message_is_html else exception.message
    elif isinstance(exception, Base400):
        status, message = exception.status, str(exception.args[0]) if exception.args else "There is no such page"
    elif isinstance(exception, Slow):
        status, message = 503, str(exception)
    else:
        status, message = 500, "This is a mistake of ours; the log has the traceback"
        log.error("%s %s", request.method, request.path, exc_info=exception)
    info |= {"ok": False, "error": message, "status": status, "title": getattr(exception, "title", None)}
    if request.path.endswith(".json"):
        return _json(datasette, info, status)
    return Response.html(
        await datasette.render_template([f"{status}.html", "error.html"], info, request), status=status
    )


class Slow(Exception):
    """A question took longer than the setting sql_time_limit_ms allows."""


async def _archive(datasette: Datasette, request: Request) -> str:
    """Name of the archive's database, when this reader may see it: the rules of Datasette's own pages hold here."""
    name = site.archive_name(datasette)
    if name is None:
        raise NotFound("No archive is served here")
    await datasette.ensure_permissions(request.actor, [("view-database", name), "view-instance"])
    return name


async def _ask(
    datasette: Datasette, name: str, question: Callable[[Database], Answer], limit: int | None = None
) -> Answer:
    def within_time(connection: sqlite3.Connection) -> Answer:
        with sqlite_timelimit(connection, limit or datasette.sql_time_limit_ms):
            # One moment for all that a page shows, whatever a crawl files meanwhile.
            connection.execute("BEGIN")
            try:
                return question(reading.database(connection))
            except sqlite3.OperationalError as error:
                raise Slow(SLOW) if str(error) == "interrupted" else error from error
            finally:
                connection.rollback()

    answer: Answer = await datasette.get_database(name).execute_fn(within_time)
    return answer


async def _timeline(datasette: Datasette, name: str, asked: reading.Asked) -> list[tuple[str | None, str, int]] | None:
    try:
        return await _ask(datasette, name, lambda db: reading.timeline(db, asked), TIMELINE_LIMIT)
    except Slow:
        return None


def _search_json(
    datasette: Datasette,
    request: Request,
    asked: reading.Asked,
    found: dict[str, Any] | None,
    drawn: list[tuple[str | None, str, int]] | None,
    problem: str | None,
) -> dict[str, Any]:
    """Hits with their passages as plain text and as pieces; `next` is the address of the next page."""
    told: dict[str, Any] = {"query": dataclasses.asdict(asked), "error": problem}
    if found is None:
        return told
    hits = [
        {
            **{key: value for key, value in hit.items() if not key.endswith("pieces")},
            "snippet": "".join(text for text, _ in hit["snippet_pieces"]),
            "marked": hit["snippet_pieces"],
            "marked_title": hit["title_pieces"],
            "page": datasette.absolute_url(request, datasette.urls.path(f"{ROOT}/article/{hit['id']}")),
        }
        for hit in found["hits"]
    ]
    following = f"{ROOT}/search.json?{_same_search(asked, page=asked.page + 1)}" if found["more"] else None
    return {
        **told,
        "total": found["total"],
        "total_is_exact": found["exact"],
        "order": "best" if found["ranked"] else "newest",
        "hits": hits,
        "timeline": None
        if drawn is None
        else [dict(zip(("month", "source", "articles"), one, strict=True)) for one in drawn],
        "next": following and datasette.absolute_url(request, datasette.urls.path(following)),
    }


def _same_search(asked: reading.Asked, **changed: object) -> str:
    """The query string of a search, with something changed; what is empty is left out."""
    values = {**dataclasses.asdict(asked), "page": 1, **changed}
    values["from"] = values.pop("from_")
    return urlencode({k: v for k, v in values.items() if v and (k, v) not in (("page", 1), ("order", "best"))})


def _wants_json(request: Request) -> bool:
    return bool(request.url_vars.get("format"))


def _json(datasette: Datasette, told: object, status: int = 200) -> Response:
    headers: dict[str, str] = {}
    if datasette.cors:
        add_cors_headers(headers)
    body = json.dumps(told, ensure_ascii=False, indent=1, default=_plain)
    return Response(body, status=status, headers=headers, content_type="application/json; charset=utf-8")


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, datetime):
        return stamp(value)
    raise TypeError(f"{type(value).__name__} cannot be told as JSON")


async def _html(
    datasette: Datasette, request: Request, template: str, context: dict[str, Any], status: int = 200
) -> Response:
    context = {"root": datasette.urls.path(ROOT), "database": site.archive_name(datasette), **context}
    return Response.html(await datasette.render_template(template, context, request=request), status=status)
