"""Votes against: the last vote counts, and a community passes it on (group federation 8 step 5, 9)."""

from tests.federation.inbox.cast import ON_SQLITE, SITES, Cast
from tests.federation.inbox.handlers.bench import about, posted, relayed, undone, with_role

pytestmark = ON_SQLITE


async def likes(cast: Cast, title: str) -> int:
    return int((await cast.alice.threads(title))[0]["favourites_count"])


async def test_the_last_vote_of_a_member_counts(cast: Cast) -> None:
    thread, carol = await posted(cast, cast.bob, "thread"), await with_role(cast, cast.partner.actor("carol"), "member")
    await cast.say(carol, about(carol, "Like", SITES, thread))
    assert await likes(cast, "Sites") == 1
    against = about(carol, "Dislike", SITES, thread)

    await cast.say(carol, against)
    assert await likes(cast, "Sites") == 0
    await cast.say(carol, undone(carol, SITES, against))
    assert await likes(cast, "Sites") == 0
    await cast.say(carol, about(carol, "Like", SITES, thread))
    assert await likes(cast, "Sites") == 1
    assert (len(await relayed(cast, "Dislike")), len(await relayed(cast, "Undo"))) == (1, 1)


async def test_who_is_no_member_has_no_vote(cast: Cast) -> None:
    thread, mallory = await posted(cast, cast.bob, "thread"), cast.mallory.actor

    await cast.say(mallory, about(mallory, "Dislike", SITES, thread))

    assert await relayed(cast, "Dislike") == []


async def test_a_partners_community_passes_on_votes_about_its_own_posts(cast: Cast) -> None:
    """T040: not about ours; nobody takes back another's vote (T033)."""
    carol, dora = cast.in_town("carol"), cast.partner.actor("dora")
    await posted(cast, carol, "thread")
    ours, bob = await posted(cast, cast.bob, "ours"), cast.bob.actor
    await cast.say(bob, cast.bob.like(ours))
    await cast.announce(about(dora, "Like", cast.town.uri, carol.post_uri("thread")))

    await cast.announce(about(bob, "Dislike", SITES, ours))
    assert (await likes(cast, "Sites"), await likes(cast, "Town")) == (1, 1)
    await cast.announce(about(dora, "Dislike", cast.town.uri, carol.post_uri("thread")))
    assert await likes(cast, "Town") == 0
