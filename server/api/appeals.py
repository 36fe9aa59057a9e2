"""What was done to the reader by those who lead a community, and their appeals against it (product J8)."""

from models.queries import actors
from server.actions import appeals
from server.api import entities
from server.api.endpoint import Call, Listed, page_of
from server.api.shapes import ActEntity, NewAppeal, Nothing, PageQuery
from server.http.errors import not_found
from server.http.params import as_id


async def list_acts(call: Call[Nothing, Nothing]) -> Listed:
    """What the reader may appeal against, and what they appealed against."""
    async with call.runtime.db.read() as tx:
        rows = await appeals.own(tx, call.services.runtime, call.viewer.person_id)
    return Listed([entities.own_act(row) for row in rows], [row.id for row in rows], page_of(PageQuery()))


async def file(call: Call[Nothing, NewAppeal]) -> ActEntity:
    """Appeal, once."""
    act_id, person_id = as_id(call.body.act_id), call.viewer.person_id
    async with call.runtime.db.write() as tx:
        person = await actors.by_id(tx, person_id)
        if person is None:
            raise not_found()
        await appeals.appeal(tx, call.services.runtime, person_id, person.acct, act_id, call.body.text)
        (row,) = [one for one in await appeals.own(tx, call.services.runtime, person_id) if one.id == act_id]
    return entities.own_act(row)
