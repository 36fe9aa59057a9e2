"""Writing which partners' communities are to be read again, how far that has come, and what was found."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from models.actors import GROUP, Actor, Follow
from models.catching_up import CatchUp, CaughtUp
from models.conditions import some
from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.inbox import InboxActivity

WAKES = "catching up"
"""The channel that the reader waits on."""

LEASE = timedelta(minutes=5)


async def request(tx: WriteTx, community_ids: Sequence[int], *, since: datetime | None, at: datetime) -> None:
    """Read these communities from the newest down to `since`; one that is being read already goes on as it was."""
    if community_ids:
        rows = [
            {"community_id": number, "since": since, "due_at": at, "pages": 0, "failures": 0}
            for number in community_ids
        ]
        await tx.execute(insert_or_ignore(tx, CatchUp), rows)
        tx.wake(WAKES)


async def request_of_peer(tx: WriteTx, peer_id: int | None, *, since: datetime | None, at: datetime) -> None:
    """The communities of a peer, or of every one, in which somebody here is a member."""
    member = some(Follow, Follow.target_id == Actor.id, Follow.follower_peer_id.is_(None), Follow.is_accepted)
    theirs = select(Actor.id).where(Actor.type == GROUP, Actor.deleted_at.is_(None), member)
    of_peer = Actor.peer_id.is_not(None) if peer_id is None else Actor.peer_id == peer_id
    await request(tx, [row[0] for row in await tx.select(theirs.where(of_peer))], since=since, at=at)


async def claim(tx: WriteTx, now: datetime) -> int | None:
    """One community that is due, for this worker alone for five minutes."""
    due = select(CatchUp.community_id).where(CatchUp.due_at <= now).order_by(CatchUp.due_at).limit(1)
    statement = (
        update(CatchUp)
        .where(CatchUp.community_id.in_(due.with_for_update(skip_locked=True)))
        .values(due_at=now + LEASE)
        .returning(CatchUp.community_id)
    )
    return (await tx.execute(statement)).scalar()


async def void_leases(tx: WriteTx, now: datetime) -> None:
    """Where one process works on a database, what the one before it was reading is due at once."""
    await tx.execute(update(CatchUp).where(CatchUp.due_at > now, CatchUp.failures == 0).values(due_at=now))


async def keep(tx: WriteTx, community_id: int, group_uri: str, found: Sequence[tuple[str, bytes]]) -> None:
    """Add what a page had, in its order: ids and bytes. What was received or found before is left out."""
    uris = [uri for uri, _ in found]
    known = select(InboxActivity.activity_uri).where(
        InboxActivity.activity_uri.in_(uris), InboxActivity.actor_uri == group_uri
    )
    kept = select(CaughtUp.activity_uri).where(CaughtUp.activity_uri.in_(uris), CaughtUp.community_id == community_id)
    here = {row[0] for row in await tx.select(known.union(kept))}
    rows = [
        {"community_id": community_id, "activity_uri": uri, "payload": payload}
        for uri, payload in dict(found).items()
        if uri not in here
    ]
    if rows:
        await tx.execute(insert(CaughtUp), rows)


async def go_on(
    tx: WriteTx, community_id: int, *, page_url: str | None, pages: int, due_at: datetime, failures: int = 0
) -> None:
    """Where to read next, and when."""
    await tx.execute(
        update(CatchUp)
        .where(CatchUp.community_id == community_id)
        .values(page_url=page_url, pages=pages, due_at=due_at, failures=failures)
    )


async def finish(tx: WriteTx, community_id: int) -> None:
    """All is read: forget that it had to be."""
    await tx.execute(delete(CaughtUp).where(CaughtUp.community_id == community_id))
    await tx.execute(delete(CatchUp).where(CatchUp.community_id == community_id))
