"""Voting in a poll, for a local person: counted here, or sent to the author's server, which counts."""

from collections.abc import Sequence

from federation.outbox.publish import publish
from federation.vocab.compose import Composer, Vote
from models.gate import Person
from models.queries import actors
from models.writes import polls
from server.actions.reactions import require_member, visible_post
from server.actions.refusals import Invalid, NotThere
from server.services import Services


async def vote(services: Services, viewer: Person, post_id: int, choices: Sequence[int]) -> None:
    """Choose answers, numbered from 0, once and for all.

    Raises `NotThere` for a post that the viewer may not see or that has no poll, `NotAllowed` for who is no member of
    its community, `Invalid` for what a poll does not allow.
    """
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        row = await visible_post(tx, post_id, viewer)
        poll = await polls.take(tx, row.id)
        if poll is None or row.id != post_id:
            raise NotThere()
        await require_member(tx, viewer, row, at)
        if row.author_id == viewer.actor_id:
            raise Invalid("Validation failed: You cannot vote in your own poll")
        if poll.is_over(at):
            raise Invalid("Validation failed: The poll has already ended")
        before = await polls.votes_of(tx, row.id, viewer.actor_id)
        if before:
            raise Invalid("Validation failed: You have already voted on this poll")
        chosen = _checked(choices, len(poll.options), is_multiple=poll.is_multiple)
        compose = Composer(services.runtime, at)
        votes = [Vote(*compose.new_vote(), choice, poll.options[choice]) for choice in chosen]
        named = {vote.choice: vote.uri for vote in votes}
        await polls.vote(tx, poll, actor_id=viewer.actor_id, choices=named, before=before, at=at)
        if row.peer_id is not None:
            known = await actors.of_ids(tx, [viewer.actor_id, row.author_id])
            voter, author = known.get(viewer.actor_id), known.get(row.author_id)
            if voter is not None and author is not None:
                await publish(tx, [compose.vote(row, author, voter, vote) for vote in votes])


def _checked(choices: Sequence[int], options: int, *, is_multiple: bool) -> list[int]:
    """The numbers, each once. Raises `Invalid`."""
    chosen = list(dict.fromkeys(choices))
    if not chosen:
        raise Invalid("Validation failed: Choose an answer of the poll")
    if not all(0 <= choice < options for choice in chosen):
        raise Invalid("Validation failed: The poll has no such answer")
    if len(chosen) > 1 and not is_multiple:
        raise Invalid("Validation failed: Only one answer of this poll can be chosen")
    return chosen
