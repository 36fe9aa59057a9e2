"""A partner that is away for days, and back: nothing is lost, all comes in order, and nobody at home notices."""

import os

import pytest

from tests.instances.conftest import ON_SQLITE
from tests.instances.pair import HANDLE, Pair, discussions, some_talk

STEP_HOURS = int(os.environ.get("TEST_AWAY_STEP_HOURS", "6"))
TWO_DAYS = range(0, 48, STEP_HOURS)


async def test_two_days_away_lose_nothing_and_nobody_at_home_notices(pair: Pair) -> None:
    """T193."""
    for hour in TWO_DAYS:
        await some_talk(pair, hour)
        await pair.pass_time(hours=STEP_HOURS)

    async with pair.beta_back():
        pair.clock.advance(hours=12)
        pair.alpha.nudge()
        await pair.alpha.at_rest()
        await pair.beta.at_rest()

        assert len(await discussions(pair.ada)) == len(TWO_DAYS) + 1
        assert await pair.same_on_both_sides()
    assert await pair.alpha.dead_letters() == []


@pytest.mark.parametrize("days", [0, 1])
async def test_a_partner_that_speaks_again_is_sent_what_it_is_owed_at_once(pair: Pair, days: int) -> None:
    await some_talk(pair, 0)
    await pair.pass_time(days=days)

    async with pair.beta_back():
        await pair.bob.say(f"{HANDLE} We are back")
        await pair.ada.awaited_thread("Sites", "We are back")
        await pair.alpha.at_rest()
        await pair.beta.at_rest()

        assert len(await discussions(pair.ada)) == 3
        assert await pair.same_on_both_sides()


@ON_SQLITE
async def test_what_it_missed_for_thirteen_days_is_delivered(pair: Pair) -> None:
    """T194."""
    await some_talk(pair, 0)
    await pair.pass_time(days=13)

    async with pair.beta_back():
        pair.clock.advance(hours=15)
        pair.alpha.nudge()
        await pair.alpha.at_rest()
        await pair.beta.at_rest()

        assert await pair.same_on_both_sides()
    assert await pair.alpha.dead_letters() == []
    assert not await pair.alpha.has_gap("beta.test")


@ON_SQLITE
async def test_what_is_given_up_after_fourteen_days_is_seen_to_be(pair: Pair) -> None:
    """T194: the gap is marked; nothing is dropped without a trace."""
    await some_talk(pair, 0)
    owed = (await pair.alpha.health("beta.test")).backlog
    await pair.pass_time(days=13)
    await pair.alice.say(f"{HANDLE} Still owed")
    await pair.pass_time(days=2)

    assert owed > 0
    assert await pair.alpha.dead_letters() == [(None, "given up after 14 days")] * owed
    assert (await pair.alpha.health("beta.test")).has_gap
