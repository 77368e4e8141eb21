"""The news agency that a story is from."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive.records import Evidence

# As they sign: in a byline, a dateline or a credit, never in the middle of a sentence. name -> its spellings (regular
# expression).
AGENCIES = {
    "AFP": r"AFP|Agence France[- ]Presse",
    "AP": r"AP|(?:The )?Associated Press|AP News",
    "Reuters": r"Reuters|Thomson Reuters|رويترز|Рейтер|路透社?",
    "dpa": r"dpa(?:-\w+)?|Deutsche Presse-Agentur|DPA",
    "Xinhua": r"Xinhua|新华社|新華社|新华网",
    "EFE": r"EFE|Agencia EFE",
    "ANSA": r"ANSA",
    "TASS": r"TASS|ТАСС|ITAR-TASS",
    "Kyodo": r"Kyodo(?: News)?|共同通信社?|共同",
    "Jiji": r"Jiji(?: Press)?|時事通信社?",
    "Yonhap": r"Yonhap(?: News)?|연합뉴스",
    "Bernama": r"Bernama",
    "PTI": r"PTI|Press Trust of India",
    "ANI": r"ANI",
    "IANS": r"IANS",
    "PA": r"PA(?: Media)?|Press Association",
    "AAP": r"AAP|Australian Associated Press",
    "UPI": r"UPI",
    "Bloomberg": r"Bloomberg(?: News)?",
    "APA": r"APA|Austria Presse Agentur",
    "SDA": r"sda|Keystone-SDA",
    "KNA": r"KNA",
    "epd": r"epd",
    "SID": r"SID|Sport-Informations-Dienst",
    "AKP": r"AKP|Agence Kampuchea Presse",
    "ANTARA": r"ANTARA(?: News)?",
    "VNA": r"VNA|TTXVN",
    "NTB": r"NTB",
    "TT": r"TT",
    "Ritzau": r"Ritzau",
    "STT": r"STT",
    "PAP": r"PAP",
    "ČTK": r"ČTK|CTK",
    "MTI": r"MTI",
    "Anadolu": r"Anadolu(?: Agency| Ajansı)?|AA",
    "IRNA": r"IRNA|ایرنا",
    "WAM": r"WAM|وام",
    "SPA": r"SPA|واس",
    "MENA": r"MENA",
    "Lusa": r"Lusa",
    "ANP": r"ANP",
    "Belga": r"Belga",
    "Interfax": r"Interfax|Интерфакс",
    "UNIAN": r"UNIAN|УНИАН",
    "Ukrinform": r"Ukrinform",
    "NAN": r"NAN",
    "SAnews": r"SAnews",
    "CNA": r"CNA|中央社",
}
_AGENCY = {name: re.compile(rf"^(?:{pattern})$") for name, pattern in AGENCIES.items()}
_ANY = "|".join(f"(?:{pattern})" for pattern in AGENCIES.values())
# "PARIS (AFP) -", "— Reuters", "(dpa/lno)", "Source: AP", "/Xinhua"
_SIGNED = re.compile(
    rf"(?:[(/（]\s?|[—–-]\s|(?:source|quelle|fuente|source:|来源|"
    rf"來源)\s*[:：]\s*)(?P<name>{_ANY})(?:/\w+)*\s?(?:[)）]|$|\s[—–-])",
    re.I,
)
_DATELINE = re.compile(rf"^[^.!?\n]{{0,60}}?[(（/]\s?(?P<name>{_ANY})(?:/\w+)*\s?[)）/]|^(?P<bare>{_ANY})\s[—–-]\s")


def called(name: str) -> str | None:
    """The agency that a name is one of the spellings of."""
    return next((short for short, pattern in _AGENCY.items() if pattern.match(name)), None)


def read(authors: Sequence[str], text: str, credits: Sequence[str]) -> tuple[str | None, Evidence | None]:
    """The news agency that a byline, a dateline or a credit line names."""
    for name in authors:
        for part in re.split(r"\s*[/,|]\s*|\s+(?:and|und|with|mit|et|y|in)\s+", name):
            if (short := called(part)) is not None:
                return short, Evidence("byline", name)
    paragraphs = [paragraph for paragraph in text.split("\n\n") if paragraph]
    for paragraph in paragraphs[:2]:
        if match := _DATELINE.match(paragraph[:120]):
            return _named(match["name"] or match["bare"]), Evidence("dateline", match[0])
    for source, line in [
        *(("credit line", line[-80:]) for line in paragraphs[-2:]),
        *(("credit line", line) for line in credits),
    ]:
        match = next(reversed(list(_SIGNED.finditer(line))), None)
        if match is not None and (match.end() >= len(line.rstrip(" .")) or len(line) < 40):
            return _named(match["name"]), Evidence(source, line)
    return None, None


def _named(text: str) -> str:
    return next((name for name, pattern in _AGENCY.items() if re.fullmatch(pattern.pattern, text, re.I)), text)
