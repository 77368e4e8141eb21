"""One paper at one edition: address -> answer. Pure and fixed: the same request always gets the same bytes."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property, partial
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from ruamel.yaml import YAML

from archive.records import Image
from sample import listings, markup, pictures
from sample.stories import CONTENT, INLINE, TODAY, Paper, Story, days, load

PAGE_LENGTH = 10
FRONT = 12  # stories in the home page's "latest" column
MEANING = {"page", "print"}  # the only query keys that change what is served; all others are tracking


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request for an address brings, before compression and conditions are looked at."""

    status: int = 200
    body: bytes = b""
    content_type: str | None = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    modified: datetime | None = None

    @property
    def etag(self) -> str:
        """Weak, since a gzipped body is the same page."""
        return f'W/"{sha256(self.body).hexdigest()[:20]}"'


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """The furniture's words by language."""
    found: Mapping[str, Mapping[str, str]] = YAML(typ="safe").load((CONTENT / "words.yaml").read_text("utf-8"))
    return found


def inline(text: str) -> Markup:
    """Inline marks -> HTML."""

    def tag(found: Any) -> str:
        link, strong, emphasis = found.groups()
        if link:
            return f'<a href="{found.group(0).rpartition("(")[2][:-1]}">{link}</a>'
        return f"<strong>{strong}</strong>" if strong else f"<em>{emphasis}</em>"

    return Markup(INLINE.sub(tag, str(escape(text))))


@cache
def environment() -> Environment:
    """The templates."""
    env = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    env.filters["inline"] = inline
    return env


class Site:
    """A paper as it stands at one edition, served under `base` (no slash at the end)."""

    def __init__(self, paper: str, edition: int, base: str, crawl_delay: float) -> None:
        self.paper: Paper = load(paper, edition)
        self.edition, self.base, self.crawl_delay = edition, base, crawl_delay
        self.press_time = TODAY[edition]
        self._made: dict[str, Answer] = {}

    def answer(self, target: str) -> Answer:
        """The answer to a request target such as "/national?page=1"; unknown addresses get a 404 page."""
        path, _, query = target.partition("?")
        meant = urlencode([(key, value) for key, value in parse_qsl(query) if key in MEANING])
        key = f"{path}?{meant}" if meant else path
        if key not in self._made:
            make = self.routes.get(key) or self.routes.get(key.replace("?page=0", ""))
            if make is None:
                return self._missing(path)
            self._made[key] = make()
        return self._made[key]

    @cached_property
    def routes(self) -> dict[str, Callable[[], Answer]]:
        """Everything that is served, by address."""
        xml = "application/xml; charset=utf-8"
        base, paper, env = self.base, self.paper, environment()
        routes: dict[str, Callable[[], Answer]] = {
            "/": self._home,
            "/robots.txt": lambda: self._text(listings.robots(paper, base, self.crawl_delay), "text/plain"),
            "/rss.xml": lambda: self._text(listings.feed(env, paper, base, "rss"), "application/rss+xml"),
            "/atom.xml": lambda: self._text(listings.feed(env, paper, base, "atom"), "application/atom+xml"),
            "/sitemap.xml": lambda: self._text(listings.sitemap_index(env, base), xml),
            "/sitemap-news.xml": lambda: self._text(listings.news_sitemap(env, paper, base, self.edition), xml),
            "/sitemap-archive.xml.gz": self._archive_sitemap,
            "/assets/logo.svg": self._logo,
            "/favicon.ico": lambda: Answer(status=204, content_type=None),
        }
        for style in ("drupal", "wordpress", "react", "classic"):
            routes[f"/assets/{style}.css"] = partial(self._css, style)
        for slug, title in paper.furniture["pages"].items():
            routes[f"/{slug}"] = partial(self._plain, title)
        for slug, section in paper.sections.items():
            if section.get("feed"):
                routes[f"/{slug}/feed.json"] = partial(self._json_feed, slug)
            stories = [story for story in paper.stories if story.section == section["name"]]
            self._add_pages(routes, f"/{slug}", section["name"], section["style"], stories, section["language"])
        by_day = list(days(paper).items())
        for at, (day, stories) in enumerate(by_day):
            others = {
                "prev": by_day[at + 1][0] if at + 1 < len(by_day) else None,
                "next": by_day[at - 1][0] if at else None,
            }
            title = day.replace("/", "-")
            self._add_pages(routes, f"/{day}/", title, paper.style, stories, paper.language, others)
        for story in paper.stories:
            self._add_story(routes, story)
        return routes

    def _add_pages(
        self,
        routes: dict[str, Callable[[], Answer]],
        path: str,
        title: str,
        style: str,
        stories: list[Story],
        language: str,
        other_days: Mapping[str, str | None] = MappingProxyType({}),
    ) -> None:
        shown = [story for story in stories if story.alive]
        pages = [shown[at : at + PAGE_LENGTH] for at in range(0, len(shown), PAGE_LENGTH)] or [[]]
        for number, part in enumerate(pages):
            key = path if number == 0 else f"{path}?page={number}"
            routes[key] = partial(self._listing, path, title, style, part, number, len(pages), language, other_days)

    def _add_story(self, routes: dict[str, Callable[[], Answer]], story: Story) -> None:
        routes[story.path] = lambda: self._story(story, story.template)
        for alias in story.aliases:
            routes[alias] = lambda: Answer(status=301, headers=(("Location", self.base + story.path),))
        if story.path.endswith("/"):  # WordPress sends the bare form there
            routes[story.path[:-1]] = lambda: Answer(status=301, headers=(("Location", self.base + story.path),))
        if story.template.endswith("/article.html"):
            routes[f"{story.path}?print=1"] = lambda: self._story(story, "print.html")
            if "/amp" + story.path in story.links:
                routes["/amp" + story.path] = lambda: self._story(story, "amp.html")
        for image in story.images:
            routes[image.url] = partial(self._picture, image, story)

    def _story(self, story: Story, template: str) -> Answer:
        """The page of a story, or what stands in its place."""
        if story.status in (404, 410) and story.template.endswith("/article.html"):
            return self._missing(story.path, story.status, story.note)
        if template == "pdf":
            body = pictures.pdf(story.title, story.summary)
            return Answer(body=body, content_type="application/pdf", modified=story.at)
        header, meta, encoding = story.charset
        html = (
            environment()
            .get_template(template)
            .render(
                **self._common(story.style, story.language),
                story=story,
                lead=story.images[0]
                if story.images and not any(block.kind == "image" for block in story.blocks)
                else None,
                url=self.base + story.path,
                json_ld=markup.json_ld(story, self.paper, self.base),
                metas=markup.metas(story, self.paper, self.base),
                meta_charset=meta,
                related=self._related(story),
                amp="/amp" + story.path if "/amp" + story.path in story.links else None,
                promo_after=self._promo_after(story),
            )
        )
        changed = datetime.fromisoformat(story.modified) if story.modified else story.at
        return Answer(
            status=story.status,
            body=html.encode(encoding, "xmlcharrefreplace"),
            content_type="text/html" + (f"; charset={header}" if header else ""),
            headers=(("X-Robots-Tag", "noarchive"),) if story.noarchive else (),
            # The drupal header prints today's date, so its pages are new bytes with each edition.
            modified=self.press_time if story.style == "drupal" else changed,
        )

    def _promo_after(self, story: Story) -> int:
        """After how many paragraphs the house promo stands; 0 for none. The middle, as ad servers like it."""
        if story.section != self.paper.furniture["promo"]["section"] or story.kind != "article":
            return 0
        return sum(block.kind == "paragraph" for block in story.blocks) // 2

    def _related(self, story: Story) -> list[Story]:
        """Three other stories of the section, for the "also read" boxes."""
        others = [
            other for other in self.paper.stories if other.section == story.section and other != story and other.alive
        ]
        start = sum(map(ord, story.slug)) % max(1, len(others))
        return (others[start:] + others[:start])[:3]

    def _common(self, style: str, language: str) -> dict[str, Any]:
        return {
            "paper": self.paper,
            "base": self.base,
            "style": style,
            "language": language,
            "words": words()[language],
            "direction": "rtl" if language == "ar" else "ltr",
            "today": f"{self.press_time:%A}, {self.press_time.day} {self.press_time:%B %Y}",
            "most_viewed": self.paper.furniture["most_viewed"],
            "promo": self.paper.furniture["promo"],
        }

    def _home(self) -> Answer:
        alive = [story for story in self.paper.stories if story.alive]
        fronts = [
            (slug, section, [story for story in alive if story.section == section["name"]][:4])
            for slug, section in self.paper.sections.items()
        ]
        return self._page(
            "home.html",
            self.paper.style,
            self.paper.language,
            fronts=fronts,
            latest=alive[:FRONT],
            title=self.paper.name,
        )

    def _listing(
        self,
        path: str,
        title: str,
        style: str,
        stories: list[Story],
        number: int,
        count: int,
        language: str,
        other_days: Mapping[str, str | None],
    ) -> Answer:
        return self._page(
            f"{style}/list.html",
            style,
            language,
            title=title,
            stories=stories,
            path=path,
            number=number,
            count=count,
            other_days=other_days,
        )

    def _plain(self, title: str) -> Answer:
        return self._page("plain.html", self.paper.style, self.paper.language, title=title)

    def _page(self, template: str, style: str, language: str, **facts: Any) -> Answer:
        html = environment().get_template(template).render(**self._common(style, language), **facts)
        return Answer(body=html.encode(), modified=self.press_time)

    def _missing(self, path: str, status: int = 404, note: str = "") -> Answer:
        facts = self._common(self.paper.style, self.paper.language)
        html = environment().get_template("missing.html").render(**facts, path=path, status=status, note=note)
        return Answer(status=status, body=html.encode())

    def _text(self, text: str, content_type: str) -> Answer:
        if "charset" not in content_type:
            content_type += "; charset=utf-8"
        return Answer(body=text.encode(), content_type=content_type, modified=self.press_time)

    def _json_feed(self, section: str) -> Answer:
        return self._text(listings.json_feed(self.paper, self.base, section), "application/feed+json")

    def _logo(self) -> Answer:
        body = pictures.svg(self.paper.id, self.paper.name)
        return Answer(body=body, content_type="image/svg+xml", modified=TODAY[1])

    def _picture(self, image: Image, story: Story) -> Answer:
        body = pictures.svg(image.url, image.caption or story.title)
        return Answer(body=body, content_type="image/svg+xml", modified=story.at)

    def _archive_sitemap(self) -> Answer:
        body = gzip.compress(listings.archive_sitemap(environment(), self.paper, self.base).encode(), mtime=0)
        return Answer(body=body, content_type="application/gzip", modified=self.press_time)

    def _css(self, style: str) -> Answer:
        body = environment().get_template(f"{style}/style.css").render().encode()
        return Answer(body=body, content_type="text/css; charset=utf-8", modified=TODAY[1])
