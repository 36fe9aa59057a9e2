"""Appeals: who was moderated asks once for a second look, which somebody else on the server gives (product J8).

An administrator who neither acted nor appeals upholds what was done, or reverses it; the person and the hosts are told.
"""

from datetime import timedelta
from typing import Final

import msgspec

from federation.inbox import notice
from models.accounts import ADMIN, AUDITOR, OBSERVER
from models.engine import ReadTx, WriteTx
from models.gate import PeerServer
from models.moderation import (
    APPEAL_DAYS,
    APPEAL_REVERSED,
    APPEAL_UPHELD,
    BANNED,
    MEMBER_REMOVED,
    REMOVED,
    REVERSED,
    UPHELD,
)
from models.queries import actors, binned, follows, preferences, roster, served
from models.queries import appeals as reading
from models.queries.actors import ActorRow
from models.queries.appeals import DeskAppeal, OwnAct
from models.queries.rules import rules
from models.writes import appeals as writing
from models.writes import audit
from models.writes.moderation_log import About
from server.actions import moderation
from server.actions.bin_opening import require_unconcerned
from server.actions.moderation import servers_seat
from server.actions.officers import Officer
from server.actions.refusals import Invalid, NotThere, Refused
from server.actions.seats import Here, Seat, note
from server.http.languages import to_translate

MOST_TEXT: Final = 5000
"""Characters of an appeal, and of the answer."""
OUTCOMES: Final = (UPHELD, REVERSED)
_NOTHING: Final = to_translate("There is nothing here that this person could appeal against.")


class Letter(msgspec.Struct, frozen=True):
    """An appeal of a partner's person, as the administrators of their firm have put it to ours."""

    person: str
    community: str
    act: str
    """One of `APPEALABLE`."""
    text: str


async def own(tx: ReadTx, here: Here, person_id: int) -> list[OwnAct]:
    """What somebody may appeal against, and what became of what they did."""
    return await reading.own(tx, person_id, here.clock.now() - timedelta(days=APPEAL_DAYS))


async def appeal(tx: WriteTx, here: Here, person_id: int, acct: str, act_id: int, text: str) -> int:
    """Appeal against what was done, once; the number of the appeal. Raises `NotThere`, `Invalid`, `Refused`."""
    text = _checked(text)
    at = here.clock.now()
    await audit.append(tx, at=at, actor=acct, action="appeal.file", object=str(act_id), details={})
    act = await reading.against(tx, person_id, act_id)
    if act is None:
        raise NotThere(to_translate("There is nothing here that you can appeal against."))
    if act.appeal_id is not None:
        raise Refused(to_translate("You have appealed against this already."))
    if act.at < at - timedelta(days=APPEAL_DAYS):
        raise Refused(to_translate("This is too long ago to appeal against: %(days)s days at most."), days=APPEAL_DAYS)
    number = here.tokens.next_id(at)
    await writing.add(tx, appeal_id=number, act_id=act_id, person_id=person_id, text=text, at=at)
    address = here.config.url(f"/admin/moderation/appeals/{number}")
    english, french = f"Somebody appeals: {address}", f"Quelqu'un fait appel : {address}"
    for one in await roster.active_admins(tx):
        if one not in (person_id, act.by_id):
            await notice.tell(tx, here, one, f"{english}\n\n{french}", at=at)
    return number


async def file_letter(tx: WriteTx, here: Here, by: Officer, letter: Letter) -> int:
    """Take down what administrators of a partner's firm have written for one of their people; the appeal's number.

    It is named by community and kind of act, so that nothing can be looked up here. Raises as `appeal` does.
    """
    by.require(ADMIN)
    name, _, host = letter.person.strip().removeprefix("@").lower().partition("@")
    person = await actors.by_handle(tx, name, host)
    community_id = await roster.community_id(tx, letter.community.strip().removeprefix("@").lower())
    if person is not None and person.is_local:
        raise Refused(to_translate("People of this firm appeal by themselves, on their account’s page."))
    if person is None or community_id is None:
        raise NotThere(_NOTHING)
    act = await reading.newest(tx, person_id=person.id, community_id=community_id, act=letter.act)
    if act is None:
        raise NotThere(_NOTHING)
    return await appeal(tx, here, person.id, by.acct, act.id, letter.text)


async def decide(tx: WriteTx, here: Here, by: Officer, appeal_id: int, outcome: str, answer: str) -> None:
    """Uphold what was done, or reverse it. Raises `NotAllowed`, `NotThere`, `Invalid`, `Refused`."""
    by.require(ADMIN)
    answer = _checked(answer)
    if outcome not in OUTCOMES:
        raise Invalid(to_translate("Say whether what was done stands or is reversed."))
    at = here.clock.now()
    details = {"outcome": outcome}
    await audit.append(tx, at=at, actor=by.acct, action="appeal.decide", object=str(appeal_id), details=details)
    row = await reading.one(tx, appeal_id)
    if row is None:
        raise NotThere(to_translate("There is no such appeal."))
    require_unconcerned(by, row)
    if not await writing.decide(tx, appeal_id, outcome, answer=answer, by_id=by.actor_id, at=at):
        raise Refused(to_translate("Somebody has decided on this appeal already."))
    people = await actors.of_ids(tx, [row.community_id, row.person_id])
    community, person = people[row.community_id], people[row.person_id]
    place = await servers_seat(tx, here, community, by=by.acct)
    act = APPEAL_REVERSED if outcome == REVERSED else APPEAL_UPHELD
    await note(tx, place, act, About(person_id=person.id, post_id=row.post_id, reason=answer))
    is_restored = outcome == REVERSED and await _reverse(tx, here, place, person, row)
    await _tell(tx, here, community, person, outcome, answer, is_lost=outcome == REVERSED and not is_restored)


async def _reverse(tx: WriteTx, here: Here, place: Seat, person: ActorRow, row: DeskAppeal) -> bool:
    """Undo it as far as it can be; False where there is nothing left to be undone."""
    if row.act == REMOVED and row.post_id is not None:
        since = place.at - timedelta(days=(await rules(tx)).bin_days)
        if not await binned.can_come_back(tx, row.post_id, since):
            return False
        await moderation.restore(tx, here, place, str(row.post_id))
        return True
    if row.act == BANNED:
        return not await reading.is_overtaken(tx, row) and await moderation.unban(tx, here, place, person)
    is_out = row.act == MEMBER_REMOVED and await follows.role_in(tx, person.id, place.community.id) is None
    if is_out and await _may_come_back(tx, place.community, person):
        return await moderation.invite(tx, here, place, person)
    return False


async def _may_come_back(tx: ReadTx, community: ActorRow, person: ActorRow) -> bool:
    """Not who belongs to no community any more, nor people of a firm with which this one is not shared any more."""
    if person.peer_id is not None:
        return await served.is_known(tx, community, PeerServer(person.peer_id))
    own = await preferences.of_person(tx, person.id)
    return own is not None and own.role not in (AUDITOR, OBSERVER)


async def _tell(
    tx: WriteTx, here: Here, community: ActorRow, person: ActorRow, outcome: str, answer: str, *, is_lost: bool
) -> None:
    """The person and the hosts: what was decided, and why."""
    if outcome == REVERSED:
        english, french = "what was done is reversed.", "la décision est annulée."
        if is_lost:
            english += " Nothing is left to be undone: it was over already, or the post is not kept any more."
            french += " Il n'y a plus rien à rétablir : c'était déjà terminé, ou le message n'est plus conservé."
    else:
        english, french = "what was done stands.", "la décision est maintenue."
    english, french = f"{english} The reason: {answer}", f"{french} Le motif : {answer}"
    for one in (person, *await follows.hosts_of(tx, community.id)):
        if one.is_local:
            whose = ("Your appeal", "Votre appel") if one.id == person.id else ("An appeal", "Un appel")
            text = f"{whose[0]} in {community.acct}: {english}\n\n{whose[1]} dans {community.acct} : {french}"
            await notice.tell(tx, here, one.id, text, at=here.clock.now())


def _checked(text: str) -> str:
    if not text.strip():
        raise Invalid(to_translate("Say why: whoever is concerned reads it."))
    if len(text) > MOST_TEXT:
        raise Invalid(to_translate("The text has at most %(most)s characters."), most=MOST_TEXT)
    return text.strip()
