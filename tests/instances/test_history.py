"""What a partner that newly joins a community gets of the time before: only what the hosts opened, in order, once."""

import json

import pytest
from sqlalchemy import delete, select

from federation.outbox.history import add_history
from federation.vocab.compose import Composer
from models.outbox import Activity, Delivery
from models.queries import actors
from tests.instances.conftest import ON_SQLITE
from tests.instances.pair import HANDLE
from tests.support.fake_peer import Document, FakePeer
from tests.support.instances import Instance
from tests.support.statements import counted
from tests.support.writers import Writer

SITES = "http://alpha.test/communities/sites"


def told(partner: FakePeer) -> list[Document]:
    return [asked.document for asked in partner.asked_for("/inbox")]


@pytest.mark.parametrize("opens_history", [True, False])
async def test_the_past_goes_to_a_new_partner_if_the_hosts_opened_it(
    alpha: Instance, beta: Instance, opens_history: bool
) -> None:
    async with alpha.running(), beta.running():
        await alpha.allow("beta.test")
        await beta.allow("alpha.test")
        alice, bob = await alpha.person("alice"), await beta.person("bob")
        await alpha.community("sites", host=alice, opens_history=opens_history)
        first = await alice.say(f"{HANDLE} First")
        await alice.say("An answer", answering=first)
        await alice.edit(first, f"{HANDLE} First, corrected")
        gone = await alice.say(f"{HANDLE} Gone")
        await alice.delete(f"/api/v1/statuses/{gone['id']}")

        await bob.join(HANDLE)
        await alpha.at_rest()
        await beta.at_rest()
        await alice.say(f"{HANDLE} Second")
        await bob.awaited_thread("Sites", "Second")

        shown = [(status["content"], status["replies_count"]) for status in await bob.threads("Sites")]
        expected = [(status["content"], status["replies_count"]) for status in await alice.threads("Sites")]
        assert shown == (expected if opens_history else expected[:1])
        assert len(expected) == 2


@ON_SQLITE
async def test_a_second_member_brings_no_second_copy(alpha: Instance, partner: FakePeer) -> None:
    async with alpha.running():
        await alpha.allow("partner.test")
        alice = await alpha.person("alice")
        await alpha.community("sites", host=alice, opens_history=True)
        await alice.say(f"{HANDLE} First")
        for name in ("bob", "carol"):
            writer = Writer(partner.actor(name), SITES)
            for _ in range(2):
                await writer.actor.post("http://alpha.test/inbox", writer.follow())
                await alpha.at_rest()

        assert [document["type"] for document in told(partner)] == ["Accept", "Announce", "Accept", "Accept", "Accept"]


async def test_of_two_who_join_in_one_turn_the_first_brings_the_past(alpha: Instance, partner: FakePeer) -> None:
    async with alpha.running("web"):
        await alpha.allow("partner.test")
        alice = await alpha.person("alice")
        await alpha.community("sites", host=alice, opens_history=True)
        await alice.say(f"{HANDLE} First")
        for name in ("bob", "carol"):
            writer = Writer(partner.actor(name), SITES)
            await writer.actor.post("http://alpha.test/inbox", writer.follow())

        await alpha.apply()

        owed = select(Activity.type).join(Delivery, Delivery.activity_id == Activity.id).order_by(Delivery.id)
        assert [row[0] for row in await alpha.rows(owed)] == ["Accept", "Accept", "Announce"]


@pytest.mark.parametrize("opens_history", [True, False])
async def test_who_brings_no_past_costs_no_look_at_it(alpha: Instance, partner: FakePeer, opens_history: bool) -> None:
    """Everybody who joins would pay for it, and the more the longer the community talks."""
    async with alpha.running("web"):
        await alpha.allow("partner.test")
        await alpha.community("sites", host=await alpha.person("alice"), opens_history=opens_history)
        bob, carol = (Writer(partner.actor(name), SITES) for name in ("bob", "carol"))
        with counted(alpha.db) as first:
            await bob.actor.post("http://alpha.test/inbox", bob.follow())
            await alpha.apply()
        with counted(alpha.db) as second:
            await carol.actor.post("http://alpha.test/inbox", carol.follow())
            await alpha.apply()

        looks = [sum("activities.in_outbox" in asked for asked in one.statements) for one in (first, second)]
        assert looks == [1 if opens_history else 0, 0]


@ON_SQLITE
async def test_no_more_than_the_newest_of_them(alpha: Instance, partner: FakePeer) -> None:
    async with alpha.running("web"):
        await alpha.allow("partner.test")
        alice = await alpha.person("alice")
        await alpha.community("sites", host=alice, opens_history=True)
        for word in ("One", "Two", "Three"):
            await alice.say(f"{HANDLE} {word}")
        bob = Writer(partner.actor("bob"), SITES)
        await bob.actor.post("http://alpha.test/inbox", bob.follow())
        await alpha.apply()

        async with alpha.db.write() as tx:
            await tx.execute(delete(Delivery))
            community, member = await actors.by_uri(tx, SITES), await actors.by_uri(tx, bob.actor.uri)
            assert community is not None
            assert member is not None
            answer = Composer(alpha.services.runtime, alpha.clock.now()).welcome("", member, community)
            await add_history(tx, answer, most=2)

        owed = select(Activity.payload).join(Delivery, Delivery.activity_id == Activity.id).order_by(Delivery.id)
        documents = [json.loads(row[0]) for row in await alpha.rows(owed)]
        assert [document["object"]["object"]["name"] for document in documents] == ["Two", "Three"]
