"""WebSockets: who is let in and how, what is told on which stream, and how a connection ends."""

import json

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from server.streaming.connection import MAX_CHANNELS
from server.streaming.hub import MAX_PER_PERSON
from tests.support.firm import App, Document, Firm
from tests.support.listening import STREAMING, listening


async def test_an_update_comes_as_the_wrapper_that_stands_in_home(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    async with listening(firm, bob, stream="user") as socket:
        said = await alice.say("@sites Night shifts?")

        heard = await socket.next()

    (entry,) = await bob.get("/api/v1/timelines/home")
    assert (heard.stream, heard.event, heard.payload) == (("user",), "update", entry)
    assert heard.payload["reblog"]["id"] == said["id"]


async def test_several_streams_on_one_connection_each_with_its_name(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    (kept,) = await bob.get("/api/v1/lists")
    async with listening(firm, bob, "user", "public", "public:local", "public:remote") as socket:
        await socket.ask(type="subscribe", stream="hashtag", tag="Rota")
        await socket.ask(type="subscribe", stream="hashtag:local", tag="rota")
        await socket.ask(type="subscribe", stream="list", list=kept["id"])
        await alice.say("@sites Night shifts? #rota")

        heard = await socket.some(6)

        assert sorted(one.stream for one in heard) == [
            ("hashtag", "rota"),
            ("hashtag:local", "rota"),
            ("list", kept["id"]),
            ("public",),
            ("public:local",),
            ("user",),
        ]
        assert {one.event for one in heard} == {"update"}


async def test_what_is_unsubscribed_is_not_heard_and_twice_is_once(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    async with listening(firm, bob, "user", "user", "public") as socket:
        await socket.ask(type="unsubscribe", stream="public")
        await alice.say("@sites One")
        await alice.say("@sites Two")

        heard = await socket.some(2)

    assert [one.stream for one in heard] == [("user",), ("user",)]
    assert ["One" in one.payload["content"] for one in heard] == [True, False]


async def test_a_notification_comes_once_for_each_of_its_streams(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    status = await bob.say("@sites Night shifts?")
    async with listening(firm, bob, "user", "user:notification") as socket:
        await alice.post(f"/api/v1/statuses/{status['id']}/favourite")
        await alice.follow(bob)
        await alice.answer(status, "Rota")

        heard = await socket.some(6)

    assert [one.stream for one in heard] == [("user",), ("user:notification",)] * 3
    assert [one.payload["type"] for one in heard[::2]] == ["favourite", "follow", "mention"]
    told = {one["id"]: one for one in await bob.get("/api/v1/notifications")}
    assert [one.payload["id"] for one in heard[::2]] == list(reversed(told))


async def test_an_edit_and_a_deletion_follow_the_post(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    said = await alice.say("@sites Night shifts?")
    (entry,) = await bob.get("/api/v1/timelines/home")
    async with listening(firm, bob, "user") as socket:
        firm.clock.advance(minutes=1)
        await alice.put(f"/api/v1/statuses/{said['id']}", status="@sites Day shifts?")
        edited = await socket.next()
        await alice.delete(f"/api/v1/statuses/{said['id']}")
        gone = await socket.some(2)

    assert (edited.event, edited.payload["id"]) == ("status.update", said["id"])
    assert "Day shifts" in edited.payload["content"]
    assert {(one.event, one.payload) for one in gone} == {("delete", said["id"]), ("delete", entry["id"])}


async def test_everybody_sees_their_own_marks(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    said = await alice.say("@sites Night shifts?")
    await bob.post(f"/api/v1/statuses/{said['id']}/favourite")
    async with listening(firm, bob, "user") as bobs, listening(firm, alice, "user") as alices:
        firm.clock.advance(minutes=1)
        await alice.put(f"/api/v1/statuses/{said['id']}", status="@sites Day shifts?")

        his, hers = await bobs.next(), await alices.next()

    assert (his.payload["favourited"], hers.payload["favourited"]) == (True, False)
    assert ("pinned" in his.payload, "pinned" in hers.payload) == (False, True)


async def test_nothing_is_told_to_those_who_may_not_see_it(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """T151: posts, edits and deletions of a private community, to somebody outside and to a member."""
    board = await firm.community("board", host=alice, visibility="private")
    everything = ("user", "public", "public:local", "direct")
    async with listening(firm, bob, *everything) as outside, listening(firm, alice, "user", "public") as inside:
        await outside.ask(type="subscribe", stream="hashtag", tag="figures")
        secret = await alice.say("@board Our #figures")
        seen = [await inside.next()]
        firm.clock.advance(minutes=1)
        await alice.put(f"/api/v1/statuses/{secret['id']}", status="@board Other #figures")
        seen.append(await inside.next())
        await alice.delete(f"/api/v1/statuses/{secret['id']}")
        seen += await inside.some(2)
        await alice.say("@sites Anybody?")

        heard = await outside.next()
        seen += await inside.some(2)

    assert "Anybody?" in heard.payload["reblog"]["content"]
    assert [(one.stream, one.event) for one in seen] == [
        (("user",), "update"),
        (("user",), "status.update"),
        (("user",), "delete"),
        (("user",), "delete"),
        (("user",), "update"),
        (("public",), "update"),
    ]
    assert seen[0].payload["account"]["id"] == board["id"]


async def test_who_has_left_hears_no_more(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """T153, over the stream of home, and that of the list."""
    plans = await firm.community("plans", host=alice, visibility="on-request")
    await bob.follow(plans)
    await alice.post(f"/api/v1/follow_requests/{bob.id}/authorize")
    kept = {one["title"]: one["id"] for one in await bob.get("/api/v1/lists")}
    async with listening(firm, bob, "user") as socket:
        await socket.ask(type="subscribe", stream="list", list=kept["Plans"])
        await alice.say("@plans First")
        before = await socket.some(2)
        await bob.post(f"/api/v1/accounts/{plans['id']}/unfollow")
        await alice.say("@plans Second")
        await alice.say("@sites Third")

        after = await socket.next()

    assert [one.event for one in before] == ["update", "update"]
    assert "Third" in after.payload["content"]


async def test_an_unknown_stream_is_an_error_and_the_connection_stays(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    (hers,) = await alice.get("/api/v1/lists")
    wrong = [
        {"type": "subscribe", "stream": "everything"},
        {"type": "subscribe", "stream": "hashtag"},
        {"type": "subscribe", "stream": "hashtag", "tag": "a b"},
        {"type": "subscribe", "stream": "list", "list": hers["id"]},
        {"type": "subscribe", "stream": "list", "list": "x"},
        {"type": "unsubscribe", "stream": "everything"},
        {"type": "listen", "stream": "user"},
        {"stream": ["user"]},
    ]
    async with listening(firm, bob, "user", stream="nonsense") as socket:
        for one in wrong:
            await socket.raw.send_json(one)
        await socket.raw.send_str("\x00 no JSON")
        errors = [json.loads(await socket.text()) for _ in range(len(wrong) + 2)]
        await alice.say("@sites Still there?")
        heard = await socket.next()

    assert [one["status"] for one in errors] == [400, 400, 400, 400, 404, 404, 400, 400, 400, 400]
    assert errors[0] == {"error": "Unknown stream type", "status": 400}
    assert heard.event == "update"


async def test_streams_on_one_connection_are_bounded(firm: Firm, alice: App, sites: Document) -> None:
    async with listening(firm, alice) as socket:
        for number in range(MAX_CHANNELS):
            await socket.raw.send_json({"type": "subscribe", "stream": "hashtag", "tag": f"t{number}"})
        await socket.settle()
        assert socket.early == []
        await socket.raw.send_json({"type": "subscribe", "stream": "hashtag", "tag": "toomany"})

        assert json.loads(await socket.text())["status"] == 400


async def test_a_message_beyond_the_bound_closes_the_connection(firm: Firm, alice: App) -> None:
    async with listening(firm, alice, "user") as socket:
        await socket.raw.send_str(" " * 64 * 1024)
        assert json.loads(await socket.text())["status"] == 400
        await socket.raw.send_str(" " * (64 * 1024 + 1))

        assert await socket.closing() == 1009


async def test_the_token_comes_in_each_of_its_forms(firm: Firm, alice: App) -> None:
    address = f"http://127.0.0.1:{firm.port}{STREAMING}"
    assert alice.token is not None

    async with firm.session.ws_connect(f"{address}/", headers={"authorization": f"bearer {alice.token}"}) as by_header:
        assert by_header.protocol is None
    async with firm.session.ws_connect(f"{address}?access_token={alice.token}&stream=user") as by_address:
        assert by_address.protocol is None
    async with firm.session.ws_connect(address, protocols=[alice.token]) as by_protocol:
        assert by_protocol.protocol == alice.token


@pytest.mark.parametrize(
    ("scopes", "stream", "status"),
    [
        ("write follow push", "", 403),
        ("read:accounts", "", 403),
        ("read:statuses", "user", 403),
        ("read:notifications", "public", 403),
        ("read:notifications", "user", 403),
        ("read:statuses", "list", 403),
        ("read:notifications", "user:notification", 101),
        ("read:statuses", "public", 101),
        ("read:statuses read:notifications", "user", 101),
        ("read", "user", 101),
    ],
)
async def test_streams_need_the_scopes_of_what_they_carry(
    firm: Firm, alice: App, scopes: str, stream: str, status: int
) -> None:
    """T140."""
    app = await firm.with_scopes(alice, scopes)

    assert await _handshake(firm, app, stream) == status


async def test_a_scope_that_is_missing_is_missed_on_an_open_connection_too(firm: Firm, alice: App) -> None:
    """T140."""
    async with listening(firm, await firm.with_scopes(alice, "read:statuses")) as socket:
        await socket.raw.send_json({"type": "subscribe", "stream": "user"})

        assert json.loads(await socket.text())["status"] == 403


async def test_nobody_and_no_person_get_no_stream(firm: Firm, alice: App) -> None:
    """T139."""
    stale = App(firm.session, firm.port, token="stale")
    app = App(firm.session, firm.port, token=await firm.app_token())

    assert await _handshake(firm, firm.nobody, "") == 401
    assert await _handshake(firm, stale, "user") == 401
    assert await _handshake(firm, app, "user") == 422
    assert (await alice.call("GET", STREAMING)).status == 400


async def _handshake(firm: Firm, app: App, stream: str) -> int:
    headers = {"Authorization": f"Bearer {app.token}"} if app.token else {}
    query = f"?stream={stream}" if stream else ""
    try:
        async with firm.session.ws_connect(f"http://127.0.0.1:{firm.port}{STREAMING}{query}", headers=headers):
            return 101
    except WSServerHandshakeError as error:
        return error.status


async def test_an_account_has_a_bounded_number_of_streams(firm: Firm, alice: App, bob: App) -> None:
    address, headers = f"http://127.0.0.1:{firm.port}{STREAMING}", {"Authorization": f"Bearer {alice.token}"}
    held = [await firm.session.ws_connect(address, headers=headers) for _ in range(MAX_PER_PERSON)]

    assert await _handshake(firm, alice, "user") == 429
    assert await _handshake(firm, bob, "user") == 101
    for one in held:
        await one.close()


async def test_a_silent_client_is_pinged_and_given_up(firm: Firm, alice: App) -> None:
    async with listening(firm, alice, "user") as socket:
        pings = []
        for _ in range(2):
            firm.clock.advance(seconds=30)
            await firm.hub.look()
            pings.append((await socket.raw.receive()).type)
        firm.clock.advance(seconds=29)
        await firm.hub.look()
        assert len(firm.hub.connections) == 1
        firm.clock.advance(seconds=1)
        await firm.hub.look()

        assert pings == [WSMsgType.PING, WSMsgType.PING]
        assert await socket.closing() in (None, 1006)


async def test_a_client_that_answers_pings_stays(firm: Firm, alice: App) -> None:
    async with listening(firm, alice, "user") as socket:
        for _ in range(5):
            firm.clock.advance(seconds=30)
            await firm.hub.look()
            ping = await socket.raw.receive()
            await socket.raw.pong(ping.data)
            await socket.settle()

        assert len(firm.hub.connections) == 1


async def test_whom_somebody_mutes_is_not_heard_by_them(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    carol = await firm.person("carol")
    await carol.follow(sites)
    await bob.post(f"/api/v1/accounts/{carol.id}/mute")
    async with listening(firm, bob, "user", "public") as socket:
        await carol.say("@sites What does @bob say?")
        await alice.say("@sites Anybody?")

        heard = await socket.some(2)

    assert [one.payload["reblog"]["account"]["acct"] for one in heard] == ["alice", "alice"]


async def test_what_a_filter_hides_at_home_is_not_heard_there(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    async with listening(firm, bob, "user", "public") as socket:
        await bob.post(
            "/api/v2/filters",
            title="Rota",
            context=["home"],
            filter_action="hide",
            keywords_attributes=[{"keyword": "rota"}],
        )
        assert {(await socket.next()).event} == {"filters_changed"}
        await alice.say("@sites The rota")
        await alice.say("@sites Anybody?")

        heard = await socket.some(3)

    assert [one.stream for one in heard] == [("public",), ("user",), ("public",)]
    assert [len(one.payload["reblog"]["filtered"]) for one in heard] == [1, 0, 0]
