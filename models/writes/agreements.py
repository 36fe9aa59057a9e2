"""Writing agreements: proposing a version, putting it in force, and how it stands with the peer."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, delete, exists, func, insert, literal, select, update

from models.actors import Actor
from models.agreements import (
    DECLINED,
    IN_FORCE,
    OVER,
    PROPOSED,
    REPLACED,
    Agreement,
    AgreementDraft,
    KeySuccession,
    SharedCommunity,
)
from models.base import aliased
from models.communities import Community
from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.outbox import DeliveryQueue
from models.peers import ACTIVE, AGREEMENT, ENDED, Peer
from models.peers import PROPOSED as PEER_PROPOSED
from models.writes import communities


async def add(tx: WriteTx, row: dict[str, object], community_uris: Sequence[str]) -> None:
    """Store a proposed version; `community_uris`: those of our communities that it names."""
    await tx.execute(insert(Agreement), [row])
    named = (
        select(literal(row["id"], BigInteger()), Actor.id)
        .join(Community, Community.actor_id == Actor.id)
        .where(Actor.uri.in_(community_uris), Community.is_local)
    )
    await tx.execute(insert(SharedCommunity).from_select(["agreement_id", "community_id"], named))


async def close(tx: WriteTx, *, peer_id: int, states: Sequence[str], to: str) -> None:
    """Versions in these states are in another one now."""
    await tx.execute(
        update(Agreement).where(Agreement.peer_id == peer_id, Agreement.state.in_(states)).values(state=to)
    )


another = aliased(Agreement)


async def put_in_force(tx: WriteTx, agreement_id: int, *, peer_id: int, document: bytes, at: datetime) -> None:
    """Both have signed: this version replaces every other but a later one that is open, and a peer that was only
    proposed is active.
    """
    await close(tx, peer_id=peer_id, states=(IN_FORCE,), to=REPLACED)
    number = select(another.version).where(another.id == agreement_id).scalar_subquery()
    before = (Agreement.peer_id == peer_id, Agreement.state == PROPOSED, Agreement.version <= number)
    await tx.execute(update(Agreement).where(*before).values(state=REPLACED))
    await tx.execute(
        update(Agreement).where(Agreement.id == agreement_id).values(state=IN_FORCE, document=document, signed_at=at)
    )
    await communities.withhold_none(tx, peer_id)
    await tx.execute(update(Peer).where(Peer.id == peer_id).values(kind=AGREEMENT))
    await tx.execute(update(Peer).where(Peer.id == peer_id, Peer.state == PEER_PROPOSED).values(state=ACTIVE))


async def add_peer(tx: WriteTx, host: str, at: datetime, *, is_named: bool) -> int:
    """A peer with which there is nothing but a proposal, or one that had ended and begins anew; its row's id."""
    new = {"kind": AGREEMENT, "state": PEER_PROPOSED, "is_named": is_named}
    fresh = {"awaits_us": False, "awaits_them": False, "letters_sent": 0, "letters_seen": 0}
    await tx.execute(insert_or_ignore(tx, Peer), {"host": host, "created_at": at, **new, **fresh})
    await tx.execute(update(Peer).where(Peer.host == host, Peer.state == ENDED).values(**new, server_key=None))
    identifier = int(await tx.scalar(select(Peer.id).where(Peer.host == host)))
    queue = {"peer_id": identifier, "attempt": 0, "refusals": 0, "has_gap": False}
    await tx.execute(insert_or_ignore(tx, DeliveryQueue), queue)
    return identifier


async def add_succession(
    tx: WriteTx, number: int, *, peer_id: int | None, previous: str, key: str, document: bytes, at: datetime
) -> None:
    """A partner's server, or (None) ours, signs by another key from now on, for which the one before vouched."""
    row = {"id": number, "peer_id": peer_id, "previous": previous, "key": key, "document": document, "at": at}
    await tx.execute(insert(KeySuccession), [row])


async def decline(tx: WriteTx, agreement_id: int) -> None:
    """One side does not want this version, or not any more."""
    await tx.execute(update(Agreement).where(Agreement.id == agreement_id).values(state=DECLINED))


async def reinstate(tx: WriteTx, agreement_id: int) -> None:
    """A version that both had signed is in force again; no other one may be."""
    await tx.execute(update(Agreement).where(Agreement.id == agreement_id).values(state=IN_FORCE))


async def keep_signed(tx: WriteTx, agreement_id: int, *, document: bytes, at: datetime) -> None:
    """Both have signed this version, and another one counts."""
    await tx.execute(
        update(Agreement).where(Agreement.id == agreement_id).values(state=REPLACED, document=document, signed_at=at)
    )


async def take_back(tx: WriteTx, peer_id: int, *, seen: int | None) -> None:
    """What both sides have proposed is over, but for what we offered in a letter after the last that they have `seen`:
    the newest of that is open then. None: they have seen everything.
    """
    open_ones = (another.peer_id == peer_id, another.is_ours, another.state.in_((PROPOSED, REPLACED)))
    newest = None if seen is None else await tx.scalar(select(func.max(another.id)).where(*open_ones))
    await close(tx, peer_id=peer_id, states=(PROPOSED, REPLACED, DECLINED), to=OVER)
    if newest is not None:
        unseen = (Agreement.id == newest, Agreement.offered_in > seen, Agreement.signed_at.is_(None))
        await tx.execute(update(Agreement).where(*unseen).values(state=PROPOSED))


async def set_standing(tx: WriteTx, peer_id: int, **values: object) -> None:
    """Change what a peer's row says of the agreement: state, serial numbers, who has to say `resume`, its key."""
    await tx.execute(update(Peer).where(Peer.id == peer_id).values(**values))


async def end(tx: WriteTx, peer_id: int) -> None:
    """The exchange is over: no version is in force or open any more, none comes back, and nothing new follows one."""
    await close(tx, peer_id=peer_id, states=(IN_FORCE, PROPOSED, REPLACED, DECLINED), to=OVER)
    await set_standing(tx, peer_id, state=ENDED, awaits_us=False, awaits_them=False)


async def drop_strangers(tx: WriteTx, before: datetime) -> None:
    """Forget proposals that are older, of hosts that nobody here named."""
    newer = exists().where(another.peer_id == Peer.id, another.state == PROPOSED, another.created_at >= before)
    unnamed = (Peer.is_named.is_(False), Peer.state == PEER_PROPOSED, Peer.created_at < before)
    # A former partner's row is older than what it proposes.
    strange = select(Peer.id).where(*unnamed, ~newer)
    await tx.execute(
        update(Agreement).where(Agreement.peer_id.in_(strange), Agreement.state == PROPOSED).values(state=DECLINED)
    )
    await tx.execute(update(Peer).where(Peer.id.in_(strange)).values(state=ENDED))


async def put_draft(
    tx: WriteTx, *, draft_id: int, host: str, wanted: str, answers: str | None, code: str, by_id: int, at: datetime
) -> None:
    """Keep what was written for a host, in the place of what was there: an approval of that is void."""
    await tx.execute(delete(AgreementDraft).where(AgreementDraft.host == host))
    row = {"id": draft_id, "host": host, "wanted": wanted, "answers": answers, "code": code}
    await tx.execute(insert(AgreementDraft), [row | {"made_by_id": by_id, "made_at": at}])


async def approve_draft(tx: WriteTx, draft_id: int, *, by_id: int, at: datetime) -> bool:
    """An auditor has approved it; False where it is gone or was approved."""
    statement = (
        update(AgreementDraft)
        .where(AgreementDraft.id == draft_id, AgreementDraft.approved_at.is_(None))
        .values(approved_by_id=by_id, approved_at=at)
    )
    return (await tx.execute(statement)).rowcount == 1


async def drop_draft(tx: WriteTx, draft_id: int) -> bool:
    """It was signed, or given up; False where it is gone."""
    return (await tx.execute(delete(AgreementDraft).where(AgreementDraft.id == draft_id))).rowcount == 1
