"""What is owed after the end of an agreement goes on, whatever is proposed since, and by whom (J10, threats T241)."""

import pytest

from server.actions import agreements, expiry
from tests.instances.crossing import crossing
from tests.instances.sharing import Firms
from tests.instances.test_agreements import Stranger, deliver
from tests.instances.test_key_succession import rotate
from tests.instances.test_retractions import Shared, asked_once_more, shared_in
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance
from tests.support.waiting import until


@pytest.fixture
async def shared(firms: Firms) -> Shared:
    return await shared_in(firms)


@pytest.mark.parametrize("since", ["somebody proposes in its name", "alpha looks it up"])
async def test_what_is_called_back_from_a_former_partner_is_asked_for_and_confirmed(shared: Shared, since: str) -> None:
    """T241: nobody can make it a request without a receipt, nor keep the letter from going there."""
    alpha, beta = shared.firms.alpha, shared.firms.beta
    await alpha.end("beta.test")
    await until(shared.lines)
    await shared.settled()
    if since == "alpha looks it up":
        await agreements.look_up(alpha.services, "beta.test")
    else:
        assert await deliver(alpha, await Stranger.at("beta.test").offer(alpha, alpha.clock)) == 202
        assert await deliver(beta, await Stranger.at("alpha.test").offer(beta, beta.clock)) == 202
    for firm in (alpha, beta):
        await firm.services.peers.refresh(now=True)

    await asked_once_more(shared, "owed")
    (line,) = await shared.settled()

    assert (line.scope, line.state, line.has_receipt) == ("everything", "done", True)


async def test_what_a_former_partner_proposes_is_kept_as_long_as_what_strangers_do(
    alpha: Instance, beta: Instance, clock: HeldClock
) -> None:
    """Thirty days from the proposal, however long the firm has been known."""
    async with crossing(alpha, beta, clock) as two:
        await two.agree()
        await two.end(two.alpha)
        await two.carry_all()
        clock.advance(days=400)
        await two.propose(two.beta)
        await two.carry_all()

        await expiry.keep_terms(alpha.services.runtime)
        assert (await two.seen(alpha)).state == "proposed"
        clock.advance(days=30, seconds=1)
        await expiry.keep_terms(alpha.services.runtime)
        assert (await two.seen(alpha)).state == "ended"


async def test_a_former_partner_hears_of_another_key_though_it_is_looked_up_anew(
    alpha: Instance, beta: Instance, clock: HeldClock
) -> None:
    """T234: else it refuses what is called back by that key."""
    async with crossing(alpha, beta, clock) as two:
        await two.agree()
        await two.end(two.alpha)
        await two.carry_all()
        await agreements.look_up(alpha.services, "beta.test")

        await rotate(alpha)

        (letter,) = await two.written(alpha)
        assert letter["type"] == "Update"
        assert await two.carry_all() == [202]
