"""Reading the lists that people make themselves. Nobody but their owner finds them."""

import msgspec
from sqlalchemy import func, select

from models.actors import Actor
from models.engine import ReadTx
from models.lists import OwnList, OwnListMember
from models.queries.actors import WIDTH, ActorRow, actor_rows, actors
from models.queries.paging import Page
from models.statements import lasting


class ListRow(msgspec.Struct, frozen=True):
    """One list, in the order of the columns."""

    id: int
    title: str
    replies_policy: str
    is_exclusive: bool


_LISTS = lasting(lambda: select(OwnList.id, OwnList.title, OwnList.replies_policy, OwnList.is_exclusive))


async def of_person(tx: ReadTx, person_id: int) -> list[ListRow]:
    """All lists of one person, the oldest first."""
    rows = await tx.select(_LISTS().where(OwnList.actor_id == person_id).order_by(OwnList.id))
    return [ListRow(*row) for row in rows]


async def own(tx: ReadTx, list_id: int, person_id: int) -> ListRow | None:
    """One list of this person."""
    row = (await tx.select(_LISTS().where(OwnList.id == list_id, OwnList.actor_id == person_id))).first()
    return ListRow(*row) if row else None


async def containing(tx: ReadTx, account_id: int, person_id: int) -> list[ListRow]:
    """The lists of this person that somebody is in."""
    statement = _LISTS().join(OwnListMember, OwnListMember.list_id == OwnList.id)
    statement = statement.where(OwnList.actor_id == person_id, OwnListMember.account_id == account_id)
    return [ListRow(*row) for row in await tx.select(statement.order_by(OwnList.id))]


async def members(tx: ReadTx, list_id: int, page: Page) -> list[tuple[int, ActorRow]]:
    """Who is in a list; the id of being in it is the cursor."""
    statement = (
        actors()
        .join(OwnListMember, OwnListMember.account_id == Actor.id)
        .where(OwnListMember.list_id == list_id)
        .add_columns(OwnListMember.id)
    )
    rows = (await tx.select(page.bound(statement, OwnListMember.id))).all()
    return page.ordered([(row[WIDTH], actor) for row, actor in zip(rows, actor_rows(rows), strict=True)])


async def size(tx: ReadTx, list_id: int) -> int:
    """How many are in a list."""
    statement = select(func.count()).select_from(OwnListMember).where(OwnListMember.list_id == list_id)
    return int(await tx.scalar(statement) or 0)
