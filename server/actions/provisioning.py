"""What follows from what the company's directory says of people (product J11, threats T239, T240).

Closing an account is the same act as `user suspend`. Where the directory closes more than a tenth of all accounts in an
hour, the rest waits for an administrator: that is a broken sync more often than the end of a firm. One leaver never
waits.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec

from models.accounts import ADMIN, AUDITOR
from models.directory import GROUP, USER
from models.engine import ReadTx, WriteTx
from models.queries import audit as trail
from models.queries import directory as reading
from models.queries import roster, state
from models.queries.directory import EntryRow
from models.writes import actors as actor_rows
from models.writes import audit, directory
from models.writes import state as facts
from server.actions import accounts, leaving, office_groups
from server.actions.accounts import MAX_DISPLAY_NAME, NewAccount
from server.actions.company import free_name
from server.actions.leaving import Here
from server.actions.local_actors import Keys
from server.actions.officers import Officer
from server.actions.refusals import Invalid, NotThere, Refused
from server.actions.secret_hash import secret_hash
from server.http.languages import to_translate

_ADDRESS: Final = re.compile(r"[^@\s]{1,64}@[^@\s]+")
WINDOW: Final = timedelta(hours=1)
SHARE: Final = 0.1
"""Of all open accounts; more of them in one window wait for a confirmation."""

SYNC: Final = "directory_sync"
"""Name of the fact in `server_state`: `trying`, `applying` with the number reached, or empty."""

TRYING, APPLYING = "trying", "applying"
BY: Final = "scim:"
"""Before the name of its token: how the directory stands in the audit trail."""

WAKE: Final = "directory"
"""Accounts wait to be made."""


def is_address(text: str) -> bool:
    """Whether an account can have this e-mail address."""
    return len(text) <= accounts.MAX_EMAIL and _ADDRESS.fullmatch(text.strip()) is not None


class Conflict(Refused):
    """Another resource has this name already."""


class Changed(Refused):
    """It was changed since the version that the caller knows."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """What the directory says of somebody."""

    user_name: str
    external_id: str | None
    email: str
    """Empty where it says none."""
    display_name: str
    is_active: bool
    document: dict[str, object]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """What it says of a group."""

    name: str
    external_id: str | None
    members: Sequence[int]
    document: dict[str, object]


async def add_person(tx: WriteTx, here: Here, person: Person, keys: Keys, *, by: str) -> EntryRow:
    """Somebody whom the directory had not spoken of: a new account, or the one that has their address."""
    at = here.clock.now()
    name = person.user_name.lower()
    await audit.append(tx, at=at, actor=by, action="scim.add", object=person.user_name, details={})
    if await reading.by_name(tx, USER, name) is not None:
        raise Conflict(to_translate("The directory has somebody of this name already."))
    is_tried = await is_trying(tx)
    actor_id = None if is_tried else await _account(tx, here, person, keys, by=by)
    number = here.tokens.next_id(at)
    row = {
        "id": number,
        "kind": USER,
        "name": name,
        "external_id": person.external_id,
        "document": person.document,
        "actor_id": actor_id,
        "is_active": person.is_active or not is_tried,
        "version": 1,
        "created_at": at,
        "changed_at": at,
    }
    await directory.add(tx, row)
    made = await _entry(tx, USER, number)
    return made if made.is_active == person.is_active else await change_person(tx, here, made, person, by=by)


async def give_account(tx: WriteTx, here: Here, known: EntryRow, person: Person, keys: Keys, *, by: str) -> None:
    """An account for somebody of whom the directory spoke while it was tried out (product J1).

    Raises `Changed` where another process was quicker: what was made in the transaction is rolled back.
    """
    await audit.append(tx, at=here.clock.now(), actor=by, action="scim.add", object=person.user_name, details={})
    actor_id = await _account(tx, here, person, keys, by=by)
    if not await directory.connect(tx, known.id, actor_id):
        raise Changed(to_translate("It was changed meanwhile."))
    await office_groups.follow_directory(tx, here, [actor_id])


async def is_trying(tx: ReadTx) -> bool:
    """Whether what the directory writes has no effect yet."""
    return await state.text(tx, SYNC) == TRYING


async def _account(tx: WriteTx, here: Here, person: Person, keys: Keys, *, by: str) -> int:
    """The account that has their address and that the directory speaks of nowhere else yet, or a new one.

    An account that the directory had closed is open again (product J11); whom an administrator closed out stays out.
    """
    at, email = here.clock.now(), person.email.strip().lower()
    if email:
        await leaving.free_address(tx, email, at)
    known = await reading.account_with_email(tx, email) if email else None
    if known is not None:
        username = await _username(tx, known)
        if person.is_active and await _has_closed(tx, username):
            await accounts.resume(tx, here, username, by=by)
        return known
    username = await free_name(tx, person.user_name)
    new = NewAccount(
        username=username,
        email=await _address(tx, person, username),
        display_name=person.display_name[:MAX_DISPLAY_NAME],
    )
    return (await accounts.create_account(tx, here, new, keys, by=by)).id


async def _has_closed(tx: ReadTx, username: str) -> bool:
    """The directory closed this account, which is closed still."""
    person = await accounts.find(tx, username)
    if person.suspended_at is None:
        return False
    closed_by = await trail.last_actor(tx, "user.suspend", f"{person.username}@{person.host}")
    return closed_by is not None and closed_by.startswith(BY)


async def change_person(tx: WriteTx, here: Here, known: EntryRow, person: Person, *, by: str) -> EntryRow:
    """What the directory says now; saying the same again changes nothing. Raises `Changed`, `Conflict`."""
    at, name = here.clock.now(), person.user_name.lower()
    if known.document == person.document and known.is_active == person.is_active and known.name == name:
        return known
    other = await reading.by_name(tx, USER, name)
    if other is not None and other.id != known.id:
        raise Conflict(to_translate("The directory has somebody of this name already."))
    await audit.append(tx, at=at, actor=by, action="scim.change", object=person.user_name, details={})
    values: dict[str, object] = {"name": name, "external_id": person.external_id, "document": person.document}
    actor_id = known.actor_id
    if actor_id is not None and await leaving.has_gone_for_good(tx, actor_id, at):
        # What it says now is not said of the former colleague, who stays one: who returns is somebody new.
        actor_id = values["actor_id"] = None
    if not await directory.change(tx, known.id, version=known.version, at=at, is_active=person.is_active, **values):
        raise Changed(to_translate("It was changed meanwhile."))
    if actor_id is not None:
        await _follow(tx, here, known, actor_id, person, by=by)
    elif person.is_active and not await is_trying(tx):
        # Somebody without an account is switched on: it is made behind, as those of the first sync are.
        await facts.put(tx, SYNC, f"{APPLYING} 0")
        tx.wake(WAKE)
    return await _entry(tx, USER, known.id)


async def remove_person(tx: WriteTx, here: Here, known: EntryRow, *, by: str) -> None:
    """The directory forgets somebody: as if it had said "inactive"; what they wrote stays."""
    await audit.append(tx, at=here.clock.now(), actor=by, action="scim.remove", object=known.name, details={})
    if known.actor_id is not None and known.is_active and await _is_flood(tx, here):
        await directory.set_aside(tx, known.id, here.clock.now())
        return
    if known.actor_id is not None and known.is_active:
        await _suspend(tx, here, known.actor_id, by=by)
    await directory.remove(tx, known.id)


async def add_group(tx: WriteTx, here: Here, group: Group, *, by: str) -> EntryRow:
    """A group that is new. Raises `Conflict`, `Invalid`."""
    at, name = here.clock.now(), group.name.lower()
    await audit.append(tx, at=at, actor=by, action="scim.add-group", object=group.name, details={})
    if await reading.by_name(tx, GROUP, name) is not None:
        raise Conflict(to_translate("The directory has a group of this name already."))
    number = here.tokens.next_id(at)
    row = {"id": number, "kind": GROUP, "name": name, "external_id": group.external_id, "document": group.document}
    await directory.add(tx, row | {"is_active": True, "version": 1, "created_at": at, "changed_at": at})
    await _set_members(tx, here, number, group.members)
    return await _entry(tx, GROUP, number)


async def change_group(tx: WriteTx, here: Here, known: EntryRow, group: Group, *, by: str) -> EntryRow:
    """What the directory says of a group now. Raises `Changed`, `Conflict`, `Invalid`."""
    at, name = here.clock.now(), group.name.lower()
    other = await reading.by_name(tx, GROUP, name)
    if other is not None and other.id != known.id:
        raise Conflict(to_translate("The directory has a group of this name already."))
    await audit.append(tx, at=at, actor=by, action="scim.change-group", object=group.name, details={})
    values: dict[str, object] = {"name": name, "external_id": group.external_id, "document": group.document}
    if not await directory.change(tx, known.id, version=known.version, at=at, **values):
        raise Changed(to_translate("It was changed meanwhile."))
    await _set_members(tx, here, known.id, group.members)
    return await _entry(tx, GROUP, known.id)


async def remove_group(tx: WriteTx, here: Here, known: EntryRow, *, by: str) -> None:
    """The directory forgets a group."""
    await audit.append(tx, at=here.clock.now(), actor=by, action="scim.remove-group", object=known.name, details={})
    concerned = await reading.accounts_in(tx, known.id)
    await directory.remove(tx, known.id)
    await office_groups.follow_directory(tx, here, concerned, once_given=_offices(known))


async def set_group_role(tx: WriteTx, here: Here, name: str, role: str | None, by: Officer) -> None:
    """People of this group are proposed for an office, or (None) no longer; a second person confirms each (T240)."""
    by.require(ADMIN)
    at, details = here.clock.now(), {"role": role}
    await audit.append(tx, at=at, actor=by.acct, action="scim.group-role", object=name[:400], details=dict(details))
    group = await reading.by_name(tx, GROUP, name.strip().lower())
    if group is None or role not in (None, ADMIN, AUDITOR):
        raise Refused(to_translate("The directory has no such group."))
    await directory.set_role(tx, group.id, role)
    concerned = await reading.accounts_in(tx, group.id)
    await office_groups.follow_directory(tx, here, concerned, once_given=_offices(group))


def _offices(group: EntryRow) -> Sequence[str]:
    return () if group.role is None else (group.role,)


async def settle_held(tx: WriteTx, here: Here, by: Officer, *, closes: bool) -> int:
    """An administrator has looked at what waits: close these accounts, or leave them open. How many there were."""
    by.require(ADMIN)
    action = "scim.confirm-held" if closes else "scim.release-held"
    await audit.append(tx, at=here.clock.now(), actor=by.acct, action=action, object="directory", details={})
    waiting = await reading.held(tx)
    for entry in waiting:
        await directory.hold(tx, entry.id, None)
        if closes and entry.actor_id is not None:
            await _suspend(tx, here, entry.actor_id, by=by.acct)
    await directory.drop_set_aside(tx)
    return len(waiting)


async def create_token(tx: WriteTx, here: Here, name: str, *, by: str) -> str:
    """A token by which the company's directory writes here; shown once."""
    if not 1 <= len(name) <= 100:
        raise Invalid(to_translate("A token needs a name of at most 100 characters."))
    at, secret = here.clock.now(), here.tokens.secret()
    await audit.append(tx, at=at, actor=by, action="scim.token", object=name, details={})
    await directory.add_token(tx, name=name, token_hash=secret_hash(secret), at=at)
    return secret


async def end_token(tx: WriteTx, here: Here, token_id: int, by: Officer) -> None:
    """The directory does not write by it any more."""
    by.require(ADMIN)
    at = here.clock.now()
    await audit.append(tx, at=at, actor=by.acct, action="scim.end-token", object=str(token_id), details={})
    if not await directory.revoke_token(tx, token_id, at):
        raise NotThere(to_translate("There is no such token."))


async def _follow(tx: WriteTx, here: Here, known: EntryRow, actor_id: int, person: Person, *, by: str) -> None:
    at = here.clock.now()
    if person.display_name:
        changed = {"display_name": person.display_name[:MAX_DISPLAY_NAME], "updated_at": at}
        await actor_rows.change_profile(tx, actor_id, changed)
    email = person.email.strip().lower()
    if email and not await roster.is_email_used(tx, email):
        await directory.change_email(tx, actor_id, email)
    if known.is_active and not person.is_active:
        if await _is_flood(tx, here):
            await directory.hold(tx, known.id, at)
        else:
            await _suspend(tx, here, actor_id, by=by)
    elif person.is_active and not known.is_active:
        await directory.hold(tx, known.id, None)
        await accounts.resume(tx, here, await _username(tx, actor_id), by=by)


async def _is_flood(tx: WriteTx, here: Here) -> bool:
    """Whether one more would be too many; the attempt counts, so that a flood does not trickle through."""
    at = here.clock.now()
    earlier = await reading.deactivated_since(tx, at - WINDOW)
    still_open = await reading.open_accounts(tx)
    await directory.note_deactivation(tx, at)
    return earlier > 0 and earlier + 1 > SHARE * (still_open + earlier)


async def _suspend(tx: WriteTx, here: Here, actor_id: int, *, by: str) -> None:
    await accounts.suspend(tx, here, await _username(tx, actor_id), by=by)


async def _address(tx: WriteTx, person: Person, username: str) -> str:
    """Where nothing is said, or it is another person's here, one that leads nowhere (RFC 2606)."""
    used = not person.email or await roster.is_email_used(tx, person.email.strip().lower())
    return f"{username}@no-address.invalid" if used else person.email


async def _username(tx: WriteTx, actor_id: int) -> str:
    handles = await roster.handles(tx, [actor_id])
    return handles[actor_id].partition("@")[0]


async def _set_members(tx: WriteTx, here: Here, group_id: int, user_ids: Sequence[int]) -> None:
    if await reading.missing(tx, user_ids):
        raise Invalid(to_translate("A group has people of the directory as members."))
    before = await reading.accounts_in(tx, group_id)
    await directory.set_members(tx, group_id, user_ids)
    await office_groups.follow_directory(tx, here, {*before, *await reading.accounts_in(tx, group_id)})


async def _entry(tx: WriteTx, kind: str, number: int) -> EntryRow:
    found = await reading.entry(tx, kind, number)
    assert found is not None, "the same transaction has just stored it"
    return found
