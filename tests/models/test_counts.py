"""What a profile says in numbers costs the same however much its owner wrote."""

from datetime import datetime

from sqlalchemy import insert

from models.actors import GROUP, Actor
from models.communities import NOWHERE, OPEN, Community
from models.engine import Database
from models.posts import COMMUNITY
from models.queries import actors
from models.queries.actors import MOST_COUNTED
from models.writes import posts
from models.writes.posts import NewPost
from tests.support.clock import FakeClock


async def test_posts_are_counted_up_to_a_bound_and_not_beyond(database: Database) -> None:
    """T103: at the bound, and one above it."""
    at = FakeClock().now()
    rows = [_post(number, at) for number in range(1, MOST_COUNTED + 2)]
    async with database.write() as tx:
        group = {"uri": "u", "url": "u", "inbox_url": "i", "type": GROUP, "username": "a", "host": "h"}
        await tx.execute(insert(Actor).values(id=7, created_at=at, **group))
        own = {"is_local": True, "visibility": OPEN, "scope": NOWHERE}
        await tx.execute(insert(Community).values(actor_id=7, created_at=at, **own))
        await posts.add(tx, rows[:1])
        few = (await actors.counts(tx, [7]))[7].posts
        await posts.add(tx, rows[1:-1])
        before = (await actors.counts(tx, [7]))[7].posts
        await posts.add(tx, rows[-1:])
        after = (await actors.counts(tx, [7]))[7].posts

    assert (few, before, after) == (1, MOST_COUNTED, MOST_COUNTED)


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
