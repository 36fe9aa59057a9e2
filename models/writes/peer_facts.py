"""What is learnt about a peer while talking to it; what administrators decide about it is in `peers.py`."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from models.engine import WriteTx
from models.peers import Peer

_ASK_AGAIN = timedelta(days=1)


async def set_way(tx: WriteTx, peer_id: int, scheme: str, algorithm: str | None) -> None:
    """The signature scheme that it understands, and the algorithm where that is not RSA."""
    values = {"signature_scheme": scheme, "signature_algorithm": algorithm}
    await tx.execute(update(Peer).where(Peer.id == peer_id).values(values))


async def mark_seen(tx: WriteTx, peer_id: int, at: datetime) -> datetime | None:
    """A verified request came from it; when the last one before did."""
    before: datetime | None = await tx.scalar(select(Peer.seen_at).where(Peer.id == peer_id))
    await tx.execute(update(Peer).where(Peer.id == peer_id).values(seen_at=at))
    return before


async def claim_software_check(tx: WriteTx, host: str, at: datetime) -> bool:
    """True for the one caller in a day who is to ask the peer what it runs."""
    due = or_(Peer.software_checked_at.is_(None), Peer.software_checked_at < at - _ASK_AGAIN)
    result = await tx.execute(update(Peer).where(Peer.host == host, due).values(software_checked_at=at))
    return result.rowcount > 0


async def set_software(tx: WriteTx, host: str, name: str) -> None:
    """The name in its NodeInfo."""
    await tx.execute(update(Peer).where(Peer.host == host).values(software=name))
