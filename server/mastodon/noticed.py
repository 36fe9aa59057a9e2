"""What a notification carries beside people and posts: a report, for those who decide on it; and its group."""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import UNSET, UnsetType

from models.engine import ReadTx
from models.queries import reports
from models.queries.actors import ActorRow
from models.queries.notification_groups import Group
from models.queries.notifications import NotificationRow
from models.queries.reports import ToldReport
from server.http.answers import instant
from server.mastodon.entities import Account, NotificationGroup, Report

Reported = Mapping[int, ToldReport]

Category = Literal["spam", "legal", "violation", "other"]
CATEGORIES: tuple[Category, ...] = ("spam", "legal", "violation", "other")


async def reports_of(tx: ReadTx, rows: Sequence[NotificationRow]) -> Reported:
    """The reports that notifications speak of, by their ids; one statement if there are any."""
    return await reports.told(tx, {row.report_id for row in rows if row.report_id is not None})


def report_of(
    row: NotificationRow, reported: Reported, people: Mapping[int, tuple[ActorRow, Account]]
) -> Report | UnsetType:
    """What its reader may know of a report: about whom and why, not which posts it is about (product section 9)."""
    found = reported.get(row.report_id or 0)
    if found is None or found.target_id not in people:
        return UNSET
    return Report(
        id=str(found.id),
        action_taken=found.resolved_at is not None,
        action_taken_at=instant(found.resolved_at) if found.resolved_at else None,
        category=found.category if found.category in CATEGORIES else "other",
        comment=found.reason,
        forwarded=found.is_forwarded,
        created_at=instant(found.created_at),
        status_ids=[],
        rule_ids=[],
        target_account=people[found.target_id][1],
    )


def group_of(group: Group, actor_ids: Sequence[int], report: Report | UnsetType) -> NotificationGroup:
    """One group, of these people."""
    newest = group.newest
    return NotificationGroup(
        group_key=group.key.text,
        notifications_count=group.count,
        type=newest.type,  # type: ignore[arg-type]  # models.notifications.TYPES are among them
        most_recent_notification_id=newest.id,
        page_min_id=str(group.oldest_id),
        page_max_id=str(newest.id),
        latest_page_notification_at=instant(newest.created_at),
        sample_account_ids=[str(one) for one in actor_ids],
        status_id=str(newest.post_id) if newest.post_id is not None else UNSET,
        report=report,
    )
