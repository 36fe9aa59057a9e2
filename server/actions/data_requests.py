"""What people ask about their own data: to have it, or to have it erased (product J12, threats T179, T181).

The person asks, or an auditor for them; an auditor answers within thirty days. Each step stands in the audit trail.
"""

from datetime import timedelta
from typing import Final

from federation.inbox.notice import tell
from federation.runtime import Runtime
from models.accounts import AUDITOR
from models.engine import ReadTx, WriteTx
from models.queries import requests as reading
from models.queries.requests import RequestRow
from models.requests import ACCESS, CONTENT, DONE, ERASURE, IDENTITY, READY, REFUSED, WAITING
from models.writes import audit
from models.writes import requests as writing
from server.actions import accounts, archive, erasing
from server.actions.archive import Gathered
from server.actions.leaving import Here, technical_name
from server.actions.officers import Officer
from server.actions.refusals import Invalid, NotAllowed, NotThere, Refused
from server.http.languages import to_translate

ANSWERED_WITHIN: Final = timedelta(days=30)
FETCHED_WITHIN: Final = timedelta(days=7)
ACCESS_EVERY: Final = timedelta(days=7)
MOST_NOTE: Final = 2000


async def ask(tx: WriteTx, here: Here, person_id: int, acct: str, kind: str, scope: str, *, by_id: int, by: str) -> int:
    """Open a request; its number. Raises `Invalid`, and `Refused` for a second one of the kind."""
    if (kind, scope) not in ((ACCESS, ""), (ERASURE, IDENTITY), (ERASURE, CONTENT)):
        raise Invalid(to_translate("Ask for your data, or for their erasure."))
    at = here.clock.now()
    await audit.append(tx, at=at, actor=by, action="data.ask", object=acct, details={"kind": kind, "scope": scope})
    for before in await reading.of_person(tx, person_id):
        if before.kind != kind:
            continue
        if before.state == WAITING:
            raise Refused(to_translate("This is asked for already, and waits for its answer."))
        if kind == ACCESS and at < before.asked_at + ACCESS_EVERY:
            raise Refused(to_translate("An archive can be asked for once a week."))
    number = here.tokens.next_id(at)
    await writing.add(
        tx,
        request_id=number,
        person_id=person_id,
        kind=kind,
        scope=scope,
        by_id=by_id,
        at=at,
        due_at=at + ANSWERED_WITHIN,
    )
    return number


async def ask_for(tx: WriteTx, here: Here, by: Officer, username: str, kind: str, scope: str) -> int:
    """An auditor opens one for somebody who asked in another way. Raises `NotAllowed`, `Invalid`, `Refused`."""
    by.require(AUDITOR)
    person = await accounts.find(tx, username)
    acct = f"{person.username}@{person.host}"
    return await ask(tx, here, person.actor_id, acct, kind, scope, by_id=by.actor_id, by=by.acct)


async def _waiting(tx: ReadTx, request_id: int, kind: str | None = None) -> RequestRow:
    found = await reading.one(tx, request_id)
    if found is None or (kind is not None and found.kind != kind):
        raise NotThere(to_translate("There is no such request."))
    if found.state != WAITING:
        raise Refused(to_translate("Somebody has decided on this already."))
    return found


async def give_access(tx: WriteTx, here: Here, by: Officer, request_id: int) -> None:
    """The person may fetch their archive for a week, and is told so. Raises `NotAllowed`, `NotThere`, `Refused`."""
    by.require(AUDITOR)
    at = here.clock.now()
    await audit.append(tx, at=at, actor=by.acct, action="data.access", object=str(request_id), details={})
    asked = await _waiting(tx, request_id, ACCESS)
    values = {"expires_at": at + FETCHED_WITHIN}
    await writing.answer(tx, request_id, READY, by_id=by.actor_id, at=at, values=values)
    address = here.config.url("/me/data")
    text = (
        f"The archive of your data can be fetched for seven days: {address}\n\n"
        f"L’archive de vos données peut être prise pendant sept jours : {address}"
    )
    await tell(tx, here, asked.person_id, text, at=at)


async def refuse(tx: WriteTx, here: Here, by: Officer, request_id: int, note: str) -> None:
    """Say no, with the reason, which the person is told. Raises `NotAllowed`, `NotThere`, `Invalid`, `Refused`."""
    by.require(AUDITOR)
    if not 1 <= len(note.strip()) <= MOST_NOTE:
        raise Invalid(to_translate("Say why, in at most %(most)s characters: the person reads it."), most=MOST_NOTE)
    at = here.clock.now()
    await audit.append(tx, at=at, actor=by.acct, action="data.refuse", object=str(request_id), details={})
    asked = await _waiting(tx, request_id)
    await writing.answer(tx, request_id, REFUSED, by_id=by.actor_id, at=at, values={"note": note.strip()})
    text = (
        f"What you asked about your data was refused.\n\nVotre demande sur vos données a été refusée.\n\n{note.strip()}"
    )
    await tell(tx, here, asked.person_id, text, at=at)


async def erase(runtime: Runtime, by: Officer, request_id: int, *, language: str) -> None:
    """Erase as was asked. What a case holds stays sealed; the certificate does not say so.

    Raises `NotAllowed`, `NotThere`, `Refused`. Interrupted, it is begun again by the same form: the name goes last.
    """
    by.require(AUDITOR)
    async with runtime.db.read() as tx:
        asked = await _waiting(tx, request_id, ERASURE)
        held = await reading.held_posts_of(tx, asked.person_id) if asked.scope == CONTENT else 0
    if asked.person_id == by.actor_id:
        raise NotAllowed(to_translate("Nobody does this to their own account: ask another auditor."))
    is_all = asked.scope == CONTENT
    await erasing.erase(runtime.db, runtime, asked.person, with_content=is_all, language=language, by=by.acct)
    at = runtime.clock.now()
    async with runtime.db.write() as tx:
        details: dict[str, object] = {"person": technical_name(asked.person_id)}
        await audit.append(tx, at=at, actor=by.acct, action="data.erase", object=str(request_id), details=details)
        await writing.answer(tx, request_id, DONE, by_id=by.actor_id, at=at, values={"held": held})


async def fetch(tx: WriteTx, here: Here, person_id: int, username: str, acct: str) -> Gathered:
    """What goes into the archive, for the person alone and while it lies there. Raises `Refused` where none does."""
    now = here.clock.now()
    ready = [one for one in await reading.of_person(tx, person_id) if one.kind == ACCESS and one.state == READY]
    if not any(one.expires_at and now < one.expires_at for one in ready):
        raise Refused(to_translate("No archive lies here for you. Ask for one."))
    return await archive.export(tx, here, username, by=acct)
