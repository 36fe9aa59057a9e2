"""Threads that a partner's community hands to another one of the same server (product J8, group federation 12)."""

import pytest

from models.actors import Actor
from tests.federation.inbox.cast import ALICE, ON_SQLITE, Cast
from tests.support.fake_peer import FakeActor
from tests.support.writers import Writer

pytestmark = ON_SQLITE


async def joined(cast: Cast, group: FakeActor) -> FakeActor:
    """alice is a member there, too."""
    await cast.alice.ask_to_join(f"@{group.name}@{group.peer.host}")
    wish = {"type": "Follow", "actor": ALICE, "object": group.uri}
    await cast.say(group, group.activity("Accept", object=wish))
    return group


async def is_in(cast: Cast, uri: str) -> str:
    """The name of the community in which a post is."""
    _, _, community_id = await cast.post(uri)
    ((name,),) = await cast.rows(Actor.username, id=community_id)
    return str(name)


async def test_a_thread_is_where_its_community_says_and_a_second_time_changes_nothing(cast: Cast) -> None:
    village = await joined(cast, cast.partner.actor("village", "Group"))
    bob = cast.in_town("bob")
    said = bob.create("tea")
    await cast.announce(said)
    uri = said["object"]["id"]
    move = cast.town.activity("Move", object=uri, origin=cast.town.uri, target=village.uri)
    before = await is_in(cast, uri)

    states = [await cast.say(cast.town, move), await cast.say(cast.town, move | {"id": f"{move['id']}-2"})]

    assert (before, states, await is_in(cast, uri)) == ("town", ["processed", "processed"], "village")
    home = await cast.alice.get("/api/v1/timelines/home")
    assert [(one["account"]["username"], one["reblog"]["uri"]) for one in home] == [("village", uri)]


@pytest.mark.parametrize("fault", ["by-its-author", "of-another", "elsewhere", "more-open"])
async def test_nobody_else_moves_it_and_not_to_where_more_people_read(cast: Cast, fault: str) -> None:
    """T043, product section 3: our people's words are read by no more people because a partner says so."""
    village = cast.partner.actor("village", "Group")
    closed = cast.partner.actor("closed", "Group", manuallyApprovesFollowers=True)
    for group in (village, closed):
        await joined(cast, group)
    source, sender, origin, target = cast.town, cast.town, cast.town.uri, village.uri
    if fault == "more-open":
        source, sender, origin = closed, closed, closed.uri
    bob = Writer(cast.partner.actor("bob"), source.uri)
    said = bob.create("tea")
    await cast.announce(said, source)
    uri = said["object"]["id"]
    if fault == "by-its-author":
        sender = bob.actor
    if fault == "of-another":
        sender = village
    if fault == "elsewhere":
        target = (await joined(cast, cast.sub.actor("village", "Group"))).uri

    state = await cast.say(sender, sender.activity("Move", object=uri, origin=origin, target=target))

    assert state == "rejected"
    assert await is_in(cast, uri) == source.name


@pytest.mark.parametrize("fault", ["nobody-there", "of-a-third", "not-here"])
async def test_what_has_no_place_here_stays_until_it_is_called_back(cast: Cast, fault: str) -> None:
    village = cast.partner.actor("village", "Group")
    if fault != "nobody-there":
        await joined(cast, village)
    third = await joined(cast, cast.partner.actor("third", "Group"))
    said = cast.in_town("bob").create("tea")
    await cast.announce(said)
    uri = said["object"]["id"]
    sender = third if fault == "of-a-third" else cast.town
    moved = f"{uri}-2" if fault == "not-here" else uri

    state = await cast.say(sender, sender.activity("Move", object=moved, origin=sender.uri, target=village.uri))

    assert (state, await is_in(cast, uri)) == ("processed", "town")
