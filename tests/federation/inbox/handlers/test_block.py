"""Bans from communities, and people who do not want to meet each other (group federation 10.3)."""

from datetime import timedelta

import pytest

from models.moderation import Ban, PersonalBlock
from tests.federation.inbox.cast import ALICE, HOME, ON_SQLITE, SITES, Cast
from tests.federation.inbox.handlers.bench import about, bans, moderated_town, posted, relayed, undone, with_role
from tests.support.fake_peer import FakePeer

pytestmark = ON_SQLITE


def later(cast: Cast, **duration: float) -> str:
    return (cast.home.clock.now() + timedelta(**duration)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_who_is_banned_takes_no_part_until_the_ban_is_lifted(cast: Cast) -> None:
    """Posts, replies and likes are refused; the membership stays, so that they hear of the end."""
    bob, hans = cast.bob, await with_role(cast, cast.partner.actor("hans"), "host")
    thread = await posted(cast, bob, "thread")
    ban = about(hans, "Block", SITES, bob.actor.uri, target=SITES, summary="Spam", removeData=False)

    assert await cast.say(hans, ban) == "processed"
    assert await cast.say(bob.actor, bob.create("post")) == "rejected"
    assert await cast.say(bob.actor, bob.create("reply", answering=thread)) == "rejected"
    await cast.say(bob.actor, bob.like(thread))
    assert (await cast.alice.threads("Sites"))[0]["favourites_count"] == 0
    assert await cast.follow(bob.actor.uri, SITES) is True
    assert await cast.post(thread) is not None
    assert [one["id"] for one in await relayed(cast, "Block")] == [ban["id"]]

    assert await cast.say(hans, undone(hans, SITES, ban)) == "processed"
    assert await cast.say(bob.actor, bob.create("again")) == "processed"


@pytest.mark.parametrize("member", ["endTime", "expires"])
async def test_a_ban_ends_by_the_clock(cast: Cast, member: str) -> None:
    """Lemmy says endTime, Mbin expires; nobody says that it is over."""
    bob, meg = cast.bob, await with_role(cast, cast.partner.actor("meg"), "moderator")
    ban = about(meg, "Block", SITES, bob.actor.uri, target=SITES, **{member: later(cast, days=29)})

    assert await cast.say(meg, ban) == "processed"
    assert await cast.say(bob.actor, bob.create("during")) == "rejected"
    cast.home.clock.advance(days=29)
    assert await cast.say(bob.actor, bob.create("after")) == "processed"


async def test_a_ban_can_hide_what_the_person_wrote_and_bring_it_back(cast: Cast) -> None:
    bob, hans = cast.bob, await with_role(cast, cast.partner.actor("hans"), "host")
    thread = await posted(cast, bob, "thread")
    ban = about(hans, "Block", SITES, bob.actor.uri, target=SITES, removeData=True)

    await cast.say(hans, ban)
    assert await cast.post(thread) is None
    assert await cast.alice.threads("Sites") == []
    await cast.say(hans, undone(hans, SITES, ban, restoreData=True))
    assert "as first written" in (await cast.post(thread))[0]
    assert len(await cast.alice.threads("Sites")) == 1


@pytest.mark.parametrize("who", ["member", "stranger", "moderator-of-town", "moderator-for-good"])
async def test_who_may_not_ban_bans_nobody(cast: Cast, who: str) -> None:
    """T038: members, strangers, and whoever moderates somewhere else; moderators for a month at most."""
    meg = cast.partner.actor("meg")
    if who in ("member", "moderator-for-good"):
        await with_role(cast, meg, "member" if who == "member" else "moderator")
    if who == "moderator-of-town":
        await moderated_town(cast, meg)
    block = about(meg, "Block", SITES, cast.bob.actor.uri, target=SITES)

    assert await cast.say(meg, block) == "rejected"
    await cast.announce(block)
    assert await bans(cast) == []


async def test_nobody_is_banned_from_a_whole_server_by_another(cast: Cast) -> None:
    """T038: the partner's administrator bans alice from home, and from the partner's own server, which is no matter
    of ours.
    """
    admin = cast.partner.actor("admin")
    here = about(admin, "Block", SITES, ALICE, target=f"{HOME}/actor")
    there = about(admin, "Block", SITES, ALICE, target=cast.partner.url("/actor"))

    assert await cast.say(admin, here) == "rejected"
    assert await cast.say(admin, there) == "processed"
    assert await bans(cast) == []


async def test_a_host_is_not_banned(cast: Cast) -> None:
    hans = await with_role(cast, cast.partner.actor("hans"), "host")

    assert await cast.say(hans, about(hans, "Block", SITES, ALICE, target=SITES)) == "rejected"
    assert await bans(cast) == []


async def test_a_partners_community_bans_one_of_ours(cast: Cast, sub: FakePeer) -> None:
    """She reads why her post is refused here already; a ban by anybody else changes nothing."""
    admin, rival = cast.partner.actor("admin"), sub.actor("rival")
    await cast.announce(about(rival, "Block", cast.town.uri, ALICE, target=cast.town.uri))
    assert await bans(cast) == []
    ban = about(admin, "Block", cast.town.uri, ALICE, target=cast.town.uri, endTime=later(cast, days=1))

    await cast.announce(ban)
    refused = await cast.alice.call("POST", "/api/v1/statuses", json={"status": "@town@partner.test Hello"})
    assert (refused.status, "banned" in refused.document["error"]) == (403, True)
    await cast.announce(undone(admin, cast.town.uri, ban))
    assert (await cast.alice.say("@town@partner.test Hello"))["id"]


async def test_who_is_banned_hears_of_it_once(cast: Cast) -> None:
    """T205: the moderator's server says it to hers, and the community to all; a new ban is told anew."""
    meg = cast.partner.actor("meg")
    await moderated_town(cast, meg)
    ban, longer = (
        about(meg, "Block", cast.town.uri, ALICE, target=cast.town.uri, endTime=later(cast, days=days))
        for days in (1, 2)
    )

    await cast.say(meg, ban)
    await cast.announce(ban)
    once = await cast.alice.notified_of("mention")
    await cast.announce(longer)

    assert ["not take part" in one["status"]["content"] for one in once] == [True]
    assert len(await cast.alice.notified_of("mention")) == 2


async def test_a_ban_that_was_undone_before_it_came_has_no_effect(cast: Cast) -> None:
    """T205, and by the id alone."""
    hans = await with_role(cast, cast.partner.actor("hans"), "host")
    first, second = (about(hans, "Block", SITES, cast.bob.actor.uri, target=SITES) for _ in range(2))

    await cast.say(hans, undone(hans, SITES, first))
    await cast.say(hans, first)
    assert await bans(cast) == []
    await cast.say(hans, second)
    await cast.say(hans, undone(hans, SITES, second) | {"object": second["id"]})
    assert await bans(cast) == []


async def test_who_is_banned_is_not_let_in_again(cast: Cast) -> None:
    hans, carol = await with_role(cast, cast.partner.actor("hans"), "host"), cast.partner.actor("carol")
    await cast.say(hans, about(hans, "Block", SITES, carol.uri, target=SITES))

    await cast.say(carol, carol.activity("Follow", object=SITES))

    assert await cast.follow(carol.uri, SITES) is None
    assert [one["object"]["actor"] for one in await cast.home.composed("Reject")] == [carol.uri]


async def test_a_personal_block_parts_two_people(cast: Cast) -> None:
    """Follows end both ways; it is nobody else's business, and only its sender takes it back (T033)."""
    carol = cast.partner.actor("carol")
    await cast.alice.ask_to_join("@carol@partner.test")
    wish = {"type": "Follow", "actor": ALICE, "object": carol.uri}
    await cast.say(carol, carol.activity("Accept", object=wish))
    await cast.say(carol, carol.activity("Follow", object=ALICE))
    block = carol.activity("Block", object=ALICE)

    assert await cast.say(carol, block) == "processed"
    assert await cast.follow(ALICE, carol.uri) is None
    assert await cast.follow(carol.uri, ALICE) is None
    account = await cast.alice.find("@carol@partner.test")
    assert account is not None
    assert (await cast.alice.relationship(account))["blocked_by"] is True
    assert await cast.rows(Ban.actor_uri) == []
    assert await relayed(cast, "Block") == []
    mallory = cast.mallory.actor
    assert await cast.say(mallory, mallory.activity("Undo", object=block)) == "rejected"
    assert len(await cast.rows(PersonalBlock.actor_id)) == 1
    assert await cast.say(carol, carol.activity("Undo", object=block)) == "processed"
    assert await cast.rows(PersonalBlock.actor_id) == []
