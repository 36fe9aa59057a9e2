"""Who belongs to a community, and what those who lead it do with people on that page (product J8)."""

import pytest

from tests.server.admin.desk import press
from tests.support.firm import App, Document, Firm
from tests.support.site import Answer, Browser

PAGE = "/c/sites/members"


async def act(browser: Browser, name: str, page: str = PAGE, **fields: str) -> Answer:
    """Press the button of an act on the page, and come back to it."""
    shown = await browser.get(page)
    wanted = fields.pop("of", None)
    form = next(
        one for one in shown.forms if one.fields.get("act") == name and wanted in (None, one.fields.get("person"))
    )
    answer = await browser.post(page, form.fields | fields)
    return await browser.follow(answer) if answer.status == 303 else answer


async def test_everybody_of_the_firm_sees_who_belongs_to_an_open_community(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    dan = await firm.browser(await firm.person("dan"))

    page = await dan.get(PAGE)

    assert page.status == 200
    assert "@alice" in page.text
    assert "@bob" in page.text
    assert [one for one in page.forms if one.action == PAGE] == []


@pytest.mark.parametrize(("visibility", "status"), [("on-request", 403), ("private", 404)])
async def test_of_others_only_members_see_it(firm: Firm, alice: App, bob: App, visibility: str, status: int) -> None:
    """T148."""
    await firm.community("plans", host=alice, visibility=visibility)

    assert (await (await firm.browser(bob)).get("/c/plans/members")).status == status
    assert (await (await firm.browser(alice)).get("/c/plans/members")).status == 200


async def test_a_host_invites_and_takes_it_back(firm: Firm, alice: App, bob: App) -> None:
    await firm.community("board", host=alice, visibility="private")
    host, guest = await firm.browser(alice), await firm.browser(bob)
    page = "/c/board/members"

    nobody = await act(host, "invite", page, person="@nobody")
    done = await act(host, "invite", page, person="@bob")
    seen = (await guest.get("/c/board")).status
    back = await act(host, "uninvite", page)

    assert nobody.status == 422
    assert "Nobody known here is called @nobody." in nobody.text
    assert "Invited. They see the community now" in done.text
    assert "The invitation is taken back." in back.text
    assert (seen, (await guest.get("/c/board")).status) == (200, 404)


async def test_somebody_is_silenced_for_a_time_and_heard_again(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    host, member = await firm.browser(alice), await firm.browser(bob)
    asked = {"title": "May I?", "text": ""}

    refused = [
        (await act(host, "silence", of=bob.id, days=days, reason=why)).status
        for days, why in (("0", "Rude"), ("31", "Rude"), ("x", "Rude"), ("7", " "))
    ]
    done = await act(host, "silence", of=bob.id, days="30", reason="Rude")
    mute = await press(member, "/c/sites/post", "/c/sites/post", **asked)
    heard = await act(host, "hear")

    assert refused == [422] * 4
    assert "They read and do not write until then." in done.text
    assert mute.status == 422
    assert "They write again." in heard.text
    assert (await press(member, "/c/sites/post", "/c/sites/post", **asked)).status == 303


async def test_a_member_is_removed(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    host = await firm.browser(alice)

    done = await act(host, "remove", of=bob.id)

    assert "A member no more." in done.text
    assert "@bob" not in done.text.partition("<main")[2]


async def test_a_moderator_silences_and_does_not_remove_or_invite(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """Product section 9."""
    dan = await firm.person("dan")
    await dan.follow(sites)
    await press(
        await firm.browser(alice), "/c/sites/settings", "/c/sites/settings/role", person="dan", role="moderator"
    )
    browser = await firm.browser(dan)
    page = await browser.get(PAGE)
    token = page.forms[0].fields["csrf"]

    offered = {one.fields["act"] for one in page.forms if one.action == PAGE}
    tried = [
        (await browser.post(PAGE, {"csrf": token, "act": name, "person": person})).status
        for name, person in (("remove", bob.id), ("invite", "bob"), ("remove", alice.id), ("uninvite", bob.id))
    ]

    assert offered == {"silence"}
    assert tried == [403] * 4


@pytest.mark.parametrize("name", ["invite", "uninvite", "remove", "silence", "hear", "nonsense", ""])
async def test_to_members_the_acts_are_not_there(firm: Firm, alice: App, bob: App, sites: Document, name: str) -> None:
    browser = await firm.browser(bob)
    token = (await browser.get("/me")).forms[0].fields["csrf"]

    answer = await browser.post(PAGE, {"csrf": token, "act": name, "person": alice.id, "days": "3", "reason": "So"})

    assert answer.status == 404


async def test_a_host_is_not_removed(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    host = await firm.browser(alice)
    token = (await host.get("/me")).forms[0].fields["csrf"]

    answer = await host.post(PAGE, {"csrf": token, "act": "remove", "person": alice.id})

    assert answer.status == 422
    assert "somebody else has to host it first" in answer.text
