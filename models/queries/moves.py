"""Where people, and communities, are to be found now who have moved."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select

from models.actors import Actor
from models.base import aliased
from models.engine import ReadTx
from models.gate import Person
from models.queries import actors
from models.queries.actors import ActorRow


class Migration(msgspec.Struct, frozen=True):
    """What an actor says of being elsewhere: who else it is, where it has gone, when it took its followers along."""

    also_known_as: list[str]
    moved_to: str | None
    moved_at: datetime | None


async def migrations(tx: ReadTx, ids: Sequence[int]) -> dict[int, Migration]:
    """The same of several actors, by id."""
    columns = (Actor.id, Actor.also_known_as, Actor.moved_to, Actor.moved_at)
    rows = await tx.select(select(*columns).where(Actor.id.in_(ids)))
    return {row[0]: Migration(row[1], row[2], row[3]) for row in rows}


async def new_home(tx: ReadTx, actor_id: int, viewer: Person) -> ActorRow | None:
    """Who somebody is now, if both ends say so and the viewer may know of the new one (threats T043)."""
    old = aliased(Actor)
    statement = (
        actors.actors()
        .add_columns(Actor.also_known_as, old.uri)
        .join(old, old.moved_to == Actor.uri)
        .where(old.id == actor_id, Actor.id != actor_id, actors.known_to(viewer))
    )
    row = (await tx.select(statement)).first()
    if row is None or row[actors.WIDTH + 1] not in row[actors.WIDTH]:
        return None
    return actors.actor_rows([row])[0]
