"""A partner that is away for longer than anything is kept for it, and back: both sides are equal again, in order."""

import json
from typing import Any

import pytest

from server import housekeeping
from tests.instances.conftest import ON_SQLITE
from tests.instances.pair import HANDLE, Pair, discussions, some_talk
from tests.instances.scene import Scene, in_a_partners_community
from tests.support.fake_peer import Document, FakePeer, document, stall
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance
from tests.support.progress import communities_read
from tests.support.waiting import until
from tests.support.writers import announced

TOWN_OUTBOX = "/users/town/outbox"


async def settled(pair: Pair) -> None:
    """Everything that follows from the return has happened on both sides."""

    async def nothing_is_read() -> bool:
        for instance in (pair.alpha, pair.beta):
            await instance.services.peers.settle()
            instance.services.runtime.events.wake("catching up")
            instance.nudge()
            async with instance.db.read() as tx:
                if await communities_read(tx):
                    return False
        return True

    await until(nothing_is_read, seconds=60)
    await pair.alpha.at_rest()
    await pair.beta.at_rest()


def without_likes(threads: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**_bare(thread), "replies": [_bare(reply) for reply in thread["replies"]]} for thread in threads]


def _bare(status: dict[str, Any]) -> dict[str, Any]:
    return {name: status[name] for name in ("uri", "content", "created_at", "edited_at")}


async def known_to_both(pair: Pair) -> Document:
    """A thread of alice's that beta has seen before it went away."""
    async with pair.beta_back():
        status = await pair.alice.say(f"{HANDLE} Soon forgotten")
        await pair.bob.awaited_thread("Sites", "Soon forgotten")
        await pair.alpha.at_rest()
    return status


async def test_twenty_days_away_lose_nothing(pair: Pair) -> None:
    """T194: posts, edits, likes and deletions of twenty days, some of them given up, some still owed."""
    before = await known_to_both(pair)
    for day in (0, 4, 8, 12, 16):
        await some_talk(pair, day)
        await pair.pass_time(days=4)
    await pair.alice.delete(f"/api/v1/statuses/{before['id']}")
    assert await pair.alpha.has_gap("beta.test")

    async with pair.beta_back():
        pair.clock.advance(hours=12)
        pair.alpha.nudge()
        await settled(pair)

        assert len(await discussions(pair.ada)) == 6
        assert await pair.same_on_both_sides()
    assert not await pair.alpha.has_gap("beta.test")
    assert await pair.alpha.dead_letters() == []


async def test_what_is_no_longer_kept_at_all_is_read_from_the_outbox(pair: Pair) -> None:
    """T194: after sixty days not even the dead letters are left."""
    before = await known_to_both(pair)
    await some_talk(pair, 0)
    await pair.alice.delete(f"/api/v1/statuses/{before['id']}")
    pair.clock.advance(days=15)
    pair.alpha.nudge()
    await until(lambda: pair.alpha.has_gap("beta.test"))
    pair.clock.advance(days=45)
    await housekeeping.forget_once(pair.alpha.services.runtime)
    assert await pair.alpha.dead_letters() == []

    async with pair.beta_back():
        await settled(pair)

        assert len(await discussions(pair.bob)) == 2
        assert without_likes(await discussions(pair.bob)) == without_likes(await discussions(pair.ada))


async def test_what_they_said_to_us_while_we_were_away_arrives_too(alpha: Instance, beta: Instance) -> None:
    """T194: the community's own server was away; posts, edits, deletions and a leave of the partner's people."""
    async with beta.running():
        async with alpha.running():
            await alpha.allow("beta.test")
            await beta.allow("alpha.test")
            alice = await alpha.person("alice")
            bob, bea = await beta.person("bob"), await beta.person("bea")
            await alpha.community("sites", host=alice)
            for person in (bob, bea):
                await person.join(HANDLE)
            slip = await bob.say(f"{HANDLE} A slip")
            await alice.awaited_thread("Sites", "slip")
            await alpha.at_rest()
            await beta.at_rest()
        question = await bob.say(f"{HANDLE} A question")
        await bob.edit(question, f"{HANDLE} A better question")
        await bob.delete(f"/api/v1/statuses/{slip['id']}")
        community = await bea.find(HANDLE)
        assert community is not None
        await bea.leave(community)
        alpha.clock.advance(days=5)
        await beta.fails_at("alpha.test")
        alpha.clock.advance(days=15)
        beta.nudge()
        await until(lambda: beta.has_gap("alpha.test"))
        await housekeeping.forget_once(beta.services.runtime)

        async with alpha.running():
            alpha.clock.advance(hours=12)
            beta.nudge()
            pair = Pair(alpha, beta, alpha.clock, alice, alice, bob)

            async def all_is_told() -> bool:
                await settled(pair)
                is_left = await alice.members(HANDLE) == {"alice", "bob@beta.test"}
                return is_left and [one["edited_at"] is not None for one in await alice.threads("Sites")] == [True]

            await until(all_is_told)
            [thread] = await alice.threads("Sites")
            assert "A better question" in thread["content"]
            assert await discussions(alice) == await discussions(bob)


# --- reading a partner's outbox ---


def page(town: Any, number: int, items: list[Any], *, last: int) -> dict[str, Any]:
    address = f"{town.uri}/outbox" + (f"/{number}" if number else "")
    members: dict[str, Any] = {"id": address, "type": "OrderedCollectionPage", "orderedItems": items}
    return members | ({"next": f"{town.uri}/outbox/{number + 1}"} if number < last else {})


async def away(home: Instance, clock: HeldClock) -> None:
    """Make it so that the next start comes after fifteen days."""
    async with home.running():
        await home.at_rest()
    clock.advance(days=15)


@pytest.fixture
async def town(alpha: Instance, partner: FakePeer, clock: HeldClock) -> Scene:
    """alice is a member of the partner's community; bob writes there."""
    async with alpha.running("web"):
        await alpha.allow("partner.test")
        return await in_a_partners_community(alpha, partner)


def serve_pages(partner: FakePeer, scene: Scene, pages: int) -> list[str]:
    """An outbox of so many pages with one new thread on each; the words, newest first."""
    assert scene.group is not None
    words = [f"word{number:03}" for number in range(pages)]
    for number, word in enumerate(words):
        shown = announced(scene.group, scene.bob.create(word))
        items = page(scene.group, number, [shown], last=pages - 1)
        partner.serve(TOWN_OUTBOX + (f"/{number}" if number else ""), document(items))
    return words


def pages_asked(partner: FakePeer) -> list[str]:
    return [asked.path.removeprefix(TOWN_OUTBOX) for asked in partner.asked if asked.path.startswith(TOWN_OUTBOX)]


async def test_a_kill_in_the_middle_of_catching_up_goes_on_where_it_was(
    alpha: Instance, partner: FakePeer, town: Scene, clock: HeldClock
) -> None:
    """T188, T194: no page is read twice, and all is applied oldest first."""
    await away(alpha, clock)
    words = serve_pages(partner, town, 4)
    served = partner._served[f"{TOWN_OUTBOX}/2"]
    partner.serve(f"{TOWN_OUTBOX}/2", stall)

    async with alpha.running():
        await until(lambda: _was_asked(partner, "/2"))
    partner.serve(f"{TOWN_OUTBOX}/2", served)
    clock.advance(minutes=5)
    async with alpha.running():
        await town.alice.awaited_thread("Town", words[0])
        await alpha.at_rest()
        heard = [activity["object"]["object"]["name"] for activity in await _announcements(alpha)]

    assert pages_asked(partner) == ["", "/1", "/2", "/2", "/3"]
    assert heard == words[::-1]


async def _was_asked(partner: FakePeer, path: str) -> bool:
    return path in pages_asked(partner)


async def _announcements(home: Instance) -> list[Any]:
    return [activity for activity in await home.heard() if activity["type"] == "Announce"]


@ON_SQLITE
@pytest.mark.parametrize(("pages", "pauses"), [(10, 0), (11, 1)])
async def test_ten_pages_are_read_at_a_time(
    alpha: Instance, partner: FakePeer, town: Scene, clock: HeldClock, pages: int, pauses: int
) -> None:
    """T087."""
    await away(alpha, clock)
    words = serve_pages(partner, town, pages)

    async with alpha.running():
        await until(lambda: _was_asked(partner, "/9"))
        for _ in range(pauses):
            await until(lambda: _waits(alpha))
            assert len(pages_asked(partner)) == 10
            clock.advance(minutes=1)
            alpha.services.runtime.events.wake("catching up")
        await town.alice.awaited_thread("Town", words[-1])

    assert len(pages_asked(partner)) == pages


async def _waits(home: Instance) -> bool:
    async with home.db.read() as tx:
        return await communities_read(tx) == 1


@ON_SQLITE
async def test_reading_ends_where_nothing_can_be_missing(
    alpha: Instance, partner: FakePeer, town: Scene, clock: HeldClock
) -> None:
    """What is older than the absence was delivered in its time."""
    await away(alpha, clock)
    words = serve_pages(partner, town, 3)
    assert town.group is not None
    old = announced(town.group, town.bob.create("old")) | {"published": "2020-01-01T00:00:00Z"}
    partner.serve(f"{TOWN_OUTBOX}/1", document(page(town.group, 1, [old], last=2)))

    async with alpha.running():
        await town.alice.awaited_thread("Town", words[0])

    assert pages_asked(partner) == ["", "/1"]


@ON_SQLITE
async def test_an_outbox_speaks_for_its_own_community_only(
    alpha: Instance, partner: FakePeer, town: Scene, clock: HeldClock
) -> None:
    """T039: what others announce there, and what lies on another origin, is passed over."""
    await away(alpha, clock)
    assert town.group is not None
    mallory = partner.actor("mallory", "Group")
    good = announced(town.group, town.bob.create("good"))
    others = announced(mallory, town.bob.create("others"))
    foreign = announced(town.group, town.bob.create("foreign")) | {"id": "http://alpha.test/activities/1"}
    bare = town.bob.create("bare")
    partner.serve(TOWN_OUTBOX, document(page(town.group, 0, [good, others, foreign, bare, "what"], last=0)))

    async with alpha.running():
        await town.alice.awaited_thread("Town", "good")
        await alpha.at_rest()

        assert [json.dumps(status) for status in await town.alice.threads("Town") if "good" not in str(status)] == []


@ON_SQLITE
async def test_a_short_absence_is_no_reason_to_read_anything(
    alpha: Instance, partner: FakePeer, town: Scene, clock: HeldClock
) -> None:
    async with alpha.running():
        await alpha.at_rest()
    clock.advance(days=13, hours=23)
    serve_pages(partner, town, 1)

    async with alpha.running():
        await alpha.at_rest()

    assert pages_asked(partner) == []


@ON_SQLITE
async def test_what_a_suspended_partner_could_not_send_is_read_when_it_is_resumed(
    alpha: Instance, partner: FakePeer, town: Scene
) -> None:
    words = serve_pages(partner, town, 1)

    async with alpha.running():
        await alpha.suspend("partner.test")
        await alpha.resume("partner.test")
        alpha.services.runtime.events.wake("catching up")

        await town.alice.awaited_thread("Town", words[0])
