"""Answers to a discreet question on open streams: to who asked, whom no row names (product J6, threats T242)."""

from datetime import timedelta

import pytest

from models.queries.rest import Choice
from models.writes import rest
from tests.server.mastodon.test_acting import acting
from tests.support.discreet import question_of, who_asks
from tests.support.firm import App, Document, Firm
from tests.support.listening import events, listening

TITLE = "How do I lead somebody who was my boss?"


@pytest.fixture
async def zelda(firm: Firm, alice: App, bob: App, sites: Document) -> App:
    return await who_asks(firm, sites)


@pytest.fixture
async def question(firm: Firm, zelda: App) -> Document:
    """One that zelda asked."""
    return await question_of(firm, zelda, TITLE, text="He sits beside me.")


async def test_an_answer_comes_on_the_open_streams_of_who_asked(
    firm: Firm, alice: App, bob: App, zelda: App, sites: Document, question: Document
) -> None:
    """T242: and on nobody else's, be it of who acts as the community."""
    desk, own = await acting(firm, alice, sites), ("user", "user:notification")
    async with (
        listening(firm, zelda, *own) as hers,
        listening(firm, desk, *own) as desks,
        listening(firm, bob, *own) as his,
    ):
        async with events(firm, zelda, "user/notification") as stream:
            answer = await bob.answer(question, "Talk to him.")
            heard = [*await hers.some(2), await stream.next()]
        await alice.follow(bob)
        ours = await desk.say("Our rules?")
        await bob.answer(ours, "Gladly.")

        others = {"desk": [await desks.next(), await desks.next()], "bob": [await his.next()]}

    assert {(one.event, one.payload["type"], one.payload["status"]["id"]) for one in heard} == {
        ("notification", "mention", answer["id"])
    }
    for name, found in others.items():
        assert answer["id"] not in repr(found), name


async def test_no_stream_tells_of_it_in_quiet_hours(
    firm: Firm, alice: App, bob: App, zelda: App, question: Document
) -> None:
    async with listening(firm, zelda, "user") as hers:
        async with firm.runtime.db.write() as tx:
            await rest.choose(tx, int(zelda.id), Choice(away_until=firm.clock.now() + timedelta(days=2)))
        await bob.answer(question, "Talk to him.")
        await alice.say("@sites Night shifts?")
        # What happened before that has been shown, to whom it may be.
        assert (await hers.next()).event == "update"
        async with firm.runtime.db.write() as tx:
            await rest.choose(tx, int(zelda.id), Choice())
        second = await bob.answer(question, "Or to his boss.")
        assert (await hers.next()).payload["status"]["id"] == second["id"]
