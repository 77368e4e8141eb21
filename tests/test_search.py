"""Searching an archive: words, filters, order, snippets, counts over time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from archive import Archive
from archive.errors import QueryError
from archive.records import Answer, Article, Outcome, Visit
from archive.schema import SEARCH
from archive.search import RANKED, Count, Hit, count, numbers, register, search, timeline
from archive.segment import indexed

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def filed(archive: Archive, number: int, source: str, **fields: object) -> None:
    url = f"https://{source}.test/story-{number}"
    article = Article(url=url, **fields)  # type: ignore[arg-type]
    answer = Answer(final_url=url, status=200)
    archive.record(
        Visit(url=url, source=source, at=NOW, outcome=Outcome.READ, reason="read", answer=answer, article=article)
    )


@pytest.fixture
def archive() -> Iterator[Archive]:
    with Archive(":memory:", writable=True) as archive:
        filed(
            archive, 1, "post", title="Flood in Phnom Penh", text="Water rose in the city. The mayor spoke.",
            published="2017-11-27T08:15+07:00", language="en", authors=("Sok Dara", "AFP"),
        )  # fmt: skip
        filed(
            archive, 2, "post", title="Budget", text="The flood of numbers did not stop.\n\nA flood it was.",
            published="2017-12-01", language="en", authors=("Flood Mary",),
        )  # fmt: skip
        filed(archive, 3, "times", title="ទឹកជំនន់", text="ទឹកជំនន់នៅភ្នំពេញ បានស្រកវិញ។", published="2017-11", language="km")
        filed(archive, 4, "times", title="Undated", text="An undated flood.", language="en")
        yield archive


def ids(hits: list[Hit]) -> list[int]:
    return [hit.id for hit in hits]


def test_a_hit_tells_what_a_list_shows(archive: Archive) -> None:
    """A hit holds the article's facts and a passage of the printed text with marks."""
    (hit,) = search(archive.db, "mayor")
    assert hit.score is not None
    assert hit == Hit(
        id=1,
        source="post",
        url="https://post.test/story-1",
        title="Flood in Phnom Penh",
        published="2017-11-27T08:15+07:00",
        language="en",
        authors=("Sok Dara", "AFP"),
        snippet="Water rose in the city. The [mayor] spoke.",
        score=hit.score,
    )


def test_headlines_come_first(archive: Archive) -> None:
    """Best first: the headline weighs more than the text, and scores fall."""
    hits = search(archive.db, "flood")
    assert ids(hits)[0] == 1
    assert set(ids(hits)) == {1, 2, 4}
    scores = [hit.score for hit in hits if hit.score is not None]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("title:flood", [1]),
        ("byline:flood", [2]),
        ("text:flood", [2, 4]),
        ("ភ្នំពេញ", [3]),
        ("ជំនន់", [3]),
        ("flood NOT budget", [1, 4]),
        ("flood AND (mayor OR undated)", [1, 4]),
        ('"flood it was"', [2]),
        ("absent", []),
    ],
)
def test_columns_and_operators(archive: Archive, words: str, found: list[int]) -> None:
    """The search language reaches the index."""
    assert sorted(ids(search(archive.db, words))) == found
    assert count(archive.db, words) == len(found)
    assert list(numbers(archive.db, words)) == found


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [1, 2, 3, 4]),
        ({"source": "post"}, [1, 2]),
        ({"language": "km"}, [3]),
        ({"from_": "2017"}, [1, 2, 3]),
        ({"to": "2017"}, [1, 2, 3]),
        ({"from_": "2017-11", "to": "2017-11"}, [1, 3]),
        ({"from_": "2017-11-27", "to": "2017-11-27"}, [1, 3]),
        ({"from_": "2017-11-28"}, [2, 3]),
        ({"from_": "2017-12"}, [2]),
        ({"to": "2017-11-30"}, [1, 3]),
        ({"to": "2016"}, []),
        ({"from_": "2018"}, []),
        ({"source": "post", "to": "2017-11"}, [1]),
    ],
)
def test_filters(archive: Archive, filters: dict[str, str], found: list[int]) -> None:
    """Both ends of a period belong to it; "2017-11" may be any of its days; what has no date is in no period."""
    assert list(numbers(archive.db, **filters)) == found
    wanted = [number for number in found if number != 3]
    assert sorted(ids(search(archive.db, "flood", **filters))) == wanted  # type: ignore[arg-type]


def test_pages_do_not_overlap(archive: Archive) -> None:
    """Limit and offset cut one stable order into pages."""
    whole = ids(search(archive.db, "flood"))
    assert [ids(search(archive.db, "flood", limit=1, offset=n)) for n in range(4)] == [*[[n] for n in whole], []]


def test_very_common_words_come_newest_first(archive: Archive) -> None:
    """Past the number of hits that can be ranked at once, the newest come first, without a score."""
    rows = [(number, indexed("common")) for number in range(100, 101 + RANKED)]
    archive.db.conn.executemany("INSERT INTO search (rowid, title, text, byline) VALUES (?, '', ?, '')", rows)
    archive.db.conn.executemany(
        "INSERT INTO articles (id, source_id, url, kind, words, revision_id, first_seen_at, last_seen_at)"
        " VALUES (?, 'post', 'https://post.test/x', 'article', 1, 1, '', '')",
        [(number,) for number, _ in rows],
    )
    hits = search(archive.db, "common", limit=3)
    assert [(hit.id, hit.score) for hit in hits] == [(100 + RANKED - n, None) for n in range(3)]


@pytest.mark.parametrize("date", ["2017-13", "2017-1", "yesterday", "2017-11-27T08:00", "", "2017-00", "2017-01-32"])
def test_a_bad_date_is_named(archive: Archive, date: str) -> None:
    """A bound that is no date is one line that shows how to write it."""
    with pytest.raises(QueryError, match="is not a date: write 2017, 2017-11 or 2017-11-27"):
        search(archive.db, "flood", from_=date)


def test_timeline(archive: Archive) -> None:
    """Articles are counted by period and newspaper; what has no such date is counted apart, not guessed."""
    assert timeline(archive.db) == [
        Count(None, "times", 1),
        Count("2017-11", "post", 1),
        Count("2017-11", "times", 1),
        Count("2017-12", "post", 1),
    ]
    assert timeline(archive.db, "flood", "year", source="post") == [Count("2017", "post", 2)]
    assert timeline(archive.db, by="day", source="times") == [Count(None, "times", 2)]


def test_functions_for_sql() -> None:
    """In SQL, a search matches, a mistake finds nothing and can be explained, and a snippet is safe HTML."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(SEARCH)
    register(connection)
    text = "<script>alert(1)</script> the flood"
    connection.execute("INSERT INTO search (rowid, title, text, byline) VALUES (7, '', ?, '')", (indexed(text),))

    def rows(words: str | None) -> list[int]:
        query = "SELECT rowid FROM search WHERE search MATCH morgue_match(?)"
        return [row[0] for row in connection.execute(query, (words,))]

    assert rows("flood") == [7]
    assert [rows(words) for words in (None, "", '"flood', "absent", "AND", "&")] == [[]] * 6
    ask = "SELECT morgue_problem(?)"
    assert connection.execute(ask, ("flood",)).fetchone() == (None,)
    assert "quotation mark" in connection.execute(ask, ('"flood',)).fetchone()[0]
    snippet = connection.execute("SELECT morgue_snippet(?, ?)", (text, "flood")).fetchone()[0]
    assert snippet == "&lt;script&gt;alert(1)&lt;/script&gt; the <mark>flood</mark>"
    assert connection.execute("SELECT morgue_snippet(?, ?)", ("<b>", '"')).fetchone() == ("&lt;b&gt;",)
    assert connection.execute("SELECT morgue_snippet(NULL, NULL)").fetchone() == ("",)
    connection.close()
