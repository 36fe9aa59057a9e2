"""Reading which client apps are in use, and what administrators have said of them. Never who uses which."""

from datetime import datetime

import msgspec
from sqlalchemy import func, select

from models.engine import ReadTx
from models.oauth import App, ClientRule, Token
from models.queries import state

MOST_SHOWN = 200
"""Names of apps in one list."""

POLICY = "client_apps"
"""Name of the fact in `server_state`."""
ANY, LISTED = "any", "listed"
"""Every app but those that are blocked, or only those that are allowed."""


class ClientRow(msgspec.Struct, frozen=True):
    """All registrations under one name: each phone registers anew."""

    name: str
    website: str | None
    people: int
    """How many people's tokens they hold."""
    since: datetime
    is_allowed: bool | None
    """None: nobody has said anything of it."""


async def in_use(tx: ReadTx) -> list[ClientRow]:
    """Apps that hold tokens, and those that somebody has said something of, by name."""
    people = func.count(func.distinct(Token.actor_id))
    statement = (
        select(App.name, func.max(App.website), people, func.min(App.created_at))
        .join(Token, Token.app_id == App.id)
        .where(Token.revoked_at.is_(None), Token.actor_id.is_not(None))
        .group_by(App.name)
        .order_by(App.name)
        .limit(MOST_SHOWN)
    )
    rules = await _rules(tx)
    rows = [
        ClientRow(row[0], row[1], row[2], row[3], rules[row[0]].is_allowed if row[0] in rules else None)
        for row in await tx.select(statement)
    ]
    named = {row.name for row in rows}
    rows += [ClientRow(name, None, 0, rule.at, rule.is_allowed) for name, rule in rules.items() if name not in named]
    return sorted(rows, key=lambda row: (row.name.casefold(), row.name))


class _Rule(msgspec.Struct, frozen=True):
    is_allowed: bool
    at: datetime


async def _rules(tx: ReadTx) -> dict[str, _Rule]:
    statement = select(ClientRule.name, ClientRule.is_allowed, ClientRule.made_at).order_by(ClientRule.name)
    return {row[0]: _Rule(row[1], row[2]) for row in await tx.select(statement.limit(MOST_SHOWN))}


async def policy(tx: ReadTx) -> str:
    """`any` or `listed`."""
    return await state.text(tx, POLICY) or ANY


async def is_allowed(tx: ReadTx, name: str) -> bool:
    """Whether an app of this name may be given access now."""
    said: bool | None = await tx.scalar(select(ClientRule.is_allowed).where(ClientRule.name == name))
    return said if said is not None else await policy(tx) == ANY


async def is_known(tx: ReadTx, name: str) -> bool:
    """Some app has registered under this name, or somebody has said something of it."""
    registered = await tx.scalar(select(App.id).where(App.name == name).limit(1))
    return registered is not None or await tx.scalar(select(ClientRule.name).where(ClientRule.name == name)) is not None


class ShellToken(msgspec.Struct, frozen=True):
    """A token that the operator made for a program, in the order of the columns."""

    id: int
    actor_id: int
    scopes: str
    created_at: datetime


async def shell_tokens(tx: ReadTx) -> list[ShellToken]:
    """What was made at the command line and stands, the newest first."""
    statement = (
        select(Token.id, Token.actor_id, Token.scopes, Token.created_at)
        .where(Token.app_id.is_(None), Token.actor_id.is_not(None), Token.revoked_at.is_(None))
        .order_by(Token.id.desc())
        .limit(MOST_SHOWN)
    )
    return [ShellToken(*row) for row in await tx.select(statement)]
