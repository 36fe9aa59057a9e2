"""Communities without a host, reports, apps, the trail, the server: what each page shows and does."""

import csv
import io
import json
import re

import msgspec
from sqlalchemy import update

from models.audit import AuditEntry
from models.writes import accounts
from models.writes import audit as trail
from server.admin.server_page import shown_settings
from server.settings import Settings
from tests.server.admin.desk import last_entry, press, pressed
from tests.support.firm import App, Document, Firm
from tests.support.site import Answer, Browser


async def test_sizes_below_eight_are_not_said(admin: Browser, sites: Document) -> None:
    page = await admin.get("/admin/communities")

    assert "Sites" in page.text
    assert "&lt;&nbsp;8" in page.text


async def test_an_orphan_gets_a_host_and_a_community_with_one_does_not(
    firm: Firm, admin: Browser, alice: App, sites: Document, bob: App
) -> None:
    token = (await admin.get("/me")).forms[0].fields["csrf"]
    refused = await admin.post("/admin/communities/sites/host", {"csrf": token, "host": "bob"})
    async with firm.runtime.db.write() as tx:
        await accounts.suspend(tx, int(alice.id), firm.clock.now())
    named = await pressed(admin, "/admin/communities", "/admin/communities/sites/host", host="bob")

    assert refused.status == 422
    assert "who alone names others" in refused.text
    assert "has a host again" in named.text
    assert (await last_entry(firm)).action == "community.host"
    await bob.say("@sites hosts may post")


async def test_a_report_outside_of_communities_is_decided_here_without_the_post(
    firm: Firm, admin: Browser, alice: App, bob: App
) -> None:
    post = await bob.say("the heron stands in the water")
    report = {"account_id": bob.id, "status_ids": [], "comment": "He is rude", "category": "violation"}
    await alice.post("/api/v1/reports", **report)

    listed = await admin.get("/admin/moderation")
    address = listed.text.partition('href="/admin/moderation/')[2].partition('"')[0]
    page = await admin.get(f"/admin/moderation/{address}")
    done = await pressed(
        admin, f"/admin/moderation/{address}", f"/admin/moderation/{address}/decide", decision="suspended"
    )

    assert "He is rude" in page.text
    assert post["content"] not in page.text
    assert "suspended and the report closed" in done.text
    assert (await bob.call("GET", "/api/v1/timelines/home")).status == 403
    again = await admin.get(f"/admin/moderation/{address}")
    assert [form for form in again.forms if form.method == "post"] == []


async def test_a_report_about_an_administrator_is_decided_by_another_one(
    firm: Firm, admin: Browser, olga: App, otto: App, alice: App
) -> None:
    """By page and by app: whom it is about neither closes it nor hands it back."""
    report = {"account_id": olga.id, "status_ids": [], "comment": "She is rude", "category": "violation"}
    number = (await alice.post("/api/v1/reports", **report))["id"]
    address = f"/admin/moderation/{number}"

    own = await press(admin, address, f"{address}/decide", decision="closed")
    by_app = await olga.call("POST", f"/api/v1/admin/reports/{number}/resolve")
    others = await press(await firm.browser(otto), address, f"{address}/decide", decision="closed")

    assert (own.status, by_app.status, others.status) == (403, 403, 303)


async def test_a_report_in_a_community_with_a_host_is_the_hosts(
    admin: Browser, alice: App, sites: Document, bob: App
) -> None:
    post = await alice.say("@sites a question")
    await bob.post("/api/v1/reports", account_id=alice.id, status_ids=[post["id"]], comment="no")

    assert "Nothing waits." in (await admin.get("/admin/moderation")).text


async def test_a_blocked_app_loses_its_tokens_and_gets_no_new_ones(firm: Firm, admin: Browser, alice: App) -> None:
    """Threats T143."""
    app = await firm.nobody.post("/api/v1/apps", client_name="Ice Cubes", redirect_uris="https://ice.example/back")
    theirs = await firm.browser(alice)
    asked = f"/oauth/authorize?response_type=code&client_id={app['client_id']}&redirect_uri=https://ice.example/back"
    consent = await theirs.get(asked)
    given = await theirs.submit(consent, 0, decision="authorize")
    code = given.answer["code"]
    token = await firm.nobody.post(
        "/oauth/token",
        grant_type="authorization_code",
        code=code,
        client_id=app["client_id"],
        client_secret=app["client_secret"],
        redirect_uri="https://ice.example/back",
    )
    phone = App(firm.session, firm.port, token["access_token"])
    assert (await phone.call("GET", "/api/v1/accounts/verify_credentials")).status == 200

    page = await admin.get("/admin/apps")
    blocked = await press(admin, page, "/admin/apps/rule", name="Ice Cubes", verdict="block")

    assert "Ice Cubes" in page.text
    assert blocked.status == 303
    assert (await phone.call("GET", "/api/v1/accounts/verify_credentials")).status == 401
    refused = await theirs.get(asked)
    assert (refused.status, "may not be used here" in refused.text) == (403, True)
    assert (await last_entry(firm)).action == "app.block"


async def test_where_only_listed_apps_count_an_unlisted_one_is_refused(firm: Firm, admin: Browser, alice: App) -> None:
    app = await firm.nobody.post("/api/v1/apps", client_name="Tusky", redirect_uris="https://t.example/back")
    asked = f"/oauth/authorize?response_type=code&client_id={app['client_id']}&redirect_uri=https://t.example/back"
    theirs = await firm.browser(alice)

    await pressed(admin, "/admin/apps", "/admin/apps/policy", policy="listed")
    refused = await theirs.get(asked)
    token = (await admin.get("/me")).forms[0].fields["csrf"]
    await admin.post("/admin/apps/rule", {"csrf": token, "name": "Tusky", "verdict": "allow"})
    asked_again = await theirs.get(asked)

    assert refused.status == 403
    assert asked_again.status == 200


async def test_a_token_of_the_command_line_ends(admin: Browser, alice: App) -> None:
    page = await admin.get("/admin/apps")
    numbers = [form.fields["token"] for form in page.forms if form.action == "/admin/apps/end-token"]

    for number in numbers:
        await pressed(admin, "/admin/apps", "/admin/apps/end-token", token=number)

    assert (await alice.call("GET", "/api/v1/timelines/home")).status == 401


def acts_in(page: Answer) -> set[str]:
    """The names of the acts that the trail shows; lines may break after their points."""
    return set(re.findall(r'class="act-name">([^<]+)<', page.text.replace("<wbr>", "")))


async def test_the_trail_is_filtered_and_an_administrator_reads_the_technical_part(
    firm: Firm, admin: Browser, auditor: Browser, alice: App, sites: Document, bob: App
) -> None:
    post = await bob.say("@sites to be taken out")
    await alice.delete(f"/api/v1/statuses/{post['id']}")

    technical, whole = await admin.get("/admin/audit"), await auditor.get("/admin/audit")
    found = await auditor.get("/admin/audit?action=community.create&about=SITES")

    assert acts_in(technical) >= {"user.create"}
    assert "community.remove-post" not in acts_in(technical)
    assert "community.remove-post" in acts_in(whole)
    assert "sites@home.test" in found.text
    assert acts_in(found) == {"community.create"}


async def test_the_trail_is_looked_through_by_app(firm: Firm, auditor: Browser) -> None:
    """Product section 5: by actor, action, object and app; what acts by one, and what was decided about one."""
    entries: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("community.app", "sites@home.test", {"app": 'Tusky "beta" 100%', "community": "sites@home.test"}),
        ("community.app", "plans@home.test", {"app": "Ice Cubes", "community": "tusky@home.test"}),
        ("app.block", "Tusky", {}),
        ("user.create", "tusky@home.test", {}),
    )
    async with firm.runtime.db.write() as tx:
        for act, about, details in entries:
            await trail.append(tx, at=firm.clock.now(), actor="x", action=act, object=about, details=details)

    found, exact = (
        await auditor.get("/admin/audit?app=tusky"),
        await auditor.get("/admin/audit?app=Tusky+%22beta%22+100%25"),
    )
    other = await auditor.get("/admin/audit?app=tusky+_beta")

    assert acts_in(found) == {"community.app", "app.block"}
    assert "plans@home.test" not in found.text
    assert acts_in(exact) == {"community.app"}
    assert acts_in(other) == set()


async def test_the_chain_is_checked_and_a_changed_entry_found(firm: Firm, auditor: Browser, alice: App) -> None:
    """Threats T129."""
    holds = await auditor.get("/admin/audit?verify=1")
    async with firm.runtime.db.write() as tx:
        await tx.execute(update(AuditEntry).where(AuditEntry.id == 2).values(object="somebody else"))
    broken = await auditor.get("/admin/audit?verify=1")

    assert "The chain holds" in holds.text
    assert "broken at entry 2" in broken.text


async def test_the_trail_is_exported_for_programs_and_for_spreadsheets(
    firm: Firm, auditor: Browser, alice: App
) -> None:
    """Threats T116: nothing in it is a formula. The export is an entry itself."""
    async with firm.runtime.db.write() as tx:
        for evil in ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
            await trail.append(tx, at=firm.clock.now(), actor="x", action="user.create", object=evil, details={})
    lines = await press(auditor, "/admin/audit", "/admin/audit/export", format="jsonl")
    table = await press(auditor, "/admin/audit", "/admin/audit/export", format="csv")

    rows = [json.loads(line) for line in lines.text.splitlines()]
    assert rows[-1]["action"] == "audit.export"
    cells = list(csv.reader(io.StringIO(table.text)))
    assert cells[0][:4] == ["id", "at", "actor", "action"]
    assert len(cells) == len(rows) + 2
    assert not [cell for row in cells for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert "'=cmd|' /C calc'!A0" in [row[4] for row in cells]


async def test_control_characters_of_an_entry_are_shown_for_what_they_are(firm: Firm, auditor: Browser) -> None:
    """Threats T130."""
    async with firm.runtime.db.write() as tx:
        evil = "evil\x1b[2J\n<b>name</b>"
        await trail.append(tx, at=firm.clock.now(), actor="x", action="user.create", object=evil, details={})
    page = await auditor.get("/admin/audit")

    assert "evil\\x1b[2J\\x0a&lt;b&gt;name&lt;/b&gt;" in page.text


async def test_the_server_page_shows_settings_without_secrets(admin: Browser) -> None:
    """Threats T132."""
    page = await admin.get("/admin/server")

    assert "ENTREPAIRS_DATABASE_URL" in page.text
    assert "postgres@" not in page.text


def test_no_password_of_an_address_and_no_secret_is_among_the_settings() -> None:
    """Threats T132, whatever database this runs on: each setting that has a place for a password, or is one."""
    word, known = "swordfish", Settings(domain="home.test")
    addresses = dict.fromkeys(("database_url", "redis_url", "smtp_url"), f"scheme://user:{word}@host.test/place")
    secrets = {name: word for name in Settings.__struct_fields__ if re.search("password|secret|token|tls_key", name)}

    rows = shown_settings(msgspec.structs.replace(known, **addresses, **secrets))

    assert not [row.name for row in rows if word in row.value]
    assert [row.value for row in rows].count("scheme://host.test/place") == len(addresses)


async def test_the_overview_says_what_is_missing_and_what_waits(firm: Firm, admin: Browser, alice: App) -> None:
    before = await admin.get("/admin/overview")
    await firm.person("otto", role="admin")
    await firm.person("dora", role="auditor")
    after = await admin.get("/admin/overview")

    assert "Name your data-protection officer" in before.text
    assert "Name your data-protection officer" not in after.text
    assert "Name a second one" not in after.text


async def test_the_sheet_is_on_the_checklist_until_somebody_says_that_the_works_council_has_it(
    firm: Firm, admin: Browser, auditor: Browser
) -> None:
    """Product J1: print the transparency sheet."""
    before, offered = await admin.get("/admin/overview"), await auditor.get("/admin/sheet")

    noted = await pressed(admin, "/admin/sheet", "/admin/sheet/handed-over")

    assert "The sheet for the works council<span" not in before.text
    assert "/admin/sheet/handed-over" not in offered.text
    assert "Given to the works council:" in noted.text
    assert "The sheet for the works council<span" in (await admin.get("/admin/overview")).text
    assert (await last_entry(firm)).action == "server.sheet"
