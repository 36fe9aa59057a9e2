"""Threads of a community of ours that it shows by their ids, to members whose software knows no groups.

What becomes of a thread (it is taken out, deleted, put back) is written in many places; here is read what is to be said
of it since.
"""

import msgspec
from sqlalchemy import Boolean, ColumnElement, and_, bindparam, case, or_, select

from models.actors import Actor
from models.base import aliased
from models.communities import NOWHERE, OPEN, Community
from models.conditions import some
from models.engine import Columns, ReadTx, WriteTx
from models.moderation import Removal
from models.posts import Post
from models.statements import lasting, unplanned

MOST = 100
"""In one transaction: the newest. More come and go at once where somebody is banned with all that they wrote."""


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


_Wrapper = aliased(Post, name="wrapper")


def _is_otherwise(shows: ColumnElement[bool]) -> ColumnElement[bool]:
    """Such members see it otherwise than the community's own, and are to be told: of what is back only where the
    community shows them anything at all (`shows`).
    """
    is_gone, is_undone = _Wrapper.deleted_at.is_not(None), _Wrapper.boost_undone_at.is_not(None)
    # As the condition of ix_posts_boosts_to_settle: what was told is not read again.
    return and_(_Wrapper.boost_id.is_not(None), is_gone != is_undone, or_(is_gone, shows))


def _differing() -> Columns:
    wrapper, thread = _Wrapper, aliased(Post, name="thread")
    is_gone = wrapper.deleted_at.is_not(None)
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
        .where(wrapper.author_id == bindparam("of_community"))
        .where(_is_otherwise(unplanned(bindparam("shows", type_=Boolean()))))
        .order_by(case((thread.id == bindparam("first"), 0), else_=1), wrapper.id.desc())
        .limit(MOST)
        # What somebody else is about to say at this moment, nobody says twice.
        .with_for_update(skip_locked=True, of=wrapper)
    )


_DIFFERING = lasting(_differing)


async def differing(tx: WriteTx, community_id: int, *, shows: bool, first: int) -> list[Boost]:
    """Threads that such members see otherwise than the community's own, and are to be told of: `first` (the number of
    its post) before all others, then the newest, `MOST` at once. `shows`: they are told of threads there.
    """
    values = {"of_community": community_id, "shows": shows, "first": first}
    return [Boost(*row) for row in await tx.select(_DIFFERING(), values)]


UNSETTLED = lasting(
    lambda: (
        select(_Wrapper.author_id)
        .join(Community, Community.actor_id == _Wrapper.author_id)
        .join(Actor, Actor.id == _Wrapper.author_id)
        .where(
            _is_otherwise(and_(Community.visibility == OPEN, Community.scope != NOWHERE)),
            _Wrapper.shared_post_id.is_not(None),
            Community.is_local,
            Actor.deleted_at.is_(None),
        )
        .order_by(_Wrapper.author_id)
        .limit(1)
    )
)
"""A community of ours with such threads."""


async def unsettled(tx: ReadTx) -> int | None:
    """A community of ours with threads that such members are still to be told of; None: there is none."""
    found: int | None = await tx.scalar(UNSETTLED())
    return found
