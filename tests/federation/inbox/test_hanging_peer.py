"""A partner that takes requests and never answers them keeps only its own letters waiting (threats T199, T217)."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from federation.inbox.gathering import LANES_OF_A_PEER
from federation.processor import GATHERING_SECONDS
from models.actors import Actor
from models.inbox import InboxActivity, lane_of
from tests.federation.inbox.cast import INBOX, Cast
from tests.support.api import Document
from tests.support.fake_peer import FakeActor, FakePeer, document, stall
from tests.support.held_clock import HeldClock
from tests.support.waiting import until
from tests.support.writers import Writer, announced

HUNG = 2 * LANES_OF_A_PEER


@pytest.fixture
async def clubs(cast: Cast) -> list[FakeActor]:
    """Communities of the partner that hangs, each in a lane of its own; alice is a member of all."""
    found: dict[int, FakeActor] = {}
    for number in range(HUNG * 8):
        club = cast.partner.actor(f"club{number}", "Group")
        found.setdefault(lane_of(club.uri), club)
    clubs = list(found.values())[:HUNG]
    for club in clubs:
        await _join(cast, club)
    return clubs


async def test_letters_of_others_are_applied_while_a_partner_hangs(
    cast: Cast, clock: HeldClock, sub: FakePeer, clubs: list[FakeActor]
) -> None:
    """T217: others' letters are applied in the turn in which the time is over, those with a fetch of their own too."""
    orchard = _in_another_lane(sub, clubs)
    await _join(cast, orchard)
    hung = [await _told(club, _hanging(cast.partner, club.name)) for club in clubs]
    carol = Writer(sub.actor("carol"), orchard.uri)
    shown = carol.create("shown")["object"]
    sub.serve("/objects/carol-shown", document({"@context": "x", **shown}))
    heard = await _told(orchard, shown["id"])

    async def is_read() -> bool:
        # The author is looked up last.
        return bool(await cast.rows(Actor.id, uri=carol.actor.uri))

    await _turn_with_hanging(cast, clock, HUNG // 2, is_read)

    states = await cast.home.received()
    assert (states[heard], {states[uri] for uri in hung}) == ("processed", {"pending"})
    assert await cast.post(shown["id"]) is not None


async def test_only_what_had_a_whole_turn_has_failed_once_and_the_rest_has_the_next_one(
    cast: Cast, clock: HeldClock, clubs: list[FakeActor]
) -> None:
    """T199: who had no place until the time was over is no failure, and begins the next turn."""
    hung = [await _told(club, _hanging(cast.partner, club.name)) for club in clubs]
    await _turn_with_hanging(cast, clock, HUNG // 2)
    assert sorted(await _attempts(cast, hung)) == [0] * (HUNG // 2) + [1] * (HUNG // 2)

    await _turn_with_hanging(cast, clock, HUNG)

    assert await _attempts(cast, hung) == [1] * HUNG
    for club in clubs:
        post = Writer(cast.bob.actor, club.uri).create("late")["object"]
        cast.partner.serve(f"/objects/{club.name}", document({"@context": "x", **post, "id": _hanging_uri(club)}))
    clock.advance(minutes=5)
    await cast.home.apply()
    states = await cast.home.received()
    assert {states[uri] for uri in hung} == {"processed"}


async def _join(cast: Cast, club: FakeActor) -> None:
    await cast.alice.ask_to_join(f"@{club.name}@{club.peer.host}")
    wish = {"type": "Follow", "actor": "http://alpha.test/users/alice", "object": club.uri}
    assert await cast.say(club, club.activity("Accept", object=wish)) == "processed"


def _in_another_lane(peer: FakePeer, clubs: list[FakeActor]) -> FakeActor:
    taken = {lane_of(club.uri) for club in clubs}
    names = (f"orchard{number}" for number in range(len(clubs) + 1))
    return next(one for one in (peer.actor(name, "Group") for name in names) if lane_of(one.uri) not in taken)


def _hanging_uri(club: FakeActor) -> str:
    return club.peer.url(f"/objects/{club.name}")


def _hanging(peer: FakePeer, name: str) -> str:
    peer.serve(f"/objects/{name}", stall)
    return peer.url(f"/objects/{name}")


async def _told(group: FakeActor, uri: str) -> str:
    """The group announces an id; the id of its activity, which is kept and not applied."""
    activity: Document = announced(group, {}) | {"object": uri}
    assert (await group.post(INBOX, activity)).status == 202
    found: str = activity["id"]
    return found


async def _at_once() -> bool:
    return True


async def _turn_with_hanging(
    cast: Cast, clock: HeldClock, requests: int, others: Callable[[], Awaitable[bool]] = _at_once
) -> None:
    """One turn of the loop, whose time is over when the partner has had so many requests that it does not answer, and
    the `others` have got what they need.
    """
    turn = asyncio.ensure_future(cast.home.take_turn())

    async def are_asked() -> bool:
        hanging = [asked for asked in cast.partner.asked if asked.path.startswith("/objects/club")]
        assert not turn.done()
        return len(hanging) >= requests and await others()

    await until(are_asked)
    clock.advance(seconds=GATHERING_SECONDS)
    await turn


async def _attempts(cast: Cast, uris: list[str]) -> list[int]:
    rows = dict(await cast.rows(InboxActivity.activity_uri, InboxActivity.attempts))
    return [rows[uri] for uri in uris]
