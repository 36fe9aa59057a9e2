"""Rituals: when a community meets, for whoever reads it; its hosts plan, call off and end them."""

from datetime import datetime

from models.queries import quiet
from models.queries import rituals as reading
from models.quiet import QuietHours
from models.rituals import AHEAD, Ritual, is_over, moments
from server.actions import moderation, rituals
from server.api.communities import ours
from server.api.endpoint import Call, Listed, page_of
from server.api.ritual_shapes import CallingOff, NewRitual, RitualEntity
from server.api.shapes import Nothing, PageQuery
from server.http.answers import instant
from server.http.errors import not_found


async def list_all(call: Call[Nothing, Nothing]) -> Listed:
    """What goes on in a community of ours; at most ten go on at a time."""
    now = call.runtime.clock.now()
    async with call.runtime.db.read() as tx:
        row = await ours(tx, call.path_id(), call.viewer)
        if not row.is_read:
            raise not_found()
        found, hours = await reading.of_community(tx, row.actor.id), await quiet.firm_hours(tx)
    items = [_entity(one, hours, now) for one in found if not is_over(one, hours, now)]
    return Listed(items, [], page_of(PageQuery()))


async def plan(call: Call[Nothing, NewRitual]) -> RitualEntity:
    """Begin one."""
    given, community_id = call.body, call.path_id()
    async with call.runtime.db.write() as tx:
        await ours(tx, community_id, call.viewer)
        place = await moderation.seat(tx, call.services.runtime, call.viewer, community_id)
        planned = await rituals.plan(
            tx,
            call.runtime,
            place,
            title=given.title,
            where=given.place,
            day=given.day,
            clock=given.time,
            every=str(given.every_weeks),
        )
        hours = await quiet.firm_hours(tx)
    return _entity(planned, hours, call.runtime.clock.now())


async def call_off(call: Call[Nothing, CallingOff]) -> Nothing:
    """It does not take place on one day."""
    async with call.runtime.db.write() as tx:
        await ours(tx, call.path_id(), call.viewer)
        place = await moderation.seat(tx, call.services.runtime, call.viewer, call.path_id())
        await rituals.call_off(tx, place, call.path_id("ritual_id"), call.body.day)
    return Nothing()


async def end(call: Call[Nothing, Nothing]) -> Nothing:
    """It takes place no more."""
    async with call.runtime.db.write() as tx:
        await ours(tx, call.path_id(), call.viewer)
        place = await moderation.seat(tx, call.services.runtime, call.viewer, call.path_id())
        await rituals.end(tx, place, call.path_id("ritual_id"))
    return Nothing()


def _entity(one: Ritual, hours: QuietHours, now: datetime) -> RitualEntity:
    return RitualEntity(
        id=str(one.id),
        title=one.title,
        place=one.place,
        begins_at=instant(one.begins_at),
        every_weeks=one.every_weeks,  # type: ignore[arg-type]  # one of these
        coming=[instant(at) for at in moments(one, hours, now, now + AHEAD)],
    )
