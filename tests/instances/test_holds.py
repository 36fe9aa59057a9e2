"""Retention and legal cases between two firms: partners delete what is over, and hear of a case no more than "held"."""

import msgspec
import pytest
from sqlalchemy import func, select

from models.actors import Actor
from models.gate import CaseReader
from models.proposals import CLOSE_CASE, OPEN_CASE
from models.queries import audit, proposals
from models.queries import cases as reading
from models.queries.rules import Rules
from models.retention import OF_PERSON, KeptCopy
from models.writes import purging
from models.writes.audit import OPERATOR
from models.writes.keeping import PURPOSE
from server.actions import accounts, cases, erasing, leaving, openness, receipts, retention
from server.actions.cases import Wanted
from server.actions.officers import Officer
from tests.instances.sharing import Firms
from tests.instances.test_retractions import Shared, shared_in
from tests.support.instances import Instance
from tests.support.waiting import until


@pytest.fixture
async def shared(firms: Firms) -> Shared:
    return await shared_in(firms)


async def auditors(firm: Instance) -> tuple[Officer, Officer]:
    people = [await firm.person("dora", role="auditor"), await firm.person("dan", role="auditor")]
    ids = [int((await one.get("/api/v1/accounts/verify_credentials"))["id"]) for one in people]
    dora, dan = (Officer(one, f"auditor@{firm.host}", "auditor") for one in ids)
    return dora, dan


async def open_case(firm: Instance, communities: str, two: tuple[Officer, Officer], people: str = "") -> int:
    runtime, (dora, dan) = firm.services.runtime, two
    wanted = Wanted(title="East", reason="A claim", people=people, communities=communities, begins="", ends="")
    async with firm.db.write() as tx:
        number = await cases.propose(tx, runtime, dora, wanted)
        (asked,) = await proposals.of_kind(tx, OPEN_CASE, waiting=True)
        await cases.decide_opening(tx, runtime, dan, asked.id, approves=True)
    return number


async def close_case(firm: Instance, number: int, two: tuple[Officer, Officer]) -> None:
    """And what only it held goes, as the hourly round would have it."""
    runtime, (dora, dan) = firm.services.runtime, two
    async with firm.db.write() as tx:
        await cases.propose_closing(tx, runtime, dora, number, "Settled")
        (asked,) = await proposals.of_kind(tx, CLOSE_CASE, waiting=True)
        await cases.decide_closing(tx, runtime, dan, asked.id, approves=True)
    await retention.purge(runtime)


async def test_what_is_over_goes_at_the_partner_too(shared: Shared) -> None:
    """Product section 8: the shorter of both sides' rules; asked for like every retraction, and confirmed."""
    alpha = shared.firms.alpha
    async with alpha.db.write() as tx:
        await purging.set_rules(tx, Rules(thread_days=1))
    alpha.clock.advance(days=2)

    await retention.purge(alpha.services.runtime)
    (line,) = await shared.settled()

    assert (line.reason, line.state, line.object) == ("expired", "done", shared.said["uri"])
    assert await shared.copies() == []


async def test_a_partner_that_calls_back_what_a_case_holds_hears_held_and_nothing_more(shared: Shared) -> None:
    """T246: out of everybody's sight at once, sealed for the case, and said so in the receipt."""
    beta = shared.firms.beta
    number = await open_case(beta, shared.handle.removeprefix("@"), await auditors(beta))

    await shared.firms.alice.delete(f"/api/v1/statuses/{shared.said['id']}")
    await shared.firms.rest()

    async def is_held() -> bool:
        return [(line.state, line.has_receipt) for line in await shared.lines()] == [("held", True)]

    await until(is_held)
    (line,) = await shared.lines()
    assert line.detail == ""
    assert await shared.copies() == []
    assert await shared.firms.bob.thread("Plans", "eastern") is None
    async with beta.db.read() as tx:
        held = await reading.held_by(tx, CaseReader(number))
    assert (held.posts, held.copies) == (0, 1)


@pytest.mark.parametrize("whole_community", [False, True], ids=["a post", "a community"])
async def test_a_partner_that_heard_held_hears_done_when_the_case_is_closed(
    shared: Shared, whole_community: bool
) -> None:
    """T246: erased on lifting, and said so by a second receipt; not while another case holds it."""
    alpha, beta = shared.firms.alpha, shared.firms.beta
    both = await auditors(beta)
    first = await open_case(beta, shared.handle.removeprefix("@"), both)
    second = await open_case(beta, shared.handle.removeprefix("@"), both)
    if whole_community:
        await shared.operate(openness.change, wanted=openness.Wanted(scope="none"))
    else:
        await shared.firms.alice.delete(f"/api/v1/statuses/{shared.said['id']}")
    await until(lambda: is_in_state(shared, "held"))

    await close_case(beta, first, both)
    (told,) = await beta.composed("Receipt")
    await close_case(beta, second, both)
    await until(lambda: is_in_state(shared, "done"))
    (line,) = await shared.settled()

    assert line.was_held
    assert line.held_at is not None
    assert [one["outcome"] for one in told["object"]["answers"]] == ["held"]
    async with beta.db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(KeptCopy)) == 0
        assert len(await audit.sought(tx, audit.Sought(action="retraction.let-go"))) == 1
    async with alpha.db.read() as tx:
        letter = await receipts.letter(tx, alpha.services.runtime, "beta.test", line.id)
    assert "'outcome': 'done'" in str(letter["object"])
    await retention.purge(beta.services.runtime)
    assert len(await beta.composed("Receipt")) == 2


async def test_who_somebody_was_is_held_and_forgotten_in_the_end(shared: Shared) -> None:
    """T246, J12: an erased identity that a partner's case names."""
    alpha, beta = shared.firms.alpha, shared.firms.beta
    both = await auditors(beta)
    number = await open_case(beta, "", both, people="alice@alpha.test")
    await erasing.erase(alpha.db, alpha.services.runtime, "alice", with_content=False, language="en", by=OPERATOR)
    await until(lambda: is_in_state(shared, "held"))
    found = select(Actor.username).where(Actor.uri == (await shared.lines())[0].object)
    assert [name.startswith("former_") for (name,) in await beta.rows(found)] == [True]
    # Their new name may come before the request to forget them, or after it.
    assert "alice@alpha.test" in await sealed_names(beta)

    await close_case(beta, number, both)

    await until(lambda: is_in_state(shared, "done"))
    assert (await shared.settled())[0].was_held


async def test_who_somebody_was_is_sealed_before_the_firm_calls_them_otherwise(shared: Shared) -> None:
    """T246, J11, J13: the new name comes thirty days after they left, long before anybody asks to forget them."""
    alpha, beta = shared.firms.alpha, shared.firms.beta
    await open_case(beta, "", await auditors(beta), people="alice@alpha.test")
    async with alpha.db.write() as tx:
        await accounts.suspend(tx, alpha.services.runtime, "alice", by=OPERATOR)
    await shared.firms.rest()
    assert await beta.rows(select(KeptCopy.id)) == []

    shared.firms.alpha.clock.advance(days=30)
    await leaving.keep_schedule(alpha.services.runtime, "en")
    await shared.firms.rest()

    assert await sealed_names(beta) == ["alice@alpha.test"]


async def sealed_names(firm: Instance) -> list[str]:
    """Who people were, as the firm has sealed it."""
    rows = await firm.rows(select(KeptCopy.sealed).where(KeptCopy.kind == OF_PERSON).order_by(KeptCopy.id))
    vault = firm.services.runtime.vault
    return [msgspec.json.decode(vault.open(row[0], PURPOSE))["handle"] for row in rows]


async def is_in_state(shared: Shared, state: str) -> bool:
    await shared.firms.settle()
    return [line.state for line in await shared.lines()] == [state]
