"""A small, complete news site of our own: two fictional papers, for `make demo` and for the tests.

The papers are The Mekong Gazette (127.1.0.2) and the Delta Tribune (127.1.0.3), in seven languages and
two editions in time: edition 1 is 20 November 2024, edition 2 the day after. Everything is fixed: no clock, no chance.

    stories.py   content files -> frozen `Story` values, each with its gold `Article`
    site.py      one paper at one edition: address -> Response
    listings.py  feeds, sitemaps, robots.txt
    server.py    the papers behind a real HTTP server process; `running()` for tests
"""

from __future__ import annotations

ADDRESSES = {"gazette": "127.1.0.2", "tribune": "127.1.0.3"}


def base(paper: str, port: int) -> str:
    """Address of a paper's home page without the slash: "http://127.1.0.2:8765"."""
    return f"http://{ADDRESSES[paper]}:{port}"


def config_text(port: int, *, contact: str = "demo@example.org", data: str = "demo-data") -> str:
    """A config.yaml for both papers as served on `port`: one with its listings, one whose listings are found out."""
    gazette, tribune = base("gazette", port), base("tribune", port)
    return f"""\
contact: {contact}
data: {data}
network:
  allow: [127.1.0.0/16]
  delay: 0
sources:
  - id: gazette
    name: The Mekong Gazette
    homepage: {gazette}/
    listings:
      - {gazette}/rss.xml
      - {gazette}/sitemap.xml
      - {gazette}/national
  - id: tribune
    name: Delta Tribune
    homepage: {tribune}/
"""
