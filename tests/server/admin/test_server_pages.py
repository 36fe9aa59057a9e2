"""Mail, backups, the notice on every page, and the sheet: what they show and who may do what on them."""

import msgspec
import pytest
from sqlalchemy import update

from models.audit import UNSEALING, VISIBLE_ENTRY, AuditEntry
from models.queries import notices
from models.writes import audit as trail
from models.writes import mail as letters
from server.actions import backed_up, checkpoints
from server.actions.backed_up import LastBackup
from server.actions.maintenance import MAX_TEXT
from tests.server.admin.desk import last_entry, press, pressed
from tests.support.firm import App, Document, Firm
from tests.support.site import Browser

SERVER, NOTICE = "/admin/server", "/admin/server/notice"


async def test_a_notice_stands_on_every_page_of_people_who_are_signed_in_and_on_no_other(
    firm: Firm, admin: Browser, alice: App
) -> None:
    member, stranger = await firm.browser(alice), await firm.browser()
    saved = await pressed(admin, SERVER, NOTICE, text="Off on <b>Friday</b> from 18:00")

    assert "Saved: every page shows it" in saved.text
    for path in ("/", "/me", "/communities", "/help/transparency"):
        assert "Off on &lt;b&gt;Friday&lt;/b&gt; from 18:00" in (await member.get(path)).text
    assert "Friday" not in (await stranger.get("/sign-in")).text
    assert (await last_entry(firm)).action == "server.notice"


async def test_a_notice_goes_when_its_time_is_over_or_it_is_emptied(firm: Firm, admin: Browser, alice: App) -> None:
    member = await firm.browser(alice)
    # An hour from now, on the clocks of Paris in winter.
    await pressed(admin, SERVER, NOTICE, text="Soon", until="2026-01-31T14:00")
    before = await member.get("/")
    firm.clock.advance(minutes=60)
    after = await member.get("/")
    await pressed(admin, SERVER, NOTICE, text="Again")
    again = await member.get("/")
    await pressed(admin, SERVER, NOTICE, text="")

    assert ">Soon<" in before.text
    assert ">Soon<" not in after.text
    assert ">Again<" in again.text
    assert '<aside class="notice"' not in (await member.get("/")).text


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"text": "x" * MAX_TEXT}, 303),
        ({"text": "x" * (MAX_TEXT + 1)}, 422),
        ({"text": "x", "until": "tomorrow"}, 422),
        ({"text": "x", "until": "2026-01-31T13:00"}, 422),
        ({"text": "x", "until": "2026-01-31T13:01"}, 303),
    ],
)
async def test_what_a_notice_may_be(admin: Browser, given: dict[str, str], status: int) -> None:
    assert (await press(admin, SERVER, NOTICE, **given)).status == status


async def test_another_process_learns_of_the_notice(firm: Firm, admin: Browser) -> None:
    await pressed(admin, SERVER, NOTICE, text="Soon")

    async with firm.runtime.db.read() as tx:
        assert (await notices.current(tx)).text == "Soon"


async def test_the_page_of_mail_says_that_there_is_none_and_what_letters_say(admin: Browser, auditor: Browser) -> None:
    page = await admin.get("/admin/mail")
    refused = await admin.post("/admin/mail/test", {"csrf": (await admin.get("/me")).forms[0].fields["csrf"]})

    assert "No mail is set up" in page.text
    assert "Votre adresse de connexion" in page.text
    assert "Your sign-in address" in page.text
    assert refused.status == 422
    assert "/admin/mail/test" not in (await auditor.get("/admin/mail")).text


async def test_a_digest_says_by_the_rules_of_labels_what_mail_may_say(admin: Browser) -> None:
    page = (await admin.get("/admin/mail")).text
    digest = page.partition("Your digest of home.test")[2].partition("</details>")[0]

    assert digest.count("How do you run night shifts? (Sites)") == 1
    assert "In Sites: open it to see which." in digest
    assert "Votre récapitulatif" in page


async def test_letters_that_wait_are_counted_and_none_is_shown(firm: Firm, admin: Browser, alice: App) -> None:
    async with firm.runtime.db.write() as tx:
        sealed = firm.runtime.vault.seal(b"the heron", "mail")
        await letters.add(
            tx,
            actor_id=int(alice.id),
            recipient="alice@mail.example",
            kind="test",
            letter=sealed,
            once_key=None,
            at=firm.clock.now(),
        )
    firm.clock.advance(hours=3)
    page = await admin.get("/admin/mail")

    assert "3 hours" in page.text
    assert "alice@mail.example" not in page.text
    assert "heron" not in page.text


async def test_the_page_of_backups_shows_the_last_whole_one_and_how_old_it_is(firm: Firm, admin: Browser) -> None:
    none, never = await admin.get("/admin/backups"), await admin.get("/admin/overview")
    async with firm.runtime.db.write() as tx:
        made = LastBackup(firm.clock.now(), 12_345_678, "database.sqlite", 7)
        await backed_up.note(tx, firm.runtime, made)
    firm.clock.advance(hours=47)
    good = await admin.get("/admin/backups")
    listed = await admin.get("/admin/overview")
    firm.clock.advance(hours=1)
    old = await admin.get("/admin/backups")

    assert "None yet." in none.text
    assert "12.3 MB" in good.text
    assert "there should be one every night" not in good.text
    assert "A backup every night<span" in listed.text
    assert "The last whole backup is 2 days old" in listed.text
    assert "There is no backup yet" in never.text
    assert "there should be one every night" in old.text
    assert "A backup every night<span" not in (await admin.get("/admin/overview")).text


async def test_the_checkpoints_are_shown_and_the_chain_is_held_against_them(
    firm: Firm, admin: Browser, auditor: Browser
) -> None:
    """Threats T129, T247."""
    async with firm.runtime.db.write() as tx:
        await checkpoints.make(tx, firm.runtime, firm.clock.now())
    page = await auditor.get("/admin/audit?verify=1")
    kept = await admin.get("/admin/audit/checkpoint/document")
    async with firm.runtime.db.write() as tx:
        await tx.execute(update(AuditEntry).where(AuditEntry.id == 2).values(object="somebody else"))
    broken = await auditor.get("/admin/audit?verify=1")

    assert "It was held against 1 checkpoint." in page.text
    assert msgspec.json.decode(kept.body)["type"]
    assert "broken at entry 2" in broken.text


async def test_everybody_who_works_here_reads_the_sheet_and_nobody_else(
    firm: Firm, admin: Browser, auditor: Browser, alice: App, sites: Document
) -> None:
    member, stranger = await firm.browser(alice), await firm.browser()
    page, sheet = await member.get("/help/transparency"), await admin.get("/admin/sheet")

    assert page.status == sheet.status == (await auditor.get("/admin/sheet")).status == 200
    assert (await stranger.get("/help/transparency")).status == 302
    assert (await member.get("/admin/sheet")).status == 403
    for text in (
        "Never recorded",
        "The threshold k is 8",
        "before 08:00 and after 19:00",
        "The audit trail is copied nowhere",
    ):
        assert text in page.text
        assert text in sheet.text


async def test_the_sheet_follows_the_settings(firm: Firm, admin: Browser, auditor: Browser) -> None:
    tried = await auditor.get("/admin/retention?threads=411&bin=21")
    await pressed(auditor, tried, "/admin/retention/set")
    await pressed(admin, "/admin/statistics", "/admin/statistics", k="12")
    await pressed(admin, "/admin/quiet", "/admin/quiet", ends="07:15")
    await pressed(admin, "/admin/apps", "/admin/apps/policy", policy="listed")
    sheet = await admin.get("/admin/sheet")

    assert "The threshold k is 12" in sheet.text
    assert "before 07:15" in sheet.text
    assert "Only apps that administrators allowed" in sheet.text
    assert "411 days" in sheet.text
    assert "21 days" in sheet.text


async def test_visible_entries_and_unsealings_of_the_quarter_are_counted(firm: Firm, admin: Browser) -> None:
    """Product rule 8. A quarter begins at the firm's midnight: 23:00 UTC in winter."""
    async with firm.runtime.db.write() as tx:
        for days, action in ((31, VISIBLE_ENTRY), (30, VISIBLE_ENTRY), (1, VISIBLE_ENTRY), (1, UNSEALING)):
            at = firm.clock.now().replace(hour=22) if days == 31 else firm.clock.now()
            at = at.replace(year=2025, month=12, day=31) if days == 31 else at
            await trail.append(tx, at=at, actor="dora", action=action, object="quiet", details={})
    sheet = await admin.get("/admin/sheet")

    assert "quarter 2026-1" in sheet.text
    assert "<dd>2</dd>" in sheet.text
    assert "<dd>1</dd>" in sheet.text


async def test_what_the_doctor_finds_is_said_in_the_readers_language(firm: Firm, admin: Browser) -> None:
    english, french = await admin.get(f"{SERVER}?lang=en"), await admin.get(f"{SERVER}?lang=fr")

    assert "not set: right as long as one server process runs" in english.text
    assert "non configuré\u00a0: suffisant tant qu’un seul processus tourne" in french.text
    assert "one server process" not in french.text
