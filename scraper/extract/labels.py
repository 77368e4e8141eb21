"""Words that stand before names in a byline: those that announce who wrote, and those that announce who only helped."""

from __future__ import annotations

import re

PREFIX = re.compile(
    r"^(?:(?:(?:story|words|text|report(?:ed|ing)?|writing|posted|published|written|article|reviewed?|opinion|analysis|"
    r"comment(?:ary)?|essay|column|feature|guest post|interview|text und fotos|eine? \w+|aufgezeichnet|notiert|"
    r"(?:story|words|text) (?:and|&) (?:photo(?:s|graphs|graphy)|pictures|images|video)|"
    r"skrevet|geschrieben|verfasst|geschreven|écrit|publié|(?:propos )?recueillis?|scritto|testo|a cura|escrito|"
    r"entrevista|publicado|scris|napisa[łl]|text[oe]?|tekst)\s+)?"
    r"(?:by|von|vom|par|por|di|da|door|deur|av|af|van|de|od|przez|от|oleh|nga|bởi|tarafından|του|της)[:\s]+"
    r"|(?:authors?(?:\(s\))?|autor(?:innen|en|in|es|a|i|s|ius)?(?:/autor)?|auteurs?|autore|avtor(?:ica)?|writers?|words|"
    r"reporters?|contributors?|interview|escrito por|text[eo]?|testo|tekst|teksti|kirjoittaja|toimittaja|"
    r"автор[иы]?|текст|piše|пише|szerző|írta|shkruan|müəllif|ავტორი|συντάκτης|γράφει|מאת|"
    r"作者|記者|记者|撰文|文|取材(?![・･])|取材[・･]文|執筆|기자|글|"
    r"المؤلف|إعداد|نویسنده|خبرنگار|نويسنده|تحریر|लेखक|লেখক|எழுதியவர்|penulis|mwandishi|"
    r"tác giả|bài(?: viết)?|haber|yazan|yazar|អ្នកយកព័ត៌មាន|អ្នកនិពន្ធ|ໂດຍ)\s*[:：៖／/｜・]\s*"
    r"|(?:γράφει [οη]|rozmawiała?|(?:isinulat|ulat) ni|aus \w+ berichtet|取材[・･]文|מאת|기자|글(?:[·ㆍ、]사진)?)\s+"
    r"|(?:كتبت?|بقلم|द्वारा|โดย|ผู้สื่อข่าว|ដោយ)\s*[:：៖]?\s*"
    r"|【?(?:本報|本报)?(?:記者|记者)\s*)",
    re.I,
)
# A bare "De" or "Da" may begin a name; these begin a byline only when the line says so otherwise.
WEAK = re.compile(r"^(?:de|da|di|van|von|文|글|text|tekst)\b", re.I)
# What a paper calls its own people before their names: "our correspondent", "dal nostro inviato", "編集委員".
OFFICE = re.compile(
    r"^(?:(?:our|unsere[mnr]?|notre|nuestr[oa]|noss[oa]|(?:dal(?:la)?\s+)?nostr[oa]|onze)\s+(?:own\s+)?"
    r"[^\W\d_]+(?:\s+(?:sp[eé]ciale?|especial))?\s+(?=\S+\s+\S)"
    r"|\w*(?:編集委員|論説委員|支局長|特派員)[・\s]+)",
    re.I,
)

_ANNOUNCES = re.compile(
    r"^(?:(?:story|words|text|article|post(?:ed)?|written|published|reporting|insights)\s+)?(?:by|"
    r"from|von|par|por|di|door|av|af|oleh)\s*:?$"
    r"|^(?:authors?|autor(?:en|in|es)?(?:/autor(?:in)?)?|auteurs?|autore|contributors?|penulis|作者|記者|记者|लेखक|"
    r"بقلم|كتب|نویسنده|ដោយ|โดย)\s*:?$",
    re.I,
)
# Whoever took the pictures, edited, checked or translated: a label with a colon in any language, some with "by".
_HELPER = re.compile(
    r"(?:^|[\s,;|/(–—-]+)(?:additional\s+)?(?:"
    r"(?:(?:edit|edição|edición|photo|fot[oó]|bild|video|graphi|grafi|illustrat|translat|übersetz|traduc|produc|check|fact|"
    r"curated|design|penyunting|penerjemah|фото|редактор|перевод|переклад|иллюстрац|ілюстрац|zdjęci|tłumacz|opracowa|"
    r"fordít|szerkeszt|kuva|kaynak|çeviri|φωτο|επιμέλεια|μετάφραση)[\w-]*|"
    r"ảnh|biên tập|צילום|עריכה|تحرير|تصوير|مترجم|ترجمة|عکس)\s*:"
    r"|(?:edit|photo|fot[oó]|bild|video|graphi|grafi|illustrat|translat|übersetz|traduc|produc|check|fact|reviewed)[\w-]*"
    r"\s+(?:by|von|par|por|di|door)\b"
    r"|opr(?:ac)?\.\s"
    r"|(?:責任|责任)?(?:編輯|编辑)[:：｜\s]|(?:校[對对]|[圖图]|攝影|摄影|写真|撮影|来源|來源)[:：｜・/／\s]|사진\s"
    r")",
    re.I,
)
# Where the part about a helper ends.
_NEXT = re.compile(r"[;|]|[\s,](?=(?:text[eo]?|words|story|reporter|penulis|текст|автор|tekst|文|글)\s*[:：])", re.I)


def announces(text: str) -> bool:
    """Whether a line is a label that a byline follows: "Written by"."""
    return len(text) < 30 and _ANNOUNCES.match(text.strip()) is not None


def unhelped(text: str) -> str:
    """A byline without its parts about helpers: each goes from its label to the next bar, semicolon or author."""
    kept = ""
    announced = PREFIX.match(text)  # "Story and photos by", "Reviewed by" as critics sign
    at = announced.end() if announced is not None else 0
    while (match := _HELPER.search(text, at)) is not None:
        kept, text, at = kept + text[: match.start()], text[match.end() :], 0
        end = _NEXT.search(text)
        text = text[end.start() :] if end is not None else ""
    return (kept + text).strip(" ,;|/(–—-")
