"""The tables of an archive, as numbered migrations that are only ever added to.

The comment behind a column describes it for researchers: SQLite keeps it in the file, `descriptions()` reads it
back, and the web pages show it. All times are UTC, ISO 8601, to the second; publication dates are as the page states them.
"""

from __future__ import annotations

import re
import sqlite3

from sqlite_utils import Database, Migrations

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
    reason TEXT,                            -- why it failed last
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
CREATE TABLE articles (                     -- One row for each story of each newspaper: its present title, date and origin.
    id INTEGER PRIMARY KEY,                 -- number of the article
    source_id TEXT NOT NULL REFERENCES sources(id), -- newspaper
    url TEXT NOT NULL,                      -- address it was first read at
    canonical_url TEXT,                     -- address the page claims for itself
    title TEXT,                             -- headline
    published TEXT,                         -- publication date, exactly as precise as the page states it; empty when unknown
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
    withdrawn_at TEXT                       -- when its address was first found gone; empty while it is there
);
CREATE TABLE revisions (                    -- Every state of an article in which its title or text differed.
    id INTEGER PRIMARY KEY,                 -- number of the revision
    article_id INTEGER NOT NULL REFERENCES articles(id), -- article
    number INTEGER NOT NULL,                -- 1 is the first
    seen_at TEXT NOT NULL,                  -- when it was first seen
    title TEXT,                             -- headline of this revision
    fingerprint TEXT NOT NULL,              -- fingerprint of title and text, with a version byte
    text_fingerprint TEXT NOT NULL,         -- fingerprint of the text alone
    weight TEXT,                            -- how much it differs from the one before
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
    retry_at TEXT,                          -- when it is fetched again
    attempts INTEGER NOT NULL DEFAULT 0,    -- failures since it was last read
    article_id INTEGER REFERENCES articles(id), -- the article it leads to
    title TEXT,                             -- what its listing said
    published TEXT,                         -- what its listing said
    modified TEXT,                          -- what its listing said
    authors TEXT,                           -- what its listing said, as JSON
    summary TEXT,                           -- what its listing said
    language TEXT,                          -- what its listing said
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


@migrations()
def m001_first_tables(db: Database) -> None:
    """Sources, listings, the ledger, visits, articles with revisions, texts, authors, tags, images, evidence, captures."""
    _run(db, TABLES)
    _run(db, INDEXES)


def _run(db: Database, statements: str) -> None:
    # Not executescript(): it would commit the transaction that the migration runs in.
    statement = ""
    for line in statements.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""


def migrate(db: Database) -> None:
    """Bring the file up to the present schema; each step and its record are one transaction."""
    migrations.apply(db)


def descriptions(db: Database) -> dict[str, tuple[str, dict[str, str]]]:
    """Table -> (what it holds, column -> what it means), read from the comments that the file itself keeps."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for name, sql in db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql LIKE '%--%'"):
        first, *lines = sql.splitlines()
        columns = {}
        for line in lines:
            if match := re.match(r"\s*(\w+)\s.*?--\s*(.+?)\s*$", line):
                columns[match[1]] = match[2]
        found[name] = (first.partition("--")[2].strip(), columns)
    return found
