"""Headers that keep hostile text harmless: a second wall behind the escaping."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

_NOWHERE = "object-src 'none'; base-uri 'none'; frame-ancestors 'self'; form-action 'self'"
# Our own pages have no script at all.
OWN = f"default-src 'none'; style-src 'self'; img-src 'self' data:; {_NOWHERE}"
# Datasette's pages carry scripts and styles in the page.
DATASETTE = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    f" img-src 'self' data:; {_NOWHERE}"
)
# The charts of the dashboard are compiled in the browser.
DASHBOARDS = DATASETTE.replace("'unsafe-inline';", "'unsafe-inline' 'unsafe-eval';", 1)

App = Callable[[Any, Any, Any], Awaitable[None]]


def policy(path: str) -> str:
    """The Content-Security-Policy of a page by its path."""
    if path == "/" or path == "/-/morgue" or path.startswith("/-/morgue/"):
        return OWN
    return DASHBOARDS if path.startswith("/-/dashboards") else DATASETTE


def wrapper(active: bool, base_url: str = "/") -> Callable[[App], App]:
    """ASGI middleware that adds the headers to every answer; `base_url` as in Datasette's settings."""

    def wrap(app: App) -> App:
        async def guarded(scope: Any, receive: Any, send: Any) -> None:
            async def with_headers(message: Any) -> None:
                if message["type"] == "http.response.start":
                    headers = [
                        *message.get("headers", []),
                        (
                            b"content-security-policy",
                            policy("/" + scope["path"].removeprefix(base_url).lstrip("/")).encode("ascii"),
                        ),
                        (b"x-content-type-options", b"nosniff"),
                        # Newspapers need not learn who reads about them.
                        (b"referrer-policy", b"same-origin"),
                    ]
                    message = {**message, "headers": headers}
                await send(message)

            await app(scope, receive, with_headers if scope["type"] == "http" else send)

        return guarded if active else app

    return wrap
