"""What comes back on a paper's pages is learned by crawling it, and nobody takes that for the newspaper's doing."""

from __future__ import annotations

import asyncio
import json

import pytest

from archive import Archive, extractions
from archive.captures import Captures
from archive.merge import merge
from archive.records import Exchange, Wanted
from archive.verify import verify
from scraper.backfill import Span, Walk, backfill, begin
from scraper.cli import main
from scraper.config import Listing, Network, Source, load
from scraper.fetch import Fetcher
from scraper.importing import Choice, import_file, parts
from scraper.learning import Learner
from scraper.pipeline import Run, crawl, ingest
from scraper.reextraction import reextract
from tests.fakes import FakeClock, FakeWeb, InThisProcess, Reply

HOME = "https://93.184.216.34"  # an address needs no name server
FEED = f"{HOME}/feed.xml"
PROMO = "Join more than nine thousand readers who begin their day with the letter of this paper."
REFRAIN = "And so the river goes, my friends, and so go we, with rice or without."
PAPER = f"""
sources:
  - id: paper
    homepage: {HOME}/
    listings: [{FEED}]
    delay: 0
"""


def story(number, promo=True, extra=""):
    lines = [
        f"The council of district {number} met for the {place} time and spoke of road {number * 7 + place} to the sea."
        for place in range(2, 8)
    ]
    box = f'<div class="house"><p>{PROMO}</p></div>' if promo else ""
    column = number % 3 == 0
    author = "Lina Keo" if column else f"Writer {number}"
    refrain = f"<p>{REFRAIN}</p>" if column else ""
    text = [f"<p>{line}</p>" for line in lines]
    body = "".join([*text[:3], box, *text[3:], refrain])
    return (
        f'<!doctype html><html lang="en"><head><title>Council {number} meets</title>'
        '<meta property="article:published_time" content="2024-03-09T08:15:00+07:00">'
        f'<meta name="author" content="{author}"></head><body><article><h1>Council {number} meets</h1>{body}{extra}'
        "</article></body></html>"
    )


def feed(numbers):
    items = "".join(f"<item><title>Story {n}</title><link>{HOME}/{n}</link></item>" for n in numbers)
    return Reply(
        f'<rss version="2.0"><channel>{items}</channel></rss>', headers={"Content-Type": "application/rss+xml"}
    )


class Paper:
    """A newspaper of one's own and the archive of it, in a folder."""

    def __init__(self, folder, config=PAPER):
        folder.mkdir(exist_ok=True)
        self.path = folder / "config.yaml"
        self.path.write_text(config)
        self.clock = FakeClock()
        self.web = FakeWeb({f"{HOME}/robots.txt": Reply(status=404)}, self.clock)
        self.reader = InThisProcess()

    @property
    def config(self):
        return load(self.path)

    def publish(self, numbers, **how):
        self.web.pages |= {f"{HOME}/{number}": story(number, **how) for number in numbers}
        self.web.pages[FEED] = feed(numbers)
        self.clock.advance(86_400)

    def run(self, work=None, *, captures="gzip", until=None):
        async def perform():
            with Archive(self.config.data, writable=True, captures=captures) as archive:
                network = Network(delay=0.0, retries=0)
                async with Fetcher(network, memory=archive, clock=self.clock, transport=self.web) as fetcher:
                    run = Run(archive, fetcher, self.reader, self.clock, until=until)
                    await (work(run) if work else crawl(self.config.sources, run))
                    return run.report

        return asyncio.run(perform())

    def reextract(self, apply=None):
        tallies = []

        async def work(run):
            revisions = extractions.targets(run.archive.db)
            tallies.append(await reextract(revisions, self.config.sources, run, apply=apply))

        self.run(work)
        return tallies[0]

    def open(self):
        return Archive(self.config.data)

    def texts(self):
        with self.open() as archive:
            return {article.url.removeprefix(HOME + "/"): article.text for article in archive.articles()}

    def shown(self):
        """How many texts hold the promo."""
        return sum(PROMO in text for text in self.texts().values())

    def rows(self, sql):
        with self.open() as archive:
            return [tuple(row) for row in archive.db.execute(sql)]

    def sound(self):
        with self.open() as archive:
            return not list(verify(archive.db, Captures(self.config.data / "captures")))


@pytest.fixture
def paper(tmp_path):
    return Paper(tmp_path / "paper")


@pytest.fixture
def learned(paper):
    """After one crawl of twenty-four pages with the same promo in the middle of the text."""
    paper.publish(range(24))
    paper.report = paper.run()
    return paper


def test_after_one_crawl_the_promo_is_in_none_of_the_bodies(learned):
    """It is learned at the end of the crawl and taken out of the pages just filed; the columnist's refrain stays."""
    texts = learned.texts()
    assert len(texts) == 24
    assert learned.shown() == 0
    assert [number for number, text in texts.items() if REFRAIN in text] == [str(n) for n in range(0, 24, 3)]
    assert all(len(text.split("\n\n")) in (6, 7) for text in texts.values())
    with learned.open() as archive:
        (block,) = archive.blocks("paper")
        article = archive.article(f"{HOME}/1")
    assert (block.text, block.pages, block.of) == (PROMO, 24, 24)
    assert block.url.startswith(HOME)
    assert any(PROMO[:80] in raw for _, raw in article.evidence["text"].others)
    assert "learned 1 block that its pages repeat, left out of 24 texts" in learned.report.line("paper")
    assert learned.report.facts("paper")["texts cleaned"] == 24


def test_learning_makes_no_revision(learned):
    """What was read anew is a re-extraction: one revision each, no event, the archive whole; it can be undone."""
    assert set(learned.rows("SELECT revisions FROM articles")) == {(1,)}
    assert learned.rows("SELECT count(*) FROM events") == [(0,)]
    assert learned.rows("SELECT count(DISTINCT reextraction_id), count(*) FROM extractions") == [(1, 24)]
    assert learned.sound()
    with Archive(learned.config.data, writable=True) as archive:
        assert not archive.search("nine thousand readers")
        assert archive.undo_reextraction(1, learned.clock.now()) == 24
    assert learned.shown() == 24
    assert learned.sound()


def test_pages_that_come_later_are_read_with_what_is_known(learned):
    """Also too few of them to learn from; and nothing is read twice."""
    learned.publish(range(30, 33))
    learned.run()
    assert learned.shown() == 0
    assert learned.rows("SELECT count(*) FROM extractions") == [(24,)]
    ((extractor,),) = learned.rows("SELECT DISTINCT extractor FROM revisions")
    assert "; blocks " in extractor


def test_too_few_pages_teach_nothing(paper):
    """Nineteen articles are filed as they are; the twentieth makes the difference."""
    paper.publish(range(19))
    paper.run()
    assert paper.shown() == 19
    paper.publish([19])
    paper.run()
    assert paper.shown() == 0


@pytest.mark.parametrize(
    ("held", "early", "least"),
    [(0, False, 20), (0, True, 20), (100, False, 20), (100, True, 100), (5_000, False, 200), (5_000, True, 1_000)],
)
def test_how_many_new_articles_are_worth_a_look(held, early, least):
    """Few for a young archive, more for a large one and in the middle of a run: learning costs less than reading."""

    class Holds:
        def __init__(self, new):
            self.new = new

        def to_learn(self, name):
            return self.new, held

    source = Source(id="paper", homepage=f"{HOME}/")
    due = [Learner(Holds(new), InThisProcess(), FakeClock()).due(source, early=early) for new in (least - 1, least)]
    assert due == [False, True]


def test_re_extraction_learns_and_cleans_the_first_pages_too(paper):
    """It says what would change and changes nothing; applied, every page is clean; undone, all is as before."""
    one_by_one(paper, range(24))
    assert paper.shown() == 24
    tally = paper.reextract()
    assert (tally.changed, tally.learned["paper"], tally.run) == (24, 1, None)
    assert paper.shown() == 24
    assert paper.rows("SELECT * FROM blocks") == paper.rows("SELECT * FROM learnings") == []
    assert paper.reextract(apply={}).changed == 24
    assert paper.shown() == 0
    before = paper.rows("SELECT * FROM blocks"), paper.rows("SELECT * FROM learnings"), paper.texts()
    paper.clock.advance(86_400)
    assert paper.reextract(apply={}).changed == 0
    assert (paper.rows("SELECT * FROM blocks"), paper.rows("SELECT * FROM learnings"), paper.texts()) == before
    with Archive(paper.config.data, writable=True) as archive:
        assert archive.undo_reextraction(1, paper.clock.now()) == 24
    assert paper.shown() == 24
    assert paper.sound()


def test_the_command_tells_what_it_learned(paper, capsys):
    """`morgue reextract` learns first, says what it found, and what would change because of it."""
    one_by_one(paper, range(24))

    def run(*words):
        with pytest.raises(SystemExit) as exit_:
            main(["reextract", *words, "--config", str(paper.path)])
        assert exit_.value.code == 0
        return capsys.readouterr().out

    shown = run()
    assert "24 pages read again, 24 would change: 24 text" in shown
    assert "paper: 1 block more that its pages repeat" in shown
    assert json.loads(run("--apply", "--json").splitlines()[-1])["blocks learned"] == {"paper": 1}
    assert paper.shown() == 0


def one_by_one(paper, numbers):
    """As `morgue add` files addresses: nothing is learned from single ones."""
    paper.publish(numbers)

    async def work(run):
        for number in numbers:
            await ingest(Wanted(url=f"{HOME}/{number}", source="paper"), paper.config.sources[0], run)

    paper.run(work)


@pytest.mark.parametrize(
    ("how", "what", "revisions"),
    [
        ({"extra": "<!-- other bytes -->"}, "same", 1),
        ({"promo": False}, "same", 1),
        ({"extra": "<p>The minister of roads resigned at noon.</p>"}, "revised", 2),
    ],
)
def test_what_was_learned_since_is_no_revision(learned, how, what, revisions):
    """A page that was filed with the promo and is looked at again: only what the newspaper changed is a revision."""
    with Archive(learned.config.data, writable=True) as archive:
        archive.undo_reextraction(1, learned.clock.now())
    learned.publish([7], **how)
    found = []

    async def work(run):
        found.append(await ingest(Wanted(url=f"{HOME}/7", source="paper"), learned.config.sources[0], run))

    learned.run(work)
    assert found[0].what == what
    with learned.open() as archive:
        number = archive.article(f"{HOME}/7").id
        states = archive.revisions(number)
        assert len(states) == revisions
        assert not any(PROMO in one.text for one in states)
        if revisions == 2:
            assert states[1].text == states[0].text + "\n\nThe minister of roads resigned at noon."
    assert learned.rows("SELECT count(*) FROM events") == [(revisions - 1,)]
    assert learned.sound()


@pytest.mark.parametrize("entry", ["join more than NINE thousand", None])
def test_the_configuration_overrules_what_was_learned(learned, entry, capsys):
    """Kept by how it begins or by its fingerprint, the block is in the texts again, and the command says so."""

    def blocks(*words):
        with pytest.raises(SystemExit) as exit_:
            main(["sources", "blocks", "paper", *words, "--config", str(learned.path)])
        assert exit_.value.code == 0
        return capsys.readouterr()

    told = json.loads(blocks("--json").out)
    assert (told["text"], told["pages"], told["of"], told["kept"]) == (PROMO, 24, 24, False)
    shown = blocks().out
    assert "24 of 24" in shown
    assert PROMO in shown
    learned.path.write_text(PAPER + f"    keep_blocks: ['{entry or told['fingerprint']}', never said]\n")
    assert learned.reextract(apply={}).changed == 24
    assert learned.shown() == 24
    learned.publish(range(30, 60))
    learned.run()
    assert learned.shown() == 54
    after = blocks()
    assert "kept" in after.out
    assert "never said" in after.err
    assert json.loads(blocks("--json").out)["kept"] is True


def test_the_command_names_what_is_missing(paper, capsys):
    """An unknown source is one clear line; a source of which nothing was learned yet is another."""

    def blocks(name):
        with pytest.raises(SystemExit) as exit_:
            main(["sources", "blocks", name, "--config", str(paper.path)])
        return exit_.value.code, capsys.readouterr().err

    paper.publish(range(3))
    paper.run()
    assert blocks("nobody") == (2, 'morgue: no source has the id "nobody" - choose from paper\n')
    code, said = blocks("paper")
    assert (code, said.count("\n")) == (0, 1)
    assert "20" in said


def test_without_kept_pages_nothing_is_learned(paper):
    """captures: none files the articles as before and says nothing."""
    paper.publish(range(24))
    report = paper.run(captures="none")
    assert paper.shown() == 24
    assert "learned" not in report.line("paper")


def test_a_run_that_is_over_learns_the_next_time(paper):
    """The time limit ends the learning, too: everything is filed, nothing half done, and the next run goes on."""
    paper.publish(range(24))

    class Slow(InThisProcess):
        async def seen(self, page, *rest):
            paper.clock.advance(60)
            return await super().seen(page, *rest)

    paper.reader = Slow()
    report = paper.run(until=paper.clock.monotonic() + 300)
    assert report.stopped == "time limit"
    assert report.counts["paper"]["new"] == 24
    assert paper.rows("SELECT * FROM learnings") == []
    paper.run()
    assert paper.shown() == 0
    assert paper.sound()


def test_a_run_that_ends_in_the_middle_of_cleaning(paper):
    """The next crawl learns again and takes the promo out of the other texts, though it files nothing new."""
    paper.publish(range(24))

    class Slow(InThisProcess):
        async def read(self, page, hint=None, rules=(), furniture=frozenset()):
            if furniture:
                paper.clock.advance(60)
            return await super().read(page, hint, rules, furniture)

    paper.reader = Slow()
    report = paper.run(until=paper.clock.monotonic() + 600)
    assert report.stopped == "time limit"
    assert 0 < paper.shown() < 24
    assert paper.rows("SELECT * FROM blocks") == []
    assert paper.sound()
    paper.reader = InThisProcess()
    paper.run()
    assert paper.shown() == 0
    assert paper.sound()


def test_one_bad_page_does_not_stop_the_learning(paper, caplog):
    """A bug of ours in one page is logged with its traceback; the other pages teach all the same."""
    paper.publish(range(24))

    class Buggy(InThisProcess):
        async def seen(self, page, *rest):
            if page.url.endswith("/3"):
                raise KeyError("a bug of ours")
            return await super().seen(page, *rest)

    paper.reader = Buggy()
    paper.run()
    assert paper.shown() == 0
    assert [block[4:6] for block in paper.rows("SELECT * FROM blocks")] == [(23, 23)]
    assert any(record.exc_info for record in caplog.records)


def test_a_bug_in_the_learning_does_not_stop_the_crawl(paper, caplog):
    """Everything is filed, the bug is logged with its traceback, and the next run tries again."""
    paper.publish(range(24))

    class Buggy(InThisProcess):
        async def learn(self, name, pages, before):
            raise KeyError("a bug of ours")

    paper.reader = Buggy()
    assert paper.run().counts["paper"]["new"] == 24
    assert any(record.exc_info for record in caplog.records)
    paper.reader = InThisProcess()
    paper.publish([30])
    paper.run()
    assert paper.shown() == 0


def test_a_form_is_not_emptied(paper):
    """Reports that are nothing but a form with numbers keep their text, whatever comes back on all of them."""
    lines = [
        f"<p>Line {n} of the form that the office of the weather sends to this paper every day.</p>" for n in range(6)
    ]
    paper.publish(range(24))
    paper.web.pages |= {
        f"{HOME}/{number}": "<!doctype html><html lang=en><head><title>Weather</title></head><body><article>"
        f"<h1>The weather of day {number}</h1>{''.join(lines)}<p>It is {number} degrees in town {number}.</p></article>"
        for number in range(24)
    }
    paper.run()
    texts = paper.texts().values()
    assert len(texts) == 24
    assert all("Line 5 of the form" in text for text in texts)


def test_merged_archives_know_what_either_has_learned(tmp_path, learned):
    """In whatever order they are named, the same blocks; and the merged archive reads with them."""
    other = Paper(tmp_path / "other")
    other.publish(range(40, 64))
    other.run()
    for one, two, name in ((learned, other, "ab"), (other, learned, "ba")):
        with (
            Archive(tmp_path / name, writable=True) as into,
            Archive(one.config.data) as first,
            Archive(two.config.data) as second,
        ):
            merge(into, [first, second])
    with Archive(tmp_path / "ab") as ab, Archive(tmp_path / "ba") as ba:
        for table in ("blocks", "learnings"):
            rows = [[tuple(row) for row in each.db.execute(f"SELECT * FROM {table}")] for each in (ab, ba)]
            assert rows[0] == rows[1]
            assert len(rows[0]) == 1
        assert not any(PROMO in article.text for article in ab.articles())


def test_a_walk_back_in_time_learns_too(paper):
    """The pages that a backfill files are clean when it ends."""
    paper.publish(range(24))
    stories = "".join(f"<url><loc>{HOME}/{n}</loc><lastmod>2024-03-09</lastmod></url>" for n in range(24))
    paper.web.pages[f"{HOME}/sitemap.xml"] = Reply(
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{stories}</urlset>',
        headers={"Content-Type": "application/xml"},
    )
    source = paper.config.sources[0].model_copy(update={"listings": (Listing(url=f"{HOME}/sitemap.xml"),)})
    day = paper.clock.now().date().replace(day=9)

    async def work(run):
        record = await begin(source, "sitemap", Span(day, day), run)
        await backfill(Walk(record, source), run)

    paper.run(work)
    assert len(paper.texts()) == 24
    assert paper.shown() == 0


def warc_of(folder, numbers, at, **how):
    """The pages of a paper as another crawler kept them."""
    with Captures(folder) as made:
        for number in numbers:
            headers = (("Content-Type", "text/html; charset=utf-8"),)
            made.append(Exchange(url=f"{HOME}/{number}", at=at, headers=headers, body=story(number, **how).encode()))
    (found,) = made.files()
    return found


def test_what_was_learned_since_is_no_revision_of_an_imported_page(learned, tmp_path):
    """A WARC file with pages that are held: what was filed with the promo is compared as it reads now."""
    with Archive(learned.config.data, writable=True) as archive:
        archive.undo_reextraction(1, learned.clock.now())
    learned.clock.advance(86_400)
    (part,) = parts(warc_of(tmp_path / "made", range(5), learned.clock.now(), extra="<!-- other bytes -->"))

    async def work(run):
        await import_file(part, Choice(learned.config), run)

    learned.run(work)
    assert learned.rows("SELECT sum(revisions), count(*) FROM articles") == [(24, 24)]
    assert learned.rows("SELECT count(*) FROM events") == [(0,)]
    assert learned.sound()


@pytest.mark.parametrize("stop_after", [None, 9])
def test_an_imported_file_is_clean_at_its_end(paper, tmp_path, stop_after):
    """Read in one go or in two, the pages of a WARC file come without what they have in common."""
    path = warc_of(tmp_path / "made", range(24), paper.clock.now())

    async def work(run):
        def told(state):
            if state.records == stop_after:
                run.stop("enough")

        (part,) = parts(path)
        await import_file(part, Choice(paper.config), run, told=told)

    paper.run(work)
    if stop_after:
        assert 0 < paper.shown() == len(paper.texts()) < 24
        stop_after = None
        paper.run(work)
    assert len(paper.texts()) == 24
    assert paper.shown() == 0
