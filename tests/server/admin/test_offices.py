"""Who opens which page and whose forms are taken: every address of the administration, as everybody (product 9)."""

import pytest

from server.admin.routes import ROUTES
from server.http.csrf import FIELD
from tests.support.firm import App, Document, Firm
from tests.support.site import Answer, Browser

PAGES = [path for method, path, _ in ROUTES if method == "GET"]
FORMS = [path for method, path, _ in ROUTES if method == "POST"]
AUDITORS_FORMS = {
    "/admin/retention/set",
    "/admin/retention/decide",
    "/admin/retention/community",
    "/admin/holds/decide",
    "/admin/cases/allow",
    "/admin/moderation/entries/decide",
    "/admin/unsealing/propose",
    "/admin/unsealing/decide",
    "/admin/unsealing/open",
    "/admin/cases/{id}/search",
    "/admin/requests/ask",
    "/admin/requests/{id}/give",
    "/admin/requests/{id}/refuse",
    "/admin/requests/{id}/erase",
}
"""Besides those whose addresses end in `approve` or `export`."""

ADMINS_ONLY = {"/admin/people/~new", "/admin/agreements/~new", "/admin/agreements/{host}/posts"}

AUDITORS_ONLY = {
    "/admin/agreements/{host}/receipts/{id}/document",
    "/admin/agreements/{host}/report/document",
    "/admin/cases",
    "/admin/cases/{id}",
    "/admin/requests",
    "/admin/requests/{id}",
    "/admin/requests/{id}/certificate",
    "/admin/unsealing",
}

OF_BOTH = {"ask-export", "drop", "clock", "suspend-all", "confirm"}
"""Ends of the addresses to which either office sends forms; besides, suspending an exchange and ending it."""


def filled(path: str) -> str:
    return (
        path.replace("{name}", "alice")
        .replace("{host}", "partner.test")
        .replace("{id}", "1")
        .replace("{community}", "sites")
    )


async def send(browser: Browser, path: str, **fields: str) -> Answer:
    return await browser.post(filled(path), fields)


async def token_of(browser: Browser) -> str:
    return (await browser.get("/me")).forms[0].fields[FIELD]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_opens_for_its_offices_and_is_refused_to_everybody_else(
    path: str, firm: Firm, admin: Browser, auditor: Browser, alice: App, sites: Document, bob: App
) -> None:
    """Threats T125. A host and a member get a plain refusal, a stranger the sign-in."""
    opened = await admin.get(filled(path))
    seen = await auditor.get(filled(path))
    host, member, stranger = await firm.browser(alice), await firm.browser(bob), await firm.browser()

    # What is asked for may not be there: then it is not there for those who may ask.
    assert (opened.status in (200, 302, 404)) == (path not in AUDITORS_ONLY)
    if path in AUDITORS_ONLY:
        assert (opened.status, seen.status) in ((403, 200), (403, 404))
    elif path != "/admin":
        assert seen.status == (403 if path in ADMINS_ONLY else opened.status)
    if path != "/admin":
        for browser in (host, member):
            refused = await browser.get(filled(path))
            assert refused.status == 403
            assert "This is not for you to do" in refused.text
        sent_away = await stranger.get(filled(path))
        assert (sent_away.status, sent_away.location.partition("?")[0]) == (302, "/sign-in")


async def test_the_address_with_a_slash_is_the_same_page(firm: Firm, admin: Browser) -> None:
    stranger = await firm.browser()

    assert ((await admin.get("/admin/")).location, (await admin.get("/admin/people/")).status) == (
        "/admin/overview",
        200,
    )
    assert (await stranger.get("/admin/people/")).location.startswith("/sign-in")
    assert (await admin.get("/admin/nothing/")).status == 404


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_is_taken_from_its_office_alone(
    path: str, firm: Firm, admin: Browser, auditor: Browser, alice: App, sites: Document
) -> None:
    """Threats T117, T125: without its token, and from anybody else, nothing is done."""
    host, stranger = await firm.browser(alice), await firm.browser()

    for browser in (admin, auditor, host):
        assert (await send(browser, path)).status == 403
    assert (await send(stranger, path)).status == 403
    assert (await send(host, path, csrf=await token_of(host))).status == 403

    end = path.rpartition("/")[2]
    is_of_auditor = end in ("approve", "export", "stream-scope") or path in AUDITORS_FORMS
    is_of_both = end in OF_BOTH or path.endswith(
        ("{host}/suspend", "{host}/end", "{host}/decline", "/take-back", "holds/propose", "{id}/end")
    )
    other = admin if is_of_auditor else auditor
    if not is_of_both:
        assert (await send(other, path, csrf=await token_of(other))).status == 403


async def test_the_way_to_the_administration_is_shown_to_those_who_have_an_office(
    firm: Firm, admin: Browser, alice: App
) -> None:
    member = await firm.browser(alice)

    assert "/admin/overview" in (await admin.get("/")).text
    assert "/admin/overview" not in (await member.get("/")).text


async def test_no_page_shows_what_somebody_wrote(
    firm: Firm, admin: Browser, auditor: Browser, alice: App, sites: Document
) -> None:
    """Threats T244: a word said in a private community is on no page of the administration."""
    await firm.community("quiet", host=alice, visibility="private")
    await alice.say("@quiet the kingfisher is back")
    await alice.say("@sites another kingfisher")

    for path in PAGES:
        for browser in (admin, auditor):
            assert "kingfisher" not in (await browser.get(filled(path))).text
