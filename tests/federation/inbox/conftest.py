"""alpha.test as a whole server beside two partners and a stranger that the test plays; applied by hand."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.federation.inbox.cast import Cast
from tests.support.fake_peer import FakePeer, Hosts
from tests.support.held_clock import HeldClock
from tests.support.instances import Databases, Instance


@pytest.fixture
async def clock() -> HeldClock:
    """The clock of all servers."""
    return HeldClock()


@pytest.fixture
async def cast(
    new_database: Databases,
    tmp_path: Path,
    hosts: Hosts,
    clock: HeldClock,
    partner: FakePeer,
    sub: FakePeer,
    stranger: FakePeer,
) -> AsyncIterator[Cast]:
    """alice and ada at home, the partners' people, and the communities of both sides."""
    async with (
        Instance.made("alpha.test", hosts, clock, new_database(), tmp_path) as instance,
        instance.running("web"),
    ):
        await instance.allow("partner.test", "sub.test")
        yield await Cast.met(instance, partner, sub, stranger)
