"""Blocking people: ends what binds two people, and is told to the other's server (spec/group-federation.md 10.3)."""

from federation.outbox.publish import publish
from federation.vocab.compose import Composer
from models.engine import WriteTx
from models.gate import Person
from models.queries import actors, follows
from models.queries.actors import ActorRow
from models.writes import feeds, moderation, tastes
from models.writes import follows as follow_writes
from server.actions.refusals import Invalid
from server.actions.tastes import known_other
from server.services import Services


async def block(services: Services, viewer: Person, target_id: int) -> None:
    """Block a person, once; follows and recommendations end both ways. Raises `NotThere`, `NotAllowed`, `Invalid`."""
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        target = await known_other(tx, viewer, target_id)
        if target.is_community:
            raise Invalid("A community cannot be blocked: leave it, or mute it")
        number = services.runtime.tokens.next_id(at)
        uri = services.runtime.config.url(f"/activities/{number}")
        is_new = await moderation.block(
            tx, actor_id=viewer.actor_id, target_id=target.id, activity_uri=uri, at=at, number=number
        )
        if not is_new:
            return
        await _part(tx, viewer.actor_id, target)
        blocker = await actors.by_id(tx, viewer.actor_id)
        if not target.is_local and blocker is not None:
            await publish(tx, [Composer(services.runtime, at).block(uri, number, blocker, target)])


async def _part(tx: WriteTx, person_id: int, target: ActorRow) -> None:
    for follower, followed in ((person_id, target.id), (target.id, person_id)):
        known = await follows.find(tx, follower, followed)
        if known is not None:
            await follow_writes.remove(tx, known.id)
            await feeds.leave(tx, follower, followed)
    await tastes.part(tx, person_id, target.id)


async def unblock(services: Services, viewer: Person, target_id: int) -> None:
    """Take a block back; nothing where there is none. Raises `NotThere`, `NotAllowed`."""
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        target = await known_other(tx, viewer, target_id)
        uri = await moderation.unblock(tx, viewer.actor_id, target.id)
        blocker = await actors.by_id(tx, viewer.actor_id)
        if uri is not None and not target.is_local and blocker is not None:
            await publish(tx, [Composer(services.runtime, at).undo_block(uri, blocker, target)])
