"""Reading what is missing of threads: one post to ask for, one list to read, what is here already."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import select

from models.backfilling import MissingPost, ThreadList
from models.engine import ReadTx


class Missing(msgspec.Struct, frozen=True):
    """One missing post, in the order of the columns."""

    id: int
    community_id: int
    uri: str
    level: int
    parent_uri: str | None
    payload: bytes | None
    failures: int


class Listed(msgspec.Struct, frozen=True):
    """One list of a thread, in the order of the columns."""

    id: int
    community_id: int
    address: str
    is_wanted: bool
    position: int


async def missing(tx: ReadTx, number: int) -> Missing | None:
    """A missing post by the number of its row."""
    columns = [getattr(MissingPost, name) for name in Missing.__struct_fields__]
    row = (await tx.select(select(*columns).where(MissingPost.id == number))).first()
    return Missing(*row) if row else None


async def listed(tx: ReadTx, number: int) -> Listed | None:
    """A list of a thread by the number of its row."""
    columns = [getattr(ThreadList, name) for name in Listed.__struct_fields__]
    row = (await tx.select(select(*columns).where(ThreadList.id == number))).first()
    return Listed(*row) if row else None


async def asked_for(tx: ReadTx, community_id: int, uris: Sequence[str]) -> set[str]:
    """Which of these posts of a community are being looked for already."""
    statement = select(MissingPost.uri).where(MissingPost.community_id == community_id, MissingPost.uri.in_(uris))
    return {row[0] for row in await tx.select(statement)}
