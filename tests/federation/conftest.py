"""alpha.test as a whole server beside a partner that the test plays; applied by hand."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.fake_peer import FakePeer, Hosts
from tests.support.held_clock import HeldClock
from tests.support.instances import Databases, Instance


@pytest.fixture
async def clock() -> HeldClock:
    """The clock of all servers."""
    return HeldClock()


@pytest.fixture
async def home(
    new_database: Databases, tmp_path: Path, hosts: Hosts, clock: HeldClock, partner: FakePeer
) -> AsyncIterator[Instance]:
    """The server under test; what comes in is applied by hand."""
    async with (
        Instance.made("alpha.test", hosts, clock, new_database(), tmp_path) as instance,
        instance.running("web"),
    ):
        await instance.allow("partner.test")
        yield instance
