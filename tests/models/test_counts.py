"""What a profile says in numbers costs the same however much its owner wrote."""

from datetime import datetime

from sqlalchemy import insert, text, update

from models.actors import GROUP, Actor
from models.communities import NOWHERE, OPEN, Community
from models.engine import Database, WriteTx
from models.posts import COMMUNITY, Post
from models.queries import actors
from models.queries.actors import MOST_COUNTED
from models.writes import posts
from models.writes.posts import NewPost, Wrapped
from tests.support.clock import FakeClock


async def _with_community(tx: WriteTx, at: datetime) -> None:
    group = {"uri": "u", "url": "u", "inbox_url": "i", "type": GROUP, "username": "a", "host": "h"}
    await tx.execute(insert(Actor).values(id=7, created_at=at, **group))
    own = {"is_local": True, "visibility": OPEN, "scope": NOWHERE}
    await tx.execute(insert(Community).values(actor_id=7, created_at=at, **own))


async def test_posts_are_counted_up_to_a_bound_and_not_beyond(database: Database) -> None:
    """T103: at the bound, and one above it."""
    at = FakeClock().now()
    rows = [_post(number, at) for number in range(1, MOST_COUNTED + 2)]
    async with database.write() as tx:
        await _with_community(tx, at)
        await posts.add(tx, rows[:1])
        few = (await actors.counts(tx, [7]))[7].posts
        await posts.add(tx, rows[1:-1])
        before = (await actors.counts(tx, [7]))[7].posts
        await posts.add(tx, rows[-1:])
        after = (await actors.counts(tx, [7]))[7].posts

    assert (few, before, after) == (1, MOST_COUNTED, MOST_COUNTED)


async def test_of_threads_that_came_and_went_only_those_are_looked_through_of_which_nobody_was_told(
    database: Database,
) -> None:
    """R8: the index that is read each minute (`boosts.UNSETTLED`) does not grow with all that was ever taken out."""
    at = FakeClock().now()
    shown, told, gone, back = range(11, 15)
    async with database.write() as tx:
        await _with_community(tx, at)
        await posts.add(tx, [_post(number - 10, at) for number in (shown, told, gone, back)])
        await posts.add(tx, [_wrapper(number, at) for number in (shown, told, gone, back)])
        for numbers, values in (([told, gone], {"deleted_at": at}), ([told, back], {"boost_undone_at": at})):
            await tx.execute(update(Post).where(Post.id.in_(numbers)).values(values))

        entries = await _entries(tx, "ix_posts_boosts_to_settle")

    assert entries == 2


async def _entries(tx: WriteTx, index: str) -> int:
    """How many rows stand in an index of `posts`."""
    await tx.execute(text("ANALYZE posts"))
    if tx.dialect == "sqlite":
        # Its first number.
        found = await tx.execute(text("SELECT stat FROM sqlite_stat1 WHERE idx = :name"), {"name": index})
        return int(found.scalar_one().partition(" ")[0])
    found = await tx.execute(text("SELECT reltuples FROM pg_class WHERE relname = :name"), {"name": index})
    return int(found.scalar_one())


def _wrapper(number: int, at: datetime) -> NewPost:
    """Of the post with this number less ten."""
    wrapped = Wrapped(number - 10, COMMUNITY, 0, None)
    return posts.wrapper(
        wrapped,
        wrapper_id=number,
        uri=f"u/{number}",
        boost_id=number + 10,
        community_id=7,
        peer_id=None,
        at=at,
        received_at=at,
    )


def _post(number: int, at: datetime) -> NewPost:
    return NewPost(
        id=number,
        uri=f"u/{number}",
        url="u",
        author_id=7,
        audience=COMMUNITY,
        community_id=7,
        published_at=at,
        received_at=at,
    )
