"""The papers of an exchange that is over: agreements, requests to delete, receipts, a partner's checkpoints."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select, update

from models.agreements import Agreement, KeySuccession
from models.audit import PartnerCheckpoint
from models.engine import WriteTx
from models.peers import ENDED, Peer
from models.retractions import HeardRetraction, Receipt, Retraction


async def note_ends(tx: WriteTx, at: datetime) -> None:
    """Write down since when exchanges are over, whoever ended them, and forget it of those that began anew."""
    await tx.execute(update(Peer).where(Peer.state == ENDED, Peer.ended_at.is_(None)).values(ended_at=at))
    await tx.execute(update(Peer).where(Peer.state != ENDED, Peer.ended_at.is_not(None)).values(ended_at=None))


async def forget_some(tx: WriteTx, peer_id: int, most: int) -> Mapping[str, int]:
    """Delete papers of one peer, of each kind at most so many; how many of each. Requests go before their receipts."""
    gone = {}
    kinds = (
        ("requests", Retraction, Retraction.id),
        ("heard", HeardRetraction, HeardRetraction.request_uri),
        ("receipts", Receipt, Receipt.id),
        ("checkpoints", PartnerCheckpoint, PartnerCheckpoint.id),
        ("successions", KeySuccession, KeySuccession.id),
        ("agreements", Agreement, Agreement.id),
    )
    for name, table, key in kinds:
        some = select(key).where(table.peer_id == peer_id).order_by(key).limit(most)
        gone[name] = (await tx.execute(delete(table).where(table.peer_id == peer_id, key.in_(some)))).rowcount
        if gone[name] == most:
            break
    return gone
