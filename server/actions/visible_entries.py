"""Visible entry: an administrator asks to read in a community that is not open, an auditor approves, its members are
told when it begins and ends, and why (product rule 8, sections 3 and 9, threats T244).
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from models.accounts import ADMIN, AUDITOR
from models.audit import VISIBLE_ENTRY
from models.communities import OPEN
from models.engine import WriteTx
from models.moderation import ADMINISTRATOR, ENTRY_BEGUN, ENTRY_ENDED
from models.proposals import ENTRY
from models.queries import actors, follows, preferences
from models.queries import visible_entries as reading
from models.queries.actors import ActorRow
from models.queries.visible_entries import VisibleEntryRow
from models.writes import audit, moderation_log
from models.writes import proposals as proposed
from models.writes import visible_entries as writing
from models.writes.audit import SERVER
from models.writes.moderation_log import About
from server.actions import names, proposals
from server.actions.announcing import announce
from server.actions.officers import Officer
from server.actions.refusals import Invalid, NotThere, Refused
from server.actions.seats import Here
from server.http.languages import to_translate
from server.services import Services

MOST_HOURS: Final = 72


class Wanted(msgspec.Struct, frozen=True):
    """What is asked for, as the proposal keeps it."""

    hours: int


async def propose(tx: WriteTx, here: Here, by: Officer, name: str, *, hours: int, reason: str) -> int:
    """Ask for an entry; the number of the proposal. Raises `NotAllowed`, `NotThere`, `Invalid`, `Refused`."""
    by.require(ADMIN)
    if not 1 <= hours <= MOST_HOURS:
        raise Invalid(to_translate("An entry lasts 1 to %(most)s hours."), most=MOST_HOURS)
    community = await actors.local_by_name(tx, names.folded(name))
    if community is None or not community.is_community:
        raise NotThere(to_translate("There is no such community."))
    if community.visibility == OPEN:
        raise Refused(to_translate("This community is open: you read it like everybody else."))
    if await follows.role_in(tx, by.actor_id, community.id) is not None:
        raise Refused(to_translate("You belong to this community: you read it as a member."))
    wanted = {"hours": hours}
    return await proposals.propose(tx, here, by, ENTRY, wanted=wanted, reason=reason, subject_id=community.id)


async def decide(tx: WriteTx, here: Here, by: Officer, proposal_id: int, *, approves: bool) -> None:
    """An auditor lets it begin at once, or does not. Raises `NotAllowed`, `NotThere`, `Refused`."""
    asked = await proposals.decide(tx, here, by, proposal_id, ENTRY, approves=approves)
    if not approves:
        return
    at, hours = here.clock.now(), msgspec.json.decode(asked.wanted, type=Wanted).hours
    found = await actors.of_ids(tx, [one for one in (asked.subject_id, asked.by_id) if one is not None])
    community, person = found.get(asked.subject_id or 0), found.get(asked.by_id or 0)
    own = await preferences.of_person(tx, person.id) if person else None
    if community is None or person is None or own is None or own.role != ADMIN:
        raise Refused(to_translate("The community is gone, or who asked is no administrator any more."))
    await proposed.use(tx, proposal_id)
    ends_at = at + timedelta(hours=hours)
    await writing.begin(
        tx,
        entry_id=proposal_id,
        community_id=community.id,
        person_id=person.id,
        reason=asked.reason,
        at=at,
        ends_at=ends_at,
    )
    details = {"for": person.acct, "hours": hours, "proposal": proposal_id, "community": community.acct}
    await audit.append(tx, at=at, actor=by.acct, action=VISIBLE_ENTRY, object=community.acct, details=details)
    await _note(tx, community, ENTRY_BEGUN, person.id, at, About(reason=asked.reason, ends_at=ends_at))
    until = f"{ends_at:%Y-%m-%d %H:%M} UTC"
    text = (
        f"{person.acct}, an administrator of this server, can read what is written here until {until}. "
        f"{by.acct}, an auditor, has approved it. The reason: {asked.reason}\n\n"
        f"{person.acct}, de l'administration de ce serveur, peut lire ce qui est écrit ici jusqu'au {until}. "
        f"{by.acct}, de l'audit, l'a approuvé. Le motif : {asked.reason}"
    )
    await announce(tx, here, community, "Visible entry · Entrée visible", text, at)


async def end(tx: WriteTx, here: Here, by: Officer, entry_id: int) -> None:
    """End it before its time. Raises `NotAllowed`, `NotThere`, `Refused`."""
    by.require(ADMIN, AUDITOR)
    row = await reading.one(tx, entry_id)
    if row is None:
        raise NotThere(to_translate("There is no such entry."))
    if not await _end(tx, here, row, by=by.acct):
        raise Refused(to_translate("This entry is over already."))


async def keep_terms(services: Services) -> None:
    """What is over by the clock is told where it was."""
    runtime = services.runtime
    async with runtime.db.read() as tx:
        if not await reading.over(tx, runtime.clock.now()):
            return
    await services.key_ring.refresh()
    async with runtime.db.write() as writing_tx:
        for row in await reading.over(writing_tx, runtime.clock.now()):
            await _end(writing_tx, runtime, row, by=SERVER)


async def _end(tx: WriteTx, here: Here, row: VisibleEntryRow, *, by: str) -> bool:
    at = here.clock.now()
    community = await actors.by_id(tx, row.community_id)
    if community is None:
        return False
    details: dict[str, object] = {"proposal": row.id, "community": community.acct}
    await audit.append(tx, at=at, actor=by, action=f"{VISIBLE_ENTRY}-end", object=community.acct, details=details)
    if not await writing.end(tx, row.id, at):
        return False
    await _note(tx, community, ENTRY_ENDED, row.person_id, at, About())
    text = (
        f"@{row.person_name}, an administrator, cannot read here any more.\n\n"
        f"@{row.person_name}, de l'administration, ne peut plus lire ici."
    )
    await announce(tx, here, community, "The visible entry is over · L'entrée visible est terminée", text, at)
    return True


async def _note(tx: WriteTx, community: ActorRow, act: str, by_id: int, at: datetime, about: About) -> None:
    await moderation_log.note(tx, act, about, community_id=community.id, at=at, role=ADMINISTRATOR, by_id=by_id)
