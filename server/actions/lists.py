"""Lists that people make themselves, of those whom they follow."""

from collections.abc import Mapping, Sequence

from models.gate import Person
from models.queries import follows, lists
from models.writes import lists as rows
from server.actions.refusals import Invalid, NotThere
from server.services import Services

MAX_LISTS = 50
MAX_MEMBERS = 500


async def create(services: Services, viewer: Person, values: Mapping[str, object]) -> int:
    """Make a list; its id. Raises `Invalid` above the limit."""
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        if len(await lists.of_person(tx, viewer.actor_id)) >= MAX_LISTS:
            raise Invalid(f"Validation failed: You have the maximum of {MAX_LISTS} lists")
        number = services.runtime.tokens.next_id(at)
        await rows.add(tx, {**values, "id": number, "actor_id": viewer.actor_id})
        return number


async def put_in(services: Services, viewer: Person, list_id: int, account_ids: Sequence[int]) -> None:
    """Put people into a list, all or nobody. Raises `NotThere` for whom the viewer does not follow, `Invalid`."""
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        if await lists.own(tx, list_id, viewer.actor_id) is None:
            raise NotThere()
        mine, _ = await follows.between(tx, viewer.actor_id, account_ids)
        for account_id in account_ids:
            follow = mine.get(account_id)
            if account_id != viewer.actor_id and (follow is None or not follow.is_accepted):
                raise NotThere()
            number = services.runtime.tokens.next_id(at)
            follow_id = follow.id if follow else None
            is_new = await rows.add_member(
                tx, number=number, list_id=list_id, account_id=account_id, follow_id=follow_id
            )
            if not is_new:
                raise Invalid("Validation failed: Account has already been taken")
        if await lists.size(tx, list_id) > MAX_MEMBERS:
            raise Invalid(f"Validation failed: A list has at most {MAX_MEMBERS} accounts")
