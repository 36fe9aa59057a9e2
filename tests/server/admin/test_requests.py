"""What people ask about their own data: opened, answered in time, fetched by the person alone (J12, T179, T181)."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest

from models.proposals import OPEN_CASE
from models.queries import proposals
from server.actions import cases
from server.actions.cases import Wanted
from server.actions.officers import Officer
from tests.server.admin.desk import last_entry, press, pressed
from tests.support.firm import App, Firm
from tests.support.site import Browser

ASK, PAGE = "/me/data/ask", "/admin/requests"


async def asked(person: Browser, kind: str) -> None:
    page = await pressed(person, "/me/data", ASK, kind=kind)
    assert "It is asked for" in page.text


async def only_one(auditor: Browser) -> str:
    """The address of the first request in the list."""
    page = await auditor.get(PAGE)
    number = page.text.partition('href="/admin/requests/')[2].partition('"')[0]
    return f"{PAGE}/{number}"


async def test_an_archive_is_asked_for_given_and_fetched_by_the_person_alone(
    firm: Firm, auditor: Browser, alice: App, bob: App
) -> None:
    """T181: complete, bound to the session, gone after seven days, once a week."""
    await bob.say("@sites The heron of bob")
    theirs, other = await firm.browser(bob), await firm.browser(alice)
    await asked(theirs, "access")
    twice = await press(theirs, "/me/data", ASK, kind="access")
    address = await only_one(auditor)
    given = await pressed(auditor, address, f"{address}/give")
    token = (await other.get("/me/data")).forms[0].fields["csrf"]
    not_theirs = await other.post("/me/data/fetch", {"csrf": token})
    fetched = await press(theirs, "/me/data", "/me/data/fetch")
    too_soon = await press(theirs, "/me/data", ASK, kind="access")
    firm.clock.advance(days=7, seconds=-1)
    last = await press(await firm.browser(bob), "/me/data", "/me/data/fetch")
    still_too_soon = await press(await firm.browser(bob), "/me/data", ASK, kind="access")
    theirs = await firm.browser(bob)
    page = await theirs.get("/me/data")
    firm.clock.advance(seconds=1)
    over = await press(theirs, page, "/me/data/fetch")
    again = await press(theirs, "/me/data", ASK, kind="access")

    assert "lies ready for the person" in given.text
    assert [one.status for one in (twice, not_theirs, too_soon, still_too_soon, over)] == [422] * 5
    assert [one.status for one in (fetched, last, again)] == [200, 200, 303]
    with ZipFile(BytesIO(fetched.body)) as bundle:
        assert "The heron of bob" in bundle.read("posts.html").decode()
    told = await bob.get("/api/v1/conversations")
    assert "/me/data" in told[0]["last_status"]["content"]


async def test_an_erasure_is_previewed_done_and_certified(
    firm: Firm, auditor: Browser, dora: App, olga: App, alice: App, bob: App
) -> None:
    """T179, T246: with what a case holds told to the auditor, and to nobody else."""
    post = await bob.say("@sites The heron of bob")
    async with firm.runtime.db.write() as tx:
        officers = [Officer(int(one.id), one.name, role) for one, role in ((olga, "admin"), (dora, "auditor"))]
        wanted = Wanted(title="Pump", reason="A claim", people="bob", communities="", begins="", ends="")
        await cases.propose(tx, firm.runtime, officers[0], wanted)
        (proposal,) = await proposals.of_kind(tx, OPEN_CASE)
        await cases.decide_opening(tx, firm.runtime, officers[1], proposal.id, approves=True)
    await asked(await firm.browser(bob), "erasure-content")
    address = await only_one(auditor)
    preview = await auditor.get(address)
    done = await pressed(auditor, address, f"{address}/erase")
    again = await press(auditor, preview, f"{address}/erase")
    certificate = await auditor.get(f"{address}/certificate")

    assert "Held back by a legal case</th><td>1<" in preview.text
    assert "It is erased" in done.text
    assert "Held back by a legal case</th><td>1<" in done.text
    assert again.status == 422
    assert json.loads(certificate.body)["type"] == "ErasureCertificate"
    assert "held" not in certificate.text
    assert (await alice.call("GET", f"/api/v1/statuses/{post['id']}")).status == 404
    assert (await last_entry(firm)).action == "data.erase"


async def test_a_refusal_says_why_to_the_person(firm: Firm, auditor: Browser, alice: App, bob: App) -> None:
    theirs = await firm.browser(bob)
    await asked(theirs, "erasure-identity")
    address = await only_one(auditor)
    without = await press(auditor, address, f"{address}/refuse", reason=" ")
    too_long = await press(auditor, address, f"{address}/refuse", reason="x" * 2001)
    refused = await pressed(auditor, address, f"{address}/refuse", reason="You host two communities: hand them over")
    shown = await theirs.get("/me/data")

    assert (without.status, too_long.status) == (422, 422)
    assert "told why" in refused.text
    assert "hand them over" in shown.text


async def test_an_auditor_opens_one_for_somebody_and_not_on_themselves(
    firm: Firm, auditor: Browser, alice: App, bob: App
) -> None:
    opened = await pressed(auditor, PAGE, f"{PAGE}/ask", person="@bob", kind="access")
    nobody = await press(auditor, PAGE, f"{PAGE}/ask", person="nobody", kind="access")
    await pressed(auditor, PAGE, f"{PAGE}/ask", person="dora", kind="erasure-identity")
    page = await auditor.get(PAGE)
    own = next(line for line in page.text.split("href=") if ">@dora<" in line).partition('"')[2].partition('"')[0]
    refused = await press(auditor, own, f"{own}/erase")

    assert "The request is open" in opened.text
    assert (nobody.status // 100, refused.status) == (4, 403)


@pytest.mark.parametrize("kind", ["", "access-content", "erasure", "erasure-all", "export"])
async def test_what_cannot_be_asked_for_is_refused(firm: Firm, bob: App, kind: str) -> None:
    person = await firm.browser(bob)

    assert (await press(person, "/me/data", ASK, kind=kind)).status == 422


async def test_what_is_overdue_says_so(firm: Firm, dora: App, alice: App, bob: App) -> None:
    await asked(await firm.browser(bob), "access")
    firm.clock.advance(days=30)
    in_time = await (await firm.browser(dora)).get(PAGE)
    firm.clock.advance(seconds=1)
    late = await (await firm.browser(dora)).get(PAGE)

    assert "Overdue" not in in_time.text
    assert "Overdue" in late.text
