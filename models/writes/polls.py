"""Writing polls and votes. Whoever counts takes the poll's row first, so that two who vote at once are both counted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import delete, insert, literal, select, union, update

from models.actors import Actor
from models.base import UtcDateTime
from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.notifications import POLL, Notification
from models.polls import Poll, PollVote
from models.posts import Post
from models.queries.polls import POLL_COLUMNS, PollRow, changed_since, has_ended
from models.signals import TOLD_OF
from models.writes import posts, pushes


class NewPoll(msgspec.Struct, kw_only=True):
    """A poll to insert; the fields are the columns."""

    post_id: int
    options: list[str]
    counts: list[int]
    voters: int | None
    is_multiple: bool
    hides_totals: bool = False
    expires_at: datetime | None


async def add(tx: WriteTx, polls: Sequence[NewPoll]) -> None:
    """Insert polls, after their posts; their answers are searched with these."""
    if polls:
        await tx.execute(insert(Poll), [msgspec.structs.asdict(poll) for poll in polls])
        await posts.reword(tx, [poll.post_id for poll in polls])


async def take(tx: WriteTx, post_id: int) -> PollRow | None:
    """The poll of a post, kept from others who count until this transaction ends. Shown to nobody, so no viewer."""
    statement = select(*POLL_COLUMNS).join(Post, Post.id == Poll.post_id).where(Poll.post_id == post_id)
    row = (await tx.select(statement.with_for_update(of=Poll))).first()
    return PollRow(*row) if row else None


async def replace(tx: WriteTx, poll: NewPoll) -> None:
    """Put another poll in the place of a post's, whether or not it had one; all votes are gone."""
    await tx.execute(delete(Poll).where(Poll.post_id == poll.post_id))
    await add(tx, [poll])


async def remove(tx: WriteTx, post_id: int) -> None:
    """The post has no poll any more, and nobody voted."""
    await tx.execute(delete(Poll).where(Poll.post_id == post_id))
    await posts.reword(tx, [post_id])


async def set_counts(
    tx: WriteTx, post_id: int, *, counts: Sequence[int], voters: int | None, expires_at: datetime | None
) -> None:
    """What the author's server counts now, and when it ends."""
    values = {"counts": list(counts), "voters": voters, "expires_at": expires_at}
    await tx.execute(update(Poll).where(Poll.post_id == post_id).values(**values))


async def prolong(tx: WriteTx, post_id: int, *, expires_at: datetime, hides_totals: bool) -> None:
    """Another end of the same poll, which is to be told when it comes."""
    values = {"expires_at": expires_at, "hides_totals": hides_totals, "ended_at": None}
    await tx.execute(update(Poll).where(Poll.post_id == post_id).values(**values))


async def votes_of(tx: WriteTx, post_id: int, actor_id: int) -> set[int]:
    """What one actor chose so far."""
    chosen = select(PollVote.choice).where(PollVote.post_id == post_id, PollVote.actor_id == actor_id)
    return {row[0] for row in await tx.select(chosen)}


async def vote(
    tx: WriteTx, poll: PollRow, *, actor_id: int, choices: dict[int, str], before: set[int], at: datetime
) -> bool:
    """Add votes to a poll that was taken with `take`: choices with the ids of their votes. False: all were there.

    `before`: what the actor chose earlier (`votes_of`).

    The new counts of a poll of ours are to be sent out; those of others hold until their author's server says more.
    """
    rows = [
        {"post_id": poll.post_id, "actor_id": actor_id, "choice": choice, "uri": uri, "created_at": at}
        for choice, uri in choices.items()
    ]
    new = [row for row in rows if row["choice"] not in before]
    if not new:
        return False
    await tx.execute(insert_or_ignore(tx, PollVote), new)
    counts = list(poll.counts)
    for row in new:
        counts[int(str(row["choice"]))] += 1
    voters = None if poll.voters is None else poll.voters + (not before)
    values = {"counts": counts, "voters": voters, "changed_at": at if poll.is_ours else None}
    await tx.execute(update(Poll).where(Poll.post_id == poll.post_id).values(**values))
    return True


async def claim_changed(tx: WriteTx, *, now: datetime, quiet: timedelta, most: int) -> list[int]:
    """Polls whose counts changed and were not sent out for so long; they count as sent from now on."""
    waiting = select(Poll.post_id).where(changed_since(now, quiet)).order_by(Poll.changed_at).limit(most)
    statement = (
        update(Poll)
        .where(Poll.post_id.in_(waiting.with_for_update(skip_locked=True)))
        .values(changed_at=None, distributed_at=now)
        .returning(Poll.post_id)
    )
    return [row[0] for row in await tx.execute(statement)]


async def claim_over(tx: WriteTx, *, now: datetime, most: int) -> list[int]:
    """Polls whose time has come; their end counts as told from now on, and their counts as sent."""
    waiting = select(Poll.post_id).where(has_ended(now)).order_by(Poll.expires_at).limit(most)
    statement = (
        update(Poll)
        .where(Poll.post_id.in_(waiting.with_for_update(skip_locked=True)))
        .values(ended_at=now, changed_at=None, distributed_at=now)
        .returning(Poll.post_id)
    )
    return [row[0] for row in await tx.execute(statement)]


async def tell_end(tx: WriteTx, post_ids: Sequence[int], at: datetime) -> None:
    """Tell the author and those who voted, if they are ours, that polls are over; once."""
    if not post_ids:
        return
    concerned = union(
        select(PollVote.actor_id.label("actor_id"), PollVote.post_id.label("post_id")).where(
            PollVote.post_id.in_(post_ids)
        ),
        select(Post.author_id, Post.id).where(Post.id.in_(post_ids)),
    ).subquery()
    told = (
        select(
            concerned.c.actor_id,
            literal(POLL),
            Post.author_id,
            concerned.c.post_id,
            literal(at, UtcDateTime()),
            pushes.has_subscription(concerned.c.actor_id),
        )
        .join(Post, Post.id == concerned.c.post_id)
        .join(Actor, Actor.id == concerned.c.actor_id)
        .where(Actor.peer_id.is_(None), Post.deleted_at.is_(None))
    )
    columns = ["recipient_id", "type", "actor_id", "post_id", "created_at", "owes_push"]
    await tx.execute(insert_or_ignore(tx, Notification).from_select(columns, told))
    tx.wake(pushes.PUSHES)
    for post_id in post_ids:
        tx.signal(TOLD_OF, post_id, at)
