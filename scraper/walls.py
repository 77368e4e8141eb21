"""What stands in place of an article: bot, consent and login walls, soft 404s, empty pages and shells. Pure.

Structure speaks first (headers, forms, the scripts of known guards), words only where a page has nearly no prose of its
own. A page that tells a story is never a wall, whatever else is on it: cookie banners, log-in boxes, captchas in a
comment form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.page import Page, decode
from scraper.signals import signals

__all__ = ["barrier", "signals"]

# Characters of running text from which a page counts as telling something, and from which nothing else matters.
SOME_PROSE, MUCH_PROSE = 400, 1_500
# A paragraph shorter than this is a caption, a button or a menu.
PARAGRAPH = 60
# Visible characters below which a page is empty, or a shell that only scripts fill.
EMPTY, SHELL = 20, 250
# No wall is larger; larger pages are not looked at.
LARGEST = 1 << 20

_GUARD_HEADERS = {"cf-mitigated": "challenge", "x-amzn-waf-action": "", "x-sucuri-block": "", "x-datadome-cid": ""}
# What only the page of a guard has; the same guards' harmless helpers on ordinary pages have other names.
_GUARD_MARKS = re.compile(
    r"""window\._cf_chl_opt | id=["']?(?:challenge-form|cf-challenge-running|challenge-error-text|cf-error-details)\b
    | captcha-delivery\.com | id=["']?px-captcha\b | _pxBlockedUrl
    | /_Incapsula_Resource\?[^"']*(?:SWJIYLWA|CWUDNSAI) | Incapsula\ incident\ ID
    | errors\.edgesuite\.net | sec-if-cpt-container | /_sec/verify\?provider | bm-verify=
    | window\.gokuProps | \.awswaf\.com/[^"']*/captcha
    | sucuri_cloudproxy_js | Sucuri\ Website\ Firewall
    | /\.well-known/ddos-guard/ | id=["']?anubis_challenge\b | /149e9513-01fa-4fb0-aad4-566afd725d1b/ | KPSDK""",
    re.VERBOSE | re.IGNORECASE,
)
_CAPTCHA = "iframe[src*=captcha], script[src*=captcha], .g-recaptcha, .h-captcha, .cf-turnstile, [id*=captcha] input"
_BOT_WORDS = re.compile(
    r"just a moment|attention required|access (?:to this page )?(?:has been |is )?denied|are you (?:a )?(?:robot|human)"
    r"|(?:verify|verifying|confirm) (?:that )?you(?:'|’)?(?: a)?re (?:a )?human|not a (?:robot|bot)"
    r"|robot check|bot check|security check|client challenge|pardon our interruption|unusual traffic|captcha"
    r"|(?:verify|checking|validat)(?:ing|ion of)? your (?:browser|connection)|browser (?:verification|check)\b"
    r"|checking if the site connection is secure|human verification|unusual activity from your"
    r"|ddos.?guard|request (?:is |was |has been )?(?:blocked|unsuccessful)|requested url was rejected"
    r"|you have been blocked|your access to this (?:site|service|page) has been (?:limited|blocked)",
    re.IGNORECASE,
)
_CONSENT_PLACE = re.compile(
    r"(?:^|[./_-])(?:consent|guce|cookie-?(?:wall|consent|policy-?wall)|privacy-?(?:gate|wall|center))(?:[./_?-]|$)",
    re.IGNORECASE,
)
_CONSENT_WORDS = re.compile(
    r"cookie|consent|your privacy|personal data|our partners|legitimate interest|gdpr"
    r"|einwilligung|datenschutz|zustimm|personenbezogen|consentement|données personnelles|vie privée|partenaires"
    r"|consentimiento|datos personales|privacidad|consenso|dati personali|toestemming|persoonsgegevens|samtycke"
    r"|zgod[aęy]|danych osobowych|соглас|файлы cookie|個人情報|クッキー|同意",
    re.IGNORECASE,
)
_ACCEPT_WORDS = re.compile(
    r"accept|agree|allow all|consent|got it|akzeptieren|zustimmen|einverstanden|accepter|j'accepte|aceptar|acepto"
    r"|accetta|accetto|akkoord|accepteren|godkänn|akceptuj|zgadzam|принять|соглас|同意",
    re.IGNORECASE,
)
_LOGIN_PLACE = re.compile(
    r"(?:^|[./_-])(?:log-?in|log-?on|sign-?in|sign-?up|sso|oauth2?|auth|register|registration|anmelden|connexion"
    r"|identification|entrar|accedi|inloggen|subscribe|paywall)(?:[./_?-]|$)",
    re.IGNORECASE,
)
_LOGIN_WORDS = re.compile(
    r"\b(?:log ?in|log ?on|sign ?in|sign ?up|register|subscribe|create (?:an|your|a free) account|members? only"
    r"|anmelden|einloggen|registrieren|se connecter|connexion|s'abonner|iniciar sesi[oó]n|inicia sesi[oó]n|suscr[ií]b"
    r"|accedi|abbonati|inloggen|logga in|zaloguj|войти|войдите|ログイン|登录|登入|เข้าสู่ระบบ|ចូល)",
    re.IGNORECASE,
)
_MISSING_WORDS = re.compile(
    r"^\W*(?:http\s*)?(?:error|fehler|erreur|errore|fout|ошибка)?\W*404\b(?!\s*(?:people|million|billion|[a-z]{3,}s\b))"
    r"|\W404\W*$|\b404\W+(?:error|not found|page)"
    r"|^\W*(?:page |file |article |story |content )?not found\W*$"
    r"|\b(?:page|article|story|content|link|url)\b[^.]{0,40}"
    r"(?:not (?:be )?found|can(?:no|')t be found|does(?: not|n['’]t) exist|no longer (?:available|exists?)|is missing)"
    r"|(?:we )?(?:can['’]t|cannot|couldn['’]t|could not) find (?:the|that|this) (?:page|article|story)"
    r"|seite[^.]{0,30}(?:nicht gefunden|existiert nicht|nicht verfügbar)|page (?:introuvable|non trouvée|inexistante)"
    r"|página (?:no|não) (?:se ha )?encontrad|pagina (?:niet gevonden|non trovata)|sidan (?:kunde inte|hittades)"
    r"|nie znaleziono strony|strona nie (?:została|istnieje)|страница не найдена|сторінк\w+ не знайден"
    r"|sayfa bulunamadı|halaman tidak ditemukan|không tìm thấy trang|الصفحة غير موجودة|ไม่พบหน้า|រកមិនឃើញ"
    r"|ページが見つかりません|お探しのページ|找不到(?:页面|頁面|网页|網頁)|页面不存在|頁面不存在|페이지를 찾을 수 없",
    re.IGNORECASE,
)
_APP_ROOTS = "#root, #app, #__next, #__nuxt, #___gatsby, #svelte, app-root, [ng-app], [data-reactroot]"
_NEEDS_SCRIPT = re.compile("javascript", re.IGNORECASE)
_ARTICLE_TYPES = re.compile(r'"@type"\s*:\s*(?:\[[^\]]*)?"\w*(?:Article|Posting|Report|Review)"')
_STORY_IN_JSON = re.compile(r'"articleBody"\s*:\s*"[^"]{400}')


def barrier(page: Page) -> str | None:
    """What stands in place of the article; None when nothing does.

    One of "bot wall", "consent wall", "login wall", "soft 404", "empty page", "javascript shell".
    """
    if len(page.body) > LARGEST:
        return None
    if any(name in page.headers and wanted in page.headers[name] for name, wanted in _GUARD_HEADERS.items()):
        return "bot wall"
    look = _Look(page)
    if look.prose >= MUCH_PROSE and (look.is_story or look.consent_share < 0.5):
        return "soft 404" if _soft_404(look) else None
    checks = {
        "bot wall": _bot_wall,
        "consent wall": _consent_wall,
        "login wall": _login_wall,
        "soft 404": _soft_404,
        "javascript shell": _shell,
        "empty page": _empty,
    }
    return next((name for name, check in checks.items() if check(look)), None)


@dataclass
class _Look:
    """What the checks ask about a page, found out when first asked."""

    page: Page

    @cached_property
    def html(self) -> str:
        return decode(self.page.body, self.page.content_type)[0]

    @cached_property
    def tree(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.html)

    @cached_property
    def visible(self) -> str:
        """All text that a reader could see."""
        clean = LexborHTMLParser(self.html)
        clean.strip_tags(["script", "style", "noscript", "template", "svg", "head", "iframe", "object"])
        return _squeezed(clean.body.text(separator=" ")) if clean.body else ""

    @cached_property
    def paragraphs(self) -> list[str]:
        texts = (_squeezed(node.text(separator=" ")) for node in self.tree.css("p"))
        return [text for text in texts if len(text) >= PARAGRAPH]

    @cached_property
    def prose(self) -> int:
        return sum(map(len, self.paragraphs))

    @cached_property
    def consent_share(self) -> float:
        """How much of the prose speaks of cookies and consent."""
        speaking = sum(len(text) for text in self.paragraphs if _CONSENT_WORDS.search(text))
        return speaking / self.prose if self.prose else 0.0

    @cached_property
    def is_story(self) -> bool:
        """Does the page say of itself that it is an article?"""
        kind = self.tree.css_first("meta[property='og:type']")
        if kind is not None and (kind.attributes.get("content") or "").strip().lower() == "article":
            return True
        scripts = self.tree.css("script[type='application/ld+json']")
        return any(_ARTICLE_TYPES.search(script.text()) for script in scripts)

    @cached_property
    def title(self) -> str:
        node = self.tree.css_first("title")
        return _squeezed(node.text()) if node is not None else ""

    @cached_property
    def headings(self) -> list[str]:
        """Title and headlines: what a page says that it is."""
        return [self.title, *(_squeezed(node.text(separator=" ")) for node in self.tree.css("h1, h2")[:4])]

    @cached_property
    def buttons(self) -> list[str]:
        nodes = self.tree.css("button, input[type=submit], input[type=button], a[role=button]")
        return [_squeezed(_label(node)) for node in nodes]

    @cached_property
    def own_prose(self) -> int:
        """Prose that is not the teaser of another page."""
        paragraphs = [(node, len(_squeezed(node.text(separator=" ")))) for node in self.tree.css("p")]
        return sum(size for node, size in paragraphs if size >= PARAGRAPH and not _is_teaser(node))

    @cached_property
    def place(self) -> str:
        """Host and path of the address that answered."""
        parts = urlsplit(self.page.final_url)
        return f"{parts.hostname or ''}{parts.path}"

    def forms(self) -> list[LexborNode]:
        return self.tree.css("form")


def _bot_wall(look: _Look) -> bool:
    # Guards also leave their scripts in ordinary pages, which are longer than any challenge.
    if look.prose >= SOME_PROSE and (look.is_story or len(look.visible) >= 2 * MUCH_PROSE):
        return False
    if _GUARD_MARKS.search(look.html):
        return True
    refused = look.page.status in (401, 403, 405, 406, 429, 503)
    words = any(_BOT_WORDS.search(text) for text in look.headings)
    if look.tree.css_first(_CAPTCHA) is not None:
        return len(look.visible) < MUCH_PROSE and not look.is_story and (refused or words)
    return words and (refused or len(look.visible) < SOME_PROSE) and not look.is_story


def _consent_wall(look: _Look) -> bool:
    other = look.prose * (1 - look.consent_share)
    if other >= SOME_PROSE or look.is_story:
        return False
    accepts = any(len(text) < 60 and _ACCEPT_WORDS.search(text) for text in look.buttons)
    if _CONSENT_PLACE.search(look.place):
        return accepts or bool(_CONSENT_WORDS.search(look.visible))
    action = any(_CONSENT_PLACE.search(form.attributes.get("action") or "") for form in look.forms())
    headed = any(_CONSENT_WORDS.search(text) for text in look.headings)
    return (action or headed) and accepts and look.consent_share >= 0.5


def _login_wall(look: _Look) -> bool:
    if look.prose >= SOME_PROSE or look.is_story:
        return False
    password = look.tree.css_first("input[type=password]") is not None
    placed = bool(_LOGIN_PLACE.search(look.place))
    headed = any(len(text) < 120 and _LOGIN_WORDS.search(text) for text in look.headings)
    mail = look.tree.css_first("form input[type=email], form input[name*=user], form input[name*=mail]") is not None
    return (password and (placed or headed or len(look.visible) < SOME_PROSE)) or (placed and headed and mail)


def _soft_404(look: _Look) -> bool:
    if look.is_story or look.own_prose >= SOME_PROSE:
        return False
    missing = [len(text) < 120 and bool(_MISSING_WORDS.search(text)) for text in look.headings]
    if look.prose < SOME_PROSE:
        return any(missing)
    # Among the stories that it suggests instead, a missing page must say so twice: in its title and in its headline.
    return missing[0] and any(missing[1:])


def _shell(look: _Look) -> bool:
    if len(look.visible) >= SHELL or look.prose >= SOME_PROSE or _STORY_IN_JSON.search(look.html):
        return False
    if look.tree.css_first("script") is None:
        return False
    told = any(_NEEDS_SCRIPT.search(node.text()) for node in look.tree.css("noscript"))
    return told or look.tree.css_first(_APP_ROOTS) is not None


def _empty(look: _Look) -> bool:
    return len(look.visible) < EMPTY and not _STORY_IN_JSON.search(look.html)


def _label(button: LexborNode) -> str:
    """What a reader sees on it: the value is the label of an input, and of nothing else."""
    return (button.attributes.get("value") or "") if button.tag == "input" else button.text(separator=" ")


def _is_teaser(paragraph: LexborNode) -> bool:
    """Does it stand in a link, or in a box with a headline that is one?"""
    box = paragraph.parent
    while box is not None and box.tag not in ("body", "main", "html"):
        if box.tag == "a":
            return True
        if box.css_first("h1") is not None:
            return False
        if box.css_first("h2 a, h3 a, h4 a, h5 a, a h2, a h3, a h4, a h5") is not None:
            return True
        box = box.parent
    return False


def _squeezed(text: str | None) -> str:
    return " ".join((text or "").split())
