"""The policy of notifications: deciding, and answering those who wait because of it."""

from collections.abc import Mapping, Sequence

from models.gate import Person
from models.queries import notification_requests as requests
from models.writes import notifications, policies
from server.actions.refusals import NotThere
from server.services import Services


async def change(services: Services, viewer: Person, values: Mapping[str, str]) -> None:
    """Decide something else; what is not named stays."""
    async with services.runtime.db.write() as tx:
        await policies.change(tx, viewer.actor_id, values)


async def answer(services: Services, viewer: Person, sender_ids: Sequence[int], *, accepts: bool) -> None:
    """Let senders through from now on, or forget what waits of them. Those of whom nothing waits are passed over."""
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        waiting = await requests.waiting_of(tx, sender_ids, viewer, at)
        if accepts:
            await policies.let_through(tx, viewer.actor_id, waiting)
        else:
            ids = await requests.notifications_of(tx, waiting, viewer, at)
            await notifications.dismiss_all(tx, viewer.actor_id, ids)


async def answer_one(services: Services, viewer: Person, sender_id: int, *, accepts: bool) -> None:
    """As `answer`. Raises `NotThere` where nothing waits of them."""
    async with services.runtime.db.read() as tx:
        row = await requests.one(tx, sender_id, viewer, services.runtime.clock.now())
    if row is None:
        raise NotThere()
    await answer(services, viewer, [sender_id], accepts=accepts)
