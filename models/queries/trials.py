"""Reading trials: how far one has come, which are due. Nothing that somebody wrote in one."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select

from models.accounts import Account
from models.actors import Actor, Follow
from models.authority import firm_office
from models.base import UtcDateTime, aliased
from models.communities import HOST_ROLE, Community
from models.engine import Columns, ReadTx, WriteTx
from models.statements import lasting
from models.trials import Trial, TrialDelegate

_Host, _Asker = aliased(Follow, name="host"), aliased(Actor, name="asker")


class TrialRow(msgspec.Struct, frozen=True):
    """One trial, in the order of the columns."""

    community_id: int
    name: str
    acct: str
    title: str
    visibility: str
    ends_at: datetime
    asked_at: datetime | None
    asked_by: str | None
    due_at: datetime | None
    refusal: str
    hosts: int
    """Of this firm, whose account is open."""
    members: int
    has_purpose: bool
    has_charter: bool

    def is_over(self, now: datetime) -> bool:
        """Its time is up."""
        return self.ends_at <= now


def _trials(*conditions: ColumnElement[bool]) -> Columns:
    """Members are counted with ix_follows_target."""
    members = select(func.count()).where(Follow.target_id == Actor.id, Follow.is_accepted).scalar_subquery()
    hosts = (
        select(func.count())
        .select_from(_Host)
        .join(Account, Account.actor_id == _Host.follower_id)
        .where(
            _Host.target_id == Actor.id,
            _Host.is_accepted,
            _Host.role == HOST_ROLE,
            Account.suspended_at.is_(None),
        )
        .correlate(Actor)
        .scalar_subquery()
    )
    return (
        select(
            Trial.community_id, Actor.username, Actor.username + "@" + Actor.host, Actor.display_name,
            Community.visibility, Trial.ends_at, Trial.asked_at, _Asker.username, Trial.due_at, Trial.refusal,
            hosts, members, func.trim(Actor.summary_source) != "", func.trim(Community.charter) != "",
        )
        .join(Community, Community.actor_id == Trial.community_id)
        .join(Actor, Actor.id == Trial.community_id)
        .outerjoin(_Asker, _Asker.id == Trial.asked_by_id)
        .where(Actor.deleted_at.is_(None), *conditions)
    )  # fmt: skip


def _rows(found: Any) -> list[TrialRow]:
    return [TrialRow(*(*row[:12], bool(row[12]), bool(row[13]))) for row in found]


async def of_community(tx: ReadTx, community_id: int) -> TrialRow | None:
    """The trial that a community is; None: it is official, or a partner's."""
    found = _rows(await tx.select(_trials(Trial.community_id == community_id)))
    return found[0] if found else None


async def of_community_for_change(tx: WriteTx, community_id: int) -> TrialRow | None:
    """The same; nobody else changes it or lets somebody in until this transaction is over."""
    held = select(Trial.community_id).where(Trial.community_id == community_id).with_for_update()
    if (await tx.select(held)).first() is None:
        return None
    return await of_community(tx, community_id)


async def waiting(tx: ReadTx) -> list[TrialRow]:
    """Those that wait for a yes or no, the most urgent first."""
    return _rows(await tx.select(_trials(Trial.asked_at.is_not(None)).order_by(Trial.due_at)))


def _ending() -> Columns:
    by, now = (bindparam(name, type_=UtcDateTime()) for name in ("until", "now"))
    has_ended = and_(Trial.closed_at.is_(None), Trial.ends_at <= now)
    return _trials(Trial.ends_at <= by, or_(Trial.warned_at.is_(None), has_ended))


DUE = lasting(lambda: select(Trial.community_id).where(Trial.due_at <= bindparam("now", type_=UtcDateTime())))
"""Uses ix_trials_waiting."""
ENDING = lasting(_ending)
"""Uses ix_trials_ends_at."""


async def due(tx: ReadTx, now: datetime) -> list[TrialRow]:
    """Those that have waited for an answer for so long that silence is a yes."""
    ids = [row[0] for row in await tx.select(DUE(), {"now": now})]
    return _rows(await tx.select(_trials(Trial.community_id.in_(ids)))) if ids else []


async def ending(tx: ReadTx, *, until: datetime, now: datetime) -> list[TrialRow]:
    """Those that end by then and are not told so yet, and those that have ended and are not."""
    return _rows(await tx.select(ENDING(), {"until": until, "now": now}))


async def ends_of(tx: ReadTx) -> dict[int, datetime]:
    """When each trial ends, by community: the others are official."""
    return {row[0]: row[1] for row in await tx.select(select(Trial.community_id, Trial.ends_at))}


class DelegateRow(msgspec.Struct, frozen=True):
    """Somebody who may answer trials without running the server, in the order of the columns."""

    actor_id: int
    username: str
    display_name: str
    since: datetime


async def delegates(tx: ReadTx) -> list[DelegateRow]:
    """All of them, by name."""
    statement = (
        select(TrialDelegate.actor_id, Actor.username, Actor.display_name, TrialDelegate.since)
        .join(Actor, Actor.id == TrialDelegate.actor_id)
        .order_by(Actor.username)
    )
    return [DelegateRow(*row) for row in await tx.select(statement)]


async def office_of(tx: ReadTx, actor_id: int) -> str:
    """What somebody is when it comes to communities in which they have no place: one of `FIRM_OFFICES`, or nothing."""
    statement = (
        select(Account.role, TrialDelegate.actor_id)
        .outerjoin(TrialDelegate, TrialDelegate.actor_id == Account.actor_id)
        .where(Account.actor_id == actor_id, Account.suspended_at.is_(None))
    )
    row = (await tx.select(statement)).first()
    return firm_office(row[0], is_delegate=row[1] is not None) if row else ""
