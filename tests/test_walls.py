"""What stands in place of an article is recognised, and an article never is taken for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from archive.records import Exchange
from scraper.page import Page
from scraper.signals import signals
from scraper.walls import barrier
from tests.fakes import START

SENTENCE = "The council of the river town decided on Tuesday that the old market will stay where it is. "
STORY = "".join(f"<p>{SENTENCE * 2}</p>" for _ in range(9))


def page(
    html: str, *, status: int = 200, headers: Mapping[str, str] | None = None, url: str = "https://paper.org/news/1"
) -> Page:
    return Page(
        url=url, final_url=url, status=status, headers=dict(headers or {}), body=html.encode(), fetched_at=START
    )


WALLS = {
    "cloudflare challenge": (
        "bot wall",
        page(
            "<title>Just a moment...</title><body><h2>Verifying you are human. This may take a few seconds.</h2>"
            "<script>window._cf_chl_opt={cType:'managed'}</script></body>",
            status=403,
        ),
    ),
    "cloudflare header": ("bot wall", page("<p>x</p>", status=403, headers={"cf-mitigated": "challenge"})),
    "datadome": (
        "bot wall",
        page(
            "<title>paper.org</title><p id='cmsg'>Please enable JS and disable any ad blocker</p>"
            "<script src='https://ct.captcha-delivery.com/c.js'></script>",
            status=403,
        ),
    ),
    "perimeterx": ("bot wall", page("<title>Access to this page has been denied</title><div id='px-captcha'></div>")),
    "akamai": (
        "bot wall",
        page(
            "<TITLE>Access Denied</TITLE><H1>Access Denied</H1>You don't have permission<P>Reference&#32;&#35;18.2</P>",
            status=403,
        ),
    ),
    "incapsula": (
        "bot wall",
        page("<body><iframe>Request unsuccessful. Incapsula incident ID: 7-1</iframe></body>"),
    ),
    "a captcha alone": (
        "bot wall",
        page("<title>Security check</title><form><div class='g-recaptcha' data-sitekey='x'></div></form>", status=429),
    ),
    "a plugin's block page": (
        "bot wall",
        page("<h1>Your access to this site has been limited by the site owner</h1><p>Error 503.</p>", status=503),
    ),
    "a front door": ("bot wall", page("<h2>The request is blocked.</h2>0Xa1b2c3", status=403)),
    "a firewall": ("bot wall", page("<title>Request Rejected</title><h1>The requested URL was rejected.</h1>Id: 7")),
    "a challenge with status 200": ("bot wall", page("<title>Client Challenge</title><noscript>x</noscript>")),
    "a look at the browser": ("bot wall", page("<h1>Verifying your browser</h1><p>Please wait.</p>", status=429)),
    "consent form": (
        "consent wall",
        page(
            "<title>Before you continue</title><h1>We and our partners use cookies</h1>"
            f"<p>{'We use cookies and personal data to deliver our services and to show advertisements. ' * 12}</p>"
            "<form action='https://consent.paper.org/save'><button>Accept all</button></form>",
            url="https://consent.paper.org/m?continue=https://paper.org/news/1",
        ),
    ),
    "consent form in German": (
        "consent wall",
        page(
            "<title>Weiterlesen mit Werbung</title><h1>Ihre Einwilligung</h1>"
            f"<p>{'Mit Ihrer Zustimmung verarbeiten wir und unsere Partner personenbezogene Daten. ' * 5}</p>"
            "<button>Akzeptieren und weiter</button>"
        ),
    ),
    "consent form whose buttons have values": (
        "consent wall",
        page(
            "<title>Before you continue</title><h1>We value your privacy</h1>"
            f"<p>{'We and our partners process personal data, such as cookies and identifiers. ' * 5}</p>"
            "<form><button name=choice value=all>Accept all</button><button value=none>Reject all</button></form>"
        ),
    ),
    "login form": (
        "login wall",
        page(
            "<title>Sign in to continue</title><h1>Log in</h1><form action='/login'>"
            "<input type=email name=email><input type=password name=pw></form>",
            url="https://paper.org/login?next=/news/1",
        ),
    ),
    "missing page": ("soft 404", page("<title>Page not found | The Paper</title><h1>404</h1><p>Sorry.</p>")),
    "missing story": ("soft 404", page("<h1>Sorry, this article is no longer available</h1><a href='/'>Home</a>")),
    "missing page that suggests stories": (
        "soft 404",
        page(
            "<title>Page not found | The Paper</title><h1>Page not found</h1><p>Try one of these instead.</p><ul>"
            + f"<li><h3><a href='/1'>A headline</a></h3><p>{SENTENCE * 2}</p></li>" * 20
        ),
    ),
    "missing page in Khmer": ("soft 404", page("<h1>រកមិនឃើញទំព័រ</h1>")),
    "nothing": ("empty page", page("")),
    "markup without words": ("empty page", page("<html><head><title>The Paper</title></head><body></body></html>")),
    "shell": (
        "javascript shell",
        page(
            "<title>The Paper</title><noscript>You need to enable JavaScript to run this app.</noscript>"
            "<div id=root></div><script src=/main.js></script>"
        ),
    ),
}


@pytest.mark.parametrize(("kind", "wall"), WALLS.values(), ids=WALLS)
def test_walls_are_recognised(kind, wall):
    """Each kind of page that stands in place of an article is called by its name."""
    assert barrier(wall) == kind


ARTICLES = {
    "plain": f"<h1>Market stays</h1>{STORY}",
    "cookie banner": f"<h1>Market stays</h1>{STORY}<div id=cookie><p>We use cookies and our partners do too, with your "
    "consent, to measure.</p><button>Accept all</button></div>",
    "log-in box": f"<h1>Market stays</h1>{STORY}<form action=/login><input type=password></form>",
    "captcha in the comments": f"<h1>Market stays</h1>{STORY}<form><div class=g-recaptcha></div></form>",
    "guard's helper script": f"<h1>Market stays</h1>{STORY}"
    "<script>window.x='/cdn-cgi/challenge-platform/scripts/jsd/main.js'</script>",
    "about cookies": "<meta property='og:type' content='article'><h1>Cookie banners must offer consent, court says</h1>"
    + f"<p>{'The court said that cookie consent must be as easy to refuse as to give. ' * 3}</p>" * 8
    + "<button>Accept</button>",
    "about robots": f"<title>Are you human? A captcha story</title><h1>Are you human? A captcha story</h1>{STORY}",
    "short report": f"<meta property='og:type' content='article'><h1>Body not found in river</h1><p>{SENTENCE}</p>",
    "about a blocked request": f"<title>Minister's request was blocked, court hears</title>{STORY}",
    "404 people": f"<h1>404 people rescued from flooded island</h1><p>{SENTENCE}</p>",
    "rendered by script, story in JSON-LD": "<div id=root></div><script type='application/ld+json'>"
    f'{{"@type":"NewsArticle","articleBody":"{SENTENCE * 6}"}}</script>',
}


@pytest.mark.parametrize("html", ARTICLES.values(), ids=ARTICLES)
def test_articles_are_no_walls(html):
    """A page that tells a story is none of them, whatever else is on it."""
    assert barrier(page(f"<html><body>{html}</body></html>")) is None


def test_opt_outs_are_read_from_headers_and_meta():
    """Every way to say "do not keep, do not mine" is noticed, once each."""
    spoken = page(
        "<meta name=robots content='index, NoArchive, noai'><meta name='tdm-reservation' content='1'>",
        headers={"x-robots-tag": "noimageai, max-snippet:20", "content-usage": "train-ai=n, search=y"},
    )
    assert signals(spoken) == ("noai", "noarchive", "noimageai", "tdm-reservation", "train-ai=n")
    assert signals(page("<meta name=robots content=index>", headers={"tdm-reservation": "0"})) == ()


@pytest.mark.parametrize(
    ("headers", "html", "found"),
    [
        ({"x-robots-tag": "googlebot: nofollow, morgue: noarchive, otherbot: noai"}, "", ("noarchive",)),
        ({"x-robots-tag": "unavailable_after: Sat, 25 Jun 2033 15:00:00 PST, noai"}, "", ("noai",)),
        ({"x-robots-tag": "NOARCHIVE"}, "", ("noarchive",)),
        ({"x-robots-tag": "none, noindex"}, "", ()),
        ({"content-usage": "search=y, train-ai=n;exp=1"}, "", ("train-ai=n",)),
        ({"content-usage": "train-ai=y, tdm=n"}, "", ("tdm=n",)),
        ({"content-signal": "search=yes, ai-train=no"}, "", ("ai-train=no",)),
        ({}, "<meta name=ROBOTS content='noindex noarchive'>", ("noarchive",)),
        ({}, "<meta name=robots content='max-snippet:20,noai , NoImageAI'>", ("noai", "noimageai")),
        ({}, "<meta name=googlebot content=noarchive><meta name=description content=noai>", ()),
        ({}, "<meta name=tdm-reservation content=0>", ()),
    ],
)
def test_opt_outs_in_every_wording(headers, html, found):
    """Case, order, values and the other directives of a line do not hide one."""
    assert signals(page(html, headers=headers)) == found


def test_what_robots_txt_refuses_is_a_signal_of_its_pages():
    """The fetcher notes it with the page; it is stored like what the page says itself."""
    said = replace(page("<meta name=robots content=noai>"), refusals=("ai-train=no",))
    assert signals(said) == ("ai-train=no", "noai")


def test_opt_outs_for_another_crawler_are_not_ours():
    """A line that names a crawler speaks to that crawler only."""
    lines = (("X-Robots-Tag", "googlebot: noarchive, noai"), ("X-Robots-Tag", "morgue: noarchive"))
    seen = Page(
        url="https://paper.org/",
        final_url="https://paper.org/",
        status=200,
        headers={"x-robots-tag": ", ".join(value for _, value in lines)},
        body=b"<meta name=googlebot content=noai>",
        fetched_at=START,
        exchanges=(Exchange(url="https://paper.org/", at=START, headers=lines),),
    )
    assert signals(seen) == ("noarchive",)
