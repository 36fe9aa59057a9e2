"""What follows from what the directory says: accounts, leavers, floods, groups; and what it may not (product J11)."""

from urllib.parse import quote

import pytest
from sqlalchemy import select

from models.accounts import Account
from models.actors import Actor
from models.queries import directory as reading
from server.actions import accounts, first_sync, leaving
from tests.server.admin.desk import last_entry, press, pressed
from tests.server.scim.conftest import ENTERPRISE, GROUP, PATCH, USER, Directory, done
from tests.support.firm import OPERATOR, App, Firm


async def account(firm: Firm, username: str) -> tuple[str, bool]:
    """Address of an account, and whether it is open."""
    statement = select(Account.email, Account.suspended_at.is_(None)).join(Actor, Actor.id == Account.actor_id)
    async with firm.runtime.db.read() as tx:
        row = (await tx.select(statement.where(Actor.username == username))).one()
    return row[0], row[1]


async def test_somebody_new_gets_an_account(firm: Firm, directory: Directory) -> None:
    ada = await directory.add(
        "Ada.Lovelace",
        displayName="Ada Lovelace",
        emails=[{"value": "ada@corp.example", "primary": True}],
        **{ENTERPRISE: {"department": "Plants", "manager": {"value": "7"}}},
    )

    assert await account(firm, "ada_lovelace") == ("ada@corp.example", True)
    read = done(await directory.ask("GET", f"/Users/{ada['id']}"))
    assert read[ENTERPRISE]["department"] == "Plants"
    entries = [await last_entry(firm)]
    assert entries[0].actor == "scim:Corp directory"


@pytest.mark.parametrize("email", ["ada@alpha.test", "ada@corp.local", "ada@mail.corp.internal"])
async def test_addresses_are_taken_that_no_mail_from_outside_reaches(
    firm: Firm, directory: Directory, email: str
) -> None:
    """As `user create` takes them: company networks and laboratories have domains of their own."""
    ada = await directory.add("ada", emails=[{"value": email, "primary": True}])

    assert await account(firm, "ada") == (email, True)
    patch = {
        "schemas": [PATCH],
        "Operations": [{"op": "replace", "path": "emails", "value": [{"value": f"x.{email}"}]}],
    }
    done(await directory.ask("PATCH", f"/Users/{ada['id']}", patch))
    wrong = {"schemas": [USER], "userName": "abe", "emails": [{"value": "no address"}]}
    assert (await directory.ask("POST", "/Users", wrong)).status == 400


async def test_an_account_that_was_here_before_is_taken_over_by_its_address(
    firm: Firm, directory: Directory, alice: App
) -> None:
    """Product J1: what is here already is updated and not made twice."""
    found = await directory.add("whoever", emails=[{"value": "Alice@mail.example"}])
    await directory.set_active(found, value=False)

    assert (await account(firm, "alice"))[1] is False


@pytest.mark.parametrize("said", [False, "False", "false"])
async def test_a_leaver_is_out_at_once_and_back_when_the_directory_says_so(
    firm: Firm, directory: Directory, alice: App, said: object
) -> None:
    """Threats T239: the same as `user suspend`. Microsoft's directory writes the value as text."""
    found = await directory.add("alice", emails=[{"value": "alice@mail.example"}])
    browser = await firm.browser(alice)
    done(await directory.set_active(found, said))

    assert (await alice.call("GET", "/api/v1/timelines/home")).status == 403
    assert (await browser.get("/")).status == 302
    done(await directory.set_active(found, value=True))
    assert (await account(firm, "alice"))[1] is True
    assert (await browser.get("/")).status == 302, "sessions do not come back"


async def pass_days(firm: Firm, days: int) -> None:
    """So much later, with what the server does by itself then."""
    firm.clock.advance(days=days)
    await leaving.keep_schedule(firm.runtime, "en")


async def shown_as(firm: Firm) -> dict[str, str]:
    """What people are called, by name."""
    async with firm.runtime.db.read() as tx:
        statement = select(Actor.username, Actor.display_name)
        return {row[0]: row[1] for row in await tx.select(statement)}


async def test_who_is_added_again_within_thirty_days_is_back(firm: Firm, directory: Directory) -> None:
    """J11: to remove somebody is as to switch them off, and a return restores."""
    address = [{"value": "ada@corp.example"}]
    ada = await directory.add("ada", emails=address)
    await directory.ask("DELETE", f"/Users/{ada['id']}")
    assert (await account(firm, "ada"))[1] is False
    firm.clock.advance(days=29)

    await directory.add("ada", emails=address)

    assert await account(firm, "ada") == ("ada@corp.example", True)


async def test_whom_an_administrator_closed_the_directorys_first_word_does_not_open(
    firm: Firm, directory: Directory, alice: App
) -> None:
    async with firm.runtime.db.write() as tx:
        await accounts.suspend(tx, firm.runtime, "alice", by=OPERATOR)

    await directory.add("alice", emails=[{"value": "alice@mail.example"}])

    assert (await account(firm, "alice"))[1] is False


@pytest.mark.parametrize("removed", [True, False])
async def test_who_comes_back_later_is_somebody_new(firm: Firm, directory: Directory, *, removed: bool) -> None:
    """J11: after thirty days; the former colleague stays one, and the address is the new person's."""
    address = [{"value": "ada@corp.example"}]
    ada = await directory.add("ada", displayName="Ada Lovelace", emails=address)
    if removed:
        await directory.ask("DELETE", f"/Users/{ada['id']}")
    else:
        done(await directory.set_active(ada, value=False))
    await pass_days(firm, 31)
    (former,) = [name for name in await shown_as(firm) if name.startswith("former_")]

    if removed:
        await directory.add("ada", displayName="Ada Lovelace", emails=address)
    else:
        done(await directory.set_active(ada, value=True))
        while await first_sync.apply_next(firm.runtime):
            pass

    assert await account(firm, "ada2") == ("ada@corp.example", True)
    assert (await account(firm, former))[1] is False
    assert (await shown_as(firm))[former] == "Former colleague (home.test)"


async def test_a_former_colleague_is_not_named_again_by_what_the_directory_says(
    firm: Firm, directory: Directory
) -> None:
    """J11: the directory keeps whom it switched off, and goes on writing of them."""
    ada = await directory.add("ada", displayName="Ada Lovelace")
    done(await directory.set_active(ada, value=False))
    await pass_days(firm, 31)

    change = {"op": "replace", "path": "displayName", "value": "Ada King"}
    done(await directory.ask("PATCH", f"/Users/{ada['id']}", {"schemas": [PATCH], "Operations": [change]}))

    assert "Ada King" not in (await shown_as(firm)).values()
    assert "Former colleague (home.test)" in (await shown_as(firm)).values()


async def test_saying_the_same_again_changes_nothing(firm: Firm, directory: Directory) -> None:
    """Threats T240: idempotent."""
    ada = await directory.add("ada")
    first = done(await directory.set_active(ada, value=False))
    again = done(await directory.set_active(ada, value=False))

    assert first["meta"]["version"] == again["meta"]["version"]


async def test_a_flood_is_held_until_an_administrator_confirms_it(firm: Firm, directory: Directory) -> None:
    """Threats T240: more than a tenth of all accounts in an hour."""
    admin = await firm.browser(await firm.person("olga", role="admin"))
    people = [await directory.add(f"person{number}") for number in range(9)]
    for person in people[:3]:
        done(await directory.set_active(person, value=False))

    states = [(await account(firm, f"person{number}"))[1] for number in range(3)]
    page = await admin.get("/admin/provisioning")
    confirmed = await pressed(admin, page.path, "/admin/provisioning/held", decision="close")

    assert states == [False, True, True]
    assert "person1@corp.example" in page.text
    assert "person0@corp.example" not in page.text
    assert "Nothing is held" in confirmed.text
    assert [(await account(firm, f"person{number}"))[1] for number in range(4)] == [False, False, False, True]


async def test_what_was_held_by_mistake_is_left_open(firm: Firm, directory: Directory) -> None:
    admin = await firm.browser(await firm.person("olga", role="admin"))
    people = [await directory.add(f"person{number}") for number in range(3)]
    for person in people:
        await directory.ask("DELETE", f"/Users/{person['id']}")
    await pressed(admin, "/admin/provisioning", "/admin/provisioning/held", decision="leave")

    assert [(await account(firm, f"person{number}"))[1] for number in range(3)] == [False, True, True]
    assert (await directory.ask("GET", f"/Users/{people[1]['id']}")).status == 404


async def test_two_leavers_of_many_are_not_held(firm: Firm, directory: Directory) -> None:
    people = [await directory.add(f"person{number}") for number in range(20)]
    for person in people[:2]:
        done(await directory.set_active(person, value=False))

    async with firm.runtime.db.read() as tx:
        assert await reading.held(tx) == []


async def test_groups_have_people_and_people_their_groups(firm: Firm, directory: Directory) -> None:
    ada = await directory.add("ada")
    document = {"schemas": [GROUP], "displayName": "Managers", "members": [{"value": ada["id"]}]}
    group = done(await directory.ask("POST", "/Groups", document))
    read = done(await directory.ask("GET", f"/Users/{ada['id']}"))
    operation = {"op": "remove", "path": f'members[value eq "{ada["id"]}"]'}
    emptied = done(
        await directory.ask("PATCH", f"/Groups/{group['id']}", {"schemas": [PATCH], "Operations": [operation]})
    )

    assert read["groups"][0]["value"] == group["id"]
    assert "members" not in emptied
    stranger = {"schemas": [GROUP], "displayName": "Others", "members": [{"value": "17"}]}
    assert (await directory.ask("POST", "/Groups", stranger)).status == 400


async def test_a_name_is_given_once_and_the_answer_says_so(directory: Directory) -> None:
    """Threats T240."""
    await directory.add("ada")
    again = await directory.ask("POST", "/Users", {"schemas": [USER], "userName": "ADA@corp.example"})

    assert (again.status, again.document["scimType"]) == (409, "uniqueness")


async def test_a_manager_may_come_as_microsofts_directory_writes_one(directory: Directory) -> None:
    ada = await directory.add("ada")
    operation = {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "4711"}
    patched = done(await directory.ask("PATCH", f"/Users/{ada['id']}", {"schemas": [PATCH], "Operations": [operation]}))

    assert patched[ENTERPRISE]["manager"]["value"] == "4711"


async def test_a_version_that_is_not_the_present_one_changes_nothing(directory: Directory) -> None:
    ada = await directory.add("ada")
    version = ada["meta"]["version"]
    patch = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": "Head"}]}
    first = await directory.ask("PATCH", f"/Users/{ada['id']}", patch, If_Match=version)
    second = await directory.ask("PATCH", f"/Users/{ada['id']}", patch, If_Match=version)
    same = await directory.ask("GET", f"/Users/{ada['id']}", If_None_Match=first.headers["ETag"])

    assert (first.status, second.status, same.status) == (200, 412, 304)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ('userName eq "ADA@corp.example"', ["ada"]),
        ('externalId eq "x-ben"', ["ben"]),
        ('userName sw "a" or externalId eq "x-ben"', ["ada", "ben"]),
        ('name.familyName co "ove"', ["ada"]),
        ("not (userName pr)", []),
        ('userName eq "x\' OR 1=1 --"', []),
    ],
)
async def test_people_are_found_by_filters(directory: Directory, wanted: str, names: list[str]) -> None:
    """Threats T126, T240: a filter is a filter, whatever is in it."""
    await directory.add("ada", name={"familyName": "Lovelace"})
    await directory.add("ben")
    found = done(await directory.ask("GET", f"/Users?filter={quote(wanted)}"))

    assert [one["userName"].partition("@")[0] for one in found.get("Resources", [])] == names
    assert found["totalResults"] == len(names)


async def test_pages_are_as_asked_for(directory: Directory) -> None:
    for number in range(5):
        await directory.add(f"person{number}")
    found = done(await directory.ask("GET", "/Users?startIndex=2&count=2"))
    none = done(await directory.ask("GET", "/Users?count=0"))
    last = done(await directory.ask("GET", "/Users?sortBy=userName&sortOrder=descending&count=1"))

    assert [one["userName"] for one in found["Resources"]] == ["person1@corp.example", "person2@corp.example"]
    assert (found["totalResults"], found["itemsPerPage"], none["totalResults"]) == (5, 2, 5)
    assert last["Resources"][0]["userName"] == "person4@corp.example"


@pytest.mark.parametrize(
    ("method", "path", "document", "status"),
    [
        ("POST", "/Users", {"schemas": [USER]}, 400),
        ("POST", "/Users", ["x"], 400),
        ("GET", "/Users?filter=userName%20zz%20%22a%22", None, 400),
        ("GET", "/Users?startIndex=x", None, 400),
        ("GET", "/Users/0", None, 404),
        ("GET", "/Users/..%2f", None, 404),
        ("PATCH", "/Users/1", {"schemas": [PATCH], "Operations": []}, 404),
        ("GET", "/Nothing", None, 404),
        ("GET", "/Schemas?filter=id%20pr", None, 403),
    ],
)
async def test_what_cannot_be_done_is_an_error_of_scim(
    directory: Directory, method: str, path: str, document: object, status: int
) -> None:
    answer = await directory.ask(method, path, document)

    assert answer.status == status
    assert answer.document["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


async def test_a_token_is_good_for_provisioning_and_for_nothing_else(
    firm: Firm, directory: Directory, alice: App
) -> None:
    """Threats T240: neither way round; an ended one for nothing at all."""
    admin = await firm.browser(await firm.person("olga", role="admin"))
    theirs = await firm.nobody.call("GET", "/api/v1/timelines/home", Authorization=f"Bearer {directory.token}")
    ours = await firm.nobody.call("GET", "/scim/v2/Users", Authorization=f"Bearer {alice.token}")
    nobodys = await firm.nobody.call("GET", "/scim/v2/Users")
    shown = await press(admin, "/admin/provisioning", "/admin/provisioning/tokens", name="Second")
    page = await admin.get("/admin/provisioning")
    numbers = [form.fields["token"] for form in page.forms if form.action.endswith("end-token")]
    for number in numbers:
        await pressed(admin, "/admin/provisioning", "/admin/provisioning/end-token", token=number)

    assert (theirs.status, ours.status, nobodys.status) == (401, 401, 401)
    assert "is not shown again" in shown.text
    assert len(numbers) == 2
    assert (await directory.ask("GET", "/Users")).status == 401
