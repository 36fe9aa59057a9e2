"""What an operator sees of our own people and communities: names, roles and sizes, nothing that they wrote."""

from datetime import datetime

import msgspec
from sqlalchemy import exists, func, or_, select

from models.accounts import ADMIN, Account, Session
from models.actors import GROUP, Actor, Follow
from models.communities import HOST_ROLE, Community
from models.engine import Columns, ReadTx
from models.oauth import Token


class AccountRow(msgspec.Struct, frozen=True):
    """One account, in the order of the columns."""

    actor_id: int
    username: str
    host: str
    uri: str
    email: str
    role: str
    suspended_at: datetime | None
    ends_at: datetime | None
    """Of a guest."""


_ACCOUNTS: Columns = select(
    Account.actor_id,
    Actor.username,
    Actor.host,
    Actor.uri,
    Account.email,
    Account.role,
    Account.suspended_at,
    Account.ends_at,
).join(Actor, Actor.id == Account.actor_id)


async def people(tx: ReadTx) -> list[AccountRow]:
    """Every account, by name."""
    return [AccountRow(*row) for row in await tx.select(_ACCOUNTS.order_by(Actor.username))]


async def person(tx: ReadTx, username: str) -> AccountRow | None:
    """The account with this name, folded to lower case."""
    statement = _ACCOUNTS.where(Actor.username == username, Actor.peer_id.is_(None), Actor.deleted_at.is_(None))
    row = (await tx.select(statement)).first()
    return AccountRow(*row) if row else None


async def active_admins(tx: ReadTx) -> list[int]:
    """Ids of the administrators whose account is open."""
    statement = select(Account.actor_id).where(Account.role == ADMIN, Account.suspended_at.is_(None))
    return [row[0] for row in await tx.select(statement)]


async def is_name_used(tx: ReadTx, username: str) -> bool:
    """Somebody or something here has the name, or had it: a name is never given twice (threats T173, T174)."""
    return await tx.scalar(select(Actor.id).where(Actor.username == username, Actor.peer_id.is_(None))) is not None


async def is_email_used(tx: ReadTx, email: str) -> bool:
    """An account has this address, folded to lower case."""
    return await tx.scalar(select(Account.actor_id).where(Account.email == email)) is not None


async def has_accounts(tx: ReadTx) -> bool:
    """There is at least one account."""
    return await tx.scalar(select(Account.actor_id).limit(1)) is not None


async def can_sign_in(tx: ReadTx, actor_id: int) -> bool:
    """The person has a password or is signed in somewhere: needs no one-time address."""
    statement = select(Account.actor_id).where(
        Account.actor_id == actor_id,
        Account.password_hash.is_not(None) | exists().where(Session.actor_id == Account.actor_id),
    )
    return await tx.scalar(statement) is not None


class CommunityRow(msgspec.Struct, frozen=True):
    """One community of ours, in the order of the columns."""

    actor_id: int
    username: str
    host: str
    uri: str
    title: str
    visibility: str
    scope: str
    label: int
    members: int
    """Everybody who has joined, hosts and remote people included."""


async def communities(tx: ReadTx) -> list[CommunityRow]:
    """Every community of ours, by name. Members are counted with ix_follows_target."""
    members = (
        select(func.count())
        .select_from(Follow)
        .where(Follow.target_id == Actor.id, Follow.is_accepted)
        .scalar_subquery()
    )
    statement = (
        select(
            Actor.id,
            Actor.username,
            Actor.host,
            Actor.uri,
            Actor.display_name,
            Community.visibility,
            Community.scope,
            Community.label,
            members,
        )
        .join(Community, Community.actor_id == Actor.id)
        .where(Community.is_local, Actor.deleted_at.is_(None))
        .order_by(Actor.username)
    )
    return [CommunityRow(*row) for row in await tx.select(statement)]


class MemberRow(msgspec.Struct, frozen=True):
    """One member of a community, in the order of the columns."""

    username: str
    host: str
    display_name: str
    role: str
    since: datetime | None


async def community_id(tx: ReadTx, username: str) -> int | None:
    """The id of our community with this name, folded to lower case."""
    statement = select(Actor.id).where(
        Actor.username == username, Actor.type == GROUP, Actor.peer_id.is_(None), Actor.deleted_at.is_(None)
    )
    found: int | None = await tx.scalar(statement)
    return found


async def members(tx: ReadTx, identifier: int) -> list[MemberRow]:
    """Everybody who has joined a community, in the order in which they joined."""
    statement = (
        select(Actor.username, Actor.host, Actor.display_name, Follow.role, Follow.accepted_at)
        .join(Follow, Follow.follower_id == Actor.id)
        .where(Follow.target_id == identifier, Follow.is_accepted)
        .order_by(Follow.id)
    )
    return [MemberRow(*row) for row in await tx.select(statement)]


MOST_PEOPLE = 50
"""People on one page of the list."""


class Listed(msgspec.Struct, frozen=True):
    """One person in the administrators' list, in the order of the columns."""

    actor_id: int
    username: str
    host: str
    display_name: str
    email: str
    role: str
    suspended_at: datetime | None

    @property
    def name(self) -> str:
        """What to call them."""
        return self.display_name or self.username


async def people_page(
    tx: ReadTx, *, text: str = "", role: str = "", is_suspended: bool | None = None, after: str = ""
) -> list[Listed]:
    """People by name, those behind the name `after`; `text` is a part of name, display name or address."""
    statement = (
        select(
            Account.actor_id,
            Actor.username,
            Actor.host,
            Actor.display_name,
            Account.email,
            Account.role,
            Account.suspended_at,
        )
        .join(Actor, Actor.id == Account.actor_id)
        .where(Actor.deleted_at.is_(None), Actor.username > after)
        .order_by(Actor.username)
        .limit(MOST_PEOPLE)
    )
    if text:
        columns = (Actor.username, func.lower(Actor.display_name), Account.email)
        statement = statement.where(or_(*(column.contains(text.lower(), autoescape=True) for column in columns)))
    if role:
        statement = statement.where(Account.role == role)
    if is_suspended is not None:
        statement = statement.where(Account.suspended_at.is_not(None) == is_suspended)
    return [Listed(*row) for row in await tx.select(statement)]


class Access(msgspec.Struct, frozen=True):
    """By what somebody gets in: numbers only, never where or when they were (product rule 7)."""

    display_name: str
    has_password: bool
    sessions: int
    tokens: int
    created_at: datetime


async def access_of(tx: ReadTx, actor_id: int, now: datetime) -> Access | None:
    """How many browsers and apps of a person are signed in."""
    sessions = select(func.count()).where(Session.actor_id == actor_id, Session.expires_at > now).scalar_subquery()
    tokens = select(func.count()).where(Token.actor_id == actor_id, Token.revoked_at.is_(None)).scalar_subquery()
    columns = (Actor.display_name, Account.password_hash.is_not(None), sessions, tokens, Account.created_at)
    statement = select(*columns).join(Actor, Actor.id == Account.actor_id).where(Account.actor_id == actor_id)
    row = (await tx.select(statement)).first()
    return Access(*row) if row else None


async def numbers(tx: ReadTx) -> dict[str, int]:
    """How many accounts are open, by role."""
    statement = select(Account.role, func.count()).where(Account.suspended_at.is_(None)).group_by(Account.role)
    return {row[0]: int(row[1]) for row in await tx.select(statement)}


async def handles(tx: ReadTx, actor_ids: list[int]) -> dict[int, str]:
    """`name@host` of these people."""
    statement = select(Actor.id, Actor.username, Actor.host).where(Actor.id.in_(actor_ids))
    return {row[0]: f"{row[1]}@{row[2]}" for row in await tx.select(statement)} if actor_ids else {}


async def hosts_of(tx: ReadTx, community_ids: list[int]) -> dict[int, list[str]]:
    """Of each community the names of its hosts whose account is open; communities without any are left out."""
    statement = (
        select(Follow.target_id, Actor.username)
        .join(Actor, Actor.id == Follow.follower_id)
        .join(Account, Account.actor_id == Actor.id)
        .where(
            Follow.target_id.in_(community_ids),
            Follow.is_accepted,
            Follow.role == HOST_ROLE,
            Account.suspended_at.is_(None),
        )
        .order_by(Actor.username)
    )
    found: dict[int, list[str]] = {}
    for community, username in await tx.select(statement) if community_ids else ():
        found.setdefault(community, []).append(username)
    return found


async def pending_role(tx: ReadTx, actor_id: int) -> str | None:
    """What the directory says of somebody and nobody has confirmed."""
    found: str | None = await tx.scalar(select(Account.pending_role).where(Account.actor_id == actor_id))
    return found
