"""Writing peers: naming one, suspending it, ending with it. Each change is followed by `state.bump_revision`."""

from datetime import datetime

from sqlalchemy import delete, or_, select, update

from models.actors import Actor, Follow
from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.outbox import Delivery
from models.peers import ACTIVE, BASIC, ENDED, PROPOSED, SUSPENDED, Peer
from models.writes.outbox import ensure_queue


async def add(tx: WriteTx, host: str, at: datetime) -> int:
    """An active basic partner with its delivery queue; the row's id. One that is there, unless over, stays as it is."""
    await tx.execute(insert_or_ignore(tx, Peer), {"host": host, "kind": BASIC, "state": ACTIVE, "created_at": at})
    await tx.execute(
        update(Peer)
        .where(Peer.host == host, Peer.state.in_((ENDED, PROPOSED)))
        .values(kind=BASIC, state=ACTIVE, is_named=True, server_key=None)
    )
    identifier = int(await tx.scalar(select(Peer.id).where(Peer.host == host)))
    await ensure_queue(tx, identifier)
    return identifier


async def hear_of(tx: WriteTx, host: str, at: datetime) -> int:
    """A host that is no partner, of which a partner speaks; its row's id. It stays a stranger: nothing goes there."""
    row = {"host": host, "kind": BASIC, "state": ENDED, "is_named": False, "created_at": at}
    await tx.execute(insert_or_ignore(tx, Peer), row)
    return int(await tx.scalar(select(Peer.id).where(Peer.host == host)))


def standing_as(state: str, at: datetime) -> dict[str, object]:
    """The columns of a peer that is put into a state now."""
    return {"state": state, "suspended_at": at if state == SUSPENDED else None}


async def change_state(tx: WriteTx, host: str, *, before: tuple[str, ...], after: str, at: datetime) -> bool:
    """Put a peer into another state; False where it was in none of the states `before`, and nothing changed."""
    result = await tx.execute(
        update(Peer).where(Peer.host == host, Peer.state.in_(before)).values(**standing_as(after, at))
    )
    return result.rowcount == 1


async def part(tx: WriteTx, peer_id: int) -> None:
    """Nothing but letters is owed to the peer any more, and nobody belongs to anything of the other side."""
    await tx.execute(delete(Delivery).where(Delivery.peer_id == peer_id, Delivery.is_formal.is_(False)))
    theirs = select(Actor.id).where(Actor.peer_id == peer_id)
    await tx.execute(delete(Follow).where(or_(Follow.follower_id.in_(theirs), Follow.target_id.in_(theirs))))
