"""Writing which posts of threads are missing, what was read of them, and where a reply goes whose parent is nowhere."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import delete, func, select, update

from models.backfilling import MissingPost, ThreadList
from models.dialect import insert_or_ignore, upsert
from models.engine import WriteTx
from models.posts import Post
from models.writes.posts import carry_thread

WAKES = "backfilling"
"""The channel that the loop waits on."""

LEASE = timedelta(minutes=5)
_MOST_ORPHANS = 500


class Wanted(msgspec.Struct, frozen=True):
    """A post of a community that a reply answers and that is not here."""

    community_id: int
    uri: str
    level: int = 1
    list_address: str | None = None
    """Where the ids of its thread are listed."""


async def want(tx: WriteTx, wanted: Sequence[Wanted], at: datetime) -> None:
    """Look for these posts, and through the lists of their threads; what is looked for already goes on as it was."""
    if not wanted:
        return
    rows = {(one.community_id, one.uri): _row(one.community_id, one.uri, one.level, at) for one in wanted}
    # One that was only listed so far is now followed upwards too.
    await tx.execute(upsert(tx, MissingPost, ("community_id", "uri"), ("level",)), list(rows.values()))
    await want_lists(tx, {(one.community_id, one.list_address) for one in wanted if one.list_address}, at)
    tx.wake(WAKES)


async def want_listed(tx: WriteTx, community_id: int, uris: Sequence[str], level: int, at: datetime) -> None:
    """Look for posts that a list names; what is looked for already goes on as it was."""
    if uris:
        rows = [_row(community_id, uri, level, at) for uri in uris]
        await tx.execute(insert_or_ignore(tx, MissingPost), rows)
        tx.wake(WAKES)


def _row(community_id: int, uri: str, level: int, at: datetime) -> dict[str, object]:
    return {"community_id": community_id, "uri": uri, "level": level, "due_at": at, "failures": 0}


async def want_lists(tx: WriteTx, lists: Collection[tuple[int, str]], at: datetime) -> None:
    """Read these lists of communities' threads; one that was read a short while ago, when it may be read again."""
    if lists:
        rows = [
            {"community_id": community_id, "address": address, "due_at": at, "is_wanted": True, "position": 0}
            for community_id, address in sorted(lists)
        ]
        await tx.execute(upsert(tx, ThreadList, ("community_id", "address"), ("is_wanted",)), rows)
        tx.wake(WAKES)


async def claim(tx: WriteTx, now: datetime) -> int | None:
    """The number of one missing post that is due, for this worker alone for five minutes."""
    return await _claim(tx, MissingPost, now)


async def claim_list(tx: WriteTx, now: datetime) -> int | None:
    """The number of one list that is due, for this worker alone for five minutes."""
    return await _claim(tx, ThreadList, now)


async def _claim(tx: WriteTx, table: type[MissingPost | ThreadList], now: datetime) -> int | None:
    due = select(table.id).where(table.due_at <= now).order_by(table.due_at, table.id).limit(1)
    statement = (
        update(table)
        .where(table.id.in_(due.with_for_update(skip_locked=True)))
        .values(due_at=now + LEASE)
        .returning(table.id)
    )
    return (await tx.execute(statement)).scalar()


async def void_leases(tx: WriteTx, now: datetime) -> None:
    """Where one process works on a database, what the one before it was asking for is due at once."""
    leased = MissingPost.due_at > now, MissingPost.failures == 0, MissingPost.payload.is_(None)
    await tx.execute(update(MissingPost).where(*leased).values(due_at=now))


async def keep(tx: WriteTx, number: int, *, payload: bytes, parent_uri: str, due_at: datetime) -> None:
    """What was read of a post that waits for the one that it answers, until `due_at`."""
    await _change(tx, number, payload=payload, parent_uri=parent_uri, due_at=due_at, failures=0)


async def postpone(tx: WriteTx, number: int, *, due_at: datetime, failures: int) -> None:
    """Ask again then."""
    await _change(tx, number, due_at=due_at, failures=failures)


async def _change(tx: WriteTx, number: int, **values: Any) -> None:
    await tx.execute(update(MissingPost).where(MissingPost.id == number).values(**values))


async def finish(tx: WriteTx, community_id: int, uri: str, at: datetime) -> None:
    """This post is here, or cannot be had: what waits for it goes on. Uses ix_missing_posts_parent."""
    of_community = MissingPost.community_id == community_id
    await tx.execute(delete(MissingPost).where(of_community, MissingPost.uri == uri))
    await tx.execute(update(MissingPost).where(of_community, MissingPost.parent_uri == uri).values(due_at=at))


async def go_on(tx: WriteTx, number: int, *, position: int, is_wanted: bool, due_at: datetime) -> None:
    """How far a list was read, and when it may be read again."""
    values = {"position": position, "is_wanted": is_wanted, "due_at": due_at}
    await tx.execute(update(ThreadList).where(ThreadList.id == number).values(values))


async def forget_list(tx: WriteTx, number: int) -> None:
    """Nobody wants that list."""
    await tx.execute(delete(ThreadList).where(ThreadList.id == number))


async def forget(tx: WriteTx, community_id: int) -> None:
    """Nothing of this community is looked for any more."""
    for table in (MissingPost, ThreadList):
        await tx.execute(delete(table).where(table.community_id == community_id))


async def attach(tx: WriteTx, community_id: int, parent_uri: str) -> None:
    """Put the replies that wait for a post that cannot be had below the opening post of their thread, if it is known.

    Which thread that is their `context` says, where other posts of the community have the same. Uses
    ix_posts_parent_uri and ix_posts_context.
    """
    orphans = select(Post.id, Post.context_uri).where(
        Post.parent_uri == parent_uri,
        Post.parent_id.is_(None),
        Post.community_id == community_id,
        Post.context_uri.is_not(None),
    )
    waiting: dict[str, list[int]] = {}
    for post_id, context in await tx.select(orphans.limit(_MOST_ORPHANS)):
        waiting.setdefault(context, []).append(post_id)
    if not waiting:
        return
    known = select(Post.context_uri, func.min(Post.thread_id)).where(
        Post.context_uri.in_(sorted(waiting)), Post.community_id == community_id, Post.thread_id.is_not(None)
    )
    for context, thread_id in (await tx.select(known.group_by(Post.context_uri))).all():
        below = update(Post).where(Post.id.in_(waiting[context])).values(parent_id=thread_id, thread_id=thread_id)
        await tx.execute(below)
        await carry_thread(tx, thread_id, thread_id)
