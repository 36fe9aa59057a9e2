"""The moderation log of a community: what was done and why, by role, for those who lead it (product J8, section 9)."""

import re

from sqlalchemy import select

from models.moderation import LoggedAct
from models.queries import archive
from server.actions import erasing
from server.housekeeping import MODERATION_KEPT, forget_once
from tests.support.firm import OPERATOR, App, Document, Firm

ROOT = "/api/entrepairs/v1"


async def told(host: App, sites: Document) -> list[tuple[str, str, str, str]]:
    """Act, role, about whom, and why; the oldest first."""
    rows = await host.get(f"{ROOT}/communities/{sites['id']}/log")
    return [(row["act"], row["role"], (row["account"] or {}).get("acct", ""), row["reason"]) for row in rows][::-1]


async def test_each_act_is_told_by_role_with_its_reason_and_never_what_was_taken_out(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    mona, path = await firm.person("mona"), f"{ROOT}/communities/{sites['id']}"
    await mona.follow(sites)
    await alice.call("PATCH", f"{path}/members/{mona.id}", json={"role": "moderator"})
    thread = await bob.say("@sites Zebrafish, of all things")
    await bob.say("@sites Another one")
    report = await alice.post("/api/v1/reports", account_id=bob.id, status_ids=[thread["id"]], comment="Look")
    await mona.call("POST", f"{path}/reports/{report['id']}/resolve")
    await mona.call("POST", f"{path}/reports/{report['id']}/resolve")
    await mona.call("DELETE", f"/api/v1/statuses/{thread['id']}", json={"reason": "Names a customer"})
    await mona.post(f"{path}/bans", account_id=bob.id, days=3, reason="Cool down")
    await mona.delete(f"{path}/bans/{bob.id}")
    await alice.delete(f"{path}/members/{bob.id}")

    assert await told(alice, sites) == [
        ("role-given", "host", "mona", ""),
        ("report-closed", "moderator", "", ""),
        ("removed", "moderator", "bob", "Names a customer"),
        ("banned", "moderator", "bob", "Cool down"),
        ("unbanned", "moderator", "bob", ""),
        ("member-removed", "host", "bob", ""),
    ]
    page = await (await firm.browser(mona)).get("/c/sites/log")
    assert "Names a customer" in page.text
    assert "@bob" in page.text
    assert "mona" not in page.text.partition("<main")[2].replace("@mona", "", 1)
    assert "Zebrafish" not in page.text
    async with firm.runtime.db.read() as tx:
        own = await archive.moderated(tx, int(bob.id))
    assert [(one.community, one.act, one.by, one.reason) for one in own][:2] == [
        ("sites", "removed", "moderator", "Names a customer"),
        ("sites", "banned", "moderator", "Cool down"),
    ]


async def test_pages_go_back_in_time(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    thread = await bob.say("@sites One")
    for _ in range(21):
        for closes in (True, False):
            await alice.call("PATCH", f"{ROOT}/threads/{thread['id']}", json={"is_closed": closes})
    browser = await firm.browser(alice)

    first = await browser.get("/c/sites/log")
    older = re.search(r'href="(/c/sites/log\?max_id=\d+)"', first.text)
    assert older
    second = await browser.get(older[1])

    assert (first.text.count("<time"), second.text.count("<time")) == (40, 2)
    assert "Older entries" not in second.text
    assert (await browser.get("/c/sites/log?max_id=zz")).status == 200


async def test_whoever_is_erased_is_not_named_any_more_and_after_three_years_all_is_forgotten(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    path = f"{ROOT}/communities/{sites['id']}"
    await alice.post(f"{path}/bans", account_id=bob.id, reason="Bob shouts")

    await erasing.erase(firm.runtime.db, firm.runtime, "bob", with_content=False, language="en", by=OPERATOR)

    assert await told(alice, sites) == [("banned", "host", "", "")]
    firm.clock.advance(days=MODERATION_KEPT.days)
    await forget_once(firm.runtime)
    async with firm.runtime.db.read() as tx:
        assert len((await tx.select(select(LoggedAct.id))).all()) == 1
    firm.clock.advance(seconds=1)
    await forget_once(firm.runtime)
    async with firm.runtime.db.read() as tx:
        assert (await tx.select(select(LoggedAct.id))).all() == []
