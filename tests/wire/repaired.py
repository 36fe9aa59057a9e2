"""Payloads that lack what must be there, or contradict themselves: refused as they are, then repaired and played."""

from collections.abc import Awaitable, Callable
from typing import Any

from models.inbox import InboxActivity
from tests.wire.payloads import Document, Payload
from tests.wire.reading import id_of
from tests.wire.stage import INBOX, USUAL_HOST, Stage

Case = Callable[[Stage, Payload], Awaitable[None]]


def repaired(case: Case, refused_with: int | None = None, **members: Callable[[Document], Any]) -> Case:
    """The case, with these members made of the document; before, the status with which it is refused as it is."""

    async def play(stage: Stage, payload: Payload) -> None:
        document = payload.document
        if refused_with is not None:
            await is_refused(refused_with)(stage, payload)
        added = {name: make(document) for name, make in members.items()}
        await case(stage, payload.with_document(document | added))

    return play


def is_refused(status: int) -> Case:
    """Answered with this status, nothing stored."""

    async def play(stage: Stage, payload: Payload) -> None:
        sender = id_of(payload.document.get("actor") or f"http://{USUAL_HOST}/users/somebody")
        kind = "Group" if payload.document["type"] == "Announce" else "Person"
        answer = await stage.play(sender, kind).post(INBOX, payload.body)

        assert answer.status == status
        assert await stage.count(InboxActivity) == 0

    return play
