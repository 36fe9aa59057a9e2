"""Reading who is an auditor, and which communities somebody belongs to who is about to be one."""

from sqlalchemy import select

from models.accounts import AUDITOR, Account
from models.actors import GROUP, Actor, Follow
from models.authority import FirmVerb, may_in_firm
from models.engine import ReadTx
from models.queries.actors import ActorRow, actor_rows, actors


async def is_one(tx: ReadTx, actor_id: int) -> bool:
    """Somebody here is an auditor."""
    statement = select(Account.actor_id).where(Account.actor_id == actor_id, Account.role == AUDITOR)
    return await tx.scalar(statement) is not None


async def may_join(tx: ReadTx, actor_id: int) -> bool:
    """Somebody here comes into communities of their own will: no auditor, no observer, and no guest."""
    role: str | None = await tx.scalar(select(Account.role).where(Account.actor_id == actor_id))
    return role is not None and may_in_firm(role, FirmVerb.JOIN)


async def memberships_of(tx: ReadTx, actor_id: int) -> list[tuple[int, str, ActorRow]]:
    """The communities that somebody is in or has asked to join, here and at partners, each with the number and the id
    of the Follow.
    """
    statement = (
        actors()
        .add_columns(Follow.id, Follow.activity_uri)
        .join(Follow, Follow.target_id == Actor.id)
        .where(Follow.follower_id == actor_id, Actor.type == GROUP)
        .order_by(Follow.id)
    )
    rows = (await tx.select(statement)).all()
    return [(row[-2], row[-1], actor) for row, actor in zip(rows, actor_rows([row[:-2] for row in rows]), strict=True)]


async def in_communities(tx: ReadTx, most: int) -> list[int]:
    """Auditors whom some community has as a member all the same, from before this was refused."""
    statement = (
        select(Account.actor_id)
        .join(Follow, Follow.follower_id == Account.actor_id)
        .join(Actor, Actor.id == Follow.target_id)
        .where(Account.role == AUDITOR, Actor.type == GROUP)
        .distinct()
        .order_by(Account.actor_id)
        .limit(most)
    )
    return [row[0] for row in await tx.select(statement)]
