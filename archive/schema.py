"""The tables of an archive, as numbered migrations that are only ever added to.

The comment behind a column describes it for researchers: SQLite keeps it in the file, `descriptions()` reads it
back, and the web pages show it. All times are UTC, ISO 8601, to the second; publication dates are as stated.
"""

from __future__ import annotations

import re
import sqlite3

from sqlite_utils import Database, Migrations

from archive import fulltext
from archive.rekeying import rekey

migrations = Migrations("morgue")

TABLES = """
CREATE TABLE sources (                      -- Newspapers.
    id TEXT PRIMARY KEY,                    -- short name, as in config.yaml
    name TEXT,                              -- name for people
    homepage TEXT,                          -- front page
    country TEXT,                           -- ISO 3166-1 code
    language TEXT,                          -- main language, two letters
    added_at TEXT NOT NULL,                 -- when the archive first heard of it
    configured INTEGER NOT NULL DEFAULT 1   -- 1 while config.yaml names it
);
CREATE TABLE listings (                     -- Feeds, sitemaps and section pages that name articles, and how they fare.
    id INTEGER PRIMARY KEY,                 -- number of the listing
    source_id TEXT NOT NULL REFERENCES sources(id), -- newspaper
    url TEXT NOT NULL,                      -- its address
    kind TEXT,                              -- feed, sitemap or section, as its content told
    found_in INTEGER REFERENCES listings(id), -- the listing that named it; empty when config.yaml did
    configured INTEGER NOT NULL DEFAULT 1,  -- 1 while config.yaml names it or the listing that it was found in
    stated TEXT,                            -- last change, as the listing that named it states
    etag TEXT,                              -- validator of the last answer
    last_modified TEXT,                     -- validator of the last answer
    digest TEXT,                            -- sha256 of the last answer's body
    asked_at TEXT,                          -- last time it was asked
    answered_at TEXT,                       -- last time it answered
    new_at TEXT,                            -- last time it named an address that was new
    due_at TEXT,                            -- when it is asked next
    interval INTEGER NOT NULL DEFAULT 0,    -- seconds between two requests, learned
    items INTEGER,                          -- addresses in the last answer
    fresh INTEGER,                          -- of these, new
    failures INTEGER NOT NULL DEFAULT 0,    -- failures since it last answered
    failing_since TEXT,                     -- first failure since it last answered
    reason TEXT,                            -- why it failed last
    missed_at TEXT,                         -- last time an answer shared no item with the one before: some were missed
    missed INTEGER NOT NULL DEFAULT 0,      -- estimate of the items missed between two answers, in all
    UNIQUE (source_id, url)
);
CREATE TABLE captures (                     -- Pages as they came over the wire, kept in WARC files.
    id INTEGER PRIMARY KEY,                 -- number of the capture
    url TEXT NOT NULL,                      -- address asked for
    captured_at TEXT NOT NULL,              -- when it was fetched
    file TEXT NOT NULL,                     -- WARC file, below captures/
    offset INTEGER NOT NULL,                -- first byte of its record
    length INTEGER NOT NULL,                -- bytes of its record
    digest TEXT NOT NULL,                   -- sha256 of the payload
    status INTEGER NOT NULL,                -- HTTP status
    content_type TEXT,                      -- Content-Type as declared
    record_type TEXT NOT NULL,              -- response, revisit or resource
    via TEXT NOT NULL,                      -- crawl, wayback, warc or file: how it reached us
    UNIQUE (file, offset)
);
CREATE TABLE articles (                     -- One row for each story of each newspaper.
    id INTEGER PRIMARY KEY,                 -- number of the article
    source_id TEXT NOT NULL REFERENCES sources(id), -- newspaper
    url TEXT NOT NULL,                      -- its address; earlier ones are in links and events
    canonical_url TEXT,                     -- address the page claims for itself
    canonical_key TEXT,                     -- normalised form of this claim
    title TEXT,                             -- headline
    published TEXT,                         -- publication date, as precise as the page states it; empty when unknown
    published_precision TEXT,               -- year, month, day, minute or second
    published_from TEXT,                    -- where on the page the date was found
    month TEXT,                             -- year and month of publication
    modified TEXT,                          -- last change as the page states it
    language TEXT,                          -- language of the text, two letters
    section TEXT,                           -- section of the newspaper
    byline TEXT,                            -- all authors, as one line
    agency TEXT,                            -- news agency credited
    kind TEXT NOT NULL,                     -- article, live blog, gallery, video, opinion or stub
    free_to_read INTEGER,                   -- 0 when the page says that the text is for subscribers
    words INTEGER NOT NULL,                 -- words of the text (characters in scripts without spaces)
    revision_id INTEGER,                    -- its latest revision
    revisions INTEGER NOT NULL DEFAULT 1,   -- how many revisions are kept
    first_seen_at TEXT NOT NULL,            -- when it was first fetched
    last_seen_at TEXT NOT NULL,             -- when it was last fetched and found
    withdrawn_at TEXT,                      -- when its address was found gone; empty while it is there
    cluster_id INTEGER                      -- cluster of nearly the same text at other newspapers; empty when alone
);
CREATE TABLE revisions (                    -- Every state of an article in which its title or text differed.
    id INTEGER PRIMARY KEY,                 -- number of the revision
    article_id INTEGER NOT NULL REFERENCES articles(id), -- article
    number INTEGER NOT NULL,                -- 1 is the first
    seen_at TEXT NOT NULL,                  -- when it was first seen
    title TEXT,                             -- headline of this revision
    fingerprint TEXT NOT NULL,              -- fingerprint of title and text, with a version byte
    text_fingerprint TEXT NOT NULL,         -- fingerprint of the text alone
    weight TEXT,                            -- its gravest change: correction, headline, numbers, names, quotes ...
    capture_id INTEGER REFERENCES captures(id), -- the page it was read from
    extractor TEXT,                         -- name, version and options of what read it
    UNIQUE (article_id, number)
);
CREATE TABLE texts (                        -- The full texts, apart so that lists stay fast.
    revision_id INTEGER PRIMARY KEY REFERENCES revisions(id), -- revision
    text TEXT NOT NULL                      -- paragraphs, separated by empty lines
);
CREATE TABLE links (                        -- The ledger: every address ever seen, and what became of it.
    id INTEGER PRIMARY KEY,                 -- number of the address
    source_id TEXT NOT NULL REFERENCES sources(id), -- newspaper
    url TEXT NOT NULL,                      -- as it was found
    key TEXT NOT NULL,                      -- normalised form that recognises it again
    state TEXT NOT NULL,                    -- wanted, held, alias, deferred, rejected or excluded
    reason TEXT NOT NULL,                   -- why it is in this state
    detail TEXT,                            -- the evidence
    found_at TEXT NOT NULL,                 -- when it was first seen
    found_in INTEGER REFERENCES listings(id), -- the first listing that named it
    state_at TEXT NOT NULL,                 -- since when it is in this state
    retry_at TEXT,                          -- when it is fetched again, after a failure or to see changes
    attempts INTEGER NOT NULL DEFAULT 0,    -- failures since it was last read
    article_id INTEGER REFERENCES articles(id), -- the article it leads to
    title TEXT,                             -- what its listing said
    published TEXT,                         -- what its listing said
    modified TEXT,                          -- what its listing said
    authors TEXT,                           -- what its listing said, as JSON
    summary TEXT,                           -- what its listing said
    language TEXT,                          -- what its listing said
    etag TEXT,                              -- validator of the answer that was last read
    last_modified TEXT,                     -- validator of the answer that was last read
    digest TEXT,                            -- sha256 of its body
    UNIQUE (source_id, key)
);
CREATE TABLE visits (                       -- The log: every request for a page or a listing, and its outcome.
    id INTEGER PRIMARY KEY,                 -- number of the visit
    at TEXT NOT NULL,                       -- when
    source_id TEXT NOT NULL REFERENCES sources(id), -- newspaper
    url TEXT NOT NULL,                      -- address asked for
    link_id INTEGER REFERENCES links(id),   -- its row in the ledger
    listing_id INTEGER REFERENCES listings(id), -- or its listing
    outcome TEXT NOT NULL,                  -- listed, unchanged, read, deferred, rejected or gone
    reason TEXT NOT NULL,                   -- why
    detail TEXT,                            -- the evidence
    final_url TEXT,                         -- address that answered
    status INTEGER,                         -- HTTP status
    content_type TEXT,                      -- Content-Type as declared
    encoding TEXT,                          -- character encoding the text was read in
    size INTEGER,                           -- bytes of the body
    seconds REAL,                           -- time the answer took
    signals TEXT,                           -- rights signals seen: noarchive, tdm-reservation, noai ...
    capture_id INTEGER REFERENCES captures(id) -- the page as it came
);
CREATE TABLE events (                       -- What happened to an article after it was first filed.
    id INTEGER PRIMARY KEY,                 -- number of the event
    article_id INTEGER NOT NULL REFERENCES articles(id), -- article
    at TEXT NOT NULL,                       -- when it was noticed
    kind TEXT NOT NULL,                     -- revised, moved, withdrawn or returned
    detail TEXT                             -- what was seen
);
CREATE TABLE authors (                      -- People and agencies named in bylines.
    id INTEGER PRIMARY KEY,                 -- number of the author
    name TEXT NOT NULL UNIQUE               -- as printed
);
CREATE TABLE article_authors (              -- Who wrote which article.
    article_id INTEGER NOT NULL REFERENCES articles(id), -- article
    author_id INTEGER NOT NULL REFERENCES authors(id), -- author
    position INTEGER NOT NULL,              -- place in the byline, from 1
    PRIMARY KEY (article_id, author_id)
);
CREATE TABLE tags (                         -- Keywords the newspapers gave.
    id INTEGER PRIMARY KEY,                 -- number of the tag
    name TEXT NOT NULL UNIQUE               -- as printed
);
CREATE TABLE article_tags (                 -- Which article carries which keyword.
    article_id INTEGER NOT NULL REFERENCES articles(id), -- article
    tag_id INTEGER NOT NULL REFERENCES tags(id), -- keyword
    PRIMARY KEY (article_id, tag_id)
);
CREATE TABLE images (                       -- Pictures of the latest revision, with caption and credit.
    article_id INTEGER NOT NULL REFERENCES articles(id), -- article
    position INTEGER NOT NULL,              -- order on the page, from 1
    url TEXT NOT NULL,                      -- address of the picture
    caption TEXT,                           -- caption without the credit
    credit TEXT,                            -- photographer or agency
    PRIMARY KEY (article_id, position)
);
CREATE TABLE evidence (                     -- Where each value was found, and what else the page offered.
    revision_id INTEGER NOT NULL REFERENCES revisions(id), -- revision
    field TEXT NOT NULL,                    -- title, published, authors ...
    source TEXT NOT NULL,                   -- where on the page
    raw TEXT NOT NULL,                      -- the string found there
    others TEXT,                            -- the losers, as JSON: [[where, string], ...]
    PRIMARY KEY (revision_id, field)
);
CREATE TABLE robots (                       -- robots.txt of each host, kept for a day.
    host TEXT PRIMARY KEY,                  -- scheme, host and port
    body BLOB NOT NULL,                     -- as it came
    status INTEGER,                         -- HTTP status; empty when there was no answer
    fetched_at TEXT NOT NULL,               -- when
    expires_at TEXT NOT NULL                -- when it is asked again
);
"""

# One line for each index: which question it answers.
INDEXES = """
CREATE INDEX listings_due ON listings (source_id, due_at);            -- whose turn is it
CREATE INDEX links_turn ON links (source_id, state, retry_at);        -- Archive.wanted, health
CREATE INDEX links_article ON links (article_id);                     -- addresses of an article
CREATE INDEX links_found_in ON links (found_in);                      -- what a listing brought
CREATE INDEX links_key ON links (key);                                -- why URL, show URL
CREATE INDEX visits_link ON visits (link_id, at);                     -- why URL
CREATE INDEX visits_listing ON visits (listing_id, at);               -- health
CREATE INDEX visits_source ON visits (source_id, at);                 -- health
CREATE INDEX articles_source ON articles (source_id, published);      -- facet, newest of one paper
CREATE INDEX articles_published ON articles (published);              -- newest
CREATE INDEX articles_seen ON articles (source_id, first_seen_at);    -- health: last new article, its rhythm
CREATE INDEX articles_canonical ON articles (canonical_key, source_id); -- who claims this address
CREATE INDEX articles_cluster ON articles (cluster_id);               -- members of a cluster
CREATE INDEX articles_month ON articles (month, source_id);           -- articles per month and paper
CREATE INDEX articles_language ON articles (language);                -- facet
CREATE INDEX articles_section ON articles (section);                  -- facet
CREATE INDEX articles_kind ON articles (kind);                        -- facet
CREATE INDEX articles_agency ON articles (agency);                    -- facet
CREATE INDEX revisions_text ON revisions (text_fingerprint);          -- the same text at another address
CREATE INDEX revisions_capture ON revisions (capture_id);             -- re-extraction
CREATE INDEX captures_digest ON captures (digest);                    -- identical payloads
CREATE INDEX events_article ON events (article_id, at);               -- history of an article
CREATE INDEX article_authors_author ON article_authors (author_id);   -- articles of an author
CREATE INDEX article_tags_tag ON article_tags (tag_id);               -- articles of a tag
"""

# The stored texts stay untouched; this holds their form for searching (archive.segment), rowid = article, and no copy
# of it: only archive.fulltext writes here. Vowel signs (M*) belong to words, or Khmer and Hindi fall to pieces.
SEARCH = """
CREATE VIRTUAL TABLE search USING fts5(
    begins, title, text, byline, content='', tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
);
"""

CLUSTERS = """
CREATE TABLE bands (                        -- Index of near duplicates: pieces of MinHash signatures.
    band INTEGER NOT NULL,                  -- hash of one band of the signature and its place
    article_id INTEGER NOT NULL REFERENCES articles(id), -- article
    PRIMARY KEY (band, article_id)
) WITHOUT ROWID;
CREATE TABLE pairs (                        -- Two articles of different newspapers with nearly the same text.
    article_id INTEGER NOT NULL REFERENCES articles(id), -- article with the smaller number
    other_id INTEGER NOT NULL REFERENCES articles(id), -- article with the larger number
    similarity REAL NOT NULL,               -- shared part of all shingles of both, 0 to 1
    containment REAL NOT NULL,              -- shared part of the shingles of the shorter one, 0 to 1
    PRIMARY KEY (article_id, other_id)
) WITHOUT ROWID;
CREATE TABLE clusters (                     -- The same story in several newspapers.
    id INTEGER PRIMARY KEY,                 -- number of the cluster: its smallest article number
    first_id INTEGER NOT NULL REFERENCES articles(id), -- the article that was published first
    articles INTEGER NOT NULL,              -- how many articles
    sources INTEGER NOT NULL,               -- how many newspapers
    agency TEXT                             -- news agency that most of them credit
);
CREATE INDEX pairs_other ON pairs (other_id);                         -- pairs of an article
CREATE INDEX clusters_first ON clusters (first_id);                   -- who was first
"""

VIEWS = """
CREATE VIEW stories AS SELECT               -- Count once: of each cluster the article that was published first.
    articles.id AS id,                      -- number of the article
    articles.source_id AS source_id,        -- newspaper
    articles.title AS title,                -- headline
    articles.published AS published,        -- publication date, as precise as stated
    articles.month AS month,                -- year and month of publication
    articles.language AS language,          -- language of the text
    articles.section AS section,            -- section of the newspaper
    articles.byline AS byline,              -- all authors, as one line
    coalesce(clusters.agency, articles.agency) AS agency, -- news agency credited
    articles.words AS words,                -- words of the text
    coalesce(clusters.articles, 1) AS articles, -- how many articles tell it
    coalesce(clusters.sources, 1) AS sources, -- how many newspapers carry it
    articles.url AS url                     -- address
FROM articles LEFT JOIN clusters ON clusters.id = articles.cluster_id
WHERE articles.cluster_id IS NULL OR clusters.first_id = articles.id;
CREATE VIEW fates AS SELECT                 -- What became of every address: how many per newspaper, state and reason.
    source_id AS source_id,                 -- newspaper
    state AS state,                         -- wanted, held, alias, deferred, rejected or excluded
    reason AS reason,                       -- why
    count(*) AS addresses                   -- how many
FROM links GROUP BY source_id, state, reason;
"""

COUNTS = """
CREATE TABLE months (                       -- How many articles of each month each newspaper has; kept up by triggers.
    source_id TEXT NOT NULL REFERENCES sources(id), -- newspaper
    month TEXT NOT NULL,                    -- year and month of publication; empty when the date is unknown
    articles INTEGER NOT NULL,              -- how many articles
    PRIMARY KEY (source_id, month)
) WITHOUT ROWID;
INSERT INTO months SELECT source_id, coalesce(month, ''), count(*) FROM articles GROUP BY 1, 2;
CREATE TRIGGER months_insert AFTER INSERT ON articles BEGIN
    INSERT INTO months VALUES (new.source_id, coalesce(new.month, ''), 1)
        ON CONFLICT (source_id, month) DO UPDATE SET articles = articles + 1;
END;
CREATE TRIGGER months_update AFTER UPDATE OF source_id, month ON articles
    WHEN old.source_id IS NOT new.source_id OR old.month IS NOT new.month BEGIN
    UPDATE months SET articles = articles - 1 WHERE source_id = old.source_id AND month = coalesce(old.month, '');
    INSERT INTO months VALUES (new.source_id, coalesce(new.month, ''), 1)
        ON CONFLICT (source_id, month) DO UPDATE SET articles = articles + 1;
END;
CREATE TRIGGER months_delete AFTER DELETE ON articles BEGIN
    UPDATE months SET articles = articles - 1 WHERE source_id = old.source_id AND month = coalesce(old.month, '');
END;
CREATE INDEX links_fate ON links (state, reason, source_id);          -- facets, what became of the addresses
CREATE INDEX revisions_weight ON revisions (weight, seen_at) WHERE weight IS NOT NULL; -- corrections
CREATE INDEX articles_withdrawn ON articles (withdrawn_at) WHERE withdrawn_at IS NOT NULL; -- withdrawn articles
"""

BACKFILLS = """
CREATE TABLE backfills (                    -- Walks back in time: what was looked for, and where.
    id INTEGER PRIMARY KEY,                 -- number of the walk
    source_id TEXT NOT NULL REFERENCES sources(id), -- newspaper
    via TEXT NOT NULL,                      -- sitemap, pages or wayback
    first_day TEXT NOT NULL,                -- first day of publication that is looked for
    last_day TEXT NOT NULL,                 -- last one
    began_at TEXT NOT NULL                  -- when it was begun
);
CREATE TABLE backfill_steps (               -- The listings that a walk asks, each once.
    id INTEGER PRIMARY KEY,                 -- number of the step
    backfill_id INTEGER NOT NULL REFERENCES backfills(id), -- walk
    url TEXT NOT NULL,                      -- address of the listing
    start TEXT NOT NULL,                    -- the listing that it is an older page of, or itself
    number INTEGER NOT NULL,                -- how many pages behind it
    done_at TEXT,                           -- when it was asked; empty while it waits for its turn
    reason TEXT,                            -- what came of it
    retry_at TEXT,                          -- when it is asked again after a failure
    attempts INTEGER NOT NULL DEFAULT 0,    -- failures
    items INTEGER,                          -- addresses of stories in the answer
    stories TEXT,                           -- fingerprint of these addresses
    UNIQUE (backfill_id, url)
);
CREATE TABLE backfill_links (               -- The addresses that a walk found inside its range.
    backfill_id INTEGER NOT NULL REFERENCES backfills(id), -- walk
    link_id INTEGER NOT NULL REFERENCES links(id), -- address
    step_id INTEGER NOT NULL REFERENCES backfill_steps(id), -- the listing that named it first
    place INTEGER NOT NULL,                 -- its place there, from 0
    capture TEXT,                           -- where another archive keeps the page; empty when it is fetched itself
    PRIMARY KEY (backfill_id, link_id)
) WITHOUT ROWID;
CREATE TABLE origins (                      -- Captures that were not fetched from the newspaper itself.
    capture_id INTEGER PRIMARY KEY REFERENCES captures(id), -- capture
    url TEXT NOT NULL                       -- address in the other archive that it was fetched from
);
CREATE INDEX backfills_source ON backfills (source_id, via);          -- a walk that was begun
CREATE INDEX backfill_steps_turn ON backfill_steps (backfill_id, done_at); -- whose turn is it
CREATE INDEX backfill_links_step ON backfill_links (step_id);         -- what a page of a walk named
CREATE INDEX backfill_links_link ON backfill_links (link_id);         -- is there a capture of this address
"""

IMPORTS = """
CREATE TABLE imports (                      -- Files of records that were imported: WARC files, JSON of other tools.
    id INTEGER PRIMARY KEY,                 -- number of the import
    digest TEXT NOT NULL,                   -- sha256 of the file
    options TEXT NOT NULL,                  -- what was chosen of it, as JSON: hosts, source
    file TEXT NOT NULL,                     -- its name
    began_at TEXT NOT NULL,                 -- when it was begun
    done_at TEXT,                           -- when all of it was read; empty while it is not
    position INTEGER NOT NULL DEFAULT 0,    -- where the next record begins: byte of a WARC, else records before it
    records INTEGER NOT NULL DEFAULT 0,     -- records met: filed and rejected ones
    filed INTEGER NOT NULL DEFAULT 0,       -- records that are articles of the archive now
    rejected TEXT NOT NULL DEFAULT '{}',    -- reason and number of the others, as JSON
    UNIQUE (digest, options)
);
CREATE TABLE reextractions (                -- Times that kept pages were read again: newer extractor, other rules.
    id INTEGER PRIMARY KEY,                 -- number of the re-extraction
    began_at TEXT NOT NULL,                 -- when
    options TEXT NOT NULL,                  -- what was chosen, as JSON
    undone_at TEXT                          -- when it was taken back
);
CREATE TABLE extractions (                  -- Readings of a revision that a re-extraction replaced.
    id INTEGER PRIMARY KEY,                 -- number of the reading
    reextraction_id INTEGER NOT NULL REFERENCES reextractions(id), -- what replaced it
    revision_id INTEGER NOT NULL REFERENCES revisions(id), -- revision
    extractor TEXT,                         -- name, version and options of what had read it
    title TEXT,                             -- headline as it was read
    text TEXT NOT NULL,                     -- text as it was read
    fields TEXT NOT NULL                    -- everything else, as JSON
);
CREATE INDEX extractions_run ON extractions (reextraction_id);        -- undo
CREATE INDEX extractions_revision ON extractions (revision_id);       -- earlier readings of a revision
"""


BLOCKS = """
CREATE TABLE learnings (                    -- How far each newspaper's recurring blocks have been learned.
    source_id TEXT PRIMARY KEY REFERENCES sources(id), -- newspaper
    learned_at TEXT NOT NULL,               -- when
    articles INTEGER NOT NULL,              -- articles of the newspaper that were held then
    pages INTEGER NOT NULL                  -- kept pages that were looked at: the latest ones
);
CREATE TABLE blocks (                       -- Texts that come back on a newspaper's pages: no part of its articles.
    source_id TEXT NOT NULL REFERENCES sources(id), -- newspaper
    fingerprint TEXT NOT NULL,              -- fingerprint of the text, with a version byte
    text TEXT NOT NULL,                     -- the text
    url TEXT NOT NULL,                      -- a page that shows it
    pages INTEGER NOT NULL,                 -- how many of the pages looked at show it
    of INTEGER NOT NULL,                    -- how many pages were looked at, those of one story counted once
    learned_at TEXT NOT NULL,               -- since when it is known
    PRIMARY KEY (source_id, fingerprint)
) WITHOUT ROWID;
"""

SKETCHES = """
CREATE TABLE sketches (                     -- What tells strangers from near duplicates without reading their texts.
    article_id INTEGER PRIMARY KEY REFERENCES articles(id), -- article
    sketch BLOB NOT NULL                    -- lowest byte of each MinHash value; empty for a text too short to compare
);
"""


@migrations()
def m001_first_tables(db: Database) -> None:
    """Sources, listings, the ledger, visits, articles with all they consist of, captures."""
    _run(db, TABLES)
    _run(db, INDEXES)


@migrations()
def m002_search(db: Database) -> None:
    """Full-text search."""
    _run(db, SEARCH)


@migrations()
def m003_clusters(db: Database) -> None:
    """The same story in several newspapers, and views for counting."""
    _run(db, CLUSTERS)
    _run(db, VIEWS)


@migrations()
def m004_counts(db: Database) -> None:
    """Counts that the front page needs, and indexes for the ready-made queries."""
    _run(db, COUNTS)


@migrations()
def m005_backfills(db: Database) -> None:
    """Walks back in time, and where captures of other archives came from."""
    _run(db, BACKFILLS)


@migrations()
def m006_imports_and_extractions(db: Database) -> None:
    """Files that were imported, and readings that were replaced."""
    _run(db, IMPORTS)


@migrations()
def m007_blocks(db: Database) -> None:
    """What comes back on a newspaper's pages."""
    _run(db, BLOCKS)


@migrations()
def m008_address_keys(db: Database) -> None:
    """New keys: more tracking and session parameters, double escapes, link counters; "?a=" is "?a"."""
    rekey(db)


@migrations()
def m009_sketches(db: Database) -> None:
    """Near duplicates in large archives."""
    _run(db, SKETCHES)


@migrations()
def m010_beginnings(db: Database) -> None:
    """Syllables and beginnings of words are terms of the search index, which is put together less often."""
    db.execute("DROP TABLE search")
    _run(db, SEARCH)
    # Each article begins a segment of the index; eight of a size are made one (SQLite's own figure is four).
    db.execute("INSERT INTO search (search, rank) VALUES ('automerge', 8)")
    fulltext.rebuild(db)


def _run(db: Database, statements: str) -> None:
    # Not executescript(): it would commit the transaction that the migration runs in.
    statement = ""
    for line in statements.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""


def pending(db: Database) -> list[str]:
    """Names of the migrations that this file has not seen yet, oldest first."""
    return [migration.name for migration in migrations.pending(db)]


def unknown(db: Database) -> list[str]:
    """Names of migrations that the file has seen and we don't know: it was written by a newer version."""
    known = {migration.name for migration in migrations.pending(Database(memory=True))}
    return [migration.name for migration in migrations.applied(db) if migration.name not in known]


def foreign(db: Database) -> bool:
    """A file with tables in it, none of which we made: somebody else's."""
    return not migrations.applied(db) and bool(db.table_names())


def migrate(db: Database) -> None:
    """Bring the file up to the present schema; each step and its record are one transaction."""
    migrations.apply(db)


def descriptions(db: Database) -> dict[str, tuple[str, dict[str, str]]]:
    """Table or view -> (what it holds, column -> what it means), read from the comments that the file itself keeps."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for name, sql in db.execute(
        "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'view') AND sql LIKE '%--%'"
    ):
        first, *lines = sql.splitlines()
        column = (
            r".*\bAS (\w+),?\s*--\s*(.+?)\s*$" if first.startswith("CREATE VIEW") else r"\s*(\w+)\s.*?--\s*(.+?)\s*$"
        )
        columns = {match[1]: match[2] for line in lines if (match := re.match(column, line))}
        found[name] = (first.partition("--")[2].strip(), columns)
    return found
