"""Writing the lists that people make themselves."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, insert, update

from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.lists import OwnList, OwnListMember


async def add(tx: WriteTx, values: Mapping[str, object]) -> None:
    """Insert a list."""
    await tx.execute(insert(OwnList), dict(values))


async def change(tx: WriteTx, list_id: int, values: Mapping[str, object]) -> None:
    """Change columns of a list."""
    if values:
        await tx.execute(update(OwnList).where(OwnList.id == list_id).values(**values))


async def remove(tx: WriteTx, list_id: int) -> None:
    """Remove a list; nobody stops following anybody."""
    await tx.execute(delete(OwnList).where(OwnList.id == list_id))


async def add_member(tx: WriteTx, *, number: int, list_id: int, account_id: int, follow_id: int | None) -> bool:
    """Put somebody into a list; False: they are in it."""
    row = {"id": number, "list_id": list_id, "account_id": account_id, "follow_id": follow_id}
    return bool((await tx.execute(insert_or_ignore(tx, OwnListMember), row)).rowcount > 0)


async def remove_members(tx: WriteTx, list_id: int, account_ids: Sequence[int]) -> None:
    """Take people out of a list."""
    await tx.execute(
        delete(OwnListMember).where(OwnListMember.list_id == list_id, OwnListMember.account_id.in_(account_ids))
    )
