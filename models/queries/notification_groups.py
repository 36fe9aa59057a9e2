"""Notifications in groups: those of one hour about one thing (favourites of a post, new followers) stand as one.

A group is on the page of its newest notification, whatever else it holds, so that paging visits each group once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, func, not_, or_, select

from models.accounts import Marker
from models.base import EPOCH, aliased
from models.conditions import some
from models.dialect import hour_of
from models.engine import Columns, ReadTx
from models.gate import Person, ViewerKind, viewer_values
from models.notifications import GROUPABLE, Notification
from models.queries import actors
from models.queries.actors import ActorRow
from models.queries.notifications import COLUMNS, NotificationRow, readable
from models.queries.paging import Page, Window
from models.queries.tastes import taste_values, told_to_viewer
from models.statements import lasting, lasting_forms

SAMPLE = 8
"""People of a group that are shown with it (client API section 7)."""

_Newer = aliased(Notification, name="newer")
_Member = aliased(Notification, name="member")

_HOUR = timedelta(hours=1)


class GroupKey(NamedTuple):
    """What names a group: one notification by its id, or a kind, the post where there is one, and the hour."""

    type: str
    post_id: int | None
    hour: int
    notification_id: int = 0
    """Of a group of one; then the rest says nothing."""

    @property
    def text(self) -> str:
        """As the client API writes it."""
        if self.notification_id:
            return f"ungrouped-{self.notification_id}"
        return "-".join(str(part) for part in (self.type, self.post_id, self.hour) if part is not None)


def key_of(row: NotificationRow, grouped: Sequence[str] = GROUPABLE) -> GroupKey:
    """The group that a notification belongs to."""
    if row.type not in grouped:
        return GroupKey("", None, 0, row.id)
    return GroupKey(row.type, row.post_id, (row.created_at - EPOCH) // _HOUR)


class Group(msgspec.Struct, frozen=True):
    """One group."""

    newest: NotificationRow
    key: GroupKey
    count: int
    oldest_id: int
    actor_ids: list[int]
    """Whose doing it is, the newest first, `SAMPLE` at most."""


def _same_group(other: type[Notification], one: type[Notification]) -> ColumnElement[bool]:
    return and_(
        other.recipient_id == one.recipient_id,
        other.type == one.type,
        or_(other.post_id == one.post_id, and_(other.post_id.is_(None), one.post_id.is_(None))),
        hour_of(other.created_at) == hour_of(one.created_at),
    )


@lasting_forms
def _leaders(kind: ViewerKind, window: Window, has_types: bool, has_excluded: bool, is_from: bool) -> Columns:
    statement = select(*COLUMNS).where(readable(kind))
    newer = [
        _same_group(_Newer, Notification),
        _Newer.id > Notification.id,
        told_to_viewer(_Newer.type, _Newer.actor_id, _Newer.post_id),
    ]
    if has_types:
        statement = statement.where(Notification.type.in_(bindparam("types", expanding=True)))
    if has_excluded:
        statement = statement.where(Notification.type.not_in(bindparam("excluded", expanding=True)))
    if is_from:
        statement = statement.where(Notification.actor_id == bindparam("from_actor"))
        newer.append(_Newer.actor_id == bindparam("from_actor"))
    has_newer = and_(Notification.type.in_(bindparam("grouped", expanding=True)), some(_Newer, *newer))
    return window.of(statement.where(not_(has_newer)), Notification.id)


async def page_of(
    tx: ReadTx,
    viewer: Person,
    page: Page,
    at: datetime,
    *,
    types: Sequence[str],
    excluded: Sequence[str],
    grouped: Sequence[str],
    from_actor: int | None,
) -> list[Group]:
    """The recipient's groups, newest first; two statements. Uses ix_notifications_recipient and uq_notifications_once.

    `grouped`: the types that are put together; all others stand alone.
    """
    values = {**page.values, **viewer_values(viewer), **taste_values(viewer, at), "grouped": list(grouped)}
    if types:
        values["types"] = list(types)
    if excluded:
        values["excluded"] = list(excluded)
    if from_actor is not None:
        values["from_actor"] = from_actor
    statement = _leaders(viewer.kind, page.window, bool(types), bool(excluded), from_actor is not None)
    leaders = page.ordered([NotificationRow(*row) for row in await tx.select(statement, values)])
    return await _with_members(tx, leaders, grouped, viewer, at, from_actor)


def _members() -> Columns:
    belongs = or_(
        _Member.id == Notification.id,
        and_(Notification.type.in_(bindparam("grouped", expanding=True)), _same_group(_Member, Notification)),
    )
    from_actor = bindparam("from_actor", type_=BigInteger())
    rank = func.row_number().over(partition_by=Notification.id, order_by=_Member.id.desc())
    every = (
        select(
            Notification.id.label("leader_id"),
            _Member.actor_id,
            func.count().over(partition_by=Notification.id).label("count"),
            func.min(_Member.id).over(partition_by=Notification.id).label("oldest_id"),
            rank.label("rank"),
        )
        .join(_Member, belongs)
        .where(
            Notification.id.in_(bindparam("leaders", expanding=True)),
            or_(from_actor.is_(None), _Member.actor_id == from_actor),
            told_to_viewer(_Member.type, _Member.actor_id, _Member.post_id),
        )
        .subquery()
    )
    return select(every).where(every.c.rank <= SAMPLE).order_by(every.c.leader_id, every.c.rank)


_MEMBERS = lasting(_members)


async def _with_members(
    tx: ReadTx,
    leaders: Sequence[NotificationRow],
    grouped: Sequence[str],
    viewer: Person,
    at: datetime,
    from_actor: int | None = None,
) -> list[Group]:
    if not leaders:
        return []
    values = {
        "leaders": [row.id for row in leaders],
        "grouped": list(grouped),
        "from_actor": from_actor,
        **viewer_values(viewer),
        **taste_values(viewer, at),
    }
    counts: dict[int, tuple[int, int]] = {}
    people: dict[int, list[int]] = {row.id: [] for row in leaders}
    for leader_id, actor_id, count, oldest_id, _ in await tx.select(_MEMBERS(), values):
        counts[leader_id] = count, oldest_id
        if actor_id not in people[leader_id]:
            people[leader_id].append(actor_id)
    return [Group(row, key_of(row, grouped), *counts[row.id], people[row.id]) for row in leaders if row.id in counts]


@lasting_forms
def _in_group(kind: ViewerKind) -> Columns:
    return (
        select(*COLUMNS)
        .where(
            readable(kind),
            Notification.type == bindparam("of_type"),
            func.coalesce(Notification.post_id, 0) == bindparam("of_post", type_=BigInteger()),
            hour_of(Notification.created_at) == bindparam("of_hour", type_=BigInteger()),
        )
        .order_by(Notification.id.desc())
    )


@lasting_forms
def _alone(kind: ViewerKind) -> Columns:
    return select(*COLUMNS).where(readable(kind), Notification.id == bindparam("of_id"))


async def members(tx: ReadTx, key: GroupKey, viewer: Person, at: datetime, limit: int | None) -> list[NotificationRow]:
    """The viewer's notifications in a group, the newest first."""
    values = {**viewer_values(viewer), **taste_values(viewer, at)}
    if key.notification_id:
        rows = await tx.select(_alone(viewer.kind), {**values, "of_id": key.notification_id})
    else:
        values |= {"of_type": key.type, "of_post": key.post_id or 0, "of_hour": key.hour}
        rows = await tx.select(_in_group(viewer.kind).limit(limit), values)
    return [NotificationRow(*row) for row in rows]


async def one(tx: ReadTx, key: GroupKey, viewer: Person, at: datetime) -> Group | None:
    """One of the viewer's groups."""
    newest = await members(tx, key, viewer, at, 1)
    grouped = () if key.notification_id else GROUPABLE
    groups = await _with_members(tx, newest, grouped, viewer, at)
    return groups[0] if groups else None


async def people_in(tx: ReadTx, key: GroupKey, viewer: Person, at: datetime, limit: int) -> list[ActorRow]:
    """Whose doing a group is, the newest first, each once."""
    ids = list(dict.fromkeys(row.actor_id for row in await members(tx, key, viewer, at, limit)))
    found = await actors.of_ids(tx, ids)
    return [found[actor_id] for actor_id in ids if actor_id in found]


async def unread_count(
    tx: ReadTx,
    viewer: Person,
    limit: int,
    at: datetime,
    *,
    types: Sequence[str],
    excluded: Sequence[str],
    grouped: Sequence[str],
) -> int:
    """Groups with something after the marker, counted up to `limit`."""
    read_up_to = await tx.scalar(
        select(Marker.last_read_id).where(Marker.actor_id == viewer.actor_id, Marker.timeline == "notifications")
    )
    page = Page(max_id=None, since_id=read_up_to or 0, min_id=None, limit=limit)
    values = {**page.values, **viewer_values(viewer), **taste_values(viewer, at), "grouped": list(grouped)}
    if types:
        values["types"] = list(types)
    if excluded:
        values["excluded"] = list(excluded)
    statement = _leaders(viewer.kind, page.window, bool(types), bool(excluded), False)
    return min(limit, len((await tx.select(statement, values)).all()))
