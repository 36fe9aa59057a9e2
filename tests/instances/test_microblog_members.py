"""A member whose server knows no groups, of a community at alpha, is answered by somebody of beta.

gamma is a fake Mastodon: it takes what it is sent, and can ask for more as gil.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import update

from models.peers import Peer
from tests.instances.pair import HANDLE
from tests.instances.sharing import Firms
from tests.support.api import Api, Document
from tests.support.fake_peer import FakePeer, Hosts, document
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance
from tests.support.writers import Writer

GAMMA = "gamma.test"
BOB = "http://beta.test/users/bob"


@pytest.fixture
async def gamma(hosts: Hosts, clock: HeldClock) -> AsyncIterator[FakePeer]:
    """The third server."""
    async with FakePeer.running(GAMMA, hosts, clock) as peer:
        yield peer


@dataclass
class Three:
    """alice hosts the community; bob of beta and gil of gamma are in it."""

    alpha: Instance
    beta: Instance
    gamma: FakePeer
    alice: Api
    bob: Api
    gil: Writer

    async def rest(self) -> None:
        """Everything has arrived everywhere."""
        for _ in range(3):
            for firm in (self.alpha, self.beta):
                firm.nudge()
                await firm.at_rest()

    async def heard_of(self, actor: str) -> list[Document]:
        """What gamma was sent by one actor, in order."""
        posted = [asked.document for asked in self.gamma.asked if asked.method == "POST"]
        return [one for one in posted if one["actor"] == actor]


@pytest.fixture
async def three(alpha: Instance, beta: Instance, gamma: FakePeer) -> AsyncIterator[Three]:
    """All of them have met; beta exchanges nothing with gamma yet."""
    async with alpha.running(), beta.running():
        await alpha.allow("beta.test", GAMMA)
        await beta.allow("alpha.test")
        alice, bob = await alpha.person("alice"), await beta.person("bob")
        await alpha.community("sites", host=alice)
        gil = Writer(gamma.actor("gil"), "http://alpha.test/communities/sites")
        await runs_mastodon(alpha)
        await gil.actor.post("http://alpha.test/inbox", gil.follow())
        await bob.join(HANDLE)
        made = Three(alpha, beta, gamma, alice, bob, gil)
        await made.rest()
        yield made


async def runs_mastodon(firm: Instance) -> None:
    """gamma's software is known."""
    async with firm.db.write() as tx:
        await tx.execute(update(Peer).where(Peer.host == GAMMA).values(software="mastodon"))


async def asks(three: Three) -> Document:
    """gil asks something in the community, as bob sees it."""
    question = three.gil.create("question")
    note: Document = question["object"]
    three.gamma.serve(note["id"].removeprefix("http://gamma.test"), document(note))
    await three.gil.actor.post("http://alpha.test/inbox", question)
    await three.rest()
    return await three.bob.awaited_thread("Sites", "question")


async def test_an_answer_from_a_third_server_reaches_a_member_who_knows_no_groups_with_all_that_becomes_of_it(
    three: Three,
) -> None:
    """Group federation 6.4: gamma believes beta alone, and beta says it, since it exchanges with gamma as well."""
    await three.beta.allow(GAMMA)
    await runs_mastodon(three.beta)
    question = await asks(three)

    answer = await three.bob.say("Like this.", answering=question)
    await three.rest()
    await three.bob.edit(answer, "Like that.")
    await three.rest()
    shown = await three.gil.actor.get(answer["uri"])
    await three.bob.delete(f"/api/v1/statuses/{answer['id']}")
    await three.rest()

    created, updated, deleted = await three.heard_of(BOB)
    assert [one["type"] for one in (created, updated, deleted)] == ["Create", "Update", "Delete"]
    assert three.gil.actor.uri in created["object"]["cc"]
    assert created["object"]["inReplyTo"] == three.gil.post_uri("question")
    assert ("Like that" in updated["object"]["content"], shown.status) == (True, 200)
    assert deleted["object"]["id"] == answer["uri"]


async def test_whom_nobody_has_seen_in_the_community_is_not_drawn_into_it(three: Three) -> None:
    """T159: of a member of another firm's community our server knows when they have written there."""
    await three.beta.allow(GAMMA)
    await runs_mastodon(three.beta)
    three.gamma.actor("gus")
    question = await three.alice.say(f"{HANDLE} Who knows?")
    await three.rest()
    seen = await three.bob.awaited_thread("Sites", "Who knows")

    answer = await three.bob.say("@gus@gamma.test may know", answering=seen)
    await three.rest()

    assert answer["in_reply_to_id"] is not None
    assert await three.heard_of(BOB) == []
    assert [reply["uri"] for reply in await three.alice.replies(question)] == [answer["uri"]]


async def test_nothing_of_a_third_server_that_does_not_know_theirs_gets_to_a_member(three: Three) -> None:
    """T055, T236: alpha announces the answer to whoever understands that; beta and gamma never speak, and nothing is
    tried again.
    """
    await Firms(three.alpha, three.beta, three.alice, three.bob, three.bob).agree("sites")
    question = await asks(three)

    answer = await three.bob.say("Like this.", answering=question)
    await three.rest()
    sent = len(three.gamma.asked)
    refused = await three.gil.actor.get(answer["uri"])
    await three.bob.delete(f"/api/v1/statuses/{answer['id']}")
    await three.rest()

    assert (refused.status, refused.document) == (403, {"error": "This server exchanges with named partners only"})
    assert await three.heard_of(BOB) == []
    assert "Like this" not in str([asked.body for asked in three.gamma.asked])
    # Where beta's letter is there before bob's Delete, alpha says to everybody that it is gone, and no more than that.
    later = [asked.document for asked in three.gamma.asked[sent:]]
    assert {(one["type"], one["object"]["type"], one["object"]["id"]) for one in later} <= {
        ("Delete", "Tombstone", answer["uri"])
    }
