"""A discreet question at a partner: the community's own, and nothing of who asked (product J6, threats T242)."""

import json

import pytest

from models.gate import Person
from models.statistics import FACT
from models.writes import communities, state
from server.actions import discreet
from server.actions.refusals import NotAllowed
from tests.instances.conftest import ON_SQLITE
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance, pass_time
from tests.support.waiting import until

pytestmark = ON_SQLITE

HANDLE = "@sites@alpha.test"
TITLE = "How do I lead somebody who was my boss?"
K = 5


async def test_a_partner_gets_it_from_the_community_and_asks_none_of_its_own(
    alpha: Instance, beta: Instance, clock: HeldClock
) -> None:
    async with alpha.running(), beta.running():
        await alpha.allow("beta.test")
        await beta.allow("alpha.test")
        host, zelda, bob = await alpha.person("alice"), await alpha.person("zelda"), await beta.person("bob")
        await alpha.community("sites", host=host)
        for one in (zelda, bob, *[await alpha.person(f"extra{number}") for number in range(2 * K - 2)]):
            await one.join(HANDLE)
        ours, theirs = await zelda.find(HANDLE), await bob.find(HANDLE)
        me, his = [await one.get("/api/v1/accounts/verify_credentials") for one in (zelda, bob)]
        assert ours is not None
        assert theirs is not None
        async with alpha.db.write() as tx:
            await state.put(tx, FACT, str(K))
            await communities.change(tx, int(ours["id"]), {"allows_discreet": True})
        await alpha.at_rest()
        await beta.at_rest()
        before = len(await beta.heard())

        await discreet.ask(alpha.services.runtime, Person(int(me["id"])), int(ours["id"]), TITLE)
        await pass_time(clock, alpha, beta, minutes=11)

        async def has_come() -> bool:
            # A look that was under way when the time passed comes again only as more passes.
            clock.advance(seconds=10)
            return await bob.thread("Sites", TITLE) is not None

        await until(has_come)
        thread = await bob.thread("Sites", TITLE)
        assert thread is not None
        assert thread["account"]["acct"] == "sites@alpha.test"
        assert "A manager (discreet)" in thread["content"]
        new = (await beta.heard())[before:]
        # Whoever sends has signed it: what another one signed is refused at the door (T021).
        assert {one["actor"] for one in new} == {"http://alpha.test/communities/sites"}
        assert [one for one in new if "zelda" in json.dumps(one) or me["id"] in json.dumps(one)] == []

        with pytest.raises(NotAllowed, match="asked at the firm of its community alone"):
            await discreet.ask(beta.services.runtime, Person(int(his["id"])), int(theirs["id"]), "And I?")
