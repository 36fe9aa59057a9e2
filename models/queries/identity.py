"""Reading identity providers, and who is who there."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy import select

from models.accounts import Account, Session
from models.engine import Columns, ReadTx
from models.identity import Identity, IdentityProvider, IdentityRole, ProviderSession
from models.queries import guests, state

MOST_PROVIDERS = 20
PASSWORDS = "local_passwords"
"""Name of the fact in `server_state`: empty where everybody may use one, else whose alone is taken."""


class ProviderRow(msgspec.Struct, frozen=True):
    """One provider, in the order of the columns."""

    id: int
    name: str
    issuer: str
    client_id: str
    secret_sealed: bytes | None
    group_claim: str
    required_groups: list[str]
    is_enabled: bool
    tested_at: datetime | None


_PROVIDERS: Columns = select(
    IdentityProvider.id,
    IdentityProvider.name,
    IdentityProvider.issuer,
    IdentityProvider.client_id,
    IdentityProvider.secret_sealed,
    IdentityProvider.group_claim,
    IdentityProvider.required_groups,
    IdentityProvider.is_enabled,
    IdentityProvider.tested_at,
)


async def providers(tx: ReadTx) -> list[ProviderRow]:
    """Every provider that was named, in that order."""
    statement = _PROVIDERS.order_by(IdentityProvider.id).limit(MOST_PROVIDERS)
    return [ProviderRow(*row) for row in await tx.select(statement)]


async def provider(tx: ReadTx, provider_id: int) -> ProviderRow | None:
    """One of them."""
    row = (await tx.select(_PROVIDERS.where(IdentityProvider.id == provider_id))).first()
    return ProviderRow(*row) if row else None


async def roles(tx: ReadTx, provider_id: int) -> dict[str, str]:
    """Role by group."""
    statement = select(IdentityRole.group_name, IdentityRole.role).where(IdentityRole.provider_id == provider_id)
    return {row[0]: row[1] for row in await tx.select(statement.order_by(IdentityRole.group_name))}


class Known(msgspec.Struct, frozen=True):
    """The account of somebody who is known at a provider, in the order of the columns."""

    actor_id: int
    role: str
    pending_role: str | None
    suspended_at: datetime | None


async def known(tx: ReadTx, provider_id: int, subject: str) -> Known | None:
    """Whose name this is at the provider."""
    statement = (
        select(Account.actor_id, Account.role, Account.pending_role, Account.suspended_at)
        .join(Identity, Identity.actor_id == Account.actor_id)
        .where(Identity.provider_id == provider_id, Identity.subject == subject)
    )
    row = (await tx.select(statement)).first()
    return Known(*row) if row else None


async def accounts_of(tx: ReadTx, actor_ids: Collection[int]) -> list[Known]:
    """Accounts by their numbers, whoever brought them."""
    statement = select(Account.actor_id, Account.role, Account.pending_role, Account.suspended_at)
    return [Known(*row) for row in await tx.select(statement.where(Account.actor_id.in_(actor_ids)))]


async def roles_given(tx: ReadTx) -> set[str]:
    """Offices for which groups of any provider propose people."""
    return {row[0] for row in await tx.select(select(IdentityRole.role).distinct())}


async def provider_names_of(tx: ReadTx, actor_id: int) -> list[str]:
    """At which providers a person is known."""
    statement = (
        select(IdentityProvider.name)
        .join(Identity, Identity.provider_id == IdentityProvider.id)
        .where(Identity.actor_id == actor_id)
        .order_by(IdentityProvider.id)
        .limit(MOST_PROVIDERS)
    )
    return [row[0] for row in await tx.select(statement)]


async def behind(tx: ReadTx, provider_id: int, *, subject: str | None, sid: str | None) -> set[int]:
    """Whom a word of the provider about a subject, or about one of its sessions, concerns."""
    found = {
        row[0]
        for row in await tx.select(
            select(Session.actor_id)
            .join(ProviderSession, ProviderSession.token_hash == Session.token_hash)
            .where(ProviderSession.provider_id == provider_id, ProviderSession.sid == (sid or ""))
        )
    }
    of_subject = select(Identity.actor_id).where(Identity.provider_id == provider_id, Identity.subject == subject)
    return found | ({row[0] for row in await tx.select(of_subject)} if subject else set())


async def session_of(tx: ReadTx, token_hash: str) -> tuple[int, bytes] | None:
    """By which provider a browser was signed in, and the sealed ID token."""
    statement = select(ProviderSession.provider_id, ProviderSession.id_token_sealed)
    row = (await tx.select(statement.where(ProviderSession.token_hash == token_hash))).first()
    return (row[0], row[1]) if row else None


async def passwords_of(tx: ReadTx) -> str:
    """Whose password alone is taken; empty: everybody's."""
    return await state.text(tx, PASSWORDS) or ""


async def may_use_password(tx: ReadTx, actor_id: int) -> bool:
    """Whether this person may sign in by a password at all: guests always, whom no company signs in."""
    only = await passwords_of(tx)
    return not only or only == str(actor_id) or await guests.is_one(tx, actor_id)
