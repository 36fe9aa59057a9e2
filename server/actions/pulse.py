"""Asking members of this firm once a month whether a community helped them, and taking their mark (product section 6).

Who gave which mark is not kept (`models/pulse.py`), so that nobody takes one back or changes it. People at partners are
not asked: their firm would have to vouch that each answers once, and would learn who does.
"""

from datetime import datetime

from federation.runtime import Runtime
from models.engine import ReadTx, WriteTx
from models.gate import ActingCommunity, Person, Verb, may
from models.pulse import ASKED_FROM, LEAST, MOST, month_before, month_of, today, token_of
from models.queries import actors, discreet, moderation, pulse, quiet, statistics
from models.queries.actors import ActorRow
from models.writes import pulse as rows
from server.actions.barred import may_not_react
from server.actions.refusals import Invalid, NotAllowed, NotThere
from server.http.languages import to_translate

NOT_NOW = to_translate("You are asked from day %(day)s of a month on.")
TOO_FEW = to_translate(
    "Too few people of this firm are members here: the mean of their marks would tell who gave which."
)
ONCE = to_translate("You have answered already in this month.")
A_MARK = to_translate("A mark is a number from %(least)s to %(most)s.")


async def is_asked(tx: ReadTx, here: Runtime, viewer: Person, community: ActorRow) -> bool:
    """Whether the page of a community asks this person now."""
    try:
        await _require(tx, here, viewer, community)
    except (NotAllowed, NotThere):
        return False
    token = await _token(tx, here, viewer, community.id)
    return not await pulse.has_answered(tx, token)


async def answer(here: Runtime, viewer: Person, community_id: int, mark: str) -> None:
    """Count somebody's mark, once a month. Raises `Refused`."""
    if mark not in {str(one) for one in range(LEAST, MOST + 1)}:
        raise Invalid(A_MARK, least=LEAST, most=MOST)
    async with here.db.write() as tx:
        community = await actors.known_by_id(tx, community_id, viewer)
        if community is None:
            raise NotThere()
        await _require(tx, here, viewer, community)
        month = month_of(today(here.clock.now(), await quiet.firm_hours(tx)))
        token = await _token(tx, here, viewer, community.id)
        if not await rows.count(tx, community.id, month, int(mark), token):
            raise NotAllowed(ONCE)


async def forget(tx: WriteTx, now: datetime) -> None:
    """Who answered, when the month is over; marks, when the month after it is."""
    day = today(now, await quiet.firm_hours(tx))
    await rows.forget(tx, tokens_before=month_of(day), marks_before=month_before(day))


async def _require(tx: ReadTx, here: Runtime, viewer: Person, community: ActorRow) -> None:
    """This person may give a mark in this community now. Raises `NotThere`, `NotAllowed`."""
    if not community.is_community or not community.is_local or isinstance(viewer, ActingCommunity):
        raise NotThere()
    now = here.clock.now()
    if today(now, await quiet.firm_hours(tx)).day < ASKED_FROM:
        raise NotAllowed(NOT_NOW, day=ASKED_FROM)
    standing = await moderation.standing(tx, viewer.actor_id, community.id, now)
    if not may(standing, Verb.LIKE):
        raise may_not_react(standing, community)
    if (await discreet.place(tx, community.id)).people < await statistics.threshold(tx):
        raise NotAllowed(TOO_FEW)


async def _token(tx: ReadTx, here: Runtime, viewer: Person, community_id: int) -> bytes:
    month = month_of(today(here.clock.now(), await quiet.firm_hours(tx)))
    return token_of(here.vault, viewer.actor_id, community_id, month)
