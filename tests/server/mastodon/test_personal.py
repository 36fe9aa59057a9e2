"""What is one's own: markers, preferences, and the collections that apps ask for and that are empty."""

import asyncio

from tests.support.firm import App, Document, Firm

EMPTY = [
    "/api/v1/filters",
    "/api/v2/filters",
    "/api/v1/followed_tags",
    "/api/v1/blocks",
    "/api/v1/domain_blocks",
    "/api/v1/mutes",
    "/api/v1/conversations",
    "/api/v1/scheduled_statuses",
    "/api/v1/announcements",
    "/api/v1/instance/peers",
    "/api/v1/custom_emojis",
    "/api/v1/bookmarks",
    "/api/v1/favourites",
    "/api/v1/follow_requests",
    "/api/v1/notifications",
    "/api/v1/lists",
]


async def test_markers_are_kept_with_a_growing_version(firm: Firm, alice: App) -> None:
    assert await alice.get("/api/v1/markers", **{"timeline[]": "home"}) == {}

    first = await alice.post("/api/v1/markers", home={"last_read_id": "5"}, notifications={"last_read_id": "7"})
    firm.clock.advance(minutes=1)
    second = (await alice.call("POST", "/api/v1/markers", form={"home[last_read_id]": "9"})).document

    assert {name: (one["last_read_id"], one["version"]) for name, one in first.items()} == {
        "home": ("5", 1),
        "notifications": ("7", 1),
    }
    assert second == {"home": {"last_read_id": "9", "version": 2, "updated_at": "2026-01-31T12:01:00.000Z"}}
    both = await alice.call("GET", "/api/v1/markers", query=[("timeline[]", "home"), ("timeline[]", "notifications")])
    assert {name: one["last_read_id"] for name, one in both.document.items()} == {"home": "9", "notifications": "7"}
    assert list(await alice.get("/api/v1/markers", timeline="notifications")) == ["notifications"]


async def test_of_two_apps_at_once_each_counts(alice: App) -> None:
    """7: a growing version."""
    at_once = [alice.post("/api/v1/markers", home={"last_read_id": str(number)}) for number in range(1, 9)]
    answers = await asyncio.gather(*at_once)

    assert sorted(one["home"]["version"] for one in answers) == list(range(1, 9))


async def test_markers_of_other_timelines_and_no_ids_are_passed_over(alice: App) -> None:
    assert await alice.post("/api/v1/markers", public={"last_read_id": "5"}, home={"last_read_id": ""}) == {}
    assert await alice.post("/api/v1/markers", home={"last_read_id": "the last"}) == {}
    assert await alice.post("/api/v1/markers", home={"last_read_id": "9" * 40}) == {}
    assert await alice.get("/api/v1/markers", **{"timeline[]": "public"}) == {}


async def test_markers_are_ones_own(firm: Firm, alice: App) -> None:
    bea = await firm.person("bea")
    await alice.post("/api/v1/markers", home={"last_read_id": "5"})

    assert await bea.get("/api/v1/markers", **{"timeline[]": "home"}) == {}


async def test_preferences_have_every_key_that_clients_read(alice: App) -> None:
    assert await alice.get("/api/v1/preferences") == {
        "posting:default:visibility": "private",
        "posting:default:sensitive": False,
        "posting:default:language": None,
        "posting:default:quote_policy": "nobody",
        "reading:expand:media": "default",
        "reading:expand:spoilers": False,
        "reading:autoplay:gifs": False,
    }


async def test_what_is_empty_is_an_empty_list(alice: App) -> None:
    assert {path: await alice.get(path) for path in EMPTY} == {path: [] for path in EMPTY}


async def test_a_hashtag_is_there_even_if_it_was_never_used(alice: App) -> None:
    tags = [await alice.get(f"/api/v1/tags/{name}") for name in ("rota", "%23Rota", "caf%C3%A9", "quart_de_nuit")]

    assert [tag["name"] for tag in tags] == ["rota", "rota", "café", "quart_de_nuit"]
    assert {(tag["following"], len(tag["history"])) for tag in tags} == {(False, 7)}
    assert [tag["url"].rpartition("/")[2] for tag in tags] == ["rota", "rota", "caf%C3%A9", "quart_de_nuit"]


async def test_an_illegal_hashtag_is_not_there_and_the_longest_is(alice: App) -> None:
    names = ("a%20b", "%23", "a-b", "x" * 101)

    assert {(await alice.call("GET", f"/api/v1/tags/{name}")).status for name in names} == {404}
    assert (await alice.call("GET", f"/api/v1/tags/{'x' * 100}")).status == 200


async def test_timelines_of_all_the_firm_show_open_communities_only(firm: Firm, alice: App, sites: Document) -> None:
    """T150."""
    await firm.community("board", host=alice, visibility="private")
    status = await alice.say("@sites Night shifts?")
    await alice.say("@board Figures")
    await alice.say("To those who follow me")
    bea = await firm.person("bea")

    assert [one["reblog"]["id"] for one in await bea.get("/api/v1/timelines/public")] == [status["id"]]
    assert [one["reblog"]["id"] for one in await bea.get("/api/v1/timelines/public", local="true")] == [status["id"]]
    assert await bea.get("/api/v1/timelines/public", remote="true") == []
    assert await bea.get("/api/v1/timelines/home") == []


async def test_who_has_left_a_private_community_finds_it_muted_no_more(firm: Firm, alice: App, bob: App) -> None:
    """T152: nor what it is called now; who is in it still does."""
    board = await firm.community("board", host=alice, visibility="private")
    await alice.call("POST", f"/api/entrepairs/v1/communities/{board['id']}/invitations", json={"account_id": bob.id})
    await bob.follow(board)
    for person in (alice, bob):
        await person.post(f"/api/v1/accounts/{board['id']}/mute")
        assert [one["id"] for one in await person.get("/api/v1/mutes")] == [board["id"]]

    await alice.delete(f"/api/entrepairs/v1/communities/{board['id']}/members/{bob.id}")

    assert await bob.get("/api/v1/mutes") == []
    assert [one["id"] for one in await alice.get("/api/v1/mutes")] == [board["id"]]
