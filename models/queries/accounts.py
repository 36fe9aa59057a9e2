"""Reading local accounts: sessions, credentials, sign-in links, failures, and what a person belongs to."""

from datetime import datetime

import msgspec
from sqlalchemy import and_, bindparam, func, or_, select

from models.accounts import Account, Session, SignInFailure, SignInLink
from models.actors import Actor, Follow
from models.communities import Community
from models.engine import ReadTx
from models.gate import Person
from models.identity import IdentityProvider, ProviderSession
from models.statements import lasting

MAX_MEMBERSHIPS = 500
"""Communities of one person that are listed."""

MAX_SESSIONS = 100
"""Browsers of one person that are listed."""


class SignedIn(msgspec.Struct, frozen=True):
    """Whose browser this is, in the order of the columns."""

    actor_id: int
    username: str
    host: str
    display_name: str
    role: str
    language: str | None

    @property
    def person(self) -> Person:
        """As a viewer."""
        return Person(self.actor_id)

    @property
    def name(self) -> str:
        """What to call them."""
        return self.display_name or self.username

    @property
    def acct(self) -> str:
        """`name@host`, as the audit trail has it."""
        return f"{self.username}@{self.host}"


# Paid on every page: built once. A suspended account has no sessions, whatever rows are left (T120).
_SESSION = lasting(
    lambda: (
        select(Account.actor_id, Actor.username, Actor.host, Actor.display_name, Account.role, Account.language)
        .join(Session, Session.actor_id == Account.actor_id)
        .join(Actor, Actor.id == Account.actor_id)
        .where(
            Session.token_hash == bindparam("token_hash"),
            Session.expires_at > bindparam("now"),
            Account.suspended_at.is_(None),
        )
    )
)


async def signed_in(tx: ReadTx, token_hash: str, now: datetime) -> SignedIn | None:
    """Who holds this session, if it stands at this instant. One statement."""
    row = (await tx.select(_SESSION(), {"token_hash": token_hash, "now": now})).fetchone()
    return None if row is None else SignedIn(*row)


class OwnSession(msgspec.Struct, frozen=True):
    """A browser where somebody is signed in, in the order of the columns."""

    token_hash: str
    browser: str
    created_at: datetime
    provider: str | None
    """Of the company's sign-in by which it began."""


async def sessions_of(tx: ReadTx, viewer: Person, now: datetime) -> list[OwnSession]:
    """Where the viewer is signed in, the newest first. Uses ix_sessions_actor_id."""
    statement = (
        select(Session.token_hash, Session.browser, Session.created_at, IdentityProvider.name)
        .outerjoin(ProviderSession, ProviderSession.token_hash == Session.token_hash)
        .outerjoin(IdentityProvider, IdentityProvider.id == ProviderSession.provider_id)
        .where(Session.actor_id == viewer.actor_id, Session.expires_at > now)
        .order_by(Session.created_at.desc(), Session.token_hash)
        .limit(MAX_SESSIONS)
    )
    return [OwnSession(*row) for row in await tx.select(statement)]


class Credentials(msgspec.Struct, frozen=True):
    """What a sign-in is checked against, in the order of the columns."""

    actor_id: int
    password_hash: str | None
    suspended_at: datetime | None


_CREDENTIALS = lasting(lambda: select(Account.actor_id, Account.password_hash, Account.suspended_at))


async def credentials(tx: ReadTx, identifier: str) -> Credentials | None:
    """The account with this name, e-mail address or (after that) whole handle, folded to lower case."""
    name, at, host = identifier.partition("@")
    is_named = and_(Actor.username == name, Actor.host == host) if at else Actor.username == name
    statement = (
        _CREDENTIALS()
        .join(Actor, Actor.id == Account.actor_id)
        .where(or_(Account.email == identifier, is_named))
        .order_by((Account.email == identifier).desc())
        .limit(1)
    )
    row = (await tx.select(statement)).fetchone()
    return None if row is None else Credentials(*row)


async def credentials_of(tx: ReadTx, viewer: Person) -> Credentials | None:
    """The viewer's own."""
    row = (await tx.select(_CREDENTIALS().where(Account.actor_id == viewer.actor_id))).fetchone()
    return None if row is None else Credentials(*row)


async def is_active(tx: ReadTx, viewer: Person) -> bool:
    """Whether the viewer has an account that is not suspended."""
    statement = select(Account.actor_id).where(Account.actor_id == viewer.actor_id, Account.suspended_at.is_(None))
    return await tx.scalar(statement) is not None


async def failures(tx: ReadTx, subject: str, since: datetime) -> list[datetime]:
    """When sign-ins of this subject failed or are being tried, the oldest first. Uses ix_sign_in_failures_subject."""
    statement = (
        select(SignInFailure.at)
        .where(SignInFailure.subject == subject, SignInFailure.at > since)
        .order_by(SignInFailure.at.desc())
        .limit(100)
    )
    return [at for (at,) in await tx.select(statement)][::-1]


async def sign_in_link(tx: ReadTx, token_hash: str, now: datetime) -> SignedIn | None:
    """Whom a one-time address would sign in at this instant."""
    statement = (
        select(Account.actor_id, Actor.username, Actor.host, Actor.display_name, Account.role, Account.language)
        .join(SignInLink, SignInLink.actor_id == Account.actor_id)
        .join(Actor, Actor.id == Account.actor_id)
        .where(SignInLink.token_hash == token_hash, SignInLink.expires_at > now, Account.suspended_at.is_(None))
    )
    row = (await tx.select(statement)).fetchone()
    return None if row is None else SignedIn(*row)


class Membership(msgspec.Struct, frozen=True):
    """A community that somebody belongs to, in the order of the columns."""

    username: str
    host: str
    title: str
    role: str
    visibility: str | None
    is_local: bool | None

    @property
    def acct(self) -> str:
        """Its whole handle, without the leading @."""
        return f"{self.username}@{self.host}"


async def memberships(tx: ReadTx, viewer: Person) -> list[Membership]:
    """The viewer's own communities, by title."""
    statement = (
        select(Actor.username, Actor.host, Actor.display_name, Follow.role, Community.visibility, Community.is_local)
        .join(Follow, Follow.target_id == Actor.id)
        .join(Community, Community.actor_id == Actor.id)
        .where(
            Follow.follower_id == viewer.actor_id,
            Follow.is_accepted,
            Actor.deleted_at.is_(None),
        )
        .order_by(func.lower(Actor.display_name), Actor.id)
        .limit(MAX_MEMBERSHIPS)
    )
    return [Membership(*row) for row in await tx.select(statement)]
