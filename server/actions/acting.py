"""What somebody does in the name of a community that they lead, through an app that holds its token (client API 11.5).

The community is seen to act; what it may is what the person behind it may there, and the trail has their name.
"""

from datetime import datetime, timedelta

from federation.outbox.publish import publish
from federation.vocab import render
from federation.vocab.moderating import Moderating
from models.authority import LONGEST_BAN_BY_A_MODERATOR
from models.communities import HOST_ROLE
from models.details import as_stored, pictures_of
from models.engine import WriteTx
from models.gate import ActingCommunity, Operation, Verb
from models.queries import actors, posts
from models.queries import moderation as moderated
from models.queries.actors import ActorRow
from models.writes import actors as actor_writes
from models.writes import audit
from server.actions import moderation, openness, profiles
from server.actions.communities import MAX_TITLE
from server.actions.refusals import Invalid, NotAllowed, NotThere
from server.services import Services


async def log_grant(tx: WriteTx, acct: str, community_id: int, app_name: str, at: datetime) -> None:
    """Somebody let an app act as a community."""
    community = await actors.by_id(tx, community_id)
    handle = community.acct if community else str(community_id)
    await audit.append(
        tx, at=at, actor=acct, action="community.app", object=handle, details={"app": app_name, "community": handle}
    )


async def change_profile(services: Services, viewer: ActingCommunity, wanted: profiles.Change) -> None:
    """Title, purpose, facts and pictures; partners with members there are told. Raises `NotAllowed`, `Invalid`.

    How open it is stays what its hosts chose on its page of settings: an app shows no more of that than a lock.
    """
    profiles.check(wanted)
    if wanted.display_name is not None and not 1 <= len(wanted.display_name.strip()) <= MAX_TITLE:
        raise Invalid(f"The title has 1 to {MAX_TITLE} characters.")
    here = services.runtime
    await services.key_ring.refresh()
    async with here.db.write() as tx:
        place = await moderation.seat(tx, here, viewer, viewer.actor_id)
        place.require(Verb.CONFIGURE)
        community = place.community
        if wanted.is_locked is not None and wanted.is_locked != community.is_locked:
            raise Invalid("Validation failed: How one joins is changed on the community's page of settings")
        values = await profiles.stored(tx, here, wanted)
        for name in ("is_locked", "is_bot", "is_discoverable"):
            values.pop(name, None)
        await audit.append(
            tx,
            at=place.at,
            actor=place.by,
            action="community.describe",
            object=community.uri,
            details={"community": community.acct, "changed": sorted(values)},
        )
        pictures = await profiles.settled(tx, community, wanted, place.at)
        if not values and pictures == pictures_of(community.pictures):
            return
        await actor_writes.change_profile(
            tx, community.id, values | {"updated_at": place.at, "pictures": as_stored(pictures)}
        )
        fresh = await actors.by_id(tx, community.id)
        assert fresh is not None, "the same transaction has just changed it"
        document = render.actor(fresh, await actors.keys_of(tx, fresh.id), here.config.base_url)
        await publish(tx, Moderating(here, place.at).update_group(place.actor, fresh, document))


# --- people ---


async def remove_member(services: Services, viewer: ActingCommunity, person_id: int) -> None:
    """As `openness.remove_member`. Raises `NotThere`, `NotAllowed`, `Refused`."""
    await services.key_ring.refresh()
    async with services.runtime.db.write() as tx:
        place = await moderation.seat(tx, services.runtime, viewer, viewer.actor_id)
        await openness.remove_member(tx, services.runtime, place, await _person(tx, viewer, person_id))


async def ban(services: Services, viewer: ActingCommunity, person_id: int) -> None:
    """A host bans for good, a moderator for as long as one may. Raises `NotThere`, `NotAllowed`, `Invalid`."""
    await services.key_ring.refresh()
    async with services.runtime.db.write() as tx:
        place = await moderation.seat(tx, services.runtime, viewer, viewer.actor_id)
        lasts: timedelta | None = None if place.standing.role == HOST_ROLE else LONGEST_BAN_BY_A_MODERATOR
        person = await _person(tx, viewer, person_id)
        if not (await moderated.standing(tx, person.id, place.community.id, place.at)).is_banned:
            await moderation.ban(tx, services.runtime, place, person, lasts=lasts)


async def unban(services: Services, viewer: ActingCommunity, person_id: int) -> None:
    """Take a ban back; nothing where there is none. Raises `NotThere`, `NotAllowed`."""
    await services.key_ring.refresh()
    async with services.runtime.db.write() as tx:
        place = await moderation.seat(tx, services.runtime, viewer, viewer.actor_id)
        await moderation.unban(tx, services.runtime, place, await _person(tx, viewer, person_id))


async def _person(tx: WriteTx, viewer: ActingCommunity, person_id: int) -> ActorRow:
    person = await actors.known_by_id(tx, person_id, viewer)
    if person is None:
        raise NotThere()
    if person.is_community:
        raise NotAllowed()
    return person


# --- posts ---


async def take_out(services: Services, viewer: ActingCommunity, entry_id: int) -> None:
    """A post that the community shows is shown no more. Raises `NotThere`, `NotAllowed`."""
    await services.key_ring.refresh()
    async with services.runtime.db.write() as tx:
        place = await moderation.seat(tx, services.runtime, viewer, viewer.actor_id)
        post = await posts.post(tx, entry_id, viewer)
        if post is None:
            raise NotThere()
        if post.author_id == viewer.actor_id:
            raise Invalid("Validation failed: What the community announced itself is deleted, not taken out")
        await moderation.remove(tx, services.runtime, place, post, "")


async def put_back(services: Services, viewer: ActingCommunity, entry_id: int) -> None:
    """A post that was taken out is shown again; nothing for one that is. Raises `NotThere`, `NotAllowed`.

    Nothing else is brought in: whom a post is for is not for its readers to change.
    """
    await services.key_ring.refresh()
    async with services.runtime.db.write() as tx:
        place = await moderation.seat(tx, services.runtime, viewer, viewer.actor_id)
        removed = await moderated.removal(tx, Operation(), post_id=entry_id)
        if removed is not None and removed.post.community_id == viewer.actor_id:
            await moderation.restore(tx, services.runtime, place, str(entry_id))
        else:
            place.require(Verb.REMOVE)
