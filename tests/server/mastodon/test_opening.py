"""What each client asks when somebody opens it (client API 3.7): every address answers, in the form that is sent."""

import pytest

from tests.support.firm import App, Document, Firm

UNSIGNED = {
    "toot": ["/api/v1/instance"],
    "Mastodon.py": ["/.well-known/oauth-authorization-server", "/api/v1/instance/", "/api/v2/instance/"],
    "Phanpy": ["/.well-known/host-meta", "/api/v2/instance", "/.well-known/nodeinfo", "/nodeinfo/2.0"],
    "Elk": ["/api/v2/instance", "/nodeinfo/2.0"],
    "Ice Cubes": ["/api/v2/instance"],
    "megalodon": ["/.well-known/nodeinfo", "/nodeinfo/2.1"],
}
"""Asked before anybody is signed in, or without the token."""

SIGNED = {
    "toot": ["accounts/verify_credentials"],
    "Phanpy": [
        "preferences",
        "accounts/verify_credentials",
        "timelines/home?limit=20",
        "announcements",
        "followed_tags?limit=200",
        "follow_requests?limit=80",
        "v2/notifications?limit=20&exclude_types[]=follow_request",
        "v2/search?q=from:me&type=statuses&limit=1",
        "timelines/home?limit=5&since_id=1",
        "notifications?limit=1&since_id=1",
        "lists",
        "v2/filters",
        "custom_emojis",
        "accounts/:me",
        "accounts/:me/statuses?pinned=true",
        "accounts/:me/statuses?limit=20&exclude_replies=true&exclude_reblogs=false",
        "accounts/:me/featured_tags",
        "accounts/relationships?id[]=:me",
    ],
    "Elk": [
        "accounts/verify_credentials",
        "preferences",
        "markers?timeline[]=notifications",
        "followed_tags",
        "timelines/home?limit=30",
        "notifications?limit=30",
        "accounts/lookup?acct=alice",
        "accounts/:me/statuses?limit=30&exclude_replies=true",
    ],
    "Tusky": [
        "accounts/verify_credentials",
        "v2/instance",
        "timelines/home",
        "notifications",
        "v2/filters",
        "announcements",
        "custom_emojis",
        "lists",
        "v2/notifications/policy",
        "markers?timeline[]=home&timeline[]=notifications",
    ],
    "Ice Cubes": [
        "accounts/verify_credentials",
        "preferences",
        "instance",
        "instance/peers",
        "timelines/home",
        "v2/filters",
        "v2/notifications",
        "tags/rota/",
    ],
    "Ivory": [
        "timelines/home?limit=40",
        "accounts/:me",
        "v2/instance",
        "preferences",
        "lists",
        "accounts/:me/statuses?exclude_reblogs=1",
        "notifications?limit=100&since_id=1&types[]=mention&types[]=favourite",
    ],
}
"""Asked with a token, below `/api/v1/` where nothing else is said."""


@pytest.mark.parametrize("client", UNSIGNED)
async def test_what_a_client_asks_first_is_open(firm: Firm, client: str) -> None:
    answers = {path: await firm.nobody.call("GET", path) for path in UNSIGNED[client]}

    assert {path: answer.status for path, answer in answers.items() if answer.status != 200} == {}
    for path, answer in answers.items():
        is_xml = path.endswith("host-meta")
        assert answer.headers["Content-Type"].startswith("application/xrd+xml" if is_xml else "application/json")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("client", SIGNED)
async def test_what_a_client_asks_then_is_answered(alice: App, sites: Document, client: str) -> None:
    await alice.say("@sites Hello #rota")
    paths = [one if one.startswith("v2/") else f"v1/{one}" for one in SIGNED[client]]
    answers = {path: await alice.call("GET", "/api/" + path.replace(":me", alice.id)) for path in paths}

    assert {path: answer.status for path, answer in answers.items() if answer.status != 200} == {}


async def test_without_a_push_subscription_there_is_none_to_find(alice: App) -> None:
    """Elk asks at login; a 404 is tolerated, and a 401 would sign it out."""
    assert (await alice.call("GET", "/api/v1/push/subscription")).status == 404


async def test_megalodon_knows_what_this_is(firm: Firm) -> None:
    document = (await firm.nobody.call("GET", "/nodeinfo/2.1")).document

    assert document["metadata"]["upstream"]["name"] == "mastodon"
