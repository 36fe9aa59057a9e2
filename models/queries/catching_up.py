"""Reading how far a partner's community has been read again, and what was found in it."""

from datetime import datetime

import msgspec
from sqlalchemy import select

from models.catching_up import CatchUp, CaughtUp
from models.engine import ReadTx


class Progress(msgspec.Struct, frozen=True):
    """How far one community has come, in the order of the columns."""

    community_id: int
    since: datetime | None
    page_url: str | None
    pages: int
    failures: int


async def progress(tx: ReadTx, community_id: int) -> Progress | None:
    """How far a community has come; None: it is not being read."""
    columns = (CatchUp.community_id, CatchUp.since, CatchUp.page_url, CatchUp.pages, CatchUp.failures)
    row = (await tx.select(select(*columns).where(CatchUp.community_id == community_id))).first()
    return Progress(*row) if row else None


async def found(tx: ReadTx, community_id: int) -> list[tuple[str, bytes]]:
    """Ids and bytes of what was found, the last found first: oldest first, since outboxes begin with the newest."""
    statement = select(CaughtUp.activity_uri, CaughtUp.payload).where(CaughtUp.community_id == community_id)
    return [(row[0], row[1]) for row in await tx.select(statement.order_by(CaughtUp.id.desc()))]
