"""What a partner that newly joins a community gets of the time before: nothing, unless hosts opened that history."""

from typing import Final

from sqlalchemy import BigInteger, Integer, String, and_, bindparam, func, insert, or_, select

from federation.vocab.outgoing import MICROBLOG_SOFTWARE, Outgoing
from models.actors import Actor, Follow
from models.communities import Community
from models.conditions import another, some
from models.engine import Columns, WriteTx
from models.outbox import Activity, Delivery
from models.peers import Peer
from models.posts import Post
from models.sharing import shared_with_peer, withholds_history
from models.statements import lasting

MOST: Final = 500
"""The newest announcements of posts that are still there."""


async def add_history(tx: WriteTx, answer: Outgoing, most: int = MOST) -> None:
    """Owe what a community announced so far to the server of its new member, behind the answer that it is given here.

    Nothing where somebody else there was a member before: then that server has it. What was announced is looked for
    only where it is owed, since everybody who joins comes by here.
    """
    (member_id,) = answer.to_actors
    heir = (await tx.select(_HEIR(), {"of_community": answer.actor_id, "for_member": member_id})).one_or_none()
    if heir is not None:
        peer_id, inbox_url = heir
        values = {"to_peer": peer_id, "to_inbox": inbox_url, "most": most, "at": answer.at}
        await tx.execute(_HISTORY(), values | {"of_community": answer.actor_id})


_COMMUNITY_ID = bindparam("of_community", type_=BigInteger())


def _heir() -> Columns:
    """The server of the member and where it takes things in, if it is to have the history."""
    joined, earlier = Follow, another(Follow, "joined_earlier")
    first = ~some(
        earlier,
        earlier.target_id == joined.target_id,
        earlier.follower_peer_id == joined.follower_peer_id,
        earlier.is_accepted,
        or_(
            earlier.accepted_at < joined.accepted_at,
            # Of those who join in one instant the first brings it, or none would.
            and_(earlier.accepted_at == joined.accepted_at, earlier.id < joined.id),
        ),
    )
    return (
        select(Peer.id, func.coalesce(Actor.shared_inbox_url, Actor.inbox_url))
        .select_from(joined)
        .join(Actor, Actor.id == joined.follower_id)
        .join(Peer, Peer.id == Actor.peer_id)
        .join(Community, Community.actor_id == joined.target_id)
        .where(
            joined.follower_id == bindparam("for_member", type_=BigInteger()),
            joined.target_id == _COMMUNITY_ID,
            Community.opens_history,
            ~withholds_history(Peer.id),
            func.coalesce(Peer.software, "").not_in(MICROBLOG_SOFTWARE),
            first,
        )
    )


def _owed() -> Columns:
    to_peer = bindparam("to_peer", type_=BigInteger())
    return (
        select(
            to_peer,
            _COMMUNITY_ID,
            Activity.id,
            bindparam("to_inbox", type_=String()),
            bindparam("at", type_=Delivery.created_at.type),
        )
        .select_from(Activity)
        .join(Post, Post.id == Activity.post_id)
        .where(
            Activity.id.in_(_newest()),
            some(Community, Community.actor_id == _COMMUNITY_ID, shared_with_peer(Community, to_peer, Post.label)),
        )
        .order_by(Activity.id)
    )


def _newest() -> Columns:
    return (
        select(Activity.id)
        .join(Post, Post.id == Activity.post_id)
        .where(Activity.actor_id == _COMMUNITY_ID, Activity.in_outbox, Activity.has_content, Post.deleted_at.is_(None))
        .order_by(Activity.id.desc())
        .limit(bindparam("most", type_=Integer()))
    )


_HEIR = lasting(_heir)
_HISTORY = lasting(
    lambda: insert(Delivery).from_select(["peer_id", "order_key", "activity_id", "inbox_url", "created_at"], _owed())
)
