"""Pinning threads and naming moderators by adding to collections (group federation 10.1, 10.2; threats T037)."""

import pytest

from models.moderation import Moderator
from tests.federation.inbox.cast import ALICE, HOME, ON_SQLITE, SITES, Cast
from tests.federation.inbox.handlers.bench import (
    TOWN_FEATURED,
    TOWN_MODERATORS,
    about,
    list_moderators,
    moderated_town,
    pins,
    posted,
    relayed,
    with_role,
)
from tests.support.fake_peer import document

pytestmark = ON_SQLITE

FEATURED, MODERATORS = f"{SITES}/featured", f"{SITES}/moderators"


async def test_a_host_pins_and_unpins_a_thread(cast: Cast) -> None:
    """Seen on top of the community's profile, and passed on to everybody."""
    thread, hans = await posted(cast, cast.bob, "thread"), await with_role(cast, cast.partner.actor("hans"), "host")
    sites = await cast.alice.find("@sites@alpha.test")
    assert sites is not None

    assert await cast.say(hans, about(hans, "Add", SITES, thread, target=FEATURED)) == "processed"
    shown = await cast.alice.get(f"/api/v1/accounts/{sites['id']}/statuses", pinned="true")
    assert [one["reblog"]["uri"] for one in shown] == [thread]
    assert await cast.say(hans, about(hans, "Remove", SITES, thread, target=FEATURED)) == "processed"
    assert await cast.alice.get(f"/api/v1/accounts/{sites['id']}/statuses", pinned="true") == []
    assert (len(await relayed(cast, "Add")), len(await relayed(cast, "Remove"))) == (1, 1)


async def test_pinned_threads_are_served_whole_by_whom_they_were_written_to(cast: Cast) -> None:
    """T236: of a thread that was written elsewhere only which it is. In the order in which they were pinned."""
    hans, theirs = await with_role(cast, cast.partner.actor("hans"), "host"), await posted(cast, cast.bob, "thread")
    ours = (await cast.alice.say("@sites Read this first"))["uri"]
    for uri in (theirs, ours):
        await cast.say(hans, about(hans, "Add", SITES, uri, target=FEATURED))
        cast.home.clock.advance(seconds=1)

    served = (await cast.bob.actor.get(FEATURED)).document

    assert (served["type"], served["totalItems"]) == ("OrderedCollection", 2)
    first, second = served["orderedItems"]
    assert [one["id"] for one in (first, second)] == [theirs, ours]
    assert (first["attributedTo"], "content" in first, second["name"]) == (cast.bob.actor.uri, False, "Read this first")


@pytest.mark.parametrize("kind", ["Add", "Remove"])
async def test_only_a_host_changes_what_is_pinned(cast: Cast, kind: str) -> None:
    """T037: mallory, a member, and who moderates town, direct and passed on by town."""
    thread, meg = await posted(cast, cast.bob, "thread"), cast.partner.actor("meg")
    hans = await with_role(cast, cast.partner.actor("hans"), "host")
    await cast.say(hans, about(hans, "Add", SITES, thread, target=FEATURED))
    other = await posted(cast, cast.bob, "other")
    await moderated_town(cast, meg)
    subject = other if kind == "Add" else thread

    for actor in (cast.mallory.actor, cast.bob.actor, meg):
        assert await cast.say(actor, about(actor, kind, SITES, subject, target=FEATURED)) == "rejected"
        await cast.announce(about(actor, kind, SITES, subject, target=FEATURED))
    assert await pins(cast) == [thread]


async def test_only_threads_of_a_community_are_pinned_in_it(cast: Cast) -> None:
    """T040: neither a post of another community, nor into the collection of nobody; three at most (product J8)."""
    hans, carol = await with_role(cast, cast.partner.actor("hans"), "host"), cast.in_town("carol")
    elsewhere = await posted(cast, carol, "elsewhere")
    threads = [await posted(cast, cast.bob, f"thread{number}") for number in range(4)]

    assert await cast.say(hans, about(hans, "Add", SITES, elsewhere, target=FEATURED)) == "rejected"
    assert await cast.say(hans, about(hans, "Add", SITES, threads[0], target=f"{HOME}/featured")) == "processed"
    assert await pins(cast) == []
    states = [await cast.say(hans, about(hans, "Add", SITES, uri, target=FEATURED)) for uri in threads]
    assert states == ["processed", "processed", "processed", "rejected"]
    assert sorted(await pins(cast)) == sorted(threads[:3])


async def test_a_partners_community_pins_its_own_threads(cast: Cast) -> None:
    carol, admin = cast.in_town("carol"), cast.partner.actor("admin")
    await moderated_town(cast)
    thread, ours = await posted(cast, carol, "thread"), await posted(cast, cast.bob, "ours")
    featured = cast.partner.url(TOWN_FEATURED)

    await cast.announce(about(admin, "Add", cast.town.uri, ours, target=featured))
    assert await pins(cast) == []
    await cast.announce(about(admin, "Add", cast.town.uri, thread, target=featured))
    assert await pins(cast) == [thread]
    await cast.announce(about(admin, "Remove", cast.town.uri, thread, target=featured))
    assert await pins(cast) == []


async def test_a_host_names_moderators_among_the_members(cast: Cast) -> None:
    """T037, T178: who is no member does not get in by this, and moderators name nobody."""
    hans = await with_role(cast, cast.partner.actor("hans"), "host")
    meg = await with_role(cast, cast.partner.actor("meg"), "moderator")
    bob, mallory = cast.bob.actor, cast.mallory.actor

    assert await cast.say(meg, about(meg, "Add", SITES, bob.uri, target=MODERATORS)) == "rejected"
    assert await cast.say(hans, about(hans, "Add", SITES, mallory.uri, target=MODERATORS)) == "rejected"
    assert await cast.follow(mallory.uri, SITES) is None
    assert await cast.say(hans, about(hans, "Add", SITES, bob.uri, target=MODERATORS)) == "processed"
    named = (await bob.get(MODERATORS)).document["orderedItems"]
    assert (named[:2], set(named[2:])) == ([ALICE, hans.uri], {meg.uri, bob.uri})
    assert await cast.say(hans, about(hans, "Remove", SITES, bob.uri, target=MODERATORS)) == "processed"
    assert (await bob.get(MODERATORS)).document["totalItems"] == 3


async def test_the_last_host_stays(cast: Cast) -> None:
    hans = await with_role(cast, cast.partner.actor("hans"), "host")

    assert await cast.say(hans, about(hans, "Remove", SITES, ALICE, target=MODERATORS)) == "processed"
    assert await cast.say(hans, about(hans, "Remove", SITES, hans.uri, target=MODERATORS)) == "rejected"


async def listed(cast: Cast) -> set[str]:
    return {row[0] for row in await cast.rows(Moderator.actor_uri)}


async def test_who_moderates_a_partners_community_its_own_server_says(cast: Cast) -> None:
    """Group federation 20.6: an Add is a reason to read the list again, whole; what it says itself counts nothing."""
    meg, tom, admin = (cast.partner.actor(name) for name in ("meg", "tom", "admin"))
    target = cast.partner.url(TOWN_MODERATORS)
    await moderated_town(cast, meg)
    assert await listed(cast) == {meg.uri}
    list_moderators(cast, tom)

    await cast.say(admin, about(admin, "Add", cast.town.uri, admin.uri, target=target))
    assert await listed(cast) == {meg.uri}
    await cast.announce(about(admin, "Add", cast.town.uri, admin.uri, target=target))
    assert await listed(cast) == {tom.uri}


async def test_a_list_that_cannot_be_read_leaves_the_moderators_as_they_were(cast: Cast) -> None:
    """Neither by an error, nor by a list of which a part is missing."""
    meg, admin = cast.partner.actor("meg"), cast.partner.actor("admin")
    target = cast.partner.url(TOWN_MODERATORS)
    await moderated_town(cast, meg)
    partial = {"@context": "x", "id": target, "type": "OrderedCollection", "totalItems": 2, "orderedItems": [admin.uri]}
    for answer in (document({}, status=503), document(partial)):
        cast.partner.serve(TOWN_MODERATORS, answer)
        await cast.announce(about(admin, "Remove", cast.town.uri, meg.uri, target=target))
        assert await listed(cast) == {meg.uri}
