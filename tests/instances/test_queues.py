"""What is owed to a partner that is away does not outlive what it was for (T235, and the queue of 200 of the plan)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from models.outbox import Delivery
from server.actions import moderation, openness, partners
from server.actions.openness import Wanted
from tests.instances.conftest import ON_SQLITE
from tests.instances.sharing import Firms, is_in, say
from tests.support.instances import Instance
from tests.support.waiting import until

POSTS = 200


@dataclass
class Waiting:
    """bob of beta is a member of alpha's `plans`; beta went away, and then alice wrote there, again and again."""

    firms: Firms
    handle: str

    async def write(self) -> None:
        """Posts that wait for beta."""
        for number in range(POSTS):
            await self.firms.alice.say(f"{self.handle} secret{number}")
        assert await owed(self.firms.alpha) >= POSTS

    async def heard(self) -> str:
        """Everything that beta was ever sent."""
        return str(await self.firms.beta.heard())


async def owed(firm: Instance) -> int:
    async with firm.db.read() as tx:
        return int(await tx.scalar(select(func.count()).select_from(Delivery)))


async def operate(firm: Instance, act: Callable[..., Awaitable[object]]) -> None:
    runtime = firm.services.runtime
    async with firm.db.write() as tx:
        await act(tx, runtime, await moderation.operators_seat(tx, runtime, "plans"))


async def remove_bob(firms: Firms) -> None:
    async def act(tx, runtime, place):  # type: ignore[no-untyped-def]  # as `operate` calls it
        await openness.remove_member(tx, runtime, place, await moderation.person_named(tx, runtime, "bob@beta.test"))

    await operate(firms.alpha, act)


async def narrow(firms: Firms) -> None:
    async def act(tx, runtime, place):  # type: ignore[no-untyped-def]  # as `operate` calls it
        await openness.change(tx, runtime, place, Wanted(scope="none"))

    await operate(firms.alpha, act)


async def raise_label(firms: Firms) -> None:
    async def act(tx, runtime, place):  # type: ignore[no-untyped-def]  # as `operate` calls it
        await openness.change(tx, runtime, place, Wanted(label="confidential"))

    await operate(firms.alpha, act)


async def end(firms: Firms) -> None:
    await say(firms.alpha, partners.end, "beta.test")


async def prepared(alpha: Instance, beta: Instance) -> Waiting:
    firms = Firms(alpha, beta, await alpha.person("alice"), await beta.person("bob"), await beta.person("ben"))
    handle = await alpha.community("plans", host=firms.alice, visibility="private", scope="selected")
    await firms.agree("plans")
    await firms.bring_in(firms.bob, handle)
    await firms.alice.say(f"{handle} Before the storm")
    await firms.bob.awaited_thread("Plans", "storm")
    return Waiting(firms, handle)


@ON_SQLITE
@pytest.mark.parametrize("act", [remove_bob, narrow, raise_label, end])
async def test_none_of_what_waits_arrives_after_it_was_taken_back(
    alpha: Instance, beta: Instance, act: Callable[[Firms], Awaitable[None]]
) -> None:
    """The only member is removed; the community narrowed, labelled above the ceiling; the agreement ended."""
    async with alpha.running():
        async with beta.running():
            waiting = await prepared(alpha, beta)
        await waiting.write()

        await act(waiting.firms)
        await alpha.fails_at("beta.test")

        async with beta.running():
            alpha.clock.advance(days=1)
            await waiting.firms.settle()
            await until(lambda: has_lost_it(waiting))
            assert "secret" not in await waiting.heard()
            assert await waiting.firms.bob.threads("Plans") == []


async def has_lost_it(waiting: Waiting) -> bool:
    """What was there before the storm is called back."""
    waiting.firms.alpha.nudge()
    thread = await waiting.firms.bob.thread("Plans", "storm")
    return thread is None


@ON_SQLITE
async def test_what_waits_through_a_suspension_arrives_in_order_once_both_go_on(
    alpha: Instance, beta: Instance
) -> None:
    """J10: none of it before."""
    async with alpha.running():
        async with beta.running():
            waiting = await prepared(alpha, beta)
        await waiting.write()
        await say(alpha, partners.suspend, "beta.test")
        await alpha.fails_at("beta.test")

        async with beta.running():
            alpha.clock.advance(days=1)
            await waiting.firms.settle()
            await until(lambda: is_in(beta, "alpha.test", "suspended"))
            await say(alpha, partners.resume, "beta.test")
            await waiting.firms.settle()
            assert "secret" not in await waiting.heard()

            await say(beta, partners.resume, "alpha.test")
            await waiting.firms.rest()
            heard = await waiting.heard()
            places = [heard.index(f"'secret{number}'") for number in range(POSTS)]
            assert places == sorted(places)


async def test_what_was_sent_before_the_other_heard_of_a_suspension_comes_after_it(firms: Firms) -> None:
    """J10: alpha refuses it, beta is told why only then; once both go on it is sent again."""
    handle = await firms.alpha.community("plans", host=firms.alice, scope="selected")
    await firms.agree("plans")
    await firms.bob.join(handle)
    async with firms.alpha.db.write() as tx:
        await partners.suspend(tx, firms.alpha.services.runtime, "beta.test", by="operator")
        tx.woken.clear()
    await firms.alpha.services.peers.refresh(now=True)
    await firms.bob.say(f"{handle} In between")
    await firms.settle()
    await until(lambda: is_in(firms.beta, "alpha.test", "suspended"))

    for firm, other in ((firms.alpha, "beta.test"), (firms.beta, "alpha.test")):
        await say(firm, partners.resume, other)
        await firms.settle()
    await firms.rest()

    assert await firms.alice.awaited_thread("Plans", "In between")
