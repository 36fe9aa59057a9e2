"""Who hosts a community when its last host has left: the longest-serving moderator who accepts, else whom an
administrator names within the week (product J8, J11).
"""

from datetime import datetime, timedelta
from typing import Final

import structlog

from federation.runtime import Runtime
from models.communities import HOST_ROLE, MODERATOR_ROLE
from models.engine import WriteTx
from models.gate import Person
from models.notifications import FOLLOW
from models.queries import actors, follows
from models.queries import leaving as reading
from models.queries.leaving import SuccessionRow
from models.writes import audit, notifications
from models.writes import follows as follow_writes
from models.writes import leaving as writing
from models.writes.audit import SERVER
from server.actions.refusals import NotThere

ASKED_FOR: Final = timedelta(days=7)
"""Then an administrator names a host."""

log = structlog.get_logger()


async def begin(tx: WriteTx, community_id: int, at: datetime) -> None:
    """A community of ours has lost its last host: the first moderator in line is asked."""
    await _ask_next(tx, community_id, since=at, declined=[], at=at)


async def _ask_next(tx: WriteTx, community_id: int, *, since: datetime, declined: list[int], at: datetime) -> None:
    asked = await reading.next_in_line(tx, community_id, declined)
    await writing.ask(tx, community_id, since=since, asked_id=asked, declined=declined)
    community = await actors.by_id(tx, community_id)
    if community is None:
        return
    action = "community.host-wanted" if asked is None else "community.host-asked"
    await audit.append(tx, at=at, actor=SERVER, action=action, object=community.acct, details={})
    if asked is None:
        log.warning("community.without_host", community=community_id)
        return
    await notifications.add(tx, [notifications.row(recipient_id=asked, type_=FOLLOW, actor_id=community_id, at=at)])


async def pass_on(tx: WriteTx, at: datetime) -> None:
    """Where whoever was asked leads the community no more, the next in line is asked at once, and nobody where it has a
    host again. Call it when somebody's part in a community has ended or changed.
    """
    await writing.hosted_again(tx)
    for open_one in await reading.asked_in_vain(tx):
        declined = [*open_one.declined, *_those_asked(open_one)]
        await _ask_next(tx, open_one.community_id, since=open_one.since, declined=declined, at=at)


def _those_asked(open_one: SuccessionRow) -> list[int]:
    return [] if open_one.asked_id is None else [open_one.asked_id]


async def answer(runtime: Runtime, viewer: Person, community_id: int, *, accepts: bool) -> None:
    """The one who was asked says yes or no. Raises `NotThere` for everybody else, and once it is settled."""
    at = runtime.clock.now()
    async with runtime.db.write() as tx:
        await audit.stand_still(tx)
        open_one = await reading.succession(tx, community_id)
        person, community = await actors.by_id(tx, viewer.actor_id), await actors.by_id(tx, community_id)
        if open_one is None or open_one.asked_id != viewer.actor_id or person is None or community is None:
            raise NotThere()
        if not accepts:
            declined = [*open_one.declined, viewer.actor_id]
            await _ask_next(tx, community_id, since=open_one.since, declined=declined, at=at)
            return
        membership = await follows.find(tx, viewer.actor_id, community_id)
        if membership is None or not membership.is_accepted or membership.role != MODERATOR_ROLE:
            raise NotThere()
        await audit.append(
            tx, at=at, actor=person.acct, action="community.host", object=community.acct, details={"host": person.acct}
        )
        await follow_writes.change(tx, membership.id, role=HOST_ROLE)
        await writing.hosted_again(tx)


async def keep_terms(runtime: Runtime) -> None:
    """Whoever does not answer within seven days is not waited for: administrators see that a host is wanted."""
    at = runtime.clock.now()
    async with runtime.db.write() as tx:
        await pass_on(tx, at)
        for open_one in await reading.successions(tx, asked_before=at - ASKED_FOR):
            declined = [*open_one.declined, *_those_asked(open_one)]
            await writing.ask(tx, open_one.community_id, since=open_one.since, asked_id=None, declined=declined)
            community = await actors.by_id(tx, open_one.community_id)
            if community is not None:
                await audit.append(
                    tx, at=at, actor=SERVER, action="community.host-wanted", object=community.acct, details={}
                )
                log.warning("community.without_host", community=community.id)
