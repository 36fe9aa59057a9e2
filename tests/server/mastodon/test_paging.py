"""Pages of every list: forward by `next` and back by `prev` each entry comes once, newest first."""

from collections.abc import Iterable

import pytest

from tests.support.firm import Answer, App, Document, Firm

MANY = 5


def ids(pages: Iterable[Answer]) -> list[str]:
    return [entry["id"] for page in pages for entry in page.document]


async def forward(app: App, path: str) -> list[str]:
    return ids(await app.walk(path))


async def back(app: App, path: str) -> list[str]:
    """From the last page to the first, and turned round."""
    last = [page for page in await app.walk(path) if page.document][-1]
    return ids(reversed(await app.walk_back(last)))


@pytest.fixture
async def world(firm: Firm, alice: App, bob: App, sites: Document) -> dict[str, str]:
    """Lists of several pages of two, by what they are; alice reads them."""
    opened = [await alice.say(f"@sites Question {number} #rota") for number in range(MANY)]
    first = opened[0]
    await alice.call("PATCH", "/api/v1/accounts/update_credentials", json={"locked": True})
    for number in range(MANY):
        member = await firm.person(f"member{number}")
        await member.follow(sites)
        await member.follow(alice)
        await member.post(f"/api/v1/statuses/{first['id']}/favourite")
        await alice.post(f"/api/v1/statuses/{opened[number]['id']}/favourite")
        await alice.post(f"/api/v1/statuses/{opened[number]['id']}/bookmark")
        await firm.community(f"circle{number}", host=alice)
    (kept,) = [one for one in await alice.get("/api/v1/lists") if one["title"] == "Sites"]
    return {
        "home": "/api/v1/timelines/home",
        "list": f"/api/v1/timelines/list/{kept['id']}",
        "public": "/api/v1/timelines/public",
        "tag": "/api/v1/timelines/tag/rota",
        "statuses of a person": f"/api/v1/accounts/{alice.id}/statuses",
        "statuses of a community": f"/api/v1/accounts/{sites['id']}/statuses",
        "bookmarks": "/api/v1/bookmarks",
        "favourites": "/api/v1/favourites",
        "favourited_by": f"/api/v1/statuses/{first['id']}/favourited_by",
        "followers": f"/api/v1/accounts/{sites['id']}/followers",
        "following": f"/api/v1/accounts/{alice.id}/following",
        "follow_requests": "/api/v1/follow_requests",
        "notifications": "/api/v1/notifications",
    }


async def test_forward_and_back_each_entry_comes_once(alice: App, world: dict[str, str]) -> None:
    whole = {name: ids([await alice.call("GET", f"{path}?limit=40")]) for name, path in world.items()}
    forwards = {name: await forward(alice, f"{path}?limit=2") for name, path in world.items()}
    backwards = {name: await back(alice, f"{path}?limit=2") for name, path in world.items()}

    assert forwards == whole
    assert backwards == whole
    assert all(len(found) == len(set(found)) >= MANY for found in whole.values()), whole


async def test_the_page_above_a_cursor_is_the_nearest_one_and_newest_first(alice: App, world: dict[str, str]) -> None:
    path = world["home"]
    whole = ids([await alice.call("GET", path)])

    above = await alice.call("GET", f"{path}?limit=2&min_id={whole[-1]}")
    newest = await alice.call("GET", f"{path}?limit=2&since_id={whole[-1]}")
    between = await alice.call("GET", f"{path}?limit=4&min_id={whole[-1]}&max_id={whole[0]}")

    assert ids([above]) == whole[-3:-1]
    assert ids([newest]) == whole[:2]
    assert ids([between]) == whole[1:-1]


async def test_links_are_as_clients_take_them_apart(alice: App, world: dict[str, str]) -> None:
    path = world["notifications"]

    page = await alice.call("GET", f"{path}/?limit=2&types[]=favourite&exclude_types[]=poll")

    first, last = page.document[0]["id"], page.document[-1]["id"]
    own = "http://home.test/api/v1/notifications?limit=2&types[]=favourite&exclude_types[]=poll"
    assert page.headers["Link"] == f'<{own}&max_id={last}>; rel="next", <{own}&min_id={first}>; rel="prev"'


async def test_an_empty_page_has_no_links(alice: App) -> None:
    page = await alice.call("GET", "/api/v1/bookmarks")

    assert (page.document, "Link" in page.headers) == ([], False)


async def test_a_limit_out_of_range_is_clamped(alice: App, sites: Document) -> None:
    for number in range(MANY):
        await alice.say(f"@sites Question {number}")

    limits = {"0": 1, "-3": 1, "1": 1, "3": 3, "9999": MANY, "many": MANY, "": MANY}
    shown = {one: len(await alice.get("/api/v1/timelines/home", limit=one)) for one in limits}

    assert shown == limits


async def test_a_page_has_at_most_forty_statuses_and_eighty_accounts(firm: Firm, alice: App, sites: Document) -> None:
    for number in range(41):
        await alice.say(f"@sites Question {number}")

    page = await alice.call("GET", "/api/v1/timelines/home?limit=41")

    assert len(page.document) == 40
    assert "next" in page.links
