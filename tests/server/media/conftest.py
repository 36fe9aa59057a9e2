"""home.test with a partner that the test plays, and a post with a picture of the partner's."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.instances.scene import Scene, in_our_community
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
    """alpha.test; nothing is sent, and what comes in is applied by hand. A copy may take 1 MiB, and all no more."""
    async with (
        Instance.made("alpha.test", hosts, clock, new_database(), tmp_path) as alpha,
        alpha.running("web", media_cache_mb="1"),
    ):
        await alpha.allow("partner.test")
        yield alpha


@pytest.fixture
async def scene(home: Instance, partner: FakePeer) -> Scene:
    """alice among bob and carol of the partner, in a community of ours."""
    return await in_our_community(home, partner)
