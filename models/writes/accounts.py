"""Writing local people: the account beside the actor, and whether it may be used."""

from datetime import datetime

from sqlalchemy import delete, insert, update

from models.accounts import GUEST, Account, SignInLink
from models.actors import Actor
from models.engine import WriteTx
from models.guests import GUEST_TERM
from models.trials import TrialDelegate


async def add(tx: WriteTx, *, actor_id: int, email: str, password_hash: str | None, role: str, at: datetime) -> None:
    """The account of an actor that was just made; `email` is folded, and the caller has looked that it is free. A
    guest's ends by itself.
    """
    row = {"actor_id": actor_id, "email": email, "password_hash": password_hash, "role": role, "created_at": at}
    await tx.execute(insert(Account), row | {"ends_at": at + GUEST_TERM if role == GUEST else None})


async def renew(tx: WriteTx, actor_id: int, ends_at: datetime) -> None:
    """A guest stays until then."""
    await tx.execute(update(Account).where(Account.actor_id == actor_id, Account.role == GUEST).values(ends_at=ends_at))


async def suspend(tx: WriteTx, actor_id: int, at: datetime) -> bool:
    """Close an account; False where it was closed already."""
    open_one = update(Account).where(Account.actor_id == actor_id, Account.suspended_at.is_(None))
    if (await tx.execute(open_one.values(suspended_at=at))).rowcount == 0:
        return False
    await tx.execute(update(Actor).where(Actor.id == actor_id).values(suspended_at=at))
    return True


async def resume(tx: WriteTx, actor_id: int) -> bool:
    """Open a closed account again; False where it was open."""
    closed_one = update(Account).where(Account.actor_id == actor_id, Account.suspended_at.is_not(None))
    if (await tx.execute(closed_one.values(suspended_at=None))).rowcount == 0:
        return False
    await tx.execute(update(Actor).where(Actor.id == actor_id).values(suspended_at=None))
    return True


async def add_sign_in_link(tx: WriteTx, *, token_hash: str, actor_id: int, expires_at: datetime) -> None:
    """A one-time address in the place of the person's earlier ones."""
    await tx.execute(delete(SignInLink).where(SignInLink.actor_id == actor_id))
    await tx.execute(insert(SignInLink), {"token_hash": token_hash, "actor_id": actor_id, "expires_at": expires_at})


async def change_role(tx: WriteTx, actor_id: int, role: str) -> None:
    """What somebody may do for the whole server; whatever else they were named to do ends."""
    await tx.execute(delete(TrialDelegate).where(TrialDelegate.actor_id == actor_id))
    await tx.execute(update(Account).where(Account.actor_id == actor_id).values(role=role))
