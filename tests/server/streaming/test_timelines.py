"""What streams show is what timelines show: lists that people make, people kept out of home, languages of a follow."""

import pytest

from models.signals import PLACED, WRITTEN, Signal
from tests.support.firm import App, Document, Firm
from tests.support.listening import Socket, events, listening
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


async def heard(socket: Socket, count: int) -> list[tuple[str, str]]:
    """Events and what they are about: an id."""
    found = await socket.some(count)
    return [(one.event, one.payload if isinstance(one.payload, str) else one.payload["id"]) for one in found]


async def test_a_list_that_somebody_made_is_heard_as_it_is_read(
    firm: Firm, alice: App, bob: App, carol: App, made: Document
) -> None:
    """T148."""
    await firm.community("board", host=carol, visibility="private")
    async with listening(firm, bob) as socket:
        await socket.ask(type="subscribe", stream="list", list=made["id"])
        await carol.say("@board Figures")
        await carol.say("@bob Between us", visibility="direct")
        await alice.say("@sites Day shifts?")
        asked, own = await carol.say("@sites Night shifts?"), await carol.say("For followers")

        found = await socket.some(2)

    assert [one.payload["id"] for one in reversed(found)] == [own["id"], asked["id"]]
    assert {(one.stream, one.event) for one in found} == {(("list", made["id"]), "update")}
    assert [one["id"] for one in await bob.get(f"/api/v1/timelines/list/{made['id']}")] == [own["id"], asked["id"]]


async def test_an_edit_and_a_deletion_follow_the_post_into_a_list(
    firm: Firm, bob: App, carol: App, made: Document
) -> None:
    said = await carol.say("@sites Night shifts?")
    async with listening(firm, bob) as socket:
        await socket.ask(type="subscribe", stream="list", list=made["id"])
        firm.clock.advance(minutes=1)
        await carol.put(f"/api/v1/statuses/{said['id']}", status="@sites Day shifts?")
        # Heard before it goes: what is gone when it is to be shown has no edit to show.
        edited = await heard(socket, 1)
        await carol.delete(f"/api/v1/statuses/{said['id']}")
        gone = await heard(socket, 1)

    assert edited + gone == [("status.update", said["id"]), ("delete", said["id"])]


async def test_which_answers_a_list_streams_is_its_policy(
    firm: Firm, alice: App, bob: App, carol: App, made: Document
) -> None:
    opening = await alice.say("@sites Night shifts?")
    async with events(firm, bob, "list", list=made["id"]) as stream:
        to_stranger = await carol.answer(opening, "Never")
        await bob.put(f"/api/v1/lists/{made['id']}", replies_policy="list")
        to_self = await carol.answer(to_stranger, "Or rarely")
        await bob.put(f"/api/v1/lists/{made['id']}", replies_policy="followed")
        await carol.answer(opening, "I said so")
        to_owner = await carol.answer(await bob.answer(opening, "Why?"), "Because")

        found = [(await stream.next()).payload["id"] for _ in range(2)]

    assert found == [to_self["id"], to_owner["id"]]


async def test_a_community_in_a_list_is_heard_in_its_wrappers(
    firm: Firm, alice: App, bob: App, sites: Document, made: Document
) -> None:
    await bob.post(f"/api/v1/lists/{made['id']}/accounts", account_ids=[sites["id"]])
    async with listening(firm, bob) as socket:
        await socket.ask(type="subscribe", stream="list", list=made["id"])
        said = await alice.say("@sites Night shifts?")
        shown = await socket.next()
        firm.clock.advance(minutes=1)
        await alice.put(f"/api/v1/statuses/{said['id']}", status="@sites Day shifts?")
        edited = await socket.next()
        await alice.delete(f"/api/v1/statuses/{said['id']}")
        gone = await socket.next()

    assert (shown.payload["reblog"]["id"], edited.payload["id"]) == (said["id"], said["id"])
    assert gone.payload == shown.payload["id"]


async def test_whom_somebody_mutes_is_not_heard_in_their_list(firm: Firm, bob: App, carol: App, made: Document) -> None:
    dan = await firm.person("dan")
    await bob.follow(dan)
    await bob.post(f"/api/v1/lists/{made['id']}/accounts", account_ids=[dan.id])
    wish = {"title": "Rota", "context": ["home"], "filter_action": "hide"}
    await bob.post("/api/v2/filters", **wish, keywords_attributes=[{"keyword": "rota"}])
    await bob.post(f"/api/v1/accounts/{carol.id}/mute")
    async with listening(firm, bob) as socket:
        await socket.ask(type="subscribe", stream="list", list=made["id"])
        await carol.say("Muted")
        await dan.say("The rota")
        said = await dan.say("Heard")

        assert await heard(socket, 1) == [("update", said["id"])]


async def test_nobody_listens_to_the_list_of_another_and_a_deleted_one_falls_silent(
    firm: Firm, alice: App, bob: App, carol: App, made: Document
) -> None:
    """T128."""
    path = f"/api/v1/streaming/list?list={made['id']}"
    assert (await alice.call("GET", path)).status == 404
    async with events(firm, bob, "list", list=made["id"]) as stream:
        await firm.hub.look()
        await carol.say("Still here")
        assert (await stream.next()).event == "update"
        await bob.delete(f"/api/v1/lists/{made['id']}")
        await firm.hub.look()

        assert (await stream.response.content.read()).strip() == b""
    assert (await bob.call("GET", path)).status == 404


_LOOKED_AFTER = ("oauth_tokens", "UNION ALL SELECT own_lists.id")
"""What the server asks every two seconds of all streams, perhaps just now."""


async def test_own_lists_cost_one_statement_more_however_many_listen(
    firm: Firm, bob: App, carol: App, made: Document
) -> None:
    other = await bob.post("/api/v1/lists", title="Others")
    said = await carol.say("For followers")
    found = []
    for lists in ((), (made,), (made, other)):
        async with listening(firm, bob, "user") as socket:
            for one in lists:
                await socket.ask(type="subscribe", stream="list", list=one["id"])
            firm.clock.advance(hours=1)
            with counted(firm.runtime.db) as asked:
                firm.hub.take([Signal(PLACED, int(said["id"])), Signal(WRITTEN, int(said["id"]))])
                await socket.some(1 + bool(lists))
        found.append(len([one for one in asked.statements if not any(word in one for word in _LOOKED_AFTER)]))

    assert [one - found[0] for one in found] == [0, 1, 1]


async def test_who_is_in_an_exclusive_list_is_heard_there_and_not_at_home(
    firm: Firm, alice: App, bob: App, carol: App, made: Document
) -> None:
    await bob.put(f"/api/v1/lists/{made['id']}", exclusive=True)
    await bob.follow(alice)
    async with listening(firm, bob, "user") as socket:
        await socket.ask(type="subscribe", stream="list", list=made["id"])
        apart = await carol.say("For followers")
        at_home = await alice.say("For followers")
        in_community = await carol.say("@sites Night shifts?")

        found = await socket.some(4)

    assert [(one.stream[0], (one.payload["reblog"] or one.payload)["id"]) for one in found] == [
        ("list", apart["id"]),
        ("user", at_home["id"]),
        ("user", in_community["id"]),
        ("list", in_community["id"]),
    ]


async def test_home_is_heard_in_the_languages_that_were_chosen_of_a_follow(
    firm: Firm, alice: App, bob: App, carol: App, sites: Document
) -> None:
    """5.1: `update` leaves out what home would hide; 7: `languages` of a follow."""
    await bob.post(f"/api/v1/accounts/{carol.id}/follow", languages=["fr"])
    await bob.post(f"/api/v1/accounts/{sites['id']}/follow", languages=["fr", "de"])
    async with listening(firm, bob, "user") as socket:
        await carol.say("Good morning", language="en")
        french = await carol.say("Bonjour", language="fr")
        await alice.say("@sites Night shifts?", language="en")
        german = await alice.say("@sites Nachtschicht?", language="de")
        unsaid = await carol.say("Hm")
        await bob.post(f"/api/v1/accounts/{carol.id}/follow", languages=[])
        english = await carol.say("Good night", language="en")

        found = await socket.some(4)

    shown = [(one.payload["reblog"] or one.payload)["id"] for one in found]
    assert shown == [french["id"], german["id"], unsaid["id"], english["id"]]


async def test_a_hashtag_is_the_same_however_its_accent_is_written(firm: Firm, alice: App, sites: Document) -> None:
    async with listening(firm, alice) as socket:
        await socket.ask(type="subscribe", stream="hashtag", tag="Cafe\u0301")
        await alice.say("@sites Coffee? #café")

        heard = await socket.next()

    assert heard.stream == ("hashtag", "café")


async def test_null_and_what_is_not_known_in_a_message_are_passed_over(
    firm: Firm, bob: App, carol: App, made: Document
) -> None:
    """1.3, over a WebSocket: an error frame would end every subscription of masto.js."""
    async with listening(firm, bob) as socket:
        await socket.raw.send_json({"type": "subscribe", "stream": "user", "tag": None, "list": None, "more": {}})
        await socket.raw.send_json({"type": "subscribe", "stream": "list", "list": int(made["id"]), "tag": None})
        await socket.raw.send_bytes(b"no text")
        await socket.settle()
        said = await carol.say("For followers")

        assert await heard(socket, 2) == [("update", said["id"])] * 2
