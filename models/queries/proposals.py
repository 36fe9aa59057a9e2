"""Reading acts that wait for a second person, and what became of those before them."""

from datetime import datetime

import msgspec
from sqlalchemy import func, select

from models.actors import Actor
from models.base import aliased
from models.engine import ReadTx
from models.proposals import Proposal
from models.statements import lasting

MOST_SHOWN = 50


class ProposalRow(msgspec.Struct, frozen=True):
    """One act, in the order of the columns."""

    id: int
    kind: str
    subject_id: int | None
    wanted: str
    """JSON."""
    reason: str
    by_id: int | None
    by_name: str | None
    at: datetime
    decided_by_id: int | None
    decided_by_name: str | None
    decided_at: datetime | None
    outcome: str | None


_By, _Decider = aliased(Actor), aliased(Actor)
_ROWS = lasting(
    lambda: (
        select(
            Proposal.id,
            Proposal.kind,
            Proposal.subject_id,
            Proposal.wanted,
            Proposal.reason,
            Proposal.by_id,
            _By.username,
            Proposal.at,
            Proposal.decided_by_id,
            _Decider.username,
            Proposal.decided_at,
            Proposal.outcome,
        )
        .outerjoin(_By, _By.id == Proposal.by_id)
        .outerjoin(_Decider, _Decider.id == Proposal.decided_by_id)
    )
)


async def one(tx: ReadTx, proposal_id: int) -> ProposalRow | None:
    """One of them."""
    row = (await tx.select(_ROWS().where(Proposal.id == proposal_id))).first()
    return ProposalRow(*row) if row else None


async def waiting_for(tx: ReadTx, person_id: int) -> dict[str, int]:
    """How many of each kind wait for a second person, who may be this one: not what they asked for themselves."""
    statement = select(Proposal.kind, func.count()).where(Proposal.outcome.is_(None)).group_by(Proposal.kind)
    statement = statement.where(Proposal.by_id.is_distinct_from(person_id))
    return {str(kind): int(count) for kind, count in await tx.select(statement)}


async def of_kind(
    tx: ReadTx, *kinds: str, waiting: bool | None = None, subject_id: int | None = None
) -> list[ProposalRow]:
    """The newest of these kinds; only those that wait, only those that were decided, or (None) both."""
    statement = _ROWS().where(Proposal.kind.in_(kinds)).order_by(Proposal.id.desc()).limit(MOST_SHOWN)
    if waiting is not None:
        statement = statement.where(Proposal.outcome.is_(None) if waiting else Proposal.outcome.is_not(None))
    if subject_id is not None:
        statement = statement.where(Proposal.subject_id == subject_id)
    return [ProposalRow(*row) for row in await tx.select(statement)]
