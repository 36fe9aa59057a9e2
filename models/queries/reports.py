"""Reading reports as those who run the server see them: who, about whom, why; never the post itself (rule 8)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, CompoundSelect, and_, bindparam, func, or_, select, union

from models.accounts import ADMIN, Account
from models.actors import Actor, Follow
from models.base import aliased
from models.communities import HOST_ROLE, MODERATOR_ROLE, Community
from models.conditions import some
from models.engine import Columns, ReadTx
from models.moderation import REPORT_OPEN, Report
from models.queries.paging import Page
from models.statements import lasting

MOST_SHOWN = 100
"""Reports in one list."""

_Reporter, _Target, _Place = aliased(Actor), aliased(Actor), aliased(Actor)


class DeskRow(msgspec.Struct, frozen=True):
    """One report, in the order of the columns."""

    id: int
    state: str
    category: str
    reason: str
    """What the reporter says of it."""
    is_about_post: bool
    """Which post, only who leads the community is told: `post_id` is None for everybody else."""
    created_at: datetime
    escalated_at: datetime | None
    resolved_at: datetime | None
    reporter_name: str
    reporter_host: str
    target_name: str
    target_host: str
    target_is_local: bool
    target_is_suspended: bool
    community_id: int | None
    community_name: str | None
    community_host: str | None
    community_title: str | None
    post_id: int | None = None


def _rows() -> Columns:
    return (
        select(
            Report.id,
            Report.state,
            Report.category,
            Report.reason,
            Report.post_id.is_not(None),
            Report.created_at,
            Report.escalated_at,
            Report.resolved_at,
            _Reporter.username,
            _Reporter.host,
            _Target.username,
            _Target.host,
            _Target.peer_id.is_(None),
            or_(_Target.suspended_at.is_not(None), _Target.blocked_at.is_not(None)),
            Report.community_id,
            _Place.username,
            _Place.host,
            _Place.display_name,
        )
        .join(_Reporter, _Reporter.id == Report.reporter_id)
        .join(_Target, _Target.id == Report.target_id)
        .outerjoin(_Place, _Place.id == Report.community_id)
    )


def is_the_servers() -> ColumnElement[bool]:
    """The condition over reports that the server's administrators decide on: passed on, or nobody else is there to look
    at it, outside of communities or in one of ours without leaders.
    """
    leading, leader = aliased(Follow), aliased(Account)
    led = some(
        leading,
        leading.target_id == Report.community_id,
        leading.is_accepted,
        leading.role.in_((HOST_ROLE, MODERATOR_ROLE)),
        some(leader, leader.actor_id == leading.follower_id, leader.suspended_at.is_(None)),
    )
    is_ours = some(Community, Community.actor_id == Report.community_id, Community.is_local)
    return or_(Report.escalated_at.is_not(None), Report.community_id.is_(None), and_(is_ours, ~led))


async def at_the_desk(tx: ReadTx, *, state: str = REPORT_OPEN) -> list[DeskRow]:
    """Reports that the server's administrators have to look at, the oldest first; closed ones the newest first."""
    order = Report.id if state == REPORT_OPEN else Report.id.desc()
    statement = _rows().where(Report.state == state, is_the_servers()).order_by(order).limit(MOST_SHOWN)
    return [DeskRow(*row) for row in await tx.select(statement)]


async def one_at_the_desk(tx: ReadTx, report_id: int) -> DeskRow | None:
    """One of them, open or closed."""
    row = (await tx.select(_rows().where(Report.id == report_id, is_the_servers()))).first()
    return DeskRow(*row) if row else None


async def is_open(tx: ReadTx, *, target_id: int, post_id: int) -> bool:
    """Whether a report about what somebody did with a post waits to be looked at."""
    mine = (Report.target_id == target_id, Report.post_id == post_id, Report.state == REPORT_OPEN)
    return await tx.scalar(select(Report.id).where(*mine).limit(1)) is not None


async def of_community(tx: ReadTx, community_id: int) -> list[DeskRow]:
    """What waits for those who lead a community, the oldest first; without what they passed on."""
    statement = (
        _rows()
        .add_columns(Report.post_id)
        .where(Report.community_id == community_id, Report.state == REPORT_OPEN, Report.escalated_at.is_(None))
    )
    return [DeskRow(*row) for row in await tx.select(statement.order_by(Report.id).limit(MOST_SHOWN))]


class DeskReport(msgspec.Struct, frozen=True):
    """One report at the desk by its people's ids, in the order of the columns."""

    id: int
    reporter_id: int
    target_id: int
    category: str
    reason: str
    is_forwarded: bool
    created_at: datetime
    escalated_at: datetime | None
    resolved_at: datetime | None
    resolved_by_id: int | None


_DESK = lasting(lambda: select(*(getattr(Report, name) for name in DeskReport.__struct_fields__)))


async def desk_page(
    tx: ReadTx, page: Page, *, state: str, reporter_id: int | None = None, target_id: int | None = None
) -> list[DeskReport]:
    """As `at_the_desk`, a page at a time, the newest first."""
    statement = _DESK().where(Report.state == state, is_the_servers())
    if reporter_id is not None:
        statement = statement.where(Report.reporter_id == reporter_id)
    if target_id is not None:
        statement = statement.where(Report.target_id == target_id)
    return page.ordered([DeskReport(*row) for row in await tx.select(page.bound(statement, Report.id))])


async def desk_report(tx: ReadTx, report_id: int) -> DeskReport | None:
    """One of them, open or closed."""
    row = (await tx.select(_DESK().where(Report.id == report_id, is_the_servers()))).first()
    return DeskReport(*row) if row else None


async def post_of(tx: ReadTx, report_id: int) -> int | None:
    """Which post a report at the desk is about: for opening the bin, not to be shown."""
    found: int | None = await tx.scalar(select(Report.post_id).where(Report.id == report_id, is_the_servers()))
    return found


async def counts(tx: ReadTx, begin: datetime, end: datetime) -> tuple[int, int]:
    """How many reports came to the desk between two instants, and how many were decided."""
    opened = select(func.count()).where(Report.created_at.between(begin, end), is_the_servers())
    resolved = select(func.count()).where(Report.resolved_at.between(begin, end), is_the_servers())
    return int(await tx.scalar(opened) or 0), int(await tx.scalar(resolved) or 0)


class ToldReport(msgspec.Struct, frozen=True):
    """A report as those who decide on it are told of it, in the order of the columns; not which posts it is about."""

    id: int
    target_id: int
    category: str
    reason: str
    is_forwarded: bool
    created_at: datetime
    resolved_at: datetime | None


async def told(tx: ReadTx, report_ids: Collection[int]) -> dict[int, ToldReport]:
    """Reports that notifications speak of, which were found to be for their reader. No statement for none."""
    if not report_ids:
        return {}
    columns = [getattr(Report, name) for name in ToldReport.__struct_fields__]
    rows = await tx.select(select(*columns).where(Report.id.in_(report_ids)))
    return {row[0]: ToldReport(*row) for row in rows}


def _deciders() -> CompoundSelect[*tuple[Any, ...]]:
    leading, leader, admin = aliased(Follow), aliased(Account), aliased(Account)
    leaders = (
        select(Report.id, Report.reporter_id, leading.follower_id)
        .select_from(Report)
        .join(leading, and_(leading.target_id == Report.community_id, leading.is_accepted))
        .join(leader, and_(leader.actor_id == leading.follower_id, leader.suspended_at.is_(None)))
        .where(leading.role.in_((HOST_ROLE, MODERATOR_ROLE)), Report.escalated_at.is_(None))
    )
    admins = (
        select(Report.id, Report.reporter_id, admin.actor_id)
        .select_from(Report)
        .join(admin, and_(admin.role == ADMIN, admin.suspended_at.is_(None)))
        .where(is_the_servers())
    )
    these = Report.id.in_(bindparam("reports", expanding=True))
    return union(leaders.where(these), admins.where(these))


_DECIDERS = lasting(_deciders)


async def deciders(tx: ReadTx, report_ids: Collection[int]) -> list[tuple[int, int, int]]:
    """Who is told of reports: each with its reporter and one of our people who decides on it, never the reporter."""
    rows = await tx.select(_DECIDERS(), {"reports": list(report_ids)})
    return [(report_id, by, to) for report_id, by, to in rows if by != to]
