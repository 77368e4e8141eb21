"""Content files -> frozen values, each with the gold that an extractor should find on its page.

A file is YAML front matter between two `---` lines, then text in blocks separated by an empty line:

    plain text            a paragraph; [links](/path), **bold** and _italic_ inside
    ## heading            a subheading
    > text                a quotation of a document or poem
    - item                a list (one item a line)
    | a | b |             a table (one row a line, the first is its head)
    @entry 09:40 Heading  an entry of a live blog begins
    @image N              the Nth picture of the front matter stands here (the first one leads, by default)
    @pull text            a pull quote: a line of the story said again in large type
    @related @newsletter  furniture: what an extractor has to leave out
    @ad @follow @video

`slug.2.md` replaces `slug.md` in edition 2; its front matter names only what differs,
its text is whole (when it has one).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ruamel.yaml import YAML

from archive.records import Article, Image, Kind
from sample import ADDRESSES, base

CONTENT = Path(__file__).parent / "content"
TODAY = {1: datetime.fromisoformat("2024-11-20T06:00+07:00"), 2: datetime.fromisoformat("2024-11-21T06:00+07:00")}
"""When each edition goes to press; nothing in it is later."""

BLOCK_MARKS = {"## ": "heading", "> ": "quote", "- ": "list", "|": "table", "@entry ": "entry", "@pull ": "pull"}
TEXT_KINDS = {"paragraph", "heading", "quote", "list", "table", "entry"}
DATELINES = {
    "drupal": "Publication date {0.day} {0:%B %Y} | {0:%H:%M} ICT",
    "wordpress": "{0:%B} {0.day}, {0.year} at {0:%H:%M}",
    "react": "{0.day} {0:%b} {0.year} {0:%H:%M}",
    "classic": "{0:%A}, {0.day} {0:%B %Y}",
}
"""How each CMS prints a date when the front matter does not."""
INLINE = re.compile(r"\[([^\]]+)\]\([^)]+\)|\*\*(.+?)\*\*|(?<!\w)_(.+?)_(?!\w)")


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a story. `lines` are list items or table rows ("a | b"); `kind` is one of the marks above."""

    kind: str
    text: str = ""
    lines: tuple[str, ...] = ()

    @property
    def plain(self) -> str:
        """What a reader's eye sees; a list has one "- item" a line, a table one "a | b" row a line."""
        lead = "- " if self.kind == "list" else ""
        return "\n".join(lead + without_marks(line) for line in self.lines) if self.lines else without_marks(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One page of a paper as its newsroom wrote it.

    path          its address from the root, as canonical and as most listings name it
    at            the moment of publication; listings state it even where the page does not
    published     gold: what the page alone tells, as precise as it tells it; None when it does not
    authors       gold, people and agencies; `byline` is the line as printed, "" when none is
    dates         where the page states its date: "json-ld", "meta", "time", "line"
    signed        where it states its authors: "json-ld", "meta", "rel", "line"
    style         the CMS whose templates it is shown in: drupal, wordpress, react, classic
    template      another template for pages that are no plain article ("consent", "shell", ...)
    fate          what should become of it: "filed", or the reason the ledger should give
    aliases       other addresses that answer 301 to this one; the archive sitemap still lists them
    links         addresses under which section pages link to it beside `path`, e.g. its AMP twin
    charset       (Content-Type header, meta, bytes): None leaves the declaration out
    """

    paper: str
    slug: str
    path: str
    title: str
    at: datetime
    published: str | None
    modified: str | None
    dateline: str
    dates: frozenset[str]
    authors: tuple[str, ...]
    byline: str
    signed: frozenset[str]
    agency: str | None
    language: str
    section: str
    tags: tuple[str, ...]
    images: tuple[Image, ...]
    standfirst: str
    summary: str
    blocks: tuple[Block, ...]
    style: str
    template: str
    kind: Kind
    free: bool | None
    status: int
    fate: str
    aliases: tuple[str, ...]
    links: tuple[str, ...]
    feed_query: str
    charset: tuple[str | None, str | None, str]
    json_ld: str
    noarchive: bool
    note: str

    @property
    def text(self) -> str:
        """Gold: standfirst, paragraphs, subheadings, quotes, lists and tables, an empty line between them."""
        told = (block.plain for block in self.blocks if block.kind in TEXT_KINDS)
        return "\n\n".join((self.standfirst, *told) if self.standfirst else told)

    @property
    def alive(self) -> bool:
        """Whether sections and feeds still name it; the archive sitemap names even the dead."""
        return self.status not in (404, 410)

    def gold(self, base: str, site_name: str) -> Article:
        """The article that should be found on the page, with `base` the paper's address."""
        return Article(
            url=base + self.path,
            canonical_url=base + self.path,
            title=self.title,
            text=self.text,
            published=self.published,
            modified=self.modified,
            authors=self.authors,
            language=self.language,
            section=self.section,
            tags=self.tags,
            images=tuple(Image(base + image.url, image.caption, image.credit) for image in self.images),
            site_name=site_name,
            agency=self.agency,
            free_to_read=self.free,
            kind=self.kind,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A newspaper: its furniture and, newest first, its stories."""

    id: str
    name: str
    language: str
    style: str
    sections: Mapping[str, Mapping[str, str]]
    furniture: Mapping[str, Any]
    stories: tuple[Story, ...]


def without_marks(text: str) -> str:
    """Text of a block without its inline marks."""
    return INLINE.sub(lambda found: next(group for group in found.groups() if group), text)


@cache
def load(paper: str, edition: int) -> Paper:
    """One paper as of an edition (1 or 2), stories newest first."""
    folder = CONTENT / paper
    about = YAML(typ="safe").load((folder / "paper.yaml").read_text("utf-8"))
    told = []
    for file in sorted(folder.glob("*.md")):
        slug, _, later = file.stem.partition(".")
        if later:
            continue
        facts, text = _split(file)
        if facts.get("since", 1) > edition:
            continue
        revised = file.with_name(f"{slug}.2.md")
        if edition == 2 and revised.exists():
            changes, new_text = _split(revised)
            facts, text = facts | changes, new_text or text
        told.append(_story(paper, slug, facts, text, about["sections"]))
    return Paper(
        id=paper,
        name=about["name"],
        language=about["language"],
        style=about["style"],
        sections=about["sections"],
        furniture=about["furniture"],
        stories=tuple(sorted(told, key=lambda story: (story.at, story.slug), reverse=True)),
    )


def _split(file: Path) -> tuple[dict[str, Any], str]:
    _, front, text = file.read_text("utf-8").split("---\n", 2)
    return YAML(typ="safe").load(front), text.strip()


def _blocks(text: str) -> tuple[Block, ...]:
    blocks = []
    for piece in filter(None, (piece.strip() for piece in text.split("\n\n"))):
        kind = next((kind for mark, kind in BLOCK_MARKS.items() if piece.startswith(mark)), None)
        if kind == "table":
            rows = tuple(" | ".join(cell.strip() for cell in row.strip("| ").split("|")) for row in piece.splitlines())
            blocks.append(Block(kind, lines=rows))
        elif kind == "list":
            blocks.append(Block(kind, lines=tuple(line[2:].strip() for line in piece.splitlines())))
        elif kind:
            blocks.append(Block(kind, _joined(piece.split(" ", 1)[1])))
        elif piece.startswith("@"):
            name, _, rest = piece[1:].partition(" ")
            blocks.append(Block(name, rest.strip()))
        else:
            blocks.append(Block("paragraph", _joined(piece)))
    return tuple(blocks)


def _joined(text: str) -> str:
    return " ".join(text.split())


def _story(paper: str, slug: str, facts: dict[str, Any], text: str, sections: Mapping[str, Mapping[str, str]]) -> Story:
    """One story; what the front matter leaves out follows from the paper's habits (paper.yaml)."""
    section = sections[facts["section"]]
    style = facts.get("style", section["style"])
    at = datetime.fromisoformat(facts["at"])
    if at.tzinfo is None:
        raise ValueError(f"{paper}/{slug}.md: `at` needs an offset such as +07:00")
    dates = frozenset(facts.get("dates", ["json-ld", "meta", "line"]))
    authors = tuple(facts.get("authors", ()))
    blocks = _blocks(text)
    first = next((block.plain for block in blocks if block.kind == "paragraph"), facts["title"])
    kind = facts.get("kind", "article")
    stated = facts["at"] if dates & {"json-ld", "meta", "time"} else None
    return Story(
        paper=paper,
        slug=slug,
        path=quote(facts.get("path", section["path"].format(slug=slug, at=at))),
        title=facts["title"],
        at=at,
        published=facts.get("published", stated),
        modified=facts.get("modified"),
        dateline=facts.get("dateline", DATELINES[style].format(at)),
        dates=dates,
        authors=authors,
        byline=facts.get("byline", ("" if style == "drupal" else "By ") + " and ".join(authors) if authors else ""),
        signed=frozenset(facts.get("signed", ["json-ld", "meta", "line"])),
        agency=facts.get("agency"),
        language=section["language"],
        section=section["name"],
        tags=tuple(facts.get("tags", ())),
        images=tuple(Image(**image) for image in facts.get("images", ())),
        standfirst=_joined(facts.get("standfirst", "")),
        summary=_joined(facts.get("summary", _cut(first))),
        blocks=blocks,
        style=style,
        template=facts.get("template", f"{style}/article.html"),
        kind=kind,
        free=facts.get("free"),
        status=facts.get("status", 200),
        fate=facts.get("fate", "filed"),
        aliases=tuple(facts.get("aliases", ())),
        links=tuple(facts.get("links", ())),
        feed_query=facts.get("feed_query", ""),
        charset=tuple(facts.get("charset", ("utf-8", "utf-8", "utf-8"))),
        json_ld=facts.get("json_ld", "whole"),
        noarchive=facts.get("noarchive", False),
        note=facts.get("note", ""),
    )


def _cut(text: str, length: int = 160) -> str:
    """The start of a text as a CMS cuts its teasers: at a space where there is one."""
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0].rstrip(",;: ") + "…"


def hinted(story: Story) -> str:
    """Gold when the listing's hint is known too: the page's own date, or what feeds and sitemaps state."""
    return story.published or story.at.isoformat(timespec="minutes")


def stories(edition: int) -> tuple[Story, ...]:
    """Every story of both papers."""
    return tuple(story for paper in ADDRESSES for story in load(paper, edition).stories)


def by_address(port: int, edition: int) -> dict[str, Story]:
    """Every story of both papers under its canonical address, as served on `port`."""
    return {base(story.paper, port) + story.path: story for story in stories(edition)}


def days(paper: Paper) -> dict[str, list[Story]]:
    """Stories by their day in the paper's own time zone, as its date pages show them: "2024/11/18" -> stories."""
    found: dict[str, list[Story]] = {}
    for story in paper.stories:
        found.setdefault(f"{story.at:%Y/%m/%d}", []).append(story)
    return found


def recent(paper: Paper, edition: int, within: timedelta) -> list[Story]:
    """What a news sitemap may list: stories no older than `within` at press time."""
    return [story for story in paper.stories if story.alive and TODAY[edition] - story.at <= within]
