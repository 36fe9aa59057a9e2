"""Answers to a proposal that come too late, fit nothing, or are dated by another clock (J2, threats T234)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from federation.agreements import letters, terms
from federation.agreements.office import Office, document_of, own_office
from models.queries import agreements as reading
from server.actions.refusals import Refused
from tests.instances.crossing import Crossing, crossing, deliver
from tests.instances.test_agreements import Stranger
from tests.support.api import Document
from tests.support.fake_peer import Hosts
from tests.support.held_clock import NOON, HeldClock
from tests.support.instances import Databases, Instance


@pytest.fixture
async def two(alpha: Instance, beta: Instance, clock: HeldClock) -> AsyncIterator[Crossing]:
    async with crossing(alpha, beta, clock) as firms:
        yield firms


@pytest.mark.parametrize("what", ["first", "change"])
async def test_what_was_signed_in_time_and_heard_of_too_late_is_in_force_and_rests(two: Crossing, what: str) -> None:
    """J2: past the review date; both see the same, nothing passes, and a new version lets it go on."""
    if what == "change":
        await two.agree()
    await two.propose(two.alpha, review_days=30, ceiling="restricted")
    await two.carry_all()
    two.clock.advance(days=29)
    await two.accept(two.beta)
    two.clock.advance(days=2)

    assert await two.carry(two.beta) == [202]
    assert (await two.seen(two.alpha)).state == "suspended"
    await two.carry_all()

    assert await two.both() == (await two.rests(two.alpha), await two.rests(two.beta))
    assert await two.is_equal()
    assert (await two.in_force(two.alpha)).ceiling == "restricted"
    for firm in (two.alpha, two.beta):
        with pytest.raises(Refused, match="review date"):
            await two.resume(firm)
    await two.agree(ceiling="confidential")
    for firm in (two.alpha, two.beta):
        await two.resume(firm)
    await two.carry_all()
    assert await two.states() == ("active", "active")
    assert await two.is_equal()


async def test_what_is_past_its_review_date_is_not_signed_any_more(two: Crossing) -> None:
    """The day before it is."""
    await two.propose(two.alpha, review_days=30)
    await two.carry_all()
    two.clock.advance(days=30)
    with pytest.raises(Refused, match="review date"):
        await two.accept(two.beta)
    two.clock.jump(days=-1)
    await two.accept(two.beta)
    await two.carry_all()
    assert await two.states() == ("active", "active")


async def test_a_counter_proposal_that_comes_too_late_waits_for_somebody(two: Crossing) -> None:
    """It is not signed at once; what is proposed instead can be signed."""
    await two.beta.community("ideas", host=await two.beta.person("bob"))
    await two.propose(two.alpha, review_days=30)
    await two.carry_all()
    two.clock.advance(days=29)
    await two.accept(two.beta, "ideas")
    two.clock.advance(days=2)

    assert await two.carry_all() == [202]
    assert await two.states() == ("proposed", "proposed")
    with pytest.raises(Refused, match="review date"):
        await two.accept(two.alpha)
    await two.propose(two.alpha)
    await two.carry_all()
    await two.accept(two.beta)
    await two.carry_all()
    assert await two.states() == ("active", "active")
    assert await two.is_equal()


@pytest.mark.parametrize(("days", "answer"), [(732, 202), (733, 403)])
async def test_terms_run_for_24_months_at_most(two: Crossing, days: int, answer: int) -> None:
    """J2: 731 days, and one in which the clocks of two firms may differ."""
    review = (two.clock.now() + timedelta(days=days)).date()
    offer = await Stranger.at("stranger.test").offer(two.alpha, two.clock, review_date=review)

    assert await deliver(two.alpha, offer) == answer


async def office_of(firm: Instance) -> Office:
    async with firm.db.read() as tx:
        office = await own_office(tx, firm.services.runtime)
    assert office is not None
    return office


async def offered(two: Crossing) -> Document:
    """What beta was offered, as it has it."""
    async with two.beta.db.read() as tx:
        standing = await reading.standing(tx, "alpha.test")
        row = await reading.proposed(tx, standing.id) if standing else None
    assert row is not None
    return document_of(row)


async def accepted(two: Crossing, text: Document) -> Document:
    """A letter in which beta accepts this."""
    office, alpha = await office_of(two.beta), await office_of(two.alpha)
    return letters.write(
        letters.ACCEPT,
        identity="http://beta.test/activities/900",
        sender=office.actor.uri,
        receiver=alpha.actor.uri,
        about=text,
        serial=900,
        reason="",
        key=office.key,
        at=two.clock.now(),
    )


@pytest.mark.parametrize(
    "change", [{"ceiling": "confidential"}, {"version": 2}, {"reviewDate": "2027-12-31"}, {"history": True}], ids=str
)
@pytest.mark.parametrize("who", ["beta", "both"])
async def test_what_was_not_offered_is_not_accepted(two: Crossing, change: dict[str, Any], who: str) -> None:
    """Another text, by one signature or below both of ours: refused, and the right one counts afterwards."""
    await two.propose(two.alpha)
    await two.carry_all()
    text = await offered(two)
    key, at = (await office_of(two.beta)).key, two.clock.now()
    altered = text | change if who == "both" else {k: v for k, v in (text | change).items() if k != "proof"}

    assert await deliver(two.alpha, await accepted(two, terms.signed(altered, key, at=at))) == 403
    assert await deliver(two.alpha, await accepted(two, text)) == 403
    assert (await two.seen(two.alpha)).state == "proposed"

    await two.accept(two.beta)
    assert await two.carry_all() == [202]
    assert await two.is_equal()
    assert await two.states() == ("active", "active")


@pytest.fixture
async def other_clock(
    new_database: Databases, tmp_path: Path, hosts: Hosts, alpha: Instance
) -> AsyncIterator[Crossing]:
    """beta's clock is a day and an hour ahead."""
    theirs = HeldClock(NOON + timedelta(hours=25))
    async with (
        Instance.made("beta.test", hosts, theirs, new_database(), tmp_path) as beta,
        crossing(alpha, beta, alpha.clock) as firms,
    ):
        yield firms


async def test_clocks_may_differ_by_a_day(other_clock: Crossing) -> None:
    """23 hours: every word of who is ahead, and of who is behind."""
    two = other_clock
    two.clock.advance(hours=2)
    await two.agree()
    for word in ("suspend", "resume"):
        for firm in (two.alpha, two.beta):
            await getattr(two, word)(firm)
        assert set(await two.carry_all()) == {202}
    await two.propose(two.beta, ceiling="restricted")
    await two.carry_all()
    await two.accept(two.alpha)
    await two.carry_all()
    assert await two.states() == ("active", "active")
    assert await two.is_equal()
    assert (await two.in_force(two.alpha)).ceiling == "restricted"
    await two.end(two.beta)
    await two.carry_all()
    assert await two.states() == ("ended", "ended")


async def test_what_is_dated_more_than_a_day_ahead_counts_once_it_is_not(other_clock: Crossing) -> None:
    """25 hours: refused, and nothing changes; the same letter, sent again when that much has passed, counts."""
    two = other_clock
    await two.propose(two.alpha)
    await two.carry_all()
    await two.accept(two.beta)
    assert await two.carry(two.beta) == [401]
    assert (await two.seen(two.alpha)).state == "proposed"

    two.clock.advance(hours=1)
    two.carried["beta.test"] = 0
    assert await two.carry(two.beta) == [202]

    assert await two.states() == ("active", "active")
    assert await two.is_equal()
