"""What a person's policy sets aside, as a condition beside the tastes; and who waits because of it.

Judged when notifications are read, shown or pushed: whom somebody begins to follow waits no longer. Never set aside are
those whom one follows, administrators of this server, the server itself, and what is nobody's doing (ends of polls).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, not_, or_, select

from models.accounts import ADMIN, Account
from models.actors import PERSON, Actor, Follow
from models.base import UtcDateTime
from models.conditions import another, some
from models.engine import ReadTx
from models.notifications import FAVOURITE, FOLLOW, FOLLOW_REQUEST, FOR_DECIDERS, MENTION
from models.policies import ACCEPT, LetThrough, NotificationPolicy
from models.posts import DIRECT, Post

NEW_FOR = timedelta(days=30)
"""How long an account is new."""

JUDGED = (MENTION, FOLLOW, FOLLOW_REQUEST, FAVOURITE)
"""Types that are somebody's doing towards the person; what one asked to hear of is never set aside."""

_NEW_SINCE = bindparam("new_since", type_=UtcDateTime())


class Noticed(msgspec.Struct, frozen=True):
    """The columns of a notification that a policy looks at."""

    person_id: Any
    type: Any
    by_id: Any
    post_id: Any


def new_since(at: datetime) -> dict[str, object]:
    """The parameter of a statement with `set_aside`, beside those of tastes."""
    return {"new_since": at - NEW_FOR}


def set_aside(one: Noticed, *treatments: str) -> ColumnElement[bool]:
    """The person's policy treats the notification in one of these ways: `filter`, `drop`."""
    policy, sender, following, chosen, admin = (
        another(NotificationPolicy, "set_aside_policy"),
        another(Actor, "set_aside_sender"),
        another(Follow, "set_aside_following"),
        another(LetThrough, "set_aside_chosen"),
        another(Account, "set_aside_admin"),
    )
    follows_sender = some(
        following, following.follower_id == one.person_id, following.target_id == one.by_id, following.is_accepted
    )
    return and_(
        one.type.in_(JUDGED),
        some(policy, policy.actor_id == one.person_id, _matches(policy, one, treatments)),
        some(sender, sender.id == one.by_id, sender.type == PERSON),
        not_(follows_sender),
        not_(some(chosen, chosen.actor_id == one.person_id, chosen.sender_id == one.by_id)),
        not_(some(admin, admin.actor_id == one.by_id, admin.role == ADMIN)),
        one.type.not_in(FOR_DECIDERS),
    )


def _matches(policy: Any, one: Noticed, treatments: Sequence[str]) -> ColumnElement[bool]:
    follower, sender, post, parent = (
        another(Follow, "matches_follower"),
        another(Actor, "matches_sender"),
        another(Post, "matches_post"),
        another(Post, "matches_parent"),
    )
    follows_back = some(
        follower, follower.follower_id == one.by_id, follower.target_id == one.person_id, follower.is_accepted
    )
    is_new = some(sender, sender.id == one.by_id, sender.created_at > _NEW_SINCE)
    answers = some(parent, parent.id == post.parent_id, parent.author_id == one.person_id)
    is_private = some(post, post.id == one.post_id, post.audience == DIRECT, not_(answers))
    return or_(
        # Whom the person follows was left out already.
        policy.for_not_following.in_(treatments),
        and_(policy.for_not_followers.in_(treatments), not_(follows_back)),
        and_(policy.for_new_accounts.in_(treatments), is_new),
        and_(policy.for_private_mentions.in_(treatments), one.type == MENTION, is_private),
    )


class PolicyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One person's policy, in the order of the columns."""

    for_not_following: str = ACCEPT
    for_not_followers: str = ACCEPT
    for_new_accounts: str = ACCEPT
    for_private_mentions: str = ACCEPT
    for_limited_accounts: str = ACCEPT


_FIELDS = PolicyRow.__struct_fields__


async def policy_of(tx: ReadTx, actor_id: int) -> PolicyRow:
    """What somebody decided."""
    columns = [getattr(NotificationPolicy, name) for name in _FIELDS]
    row = (await tx.select(select(*columns).where(NotificationPolicy.actor_id == actor_id))).first()
    return PolicyRow(**dict(zip(_FIELDS, row, strict=True))) if row else PolicyRow()
