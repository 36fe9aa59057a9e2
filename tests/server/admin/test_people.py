"""People: giving an account, a role, a sign-in address; taking access away; none of it by oneself to oneself."""

from models.accounts import ADMIN, AUDITOR
from tests.server.admin.desk import last_entry, press, pressed
from tests.support.firm import App, Firm
from tests.support.site import Browser

NEW = "/admin/people/~new"


async def test_somebody_gets_an_account_and_signs_in_by_the_address_they_are_given(firm: Firm, admin: Browser) -> None:
    fields = {"username": "zoe", "email": "zoe@mail.example", "display_name": "Zoé Roux", "role": "member"}
    page = await pressed(admin, NEW, NEW, **fields)
    shown = await press(admin, page, "/admin/people/zoe/link")
    path = shown.text.partition("http://home.test/sign-in/once/")[2].partition("<")[0]

    zoe = await firm.browser()
    welcome = await zoe.get(f"/sign-in/once/{path}")

    assert "Zoé Roux" in page.text
    assert shown.status == 200
    assert "Welcome, Zoé Roux" in welcome.text
    assert (await last_entry(firm)).action == "user.link"
    assert (await last_entry(firm)).actor == "olga@home.test"


async def test_a_name_that_cannot_be_given_is_refused_with_what_was_typed_still_there(admin: Browser) -> None:
    fields = {"username": "Zo é", "email": "zoe@mail.example", "display_name": "Zoé", "role": "member"}
    refused = await press(admin, NEW, NEW, **fields)

    assert refused.status == 422
    assert "cannot be a name" in refused.text
    assert 'value="zoe@mail.example"' in refused.text


async def test_a_refusal_is_said_in_the_readers_language(admin: Browser) -> None:
    page = await admin.get(NEW)
    refused = await admin.post(
        NEW,
        page.forms[-1].fields | {"username": "olga", "email": "o@mail.example", "role": "member"},
        **{"Accept-Language": "fr"},
    )

    assert "aucun nom n’est donné deux fois" in refused.text


async def test_a_suspended_person_loses_browsers_and_apps_at_once(firm: Firm, admin: Browser, alice: App) -> None:
    """Threats T119, T120."""
    theirs = await firm.browser(alice)

    page = await pressed(admin, "/admin/people/alice", "/admin/people/alice/suspend")

    assert "Suspended" in page.text
    assert (await theirs.get("/")).status == 302
    assert (await alice.call("GET", "/api/v1/timelines/home")).status == 403
    assert (await last_entry(firm)).action == "user.suspend"
    back = await pressed(admin, "/admin/people/alice", "/admin/people/alice/resume")
    assert "has to sign in anew" in back.text


async def test_signing_somebody_out_leaves_the_account_open(firm: Firm, admin: Browser, alice: App) -> None:
    theirs = await firm.browser(alice)

    await pressed(admin, "/admin/people/alice", "/admin/people/alice/sign-out")

    assert (await theirs.get("/")).status == 302
    assert (await alice.call("GET", "/api/v1/timelines/home")).status == 401
    assert (await last_entry(firm)).action == "user.sign-out"


async def test_nobody_does_it_to_themselves(firm: Firm, admin: Browser, otto: App) -> None:
    """Threats T232: the last way in is not closed by mistake."""
    page = await admin.get("/admin/people/olga")
    token = (await admin.get("/me")).forms[0].fields["csrf"]

    assert "/admin/people/olga/role" not in page.text
    for act in ("suspend", "role"):
        refused = await admin.post(f"/admin/people/olga/{act}", {"csrf": token, "role": "auditor"})
        assert refused.status == 403
        assert "ask another administrator" in refused.text


async def test_the_last_administrator_keeps_the_role(firm: Firm, admin: Browser, otto: App) -> None:
    """Threats T232."""
    second = await firm.browser(otto)
    await pressed(admin, "/admin/people/otto", "/admin/people/otto/role", role=AUDITOR)

    assert (await second.get("/admin/people")).status == 302, "a change of role signs browsers out"
    page = await admin.get("/admin/people/otto")
    assert "Auditor" in page.text
    otto_again = await firm.browser(otto)
    token = (await otto_again.get("/me")).forms[0].fields["csrf"]
    assert (await otto_again.post("/admin/people/olga/suspend", {"csrf": token})).status == 403
    entry = await last_entry(firm)
    assert (entry.action, entry.details) == ("user.role", f'{{"after":"{AUDITOR}","before":"{ADMIN}"}}')


async def test_people_are_found_by_a_part_of_name_or_address(firm: Firm, admin: Browser, alice: App, bob: App) -> None:
    found = await admin.get("/admin/people?q=ALI")
    by_address = await admin.get("/admin/people?q=bob%40mail")
    nobody = await admin.get("/admin/people?q=%25")

    assert ("@alice" in found.text, "@bob" in found.text) == (True, False)
    assert "@bob" in by_address.text
    assert "Nobody fits." in nobody.text


async def test_an_auditor_reads_and_has_no_forms(auditor: Browser, alice: App) -> None:
    page = await auditor.get("/admin/people/alice")

    assert page.status == 200
    assert [form for form in page.forms if form.method == "post"] == []


async def test_somebody_who_is_not_there_is_a_plain_404(admin: Browser) -> None:
    for name in ("nobody", "~", "a%0ab"):
        assert (await admin.get(f"/admin/people/{name}")).status in (404, 422)
