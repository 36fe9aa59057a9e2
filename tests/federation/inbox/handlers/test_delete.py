"""Removals by moderators, their undoing, and actors that are gone (group federation 9 and 12)."""

import pytest

from models.actors import Follow
from models.feeds import FeedEntry
from models.interactions import Like
from models.posts import Post
from tests.federation.inbox.cast import ALICE, ON_SQLITE, SITES, Cast, personal_note
from tests.federation.inbox.handlers.bench import about, moderated_town, posted, reasons, relayed, undone, with_role
from tests.support.writers import Writer

pytestmark = ON_SQLITE


async def test_a_moderator_takes_a_post_out_and_puts_it_back(cast: Cast) -> None:
    """The text is kept for the moderators, and comes back with its likes."""
    bob, meg = cast.bob, await with_role(cast, cast.partner.actor("meg"), "moderator")
    thread = await posted(cast, bob, "thread")
    await cast.alice.like((await cast.alice.threads("Sites"))[0])
    removal = about(meg, "Delete", SITES, thread, summary="<p>Not here</p>")

    assert await cast.say(meg, removal) == "processed"
    assert await cast.post(thread) is None
    assert await cast.alice.threads("Sites") == []
    assert await reasons(cast) == ["Not here"]
    ((kept,),) = await cast.rows(Post.content_html, uri=thread)
    assert "as first written" in kept
    assert [one["id"] for one in await relayed(cast, "Delete")] == [removal["id"]]

    assert await cast.say(bob.actor, undone(bob.actor, SITES, removal)) == "rejected"
    assert await cast.say(meg, undone(meg, SITES, removal)) == "processed"
    assert (await cast.alice.threads("Sites"))[0]["favourites_count"] == 1
    assert len(await relayed(cast, "Undo")) == 1


@pytest.mark.parametrize("members", [{}, {"summary": ""}, {"summary": "x"}], ids=["plain", "empty", "reason"])
async def test_nobody_else_takes_a_post_out(cast: Cast, members: dict[str, str]) -> None:
    """T032: of the same server, a member, a moderator of another community; its author deletes it all the same."""
    thread, carol = await posted(cast, cast.bob, "thread"), cast.partner.actor("carol")
    await with_role(cast, carol, "member")
    meg = cast.partner.actor("meg")
    await moderated_town(cast, meg)

    for actor in (cast.mallory.actor, carol, meg):
        assert await cast.say(actor, about(actor, "Delete", SITES, thread, **members)) == "rejected"
    await cast.announce(about(meg, "Delete", SITES, thread, **members))
    assert await cast.post(thread) is not None
    assert await cast.say(cast.bob.actor, cast.bob.delete("thread")) == "processed"
    assert await cast.rows(Post.content_html, uri=thread) == [("",)]


async def test_a_firm_takes_back_what_its_people_wrote_by_its_servers_own_actor(cast: Cast) -> None:
    """Product section 9; another firm's server does not."""
    thread = await posted(cast, cast.bob, "thread")
    server, rival = cast.partner.actor("server", "Application"), cast.sub.actor("server", "Application")
    removal = about(server, "Delete", SITES, thread, summary="Withdrawn")

    assert await cast.say(rival, about(rival, "Delete", SITES, thread, summary="x")) == "rejected"
    assert await cast.say(server, removal) == "processed"
    assert await cast.post(thread) is None
    assert await cast.say(server, undone(server, SITES, removal)) == "processed"
    assert await cast.post(thread) is not None


async def test_what_is_below_a_post_goes_and_comes_back_with_it(cast: Cast) -> None:
    """Lemmy's withReplies; a reply that was taken out by itself before stays out."""
    bob, meg = cast.bob, await with_role(cast, cast.partner.actor("meg"), "moderator")
    thread = await posted(cast, bob, "thread")
    replies = [await posted(cast, bob, word, answering=thread) for word in ("one", "two")]
    await cast.say(meg, about(meg, "Delete", SITES, replies[1], summary="first"))
    removal = about(meg, "Delete", SITES, thread, summary="all", withReplies=True)

    assert await cast.say(meg, removal) == "processed"
    assert [await cast.post(uri) for uri in (thread, *replies)] == [None, None, None]
    await cast.say(meg, undone(meg, SITES, removal))
    assert [await cast.post(uri) is not None for uri in (thread, *replies)] == [True, True, False]


async def test_what_its_author_deleted_is_not_put_back(cast: Cast) -> None:
    bob, meg = cast.bob, await with_role(cast, cast.partner.actor("meg"), "moderator")
    thread = await posted(cast, bob, "thread")
    removal = about(meg, "Delete", SITES, thread, summary="x")
    await cast.say(meg, removal)

    await cast.say(bob.actor, bob.delete("thread"))
    await cast.say(meg, undone(meg, SITES, removal))

    assert await cast.post(thread) is None
    assert await cast.rows(Post.content_html, uri=thread) == [("",)]


async def test_a_partners_moderators_take_out_what_is_in_their_community(cast: Cast) -> None:
    """T037, T040: a post of alice's too; not by whom town's list does not name, if it is of another server, nor by
    whom it names, unless town passes it on.
    """
    carol, admin, rival = cast.in_town("carol"), cast.partner.actor("admin"), cast.sub.actor("rival")
    thread, ours = await posted(cast, carol, "thread"), await posted(cast, cast.bob, "ours")
    removal = about(admin, "Delete", cast.town.uri, thread, summary="Off topic")

    await cast.announce(about(rival, "Delete", cast.town.uri, thread, summary="x"))
    await cast.announce(about(admin, "Delete", cast.town.uri, ours, summary="x"))
    assert [await cast.post(uri) is not None for uri in (thread, ours)] == [True, True]
    await cast.announce(removal)
    assert await cast.post(thread) is None
    await cast.announce(undone(admin, cast.town.uri, removal))
    assert await cast.post(thread) is not None
    await moderated_town(cast, rival)
    listed = about(rival, "Delete", cast.town.uri, thread, summary="x")
    assert await cast.say(rival, listed) == "rejected"
    assert await cast.post(thread) is not None
    await cast.announce(listed)
    assert await cast.post(thread) is None


async def test_of_somebody_who_is_gone_nothing_stays(cast: Cast) -> None:
    """T180: posts, likes, follows, entries in feeds; what they say later is refused."""
    bob, carol = cast.bob, cast.partner.actor("carol")
    await cast.alice.ask_to_join("@carol@partner.test")
    wish = {"type": "Follow", "actor": ALICE, "object": carol.uri}
    await cast.say(carol, carol.activity("Accept", object=wish))
    await cast.say(carol, personal_note(carol, "hello"))
    await cast.say(carol, Writer(carol, SITES).follow())
    await cast.say(carol, Writer(carol, SITES).like(await posted(cast, bob, "thread")))
    assert [status["account"]["acct"] for status in await cast.alice.home()].count("carol@partner.test") == 1

    assert await cast.say(carol, carol.activity("Delete", object=carol.uri)) == "processed"
    assert await cast.follow(ALICE, carol.uri) is None
    assert await cast.rows(Like.id) == []
    assert len(await cast.rows(FeedEntry.entry_id)) == 1
    assert len(await cast.alice.home()) == 1
    assert len(await cast.rows(Follow.id)) == 3
    assert await cast.say(carol, personal_note(carol, "late")) in ("401", "403", "410", "rejected", "not kept")
    assert await cast.post(carol.peer.url("/objects/carol-late")) is None


@pytest.mark.parametrize("how", ["itself", "announced"])
async def test_a_partners_community_is_deleted_with_what_was_written_in_it(cast: Cast, how: str) -> None:
    """Group federation 12: by the group, or by its server's people through it; not by a listed person elsewhere."""
    rival, admin = cast.sub.actor("rival"), cast.partner.actor("admin")
    await moderated_town(cast, rival)
    thread = await posted(cast, cast.in_town("carol"), "thread")
    await cast.announce(about(rival, "Delete", cast.town.uri, cast.town.uri))
    assert await cast.say(admin, about(admin, "Delete", cast.town.uri, cast.town.uri)) == "rejected"
    assert await cast.post(thread) is not None

    if how == "itself":
        await cast.say(cast.town, cast.town.activity("Delete", object=cast.town.uri))
    else:
        await cast.announce(about(admin, "Delete", cast.town.uri, cast.town.uri))
    assert await cast.post(thread) is None
    assert await cast.alice.threads("Town") == []
    assert "Town" not in [kept["title"] for kept in await cast.alice.get("/api/v1/lists")]
