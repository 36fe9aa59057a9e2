"""The list that is kept for each joined community: read, renamed, removed, never refilled (client API 11.4)."""

import pytest

from tests.support.firm import App, Document, Firm


@pytest.fixture
async def kept(bob: App) -> Document:
    """Bob's list of the community."""
    (one,) = await bob.get("/api/v1/lists")
    return dict(one)


async def test_every_joined_community_is_a_list_with_one_member(bob: App, sites: Document, kept: Document) -> None:
    members = await bob.get(f"/api/v1/lists/{kept['id']}/accounts", limit="0")
    of_account = await bob.get(f"/api/v1/accounts/{sites['id']}/lists")

    assert (kept["title"], kept["replies_policy"], kept["exclusive"]) == ("Sites", "list", False)
    assert [one["id"] for one in members] == [sites["id"]]
    assert of_account == [kept]
    assert await bob.get(f"/api/v1/lists/{kept['id']}") == kept


async def test_a_list_shows_opening_posts_in_the_communitys_name(alice: App, bob: App, kept: Document) -> None:
    status = await alice.say("@sites Night shifts?")
    await bob.answer(status, "Let them draw the rota")

    (shown,) = await bob.get(f"/api/v1/timelines/list/{kept['id']}")

    assert (shown["account"]["acct"], shown["reblog"]["id"]) == ("sites", status["id"])


async def test_a_list_can_be_renamed_and_taken_out_of_home(alice: App, bob: App, kept: Document) -> None:
    changed = await bob.put(f"/api/v1/lists/{kept['id']}", title=" The sites ", exclusive=True)
    await alice.say("@sites Night shifts?")

    assert (changed["title"], changed["exclusive"]) == ("The sites", True)
    assert await bob.get("/api/v1/timelines/home") == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"title": " "}, "Validation failed: Title can't be blank"),
        ({"replies_policy": "some"}, "'some' is not a valid replies_policy"),
    ],
)
async def test_a_change_that_makes_no_sense_is_refused(bob: App, kept: Document, change: Document, reason: str) -> None:
    refused = await bob.call("PUT", f"/api/v1/lists/{kept['id']}", json=change)

    assert (refused.status, refused.error) == (422, reason)


async def test_a_removed_list_stays_removed_and_the_membership_stands(
    bob: App, sites: Document, kept: Document
) -> None:
    await bob.delete(f"/api/v1/lists/{kept['id']}")

    (relation,) = await bob.get("/api/v1/accounts/relationships", id=sites["id"])
    assert await bob.get("/api/v1/lists") == []
    assert relation["following"]
    assert (await bob.call("GET", f"/api/v1/timelines/list/{kept['id']}")).status == 404


async def test_its_members_are_the_servers_matter(bob: App, kept: Document) -> None:
    path = f"/api/v1/lists/{kept['id']}/accounts"

    added = await bob.call("POST", path, json={"account_ids": ["1"]})
    removed = await bob.call("DELETE", path, form=[("account_ids[]", "1")])

    assert (added.status, added.error) == (403, "This action is not allowed")
    assert removed.status == 403


async def test_a_list_of_somebody_else_is_not_there(alice: App, bob: App, kept: Document) -> None:
    """T128."""
    found = [
        await alice.call("GET", f"/api/v1/lists/{kept['id']}"),
        await alice.call("PUT", f"/api/v1/lists/{kept['id']}", json={"title": "Mine"}),
        await alice.call("DELETE", f"/api/v1/lists/{kept['id']}"),
        await alice.call("GET", f"/api/v1/lists/{kept['id']}/accounts"),
        await alice.call("GET", f"/api/v1/timelines/list/{kept['id']}"),
    ]

    assert {answer.status for answer in found} == {404}
    assert await bob.get("/api/v1/lists") == [kept]


async def test_the_id_of_a_list_outlives_a_rename(bob: App, kept: Document) -> None:
    await bob.put(f"/api/v1/lists/{kept['id']}", title="Other")

    assert [one["id"] for one in await bob.get("/api/v1/lists")] == [kept["id"]]


async def test_a_community_that_was_left_and_joined_again_is_a_list_again(
    firm: Firm, bob: App, sites: Document, kept: Document
) -> None:
    await bob.post(f"/api/v1/accounts/{sites['id']}/unfollow")
    await bob.follow(sites)

    assert [one["title"] for one in await bob.get("/api/v1/lists")] == ["Sites"]
