"""Reading polls, with what the viewer chose in them."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, or_, select

from models.base import aliased
from models.engine import Columns, ReadTx
from models.gate import Person, ViewerKind, author_is_outside, viewer_values, visible_to_kind
from models.polls import Poll, PollVote
from models.posts import Post
from models.statements import lasting_forms

_Own = aliased(PollVote, name="own_vote")


class PollRow(msgspec.Struct, frozen=True):
    """One poll as stored."""

    post_id: int
    options: list[str]
    counts: list[int]
    voters: int | None
    is_multiple: bool
    hides_totals: bool
    expires_at: datetime | None
    is_ours: bool = True
    """Whether it is this server that counts."""

    def is_over(self, now: datetime) -> bool:
        """Its time has come."""
        return self.expires_at is not None and self.expires_at <= now


class OwnPoll(msgspec.Struct, frozen=True):
    """A poll as one person sees it."""

    poll: PollRow
    own_votes: list[int]
    """Numbers of the options that they chose."""
    is_author: bool
    """It is their own, in which they do not vote."""


POLL_COLUMNS: tuple[Any, ...] = (
    Poll.post_id,
    Poll.options,
    Poll.counts,
    Poll.voters,
    Poll.is_multiple,
    Poll.hides_totals,
    Poll.expires_at,
    Post.peer_id.is_(None),
)
"""Of a `PollRow`, where `polls` is joined with its posts."""


@lasting_forms
def _of_posts(kind: ViewerKind) -> Columns:
    own = and_(_Own.post_id == Poll.post_id, _Own.actor_id == bindparam("viewer_id", type_=BigInteger()))
    return (
        select(*POLL_COLUMNS, author_is_outside(), Post.author_id, _Own.choice)
        .select_from(Poll)
        .join(Post, Post.id == Poll.post_id)
        .outerjoin(_Own, own)
        .where(Poll.post_id.in_(bindparam("ids", expanding=True)), visible_to_kind(kind))
    )


async def of_posts(tx: ReadTx, post_ids: Sequence[int], viewer: Person) -> dict[int, OwnPoll]:
    """The polls of posts that the viewer may see, by the posts' ids; one statement."""
    if not post_ids:
        return {}
    found: dict[int, OwnPoll] = {}
    for row in await tx.select(_of_posts(viewer.kind), {"ids": list(post_ids), **viewer_values(viewer)}):
        own = found.setdefault(row[0], _as_seen(row[:-1], viewer.actor_id))
        if row[-1] is not None:
            own.own_votes.append(row[-1])
    return found


def _as_seen(row: Sequence[Any], person_id: int) -> OwnPoll:
    """A poll without the person's votes. How many others voted is not told to an author who is outside (T152)."""
    *columns, is_outside, author_id = row
    poll = PollRow(*columns)
    if is_outside and author_id == person_id:
        voters = None if poll.voters is None else 0
        poll = msgspec.structs.replace(poll, counts=[0] * len(poll.counts), voters=voters)
    return OwnPoll(poll, [], author_id == person_id)


_OF_SEEN: Columns = (
    select(*POLL_COLUMNS, author_is_outside(), Post.author_id, _Own.actor_id, _Own.choice)
    .select_from(Poll)
    .join(Post, Post.id == Poll.post_id)
    .outerjoin(_Own, and_(_Own.post_id == Poll.post_id, _Own.actor_id.in_(bindparam("people", expanding=True))))
    .where(Poll.post_id.in_(bindparam("ids", expanding=True)))
)


async def of_seen_posts(
    tx: ReadTx, post_ids: Collection[int], viewers: Collection[Person]
) -> dict[int, dict[int, OwnPoll]]:
    """Polls of posts that were loaded through the gate for these people, as each sees them: by person, then by post."""
    if not post_ids:
        return {}
    people = [viewer.actor_id for viewer in viewers]
    found: dict[int, dict[int, OwnPoll]] = {one: {} for one in people}
    known: set[int] = set()
    for row in await tx.select(_OF_SEEN, {"ids": list(post_ids), "people": people}):
        if row[0] not in known:
            known.add(row[0])
            for one in people:
                found[one][row[0]] = _as_seen(row[:-2], one)
        if row[-2] is not None:
            found[row[-2]][row[0]].own_votes.append(row[-1])
    return found


_FOR_SENDING: Columns = (
    select(*POLL_COLUMNS).join(Post, Post.id == Poll.post_id).where(Poll.post_id == bindparam("of_post"))
)


async def for_sending(tx: ReadTx, post_id: int) -> PollRow | None:
    """The poll of a post that was loaded through the gate, to be rendered for whoever may have that post."""
    row = (await tx.select(_FOR_SENDING, {"of_post": post_id})).first()
    return PollRow(*row) if row else None


def has_ended(now: datetime) -> ColumnElement[bool]:
    """The condition over polls whose end was not told yet, and has come. Uses ix_polls_expires_at."""
    return and_(Poll.ended_at.is_(None), Poll.expires_at <= now)


def changed_since(now: datetime, quiet: timedelta) -> ColumnElement[bool]:
    """The condition over polls whose counts are to be sent, and were not for so long. Uses ix_polls_changed_at."""
    is_quiet = or_(Poll.distributed_at.is_(None), Poll.distributed_at <= now - quiet)
    return and_(Poll.changed_at.is_not(None), is_quiet)


async def any_due(tx: ReadTx, *, now: datetime, quiet: timedelta) -> bool:
    """Whether there is anything to tell or to send; no content, so no viewer."""
    due = or_(has_ended(now), changed_since(now, quiet))
    return await tx.scalar(select(Poll.post_id).where(due).limit(1)) is not None
