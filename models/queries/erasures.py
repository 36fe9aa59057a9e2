"""Erasures, and what became of what partners were asked to delete for them."""

from datetime import datetime

import msgspec
from sqlalchemy import func, select

from models.engine import ReadTx
from models.erasures import Erasure
from models.peers import Peer
from models.retractions import Retraction

MOST = 200


class ErasureRow(msgspec.Struct, frozen=True):
    """One erasure, in the order of the columns."""

    id: int
    person_id: int
    facts: str
    begun_at: datetime
    finished_at: datetime | None


class Answered(msgspec.Struct, frozen=True):
    """How many requests to one partner are in one state, in the order of the columns."""

    host: str
    state: str
    requests: int
    last_at: datetime | None
    """When the last of them was answered."""


_COLUMNS = (Erasure.id, Erasure.person_id, Erasure.facts, Erasure.begun_at, Erasure.finished_at)


async def of_person(tx: ReadTx, person_id: int) -> ErasureRow | None:
    """The erasure of somebody, begun or done."""
    row = (await tx.select(select(*_COLUMNS).where(Erasure.person_id == person_id))).first()
    return ErasureRow(*row) if row else None


async def one(tx: ReadTx, erasure_id: int) -> ErasureRow | None:
    """One that was done."""
    statement = select(*_COLUMNS).where(Erasure.id == erasure_id, Erasure.finished_at.is_not(None))
    row = (await tx.select(statement)).first()
    return ErasureRow(*row) if row else None


async def done(tx: ReadTx) -> list[ErasureRow]:
    """The newest that were done."""
    statement = select(*_COLUMNS).where(Erasure.finished_at.is_not(None)).order_by(Erasure.id.desc()).limit(MOST)
    return [ErasureRow(*row) for row in await tx.select(statement)]


async def answers(tx: ReadTx, erasure_id: int) -> list[Answered]:
    """What partners have said to the requests of one erasure; by host, then state."""
    statement = (
        select(Peer.host, Retraction.state, func.count(), func.max(Retraction.answered_at))
        .join(Peer, Peer.id == Retraction.peer_id)
        .where(Retraction.erasure_id == erasure_id)
        .group_by(Peer.host, Retraction.state)
        .order_by(Peer.host, Retraction.state)
    )
    return [Answered(*row) for row in await tx.select(statement)]
