"""Writing the figures of a week, once."""

from collections.abc import Mapping
from datetime import date, datetime

import msgspec
from sqlalchemy import delete, update

from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.measures import Figure, Grounds
from models.statistics import SETTLED, WeeklyStatistics
from models.writes import state


async def keep(
    tx: WriteTx,
    community_id: int,
    last_day: date,
    *,
    k: int,
    figures: Mapping[str, Figure],
    grounds: Grounds,
    at: datetime,
) -> None:
    """Keep the figures; nothing happens where this week's are there already."""
    values = {
        "community_id": community_id,
        "last_day": last_day,
        "k": k,
        "figures": msgspec.to_builtins(figures),
        "grounds": msgspec.to_builtins(grounds),
        "is_hidden": False,
        "made_at": at,
    }
    earlier = (WeeklyStatistics.community_id == community_id, WeeklyStatistics.last_day < last_day)
    await tx.execute(update(WeeklyStatistics).where(*earlier).values(grounds={}))
    await tx.execute(insert_or_ignore(tx, WeeklyStatistics), values)


async def settle(tx: WriteTx, last_day: date, hidden_id: int | None) -> None:
    """Every community was measured for this week: pages may show it, but for this community."""
    if hidden_id is not None:
        of_week = (WeeklyStatistics.last_day == last_day, WeeklyStatistics.community_id == hidden_id)
        await tx.execute(update(WeeklyStatistics).where(*of_week).values(is_hidden=True))
    await state.put(tx, SETTLED, last_day.isoformat())


async def forget(tx: WriteTx, before: date) -> None:
    """Weeks that ended before this day."""
    await tx.execute(delete(WeeklyStatistics).where(WeeklyStatistics.last_day < before))
