"""What hosts and moderators do, ours and partners': pins, bans, locks, removals, reports, and who they are."""

from typing import Any

from sqlalchemy import update

from models.actors import Actor, Follow
from models.moderation import Ban, Moderator, PersonalBlock, Pin, Removal
from models.posts import Post
from tests.wire.payloads import Document, Payload
from tests.wire.players import Player
from tests.wire.reading import id_of
from tests.wire.shown import words
from tests.wire.stage import ALICE, SITES, Stage, created


async def pins(stage: Stage, payload: Payload) -> None:
    """A host puts a thread on top; another member cannot."""
    payload = _about_featured(payload)
    document = payload.document
    host, member = await _host_and_writer(stage, document, document["object"])

    forged = document | {"actor": member.uri, "id": f"{member.uri}/adds/1"}
    assert await stage.hear(member, forged) == "rejected"
    assert await _pinned(stage) == []
    await stage.hear_all(host, payload)

    assert await _pinned(stage) == [document["object"]]
    assert await stage.passed_on(document["id"]) == document


async def unpins(stage: Stage, payload: Payload) -> None:
    """A host takes a thread from the top."""
    payload = _about_featured(payload)
    document = payload.document
    host, _ = await _host_and_writer(stage, document, document["object"])
    await stage.hear_all(host, host.activity("Add", object=document["object"], target=document["target"]))
    assert await _pinned(stage) == [document["object"]]

    await stage.hear_all(host, payload)

    assert await _pinned(stage) == []
    assert await stage.passed_on(document["id"]) == document


def _about_featured(payload: Payload) -> Payload:
    """The collection is ours, whatever it is called."""
    target = payload.document["target"]
    return payload.put({target: f"{SITES}/featured", target.rpartition("/")[0]: SITES})


async def _pinned(stage: Stage) -> list[str]:
    ids = {row[0] for row in await stage.rows(Pin.post_id)}
    return [uri for number, uri in await stage.rows(Post.id, Post.uri) if number in ids]


async def names_a_moderator(stage: Stage, payload: Payload) -> None:
    """A host makes a member a moderator of ours."""
    payload = payload.put({payload.document["target"].removesuffix("/moderators"): SITES})
    document = payload.document
    host = await _host(stage, document)
    await stage.join(stage.play(document["object"]))

    await stage.hear_all(host, payload)

    listed = (await host.get(f"{SITES}/moderators")).document["orderedItems"]
    assert document["object"] in listed
    assert await stage.passed_on(document["id"]) == document


async def moderator_is_announced(stage: Stage, payload: Payload) -> None:
    """A partner's community names a moderator: its own list says who they are."""
    inner = payload.document["object"]
    group = await _led_by(stage, payload.document["actor"], inner["target"], inner["actor"])
    stage.play(inner["actor"])
    _list(stage, inner["target"], inner["object"])

    await stage.hear_all(group, payload)

    assert await stage.rows(Moderator.actor_uri) == [(inner["object"],)]


async def bans(stage: Stage, payload: Payload) -> None:
    """A host bans a member: nothing more is taken from them, and what they wrote is hidden if so said."""
    payload = payload.put({payload.document["target"]: SITES})
    document = payload.document
    host, banned = await _host(stage, document), stage.play(document["object"])
    await stage.join(banned)
    await stage.post_in_ours(banned, f"{banned.uri}/posts/1")

    await stage.hear_all(host, payload)

    assert await stage.rows(Ban.actor_uri, Ban.reason) == [(banned.uri, document["summary"])]
    assert await stage.hear(banned, created(banned, SITES, f"{banned.uri}/posts/2")) == "rejected"
    assert (await stage.status(f"{banned.uri}/posts/1") is None) is bool(document.get("removeData"))
    assert await stage.passed_on(document["id"]) == document
    if document.get("endTime"):
        stage.home.clock.advance(days=365)
        await stage.post_in_ours(banned, f"{banned.uri}/posts/3")


async def lifts_a_ban(stage: Stage, payload: Payload) -> None:
    """A host takes a ban back."""
    payload = payload.put({payload.document["object"]["target"]: SITES})
    document = payload.document
    host, banned = await _host(stage, document), stage.play(document["object"]["object"])
    await stage.join(banned)
    await stage.hear_all(host, {"@context": "x", **document["object"]})
    assert await stage.hear(banned, created(banned, SITES, f"{banned.uri}/posts/1")) == "rejected"

    await stage.hear_all(host, payload)

    await stage.post_in_ours(banned, f"{banned.uri}/posts/2")
    assert await stage.passed_on(document["id"]) == document


async def ban_is_announced(stage: Stage, payload: Payload) -> None:
    """A partner's community bans alice: she reads it where she would post."""
    inner = payload.document["object"]
    payload = payload.put({inner["object"]: ALICE})
    group = await stage.their_community(payload.document["actor"])
    stage.play(inner["actor"])

    await stage.hear_all(group, payload)

    said = {"status": f"@{group.name}@{group.peer.host} Hello"}
    refused = await stage.alice.call("POST", "/api/v1/statuses", json=said)
    assert (refused.status, "banned" in refused.document["error"]) == (403, True)


async def removes(stage: Stage, payload: Payload) -> None:
    """A moderator takes a post out, for a reason; another member cannot."""
    document = payload.document
    uri = id_of(document["object"])
    moderator, _ = await _host_and_writer(stage, document, uri, role="moderator")
    other = stage.play(f"{moderator.uri}-else")
    await stage.join(other)

    forged = document | {"actor": other.uri, "id": f"{other.uri}/deletes/1"}
    assert await stage.hear(other, forged) == "rejected"
    await stage.seen(uri)
    await stage.hear_all(moderator, payload)

    assert await stage.status(uri) is None
    assert await stage.rows(Removal.reason) == [(words(document["summary"]),)]
    assert await stage.passed_on(document["id"]) == document


async def removal_is_announced(stage: Stage, payload: Payload) -> None:
    """A partner's community takes a post out."""
    inner = payload.document["object"]
    uri = id_of(inner["object"])
    group = await stage.their_community(payload.document["actor"])
    stage.play(inner["actor"])
    await stage.post_in_theirs(group, stage.play(group.peer.url("/users/writer")), uri)

    await stage.hear_all(group, payload)

    assert await stage.status(uri) is None


async def locks(stage: Stage, payload: Payload) -> None:
    """A moderator, or who opened the thread, closes it: members answer no more, who leads still does."""
    uri, member = await _locked(stage, payload.document, payload)

    assert await stage.hear(member, _reply(member, uri, 1)) == "rejected"
    assert await stage.passed_on(payload.document["id"]) == payload.document
    status = await stage.seen(uri)
    assert (await stage.alice.say("Still open to me", answering=status))["in_reply_to_id"] == status["id"]


async def unlocks(stage: Stage, payload: Payload) -> None:
    """A closed thread is open again."""
    inner = {"@context": "x", **payload.document["object"]}
    uri, member = await _locked(stage, inner, inner)
    assert await stage.hear(member, _reply(member, uri, 1)) == "rejected"

    await stage.hear_all(stage.play(payload.document["actor"]), payload)

    await stage.hear_all(member, _reply(member, uri, 2))
    assert await stage.passed_on(payload.document["id"]) == payload.document


async def locks_own(stage: Stage, payload: Payload) -> None:
    """Who opened the thread closes it."""
    document = payload.document
    author, member = stage.play(document["actor"]), stage.play(stage.at(document["actor"], "/users/member"))
    await stage.our_community(author, member)
    await stage.post_in_ours(author, document["object"])

    await stage.hear_all(author, payload)

    assert await stage.hear(member, _reply(member, document["object"], 1)) == "rejected"
    assert await stage.passed_on(document["id"]) == document


async def _locked(stage: Stage, document: Document, said: Payload | Document) -> tuple[str, Player]:
    """The thread, locked by a moderator, and a member who wants to answer."""
    moderator, _ = await _host_and_writer(stage, document, document["object"], role="moderator")
    member = stage.play(stage.at(document["actor"], "/users/member"))
    await stage.join(member)
    await stage.hear_all(moderator, said)
    return document["object"], member


def _reply(member: Player, uri: str, number: int) -> Document:
    return created(member, SITES, f"{member.uri}/replies/{number}", inReplyTo=uri)


async def community_is_refreshed(stage: Stage, payload: Payload) -> None:
    """A moderator changed a partner's community, which says so: what it is like now its own server tells."""
    document = payload.document
    given = document["object"]
    if "/object/" in given["id"]:
        given = given | {"id": given["url"]}
    moderator = stage.play(document["actor"])
    group = await _led_by(stage, given["id"], given["attributedTo"], moderator.uri)
    assert await stage.rows(Actor.display_name, uri=group.uri) != [(given["name"],)]
    stage.serve(group.uri, group.document | given | {"publicKey": group.document["publicKey"]})

    await stage.announce(group, document | {"object": given})

    assert await stage.rows(Actor.display_name, uri=group.uri) == [(given["name"],)]


async def _led_by(stage: Stage, address: str, collection: str, moderator: str) -> Player:
    """A partner's community that alice is in, and what is known here of its moderators."""
    group = await stage.their_community(address, {"type": "Group", "attributedTo": collection})
    _list(stage, collection, moderator)
    await stage.hear_all(group, group.activity("Update", object=group.document))
    assert await stage.rows(Moderator.actor_uri) == [(moderator,)]
    return group


def _list(stage: Stage, collection: str, *moderators: str) -> None:
    stage.serve(collection, {"id": collection, "type": "OrderedCollection", "orderedItems": list(moderators)})


async def blocks_alice(stage: Stage, payload: Payload) -> None:
    """Somebody does not want to meet alice: they follow each other no more, and nobody else is concerned."""
    payload = payload.put({payload.document["object"]: ALICE})
    actor = stage.play(payload.document["actor"])
    await stage.hear_all(actor, actor.activity("Follow", object=ALICE))
    await stage.alice.ask_to_join(f"@{actor.name}@{actor.peer.host}")
    wish = {"type": "Follow", "actor": ALICE, "object": actor.uri}
    await stage.hear_all(actor, actor.activity("Accept", object=wish))

    await stage.hear_all(actor, payload)

    assert await stage.follows(actor.uri, ALICE) is None
    assert await stage.follows(ALICE, actor.uri) is None
    assert len(await stage.rows(PersonalBlock.activity_uri)) == 1
    assert await stage.rows(Ban.actor_uri) == []


async def _host(stage: Stage, document: Document, role: str = "host") -> Player:
    """The sender leads our community, in this role."""
    actor = stage.play(document["actor"])
    await stage.our_community(actor)
    await _give_role(stage, actor, role)
    return actor


async def _host_and_writer(stage: Stage, document: Document, uri: str, role: str = "host") -> tuple[Player, Player]:
    """The sender leads our community, where another member's thread is at this address."""
    leader, writer = await _host(stage, document, role), stage.play(stage.at(uri, "/users/writer"))
    await stage.join(writer)
    await stage.post_in_ours(writer, uri)
    return leader, writer


async def _give_role(stage: Stage, actor: Player, role: str) -> None:
    async with stage.home.db.write() as tx:
        is_theirs: Any = Follow.activity_uri.startswith(actor.peer.url("/activities/"))
        await tx.execute(update(Follow).where(is_theirs).values(role=role))
