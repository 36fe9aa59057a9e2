"""What a person does not care to meet, and what they note about others. Stays here: nobody else is told."""

from datetime import timedelta

from federation.errors import Malformed
from federation.transport.hosts import canonical_host
from models.engine import WriteTx
from models.gate import Person
from models.queries import actors, follows
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from models.writes import tastes
from server.actions.reactions import visible_post
from server.actions.refusals import Invalid, NotAllowed, NotThere
from server.services import Services

MAX_NOTE = 2000
MAX_MUTE_SECONDS = 10 * 365 * 24 * 3600


async def known_other(tx: WriteTx, viewer: Person, target_id: int) -> ActorRow:
    """Somebody else, whom the viewer may know of. Raises `NotThere`; `NotAllowed` for oneself."""
    target = await actors.known_by_id(tx, target_id, viewer)
    if target is None:
        raise NotThere()
    if target.id == viewer.actor_id:
        raise NotAllowed()
    return target


async def mute(services: Services, viewer: Person, target_id: int, *, hides_notifications: bool, seconds: int) -> None:
    """Hear nothing of somebody for so many seconds; 0: for good. Raises `NotThere`, `NotAllowed`."""
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        target = await known_other(tx, viewer, target_id)
        await tastes.mute(
            tx,
            mute_id=services.runtime.tokens.next_id(at),
            actor_id=viewer.actor_id,
            target_id=target.id,
            hides_notifications=hides_notifications,
            expires_at=at + timedelta(seconds=min(seconds, MAX_MUTE_SECONDS)) if seconds > 0 else None,
            at=at,
        )


async def unmute(services: Services, viewer: Person, target_id: int) -> None:
    """Hear of somebody again. Raises `NotThere`, `NotAllowed`."""
    async with services.runtime.db.write() as tx:
        target = await known_other(tx, viewer, target_id)
        await tastes.unmute(tx, actor_id=viewer.actor_id, target_id=target.id)


async def note(services: Services, viewer: Person, target_id: int, comment: str) -> None:
    """Note something about somebody; empty: remove the note. Raises `NotThere`, `Invalid`."""
    if len(comment) > MAX_NOTE:
        raise Invalid(f"Validation failed: Comment is too long (maximum is {MAX_NOTE} characters)")
    async with services.runtime.db.write() as tx:
        target = await actors.known_by_id(tx, target_id, viewer)
        if target is None:
            raise NotThere()
        await tastes.note(tx, actor_id=viewer.actor_id, target_id=target.id, comment=comment)


async def endorse(services: Services, viewer: Person, target_id: int) -> None:
    """Show somebody whom the viewer follows on their profile. Raises `NotThere`, `NotAllowed`, `Invalid`."""
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        target = await known_other(tx, viewer, target_id)
        follow = await follows.find(tx, viewer.actor_id, target.id)
        if follow is None or not follow.is_accepted:
            raise Invalid("Validation failed: You must be already following the person you want to endorse")
        number = services.runtime.tokens.next_id(at)
        await tastes.endorse(tx, endorsement_id=number, actor_id=viewer.actor_id, target_id=target.id)


async def unendorse(services: Services, viewer: Person, target_id: int) -> None:
    """Show somebody on one's profile no longer. Raises `NotThere`, `NotAllowed`."""
    async with services.runtime.db.write() as tx:
        target = await known_other(tx, viewer, target_id)
        await tastes.unendorse(tx, actor_id=viewer.actor_id, target_id=target.id)


async def block_domain(services: Services, viewer: Person, domain: str) -> None:
    """Hear nothing of a server, though memberships stand. Raises `Invalid` for what is no host, and for ours."""
    host = _host(domain)
    if host == services.runtime.config.domain:
        raise Invalid("Validation failed: Domain is this server's own")
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        number = services.runtime.tokens.next_id(at)
        await tastes.block_domain(tx, block_id=number, actor_id=viewer.actor_id, host=host, at=at)


async def unblock_domain(services: Services, viewer: Person, domain: str) -> None:
    """Hear of a server again. Raises `Invalid` for what is no host."""
    host = _host(domain)
    async with services.runtime.db.write() as tx:
        await tastes.unblock_domain(tx, actor_id=viewer.actor_id, host=host)


def _host(domain: str) -> str:
    try:
        return canonical_host(domain.strip())
    except Malformed as error:
        raise Invalid("Validation failed: Domain is not a valid domain name") from error


async def mute_thread(services: Services, viewer: Person, post_id: int, *, is_muted: bool) -> int:
    """Be told of a post's thread no longer, or again; the id of the post itself. Raises `NotThere`."""
    async with services.runtime.db.write() as tx:
        row: PostRow = await visible_post(tx, post_id, viewer)
        thread_id = row.thread_id or row.id
        change = tastes.mute_thread if is_muted else tastes.unmute_thread
        await change(tx, actor_id=viewer.actor_id, thread_id=thread_id)
        return row.id
