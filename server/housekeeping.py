"""Forgetting on schedule: received bodies, ids, dead letters, old sign-in traces; words for posts that have none.

In small batches, so nobody waits.
"""

from datetime import timedelta

from federation.catching_up import note_alive
from federation.inbox.intake import WAKES as RECEIVED
from federation.key_ring import PREVIOUS_KEPT
from federation.runtime import Runtime
from models.writes import (
    discreet,
    inbox,
    invitations,
    local_keys,
    mail,
    moderation_log,
    oauth,
    outbox,
    posts,
    pushes,
    resending,
    rituals,
    sessions,
)
from server.actions import (
    auditors,
    checkpoints,
    expiry,
    guests,
    helping,
    leaving,
    pulse,
    retention,
    succession,
    trials,
    trimming,
    unanswered,
)
from server.actions.reminders import remind_of_reviews
from server.media.remote import RemoteFiles
from server.notify.encryption import TTL
from server.notify.letter_box import LetterBox
from server.statistics import weekly

BODIES_KEPT = timedelta(days=7)
IDS_KEPT = timedelta(days=90)
DEAD_LETTERS_KEPT = timedelta(days=30)
LETTERS_KEPT = timedelta(days=90)
"""That they were sent, and not what they said. Longer than the time before a review in which it is told once."""
MODERATION_KEPT = timedelta(days=3 * 365)
"""What was done in a community and why: as long as product section 8 has it for the audit trail."""

RITUALS_KEPT = timedelta(days=731)
"""After the last time, as long as the figures that tell of them (24 months)."""

EVERY_SECONDS = 3600.0
_BATCH = 500
_WORDS_BATCH = 200
_PAUSE_SECONDS = 0.05


async def run(runtime: Runtime, files: RemoteFiles, box: LetterBox) -> None:
    """Once an hour, until cancelled; first of all what search could not find before it was there."""
    await make_words(runtime)
    while True:
        await forget_once(runtime)
        await files.trim()
        await remind_of_reviews(runtime, box)
        await runtime.clock.sleep(EVERY_SECONDS)


async def keep_departures(runtime: Runtime, language: str) -> None:
    """Once an hour, until cancelled: what is due of guests, auditors, leavers, orphaned communities, and trials."""
    while True:
        await guests.keep_terms(runtime)
        await auditors.keep_out(runtime)
        await succession.keep_terms(runtime)
        await trials.keep_terms(runtime)
        await leaving.keep_schedule(runtime, language)
        await runtime.clock.sleep(EVERY_SECONDS)


async def make_words(runtime: Runtime) -> None:
    """Words of posts that were written before this version could search, the newest first, until all have some."""
    while True:
        async with runtime.db.write() as tx:
            made = await posts.make_words(tx, _WORDS_BATCH)
        if made < _WORDS_BATCH:
            return
        await runtime.clock.sleep(_PAUSE_SECONDS)


async def forget_once(runtime: Runtime) -> None:
    """Everything that is old enough now."""
    now = runtime.clock.now()
    await note_alive(runtime)
    async with runtime.db.write() as tx:
        await sessions.drop_stale(tx, now)
        await oauth.drop_stale(tx, now)
        await mail.forget(tx, now - LETTERS_KEPT)
        await invitations.forget(tx, now)
        await discreet.forget(tx, now)
        await pulse.forget(tx, now)
        await rituals.forget(tx, now - RITUALS_KEPT)
        await local_keys.forget_previous(tx, now - PREVIOUS_KEPT)
    more = True
    while more:
        async with runtime.db.write() as tx:
            changed = await inbox.forget(tx, bodies_before=now - BODIES_KEPT, rows_before=now - IDS_KEPT, most=_BATCH)
            changed += await moderation_log.forget(tx, before=now - MODERATION_KEPT, most=_BATCH)
            changed += await pushes.forget(tx, before=now - TTL, most=_BATCH)
            changed += await outbox.forget(
                tx, dead_before=now - DEAD_LETTERS_KEPT, activities_before=now - IDS_KEPT, most=_BATCH
            )
        more = changed >= _BATCH
        if more:
            await runtime.clock.sleep(_PAUSE_SECONDS)
    await retention.purge(runtime)
    await expiry.keep_terms(runtime)
    await checkpoints.daily(runtime)
    await trimming.trim(runtime)
    await unanswered.ask_again(runtime)
    await helping.ask_members(runtime)
    await weekly.measure(runtime)
    async with runtime.db.write() as tx:
        await resending.probe(tx, now)
        if await inbox.recall_missed(tx, now):
            tx.wake(RECEIVED)
