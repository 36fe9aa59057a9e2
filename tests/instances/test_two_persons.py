"""An agreement made on the pages of two firms: written by one person, approved by another, signed, suspended (J2)."""

import json
import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from models.agreements import IN_FORCE, Agreement
from models.outbox import DeliveryQueue
from server.actions import accounts, agreements
from server.actions.agreements import Wanted
from tests.instances.conftest import ON_SQLITE
from tests.instances.offices import NEW, TERMS, Offices, code_on, hash_on, offices, signed_in
from tests.server.admin.desk import press, pressed
from tests.support.instances import OPERATOR, Instance


@pytest.fixture
async def both(alpha: Instance, beta: Instance) -> AsyncIterator[tuple[Offices, Offices]]:
    async with alpha.running(), beta.running():
        alice = await alpha.person("alice")
        await alpha.community("plans", host=alice, scope="selected")
        yield await offices(alpha, "beta.test"), await offices(beta, "alpha.test")


async def settle(*firms: Offices) -> None:
    """Every letter has arrived."""
    for _ in range(2):
        for one in firms:
            one.firm.nudge()
            await one.firm.at_rest()


async def test_two_firms_sign_by_two_persons_each_and_an_auditor_suspends(both: tuple[Offices, Offices]) -> None:
    """Threats T234: both see the same code before, and the same fingerprint after."""
    alpha, beta = both
    drafted = await pressed(alpha.admin, NEW, NEW, host="beta.test", **TERMS, **{"community:plans": "on"})
    await alpha.signs()
    await settle(*both)
    offered = await beta.admin.get(beta.page)
    own = {"admin": "it@beta.test", "dpo": "dpo@beta.test", "opens": "on"}
    answered = await pressed(beta.admin, offered, f"{beta.page}/answer", **own)
    await beta.signs()
    await settle(*both)
    ours, theirs = await alpha.auditor.get(alpha.page), await beta.auditor.get(beta.page)

    assert "Our data-protection officer: dpo@beta.test" in " ".join(answered.text.split())
    assert code_on(drafted) == code_on(answered) != ""
    assert "12 months" in offered.text
    assert "plans" in offered.text
    assert hash_on(ours) == hash_on(theirs) != ""
    for page in (ours, theirs):
        assert '<span class="state good">Active</span>' in page.text
        assert "it@beta.test, dpo@beta.test" in page.text
        assert "it@alpha.test, dpo@alpha.test" in page.text

    await pressed(beta.auditor, beta.page, f"{beta.page}/suspend", reason="A suspicion")
    await settle(*both)
    assert "Suspended" in (await alpha.admin.get(alpha.page)).text
    assert "Exchanges with partners are suspended" in (await alpha.admin.get("/admin/overview")).text
    for office in (alpha.admin, beta.auditor):
        assert "A suspicion" in (await office.get("/admin/audit")).text


@ON_SQLITE
async def test_other_terms_are_proposed_in_answer_and_either_office_ends_it(both: tuple[Offices, Offices]) -> None:
    """J2: the form begins with what they propose, by whose version it is held; product section 9: an auditor ends."""
    alpha, beta = both
    await pressed(alpha.admin, NEW, NEW, host="beta.test", **TERMS, **{"community:plans": "on"})
    await alpha.signs()
    await settle(*both)
    filled = await beta.admin.get(f"{NEW}?host=alpha.test")
    drafted = await pressed(beta.admin, filled, NEW, retraction_hours="12", dpo="dpo@beta.test")
    await beta.signs()
    await settle(*both)
    offered = await alpha.auditor.get(alpha.page)
    await pressed(alpha.admin, alpha.page, f"{alpha.page}/answer")
    await alpha.signs()
    await settle(*both)

    assert 'value="12"' in filled.text
    assert "12 months" in drafted.text
    assert "Proposed: version 2" in offered.text
    assert "12 hours" in offered.text
    for one in both:
        page = await one.auditor.get(one.page)
        assert "In force: version 2" in page.text
        assert "plans" in page.text
        assert "12 hours" in page.text

    await pressed(beta.auditor, beta.page, f"{beta.page}/end", confirm="alpha.test", reason="It is over")
    await settle(*both)
    assert "Ended" in (await alpha.admin.get(alpha.page)).text


@ON_SQLITE
async def test_a_private_community_that_the_operator_named_stays_in_the_next_version(
    both: tuple[Offices, Offices],
) -> None:
    """J2: the form shows what the terms name, and takes nothing out of them by itself; other private ones it hides."""
    alpha, beta = both
    alice = await alpha.firm.person("annette")
    for name in ("inner", "secluded"):
        await alpha.firm.community(name, host=alice, visibility="private", scope="selected")
    named = Wanted(communities=("plans", "inner"))
    await agreements.propose(alpha.firm.services, "beta.test", named, by=OPERATOR)
    await settle(*both)
    await agreements.accept(beta.firm.services, "alpha.test", [], by=OPERATOR)
    await settle(*both)

    filled = await alpha.admin.get(f"{NEW}?host=beta.test")
    await pressed(alpha.admin, filled, NEW, retraction_hours="12")
    await alpha.signs()
    await settle(*both)
    answering = await beta.admin.get(beta.page)
    await pressed(beta.admin, answering, f"{beta.page}/answer")
    await beta.signs()
    await settle(*both)

    assert "secluded" not in filled.text
    async with alpha.firm.db.read() as tx:
        rows = await tx.select(select(Agreement.document).where(Agreement.state == IN_FORCE))
    (text,) = [json.loads(row[0]) for row in rows]
    (ours,) = [one for one in text["shares"] if one["by"] == "http://alpha.test/actor"]
    assert text["version"] == 3, "the answer adds the contacts of beta"
    assert sorted(uri.rpartition("/")[2] for uri in ours["communities"]) == ["inner", "plans"]


@ON_SQLITE
async def test_a_draft_is_not_signed_over_what_was_proposed_since(both: tuple[Offices, Offices]) -> None:
    """J2: what was approved did not know of it."""
    alpha, beta = both
    await pressed(beta.admin, NEW, NEW, host="alpha.test", **TERMS)
    await pressed(beta.auditor, beta.page, f"{beta.page}/approve")
    seen = await beta.admin.get(beta.page)
    await pressed(alpha.admin, NEW, NEW, host="beta.test", **TERMS)
    await alpha.signs()
    await settle(*both)

    late = await press(beta.admin, seen, f"{beta.page}/sign")

    assert late.status == 422
    assert "has proposed another version since" in late.text


@ON_SQLITE
async def test_nothing_is_signed_without_the_second_person(both: tuple[Offices, Offices]) -> None:
    """Product section 9: whoever wrote it does not approve it, whoever approved it does not sign it."""
    alpha, _ = both
    page = await pressed(alpha.admin, NEW, NEW, host="beta.test", **TERMS)
    draft = next(form.fields for form in page.forms if form.action.endswith("/drop"))
    early = await alpha.admin.post(f"{alpha.page}/sign", draft)
    own = await alpha.admin.post(f"{alpha.page}/approve", draft)
    async with alpha.firm.db.write() as tx:
        await accounts.change_role(tx, alpha.firm.services.runtime, "olga", "auditor", by=OPERATOR)
    olga = await signed_in(alpha.firm, "olga")
    turned = await press(olga, alpha.page, f"{alpha.page}/approve")

    assert early.status == 422
    assert "has to approve this draft" in early.text
    assert own.status == 403
    assert turned.status == 403
    assert "needs a second person" in turned.text


@ON_SQLITE
async def test_a_draft_that_was_rewritten_has_to_be_approved_anew(both: tuple[Offices, Offices]) -> None:
    alpha, _ = both
    await pressed(alpha.admin, NEW, NEW, host="beta.test", **TERMS)
    seen = await alpha.auditor.get(alpha.page)
    await pressed(alpha.admin, NEW, NEW, host="beta.test", **{**TERMS, "retention_months": "120"})
    late = await press(alpha.auditor, seen, f"{alpha.page}/approve")
    await pressed(alpha.auditor, alpha.page, f"{alpha.page}/approve")
    await pressed(alpha.admin, NEW, NEW, host="beta.test", **TERMS)
    again = await alpha.admin.get(alpha.page)

    assert late.status == 422
    assert "rewritten meanwhile" in late.text
    assert f"{alpha.page}/sign" not in again.text


@ON_SQLITE
async def test_a_draft_that_is_given_up_leaves_a_stranger(both: tuple[Offices, Offices]) -> None:
    alpha, _ = both
    await pressed(alpha.admin, NEW, NEW, host="beta.test", **TERMS)
    dropped = await pressed(alpha.auditor, alpha.page, f"{alpha.page}/drop")

    assert "The draft is given up." in dropped.text
    assert (await alpha.admin.get(alpha.page)).status == 404


@ON_SQLITE
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", "nobody.test"),
        ("host", "not a host"),
        ("retention_months", "0"),
        ("review_days", "731"),
        ("review_days", "x"),
    ],
)
async def test_terms_that_cannot_be_are_refused_with_what_was_typed(
    both: tuple[Offices, Offices], field: str, value: str
) -> None:
    alpha, _ = both
    refused = await press(alpha.admin, NEW, NEW, **{"host": "beta.test", **TERMS, field: value})

    assert refused.status == 422
    assert f'value="{value}"' in refused.text


@ON_SQLITE
async def test_the_clocks_of_two_firms_are_compared(both: tuple[Offices, Offices]) -> None:
    alpha, beta = both
    await alpha.firm.allow("beta.test")
    await beta.firm.allow("alpha.test")
    page = await press(alpha.auditor, "/admin/federation/beta.test", "/admin/federation/beta.test/clock")

    # The clock of these two is the test's, that of the answer's date the machine's.
    assert page.status == 200
    assert "Its clock" in page.text


@ON_SQLITE
async def test_the_page_of_a_partner_says_what_its_clock_showed_last(both: tuple[Offices, Offices]) -> None:
    """The test's clock stands still on one day, that of an answer's date is the machine's."""
    alpha, _ = both
    before = await alpha.firm.rows(select(DeliveryQueue.clock_ahead))
    await pressed(alpha.admin, NEW, NEW, host="beta.test", **TERMS)
    await alpha.signs()
    await settle(*both)
    page = " ".join((await alpha.auditor.get("/admin/federation/beta.test")).text.split())

    assert [one for one in before if one[0] is not None] == []
    assert (await alpha.firm.health("beta.test")).clock_ahead is not None
    assert re.search(r"Its clock</th><td>[^<–]+</td>", page)
