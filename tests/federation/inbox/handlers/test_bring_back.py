"""An author takes a deletion back (group federation 9): in our communities, in partners', and who may not."""

from typing import Any

import pytest

from models.posts import Post
from tests.federation.inbox.cast import ON_SQLITE, SITES, Cast
from tests.federation.inbox.handlers.bench import about, moderated_town, posted, relayed, with_role
from tests.support.api import Document
from tests.support.fake_peer import document
from tests.support.writers import Writer

pytestmark = ON_SQLITE


def served(cast: Cast, note: Document, **changes: Any) -> None:
    """The post is there again at its own server."""
    path = note["id"].removeprefix(f"http://{cast.partner.host}")
    cast.partner.serve(path, document(note | changes))


async def deleted(cast: Cast, bob: Writer) -> tuple[Document, Document]:
    """A thread of bob's in `sites`, written and deleted: the post, and its Delete."""
    create = bob.create("thread")
    assert await cast.say(bob.actor, create) == "processed"
    removal = bob.delete("thread")
    assert await cast.say(bob.actor, removal) == "processed"
    assert await cast.alice.threads("Sites") == []
    return create["object"], removal


@pytest.mark.parametrize("form", ["embedded", "id"])
async def test_a_post_is_back_as_its_own_server_serves_it_now(cast: Cast, form: str) -> None:
    """In the list, in home, and passed on; what it said before was gone. Some send the Delete's id alone."""
    note, removal = await deleted(cast, cast.bob)
    served(cast, note, content="<p>thread: said anew</p>")
    undo = cast.bob.undo(removal)

    said = undo if form == "embedded" else undo | {"object": removal["id"]}
    assert await cast.say(cast.bob.actor, said) == "processed"

    (thread,) = await cast.alice.threads("Sites")
    assert "said anew" in thread["content"]
    assert [one["uri"] for one in await cast.alice.home()] == [note["id"]]
    assert len(await relayed(cast, "Undo")) == 1
    answer = cast.bob.create("answer", answering=note["id"])
    assert await cast.say(cast.bob.actor, answer) == "processed"
    assert await cast.say(cast.bob.actor, cast.bob.delete("thread")) == "processed"
    assert await cast.alice.threads("Sites") == []


@pytest.mark.parametrize("by", ["mallory", "carol"])
async def test_nobody_else_brings_it_back(cast: Cast, by: str) -> None:
    """T033: of the same server, a member; nor by quoting a Delete of their own."""
    note, removal = await deleted(cast, cast.bob)
    served(cast, note)
    other = Writer(cast.partner.actor(by), SITES)
    await with_role(cast, other.actor, "member")

    await cast.say(other.actor, other.undo(removal))
    await cast.say(other.actor, other.undo(removal | {"actor": other.actor.uri}))

    assert await cast.alice.threads("Sites") == []


@pytest.mark.parametrize(
    "changes",
    [{"attributedTo": "http://partner.test/users/mallory"}, {"id": "http://partner.test/objects/other"}, None],
    ids=["another's now", "another post", "still gone"],
)
async def test_what_its_server_does_not_show_stays_gone(cast: Cast, changes: Document | None) -> None:
    """T025, T031"""
    note, removal = await deleted(cast, cast.bob)
    if changes is not None:
        path = note["id"].removeprefix("http://partner.test")
        cast.partner.serve(path, document(note | changes))

    await cast.say(cast.bob.actor, cast.bob.undo(removal))

    assert await cast.alice.threads("Sites") == []
    assert await cast.rows(Post.content_html, uri=note["id"]) == [("",)]


async def test_who_left_brings_nothing_back(cast: Cast) -> None:
    """T050: a post of somebody who is no member any more."""
    note, removal = await deleted(cast, cast.bob)
    served(cast, note)
    follow = cast.bob.follow()
    await cast.say(cast.bob.actor, cast.bob.actor.activity("Undo", object=follow))

    assert await cast.say(cast.bob.actor, cast.bob.undo(removal)) == "rejected"
    assert await cast.alice.threads("Sites") == []


async def test_what_a_moderator_took_out_its_author_does_not_put_back(cast: Cast) -> None:
    """T035"""
    meg = await with_role(cast, cast.partner.actor("meg"), "moderator")
    thread = await posted(cast, cast.bob, "thread")
    assert await cast.say(meg, about(meg, "Delete", SITES, thread, summary="No")) == "processed"
    served(cast, cast.bob.create("thread")["object"])

    await cast.say(cast.bob.actor, cast.bob.undo(cast.bob.delete("thread")))

    assert await cast.alice.threads("Sites") == []


async def test_a_partners_community_passes_it_on(cast: Cast) -> None:
    """Believed because the author's own server serves it again (section 8); of another community it changes nothing."""
    bob = Writer(cast.partner.actor("bob"), cast.town.uri)
    create = bob.create("thread")
    await cast.announce(create)
    removal = bob.delete("thread")
    await cast.announce(removal)
    assert await cast.alice.threads("Town") == []
    served(cast, create["object"])
    other = cast.partner.actor("other", "Group")
    await moderated_town(cast, cast.partner.actor("meg"))

    await cast.announce(bob.undo(removal), group=other)
    assert await cast.alice.threads("Town") == []
    await cast.announce(bob.undo(removal))

    (thread,) = await cast.alice.threads("Town")
    assert thread["uri"] == create["object"]["id"]
