"""Likes and what counts as one, dislikes, and taking them back."""

from tests.wire.payloads import Payload
from tests.wire.players import Player
from tests.wire.stage import Stage


async def likes_in_ours(stage: Stage, payload: Payload) -> None:
    """A member likes another member's post: counted once, and passed on unchanged."""
    member, uri = await _post_of_another(stage, payload, payload.document["object"])

    await stage.hear_all(member, payload)
    again = payload.document | {"id": f"{member.uri}/likes/again"}
    await stage.hear_all(member, again)

    assert (await stage.seen(uri))["favourites_count"] == 1
    assert await stage.passed_on(payload.document["id"]) == payload.document
    assert await stage.passed_on(again["id"]) is None


async def unlikes_in_ours(stage: Stage, payload: Payload) -> None:
    """A like taken back, whatever its id was."""
    member, uri = await _post_of_another(stage, payload, payload.document["object"]["object"])
    await stage.hear_all(member, member.activity("Like", object=uri))
    assert (await stage.seen(uri))["favourites_count"] == 1

    await stage.hear_all(member, payload)

    assert (await stage.seen(uri))["favourites_count"] == 0
    assert await stage.passed_on(payload.document["id"]) == payload.document


async def dislikes_in_ours(stage: Stage, payload: Payload) -> None:
    """A vote against takes an earlier like back; there is nothing else to count."""
    member, uri = await _post_of_another(stage, payload, payload.document["object"])
    await stage.hear_all(member, member.activity("Like", object=uri))

    await stage.hear_all(member, payload)

    assert (await stage.seen(uri))["favourites_count"] == 0


async def like_is_announced(stage: Stage, payload: Payload) -> None:
    """A partner's community vouches for a like of a post in it."""
    group, uri = await _announced_post(stage, payload)

    await stage.hear_all(group, payload)

    assert (await stage.seen(uri))["favourites_count"] == 1


async def unlike_is_announced(stage: Stage, payload: Payload) -> None:
    """A partner's community says that a like was taken back."""
    group, uri = await _announced_post(stage, payload)
    like = payload.document["object"]["object"]
    await stage.announce(group, like)
    assert (await stage.seen(uri))["favourites_count"] == 1

    await stage.hear_all(group, payload)

    assert (await stage.seen(uri))["favourites_count"] == 0


async def _post_of_another(stage: Stage, payload: Payload, uri: str) -> tuple[Player, str]:
    """The sender, a member of ours, and a post by another member at the place that is voted on."""
    member = stage.play(payload.document["actor"])
    writer = stage.play(stage.at(uri, "/users/writer"))
    await stage.our_community(member, writer)
    await stage.post_in_ours(writer, uri)
    return member, uri


async def _announced_post(stage: Stage, payload: Payload) -> tuple[Player, str]:
    """A partner's community that shows the post in question; whoever votes is there."""
    inner = payload.document["object"]
    stage.play(inner["actor"])
    vote = inner["object"] if inner["type"] == "Undo" else inner
    group = await stage.their_community(payload.document["actor"])
    writer = stage.play(stage.at(vote["object"], "/users/writer"))
    await stage.post_in_theirs(group, writer, vote["object"])
    return group, vote["object"]
