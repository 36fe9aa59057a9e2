"""What streams cost: a fixed number of statements however many listen, and none to whoever publishes."""

from contextlib import AsyncExitStack

from models.signals import PLACED, Signal
from tests.support.firm import App, Document, Firm
from tests.support.listening import Socket, listening
from tests.support.statements import counted

READS = 6
"""Who may see it, the entry, the people in it, their counts; and, with a notification, which."""


async def showing(firm: Firm, people: list[App], said: Document) -> list[str]:
    """The statements that it takes to show an entry to these people, until all have heard."""
    (entry,) = [one["id"] for one in await people[0].get("/api/v1/timelines/home") if one["reblog"]["id"] == said["id"]]
    async with AsyncExitStack() as stack:
        sockets: list[Socket] = [
            await stack.enter_async_context(listening(firm, one, "user", "public")) for one in people
        ]
        # Nobody's profile is remembered from before.
        firm.clock.advance(hours=1)
        with counted(firm.runtime.db) as found:
            firm.hub.take([Signal(PLACED, int(entry))])
            for socket in sockets:
                await socket.some(2)
    return [one for one in found.statements if "oauth_tokens" not in one]


async def test_a_post_costs_the_same_whoever_many_hear_of_it(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    said = await alice.say("@sites Night shifts?")
    people = [bob]
    few = await showing(firm, people, said)
    for number in range(12):
        people.append(await firm.person(f"person{number}"))
        await people[-1].follow(sites)

    many = await showing(firm, people, said)

    assert len(many) == len(few) <= READS, many


async def test_with_nobody_listening_nothing_is_asked(firm: Firm, alice: App, sites: Document) -> None:
    with counted(firm.runtime.db) as found:
        await alice.say("@sites One")

    assert not any("AS placed" in one for one in found.statements)


async def test_looking_after_streams_costs_two_statements(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    async with listening(firm, alice, "user"), listening(firm, bob, "user", "public") as socket:
        (kept,) = await bob.get("/api/v1/lists")
        await socket.ask(type="subscribe", stream="list", list=kept["id"])
        with counted(firm.runtime.db) as found:
            await firm.hub.look()

    # The server itself looks every two seconds, perhaps just now.
    assert len(set(found.statements)) == 2
