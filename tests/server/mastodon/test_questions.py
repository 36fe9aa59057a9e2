"""Questions from an app: what makes one, and accepting an answer by a reply that is not published (product J5)."""

import pytest
from sqlalchemy import select

from models.posts import Post
from tests.support.firm import App, Document, Firm

STATUSES = "/api/v1/statuses"


async def stored(firm: Firm, status: Document) -> tuple[bool, str | None]:
    """Whether it is a question, and the id of the accepted answer."""
    async with firm.runtime.db.read() as tx:
        query = select(Post.is_question, Post.answer_id).where(Post.id == int(status["id"]))
        is_question, answer_id = (await tx.select(query)).one()
    return is_question, str(answer_id) if answer_id else None


@pytest.mark.parametrize(
    ("text", "is_question"),
    [
        ("@sites Who does nights?", True),
        ("@sites Who does nights ?\n\nMore about it.", True),
        ("@sites Nights\n\nWho knows?", False),
        ("@sites Nights #question", True),
        ("@sites We do nights", False),
        ("Who does nights?", False),
        ("@sites " + "long " * 40 + "title?", True),
    ],
)
async def test_a_title_that_asks_or_the_hashtag_makes_a_question(
    firm: Firm, alice: App, sites: Document, text: str, is_question: bool
) -> None:
    assert await stored(firm, await alice.say(text)) == (is_question, None)


async def test_an_edit_can_make_a_question_of_a_thread(firm: Firm, alice: App, sites: Document) -> None:
    status = await alice.say("@sites Nights")
    await alice.put(f"{STATUSES}/{status['id']}", status="@sites Nights?")

    assert await stored(firm, status) == (True, None)


@pytest.mark.parametrize("text", ["#accepted", "#retenue", "@bob #Accepted", "@bob@home.test  #RETENUE !"])
async def test_who_asked_accepts_by_a_reply_that_is_not_published(
    firm: Firm, alice: App, bob: App, sites: Document, text: str
) -> None:
    asked = await alice.say("@sites Who does nights?")
    answer = await bob.answer(asked, "We do")

    answered = await alice.answer(answer, text)

    assert answered["id"] == answer["id"]
    assert await stored(firm, asked) == (True, answer["id"])
    context = await bob.get(f"{STATUSES}/{asked['id']}/context")
    assert [one["id"] for one in context["descendants"]] == [answer["id"]]
    told = await bob.get("/api/v1/notifications", **{"types[]": "favourite"})
    assert [(one["account"]["acct"], one["status"]["id"]) for one in told] == [("alice", answer["id"])]


async def test_another_answer_takes_its_place_and_a_deleted_one_leaves_none(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    asked = await alice.say("@sites Who does nights?")
    first, second = await bob.answer(asked, "We do"), await bob.answer(asked, "They do")
    await alice.answer(first, "#accepted")
    await alice.answer(second, "#accepted")
    await alice.answer(second, "#accepted")
    assert await stored(firm, asked) == (True, second["id"])

    await bob.delete(f"{STATUSES}/{second['id']}")

    assert await stored(firm, asked) == (True, None)


async def test_nobody_else_accepts_and_nothing_is_published_then(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    asked = await bob.say("@sites Who does nights?")
    answer = await alice.answer(asked, "We do")
    alone = await bob.say("Outside")

    by_host = await alice.call("POST", STATUSES, json={"status": "#accepted", "in_reply_to_id": answer["id"]})
    itself = await bob.call("POST", STATUSES, json={"status": "#accepted", "in_reply_to_id": asked["id"]})
    outside = await bob.call("POST", STATUSES, json={"status": "#accepted", "in_reply_to_id": alone["id"]})

    assert (by_host.status, by_host.error) == (403, "Only who asked accepts an answer")
    assert [(one.status, one.error[:28]) for one in (itself, outside)] == [(422, "Only an answer in a thread o")] * 2
    assert await stored(firm, asked) == (True, None)


async def test_words_beside_the_hashtag_are_an_ordinary_reply(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    asked = await alice.say("@sites Who does nights?")
    answer = await bob.answer(asked, "We do")

    reply = await alice.answer(answer, "Thanks, that is #accepted here")

    assert reply["id"] != answer["id"]
    assert await stored(firm, asked) == (True, None)
