"""Unsealing: two auditors learn who asked a discreet question, for one of three reasons (product J6, threats T243).

One asks and names the second; that one alone agrees; then the first opens the seal, once, and is shown the name, which
is stored nowhere. The trail has who, about what and why, and not whom. Whoever asked is told by their own pages, unless
the order of a court or an authority forbids it: a message to them would be a row that tells who they are.
"""

import re
from datetime import datetime, timedelta
from typing import Final

import msgspec

from models.accounts import AUDITOR
from models.audit import UNSEALING
from models.discreet import KEY_KEPT, open_author
from models.engine import ReadTx, WriteTx
from models.gate import Operation
from models.proposals import APPROVED, UNSEAL
from models.queries import actors, discreet, posts, preferences
from models.queries import proposals as reading
from models.queries.actors import ActorRow
from models.queries.discreet import Asked
from models.queries.proposals import ProposalRow
from models.vault import Vault
from models.writes import audit
from models.writes import discreet as rows
from models.writes import proposals as proposed
from server.actions import names, proposals
from server.actions.local_actors import Here
from server.actions.officers import Officer
from server.actions.refusals import Invalid, NotAllowed, NotThere, Refused
from server.http.languages import to_translate

THREAT, ORDER, BREACH = "threat", "order", "breach"
WHY: Final = (THREAT, ORDER, BREACH)
"""A threat to somebody, the order of a court or an authority, a serious breach."""

LASTS: Final = timedelta(days=7)
"""From asking to opening: an approval is for now, and not for some day."""

NO_SEAL: Final = to_translate("There is no discreet question at this address, or its seal is destroyed already.")
NOT_YOU: Final = to_translate("You can have no part in opening this seal.")


class Wanted(msgspec.Struct, frozen=True):
    """What is asked for, as the proposal keeps it."""

    second_id: int
    is_told: bool


async def propose(
    tx: WriteTx, here: Here, vault: Vault, by: Officer, *, thread: str, why: str, second: str, is_told: bool
) -> int:
    """Ask for it; the number of the proposal. Raises `NotAllowed`, `NotThere`, `Invalid`."""
    by.require(AUDITOR)
    if why not in WHY:
        raise Invalid(to_translate("Choose one of the three reasons: there is no other."))
    if not is_told and why != ORDER:
        raise Invalid(to_translate("Only an order can forbid that whoever asked is told."))
    other = await actors.local_by_name(tx, names.folded(second.strip().removeprefix("@")))
    if other is None or not await _is_auditor(tx, other.id):
        raise Invalid(to_translate("Name an auditor as the second person."))
    by.require_other_than(other.id)
    asked = await _sealed(tx, _number(thread), here.clock.now())
    _require_uninvolved(vault, asked, by)
    wanted = msgspec.to_builtins(Wanted(other.id, is_told))
    return await proposals.propose(tx, here, by, UNSEAL, wanted=wanted, reason=why, subject_id=asked.thread_id)


async def decide(tx: WriteTx, here: Here, vault: Vault, by: Officer, proposal_id: int, *, approves: bool) -> None:
    """The second person, who was named, agrees or does not. Raises `NotAllowed`, `NotThere`, `Refused`."""
    by.require(AUDITOR)
    asked = await _asked_for(tx, proposal_id)
    if _wanted(asked).second_id != by.actor_id:
        raise NotAllowed(to_translate("Somebody else was named as the second person."))
    if approves:
        _require_fresh(asked, here.clock.now())
        _require_uninvolved(vault, await _sealed(tx, asked.subject_id or 0, here.clock.now()), by)
    await proposals.decide(tx, here, by, proposal_id, UNSEAL, approves=approves)


async def open_seal(tx: WriteTx, here: Here, vault: Vault, by: Officer, proposal_id: int) -> ActorRow | None:
    """Who asked, shown to who asked for it, once; None: nobody any more. Raises `NotAllowed`, `NotThere`, `Refused`."""
    by.require(AUDITOR)
    asked, now = await _asked_for(tx, proposal_id), here.clock.now()
    if asked.by_id != by.actor_id:
        raise NotAllowed(to_translate("Whoever asked for this opens the seal."))
    thread = await posts.post(tx, asked.subject_id or 0, Operation())
    details: dict[str, object] = {
        "proposal": proposal_id,
        "why": asked.reason,
        "second": asked.decided_by_name,
        "told": _wanted(asked).is_told,
    }
    about = thread.uri if thread is not None else str(asked.subject_id)
    await audit.append(tx, at=now, actor=by.acct, action=UNSEALING, object=about, details=details)
    if asked.outcome != APPROVED or not await proposed.use(tx, proposal_id):
        raise Refused(to_translate("This was not agreed to, or the seal was opened already."))
    _require_fresh(asked, now)
    if not await _is_auditor(tx, asked.decided_by_id or 0):
        raise Refused(to_translate("Whoever agreed is no auditor any more."))
    sealed = await _sealed(tx, asked.subject_id or 0, now)
    await rows.note_opening(tx, sealed.thread_id, asked.reason, now, is_told=_wanted(asked).is_told)
    return await actors.by_id(tx, _author(vault, sealed))


def _number(thread: str) -> int:
    """The number of a thread, or of the address of its page or its object."""
    found = re.search(r"(?<![0-9])([0-9]{1,18})/?$", thread.strip())
    return int(found[1]) if found else 0


async def _sealed(tx: ReadTx, thread_id: int, now: datetime) -> Asked:
    asked = await discreet.of_thread(tx, thread_id)
    # By the clock, too: the hour in which keys are destroyed is not of much account.
    if asked is None or asked.key is None or asked.author is None or asked.asked_at + KEY_KEPT <= now:
        raise NotThere(NO_SEAL)
    return asked


def _author(vault: Vault, asked: Asked) -> int:
    return open_author(vault, asked.author or b"", asked.key or b"")


def _require_uninvolved(vault: Vault, asked: Asked, by: Officer) -> None:
    """Whoever asked has no part in it. Each of the two is told so when it is their turn, and no one else: were the
    first refused because of the second, that would say who asked.
    """
    if _author(vault, asked) == by.actor_id:
        raise NotAllowed(NOT_YOU)


def _require_fresh(asked: ProposalRow, now: datetime) -> None:
    if asked.at + LASTS <= now:
        raise Refused(to_translate("This was asked for too long ago: ask again."))


async def _asked_for(tx: ReadTx, proposal_id: int) -> ProposalRow:
    asked = await reading.one(tx, proposal_id)
    if asked is None or asked.kind != UNSEAL:
        raise NotThere(to_translate("Nothing like this is asked for."))
    return asked


def _wanted(asked: ProposalRow) -> Wanted:
    return msgspec.json.decode(asked.wanted, type=Wanted)


async def _is_auditor(tx: ReadTx, actor_id: int) -> bool:
    own = await preferences.of_person(tx, actor_id)
    return own is not None and own.role == AUDITOR and not own.is_suspended
