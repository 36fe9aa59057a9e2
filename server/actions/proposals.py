"""Acts that need two people: an administrator or an auditor asks, another auditor says yes (product section 9).

The second word is always an auditor's, and never that of who asked; each is said once (threats T243).
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from models.accounts import ADMIN, AUDITOR
from models.engine import WriteTx
from models.proposals import APPROVED, DECLINED
from models.queries import proposals as reading
from models.queries.proposals import ProposalRow
from models.writes import audit
from models.writes import proposals as writing
from server.actions.local_actors import Here
from server.actions.officers import Officer
from server.actions.refusals import Invalid, NotThere, Refused
from server.http.languages import to_translate

MOST_REASON: Final = 2000


async def propose(
    tx: WriteTx,
    here: Here,
    by: Officer,
    kind: str,
    *,
    wanted: Mapping[str, object],
    reason: str,
    subject_id: int | None = None,
) -> int:
    """Ask for something; its number. The reason is not in the trail. Raises `NotAllowed`, `Invalid`."""
    by.require(ADMIN, AUDITOR)
    if not reason.strip():
        raise Invalid(to_translate("Say why: the second person decides by it."))
    if len(reason) > MOST_REASON:
        raise Invalid(to_translate("The reason has at most %(most)s characters."), most=MOST_REASON)
    at = here.clock.now()
    number = here.tokens.next_id(at)
    about = str(number if subject_id is None else subject_id)
    await audit.append(tx, at=at, actor=by.acct, action=f"{kind}.propose", object=about, details={"proposal": number})
    await writing.add(
        tx,
        proposal_id=number,
        kind=kind,
        subject_id=subject_id,
        wanted=msgspec.json.encode(wanted).decode(),
        reason=reason.strip(),
        by_id=by.actor_id,
        at=at,
    )
    return number


async def decide(tx: WriteTx, here: Here, by: Officer, proposal_id: int, kind: str, *, approves: bool) -> ProposalRow:
    """Say yes or no to what somebody else asked for. Raises `NotAllowed`, `NotThere`, `Refused`."""
    by.require(AUDITOR)
    at = here.clock.now()
    outcome = APPROVED if approves else DECLINED
    details: dict[str, object] = {"proposal": proposal_id}
    await audit.append(tx, at=at, actor=by.acct, action=f"{kind}.{outcome}", object=str(proposal_id), details=details)
    asked = await reading.one(tx, proposal_id)
    if asked is None or asked.kind != kind:
        raise NotThere(to_translate("Nothing like this is asked for."))
    if approves:
        by.require_other_than(asked.by_id)
    if not await writing.decide(tx, proposal_id, outcome, by_id=by.actor_id, at=at):
        raise Refused(to_translate("Somebody has decided on this already."))
    return asked
