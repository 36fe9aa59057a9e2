"""What administrators see through the client API: accounts of the firm and of partners, and nothing that they wrote."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import and_, func, or_, select

from models.accounts import ADMIN, Account
from models.actors import PERSON, Actor
from models.engine import Columns, ReadTx
from models.peers import ACTIVE, ENDED, SUSPENDED, Peer
from models.queries.actors import WIDTH, ActorRow, actor_rows, actors, by_handle, by_uri
from models.queries.paging import Page
from models.queries.peers import PeerRow


class AdministeredRow(msgspec.Struct, frozen=True):
    """One person; what belongs to an account is null for those of partners."""

    actor: ActorRow
    email: str | None
    role: str | None
    language: str | None
    suspended_at: datetime | None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which people; what is None is not asked for."""

    is_local: bool | None = None
    is_suspended: bool | None = None
    is_staff: bool = False
    username: str | None = None
    display_name: str | None = None
    email: str | None = None
    domain: str | None = None


def _people() -> Columns:
    return (
        actors()
        .outerjoin(Account, Account.actor_id == Actor.id)
        .where(Actor.type == PERSON, or_(Account.actor_id.is_not(None), Actor.peer_id.is_not(None)))
        .add_columns(Account.email, Account.role, Account.language, Account.suspended_at)
    )


def _rows(rows: Any) -> list[AdministeredRow]:
    return [AdministeredRow(actor, *row[WIDTH:]) for row, actor in zip(rows, actor_rows(rows), strict=True)]


async def people(tx: ReadTx, wanted: Wanted, page: Page) -> list[AdministeredRow]:
    """People of this firm and those of partners who are known here, the newest first."""
    statement = _people()
    if wanted.is_local is not None:
        statement = statement.where(Actor.peer_id.is_(None) if wanted.is_local else Actor.peer_id.is_not(None))
    if wanted.is_suspended is not None:
        closed = or_(*(one.is_not(None) for one in (Account.suspended_at, Actor.suspended_at, Actor.blocked_at)))
        statement = statement.where(closed if wanted.is_suspended else ~closed)
    if wanted.is_staff:
        statement = statement.where(Account.role == ADMIN)
    for column, text in ((Actor.username, wanted.username), (func.lower(Actor.display_name), wanted.display_name)):
        if text:
            statement = statement.where(column.startswith(text.lower(), autoescape=True))
    if wanted.email:
        statement = statement.where(Account.email == wanted.email.lower())
    if wanted.domain:
        statement = statement.where(Actor.host == wanted.domain.lower())
    return page.ordered(_rows((await tx.select(page.bound(statement, Actor.id))).all()))


async def of_ids(tx: ReadTx, ids: list[int]) -> dict[int, AdministeredRow]:
    """People by id."""
    if not ids:
        return {}
    return {row.actor.id: row for row in _rows((await tx.select(_people().where(Actor.id.in_(ids)))).all())}


async def actor_named(tx: ReadTx, name: str, domain: str) -> ActorRow | None:
    """Somebody by id or by handle, which is at `domain` where it does not say."""
    plain, _, host = name.removeprefix("@").removeprefix("!").partition("@")
    return await by_uri(tx, name) or await by_handle(tx, plain, (host or domain).lower())


async def blocked(tx: ReadTx) -> list[tuple[ActorRow, datetime]]:
    """Whom administrators block at partners, the last first."""
    statement = actors().where(Actor.blocked_at.is_not(None)).order_by(Actor.blocked_at.desc(), Actor.id)
    found = actor_rows((await tx.select(statement)).all())
    return [(actor, actor.blocked_at) for actor in found if actor.blocked_at is not None]


async def role_of(tx: ReadTx, actor_id: int) -> tuple[str, str] | None:
    """The role of an open account and its handle."""
    statement = select(Account.role, Actor.username, Actor.host).join(Actor, Actor.id == Account.actor_id)
    row = (await tx.select(statement.where(Account.actor_id == actor_id, Account.suspended_at.is_(None)))).first()
    return (row[0], f"{row[1]}@{row[2]}") if row else None


async def allowed(tx: ReadTx, page: Page) -> list[PeerRow]:
    """Servers that are spoken to, by the id of the partner."""
    return await _peers(tx, page, ACTIVE)


async def held(tx: ReadTx, page: Page) -> list[PeerRow]:
    """Partners with whom the exchange is suspended."""
    return await _peers(tx, page, SUSPENDED)


async def _peers(tx: ReadTx, page: Page, state: str) -> list[PeerRow]:
    columns = [getattr(Peer, name) for name in PeerRow.__struct_fields__]
    statement = select(*columns).where(and_(Peer.state == state, Peer.state != ENDED))
    return page.ordered([PeerRow(*row) for row in await tx.select(page.bound(statement, Peer.id))])
