"""What a partner calls back in a community of ours reaches whoever has it from here, receipts or none (T241, T204)."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from federation.agreements import letters
from models.communities import Community
from tests.instances.test_agreements import deliver
from tests.instances.test_receipts import PLANS, Played, playing
from tests.support.fake_peer import FakePeer
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance
from tests.support.waiting import until
from tests.support.writers import Writer


@pytest.fixture
async def played(alpha: Instance, partner: FakePeer, sub: FakePeer, clock: HeldClock) -> AsyncIterator[Played]:
    """As among receipts; sub.test was there before alpha began."""
    async with playing(alpha, partner, clock) as one:
        yield one


@pytest.fixture
async def other(sub: FakePeer, played: Played) -> Writer:
    """carla of sub.test, other software that gives no receipts, is a member of `plans` as well."""
    async with played.alpha.db.write() as tx:
        await tx.execute(update(Community).where(Community.is_local).values(scope="all"))
    await played.alpha.allow("sub.test")
    carla = Writer(sub.actor("carla"), PLANS)
    assert (await carla.actor.post(f"{PLANS}/inbox", carla.follow())).status == 202
    await until(lambda: has(sub, "Accept"))
    return carla


async def has(peer: FakePeer, word: str) -> bool:
    return any(word in str(asked.document) for asked in peer.asked if asked.method == "POST")


@pytest.mark.parametrize("first", ["the letter", "the Delete"])
async def test_whatever_comes_first_others_hear_that_it_is_gone(other: Writer, played: Played, first: str) -> None:
    """A partner deletes a post by the author's Delete and by a letter: either may come first (T241, T204)."""
    uri, peer = played.bob.post_uri("slip"), other.actor.peer
    assert (await played.bob.actor.post(f"{PLANS}/inbox", played.bob.create("slip"))).status == 202
    await until(lambda: has(peer, uri))
    now = played.clock.now().isoformat()
    request = {"request": "http://partner.test/retractions/1", "scope": "post", "object": uri, "reason": "deleted"}
    shown = {"shownBy": [played.bob.actor.uri, PLANS], "requested": now, "due": now}
    letter = played.letter(letters.RETRACT, {"type": "Retractions", "requests": [request | shown]})

    if first == "the letter":
        assert await deliver(played.alpha, letter) == 202
    assert (await played.bob.actor.post(f"{PLANS}/inbox", played.bob.delete("slip"))).status == 202
    if first == "the Delete":
        await until(lambda: has(peer, "Tombstone"))
        assert await deliver(played.alpha, letter) == 202

    await until(lambda: has(peer, "Tombstone"))


async def test_what_goes_with_everything_that_a_partner_had_here_is_told_to_others(
    other: Writer, played: Played
) -> None:
    """T241: the end of one exchange. Of its posts nothing is kept here, and whoever has them from us hears of it."""
    uri, peer = played.bob.post_uri("slip"), other.actor.peer
    assert (await played.bob.actor.post(f"{PLANS}/inbox", played.bob.create("slip"))).status == 202
    await until(lambda: has(peer, uri))
    now, server = played.clock.now().isoformat(), "http://partner.test/actor"
    request = {"request": "http://partner.test/retractions/1", "scope": "everything", "object": server}
    all_of_it = request | {"reason": "ended", "requested": now, "due": now}

    letter = played.letter(letters.RETRACT, {"type": "Retractions", "requests": [all_of_it]})
    assert await deliver(played.alpha, letter) == 202

    await until(lambda: has(peer, "Tombstone"))


@pytest.mark.parametrize("scope", ["post", "everything"])
async def test_a_question_whose_answer_was_called_back_has_none(played: Played, scope: str) -> None:
    """T241, T169: neither as a mark of the question, nor as the id of what is gone."""
    question = await played.alice.say("@plans@alpha.test Who runs night shifts?")
    uri, path = played.bob.post_uri("slip"), f"/api/entrepairs/v1/threads/{question['id']}"
    reply = played.bob.create("slip", answering=question["uri"])
    assert (await played.bob.actor.post(f"{PLANS}/inbox", reply)).status == 202
    await until(lambda: played.alice.replies(question))
    (answer,) = await played.alice.replies(question)
    await played.alice.call("PUT", f"{path}/answer", json={"status_id": answer["id"]})
    assert (await played.alice.get(path))["accepted_answer_id"] == answer["id"]

    now = played.clock.now().isoformat()
    about = uri if scope == "post" else "http://partner.test/actor"
    request = {"request": "http://partner.test/retractions/1", "scope": scope, "object": about, "reason": "deleted"}
    asked = request | {"requested": now, "due": now}
    letter = played.letter(letters.RETRACT, {"type": "Retractions", "requests": [asked]})
    assert await deliver(played.alpha, letter) == 202

    assert await played.alice.replies(question) == []
    assert (await played.alice.get(path))["accepted_answer_id"] is None
