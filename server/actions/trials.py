"""Trials: who may come in, and how one becomes official: a host asks, an administrator or a delegate answers, and
silence is a yes.

Product J3 and sections 2 and 9. What bounds a trial `models/trials.py` says; its end comes by the clock alone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from federation.inbox import notice
from federation.runtime import Runtime
from models.authority import DELEGATE, FirmVerb, Verb, may_in_firm
from models.communities import HOST_ROLE
from models.engine import ReadTx, WriteTx
from models.queries import follows, quiet, roster
from models.queries import trials as reading
from models.queries.trials import TrialRow
from models.trials import ANSWERED_WITHIN, LEAST_HOSTS, LEAST_MEMBERS, MOST_MEMBERS, TOLD_BEFORE
from models.writes import audit
from models.writes import trials as writing
from models.writes.audit import SERVER
from server.actions.barred import OVER
from server.actions.officers import Officer
from server.actions.readers import Sentence
from server.actions.refusals import Invalid, NotAllowed, NotThere, Refused
from server.actions.seats import Here, Seat, log_act
from server.http.languages import to_translate

MAX_REASON = 5_000
ANSWERS = ("official", "refused")
"""What becomes of a trial by a yes, and by a no."""
WAITING = "/communities/~waiting"
"""Where delegates answer."""
TRIAL_STAYS = to_translate("A trial stays in this firm: partners have part in it when it is official.")


class NotReady(Refused):
    """Something is missing; each thing in a sentence of its own, for pages in the reader's language."""

    def __init__(self, missing: Sequence[Sentence]) -> None:
        super().__init__(" ".join(str(one) for one in missing))
        self.missing = missing


# --- who may come in ---


async def require_time(tx: WriteTx, community_id: int, at: datetime) -> TrialRow | None:
    """Nobody joins a trial whose time is up, or asks to. Raises `NotAllowed`. None: it is no trial."""
    trial = await reading.of_community_for_change(tx, community_id)
    if trial is not None and trial.is_over(at):
        raise NotAllowed(OVER)
    return trial


async def require_room(tx: WriteTx, community_id: int, at: datetime) -> None:
    """One more has a place there: until this transaction is over nobody else takes it. Raises `NotAllowed`."""
    trial = await require_time(tx, community_id, at)
    if trial is not None and trial.members >= MOST_MEMBERS:
        raise NotAllowed(
            to_translate("%(name)s is a trial and full: until it is official it has %(most)s members at most."),
            name=trial.acct,
            most=MOST_MEMBERS,
        )


# --- becoming official ---


class Condition(msgspec.Struct, frozen=True):
    """One thing that an official community has, and whether this trial has it."""

    sentence: Sentence
    is_met: bool


def conditions(trial: TrialRow) -> list[Condition]:
    """All of them, with or without (product J3)."""
    members = {"least": str(LEAST_MEMBERS), "members": str(trial.members)}
    return [
        Condition(Sentence(to_translate("It needs two hosts."), {}), trial.hosts >= LEAST_HOSTS),
        Condition(Sentence(to_translate("It needs a purpose."), {}), trial.has_purpose),
        Condition(Sentence(to_translate("It needs a charter."), {}), trial.has_charter),
        Condition(
            Sentence(to_translate("It needs %(least)s members; it has %(members)s."), members),
            trial.members >= LEAST_MEMBERS,
        ),
    ]


def missing(trial: TrialRow) -> list[Sentence]:
    """What it does not have yet of what an official community has; empty: it may ask."""
    return [one.sentence for one in conditions(trial) if not one.is_met]


async def ask(tx: WriteTx, here: Here, place: Seat) -> None:
    """A host asks that it become official; administrators are told. Raises `NotAllowed`, `NotReady`, `Refused`."""
    place.require(Verb.ASK_TO_BE_OFFICIAL)
    await log_act(tx, place, "official-ask", place.community.acct)
    trial = await reading.of_community_for_change(tx, place.community.id)
    if trial is None:
        raise Refused(to_translate("%(name)s is official already."), name=place.community.acct)
    if lacking := missing(trial):
        raise NotReady(lacking)
    due_at = (await quiet.firm_hours(tx)).end_of_working_day(place.at, ANSWERED_WITHIN)
    if not await writing.ask(tx, trial.community_id, place.actor.id, at=place.at, due_at=due_at):
        raise Refused(to_translate("It has been asked already: the answer comes within five working days."))
    hosts = {one.id for one in await follows.hosts_of(tx, trial.community_id)}
    delegates = [one.actor_id for one in await reading.delegates(tx) if one.actor_id not in hosts]
    for people, path in ((await roster.active_admins(tx), "/admin/communities"), (delegates, WAITING)):
        address = here.config.url(path)
        english = f"A trial community asks to become official, and will be unless somebody says no: {address}"
        french = f"Une communauté en essai demande à devenir officielle, et le sera si personne ne dit non : {address}"
        for one in people:
            await notice.tell(tx, here, one, f"{english}\n\n{french}", at=place.at)


class Waiting(msgspec.Struct, frozen=True):
    """A trial that waits for an answer, as somebody who gives answers sees it."""

    row: TrialRow
    lacking: list[Sentence]
    """What it has lost since it asked: without that it cannot become official."""
    is_own: bool
    """A delegate hosts it, and leaves the answer to others."""


async def waiting_for(tx: ReadTx, actor_id: int) -> list[Waiting]:
    """What waits for a yes or no, the most urgent first."""
    rows = await reading.waiting(tx)
    if await reading.office_of(tx, actor_id) == DELEGATE:
        own = {row.community_id for row in rows if await _hosts(tx, actor_id, row.community_id)}
    else:
        own = set()
    return [Waiting(row, missing(row), row.community_id in own) for row in rows]


async def answer(tx: WriteTx, here: Here, by: Officer, form: Mapping[str, str]) -> str:
    """What a form says: `name` of a trial, `answer`, yes or no, `reason`; one of `ANSWERS`. Raises as `decide` does."""
    accepts = form.get("answer") == "yes"
    await decide(tx, here, by, form.get("name", ""), accepts=accepts, reason=form.get("reason", ""))
    return ANSWERS[0] if accepts else ANSWERS[1]


async def _hosts(tx: ReadTx, actor_id: int, community_id: int) -> bool:
    return await follows.role_in(tx, actor_id, community_id) == HOST_ROLE


async def decide(tx: WriteTx, here: Here, by: Officer, name: str, *, accepts: bool, reason: str) -> None:
    """An administrator's or a delegate's yes or no; the hosts are told, with the reason, which a no needs.

    A delegate answers no trial that they host. Raises `NotAllowed`, `Invalid`, `NotThere`, `NotReady`, and `Refused`
    where nobody asks (any more).
    """
    reason = reason.strip()
    if not accepts and not reason:
        raise Invalid(to_translate("Say why: the hosts read it."))
    if len(reason) > MAX_REASON:
        raise Invalid(to_translate("The text has at most %(most)s characters."), most=MAX_REASON)
    at, community_id = here.clock.now(), await roster.community_id(tx, name.lower())
    action = "community.official" if accepts else "community.official-no"
    await audit.append(tx, at=at, actor=by.acct, action=action, object=name, details={})
    office = await require_answering(tx, by.actor_id)
    if office == DELEGATE and community_id is not None and await _hosts(tx, by.actor_id, community_id):
        raise NotAllowed(to_translate("You host it: somebody else answers."))
    trial = await reading.of_community_for_change(tx, community_id) if community_id is not None else None
    if trial is None:
        raise NotThere(to_translate("There is no such trial."))
    if trial.asked_at is None:
        raise Refused(to_translate("Nobody asks that it become official any more."))
    if not accepts:
        await writing.refuse(tx, trial.community_id, reason)
        await _tell_refused(tx, here, trial, reason, at)
        return
    if lacking := missing(trial):
        raise NotReady(lacking)
    await writing.make_official(tx, trial.community_id)
    await _tell_official(tx, here, trial, reason, at)


async def require_answering(tx: ReadTx, actor_id: int) -> str:
    """The office by which somebody answers trials. Raises `NotAllowed` for who has none."""
    office = await reading.office_of(tx, actor_id)
    if not may_in_firm(office, FirmVerb.ANSWER_TRIAL):
        raise NotAllowed(to_translate("Administrators answer trials, and whom they have named to do it."))
    return office


# --- the clock ---


async def keep_terms(runtime: Runtime) -> None:
    """Hosts are told that a trial is about to end, and that it has; where nobody has answered, silence is a yes."""
    at = runtime.clock.now()
    async with runtime.db.read() as tx:
        is_due = await reading.ending(tx, until=at + TOLD_BEFORE, now=at) or await reading.due(tx, at)
    if not is_due:
        return
    async with runtime.db.write() as tx:
        # First of all, as whoever acts does: nobody waits for a trial who holds the trail.
        await audit.stand_still(tx)
        for trial in await reading.due(tx, at):
            await _take_silence(tx, runtime, trial, at)
        for trial in await reading.ending(tx, until=at + TOLD_BEFORE, now=at):
            await _tell_of_end(tx, runtime, trial, at)


async def _take_silence(tx: WriteTx, here: Here, trial: TrialRow, at: datetime) -> None:
    """Yes, where it still has what it needs; else its hosts ask again when it has."""
    if lacking := missing(trial):
        why = " ".join(str(one) for one in lacking)
        if await writing.refuse(tx, trial.community_id, why):
            await audit.append(
                tx, at=at, actor=SERVER, action="community.official-no", object=trial.acct, details={"silence": True}
            )
            await _tell_refused(tx, here, trial, why, at)
        return
    if await writing.make_official(tx, trial.community_id):
        await audit.append(
            tx, at=at, actor=SERVER, action="community.official", object=trial.acct, details={"silence": True}
        )
        await _tell_official(tx, here, trial, "", at)


async def _tell_of_end(tx: WriteTx, here: Here, trial: TrialRow, at: datetime) -> None:
    desk = here.config.url(f"/c/{trial.name}/desk")
    if trial.is_over(at):
        await writing.note_warning(tx, trial.community_id, at)
        if await writing.note_end(tx, trial.community_id, at):
            await audit.append(tx, at=at, actor=SERVER, action="community.trial-over", object=trial.acct, details={})
            english = f"The trial of {trial.acct} is over: it can be read, and nobody writes there any more. It opens"
            english = f"{english} again when it becomes official: {desk}"
            french = f"L'essai de {trial.acct} est terminé : on peut y lire, personne n'y écrit plus. Elle rouvre si"
            await _tell_hosts(tx, here, trial, english, f"{french} elle devient officielle : {desk}", at)
        return
    if await writing.note_warning(tx, trial.community_id, at):
        day = f"{trial.ends_at:%Y-%m-%d}"
        english = f"The trial of {trial.acct} ends on {day}. Ask before then that it become official: {desk}"
        french = f"L'essai de {trial.acct} se termine le {day}. Demandez avant qu'elle devienne officielle : {desk}"
        await _tell_hosts(tx, here, trial, english, french, at)


async def _tell_official(tx: WriteTx, here: Here, trial: TrialRow, reason: str, at: datetime) -> None:
    english = f"{trial.acct} is official now: it has no end, and as many members as come."
    french = f"{trial.acct} est maintenant officielle : sans date de fin ni nombre maximal de membres."
    if reason:
        english, french = f"{english} {reason}", f"{french} {reason}"
    await _tell_hosts(tx, here, trial, english, french, at)


async def _tell_refused(tx: WriteTx, here: Here, trial: TrialRow, reason: str, at: datetime) -> None:
    english = f"{trial.acct} is not official and stays a trial. The reason: {reason}"
    french = f"{trial.acct} n'est pas officielle et reste en essai. Le motif : {reason}"
    await _tell_hosts(tx, here, trial, english, french, at)


async def _tell_hosts(tx: WriteTx, here: Here, trial: TrialRow, english: str, french: str, at: datetime) -> None:
    for host in await follows.hosts_of(tx, trial.community_id):
        await notice.tell(tx, here, host.id, f"{english}\n\n{french}", at=at)
