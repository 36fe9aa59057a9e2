"""Posts that their author wrote for later: kept, moved, cancelled, and published when their time has come."""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy.exc import IntegrityError

from models.engine import WriteTx
from models.gate import ActingCommunity, Person, Verb
from models.posts import REPEAT_WINDOW
from models.queries import preferences, scheduled
from models.queries.scheduled import ScheduledRow
from models.writes import media
from models.writes import scheduled as rows
from server.actions import attaching, explaining, moderation, posts
from server.actions.attaching import UNATTACHED_KEPT
from server.actions.posts import Draft
from server.actions.refusals import Invalid, NotThere, Refused
from server.actions.strangers import find_strangers
from server.services import Services

SOONEST: Final = timedelta(minutes=5)
LATEST: Final = timedelta(days=366)
MOST_WAITING: Final = 300
"""Of one person."""

_NOT_AHEAD: Final = "Validation failed: Scheduled at The scheduled date must be in the future"


async def schedule(services: Services, viewer: Person, draft: Draft, due_at: datetime) -> ScheduledRow:
    """Keep a draft until its time. The same Idempotency-Key within an hour gives the same.

    What could not be published now is refused now. Raises `Invalid`, `NotAllowed` or `NotThere`.
    """
    at = services.runtime.clock.now()
    check_time(due_at, at)
    try:
        async with services.runtime.db.write() as tx:
            return await _schedule(tx, services, viewer, draft, due_at)
    except (IntegrityError, Refused) as error:
        if draft.idempotency_key is None:
            raise
        # A repeat can be refused for what happened after the first one: its author left the community.
        refusal = error if isinstance(error, Refused) else None
    async with services.runtime.db.write() as tx:
        known = await scheduled.by_idempotency_key(tx, viewer, draft.idempotency_key, at - REPEAT_WINDOW)
        earlier = await scheduled.one(tx, known, viewer) if known is not None else None
        if earlier is not None:
            return earlier
        if refusal is not None:
            raise refusal
        await rows.forget_key(tx, viewer.actor_id, draft.idempotency_key)
        return await _schedule(tx, services, viewer, draft, due_at)


_FILE_GONE = "A file of it was deleted, or is part of another post by now."


def check_time(due_at: datetime, now: datetime) -> None:
    """Raises `Invalid` for what is too soon to be called later, or too late for anybody to remember."""
    if due_at < now + SOONEST:
        raise Invalid(_NOT_AHEAD)
    if due_at > now + LATEST:
        raise Invalid("Validation failed: Scheduled at The scheduled date is more than a year ahead")


async def _schedule(tx: WriteTx, services: Services, viewer: Person, draft: Draft, due_at: datetime) -> ScheduledRow:
    at = services.runtime.clock.now()
    number = services.runtime.tokens.next_id(at)
    await moderation.answer_for(tx, services.runtime, viewer, Verb.POST, "schedule", str(number))
    await posts.require_right(tx, services, viewer, draft)
    files = await attaching.chosen(tx, viewer, draft.file_ids)
    if not files and not draft.text.strip():
        raise Invalid("Validation failed: Text can't be blank")
    await media.hold(tx, [file.id for file in files], viewer, due_at + UNATTACHED_KEPT)
    if await scheduled.count_of(tx, viewer) >= MOST_WAITING:
        raise Invalid(f"Validation failed: You have {MOST_WAITING} scheduled posts already")
    row = ScheduledRow(
        id=number,
        actor_id=viewer.actor_id,
        draft=msgspec.to_builtins(draft) | {"file_ids": [file.id for file in files]},
        due_at=due_at,
        idempotency_key=draft.idempotency_key,
        by_id=viewer.by_id if isinstance(viewer, ActingCommunity) else None,
    )
    await rows.add(tx, row, at)
    return row


def draft_of(row: ScheduledRow) -> Draft:
    """What is to be published. Made once, so no key of its request counts any more."""
    return msgspec.convert(row.draft | {"idempotency_key": None}, Draft)


async def move(services: Services, viewer: Person, scheduled_id: int, due_at: datetime) -> ScheduledRow:
    """Another time. Raises `Invalid`, `NotThere`."""
    check_time(due_at, services.runtime.clock.now())
    async with services.runtime.db.write() as tx:
        await moderation.answer_for(tx, services.runtime, viewer, Verb.POST, "reschedule", str(scheduled_id))
        is_moved = await rows.move(tx, viewer.actor_id, scheduled_id, due_at)
        row = await scheduled.one(tx, scheduled_id, viewer) if is_moved else None
        if row is not None:
            await media.hold(tx, draft_of(row).file_ids or [], row.viewer, due_at + UNATTACHED_KEPT)
    if row is None:
        raise NotThere()
    return row


async def cancel(services: Services, viewer: Person, scheduled_id: int) -> None:
    """Do not publish it. Raises `NotThere`."""
    async with services.runtime.db.write() as tx:
        await moderation.answer_for(tx, services.runtime, viewer, Verb.POST, "unschedule", str(scheduled_id))
        row = await scheduled.one(tx, scheduled_id, viewer)
        if row is None or not await rows.cancel(tx, viewer.actor_id, scheduled_id):
            raise NotThere()
        until = services.runtime.clock.now() + UNATTACHED_KEPT
        await media.hold(tx, draft_of(row).file_ids or [], row.viewer, until)


async def publish_due(services: Services, row: ScheduledRow, leased_until: datetime) -> None:
    """Publish a post whose time has come, once: its row goes in the transaction in which the post comes.

    Who may not publish it any more is told so in private, with the text; of a community, who wrote it in its name.
    """
    viewer, draft = row.viewer, draft_of(row)
    author = Person(viewer.person_id)
    await find_strangers(services, viewer, draft.text)
    await services.key_ring.refresh()
    at = services.runtime.clock.now()
    try:
        async with services.runtime.db.write() as tx:
            if await rows.take(tx, row.id, leased_until) and await _is_here(tx, author):
                if len(await attaching.chosen(tx, viewer, draft.file_ids)) < len(draft.file_ids or ()):
                    raise Invalid(_FILE_GONE)
                await posts.write(tx, services, viewer, draft, at)
    except Refused as refusal:
        async with services.runtime.db.write() as tx:
            if await rows.take(tx, row.id, leased_until) and await _is_here(tx, author):
                await explaining.not_published(tx, services.runtime, author, str(refusal), draft.text)


async def _is_here(tx: WriteTx, viewer: Person) -> bool:
    own = await preferences.of_person(tx, viewer.actor_id)
    return own is not None and not own.is_suspended
