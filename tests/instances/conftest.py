"""Firms inside one test, on one clock: alpha hosts the community; beta is a partner, or a fake one is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.instances.pair import HANDLE, Pair
from tests.instances.scene import Scene, in_a_partners_community, in_our_community
from tests.instances.sharing import Firms
from tests.support.fake_peer import FakePeer, Hosts
from tests.support.held_clock import HeldClock
from tests.support.instances import Databases, Instance

ON_SQLITE = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
"""For what has many cases and hangs on no database."""


@pytest.fixture
async def clock() -> HeldClock:
    """The clock of all servers."""
    return HeldClock()


@pytest.fixture
async def alpha(new_database: Databases, tmp_path: Path, hosts: Hosts, clock: HeldClock) -> AsyncIterator[Instance]:
    """alpha.test, installed; on SQLite and on PostgreSQL."""
    async with Instance.made("alpha.test", hosts, clock, new_database(), tmp_path) as instance:
        yield instance


@pytest.fixture
async def beta(new_database: Databases, tmp_path: Path, hosts: Hosts, clock: HeldClock) -> AsyncIterator[Instance]:
    """beta.test, installed; on the same kind of database."""
    async with Instance.made("beta.test", hosts, clock, new_database(), tmp_path) as instance:
        yield instance


@pytest.fixture
async def home(alpha: Instance, partner: FakePeer) -> AsyncIterator[Instance]:
    """alpha.test beside partner.test; nothing is sent, and what comes in is applied by hand."""
    async with alpha.running("web"):
        await alpha.allow("partner.test")
        yield alpha


@pytest.fixture
async def ours(home: Instance, partner: FakePeer) -> Scene:
    """A discussion in a community of ours."""
    return await in_our_community(home, partner)


@pytest.fixture(params=[in_our_community, in_a_partners_community], ids=["ours", "theirs"])
async def scene(request: pytest.FixtureRequest, home: Instance, partner: FakePeer) -> Scene:
    """A discussion in a community of ours, and in one of the partner's."""
    made: Scene = await request.param(home, partner)
    return made


@pytest.fixture
async def pair(alpha: Instance, beta: Instance, clock: HeldClock) -> AsyncIterator[Pair]:
    """Two partners who have talked already; then beta went away."""
    async with alpha.running():
        async with beta.running():
            await alpha.allow("beta.test")
            await beta.allow("alpha.test")
            alice, ada, bob = await alpha.person("alice"), await alpha.person("ada"), await beta.person("bob")
            await alpha.community("sites", host=alice)
            await ada.join(HANDLE)
            await bob.join(HANDLE)
            await bob.say(f"{HANDLE} Before the storm")
            await ada.awaited_thread("Sites", "storm")
            await alpha.at_rest()
            await beta.at_rest()
        yield Pair(alpha, beta, clock, alice, ada, bob)


@pytest.fixture
async def firms(alpha: Instance, beta: Instance) -> AsyncIterator[Firms]:
    """Two firms that run, and are nothing to each other yet."""
    async with alpha.running(), beta.running():
        alice, bob, ben = await alpha.person("alice"), await beta.person("bob"), await beta.person("ben")
        yield Firms(alpha, beta, alice, bob, ben)
