"""Accept: a wish to join is granted, and whoever had to wait for it hears so (client API 11.3)."""

from tests.federation.inbox.cast import HOME, Cast
from tests.support.api import Document
from tests.support.fake_peer import FakeActor


async def told(cast: Cast) -> list[str]:
    """Whose word of a decision ada has."""
    found = await cast.ada.get("/api/v1/notifications", **{"types[]": "follow"})
    return [one["account"]["acct"] for one in found]


def granted(group: FakeActor) -> Document:
    wish = {"type": "Follow", "actor": f"{HOME}/users/ada", "object": group.uri}
    return group.activity("Accept", object=wish)


async def test_who_had_to_wait_hears_that_they_are_let_in_once(cast: Cast) -> None:
    club = cast.partner.actor("club", "Group", manuallyApprovesFollowers=True)
    await cast.ada.ask_to_join("@club@partner.test")
    assert await told(cast) == []

    await cast.say(club, granted(club))
    await cast.say(club, granted(club))

    assert await told(cast) == ["club@partner.test"]


async def test_who_joins_an_open_community_is_told_nothing(cast: Cast) -> None:
    open_one = cast.partner.actor("fair", "Group")
    await cast.ada.ask_to_join("@fair@partner.test")

    await cast.say(open_one, granted(open_one))

    assert await told(cast) == []


async def test_nobody_else_grants_it(cast: Cast) -> None:
    """T034"""
    club = cast.partner.actor("club", "Group", manuallyApprovesFollowers=True)
    await cast.ada.ask_to_join("@club@partner.test")

    await cast.say(cast.mallory.actor, granted(club) | {"actor": cast.mallory.actor.uri})

    assert await told(cast) == []
