"""Visible entry into a community that is not open: asked for, approved, told to its members, over in time (T244)."""

from collections.abc import Mapping

import pytest
from yarl import URL

from models.audit import VISIBLE_ENTRY
from models.queries import audit
from models.queries.audit import Sought
from models.writes import accounts
from server.actions import visible_entries
from server.actions.accounts import suspend
from tests.server.admin.desk import press, pressed
from tests.server.admin.test_permission_matrix import WORD, World, addresses
from tests.server.admin.test_permission_matrix import world as world
from tests.support.firm import OPERATOR
from tests.support.site import Answer

PAGE = "/admin/moderation/entries"
REASON = "Two reports say that somebody is threatened there"


async def ask(world: World, hours: str = "24", community: str = "quiet", reason: str = REASON) -> Answer:
    browser, _ = await world.browser("admin")
    fields = {"community": community, "hours": hours, "reason": reason}
    return await press(browser, PAGE, f"{PAGE}/propose", **fields)


async def answer(world: World, says: str = "yes") -> Answer:
    browser, _ = await world.browser("auditor")
    page = await browser.get(PAGE)
    (number,) = {form.fields["proposal"] for form in page.forms if form.action == f"{PAGE}/decide"}
    return await world.send("auditor", f"{PAGE}/decide", proposal=number, answer=says)


async def enter(world: World, hours: str = "24") -> str:
    """An entry goes on; the address of its page."""
    assert (await ask(world, hours)).status == 303
    assert (await answer(world)).status == 303
    browser, _ = await world.browser("admin")
    number = (await browser.get(PAGE)).text.partition(f'href="{PAGE}/')[2].partition('"')[0]
    return f"{PAGE}/{number}"


async def showing(world: World, role: str, *more: str) -> list[str]:
    """Every address that is read on which somebody is shown what is said in the private community."""
    browser, found = (await world.browser(role))[0], []
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    headers = {"Authorization": f"Bearer {world.people[role].token}", "Cookie": cookie, "Accept": "text/html, */*"}
    for path in dict.fromkeys([*addresses(world), *more]):
        url = URL(f"http://127.0.0.1:{world.firm.port}{path}", encoded=True)
        async with world.firm.session.get(url, headers=headers, allow_redirects=False) as response:
            assert response.status != 500, path
            if WORD in await response.text(errors="replace"):
                found.append(path)
    return found


async def test_before_during_and_after_an_entry_one_page_shows_one_administrator_what_is_said(world: World) -> None:
    """Threats T244: every address, as administrator and auditor; before it and after it 404 as for anybody else."""
    address = await enter(world)
    thread = f"{address}?thread={world.threads['quiet']['id']}"
    second = await world.firm.person("otto", "read write", role="admin")

    assert await showing(world, "admin", address, thread) == [address, thread]
    assert await showing(world, "auditor", address, thread) == []
    assert (await (await world.firm.browser(second)).get(address)).status == 404
    browser, _ = await world.browser("admin")
    assert (await browser.get("/c/quiet")).status == 404
    await pressed(browser, address, f"{address}/end")
    assert (await browser.get(address)).status == 404
    assert await showing(world, "admin", address, thread) == []


async def test_its_members_are_told_when_it_begins_and_when_it_ends_by_the_clock(world: World) -> None:
    address, host = await enter(world, "2"), world.people["host"]
    member, _ = await world.browser("member")
    told = (await member.get("/c/quiet")).text
    browser, _ = await world.browser("admin")
    world.firm.clock.advance(hours=2, seconds=-1)
    last = await browser.get(address)
    world.firm.clock.advance(seconds=1)

    over = await browser.get(address)
    await visible_entries.keep_terms(world.firm.services)
    await visible_entries.keep_terms(world.firm.services)

    assert (WORD in last.text, over.status) == (True, 404)
    assert told.count(REASON) >= 2
    page = (await member.get("/c/quiet")).text
    assert page.count("The visible entry is over") == 1
    assert "can read here until" not in page
    account = await host.get("/api/v1/accounts/lookup", acct="quiet")
    log = await host.get(f"/api/entrepairs/v1/communities/{account['id']}/log")
    assert [(one["act"], one["role"], one["reason"]) for one in log[:2]] == [
        ("entry-ended", "administrator", ""),
        ("entry-begun", "administrator", REASON),
    ]
    said = await world.people["member"].get(f"/api/v1/accounts/{account['id']}/statuses")
    assert any("olga@home.test" in str(one) for one in said)


async def test_it_is_counted_once_where_everybody_can_see_it_and_stands_in_the_trail(world: World) -> None:
    await enter(world)
    member, _ = await world.browser("member")

    async with world.firm.runtime.db.read() as tx:
        rows = await audit.sought(tx, Sought(action=VISIBLE_ENTRY))
    assert [(one.actor, one.action, one.object) for one in rows] == [
        ("dora@home.test", VISIBLE_ENTRY, "quiet@home.test")
    ]
    assert REASON not in str(rows)
    assert "private communities</dt><dd>1</dd>" in (await member.get("/help/transparency")).text


@pytest.mark.parametrize(("hours", "status"), [("1", 303), ("72", 303), ("0", 422), ("73", 422), ("x", 422)])
async def test_an_entry_has_a_time(world: World, hours: str, status: int) -> None:
    assert (await ask(world, hours)).status == status


async def test_only_an_auditor_lets_it_begin_and_a_refusal_begins_nothing(world: World) -> None:
    """The administrator who asks cannot approve, nor can anybody ask for an open community or without a reason."""
    await ask(world)
    by_admin = await world.send("admin", f"{PAGE}/decide", proposal="1", answer="yes")
    refused = await answer(world, "no")
    browser, _ = await world.browser("admin")

    tries: Mapping[str, Answer] = {
        "open": await ask(world, community="sites"),
        "no reason": await ask(world, reason=" "),
        "nowhere": await ask(world, community="nowhere"),
        "auditor": await world.send("auditor", f"{PAGE}/propose", community="quiet", hours="1", reason=REASON),
    }

    assert (by_admin.status, refused.status) == (403, 303)
    assert {name: one.status for name, one in tries.items()} == {
        "open": 422,
        "no reason": 422,
        "nowhere": 404,
        "auditor": 403,
    }
    assert f'href="{PAGE}/' not in (await browser.get(PAGE)).text
    member, _ = await world.browser("member")
    assert "Visible entry" not in (await member.get("/c/quiet")).text


async def test_whoever_asked_and_is_no_administrator_any_more_does_not_enter(world: World) -> None:
    """The role counts at the approval, and at each look."""
    await ask(world)
    async with world.firm.runtime.db.write() as tx:
        await accounts.change_role(tx, int(world.people["admin"].id), "member")

    assert (await answer(world)).status == 422


async def test_whoever_asked_and_has_left_does_not_enter_and_nobody_is_told_that_they_do(world: World) -> None:
    await ask(world)
    runtime = world.firm.runtime
    await world.firm.person("ora", role="admin")
    async with runtime.db.write() as tx:
        await suspend(tx, runtime, world.people["admin"].name, by=OPERATOR)

    assert (await answer(world)).status == 422


async def test_a_member_does_not_enter(world: World) -> None:
    host = world.people["host"]
    account = await host.get("/api/v1/accounts/lookup", acct="quiet")
    path = f"/api/entrepairs/v1/communities/{account['id']}"
    await host.post(f"{path}/invitations", account_id=world.people["admin"].id)
    await world.people["admin"].post(f"{path}/join")

    assert (await ask(world)).status == 422
