"""Reading the moderation log of a community of ours, for those who lead it."""

from datetime import datetime

import msgspec
from sqlalchemy import select

from models.actors import Actor
from models.base import aliased
from models.engine import ReadTx
from models.moderation import LoggedAct
from models.queries.paging import Page

_Person = aliased(Actor, name="person")


class LogRow(msgspec.Struct, frozen=True):
    """One entry, in the order of the columns. Who acted is told by role; of a post nothing but whose it was."""

    id: int
    act: str
    at: datetime
    role: str
    reason: str
    ends_at: datetime | None
    detail: str
    person_id: int | None
    person_name: str | None
    person_host: str | None


async def of_community(tx: ReadTx, community_id: int, page: Page) -> list[LogRow]:
    """What was done in a community, the newest first. Who may read it the caller has asked (`Verb.READ_LOG`)."""
    statement = (
        select(
            LoggedAct.id,
            LoggedAct.act,
            LoggedAct.at,
            LoggedAct.role,
            LoggedAct.reason,
            LoggedAct.ends_at,
            LoggedAct.detail,
            LoggedAct.person_id,
            _Person.username,
            _Person.host,
        )
        .outerjoin(_Person, _Person.id == LoggedAct.person_id)
        .where(LoggedAct.community_id == community_id)
    )
    return page.ordered([LogRow(*row) for row in await tx.select(page.bound(statement, LoggedAct.id))])
