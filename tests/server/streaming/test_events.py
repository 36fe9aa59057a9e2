"""Server-sent events: first bytes, one stream on each, signs of life, and refusals."""

import pytest

from tests.support.firm import App, Document, Firm
from tests.support.listening import STREAMING, all_gone, events

PATHS = [
    "user",
    "user/notification",
    "public",
    "public/local",
    "public/remote",
    "hashtag",
    "hashtag/local",
    "list",
    "direct",
]


async def test_events_come_one_after_the_other(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    async with events(firm, bob, "user") as stream:
        said = await alice.say("@sites Night shifts?\nTwo lines")
        heard = [await stream.next()]
        await alice.delete(f"/api/v1/statuses/{said['id']}")
        heard.append(await stream.next())

    assert heard[0].payload["reblog"]["id"] == said["id"]
    assert [one.event for one in heard] == ["update", "delete"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("public", {}),
        ("public/local", {}),
        ("hashtag", {"tag": "ROTA"}),
        ("hashtag/local", {"tag": "#rota"}),
        ("list", {}),
    ],
)
async def test_each_timeline_has_its_stream(
    firm: Firm, alice: App, bob: App, sites: Document, path: str, query: dict[str, str]
) -> None:
    if path == "list":
        query = {"list": (await bob.get("/api/v1/lists"))[0]["id"]}
    async with events(firm, bob, path, **query) as stream:
        await alice.say("@sites Night shifts? #rota")

        assert (await stream.next()).event == "update"


async def test_notifications_have_a_stream_of_their_own(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    async with events(firm, bob, "user/notification") as stream:
        await alice.say("@sites What does @bob say?")

        heard = await stream.next()

    assert (heard.event, heard.payload["type"]) == ("notification", "mention")


async def test_an_event_without_content_says_undefined(firm: Firm, bob: App) -> None:
    """Client API 5.2. Mastodon.py reads any data but this word as JSON, and ends its stream at an empty text."""
    async with events(firm, bob, "user") as stream:
        wish = {"title": "Rota", "context": ["home"], "filter_action": "warn"}
        await bob.post("/api/v2/filters", **wish, keywords_attributes=[{"keyword": "rota"}])

        heard = await stream.next()

    assert (heard.event, heard.payload) == ("filters_changed", "undefined")


async def test_only_media_leaves_out_what_has_none(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    async with events(firm, bob, "public", only_media="true") as media, events(firm, bob, "public") as everything:
        said = await alice.say("@sites Night shifts?")
        assert (await everything.next()).event == "update"
        await alice.delete(f"/api/v1/statuses/{said['id']}")

        assert (await media.next()).event == "delete"


async def test_a_sign_of_life_comes_every_fifteen_seconds(firm: Firm, alice: App) -> None:
    async with events(firm, alice, "user") as stream:
        firm.clock.advance(seconds=14)
        await firm.hub.look()
        firm.clock.advance(seconds=1)
        for _ in range(3):
            await firm.hub.look()
        firm.clock.advance(seconds=15)
        await firm.hub.look()

        assert [await stream.line() for _ in range(2)] == [":thump\n", ":thump\n"]
        assert stream.response.headers["Content-Type"] == "text/event-stream"
        assert stream.response.headers["X-Accel-Buffering"] == "no"
        assert stream.response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Content-Encoding" not in stream.response.headers


async def test_who_goes_is_let_go(firm: Firm, alice: App) -> None:
    async with events(firm, alice, "user"):
        assert len(firm.hub.connections) == 1

    await all_gone(firm.hub)


async def test_asked_for_its_headers_alone_it_sends_no_more(firm: Firm, alice: App) -> None:
    """1.2: HEAD answers like GET without a body."""
    answer = await alice.call("HEAD", f"{STREAMING}/user")

    assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, "text/event-stream", b"")
    assert firm.hub.connections == []


async def test_health_is_open_to_all(firm: Firm) -> None:
    answer = await firm.nobody.call("GET", f"{STREAMING}/health")

    assert (answer.status, answer.body) == (200, b"OK")
    assert answer.headers["Content-Type"].startswith("text/plain")


async def test_without_a_right_there_is_no_stream(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """T139, T140."""
    app = App(firm.session, firm.port, token=await firm.app_token())
    for who, status in ((firm.nobody, 401), (app, 422), (await firm.with_scopes(alice, "write follow"), 403)):
        for path in PATHS:
            assert (await who.call("GET", f"{STREAMING}/{path}")).status == status, path


async def test_what_is_not_named_rightly_is_refused(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """T128: a list of somebody else is not found."""
    (hers,) = await alice.get("/api/v1/lists")
    asked = {
        "everything": 404,
        "hashtag": 400,
        "hashtag?tag=a%20b": 400,
        "list": 404,
        f"list?list={hers['id']}": 404,
        "list?list=99999999999999999999": 404,
    }

    assert {path: (await bob.call("GET", f"{STREAMING}/{path}")).status for path in asked} == asked
