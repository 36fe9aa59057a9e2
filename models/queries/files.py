"""Reading the rules of attached files, and the counts of what the store holds."""

import msgspec
from sqlalchemy import func, select

from models.engine import ReadTx
from models.files import COUNTED, COUNTING, RULES, Count, FileRules
from models.media import READY, Upload
from models.queries import state
from models.queries.media import COLUMNS, UploadRow


async def rules(tx: ReadTx) -> FileRules:
    """What the firm chose. One statement."""
    text = await state.text(tx, RULES)
    return msgspec.json.decode(text, type=FileRules) if text else FileRules()


async def counted(tx: ReadTx) -> Count | None:
    """The last whole count."""
    return _count(await state.text(tx, COUNTED))


async def counting(tx: ReadTx) -> Count | None:
    """The count that is under way."""
    return _count(await state.text(tx, COUNTING))


def _count(text: str | None) -> Count | None:
    return msgspec.json.decode(text, type=Count) if text else None


async def to_count(tx: ReadTx, last_id: int, most: int) -> list[UploadRow]:
    """The files after this one that lie in the store for good, by id."""
    lasting = (Upload.id > last_id, Upload.state == READY, Upload.expires_at.is_(None))
    rows = await tx.select(select(*COLUMNS).where(*lasting).order_by(Upload.id).limit(most))
    return [UploadRow(*row) for row in rows]


async def are_still_there(tx: ReadTx, names: list[str]) -> set[str]:
    """Those of these files that the database still means to keep. Uses uq_uploads_name."""
    if not names:
        return set()
    still = select(Upload.name).where(Upload.name.in_(names), Upload.expires_at.is_(None))
    return {row[0] for row in await tx.select(still)}


async def how_many(tx: ReadTx, last_id: int) -> tuple[int, int]:
    """Files of which the store keeps something, and how many of these have an id up to this one."""
    up_to = func.count().filter(Upload.id <= last_id)
    row = (await tx.select(select(func.count(), up_to).select_from(Upload).where(Upload.expires_at.is_(None)))).one()
    return int(row[0]), int(row[1])
