"""Reading guests: who is one, when their time is up, and for hosts until when those in their community stay."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from models.accounts import GUEST, Account
from models.actors import Actor
from models.engine import ReadTx


async def is_one(tx: ReadTx, actor_id: int) -> bool:
    """Somebody here is a guest."""
    statement = select(Account.actor_id).where(Account.actor_id == actor_id, Account.role == GUEST)
    return await tx.scalar(statement) is not None


async def ends(tx: ReadTx, actor_ids: Sequence[int]) -> dict[int, datetime]:
    """When the accounts of these people end; who is no guest is left out."""
    statement = select(Account.actor_id, Account.ends_at).where(
        Account.actor_id.in_(actor_ids), Account.ends_at.is_not(None)
    )
    return {row[0]: row[1] for row in await tx.select(statement)} if actor_ids else {}


async def over(tx: ReadTx, at: datetime, most: int) -> list[str]:
    """Names of guests whose time is up and whose account is open. Uses ix_accounts_ends_at."""
    statement = (
        select(Actor.username)
        .join(Account, Account.actor_id == Actor.id)
        .where(Account.ends_at <= at, Account.role == GUEST, Account.suspended_at.is_(None))
        .order_by(Account.ends_at)
        .limit(most)
    )
    return [row[0] for row in await tx.select(statement)]
