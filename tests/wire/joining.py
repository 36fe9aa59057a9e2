"""Following and joining, both ways."""

from models.inbox import InboxActivity
from tests.wire.payloads import Payload
from tests.wire.stage import ALICE, SITES, Stage


async def joins_ours(stage: Stage, payload: Payload) -> None:
    """A wish to join our community is granted, with its own id in the answer."""
    await stage.our_community()
    payload = payload.put({payload.document["object"]: SITES})
    actor = stage.play(payload.document["actor"])

    await stage.hear_all(actor, payload)

    assert await stage.follows(actor.uri, SITES) is True
    await _answered(stage, payload, by=SITES)
    assert await stage.inboxes_owed() == [actor.document["endpoints"]["sharedInbox"]]


async def follows_alice(stage: Stage, payload: Payload) -> None:
    """A wish to follow one of our people is granted; the actor may be embedded."""
    payload = payload.put({payload.document["object"]: ALICE})
    named = payload.document["actor"]
    actor = stage.play(named["id"] if isinstance(named, dict) else named)

    await stage.hear_all(actor, payload)

    assert await stage.follows(actor.uri, ALICE) is True
    await _answered(stage, payload, by=ALICE)


async def _answered(stage: Stage, payload: Payload, *, by: str) -> None:
    (accept,) = await stage.home.composed("Accept")
    assert accept["actor"] == by
    assert (accept["object"]["id"], accept["object"]["type"]) == (payload.document["id"], "Follow")


async def leaves_ours(stage: Stage, payload: Payload) -> None:
    """A member leaves, whatever the id of the Follow in the Undo."""
    payload = payload.put({payload.document["object"]["object"]: SITES})
    member = stage.play(payload.document["actor"])
    other = stage.play(f"{member.uri}-else")
    await stage.our_community(member, other)

    await stage.hear_all(member, payload)

    assert await stage.follows(member.uri, SITES) is None
    assert await stage.follows(other.uri, SITES) is True


async def is_granted(stage: Stage, payload: Payload) -> None:
    """What alice asked for is granted by whom she asked, and by nobody else."""
    payload = await _asked(stage, payload)
    asked = stage.play(payload.document["actor"])
    other = stage.play(f"{asked.uri}-else", asked.kind)

    forged = payload.document | {"actor": other.uri, "id": f"{other.uri}/accepts/1"}
    await stage.hear(other, forged)
    assert await stage.follows(ALICE, asked.uri) is False

    await stage.hear_all(asked, payload)
    assert await stage.follows(ALICE, asked.uri) is True


async def is_refused(stage: Stage, payload: Payload) -> None:
    """What alice asked for is refused, or ended after it was granted."""
    payload = await _asked(stage, payload)
    asked = stage.play(payload.document["actor"])

    await stage.hear_all(asked, payload)

    assert await stage.follows(ALICE, asked.uri) is None


async def _asked(stage: Stage, payload: Payload) -> Payload:
    """alice asks the sender of the payload, which answers her then."""
    actor, wish = payload.document["actor"], payload.document["object"]
    kind = "Person" if "/users/" in actor and isinstance(wish, dict) else "Group"
    asked = stage.play(actor, kind)
    await stage.alice.ask_to_join(f"@{asked.name}@{asked.peer.host}")
    (follow,) = await stage.home.composed("Follow")
    if isinstance(wish, str):
        return payload.put({wish: follow["id"]})
    return payload.put({wish["actor"]: ALICE, wish["object"]: actor})


async def invites_are_ignored(stage: Stage, payload: Payload) -> None:
    """An Invite by anybody but a community is kept, without effect."""
    actor = stage.play(payload.document["actor"])

    await stage.hear_all(actor, payload)

    assert await stage.rows(InboxActivity.state) == [("processed",)]
    assert await stage.home.composed("Follow") == []
