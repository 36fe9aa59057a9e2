"""One change of an agreement is declined, or taken back, and what is in force stays (J2, threats T234)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from federation.agreements import letters
from federation.agreements.office import own_office
from federation.signatures.key_formats import generate_ed25519
from federation.signatures.sign import SigningKey
from models.audit import AuditEntry
from models.queries import agreements as reading
from server.actions import agreements
from server.actions.refusals import Refused
from tests.instances.conftest import ON_SQLITE
from tests.instances.crossing import Crossing, crossing, deliver
from tests.instances.offices import NEW, TERMS, offices
from tests.instances.test_operations import shell_of
from tests.server.admin.desk import pressed
from tests.support.api import Document
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance


@pytest.fixture
async def clock() -> HeldClock:
    """Held at the present, which is what commands go by."""
    return HeldClock(datetime.now(UTC))


@pytest.fixture
async def two(alpha: Instance, beta: Instance, clock: HeldClock) -> AsyncIterator[Crossing]:
    async with crossing(alpha, beta, clock) as firms:
        yield firms


async def said(firm: Instance) -> list[str]:
    """What the trail says of agreements, in order."""
    entries = await firm.rows(select(AuditEntry.action).order_by(AuditEntry.id))
    return [row[0].partition(".")[2] for row in entries if row[0].startswith("agreement.")]


async def states(firm: Instance, domain: str) -> list[tuple[int, str]]:
    """Every version there, the oldest first."""
    async with firm.db.read() as tx:
        standing = await reading.standing(tx, domain)
        assert standing is not None
        return [(row.version, row.state) for row in reversed(await reading.versions(tx, standing.id))]


Act = Callable[[Crossing], Awaitable[None]]


async def declined(two: Crossing) -> None:
    await two.decline(two.beta)


async def taken_back(two: Crossing) -> None:
    await two.take_back(two.alpha)


@pytest.mark.parametrize(
    ("act", "ours", "theirs"), [(declined, "declined", "decline"), (taken_back, "take-back", "taken-back")]
)
async def test_one_change_is_over_and_what_is_in_force_stays(two: Crossing, act: Act, ours: str, theirs: str) -> None:
    """Both trails say so; it cannot be signed any more, something else can."""
    await two.agree()
    await two.propose(two.alpha, ceiling="restricted")
    await two.carry_all()
    before = await two.both()

    await act(two)
    assert await two.carry_all() == [202]

    assert await two.both() == before
    assert await states(two.alpha, "beta.test") == [(1, "in-force"), (2, "declined")]
    assert await states(two.beta, "alpha.test") == [(1, "in-force"), (2, "declined")]
    assert (await said(two.alpha))[-1] == ours
    assert (await said(two.beta))[-1] == theirs
    for word in (two.accept, two.decline):
        with pytest.raises(Refused, match="proposes nothing"):
            await word(two.beta)
    with pytest.raises(Refused, match="Nothing that this firm proposed"):
        await two.take_back(two.alpha)
    assert await two.carry_again() == [202] * len(two.letters)
    assert await two.both() == before

    # Word by word the same may be proposed again, and be signed then.
    await two.propose(two.alpha, ceiling="restricted")
    await two.carry_all()
    await two.accept(two.beta)
    await two.carry_all()
    assert await two.is_equal()
    assert (await two.in_force(two.beta)).version == 3


async def test_who_has_signed_what_is_taken_back_goes_back_and_rests(two: Crossing) -> None:
    """The signature crosses with the word: the version before counts on both sides once both say so."""
    await two.agree()
    first = (await two.seen(two.alpha)).in_force
    await two.propose(two.alpha, ceiling="restricted")
    await two.carry_all()
    await two.accept(two.beta)
    await two.take_back(two.alpha)
    assert await two.carry(two.beta) == [403]
    assert await two.carry_all() == [202, 202]

    assert await two.both() == (await two.rests(two.alpha), await two.rests(two.beta))
    assert (await two.seen(two.beta)).in_force == first
    for firm in (two.alpha, two.beta):
        await two.resume(firm)
    await two.carry_all()
    assert await two.states() == ("active", "active")
    assert await two.is_equal()


async def test_a_signature_that_was_outdone_counts_when_what_outdid_it_is_taken_back(two: Crossing) -> None:
    """Both propose, and sign the other's: alpha has taken back what beta signed before it hears of that."""
    await two.agree()
    await two.propose(two.alpha, data_requests="first")
    await two.propose(two.alpha, data_requests="second")
    await two.propose(two.beta, data_requests="theirs")
    await two.carry_all()
    await two.accept(two.alpha)
    await two.accept(two.beta)
    assert (await two.in_force(two.beta)).data_requests == "second"
    await two.take_back(two.alpha)
    await two.carry_all()

    assert await two.is_equal()
    assert (await two.in_force(two.beta)).data_requests == "theirs"
    assert await two.states() == ("suspended", "suspended")


async def test_after_the_end_the_text_that_both_had_signed_is_shown(two: Crossing) -> None:
    """J2: each side keeps it, and prints it; not what was taken back since."""
    await two.agree()
    await two.propose(two.alpha, ceiling="restricted")
    await two.carry_all()
    await two.take_back(two.alpha)
    await two.end(two.beta)
    await two.carry_all()

    for firm in (two.alpha, two.beta):
        async with firm.db.read() as tx:
            standing = await reading.standing(tx, two.other(firm).host)
            row = await agreements.current(tx, standing.id) if standing else None
        assert row is not None
        assert (row.version, row.signed_at is not None) == (1, True)


async def test_a_change_that_was_declined_and_taken_back_at_once_is_over(two: Crossing) -> None:
    await two.agree()
    await two.propose(two.alpha, ceiling="restricted")
    await two.carry_all()
    await two.decline(two.beta)
    await two.take_back(two.alpha)

    assert await two.carry_all() == [202, 202]

    assert await two.states() == ("active", "active")
    assert await two.is_equal()


@pytest.mark.parametrize("act", [declined, taken_back])
async def test_basic_partners_that_come_to_no_agreement_stay_basic_partners(two: Crossing, act: Act) -> None:
    for firm in (two.alpha, two.beta):
        await firm.allow(two.other(firm).host)
    for wanted in ({"ceiling": "restricted"}, {"ceiling": "confidential"}):
        await two.propose(two.alpha, **wanted)
    await two.carry_all()
    # As whoever has exchanged anything with it knows its server.
    await agreements.look_up(two.beta.services, "alpha.test")

    await act(two)
    assert set(await two.carry_all()) == {202}

    assert await two.states() == ("active", "active")
    assert {state for _, state in await states(two.alpha, "beta.test")} <= {"declined", "replaced"}
    with pytest.raises(Refused):
        await two.accept(two.beta)


async def test_a_first_proposal_is_declined_and_taken_back_as_well(two: Crossing) -> None:
    await two.propose(two.alpha)
    await two.carry_all()
    await two.take_back(two.alpha)
    await two.carry_all()
    assert await two.states() == ("ended", "ended")

    await two.propose(two.alpha)
    await two.carry_all()
    await two.decline(two.beta)
    assert (await two.seen(two.beta)).state == "ended"


async def test_nobody_takes_back_what_is_not_theirs(two: Crossing) -> None:
    """T234: neither somebody else in alpha's name, nor beta what alpha proposes, nor anybody what is unknown."""
    await two.agree()
    await two.propose(two.alpha, ceiling="restricted")
    await two.carry_all()
    offer = two.letters[-1][1]["object"]
    about = {"type": "Agreement", "id": offer["id"], "version": 2, "seen": 0}
    async with two.alpha.db.read() as tx:
        standing = await reading.standing(tx, "beta.test")
        assert standing is not None
        row = await reading.proposed(tx, standing.id)
        assert row is not None
        office = await own_office(tx, two.alpha.services.runtime)
    async with two.beta.db.read() as tx:
        other = await own_office(tx, two.beta.services.runtime)
    assert office is not None
    assert other is not None
    impostor = SigningKey(office.key.key_id, generate_ed25519())

    def undo(key: SigningKey, sender: str, receiver: str, digest: str) -> Document:
        return letters.write(
            letters.UNDO,
            identity=f"{sender}/letters/900",
            sender=sender,
            receiver=receiver,
            about=about | {"hash": digest},
            serial=900,
            reason="",
            key=key,
            at=two.clock.now(),
        )

    alpha, beta = office.actor.uri, other.actor.uri
    assert await deliver(two.beta, undo(impostor, alpha, beta, row.hash)) == 401
    assert await deliver(two.alpha, undo(other.key, beta, alpha, row.hash)) == 403
    assert await deliver(two.beta, undo(office.key, alpha, beta, "0" * 64)) == 403
    await two.accept(two.beta)
    await two.carry_all()
    assert (await two.in_force(two.alpha)).ceiling == "restricted"


@ON_SQLITE
async def test_both_are_done_at_a_shell(two: Crossing) -> None:
    await two.agree()
    for firm, command in ((two.beta, "decline"), (two.alpha, "take-back")):
        await two.propose(two.alpha, ceiling="restricted")
        await two.carry_all()
        shell = shell_of(firm)

        told = await shell.ask("partner", command, two.other(firm).host)

        assert (told["state"], told["version"]) == ("active", 1)
        await two.carry_all()
        assert await two.is_equal()
        assert "proposed" not in str(await states(two.alpha, "beta.test"))
        assert "nothing" in (await shell.refusal("partner", command, two.other(firm).host)).lower()


@ON_SQLITE
async def test_both_are_done_on_the_page_of_the_agreement(two: Crossing) -> None:
    """By either office; an answer that was being written is given up with what it answers."""
    alpha, beta = await offices(two.alpha, "beta.test"), await offices(two.beta, "alpha.test")
    await two.agree()
    await two.propose(two.alpha, ceiling="restricted")
    await two.carry_all()
    await pressed(beta.admin, beta.page, f"{beta.page}/answer")

    told = await pressed(beta.auditor, beta.page, f"{beta.page}/decline")
    await two.carry_all()

    assert "what is in force stays" in told.text
    assert "nobody has signed it" not in told.text
    assert "/decline" not in told.text
    await pressed(alpha.admin, NEW, NEW, host="beta.test", **TERMS)
    await alpha.signs()
    await two.carry_all()
    back = await pressed(alpha.admin, alpha.page, f"{alpha.page}/take-back")
    await two.carry_all()
    assert "Taken back" in back.text
    assert "/decline" not in (await beta.admin.get(beta.page)).text
    assert await two.states() == ("active", "active")
