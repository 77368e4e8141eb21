"""The entry point of Datasette's plugin "morgue": each hook is one line into the module that knows.

It changes nothing of a Datasette that serves no archive.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from datasette import hookimpl as _hookimpl  # type: ignore[import-untyped]
from datasette.utils.asgi import Request, Response, asgi_static  # type: ignore[import-untyped]
from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from markupsafe import Markup

from archive.identity import address_key
from archive.search import register
from archive.web import cells, concordance, pages, security, site
from archive.web.dashboard import dashboards
from archive.web.queries import QUERIES

if TYPE_CHECKING:  # Datasette loads its plugins while it is itself being imported
    from datasette.app import Datasette  # type: ignore[import-untyped]

Hook = TypeVar("Hook", bound=Callable[..., Any])
HERE = Path(__file__).parent
STATIC = f"{pages.ROOT}/static"
FORMAT = r"(\.(?P<format>json))?$"


def hookimpl(function: Hook) -> Hook:
    """Datasette's own mark, with its type."""
    return cast(Hook, _hookimpl(function))


@hookimpl
def register_routes(datasette: Datasette) -> list[tuple[str, Callable[..., Any]]]:
    """Our pages; the front page takes the place of Datasette's list of databases."""
    if not site.archives(datasette):
        return []
    root = re.escape(pages.ROOT)
    return [
        (r"^/$", pages.front),
        (rf"^{root}{FORMAT}", pages.front),
        (rf"^{root}/search{FORMAT}", pages.search),
        (rf"^{root}/article/(?P<number>[0-9]{{1,18}}){FORMAT}", pages.article),
        (rf"^{root}/why{FORMAT}", pages.why),
        (rf"^{root}/health{FORMAT}", pages.health),
        (rf"^{root}/static/(?P<path>[a-z.]+)$", asgi_static(HERE / "static")),
        (rf"^{root}/", pages.missing),
    ]


@hookimpl
def prepare_connection(conn: sqlite3.Connection, database: str, datasette: Datasette) -> None:
    """Functions for SQL: those of the search, and morgue_key, morgue_lines, morgue_draw."""
    if database in site.archives(datasette):
        register(conn)
        conn.create_function("morgue_key", 1, lambda url: address_key(url or ""), deterministic=True)
        conn.create_function("morgue_lines", 2, concordance.sql_lines, deterministic=True)
        conn.create_function("morgue_draw", 2, concordance.sql_draw, deterministic=True)


@hookimpl
def prepare_jinja2_environment(env: Environment, datasette: Datasette) -> None:
    """Our templates before Datasette's, behind those of a person who names a folder with --template-dir."""
    if site.archives(datasette) and env.loader:
        own = [FileSystemLoader(datasette.template_dir)] if datasette.template_dir else []
        env.loader = ChoiceLoader([*own, FileSystemLoader(HERE / "templates"), env.loader])
        # Globals, not extra_template_vars: the page of an error has none of those.
        env.globals.update(
            morgue=datasette.urls.path(pages.ROOT),
            morgue_title=site.title(datasette),
            morgue_database=site.archive_name(datasette),
            morgue_static=datasette.urls.path(STATIC),
        )
        env.filters["address"] = lambda url: url if cells.is_address(url or "") else None
        env.filters["when"] = lambda stamp: (stamp or "").replace("T", " ").replace("Z", " UTC")


@hookimpl
def get_metadata(datasette: Datasette) -> dict[str, Any]:
    """Descriptions, labels, facets and order of every archive; the dashboard."""
    found = site.archives(datasette)
    if not found:
        return {}
    first = next(iter(found))
    return {
        "databases": {name: site.metadata(described) for name, described in found.items()},
        "plugins": {"datasette-dashboards": dashboards(first)},
    }


@hookimpl
def canned_queries(datasette: Datasette, database: str) -> dict[str, dict[str, Any]]:
    """The ready-made queries."""
    if database not in site.archives(datasette):
        return {}
    return {name: query.definition() for name, query in QUERIES.items()}


@hookimpl
def render_cell(
    row: sqlite3.Row, value: Any, column: str, table: str | None, database: str, datasette: Datasette
) -> Markup | None:
    """Texts short, addresses as links, articles led to their page."""
    if database not in site.archives(datasette):
        return None
    return cells.cell(row, value, column, table, datasette.urls.path(f"{pages.ROOT}/article/"))


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[Any], Callable[..., Awaitable[None]]]:
    """Nothing but this server may be asked by a page, whatever a scraped headline says."""
    return security.wrapper(bool(site.archives(datasette)), datasette.setting("base_url"))


@hookimpl
def handle_exception(datasette: Datasette, request: Request, exception: Exception) -> Awaitable[Response] | None:
    """A page that says what went wrong."""
    return pages.failure(datasette, request, exception) if site.archives(datasette) else None


@hookimpl
def menu_links(datasette: Datasette) -> Iterable[dict[str, str]]:
    """Datasette's menu leads back to our pages."""
    if not site.archives(datasette):
        return []
    return [{"href": datasette.urls.path(f"{pages.ROOT}/search"), "label": "Search"}]
