"""alpha.test as a whole server that sends nothing by itself, beside partners that the test plays."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.api import Api
from tests.support.fake_peer import FakePeer, Hosts
from tests.support.held_clock import HeldClock
from tests.support.instances import Databases, Instance


@pytest.fixture
async def clock() -> HeldClock:
    """The clock of all servers."""
    return HeldClock()


@pytest.fixture
async def home(
    new_database: Databases, tmp_path: Path, hosts: Hosts, clock: HeldClock, partner: FakePeer, sub: FakePeer
) -> AsyncIterator[Instance]:
    """The server under test."""
    async with (
        Instance.made("alpha.test", hosts, clock, new_database(), tmp_path) as instance,
        instance.running("web"),
    ):
        await instance.allow("partner.test", "sub.test")
        yield instance


@pytest.fixture
async def alice(home: Instance) -> Api:
    """A person at home, host of the open community `sites`."""
    person = await home.person("alice")
    await home.community("sites", host=person)
    return person
