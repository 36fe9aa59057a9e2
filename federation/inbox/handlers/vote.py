"""Votes in polls of ours: a Create of Notes that only have a name (spec/group-federation.md 9).

Keyed by voter and answer, so it may be applied twice. What is no poll of ours, over, or not for the sender to see has
no effect, and looks the same from outside.
"""

from dataclasses import dataclass

from federation.inbox.acts import Act
from federation.inbox.context import Tools
from federation.inbox.handlers.like import place_to_like
from federation.vocab import types
from models.engine import WriteTx
from models.queries.polls import PollRow
from models.writes import polls


@dataclass(frozen=True, slots=True)
class Ballot:
    """The votes of one Create, all in one poll; their sender is authenticated."""

    votes: tuple[types.Post, ...]

    @property
    def poll_uri(self) -> str:
        """The post asked in."""
        return self.votes[0].in_reply_to or ""


async def apply(tx: WriteTx, tools: Tools, act: Act[types.Create], ballot: Ballot) -> None:
    """Count what is new and valid of them: one answer a person, or several where the poll allows it.

    Whoever may like a post may vote in it.
    """
    place = await place_to_like(tx, act, ballot.poll_uri)
    if place is None or place[0].peer_id is not None:
        return
    poll = await polls.take(tx, place[0].id)
    if poll is None or poll.is_over(min(act.at, tools.runtime.clock.now())):
        return
    before = await polls.votes_of(tx, poll.post_id, act.actor.id)
    choices = _choices(poll, ballot)
    if not poll.is_multiple:
        choices = {} if before else dict(list(choices.items())[:1])
    await polls.vote(tx, poll, actor_id=act.actor.id, choices=choices, before=before, at=act.at)


def _choices(poll: PollRow, ballot: Ballot) -> dict[int, str]:
    """Number of each answer chosen, with the id of the vote."""
    numbers = {name: number for number, name in enumerate(poll.options)}
    return {numbers[vote.name]: vote.id for vote in ballot.votes if vote.name in numbers}
