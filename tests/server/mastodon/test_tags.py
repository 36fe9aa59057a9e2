"""Hashtags: followed ones come into home within the gate, how much they are used, those on a profile."""

import pytest

from models.feeds import tag_feed
from tests.support.firm import App, Document, Firm


@pytest.fixture
async def eve(firm: Firm, sites: Document) -> App:
    """In no community."""
    return await firm.person("eve")


async def test_what_carries_a_followed_hashtag_comes_into_home_once(alice: App, bob: App, eve: App) -> None:
    followed = await eve.post("/api/v1/tags/Rota/follow")
    await bob.post("/api/v1/tags/rota/follow")
    said = await alice.say("@sites Night shifts? #rota")
    await alice.say("@sites Day shifts?")

    (shown,) = await eve.get("/api/v1/timelines/home")

    assert (followed["name"], followed["following"], followed["id"]) == ("rota", True, str(-tag_feed("rota")))
    assert (shown["account"]["acct"], shown["reblog"]["id"]) == ("sites", said["id"])
    assert len(await bob.get("/api/v1/timelines/home")) == 2


async def test_a_followed_hashtag_shows_nothing_that_is_hidden(firm: Firm, alice: App, eve: App) -> None:
    """T148."""
    await firm.community("board", host=alice, visibility="private")
    await eve.post("/api/v1/tags/rota/follow")
    await alice.say("@board Figures #rota")
    await alice.say("For followers #rota")

    assert await eve.get("/api/v1/timelines/home") == []
    assert [one["uses"] for one in (await eve.get("/api/v1/tags/rota"))["history"]] == ["0"] * 7


async def test_an_unfollowed_hashtag_brings_nothing_more(alice: App, eve: App) -> None:
    await eve.post("/api/v1/tags/rota/follow")
    after = await eve.post("/api/v1/tags/rota/unfollow")
    await alice.say("@sites Night shifts? #rota")

    assert (after["following"], await eve.get("/api/v1/followed_tags")) == (False, [])
    assert await eve.get("/api/v1/timelines/home") == []


async def test_followed_hashtags_are_paged_and_followed_once(eve: App) -> None:
    for name in ("a1", "b2", "c3", "b2"):
        await eve.post(f"/api/v1/tags/{name}/follow")

    pages = await eve.walk("/api/v1/followed_tags?limit=2")

    assert [[one["name"] for one in page.document] for page in pages] == [["c3", "b2"], ["a1"]]
    assert all(one["following"] for page in pages for one in page.document)


async def test_the_history_of_a_hashtag_counts_days_and_people(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    await alice.say("@sites One #rota")
    firm.clock.advance(days=1)
    await alice.say("@sites Two #rota")
    await bob.say("@sites Three #rota")
    await bob.say("@sites Four #rota")

    history = (await bob.get("/api/v1/tags/rota"))["history"]

    assert [(one["uses"], one["accounts"]) for one in history] == [("3", "2"), ("1", "1"), *[("0", "0")] * 5]
    assert int(history[0]["day"]) - int(history[1]["day"]) == 86_400


@pytest.mark.parametrize("name", ["a-b", "x" * 101, "%20", "a.b"])
async def test_an_illegal_name_is_no_hashtag(eve: App, name: str) -> None:
    answers = [await eve.call("GET", f"/api/v1/tags/{name}"), await eve.call("POST", f"/api/v1/tags/{name}/follow")]

    assert [answer.status for answer in answers] == [404, 404]


async def test_a_hashtag_in_an_address_is_decoded_once_and_composed(alice: App, eve: App) -> None:
    """1.2, 1.3: `caf%C3%A9`, however the accent is written."""
    said = await alice.say("@sites Coffee? #café")
    for name in ("caf%C3%A9", "cafe%CC%81", "CAF%C3%89"):
        assert (await eve.get(f"/api/v1/tags/{name}"))["name"] == "café"
        (shown,) = await alice.get(f"/api/v1/timelines/tag/{name}")
        assert shown["reblog"]["id"] == said["id"]

    assert (await eve.call("GET", "/api/v1/tags/caf%25C3%25A9")).status == 404


async def test_a_hashtag_on_a_profile_counts_what_the_reader_may_see(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    await firm.community("board", host=alice, visibility="private")
    await alice.say("@sites Night shifts? #rota")
    await alice.say("@board Figures #rota")

    made = await alice.post("/api/v1/featured_tags", name="#Rota")

    (seen,) = await bob.get(f"/api/v1/accounts/{alice.id}/featured_tags")
    assert (made["name"], made["statuses_count"], made["last_status_at"]) == ("rota", "2", "2026-01-31")
    assert seen["statuses_count"] == "1"
    again = await alice.call("POST", "/api/v1/featured_tags", json={"name": "rota"})
    assert (again.status, again.error) == (422, "Validation failed: Tag has already been taken")
    assert (await alice.get("/api/v1/tags/rota"))["featuring"] is True
    assert (await bob.call("DELETE", f"/api/v1/featured_tags/{made['id']}")).status == 404
    assert await alice.delete(f"/api/v1/featured_tags/{made['id']}") == {}
    assert await alice.get("/api/v1/featured_tags") == []


async def test_a_profile_shows_ten_hashtags_at_most(alice: App) -> None:
    for number in range(10):
        await alice.post(f"/api/v1/tags/tag{number}/feature")

    refused = await alice.call("POST", "/api/v1/tags/tag10/feature")

    assert refused.status == 422
    assert len(await alice.get("/api/v1/featured_tags")) == 10
    assert (await alice.post("/api/v1/tags/tag0/unfeature"))["featuring"] is False


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("", ["both", "rota"]),
        ("any[]=Keys", ["keys", "both", "rota"]),
        ("any[]=keys&none[]=rota", ["keys"]),
        ("all[]=%23keys", ["both"]),
        ("all[]=keys&all[]=none", []),
        ("none[]=keys", ["rota"]),
        ("any=keys&all=keys", ["keys", "both"]),
        ("local=true", ["both", "rota"]),
        ("remote=true", []),
    ],
)
async def test_a_timeline_of_a_hashtag_is_narrowed_and_widened_by_others(
    alice: App, sites: Document, question: str, found: list[str]
) -> None:
    """Client API section 4: any[], all[], none[], local, remote."""
    said = {
        "rota": await alice.say("@sites One #rota"),
        "both": await alice.say("@sites Two #rota #keys"),
        "keys": await alice.say("Three #keys"),
    }

    shown = await alice.get(f"/api/v1/timelines/tag/rota?{question}")

    assert [(one["reblog"] or one)["id"] for one in shown] == [said[one]["id"] for one in found]


async def test_statuses_of_an_account_are_those_with_a_hashtag(alice: App, sites: Document) -> None:
    """Client API section 4 and 11.4.1: `tagged` looks at the post that a community shows."""
    said = await alice.say("@sites One #Rota")
    await alice.say("@sites Two #keys")

    of_community = await alice.get(f"/api/v1/accounts/{sites['id']}/statuses", tagged="rota", exclude_reblogs="true")
    of_person = await alice.get(f"/api/v1/accounts/{alice.id}/statuses", tagged="ROTA")

    assert [one["reblog"]["id"] for one in of_community] == [one["id"] for one in of_person] == [said["id"]]
    assert await alice.get(f"/api/v1/accounts/{sites['id']}/statuses", tagged="rot") == []
