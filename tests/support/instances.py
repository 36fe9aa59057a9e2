"""Whole servers inside the test, on loopback sockets with real databases, that can be stopped and started again.

    alpha = await Instance.made("alpha.test", hosts, clock, new_database(), folder)
    async with alpha.running():
        alice = await alpha.person("alice")

`hosts` leads all servers of a test to each other, fake peers included: make every one of them before one is started.
"""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, DummyCookieJar, web
from sqlalchemy import select

from federation.inbox.context import Tools
from federation.processor import Processor
from federation.runtime import Clock, Config
from federation.signatures.key_formats import generate_ed25519
from models.engine import Database
from models.inbox import InboxActivity
from models.outbox import Activity, DeadDelivery, Delivery, DeliveryQueue
from models.peers import Peer
from models.queries import peers, queues
from models.queries.peers import PeerHealth
from models.vault import Vault
from models.writes import state
from server import first_start, vault_key
from server.actions import blocking, local_actors, partners
from server.actions.accounts import NewAccount, create_account, create_token
from server.actions.communities import NewCommunity, create_community
from server.actions.local_actors import Keys
from server.app import server
from server.http.keys import SERVICES
from server.installation import BASE_URL, DOMAIN, Installation
from server.media.endpoint import UPLOADS
from server.media.uploads import Uploads
from server.services import Services
from server.settings import Settings, load
from server.system import SystemTokens
from tests.support.api import Api, Document, Place
from tests.support.fake_peer import Hosts, static_hosts
from tests.support.held_clock import HeldClock
from tests.support.ports import free_port
from tests.support.signing import rsa_key
from tests.support.waiting import until

OPERATOR = "operator"
SCOPES = "read write follow push"


@cache
def keys_of(acct: str) -> Keys:
    """The same keys for the same handle during one run: making them takes a while."""
    return Keys(rsa_key(acct), generate_ed25519())


class EvenTokens(SystemTokens):
    """Chance that never varies: every wait is exactly the planned one."""

    def fraction(self) -> float:
        return 0.5


@dataclass
class Instance:
    """One firm's server."""

    host: str
    hosts: Hosts
    clock: HeldClock
    database_url: str
    folder: Path
    session: ClientSession
    _services: list[Services] = field(default_factory=list)
    _uploads: list[Uploads] = field(default_factory=list)
    _apps: list[web.Application] = field(default_factory=list)

    @staticmethod
    @asynccontextmanager
    async def made(
        host: str, hosts: Hosts, clock: HeldClock, database_url: str, folder: Path
    ) -> "AsyncIterator[Instance]":
        """An installation with a migrated database and a place in `hosts`; it does not run yet."""
        hosts[host] = ("127.0.0.1", free_port())
        async with ClientSession(cookie_jar=DummyCookieJar()) as session:
            instance = Instance(host, hosts, clock, database_url, folder / host, session)
            await instance._install()
            yield instance

    async def _install(self) -> None:
        """What `entrepairs migrate` leaves behind, on a database that is migrated already."""
        settings = self._settings()
        self.folder.mkdir(mode=0o700)
        vault = vault_key.create(self.folder)
        async with self._at_a_shell(vault) as here, here.db.write() as tx:
            await state.record(tx, DOMAIN, settings.domain)
            await state.record(tx, BASE_URL, settings.base_url)
            await state.record(tx, vault_key.FINGERPRINT, vault_key.fingerprint(vault))
            application = local_actors.application(here, self.clock.now())
            await local_actors.add(tx, here, application, keys_of(f"actor@{self.host}"))

    @asynccontextmanager
    async def _at_a_shell(self, vault: Vault) -> AsyncIterator[Installation]:
        """What a command has before it, beside the server."""
        settings = self._settings()
        db = Database(settings.database_url, pool_size=2)
        config = Config(settings.domain, settings.base_url)
        try:
            yield Installation(settings, db, config, self.clock, SystemTokens(63), vault)
        finally:
            await db.close()

    async def first_address(self) -> str:
        """The one-time address that the very first start prints."""
        async with self._at_a_shell(self.services.runtime.vault) as here:
            address = await first_start.sign_in_address(here)
        assert address is not None
        return address

    def _settings(self, **changes: str) -> Settings:
        changed = {f"ENTREPAIRS_{name.upper()}": value for name, value in changes.items()}
        return load(
            {
                "ENTREPAIRS_DOMAIN": self.host,
                "ENTREPAIRS_BASE_URL": f"http://{self.host}",
                "ENTREPAIRS_BIND": "{}:{}".format(*self.hosts[self.host]),
                "ENTREPAIRS_STATIC_HOSTS": static_hosts(self.hosts),
                "ENTREPAIRS_DATABASE_URL": self.database_url,
                "ENTREPAIRS_DATA_DIR": str(self.folder),
                "ENTREPAIRS_API_RATE": "0",
            }
            | changed
        )

    @asynccontextmanager
    async def running(self, role: str = "all", **changes: str) -> "AsyncIterator[Instance]":
        """The server for the time of the block; in the role `web` nothing is sent, and applied only by `apply`.

        `changes` are settings that differ from the usual ones.
        """
        # A start takes a moment; two never fall into one.
        self.clock.advance(seconds=1)
        async with server(self._settings(**changes), role, clock=self.clock, tokens=EvenTokens(0)) as app:
            self._services.append(app[SERVICES])
            self._uploads.append(app[UPLOADS])
            self._apps.append(app)
            try:
                yield self
            finally:
                self._services.pop()
                self._uploads.pop()
                self._apps.pop()

    @property
    def services(self) -> Services:
        """The parts of the running server."""
        return self._services[-1]

    @property
    def app(self) -> web.Application:
        """The running server's application, with its router."""
        return self._apps[-1]

    @property
    def uploads(self) -> Uploads:
        """The running server's files."""
        return self._uploads[-1]

    @property
    def db(self) -> Database:
        """The running server's database."""
        return self.services.runtime.db

    # --- what its administrator does ---

    async def person(self, name: str, *, role: str = "member") -> Api:
        """A person with an account, and an app to use it."""
        runtime = self.services.runtime
        new = NewAccount(username=name, email=f"{name}@mail.example", display_name=name.title(), role=role)
        async with runtime.db.write() as tx:
            await create_account(tx, runtime, new, keys_of(f"{name}@{self.host}"), by=OPERATOR)
            token = await create_token(tx, runtime, name, SCOPES, by=OPERATOR)
        return Api(self.session, Place(self.host, self.hosts[self.host][1]), token, name)

    async def community(
        self,
        name: str,
        *,
        host: Api,
        visibility: str = "open",
        scope: str = "all",
        label: str = "internal",
        opens_history: bool = False,
    ) -> str:
        """A community, open and shared with every partner unless told otherwise; its handle."""
        runtime = self.services.runtime
        new = NewCommunity(
            name=name,
            title=name.title(),
            host=host.name,
            visibility=visibility,
            scope=scope,
            label=label,
            opens_history=opens_history,
        )
        async with runtime.db.write() as tx:
            made = await create_community(tx, runtime, new, keys_of(f"{name}@{self.host}"), by=OPERATOR)
        return f"@{made.acct}"

    async def allow(self, *hosts: str) -> None:
        """Make basic partners of these servers."""
        async with self.db.write() as tx:
            await partners.allow(tx, self.services.runtime, hosts, by=OPERATOR)
        await self._look_again()

    async def suspend(self, host: str) -> None:
        """Hold the exchange with a partner."""
        async with self.db.write() as tx:
            await partners.suspend(tx, self.services.runtime, host, by=OPERATOR)
        await self._look_again()

    async def resume(self, host: str) -> None:
        """Go on with a partner."""
        async with self.db.write() as tx:
            await partners.resume(tx, self.services.runtime, host, by=OPERATOR)
        await self._look_again()

    async def block(self, handle: str, *, blocks: bool = True) -> None:
        """Block one actor at a partner, or unblock it."""
        async with self.db.write() as tx:
            actor = await blocking.named(tx, self.services.runtime, handle)
            act = blocking.block if blocks else blocking.unblock
            assert await act(tx, self.services.runtime, actor, by=OPERATOR)
        await self._look_again()

    async def end(self, host: str) -> None:
        """End the exchange with a partner."""
        async with self.db.write() as tx:
            await partners.end(tx, self.services.runtime, host, by=OPERATOR)
        await self._look_again()

    async def _look_again(self) -> None:
        """Partners are kept in memory for a second."""
        self.clock.advance(seconds=2)
        await self.services.peers.refresh()
        self.nudge()

    def nudge(self) -> None:
        """Let the loops look at what is due, in place of the two seconds after which they look by themselves."""
        for channel in ("inbox", "outbox"):
            self.services.runtime.events.wake(channel)

    # --- what is going on in it ---

    async def health(self, host: str) -> PeerHealth:
        """How it goes with one partner."""
        async with self.db.read() as tx:
            found = await peers.health_of(tx, host)
        assert found is not None
        return found

    async def fails_at(self, host: str) -> None:
        """Let it try what it owes to a partner that is away, and wait until the failure is written down.

        Only then may time pass or the partner come back: how long the next attempt waits is counted from that moment.
        """
        self.nudge()

        async def is_put_off() -> bool:
            again = (await self.health(host)).next_attempt_at
            return again is not None and again > self.clock.now()

        await until(is_put_off)

    async def has_gap(self, host: str) -> bool:
        """Whether something that a partner was owed was given up."""
        return bool(await self._of_queue(host, DeliveryQueue.has_gap))

    async def leased_until(self, host: str) -> datetime | None:
        """How long a sender has a partner's deliveries for itself."""
        found: datetime | None = await self._of_queue(host, DeliveryQueue.leased_until)
        return found

    async def _of_queue(self, host: str, column: Any) -> Any:
        statement = select(column).join(Peer, Peer.id == DeliveryQueue.peer_id).where(Peer.host == host)
        ((found,),) = await self.rows(statement)
        return found

    async def at_rest(self) -> None:
        """Wait until all that was received is applied, and nothing is owed to anybody."""
        await until(self.is_at_rest, seconds=120)

    async def is_at_rest(self) -> bool:
        """Whether nothing is to be applied and nothing owed."""
        async with self.db.read() as tx:
            received, owed = await queues.inbox(tx), await queues.deliveries(tx)
        return received.rows == 0 and owed.rows == 0

    async def has_applied(self) -> bool:
        """Nothing that was received waits to be applied."""
        async with self.db.read() as tx:
            return (await queues.inbox(tx)).rows == 0

    async def has_sent_letters(self) -> bool:
        """Nothing about the exchange itself is owed to anybody."""
        async with self.db.read() as tx:
            return await tx.scalar(select(Delivery.id).where(Delivery.is_formal).limit(1)) is None

    async def apply(self) -> None:
        """Apply what was received, as a worker would; everything that has come by now goes into one batch."""
        while await self.take_turn():
            pass

    async def take_turn(self) -> bool:
        """One turn of the receiving loop; whether there was anything to apply."""
        services = self.services
        tools = Tools(services.runtime, services.peers, services.directory, services.discovery, services.proofs)
        return await Processor(services.runtime, tools, "by hand").step()

    async def received(self) -> dict[str, str]:
        """Ids of received activities, with their states."""
        return dict(await self.rows(select(InboxActivity.activity_uri, InboxActivity.state)))

    async def heard(self) -> list[Document]:
        """The activities that others have sent it, in order, as far as their bodies are still kept."""
        statement = select(InboxActivity.payload).where(InboxActivity.payload.is_not(None)).order_by(InboxActivity.id)
        return [json.loads(row[0]) for row in await self.rows(statement)]

    async def composed(self, kind: str) -> list[Document]:
        """The server's own activities of one type, whether or not they were sent, in order."""
        statement = select(Activity.payload).where(Activity.type == kind).order_by(Activity.id)
        return [json.loads(row[0]) for row in await self.rows(statement)]

    async def dead_letters(self) -> list[tuple[int | None, str]]:
        """Status and reason of each delivery that was given up, in order."""
        statement = select(DeadDelivery.status, DeadDelivery.reason).order_by(DeadDelivery.id)
        return [(row[0], row[1]) for row in await self.rows(statement)]

    async def rows(self, statement: Any) -> Any:
        """What a query gives."""
        async with self.db.read() as tx:
            return (await tx.select(statement)).all()


Databases = Callable[[], str]


async def pass_time(clock: Clock, *instances: Instance, **duration: float) -> None:
    """Move the clock of all, and let them look at what is due."""
    assert isinstance(clock, HeldClock)
    clock.advance(**duration)
    for instance in instances:
        instance.nudge()
