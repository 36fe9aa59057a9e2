"""Unsealing a discreet question: two auditors, one of three reasons, once (product J6, threats T243)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.audit import UNSEALING, AuditEntry
from models.discreet import KEY_KEPT, DiscreetQuestion
from models.proposals import Proposal
from models.writes import accounts as account_rows
from server.actions import accounts
from server.housekeeping import forget_once
from tests.server.admin.desk import press, pressed
from tests.support.discreet import ENOUGH, asked, crowd, published
from tests.support.firm import OPERATOR, App, Document, Firm
from tests.support.site import Answer, Browser

PAGE = "/admin/unsealing"
PROPOSE, DECIDE, OPEN = f"{PAGE}/propose", f"{PAGE}/decide", f"{PAGE}/open"


@pytest.fixture
async def dave(firm: Firm) -> App:
    """The second auditor."""
    return await firm.person("dave", role="auditor")


@pytest.fixture
async def zelda(firm: Firm, alice: App, sites: Document) -> App:
    zelda = await firm.person("zelda")
    await zelda.follow(sites)
    return zelda


@pytest.fixture
async def thread(firm: Firm, sites: Document, dave: App, zelda: App) -> str:
    """What zelda asked."""
    await crowd(firm, sites, people=ENOUGH)
    return await _asked_by(firm, zelda, "May I say no?")


async def _asked_by(firm: Firm, app: App, title: str) -> str:
    answer = await asked(firm, app, title)
    assert answer.status == 303, answer.text
    await published(firm)
    async with firm.runtime.db.read() as tx:
        newest = select(DiscreetQuestion.thread_id).order_by(DiscreetQuestion.thread_id.desc())
        return str(await tx.scalar(newest))


async def _asked_before(firm: Firm, app: App, sites: Document, title: str) -> str:
    """What an auditor asked who was none then: they belong to no community."""
    async with firm.runtime.db.write() as tx:
        await account_rows.change_role(tx, int(app.id), "member")
    await app.follow(sites)
    thread = await _asked_by(firm, app, title)
    async with firm.runtime.db.write() as tx:
        await accounts.change_role(tx, firm.runtime, app.name, "auditor", by=OPERATOR)
    return thread


async def _propose(auditor: Browser, thread: str, **fields: str) -> Answer:
    given = {"thread": f"/t/{thread}", "why": "threat", "second": "dave"} | fields
    return await press(auditor, PAGE, PROPOSE, **given)


async def _proposals(firm: Firm) -> list[str]:
    async with firm.runtime.db.read() as tx:
        return [str(row[0]) for row in await tx.select(select(Proposal.id).order_by(Proposal.id))]


async def _post(browser: Browser, path: str, **fields: str) -> Answer:
    return await browser.post(path, {"csrf": (await browser.get("/me")).forms[0].fields["csrf"], **fields})


async def _openings(firm: Firm) -> list[tuple[str, str]]:
    async with firm.runtime.db.read() as tx:
        rows = await tx.select(select(AuditEntry.actor, AuditEntry.object).where(AuditEntry.action == UNSEALING))
        return [(row[0], row[1]) for row in rows]


async def test_two_auditors_open_a_seal_and_whoever_asked_is_told(
    firm: Firm, auditor: Browser, dave: App, zelda: App, thread: str
) -> None:
    second, theirs = await firm.browser(dave), await firm.browser(zelda)
    assert "Nobody has ever unsealed anything here." in (await auditor.get(PAGE)).text

    assert (await _propose(auditor, thread)).status == 303
    agreed = await pressed(second, PAGE, DECIDE, answer="yes")
    assert "zelda" not in agreed.text.lower()
    opened = await press(auditor, PAGE, OPEN)

    assert (opened.status, "@zelda" in opened.text) == (200, True)
    assert opened.headers["Cache-Control"].startswith(("no-store", "private"))
    assert "zelda" not in (await auditor.get(PAGE)).text.lower()
    assert await _openings(firm) == [("dora@home.test", f"http://home.test/objects/{thread}")]
    async with firm.runtime.db.read() as tx:
        kept = [
            str(tuple(row))
            for row in await tx.select(select(AuditEntry.__table__).where(AuditEntry.action.like("uns%")))
        ]
    assert [one for one in kept if "zelda" in one or zelda.id in one] == []
    for page in ("/", "/me/discreet"):
        assert "A seal was opened:" in (await theirs.get(page)).text
        assert "A seal was opened:" not in (await second.get(page)).text


async def test_whoever_asked_is_not_told_where_an_order_forbids_it(
    firm: Firm, auditor: Browser, dave: App, zelda: App, thread: str
) -> None:
    refused = await _propose(auditor, thread, why="breach", untold="on")
    assert (refused.status, "Only an order can forbid" in refused.text) == (422, True)

    await _propose(auditor, thread, why="order", untold="on")
    await pressed(await firm.browser(dave), PAGE, DECIDE, answer="yes")
    assert "@zelda" in (await press(auditor, PAGE, OPEN)).text

    for page in ("/", "/me/discreet"):
        assert "A seal was opened:" not in (await (await firm.browser(zelda)).get(page)).text


async def test_one_person_does_not_open_it(firm: Firm, auditor: Browser, dora: App, dave: App, thread: str) -> None:
    """T243: alone, as both, by a second session, without the second person's word, or by somebody who was not named."""
    again, third = await firm.browser(dora), await firm.browser(await firm.person("dan", role="auditor"))

    assert (await _propose(auditor, thread, second="dora")).status == 403
    assert await _proposals(firm) == []
    await _propose(auditor, thread)
    (number,) = await _proposals(firm)
    for browser in (auditor, again, third):
        assert (await _post(browser, DECIDE, proposal=number, answer="yes")).status == 403
    assert (await _post(auditor, OPEN, proposal=number)).status == 422
    assert await _openings(firm) == []

    second = await firm.browser(dave)
    assert (await _post(second, DECIDE, proposal=number, answer="yes")).status == 303
    for browser in (second, third):
        assert (await _post(browser, OPEN, proposal=number)).status == 403
    assert (await _post(again, OPEN, proposal=number)).status == 200


async def test_an_approval_is_used_once_and_runs_out(firm: Firm, auditor: Browser, dave: App, thread: str) -> None:
    """T243: a replayed approval."""
    second = await firm.browser(dave)
    await _propose(auditor, thread)
    (number,) = await _proposals(firm)
    await _post(second, DECIDE, proposal=number, answer="yes")
    assert (await _post(second, DECIDE, proposal=number, answer="yes")).status == 422
    assert (await _post(auditor, OPEN, proposal=number)).status == 200

    replayed = await _post(auditor, OPEN, proposal=number)
    assert (replayed.status, "zelda" in replayed.text) == (422, False)
    await _propose(auditor, thread)
    late = (await _proposals(firm))[-1]
    await _post(second, DECIDE, proposal=late, answer="yes")
    firm.clock.advance(days=7)
    assert (await _post(await firm.browser(await _known(firm, "dora")), OPEN, proposal=late)).status == 422
    assert len(await _openings(firm)) == 1


async def _known(firm: Firm, name: str) -> App:
    token = await firm.token(name, "read")
    app = App(firm.session, firm.port, token, name)
    return App(firm.session, firm.port, token, name, str((await app.get("/api/v1/accounts/verify_credentials"))["id"]))


async def test_whoever_asked_has_no_part_in_it_and_the_other_does_not_learn_why(
    firm: Firm, dora: App, dave: App, sites: Document, thread: str
) -> None:
    """T243: a person who is the subject."""
    own = await _asked_before(firm, dora, sites, "Am I too strict?")
    seconds = await _asked_before(firm, dave, sites, "Am I too soft?")
    auditor = await firm.browser(dora)

    mine = await _propose(auditor, own)
    assert (mine.status, "no part in" in mine.text) == (403, True)
    assert (await _propose(auditor, seconds)).status == 303
    (number,) = await _proposals(firm)
    refused = await _post(await firm.browser(dave), DECIDE, proposal=number, answer="yes")

    assert (refused.status, "no part in" in refused.text) == (403, True)
    assert "It waits for the second person." in (await auditor.get(PAGE)).text
    assert (await _post(await firm.browser(dave), DECIDE, proposal=number, answer="no")).status == 303
    assert (await _post(auditor, OPEN, proposal=number)).status == 422


async def test_after_twelve_months_nobody_can_and_the_key_is_gone(
    firm: Firm, auditor: Browser, dora: App, dave: App, zelda: App, thread: str
) -> None:
    """T243: at the limit and after it; agreed to before, or asked for afterwards."""
    firm.clock.advance(days=(KEY_KEPT - timedelta(days=1)).days)
    first, second = await firm.browser(dora), await firm.browser(dave)
    assert (await _propose(first, thread)).status == 303
    (number,) = await _proposals(firm)
    assert (await _post(second, DECIDE, proposal=number, answer="yes")).status == 303
    await forget_once(firm.runtime)
    async with firm.runtime.db.read() as tx:
        assert (await tx.scalar(select(DiscreetQuestion.key))) is not None

    firm.clock.advance(days=1)
    assert (await _post(first, OPEN, proposal=number)).status == 404
    await forget_once(firm.runtime)

    assert (await _propose(first, thread)).status == 404
    async with firm.runtime.db.read() as tx:
        row = (await tx.select(select(DiscreetQuestion.__table__))).one()
    assert (row.key, row.author, row.mark) == (None, None, None)
    assert "May I say no?" not in (await (await firm.browser(zelda)).get("/me/discreet")).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"why": "curiosity"}, "one of the three reasons"),
        ({"why": ""}, "one of the three reasons"),
        ({"second": "alice"}, "Name an auditor"),
        ({"second": "olga"}, "Name an auditor"),
        ({"second": "nobody"}, "Name an auditor"),
    ],
)
async def test_it_takes_one_of_three_reasons_and_a_second_auditor(
    firm: Firm, olga: App, auditor: Browser, thread: str, fields: dict[str, str], said: str
) -> None:
    answer = await _propose(auditor, thread, **fields)

    assert (answer.status, said in answer.text) == (422, True)
    assert await _proposals(firm) == []


async def test_what_was_not_asked_discreetly_has_no_seal(
    firm: Firm, auditor: Browser, alice: App, thread: str, admin: Browser
) -> None:
    plain = await alice.say("@sites Who has the keys?")

    for address in (plain["id"], "0", "here", "99999999999999999999"):
        assert (await _propose(auditor, address)).status == 404
    assert (await admin.get(PAGE)).status == 403


async def test_who_is_no_auditor_any_more_has_agreed_to_nothing(
    firm: Firm, auditor: Browser, dave: App, thread: str
) -> None:
    await _propose(auditor, thread)
    (number,) = await _proposals(firm)
    await _post(await firm.browser(dave), DECIDE, proposal=number, answer="yes")
    async with firm.runtime.db.write() as tx:
        await account_rows.change_role(tx, int(dave.id), "member")

    assert (await _post(auditor, OPEN, proposal=number)).status == 422
    assert await _openings(firm) == []
