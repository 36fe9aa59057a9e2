"""A member whose server knows no groups, of a community at alpha, is answered by somebody of beta.

gamma is a fake Mastodon: it takes what it is sent, and can ask for more as gil.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import update

from models.peers import Peer
from server.actions import moderation
from server.actions.seats import Seat
from tests.instances.pair import HANDLE
from tests.instances.sharing import Firms
from tests.support.api import Api, Document
from tests.support.fake_peer import FakePeer, Hosts, document
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance
from tests.support.writers import Writer

GAMMA = "gamma.test"
ALICE = "http://alpha.test/users/alice"
BOB = "http://beta.test/users/bob"
SITES = "http://alpha.test/communities/sites"


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

    async def do(self, act: Callable[..., Awaitable[Any]], *arguments: Any, **named: Any) -> None:
        """An act of moderation as the operator of alpha does it, with what follows from it everywhere."""
        async with self.alpha.db.write() as tx:
            place = await moderation.operators_seat(tx, self.alpha.services.runtime, "sites")
            found = [await argument(tx, place) if callable(argument) else argument for argument in arguments]
            await act(tx, self.alpha.services.runtime, place, *found, **named)
        await self.rest()

    async def boosts(self, uri: str) -> list[tuple[str, str]]:
        """What the community told gamma of a thread by its id: type, and the id of the Announce."""
        told = []
        for one in await self.heard_of(SITES):
            shown = one["object"] if one["type"] == "Undo" else one
            if shown["object"] == uri:
                told.append((one["type"], shown["id"]))
        return told

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
        gil = Writer(gamma.actor("gil"), SITES)
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


async def test_who_answered_a_thread_of_a_third_server_hears_what_becomes_of_it(three: Three) -> None:
    """Group federation 6.2, 9: the community cannot say it, and a second Announce would be nothing new to gamma; beta
    says it itself, to whoever is known to have read the thread.
    """
    await three.beta.allow(GAMMA)
    await runs_mastodon(three.beta)
    thread = await three.bob.say(f"{HANDLE} Who has a rota?")
    other = await three.bob.say(f"{HANDLE} Who has a ladder?")
    await three.rest()
    await answers(three, "mine", thread["uri"])

    for one in (thread, other):
        await three.bob.edit(one, f"{HANDLE} Who has two of them?")
    await three.rest()
    for one in (thread, other):
        await three.bob.delete(f"/api/v1/statuses/{one['id']}")
    await three.rest()

    updated, deleted = await three.heard_of(BOB)
    assert (updated["type"], updated["object"]["id"]) == ("Update", thread["uri"])
    assert updated["object"]["name"] == "Who has two of them?"
    assert (deleted["type"], deleted["object"]["id"]) == ("Delete", thread["uri"])


async def test_who_answered_an_answer_hears_what_becomes_of_it(three: Three) -> None:
    """Also in a community of ours, whose members without groups have threads alone."""
    thread = await three.alice.say(f"{HANDLE} Who has a rota?")
    answer = await three.alice.say("I found one.", answering=thread)
    await three.rest()
    await answers(three, "where", answer["uri"])

    await three.alice.edit(answer, "I found two.")
    # What is deleted before the change was sent is not sent as changed any more.
    await three.rest()
    await three.alice.delete(f"/api/v1/statuses/{answer['id']}")
    await three.rest()

    told = [one for one in await three.heard_of(ALICE) if answer["uri"] == one["object"]["id"]]
    assert [one["type"] for one in told] == ["Update", "Delete"]


async def test_an_answer_that_was_taken_out_is_not_deleted_in_its_authors_name(three: Three) -> None:
    """Group federation 11: by a Delete of its author's it would be gone for good there, and it can be put back; its id
    says meanwhile that it is not there.
    """
    await three.beta.allow(GAMMA)
    await asks(three)
    seen = await three.alice.awaited_thread("Sites", "question")
    answer = await three.alice.say("Like this, you fool.", answering=seen)
    await three.rest()
    sent = len(three.gamma.asked)

    await three.do(moderation.remove, post(answer), "Not so")
    gone = await three.gil.actor.get(answer["uri"])
    await three.do(moderation.restore, answer["uri"])
    back = await three.gil.actor.get(answer["uri"])

    assert [one["type"] for one in await three.heard_of(ALICE)] == ["Create"]
    assert [one for one in three.gamma.asked[sent:] if one.method == "POST"] == []
    assert (gone.status, back.status) == (410, 200)


async def answers(three: Three, word: str, uri: str) -> None:
    """gil answers a post, as all see it afterwards."""
    reply = three.gil.create(word, answering=uri)
    three.gamma.serve(reply["object"]["id"].removeprefix("http://gamma.test"), document(reply["object"]))
    await three.gil.actor.post("http://alpha.test/inbox", reply)
    await three.rest()


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


def post(status: Document) -> Callable[..., Awaitable[Any]]:
    """A post, as moderation names it."""

    async def of(tx: Any, place: Seat) -> Any:
        return await moderation.post_named(tx, place, status["uri"])

    return of


def person(three: Three, handle: str) -> Callable[..., Awaitable[Any]]:
    """Somebody, as moderation names them."""

    async def of(tx: Any, _: Seat) -> Any:
        return await moderation.person_named(tx, three.alpha.services.runtime, handle)

    return of


async def test_a_thread_that_is_taken_out_is_not_boosted_any_more_and_boosted_anew_when_it_is_put_back(
    three: Three,
) -> None:
    """Group federation 7, 11: they believe no Delete by a moderator, but the community about its own Announce."""
    thread = await three.bob.say(f"{HANDLE} Buy my watches")
    other = await three.alice.say(f"{HANDLE} Who has a rota?")
    await three.rest()

    await three.do(moderation.remove, post(thread), "Not here")
    (shown, first), (undone, again) = await three.boosts(thread["uri"])
    assert (shown, undone, first) == ("Announce", "Undo", again)
    await three.do(moderation.restore, thread["uri"])
    await three.do(moderation.remove, post(thread), "Not here either")

    kinds, ids = zip(*await three.boosts(thread["uri"]), strict=True)
    assert kinds == ("Announce", "Undo", "Announce", "Undo")
    assert ids[0] == ids[1] != ids[2] == ids[3]
    assert [kind for kind, _ in await three.boosts(other["uri"])] == ["Announce"]
    assert "watches" not in str(await three.heard_of(SITES))


async def test_so_it_is_with_all_threads_of_somebody_who_is_banned(three: Three) -> None:
    threads = [await three.bob.say(f"{HANDLE} Watch {number}") for number in range(2)]
    await three.rest()
    bob = person(three, "@bob@beta.test")

    await three.do(moderation.ban, bob, lasts=None, reason="Spam", hides_posts=True)
    await three.do(moderation.unban, bob)

    for thread in threads:
        assert [kind for kind, _ in await three.boosts(thread["uri"])] == ["Announce", "Undo", "Announce"]


async def test_a_thread_that_its_author_of_a_third_server_deleted_is_not_boosted_any_more(three: Three) -> None:
    """Group federation 6.4: gamma never hears of beta. Of our own people's it has their own word, and no other."""
    theirs = await three.bob.say(f"{HANDLE} Never mind")
    ours = await three.alice.say(f"{HANDLE} Nor this")
    await three.rest()

    await three.bob.delete(f"/api/v1/statuses/{theirs['id']}")
    await three.alice.delete(f"/api/v1/statuses/{ours['id']}")
    await three.rest()

    assert [kind for kind, _ in await three.boosts(theirs["uri"])] == ["Announce", "Undo"]
    assert [kind for kind, _ in await three.boosts(ours["uri"])] == ["Announce"]
    assert [one["type"] for one in await three.heard_of(ALICE)] == ["Delete"]


async def test_a_moderator_at_a_partner_takes_a_thread_out_for_them_too(three: Three) -> None:
    """Group federation 10: as said by the partner's server, and passed on."""
    thread = await three.alice.say(f"{HANDLE} Off topic")
    await three.rest()
    delete = three.gil.actor.activity("Delete", object=thread["uri"], to=[SITES], summary="Not here")

    await three.gil.actor.post("http://alpha.test/inbox", delete)
    await three.rest()
    assert [kind for kind, _ in await three.boosts(thread["uri"])] == ["Announce"]
    await three.do(moderation.name_moderator, person(three, "@gil@gamma.test"))
    await three.gil.actor.post("http://alpha.test/inbox", delete | {"id": f"{delete['id']}-again"})
    await three.rest()
    assert [kind for kind, _ in await three.boosts(thread["uri"])] == ["Announce", "Undo"]
    undo = three.gil.actor.activity("Undo", object=delete, to=[SITES])
    await three.gil.actor.post("http://alpha.test/inbox", undo)
    await three.rest()
    assert [kind for kind, _ in await three.boosts(thread["uri"])] == ["Announce", "Undo", "Announce"]
