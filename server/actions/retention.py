"""How long things are kept, who says so, and the job that keeps to it (product section 8).

The job works in batches, each a transaction of its own with its entry in the trail: killed in between, it goes on where
it stopped. What a case holds it passes over.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from federation.agreements import retracting
from federation.outbox.publish import publish
from federation.runtime import Runtime
from models.accounts import ADMIN, AUDITOR
from models.engine import ReadTx, WriteTx
from models.proposals import RETENTION
from models.queries import actors, expiring, state
from models.queries import retractions as called_back
from models.queries.expiring import Term
from models.queries.rules import Rules, rules
from models.retractions import EXPIRED
from models.writes import audit, keeping, purging, retractions
from models.writes import state as facts
from server.actions import names, proposals
from server.actions.local_actors import Here
from server.actions.officers import Officer
from server.actions.refusals import Invalid, NotThere
from server.http.languages import to_translate

MOST_DAYS: Final = 3650
MOST_BIN_DAYS: Final = 365

EVERY: Final = timedelta(days=1)
DONE_AT: Final = "retention.purged_at"
"""When all that was over had gone; empty: look at once."""
_AT_ONCE: Final = 100
_PAUSE_SECONDS: Final = 0.05
_MOST_COUNTED: Final = 10_000


# --- rules ---


def checked(thread_days: int, bin_days: int) -> Rules:
    """Rules for all of the server. Raises `Invalid`."""
    if not 0 <= thread_days <= MOST_DAYS:
        raise Invalid(to_translate("Threads are kept for 1 to %(most)s days, or, with 0, for ever."), most=MOST_DAYS)
    if not 1 <= bin_days <= MOST_BIN_DAYS:
        raise Invalid(to_translate("The bin keeps things for 1 to %(most)s days."), most=MOST_BIN_DAYS)
    return Rules(thread_days, bin_days)


async def set_rules(tx: WriteTx, here: Here, by: Officer, wanted: Rules) -> None:
    """An auditor says what holds for all of the server. Raises `NotAllowed`."""
    by.require(AUDITOR)
    await _put(tx, here, by, wanted)


async def _put(tx: WriteTx, here: Here, by: Officer, wanted: Rules) -> None:
    details: dict[str, object] = {"threads": wanted.thread_days, "bin": wanted.bin_days}
    await audit.append(tx, at=here.clock.now(), actor=by.acct, action="retention.set", object="server", details=details)
    await purging.set_rules(tx, wanted)
    await facts.put(tx, DONE_AT, "")


async def propose_rules(tx: WriteTx, here: Here, by: Officer, wanted: Rules, reason: str) -> None:
    """An administrator asks for other rules. Raises `NotAllowed`, `Invalid`."""
    by.require(ADMIN)
    await proposals.propose(tx, here, by, RETENTION, wanted=msgspec.structs.asdict(wanted), reason=reason)


async def decide(tx: WriteTx, here: Here, by: Officer, proposal_id: int, *, approves: bool) -> None:
    """An auditor says yes or no to it. Raises `NotAllowed`, `NotThere`, `Refused`."""
    asked = await proposals.decide(tx, here, by, proposal_id, RETENTION, approves=approves)
    if approves:
        await _put(tx, here, by, msgspec.json.decode(asked.wanted, type=Rules))


def checked_for_community(days: int, whole: Rules) -> int | None:
    """A community's own rule; 0: none. Shorter than the server's, never longer. Raises `Invalid`."""
    longest = whole.thread_days or MOST_DAYS
    if not 0 <= days <= longest:
        raise Invalid(
            to_translate("A community keeps threads for 1 to %(most)s days, not longer than the server."), most=longest
        )
    return days or None


async def set_for_community(tx: WriteTx, here: Here, by: Officer, name: str, days: int) -> None:
    """An auditor says how long a community of ours keeps threads. Raises `NotAllowed`, `NotThere`, `Invalid`."""
    by.require(AUDITOR)
    wanted = checked_for_community(days, await rules(tx))
    community = await actors.local_by_name(tx, names.folded(name))
    if community is None or not community.is_community:
        raise NotThere(to_translate("There is no such community."))
    await keep_in_community(tx, here.clock.now(), by.acct, community.id, community.acct, wanted)


async def keep_in_community(tx: WriteTx, at: datetime, by: str, community_id: int, acct: str, days: int | None) -> None:
    """The rule of a community is this from now on; who may say so the caller has asked."""
    details: dict[str, object] = {"threads": days, "community": acct}
    await audit.append(tx, at=at, actor=by, action="community.retention", object=acct, details=details)
    await purging.set_for_community(tx, community_id, days)
    await facts.put(tx, DONE_AT, "")


# --- what is over ---


async def count_due(tx: ReadTx, wanted: Rules, now: datetime) -> int:
    """How many posts would go with these rules now, counted up to a bound."""
    count = 0
    for term in await expiring.terms(tx, wanted):
        count += await expiring.count_due(tx, term, now - timedelta(days=term.days), _MOST_COUNTED)
        if count >= _MOST_COUNTED:
            return _MOST_COUNTED
    return count


async def purge(runtime: Runtime) -> None:
    """Once a day, and when the rules have changed: what has been kept for as long as it is kept goes."""
    now = runtime.clock.now()
    async with runtime.db.read() as tx:
        done = await state.text(tx, DONE_AT)
        held_to = await rules(tx)
        terms = await expiring.terms(tx, held_to)
    await _empty_bin(runtime, now, held_to)
    await _tell_partners(runtime, now)
    if done and now < datetime.fromisoformat(done) + EVERY:
        return
    for term in terms:
        await _purge_term(runtime, term, now)
    async with runtime.db.write() as tx:
        await facts.put(tx, DONE_AT, now.isoformat())


async def _purge_term(runtime: Runtime, term: Term, now: datetime) -> None:
    before, last = now - timedelta(days=term.days), 0
    while True:
        async with runtime.db.write() as tx:
            # No case is opened while it is looked up what none holds.
            await audit.stand_still(tx)
            ids = await expiring.due(tx, term, before, last, _AT_ONCE)
            if ids:
                await _log(tx, now, "purge", "threads", posts=len(ids), days=term.days)
                await retractions.of_posts(tx, await expiring.ours(tx, ids), EXPIRED, now)
                await purging.purge(tx, ids, now)
        if len(ids) < _AT_ONCE:
            return
        last = ids[-1]
        await runtime.clock.sleep(_PAUSE_SECONDS)


async def _empty_bin(runtime: Runtime, now: datetime, held_to: Rules) -> None:
    more = True
    while more:
        async with runtime.db.write() as tx:
            await audit.stand_still(tx)
            ids = await expiring.taken_out(tx, now - timedelta(days=held_to.bin_days), _AT_ONCE)
            if ids:
                await purging.purge(tx, ids, now)
            copies = await keeping.drop(tx, now, _AT_ONCE)
            if ids or copies:
                await _log(tx, now, "purge", "bin", posts=len(ids) + copies, days=held_to.bin_days)
        more = _AT_ONCE in (len(ids), copies)
        if more:
            await runtime.clock.sleep(_PAUSE_SECONDS)


async def _tell_partners(runtime: Runtime, now: datetime) -> None:
    """Who heard that something is held hears that it is gone now (threats T246)."""
    while True:
        async with runtime.db.read() as tx:
            host = await called_back.let_go_peer(tx)
        if host is None:
            return
        async with runtime.db.write() as tx:
            await publish(tx, await retracting.tell_let_go(tx, runtime, host, now))


async def _log(tx: WriteTx, at: datetime, action: str, about: str, **details: object) -> None:
    await audit.append(tx, at=at, actor=audit.SERVER, action=f"retention.{action}", object=about, details=details)
