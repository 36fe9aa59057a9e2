"""Two firms tell each other daily where their audit trails stand; who rewrites its own is found out (T129, T247)."""

from collections.abc import AsyncIterator
from functools import partial

import msgspec
import pytest
from sqlalchemy import delete, update

from federation.agreements import checkpoints as format_of
from federation.agreements import letters
from models.audit import AuditCheckpoint, AuditEntry
from models.queries import checkpoints as reading
from models.queries.checkpoints import PartnerHead
from models.writes import audit as trail
from models.writes.audit import OPERATOR
from server.actions import agreements, checkpoints
from server.actions.agreements import Wanted
from server.actions.checkpoints import Verified
from server.actions.refusals import Refused
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance
from tests.support.waiting import until


async def settle(*firms: Instance) -> None:
    for _ in range(2):
        for firm in firms:
            firm.nudge()
            await firm.at_rest()


@pytest.fixture
async def agreed(alpha: Instance, beta: Instance) -> AsyncIterator[tuple[Instance, Instance]]:
    """alpha and beta, with an agreement in force."""
    async with alpha.running(), beta.running():
        await alpha.community("plans", host=await alpha.person("alice"))
        await agreements.propose(alpha.services, "beta.test", Wanted(communities=["plans"]), by=OPERATOR)
        await settle(alpha, beta)
        await agreements.accept(beta.services, "alpha.test", (), by=OPERATOR)
        await settle(alpha, beta)
        for firm in (alpha, beta):
            # The first one is made at the start, beside everything else.
            await until(partial(own, firm))
        yield alpha, beta


async def check(firm: Instance, kept: bytes | None = None) -> Verified:
    async with firm.db.read() as tx:
        return await checkpoints.verify(tx, firm.services.runtime, kept_elsewhere=kept)


async def make(firm: Instance) -> None:
    async with firm.db.write() as tx:
        await checkpoints.make(tx, firm.services.runtime, firm.clock.now())


async def act(firm: Instance, action: str) -> None:
    """A privileged act."""
    async with firm.db.write() as tx:
        await trail.append(tx, at=firm.clock.now(), actor=OPERATOR, action=action, object="x", details={})


async def head_of(firm: Instance) -> PartnerHead | None:
    """What the firm knows of its only partner's trail."""
    async with firm.db.read() as tx:
        heads = await reading.heads(tx)
    return heads[0] if heads else None


async def own(firm: Instance) -> list[reading.CheckpointRow]:
    async with firm.db.read() as tx:
        return await reading.newest(tx, 100)


async def told(firm: Instance, number: int) -> PartnerHead:
    """What it knows, once it has been told of this checkpoint."""

    async def has_come() -> bool:
        # Hourly work that was still at it when the day began goes to sleep for another hour.
        firm.clock.advance(minutes=1)
        head = await head_of(firm)
        return head is not None and head.number == number

    await until(has_come)
    head = await head_of(firm)
    assert head is not None
    return head


async def test_each_day_brings_one_checkpoint_which_partners_keep(
    agreed: tuple[Instance, Instance], clock: HeldClock
) -> None:
    alpha, beta = agreed
    (first,) = await own(alpha)

    clock.advance(days=1)
    await told(beta, 2)
    clock.advance(hours=2)
    await settle(alpha, beta)
    clock.advance(days=1)

    head = await told(beta, 3)
    assert [row.number for row in await own(alpha)] == [1, 2, 3]
    assert head.hash == (await own(alpha))[-1].hash
    assert head.problem is None
    assert first.entries <= head.entries
    assert (await check(alpha)).ok


async def test_two_processes_make_one_between_them(agreed: tuple[Instance, Instance], clock: HeldClock) -> None:
    alpha, _ = agreed

    for _ in range(2):
        await checkpoints.daily(alpha.services.runtime)

    assert len(await own(alpha)) == 1


async def test_entries_that_were_cut_off_are_named(agreed: tuple[Instance, Instance]) -> None:
    """T129: what the chain of hashes alone does not show."""
    alpha, _ = agreed
    for action in ("one", "two", "three"):
        await act(alpha, action)
    await make(alpha)
    count = (await own(alpha))[-1].entries
    async with alpha.db.write() as tx:
        await tx.execute(delete(AuditEntry).where(AuditEntry.id > count - 2))

    found = await check(alpha)

    assert (found.ok, found.first_bad) == (False, count - 1)
    assert found.problem == f"entries up to {count} were there at checkpoint 2: cut off since"


async def test_a_whole_trail_that_was_written_anew_is_found(agreed: tuple[Instance, Instance]) -> None:
    """T129: every hash fits again, but not the signed checkpoint."""
    alpha, _ = agreed
    await make(alpha)
    before = (await own(alpha))[-1].entries
    await act(alpha, "partner.suspend")
    await make(alpha)
    async with alpha.db.write() as tx:
        await tx.execute(delete(AuditEntry).where(AuditEntry.id > before))
    await act(alpha, "partner.allow")

    found = await check(alpha)

    assert (found.ok, found.first_bad) == (False, before + 1)
    assert "rewritten since" in (found.problem or "")


async def test_a_changed_and_a_removed_checkpoint_are_found(agreed: tuple[Instance, Instance]) -> None:
    alpha, _ = agreed
    await make(alpha)
    await make(alpha)
    assert (await check(alpha)).ok
    async with alpha.db.write() as tx:
        await tx.execute(update(AuditCheckpoint).where(AuditCheckpoint.number == 3).values(entries=1))
    assert "checkpoint 3 was changed" in ((await check(alpha)).problem or "")

    async with alpha.db.write() as tx:
        await tx.execute(delete(AuditCheckpoint).where(AuditCheckpoint.number == 2))

    assert "checkpoint 3" in ((await check(alpha)).problem or "")


async def test_what_a_partner_keeps_shows_a_trail_whose_end_went_with_its_checkpoints(
    agreed: tuple[Instance, Instance],
) -> None:
    """Whoever cuts off entries and the checkpoints above them is shown by the partner's copy."""
    alpha, beta = agreed
    await act(alpha, "secret act")
    await make(alpha)
    await settle(alpha, beta)
    entries = (await own(alpha))[-1].entries
    async with beta.db.read() as tx:
        kept = (await checkpoints.held_of(tx, beta.services.runtime, "alpha.test")).document
    async with alpha.db.write() as tx:
        await tx.execute(delete(AuditEntry).where(AuditEntry.id == entries))
        await tx.execute(delete(AuditCheckpoint).where(AuditCheckpoint.number == 2))
    assert (await check(alpha)).ok

    found = await check(alpha, kept)

    assert (found.ok, found.first_bad) == (False, entries)
    with pytest.raises(Refused, match="no checkpoint"):
        await check(alpha, b'{"type": "AuditCheckpoint"}')


async def test_a_partner_that_tells_another_history_raises_an_alarm_that_stays_until_it_is_accepted(
    agreed: tuple[Instance, Instance], clock: HeldClock
) -> None:
    """T247."""
    alpha, beta = agreed
    await make(beta)
    good = await told(alpha, 2)
    async with beta.db.write() as tx:
        await tx.execute(delete(AuditCheckpoint).where(AuditCheckpoint.number == 2))
    await act(beta, "another history")

    await make(beta)
    await settle(alpha, beta)

    forked = await head_of(alpha)
    assert forked is not None
    assert (forked.number, forked.problem) == (2, "checkpoint 2 is another one than before")
    async with alpha.db.read() as tx:
        peer = await checkpoints.held_of(tx, alpha.services.runtime, "beta.test")
        last = await reading.last_of(tx, peer.peer_id)
    assert last is not None
    assert last.hash == good.hash
    await make(beta)
    await settle(alpha, beta)
    assert (await told(alpha, 3)).problem is not None

    async with alpha.db.write() as tx:
        await checkpoints.accept(tx, alpha.services.runtime, "beta.test", by=OPERATOR)
    await make(beta)

    assert (await told(alpha, 4)).problem is None
    async with alpha.db.write() as tx:
        with pytest.raises(Refused, match="nothing to accept"):
            await checkpoints.accept(tx, alpha.services.runtime, "beta.test", by=OPERATOR)


async def test_a_partner_that_was_away_gets_what_it_missed(agreed: tuple[Instance, Instance], clock: HeldClock) -> None:
    """Also where letters between were lost: each carries the last few, in what a letter may have."""
    alpha, beta = agreed
    for _ in range(format_of.MOST_IN_A_LETTER + 2):
        await make(alpha)
    await settle(alpha, beta)

    sent = await alpha.composed(letters.ADD)
    assert len(sent[-1]["object"]["checkpoints"]) == format_of.MOST_IN_A_LETTER
    assert len(msgspec.json.encode(sent[-1])) < letters.MAX_BYTES
    assert (await told(beta, format_of.MOST_IN_A_LETTER + 3)).problem is None
