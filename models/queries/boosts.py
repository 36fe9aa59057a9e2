"""Threads of a community of ours that it shows by their ids, to members whose software knows no groups.

What becomes of a thread (it is taken out, deleted, put back) is written in many places; here is read what is to be said
of it since.
"""

import msgspec
from sqlalchemy import and_, bindparam, or_, select

from models.base import aliased
from models.conditions import some
from models.engine import Columns, ReadTx
from models.moderation import Removal
from models.posts import Post
from models.statements import lasting

MOST = 500
"""At once: the newest."""


class Boost(msgspec.Struct, frozen=True):
    """A thread and the Announce of its id."""

    wrapper_id: int
    boost_id: int
    post_id: int
    post_uri: str
    label: int
    is_over: bool
    """Not shown here any more, but there; else the other way round."""
    is_told: bool
    """Its author here said to such members by themselves that it is gone."""


def _differing() -> Columns:
    wrapper, thread = aliased(Post, name="wrapper"), aliased(Post, name="thread")
    is_gone, is_undone = wrapper.deleted_at.is_not(None), wrapper.boost_undone_at.is_not(None)
    return (
        select(
            wrapper.id,
            wrapper.boost_id,
            thread.id,
            thread.uri,
            wrapper.label,
            is_gone,
            and_(thread.peer_id.is_(None), ~some(Removal, Removal.post_id == thread.id)),
        )
        .join(thread, thread.id == wrapper.shared_post_id)
        # As the condition of ix_posts_boosts_undone.
        .where(wrapper.author_id == bindparam("of_community"), wrapper.boost_id.is_not(None), or_(is_gone, is_undone))
        .where(or_(and_(is_gone, ~is_undone), and_(~is_gone, is_undone)))
        .order_by(wrapper.id.desc())
        .limit(MOST)
    )


_DIFFERING = lasting(_differing)


async def differing(tx: ReadTx, community_id: int) -> list[Boost]:
    """Threads that such members see otherwise than the community's own, the newest first."""
    return [Boost(*row) for row in await tx.select(_DIFFERING(), {"of_community": community_id})]
