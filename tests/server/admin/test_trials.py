"""A trial by the pages: proposed, asked for on the desk, decided on by an administrator with a reason (product J3)."""

import pytest

from server.actions import accounts
from tests.server.admin.desk import last_entry, press, pressed
from tests.server.api.test_trials import OVER, Scene
from tests.server.api.test_trials import scene as scene
from tests.support.firm import Firm
from tests.support.site import Browser

PAGE = "/admin/communities"
DECIDE = "/admin/communities/~official"
PROPOSED = {"title": "Days", "name": "days", "purpose": "Running sites by day", "visibility": "on-request"}


async def test_whoever_works_here_proposes_a_trial_and_hosts_it(firm: Firm) -> None:
    browser = await firm.browser(await firm.person("bert"))
    listed = await browser.get("/communities")

    opened = await pressed(browser, "/communities/~trial", "/communities/~trial", **PROPOSED)

    assert 'href="/communities/~trial"' in listed.text
    assert "Your trial is open, and you host it." in opened.text
    assert "30 members at most, in this firm only, until" in opened.text
    assert "Running sites by day" in opened.text
    assert '<span class="badge">Trial</span>' in (await browser.get("/communities")).text
    assert "A trial stays in this firm" in (await browser.get("/c/days/settings")).text
    assert (await last_entry(firm)).action == "community.configure"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({}, "What is said here stays here."),
        ({"charter": "Be kind\r\nand brief"}, "Be kind\nand brief"),
        ({"charter": " "}, None),
    ],
)
async def test_five_lines_of_a_charter_are_offered(firm: Firm, typed: dict[str, str], kept: str | None) -> None:
    """J3."""
    browser = await firm.browser(await firm.person("bert"))

    opened = await pressed(browser, "/communities/~trial", "/communities/~trial", **PROPOSED | typed)

    assert "Your trial is open" in opened.text
    assert ("Charter" in opened.text) == (kept is not None)
    assert kept is None or kept in opened.text


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"name": "bert"}, "bert"),
        ({"name": "Zoë"}, "cannot be a name"),
        ({"title": " "}, "The title has 1 to 100 characters."),
        ({"title": "x" * 101}, "The title has 1 to 100 characters."),
        ({"visibility": "public"}, "is none of"),
    ],
)
async def test_a_proposal_that_cannot_be_is_shown_again_with_the_reason(
    firm: Firm, fields: dict[str, str], why: str
) -> None:
    browser = await firm.browser(await firm.person("bert"))

    refused = await press(browser, "/communities/~trial", "/communities/~trial", **PROPOSED | fields)

    assert (refused.status, why in refused.text, "Nothing was opened." in refused.text) == (422, True, True)
    assert "Running sites by day" in refused.text, "what was typed is still there"
    assert "/c/days" not in (await browser.get("/communities")).text


async def test_an_auditor_is_not_offered_a_trial_and_opens_none(firm: Firm, auditor: Browser) -> None:
    offered = "/communities/~trial" in (await auditor.get("/communities")).text
    csrf = (await auditor.get("/me")).forms[0].fields["csrf"]

    answers = [
        await auditor.get("/communities/~trial"),
        await auditor.post("/communities/~trial", {"csrf": csrf, **PROPOSED}),
    ]

    assert (offered, [one.status for one in answers]) == (False, [403, 403])


async def test_the_desk_names_what_is_missing_and_takes_the_question_when_nothing_is(scene: Scene) -> None:
    browser = await scene.firm.browser(scene.alice)

    early = await press(browser, "/c/nights/desk", "/c/nights/official")
    french = await browser.get("/c/nights/desk?lang=fr")
    people = await scene.made_ready()
    ready = await browser.get("/c/nights/desk?lang=en")
    asked = await pressed(browser, "/c/nights/desk", "/c/nights/official")

    assert early.status == 422
    for one in ("It needs two hosts.", "It needs a purpose.", "It needs a charter.", "It needs 8 members; it has 1."):
        assert one in early.text
    assert early.text.count("Missing") == 4
    assert "Il lui faut une charte." in french.text
    assert (ready.text.count(">Met<"), ready.text.count(">Missing<")) == (4, 0)
    assert "Asked. The administrators have been told." in asked.text
    assert "Without an answer before" in asked.text
    member, csrf = await scene.firm.browser(people[2]), ready.forms[0].fields["csrf"]
    assert (await member.post("/c/nights/official", {"csrf": csrf})).status in (403, 404)


async def test_a_moderator_sees_no_question_of_becoming_official(scene: Scene) -> None:
    people = await scene.joined(1)
    await scene.alice.call("PATCH", f"{scene.path}/members/{people[0].id}", json={"role": "moderator"})

    desk = await (await scene.firm.browser(people[0])).get("/c/nights/desk")

    assert (desk.status, "official" in desk.text) == (200, False)


async def test_an_administrator_says_yes(scene: Scene, admin: Browser) -> None:
    people = await scene.made_ready()
    before = (await admin.get(PAGE)).text
    await scene.asked()
    waiting = (await admin.get(PAGE)).text
    assert "Trials ask to become official" in (await admin.get("/admin/overview")).text

    done = await pressed(admin, PAGE, DECIDE, answer="yes", reason="Good luck")

    assert ("Trials that ask" in before, "Trials that ask" in waiting, "Trials that ask" in done.text) == (
        False,
        True,
        False,
    )
    assert ("Trial until" in waiting, "Trial until" in done.text, "Official" in done.text) == (True, False, True)
    assert (await scene.now())["kind"] == "official"
    assert (await last_entry(scene.firm)).actor == "olga@home.test"
    for host in (scene.alice, people[0]):
        assert "is official now" in (await scene.told(host))[0]
        assert "Good luck" in (await scene.told(host))[0]
    assert await scene.told(people[1]) == []


async def test_an_administrator_says_no_and_has_to_say_why(scene: Scene, admin: Browser) -> None:
    await scene.made_ready()
    await scene.asked()

    silent = await press(admin, PAGE, DECIDE, answer="no", reason=" ")
    said = await press(admin, PAGE, DECIDE, answer="no", reason="There is one already")
    again = await scene.asked()

    assert (silent.status, said.status) == (422, 303)
    assert "There is one already" in (await scene.told())[0]
    assert again.status == 200, "a host may ask again"
    desk = await (await scene.firm.browser(scene.alice)).get("/c/nights/desk")
    assert "There is one already" not in desk.text


async def test_the_last_no_stands_on_the_desk(scene: Scene, admin: Browser) -> None:
    await scene.made_ready()
    await scene.asked()
    await press(admin, PAGE, DECIDE, answer="no", reason="There is <one> already")

    desk = await (await scene.firm.browser(scene.alice)).get("/c/nights/desk")

    assert "The last answer was no:" in desk.text
    assert "There is &lt;one&gt; already" in desk.text


async def test_an_auditor_sees_who_asks_and_decides_nothing(scene: Scene, auditor: Browser) -> None:
    await scene.made_ready()
    await scene.asked()
    page = await auditor.get(PAGE)
    csrf = (await auditor.get("/me")).forms[0].fields["csrf"]

    answer = await auditor.post(DECIDE, {"csrf": csrf, "name": "nights", "answer": "yes"})

    assert ("Trials that ask" in page.text, DECIDE in page.text, answer.status) == (True, False, 403)
    assert (await scene.now())["kind"] == "trial"


async def test_a_yes_waits_for_what_got_lost_meanwhile(scene: Scene, admin: Browser) -> None:
    people = await scene.made_ready()
    await scene.asked()
    page = await admin.get(PAGE)
    await people[3].post(f"{scene.path}/leave")

    answer = await press(admin, page, DECIDE, answer="yes")

    assert answer.status == 422
    assert "Something is missing by now" in (await admin.get(PAGE)).text
    assert (await scene.now())["kind"] == "trial"


@pytest.mark.parametrize("name", ["nights", "nowhere"])
async def test_where_nobody_asks_there_is_nothing_to_decide(scene: Scene, admin: Browser, name: str) -> None:
    csrf = (await admin.get("/me")).forms[0].fields["csrf"]

    answer = await admin.post(DECIDE, {"csrf": csrf, "name": name, "answer": "yes"})

    assert answer.status == {"nights": 422, "nowhere": 404}[name]
    assert (await scene.now())["kind"] == "trial"


async def test_an_administrator_names_no_thirty_first_member_as_host(scene: Scene, admin: Browser) -> None:
    """Product section 9: of a community without a host; also of a full trial."""
    await scene.joined(29)
    runtime = scene.firm.runtime
    async with runtime.db.write() as tx:
        await accounts.suspend(tx, runtime, "alice", by="operator")
    zoe, _ = await scene.firm.person("zoe"), await scene.firm.person("berta")
    assert (await zoe.call("POST", f"{scene.path}/join")).status == 200

    named = await press(admin, PAGE, "/admin/communities/nights/host", host="berta")
    member = await press(admin, PAGE, "/admin/communities/nights/host", host="zoe")

    assert (named.status, "a trial and full" in named.text, member.status) == (403, True, 303)


async def test_a_closed_trial_is_listed_as_such_and_offers_nothing(scene: Scene, admin: Browser) -> None:
    stranger = await scene.firm.person("stranger")
    scene.firm.clock.advance(days=90)

    office = (await (await scene.firm.browser(await scene.firm.person("otto", role="admin"))).get(PAGE)).text
    browser = await scene.firm.browser(stranger)
    listed, page = (await browser.get("/communities")).text, (await browser.get("/c/nights")).text
    csrf = (await browser.get("/me")).forms[0].fields["csrf"]
    answer = await browser.post("/c/nights/join", {"csrf": csrf})
    desk = (await (await scene.firm.browser(scene.alice)).get("/c/nights/desk")).text

    assert "Trial, closed" in office
    assert ("Trial, closed" in listed, "/c/nights/join" in listed) == (True, False)
    assert ("Trial, closed:" in page, "/c/nights/join" in page) == (True, False)
    assert (answer.status, OVER in answer.text) == (403, True)
    assert "Its time was up on" in desk
