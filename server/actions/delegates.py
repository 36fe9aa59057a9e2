"""Delegates: whom an administrator names to answer trials that ask to become official, and nothing else (product J3).

It ends with the account, and with any other office: `models/writes/accounts.py: change_role`.
"""

from federation.inbox import notice
from models.accounts import MEMBER
from models.engine import WriteTx
from models.queries.roster import AccountRow
from models.writes import audit
from models.writes import trials as writing
from server.actions import accounts
from server.actions.refusals import Refused
from server.actions.seats import Here
from server.actions.trials import WAITING
from server.http.languages import to_translate


async def name(tx: WriteTx, here: Here, username: str, *, by: str) -> AccountRow:
    """Somebody may answer trials from now on, and is told; doing it twice changes nothing.

    Raises `NotThere`, and `Refused` for who has left, for administrators, who may anyway, and for auditors.
    """
    person = await _noted(tx, here, "community.delegate", username, by)
    if person.suspended_at is not None:
        raise Refused(to_translate("%(name)s is suspended. Resume the account first."), name=person.username)
    if person.role != MEMBER:
        raise Refused(
            to_translate("%(name)s has an office: administrators answer trials anyway, auditors never."),
            name=person.username,
        )
    at = here.clock.now()
    if await writing.name_delegate(tx, person.actor_id, at):
        address = here.config.url(WAITING)
        english = f"You may answer trial communities that ask to become official: {address}"
        french = f"Vous pouvez répondre aux communautés en essai qui demandent à devenir officielles : {address}"
        await notice.tell(tx, here, person.actor_id, f"{english}\n\n{french}", at=at)
    return person


async def end(tx: WriteTx, here: Here, username: str, *, by: str) -> AccountRow:
    """They answer no trial any more. Raises `NotThere`, and `Refused` for who was not named."""
    person = await _noted(tx, here, "community.delegate-end", username, by)
    if not await writing.end_delegate(tx, person.actor_id):
        raise Refused(to_translate("%(name)s is no delegate."), name=person.username)
    return person


async def _noted(tx: WriteTx, here: Here, action: str, username: str, by: str) -> AccountRow:
    """The person, once the trail has it; until this transaction is over nobody gives them another office."""
    acct = f"{username.strip().lower()}@{here.config.domain}"
    await audit.append(tx, at=here.clock.now(), actor=by, action=action, object=acct, details={})
    return await accounts.find(tx, username.strip())
