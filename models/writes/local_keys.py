"""Writing the sealed keys of our own actors. Whoever keeps them in memory is told, by revision and channel."""

from datetime import datetime

import msgspec
from sqlalchemy import insert, update

from models.actors import ActorKey, ActorKeySuccession
from models.engine import WriteTx
from models.writes import state

OWN_KEYS = "own_keys"
"""The revision, and the channel, that new and changed keys of our actors move on."""


class NewKey(msgspec.Struct, frozen=True):
    """A key about to be inserted, or to take the place of the one with its id; the private half is sealed."""

    key_uri: str
    kind: str
    public_text: str
    private_sealed: bytes


async def add(tx: WriteTx, actor_id: int, keys: list[NewKey], at: datetime) -> None:
    """The keys of a new actor."""
    rows = [{"actor_id": actor_id, "fetched_at": at, **msgspec.structs.asdict(key)} for key in keys]
    await tx.execute(insert(ActorKey), rows)
    await _tell(tx)


async def rotate(tx: WriteTx, keys: list[NewKey], *, announced_by: int, at: datetime) -> None:
    """Publish new keys under the ids of the old ones, whose private halves stay for what was said until now."""
    for key in keys:
        values = {
            "public_text": key.public_text,
            "previous_sealed": ActorKey.private_sealed,
            "private_sealed": key.private_sealed,
            "announced_by": announced_by,
            "fetched_at": at,
        }
        await tx.execute(update(ActorKey).where(ActorKey.key_uri == key.key_uri).values(values))
    await _tell(tx)


async def add_succession(tx: WriteTx, number: int, *, actor_id: int, document: bytes, at: datetime) -> None:
    """A key of one of our people or communities is followed by another, as both signed."""
    row = {"id": number, "actor_id": actor_id, "document": document, "at": at}
    await tx.execute(insert(ActorKeySuccession), [row])


async def forget_previous(tx: WriteTx, made_before: datetime) -> int:
    """Drop private halves that nothing is signed by any more; how many."""
    old = update(ActorKey).where(ActorKey.previous_sealed.is_not(None), ActorKey.fetched_at < made_before)
    return int((await tx.execute(old.values(previous_sealed=None))).rowcount)


async def _tell(tx: WriteTx) -> None:
    await state.bump_revision(tx, OWN_KEYS)
    tx.wake(OWN_KEYS)
