"""What was called back from a partner and what it confirmed; and a scope that an administrator lowers (product J10)."""

import json
from datetime import timedelta

from sqlalchemy import insert, select

from models.communities import Community
from models.engine import WriteTx
from models.peers import Peer
from models.retractions import DONE, OWED, Receipt, Retraction
from tests.server.admin.desk import last_entry, press, pressed
from tests.support.firm import App, Document, Firm
from tests.support.site import Browser

HOST = "/admin/agreements/partner.test"
PAGE = f"{HOST}/receipts"


async def asked(tx: WriteTx, firm: Firm, *, state: str, hours_ago: int, number: int, **further: object) -> None:
    at = firm.clock.now()
    peer_id = await tx.scalar(select(Peer.id).where(Peer.host == "partner.test"))
    values = {
        "peer_id": peer_id,
        "scope": "post",
        "object_uri": f"http://home.test/objects/{number}",
        "reason": "deleted",
        "state": state,
        "hours": 24,
        "requested_at": at,
        "due_at": at - timedelta(hours=hours_ago),
    }
    await tx.execute(insert(Retraction), [values | further])


async def test_what_is_overdue_is_shown_and_asked_for_once_more(firm: Firm, admin: Browser, auditor: Browser) -> None:
    async with firm.runtime.db.write() as tx:
        await asked(tx, firm, state=OWED, hours_ago=1, number=1)
        await asked(tx, firm, state=DONE, hours_ago=0, number=2)
    shown, only_open = await auditor.get(PAGE), await auditor.get(f"{PAGE}?open")
    again = await pressed(admin, PAGE, f"{PAGE}/again")

    assert "1 request is overdue" in shown.text
    assert "objects/2" in shown.text
    assert "objects/2" not in only_open.text
    assert "objects/" not in (await admin.get(PAGE)).text
    assert "asked for once more" in again.text
    assert (await last_entry(firm)).action == "retraction.ask-again"
    assert [form for form in shown.forms if form.action == f"{PAGE}/again"] == []


async def test_both_letters_are_shown_of_what_was_held_before_it_was_deleted(
    firm: Firm, admin: Browser, auditor: Browser
) -> None:
    """T246"""
    async with firm.runtime.db.write() as tx:
        peer_id = await tx.scalar(select(Peer.id).where(Peer.host == "partner.test"))
        letters = [
            {"id": number, "peer_id": peer_id, "document": document, "at": firm.clock.now()}
            for number, document in ((1, b'{"outcome":"held"}'), (2, b'{"outcome":"done"}'))
        ]
        await tx.execute(insert(Receipt), letters)
        both = {"held_at": firm.clock.now(), "held_receipt_id": 1, "receipt_id": 2}
        await asked(tx, firm, state=DONE, hours_ago=0, number=1, **both)
        number = await tx.scalar(select(Retraction.id))
    page = await auditor.get(PAGE)

    assert "Was held for legal reasons" in page.text
    assert f"{PAGE}/{number}/document?held" in page.text
    assert json.loads((await auditor.get(f"{PAGE}/{number}/document")).body) == {"outcome": "done"}
    assert json.loads((await auditor.get(f"{PAGE}/{number}/document?held")).body) == {"outcome": "held"}
    assert (await admin.get(f"{PAGE}/{number}/document?held")).status == 403
    assert (await auditor.get(f"{PAGE}/9/document?held")).status == 404


async def test_the_closing_report_is_a_file_and_closed_where_nothing_is_left(
    firm: Firm, admin: Browser, auditor: Browser
) -> None:
    kept = await auditor.get(f"{HOST}/report/document")
    page = await admin.get(PAGE)

    assert (await admin.get(f"{HOST}/report/document")).status == 403

    assert json.loads(kept.body)["is_closed"] is True
    assert "Nothing is left open" in page.text


async def test_what_is_not_there_is_a_plain_404(admin: Browser, auditor: Browser) -> None:
    assert (await admin.get("/admin/agreements/nobody.test/receipts")).status == 404
    assert (await auditor.get(f"{PAGE}/x/document")).status == 404
    assert (await auditor.get(f"{PAGE}/1/document")).status == 404
    assert (await admin.get(f"{PAGE}/1/document")).status == 403


async def test_an_administrator_lowers_a_scope_and_raises_none(
    firm: Firm, admin: Browser, alice: App, sites: Document
) -> None:
    """Product section 9: lower scope only."""
    place = "/admin/communities/sites/scope"
    lowered = await pressed(admin, "/admin/communities", place, scope="selected")
    entry = await last_entry(firm)
    raised = await press(admin, "/admin/communities", place, scope="all")
    odd = await press(admin, "/admin/communities", place, scope="moon")
    await pressed(admin, "/admin/communities", place, scope="none")
    async with firm.runtime.db.read() as tx:
        now = await tx.scalar(select(Community.scope).where(Community.actor_id == int(sites["id"])))

    assert "The scope is lower now." in lowered.text
    assert (entry.action, entry.actor) == ("community.openness", "olga@home.test")
    assert (raised.status, odd.status) == (403, 403)
    assert now == "none"


async def test_of_private_communities_administrators_change_nothing(firm: Firm, admin: Browser, alice: App) -> None:
    await firm.community("secret", host=alice, visibility="private")
    token = (await admin.get("/me")).forms[0].fields["csrf"]

    assert (await admin.post("/admin/communities/secret/scope", {"csrf": token, "scope": "none"})).status == 404
