"""What a paper lists by machine: RSS, Atom, JSON Feed, sitemaps, robots.txt. Pure: paper in, text out."""

from __future__ import annotations

import json
from datetime import timedelta
from email.utils import format_datetime

from jinja2 import Environment

from sample.stories import Paper, Story, recent

FEED_LENGTH = 20
NEWS_SITEMAP_AGE = timedelta(days=2)  # what search engines ask of a news sitemap


def feed(env: Environment, paper: Paper, base: str, form: str) -> str:
    """RSS 2.0 ("rss") or Atom ("atom") of the newest stories."""
    stories = [
        {"story": story, "link": base + story.path + story.feed_query, "rfc822": format_datetime(story.at)}
        for story in [story for story in paper.stories if story.alive][:FEED_LENGTH]
    ]
    return env.get_template(f"feeds/{form}.xml").render(paper=paper, base=base, stories=stories)


def json_feed(paper: Paper, base: str, section: str) -> str:
    """JSON Feed 1.1 of one section."""
    name = paper.sections[section]["name"]
    stories = [story for story in paper.stories if story.section == name and story.alive]
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": f"{paper.name}: {name}",
            "home_page_url": f"{base}/{section}",
            "feed_url": f"{base}/{section}/feed.json",
            "items": [_json_item(story, base) for story in stories],
        },
        ensure_ascii=False,
        indent=1,
    )


def _json_item(story: Story, base: str) -> dict[str, object]:
    return {
        "id": base + story.path,
        "url": base + story.path,
        "title": story.title,
        "summary": story.summary,
        "date_published": story.at.isoformat(),
        "authors": [{"name": name} for name in story.authors],
        "language": story.language,
        "tags": list(story.tags),
    }


def sitemap_index(env: Environment, base: str) -> str:
    """The index over the news sitemap and the gzipped archive."""
    return env.get_template("feeds/sitemapindex.xml").render(base=base)


def news_sitemap(env: Environment, paper: Paper, base: str, edition: int) -> str:
    """The last two days, with titles, dates and languages."""
    stories = recent(paper, edition, NEWS_SITEMAP_AGE)
    return env.get_template("feeds/news.xml").render(paper=paper, base=base, stories=stories)


def archive_sitemap(env: Environment, paper: Paper, base: str) -> str:
    """Every story there ever was, with lastmod; old addresses too, as a CMS that forgets nothing writes it."""
    return env.get_template("feeds/archive.xml").render(paper=paper, base=base)


def robots(paper: Paper, base: str, crawl_delay: float) -> str:
    """robots.txt; a delay of 0 leaves the line out."""
    lines = ["# Robots are welcome. Please take your time.", "User-agent: *"]
    if crawl_delay:
        lines.append(f"Crawl-delay: {crawl_delay:g}")
    lines += [f"Disallow: {path}" for path in paper.furniture["disallow"]]
    return "\n".join([*lines, "", f"Sitemap: {base}/sitemap.xml", ""])
