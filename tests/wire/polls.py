"""Polls asked by others, and votes in one of ours."""

from typing import Any

from tests.wire.payloads import Document, Payload
from tests.wire.posts import followed, is_for_followers, opens_thread_in_ours, opens_thread_in_theirs
from tests.wire.reading import post_of
from tests.wire.stage import ALICE, Stage


async def is_asked(stage: Stage, payload: Payload) -> None:
    """Somebody whom alice follows asks."""
    await is_for_followers(stage, payload)
    await _is_shown(stage, payload.document)


async def is_asked_in_theirs(stage: Stage, payload: Payload) -> None:
    """Asked in a partner's community."""
    await opens_thread_in_theirs(stage, payload)
    await _is_shown(stage, payload.document)


async def is_asked_in_ours(stage: Stage, payload: Payload) -> None:
    """Asked by a member of ours."""
    await opens_thread_in_ours(stage, payload)
    await _is_shown(stage, payload.document)


async def _is_shown(stage: Stage, document: Document) -> None:
    """With its answers, in order, and how many chose each."""
    question = post_of(document)
    answers: list[Document] = question.get("oneOf") or question["anyOf"]
    poll = (await stage.seen(question["id"]))["poll"]
    assert [option["title"] for option in poll["options"]] == [one["name"] for one in answers]
    counts = [one.get("replies", {}).get("totalItems", 0) for one in answers]
    assert [option["votes_count"] or 0 for option in poll["options"]] == counts
    assert poll["multiple"] is ("anyOf" in question)
    ends = question.get("endTime") or question.get("closed")
    assert ends is None or poll["expired"]


async def votes(stage: Stage, payload: Payload) -> None:
    """A vote in alice's poll: counted once, never shown as a reply."""
    choice = post_of(payload.document)["name"]
    voter = await followed(stage, payload.document["actor"])
    await stage.our_community(voter)
    asked: dict[str, Any] = {"status": "@sites Which?", "poll": {"options": [choice, "another"], "expires_in": 86400}}
    poll = await stage.alice.post("/api/v1/statuses", **asked)
    vote = post_of(payload.document)
    payload = payload.put({vote["inReplyTo"]: poll["uri"], _only(vote["to"]): ALICE})

    await stage.hear_all(voter, payload)
    again = payload.document
    again["id"], again["object"]["id"] = f"{again['id']}-again", f"{again['object']['id']}-again"
    await stage.hear(voter, again)

    shown = (await stage.alice.read(poll))["poll"]
    assert [option["votes_count"] for option in shown["options"]] == [1, 0]
    assert await stage.alice.replies(poll) == []
    assert await stage.status(vote["id"]) is None


def _only(recipients: str | list[str]) -> str:
    return recipients if isinstance(recipients, str) else recipients[0]
