"""Writing reports, once for each activity and post, and what becomes of them."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select, update

from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.moderation import REPORT_OPEN, REPORT_RESOLVED, Report
from models.notifications import ADMIN_REPORT
from models.queries import reports
from models.writes import notifications


class NewReport(msgspec.Struct, kw_only=True):
    """A report to keep; the fields are the columns."""

    id: int
    activity_uri: str
    reporter_id: int
    target_id: int
    post_id: int | None = None
    community_id: int | None = None
    reason: str = ""
    category: str = "other"
    is_forwarded: bool = False
    state: str = REPORT_OPEN
    created_at: datetime
    escalated_at: datetime | None = None


async def add(tx: WriteTx, rows: Sequence[NewReport]) -> None:
    """Keep reports, and tell those who decide on them; one that is here already stays as it is."""
    if rows:
        await tx.execute(insert_or_ignore(tx, Report), [msgspec.structs.asdict(row) for row in rows])
        await _tell(tx, {row.id for row in rows}, rows[0].created_at)


async def _tell(tx: WriteTx, report_ids: Collection[int], at: datetime) -> None:
    found = await reports.deciders(tx, report_ids)
    await notifications.add(
        tx,
        [
            notifications.row(recipient_id=to, type_=ADMIN_REPORT, actor_id=by, at=at, report_id=report_id)
            for report_id, by, to in found
        ],
    )


async def close(tx: WriteTx, report_id: int, *, by_id: int, at: datetime) -> bool:
    """Somebody has decided; False where somebody had before."""
    statement = update(Report).where(Report.id == report_id, Report.state == REPORT_OPEN)
    done = await tx.execute(statement.values(state=REPORT_RESOLVED, resolved_at=at, resolved_by_id=by_id))
    return done.rowcount == 1


async def pass_on(tx: WriteTx, report_id: int, *, at: datetime | None, community_id: int | None = None) -> bool:
    """An open report goes to the server's administrators, or (None) back to who leads the community.

    False where there is none; with `community_id` none in that community.
    """
    statement = update(Report).where(Report.id == report_id, Report.state == REPORT_OPEN)
    if community_id is not None:
        statement = statement.where(Report.community_id == community_id)
    is_done = (await tx.execute(statement.values(escalated_at=at))).rowcount == 1
    if is_done and at is not None:
        await _tell(tx, [report_id], at)
    return is_done


async def resolve(tx: WriteTx, report_id: int, *, community_id: int, by_id: int, at: datetime) -> bool | None:
    """Somebody saw to a report in a community; None: there is no such. False: it was resolved, and stays as it was."""
    mine = (Report.id == report_id, Report.community_id == community_id)
    if await tx.scalar(select(Report.id).where(*mine)) is None:
        return None
    values = {"state": REPORT_RESOLVED, "resolved_at": at, "resolved_by_id": by_id}
    done = await tx.execute(update(Report).where(*mine, Report.state == REPORT_OPEN).values(**values))
    return done.rowcount == 1


async def change_category(tx: WriteTx, report_id: int, category: str) -> None:
    """What a report is about, as whoever decides on it sees it."""
    await tx.execute(update(Report).where(Report.id == report_id).values(category=category))


async def reopen(tx: WriteTx, report_id: int) -> None:
    """What was decided is to be decided again."""
    values = {"state": REPORT_OPEN, "resolved_at": None, "resolved_by_id": None}
    await tx.execute(update(Report).where(Report.id == report_id).values(**values))
