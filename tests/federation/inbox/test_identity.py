"""Whose something is, and what it may not become: ids, addresses and kinds of what is served (threats section 4)."""

from collections.abc import Awaitable, Callable

import pytest

from models.actors import Actor
from models.posts import Post
from tests.federation.inbox.cast import HOME, INBOX, ON_SQLITE, SITES, Cast
from tests.support.api import Document
from tests.support.fake_peer import FakeActor, FakePeer, document
from tests.support.writers import Writer

pytestmark = ON_SQLITE

IDENTITY = (Actor.type, Actor.username, Actor.inbox_url, Actor.shared_inbox_url, Actor.outbox_url, Actor.followers_url)


async def test_what_is_served_elsewhere_than_its_id_says_is_not_taken(cast: Cast, sub: FakePeer) -> None:
    """T025: alice searches for addresses at partner.test where somebody, and a post, of sub.test are served."""
    sue = Writer(sub.actor("sue"), SITES)
    note: Document = sue.create("post")["object"]
    cast.partner.serve("/moved/sue", document(sue.actor.document))
    cast.partner.serve("/moved/post", document({"@context": "x", **note}))

    for path in ("/moved/sue", "/moved/post"):
        query = {"q": cast.partner.url(path), "resolve": "true"}
        found = (await cast.alice.call("GET", "/api/v2/search", query=query)).document
        assert (found["accounts"], found["statuses"]) == ([], [])

    assert len(cast.partner.asked_for("/moved/sue")) == 1
    assert sub.asked == []
    assert await cast.rows(Actor.uri, host="sub.test") == []


@pytest.mark.parametrize(
    ("content_type", "is_found"),
    [
        ("application/activity+json", True),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', True),
        ("application/ld+json", False),
        ("application/json", False),
        ("text/plain", False),
        ("text/html", False),
        ("image/png", False),
        ("", False),
    ],
)
async def test_what_alice_searches_for_is_an_actor_only_if_it_is_served_as_one(
    cast: Cast, content_type: str, is_found: bool
) -> None:
    """T027: the same bytes under each type, as a file that somebody uploaded would be."""
    dora = cast.partner.actor("dora")
    cast.partner.serve("/users/dora", document(dora.document, content_type=content_type))

    query = {"q": dora.uri, "resolve": "true"}
    found = (await cast.alice.call("GET", "/api/v2/search", query=query)).document

    assert [one["acct"] for one in found["accounts"]] == (["dora@partner.test"] if is_found else [])
    assert (await cast.rows(Actor.uri, uri=dora.uri) != []) is is_found


@pytest.mark.parametrize("host", ["stranger.test", "sub.test", "alpha.test"])
async def test_a_post_leads_to_no_page_of_another_host(cast: Cast, host: str) -> None:
    """T026: its id is its author's, and what it calls its page is somewhere else; beside one that is at home."""
    for word, url in (("odd", f"http://{host}/sign-in"), ("usual", cast.partner.url("/@bob/1"))):
        create = cast.bob.create(word)
        create["object"]["url"] = url
        assert await cast.say(cast.bob.actor, create) == "processed"

    odd = await cast.alice.awaited_thread("Sites", "odd")
    usual = await cast.alice.awaited_thread("Sites", "usual")

    assert (odd["url"], usual["url"]) == (odd["uri"], cast.partner.url("/@bob/1"))


async def test_nobody_deletes_a_post_of_another_server(cast: Cast, sub: FakePeer) -> None:
    """T032"""
    sue = Writer(sub.actor("sue"), SITES)
    await cast.say(sue.actor, sue.follow())
    assert await cast.say(sue.actor, sue.create("post")) == "processed"
    mallory = cast.mallory.actor

    assert await cast.say(mallory, mallory.activity("Delete", object=sue.post_uri("post"))) == "rejected"

    assert await cast.rows(Post.deleted_at, uri=sue.post_uri("post")) == [(None,)]
    assert await cast.say(sue.actor, sue.delete("post")) == "processed"
    assert await cast.post(sue.post_uri("post")) is None


async def by_update(cast: Cast, actor: FakeActor) -> None:
    """It says so itself."""
    await cast.say(actor, actor.activity("Update", object=actor.document))


async def by_fetch(cast: Cast, actor: FakeActor) -> None:
    """Its document says so when it is read again."""
    cast.home.clock.advance(hours=25)
    await actor.post(INBOX, actor.note())


Told = Callable[[Cast, FakeActor], Awaitable[None]]

WAYS = pytest.mark.parametrize("told", [by_update, by_fetch])


@WAYS
@pytest.mark.parametrize(
    "changes",
    [
        {"type": "Group"},
        {"type": "Application"},
        {"inbox": "http://sub.test/users/carol/inbox"},
        {"outbox": "http://sub.test/users/carol/outbox"},
        {"followers": "http://sub.test/users/carol/followers"},
        {"endpoints": {"sharedInbox": "http://sub.test/inbox"}},
        {"endpoints": {"sharedInbox": f"{HOME}/inbox"}},
    ],
)
async def test_an_actor_becomes_nothing_else_and_moves_to_no_other_host(
    cast: Cast, changes: Document, told: Told
) -> None:
    """T044: the row stays as it is, its name too."""
    carol = await known(cast)
    before = await cast.rows(*IDENTITY, Actor.display_name, uri=carol.uri)
    carol.changes = changes | {"name": "Changed"}
    carol.publish()

    await told(cast, carol)

    assert await cast.rows(*IDENTITY, Actor.display_name, uri=carol.uri) == before


@WAYS
async def test_an_actor_is_called_something_else_and_keeps_its_handle(cast: Cast, told: Told) -> None:
    """T044, the permission: until WebFinger has confirmed another one."""
    carol = await known(cast)
    before = await cast.rows(*IDENTITY, uri=carol.uri)
    carol.changes = {"name": "Changed", "preferredUsername": "boss"}
    carol.publish()

    await told(cast, carol)

    assert await cast.rows(*IDENTITY, uri=carol.uri) == before
    assert await cast.rows(Actor.display_name, uri=carol.uri) == [("Changed",)]


async def known(cast: Cast) -> FakeActor:
    """Somebody who has been here."""
    carol = cast.partner.actor("carol")
    assert await cast.say(carol, carol.activity("Follow", object=SITES)) == "processed"
    return carol
