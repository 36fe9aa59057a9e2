"""How PostgreSQL reads among many posts: words by the index or along the key, and pages by a plan that is made once."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Integer, String, column, insert, select, table, text

from models.actors import GROUP, PERSON, Actor
from models.communities import EVERYWHERE, OPEN, Community
from models.engine import Database, ReadTx, WriteTx
from models.posts import COMMUNITY, Post
from models.queries import communities, feeds, search
from models.queries.paging import Page
from models.viewers import Person

pytestmark = pytest.mark.postgres

_NOW = datetime(2026, 11, 30, tzinfo=UTC)
_POSTS = 20_000
_RARE = 20
"""Posts with the rare word."""
_MORE_THAN_CUSTOM = 8
"""PostgreSQL plans a prepared statement with its values five times, and after that for any values."""
_COMMUNITY, _READER = 1, 2
_AUTHORS = 40
"""The reader is one of them."""


@pytest.fixture
async def many_posts(migrated_postgres_url: str) -> AsyncIterator[Database]:
    """A community with thousands of posts that share a word; a few have a second one."""
    db = Database(migrated_postgres_url)
    columns = [column.name for column in Post.__table__.columns]
    own = {
        "id": "number",
        "uri": "'https://a.test/' || number",
        "author_id": f"{_READER} + number % {_AUTHORS}",
        "words": f"to_tsvector('simple', 'night zqc1' || CASE WHEN number % {_POSTS // _RARE} = 0 "
        "THEN ' xylophone' ELSE '' END)",
    }
    wrapper = {
        "id": f"number - {_POSTS}",
        "uri": "'https://a.test/wrapped/' || number",
        "author_id": str(_COMMUNITY),
        "shared_post_id": "number",
        "words": "''",
    }
    async with db.write() as tx:
        await tx.execute(insert(Actor), [_actor(_COMMUNITY, GROUP)])
        await tx.execute(insert(Actor), [_actor(_READER + number, PERSON) for number in range(_AUTHORS)])
        await tx.execute(insert(Community).values(
            actor_id=_COMMUNITY, is_local=True, visibility=OPEN, scope=EVERYWHERE, created_at=_NOW))  # fmt: skip
        await tx.execute(insert(Post).values(
            id=1, uri="https://a.test/1", url="https://a.test", author_id=_READER, audience=COMMUNITY,
            community_id=_COMMUNITY, published_at=_NOW, received_at=_NOW))  # fmt: skip
        copied = ", ".join(own.get(name, name) for name in columns)
        await tx.execute(text(
            f"INSERT INTO posts ({', '.join(columns)}) SELECT {copied} FROM posts, "
            f"generate_series(2, {_POSTS}) AS number WHERE id = 1"))  # fmt: skip
        wrapped = ", ".join(wrapper.get(name, own.get(name, name)) for name in columns)
        await tx.execute(text(
            f"INSERT INTO posts ({', '.join(columns)}) SELECT {wrapped} FROM posts, "
            f"generate_series(1, {_POSTS}) AS number WHERE id = 1"))  # fmt: skip
        await tx.execute(text("ANALYZE"))
    yield db
    await db.close()


async def test_a_rare_word_is_found_by_its_index_and_a_frequent_one_along_the_key(many_posts: Database) -> None:
    async with many_posts.write() as tx:
        for word, expected_by_index, at_most in (("xylophone", True, _RARE), ("night", False, search.EXAMINED)):
            for _ in range(_MORE_THAN_CUSTOM):
                scans, rows = await _index_scans(tx), await _rows_by_key(tx)
                found = await _found(tx, word)

                assert len(found) == 20, word
                assert (await _index_scans(tx) > scans) == expected_by_index, word
                # Each post that the word leads to is read again by its key, and those found once more.
                assert await _rows_by_key(tx) - rows <= 4 * at_most, word


async def _threads(tx: ReadTx, page: Page) -> list[int]:
    return [row.post.id for row in await communities.threads(tx, _COMMUNITY, Person(_READER), page)]


async def _wrappers(tx: ReadTx, page: Page) -> list[int]:
    """Of the one author among many who has half of all: the plan for that one looks better than the one for any."""
    return [row.post.id for row in await feeds.community_page(tx, _COMMUNITY, Person(_READER), page, _NOW)]


@pytest.mark.parametrize("page_of", [_threads, _wrappers])
async def test_a_page_is_planned_a_few_times_and_not_at_each_use(
    many_posts: Database, page_of: Callable[[ReadTx, Page], Awaitable[list[int]]]
) -> None:
    page = Page(max_id=None, since_id=None, min_id=None, limit=15)
    uses = 2 * _MORE_THAN_CUSTOM
    async with many_posts.read() as tx:
        for _ in range(uses):
            assert await page_of(tx, page) == list(range(_POSTS, _POSTS - 15, -1))
        made = await tx.select(
            select(column("custom_plans", Integer), column("generic_plans", Integer))
            .select_from(table("pg_prepared_statements"))
            .where(column("statement", String).contains("ORDER BY"))
        )

    assert [tuple(row) for row in made] == [(5, uses - 5)]


def _actor(number: int, type_: str) -> dict[str, object]:
    uri = f"https://a.test/actors/{number}"
    return {
        "id": number, "uri": uri, "type": type_, "username": f"a{number}", "host": "a.test", "url": uri,
        "inbox_url": f"{uri}/inbox", "created_at": _NOW,
    }  # fmt: skip


async def _found(tx: WriteTx, word: str) -> list[int]:
    viewer = Person(_READER)
    known = await search.places(tx, viewer)
    rows = await search.posts_page(tx, search.Sought(phrases=[word]), viewer, known, _NOW, limit=20)
    return [row.id for row in rows]


async def _index_scans(tx: WriteTx) -> int:
    return await _counted(tx, "pg_stat_get_xact_numscans", "ix_posts_words")


async def _rows_by_key(tx: WriteTx) -> int:
    return await _counted(tx, "pg_stat_get_xact_tuples_returned", "pk_posts")


async def _counted(tx: WriteTx, function: str, index: str) -> int:
    """What this transaction did with an index, as the database counts it."""
    return int((await tx.execute(text(f"SELECT {function}('{index}'::regclass)"))).scalar_one())
