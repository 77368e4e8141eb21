"""What a page's author called an element, and what such names tell."""

from __future__ import annotations

import re
from functools import lru_cache

OTHER_NAMES = ("role", "itemprop", "data-testid", "data-component", "data-type")
OTHER_NAMING = frozenset((*OTHER_NAMES, "id"))

CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
STATE = re.compile(r"(?:has|no|not|with|without|is|js)[-_]", re.I)
"""Class names that tell the state of an element, not what it is: "has-sidebar"."""

CHUNK = re.compile(r"[a-z0-9]+")
WORDS = re.compile(r"[a-z]+|[0-9]+")
HASH = re.compile(r"[0-9][a-z]+[0-9]|[a-z][0-9]+[a-z]")
"""Letters and digits by turns are a made-up mark, and what looks like a word in it ("d983ad0") is none."""

MARKED = re.compile(
    r" (?:article body|articlebody|article content|article text|article copy|entry content|post content|story body|"
    r"story content|body content|post body|content body|article main|blog content|single content|post text|"
    r"entry body|story text|page content|field name body) "
)
TELLING = re.compile("body|content|text|copy|main|comment|respond|disqus", re.I)
"""What every name has in it that marks a story or its comments; most ids are unique and need no reading."""

COMMENTS = re.compile(r" (?:comments|comment list|commentlist|comment thread|comment holder|disqus thread|respond) ")

NOT_TEXT = re.compile(
    r" (?:"
    r"related|newsletters?|share|sharing|shares|sharedaddy|social|socials|comments?|disqus|promo|promos|adverts?|advertisement|advertising|"
    r"ad|ads|adslot|adsense|dfp|sponsor|sponsored|outbrain|taboola|breadcrumbs?|bylines?|author|authors|bio|"
    r"credit|credits|copyright|topics|footer|pagination|pager|"
    r"subscribe|subscription|signup|cookie|cookies|consent|modal|popup|overlay|carousel|gallery|swiper|slick|"
    r"recommended|recommendation|recommendations|recirc|trending|visually|timestamp|dateline|player|"
    r"disclaimer|login|register|feedback|teaser|teasers|eyebrow|"
    r"sr only|screen reader|read more|read next|also read|read also|more on|most read|most viewed|"
    r"twitter tweet|instagram media|tiktok embed|bluesky embed|twitter video|fb post|relatedposts|"
    r"testimonials?|jw player|jwplayer|piano|paywall prompt|article meta|entry meta|post meta|published date|"
    r"premium hidden|body premium|registration|modified info|inline newsletter|call to action|"
    r"cta|btn|button|buttons|search|tags|posts|thumbnail|caption|captions|figcaption"
    r") "
)


def name_string(attrs: dict[str, str | None]) -> str:
    """What an element is called, in lower case: its class and role, and its id where that tells what it is.

    An id is often made of what the element says ("related-deaths"), so it counts only where there is no class, or
    where it marks the story or its comments.
    """
    named = attrs.get("class")
    names = parted(named) if named else ""
    if not OTHER_NAMING.isdisjoint(attrs):
        if (identifier := attrs.get("id")) and TELLING.search(identifier):
            told = parted(identifier)
            if is_marked(told) or is_comments(told):
                names += told
        names += "".join([parted(value) for key in OTHER_NAMES if (value := attrs.get(key))])
        names = names.replace("  ", " ")
    return names


# A page says the same names over and over: the answers are remembered.
@lru_cache(maxsize=20_000)
def parted(names: str) -> str:
    """Names as words between single spaces: "articleBody post__text" is " article body post text "."""
    if "status-publish" in names:  # WordPress lists a post's categories and tags among its classes
        return " hentry post "
    told = " ".join(name for name in names[:400].split() if not STATE.match(name))
    words: list[str] = []
    for chunk in CHUNK.findall(CAMEL.sub(" ", told).lower()):
        words += [chunk] if HASH.search(chunk) else WORDS.findall(chunk)
    return f" {' '.join(words)} "


@lru_cache(maxsize=20_000)
def is_comments(names: str) -> bool:
    """The names are those of a discussion."""
    return COMMENTS.search(names) is not None


@lru_cache(maxsize=20_000)
def is_marked(names: str) -> bool:
    """The names are those of a story's text."""
    return MARKED.search(names) is not None


@lru_cache(maxsize=20_000)
def named_not_text(names: str) -> str | None:
    """What among the names says that this is not a story's text."""
    found = NOT_TEXT.search(names)
    return f"named{found[0]}".rstrip() if found else None
