"""Which client apps people may sign in with, and ending what one of them holds (product section 5)."""

from models.accounts import ADMIN
from models.engine import WriteTx
from models.queries import client_apps as reading
from models.queries.client_apps import ANY, LISTED, POLICY
from models.writes import audit, client_apps, state
from server.actions.local_actors import Here
from server.actions.officers import Officer
from server.actions.refusals import NotThere, Refused
from server.http.languages import to_translate


async def allow(tx: WriteTx, here: Here, name: str, by: Officer) -> None:
    """People may give apps of this name access, whatever the policy."""
    await _say(tx, here, name, by, is_allowed=True)


async def block(tx: WriteTx, here: Here, name: str, by: Officer) -> None:
    """Nobody may give apps of this name access, and what they hold ends now (threats T143)."""
    await _say(tx, here, name, by, is_allowed=False)
    await client_apps.end_all_of(tx, name, here.clock.now())


async def _say(tx: WriteTx, here: Here, name: str, by: Officer, *, is_allowed: bool) -> None:
    by.require(ADMIN)
    action = "app.allow" if is_allowed else "app.block"
    await audit.append(tx, at=here.clock.now(), actor=by.acct, action=action, object=name, details={})
    if not await reading.is_known(tx, name):
        raise NotThere(to_translate("No app of this name has registered here."))
    await client_apps.say(tx, name, is_allowed=is_allowed, at=here.clock.now())


async def choose_policy(tx: WriteTx, here: Here, policy: str, by: Officer) -> None:
    """`any`: every app but the blocked ones; `listed`: only those that were allowed. What others hold stays theirs."""
    by.require(ADMIN)
    if policy not in (ANY, LISTED):
        raise Refused(
            to_translate("“%(policy)s” is neither %(any)s nor %(listed)s."), policy=policy, any=ANY, listed=LISTED
        )
    details = {"policy": policy}
    await audit.append(tx, at=here.clock.now(), actor=by.acct, action="app.policy", object="apps", details=details)
    await state.put(tx, POLICY, policy)


async def end_token(tx: WriteTx, here: Here, token_id: int, by: Officer) -> None:
    """End a token that was made at the command line."""
    by.require(ADMIN)
    at = here.clock.now()
    await audit.append(tx, at=at, actor=by.acct, action="token.end", object=str(token_id), details={})
    if await client_apps.end_token(tx, token_id, at) is None:
        raise NotThere(to_translate("There is no such token."))
