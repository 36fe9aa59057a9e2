"""An installation inside the test: migrated database, vault, a clock that stands still."""

import pytest

from federation.runtime import Config
from models.engine import Database
from models.vault import KEY_BYTES, Vault
from server.installation import Installation
from server.settings import load
from server.system import SystemTokens
from tests.support.site import SteadyClock


@pytest.fixture
def clock() -> SteadyClock:
    """The installation's clock."""
    return SteadyClock()


@pytest.fixture
def installation(database: Database, clock: SteadyClock) -> Installation:
    """A firm called alpha.test, on SQLite and on PostgreSQL."""
    settings = load({"ENTREPAIRS_DOMAIN": "alpha.test", "ENTREPAIRS_BASE_URL": "http://alpha.test"})
    config = Config(settings.domain, settings.base_url)
    return Installation(settings, database, config, clock, SystemTokens(0), Vault(bytes(KEY_BYTES)))
