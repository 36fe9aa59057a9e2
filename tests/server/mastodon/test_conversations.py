"""Conversations: private posts by thread and by who takes part; each person's own (client API sections 4 and 7)."""

import pytest

from tests.support.firm import App, Document, Firm
from tests.support.firm import clock_at_work as clock
from tests.support.listening import listening

__all__ = ["clock"]

PATH = "/api/v1/conversations"


@pytest.fixture
async def carol(firm: Firm) -> App:
    """A colleague."""
    return await firm.person("carol")


async def whisper(app: App, text: str, **fields: str) -> Document:
    return await app.say(text, visibility="direct", **fields)


def shown(conversation: Document) -> tuple[str, bool, list[str]]:
    return (
        conversation["last_status"]["id"],
        conversation["unread"],
        [account["username"] for account in conversation["accounts"]],
    )


async def test_a_private_post_and_its_answer_are_one_conversation_for_both(alice: App, bob: App) -> None:
    first = await whisper(alice, "@bob A word?")
    (hers,), (his,) = await alice.get(PATH), await bob.get(PATH)
    answer = await whisper(bob, "@alice Gladly", in_reply_to_id=first["id"])
    (hers_then,), (his_then,) = await alice.get(PATH), await bob.get(PATH)

    assert shown(hers) == (first["id"], False, ["bob"])
    assert shown(his) == (first["id"], True, ["alice"])
    assert shown(hers_then) == (answer["id"], True, ["bob"])
    assert shown(his_then) == (answer["id"], False, ["alice"])
    assert (hers["id"], his["id"]) == (hers_then["id"], his_then["id"])
    assert hers["id"] != his["id"]


async def test_what_others_may_read_is_no_conversation(alice: App, bob: App, sites: Document) -> None:
    await alice.say("@bob For everybody who follows me")
    await alice.say("@sites @bob For the community")

    assert await alice.get(PATH) == await bob.get(PATH) == []


async def test_other_people_in_the_same_thread_are_another_conversation(alice: App, bob: App, carol: App) -> None:
    opening = await alice.say("@bob @carol What do you think?")
    await whisper(bob, "@alice I say it to you alone", in_reply_to_id=opening["id"])
    await whisper(carol, "@alice So do I", in_reply_to_id=opening["id"])

    hers = await alice.get(PATH)

    assert [shown(one)[2] for one in hers] == [["carol"], ["bob"]]
    assert len(await bob.get(PATH)) == len(await carol.get(PATH)) == 1


async def test_talking_to_oneself_shows_oneself(alice: App) -> None:
    note = await whisper(alice, "To remember")

    (own,) = await alice.get(PATH)

    assert shown(own) == (note["id"], False, ["alice"])


async def test_a_conversation_is_read_unread_and_read_again(firm: Firm, alice: App, bob: App) -> None:
    await whisper(alice, "@bob A word?")
    (his,) = await bob.get(PATH)

    read = await bob.post(f"{PATH}/{his['id']}/read")
    unread = await bob.post(f"{PATH}/{his['id']}/unread")
    (listed,) = await bob.get(PATH)

    assert (read["unread"], unread["unread"], listed["unread"]) == (False, True, True)
    (hers,) = await alice.get(PATH)
    assert hers["unread"] is False


async def test_nobody_marks_or_deletes_the_conversation_of_another(alice: App, bob: App, carol: App) -> None:
    """T128."""
    await whisper(alice, "@bob A word?")
    (his,) = await bob.get(PATH)

    tries = [
        await app.call(method, f"{PATH}/{his['id']}{what}")
        for app in (alice, carol)
        for method, what in (("POST", "/read"), ("POST", "/unread"), ("DELETE", ""))
    ]

    assert {(one.status, one.error) for one in tries} == {(404, "Record not found")}
    (still,) = await bob.get(PATH)
    assert still == his


async def test_a_deleted_conversation_comes_back_with_the_next_word(alice: App, bob: App) -> None:
    first = await whisper(alice, "@bob A word?")
    (his,) = await bob.get(PATH)

    gone = await bob.delete(f"{PATH}/{his['id']}")
    after = await bob.get(PATH)
    again = await whisper(alice, "@bob Are you there?", in_reply_to_id=first["id"])
    (back,) = await bob.get(PATH)

    assert (gone, after) == ({}, [])
    assert shown(back) == (again["id"], True, ["alice"])
    assert (await bob.get(f"/api/v1/statuses/{first['id']}"))["id"] == first["id"]


async def test_when_the_last_word_is_deleted_the_one_before_it_is_the_last(alice: App, bob: App) -> None:
    first = await whisper(alice, "@bob A word?")
    second = await whisper(alice, "@bob Or two?", in_reply_to_id=first["id"])

    await alice.delete(f"/api/v1/statuses/{second['id']}")
    (his,) = await bob.get(PATH)
    await alice.delete(f"/api/v1/statuses/{first['id']}")

    assert shown(his)[0] == first["id"]
    assert await bob.get(PATH) == await alice.get(PATH) == []


async def test_an_edit_that_names_somebody_else_moves_the_post_to_another_conversation(
    alice: App, bob: App, carol: App
) -> None:
    said = await whisper(alice, "@bob A word?")

    await alice.put(f"/api/v1/statuses/{said['id']}", status="@carol A word?")

    assert await bob.get(PATH) == []
    assert [shown(one)[2] for one in await carol.get(PATH)] == [["alice"]]
    assert [shown(one)[2] for one in await alice.get(PATH)] == [["carol"]]


async def test_who_is_blocked_is_met_in_no_conversation(alice: App, bob: App) -> None:
    await whisper(alice, "@bob A word?")

    await bob.post(f"/api/v1/accounts/{alice.id}/block")

    assert await bob.get(PATH) == []


async def test_conversations_are_paged_by_their_last_word(alice: App, bob: App) -> None:
    said = [await whisper(alice, f"@bob Word {number}") for number in range(5)]

    pages = await bob.walk(f"{PATH}?limit=2")
    back = await bob.walk_back(pages[-1])

    ids = [one["last_status"]["id"] for page in pages for one in page.document]
    assert ids == [one["id"] for one in reversed(said)]
    assert {one["last_status"]["id"] for page in back for one in page.document} == set(ids)


async def test_the_direct_stream_carries_what_is_said_to_each_who_takes_part(
    firm: Firm, alice: App, bob: App, carol: App
) -> None:
    async with (
        listening(firm, alice, "direct") as hers,
        listening(firm, bob, "direct", "user") as his,
        listening(firm, carol, "direct") as others,
    ):
        said = await whisper(alice, "@bob A word?")
        to_her = await hers.next()
        to_him = await his.some(2)
        for_carol = await whisper(alice, "@carol And you?")
        to_carol = await others.next()

    assert (to_her.stream, to_her.event, shown(to_her.payload)) == (
        ("direct",),
        "conversation",
        (said["id"], False, ["bob"]),
    )
    assert {(one.stream, one.event) for one in to_him} == {(("direct",), "conversation"), (("user",), "notification")}
    assert shown(to_carol.payload) == (for_carol["id"], True, ["alice"])
