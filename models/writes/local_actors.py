"""Writing our own actors: people, communities, the server itself, with the keys they sign by."""

from datetime import datetime

import msgspec
from sqlalchemy import insert

from models.actors import Actor
from models.communities import Community
from models.engine import WriteTx
from models.writes import local_keys
from models.writes.local_keys import NewKey


class NewActor(msgspec.Struct, frozen=True, kw_only=True):
    """A local actor about to be inserted; fields are the columns of the same names."""

    id: int
    uri: str
    type: str
    username: str
    host: str
    display_name: str
    url: str
    inbox_url: str
    shared_inbox_url: str | None
    outbox_url: str | None
    followers_url: str | None
    moderators_url: str | None
    featured_url: str | None = None
    is_locked: bool
    is_bot: bool
    is_discoverable: bool
    created_at: datetime


async def add(tx: WriteTx, actor: NewActor, keys: list[NewKey]) -> None:
    """Insert an actor with its keys. The caller has looked that the name was never used."""
    await tx.execute(insert(Actor), msgspec.structs.asdict(actor))
    await local_keys.add(tx, actor.id, keys, actor.created_at)


async def add_community(
    tx: WriteTx, *, actor_id: int, visibility: str, scope: str, label: int, opens_history: bool, at: datetime
) -> None:
    """What makes a Group of ours a community."""
    await tx.execute(
        insert(Community),
        {
            "actor_id": actor_id,
            "is_local": True,
            "visibility": visibility,
            "scope": scope,
            "label": label,
            "opens_history": opens_history,
            "created_at": at,
        },
    )
