"""Posts in communities, ours and partners', and outside of them."""

from typing import Any

from models.posts import Post
from tests.wire.payloads import Document, Payload
from tests.wire.players import Player
from tests.wire.reading import as_create, author_of, group_of, id_of, post_of
from tests.wire.shown import check_status, words
from tests.wire.stage import ALICE, SITES, Stage, created


async def opens_thread_in_ours(stage: Stage, payload: Payload) -> None:
    """A member's post is shown in our community, which passes it on unchanged."""
    payload = as_create(stage, payload.put({group_of(payload.document): SITES}))
    author = stage.play(author_of(payload.document))
    await stage.our_community(author)

    await stage.hear_all(author, payload)

    post = post_of(payload.document)
    check_status(await stage.seen(post["id"]), post)
    assert [one["uri"] for one in await stage.titles()] == [post["id"]]
    assert await stage.passed_on(payload.document["id"]) == payload.document


async def replies_in_ours(stage: Stage, payload: Payload) -> None:
    """A member's answer to alice: she is told, it stands in her thread, and is passed on unchanged."""
    question = await _question_of_alice(stage)
    payload = as_create(stage, payload.put({id_of(post_of(payload.document)["inReplyTo"]): question["uri"]}))
    author = stage.play(author_of(payload.document))
    await stage.join(author)

    await stage.hear_all(author, payload)

    post = post_of(payload.document)
    check_status(await stage.seen(post["id"]), post)
    assert [one["uri"] for one in await stage.alice.replies(question)] == [post["id"]]
    assert [one["status"]["uri"] for one in await stage.alice.notified_of("mention")] == [post["id"]]
    assert await stage.passed_on(payload.document["id"]) == payload.document


async def replies_in_theirs(stage: Stage, payload: Payload) -> None:
    """An answer in a partner's community, which shows it: in the thread, and not when another community shows it."""
    document = payload.document
    post, group = post_of(document), await stage.their_community(group_of(document))
    parent = id_of(post["inReplyTo"])
    await stage.post_in_theirs(group, stage.play(f"{group.peer.url('/users/opener')}"), parent)
    stage.play(author_of(document))
    stage.serve(post["id"], post)
    rival = await stage.their_community(group.peer.url("/c/rival"))

    await stage.hear(rival, rival.activity("Announce", object=post["id"]))
    assert await stage.status(post["id"]) is None
    await stage.announce(group, post["id"])

    status = await stage.seen(post["id"])
    check_status(status, post)
    assert status["in_reply_to_id"] == (await stage.seen(parent))["id"]


async def opens_thread_in_theirs(stage: Stage, payload: Payload) -> None:
    """A post in a partner's community: shown once that announces it, read from its origin."""
    document = payload.document
    post, group = post_of(document), await stage.their_community(group_of(document))
    stage.play(author_of(document))
    stage.serve(post["id"], post)

    await stage.announce(group, post["id"])

    await _is_shown_by(stage, group, post)


async def is_announced(stage: Stage, payload: Payload) -> None:
    """A partner's community passes a post on; said again in the other form it is still one."""
    document = payload.document
    post = post_of(document)
    group = await stage.their_community(document["actor"])
    author = stage.play(author_of(document))
    stage.serve(post["id"], post)

    await stage.hear_all(group, payload)

    await _is_shown_by(stage, group, post)
    await stage.announce(group, post["id"])
    await stage.announce(group, author.activity("Create", object=post, to=post["to"]))
    assert len(await stage.rows(Post.id, uri=post["id"])) == 1
    await _is_shown_by(stage, group, post)


async def _is_shown_by(stage: Stage, group: Player, post: Document) -> None:
    status = await stage.seen(post["id"])
    check_status(status, post)
    shown = await stage.titles(group.document["name"])
    assert [one["uri"] for one in shown] == [post["id"]]


async def edit_is_announced(stage: Stage, payload: Payload) -> None:
    """A partner's community passes an edit on; its origin says what it says now."""
    document = payload.document
    post = post_of(document)
    group = await stage.their_community(document["actor"])
    author = stage.play(author_of(document))
    await stage.post_in_theirs(group, author, post["id"], published="2020-01-01T00:00:00Z")
    stage.serve(post["id"], post)

    await stage.hear_all(group, payload)

    status = await stage.seen(post["id"])
    check_status(status, post | {"published": "2020-01-01T00:00:00Z"})
    assert status["edited_at"] is not None


async def edits_in_ours(stage: Stage, payload: Payload) -> None:
    """The author's edit counts, another member's does not; ours passes it on."""
    payload = payload.put({group_of(payload.document): SITES})
    document, post = payload.document, post_of(payload.document)
    author, other = stage.play(author_of(document)), stage.play(f"{author_of(document)}-else")
    await stage.our_community(author, other)
    await stage.post_in_ours(author, post["id"], published=post["published"])

    forged = document | {"actor": other.uri, "id": f"{other.uri}/updates/1"}
    assert await stage.hear(other, forged) == "rejected"
    assert (await stage.seen(post["id"]))["edited_at"] is None
    await stage.hear_all(author, payload)

    status = await stage.seen(post["id"])
    check_status(status, post)
    assert status["edited_at"] is not None
    assert await stage.passed_on(document["id"]) == document


async def is_for_followers(stage: Stage, payload: Payload) -> None:
    """A post outside of communities, by somebody whom alice follows."""
    payload = as_create(stage, payload)
    author = await followed(stage, author_of(payload.document))

    await stage.hear_all(author, payload)

    post = post_of(payload.document)
    check_status(await stage.seen(post["id"]), post)
    assert [status["uri"] for status in await stage.alice.home()] == [post["id"]]


async def names_alice(stage: Stage, payload: Payload) -> None:
    """A post outside of communities that names alice, who is told."""
    payload = as_create(stage, payload)
    (mention,) = [tag for tag in post_of(payload.document)["tag"] if tag["type"] == "Mention"]
    payload = payload.put({mention["href"]: ALICE})
    author = stage.play(author_of(payload.document))

    await stage.hear_all(author, payload)

    (told,) = await stage.alice.notified_of("mention")
    post = post_of(payload.document)
    assert told["status"]["uri"] == post["id"]
    check_status(told["status"], post)


async def is_direct(stage: Stage, payload: Payload) -> None:
    """A message to alice: she reads it, nobody else, and no community passes it on."""
    (recipient,) = post_of(payload.document)["to"]
    payload = as_create(stage, payload.put({recipient: ALICE}))
    author = stage.play(author_of(payload.document))
    await stage.our_community(author)
    other = await stage.home.person("other")

    await stage.hear_all(author, payload)

    post = post_of(payload.document)
    status = await stage.seen(post["id"])
    assert words(post["content"]) in words(status["content"])
    assert status["visibility"] == "direct"
    assert await stage.status(post["id"], other) is None
    assert await stage.home.composed("Announce") == []
    assert [one["status"]["uri"] for one in await stage.alice.notified_of("mention")] == [post["id"]]


async def deletes_own(stage: Stage, payload: Payload) -> None:
    """The author's deletion counts and is passed on; another member's does not."""
    document = payload.document
    uri = id_of(document["object"])
    author, other = stage.play(document["actor"]), stage.play(f"{document['actor']}-else")
    await stage.our_community(author, other)
    await stage.post_in_ours(author, uri)

    forged = document | {"actor": other.uri, "id": f"{other.uri}/deletes/1"}
    assert await stage.hear(other, forged) == "rejected"
    await stage.seen(uri)
    await stage.hear_all(author, payload)

    assert await stage.status(uri) is None
    assert await stage.passed_on(document["id"]) == document
    await stage.hear_all(author, created(author, SITES, uri))
    assert await stage.status(uri) is None


async def marks_deletion(stage: Stage, payload: Payload) -> None:
    """A partner's community announces a deletion by somebody elsewhere: what their server serves confirms it."""
    document = payload.document
    group = await stage.their_community("http://partner.test/communities/town")
    author = stage.play(stage.at(document["id"], "/users/writer"))
    await stage.post_in_theirs(group, author, document["id"])
    delete = author.activity("Delete", object=document["id"])

    await stage.announce(group, delete)
    await stage.seen(document["id"])
    stage.serve(document["id"], document)
    await stage.announce(group, delete | {"id": f"{delete['id']}-again"})

    assert await stage.status(document["id"]) is None


async def deletes_itself(stage: Stage, payload: Payload) -> None:
    """Unknown: answered at once, without a look at its key. Known: gone, with what it wrote."""
    actor_uri = payload.document["actor"]
    payload = payload.put({payload.document["object"]: actor_uri})
    actor = stage.play(actor_uri)
    assert await stage.hear(actor, payload) == "not kept"
    assert actor.peer.asked == []
    await stage.our_community(actor)

    await stage.hear_all(actor, payload)

    assert await stage.follows(actor.uri, SITES) is None


async def boosts(stage: Stage, payload: Payload) -> None:
    """An Announce by a person passes nothing on to a community."""
    document = payload.document
    group = await stage.their_community("http://partner.test/communities/town")
    author = stage.play(stage.at(document["object"], "/users/writer"))
    create = created(author, group.uri, document["object"])
    stage.serve(document["object"], create["object"])
    person = stage.play(document["actor"])

    await stage.hear_all(person, payload)

    assert await stage.titles(group.document["name"]) == []
    await stage.announce(group, create)
    assert len(await stage.titles(group.document["name"])) == 1


async def takes_a_boost_back(stage: Stage, payload: Payload) -> None:
    """A boost and its end have no effect here, and what was boosted stays as it is."""
    announce = payload.document["object"]
    person = await followed(stage, announce["actor"])
    post = created(person, f"{person.uri}/followers", announce["object"])
    await stage.hear_all(person, post)
    await stage.hear_all(person, {"@context": "x", **announce})

    await stage.hear_all(person, payload)

    assert [status["uri"] for status in await stage.alice.home()] == [announce["object"]]
    assert (await stage.seen(announce["object"]))["reblogs_count"] == 0


async def is_announced_by_id(stage: Stage, payload: Payload) -> None:
    """The form for microblogs beside the other: one post, shown once."""
    document = payload.document
    group = await stage.their_community(document["actor"])
    author = stage.play(stage.at(document["object"], "/users/writer"))
    await stage.post_in_theirs(group, author, document["object"])

    await stage.hear_all(group, payload)

    assert [one["uri"] for one in await stage.titles(group.document["name"])] == [document["object"]]


async def is_without_effect(stage: Stage, payload: Payload) -> None:
    """Understood by others, nothing to us: taken, and nothing comes of it."""
    document = payload.document
    actor = stage.play(document["actor"])
    await stage.our_community(actor)

    await stage.hear_all(actor, payload)

    assert await stage.titles() == []
    assert await stage.passed_on(document["id"]) is None


async def _question_of_alice(stage: Stage) -> Document:
    await stage.our_community()
    return await stage.alice.say("@sites What do you think?")


async def followed(stage: Stage, address: str) -> Player:
    """Somebody whom alice follows."""
    author = stage.play(address)
    await stage.alice.ask_to_join(f"@{author.name}@{author.peer.host}")
    wish: dict[str, Any] = {"type": "Follow", "actor": ALICE, "object": author.uri}
    await stage.hear_all(author, author.activity("Accept", object=wish))
    return author
