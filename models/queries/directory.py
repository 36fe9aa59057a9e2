"""Reading what the company's directory has said."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import exists, func, select

from models.accounts import Account
from models.actors import Actor
from models.base import aliased
from models.directory import GROUP, USER, Deactivation, DirectoryEntry, DirectoryError, DirectoryMember, DirectoryToken
from models.engine import Columns, ReadTx

MOST = 10_000
"""Resources that are looked through for one answer."""

_AT_ONCE = 500
_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def unit_in(document: dict[str, object] | None) -> str | None:
    """What a person's document calls their department (RFC 7643, 4.3); None: it is not known."""
    said = (document or {}).get(_ENTERPRISE)
    unit = said.get("department") if isinstance(said, dict) else None
    return unit.strip() or None if isinstance(unit, str) else None


async def unit_of(tx: ReadTx, actor_id: int) -> str | None:
    """The unit of somebody here, as provisioning says it. Uses ix_directory_entries_actor_id."""
    entry = select(DirectoryEntry.document).where(DirectoryEntry.actor_id == actor_id, DirectoryEntry.kind == USER)
    return unit_in(await tx.scalar(entry.where(DirectoryEntry.removed_at.is_(None)).limit(1)))


class EntryRow(msgspec.Struct, frozen=True):
    """One resource, in the order of the columns."""

    id: int
    kind: str
    name: str
    external_id: str | None
    document: dict[str, object]
    actor_id: int | None
    is_active: bool
    held_at: datetime | None
    version: int
    created_at: datetime
    changed_at: datetime
    role: str | None


_ENTRIES: Columns = select(
    DirectoryEntry.id,
    DirectoryEntry.kind,
    DirectoryEntry.name,
    DirectoryEntry.external_id,
    DirectoryEntry.document,
    DirectoryEntry.actor_id,
    DirectoryEntry.is_active,
    DirectoryEntry.held_at,
    DirectoryEntry.version,
    DirectoryEntry.created_at,
    DirectoryEntry.changed_at,
    DirectoryEntry.role,
)


_PRESENT = _ENTRIES.where(DirectoryEntry.removed_at.is_(None))


async def entry(tx: ReadTx, kind: str, entry_id: int) -> EntryRow | None:
    """One resource by its number."""
    row = (await tx.select(_PRESENT.where(DirectoryEntry.kind == kind, DirectoryEntry.id == entry_id))).first()
    return EntryRow(*row) if row else None


async def by_name(tx: ReadTx, kind: str, name: str) -> EntryRow | None:
    """One resource by its folded name."""
    row = (await tx.select(_PRESENT.where(DirectoryEntry.kind == kind, DirectoryEntry.name == name))).first()
    return EntryRow(*row) if row else None


async def by_external_id(tx: ReadTx, kind: str, external_id: str) -> list[EntryRow]:
    """Resources that the directory calls so: it alone keeps that unique."""
    statement = _PRESENT.where(DirectoryEntry.kind == kind, DirectoryEntry.external_id == external_id)
    return [EntryRow(*row) for row in await tx.select(statement.order_by(DirectoryEntry.id).limit(MOST))]


async def page(tx: ReadTx, kind: str, *, offset: int = 0, limit: int = MOST) -> list[EntryRow]:
    """Resources in the order in which they came."""
    statement = _PRESENT.where(DirectoryEntry.kind == kind).order_by(DirectoryEntry.id).offset(offset)
    return [EntryRow(*row) for row in await tx.select(statement.limit(min(limit, MOST)))]


async def count(tx: ReadTx, kind: str) -> int:
    """How many there are."""
    present = select(func.count()).where(DirectoryEntry.kind == kind, DirectoryEntry.removed_at.is_(None))
    return int(await tx.scalar(present))


async def members(tx: ReadTx, group_ids: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    """Of each group number and name of its members."""
    statement = (
        select(DirectoryMember.group_id, DirectoryEntry.id, DirectoryEntry.name)
        .join(DirectoryEntry, DirectoryEntry.id == DirectoryMember.user_id)
        .where(DirectoryMember.group_id.in_(group_ids))
        .order_by(DirectoryEntry.id)
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for group, user, name in await tx.select(statement) if group_ids else ():
        found.setdefault(group, []).append((user, name))
    return found


async def groups(tx: ReadTx, user_ids: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    """Of each person number and name of the groups they are in."""
    statement = (
        select(DirectoryMember.user_id, DirectoryEntry.id, DirectoryEntry.name)
        .join(DirectoryEntry, DirectoryEntry.id == DirectoryMember.group_id)
        .where(DirectoryMember.user_id.in_(user_ids))
        .order_by(DirectoryEntry.id)
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for user, group, name in await tx.select(statement) if user_ids else ():
        found.setdefault(user, []).append((group, name))
    return found


async def missing(tx: ReadTx, user_ids: Sequence[int]) -> set[int]:
    """Those of the numbers that are no person's."""
    statement = select(DirectoryEntry.id).where(DirectoryEntry.kind == USER, DirectoryEntry.id.in_(user_ids))
    return set(user_ids) - {row[0] for row in await tx.select(statement)} if user_ids else set()


async def of_actor(tx: ReadTx, actor_id: int) -> EntryRow | None:
    """What the directory says of a person here."""
    row = (await tx.select(_ENTRIES.where(DirectoryEntry.actor_id == actor_id))).first()
    return EntryRow(*row) if row else None


async def account_with_email(tx: ReadTx, email: str) -> int | None:
    """The account with this address, if the directory speaks of it nowhere else yet."""
    claimed = select(DirectoryEntry.actor_id).where(DirectoryEntry.actor_id == Account.actor_id)
    statement = select(Account.actor_id).where(Account.email == email, ~claimed.exists())
    found: int | None = await tx.scalar(statement)
    return found


async def held(tx: ReadTx) -> list[EntryRow]:
    """People whom the directory closed and an administrator has to confirm, the oldest first."""
    statement = _ENTRIES.where(DirectoryEntry.kind == USER, DirectoryEntry.held_at.is_not(None))
    return [EntryRow(*row) for row in await tx.select(statement.order_by(DirectoryEntry.held_at).limit(MOST))]


async def deactivated_since(tx: ReadTx, since: datetime) -> int:
    """How many accounts the directory has closed, or wanted to."""
    return int(await tx.scalar(select(func.count()).where(Deactivation.at > since)))


async def open_accounts(tx: ReadTx) -> int:
    """How many accounts are open at all."""
    return int(await tx.scalar(select(func.count()).where(Account.suspended_at.is_(None))))


class TokenRow(msgspec.Struct, frozen=True):
    """A token, in the order of the columns."""

    id: int
    name: str
    created_at: datetime
    used_at: datetime | None


_TOKENS: Columns = select(
    DirectoryToken.id, DirectoryToken.name, DirectoryToken.created_at, DirectoryToken.used_at
).where(DirectoryToken.revoked_at.is_(None))


async def token(tx: ReadTx, token_hash: str) -> TokenRow | None:
    """The token, if it stands."""
    row = (await tx.select(_TOKENS.where(DirectoryToken.token_hash == token_hash))).first()
    return TokenRow(*row) if row else None


async def tokens(tx: ReadTx) -> list[TokenRow]:
    """Every token that stands."""
    return [TokenRow(*row) for row in await tx.select(_TOKENS.order_by(DirectoryToken.id).limit(100))]


async def without_account(tx: ReadTx) -> list[EntryRow]:
    """People of whom the directory has spoken and who have no account here, in the order in which they came."""
    statement = _PRESENT.where(DirectoryEntry.kind == USER, DirectoryEntry.actor_id.is_(None))
    return [EntryRow(*row) for row in await tx.select(statement.order_by(DirectoryEntry.id).limit(MOST))]


async def next_without_account(tx: ReadTx, *, after: int) -> EntryRow | None:
    """The next of them who is to have one."""
    statement = _PRESENT.where(
        DirectoryEntry.kind == USER,
        DirectoryEntry.actor_id.is_(None),
        DirectoryEntry.is_active,
        DirectoryEntry.id > after,
    )
    row = (await tx.select(statement.order_by(DirectoryEntry.id).limit(1))).first()
    return EntryRow(*row) if row else None


async def has_accounts(tx: ReadTx) -> bool:
    """Whether the directory has brought anybody."""
    return bool(await tx.scalar(select(exists().where(DirectoryEntry.actor_id.is_not(None)))))


async def is_in_charge(tx: ReadTx) -> bool:
    """Whether the company's directory makes and closes accounts here: it has brought somebody, and may still write."""
    return await has_accounts(tx) and bool(await tokens(tx))


async def handles_with_email(tx: ReadTx, emails: Sequence[str]) -> dict[str, str]:
    """Names of accounts here by these addresses, where the directory does not speak of them already."""
    claimed = select(DirectoryEntry.actor_id).where(DirectoryEntry.actor_id == Account.actor_id)
    found: dict[str, str] = {}
    wanted = sorted({one for one in emails if one})
    for start in range(0, len(wanted), _AT_ONCE):
        statement = (
            select(Account.email, Actor.username)
            .join(Actor, Actor.id == Account.actor_id)
            .where(Account.email.in_(wanted[start : start + _AT_ONCE]), ~claimed.exists())
        )
        found |= {row[0]: row[1] for row in await tx.select(statement)}
    return found


async def accounts_in(tx: ReadTx, group_id: int) -> list[int]:
    """Accounts of the people in a group."""
    statement = (
        select(DirectoryEntry.actor_id)
        .join(DirectoryMember, DirectoryMember.user_id == DirectoryEntry.id)
        .where(DirectoryMember.group_id == group_id, DirectoryEntry.actor_id.is_not(None))
    )
    return [row[0] for row in await tx.select(statement)]


async def roles_of(tx: ReadTx, actor_id: int) -> set[str]:
    """Offices for which the directory's groups propose somebody."""
    group, person = aliased(DirectoryEntry), aliased(DirectoryEntry)
    statement = (
        select(group.role)
        .join(DirectoryMember, DirectoryMember.group_id == group.id)
        .join(person, person.id == DirectoryMember.user_id)
        .where(person.actor_id == actor_id, person.is_active, group.role.is_not(None))
    )
    return {row[0] for row in await tx.select(statement)}


async def roles_given(tx: ReadTx) -> set[str]:
    """Offices for which any group of the directory proposes people, or did."""
    statement = select(DirectoryEntry.role).where(DirectoryEntry.role.is_not(None)).distinct()
    return {row[0] for row in await tx.select(statement)}


async def groups_with_role(tx: ReadTx) -> list[EntryRow]:
    """Groups that propose people for an office."""
    statement = _PRESENT.where(DirectoryEntry.kind == GROUP, DirectoryEntry.role.is_not(None))
    return [EntryRow(*row) for row in await tx.select(statement.order_by(DirectoryEntry.name).limit(MOST))]


class ErrorRow(msgspec.Struct, frozen=True):
    """What the directory was refused, in the order of the columns."""

    at: datetime
    by: str
    request: str
    status: int
    detail: str


async def errors(tx: ReadTx, *, since: datetime) -> list[ErrorRow]:
    """The newest two hundred."""
    statement = (
        select(
            DirectoryError.at,
            DirectoryError.speaker,
            DirectoryError.request,
            DirectoryError.status,
            DirectoryError.detail,
        )
        .where(DirectoryError.at > since)
        .order_by(DirectoryError.id.desc())
        .limit(200)
    )
    return [ErrorRow(*row) for row in await tx.select(statement)]
