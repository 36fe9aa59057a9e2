"""What readers of other software need in what we serve and send, and ours does not (group federation 13, 14)."""

from typing import Any

from server.actions import moderation
from tests.instances.conftest import ON_SQLITE
from tests.instances.scene import SITES, Scene, in_a_partners_community
from tests.support.api import Document
from tests.support.fake_peer import FakePeer
from tests.support.instances import Instance

pytestmark = ON_SQLITE


async def pin(scene: Scene, *uris: str) -> None:
    """As the operator, in the name of a host."""
    runtime = scene.home.services.runtime
    for uri in uris:
        async with scene.home.db.write() as tx:
            place = await moderation.operators_seat(tx, runtime, "sites")
            await moderation.pin(tx, runtime, place, await moderation.post_named(tx, place, uri))


async def test_what_is_pinned_is_listed_whole_and_as_objects(ours: Scene) -> None:
    """14: Lemmy drops the whole collection if it meets a string. Of another firm's post stands where it is (T236)."""
    own = await ours.alice.say("@sites Pinned by us")
    await ours.arrive([ours.bob.create("theirs")])
    await pin(ours, own["uri"], ours.bob.post_uri("theirs"))

    answer = await ours.bob.actor.get(f"{SITES}/featured")

    found: Document = answer.document
    assert (found["type"], found["totalItems"], "first" in found) == ("OrderedCollection", 2, False)
    items: dict[str, Any] = {item["id"]: item for item in found["orderedItems"]}
    assert items.keys() == {own["uri"], ours.bob.post_uri("theirs")}
    for item in items.values():
        assert {"id", "type", "attributedTo", "to", "audience"} <= item.keys()
    assert (items[own["uri"]]["name"], "content" in items[own["uri"]]) == ("Pinned by us", True)
    assert "content" not in items[ours.bob.post_uri("theirs")]


async def test_a_reply_names_the_thread_as_what_it_answers_does(home: Instance, partner: FakePeer) -> None:
    """13: copied unchanged, however it looks; where the parent names none, neither does the reply."""
    scene = await in_a_partners_community(home, partner)
    named = {"named": "http://partner.test/town/t/7/context#x", "unnamed": None}
    for word, context in named.items():
        activity = scene.bob.create(word)
        activity["object"] |= {"context": context} if context else {}
        await scene.arrive([activity])
        thread = await scene.alice.thread("Town", word)
        assert thread is not None
        await scene.alice.post("/api/v1/statuses", status=f"About {word}", in_reply_to_id=thread["id"])

    sent = [one["object"] for one in await home.composed("Create")]

    assert [one.get("context") for one in sent] == list(named.values())
    assert [one["inReplyTo"] for one in sent] == [scene.bob.post_uri(word) for word in named]


async def test_a_reply_names_whom_it_answers(home: Instance, partner: FakePeer) -> None:
    """6.4: the community first in `to`, who wrote the parent in `cc` and in a Mention, and no followers of the author;
    `audience` on both. A thread is a Page, a reply a Note.
    """
    scene = await in_a_partners_community(home, partner)
    await scene.arrive([scene.bob.create("asked")])
    thread = await scene.alice.thread("Town", "asked")
    assert thread is not None
    await scene.alice.post("/api/v1/statuses", status="Answered", in_reply_to_id=thread["id"])
    await scene.alice.say("@town@partner.test A thread\n\nof ours")

    reply, page = await home.composed("Create")

    assert [one["object"]["type"] for one in (reply, page)] == ["Note", "Page"]
    assert page["object"]["name"] == "A thread"
    for one in (reply, reply["object"], page, page["object"]):
        assert (one["to"][0], one["audience"]) == (scene.bob.community, scene.bob.community)
        assert "http://alpha.test/users/alice/followers" not in (*one["to"], *one["cc"])
        assert (scene.bob.actor.uri in one["cc"]) is (one in (reply, reply["object"]))
    mentions = [tag["href"] for tag in reply["object"]["tag"] if tag["type"] == "Mention"]
    assert scene.bob.actor.uri in mentions
