"""alpha, which hosts a community, and beta, whose people are in it; one of them is away for a while."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.support.api import Api, Document
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance

HANDLE = "@sites@alpha.test"


@dataclass
class Pair:
    """alpha, where ada and alice are members of the community, and beta, where bob is; beta is away at first."""

    alpha: Instance
    beta: Instance
    clock: HeldClock
    alice: Api
    ada: Api
    bob: Api

    async def pass_time(self, **duration: float) -> None:
        """Go on, and let alpha try what is due then."""
        self.clock.advance(**duration)
        await self.alpha.fails_at("beta.test")

    @asynccontextmanager
    async def beta_back(self) -> AsyncIterator[None]:
        """beta is there for the time of the block."""
        async with self.beta.running():
            yield

    async def same_on_both_sides(self) -> bool:
        """bob sees exactly what ada sees, in the same order."""
        return await discussions(self.bob) == await discussions(self.ada)


async def discussions(person: Api, title: str = "Sites") -> list[dict[str, Any]]:
    """Every thread of a community as somebody sees it, newest first, whole."""
    return [
        {**said(thread), "replies": [said(reply) for reply in await person.replies(thread)]}
        for thread in await person.threads(title)
    ]


def said(status: Document) -> dict[str, Any]:
    """What is the same on every server."""
    return {name: status[name] for name in ("uri", "content", "created_at", "edited_at", "favourites_count")}


async def some_talk(pair: Pair, hour: int) -> None:
    """alice asks, ada answers, likes and corrects herself, one of them thinks better of it; each sees it at once."""
    alice, ada = pair.alice, pair.ada
    question = await alice.say(f"{HANDLE} Question {hour:02}")
    answer = await ada.say(f"Answer {hour:02}", answering=question)
    await ada.like(question)
    await ada.edit(answer, f"Answer {hour:02}, corrected")
    slip = await alice.say("Slip", answering=answer)
    await alice.delete(f"/api/v1/statuses/{slip['id']}")

    shown = await ada.thread("Sites", f"Question {hour:02}")
    assert shown is not None
    assert shown["favourites_count"] == 1
    assert [reply["content"] for reply in await alice.replies(question)] == [f"<p>Answer {hour:02}, corrected</p>"]
    assert (await alice.notified_of("mention"))[0]["status"]["id"] == answer["id"]
