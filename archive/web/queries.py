"""The ready-made questions: SQL with a title, a description, and what to type into each field.

tests/test_web.py holds them to the indexes. A field that is left empty stands for "all". The address of an answer is
its API: add .json or .csv.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SOURCE = "id of a newspaper, as in the table sources; empty for all"
LANGUAGE = "two-letter code such as km; empty for all"
WORDS = 'as in the search box: words, "a phrase", a OR b, begin*, NEAR(a b, 5), title:word'
FROM = "first date: 2017, 2017-11 or 2017-11-27; empty for the beginning"
TO = "last date, included; empty for the end"
LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One ready-made question; `parameters` maps a name in the SQL to what to type."""

    title: str
    description: str
    sql: str
    parameters: dict[str, str] = field(default_factory=dict)

    def definition(self) -> dict[str, Any]:
        """As Datasette takes it."""
        return {
            "title": self.title,
            "description": self.description,
            "sql": self.sql.strip(),
            "hide_sql": True,
            "params": list(self.parameters),
            "parameters": dict(self.parameters),
        }


# A date less precise than the bound ("2017-11" against "2017-11-20") is compared as far as it goes.
_WITHIN = """(:source = '' OR a.source_id = :source)
    AND (:language = '' OR a.language = :language)
    AND (:from = '' OR a.published >= substr(:from, 1, length(a.published)))
    AND (:to = '' OR substr(a.published, 1, length(:to)) <= :to)"""

QUERIES: dict[str, Query] = {
    "search_snippets": Query(
        title="Search, with the passage that was found",
        description="The 100 best hits, best first, each with the passage of the original text, what was found marked.",
        parameters={"words": WORDS, "source": SOURCE, "language": LANGUAGE, "from": FROM, "to": TO},
        sql=f"""
WITH found AS MATERIALIZED (
  SELECT a.id, bm25(search, 1.0, 8.0, 1.0, 3.0) AS rank
  FROM search CROSS JOIN articles AS a ON a.id = search.rowid
  WHERE search MATCH morgue_match(:words) AND {_WITHIN}
  ORDER BY rank LIMIT 100
)
SELECT a.id AS article_id, a.published, a.source_id AS source, a.title, morgue_snippet(t.text, :words) AS snippet, a.url
FROM found JOIN articles AS a USING (id) JOIN texts AS t ON t.revision_id = a.revision_id
UNION ALL
SELECT NULL, NULL, NULL, NULL, morgue_problem(:words), NULL WHERE :words <> '' AND morgue_problem(:words) IS NOT NULL
""",
    ),
    "concordance": Query(
        title="Key word in context",
        description="A line for each place where the words are found, with what stands left and right of it;"
        " newest articles first, at most 20 lines of one article.",
        parameters={"words": WORDS, "source": SOURCE, "language": LANGUAGE, "from": FROM, "to": TO},
        sql=f"""
WITH found AS MATERIALIZED (
  SELECT a.id
  FROM search CROSS JOIN articles AS a ON a.id = search.rowid
  WHERE search MATCH morgue_match(:words) AND {_WITHIN}
  ORDER BY a.published DESC LIMIT 100
)
SELECT json_extract(line.value, '$[0]') AS left, json_extract(line.value, '$[1]') AS hit,
  json_extract(line.value, '$[2]') AS right, a.published, a.source_id AS source, a.id AS article_id
FROM found JOIN articles AS a USING (id) JOIN texts AS t ON t.revision_id = a.revision_id,
  json_each(morgue_lines(t.text, :words)) AS line
LIMIT 500
""",
    ),
    "articles_per_month": Query(
        title="Articles per month and newspaper",
        description="By month of publication; an empty month holds the articles whose date is unknown.",
        parameters={"source": SOURCE},
        sql="""
SELECT month, source_id AS source, articles FROM months
WHERE (:source = '' OR source_id = :source) AND articles > 0 ORDER BY month DESC, articles DESC
""",
    ),
    "articles_per_day": Query(
        title="Articles of each day of a newspaper",
        description="A day on which a daily paper has none is a hole in the archive: see the listings that fail.",
        parameters={"source": "id of a newspaper", "from": FROM, "to": TO},
        sql="""
SELECT substr(published, 1, 10) AS day, count(*) AS articles FROM articles
WHERE source_id = :source AND length(published) >= 10
  AND (:from = '' OR published >= :from) AND (:to = '' OR published <= :to || '~')
GROUP BY day ORDER BY day DESC
""",
    ),
    "newest": Query(
        title="Newest articles",
        description=f"The {LIMIT} that were published last.",
        parameters={"source": SOURCE},
        # Two halves, of which one is empty: each walks its own index from the end and stops at the limit.
        sql=f"""
SELECT article_id, published, source, title, byline, section, words FROM (
  SELECT id AS article_id, published, source_id AS source, title, byline, section, words FROM articles
  WHERE :source = '' AND published IS NOT NULL ORDER BY published DESC LIMIT {LIMIT})
UNION ALL
SELECT article_id, published, source, title, byline, section, words FROM (
  SELECT id AS article_id, published, source_id AS source, title, byline, section, words FROM articles
  WHERE source_id = :source AND published IS NOT NULL ORDER BY published DESC LIMIT {LIMIT})
""",
    ),
    "article_revisions": Query(
        title="One article with its revisions",
        description="Every state in which its headline or text differed, the latest first; weight: the gravest change.",
        parameters={"article": "number of the article"},
        sql="""
SELECT r.article_id, r.number, r.seen_at, r.weight, r.title, t.text, r.extractor, c.url AS capture_url, c.captured_at,
  c.file, c.digest
FROM revisions AS r JOIN texts AS t ON t.revision_id = r.id LEFT JOIN captures AS c ON c.id = r.capture_id
WHERE r.article_id = CAST(:article AS INTEGER) ORDER BY r.seen_at DESC, r.number DESC
""",
    ),
    "count_once": Query(
        title="Stories and articles per month: count once",
        description="An agency report in five newspapers is five articles and one story (counted in the month of its"
        " first publication).",
        parameters={
            "from": "first month, such as 2017-11; empty for the beginning",
            "to": "last month; empty for the end",
        },
        sql="""
SELECT month, count(*) AS stories, sum(articles) AS articles, sum(sources > 1) AS shared FROM stories
WHERE (:from = '' OR month >= :from) AND (:to = '' OR month <= :to) GROUP BY month ORDER BY month DESC
""",
    ),
    "shared_stories": Query(
        title="The same story in several newspapers",
        description="Clusters of nearly the same text, the newest first: who was first, and the agency they credit.",
        sql=f"""
SELECT a.id AS article_id, a.title, c.sources, c.articles, c.agency, a.source_id AS first_in, a.published
FROM clusters AS c JOIN articles AS a ON a.id = c.first_id ORDER BY c.id DESC LIMIT {LIMIT}
""",
    ),
    "why_missing": Query(
        title="Why is this address missing?",
        description="What became of an address: its state in the ledger, the reason, and each visit. Tracking"
        " parameters, www. and AMP forms make no difference.",
        parameters={"url": "the address of the page"},
        sql="""
SELECT l.source_id AS source, l.state, l.reason, l.detail, l.article_id, l.found_at, f.url AS found_in_url, l.retry_at,
  v.at AS visited_at, v.outcome, v.reason AS visit_reason, v.status, v.final_url
FROM links AS l LEFT JOIN listings AS f ON f.id = l.found_in LEFT JOIN visits AS v ON v.link_id = l.id
WHERE l.key = morgue_key(:url) ORDER BY l.id, v.at DESC LIMIT 100
""",
    ),
    "failing_listings": Query(
        title="Listings that fail",
        description="Feeds, sitemaps and section pages that did not answer the last time, the longest failing first.",
        sql="""
SELECT source_id AS source, url, kind, failures, failing_since, reason, answered_at, new_at, due_at FROM listings
WHERE failures > 0 AND configured ORDER BY failing_since
""",
    ),
    "source_health": Query(
        title="Newspapers and how they fare",
        description="Articles, the last new one, listings that fail, addresses waiting. `morgue status` compares each"
        " with its own past.",
        sql="""
SELECT s.id AS source, s.name,
  (SELECT sum(articles) FROM months WHERE source_id = s.id) AS articles,
  (SELECT max(first_seen_at) FROM articles WHERE source_id = s.id) AS last_new,
  (SELECT max(answered_at) FROM listings WHERE source_id = s.id) AS last_answer,
  (SELECT count(*) FROM listings WHERE source_id = s.id AND configured) AS listings,
  (SELECT count(*) FROM listings WHERE source_id = s.id AND configured AND failures > 0) AS failing,
  (SELECT count(*) FROM links WHERE source_id = s.id AND state = 'wanted') AS wanted,
  (SELECT count(*) FROM links WHERE source_id = s.id AND state = 'deferred') AS deferred
FROM sources AS s ORDER BY failing DESC, source
""",
    ),
    "reasons": Query(
        title="What became of the addresses, and why",
        description="The ledger counted by state and reason: what was refused, put off or left alone.",
        parameters={"source": SOURCE},
        sql="""
SELECT state, reason, source_id AS source, count(*) AS addresses FROM links
WHERE (:source = '' OR source_id = :source) GROUP BY state, reason, source_id ORDER BY state, addresses DESC
""",
    ),
    "corrections": Query(
        title="Revised after publication",
        description=f"The {LIMIT} latest revisions, gravest first: correction, headline, numbers, names, quotes, text,"
        " typo.",
        parameters={"weight": "one of these words; empty for all"},
        sql=f"""
WITH latest AS MATERIALIZED (
  SELECT id, article_id, number, seen_at, weight FROM revisions
  WHERE weight IS NOT NULL AND (:weight = '' OR weight = :weight) ORDER BY seen_at DESC LIMIT {LIMIT}
)
SELECT latest.weight, latest.seen_at, latest.number AS revision, a.id AS article_id, a.title,
  a.source_id AS source, a.published
FROM latest JOIN articles AS a ON a.id = latest.article_id
ORDER BY instr('correction headline   numbers    names      quotes     text       typo', latest.weight),
  latest.seen_at DESC
""",
    ),
    "withdrawn": Query(
        title="Withdrawn articles",
        description="Articles whose address was found gone (404, 410, or the front page in their place), the latest"
        " first. Their text is kept here.",
        sql=f"""
SELECT id AS article_id, withdrawn_at, title, source_id AS source, published, url FROM articles
WHERE withdrawn_at IS NOT NULL ORDER BY withdrawn_at DESC LIMIT {LIMIT}
""",
    ),
    "date_sources": Query(
        title="How publication dates were found",
        description="Where on the page, and how precise; the row without a place counts the articles without a date.",
        parameters={"source": SOURCE},
        sql="""
SELECT source_id AS source, published_from, published_precision, count(*) AS articles FROM articles
WHERE (:source = '' OR source_id = :source) GROUP BY 1, 2, 3 ORDER BY 1, 4 DESC
""",
    ),
    "fill_rates": Query(
        title="How often each field was found",
        description="Per cent of the last 1,000 articles of each newspaper that have the field. A sudden fall means a"
        " changed page design.",
        sql="""
WITH latest AS (
  SELECT a.* FROM sources AS s JOIN articles AS a ON a.id IN (
    SELECT id FROM articles WHERE source_id = s.id ORDER BY first_seen_at DESC LIMIT 1000)
)
SELECT source_id AS source, count(*) AS articles, round(100.0 * count(title) / count(*), 1) AS title,
  round(100.0 * count(published) / count(*), 1) AS published, round(100.0 * count(modified) / count(*), 1) AS modified,
  round(100.0 * count(byline) / count(*), 1) AS byline, round(100.0 * count(section) / count(*), 1) AS section,
  round(100.0 * count(language) / count(*), 1) AS language, round(100.0 * count(agency) / count(*), 1) AS agency,
  CAST(avg(words) AS INTEGER) AS mean_words
FROM latest GROUP BY source_id ORDER BY source
""",
    ),
    "authors_by_articles": Query(
        title="Authors by number of articles",
        description=f"The {LIMIT} names that stand in most bylines, as printed.",
        sql=f"""
WITH most AS MATERIALIZED (
  SELECT author_id, count(*) AS articles FROM article_authors GROUP BY author_id ORDER BY articles DESC LIMIT {LIMIT}
)
SELECT authors.name, most.articles FROM most JOIN authors ON authors.id = most.author_id
ORDER BY most.articles DESC, authors.name
""",
    ),
    "agencies": Query(
        title="News agencies credited",
        description="How many articles credit which agency.",
        sql="""
SELECT agency, count(*) AS articles FROM articles WHERE agency IS NOT NULL GROUP BY agency ORDER BY articles DESC
""",
    ),
    "random_sample": Query(
        title="Random sample",
        description="The same seed draws the same articles, for everybody; new articles join without reshuffling the"
        " others.",
        parameters={
            "seed": "any word or number",
            "size": "how many; empty for 50",
            "source": SOURCE,
            "language": LANGUAGE,
        },
        sql="""
WITH drawn AS MATERIALIZED (
  SELECT id FROM articles WHERE (:source = '' OR source_id = :source) AND (:language = '' OR language = :language)
  ORDER BY morgue_draw(:seed, id) LIMIT min(1000, CAST(iif(:size = '', 50, :size) AS INTEGER))
)
SELECT id AS article_id, published, source_id AS source, title, language, words, url FROM drawn JOIN articles USING (id)
""",
    ),
}
