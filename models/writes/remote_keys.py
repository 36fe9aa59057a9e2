"""Writing the public keys of other servers' actors, and noticing when too many of them are suddenly others.

Whoever keeps keys in memory is told of every change that takes one away: by the channel `KEYS` in this process, and by
the revision of the same name in all.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, delete, func, insert, literal_column, or_, select, update

from models.actors import APPLICATION, ED25519, Actor, ActorKey
from models.base import EPOCH
from models.engine import ReadTx, WriteTx
from models.inbox import InboxActivity, lane_of
from models.peers import ACTIVE, SUSPENDED, Peer
from models.statements import lasting
from models.writes import audit, state

KEYS = "keys"
"""The revision, and the channel, that a key which was dropped or replaced moves on."""

SUSPICIOUS_CHANGES, SUSPICIOUS_WITHIN = 3, timedelta(hours=24)
"""So many actors of one server with other keys, in so short a time, look like another owner (threats T066)."""


_ANNOUNCEMENTS_READ = 20


class PublishedKey(msgspec.Struct, frozen=True):
    """A key as an actor's document lists it; fields are the columns of the same names."""

    key_uri: str
    kind: str
    public_text: str


class Change(msgspec.Struct, frozen=True):
    """What a newer document did to the keys of an actor that was known."""

    lost: bool
    """A key that was here is gone, or another one now."""
    known_since: datetime | None
    """When the lost ones were last seen."""
    former: tuple[str, ...] = ()
    """Those by which it made proofs until now, in multibase."""


_NOTHING_LOST = Change(lost=False, known_since=None)


async def replace(
    tx: WriteTx, actor_id: int, keys: Sequence[PublishedKey], *, merely_named: Collection[str], at: datetime
) -> Change:
    """Keep exactly these keys of a remote actor: an old one is refused from now on (threats T017).

    `merely_named` are ids that lie elsewhere than below the actor's own: they count only where they are the actor's
    here already, since anybody on that server could name them (T174). Two statements where nothing has changed.
    """
    uris = [key.key_uri for key in keys]
    statement = select(
        ActorKey.key_uri, ActorKey.kind, ActorKey.public_text, ActorKey.actor_id, ActorKey.fetched_at
    ).where(or_(ActorKey.actor_id == actor_id, ActorKey.key_uri.in_(uris)))
    rows = (await tx.select(statement)).all()
    before = {row.key_uri: row for row in rows if row.actor_id == actor_id}
    wanted = [key for key in keys if key.key_uri in before or key.key_uri not in merely_named]
    same = [key for key in wanted if _is_same(before.get(key.key_uri), key)]
    if len(same) == len(wanted) == len(before):
        await tx.execute(update(ActorKey).where(ActorKey.actor_id == actor_id).values(fetched_at=at))
        return _NOTHING_LOST
    await _write(tx, actor_id, wanted, at)
    kept = {key.key_uri for key in same}
    lost = [row for row in before.values() if row.key_uri not in kept]
    if lost or any(row.actor_id != actor_id for row in rows):
        await tell(tx)
    if not lost:
        return _NOTHING_LOST
    former = tuple(row.public_text for row in before.values() if row.kind == ED25519)
    return Change(lost=True, known_since=max(row.fetched_at for row in lost), former=former)


def _is_same(row: Row[Any] | None, key: PublishedKey) -> bool:
    return row is not None and (row.kind, row.public_text) == (key.kind, key.public_text)


async def _write(tx: WriteTx, actor_id: int, keys: Sequence[PublishedKey], at: datetime) -> None:
    await tx.execute(delete(ActorKey).where(ActorKey.actor_id == actor_id))
    if keys:
        uris = [key.key_uri for key in keys]
        await tx.execute(delete(ActorKey).where(ActorKey.key_uri.in_(uris), ActorKey.private_sealed.is_(None)))
        rows = [{"actor_id": actor_id, "fetched_at": at, **msgspec.structs.asdict(key)} for key in keys]
        await tx.execute(insert(ActorKey), rows)


async def drop(tx: WriteTx, actor_id: int) -> None:
    """The actor is gone, and speaks no more."""
    if (await tx.execute(delete(ActorKey).where(ActorKey.actor_id == actor_id))).rowcount:
        await tell(tx)


async def tell(tx: WriteTx) -> None:
    """Every process forgets the keys that it has in memory."""
    await state.bump_revision(tx, state.KEYS)
    tx.wake(KEYS)


ANNOUNCEMENTS = lasting(
    # By ix_inbox_activities_pending, which SQLite uses for a literal alone.
    lambda: (
        select(InboxActivity.payload)
        .where(
            InboxActivity.lane == bindparam("in_lane"),
            literal_column("inbox_activities.state") == literal_column("'pending'"),
            InboxActivity.actor_uri == bindparam("of_actor"),
            InboxActivity.type == "Update",
        )
        .order_by(InboxActivity.id.desc())
        .limit(_ANNOUNCEMENTS_READ)
    )
)


async def announcements(tx: ReadTx, actor_uri: str) -> list[bytes]:
    """What an actor said of itself or its posts, signed by a key that it had then, and what waits to be applied; the
    newest first.
    """
    rows = await tx.select(ANNOUNCEMENTS(), {"in_lane": lane_of(actor_uri), "of_actor": actor_uri})
    return [row[0] for row in rows if row[0] is not None]


async def is_suspicious(tx: WriteTx, *, actor_id: int, peer_id: int, change: Change, at: datetime) -> bool:
    """Note that an actor has other keys without having said so by the old ones; whether its server is another's now.

    That is where its own actor changed, or three of its actors within a day. Keys that were last seen before an
    administrator confirmed the server are expected to change.
    """
    confirmed: datetime | None = await tx.scalar(select(Peer.keys_confirmed_at).where(Peer.id == peer_id))
    if change.known_since is None or (confirmed is not None and change.known_since <= confirmed):
        return False
    await tx.execute(update(Actor).where(Actor.id == actor_id).values(keys_changed_at=at))
    recent = (Actor.peer_id == peer_id, Actor.keys_changed_at > max(at - SUSPICIOUS_WITHIN, confirmed or EPOCH))
    row = (
        await tx.select(
            select(func.count(), func.count().filter(Actor.type == APPLICATION)).select_from(Actor).where(*recent)
        )
    ).one()
    return bool(row[0] >= SUSPICIOUS_CHANGES or row[1])


async def hold(tx: WriteTx, *, peer_id: int, host: str, at: datetime) -> bool:
    """Suspend a server until an administrator resumes it; whether it was active until now."""
    held = update(Peer).where(Peer.id == peer_id, Peer.state == ACTIVE).values(state=SUSPENDED, suspended_at=at)
    if not (await tx.execute(held)).rowcount:
        return False
    details = {"reason": "keys of several of its actors changed, or its own"}
    await audit.append(tx, at=at, actor=audit.SERVER, action="partner.suspend", object=host, details=details)
    await state.bump_revision(tx, state.PEERS)
    return True


async def confirm(tx: WriteTx, host: str, at: datetime) -> None:
    """An administrator trusts the server again: its keys may be others than those known so far."""
    await tx.execute(update(Peer).where(Peer.host == host).values(keys_confirmed_at=at))
