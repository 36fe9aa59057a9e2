"""The first sync of a directory, tried out: it writes, nothing happens, an administrator looks and then applies (J1).

While it is tried out, what the directory writes is kept as it writes it, and answered so; no account is made, taken
over or closed. Applying makes the accounts one after the other, each in its own transaction, and goes on after a
restart where it was.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import structlog

from federation.runtime import Runtime
from models.accounts import ADMIN
from models.directory import USER
from models.engine import ReadTx, WriteTx
from models.queries import directory as reading
from models.queries import state
from models.queries.directory import EntryRow
from models.writes import audit, directory
from models.writes import state as facts
from server.actions import provisioning
from server.actions.local_actors import Here, new_keys
from server.actions.officers import Officer
from server.actions.provisioning import SYNC, TRYING, WAKE, Changed, Person
from server.actions.refusals import Refused
from server.http.languages import to_translate

log = structlog.get_logger(__name__)

_LOOK_EVERY_SECONDS: Final = 60.0
_APPLYING: Final = provisioning.APPLYING
_SHOWN: Final = 200


class Planned(msgspec.Struct, frozen=True):
    """What would become of somebody: a new account, one that is here, or nothing."""

    name: str
    account: str | None
    """The handle of the account here that has their address."""


class Plan(msgspec.Struct, frozen=True):
    """What applying would do: how many, and of each kind the first two hundred."""

    create: int
    update: int
    ignore: int
    created: list[Planned]
    updated: list[Planned]
    ignored: list[Planned]


async def phase(tx: ReadTx) -> str:
    """Empty, `trying` or `applying`."""
    return (await state.text(tx, SYNC) or "").partition(" ")[0]


async def begin(tx: WriteTx, here: Here, by: Officer) -> None:
    """From now on the directory writes and nothing happens. Raises `Refused` where it has brought people already."""
    await _note(tx, here, by, "scim.try")
    if await reading.has_accounts(tx) or await phase(tx):
        raise Refused(to_translate("The directory has brought people already: only a first sync can be tried out."))
    await facts.put(tx, SYNC, TRYING)


async def plan(tx: ReadTx) -> Plan:
    """What applying would do now."""
    kinds: dict[str, list[Planned]] = {"create": [], "update": [], "ignore": []}
    rows = await reading.without_account(tx)
    handles = await reading.handles_with_email(tx, [person_of(row).email.lower() for row in rows])
    for row in rows:
        person = person_of(row)
        account = handles.get(person.email.lower())
        kind = "ignore" if not row.is_active else "create" if account is None else "update"
        kinds[kind].append(Planned(person.user_name, account))
    numbers = {kind: len(people) for kind, people in kinds.items()}
    first = [kinds[kind][:_SHOWN] for kind in ("create", "update", "ignore")]
    return Plan(**numbers, created=first[0], updated=first[1], ignored=first[2])


async def apply(tx: WriteTx, here: Here, by: Officer) -> None:
    """Make the accounts; the work is done behind."""
    await _note(tx, here, by, "scim.apply")
    if await phase(tx) != TRYING:
        raise Refused(to_translate("Nothing is being tried out."))
    await facts.put(tx, SYNC, f"{_APPLYING} 0")
    tx.wake(WAKE)


async def discard(tx: WriteTx, here: Here, by: Officer) -> None:
    """Forget what the directory has written; it writes it anew at its next sync."""
    await _note(tx, here, by, "scim.discard")
    if await phase(tx) != TRYING:
        raise Refused(to_translate("Nothing is being tried out."))
    await directory.drop_everything(tx)
    await facts.put(tx, SYNC, "")


async def run(runtime: Runtime) -> None:
    """Make the accounts that wait, until cancelled."""
    while True:
        while await apply_next(runtime):
            pass
        await runtime.events.wait(WAKE, _LOOK_EVERY_SECONDS)


async def apply_next(runtime: Runtime) -> bool:
    """Make the next account; False where none waits."""
    async with runtime.db.read() as tx:
        word, _, last = (await state.text(tx, SYNC) or "").partition(" ")
        waiting = await reading.next_without_account(tx, after=int(last)) if word == _APPLYING else None
    if word != _APPLYING:
        return False
    keys = await new_keys() if waiting is not None else None
    try:
        async with runtime.db.write() as writing:
            if waiting is None or keys is None:
                await facts.put(writing, SYNC, "")
                return False
            row = await reading.entry(writing, USER, waiting.id)
            if row is not None and row.actor_id is None and row.is_active:
                await provisioning.give_account(writing, runtime, row, person_of(row), keys, by=audit.SERVER)
            await facts.put(writing, SYNC, f"{_APPLYING} {waiting.id}")
    except Changed:
        log.info("first_sync.made_elsewhere")
    except Refused as error:
        log.warning("first_sync.refused", entry=waiting.id if waiting else None, why=str(error))
        async with runtime.db.write() as noting:
            at = runtime.clock.now()
            said = f"first sync: {waiting.name}" if waiting else "first sync"
            await directory.note_error(noting, by="scim", request=said, status=400, detail=str(error), at=at)
            await facts.put(noting, SYNC, f"{_APPLYING} {waiting.id if waiting else 0}")
    return True


def person_of(row: EntryRow) -> Person:
    """What an account needs of a resource as it was stored, without the library of schemas."""
    document = row.document
    emails = document.get("emails")
    listed = [one for one in emails if isinstance(one, dict)] if isinstance(emails, list) else []
    listed.sort(key=lambda one: one.get("primary") is not True)
    said = [*(str(one.get("value") or "") for one in listed[:1]), str(document.get("userName", row.name))]
    return Person(
        user_name=said[-1],
        external_id=row.external_id,
        email=next((one for one in said if provisioning.is_address(one)), ""),
        display_name=_name(document),
        is_active=row.is_active,
        document=document,
    )


def _name(document: dict[str, object]) -> str:
    name = document.get("name")
    parts: dict[str, object] = name if isinstance(name, dict) else {}
    whole = document.get("displayName") or parts.get("formatted")
    given: Sequence[object] = (parts.get("givenName"), parts.get("familyName"))
    return str(whole) if whole else " ".join(str(one) for one in given if one)


async def _note(tx: WriteTx, here: Here, by: Officer, action: str) -> None:
    by.require(ADMIN)
    await audit.append(tx, at=here.clock.now(), actor=by.acct, action=action, object="directory", details={})
