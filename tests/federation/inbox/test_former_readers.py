"""A server whose last member has left keeps its copies, and is told what is deleted of them (threats T179)."""

from sqlalchemy import select

from federation.calling_back import CallingBack
from models.outbox import Activity, Delivery
from models.peers import Peer
from tests.federation.inbox.cast import Cast
from tests.support.held_clock import HeldClock


async def owed_deletes(cast: Cast, uri: str) -> list[bytes]:
    """The Deletes of a post that partner.test is owed."""
    await CallingBack(cast.home.services.runtime).step()
    statement = (
        select(Activity.payload)
        .join(Delivery, Delivery.activity_id == Activity.id)
        .join(Peer, Peer.id == Delivery.peer_id)
        .where(Peer.host == "partner.test", Activity.type.in_(("Delete", "Announce")))
    )
    async with cast.home.db.read() as tx:
        found = [row[0] for row in await tx.select(statement)]
    return [one for one in found if uri.encode() in one and b'"Tombstone"' in one]


async def leave(cast: Cast) -> None:
    follow = {"type": "Follow", "actor": cast.bob.actor.uri, "object": cast.bob.community}
    assert await cast.say(cast.bob.actor, cast.bob.actor.activity("Undo", object=follow)) == "processed"


async def test_what_is_deleted_after_the_last_member_left_is_told(cast: Cast, clock: HeldClock) -> None:
    """Once, by its author, with nothing in it but its id; of what came there later not a word."""
    got = await cast.alice.say("@sites Before they left")
    await leave(cast)
    clock.advance(seconds=1)
    later = await cast.alice.say("@sites After they left")
    assert await owed_deletes(cast, got["uri"]) == []

    for status in (got, later):
        await cast.alice.delete(f"/api/v1/statuses/{status['id']}")

    (told,) = await owed_deletes(cast, got["uri"])
    assert (b"/users/alice" in told, b"Before" in told) == (True, False)
    assert await owed_deletes(cast, later["uri"]) == []


async def test_who_has_come_back_is_told_as_every_member_is(cast: Cast) -> None:
    """By the community and, since nobody knows their software, by the author; not once more."""
    got = await cast.alice.say("@sites Before they left")
    await leave(cast)
    await cast.say(cast.bob.actor, cast.bob.follow())

    await cast.alice.delete(f"/api/v1/statuses/{got['id']}")

    told = await owed_deletes(cast, got["uri"])
    assert [b'"Announce"' in one for one in told] == [False, True]
