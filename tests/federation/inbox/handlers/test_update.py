"""What a moderator may change of others' posts, and what a community says of itself (group federation 8 step 5)."""

import asyncio
from dataclasses import replace

import pytest
from aiohttp import web

from federation.runtime import Budget
from models.actors import Actor
from models.posts import Post
from tests.federation.inbox.cast import HOME, ON_SQLITE, SITES, Cast
from tests.federation.inbox.handlers.bench import about, posted, relayed, with_role
from tests.support.fake_peer import FakePeer, document

pytestmark = ON_SQLITE


async def test_a_moderator_marks_a_post_as_sensitive_and_changes_nothing_else(cast: Cast) -> None:
    """T031: nobody else does even that."""
    thread, meg = await posted(cast, cast.bob, "thread"), cast.partner.actor("meg")
    changed = cast.bob.create("thread")["object"] | {"sensitive": True, "content": "<p>forged</p>"}

    assert await cast.say(meg, about(meg, "Update", SITES, changed)) == "rejected"
    await with_role(cast, meg, "moderator")
    assert await cast.say(meg, about(meg, "Update", SITES, changed)) == "processed"
    ((text, is_sensitive),) = await cast.rows(Post.content_html, Post.is_sensitive, uri=thread)
    assert ("forged" in text, is_sensitive) == (False, True)
    assert len(await relayed(cast, "Update")) == 1


async def test_a_partners_moderator_marks_posts_of_that_community_alone(cast: Cast) -> None:
    """T040"""
    carol, admin = cast.in_town("carol"), cast.partner.actor("admin")
    await posted(cast, carol, "thread")
    await posted(cast, cast.bob, "ours")
    for writer in (carol, cast.bob):
        word = "thread" if writer is carol else "ours"
        changed = writer.create(word)["object"] | {"sensitive": True}
        await cast.announce(about(admin, "Update", cast.town.uri, changed))

    marked = dict(await cast.rows(Post.uri, Post.is_sensitive, shared_post_id=None))
    assert (marked[carol.post_uri("thread")], marked[cast.bob.post_uri("ours")]) == (True, False)


@pytest.mark.parametrize("via", ["itself", "announced"])
async def test_what_a_community_is_like_now_is_read_at_its_own_server(cast: Cast, via: str) -> None:
    """What a moderator's copy says counts for nothing."""
    admin = cast.partner.actor("admin")
    forged = cast.town.document | {"name": "Forged"}
    cast.partner.serve("/users/town", document(cast.town.document | {"name": "Town hall"}))

    if via == "itself":
        said = cast.say(cast.town, cast.town.activity("Update", object=cast.town.document | {"name": "Town hall"}))
    else:
        said = cast.announce(about(admin, "Update", cast.town.uri, forged))
    assert await said == "processed"
    town = await cast.alice.find("@town@partner.test")
    assert town is not None
    assert town["display_name"] == "Town hall"


@pytest.mark.parametrize(
    ("late", "name"), [("2026-01-30T12:00:00Z", "New"), ("2026-01-31T11:00:00Z", "Late"), (None, "Late")]
)
async def test_a_profile_that_comes_late_does_not_take_the_place_of_a_newer_one(
    cast: Cast, late: str | None, name: str
) -> None:
    """Group federation 15: the order of arrival is not that of writing. Without a date the last counts."""
    new = cast.bob.actor.document | {"name": "New", "updated": "2026-01-31T10:00:00Z"}
    assert await cast.say(cast.bob.actor, cast.bob.actor.activity("Update", object=new)) == "processed"

    old = new | {"name": "Late", "updated": late}
    assert await cast.say(cast.bob.actor, cast.bob.actor.activity("Update", object=old)) == "processed"

    assert await cast.rows(Actor.display_name, uri=cast.bob.actor.uri) == [(name,)]


async def test_a_date_in_the_future_keeps_nothing_out(cast: Cast) -> None:
    for name, updated in (("Ahead", "2099-01-01T00:00:00Z"), ("Now", "2026-01-31T12:00:00Z")):
        changed = cast.bob.actor.document | {"name": name, "updated": updated}
        assert await cast.say(cast.bob.actor, cast.bob.actor.activity("Update", object=changed)) == "processed"

    assert await cast.rows(Actor.display_name, uri=cast.bob.actor.uri) == [("Now",)]


async def test_what_was_read_before_a_change_is_not_kept_after_it(cast: Cast, partner: FakePeer) -> None:
    """Two look at the same actor at once: whoever asks later has what is served then."""
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slowly(request: web.BaseRequest) -> web.StreamResponse:
        partner.serve("/users/bob", document(cast.bob.actor.document | {"name": "New"}))
        asked.set()
        await answer.wait()
        return await document(cast.bob.actor.document | {"name": "Old"})(request)

    directory = cast.home.services.directory
    partner.serve("/users/bob", slowly)
    first = asyncio.ensure_future(directory.fetch(cast.bob.actor.uri, Budget()))
    await asked.wait()
    second = asyncio.ensure_future(directory.fetch(cast.bob.actor.uri, Budget()))
    answer.set()
    await asyncio.gather(first, second)

    assert await cast.rows(Actor.display_name, uri=cast.bob.actor.uri) == [("New",)]


@pytest.mark.parametrize(("spoken", "default"), [(["fr"], "fr"), (["fr", "de"], None)])
async def test_posts_to_a_partners_community_speak_its_language_where_it_has_one(
    cast: Cast, spoken: list[str], default: str | None
) -> None:
    """Group federation 1.1: as Lemmy says it. Where several are spoken, nobody can tell which a post is in."""
    named = [{"identifier": code, "name": code} for code in spoken]
    town = replace(cast.town, changes={"language": named})
    town.publish()

    await cast.say(town, town.activity("Update", object=town.document))

    assert (await cast.alice.say("@town@partner.test Qui sait ?"))["language"] == default


async def test_nobody_elsewhere_says_what_our_community_is_like(cast: Cast) -> None:
    """T031"""
    hans = await with_role(cast, cast.partner.actor("hans"), "host")
    forged = {"id": SITES, "type": "Group", "name": "Forged", "preferredUsername": "sites", "inbox": f"{HOME}/x"}

    assert await cast.say(hans, about(hans, "Update", SITES, forged)) == "rejected"
    sites = await cast.alice.find("@sites@alpha.test")
    assert sites is not None
    assert sites["display_name"] == "Sites"
