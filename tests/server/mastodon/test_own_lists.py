"""Lists that people make themselves: of those whom they follow, seen by nobody else."""

import pytest

from tests.support.firm import App, Document, Firm
from tests.support.statements import counted


@pytest.fixture
async def carol(firm: Firm, bob: App, sites: Document) -> App:
    """Member of the community, followed by bob."""
    carol = await firm.person("carol")
    await carol.follow(sites)
    await bob.follow(carol)
    return carol


@pytest.fixture
async def made(bob: App, carol: App) -> Document:
    """A list of bob's with carol in it."""
    made: Document = await bob.post("/api/v1/lists", title="Plant 2", replies_policy="none")
    await bob.post(f"/api/v1/lists/{made['id']}/accounts", account_ids=[carol.id])
    return made


async def read(app: App, made: Document) -> list[str]:
    """Ids of what a list shows."""
    return [one["id"] for one in await app.get(f"/api/v1/timelines/list/{made['id']}")]


async def test_a_list_stands_beside_those_of_communities(bob: App, carol: App, made: Document) -> None:
    assert made == {"id": made["id"], "title": "Plant 2", "replies_policy": "none", "exclusive": False}
    assert [one["title"] for one in await bob.get("/api/v1/lists")] == ["Sites", "Plant 2"]
    assert await bob.get(f"/api/v1/lists/{made['id']}") == made
    assert [one["username"] for one in await bob.get(f"/api/v1/lists/{made['id']}/accounts", limit="0")] == ["carol"]
    assert await bob.get(f"/api/v1/accounts/{carol.id}/lists") == [made]


async def test_a_list_shows_what_its_people_wrote_and_the_reader_may_see(
    firm: Firm, alice: App, bob: App, carol: App, made: Document
) -> None:
    """T148."""
    await firm.community("board", host=carol, visibility="private")
    asked, own = await carol.say("@sites Night shifts?"), await carol.say("For followers")
    await carol.say("@board Figures")
    await carol.say("@bob Between us", visibility="direct")
    await alice.say("@sites Day shifts?")

    assert await read(bob, made) == [own["id"], asked["id"]]


async def test_which_answers_a_list_shows_is_its_policy(alice: App, bob: App, carol: App, made: Document) -> None:
    opening = await alice.say("@sites Night shifts?")
    to_stranger = await carol.answer(opening, "Never")
    to_self = await carol.answer(to_stranger, "Or rarely")

    found = {}
    for policy in ("none", "list", "followed"):
        await bob.put(f"/api/v1/lists/{made['id']}", replies_policy=policy)
        found[policy] = await read(bob, made)

    assert found == {"none": [], "list": [to_self["id"]], "followed": [to_self["id"]]}
    await bob.follow(alice)
    assert await read(bob, made) == [to_self["id"], to_stranger["id"]]


async def test_an_exclusive_list_takes_its_people_out_of_home(bob: App, carol: App, made: Document) -> None:
    said = await carol.say("For followers")
    before = await bob.get("/api/v1/timelines/home")

    changed = await bob.put(f"/api/v1/lists/{made['id']}", exclusive=True, title="Apart")

    assert ([one["id"] for one in before], changed["exclusive"], changed["title"]) == ([said["id"]], True, "Apart")
    assert await bob.get("/api/v1/timelines/home") == []
    assert await read(bob, made) == [said["id"]]


async def test_only_who_is_followed_can_be_put_in_and_once(alice: App, bob: App, carol: App, made: Document) -> None:
    path = f"/api/v1/lists/{made['id']}/accounts"

    stranger = await bob.call("POST", path, json={"account_ids": [bob.id, alice.id]})
    again = await bob.call("POST", path, form=[("account_ids[]", carol.id)])

    assert (stranger.status, stranger.error, again.status) == (404, "Record not found", 422)
    assert len(await bob.get(path)) == 1
    assert await bob.post(path, account_ids=[bob.id]) == {}
    assert (await bob.call("DELETE", path, json={"account_ids": [carol.id]})).document == {}
    assert [one["username"] for one in await bob.get(path)] == ["bob"]


async def test_who_is_not_followed_any_more_is_in_no_list(bob: App, carol: App, made: Document) -> None:
    await bob.post(f"/api/v1/accounts/{carol.id}/block")

    assert await bob.get(f"/api/v1/lists/{made['id']}/accounts") == []
    assert await bob.get(f"/api/v1/timelines/list/{made['id']}") == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "Validation failed: Title can't be blank"),
        ({"title": " "}, "Validation failed: Title can't be blank"),
        ({"title": "x", "replies_policy": "some"}, "'some' is not a valid replies_policy"),
    ],
)
async def test_a_list_that_makes_no_sense_is_refused(bob: App, given: Document, reason: str) -> None:
    refused = await bob.call("POST", "/api/v1/lists", json=given)

    assert (refused.status, refused.error) == (422, reason)


async def test_a_list_of_somebody_else_is_not_there(alice: App, bob: App, carol: App, made: Document) -> None:
    """T128."""
    paths = [f"/api/v1/lists/{made['id']}", f"/api/v1/lists/{made['id']}/accounts"]
    paths.append(f"/api/v1/timelines/list/{made['id']}")

    assert [(await carol.call("GET", path)).status for path in paths] == [404, 404, 404]
    assert (await carol.call("DELETE", paths[0])).status == 404
    assert await bob.delete(paths[0]) == {}
    assert (await bob.call("GET", paths[0])).status == 404


async def test_members_are_paged(firm: Firm, bob: App, made: Document) -> None:
    people = [await firm.person(name) for name in ("dan", "eve")]
    for person in people:
        await bob.follow(person)
    await bob.post(f"/api/v1/lists/{made['id']}/accounts", account_ids=[one.id for one in people])

    pages = await bob.walk(f"/api/v1/lists/{made['id']}/accounts?limit=2")

    assert [[one["username"] for one in page.document] for page in pages] == [["eve", "dan"], ["carol"]]


async def test_a_page_of_a_list_costs_five_statements_with_filters_too(
    firm: Firm, bob: App, carol: App, made: Document
) -> None:
    for number in range(20):
        await carol.say(f"Number {number}")
    words = [{"keyword": "number"}]
    await bob.post("/api/v2/filters", title="Words", context=["home"], keywords_attributes=words)
    firm.clock.advance(minutes=5)

    with counted(firm.runtime.db) as found:
        page = await bob.get(f"/api/v1/timelines/list/{made['id']}")

    assert len(page) == 20
    assert len(found.statements) <= 5
