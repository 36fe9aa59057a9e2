"""Who is in the demonstration and what they say: a question of beta's in a community of alpha's, and what follows."""

import asyncio
from typing import Final

from federation.runtime import Clock
from server.actions.communities import NewCommunity
from server.demo.caller import soon
from server.demo.office import Office

ALPHA, BETA = "alpha.test", "beta.test"

PEOPLE: Final = {
    ALPHA: {"alice": "Alice Martin", "adam": "Adam Petit"},
    BETA: {"bea": "Béa Laurent", "bruno": "Bruno Keller"},
}
"""By name, with how they are shown. The first of each firm is its administrator."""

SHARED: Final = NewCommunity(name="sites", title="Running a site", host="alice", scope="all")
OWN: Final = NewCommunity(name="budget", title="Budget of alpha", host="alice", visibility="on-request")
CLOSING: Final = NewCommunity(
    name="closing", title="Closing a site", host="alice", visibility="private", scope="selected", label="restricted"
)
COMMUNITIES: Final = {ALPHA: [SHARED, CLOSING, OWN], BETA: list[NewCommunity]()}

HANDLE: Final = f"@{SHARED.name}@{ALPHA}"

QUESTION: Final = "How do you hand over a night shift?"
_QUESTION: Final = (
    f"{HANDLE} {QUESTION}\n\nHalf of what the night team agreed is lost by eight in the morning, and I hear about it "
    "at ten. What works on your site? #shifts"
)
_BOARD: Final = (
    "A board with three columns, and five minutes standing in front of it, both teams together. No chairs. Ours is "
    "nine months old and still alive."
)
_WHO: Final = "Who holds the pen: the one who leaves, or the one who comes?"
_ANSWER: Final = "The one who comes. What they cannot write down, they have not understood."
_SECOND: Final = (
    "@sites What did you stop doing this year?\n\nI stopped the Monday report. Nobody has asked for it since. #fewer"
)


CONFIDED: Final = "Who was told first when you closed a site?"
_CONFIDED: Final = (
    f"@{CLOSING.name} {CONFIDED}\n\nNobody outside of this circle knows that we think about it. I have six weeks."
)
_FIRST: Final = "The shop stewards, the evening before, and then everybody at one time. No rumours got ahead of us."


async def agree(alpha: Office, beta: Office, clock: Clock) -> None:
    """Let both administrators sign: alpha proposes two communities, up to restricted; beta signs the same text."""

    async def is_offered() -> bool:
        return any(one["domain"] == ALPHA for one in await beta.operate("partner", "list"))

    async def is_signed() -> bool:
        seen = [await office.operate("partner", "show", other) for office, other in ((alpha, BETA), (beta, ALPHA))]
        return [one["state"] for one in seen] == ["active", "active"] and seen[0]["hash"] == seen[1]["hash"]

    shared = f"{SHARED.name},{CLOSING.name}"
    await alpha.operate("partner", "propose", BETA, "--communities", shared, "--ceiling", "restricted")
    await soon(is_offered, clock, "the proposal")
    await beta.operate("partner", "accept", ALPHA)
    await soon(is_signed, clock, "both signatures")


async def _confide(alpha: Office, beta: Office, clock: Clock) -> None:
    """A private community: Béa is invited and joins, nobody else at beta hears of it."""
    alice, bea = alpha.app_of("alice"), beta.app_of("bea")
    await alpha.operate("community", "invite", CLOSING.name, f"bea@{BETA}")

    async def is_invited() -> bool:
        return any(one["type"] == "follow" for one in await bea.get("/api/v1/notifications"))

    await soon(is_invited, clock, "the invitation")
    await bea.join(f"@{CLOSING.name}@{ALPHA}", clock)
    await alice.post("/api/v1/statuses", status=_CONFIDED)
    asked = await bea.thread(CONFIDED, clock)
    await bea.post("/api/v1/statuses", status=_FIRST, in_reply_to_id=asked)


async def tell(alpha: Office, beta: Office, clock: Clock) -> None:
    """Let people of both firms join, ask, answer and like. Raises `CallFailed`."""
    alice, adam, bea, bruno = (
        *(alpha.app_of(name) for name in PEOPLE[ALPHA]),
        *(beta.app_of(name) for name in PEOPLE[BETA]),
    )
    await asyncio.gather(*(person.join(HANDLE, clock) for person in (adam, bea, bruno)))
    await bea.post("/api/v1/statuses", status=_QUESTION)
    question = await adam.thread(QUESTION, clock)
    await alice.post(f"/api/v1/statuses/{question}/favourite")
    await adam.post("/api/v1/statuses", status=_BOARD, in_reply_to_id=question)
    at_beta = await bruno.thread(QUESTION, clock)
    board = await bruno.reply(at_beta, "A board with three columns", clock)
    await bea.post(f"/api/v1/statuses/{board}/favourite")
    await bruno.post("/api/v1/statuses", status=_WHO, in_reply_to_id=board)
    asked = await adam.reply(question, "Who holds the pen", clock)
    await adam.post("/api/v1/statuses", status=_ANSWER, in_reply_to_id=asked)
    await alice.post("/api/v1/statuses", status=_SECOND)
    await bruno.thread("What did you stop doing", clock)
    await bea.reply(at_beta, "The one who comes", clock)
    await _confide(alpha, beta, clock)
