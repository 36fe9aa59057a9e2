"""What happens to a community while a partner is away, or on hold: both agree on it afterwards (J2, J8, J10, J11)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import pytest

from models.gate import Person
from models.writes.audit import OPERATOR
from server.actions import accounts, hosting, moderation, openness, partners, succession, withdrawing
from server.actions.hosting import Settings
from server.actions.openness import Wanted
from tests.instances.sharing import Firms, is_in, say
from tests.instances.test_retractions import texts
from tests.support.api import Api
from tests.support.instances import Instance
from tests.support.waiting import until

PLANS = "@plans@alpha.test"


@dataclass
class Meanwhile:
    """alice and ada are in alpha's `plans`, which alice hosts, and bob and ben of beta; all have read what was said."""

    firms: Firms
    ada: Api

    async def in_plans(self, act: Callable[..., Awaitable[object]], *arguments: object) -> None:
        runtime = self.firms.alpha.services.runtime
        async with self.firms.alpha.db.write() as tx:
            await act(tx, runtime, await moderation.operators_seat(tx, runtime, "plans"), *arguments)

    @asynccontextmanager
    async def beta_back(self, *, both_say_so: bool) -> AsyncIterator[None]:
        """Whoever was away is there again; where it was on hold, both say: go on."""
        # Before time passes, or the attempt that is under way could fail after that, and be put off from then on.
        await self.firms.alpha.fails_at("beta.test")
        async with self.firms.beta.running():
            await self.goes_on(both_say_so=both_say_so)
            yield

    async def goes_on(self, *, both_say_so: bool) -> None:
        """The rest of it, once beta runs."""
        self.firms.alpha.clock.advance(days=1)
        await self.firms.settle()
        if both_say_so:
            for firm, other in ((self.firms.alpha, "beta.test"), (self.firms.beta, "alpha.test")):
                await until(partial(is_in, firm, other, "suspended"))
                await say(firm, partners.resume, other)
                await self.firms.settle()
        await self.firms.rest()

    async def members_of_beta(self) -> set[str]:
        """Who is in it, as alpha has it."""
        return {one for one in await self.ada.members(PLANS) if one.endswith("@beta.test")}


@pytest.fixture
async def meanwhile(alpha: Instance, beta: Instance) -> AsyncIterator[Meanwhile]:
    """alpha runs, beta has been there and is away."""
    async with alpha.running():
        async with beta.running():
            alice, ada = await alpha.person("alice"), await alpha.person("ada")
            firms = Firms(alpha, beta, alice, await beta.person("bob"), await beta.person("ben"))
            await alpha.community("plans", host=alice, scope="selected")
            await firms.agree("plans")
            await ada.join(PLANS)
            for person in (firms.bob, firms.ben):
                await person.join(PLANS)
            await alice.say(f"{PLANS} Before the storm")
            await firms.bob.awaited_thread("Plans", "storm")
            await firms.rest()
        yield Meanwhile(firms, ada)


Act = Callable[[Meanwhile], Awaitable[None]]


async def rename(it: Meanwhile) -> None:
    await it.in_plans(hosting.configure, Settings(title="Plans of all", purpose="Who plans what"))


async def make_private(it: Meanwhile) -> None:
    await it.in_plans(openness.change, Wanted(visibility="private"))


async def narrow(it: Meanwhile) -> None:
    await it.in_plans(openness.change, Wanted(scope="none"))


async def dissolve(it: Meanwhile) -> None:
    await it.in_plans(moderation.dissolve)


async def remove_bob(it: Meanwhile) -> None:
    runtime = it.firms.alpha.services.runtime
    async with it.firms.alpha.db.write() as tx:
        place = await moderation.operators_seat(tx, runtime, "plans")
        await openness.remove_member(tx, runtime, place, await moderation.person_named(tx, runtime, "bob@beta.test"))


async def lose_the_host(it: Meanwhile) -> None:
    """alice leaves the firm; ada, who moderates, is asked and accepts."""
    alpha = it.firms.alpha
    runtime = alpha.services.runtime
    async with alpha.db.write() as tx:
        place = await moderation.operators_seat(tx, runtime, "plans")
        ada = await moderation.person_named(tx, runtime, "ada@alpha.test")
        await moderation.name_moderator(tx, runtime, place, ada)
        await accounts.suspend(tx, runtime, "alice", by=OPERATOR)
    await succession.answer(runtime, Person(ada.id), place.community.id, accepts=True)


@pytest.mark.parametrize("on_hold", [False, True], ids=["away", "on hold"])
async def test_a_new_name_is_known_there(meanwhile: Meanwhile, on_hold: bool) -> None:
    firms = meanwhile.firms
    if on_hold:
        await say(firms.alpha, partners.suspend, "beta.test")
    await rename(meanwhile)
    await firms.alice.say(f"{PLANS} After it")

    async with meanwhile.beta_back(both_say_so=on_hold):
        await firms.bob.awaited_thread("Plans of all", "After")
        assert await meanwhile.members_of_beta() == {"ben@beta.test", "bob@beta.test"}


@pytest.mark.parametrize("on_hold", [False, True], ids=["away", "on hold"])
async def test_a_community_that_became_private_goes_on_with_its_members_there(
    meanwhile: Meanwhile, on_hold: bool
) -> None:
    firms = meanwhile.firms
    if on_hold:
        await say(firms.alpha, partners.suspend, "beta.test")
    await make_private(meanwhile)
    await firms.alice.say(f"{PLANS} Among us")

    async with meanwhile.beta_back(both_say_so=on_hold):
        await firms.bob.awaited_thread("Plans", "Among us")
        assert await meanwhile.members_of_beta() == {"ben@beta.test", "bob@beta.test"}
        assert await (await firms.beta.person("bea")).find(PLANS) is None


@pytest.mark.parametrize("on_hold", [False, True], ids=["away", "on hold"])
@pytest.mark.parametrize("act", [narrow, dissolve])
async def test_nothing_of_what_is_shared_no_more_arrives(meanwhile: Meanwhile, act: Act, on_hold: bool) -> None:
    """What was there is called back, confirmed, and what waited is not sent."""
    firms = meanwhile.firms
    if on_hold:
        await say(firms.alpha, partners.suspend, "beta.test")
    await firms.alice.say(f"{PLANS} secret")
    await act(meanwhile)

    async with meanwhile.beta_back(both_say_so=on_hold):
        await until(lambda: has_nothing(firms))
        assert "secret" not in await firms.told()
        assert await firms.bob.threads("Plans") == []


async def has_nothing(firms: Firms) -> bool:
    firms.alpha.nudge()
    return await texts(firms.beta, of_others=True) == []


@pytest.mark.parametrize("on_hold", [False, True], ids=["away", "on hold"])
async def test_who_was_removed_is_out_on_both_sides(meanwhile: Meanwhile, on_hold: bool) -> None:
    firms = meanwhile.firms
    if on_hold:
        await say(firms.alpha, partners.suspend, "beta.test")
    await remove_bob(meanwhile)
    await firms.alice.say(f"{PLANS} Without bob")

    async with meanwhile.beta_back(both_say_so=on_hold):
        await firms.ben.awaited_thread("Plans", "Without bob")
        assert await meanwhile.members_of_beta() == {"ben@beta.test"}
        assert await firms.bob.threads("Plans") == []


async def test_who_was_withdrawn_by_their_own_firm_is_out_on_both_sides(meanwhile: Meanwhile) -> None:
    """beta withdraws bob at the moment when it is back, with all that waited still on its way."""
    firms = meanwhile.firms
    await firms.alice.say(f"{PLANS} Meanwhile")
    await firms.alpha.fails_at("beta.test")
    async with firms.beta.running():
        runtime = firms.beta.services.runtime
        async with firms.beta.db.write() as tx:
            await withdrawing.withdraw(tx, runtime, "alpha.test", "bob", "plans", by=OPERATOR)
        await meanwhile.goes_on(both_say_so=False)
        await firms.ben.awaited_thread("Plans", "Meanwhile")
        assert await meanwhile.members_of_beta() == {"ben@beta.test"}
        assert await firms.bob.threads("Plans") == []


@pytest.mark.parametrize("on_hold", [False, True], ids=["away", "on hold"])
async def test_another_host_goes_on_with_the_same_members(meanwhile: Meanwhile, on_hold: bool) -> None:
    """J11: the last host leaves, the moderator accepts; beta's people read on, and hear what the new host says."""
    firms, ada = meanwhile.firms, meanwhile.ada
    if on_hold:
        await say(firms.alpha, partners.suspend, "beta.test")
    await lose_the_host(meanwhile)
    await ada.say(f"{PLANS} I host it now")

    async with meanwhile.beta_back(both_say_so=on_hold):
        await firms.bob.awaited_thread("Plans", "host it now")
        await firms.ben.say(f"{PLANS} Welcome")
        await ada.awaited_thread("Plans", "Welcome")
