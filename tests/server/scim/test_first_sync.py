"""The first sync, tried out before it is applied (product J1); the page of what was refused; groups and offices."""

import asyncio
from typing import Any

from sqlalchemy import func, select

from models.accounts import Account
from models.actors import Actor
from models.queries import directory as reading
from server.actions import first_sync
from tests.server.admin.desk import last_entry, press, pressed
from tests.server.scim.conftest import GROUP, PATCH, USER, Directory, done
from tests.server.scim.test_provisioning import account
from tests.support.firm import App, Firm
from tests.support.site import Browser

PAGE = "/admin/provisioning"


async def admin_of(firm: Firm) -> Browser:
    return await firm.browser(await firm.person("olga", role="admin"))


async def people_here(firm: Firm) -> int:
    async with firm.runtime.db.read() as tx:
        return int(await tx.scalar(select(func.count()).select_from(Account)))


async def finish(firm: Firm) -> None:
    """What the loop of a worker does."""
    while await first_sync.apply_next(firm.runtime):
        pass


async def tried_out(firm: Firm, directory: Directory) -> Browser:
    """Ada is new, alice is here, ben is not active."""
    admin = await admin_of(firm)
    await pressed(admin, PAGE, f"{PAGE}/try")
    await directory.add("ada", displayName="Ada Lovelace")
    await directory.add("whoever", emails=[{"value": "Alice@mail.example"}])
    await directory.add("ben", active=False)
    return admin


async def test_while_it_is_tried_out_nothing_happens_and_the_page_says_what_would(
    firm: Firm, directory: Directory, alice: App
) -> None:
    admin = await tried_out(firm, directory)
    before = await people_here(firm)
    read = done(await directory.ask("GET", "/Users?filter=userName%20eq%20%22ada@corp.example%22"))
    done(await directory.set_active(read["Resources"][0], value=False))
    done(await directory.set_active(read["Resources"][0], value=True))
    page = await admin.get(PAGE)
    async with firm.runtime.db.read() as tx:
        plan = await first_sync.plan(tx)

    assert before == await people_here(firm) == 3 - 1
    assert (plan.create, plan.update, plan.ignore) == (1, 1, 1)
    assert "Provisioning by the directory<span" not in (await admin.get("/admin/overview")).text
    assert "Accounts are made by administrators" in (await admin.get("/admin/sheet")).text
    for shown in ("ada@corp.example", "@alice", "ben@corp.example", "Would be made"):
        assert shown in page.text


async def test_applied_it_makes_and_takes_over_accounts_and_leaves_the_inactive_out(
    firm: Firm, directory: Directory, alice: App
) -> None:
    admin = await tried_out(firm, directory)
    applying = await pressed(admin, PAGE, f"{PAGE}/apply")
    await finish(firm)
    page = await admin.get(PAGE)

    assert "2 accounts are still to come" in applying.text
    assert "Provisioning by the directory<span" in (await admin.get("/admin/overview")).text
    assert "Accounts come from the company’s directory" in (await admin.get("/admin/sheet")).text
    assert await people_here(firm) == 3
    assert (await account(firm, "ada"))[1] is True
    assert "Try the first sync out" not in page.text
    found = done(await directory.ask("GET", "/Users?filter=userName%20sw%20%22whoever%22"))["Resources"][0]
    done(await directory.set_active(found, value=False))
    assert (await account(firm, "alice"))[1] is False


async def test_two_processes_that_apply_at_once_make_one_account_each(
    firm: Firm, directory: Directory, alice: App
) -> None:
    admin = await tried_out(firm, directory)
    await pressed(admin, PAGE, f"{PAGE}/apply")
    await asyncio.gather(finish(firm), finish(firm))

    assert await people_here(firm) == 3
    async with firm.runtime.db.read() as tx:
        assert [row.name for row in await reading.without_account(tx)] == ["ben@corp.example"]


async def test_who_was_left_out_gets_an_account_when_the_directory_switches_them_on(
    firm: Firm, directory: Directory, alice: App
) -> None:
    admin = await tried_out(firm, directory)
    await pressed(admin, PAGE, f"{PAGE}/apply")
    await finish(firm)
    ben = done(await directory.ask("GET", "/Users?filter=userName%20sw%20%22ben%22"))["Resources"][0]
    done(await directory.set_active(ben, value=True))
    await finish(firm)

    assert (await account(firm, "ben"))[1] is True


async def test_forgotten_it_leaves_nothing(firm: Firm, directory: Directory, alice: App) -> None:
    admin = await tried_out(firm, directory)
    await pressed(admin, PAGE, f"{PAGE}/discard")
    found = done(await directory.ask("GET", "/Users"))
    await directory.add("ada")

    assert found["totalResults"] == 0
    assert (await account(firm, "ada"))[1] is True


async def test_only_a_first_sync_can_be_tried_out(firm: Firm, directory: Directory) -> None:
    admin = await admin_of(firm)
    page = await admin.get(PAGE)
    await directory.add("ada")
    late = await press(admin, page, f"{PAGE}/try")
    nothing = await admin.post(f"{PAGE}/apply", {"csrf": page.forms[0].fields["csrf"]})

    assert (late.status, nothing.status) == (422, 422)


async def test_the_page_shows_what_was_refused_and_to_whom(firm: Firm, directory: Directory) -> None:
    """Without what the directory asks for and does not find; nobody without a token gets onto it."""
    admin = await admin_of(firm)
    await directory.add("ada")
    again: dict[str, Any] = {"schemas": [USER], "userName": "ada@corp.example"}
    assert (await directory.ask("POST", "/Users", again)).status == 409
    assert (await directory.ask("GET", "/Users/17")).status == 404
    await firm.nobody.call("POST", "/scim/v2/Users", json=again)
    page = await admin.get(f"{PAGE}/errors")
    firm.clock.advance(days=30)
    later = await admin.get(f"{PAGE}/errors") if (await admin.get("/me")).status == 200 else None
    async with firm.runtime.db.read() as tx:
        rows = await reading.errors(tx, since=firm.clock.now())

    assert page.text.count("<tr>") == 2
    assert "409" in page.text
    assert "Corp directory" in page.text
    assert later is None or "Nothing was refused" in later.text
    assert rows == []


async def test_the_page_says_when_the_directory_last_wrote(firm: Firm, directory: Directory) -> None:
    await directory.add("ada")
    async with firm.runtime.db.read() as tx:
        (token,) = await reading.tokens(tx)

    assert token.used_at == firm.clock.now()


async def test_a_group_proposes_an_office_which_goes_with_it(firm: Firm, directory: Directory) -> None:
    """Threats T240: nobody becomes an administrator by a directory alone."""
    admin = await admin_of(firm)
    ada = await directory.add("ada")
    document = {"schemas": [GROUP], "displayName": "IT", "members": [{"value": ada["id"]}]}
    group = done(await directory.ask("POST", "/Groups", document))
    await pressed(admin, PAGE, f"{PAGE}/group", group="it", role="admin")
    proposed = await role_of(firm, "ada")
    await pressed(admin, "/admin/people/ada", "/admin/people/ada/confirm")
    confirmed = await role_of(firm, "ada")
    operation = {"op": "remove", "path": f'members[value eq "{ada["id"]}"]'}
    done(await directory.ask("PATCH", f"/Groups/{group['id']}", {"schemas": [PATCH], "Operations": [operation]}))

    assert proposed == ("member", "admin")
    assert confirmed == ("admin", None)
    assert await role_of(firm, "ada") == ("member", None)


async def test_what_a_group_proposed_ends_with_its_mapping_and_with_the_group(firm: Firm, directory: Directory) -> None:
    admin = await admin_of(firm)
    ada, ben = await directory.add("ada"), await directory.add("ben")
    for name, person in (("IT", ada), ("Audit", ben)):
        document = {"schemas": [GROUP], "displayName": name, "members": [{"value": person["id"]}]}
        group = done(await directory.ask("POST", "/Groups", document))
        await pressed(admin, PAGE, f"{PAGE}/group", group=name, role="admin" if name == "IT" else "auditor")
    before = [await role_of(firm, name) for name in ("ada", "ben")]
    await pressed(admin, PAGE, f"{PAGE}/group", group="it", role="")
    await directory.ask("DELETE", f"/Groups/{group['id']}")

    assert before == [("member", "admin"), ("member", "auditor")]
    assert [await role_of(firm, name) for name in ("ada", "ben")] == [("member", None), ("member", None)]
    refused = await press(admin, PAGE, f"{PAGE}/group", group="no such group", role="admin")
    assert refused.status == 422
    assert (await last_entry(firm)).action != "scim.group-role"


async def role_of(firm: Firm, username: str) -> tuple[str, str | None]:
    statement = select(Account.role, Account.pending_role).join(Actor, Actor.id == Account.actor_id)
    async with firm.runtime.db.read() as tx:
        row = (await tx.select(statement.where(Actor.username == username))).one()
    return row[0], row[1]
