"""The figures of each week, made once it is over: community by community, so that a stop costs at most one of them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from federation.runtime import Runtime
from models.measures import SIZE, Grounds
from models.pulse import month_before
from models.queries import quiet
from models.queries import statistics as reading
from models.queries.statistics import WeekRow
from models.quiet import QuietHours, zone_of
from models.writes import statistics as writing
from server.statistics.measuring import REACH, measured
from server.statistics.rules import hidden_besides

KEPT: Final = timedelta(days=731)
"""24 months (product section 8)."""


def last_sunday(now: datetime, hours: QuietHours) -> date:
    """The Sunday on which the last whole week ended, in the firm's time zone."""
    today = now.astimezone(zone_of(hours.zone)).date()
    return today - timedelta(days=today.weekday() + 1)


def end_of(day: date, hours: QuietHours) -> datetime:
    """The midnight after this day, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), zone_of(hours.zone)).astimezone(UTC)


async def measure(runtime: Runtime) -> int:
    """Whatever communities have no figures for the last whole week; how many were measured. Safe to call any time.

    Pages show a week once all of them have: only then it is known which one has to be hidden besides.
    """
    now = runtime.clock.now()
    async with runtime.db.read() as tx:
        hours, k = await quiet.firm_hours(tx), await reading.threshold(tx)
        day = last_sunday(now, hours)
        if await reading.settled(tx) == day:
            return 0
        due = await reading.unmeasured(tx, day, founded_before=end_of(day, hours))
    for community_id in due:
        await _measure_one(runtime, community_id, day, hours, k)
    async with runtime.db.write() as tx:
        sizes = {row.community_id: row.figures[SIZE] for row in await reading.week(tx, day)}
        await writing.settle(tx, day, hidden_besides(sizes))
        await writing.forget(tx, (now - KEPT).date())
    return len(due)


def _shown(last: WeekRow, day: date) -> Grounds:
    """What stands behind the values that people have seen.

    A week that was hidden beside a smaller community showed none: a value that stood from it would tell it now (T245).
    """
    unseen = last.last_day if last.is_hidden else None
    return {
        name: [one for one in grounds if day - one.week < KEPT and one.week != unseen]
        for name, grounds in last.grounds.items()
    }


async def _measure_one(runtime: Runtime, community_id: int, day: date, hours: QuietHours, k: int) -> None:
    end = end_of(day, hours)
    async with runtime.db.read() as tx:
        facts = await reading.facts(
            tx, community_id, since=end - REACH, until=end, month=month_before(day + timedelta(days=1))
        )
        weeks = await reading.weeks_of(tx, community_id, 1)
    last = weeks[0] if weeks else None
    shown = _shown(last, day) if last else {}
    # The change against a size that is not shown any more, since k is greater now, would tell it.
    last_size = last.figures[SIZE].value if last and not last.is_hidden and last.k >= k else None
    figures, grounds = measured(facts, end, day, hours=hours, k=k, shown=shown, last_size=last_size)
    async with runtime.db.write() as tx:
        at = runtime.clock.now()
        await writing.keep(tx, community_id, day, k=k, figures=figures, grounds=grounds, at=at)
