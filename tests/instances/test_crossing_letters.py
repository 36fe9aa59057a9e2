"""Words of both firms about their agreement cross, and both end at the same (J2, J10, threats T234, T235)."""

import random
from collections.abc import AsyncIterator

import pytest

from federation.agreements import letters
from federation.signatures.key_formats import generate_ed25519
from federation.signatures.sign import SigningKey
from models.writes.restoring import begin_anew
from server.actions.refusals import Refused
from tests.instances.conftest import ON_SQLITE
from tests.instances.crossing import Crossing, crossing, deliver
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance


@pytest.fixture
async def two(alpha: Instance, beta: Instance, clock: HeldClock) -> AsyncIterator[Crossing]:
    async with crossing(alpha, beta, clock) as firms:
        yield firms


@pytest.mark.parametrize(("word", "state"), [("suspend", "suspended"), ("end", "ended")])
async def test_a_stop_that_crosses_with_a_signature_is_a_stop(two: Crossing, word: str, state: str) -> None:
    """T235: beta has signed the next version when alpha, which has not heard of that, stops under the one before."""
    await two.agree()
    await two.propose(two.alpha, ceiling="restricted")
    await two.carry_all()
    await two.accept(two.beta)

    await getattr(two, word)(two.alpha)
    await two.carry(two.alpha)
    assert (await two.seen(two.beta)).state == state
    await two.carry_all()

    assert await two.is_equal()
    assert await two.states() == (state, state)
    if word == "suspend":
        await two.resume(two.alpha)
        await two.resume(two.beta)
        await two.carry_all()
        assert await two.is_equal()
        assert (await two.in_force(two.alpha)).ceiling == "restricted"


@pytest.mark.parametrize("who", ["one", "both"])
async def test_changes_that_both_propose_at_once_end_in_one(two: Crossing, who: str) -> None:
    """J2, T234: each side sees what the other wants, and signs it or not; neither is stuck afterwards."""
    await two.agree()
    await two.propose(two.alpha, ceiling="restricted")
    await two.propose(two.beta, ceiling="confidential")
    assert await two.carry_all() == [202, 202]

    await two.accept(two.beta)
    if who == "both":
        await two.accept(two.alpha)
    await two.carry_all()
    assert await two.is_equal()
    if who == "one":
        assert (await two.in_force(two.beta)).ceiling == "restricted"

    await two.propose(two.beta, ceiling="internal", data_requests="beta's officer")
    await two.carry_all()
    await two.accept(two.alpha)
    await two.carry_all()
    assert await two.is_equal()
    assert (await two.in_force(two.alpha)).data_requests == "beta's officer"


async def test_what_was_signed_counts_though_its_author_has_proposed_something_else_since(two: Crossing) -> None:
    """T234: the later proposal waits on both sides; once it is signed, nothing older comes back."""
    await two.agree()
    await two.propose(two.alpha, ceiling="restricted")
    await two.carry_all()
    await two.accept(two.beta)
    await two.propose(two.alpha, ceiling="confidential")
    await two.carry_all()
    assert await two.is_equal()
    assert (await two.in_force(two.alpha)).ceiling == "restricted"

    await two.accept(two.beta)
    await two.carry_all()
    assert (await two.in_force(two.alpha)).ceiling == "confidential"
    older = next(letter for to, letter in two.letters if to is two.alpha and letter["object"].get("version") == 2)
    await two.say_anew(two.beta, older)
    assert await two.is_equal()
    assert (await two.in_force(two.alpha)).ceiling == "confidential"


async def test_who_said_resume_before_hearing_of_a_suspension_has_to_say_it_again(two: Crossing) -> None:
    """T235: else one side goes on alone, and the other refuses for good what that sends."""
    await two.agree()
    await two.suspend(two.alpha)
    await two.resume(two.alpha)
    await two.carry_all()
    await two.resume(two.beta)
    await two.suspend(two.alpha)
    await two.carry_all()
    assert await two.both() == (await two.rests(two.alpha), await two.rests(two.beta))

    await two.resume(two.alpha)
    await two.carry_all()
    assert await two.states() == ("suspended", "suspended")
    await two.resume(two.beta)
    await two.carry_all()
    assert await two.states() == ("active", "active")
    assert await two.is_equal()


async def test_a_stop_of_one_side_is_not_lifted_by_a_stop_and_go_of_the_other(two: Crossing) -> None:
    """T235: alpha stops and goes on at once, before it hears that beta has stopped as well."""
    await two.agree()
    await two.suspend(two.beta)
    await two.suspend(two.alpha)
    await two.resume(two.alpha)
    await two.carry(two.alpha)

    await two.resume(two.beta)
    assert (await two.seen(two.beta)).state == "suspended"
    await two.carry_all()
    assert await two.states() == ("suspended", "suspended")
    assert await two.is_equal()
    await two.resume(two.alpha)
    await two.carry_all()
    assert await two.states() == ("active", "active")


@pytest.mark.parametrize("first", ["the end", "the signature"])
async def test_a_proposal_that_is_taken_back_is_over_for_both(two: Crossing, first: str) -> None:
    """J2: also for who has signed it meanwhile; what they called back then is answered."""
    await two.propose(two.alpha)
    await two.carry_all()
    if first == "the signature":
        await two.accept(two.beta)
    await two.end(two.alpha)
    await two.carry_all()
    assert await two.states() == ("ended", "ended")

    with pytest.raises(Refused):
        await two.accept(two.beta)
    await two.propose(two.beta)
    await two.carry_all()
    await two.accept(two.alpha)
    await two.carry_all()
    assert await two.states() == ("active", "active")
    assert await two.is_equal()


async def test_what_was_taken_back_oneself_does_not_come_back_when_the_other_does_so(two: Crossing) -> None:
    """J2: both take back what they propose, before either hears of the other's; both may begin anew."""
    await two.propose(two.alpha)
    await two.end(two.alpha)
    await two.propose(two.beta)
    await two.end(two.beta)
    await two.carry_all()
    assert await two.states() == ("ended", "ended")

    await two.agree()
    assert await two.states() == ("active", "active")
    assert await two.is_equal()


@pytest.mark.parametrize("versions", [1, 2])
async def test_what_was_proposed_before_hearing_that_the_other_takes_its_own_back_waits(
    two: Crossing, versions: int
) -> None:
    """J2: one version, or two: it is open on both sides, and can be signed."""
    for number in range(versions):
        await two.propose(two.beta, data_requests=f"version {number}")
    await two.propose(two.alpha)
    await two.end(two.alpha)
    await two.carry_all()
    await two.accept(two.alpha)
    await two.carry_all()

    assert await two.is_equal()
    assert await two.states() == ("active", "active")


async def test_what_the_other_has_seen_does_not_wait_though_letters_count_on_after_a_restored_backup(
    two: Crossing,
) -> None:
    """J2: both had proposed at once and seen that; what beta ends then is not begun again by alpha's large numbers."""
    await two.propose(two.beta)
    await two.propose(two.alpha)
    await two.carry_all()
    async with two.alpha.db.write() as tx:
        await begin_anew(tx, two.clock.now())

    await two.end(two.beta)
    await two.carry_all()

    assert await two.states() == ("ended", "ended")


async def test_who_answers_and_takes_that_back_leaves_nothing_open(two: Crossing) -> None:
    """J2: what was answered has been seen, though a stranger's letter is not counted."""
    await two.propose(two.alpha)
    await two.carry_all()
    await two.propose(two.beta)
    await two.end(two.beta)
    await two.carry_all()

    assert await two.states() == ("ended", "ended")


async def test_a_stranger_takes_back_only_what_a_stranger_proposed(two: Crossing) -> None:
    """T234: by the key that the proposal carries, and no other; a captured one takes back nothing later."""
    await two.propose(two.alpha)
    await two.carry_all()
    await two.end(two.alpha)
    (end,) = await two.written(two.alpha)
    forged = letters.write(
        letters.END,
        identity=end["id"],
        sender=end["actor"],
        receiver=end["to"][0],
        about=end["object"],
        serial=9,
        reason="",
        key=SigningKey(f"{end['actor']}#ed25519-key", generate_ed25519()),
        at=two.clock.now(),
    )
    assert await deliver(two.beta, forged) == 401
    assert (await two.seen(two.beta)).state == "proposed"
    assert await two.carry(two.alpha) == [202]
    assert (await two.seen(two.beta)).state == "ended"

    await two.propose(two.alpha)
    await two.carry_all()
    assert await deliver(two.beta, end) == 403
    assert (await two.seen(two.beta)).state == "proposed"


async def test_what_is_declined_may_be_proposed_otherwise_though_the_answers_cross(two: Crossing) -> None:
    """J2: beta declines the first proposal when the second is on its way."""
    await two.propose(two.alpha)
    await two.carry_all()
    await two.propose(two.alpha, ceiling="restricted")
    await two.end(two.beta)
    assert await two.carry(two.alpha) == [202]

    await two.accept(two.beta)
    await two.carry_all()
    assert await two.states() == ("active", "active")
    assert await two.is_equal()


async def test_nothing_that_was_caught_in_one_agreement_counts_in_the_next(two: Crossing) -> None:
    """T234: suspensions, resumptions, ends and signatures of before, under whatever order."""
    await two.agree()
    for word in ("suspend", "resume"):
        for firm in (two.alpha, two.beta):
            await getattr(two, word)(firm)
        await two.carry_all()
    await two.propose(two.beta, ceiling="restricted")
    await two.carry_all()
    await two.accept(two.alpha)
    await two.carry_all()
    await two.end(two.beta)
    await two.carry_all()
    await two.agree(ceiling="confidential")
    before = await two.both()
    assert before[0].state == "active"

    answers = await two.carry_again()
    random.Random(1).shuffle(two.letters)
    answers += await two.carry_again()

    assert max(answers) < 500
    assert await two.both() == before


@pytest.mark.parametrize("seed", range(8))
@ON_SQLITE
async def test_whatever_both_say_and_whenever_it_comes_they_end_at_the_same(two: Crossing, seed: int) -> None:
    """J2, J10: a random walk of words and of letters that are late; then both can still agree on something new."""
    chance, said = random.Random(seed), []
    if seed % 2:
        await two.agree()
    for _ in range(14):
        firm = chance.choice((two.alpha, two.beta))
        two.clock.advance(seconds=2)
        said.append(await two.something(firm, chance))
    await two.carry_all()

    if await two.is_agreed():
        assert await two.is_equal(), said
        for firm in (two.alpha, two.beta):
            await two.resume(firm)
        await two.carry_all()
        assert await two.states() == ("active", "active"), said
    await two.propose(two.alpha, data_requests="after all that")
    await two.carry_all()
    await two.accept(two.beta)
    await two.carry_all()
    assert await two.is_equal(), said
    assert (await two.in_force(two.beta)).data_requests == "after all that"
