"""Firms on one clock that are killed and cut off while their people go a whole way, and somebody listens at the lines.

async with journey(new_database, folder, "alpha.test", "beta.test") as way:
    alice = await way["alpha.test"].person("alice")
    ...
    await way.step()
"""

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import or_, select

from models.outbox import Activity, Delivery, DeliveryQueue
from models.peers import SUSPENDED, Peer
from models.queries import retractions
from models.retractions import DONE, Retraction
from models.writes.audit import OPERATOR
from models.writes.retractions import WAKES as CALLING_BACK
from server.actions import agreements
from server.actions.agreements import Wanted
from tests.instances.eavesdropper import Eavesdropper
from tests.support.fake_peer import FakePeer, Hosts
from tests.support.held_clock import HeldClock
from tests.support.instances import Databases, Instance
from tests.support.line import Line, wired
from tests.support.lives import Life, mortal
from tests.support.progress import communities_read
from tests.support.waiting import until

_PATIENCE_SECONDS: Final = 120.0
_LOOKS_A_MINUTE: Final = 30


@dataclass
class Journey:
    """Servers by their host, and what can happen to them."""

    clock: HeldClock
    lines: dict[str, Line]
    servers: dict[str, Instance]
    third: Eavesdropper
    lives: dict[str, Life] = field(default_factory=dict)
    _looks: int = 0
    _unrest: list[str] = field(default_factory=list)

    def __getitem__(self, host: str) -> Instance:
        return self.servers[host]

    async def step(self) -> None:
        """What was done has reached everybody, and whoever caught it sends all of it again, in vain."""
        await self.rest()
        await self.third.replays_in_vain()

    async def rest(self) -> None:
        """Wait until nobody owes anybody anything, but what rests with a suspended partner."""
        for _ in range(2):
            self._looks = 0
            try:
                await until(self._is_quiet, seconds=_PATIENCE_SECONDS)
            except AssertionError as error:
                raise AssertionError(f"no rest: {self._unrest}") from error

    async def _is_quiet(self) -> bool:
        self._looks += 1
        if self._looks % _LOOKS_A_MINUTE == 0:
            # An attempt that was under way when a line came back has failed all the same, and is made again.
            self.clock.advance(seconds=75)
        for server in self.servers.values():
            await server.services.peers.refresh(now=True)
            server.nudge()
            for channel in ("catching up", CALLING_BACK):
                server.services.runtime.events.wake(channel)
        self._unrest = [f"{server.host}: {why}" for server in self.servers.values() if (why := await _unrest(server))]
        return not self._unrest

    async def agree(self, one: str, other: str, *communities: str, **wishes: Any) -> None:
        """The operators of two firms sign: communities of the first one are shared."""
        wanted = Wanted(communities=communities, **wishes)
        await agreements.propose(self[one].services, other, wanted, by=OPERATOR)
        await self.rest()
        await agreements.accept(self[other].services, one, [], by=OPERATOR)
        await self.rest()

    async def kill(self, host: str) -> None:
        """As SIGKILL does, in the middle of whatever it is at; it is started again at once."""
        await self.lives[host].kill()
        await self.start(host)

    async def start(self, host: str) -> None:
        # What the one before had leased is free again.
        self.clock.advance(seconds=61)
        self.lives[host] = Life(self.servers[host])
        await self.lives[host].begin()

    @contextmanager
    def cut_off(self, host: str) -> Iterator[None]:
        """For the time of the block nobody reaches this server; afterwards the others have waited long enough."""
        self.lines[host].is_cut = True
        try:
            yield
        finally:
            self.lines[host].is_cut = False
            self.clock.advance(hours=2)


async def _unrest(server: Instance) -> str:
    """Why a server is not at rest; empty where it is."""
    owed = (
        select(Peer.host, Activity.type, DeliveryQueue.next_attempt_at, DeliveryQueue.last_error)
        .join_from(Delivery, Peer, Peer.id == Delivery.peer_id)
        .join(Activity, Activity.id == Delivery.activity_id)
        .outerjoin(DeliveryQueue, DeliveryQueue.peer_id == Peer.id)
        .where(or_(Peer.state != SUSPENDED, Delivery.is_formal))
    )
    unseen = select(Retraction.id).where(Retraction.state == DONE, Retraction.checked_at.is_(None))
    async with server.db.read() as tx:
        if rows := (await tx.select(owed)).all():
            return f"owes {rows}"
        if await tx.scalar(unseen.limit(1)) is not None or await retractions.due_peer(tx, server.clock.now()):
            return "calls something back"
        if await communities_read(tx):
            return "catches up"
    return "" if await server.has_applied() else "has not applied everything"


@asynccontextmanager
async def journey(new_database: Databases, folder: Path, *hosts: str) -> AsyncIterator[Journey]:
    """Servers that run and are nothing to each other, and the third party, whose one half is everybody's partner."""
    clock, places = HeldClock(), Hosts()
    async with (
        mortal(),
        wired(hosts, clock, random.Random(1), new_database, folder) as made,
        FakePeer.running("stranger.test", places, clock) as stranger,
        FakePeer.running("third.test", places, clock) as third,
    ):
        eavesdropper = Eavesdropper(stranger.actor("eve"), third.actor("mallory"), made)
        way = Journey(clock, {line.host: line for _, line in made}, {one.host: one for one, _ in made}, eavesdropper)
        for server, _ in made:
            server.hosts.update({host: places[host] for host in ("stranger.test", "third.test")})
            places[server.host] = server.hosts[server.host]
        try:
            for server, _ in made:
                await way.start(server.host)
                await server.allow("third.test")
                await eavesdropper.introduce(server)
            yield way
        finally:
            for life in way.lives.values():
                await life.stop()
