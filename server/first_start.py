"""The very first start: an administrator, a community to try, and the one-time address by which the former comes in.

There are no default passwords, and no page that makes the first administrator (threats T131): whoever can read the
server's terminal is the operator.
"""

from models.accounts import ADMIN
from models.engine import ReadTx
from models.queries import roster
from models.queries.roster import AccountRow
from models.writes.audit import OPERATOR
from server.actions.accounts import NewAccount, create_account, create_sign_in_link
from server.actions.communities import NewCommunity, create_community
from server.actions.local_actors import new_keys
from server.installation import Installation

_ADMIN = "admin"
_COMMUNITY = "entraide"
_TITLES = {"fr": "Entraide", "en": "Mutual help"}


async def sign_in_address(here: Installation) -> str | None:
    """A one-time address for the first administrator, who is made if nobody has an account yet.

    None once the administrator can sign in without. An address that was not used in time is followed by another at the
    next start; the earlier one then no longer works.
    """
    async with here.db.read() as reading:
        admin = await roster.person(reading, _ADMIN)
        if admin is None and await roster.has_accounts(reading):
            return None
        if admin is not None and not await _needs_address(reading, admin):
            return None
    if admin is None:
        await _found(here)
    async with here.db.write() as tx:
        secret = await create_sign_in_link(tx, here, _ADMIN, by=OPERATOR)
    return here.config.url(f"/sign-in/once/{secret}")


async def _needs_address(tx: ReadTx, admin: AccountRow) -> bool:
    is_open = admin.role == ADMIN and admin.suspended_at is None
    return is_open and not await roster.can_sign_in(tx, admin.actor_id)


async def _found(here: Installation) -> None:
    host = here.config.domain.partition(":")[0]
    account = NewAccount(username=_ADMIN, email=f"{_ADMIN}@{host}", role=ADMIN)
    sample = NewCommunity(name=_COMMUNITY, title=_TITLES[here.settings.language], host=_ADMIN)
    admin_keys, community_keys = await new_keys(), await new_keys()
    async with here.db.write() as tx:
        await create_account(tx, here, account, admin_keys, by=OPERATOR)
        await create_community(tx, here, sample, community_keys, by=OPERATOR)
