"""People who sign in at their company: accounts from what its provider says of them, roles from its groups.

An account is found by provider and subject alone (threats T147), and made only for who is in a required group. Groups
make nobody an administrator or auditor: they propose it, and a second person confirms (T240).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.accounts import ADMIN, AUDITOR, MEMBER
from models.directory import USER
from models.engine import ReadTx, WriteTx
from models.notifications import ADMIN_SIGN_UP
from models.queries import directory, roster
from models.queries import identity as reading
from models.queries.identity import Known, ProviderRow
from models.writes import audit, identity, notifications, sessions
from models.writes.audit import SERVER
from server.actions import accounts, leaving, names, office_groups
from server.actions.accounts import MAX_DISPLAY_NAME, NewAccount
from server.actions.local_actors import Here, Keys
from server.actions.officers import Officer
from server.actions.refusals import NotAllowed, Refused
from server.http.languages import to_translate
from server.identity.tokens import Claims, groups_in

_MOST_TRIED: Final = 100
_NOT_OF_A_NAME: Final = re.compile(r"[^a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What the provider says of somebody."""

    provider: ProviderRow
    subject: str
    claims: Claims

    @property
    def groups(self) -> set[str]:
        return groups_in(self.claims, self.provider.group_claim)

    @property
    def is_wanted(self) -> bool:
        """In a group that may come in."""
        wanted = self.provider.required_groups
        return not wanted or not self.groups.isdisjoint(wanted)


async def admit(tx: WriteTx, here: Here, who: Newcomer, keys: Keys) -> int:
    """The account of somebody who signed in at the company, made if there is none. Raises `Refused`, `NotAllowed`."""
    known = await reading.known(tx, who.provider.id, who.subject)
    if not who.is_wanted:
        raise NotAllowed(to_translate("Your company’s directory does not let you in here. Ask who manages its groups."))
    if known is not None and known.suspended_at is not None:
        # A name at the company opens nothing by itself again: whoever is in charge has made another account.
        known = await _provisioned(tx, here, who) if await _forgets(tx, here, who, known) else None
        if known is None:
            raise NotAllowed(to_translate("Your account here is suspended. Ask your administrator."))
    if known is None:
        known = await _provisioned(tx, here, who) or Known(await _make(tx, here, who, keys), MEMBER, None, None)
    await office_groups.follow_claims(tx, here, known, who.provider.id, who.groups)
    return known.actor_id


async def _forgets(tx: WriteTx, here: Here, who: Newcomer, known: Known) -> bool:
    """Whether it was a former colleague's name at the company, who is gone for good (product J11): it is free now."""
    if not await leaving.has_gone_for_good(tx, known.actor_id, here.clock.now()):
        return False
    await identity.unlink(tx, who.provider.id, who.subject)
    return True


async def shut_out(tx: WriteTx, here: Here, who: Newcomer) -> None:
    """Somebody who may not come in any more loses what is still open in their name (threats T239)."""
    known = await reading.known(tx, who.provider.id, who.subject)
    if known is not None and not who.is_wanted:
        await sessions.end_access(tx, known.actor_id, here.clock.now())


async def link(tx: WriteTx, here: Here, who: Newcomer, by: Officer) -> None:
    """Somebody who is signed in says that they are this person at the company. Raises `Refused`."""
    details = {"provider": who.provider.name}
    await audit.append(tx, at=here.clock.now(), actor=by.acct, action="identity.link", object=by.acct, details=details)
    if not who.is_wanted:
        raise NotAllowed(to_translate("Your company’s directory does not let you in here. Ask who manages its groups."))
    known = await reading.known(tx, who.provider.id, who.subject)
    if known is not None and known.actor_id != by.actor_id:
        if not await _forgets(tx, here, who, known):
            raise Refused(to_translate("That person of the company has another account here already."))
        known = None
    if known is None:
        await identity.link(
            tx, provider_id=who.provider.id, subject=who.subject, actor_id=by.actor_id, at=here.clock.now()
        )


async def sign_out(tx: WriteTx, here: Here, provider: ProviderRow, *, subject: str | None, sid: str | None) -> int:
    """The provider says that somebody is signed out: browsers and apps end here; how many people that was."""
    people = await reading.behind(tx, provider.id, subject=subject, sid=sid)
    for actor_id in people:
        await sessions.end_access(tx, actor_id, here.clock.now())
    return len(people)


async def confirm_role(tx: WriteTx, here: leaving.Here, username: str, by: Officer) -> None:
    """The second person agrees with what the directory says of somebody. Raises `NotAllowed`, `Refused`."""
    by.require(ADMIN, AUDITOR)
    person = await accounts.find(tx, username)
    by.require_other_than(person.actor_id)
    pending = await roster.pending_role(tx, person.actor_id)
    if pending is None:
        raise Refused(to_translate("Nothing waits for a confirmation here."))
    await accounts.change_role(tx, here, username, pending, by=by.acct)
    await identity.propose_role(tx, person.actor_id, None)


async def _provisioned(tx: WriteTx, here: Here, who: Newcomer) -> Known | None:
    """The account that the directory made for them: where it calls them as the one provider does (`sub` or `oid`)."""
    if len(await reading.providers(tx)) != 1:
        return None
    for name in (who.subject, who.claims.get("oid")):
        found = await directory.by_external_id(tx, USER, name) if isinstance(name, str) else []
        if len(found) == 1 and found[0].actor_id is not None and found[0].is_active:
            at = here.clock.now()
            actor_id = found[0].actor_id
            await identity.link(tx, provider_id=who.provider.id, subject=who.subject, actor_id=actor_id, at=at)
            return await reading.known(tx, who.provider.id, who.subject)
    return None


async def _make(tx: WriteTx, here: Here, who: Newcomer, keys: Keys) -> int:
    email = who.claims.get("email")
    if not isinstance(email, str):
        raise Refused(to_translate("Your company does not say your e-mail address, which an account needs."))
    name = who.claims.get("name")
    new = NewAccount(
        username=await free_name(tx, _wished_name(who.claims, email)),
        email=email,
        display_name=" ".join(str(name).split())[:MAX_DISPLAY_NAME] if isinstance(name, str) else "",
    )
    if await roster.is_email_used(tx, email.strip().lower()):
        raise Refused(
            to_translate("An account here has your address. Sign in to it, and connect the company’s sign-in there.")
        )
    made = await accounts.create_account(tx, here, new, keys, by=SERVER)
    at = here.clock.now()
    await identity.link(tx, provider_id=who.provider.id, subject=who.subject, actor_id=made.id, at=at)
    told = [
        notifications.row(recipient_id=admin_id, type_=ADMIN_SIGN_UP, actor_id=made.id, at=at)
        for admin_id in await roster.active_admins(tx)
    ]
    await notifications.add(tx, told)
    return made.id


def _wished_name(claims: Mapping[str, object], email: str) -> str:
    preferred = claims.get("preferred_username")
    return preferred if isinstance(preferred, str) and preferred else email


async def free_name(tx: ReadTx, wished: str) -> str:
    """From somebody's name at the company or their address; with a number behind it where it is, or was, in use."""
    stem = _NOT_OF_A_NAME.sub("_", wished.partition("@")[0].lower()).strip("_")[:26] or "person"
    for number in range(1, _MOST_TRIED):
        name = stem if number == 1 else f"{stem}{number}"
        if await names.is_free(tx, name):
            return name
    raise Refused(to_translate("No free name could be found for you. Ask your administrator."))
