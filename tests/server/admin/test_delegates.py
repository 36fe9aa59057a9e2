"""Delegates: members whom an administrator names to answer trials, and who may nothing else (product J3)."""

import pytest

from server.actions import accounts, delegates
from tests.server.admin.desk import last_entry, press, pressed
from tests.server.api.test_trials import Scene
from tests.server.api.test_trials import scene as scene
from tests.support.firm import App
from tests.support.site import Browser

PAGE, ANSWER = "/admin/communities", "/communities/~waiting"


@pytest.fixture
async def dan(scene: Scene) -> App:
    """A member who is a delegate."""
    dan = await scene.firm.person("dan")
    async with scene.firm.runtime.db.write() as tx:
        await delegates.name(tx, scene.firm.runtime, "dan", by="operator")
    return dan


async def test_an_administrator_names_a_delegate_and_ends_it(scene: Scene, admin: Browser) -> None:
    dan = await scene.firm.person("dan")

    named = await pressed(admin, PAGE, "/admin/communities/~delegate", name="Dan")
    entry = await last_entry(scene.firm)
    offered = (await (await scene.firm.browser(dan)).get("/communities")).text
    ended = await pressed(admin, PAGE, "/admin/communities/~delegate/end")
    refused = await (await scene.firm.browser(dan)).get(ANSWER)

    assert "answers trials from now on" in named.text
    assert (entry.actor, entry.action, entry.object) == ("olga@home.test", "community.delegate", "dan@home.test")
    assert f'href="{ANSWER}"' in offered
    assert "You may answer trial communities" in (await scene.told(dan))[0]
    assert "Nobody but the administrators." in ended.text
    assert (await last_entry(scene.firm)).action == "community.delegate-end"
    assert refused.status == 403


@pytest.mark.parametrize(("name", "status"), [("nobody", 404), ("olga", 422), ("dora", 422), ("gone", 422)])
async def test_nobody_with_an_office_or_who_left_is_named(
    scene: Scene, admin: Browser, auditor: Browser, name: str, status: int
) -> None:
    await scene.firm.person("gone")
    async with scene.firm.runtime.db.write() as tx:
        await accounts.suspend(tx, scene.firm.runtime, "gone", by="operator")

    answer = await press(admin, PAGE, "/admin/communities/~delegate", name=name)

    assert answer.status == status
    assert "Nobody but the administrators." in (await admin.get(PAGE)).text


async def test_a_delegate_is_told_and_says_yes(scene: Scene, dan: App) -> None:
    await scene.made_ready()
    await scene.asked()
    browser = await scene.firm.browser(dan)
    waiting = await browser.get(ANSWER)

    done = await pressed(browser, waiting, ANSWER, answer="yes", reason="Good luck")

    assert ANSWER in (await scene.told(dan))[0]
    assert ("Make it official" in waiting.text, "No trial waits." in done.text) == (True, True)
    assert (await scene.now())["kind"] == "official"
    entry = await last_entry(scene.firm)
    assert (entry.actor, entry.action) == ("dan@home.test", "community.official")
    assert "Good luck" in (await scene.told())[0]


async def test_a_delegate_says_no_with_a_reason(scene: Scene, dan: App) -> None:
    await scene.made_ready()
    await scene.asked()
    browser = await scene.firm.browser(dan)

    silent = await press(browser, ANSWER, ANSWER, answer="no", reason="")
    said = await pressed(browser, ANSWER, ANSWER, answer="no", reason="There is one already")

    assert (silent.status, "It stays a trial" in said.text) == (422, True)
    assert "There is one already" in (await scene.told())[0]


async def test_a_delegate_answers_no_trial_that_they_host(scene: Scene) -> None:
    people = await scene.made_ready()
    async with scene.firm.runtime.db.write() as tx:
        await delegates.name(tx, scene.firm.runtime, "c0", by="operator")
    await scene.asked()
    browser = await scene.firm.browser(people[0])
    page = await browser.get(ANSWER)
    csrf = (await browser.get("/me")).forms[0].fields["csrf"]

    answer = await browser.post(ANSWER, {"csrf": csrf, "name": "nights", "answer": "yes"})

    assert "You host it: somebody else answers." in page.text
    assert ("Make it official" in page.text, answer.status) == (False, 403)
    assert [one for one in await scene.told(people[0]) if ANSWER in one and "asks to become" in one] == []
    assert (await scene.now())["kind"] == "trial"


async def test_a_delegate_opens_nothing_else(scene: Scene, dan: App, admin: Browser) -> None:
    """Threats T125: no page of the administration, no private community, no founding, no naming."""
    private = await scene.alice.post("/api/entrepairs/v1/communities", name="quiet", title="Q", visibility="private")
    browser = await scene.firm.browser(dan)

    statuses = [(await browser.get(path)).status for path in ("/admin/overview", PAGE, "/c/quiet", "/c/nights/desk")]

    assert statuses == [403, 403, 404, 404]
    assert (await dan.call("GET", f"/api/entrepairs/v1/communities/{private['id']}")).status == 404


@pytest.mark.parametrize("how", ["leaves", "becomes an auditor"])
async def test_it_ends_with_the_account_and_with_another_office(scene: Scene, dan: App, how: str) -> None:
    """Product J11: who comes back has no office."""
    runtime = scene.firm.runtime
    async with runtime.db.write() as tx:
        if how == "leaves":
            await accounts.suspend(tx, runtime, "dan", by="operator")
            await accounts.resume(tx, runtime, "dan", by="operator")
        else:
            await accounts.change_role(tx, runtime, "dan", "auditor", by="operator")
            await accounts.change_role(tx, runtime, "dan", "member", by="operator")

    assert (await (await scene.firm.browser(dan)).get(ANSWER)).status == 403
