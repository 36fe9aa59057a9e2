"""Reading appeals: as the person concerned sees them, and as those who decide on them do. Never a word of a post."""

from datetime import datetime

import msgspec
from sqlalchemy import and_, func, or_, select

from models.actors import Actor
from models.base import aliased
from models.engine import Columns, ReadTx
from models.moderation import APPEALABLE, BANNED, UNBANNED, Appeal, LoggedAct

MOST_SHOWN = 50

_Place, _Person, _Decider = aliased(Actor, name="place"), aliased(Actor, name="person"), aliased(Actor, name="decider")


class OwnAct(msgspec.Struct, frozen=True):
    """What was done to somebody or to a post of theirs, and their appeal, in the order of the columns."""

    id: int
    act: str
    at: datetime
    role: str
    reason: str
    ends_at: datetime | None
    detail: str
    community_id: int
    community_name: str
    community_host: str
    community_title: str
    by_id: int | None
    appeal_id: int | None
    text: str | None
    appealed_at: datetime | None
    outcome: str | None
    decided_at: datetime | None
    answer: str | None


def _own() -> Columns:
    return (
        select(
            LoggedAct.id, LoggedAct.act, LoggedAct.at, LoggedAct.role, LoggedAct.reason, LoggedAct.ends_at,
            LoggedAct.detail, LoggedAct.community_id, _Place.username, _Place.host, _Place.display_name,
            LoggedAct.by_id, Appeal.id, Appeal.text, Appeal.at, Appeal.outcome, Appeal.decided_at, Appeal.answer,
        )
        .join(_Place, _Place.id == LoggedAct.community_id)
        .outerjoin(Appeal, Appeal.act_id == LoggedAct.id)
        .where(LoggedAct.act.in_(APPEALABLE))
    )  # fmt: skip


async def own(tx: ReadTx, person_id: int, since: datetime) -> list[OwnAct]:
    """What somebody can appeal against, done since then, and what they have appealed against; the newest first."""
    wanted = or_(LoggedAct.at >= since, Appeal.id.is_not(None))
    statement = _own().where(LoggedAct.person_id == person_id, wanted)
    return [OwnAct(*row) for row in await tx.select(statement.order_by(LoggedAct.id.desc()).limit(MOST_SHOWN))]


async def against(tx: ReadTx, person_id: int, act_id: int) -> OwnAct | None:
    """One act that was done to this person, however long ago."""
    row = (await tx.select(_own().where(LoggedAct.person_id == person_id, LoggedAct.id == act_id))).first()
    return OwnAct(*row) if row else None


async def newest(tx: ReadTx, *, person_id: int, community_id: int, act: str) -> OwnAct | None:
    """What was done last to somebody in one community, of one kind."""
    is_it = (LoggedAct.person_id == person_id, LoggedAct.community_id == community_id, LoggedAct.act == act)
    row = (await tx.select(_own().where(*is_it).order_by(LoggedAct.id.desc()).limit(1))).first()
    return OwnAct(*row) if row else None


class DeskAppeal(msgspec.Struct, frozen=True):
    """An appeal with what it is about, in the order of the columns."""

    id: int
    text: str
    at: datetime
    outcome: str | None
    decided_at: datetime | None
    answer: str
    decided_by: str | None
    act_id: int
    act: str
    done_at: datetime
    role: str
    reason: str
    ends_at: datetime | None
    detail: str
    by_id: int | None
    """Who acted, who therefore decides nothing here."""
    post_id: int | None
    person_id: int
    person_name: str
    person_host: str
    community_id: int
    community_name: str
    community_host: str
    community_title: str


def _desk() -> Columns:
    return (
        select(
            Appeal.id, Appeal.text, Appeal.at, Appeal.outcome, Appeal.decided_at, Appeal.answer, _Decider.username,
            LoggedAct.id, LoggedAct.act, LoggedAct.at, LoggedAct.role, LoggedAct.reason, LoggedAct.ends_at,
            LoggedAct.detail, LoggedAct.by_id, LoggedAct.post_id, _Person.id, _Person.username, _Person.host,
            _Place.id, _Place.username, _Place.host, _Place.display_name,
        )
        .join(LoggedAct, LoggedAct.id == Appeal.act_id)
        .join(_Person, _Person.id == Appeal.person_id)
        .join(_Place, _Place.id == LoggedAct.community_id)
        .outerjoin(_Decider, _Decider.id == Appeal.decided_by_id)
    )  # fmt: skip


async def at_the_desk(tx: ReadTx, *, waiting: bool) -> list[DeskAppeal]:
    """Those that wait, the oldest first; or those that were decided, the newest first."""
    statement = _desk().where(Appeal.outcome.is_(None) if waiting else Appeal.outcome.is_not(None))
    order = Appeal.id if waiting else Appeal.id.desc()
    return [DeskAppeal(*row) for row in await tx.select(statement.order_by(order).limit(MOST_SHOWN))]


async def one(tx: ReadTx, appeal_id: int) -> DeskAppeal | None:
    """One of them."""
    row = (await tx.select(_desk().where(Appeal.id == appeal_id))).first()
    return DeskAppeal(*row) if row else None


async def waiting_count(tx: ReadTx) -> int:
    """How many wait."""
    return int(await tx.scalar(select(func.count()).select_from(Appeal).where(Appeal.outcome.is_(None))) or 0)


async def is_overtaken(tx: ReadTx, appeal: DeskAppeal) -> bool:
    """A ban has ended by hand, or another one has taken its place: what holds now is not what the appeal is about."""
    later = and_(
        LoggedAct.person_id == appeal.person_id,
        LoggedAct.community_id == appeal.community_id,
        LoggedAct.act.in_((BANNED, UNBANNED)),
        LoggedAct.id > appeal.act_id,
    )
    return await tx.scalar(select(LoggedAct.id).where(later).limit(1)) is not None
