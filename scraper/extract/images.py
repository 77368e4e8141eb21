"""The pictures of a story, caption and credit apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborNode

from archive.records import Image
from scraper.extract.document import Document
from scraper.extract.structured import Structured, absolute, many, plain, string

MAX_IMAGES = 60

_CAPTION = "figcaption, [class*=caption i], [itemprop~=caption], [class*=legend i], [class*=bildunterschrift i]"
_CREDIT = (
    "[class*=credit i], [class*=copyright i], [class*=source i], [class*=photographer i], [itemprop~=copyrightHolder], "
    "[itemprop~=author], [itemprop~=creditText], cite, small, em"
)
_CREDIT_TEXT = re.compile(
    r"(?:^|[\s(\[|.–—-])(?P<credit>(?:©|\(c\)\s|(?:photo(?:graph(?:er|y)?)?s?|picture|image|foto|"
    r"fotos|bild|photo credit|credit|crédit|crédito|"
    r"copyright|source|quelle|fuente|фото|写真|图片来源|图|圖|사진|صورة|عکس|फोटो|तस्वीर|ภาพ|រូបភាព|"
    r"រូបថត)(?:\s+(?:by|von|di|par|de)\s+|\s*[:：៖]\s*|\s*©\s*))"
    r".{2,80})$",
    re.I,
)
_LABEL = re.compile(
    r"^(?:(?:photo(?:graph)?|picture|image|foto|bild|credit|crédit|crédito|copyright|source|"
    r"quelle|fuente|фото|写真|图|图片|"
    r"사진|صورة|عکس|फोटो|तस्वीर|ภาพ|រូបភាព|រូបថត)(?:\s+by)?\s*(?:[:：៖]\s*|\s(?=\S)|(?<=[^\x00-\x7f]))|[(\[|]+)+",
    re.I,
)
_ANY_LABEL = re.compile(r"^[^:：៖\d]{2,18}[:：៖]\s*(?=\S)")
_AVATAR = re.compile(
    r"avatar|author|byline|logo|icon|emoji|gravatar|related|teaser|card|sidebar|promo|advert|"
    r"newsletter|share|pixel|widget|recommend",
    re.I,
)
_SRC = ("src", "data-src", "data-original", "data-lazy-src", "data-url")


def read(document: Document, structured: Structured, scope: LexborNode | None = None) -> tuple[Image, ...]:
    """Figures in the order of the page, then the picture that the page names for sharing, if it is another one."""
    found: dict[str, Image] = {}
    for image in [*_figures(document, scope), *_stated(document, structured), *_described(document)]:
        key = _key(image.url)
        known = found.get(key)
        if known is None:
            found[key] = image
        elif (not known.caption and image.caption) or (not known.credit and image.credit):
            found[key] = Image(known.url, known.caption or image.caption, known.credit or image.credit)
        if len(found) >= MAX_IMAGES:
            break
    return tuple(found.values())


def _figures(document: Document, scope: LexborNode | None) -> Iterator[Image]:
    root = scope or document.tree.body
    if root is None:
        return
    seen: set[int] = set()
    selector = "figure, [class*=media i], [class*=image i], [class*=photo i], [class*=caption i]"
    for box in root.css(selector)[:400]:
        if box.tag == "img" or box.mem_id in seen or _AVATAR.search(_around(box)):
            continue
        picture = box.css_first("img")
        if picture is None or len(box.css("img")) > 3:
            continue
        caption_node = box.css_first(_CAPTION)
        if caption_node is None and box.tag != "figure":
            continue
        address = _address(picture, document.url)
        if address is None:
            continue
        seen.update(inner.mem_id for inner in box.css("figure, div, p"))
        caption, credit = _caption(caption_node, box) if caption_node is not None else (None, None)
        yield Image(address, caption, credit)


def _described(document: Document) -> Iterator[Image]:
    """Pictures with their alternative text printed below them: that is a caption, whatever it is marked up as."""
    texts: dict[int, str] = {}  # of the elements around pictures, since many stand in the same
    for picture in document.tree.css("img[alt]")[:200]:
        alt = plain(picture.attributes.get("alt") or "")
        if len(alt) < 15:
            continue
        box = picture.parent
        for _ in range(4):
            if box is None or box.tag in {"a", "body", "article", "main", "figure", "li"}:
                break
            text = texts.get(box.mem_id)
            if text is None:
                text = texts[box.mem_id] = plain(box.text(separator=" "))
            if len(text) > len(alt) + 150:
                break
            if text.startswith(alt):
                if not _AVATAR.search(_around(box)) and (address := _address(picture, document.url)):
                    caption, credit = divided(text) if divided(text)[1] else (alt, bare_credit(text[len(alt) :]))
                    yield Image(address, caption, credit)
                break
            box = box.parent


def _around(node: LexborNode) -> str:
    names = []
    above: LexborNode | None = node
    for _ in range(3):
        if above is None or above.tag in {"article", "main", "body"}:
            break
        attributes = above.attributes
        names.append(f"{attributes.get('class') or ''} {attributes.get('id') or ''}")
        above = above.parent
    return " ".join(names)


def _address(picture: LexborNode, base: str) -> str | None:
    attributes = picture.attributes
    for name in _SRC:
        value = (attributes.get(name) or "").strip()
        if value and not value.startswith("data:"):
            return absolute(value, base)
    for name in ("srcset", "data-srcset"):
        sizes = [part.split()[0] for part in (attributes.get(name) or "").split(", ") if part.strip(" ,")]
        if sizes:
            return absolute(sizes[-1].rstrip(","), base)
    return None


def _caption(node: LexborNode, box: LexborNode) -> tuple[str | None, str | None]:
    """Caption and credit of a box; a credit is an element of its own or follows a mark such as "Photo:" or ©."""
    whole = plain(node.text(separator=" "))
    part = next((inner for inner in node.css(_CREDIT) if inner.mem_id != node.mem_id), None)
    if part is None and box.mem_id != node.mem_id:
        outside = box.css_first("[class*=credit i], [class*=copyright i]")
        part = outside if outside is not None and outside.mem_id != node.mem_id else None
    credit = plain(part.text(separator=" ")) if part is not None else ""
    if credit and len(credit) < 120 and credit != whole:
        caption = (whole[: -len(credit)] if whole.endswith(credit) else whole.replace(credit, " ", 1)).strip(" |/-–—·")
        return plain(caption) or None, bare_credit(credit)
    return divided(whole)


def divided(text: str) -> tuple[str | None, str | None]:
    """A caption's text and the credit at its end: "A bridge. Photo: Hak Monika" -> ("A bridge.", "Hak Monika")."""
    match = _CREDIT_TEXT.search(text)
    if match is None:
        return text or None, None
    return text[: match.start("credit")].rstrip(" ([|–—-") or None, bare_credit(match["credit"])


def bare_credit(text: str) -> str | None:
    """A credit without its label (a known one, or whatever short word stands before a colon) and its brackets."""
    return _ANY_LABEL.sub("", _LABEL.sub("", text.strip())).strip(" )]|") or None


def _stated(document: Document, structured: Structured) -> Iterator[Image]:
    for value in list(many(structured.story.get("image")))[:12]:
        value = structured.resolve(value)
        image = _object(value, document.url)
        if image is not None:
            yield image
    for name in ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"):
        for text in document.meta.get(name, ())[:1]:
            if address := absolute(text, document.url):
                yield Image(address)
            return


def _object(value: Any, base: str) -> Image | None:
    node = value if isinstance(value, dict) else {"url": value}
    stated = string(node, "url", "contentUrl")
    address = absolute(stated, base) if stated else None
    if address is None:
        return None
    return Image(address, string(node, "caption"), string(node, "creditText", "creator", "author", "copyrightHolder"))


def _key(url: str) -> str:
    """The same picture in another size: its file name without the query and the size in it."""
    name = url.split("?")[0].rsplit("/", 1)[-1]
    return re.sub(r"[-_]\d{2,4}x\d{2,4}(?=\.)", "", name).casefold() or url
