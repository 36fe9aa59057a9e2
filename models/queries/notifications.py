"""Reading notifications: only those whose post, where they have one, the recipient may still see."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

import msgspec
from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, func, not_, or_, select
from sqlalchemy.sql.elements import SQLCoreOperations

from models.accounts import ADMIN, Account, Marker
from models.actors import Actor, Follow
from models.communities import HOST_ROLE, MODERATOR_ROLE, PRIVATE, Community, Invitation
from models.conditions import another, some
from models.discreet import DiscreetQuestion
from models.engine import Columns, ReadTx
from models.gate import Person, ViewerKind, viewer_values, visible_to_kind
from models.moderation import Report
from models.notifications import FOR_DECIDERS, Notification
from models.policies import DROP, FILTER
from models.posts import Post
from models.queries.paging import Page, Window
from models.queries.policies import Noticed, set_aside
from models.queries.tastes import cared_for_by_viewer, taste_values
from models.statements import lasting_forms


class NotificationRow(msgspec.Struct, frozen=True):
    """One notification."""

    id: int
    type: str
    actor_id: int
    post_id: int | None
    created_at: datetime
    report_id: int | None = None


COLUMNS = (
    Notification.id,
    Notification.type,
    Notification.actor_id,
    Notification.post_id,
    Notification.created_at,
    Notification.report_id,
)


_NOTICED = Noticed(Notification.recipient_id, Notification.type, Notification.actor_id, Notification.post_id)


@lasting_forms
def readable(kind: ViewerKind, *, with_filtered: bool = False) -> ColumnElement[bool]:
    """The recipient's own, without those of posts and of communities that they may not see any more, those they do not
    care to get, and those that their policy drops or (but `with_filtered`) sets aside.

    Run with `viewer_values` and `taste_values`. The recipient is a person, or a community that acts.
    """
    return and_(_own(kind), not_(set_aside(_NOTICED, DROP) if with_filtered else set_aside(_NOTICED, FILTER, DROP)))


@cache
def waiting() -> ColumnElement[bool]:
    """The recipient's own that their policy sets aside. Run as `readable`."""
    return and_(_own(ViewerKind.PERSON), set_aside(_NOTICED, FILTER), not_(set_aside(_NOTICED, DROP)))


@cache
def _own(kind: ViewerKind) -> ColumnElement[bool]:
    post_is_visible = some(Post, Post.id == Notification.post_id, visible_to_kind(kind))
    of_others = (not_(for_who_asked_discreetly()),) if kind is ViewerKind.COMMUNITY else ()
    return and_(
        *of_others,
        Notification.recipient_id == bindparam("viewer_id", type_=BigInteger()),
        or_(Notification.post_id.is_(None), post_is_visible),
        ~from_hidden_community(bindparam("viewer_id", type_=BigInteger())),
        for_decider(bindparam("viewer_id", type_=BigInteger())),
        not_(from_blocked_actor()),
        cared_for_by_viewer(Notification.actor_id, Notification.post_id),
    )


def for_who_asked_discreetly(marks: Sequence[bytes] | None = None) -> ColumnElement[bool]:
    """It was told to a community in place of who asked in its name: theirs alone, whoever acts as the community
    (product J6, threats T242). Of people's own notifications none is. `marks`: only for who is found by them.
    """
    asked, said = another(DiscreetQuestion, "for_who_asked_question"), another(Post, "for_who_asked_post")
    return some(
        asked,
        asked.community_id == Notification.recipient_id,
        some(said, said.id == Notification.post_id, said.thread_id == asked.thread_id),
        *(() if marks is None else (asked.mark.in_(marks),)),
    )


def for_decider(viewer_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    """What is told to those who decide on it they find as long as they do (threats T152): who runs the server, and of
    a report who leads the community that it is about.
    """
    admin, report, lead = (
        another(Account, "for_decider_admin"),
        another(Report, "for_decider_report"),
        another(Follow, "for_decider_lead"),
    )
    leading = (lead.follower_id == viewer_id, lead.is_accepted, lead.role.in_((HOST_ROLE, MODERATOR_ROLE)))
    return or_(
        Notification.type.not_in(FOR_DECIDERS),
        some(admin, admin.actor_id == viewer_id, admin.role == ADMIN),
        some(
            report,
            report.id == Notification.report_id,
            some(lead, lead.target_id == report.community_id, *leading),
        ),
    )


def from_blocked_actor() -> ColumnElement[bool]:
    """What somebody did whom our administrators block is not told, as their posts are not shown."""
    blocked = another(Actor, "from_blocked_actor")
    return some(blocked, blocked.id == Notification.actor_id, blocked.blocked_at.is_not(None))


def from_hidden_community(viewer_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    """Whoever has left a private community, or is not invited any more, finds no word of it (threats T152)."""
    community, joined, invited = (
        another(Community, "from_hidden_community_community"),
        another(Follow, "from_hidden_community_joined"),
        another(Invitation, "from_hidden_community_invited"),
    )
    is_member = [joined.follower_id == viewer_id, joined.target_id == community.actor_id, joined.is_accepted]
    is_invited = [invited.actor_id == viewer_id, invited.community_id == community.actor_id]
    return some(
        community,
        community.actor_id == Notification.actor_id,
        community.visibility == PRIVATE,
        ~some(joined, *is_member),
        ~some(invited, *is_invited),
    )


class _Form(NamedTuple):
    """What is asked for without its words: statements are built once for each and kept."""

    has_types: bool
    has_excluded: bool
    is_from: bool
    with_filtered: bool


@cache
def _page(kind: ViewerKind, window: Window, form: _Form) -> Columns:
    has_types, has_excluded, is_from, with_filtered = form
    statement: Columns = select(*COLUMNS).where(readable(kind, with_filtered=with_filtered))
    if has_types:
        statement = statement.where(Notification.type.in_(bindparam("types", expanding=True)))
    if has_excluded:
        statement = statement.where(Notification.type.not_in(bindparam("excluded", expanding=True)))
    if is_from:
        statement = statement.where(Notification.actor_id == bindparam("from_actor"))
    return window.of(statement, Notification.id)


async def page_of(
    tx: ReadTx,
    viewer: Person,
    page: Page,
    at: datetime,
    *,
    types: Sequence[str],
    excluded: Sequence[str],
    from_actor: int | None,
    with_filtered: bool = False,
) -> list[NotificationRow]:
    """The recipient's notifications, newest first. Uses ix_notifications_recipient."""
    values = {**page.values, **viewer_values(viewer), **taste_values(viewer, at)}
    if types:
        values["types"] = list(types)
    if excluded:
        values["excluded"] = list(excluded)
    if from_actor is not None:
        values["from_actor"] = from_actor
    form = _Form(bool(types), bool(excluded), from_actor is not None, with_filtered)
    statement = _page(viewer.kind, page.window, form)
    return page.ordered([NotificationRow(*row) for row in await tx.select(statement, values)])


@lasting_forms
def _one(kind: ViewerKind) -> Columns:
    return select(*COLUMNS).where(readable(kind, with_filtered=True), Notification.id == bindparam("notification_id"))


async def one(tx: ReadTx, notification_id: int, viewer: Person, at: datetime) -> NotificationRow | None:
    """One of the recipient's own."""
    values = {"notification_id": notification_id, **viewer_values(viewer), **taste_values(viewer, at)}
    row = (await tx.select(_one(viewer.kind), values)).first()
    return NotificationRow(*row) if row else None


@lasting_forms
def _unread(kind: ViewerKind) -> Columns:
    read_up_to = (
        select(Marker.last_read_id)
        .where(Marker.actor_id == bindparam("viewer_id"), Marker.timeline == "notifications")
        .scalar_subquery()
    )
    newer = (
        select(Notification.id)
        .where(readable(kind), Notification.id > func.coalesce(read_up_to, 0))
        .limit(bindparam("most", type_=BigInteger()))
        .subquery()
    )
    return select(func.count()).select_from(newer)


async def unread_count(tx: ReadTx, viewer: Person, limit: int, at: datetime) -> int:
    """Notifications after the marker, counted up to `limit`."""
    row = (
        await tx.select(_unread(viewer.kind), {"most": limit, **viewer_values(viewer), **taste_values(viewer, at)})
    ).one()
    return int(row[0])
