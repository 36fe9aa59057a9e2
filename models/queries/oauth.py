"""Reading apps, authorization codes and tokens. Secrets are looked up by their SHA-256, never by their text (T145)."""

from datetime import datetime

import msgspec
from sqlalchemy import and_, bindparam, func, select

from models.accounts import OBSERVER, Account
from models.actors import Follow
from models.communities import HOST_ROLE, MODERATOR_ROLE
from models.engine import ReadTx
from models.gate import Person
from models.oauth import App, AuthorizationCode, Token
from models.statements import lasting

MAX_GRANTS = 50
"""Grants of one app to one person that are looked at: more than anybody gives within the 90 days that count."""

MAX_APPS = 200
"""Apps of one person that are listed."""


class TokenRow(msgspec.Struct, frozen=True):
    """A token with what decides whether it counts, in the order of the columns."""

    id: int
    actor_id: int | None
    community_id: int | None
    """Acts by it, with the actor behind."""
    leads: bool
    """The actor leads that community now."""
    app_id: int | None
    scopes: str
    is_revoked: bool
    account_id: int | None
    """Equal to `actor_id`, or None where the account is gone."""
    is_suspended: bool
    app_name: str | None
    app_website: str | None
    made_at: datetime
    is_observers: bool
    """Of somebody to whom apps have no access."""


LEADING = (Follow.is_accepted, Follow.role.in_((HOST_ROLE, MODERATOR_ROLE)))
"""Of a follow: the follower is one of those who lead the community."""

# Paid on every API request: built once, one look-up by unique key (uq_oauth_tokens_token_hash), and for a community's
# token one more (uq_follows_follower_id).
_TOKEN_BY_HASH = lasting(
    lambda: (
        select(
            Token.id,
            Token.actor_id,
            Token.community_id,
            Follow.id.is_not(None),
            Token.app_id,
            Token.scopes,
            Token.revoked_at.is_not(None),
            Account.actor_id,
            Account.suspended_at.is_not(None),
            App.name,
            App.website,
            Token.created_at,
            Account.role == OBSERVER,
        )
        .outerjoin(Account, Account.actor_id == Token.actor_id)
        .outerjoin(App, App.id == Token.app_id)
        .outerjoin(Follow, and_(Follow.follower_id == Token.actor_id, Follow.target_id == Token.community_id, *LEADING))
        .where(Token.token_hash == bindparam("token_hash"))
    )
)


async def token_by_hash(tx: ReadTx, token_hash: str) -> TokenRow | None:
    """The token, revoked or not, with its account's state. One statement."""
    row = (await tx.select(_TOKEN_BY_HASH(), {"token_hash": token_hash})).fetchone()
    return None if row is None else TokenRow(*row)


async def token_made_at(tx: ReadTx, token_id: int) -> datetime | None:
    """When the token was given."""
    made_at: datetime | None = await tx.scalar(select(Token.created_at).where(Token.id == token_id))
    return made_at


class AppRow(msgspec.Struct, frozen=True):
    """A registered app, in the order of the columns."""

    id: int
    client_id: str
    secret_hash: str
    name: str
    website: str | None
    redirect_uris: list[str]
    scopes: str


_APP = lasting(
    lambda: select(App.id, App.client_id, App.secret_hash, App.name, App.website, App.redirect_uris, App.scopes)
)


async def app_by_client_id(tx: ReadTx, client_id: str) -> AppRow | None:
    """The app that calls itself so."""
    row = (await tx.select(_APP().where(App.client_id == client_id))).fetchone()
    return None if row is None else AppRow(*row)


async def app_by_id(tx: ReadTx, app_id: int) -> AppRow | None:
    """The app of a token."""
    row = (await tx.select(_APP().where(App.id == app_id))).fetchone()
    return None if row is None else AppRow(*row)


class CodeRow(msgspec.Struct, frozen=True):
    """An authorization code with all that it is bound to, in the order of the columns."""

    app_id: int
    actor_id: int
    community_id: int | None
    redirect_uri: str
    scopes: str
    challenge: str | None
    expires_at: datetime
    used_at: datetime | None


_CODE = lasting(
    lambda: select(
        AuthorizationCode.app_id,
        AuthorizationCode.actor_id,
        AuthorizationCode.community_id,
        AuthorizationCode.redirect_uri,
        AuthorizationCode.scopes,
        AuthorizationCode.challenge,
        AuthorizationCode.expires_at,
        AuthorizationCode.used_at,
    )
)


async def code_by_hash(tx: ReadTx, code_hash: str) -> CodeRow | None:
    """The code, used, expired or neither."""
    row = (await tx.select(_CODE().where(AuthorizationCode.code_hash == code_hash))).fetchone()
    return None if row is None else CodeRow(*row)


async def granted_scopes(tx: ReadTx, *, app_id: int, actor_id: int, since: datetime) -> list[str]:
    """The scopes of each token that the person gave the app since then, to act as themselves, and did not revoke
    (T141).
    """
    statement = (
        select(Token.scopes)
        .where(
            Token.actor_id == actor_id,
            Token.community_id.is_(None),
            Token.app_id == app_id,
            Token.created_at >= since,
            Token.revoked_at.is_(None),
        )
        .order_by(Token.id.desc())
        .limit(MAX_GRANTS)
    )
    return [scopes for (scopes,) in await tx.select(statement)]


class AuthorisedApp(msgspec.Struct, frozen=True):
    """An app that holds tokens of a person, in the order of the columns."""

    app_id: int | None
    """None: tokens made at the command line."""
    name: str | None
    website: str | None
    granted_at: datetime
    """When it got its newest token."""


async def authorised_apps(tx: ReadTx, viewer: Person) -> list[AuthorisedApp]:
    """Everything that can act in the person's name at the moment, the newest first."""
    newest = func.max(Token.created_at)
    statement = (
        select(Token.app_id, App.name, App.website, newest)
        .outerjoin(App, App.id == Token.app_id)
        .where(Token.actor_id == viewer.actor_id, Token.revoked_at.is_(None))
        .group_by(Token.app_id, App.name, App.website)
        .order_by(newest.desc())
        .limit(MAX_APPS)
    )
    return [AuthorisedApp(*row) for row in await tx.select(statement)]
