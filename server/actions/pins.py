"""Pinning: one's own posts to one's profile; for those who lead a community, threads on top of it."""

from typing import Final

from models.engine import WriteTx
from models.gate import ActingCommunity, Person, Verb, may
from models.posts import DIRECT
from models.queries import interactions as marks
from models.queries import posts
from models.queries.posts import EntryRow
from models.writes import interactions
from server.actions import moderation
from server.actions.refusals import Invalid, NotThere
from server.services import Services

MOST_PINNED: Final = 5
"""Posts on one profile."""


async def pin(services: Services, viewer: Person, entry_id: int, *, pins: bool = True) -> int:
    """Pin what an entry shows, or unpin it; the id of the entry to show then.

    One's own post goes to one's profile. A community's wrapper around a thread, and a thread of somebody else's, goes
    on top of the community, if the viewer leads it. Raises `NotThere`, `Invalid`.
    """
    await services.key_ring.refresh()
    async with services.runtime.db.write() as tx:
        entry = await posts.entry(tx, entry_id, viewer)
        if entry is None:
            raise NotThere()
        is_own = entry.post.author_id == viewer.actor_id and not entry.is_wrapper
        if is_own and not isinstance(viewer, ActingCommunity):
            await _on_profile(tx, services, viewer, entry, pins=pins)
        else:
            await _on_community(tx, services, viewer, entry, pins=pins)
    return entry.id


async def _on_profile(tx: WriteTx, services: Services, viewer: Person, entry: EntryRow, *, pins: bool) -> None:
    if not pins:
        await interactions.unpin(tx, actor_id=viewer.actor_id, post_id=entry.id)
        return
    if entry.post.audience == DIRECT:
        raise Invalid("Validation failed: Posts that are only visible to mentioned users cannot be pinned")
    pinned = await marks.pinned_ids(tx, viewer.actor_id)
    if entry.id not in pinned and len(pinned) >= MOST_PINNED:
        raise Invalid("Validation failed: You have already pinned the maximum number of posts")
    await interactions.pin(tx, actor_id=viewer.actor_id, post_id=entry.id, at=services.runtime.clock.now())


async def _on_community(tx: WriteTx, services: Services, viewer: Person, entry: EntryRow, *, pins: bool) -> None:
    refusal = "A boost cannot be pinned" if entry.is_wrapper else "Someone else's post cannot be pinned"
    try:
        place = await moderation.seat(tx, services.runtime, viewer, entry.post.community_id or 0)
    except NotThere:
        raise Invalid(f"Validation failed: {refusal}") from None
    if not may(place.standing, Verb.PIN):
        raise Invalid(f"Validation failed: {refusal}")
    await moderation.pin(tx, services.runtime, place, entry.post, pins=pins)
