"""New keys for old archives."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive import Archive, schema
from archive.identity import address_key
from archive.records import Answer, Article, Link, Outcome, Visit
from archive.rekeying import rekey
from tests.test_identity import APART, SAME

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://paper.test/a"
PINNED = "2ea69e728571f87e"


def read(url: str, text: str = "The same words of one story, long enough to be known again. ") -> Visit:
    article = Article(url=url, title=f"A title of {url}", text=text * 9, canonical_url=f"{url}?fbclid=1")
    answer = Answer(final_url=url, status=200)
    return Visit(url=url, source="paper", at=NOW, outcome=Outcome.READ, reason="read", article=article, answer=answer)


def test_keys_change_only_together_with_a_migration() -> None:
    """Archives store keys. If this fails: add a migration that calls rekey, then write the new digest here."""
    addresses = [url for key, others in SAME.items() for url in (key, *others)] + [
        url for pair in APART for url in pair
    ]
    keys = "\n".join(address_key(url) for url in sorted(set(addresses)))
    assert hashlib.sha256(keys.encode()).hexdigest()[:16] == PINNED


def test_an_older_archive_gets_the_present_keys(tmp_path: Path) -> None:
    """Opened after an upgrade, every address is found again by its key, and claims of canonical addresses, too."""
    with Archive(tmp_path, writable=True) as archive:
        archive.record(read(URL))
        archive.db.execute("UPDATE links SET key = 'old'")
        archive.db.execute("UPDATE articles SET canonical_key = 'old'")
        archive.db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm008_address_keys'")
    with Archive(tmp_path) as archive:
        assert schema.pending(archive.db) == []
        assert archive.article(URL) is not None
        assert archive.db.execute("SELECT canonical_key FROM articles").fetchone()[0] == address_key(URL)
    assert (tmp_path / "morgue-before-m008.db").exists()


def ledger(archive: Archive) -> list[tuple[str, str, str, int | None]]:
    rows = archive.db.execute("SELECT url, key, state, article_id FROM links ORDER BY id")
    return [(row["url"], row["key"], row["state"], row["article_id"]) for row in rows]


def test_two_rows_that_have_one_key_now_become_one(tmp_path: Path) -> None:
    """The one that holds the article stays, with the visits of both; an address that was only listed goes into it."""
    archive = Archive(":memory:", writable=True)
    feed = "https://paper.test/feed"
    for at, number in enumerate((2, 1, 3)):  # the row that holds the article is the second
        url = f"{URL}?old={number}"
        links = (Link(url=url),)
        archive.record(
            Visit(url=feed, source="paper", at=NOW, outcome=Outcome.LISTED, reason="listed", listing=True, links=links)
        )
        if at > 0:
            archive.record(read(url))
    assert [state for _, _, state, _ in ledger(archive)] == ["wanted", "held", "alias"]
    archive.db.execute("UPDATE links SET url = ?", (URL,))
    rekey(archive.db)
    assert ledger(archive) == [(URL, URL, "held", 1)]
    assert archive.db.execute("SELECT count(*) FROM visits WHERE link_id = 2").fetchone()[0] == 2


def test_two_articles_stay_two() -> None:
    """Other text was filed at what is one address now: both articles are kept, the first is found by the address."""
    archive = Archive(":memory:", writable=True)
    archive.record(read(f"{URL}?old=1"))
    archive.record(read(f"{URL}?old=2", "Quite another story about the harvest and the rain, told by somebody else. "))
    archive.db.execute("UPDATE links SET url = ?", (URL,))
    rekey(archive.db)
    assert ledger(archive) == [(URL, URL, "held", 1), (URL, f"{URL}#2", "held", 2)]
    rekey(archive.db)
    assert [row[3] for row in ledger(archive)] == [1, 2]


def test_what_stays_apart_is_not_asked_for_again() -> None:
    """The second of two articles at what is one address now would be filed as a change of the first one, and back."""
    archive = Archive(":memory:", writable=True)
    archive.record(read(f"{URL}?old=1"))
    archive.record(read(f"{URL}?old=2", "Quite another story about the harvest and the rain, told by somebody else. "))
    archive.db.execute("UPDATE links SET url = ?", (URL,))
    rekey(archive.db)
    later = NOW + timedelta(days=3)
    asked = [link.url for link in archive.wanted("paper", later)]
    assert asked == [URL]


def test_keys_that_change_places_do_not_meet() -> None:
    """The new key of one row is the old key of another, whose key changes as well."""
    archive = Archive(":memory:", writable=True)
    links = tuple(Link(url=f"{URL}{number}") for number in range(4))
    feed = "https://paper.test/feed"
    archive.record(
        Visit(url=feed, source="paper", at=NOW, outcome=Outcome.LISTED, reason="listed", listing=True, links=links)
    )
    before = ledger(archive)
    archive.db.execute("UPDATE links SET key = '#' || id")
    archive.db.execute("UPDATE links SET key = ? || (4 - id)", (URL,))
    rekey(archive.db)
    assert ledger(archive) == before
