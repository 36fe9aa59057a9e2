"""home.test as a whole server on a loopback socket with a real database, among the fake peers of the cast.

Activities are received and stored, not processed: no worker runs.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from models.engine import Database
from models.writes import state
from server import vault_key
from server.actions import local_actors
from server.actions.partners import allow
from server.app import server
from server.http.keys import SERVICES
from server.installation import BASE_URL, DOMAIN, Installation, assembled
from server.settings import Settings, load
from tests.server.activitypub.home import HOME, OPERATOR, Home, keys_of
from tests.support.clock import FakeClock
from tests.support.fake_peer import FakePeer, Hosts, static_hosts
from tests.support.ports import free_port


@pytest.fixture
def clock() -> FakeClock:
    """The clock of all servers."""
    return FakeClock()


@pytest.fixture
async def home(
    database_url: str,
    tmp_path: Path,
    hosts: Hosts,
    clock: FakeClock,
    partner: FakePeer,
    sub: FakePeer,
    stranger: FakePeer,
) -> AsyncIterator[Home]:
    """The server under test, with partner.test and sub.test as basic partners."""
    hosts["home.test"] = ("127.0.0.1", free_port())
    settings = load(
        {
            "ENTREPAIRS_DOMAIN": "home.test",
            "ENTREPAIRS_BASE_URL": HOME,
            "ENTREPAIRS_BIND": f"127.0.0.1:{hosts['home.test'][1]}",
            "ENTREPAIRS_STATIC_HOSTS": static_hosts(hosts),
            "ENTREPAIRS_DATABASE_URL": database_url,
            "ENTREPAIRS_DATA_DIR": str(tmp_path / "data"),
        }
    )
    async with AsyncExitStack() as stack:
        await _install(settings, clock)
        app = await stack.enter_async_context(server(settings, "web", clock=clock))
        yield Home(app[SERVICES], clock, hosts["home.test"])


async def _install(settings: Settings, clock: FakeClock) -> None:
    """What `entrepairs migrate` and `partner allow` leave behind, on a database that is migrated already."""
    settings.data_folder.mkdir(mode=0o700)
    vault = vault_key.create(settings.data_folder)
    db = Database(settings.database_url, pool_size=2)
    made = assembled(settings, db, vault)
    here = Installation(settings, db, made.config, clock, made.tokens, vault)
    async with db.write() as tx:
        await state.record(tx, DOMAIN, settings.domain)
        await state.record(tx, BASE_URL, settings.base_url)
        await state.record(tx, vault_key.FINGERPRINT, vault_key.fingerprint(vault))
        await local_actors.add(tx, here, local_actors.application(here, clock.now()), keys_of("home.test"))
        await allow(tx, here, ["partner.test", "sub.test"], by=OPERATOR)
    await db.close()
