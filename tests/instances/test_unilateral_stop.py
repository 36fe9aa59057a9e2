"""One side's word stops everything at once, in every process (threats T235): what is owed, what comes, streams, lists.

Two processes on PostgreSQL with Redis. `STOP_QUEUED=5000 STOP_STREAMS=50` is the full size.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, web
from sqlalchemy import func, select

from models.audit import AuditEntry
from models.engine import Database
from models.outbox import Delivery
from server.system import SystemClock
from tests.support.api import Api, Place
from tests.support.commands import Firm
from tests.support.fake_peer import FakeActor, FakePeer, Hosts, static_hosts
from tests.support.laboratory import Office
from tests.support.ports import free_ports
from tests.support.waiting import pause, until
from tests.support.writers import Writer

pytestmark = pytest.mark.process

QUEUED = int(os.environ.get("STOP_QUEUED", "200"))
STREAMS = int(os.environ.get("STOP_STREAMS", "6"))
WITHIN_SECONDS = 5.0
AT_ONCE = 8
EACH = 5
"""Streams of one person: fewer than anybody may have."""
SITES = "http://alpha.test/communities/sites"


@dataclass
class Partner:
    """beta.test, which the test plays: it takes its time with deliveries, and at first for ever."""

    peer: FakePeer
    opens: asyncio.Event = field(default_factory=asyncio.Event)
    taken: int = 0
    under_way: int = 0

    async def take(self, _request: web.BaseRequest) -> web.StreamResponse:
        self.under_way += 1
        try:
            await self.opens.wait()
            await pause(0.05)
            self.taken += 1
        finally:
            self.under_way -= 1
        return web.Response(status=202)


@dataclass
class World:
    """alpha.test in two processes; alice hosts `sites`, where bob of beta is a member, and is in beta's `town`."""

    firm: Firm
    hosts: Hosts
    """Where beta finds alpha: at either process."""
    ports: list[int]
    database: Database
    session: ClientSession
    partner: Partner
    town: FakeActor
    bob: Writer
    apps: list[Api]
    """alice's, at each process."""
    listeners: list[Api]
    """Members of `town`, at either process."""

    async def ask(self, *words: str) -> None:
        """A command of the operator's, in a process of its own."""
        await asyncio.to_thread(self.firm.ask, *words)

    async def owed(self) -> int:
        async with self.database.read() as tx:
            return int(await tx.scalar(select(func.count()).select_from(Delivery)) or 0)

    async def is_refused(self) -> bool:
        """Both processes refuse what beta sends."""
        return await self.answers() == [403] * len(self.ports)

    async def answers(self) -> list[int]:
        """What each process answers beta."""
        found = []
        for port in self.ports:
            self.hosts["alpha.test"] = ("127.0.0.1", port)
            found.append((await self.bob.actor.post("http://alpha.test/inbox", self.bob.like(SITES))).status)
        return found

    async def is_taken(self) -> bool:
        """Neither process refuses what beta sends."""
        return await self.answers() == [202] * len(self.ports)

    async def fill(self) -> None:
        """So much is owed to beta, written while the exchange rests; each post in two forms."""
        await self.ask("partner", "suspend", "beta.test")
        await until(self.is_refused)
        numbers = iter(range(QUEUED // 2))

        async def write(app: Api) -> None:
            for number in numbers:
                await app.say(f"@sites@alpha.test Post {number}")

        await asyncio.gather(*(write(self.apps[one % 2]) for one in range(AT_ONCE)))
        assert await self.owed() == QUEUED
        await self.ask("partner", "resume", "beta.test")
        await until(self.is_taken)

    async def listen(self) -> list[ClientResponse]:
        """Streams of what is said in beta's community, at both processes."""
        found = []
        for number in range(STREAMS):
            app = self.listeners[number % len(self.listeners)]
            (kept,) = await app.get("/api/v1/lists")
            url = f"http://127.0.0.1:{app.place.port}/api/v1/streaming/list?list={kept['id']}"
            answer = await self.session.get(url, headers={"Authorization": f"Bearer {app.token}"})
            assert answer.status == 200
            found.append(answer)
        return found


@pytest.fixture
async def world(postgres_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    hosts: Hosts = {}
    ports = free_ports(2)
    async with FakePeer.running("beta.test", hosts, SystemClock()) as peer:
        partner = Partner(peer)
        shared = {"DATABASE_URL": postgres_url, "REDIS_URL": redis_url, "API_RATE": "0"}
        shared["STATIC_HOSTS"] = static_hosts(hosts)
        offices = [Office(Firm(tmp_path, "alpha.test", shared | {"BIND": f"127.0.0.1:{port}"}), port) for port in ports]
        hosts["alpha.test"] = ("127.0.0.1", ports[0])
        tokens = await asyncio.to_thread(installed, offices[0].firm)
        database = Database(postgres_url, pool_size=1)
        try:
            await asyncio.gather(*(asyncio.to_thread(office.start) for office in offices))
            async with ClientSession(cookie_jar=DummyCookieJar(), timeout=ClientTimeout(600)) as session:
                places = [Place("alpha.test", port) for port in ports]
                apps = [Api(session, place, tokens["alice"], "alice") for place in places]
                members = [name for name in tokens if name != "alice"]
                listeners = [Api(session, places[n % 2], tokens[name], name) for n, name in enumerate(members)]
                town, bob = peer.actor("town", "Group"), Writer(peer.actor("bob"), SITES)
                made = World(offices[0].firm, hosts, ports, database, session, partner, town, bob, apps, listeners)
                await met(made)
                yield made
        finally:
            partner.opens.set()
            for office in offices:
                office.kill()
            await database.close()


def installed(firm: Firm) -> dict[str, str]:
    """alice hosts a community, and beta is a partner; tokens of hers and of enough people to listen."""
    names = ["alice", *(f"member{number}" for number in range(2 + STREAMS // EACH))]
    firm.ask("migrate")
    for name in names:
        firm.user(name)
    firm.ask("community", "create", "sites", "--title", "Sites", "--host", "alice", "--scope", "all")
    firm.ask("partner", "allow", "beta.test")
    return {name: str(firm.ask("user", "token", name)["access_token"]) for name in names}


async def met(world: World) -> None:
    """Each has somebody in a community of the other, and is owed nothing."""
    town = world.town
    for member in world.listeners:
        await member.ask_to_join("@town@beta.test")
        wish = {"type": "Follow", "actor": f"http://alpha.test/users/{member.name}", "object": town.uri}
        await town.post("http://alpha.test/inbox", town.activity("Accept", object=wish))
    await world.bob.actor.post("http://alpha.test/inbox", world.bob.follow())
    await until(lambda: is_met(world))
    world.partner.peer.serve("/inbox", world.partner.take)


async def is_met(world: World) -> bool:
    has_lists = all([await member.get("/api/v1/lists") for member in world.listeners])
    return has_lists and "bob@beta.test" in await world.apps[0].members("@sites@alpha.test") and not await world.owed()


async def within(what: Callable[[], Awaitable[object]], since: float) -> None:
    """It comes about, and not later than it must."""
    await until(what)
    assert asyncio.get_running_loop().time() - since <= WITHIN_SECONDS


async def test_a_stop_is_a_stop_in_all_processes_within_five_seconds(world: World) -> None:
    """T235: while deliveries are under way; a suspension holds what is owed, the end drops it."""
    await world.fill()
    streams = await world.listen()
    world.partner.opens.set()
    await until(lambda: is_taking(world))

    await world.ask("partner", "suspend", "beta.test")
    stopped = asyncio.get_running_loop().time()

    await within(world.is_refused, stopped)
    await asyncio.wait_for(asyncio.gather(*(stream.read() for stream in streams)), WITHIN_SECONDS)
    await until(lambda: is_still(world))
    taken = world.partner.taken
    assert 0 < taken < QUEUED
    await until(lambda: is_written_down(world))
    for app in world.apps:
        await app.say("@sites@alpha.test Meanwhile")
    assert (world.partner.taken, await world.owed()) == (taken, QUEUED - taken + 4)

    await world.ask("partner", "end", "beta.test")
    assert (world.partner.taken, await world.owed()) == (taken, 0)
    async with world.database.read() as tx:
        said = [row[0] for row in await tx.select(select(AuditEntry.action).order_by(AuditEntry.id))]
    assert said[-4:] == ["partner.suspend", "partner.resume", "partner.suspend", "partner.end"]


async def is_taking(world: World) -> bool:
    return world.partner.taken > 2


async def is_still(world: World) -> bool:
    return world.partner.under_way == 0


async def is_written_down(world: World) -> bool:
    """The sender knows of every answer that it was given."""
    return await world.owed() == QUEUED - world.partner.taken
