"""Telling hosts that an exchange begins: into which of their communities another firm's people may come from now on.

At once and not seven days ahead: README, decisions. The first are told in the transaction by which it begins; where
there are many, the rest is told in turns, each in a transaction in which it is no longer owed.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

import msgspec

from federation.inbox import notice
from federation.runtime import Maker, Runtime, turn_by_turn
from models.communities import ON_REQUEST, OPEN
from models.engine import WriteTx
from models.queries import sharing_notices as reading
from models.queries.sharing_notices import Shared
from models.writes import sharing_notices as writing

_AT_ONCE: Final = 20
"""Pairs of a community and a partner in one transaction."""

_POLL_SECONDS: Final = 60.0


class Said(msgspec.Struct, frozen=True):
    """What the hosts of one community are told, and the label that a push of it keeps to."""

    text: str
    label: int


async def run(runtime: Runtime) -> None:
    """Tell what is owed, until cancelled."""

    async def step() -> bool:
        async with runtime.db.write() as tx:
            return await tell_next(tx, runtime, runtime.clock.now())

    await turn_by_turn(step, runtime.events, writing.WAKES, poll_seconds=_POLL_SECONDS)


async def tell_next(tx: WriteTx, here: Maker, at: datetime) -> bool:
    """Tell the hosts of some communities; whether anything was owed. What is left is told behind, after the commit.

    What has been narrowed meanwhile, or is over, is told to nobody.
    """
    pairs = await writing.take(tx, _AT_ONCE)
    if not pairs:
        return False
    if len(pairs) == _AT_ONCE:
        tx.wake(writing.WAKES)
    found = await reading.told_of(tx, pairs)
    by_community = {key: list(some) for key, some in groupby(found, lambda one: one.community_id)}
    said = {key: _said(here, some) for key, some in by_community.items()}
    for community_id, host_id in await reading.hosts(tx, list(said)):
        await notice.tell(tx, here, host_id, said[community_id].text, at=at, label=said[community_id].label)
    return True


def _said(here: Maker, shared: Sequence[Shared]) -> Said:
    """Of one community and one partner or several."""
    one, settings = shared[0], here.config.url(f"/c/{shared[0].name}/settings")
    firms = ", ".join(each.host for each in shared)
    english, french = _who_comes(f"{one.name}@{here.config.domain}", one.visibility, firms)
    if before := ", ".join(each.host for each in shared if each.opens_what_was):
        english = f"{english} What was written before can be read there as well ({before})."
        french = f"{french} Ce qui a été écrit auparavant peut y être lu aussi ({before})."
    english = f"{english} If that is not meant to be, choose fewer partners in its settings: {settings}"
    french = f"{french} Si cela ne convient pas, réduisez sa portée dans ses réglages : {settings}"
    return Said(f"{english}\n\n{french}", one.label)


def _who_comes(community: str, visibility: str, firms: str) -> tuple[str, str]:
    if visibility == OPEN:
        return (
            f"From now on people of {firms} can join {community} and read what is written in it.",
            f"Désormais, les personnes de {firms} peuvent rejoindre {community} et lire ce qui s'y écrit.",
        )
    if visibility == ON_REQUEST:
        return (
            f"From now on people of {firms} can ask to join {community}: those whom you let in read what is written.",
            f"Désormais, les personnes de {firms} peuvent demander à rejoindre {community} : celles que vous admettez "
            "lisent ce qui s'y écrit.",
        )
    return (
        f"From now on people of {firms} can be invited to {community}: those who join read what is written in it.",
        f"Désormais, des personnes de {firms} peuvent être invitées dans {community} : celles qui la rejoignent lisent "
        "ce qui s'y écrit.",
    )
