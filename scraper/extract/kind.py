"""What sort of page this is: an article, or one of the things that look like one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from archive.records import Evidence, Image, Kind
from scraper.extract.document import Document
from scraper.extract.structured import Structured, string, types

# Characters of text. Shorter than STUB a paid story shows only its beginning (the longest free beginning of the pages
# looked at had 1,900, the median 600); shorter than BARE a page tells no story at all.
STUB = 2_000
SHORT = 1_200
BARE = 120

_LIVE = re.compile(
    r"(?:^|[/_.-])(?:live-?blog|live-?ticker|live|newsblog|en-direct|direct|en-vivo|live-updates|ticker)(?=[/_.-]|$)",
    re.I,
)
_GALLERY = re.compile(
    r"(?:^|[/_.-])(?:galler(?:y|ies)|galerie|galeria|photos?|pictures|fotostrecke|slideshow|"
    r"photo-essay|diaporama|bilder(?:strecke|galerie)?)(?=[/_.-]|$)",
    re.I,
)
_VIDEO = re.compile(r"(?:^|[/_.-])(?:videos?|watch|mediathek|tv)(?=[/_.-]|$)", re.I)
_OPINION = re.compile(
    r"^(?:opinions?|opinion-?analysis|op-?ed|editorials?|comment(?:ary|isfree|aries)?|columns?|"
    r"columnists?|letters|voices|views?|"
    r"meinung(?:en)?|kommentare?|kolumnen?|leitartikel|debatte|opinie|opinioni|opini[oó]n(?:es)?|"
    r"opiniao|opinião|tribunas?|tribunes?|idees|"
    r"mening|debatt|ledare|kronikk|mielipide|felieton|komentarze|köşe-?yazarlari|yazarlar|mnenie|"
    r"мнения?|колонки?|opini|kolom|社説|社论|评论|評論|观点|"
    r"사설|칼럼|오피니언|مقالات|رأي|راى|دیدگاه|विचार|संपादकीय|ความคิดเห็น|ทัศนะ|មតិ|ទស្សនៈ)$",
    re.I,
)
# The number of the error as a whole part of the title ("404 - Gazette", "Error 404: not found"): in a headline the
# number counts something.
_NOT_FOUND = re.compile(
    r"(?:^|[|:–—-]\s*)(?:(?:http|error|fehler|erreur|errore|ошибка|エラー)\W*)*(?:404|410)"
    r"(?:\W*(?:error|fehler|not found|page not found))?\s*(?:$|[|:–—!.-])|"
    r"page (?:can ?not|could not|not) (?:be )?found|"
    r"seite nicht gefunden|page introuvable|página no encontrada",
    re.I,
)
_CHALLENGE = (
    "input[type=password], iframe[src*=captcha i], [class*=captcha i], [id*=challenge i], [id*=captcha i], "
    "form[action*=consent i]"
)


def read(
    document: Document,
    structured: Structured,
    *,
    text: str,
    title: str | None,
    section: str | None,
    images: Sequence[Image],
    free_to_read: bool | None,
    challenged: bool,
) -> tuple[Kind, Evidence]:
    """The kind and the reason for it. `challenged`: the page asks for a password or a proof of being human."""
    names = {name.casefold() for node in structured.stories[:1] for name in types(node)}
    all_names = {name.casefold() for node in structured.nodes for name in types(node)}
    shown = next(iter(document.meta.get("og:type", ())), "").casefold()
    path = urlsplit(document.url).path
    length = len(text)
    story = bool(names & _STORIES) or any(name.endswith(("article", "posting")) for name in names) or shown == "article"

    if length < BARE:
        if challenged:
            return "wall", Evidence("text", f"{length} characters, and a form to pass")
        if names & _VIDEOS or shown.startswith("video"):
            return "video", Evidence(
                "json-ld" if names & _VIDEOS else "meta og:type", ", ".join(sorted(names)) or shown
            )
        if len(images) >= 4 and (names & _GALLERIES or _GALLERY.search(path)):
            return "gallery", Evidence("images", str(len(images)))
        if free_to_read is False and story:
            return "stub", Evidence("free to read", f"no; {length} characters")
        if length == 0 or not story:
            return "not an article", Evidence("text", f"{length} characters")
    if title and not story and length < SHORT and _NOT_FOUND.search(title):
        return "not an article", Evidence("title", title)
    if path in {"", "/"} and not story:
        return "not an article", Evidence("address", document.url)
    if "liveblogposting" in all_names:
        return "live blog", Evidence("json-ld", "LiveBlogPosting")
    if (
        _LIVE.search(path)
        and length > SHORT
        and document.tree.css_first("[class*=liveblog i], [class*=live-blog i], [class*=ticker i]")
    ):
        return "live blog", Evidence("address", path)
    if free_to_read is False and (length < STUB or _longer_elsewhere(structured, text)):
        return "stub", Evidence("free to read", f"no; {length} characters")
    if length < SHORT:
        if shown.startswith("video") or names & _VIDEOS or (_VIDEO.search(path) and "videoobject" in all_names):
            return "video", Evidence("meta og:type" if shown.startswith("video") else "json-ld", shown or "VideoObject")
        if names & _GALLERIES or (len(images) >= 6 and _GALLERY.search(path)):
            return "gallery", Evidence("json-ld" if names & _GALLERIES else "address", ", ".join(sorted(names)) or path)
    if "opinionnewsarticle" in names:
        return "opinion", Evidence("json-ld", "OpinionNewsArticle")
    for part in path.split("/")[1:-1]:
        if _OPINION.match(part):
            return "opinion", Evidence("address", path)
    if section and _OPINION.match(section.strip()):
        return "opinion", Evidence("section", section)
    return "article", Evidence("text", f"{length} characters")


_STORIES = {
    "newsarticle",
    "article",
    "blogposting",
    "reportagenewsarticle",
    "analysisnewsarticle",
    "opinionnewsarticle",
}
_VIDEOS = {"videoobject", "newsvideo"}
_GALLERIES = {"imagegallery", "mediagallery"}


def challenged(document: Document) -> bool:
    """Whether the page asks for a password or a proof of being human; asked before the tree is changed."""
    return document.tree.css_first(_CHALLENGE) is not None


def _longer_elsewhere(structured: Structured, text: str) -> bool:
    """The page counts far more words than it shows."""
    count = string(structured.story, "wordCount")
    return count is not None and count.isdigit() and int(count) > 1.6 * max(len(text.split()), 1)
