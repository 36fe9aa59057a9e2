"""/admin/moderation: one account at a partner is blocked, and unblocked again."""

from sqlalchemy import insert, select

from models.actors import Actor
from models.moderation import REPORT_OPEN, Report
from models.peers import Peer
from tests.server.admin.desk import last_entry, press, pressed
from tests.support.firm import App, Firm
from tests.support.site import Browser

DESK = "/admin/moderation"


async def bob_elsewhere(firm: Firm) -> int:
    """bob at partner.test, as he is known here."""
    number, uri = 4242, "http://partner.test/users/bob"
    async with firm.runtime.db.write() as tx:
        peer_id = await tx.scalar(select(Peer.id).where(Peer.host == "partner.test"))
        about = {"username": "bob", "host": "partner.test", "peer_id": peer_id, "created_at": firm.clock.now()}
        await tx.execute(
            insert(Actor),
            {"id": number, "uri": uri, "type": "Person", "url": uri, "inbox_url": f"{uri}/inbox", **about},
        )
    return number


async def test_an_account_at_a_partner_is_blocked_and_unblocked(firm: Firm, admin: Browser, auditor: Browser) -> None:
    await bob_elsewhere(firm)

    unknown = await press(admin, DESK, f"{DESK}/~block", account="@nobody@partner.test")
    blocked = await pressed(admin, DESK, f"{DESK}/~block", account="@bob@partner.test", reason="  Spam\n again ")
    entry = await last_entry(firm)
    seen = await auditor.get(DESK)

    assert (unknown.status, "Nobody known here is called" in unknown.text) == (422, True)
    assert ("The account is blocked" in blocked.text, "@bob" in blocked.text) == (True, True)
    assert (entry.action, entry.object, entry.details) == ("actor.block", "bob@partner.test", '{"reason":"Spam again"}')
    assert ("@bob" in seen.text, f"{DESK}/~unblock" in {form.action for form in seen.forms}) == (True, False)
    heard = await pressed(admin, blocked, f"{DESK}/~unblock")
    assert ("is heard again" in heard.text, "Nobody is blocked." in heard.text) == (True, True)
    assert (await last_entry(firm)).action == "actor.unblock"


async def test_a_report_about_somebody_at_a_partner_ends_in_a_block(firm: Firm, admin: Browser, alice: App) -> None:
    bob_id = await bob_elsewhere(firm)
    await alice.post("/api/v1/reports", account_id=str(bob_id), comment="Rude")
    async with firm.runtime.db.read() as tx:
        number = await tx.scalar(select(Report.id).where(Report.state == REPORT_OPEN))
    page = f"{DESK}/{number}"

    shown = await admin.get(page)
    forms = [index for index, form in enumerate(shown.forms) if "suspended" in form.fields.values()]
    answer = await admin.follow(await admin.submit(shown, forms[0]))

    assert "Block and close the report" in shown.text
    assert answer.status == 200
    async with firm.runtime.db.read() as tx:
        assert await tx.scalar(select(Actor.blocked_at).where(Actor.id == bob_id)) is not None
