"""The way of the data: a real Archive, the real fetcher and extractor, a web that is a dictionary."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from archive import Archive
from archive.records import Wanted
from scraper.config import Listing, Network, Source
from scraper.fetch import Fetcher
from scraper.page import Page
from scraper.pipeline import Run, crawl, file, ingest, preview
from tests.fakes import FakeClock, FakeWeb, InThisProcess, Reply

HOME = "https://93.184.216.34"  # an address needs no name server
FEED = f"{HOME}/feed.xml"
PAPER = Source(id="paper", homepage=f"{HOME}/", listings=(Listing(url=FEED),), delay=0.0)


class Paper:
    """A newspaper of one's own, an archive that outlives its runs, and a calendar."""

    def __init__(self, pages, source=PAPER):
        self.clock = FakeClock()
        self.web = FakeWeb(pages, self.clock)
        self.archive = Archive(":memory:", writable=True)
        self.source = source

    def run(self, *, bugs=(), limit=None, until=None, work=None, obey_opt_out=False):
        """One crawl, or other work; returns its report."""

        async def perform():
            network = Network(delay=0.0, retries=0)
            async with Fetcher(network, memory=self.archive, clock=self.clock, transport=self.web) as fetcher:
                run = Run(
                    archive=self.archive,
                    fetcher=fetcher,
                    reader=InThisProcess(*bugs),
                    clock=self.clock,
                    limit=limit,
                    until=until,
                    obey_opt_out=obey_opt_out,
                )
                await (work(run) if work else crawl([self.source], run))
                return run.report

        return asyncio.run(perform())

    def later(self, **time):
        self.clock.advance(timedelta(**time).total_seconds())
        self.web.log.clear()

    def states(self):
        """Path -> (state, reason) of every address of the ledger."""
        rows = self.archive.db.execute("SELECT url, state, reason FROM links")
        return {url.removeprefix(HOME): (state, reason) for url, state, reason in rows}

    def titles(self):
        return sorted(title for (title,) in self.archive.db.execute("SELECT title FROM articles"))

    def asked(self):
        return [url.removeprefix(HOME) for url in self.web.urls]


def feed(*paths, older=None):
    items = "".join(
        f"<item><title>Story {path}</title><link>{HOME}{path}</link>"
        "<pubDate>Sun, 10 Mar 2024 09:00:00 GMT</pubDate></item>"
        for path in paths
    )
    link = f'<atom:link rel="next" href="{HOME}{older}"/>' if older else ""
    return Reply(
        f'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>P</title>{link}{items}</channel></rss>',
        headers={"Content-Type": "application/rss+xml", "ETag": f'"{"".join(paths)}{older}"'},
    )


def conditional(reply):
    """Answer 304 to whoever has seen it already."""

    def answer(request):
        seen = request.headers.get("if-none-match") == reply.headers["ETag"]
        return Reply(status=304, headers={"ETag": reply.headers["ETag"]}) if seen else reply

    return answer


def story(title, *, head="", words="The council of the town met on Tuesday and talked about the bridge over the river"):
    paragraphs = "".join(
        f"<p>{words}, said {name} of {title}, and nobody in the hall was of another opinion that evening.</p>"
        for name in ("Sok", "Maly", "Dara", "Vanna", "Rithy")
    )
    return (
        f"<html lang=en><head><title>{title} - The Paper</title>{head}</head>"
        f"<body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    )


def test_a_crawl_files_what_the_feed_lists():
    """Feed, page, article: with the date that only the feed knew."""
    paper = Paper({FEED: feed("/a", "/b"), f"{HOME}/a": story("A bridge"), f"{HOME}/b": story("A road")})
    report = paper.run()
    assert paper.titles() == ["A bridge", "A road"]
    assert report.counts["paper"]["new"] == 2
    assert not report.needs_a_look
    article = paper.archive.article(f"{HOME}/a")
    assert article.published.startswith("2024-03-10")
    assert article.evidence["published"].source == "feed"


def test_a_second_crawl_asks_the_feed_conditionally_and_no_page():
    """Nothing new is one conditional request, and no failure."""
    paper = Paper({FEED: conditional(feed("/a")), f"{HOME}/a": story("A bridge")})
    paper.run()
    paper.later(minutes=61)
    paper.archive.db.execute("UPDATE links SET retry_at = NULL")  # the visits that see whether a story was changed
    report = paper.run()
    assert paper.asked() == ["/feed.xml"]
    assert paper.web.log[-1].headers["if-none-match"]
    assert not report.reasons["paper"]


def test_a_story_is_looked_at_again_conditionally_and_a_correction_is_a_revision():
    """An hour later the page is asked with its validators; unchanged it costs nothing, changed it is a revision."""
    page, corrected = (
        story("A bridge"),
        story("A bridge", words="The council of the village decided to build two bridges"),
    )
    paper = Paper({FEED: conditional(feed("/a")), f"{HOME}/a": conditional(Reply(page, headers={"ETag": '"1"'}))})
    paper.run()
    paper.later(minutes=90)
    paper.web.pages[f"{HOME}/a"] = conditional(Reply(page, headers={"ETag": '"1"'}))
    assert paper.run().counts["paper"]["unchanged"] == 1
    paper.later(days=1)
    paper.web.pages[f"{HOME}/a"] = conditional(Reply(corrected, headers={"ETag": '"2"'}))
    assert paper.run().counts["paper"]["revised"] == 1
    assert paper.archive.article(f"{HOME}/a").revisions == 2


def test_a_page_that_moved_as_it_was_is_at_its_new_address():
    """A redirect is a fact, also when the bytes behind it are the same and nothing is read."""
    paper = Paper({FEED: feed("/a"), f"{HOME}/a": story("A bridge"), f"{HOME}/b": story("A bridge")})
    paper.run()
    paper.later(minutes=90)
    paper.web.pages[f"{HOME}/a"] = Reply(status=301, headers={"Location": f"{HOME}/b"})
    assert paper.run(bugs=(f"{HOME}/b",)).counts["paper"]["unchanged"] == 1
    article = paper.archive.article(f"{HOME}/a")
    assert (article.url, article.revisions) == (f"{HOME}/b", 1)
    assert [event.kind for event in article.events] == ["moved"]
    assert paper.states() == {"/a": ("alias", "redirect"), "/b": ("held", "read")}
    paper.later(days=2)
    paper.run()
    assert paper.asked().count("/b") == 1, "it is looked at again, at the new address"
    assert "/a" not in paper.asked()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=302, headers={"Location": f"{HOME}/"}),
        "<html><head><title>Page not found | The Paper</title></head><body><h1>404</h1><p>Sorry.</p></body></html>",
    ],
)
def test_a_held_story_whose_address_shows_something_else_is_withdrawn(reply):
    """The front page or "not found" with status 200 in its place is an event like 404, and so is its return."""
    paper = Paper({FEED: feed("/a"), f"{HOME}/a": story("A bridge"), f"{HOME}/": story("The Paper")})
    paper.run()
    paper.later(minutes=90)
    paper.web.pages[f"{HOME}/a"] = reply
    assert paper.run().counts["paper"]["withdrawn"] == 1
    article = paper.archive.article(f"{HOME}/a")
    assert article.withdrawn_at
    assert article.title == "A bridge"
    paper.later(days=2)
    paper.web.pages[f"{HOME}/a"] = story("A bridge")
    paper.run()
    assert [event.kind for event in paper.archive.article(f"{HOME}/a").events] == ["withdrawn", "returned"]


def test_a_saved_page_says_nothing_of_what_its_address_shows_today():
    """ "Page not found" in somebody's old capture withdraws no story that is held."""
    paper = Paper({FEED: feed("/a"), f"{HOME}/a": story("A bridge")})
    paper.run()
    url, body = (
        f"{HOME}/a",
        b"<html><head><title>Page not found | The Paper</title></head><body><h1>404</h1></body></html>",
    )
    at, headers = paper.clock.now(), {"content-type": "text/html"}
    page = Page(url=url, final_url=url, status=200, headers=headers, body=body, fetched_at=at, exchanges=())
    paper.run(work=lambda run: file(page, paper.source, run))
    article = paper.archive.article(url)
    assert (article.withdrawn_at, article.events) == (None, ())


def test_a_copy_that_was_met_first_gives_way_to_the_address_that_it_names():
    """An AMP page that names its original: one article, at the original's address, whichever came first."""
    copy = story("A bridge", head=f'<link rel="canonical" href="{HOME}/b">')
    paper = Paper({FEED: feed("/a"), f"{HOME}/a": copy})
    paper.run()
    paper.later(hours=2)
    paper.web.pages |= {FEED: feed("/a", "/b"), f"{HOME}/b": story("A bridge")}
    paper.run()
    (article,) = list(paper.archive)
    assert (article.url, article.aliases) == (f"{HOME}/b", (f"{HOME}/a",))


def test_the_same_bytes_are_not_read_again():
    """A server without validators: the digest of the body decides that nothing changed."""
    paper = Paper({FEED: feed("/a"), f"{HOME}/a": story("A bridge")})
    paper.run()
    paper.later(minutes=90)
    assert paper.run(bugs=(f"{HOME}/a",)).counts["paper"]["unchanged"] == 1


def test_a_link_that_failed_comes_back_though_its_feed_answers_304():
    """The ledger, not the feed, knows whose turn it is."""
    paper = Paper({FEED: conditional(feed("/a")), f"{HOME}/a": [Reply(status=503), Reply(story("A bridge"))]})
    paper.run()
    assert paper.states()["/a"][0] == "deferred"
    paper.later(hours=2)
    paper.run()
    assert paper.states()["/a"] == ("held", "read")


def test_one_bug_in_one_page_is_recorded_and_the_run_goes_on(caplog):
    """Promise 5: the traceback is logged, the page comes back later, the others are filed, exit code 1."""
    paper = Paper({FEED: feed("/a", "/b"), f"{HOME}/a": story("A bridge"), f"{HOME}/b": story("A road")})
    report = paper.run(bugs=(f"{HOME}/a",))
    assert paper.titles() == ["A road"]
    assert paper.states()["/a"] == ("deferred", "internal error")
    assert report.needs_a_look
    assert "a bug of ours" in caplog.text
    assert caplog.records[0].exc_info


def test_older_pages_are_followed_while_they_are_new_and_no_further():
    """A cold start reads the feed's older pages; the next poll with one new item does not walk back again."""
    pages = {
        FEED: feed("/a", "/b", older="/feed2.xml"),
        f"{HOME}/feed2.xml": feed("/c", "/d"),
        **{f"{HOME}/{name}": story(f"Story {name}") for name in "abcde"},
    }
    paper = Paper(pages)
    paper.run()
    assert paper.titles() == ["Story a", "Story b", "Story c", "Story d"]
    paper.later(hours=2)
    paper.archive.db.execute("UPDATE links SET retry_at = NULL")
    paper.web.pages[FEED] = feed("/e", "/a", "/b", older="/feed2.xml")
    paper.run()
    assert paper.asked() == ["/feed.xml", "/e"]


def test_an_older_page_that_fails_is_not_hidden_by_the_next_304():
    """Validators are kept only with everything that they stand for."""
    first = feed("/a", "/b", older="/feed2.xml")
    pages = {
        FEED: conditional(first),
        f"{HOME}/feed2.xml": [Reply(status=500), feed("/c")],
        **{f"{HOME}/{name}": story(f"Story {name}") for name in "abc"},
    }
    paper = Paper(pages)
    paper.run()
    paper.later(hours=2)
    paper.run()
    assert "if-none-match" not in paper.web.log[0].headers


def test_a_removed_story_that_leads_to_the_front_page_is_not_filed():
    """Many papers redirect what they removed to their front page, with status 200."""
    paper = Paper(
        {FEED: feed("/a"), f"{HOME}/a": Reply(status=301, headers={"Location": "/"}), f"{HOME}/": story("Home")}
    )
    paper.run()
    assert paper.states()["/a"] == ("rejected", "redirected to front page")
    assert paper.titles() == []


def test_excluded_addresses_are_known_and_left_alone():
    """An address that the patterns leave out is in the ledger with its reason, and never asked for."""
    source = PAPER.model_copy(update={"exclude": ("/horoscope/",)})
    paper = Paper({FEED: feed("/a", "/horoscope/b"), f"{HOME}/a": story("A bridge")}, source)
    paper.run()
    assert paper.states()["/horoscope/b"][0] == "excluded"
    assert paper.asked() == ["/feed.xml", "/a"]


def test_an_entry_without_a_web_address_is_nothing_to_fetch():
    """A urn, a mail address, no address at all: the others are filed, and the ledger knows web addresses only."""
    entries = "".join(
        f"<entry><title>t</title><link href='{to}'/></entry>" for to in (f"{HOME}/a", "mailto:desk@p.example")
    )
    body = f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}<entry><id>urn:uuid:7</id></entry><entry/></feed>'
    paper = Paper({FEED: Reply(body, headers={"Content-Type": "application/atom+xml"}), f"{HOME}/a": story("A bridge")})
    report = paper.run()
    assert {path: state for path, (state, _) in paper.states().items()} == {"/a": "held"}
    assert not report.needs_a_look


def test_limit_and_time_limit_leave_the_rest_for_the_next_run():
    """What was not begun stays wanted."""
    names = [f"/{number}" for number in range(12)]
    pages = {FEED: feed(*names), **{HOME + name: Reply(story(f"Story {name}"), after=30.0) for name in names}}
    paper = Paper(pages)
    paper.run(limit=5)
    assert len(paper.titles()) == 5
    report = paper.run(until=paper.clock.monotonic() + 40)
    assert report.stopped == "time limit"
    assert 5 < len(paper.titles()) < 12
    paper.run()
    assert len(paper.titles()) == 12


@pytest.mark.parametrize(("obey", "state"), [(False, "held"), (True, "rejected")])
def test_pages_that_ask_not_to_be_kept(obey, state):
    """The signal is always noted; with obey_opt_out the page is not filed."""
    page = story("A bridge", head='<meta name="robots" content="noarchive">')
    paper = Paper({FEED: feed("/a"), f"{HOME}/a": page})
    paper.run(obey_opt_out=obey)
    assert paper.states()["/a"][0] == state


def test_a_source_given_by_its_front_page_is_found_out():
    """Feeds that the page announces and sitemaps of robots.txt become listings by themselves."""
    home = '<head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head><body><p>Hi</p></body>'
    sitemap = f"<urlset><url><loc>{HOME}/b</loc></url></urlset>"
    paper = Paper(
        {
            f"{HOME}/": home,
            f"{HOME}/robots.txt": Reply(f"Sitemap: {HOME}/map.xml", headers={"Content-Type": "text/plain"}),
            f"{HOME}/map.xml": Reply(sitemap, headers={"Content-Type": "application/xml"}),
            FEED: feed("/a"),
            f"{HOME}/a": story("A bridge"),
            f"{HOME}/b": story("A road"),
        },
        Source(id="paper", homepage=f"{HOME}/"),
    )
    paper.run()
    assert paper.titles() == ["A bridge", "A road"]


def test_a_listing_that_fails_does_not_stop_the_source():
    """The other listings bring their stories; the failure is counted under its reason."""
    source = PAPER.model_copy(update={"listings": (Listing(url=f"{HOME}/gone.xml"), Listing(url=FEED))})
    paper = Paper({f"{HOME}/gone.xml": Reply(status=404), FEED: feed("/a"), f"{HOME}/a": story("A bridge")}, source)
    report = paper.run()
    assert paper.titles() == ["A bridge"]
    assert report.reasons["paper"]["gone"] == 1
    assert not report.needs_a_look


def test_a_source_whose_every_listing_fails_needs_a_look():
    """Exit code 1 is what makes cron send its mail."""
    assert Paper({FEED: Reply(status=500)}).run().needs_a_look


def test_one_address_takes_the_same_way():
    """`morgue add` is ingest and nothing more; asked again, the address is the same article."""
    paper = Paper({f"{HOME}/a": story("A bridge")})

    async def work(run):
        first = await ingest(Wanted(url=f"{HOME}/a", source="paper"), PAPER, run)
        again = await ingest(Wanted(url=f"{HOME}/a?utm_source=x", source="paper"), PAPER, run)
        assert (first.what, again.what) == ("new", "same")

    paper.web.pages[f"{HOME}/a?utm_source=x"] = story("A bridge")
    paper.run(work=work)
    assert paper.titles() == ["A bridge"]


def test_a_preview_names_what_a_crawl_would_fetch_and_files_nothing():
    """Through every listing that the crawl would read, each story once, and only what is not known."""
    index = f"<sitemapindex><sitemap><loc>{HOME}/map.xml</loc></sitemap></sitemapindex>"
    stories = f"<urlset><url><loc>{HOME}/a?utm_source=x</loc></url><url><loc>{HOME}/c</loc></url></urlset>"
    source = PAPER.model_copy(update={"listings": (Listing(url=FEED), Listing(url=f"{HOME}/index.xml"))})
    xml = {"Content-Type": "application/xml"}
    pages = {
        FEED: feed("/a"),
        f"{HOME}/index.xml": Reply(index, headers=xml),
        f"{HOME}/map.xml": Reply(stories, headers=xml),
    }
    paper = Paper(pages, source)
    seen = []

    async def work(run):
        links, report = await preview(source, run)
        seen.extend(link.url.removeprefix(HOME) for link in links)
        assert not report.needs_a_look

    paper.run(work=work)
    assert sorted(seen) == ["/a", "/c"]
    assert paper.states() == {}


def test_listings_that_name_each_other_are_asked_once_a_run():
    """Two sitemap indexes that call each other changed do not keep a run going."""
    index = "<sitemapindex><sitemap><loc>{}</loc><lastmod>2024-03-10T11:59:{:02}Z</lastmod></sitemap></sitemapindex>"
    other = f"{HOME}/other.xml"
    xml = {"Content-Type": "application/xml"}
    pages = {
        FEED: [Reply(index.format(other, second), headers=xml) for second in range(30)],
        other: [Reply(index.format(FEED, second), headers=xml) for second in range(30)],
    }
    paper = Paper(pages)
    paper.run()
    paper.later(hours=25)
    paper.run()
    assert len(paper.asked()) <= 2
