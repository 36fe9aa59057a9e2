"""Legal cases (product J13): opened, exported from and closed by two people; looked through by an auditor alone.

Each act stands in the audit trail, a search with its number of finds and not with its words. Nobody outside learns of a
case: members delete as ever, partners are told no more than "held for legal reasons" when they call something back.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import msgspec

from models.accounts import ADMIN, AUDITOR
from models.cases import OPEN
from models.engine import ReadTx, WriteTx
from models.gate import CaseReader
from models.proposals import CLOSE_CASE, EXPORT_CASE, OPEN_CASE
from models.queries import actors
from models.queries import cases as reading
from models.queries.actors import ActorRow
from models.queries.cases import CaseRow
from models.writes import audit
from models.writes import cases as writing
from models.writes import state as facts
from models.writes.cases import NewCase
from server.actions import proposals, retention
from server.actions.local_actors import Here
from server.actions.officers import Officer
from server.actions.refusals import Invalid, NotThere, Refused
from server.http.languages import to_translate

MOST_TITLE: Final = 200
MOST_NAMED: Final = 100
"""People, and communities, of one case."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it is asked for."""

    title: str
    reason: str
    people: str
    """Handles, blank-separated."""
    communities: str
    begins: str
    """A day, or empty."""
    ends: str
    """The last day, or empty."""


async def propose(tx: WriteTx, here: Here, by: Officer, wanted: Wanted) -> int:
    """Ask for a case; its number. Raises `NotAllowed`, `Invalid`."""
    by.require(ADMIN, AUDITOR)
    title = " ".join(wanted.title.split())
    if not 1 <= len(title) <= MOST_TITLE:
        raise Invalid(to_translate("The title has 1 to %(most)s characters."), most=MOST_TITLE)
    people = [await _named(tx, here, handle, is_community=False) for handle in _handles(wanted.people)]
    communities = [await _named(tx, here, handle, is_community=True) for handle in _handles(wanted.communities)]
    if not people and not communities:
        raise Invalid(to_translate("Name people, or communities, or both: a case is about somebody or some place."))
    begins, ends = _day(wanted.begins), _day(wanted.ends)
    if begins and ends and ends < begins:
        raise Invalid(to_translate("The last day is before the first."))
    at = here.clock.now()
    new = NewCase(
        id=here.tokens.next_id(at),
        title=title,
        reason=wanted.reason.strip(),
        people=sorted({one.id for one in people}),
        communities=sorted({one.id for one in communities}),
        begins_at=begins,
        ends_at=ends and ends + timedelta(days=1),
    )
    await proposals.propose(tx, here, by, OPEN_CASE, wanted={}, reason=wanted.reason, subject_id=new.id)
    await writing.add(tx, new, at)
    return new.id


def _handles(text: str) -> list[str]:
    found = list(dict.fromkeys(text.replace(",", " ").split()))
    if len(found) > MOST_NAMED:
        raise Invalid(to_translate("A case names at most %(most)s people and as many communities."), most=MOST_NAMED)
    return found


async def _named(tx: ReadTx, here: Here, handle: str, *, is_community: bool) -> ActorRow:
    name, _, host = handle.removeprefix("@").partition("@")
    found = await actors.by_handle(tx, name, (host or here.config.domain).lower())
    if found is None or found.is_community != is_community:
        raise Invalid(to_translate("Nothing here is called %(name)s."), name=handle[:100])
    return found


def _day(text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        return datetime.combine(date.fromisoformat(text.strip()), time(), UTC)
    except ValueError as error:
        raise Invalid(to_translate("Write days as 2026-01-31.")) from error


async def decide_opening(tx: WriteTx, here: Here, by: Officer, proposal_id: int, *, approves: bool) -> None:
    """The second person opens the case, or does not. Raises `NotAllowed`, `NotThere`, `Refused`."""
    asked = await proposals.decide(tx, here, by, proposal_id, OPEN_CASE, approves=approves)
    at, case_id = here.clock.now(), asked.subject_id or 0
    await (writing.open_(tx, case_id, at) if approves else writing.decline(tx, case_id, at))


async def propose_closing(tx: WriteTx, here: Here, by: Officer, case_id: int, reason: str) -> None:
    """Ask for its end. Raises `NotAllowed`, `NotThere`, `Invalid`."""
    await _require_open(tx, case_id)
    await proposals.propose(tx, here, by, CLOSE_CASE, wanted={}, reason=reason, subject_id=case_id)


async def decide_closing(tx: WriteTx, here: Here, by: Officer, proposal_id: int, *, approves: bool) -> None:
    """The second person ends the case: what only it held goes with the next purge, which is due at once.

    Raises `NotAllowed`, `NotThere`, `Refused`.
    """
    asked = await proposals.decide(tx, here, by, proposal_id, CLOSE_CASE, approves=approves)
    if approves:
        await writing.close(tx, asked.subject_id or 0, here.clock.now())
        await facts.put(tx, retention.DONE_AT, "")


async def propose_export(tx: WriteTx, here: Here, by: Officer, case_id: int, reason: str) -> None:
    """Ask for an export. Raises `NotAllowed`, `NotThere`, `Invalid`."""
    await _require_open(tx, case_id)
    await proposals.propose(tx, here, by, EXPORT_CASE, wanted={}, reason=reason, subject_id=case_id)


async def decide_export(tx: WriteTx, here: Here, by: Officer, proposal_id: int, *, approves: bool) -> None:
    """The second person allows one export, or does not. Raises `NotAllowed`, `NotThere`, `Refused`."""
    await proposals.decide(tx, here, by, proposal_id, EXPORT_CASE, approves=approves)


async def _require_open(tx: ReadTx, case_id: int) -> CaseRow:
    case = await reading.one(tx, case_id)
    if case is None:
        raise NotThere(to_translate("There is no such case."))
    if case.state != OPEN:
        raise Refused(to_translate("This case is not open."))
    return case


async def enter(tx: WriteTx, here: Here, by: Officer, case_id: int, action: str, **details: object) -> CaseReader:
    """Somebody works in an open case: who may read what it is about. Raises `NotAllowed`, `NotThere`, `Refused`."""
    by.require(AUDITOR)
    at = here.clock.now()
    await audit.append(tx, at=at, actor=by.acct, action=f"case-{action}", object=str(case_id), details=details)
    await _require_open(tx, case_id)
    return CaseReader(case_id)
