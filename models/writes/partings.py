"""Somebody of a partner is a member of a community of ours no more: what follows where they were their firm's last one.

By whatever way they have gone: they left, were removed, have left their firm or were deleted. Nothing of what waits
goes there any more, and the copies over there are called back (product section 3, threats T153, T154).
"""

from datetime import datetime

from sqlalchemy import select

from models.actors import Follow
from models.communities import Community
from models.engine import ReadTx, WriteTx
from models.queries import follows as reading
from models.writes import follows, outbox, retractions


async def was_one(tx: WriteTx, community_id: int, peer_id: int, at: datetime) -> None:
    """A membership has ended; nothing follows while somebody else of the peer is a member."""
    if await reading.members_at(tx, community_id, peer_id) == 0:
        await outbox.drop_content(tx, peer_id=peer_id, order_key=community_id)
        await retractions.of_last_member(tx, community_id, peer_id, at)


async def end_all_of(tx: WriteTx, actor_id: int, at: datetime) -> None:
    """Somebody of a partner follows nobody any more and is a member nowhere."""
    joined = await joined_by(tx, actor_id)
    await follows.end_all_of(tx, actor_id)
    await were_all(tx, joined, at)


async def joined_by(tx: ReadTx, actor_id: int) -> list[tuple[int, int]]:
    """Communities of ours in which somebody of a partner is a member, each with the id of the partner."""
    statement = (
        select(Follow.target_id, Follow.follower_peer_id)
        .join(Community, Community.actor_id == Follow.target_id)
        .where(
            Follow.follower_id == actor_id,
            Follow.is_accepted,
            Follow.follower_peer_id.is_not(None),
            Community.is_local,
        )
        .order_by(Follow.target_id)
    )
    return [(row[0], row[1]) for row in await tx.select(statement)]


async def were_all(tx: WriteTx, joined: list[tuple[int, int]], at: datetime) -> None:
    """These memberships have ended together."""
    # One by one: it is rare, and few communities are shared with one firm.
    for community_id, peer_id in joined:
        await was_one(tx, community_id, peer_id, at)
