"""Follow: every wish to join gets its answer, in the form that each software understands (group federation 5.1)."""

from typing import Any

import pytest

from tests.federation.inbox.cast import ALICE, HOME, ON_SQLITE, SITES, Cast
from tests.support.api import Document
from tests.support.fake_peer import FakeActor

pytestmark = ON_SQLITE


async def answers(cast: Cast, actor: FakeActor) -> list[Document]:
    """What our communities answered to somebody, in order."""
    sent = [*await cast.home.composed("Accept"), *await cast.home.composed("Reject")]
    return [one for one in sent if one["object"]["actor"] == actor.uri]


def wish(actor: FakeActor, target: str = SITES, /, **members: Any) -> Document:
    """As bare as Mastodon sends it: without `to`."""
    bare = {name: value for name, value in actor.activity("Follow", object=target).items() if name not in ("to", "cc")}
    return bare | members


@pytest.mark.parametrize(
    ("kind", "members"),
    [("Person", {}), ("Group", {}), ("Person", {"to": None}), ("Person", {"to": [SITES]}), ("Service", {})],
)
async def test_the_answer_embeds_the_wish_and_is_the_communitys(cast: Cast, kind: str, members: dict[str, Any]) -> None:
    """Lemmy, PieFed and Mbin look for who asked in the embedded Follow; a community may follow an open one."""
    carl = cast.partner.actor("carl", kind)
    asked = wish(carl, **members)

    assert await cast.say(carl, asked) == "processed"

    (answer,) = await answers(cast, carl)
    assert (answer["type"], answer["actor"], answer["to"]) == ("Accept", SITES, [carl.uri])
    assert answer["object"] == {"id": asked["id"], "type": "Follow", "actor": carl.uri, "object": SITES}
    assert await cast.follow(carl.uri, SITES) is True


async def test_a_wish_whose_actor_comes_whole_is_that_actors(cast: Cast) -> None:
    """Hubzilla embeds it; what it says of itself there counts for nothing."""
    carl = cast.partner.actor("carl")
    asked = wish(carl) | {"actor": carl.document | {"name": "Forged"}}

    assert await cast.say(carl, asked) == "processed"

    assert await cast.follow(carl.uri, SITES) is True


async def test_who_asks_again_is_answered_again_by_the_new_id(cast: Cast) -> None:
    carl = cast.partner.actor("carl")
    first, second = wish(carl), wish(carl)
    for asked in (first, second):
        await cast.say(carl, asked)

    found = await answers(cast, carl)
    assert [one["object"]["id"] for one in found] == [first["id"], second["id"]]
    assert len({one["id"] for one in found}) == 2


@pytest.mark.parametrize(("scope", "answered"), [("all", ["Accept"]), ("selected", []), ("none", [])])
async def test_nobody_hears_of_what_is_not_shared_with_their_firm(cast: Cast, scope: str, answered: list[str]) -> None:
    """T148: an answer, and be it no, would say that there is such a community."""
    await cast.home.community("plans", host=cast.alice, scope=scope)
    plans, carl = f"{HOME}/communities/plans", cast.partner.actor("carl")

    assert await cast.say(carl, wish(carl, plans)) == "processed"

    assert [one["type"] for one in await answers(cast, carl)] == answered


async def test_whom_somebody_here_blocks_does_not_follow_them_again(cast: Cast) -> None:
    """T168, group federation 5.1: the answer is no, each time, until the block is taken back."""
    carl = cast.partner.actor("carl")
    await cast.say(carl, wish(carl, ALICE))
    account = await cast.alice.find("@carl@partner.test") or {}
    await cast.alice.post(f"/api/v1/accounts/{account['id']}/block")
    assert await cast.follow(carl.uri, ALICE) is None

    for _ in range(2):
        assert await cast.say(carl, wish(carl, ALICE)) == "processed"
        assert await cast.follow(carl.uri, ALICE) is None
    assert [one["type"] for one in await answers(cast, carl)] == ["Accept", "Reject", "Reject"]

    await cast.alice.post(f"/api/v1/accounts/{account['id']}/unblock")
    await cast.say(carl, wish(carl, ALICE))
    assert await cast.follow(carl.uri, ALICE) is True


# --- leaving (5.3) ---


@pytest.mark.parametrize(
    ("form", "is_left"),
    [
        ("embedded", True),
        ("embedded by another id", True),
        ("its id", True),
        ("embedded without an id", True),
        ("another's wish", False),
        ("another community", False),
        ("an unknown id", False),
    ],
)
async def test_whoever_takes_their_wish_back_has_left(cast: Cast, form: str, *, is_left: bool) -> None:
    """Found by who and where: Lemmy makes up another id. What is unknown changes nothing, and is no error."""
    carl = cast.partner.actor("carl")
    asked = wish(carl)
    await cast.say(carl, asked)
    whole = {name: asked[name] for name in ("id", "type", "actor", "object")}
    taken_back: dict[str, Any] = {
        "embedded": whole,
        "embedded by another id": whole | {"id": cast.partner.url("/activities/other")},
        "its id": asked["id"],
        "embedded without an id": {name: value for name, value in whole.items() if name != "id"},
        "another's wish": whole | {"id": cast.partner.url("/activities/bobs"), "actor": cast.bob.actor.uri},
        "another community": whole | {"id": cast.partner.url("/activities/x"), "object": f"{HOME}/communities/none"},
        "an unknown id": cast.partner.url("/activities/unknown"),
    }

    said = await cast.say(carl, carl.activity("Undo", object=taken_back[form]))

    assert said == ("rejected" if form == "another's wish" else "processed")
    assert await cast.follow(carl.uri, SITES) is (None if is_left else True)
    assert await cast.follow(cast.bob.actor.uri, SITES) is True


async def test_a_wish_that_was_taken_back_is_off_the_list_of_who_was_asked(cast: Cast) -> None:
    """Nobody answers a request that is none any more; those of others stay."""
    await cast.alice.call("PATCH", "/api/v1/accounts/update_credentials", json={"locked": True})
    carl, dora = cast.partner.actor("carl"), cast.partner.actor("dora")
    asked = wish(carl, ALICE)
    await cast.say(carl, asked)
    await cast.say(dora, wish(dora, ALICE))
    before = await cast.alice.notified_of("follow_request")

    await cast.say(carl, carl.activity("Undo", object=asked))

    after = await cast.alice.notified_of("follow_request")
    assert {one["account"]["username"] for one in before} == {"carl", "dora"}
    assert [one["account"]["username"] for one in after] == ["dora"]


# --- what is answered to us (5.2) ---


@pytest.mark.parametrize("kind", ["Accept", "Reject"])
@pytest.mark.parametrize(
    ("form", "is_heard"),
    [
        ("its id", True),
        ("embedded", True),
        ("embedded with other ids", True),
        ("another's wish", False),
        ("another community's", False),
        ("an unknown id", False),
    ],
)
async def test_an_answer_is_known_in_each_form_and_only_to_what_was_asked(
    cast: Cast, kind: str, form: str, *, is_heard: bool
) -> None:
    """Guppe sends the id alone, WordPress four members, some an id of their own; Discourse everybody's answers."""
    club = cast.partner.actor("club", "Group")
    await cast.alice.ask_to_join("@club@partner.test")
    asked = (await cast.home.composed("Follow"))[-1]
    whole = {name: asked[name] for name in ("id", "type", "actor", "object")}
    answered: dict[str, Any] = {
        "its id": asked["id"],
        "embedded": whole,
        "embedded with other ids": whole | {"id": cast.partner.url("/activities/rewritten")},
        "another's wish": whole | {"id": f"{HOME}/activities/1", "actor": f"{HOME}/users/ada"},
        "another community's": whole | {"id": f"{HOME}/activities/1", "object": cast.town.uri},
        "an unknown id": f"{HOME}/activities/1",
    }

    assert await cast.say(club, club.activity(kind, object=answered[form])) == "processed"

    heard = {"Accept": True, "Reject": None}[kind]
    assert await cast.follow(asked["actor"], club.uri) is (heard if is_heard else False)
    assert await cast.follow(asked["actor"], cast.town.uri) is True
