"""The exchange with partners: allowing, holding, going on, the emergency stop, what was refused, keys."""

from sqlalchemy import insert, select, update

from models.actors import ActorKey
from models.outbox import Activity, DeadDelivery
from models.peers import Peer
from models.queries import peers
from models.queries.actors import server_actor
from tests.server.admin.desk import last_entry, press, pressed
from tests.support.firm import App, Document, Firm
from tests.support.site import Browser

LIST = "/admin/federation"
PARTNER = "/admin/federation/partner.test"


async def state(firm: Firm, host: str) -> str:
    async with firm.runtime.db.read() as tx:
        found = await peers.by_host(tx, host)
    return found.state if found else "stranger"


async def test_a_basic_partner_is_allowed_after_the_warning_was_read(firm: Firm, admin: Browser) -> None:
    refused = await press(admin, LIST, f"{LIST}/allow", host="lemmy.test")
    wrong = await press(admin, LIST, f"{LIST}/allow", host="*", understood="on")
    allowed = await pressed(admin, LIST, f"{LIST}/allow", host="Lemmy.test", understood="on")

    assert "Say that you have read" in refused.text
    assert wrong.status == 422
    assert "It is a basic partner now." in allowed.text
    assert await state(firm, "lemmy.test") == "active"
    assert (await last_entry(firm)).action == "partner.allow"


async def test_either_office_holds_a_partner_and_an_administrator_goes_on(
    firm: Firm, admin: Browser, auditor: Browser
) -> None:
    held = await pressed(auditor, PARTNER, f"{PARTNER}/suspend", reason="A suspicion")
    entry = await last_entry(firm)
    while_held = await state(firm, "partner.test")
    went_on = await pressed(admin, PARTNER, f"{PARTNER}/resume")

    assert "nothing goes either way" in held.text
    assert (entry.action, entry.actor, while_held) == ("partner.suspend", "dora@home.test", "suspended")
    assert "Going on" in went_on.text
    assert await state(firm, "partner.test") == "active"


async def test_either_office_ends_with_a_basic_partner_by_typing_its_name(
    firm: Firm, admin: Browser, auditor: Browser
) -> None:
    """Threats T232: what `partner allow` began is over for good, and the trail says who ended it."""
    await pressed(admin, LIST, f"{LIST}/allow", host="lemmy.test", understood="on")
    page = f"{LIST}/lemmy.test"
    refused = await press(auditor, page, f"{page}/end", confirm="partner.test")
    before = await state(firm, "lemmy.test")
    ended = await pressed(auditor, page, f"{page}/end", confirm="Lemmy.test ")

    assert (refused.status, before) == (422, "active")
    assert "memberships across are over" in ended.text
    assert f"{page}/end" not in ended.text
    assert await state(firm, "lemmy.test") == "ended"
    entry = await last_entry(firm)
    assert (entry.action, entry.actor, entry.object) == ("partner.end", "dora@home.test", "lemmy.test")


async def test_an_agreement_is_ended_on_its_own_page(firm: Firm, admin: Browser) -> None:
    async with firm.runtime.db.write() as tx:
        await tx.execute(update(Peer).where(Peer.host == "partner.test").values(kind="agreement"))

    shown = await admin.get(PARTNER)
    refused = await admin.post(f"{PARTNER}/end", {"csrf": shown.forms[-1].fields["csrf"], "confirm": "partner.test"})

    assert f"{PARTNER}/end" not in shown.text
    assert (refused.status, await state(firm, "partner.test")) == (422, "active")


async def test_the_emergency_stop_asks_for_the_name_of_this_server(
    firm: Firm, admin: Browser, auditor: Browser
) -> None:
    """Threats T232; product J10: the kill switch."""
    await pressed(admin, LIST, f"{LIST}/allow", host="lemmy.test", understood="on")
    refused = await press(auditor, LIST, f"{LIST}/suspend-all", reason="x", confirm="partner.test")
    before = await state(firm, "lemmy.test")
    stopped = await pressed(auditor, LIST, f"{LIST}/suspend-all", reason="x", confirm="home.test")

    assert (refused.status, before) == (422, "active")
    assert "Every partner is suspended." in stopped.text
    assert [await state(firm, host) for host in ("partner.test", "lemmy.test")] == ["suspended", "suspended"]


async def test_what_a_partner_refused_is_shown_and_forgotten(
    firm: Firm, admin: Browser, alice: App, sites: Document
) -> None:
    await _refused(firm)
    shown = await admin.get(PARTNER)
    forgotten = await pressed(admin, PARTNER, f"{PARTNER}/drop-dead")

    assert "inbox is closed" in shown.text
    assert "What it had refused is forgotten." in forgotten.text
    assert "inbox is closed" not in forgotten.text
    assert (await last_entry(firm)).action == "queue.drop"


async def test_a_partner_is_tried_at_once(firm: Firm, admin: Browser) -> None:
    tried = await pressed(admin, PARTNER, f"{PARTNER}/retry")

    assert "It is tried now." in tried.text
    assert (await last_entry(firm)).action == "queue.retry"


async def test_a_clock_that_cannot_be_asked_is_said_so(admin: Browser) -> None:
    answer = await press(admin, PARTNER, f"{PARTNER}/clock")

    assert answer.status == 422
    assert "did not say what time it is" in answer.text


async def test_the_servers_keys_are_changed(firm: Firm, admin: Browser) -> None:
    before = await _keys(firm)
    page = await pressed(admin, LIST, f"{LIST}/rotate")

    assert "The server has new keys" in page.text
    assert not before & await _keys(firm)
    assert (await last_entry(firm)).action == "key.rotate"


async def test_a_partner_that_is_none_is_a_plain_404(admin: Browser) -> None:
    for host in ("nobody.test", "home.test", "..", "a b"):
        assert (await admin.get(f"/admin/federation/{host.replace(' ', '%20')}")).status in (404, 422)


async def _keys(firm: Firm) -> set[str]:
    async with firm.runtime.db.read() as tx:
        server = await server_actor(tx)
        assert server is not None
        rows = await tx.select(select(ActorKey.public_text).where(ActorKey.actor_id == server.id))
        return {row[0] for row in rows}


async def _refused(firm: Firm) -> None:
    """A delivery that partner.test has refused for good."""
    at = firm.clock.now()
    async with firm.runtime.db.write() as tx:
        peer_id = await tx.scalar(select(Peer.id).where(Peer.host == "partner.test"))
        server = await server_actor(tx)
        assert server is not None
        number = firm.runtime.tokens.next_id(at)
        await tx.execute(
            insert(Activity),
            {
                "id": number,
                "uri": f"http://home.test/activities/{number}",
                "actor_id": server.id,
                "type": "Update",
                "payload": b"{}",
                "digest": "x" * 44,
                "created_at": at,
            },
        )
        await tx.execute(
            insert(DeadDelivery),
            {
                "peer_id": peer_id,
                "activity_id": number,
                "inbox_url": "http://partner.test/inbox",
                "status": 403,
                "reason": "inbox is closed",
                "at": at,
            },
        )


async def test_a_mistyped_host_of_a_draft_leaves_no_partner_and_is_refused_in_words(firm: Firm, admin: Browser) -> None:
    """What the connection met is no sentence for people; a host that nothing was ever agreed with is not listed."""
    new = "/admin/agreements/~new"
    terms = {"retention_months": "12", "retraction_hours": "24", "review_days": "365"}
    refused = await press(admin, new, new, host="bteta.test", **terms)

    assert refused.status == 422
    assert "bteta.test cannot be asked for its key" in refused.text
    assert "error=" not in refused.text
    assert "bteta.test" not in (await admin.get(LIST)).text


async def test_the_address_of_a_server_is_taken_for_its_host_name(firm: Firm, admin: Browser) -> None:
    """As it is copied from a browser; an address of anything more is none of a server."""
    allowed = await pressed(admin, LIST, f"{LIST}/allow", host="HTTPS://Lemmy.test/", understood="on")
    wrong = await press(admin, LIST, f"{LIST}/allow", host="https://other.test/c/sites", understood="on")

    assert "It is a basic partner now." in allowed.text
    assert await state(firm, "lemmy.test") == "active"
    assert wrong.status == 422


async def test_a_new_draft_names_who_writes_it_and_the_one_auditor(
    firm: Firm, admin: Browser, auditor: Browser
) -> None:
    """J2: the contacts of both offices stand in the text, so nobody has to look them up."""
    page = await admin.get("/admin/agreements/~new")

    assert 'name="admin" type="text" maxlength="500" value="olga@' in page.text
    assert 'name="dpo" type="text" maxlength="500" value="dora@' in page.text
