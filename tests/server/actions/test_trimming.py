"""The trail's oldest entries go after three years, and what is kept still verifies (threats T129, T247)."""

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import delete, func, select, update

from models.audit import KEPT, TRIMMED, AuditCheckpoint, AuditEntry
from models.cases import OPEN, Case
from models.queries import audit
from models.queries import checkpoints as reading
from models.queries.audit import Start
from models.writes import audit as trail
from models.writes import state
from server.actions import checkpoints, trimming
from server.actions.checkpoints import Verified
from tests.support.firm import Firm, clock, firm

__all__ = ["clock", "firm"]


async def act(firm: Firm, count: int) -> None:
    """So many privileged acts."""
    async with firm.runtime.db.write() as tx:
        for _ in range(count):
            at = firm.clock.now()
            await trail.append(tx, at=at, actor="olga@home.test", action="user.create", object="x", details={})


async def sign(firm: Firm) -> int:
    """A checkpoint; how many entries it stands for."""
    async with firm.runtime.db.write() as tx:
        return (await checkpoints.make(tx, firm.runtime, firm.clock.now())).entries


async def check(firm: Firm, kept: bytes | None = None) -> Verified:
    async with firm.runtime.db.read() as tx:
        return await checkpoints.verify(tx, firm.runtime, kept_elsewhere=kept)


async def numbers(firm: Firm) -> list[int]:
    async with firm.runtime.db.read() as tx:
        return [row[0] for row in await tx.select(select(AuditEntry.id).order_by(AuditEntry.id))]


async def old_trail(firm: Firm) -> int:
    """Three acts, a checkpoint, three years, three more acts and another checkpoint; what the first stands for."""
    await act(firm, 3)
    stands = await sign(firm)
    firm.clock.advance(days=KEPT.days, seconds=1)
    await act(firm, 3)
    await sign(firm)
    return stands


async def test_what_is_older_than_three_years_goes_and_the_rest_verifies(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trimming, "BATCH", 2)
    async with firm.runtime.db.read() as tx:
        await audit.verify(tx)
    stands = await old_trail(firm)
    last = (await numbers(firm))[-1]

    await trimming.trim(firm.runtime)
    await trimming.trim(firm.runtime)
    found = await check(firm)

    assert await numbers(firm) == list(range(stands + 1, last + 2))
    assert (found.ok, found.gone, found.entries) == (True, stands, last + 1 - stands)
    async with firm.runtime.db.read() as tx:
        newest, first = await audit.last(tx), (await reading.newest(tx, 2))[0]
    assert newest is not None
    assert (newest.action, newest.actor) == ("audit.trim", trail.SERVER)
    assert (await check(firm, first.document)).ok
    await act(firm, 1)
    assert (await check(firm)).ok


async def test_nothing_goes_a_moment_before_the_term_is_over(firm: Firm) -> None:
    await act(firm, 2)
    await sign(firm)
    before = await numbers(firm)
    firm.clock.advance(days=KEPT.days)

    await trimming.trim(firm.runtime)

    assert await numbers(firm) == before


async def test_while_a_case_is_open_nothing_goes(firm: Firm) -> None:
    """Product section 8: under legal hold, until release, whatever the term."""
    await old_trail(firm)
    before = await numbers(firm)
    async with firm.runtime.db.write() as tx:
        case = {"title": "x", "reason": "x", "names_people": False, "names_communities": False, "state": OPEN}
        await tx.execute(Case.__table__.insert(), {"id": 1, "proposed_at": firm.clock.now(), **case})

    await trimming.trim(firm.runtime)
    held = await numbers(firm)
    async with firm.runtime.db.write() as tx:
        await tx.execute(update(Case).values(state="closed"))
    await trimming.trim(firm.runtime)

    assert held == before
    assert len(await numbers(firm)) < len(before)


async def test_it_goes_once_a_week_at_most(firm: Firm) -> None:
    await old_trail(firm)
    await trimming.trim(firm.runtime)
    await sign(firm)
    firm.clock.advance(days=KEPT.days, seconds=1)
    await sign(firm)
    await trimming.trim(firm.runtime)
    first = (await numbers(firm))[0]
    firm.clock.advance(days=6)

    await trimming.trim(firm.runtime)

    assert (await numbers(firm))[0] == first
    assert timedelta(days=7) == trimming.EVERY


async def test_of_a_trail_that_was_changed_nothing_goes(firm: Firm) -> None:
    """T129: housekeeping does not take the traces away."""
    await old_trail(firm)
    async with firm.runtime.db.write() as tx:
        await tx.execute(update(AuditEntry).where(AuditEntry.id == 2).values(object="y"))
    before = await numbers(firm)

    await trimming.trim(firm.runtime)

    assert await numbers(firm) == before
    assert (await check(firm)).first_bad == 2


async def test_a_beginning_that_no_old_checkpoint_stands_for_is_found(firm: Firm) -> None:
    """T129: whoever takes the beginning away and says that it was time."""
    await act(firm, 3)
    await sign(firm)
    await act(firm, 1)
    async with firm.runtime.db.read() as tx:
        young = (await reading.newest(tx, 1))[0]
    start = Start(young.entries, young.head, young.number, firm.clock.now())
    async with firm.runtime.db.write() as tx:
        await state.put(tx, TRIMMED, msgspec.json.encode(start).decode())
        await tx.execute(delete(AuditEntry).where(AuditEntry.id <= young.entries))

    early = await check(firm)
    async with firm.runtime.db.write() as tx:
        await state.forget(tx, TRIMMED)
    unsaid = await check(firm)

    assert (early.ok, "no old checkpoint stands for them" in (early.problem or "")) == (False, True)
    assert (unsaid.ok, "were removed before it" in (unsaid.problem or "")) == (False, True)


async def test_a_checkpoint_from_before_the_beginning_is_still_compared(firm: Firm) -> None:
    """T247: what a partner kept shows that a checkpoint of what went was made anew."""
    await old_trail(firm)
    async with firm.runtime.db.read() as tx:
        kept = (await reading.newest(tx, 2))[0]
    await trimming.trim(firm.runtime)
    async with firm.runtime.db.write() as tx:
        await tx.execute(delete(AuditCheckpoint).where(AuditCheckpoint.number == kept.number))

    assert not (await check(firm, kept.document)).ok
    async with firm.runtime.db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(AuditCheckpoint)) >= 1
