"""Naming identity providers, mapping their groups, and giving up local passwords (product J1)."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from models.accounts import ADMIN, AUDITOR
from models.engine import WriteTx
from models.queries import identity as reading
from models.queries.identity import PASSWORDS, ProviderRow
from models.vault import Vault
from models.writes import audit, identity, sessions, state
from server.actions import accounts
from server.actions.local_actors import Here
from server.actions.officers import Officer
from server.actions.refusals import Invalid, NotThere, Refused
from server.http.languages import to_translate

_SEALED_AS: Final = "secret of an identity provider"
_MAX_NAME, _MAX_GROUPS, _MAX_GROUP = 100, 50, 400


class NewProvider(msgspec.Struct, frozen=True, kw_only=True):
    """What an administrator says of a provider."""

    name: str
    issuer: str
    client_id: str
    secret: str

    def __repr__(self) -> str:
        return f"NewProvider(issuer={self.issuer!r})"


async def add(tx: WriteTx, here: Here, new: NewProvider, by: Officer) -> int:
    """Keep a provider that was asked for its metadata just now. Nobody signs in by it before it is enabled."""
    by.require(ADMIN)
    at = here.clock.now()
    await audit.append(tx, at=at, actor=by.acct, action="identity.add", object=new.issuer, details={"name": new.name})
    if not 1 <= len(new.name) <= _MAX_NAME or not 1 <= len(new.client_id) <= _MAX_GROUP:
        raise Invalid(to_translate("A name and a client id are needed."))
    if any(one.issuer == new.issuer for one in await reading.providers(tx)):
        raise Refused(to_translate("This issuer is named already."))
    sealed = here.vault.seal(new.secret.encode(), _SEALED_AS) if new.secret else None
    return await identity.add_provider(
        tx, name=new.name, issuer=new.issuer, client_id=new.client_id, secret_sealed=sealed, at=at
    )


def secret_of(vault: Vault, provider: ProviderRow) -> str | None:
    """By which we prove to the provider who we are; None: by PKCE alone."""
    return None if provider.secret_sealed is None else vault.open(provider.secret_sealed, _SEALED_AS).decode()


async def set_groups(
    tx: WriteTx,
    here: Here,
    provider_id: int,
    *,
    claim: str,
    required: Sequence[str],
    roles: Mapping[str, str],
    by: Officer,
) -> None:
    """Which claim lists groups, which of them come in, which mean an office. Raises `Refused`."""
    by.require(ADMIN)
    provider = await _provider(tx, provider_id)
    details: dict[str, object] = {"claim": claim, "required": list(required), "roles": dict(roles)}
    at = here.clock.now()
    await audit.append(tx, at=at, actor=by.acct, action="identity.groups", object=provider.issuer, details=details)
    named = [*required, *roles]
    if len(named) > _MAX_GROUPS or any(not 1 <= len(group) <= _MAX_GROUP for group in named) or not claim:
        raise Invalid(to_translate("These groups cannot be kept."))
    if not set(roles.values()) <= {ADMIN, AUDITOR}:
        raise Invalid(to_translate("These groups cannot be kept."))
    await identity.change_provider(tx, provider_id, group_claim=claim[:_MAX_NAME], required_groups=list(required))
    await identity.set_roles(tx, provider_id, roles)


async def note_test(tx: WriteTx, here: Here, provider_id: int, by: Officer) -> None:
    """An administrator has signed in by it to try, and it worked."""
    by.require(ADMIN)
    provider = await _provider(tx, provider_id)
    at = here.clock.now()
    await audit.append(tx, at=at, actor=by.acct, action="identity.test", object=provider.issuer, details={})
    await identity.change_provider(tx, provider_id, tested_at=at)


async def enable(tx: WriteTx, here: Here, provider_id: int, by: Officer, *, is_enabled: bool) -> None:
    """People may sign in by it, or no longer. Raises `Refused` for one that was never tried."""
    by.require(ADMIN)
    provider = await _provider(tx, provider_id)
    action = "identity.enable" if is_enabled else "identity.disable"
    at = here.clock.now()
    await audit.append(tx, at=at, actor=by.acct, action=action, object=provider.issuer, details={})
    if is_enabled and provider.tested_at is None:
        raise Refused(to_translate("Try the sign-in first: the button shows what the provider says of you."))
    if not is_enabled and await reading.passwords_of(tx):
        raise Refused(to_translate("Let people use passwords again first, or nobody could sign in."))
    await identity.change_provider(tx, provider_id, is_enabled=is_enabled)


async def remove(tx: WriteTx, here: Here, provider_id: int, by: Officer) -> None:
    """Forget a provider with the names of all people there. Raises `Refused` for one that people sign in by."""
    by.require(ADMIN)
    provider = await _provider(tx, provider_id)
    at = here.clock.now()
    await audit.append(tx, at=at, actor=by.acct, action="identity.remove", object=provider.issuer, details={})
    if provider.is_enabled:
        raise Refused(to_translate("Disable it first."))
    await identity.remove_provider(tx, provider_id)


async def seal_passwords(tx: WriteTx, here: Here, username: str, password_hash: str, by: Officer) -> None:
    """No password is taken any more but that of one emergency account, which gets this one, for an envelope (J1).

    Raises `Refused` where nobody could sign in by the company yet.
    """
    by.require(ADMIN)
    person = await accounts.find(tx, username)
    at, acct = here.clock.now(), f"{person.username}@{person.host}"
    await audit.append(tx, at=at, actor=by.acct, action="identity.seal-passwords", object=acct, details={})
    if not any(one.is_enabled for one in await reading.providers(tx)):
        raise Refused(to_translate("Enable a company sign-in first."))
    if person.role != ADMIN or person.suspended_at is not None:
        raise Refused(to_translate("The emergency account has to be an administrator’s, and open."))
    if person.actor_id == by.actor_id:
        raise Refused(to_translate("Make an account of its own for emergencies: yours is for every day."))
    await sessions.change_password(tx, actor_id=person.actor_id, password_hash=password_hash, now=at)
    await state.put(tx, PASSWORDS, str(person.actor_id))


async def allow_passwords(tx: WriteTx, here: Here, by: Officer) -> None:
    """Everybody's password is taken again."""
    by.require(ADMIN)
    at = here.clock.now()
    await audit.append(tx, at=at, actor=by.acct, action="identity.allow-passwords", object="passwords", details={})
    await state.put(tx, PASSWORDS, "")


async def _provider(tx: WriteTx, provider_id: int) -> ProviderRow:
    provider = await reading.provider(tx, provider_id)
    if provider is None:
        raise NotThere(to_translate("There is no such provider."))
    return provider
