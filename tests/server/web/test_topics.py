"""Topics: what people and communities declare, where it is shown, and that apps have the same list."""

import pytest
from sqlalchemy import insert

from models.directory import USER, DirectoryEntry
from server.actions import archive
from tests.server.admin.desk import last_entry, press, pressed
from tests.support.firm import App, Document, Firm
from tests.support.site import Answer

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
SETTINGS = "/c/sites/settings"


async def declared(firm: Firm, app: App, text: str) -> Answer:
    """What follows when somebody saves this list."""
    return await pressed(await firm.browser(app), "/me", "/me/topics", topics=text)


async def in_apps(app: App, whose: str = "") -> list[str]:
    path = f"/api/v1/accounts/{whose}/featured_tags" if whose else "/api/v1/featured_tags"
    return [one["name"] for one in await app.get(path)]


async def of_unit(firm: Firm, app: App, unit: object) -> None:
    """The firm's directory says where somebody works."""
    at = firm.clock.now()
    async with firm.runtime.db.write() as tx:
        await tx.execute(
            insert(DirectoryEntry).values(
                id=firm.runtime.tokens.next_id(at),
                kind=USER,
                name=app.name,
                document={"userName": app.name, ENTERPRISE: {"department": unit}},
                actor_id=int(app.id),
                created_at=at,
                changed_at=at,
            )
        )


async def test_what_somebody_declares_is_written_as_hashtags_are_and_apps_have_it(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    saved = await declared(firm, alice, " #Rota, nuits\nÉquipes  rota;")

    assert "Your topics are saved." in saved.text
    assert 'value="rota nuits équipes"' in saved.text
    assert await in_apps(alice) == await in_apps(bob, alice.id) == ["rota", "nuits", "équipes"]
    seen = await (await firm.browser(bob)).get("/@alice")
    assert '<a href="/tags/rota">#rota</a>' in seen.text


async def test_a_list_replaces_the_one_before_and_what_an_app_features_is_in_it(firm: Firm, alice: App) -> None:
    await declared(firm, alice, "rota nuits")
    await alice.post("/api/v1/featured_tags", name="Safety")

    shown = await (await firm.browser(alice)).get("/me")
    assert 'value="rota nuits safety"' in shown.text
    await declared(firm, alice, "safety hiring")
    assert await in_apps(alice) == ["safety", "hiring"]
    await declared(firm, alice, "")
    assert await in_apps(alice) == []


async def test_ten_are_taken_and_eleven_and_what_is_no_word_are_refused_whole(firm: Firm, alice: App) -> None:
    ten = [f"topic{number}" for number in range(10)]
    await declared(firm, alice, " ".join(ten))
    browser = await firm.browser(alice)

    many = await press(browser, "/me", "/me/topics", topics=" ".join([*ten, "more"]))
    wrong = await press(browser, "/me", "/me/topics", topics="rota night-shifts")
    long = await press(browser, "/me", "/me/topics", topics="x" * 101)
    nul = await press(browser, "/me", "/me/topics", topics="ro\0ta")

    assert [one.status for one in (many, wrong, long, nul)] == [422] * 4
    assert "At most 10 topics." in many.text
    assert "“night-shifts” is no topic" in wrong.text
    assert await in_apps(alice) == ten


async def test_the_page_of_a_colleague_names_the_unit_that_the_directory_knows(
    firm: Firm, alice: App, bob: App
) -> None:
    await of_unit(firm, alice, " Plants <North> ")
    await of_unit(firm, bob, 7)
    browser = await firm.browser(bob)

    assert "<bdi>Plants &lt;North&gt;</bdi>" in (await browser.get("/@alice")).text
    assert "Unit:" not in (await browser.get("/@bob")).text


async def test_a_host_says_what_a_community_is_about(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    saved = await pressed(await firm.browser(alice), SETTINGS, f"{SETTINGS}/topics", topics="Rota #night")

    assert 'value="rota night"' in saved.text
    assert (await last_entry(firm)).action == "community.topics"
    reader = await firm.browser(bob)
    for page in ("/c/sites", "/@sites"):
        assert '<a href="/tags/night">#night</a>' in (await reader.get(page)).text
    known = await bob.get(f"/api/entrepairs/v1/communities/{sites['id']}")
    assert known["topics"] == ["rota", "night"]
    refused = await press(await firm.browser(alice), SETTINGS, f"{SETTINGS}/topics", topics="a.b")
    assert (refused.status, 'value="a.b"' in refused.text) == (422, True)


async def test_nobody_but_a_host_says_so(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """T170: what the page does not offer is not taken either."""
    path = f"/api/entrepairs/v1/communities/{sites['id']}"
    browser = await firm.browser(bob)
    csrf = (await browser.get("/me")).forms[0].fields["csrf"]

    pages = await browser.post(f"{SETTINGS}/topics", {"csrf": csrf, "topics": "rota"})
    api = await bob.call("PATCH", path, json={"topics": ["rota"]})

    assert (pages.status, api.status) == (404, 403)
    assert (await alice.call("PATCH", path, json={"topics": ["#Rota"]})).document["topics"] == ["rota"]


@pytest.mark.parametrize("topics", [["a b"], [""], ["x" * 101], [str(one) for one in range(11)], "rota", [None]])
async def test_topics_that_cannot_be_are_refused_by_the_api(alice: App, sites: Document, topics: object) -> None:
    answer = await alice.call("PATCH", f"/api/entrepairs/v1/communities/{sites['id']}", json={"topics": topics})

    assert answer.status in (409, 422)


async def test_what_somebody_declared_is_in_their_archive(firm: Firm, alice: App) -> None:
    """J12."""
    await declared(firm, alice, "rota nights")
    await of_unit(firm, alice, "Plants")

    async with firm.runtime.db.write() as tx:
        gathered = await archive.export(tx, firm.runtime, "alice", by="operator")

    assert (gathered.data["profile"]["topics"], gathered.data["profile"]["unit"]) == (["rota", "nights"], "Plants")
