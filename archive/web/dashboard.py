"""The charts a reader can filter: configuration for datasette-dashboards, whose Vega files are bundled with it."""

from __future__ import annotations

from typing import Any

_WHERE = "WHERE month <> '' [[ AND source_id = :source ]] [[ AND month >= :from ]] [[ AND month <= :to ]]"
_COUNTED = "WHERE 1 [[ AND source_id = :source ]] [[ AND month >= :from ]] [[ AND month <= :to ]]"
_MONTH = {"field": "month", "type": "ordinal", "title": "Month"}
_ARTICLES = {"field": "articles", "type": "quantitative", "title": "Articles"}


def dashboards(database: str) -> dict[str, Any]:
    """One dashboard over the archive; a [[ clause ]] is left out when its filter is empty."""
    return {
        "archive": {
            "title": "The archive in charts",
            "description": "Every chart leads to the query behind it.",
            "layout": [["months", "months"], ["languages", "kinds"], ["corrections", "sections"]],
            "filters": {
                "source": {
                    "name": "Newspaper",
                    "type": "select",
                    "db": database,
                    "query": "SELECT id FROM sources ORDER BY id",
                },
                "from": {"name": "From month (2017-11)", "type": "text"},
                "to": {"name": "To month", "type": "text"},
            },
            "charts": {
                "months": _chart(
                    database,
                    "Articles per month and newspaper",
                    f"SELECT month, source_id AS newspaper, articles FROM months {_WHERE} ORDER BY month",
                    {
                        "mark": {"type": "bar", "tooltip": True},
                        "encoding": {
                            "x": _MONTH,
                            "y": _ARTICLES,
                            "color": {"field": "newspaper", "type": "nominal", "title": "Newspaper"},
                        },
                    },
                ),
                "languages": _bars(database, "Languages", "language"),
                "kinds": _bars(database, "Kinds of article", "kind"),
                "sections": _bars(database, "Sections", "section"),
                "corrections": _chart(
                    database,
                    "Revisions by their gravest change",
                    "SELECT weight, count(*) AS revisions FROM revisions JOIN articles ON articles.id = article_id"
                    " WHERE weight IS NOT NULL [[ AND source_id = :source ]] [[ AND month >= :from ]]"
                    " [[ AND month <= :to ]] GROUP BY weight ORDER BY revisions DESC",
                    _horizontal("weight", "Change", {**_ARTICLES, "field": "revisions", "title": "Revisions"}),
                ),
            },
        }
    }


def _bars(database: str, title: str, column: str) -> dict[str, Any]:
    query = (
        f"SELECT coalesce({column}, 'unknown') AS {column}, count(*) AS articles FROM articles {_COUNTED}"
        f" GROUP BY {column} ORDER BY articles DESC LIMIT 15"
    )
    return _chart(database, title, query, _horizontal(column, title))


def _horizontal(column: str, title: str, counted: dict[str, str] = _ARTICLES) -> dict[str, Any]:
    return {
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {
            "y": {"field": column, "type": "nominal", "sort": "-x", "title": title},
            "x": counted,
        },
    }


def _chart(database: str, title: str, query: str, display: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "db": database, "query": query, "library": "vega-lite", "display": display}
