"""The directory of the firm, suggestions, and the methods whose answer is always the same."""

import pytest

from tests.support.firm import App, Document, Firm


async def test_the_directory_lists_communities_first_and_private_ones_to_members_only(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """T148."""
    await firm.community("board", host=alice, visibility="private")

    own = await alice.get("/api/v1/directory", order="new")
    others = await bob.get("/api/v1/directory", order="new")
    later = await bob.get("/api/v1/directory", order="new", offset="1", limit="1")

    assert [one["username"] for one in own] == ["board", "sites", "bob", "alice"]
    assert [one["username"] for one in others] == ["sites", "bob", "alice"]
    assert [one["username"] for one in later] == ["bob"]


async def test_the_active_come_first_where_that_is_asked_for(alice: App, bob: App, sites: Document) -> None:
    await alice.say("@sites Night shifts?")

    found = await bob.get("/api/v1/directory", order="active")

    assert [one["username"] for one in found] == ["sites", "alice", "bob"]


async def test_communities_to_join_and_fellow_members_are_suggested(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    carol = await firm.person("carol")
    await carol.follow(sites)
    await firm.community("plans", host=alice, visibility="on-request")
    await firm.community("open", host=alice)
    await bob.follow(alice)

    found = await bob.get("/api/v2/suggestions")

    assert [(one["account"]["username"], one["sources"]) for one in found] == [
        ("open", ["featured"]),
        ("plans", ["featured"]),
        ("carol", ["friends_of_friends"]),
    ]
    assert await bob.get("/api/v1/suggestions") == [one["account"] for one in found]
    await bob.post(f"/api/v1/accounts/{carol.id}/mute")
    assert [one["username"] for one in await bob.get("/api/v1/suggestions")] == ["open", "plans"]
    assert await bob.delete(f"/api/v1/suggestions/{carol.id}") == {}


@pytest.mark.parametrize(
    ("method", "path", "status", "answer"),
    [
        ("GET", "/api/v1/trends", 200, []),
        ("GET", "/api/v1/trends/tags", 200, []),
        ("GET", "/api/v1/trends/statuses", 200, []),
        ("GET", "/api/v1/trends/links", 200, []),
        ("GET", "/api/v1/timelines/link", 200, []),
        ("GET", "/api/v1/featured_tags/suggestions", 200, []),
        ("GET", "/api/v1/emails/check_confirmation", 200, True),
        ("GET", "/api/v1/instance/translation_languages", 200, {}),
        ("GET", "/api/v1/instance/extended_description", 200, {"updated_at": None, "content": ""}),
        ("POST", "/api/v1/accounts", 403, {"error": "This action is not allowed"}),
        ("GET", "/api/oembed", 404, {"error": "Record not found"}),
        ("POST", "/api/v1/announcements/1/dismiss", 404, {"error": "Record not found"}),
    ],
)
async def test_what_is_always_the_same(alice: App, method: str, path: str, status: int, answer: object) -> None:
    found = await alice.call(method, path)

    assert (found.status, found.document) == (status, answer)


async def test_languages_are_named(firm: Firm) -> None:
    found = await firm.nobody.get("/api/v1/instance/languages")

    assert {one["code"] for one in found} == {"fr", "en"}
