"""Writing identity providers, who is who there, and sessions that began there."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert, update

from models.accounts import Account
from models.engine import WriteTx
from models.identity import Identity, IdentityProvider, IdentityRole, ProviderSession


async def add_provider(
    tx: WriteTx, *, name: str, issuer: str, client_id: str, secret_sealed: bytes | None, at: datetime
) -> int:
    """A provider that nobody signs in by yet; its number."""
    row = {"name": name, "issuer": issuer, "client_id": client_id, "secret_sealed": secret_sealed, "created_at": at}
    statement = insert(IdentityProvider).values(**row, required_groups=[], group_claim="groups", is_enabled=False)
    return int((await tx.execute(statement.returning(IdentityProvider.id))).scalar_one())


async def change_provider(tx: WriteTx, provider_id: int, **values: object) -> bool:
    """Change some columns; False where there is no such provider."""
    statement = update(IdentityProvider).where(IdentityProvider.id == provider_id).values(**values)
    return (await tx.execute(statement)).rowcount == 1


async def remove_provider(tx: WriteTx, provider_id: int) -> bool:
    """With all names of people there; False where there is none."""
    return (await tx.execute(delete(IdentityProvider).where(IdentityProvider.id == provider_id))).rowcount == 1


async def set_roles(tx: WriteTx, provider_id: int, roles: Mapping[str, str]) -> None:
    """Which groups mean which role, in the place of what was said before."""
    await tx.execute(delete(IdentityRole).where(IdentityRole.provider_id == provider_id))
    rows = [{"provider_id": provider_id, "group_name": group, "role": role} for group, role in roles.items()]
    if rows:
        await tx.execute(insert(IdentityRole), rows)


async def link(tx: WriteTx, *, provider_id: int, subject: str, actor_id: int, at: datetime) -> None:
    """From now on this name there is this person here."""
    row = {"provider_id": provider_id, "subject": subject, "actor_id": actor_id, "linked_at": at}
    await tx.execute(insert(Identity), [row])


async def unlink(tx: WriteTx, provider_id: int, subject: str) -> None:
    """This name there is nobody's here any more."""
    whose = (Identity.provider_id == provider_id, Identity.subject == subject)
    await tx.execute(delete(Identity).where(*whose))


async def remember_session(
    tx: WriteTx, *, token_hash: str, provider_id: int, sid: str | None, id_token_sealed: bytes
) -> None:
    """What a session here has to do with one there."""
    row = {"token_hash": token_hash, "provider_id": provider_id, "sid": sid, "id_token_sealed": id_token_sealed}
    await tx.execute(insert(ProviderSession), [row])


async def propose_role(tx: WriteTx, actor_id: int, role: str | None) -> None:
    """What the directory says of somebody and nobody has confirmed; None: nothing."""
    await tx.execute(update(Account).where(Account.actor_id == actor_id).values(pending_role=role))
