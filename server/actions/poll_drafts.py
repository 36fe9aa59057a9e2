"""The poll of a draft: what it must be like, and what an edit does to one that is there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models.engine import WriteTx
from models.posts import QUESTION
from models.queries.polls import PollRow
from models.writes import polls
from models.writes.polls import NewPoll
from server.actions.refusals import Invalid

MOST_OPTIONS: Final = 4
OPTION_CHARACTERS: Final = 50
SHORTEST_SECONDS: Final = 300
LONGEST_SECONDS: Final = 2_629_746
"""A month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollDraft:
    """What a person wants to ask."""

    options: tuple[str, ...]
    seconds: int
    """How long it is open, from now."""
    is_multiple: bool = False
    hides_totals: bool = False


def check(draft: PollDraft | None) -> None:
    """Raises `Invalid` with a sentence for the author."""
    if draft is None:
        return
    if len(draft.options) < 2:
        raise Invalid("Validation failed: A poll needs at least two answers")
    if len(draft.options) > MOST_OPTIONS:
        raise Invalid(f"Validation failed: A poll has at most {MOST_OPTIONS} answers")
    if any(len(option) > OPTION_CHARACTERS for option in draft.options):
        raise Invalid(f"Validation failed: An answer has at most {OPTION_CHARACTERS} characters")
    if len(set(draft.options)) < len(draft.options):
        raise Invalid("Validation failed: Two answers of the poll are the same")
    if draft.seconds < SHORTEST_SECONDS:
        raise Invalid(f"Validation failed: A poll is open for at least {SHORTEST_SECONDS} seconds")
    if draft.seconds > LONGEST_SECONDS:
        raise Invalid(f"Validation failed: A poll is open for at most {LONGEST_SECONDS} seconds")


async def add(tx: WriteTx, post_id: int, draft: PollDraft | None, at: datetime) -> PollRow | None:
    """Store the poll of a new post, if it has one."""
    if draft is None:
        return None
    await polls.add(tx, [_row(post_id, draft, at)])
    return _as_read(post_id, draft, at)


async def stored_for(tx: WriteTx, post_id: int, kind: str, draft: PollDraft | None) -> PollRow | None:
    """The poll that a post has, where an edit may change it."""
    return await polls.take(tx, post_id) if kind == QUESTION or draft is not None else None


async def change(
    tx: WriteTx, post_id: int, stored: PollRow | None, draft: PollDraft | None, at: datetime
) -> PollRow | None:
    """Put a draft's poll in the place of what there is; the poll then. Other answers begin without votes.

    An edit without a poll takes it away (client API section 7: the whole post is sent).
    """
    if draft is None:
        if stored is not None:
            await polls.remove(tx, post_id)
        return None
    if stored is None or (stored.options, stored.is_multiple) != (list(draft.options), draft.is_multiple):
        await polls.replace(tx, _row(post_id, draft, at))
        return _as_read(post_id, draft, at)
    await polls.prolong(tx, post_id, expires_at=at + timedelta(seconds=draft.seconds), hides_totals=draft.hides_totals)
    return await polls.take(tx, post_id)


def asks_the_same(stored: PollRow | None, draft: PollDraft | None) -> bool:
    """Whether an edit leaves the answers as they are."""
    if stored is None or draft is None:
        return stored is None and draft is None
    return (stored.options, stored.is_multiple, stored.hides_totals) == (
        list(draft.options),
        draft.is_multiple,
        draft.hides_totals,
    )


def _row(post_id: int, draft: PollDraft, at: datetime) -> NewPoll:
    return NewPoll(
        post_id=post_id,
        options=list(draft.options),
        counts=[0] * len(draft.options),
        voters=0,
        is_multiple=draft.is_multiple,
        hides_totals=draft.hides_totals,
        expires_at=at + timedelta(seconds=draft.seconds),
    )


def _as_read(post_id: int, draft: PollDraft, at: datetime) -> PollRow:
    row = _row(post_id, draft, at)
    return PollRow(
        post_id, row.options, row.counts, row.voters, row.is_multiple, row.hides_totals, row.expires_at, is_ours=True
    )
