"""What stands in the head of a story's page: JSON-LD in the ways papers write it, and meta tags."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from sample.stories import Paper, Story

TYPES = {
    "article": "NewsArticle",
    "opinion": "OpinionNewsArticle",
    "live blog": "LiveBlogPosting",
    "gallery": "ImageGallery",
    "video": "VideoObject",
    "stub": "NewsArticle",
}


def script(thing: object) -> Markup:
    """A JSON-LD block; "</" is escaped so that no text can end it."""
    code = json.dumps(thing, ensure_ascii=False).replace("</", "<\\/")
    return Markup(f'<script type="application/ld+json">{code}</script>')


def json_ld(story: Story, paper: Paper, base: str) -> list[Markup]:
    """The JSON-LD blocks of a page, by the story's `json_ld`: whole, graph, list, body, broken or none."""
    if story.json_ld == "none" or story.kind not in TYPES:
        return []
    news = _news(story, paper, base)
    crumbs = {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": 1, "name": paper.name, "item": base + "/"},
            {"@type": "ListItem", "position": 2, "name": story.section},
        ],
    }
    if story.json_ld == "graph":
        page = {"@type": "WebPage", "@id": base + story.path, "name": f"{story.title} - {paper.name}"}
        site = {"@type": "WebSite", "@id": base + "/#website", "name": paper.name}
        return [script({"@context": "https://schema.org", "@graph": [news, page, site]})]
    if story.json_ld == "list":
        return [script([crumbs, news])]
    if story.json_ld == "body":
        return [script(crumbs), script(news | {"articleBody": story.text})]
    if story.json_ld == "broken":  # a comma too many and a raw line break in a string, as hand-written templates give
        code = json.dumps(news, ensure_ascii=False, indent=1).replace("</", "<\\/")
        code = code[:-2] + f',\n "description": "{story.title}\n{story.section}",\n}}'
        return [Markup(f'<script type="application/ld+json">{code}</script>')]
    return [script(crumbs), script(news)]


def _news(story: Story, paper: Paper, base: str) -> dict[str, Any]:
    news: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": TYPES[story.kind],
        "mainEntityOfPage": base + story.path,
        "headline": story.title,
        "articleSection": story.section,
        "inLanguage": story.language,
        "publisher": {"@type": "NewsMediaOrganization", "name": paper.name},
    }
    if "json-ld" in story.dates:
        news["datePublished"] = story.at.isoformat()
        if story.modified:
            news["dateModified"] = story.modified
    if "json-ld" in story.signed and story.authors:
        news["author"] = [
            {"@type": "Organization" if name == story.agency else "Person", "name": name} for name in story.authors
        ]
    if story.images:
        news["image"] = [base + image.url for image in story.images]
    if story.tags:
        news["keywords"] = list(story.tags)
    if story.free is not None:
        news["isAccessibleForFree"] = story.free
    if story.kind == "live blog":
        news["coverageStartTime"] = story.at.isoformat()
        news["liveBlogUpdate"] = _updates(story)
    if story.kind == "video":
        news |= {"name": story.title, "uploadDate": story.at.isoformat(), "duration": "PT2M41S"}
    return news


def _updates(story: Story) -> list[dict[str, Any]]:
    updates: list[dict[str, Any]] = []
    for block in story.blocks:
        if block.kind == "entry":
            hour, _, headline = block.text.partition(" ")
            when = story.at.replace(hour=int(hour[:2]), minute=int(hour[3:])).isoformat()
            updates.append({"@type": "BlogPosting", "headline": headline, "datePublished": when, "articleBody": ""})
        elif updates and block.kind == "paragraph":
            updates[-1]["articleBody"] = " ".join((updates[-1]["articleBody"], block.plain)).strip()
    return updates


def metas(story: Story, paper: Paper, base: str) -> list[tuple[str, str, str]]:
    """(attribute, name, content) of the meta tags."""
    tags = [
        ("property", "og:type", "article"),
        ("property", "og:site_name", paper.name),
        ("property", "og:title", story.title if story.style != "wordpress" else f"{story.title} - {paper.name}"),
        ("property", "og:url", base + story.path),
        ("property", "og:description", story.summary),
        ("name", "description", story.summary),
        ("property", "article:section", story.section),
    ]
    tags += [("property", "og:image", base + image.url) for image in story.images[:1]]
    if "meta" in story.dates:
        tags.append(("property", "article:published_time", story.at.isoformat()))
        if story.modified:
            tags.append(("property", "article:modified_time", story.modified))
    if "meta" in story.signed and story.authors:
        tags.append(("name", "author", ", ".join(story.authors)))
    if story.tags and story.style in {"wordpress", "react"}:
        tags += [("property", "article:tag", tag) for tag in story.tags]
    elif story.tags:
        tags.append(("name", "keywords", ", ".join(story.tags)))
    if story.noarchive:
        tags.append(("name", "robots", "noarchive"))
    return tags
