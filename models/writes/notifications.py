"""Writing notifications, each fact once for each recipient."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import (
    ColumnElement,
    Executable,
    String,
    bindparam,
    delete,
    insert,
    literal,
    not_,
    or_,
    select,
    union_all,
)

from models.actors import Actor, Follow
from models.base import UtcDateTime
from models.communities import HOST_ROLE, MODERATOR_ROLE
from models.dialect import as_number, insert_or_ignore, numbers
from models.engine import WriteTx
from models.interactions import Like
from models.notifications import FOLLOW_REQUEST, MENTION, STATUS, UPDATE, Notification
from models.queries.notifications import for_who_asked_discreetly
from models.signals import TOLD, TOLD_OF
from models.statements import lasting_by_dialect
from models.writes import pushes

_SAID = ("recipient_id", "type", "actor_id", "post_id", "created_at")
_GIVEN = (*_SAID, "report_id")
_COLUMNS = [*_SAID, "owes_push"]


def row(
    *,
    recipient_id: int,
    type_: str,
    actor_id: int,
    at: datetime,
    post_id: int | None = None,
    report_id: int | None = None,
) -> dict[str, object]:
    """One notification for `add`."""
    return {
        "recipient_id": recipient_id,
        "type": type_,
        "actor_id": actor_id,
        "post_id": post_id,
        "created_at": at,
        "report_id": report_id,
    }


async def add(tx: WriteTx, rows: Sequence[dict[str, object]]) -> None:
    """Insert notifications; one that is there already stays as it is."""
    if rows:
        given = {name: bindparam(name, type_=getattr(Notification, name).type) for name in _GIVEN}
        made = select(*given.values(), pushes.has_subscription(given["recipient_id"]))
        await tx.execute(insert_or_ignore(tx, Notification).from_select([*_GIVEN, "owes_push"], made), list(rows))
        tx.wake(pushes.PUSHES)
        for one in rows:
            tx.signal(TOLD, cast(int, one["recipient_id"]), cast(datetime, one["created_at"]))


def telling(
    *, at: datetime, author_id: int = 0, post_id: int = 0, named: Sequence[int] = (), shown: tuple[int, int] = (0, 0)
) -> dict[str, object]:
    """What one new post tells people, for `tell`: the `named` local people get a `mention` of it by its author.

    `shown`: a community and its wrapper around the post, for those who asked to hear of new posts there (`status`).
    """
    return {
        "named": json.dumps(list(named)),
        "author": author_id,
        "post": post_id,
        "community": shown[0],
        "wrapper": shown[1],
        "at": at,
    }


async def tell(tx: WriteTx, tellings: Sequence[dict[str, object]]) -> None:
    """Tell of new posts, in one statement, however many there are and however many hear of them; each fact once."""
    if tellings:
        await tx.execute(_statement(tx), list(tellings))
        tx.wake(pushes.PUSHES)
        for one in tellings:
            for named in (one["post"], one["wrapper"]):
                if named:
                    tx.signal(TOLD_OF, cast(int, named), cast(datetime, one["at"]))


@lasting_by_dialect
def _statement(tx: WriteTx) -> Executable:
    number, at = Notification.actor_id.type, bindparam("at", type_=UtcDateTime())
    named = numbers(tx, bindparam("named", type_=String()))
    person = as_number(tx, named.c.value)
    mentions = select(
        person,
        literal(MENTION),
        bindparam("author", type_=number),
        bindparam("post", type_=number),
        at,
        pushes.has_subscription(person),
    ).select_from(named)
    community = bindparam("community", type_=number)
    watchers = select(
        Follow.follower_id,
        literal(STATUS),
        community,
        bindparam("wrapper", type_=number),
        at,
        pushes.has_subscription(Follow.follower_id),
    ).where(Follow.target_id == community, Follow.is_accepted, Follow.notifies, Follow.follower_peer_id.is_(None))
    told: Executable = insert_or_ignore(tx, Notification).from_select(_COLUMNS, union_all(mentions, watchers))
    return told


async def tell_admirers(tx: WriteTx, *, author_id: int, post_id: int, at: datetime) -> None:
    """Those here who like a post hear that it says something else now, once."""
    heard = select(Notification.recipient_id).where(Notification.post_id == post_id, Notification.type == UPDATE)
    admirers = (
        select(
            Like.actor_id,
            literal(UPDATE),
            literal(author_id),
            literal(post_id),
            literal(at, UtcDateTime()),
            pushes.has_subscription(Like.actor_id),
        )
        .join(Actor, Actor.id == Like.actor_id)
        .where(
            Like.post_id == post_id,
            Actor.peer_id.is_(None),
            Like.actor_id != author_id,
            Like.actor_id.not_in(heard),
        )
    )
    await tx.execute(insert(Notification).from_select(_COLUMNS, admirers))
    tx.wake(pushes.PUSHES)
    tx.signal(TOLD_OF, post_id, at)


async def clear(tx: WriteTx, recipient_id: int) -> None:
    """Remove all of somebody's notifications."""
    await tx.execute(delete(Notification).where(*_of(recipient_id)))


async def dismiss(tx: WriteTx, recipient_id: int, notification_id: int) -> bool:
    """Remove one; False where it is not theirs or not there."""
    result = await tx.execute(delete(Notification).where(*_of(recipient_id), Notification.id == notification_id))
    return result.rowcount > 0


def _of(recipient_id: int) -> tuple[ColumnElement[bool], ...]:
    """Somebody's own: who acts as a community has no part in what its discreet authors are told."""
    return Notification.recipient_id == recipient_id, not_(for_who_asked_discreetly())


async def withdraw(tx: WriteTx, *, recipient_id: int, type_: str, actor_id: int, post_id: int | None = None) -> None:
    """What was notified is no longer so: a like taken back, a request answered."""
    same_post = Notification.post_id == post_id if post_id is not None else Notification.post_id.is_(None)
    await tx.execute(
        delete(Notification).where(
            Notification.recipient_id == recipient_id,
            Notification.type == type_,
            Notification.actor_id == actor_id,
            same_post,
        )
    )


async def withdraw_request(tx: WriteTx, *, applicant_id: int, target_id: int) -> None:
    """Somebody's request to follow or to join is answered, or taken back: it is off the lists of all who were told."""
    led = (Follow.target_id == target_id, Follow.is_accepted, Follow.role.in_((HOST_ROLE, MODERATOR_ROLE)))
    await tx.execute(
        delete(Notification).where(
            or_(
                Notification.recipient_id == target_id,
                Notification.recipient_id.in_(select(Follow.follower_id).where(*led)),
            ),
            Notification.type == FOLLOW_REQUEST,
            Notification.actor_id == applicant_id,
        )
    )


async def dismiss_all(tx: WriteTx, recipient_id: int, notification_ids: Sequence[int]) -> None:
    """Remove those of them that are theirs."""
    if notification_ids:
        await tx.execute(delete(Notification).where(*_of(recipient_id), Notification.id.in_(notification_ids)))
