"""People whom a text names: those who are not known here yet are looked up before it is published."""

from collections.abc import Iterable

from federation.errors import FederationError
from federation.runtime import Budget
from models.gate import Person
from models.queries import actors, guests
from models.queries.actors import ActorRow
from server.actions import writing
from server.actions.refusals import NotAllowed
from server.http.languages import to_translate
from server.services import Services


async def find_strangers(services: Services, viewer: Person, text: str) -> None:
    """Look up people at allowed partners whom a text names and who are not known here yet; not finding is no error.
    Nobody is looked up for a guest, who writes to people they have met.
    """
    handles = writing.handles_in(text, services.runtime.config.domain)
    abroad = [(name, host) for name, host in handles if host != services.runtime.config.domain]
    if not abroad:
        return
    async with services.runtime.db.read() as tx:
        known = await actors.of_handles(tx, abroad)
        if await guests.is_one(tx, viewer.actor_id):
            return
    budget = Budget()
    for name, host in abroad:
        if (name, host) not in known:
            try:
                await services.discovery.by_handle(name, host, budget)
            except FederationError:
                continue


def people_in(named: Iterable[ActorRow], *, is_direct: bool) -> list[ActorRow]:
    """Those that are people. Raises `NotAllowed` where it is for them alone, and nothing can be sent to one of them."""
    people = [one for one in named if not one.is_community]
    if is_direct and (unreached := [one.host for one in people if one.vouched_by is not None]):
        raise NotAllowed(to_translate("%(host)s is no partner of ours: nothing can be sent there"), host=unreached[0])
    return people
