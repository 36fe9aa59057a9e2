"""What a community hears that acts by a token of its own: what is written in it, and what it is told (11.5)."""

from collections import Counter
from datetime import timedelta

import pytest

from models.communities import MEMBER_ROLE, MODERATOR_ROLE
from models.queries.rest import Choice
from models.writes import rest
from tests.server.mastodon.test_acting import acting, give_role
from tests.support.firm import App, Document, Firm
from tests.support.listening import events, listening


@pytest.fixture
async def desk(firm: Firm, alice: App, sites: Document) -> App:
    """The community's own token, in the hands of its host."""
    return await acting(firm, alice, sites)


async def test_it_hears_what_is_written_in_it_and_nothing_else(
    firm: Firm, alice: App, bob: App, sites: Document, desk: App
) -> None:
    """5.1, R4: not what open communities show to all of the firm, nor what the person behind hears."""
    await firm.community("roads", host=alice)
    said = await desk.say("Rules of the house")
    async with listening(firm, desk, "user", "public") as socket, listening(firm, alice, "user:notification") as other:
        await alice.say("@roads For all of the firm")
        await bob.follow(alice)
        here = await bob.say("@sites Where is the key?")
        heard = await socket.some(2)
        reply = await bob.answer(said, "Gladly")
        await bob.put(f"/api/v1/statuses/{here['id']}", status="@sites Where is the red key?")
        heard += await socket.some(3)
        await bob.delete(f"/api/v1/statuses/{here['id']}")
        heard += await socket.some(4)
        told = await other.next()

    counts = Counter((one.stream[0], one.event) for one in heard)
    assert counts == {
        ("user", "notification"): 1,
        **{(name, event): 1 for name in ("user", "public") for event in ("update", "status.update")},
        # The post, and what showed it.
        **{(name, "delete"): 2 for name in ("user", "public")},
    }
    wrapper = next(one.payload for one in heard if one.event == "update")
    notice = next(one.payload for one in heard if one.event == "notification")
    assert (wrapper["account"]["id"], wrapper["reblog"]["id"]) == (sites["id"], here["id"])
    assert wrapper["reblog"]["reblogged"] is True
    assert (notice["type"], notice["status"]["id"]) == ("mention", reply["id"])
    assert (told.payload["type"], told.payload["account"]["id"]) == ("follow", bob.id)


async def test_it_hears_of_a_closed_community_what_members_hear(firm: Firm, alice: App) -> None:
    """5.2: over server-sent events as well."""
    halls = await firm.community("halls", host=alice, visibility="private")
    desk = await acting(firm, alice, halls)
    async with events(firm, desk, "user") as stream:
        said = await alice.say("@halls Among us")
        heard = [await stream.next()]
        await alice.delete(f"/api/v1/statuses/{said['id']}")
        heard.append(await stream.next())

    assert (heard[0].event, heard[0].payload["reblog"]["id"], heard[1].event) == ("update", said["id"], "delete")


async def test_who_waits_to_be_let_in_hears_nothing_of_it(firm: Firm, alice: App, bob: App) -> None:
    """T036: what comes after it is heard."""
    board = await firm.community("board", host=alice, visibility="on-request")
    await firm.community("roads", host=alice)
    wish = await bob.post(f"/api/v1/accounts/{board['id']}/follow")
    async with listening(firm, bob, "user", "public") as socket:
        await alice.say("@board Among us")
        await alice.say("@roads For all of the firm")
        (heard,) = await socket.some(1)

    assert (wish["requested"], wish["following"]) == (True, False)
    assert (heard.event, "For all of the firm" in heard.payload["content"]) == ("update", True)


async def test_its_stream_ends_with_the_role(firm: Firm, alice: App, bob: App, sites: Document, desk: App) -> None:
    """T120: of whoever acted by it, and of nobody else."""
    await give_role(firm, alice, sites, bob, MODERATOR_ROLE)
    other = await acting(firm, bob, sites)
    async with listening(firm, other, "user") as socket, listening(firm, desk, "user") as kept:
        await give_role(firm, alice, sites, bob, MEMBER_ROLE)
        await firm.hub.look()

        assert await socket.closing() == 1008
        await kept.settle()


async def test_nobody_is_alerted_through_it_while_they_are_away(
    firm: Firm, alice: App, bob: App, sites: Document, desk: App
) -> None:
    """Product section 7: in whatever app; who is there hears of it. What is said comes as it is said."""
    await give_role(firm, alice, sites, bob, MODERATOR_ROLE)
    away = await acting(firm, bob, sites)
    async with firm.runtime.db.write() as tx:
        await rest.choose(tx, int(bob.id), Choice(away_until=firm.clock.now() + timedelta(days=2)))
    said = await desk.say("Rules of the house")
    carl = await firm.person("carl")
    await carl.follow(sites)
    async with listening(firm, desk, "user") as present, listening(firm, away, "user") as absent:
        await carl.answer(said, "Gladly")
        await carl.say("@sites Where is the key?")

        heard = [one.event for one in await present.some(2)]
        assert sorted(heard) == ["notification", "update"]
        assert (await absent.next()).event == "update"
