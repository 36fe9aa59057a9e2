"""Notifications in groups: what stands together, pages of groups, dismissing them; and the policy that lets all in."""

from tests.support.firm import App, Document, Firm
from tests.support.statements import counted

GROUPS = "/api/v2/notifications"


async def fans(firm: Firm, sites: Document, count: int) -> list[App]:
    """People in the community."""
    people = [await firm.person(f"fan{number}") for number in range(count)]
    for one in people:
        await one.follow(sites)
    return people


def keys(results: Document) -> list[str]:
    return [one["group_key"] for one in results["notification_groups"]]


async def test_favourites_of_one_post_within_the_hour_are_one_group(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    said = await bob.say("@sites Night shifts?")
    people = await fans(firm, sites, 10)
    for one in people:
        await one.post(f"/api/v1/statuses/{said['id']}/favourite")
    await alice.answer(said, "Rota")

    results = await bob.get(GROUPS)

    mention, favourites = results["notification_groups"]
    one_by_one = await bob.get("/api/v1/notifications")
    assert (mention["type"], mention["notifications_count"]) == ("mention", 1)
    assert (favourites["type"], favourites["notifications_count"], favourites["status_id"]) == (
        "favourite",
        10,
        said["id"],
    )
    assert favourites["sample_account_ids"] == [one.id for one in reversed(people)][:8]
    assert {one["group_key"] for one in one_by_one} == set(keys(results))
    assert favourites["page_max_id"] == str(favourites["most_recent_notification_id"]) == one_by_one[1]["id"]
    assert favourites["page_min_id"] == one_by_one[-1]["id"]
    assert len(results["accounts"]) == 9
    assert [one["id"] for one in results["statuses"]] == [mention["status_id"], said["id"]]


async def test_another_hour_or_another_post_is_another_group(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    said, other = await bob.say("@sites Night shifts?"), await bob.say("@sites Day shifts?")
    (fan,) = await fans(firm, sites, 1)
    await alice.post(f"/api/v1/statuses/{said['id']}/favourite")
    await alice.post(f"/api/v1/statuses/{other['id']}/favourite")
    firm.clock.advance(hours=1)
    await fan.post(f"/api/v1/statuses/{said['id']}/favourite")

    hour = int(firm.clock.now().timestamp()) // 3600
    assert keys(await bob.get(GROUPS)) == [
        f"favourite-{said['id']}-{hour}",
        f"favourite-{other['id']}-{hour - 1}",
        f"favourite-{said['id']}-{hour - 1}",
    ]


async def test_new_followers_are_a_group_unless_the_app_groups_other_types_only(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    (fan,) = await fans(firm, sites, 1)
    await alice.follow(bob)
    await fan.follow(bob)

    together = await bob.get(GROUPS)
    alone = await bob.get(f"{GROUPS}?grouped_types[]=favourite")

    assert [one["notifications_count"] for one in together["notification_groups"]] == [2]
    assert [one.startswith("ungrouped-") for one in keys(alone)] == [True, True]


async def test_pages_visit_each_group_once_there_and_back(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    people = await fans(firm, sites, 3)
    posts = [await bob.say(f"@sites Question {number}") for number in range(4)]
    for fan in people:
        for said in posts:
            await fan.post(f"/api/v1/statuses/{said['id']}/favourite")
    await alice.follow(bob)

    forward = await bob.walk(f"{GROUPS}?limit=2")
    back = await bob.walk_back(forward[-1])

    visited = [key for page in forward for key in keys(page.document)]
    assert len(visited) == len(set(visited)) == 5
    returned = [key for page in reversed(back) for key in keys(page.document)]
    assert returned == visited


async def test_groups_are_filtered_by_type_and_by_person(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    (fan,) = await fans(firm, sites, 1)
    said = await bob.say("@sites Night shifts?")
    await alice.post(f"/api/v1/statuses/{said['id']}/favourite")
    await fan.post(f"/api/v1/statuses/{said['id']}/favourite")
    await alice.follow(bob)

    def kinds(results: Document) -> list[tuple[str, int]]:
        return [(one["type"], one["notifications_count"]) for one in results["notification_groups"]]

    assert kinds(await bob.get(f"{GROUPS}?types[]=follow")) == [("follow", 1)]
    assert kinds(await bob.get(f"{GROUPS}?exclude_types[]=follow")) == [("favourite", 2)]
    assert kinds(await bob.get(f"{GROUPS}?types[]=quote")) == []
    assert kinds(await bob.get(GROUPS, account_id=alice.id)) == [("follow", 1), ("favourite", 1)]


async def test_one_group_is_read_with_its_people_and_dismissed_whole(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """T128: nobody else's."""
    people = await fans(firm, sites, 3)
    said = await bob.say("@sites Night shifts?")
    for one in people:
        await one.post(f"/api/v1/statuses/{said['id']}/favourite")
    await alice.answer(said, "Rota")
    mention, favourites = keys(await bob.get(GROUPS))

    for key, count in ((mention, 1), (favourites, 3)):
        results = await bob.get(f"{GROUPS}/{key}")
        assert (keys(results), results["notification_groups"][0]["notifications_count"]) == ([key], count)
        assert len(await bob.get(f"{GROUPS}/{key}/accounts")) == count
        for path in (f"{GROUPS}/{key}", f"{GROUPS}/{key}/accounts"):
            assert (await alice.call("GET", path)).status == 404
        assert (await alice.call("POST", f"{GROUPS}/{key}/dismiss")).status == 404
    assert await bob.post(f"{GROUPS}/{favourites}/dismiss") == {}
    assert keys(await bob.get(GROUPS)) == [mention]
    assert (await bob.call("POST", f"{GROUPS}/{favourites}/dismiss")).status == 404


async def test_what_names_no_group_is_not_found(bob: App) -> None:
    for key in ("x", "ungrouped-", "ungrouped-x", "favourite-1", "favourite-1-2-3", "follow-1", "reblog-1-2"):
        assert (await bob.call("GET", f"{GROUPS}/{key}")).status == 404, key


async def test_unread_groups_are_counted_after_the_marker(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    people = await fans(firm, sites, 3)
    said = await bob.say("@sites Night shifts?")
    for one in people:
        await one.post(f"/api/v1/statuses/{said['id']}/favourite")
    await alice.answer(said, "Rota")
    (newest, *_) = await bob.get("/api/v1/notifications")

    before = await bob.get(f"{GROUPS}/unread_count")
    bounded = await bob.get(f"{GROUPS}/unread_count", limit="1")
    await bob.post("/api/v1/markers", notifications={"last_read_id": newest["id"]})

    assert (before, bounded) == ({"count": 2}, {"count": 1})
    assert await bob.get(f"{GROUPS}/unread_count") == {"count": 0}


async def test_a_group_of_a_post_that_cannot_be_seen_any_more_is_gone(firm: Firm, alice: App, bob: App) -> None:
    """T153."""
    plans = await firm.community("plans", host=alice, visibility="on-request")
    await bob.follow(plans)
    await alice.post(f"/api/v1/follow_requests/{bob.id}/authorize")
    await alice.say("@plans What does @bob say?")
    assert "mention" in {one["type"] for one in (await bob.get(GROUPS))["notification_groups"]}

    await bob.post(f"/api/v1/accounts/{plans['id']}/unfollow")

    assert "mention" not in {one["type"] for one in (await bob.get(GROUPS))["notification_groups"]}


async def test_a_page_of_groups_costs_the_same_whatever_is_on_it(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    async def cost() -> int:
        firm.clock.advance(hours=2)
        with counted(firm.runtime.db) as found:
            await bob.get(GROUPS)
        return len(found.statements)

    said = await bob.say("@sites Night shifts?")
    await alice.post(f"/api/v1/statuses/{said['id']}/favourite")
    few = await cost()
    for fan in await fans(firm, sites, 5):
        await fan.post(f"/api/v1/statuses/{said['id']}/favourite")
        await fan.answer(said, "Rota")
        await fan.follow(bob)

    assert await cost() == few <= 6
