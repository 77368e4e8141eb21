"""From a printed or stated byline to names."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator

from scraper.extract import agencies, labels
from scraper.extract.labels import PREFIX
from scraper.extract.month_names import MONTHS

MAX_BYLINE = 2_000  # characters of a text that is read for names; what is longer is no byline

_AND = re.compile(
    r"\s*(?:;|；|、|•|·|\||\n)\s*|\s+(?:and|und|et|och|og|ja|dan|và|ve|и|та|і|și|és|και|और|तथा|و|"
    r"with|mit|avec)\s+|\s*(?:និង|และ)\s*|\s+[—–]\s+",
    re.I,
)
_SHORT_AND = re.compile(r"\s+(?:&|\+|y|e|i|a|en|/|／)\s+|(?<=\w\w)/(?=\w\w)", re.I)
_TAIL = re.compile(
    r"\s*(?:[|•·●⋅∙–—]|\s-\s|\bupdated?\b|\bpublished\b|\bposted\b|\bon\s+(?=[A-Z]\w+(?: \d|(?<=day)\b))|"
    r"\bfor\s+(?=[A-Z])|\bin\s+(?=[A-Z])|\bvia\b|\babout the author\b|\bread (?:more|full)|"
    r"\d{1,2}[./:-]\d|"
    r"\b(?:19|20)\d\d\b|\bvor \d|\b\d+ (?:min|hour|day|month|year)|\bfollow(?:\b|ing)|\bget email|"
    r"\bsee all\b|\bview (?:all|profile|bio)|\bbio\b)",
    re.I,
)
_EMAIL = re.compile(r"\S+@\S+\.\w+")
_HANDLE = re.compile(r"(?:^|\s)@\S+")
_URL = re.compile(r"^(?:https?:|www\.|/|@|#)|\.(?:com|org|net)/|^[\w.-]+@")
# "Ana Gil in Madrid and Luis Rey in Rome", "王小明／台北報導"
_PLACE = re.compile(
    r"\s+in\s+[A-Z][\w.-]+(?:\s[A-Z][\w.-]+)?(?=\s+(?:and|und|et)\s|[;,])|[／/][^／/]*(?:報導|报道)】?$|(?<=[\u4e00-\u9fff]{2})[\u4e00-\u9fff]{2}(?:報導|报道)】?$"
)
_TEXT = re.compile(r"\s*[(\[](?:text|texte?|texto|words|tekst)[)\]]$", re.I)
_DOT = re.compile("(?<=[가-힣])·(?=[가-힣])")  # between two Korean names; elsewhere it ends a byline
_SUFFIXED = re.compile(
    r"(?<=[가-힣])\s*(?:선임|수석)?\s*(?:기자|특파원|논설위원)$|(?<=[\u3040-\u30ff\u4e00-\u9fff]{2})\s*(?:記者|特派員)$"
)
_GEORGIAN = re.compile("[\u10d0-\u10ff]")
_MONTH = re.compile(rf"\s+(?:{'|'.join(MONTHS)})$", re.I)  # of a date without a year
_INITIALS = re.compile(r"\s*\([a-zà-ÿ]{2,4}\.?\)$")  # of a newsroom: "Elena Martel (ema)"
_BESIDES = re.compile(r"\s*\((?:avec|with|mit|con|com)\s+([^)]+)\)", re.I)
_FROM = re.compile(r"(?:d[aei]|em|aus|uit)\s+(?=\S+$)")
_JUNIOR = re.compile(r"\b[JS]r\.\s*$")
# "【ソウル=山田太郎】", "[아침일보 홍길동 기자]", "아침일보 = 홍길동 기자"
_FRAME = re.compile(
    r"^[【\[(]?(?:[^\s=＝【\[]+\s*[=＝]\s*|(?<=\[)\S+\s+(?=[가-힣]{2,4}\s*(?:기자|특파원)))([^\s=＝】\])][^=＝】\])]*)[】\])]?$"
)
_PICTURES = re.compile(r"[(\[](?:photo|foto|bild|images?|pictures?|video|illustration)[^)\]]*[)\]]?$", re.I)
_COUNT = re.compile(r"\s+\d")
_LINK = re.compile(r"\(?\b(?:https?://|www\.)\S+")
_LABEL = re.compile(r"^(?:last |articles? by|updated?|published|posted|insights|this |more |view |see |meet )|:$", re.I)
_TRAILING_ROLE = re.compile(
    r"(?<=\w)\s+(?:staff |senior |contributing |guest )*(?:writer|reporter|editor|correspondent|"
    r"contributor|photographer)s?$",
    re.I,
)
_POSTNOMINAL = re.compile(
    r"^(?:[A-Z][A-Za-z]{0,2}\.?){1,4}$|^(?:[A-Z]\.?){2,6}(?:-[A-Z]+)*$|^(?:Jr|Sr|II|III|IV|Esq|"
    r"PhD|CPA|LMFT|LCSW|Ph\. ?D)\.?$"
)
_ROLE = re.compile(
    r"\b(?:editors?|reporter|writer|correspondent|journalist|columnist|producer|staff|contributor|"
    r"manager|director|expert|specialist|author|"
    r"president|founder|ceo|cto|cfo|coo|vp|officer|reviewer|analyst|professor|bureau|desk chief|"
    r"redakteur(?:in)?|redaktor|"
    r"korrespondent(?:in)?|reporterin|leiter(?:in)?|chefredakteur(?:in)?|"
    r"journaliste|rédact\w+|envoyée? spéciale?|periodista|redactora?|corresponsal|giornalista|"
    r"journalista|inviat[oa]|redaktør|redaktör|toimittaja|"
    r"корреспондент|журналист|обозреватель|muhabir|wartawan|phóng viên|fotograf\w*|photograph\w*|"
    r"foto)\b|記者|记者|기자",
    re.I,
)
_NOBODY = re.compile(
    r"^(?:undefined|null|(?:mastodon|bluesky|instagram|linkedin|youtube|tiktok|threads|telegram|whatsapp|github|rss)|agencies|agenturen|agences|agencias|agenzie|none|n/?a|nan|"
    r"(?:[A-Z]+ )?admin(?:istrator)?|webmaster|anonymous|unknown|guest|user|name|author|by|share|menu|home|"
    r"news|"
    r"read more|comments?|login|sign in|subscribe|follow(?: us)?|advertisement|superuser|root|"
    r"editor|test|article|blog|email|facebook|twitter|"
    r"about(?: the)? authors?|more|close|search|authors?:?|published|updated|written by|posted by|"
    r"reviewed by|fact[- ]checked by|all posts|view all posts)$",
    re.I,
)
_ELIDED = re.compile(r"(?:d|l|de|dell|dall|al|el|'t)['’-][A-Z\u00c0-\u00de]")  # "d'Ormesson", "el-Sisi"
_SENTENCE = re.compile(
    r"(?<!prof)(?<!dipl)(?<=[a-z\u00e0-\uffff]{3})[.!?。]\s+\S|[?!:]$|\b(?:is|are|was|has|have|"
    r"the best|how to|your|you|our|we|this|that|these)\b",
    re.I,
)


_PARTICLES = frozenset(
    [
        "a",
        "af",
        "al",
        "av",
        "bin",
        "binti",
        "bint",
        "da",
        "das",
        "de",
        "del",
        "dela",
        "delos",
        "della",
        "den",
        "der",
        "di",
        "do",
        "dos",
        "du",
        "e",
        "ibn",
        "la",
        "le",
        "of",
        "och",
        "og",
        "ten",
        "ter",
        "the",
        "to",
        "und",
        "van",
        "vande",
        "von",
        "y",
        "zu",
        "zum",
    ]
)


def entitles(text: str) -> bool:
    """Whether a text is a job title and no more: "Senior Autos Reporter"."""
    words = text.split()
    return 0 < len(words) <= 6 and _ROLE.search(words[-1]) is not None and "," not in text


def people(raw: Iterable[str], *, strict: bool = False, prefixed: bool = False) -> list[str]:
    """The names in these texts, in order, each once.

    strict     keep only what looks like a name (for text that was printed, not stated)
    prefixed   only texts that begin with "By" in some language
    """
    found: dict[str, str] = {}
    for text in raw:
        for name in _names(text, strict, prefixed):
            found.setdefault(name.casefold(), name)
    return list(found.values())


def _names(text: str, strict: bool, prefixed: bool) -> Iterator[str]:
    text = text[:MAX_BYLINE]
    text = " ".join(unicodedata.normalize("NFC", text).replace("\u00a0", " ").split()).strip(' ,;:|•·●⋅∙-–—/"“”【】')
    if not text or _URL.search(text):
        return
    text = _HANDLE.sub(" ", _EMAIL.sub(" ", _LINK.sub(" ", text))).strip()
    text = _BESIDES.sub(r"、\1", labels.unhelped(_DOT.sub("、", _FRAME.sub(r"\1", text))))
    if not text or labels.announces(text):
        return
    bare = PREFIX.sub("", text)
    if prefixed and (bare == text or (labels.WEAK.match(text) and ":" not in text[: len(text) - len(bare)])):
        return
    signed = bare != text
    while bare != text and bare:
        text, bare = bare, PREFIX.sub("", bare) if not labels.WEAK.match(bare) else bare
    text = labels.OFFICE.sub("", text)
    if text.startswith("the "):
        text = f"T{text[1:]}"  # "By the Editorial Board"
    if not text:
        return
    if strict:
        first = text.split()[0]
        named = signed and first.isalnum() and not first.isdecimal()  # "By 3i Global"
        if _LABEL.search(text) or (text[0].isdecimal() and not named):
            return
    if strict or signed:
        text = _PLACE.sub("", text)
        match = _TAIL.search(text)
        if match is not None:
            text = text[: match.start()] if match.start() > 2 else ""
    if strict:
        counted = _COUNT.search(text)
        if counted is not None:  # "May 28", "the Lavazza Team 2–3 minutes"
            text = _MONTH.sub("", text[: counted.start()])
            if " " not in text:
                return
    for part in _AND.split(text):
        for piece in _halves(part):
            yield from _with_titles(piece, strict)


def _halves(text: str) -> list[str]:
    """Split at what may also be part of a name where full names stand on both sides: "Ana Gil y Luis Rey"."""
    parts = _SHORT_AND.split(text)
    if len(parts) > 1 and all(len(part.split()) >= 2 for part in parts):
        return parts
    if len(parts) == 2 and " / " in text and len(parts[0].split()) >= 2:
        return parts[:1]  # "Mathias Hagen / Journalist"
    return [text]


def _with_titles(text: str, strict: bool) -> Iterator[str]:
    """Names from a list at commas: letters after a name stay with it, job titles and places go."""
    parts = [
        part.strip(" .")
        if part.strip().count(".") == 1 and part.strip().endswith(".") and len(part) > 6 and not _JUNIOR.search(part)
        else part.strip()
        for part in re.split(r"[,，،]", text)
    ]
    name = ""
    for index, part in enumerate(filter(None, parts)):
        if _PICTURES.search(part):
            continue
        part = _INITIALS.sub("", _SUFFIXED.sub("", _TEXT.sub("", part)))
        if index and (place := _FROM.match(part)):  # "João da Silva, de Brasília", "da Reuters"
            part = part[place.end() :]
        part = re.sub(r"^(?:(?:and|und|et|y|e|og|och|en)\s+|[&+]\s*)", "", part)
        if strict and not index and full_name(cut := _TRAILING_ROLE.sub("", part)):
            part = cut
        part = PREFIX.sub("", part) if not labels.WEAK.match(part) else part
        agency = len(part) > 2 and agencies.called(part) is not None
        if index and name and _POSTNOMINAL.match(part) and not agency:
            name = f"{name}, {part}"
        elif index and not agency and (_ROLE.search(part) or not full_name(part)):
            continue
        else:
            if name:
                yield name
            name = part if _acceptable(part, strict) else ""
    if name:
        yield name


def full_name(text: str) -> bool:
    """Two to five words, each with a capital where the script has capitals (a particle may be small)."""
    words = text.split()
    if (
        not 2 <= len(words) <= 5
        or any(map(str.isdigit, text))
        or text.lower().startswith(("the ", "a ", "in ", "at ", "for "))
    ):
        return False
    cased = [word for word in words if word[:1].lower() != word[:1].upper() and not _GEORGIAN.match(word)]
    return not cased or sum(word[:1].isupper() for word in cased) >= max(1, len(cased) - 2)


def bare_names(text: str) -> list[str]:
    """The full names that a text consists of, without labels; [] when it has more than a job title behind them."""
    text = _HANDLE.sub("", _EMAIL.sub("", text)).strip()
    head, _, rest = text.partition(",")
    if rest and entitles(rest):
        text = head
    found = people([text], strict=True)
    words = [name.split(",")[0].split() for name in found]
    whole = all(len(set(name) - _PARTICLES) <= 4 and full_name(" ".join(name)) for name in words)
    whole = whole and all(map(_name_word, itertools.chain(*words)))
    letters = sum(map(str.isalpha, "".join(found)))
    return found if whole and ":" not in text and letters >= 0.8 * sum(map(str.isalpha, text)) else []


def _small(word: str) -> bool:
    """Whether a word begins with a small letter in a script that gives names capitals; Georgian gives them none."""
    return word[:1].islower() and not _GEORGIAN.match(word)


def _name_word(word: str) -> bool:
    """Whether a word may be one of a person's name: a capital or no case, or a particle such as "van"."""
    if _small(word):
        return word in _PARTICLES - {"of", "the", "to", "a"} or _ELIDED.match(word) is not None
    return word[0].isalpha()


def _acceptable(text: str, strict: bool) -> bool:
    stripped = text.strip(" .")
    if len(stripped) < 2 or len(text) > 100 or _NOBODY.match(stripped) or _URL.search(text):
        return False
    if not any(character.isalpha() for character in text) or ": " in text:
        return False  # "content: Gazette"
    if not strict:
        return True
    words = text.split()
    if (
        len(words) > 6
        or len(text) > 60
        or sum(map(str.isdigit, text)) > 2
        or _SENTENCE.search(text)
        or _LABEL.search(text)
    ):
        return False
    if len(words) <= 2 and _ROLE.search(words[-1]):
        return False  # "Staff Writer"
    small = [
        word
        for word in words
        if _small(word) and word not in _PARTICLES and not _ROLE.fullmatch(word) and not _ELIDED.match(word)
    ]
    return len(words) == 1 or not small
