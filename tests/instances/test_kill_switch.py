"""The kill switch: every exchange rests, and goes on partner by partner, each once both sides have said so (J10)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from models.writes.audit import OPERATOR
from server.actions import agreements, partners
from server.actions.agreements import Wanted
from server.actions.refusals import Refused
from tests.instances.sharing import is_in, say
from tests.support.api import Api
from tests.support.busy_people import plain
from tests.support.fake_peer import Hosts
from tests.support.held_clock import HeldClock
from tests.support.instances import Databases, Instance
from tests.support.waiting import until

PLANS = "@plans@alpha.test"


@dataclass
class Three:
    """alice hosts `plans` at alpha, in which bob of beta and gil of gamma are members, by agreements with alpha."""

    alpha: Instance
    beta: Instance
    gamma: Instance
    alice: Api
    bob: Api
    gil: Api

    @property
    def firms(self) -> tuple[Instance, Instance, Instance]:
        return self.alpha, self.beta, self.gamma

    async def rest(self) -> None:
        """Letters have arrived, and what may go has."""
        for _ in range(3):
            for firm in self.firms:
                await firm.services.peers.refresh(now=True)
                firm.nudge()
                await until(firm.has_sent_letters)
                await until(firm.has_applied)

    async def agree(self, other: Instance) -> None:
        wanted = Wanted(communities=["plans"])
        await agreements.propose(self.alpha.services, other.host, wanted, by=OPERATOR)
        await self.rest()
        await agreements.accept(other.services, "alpha.test", [], by=OPERATOR)
        await self.rest()

    async def stop(self, firm: Instance) -> list[str]:
        async with firm.db.write() as tx:
            held = await partners.suspend_all(tx, firm.services.runtime, by=OPERATOR)
        await self.rest()
        return held

    async def go_on(self, firm: Instance, domain: str) -> None:
        await say(firm, partners.resume, domain)
        await self.rest()

    async def states(self) -> list[str]:
        """Between alpha and beta, as both see it, then between alpha and gamma."""
        found = []
        for firm, domain in (
            (self.alpha, "beta.test"),
            (self.beta, "alpha.test"),
            (self.alpha, "gamma.test"),
            (self.gamma, "alpha.test"),
        ):
            async with firm.db.read() as tx:
                found.append((await partners.find(tx, firm.services.runtime, domain)).state)
        return found


@pytest.fixture
async def gamma(
    new_database: Databases, tmp_path: Path, hosts: Hosts, clock: HeldClock, alpha: Instance, beta: Instance
) -> AsyncIterator[Instance]:
    async with Instance.made("gamma.test", hosts, clock, new_database(), tmp_path) as instance:
        yield instance


@pytest.fixture
async def three(gamma: Instance, alpha: Instance, beta: Instance) -> AsyncIterator[Three]:
    async with alpha.running(), beta.running(), gamma.running():
        alice, bob, gil = await alpha.person("alice"), await beta.person("bob"), await gamma.person("gil")
        made = Three(alpha, beta, gamma, alice, bob, gil)
        await alpha.community("plans", host=alice, scope="selected")
        for other, person in ((beta, bob), (gamma, gil)):
            await made.agree(other)
            await person.join(PLANS)
        await made.rest()
        yield made


async def test_all_rest_and_go_on_one_by_one(three: Three) -> None:
    """What waited reaches the one that goes on, in order, and not the one that is on hold still."""
    assert await three.stop(three.alpha) == ["beta.test", "gamma.test"]
    assert await three.states() == ["suspended"] * 4
    for word in ("One", "Two"):
        await three.alice.say(f"{PLANS} {word}")

    await three.go_on(three.alpha, "beta.test")
    assert await three.states() == ["suspended"] * 4
    await three.go_on(three.beta, "alpha.test")

    assert await three.states() == ["active", "active", "suspended", "suspended"]
    await three.bob.awaited_thread("Plans", "Two")
    await three.bob.say(f"{PLANS} Three")
    await three.alice.awaited_thread("Plans", "Three")
    await three.rest()
    assert await three.gil.threads("Plans") == []
    assert "One" not in str(await three.gamma.heard())
    refused = await three.gil.call("POST", "/api/v1/statuses", json={"status": f"{PLANS} No"})
    assert refused.status == 403

    await three.go_on(three.gamma, "alpha.test")
    await three.go_on(three.alpha, "gamma.test")
    assert await three.states() == ["active"] * 4
    await three.gil.awaited_thread("Plans", "Three")
    assert [plain(thread) for thread in reversed(await three.gil.threads("Plans"))] == ["One", "Two", "Three"]


async def test_both_sides_may_have_thrown_it(three: Three) -> None:
    """Each has to say go on; what one of them says first waits for the other."""
    await three.stop(three.alpha)
    assert await three.stop(three.beta) == []
    await three.alice.say(f"{PLANS} One")
    await three.go_on(three.beta, "alpha.test")
    assert await three.states() == ["suspended"] * 4
    await three.go_on(three.alpha, "beta.test")

    assert await three.states() == ["active", "active", "suspended", "suspended"]
    await three.bob.awaited_thread("Plans", "One")
    assert await three.gil.threads("Plans") == []


async def test_a_word_that_was_said_before_it_does_not_count(three: Three) -> None:
    """alpha had said go on to beta, which had not: after the kill switch beta alone does not make it go on."""
    await say(three.beta, partners.suspend, "alpha.test")
    await three.rest()
    await three.go_on(three.alpha, "beta.test")
    assert await three.stop(three.alpha) == ["beta.test", "gamma.test"]

    await three.go_on(three.beta, "alpha.test")
    assert await three.states() == ["suspended"] * 4
    await three.go_on(three.alpha, "beta.test")
    assert await three.states() == ["active", "active", "suspended", "suspended"]


async def test_nothing_begins_by_what_was_proposed_before_it(three: Three) -> None:
    """beta is offered an agreement by gamma, which then throws the switch; beta signs nothing any more."""
    await agreements.propose(three.gamma.services, "beta.test", Wanted(), by=OPERATOR)
    await three.rest()
    assert await is_in(three.beta, "gamma.test", "proposed")

    assert await three.stop(three.gamma) == ["alpha.test"]

    assert await is_in(three.gamma, "beta.test", "ended")
    assert await is_in(three.beta, "gamma.test", "ended")
    with pytest.raises(Refused):
        await agreements.accept(three.beta.services, "gamma.test", [], by=OPERATOR)
