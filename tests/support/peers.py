"""The peers that tests play, by their names in `spec/threats.md`; each only where a test asks for it.

They go by the `clock` of whoever asks, and enter themselves into `hosts`, which the servers under test read.
"""

from collections.abc import AsyncIterator

import pytest

from federation.runtime import Clock
from tests.support.fake_peer import FakePeer, Hosts


@pytest.fixture
async def hosts() -> Hosts:
    """Where the servers listen."""
    return {}


@pytest.fixture
async def partner(hosts: Hosts, clock: Clock) -> AsyncIterator[FakePeer]:
    """An allowed peer."""
    async with FakePeer.running("partner.test", hosts, clock) as peer:
        yield peer


@pytest.fixture
async def sub(hosts: Hosts, clock: Clock) -> AsyncIterator[FakePeer]:
    """Another allowed peer."""
    async with FakePeer.running("sub.test", hosts, clock) as peer:
        yield peer


@pytest.fixture
async def stranger(hosts: Hosts, clock: Clock) -> AsyncIterator[FakePeer]:
    """A peer that is not on the allow list, though it could be reached."""
    async with FakePeer.running("stranger.test", hosts, clock) as peer:
        yield peer
