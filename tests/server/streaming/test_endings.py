"""How streams end: with their token, their account, their membership, the server; and readers who are too slow."""

import asyncio

from models.gate import Person
from models.signals import FILTERS
from models.writes import oauth
from server.actions import accounts
from server.actions.secret_hash import secret_hash
from server.streaming.connection import MAX_WAITING, MAX_WAITING_BYTES, Connection, Frame
from tests.support.firm import OPERATOR, App, Document, Firm
from tests.support.listening import all_gone, events, listening


async def test_a_stream_ends_with_its_token(firm: Firm, alice: App) -> None:
    """T143: this one at once, that of another token not."""
    other = App(alice.session, alice.port, await firm.token("alice", "read"), "alice", alice.id)
    async with listening(firm, alice, "user") as socket, listening(firm, other, "user") as kept:
        assert alice.token is not None
        async with firm.runtime.db.write() as tx:
            await oauth.revoke_token(tx, secret_hash(alice.token), firm.clock.now())

        assert await socket.closing() == 1008
        await kept.settle()


async def test_a_stream_ends_when_its_account_is_suspended(firm: Firm, alice: App, bob: App) -> None:
    """T120: over both kinds of streams."""
    async with listening(firm, bob, "user") as socket, events(firm, bob, "user") as stream:
        async with firm.runtime.db.write() as tx:
            await accounts.suspend(tx, firm.runtime, "bob", by=OPERATOR)
        await firm.hub.look()

        assert await socket.closing() == 1008
        assert await stream.line() == ""


async def test_the_stream_of_a_list_ends_with_the_membership(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """T153. A WebSocket stays open for its other streams."""
    (kept,) = await bob.get("/api/v1/lists")
    async with events(firm, bob, "list", list=kept["id"]) as stream, listening(firm, bob, "public") as socket:
        await socket.ask(type="subscribe", stream="list", list=kept["id"])
        await bob.post(f"/api/v1/accounts/{sites['id']}/unfollow")
        await firm.hub.look()
        await alice.say("@sites Night shifts?")
        await alice.say("@sites Day shifts?")

        assert await stream.line() == ""
        assert [one.stream for one in await socket.some(2)] == [("public",), ("public",)]


async def test_when_the_server_stops_clients_are_told_to_come_again(firm: Firm, alice: App) -> None:
    """T215."""
    async with listening(firm, alice, "user") as socket, events(firm, alice, "user") as stream:
        firm.hub.end_all()

        assert await socket.closing() == 1001
        assert await stream.line() == "retry: 5000\n"
        await all_gone(firm.hub)


def a_connection() -> Connection:
    return Connection(Person(1), 1, frozenset(), beat_seconds=30, now=0)


def test_a_reader_may_be_behind_by_so_many_frames_and_not_by_one_more() -> None:
    connection, cuts = a_connection(), []
    connection.cut_off = lambda: cuts.append("cut")
    frame = Frame(["user"], "delete", "1")

    assert all(connection.send(frame) for _ in range(MAX_WAITING))
    assert (connection.is_cut, cuts) == (False, [])
    assert not connection.send(frame)
    assert (connection.is_cut, cuts) == (True, ["cut"])


def test_a_reader_may_be_behind_by_so_many_bytes_and_not_by_one_more() -> None:
    frame = Frame(["user"], "update", "x")
    exact = Frame(["user"], "update", "x" * (MAX_WAITING_BYTES - frame.size * 2 + 1))
    behind, further = a_connection(), a_connection()

    assert exact.size + frame.size == MAX_WAITING_BYTES
    assert behind.send(exact)
    assert behind.send(frame)
    assert further.send(exact)
    assert further.send(Frame(["user"], "update", "xx")) is False


async def test_a_slow_reader_is_cut_off_and_the_others_are_not(firm: Firm, alice: App, bob: App) -> None:
    """What one client does not read costs a bounded amount of memory."""
    async with listening(firm, bob, "user") as slow, listening(firm, alice, "user") as quick:
        sender = slow.raw._writer.transport
        assert sender is not None
        sender.pause_reading()
        (connection,) = [one for one in firm.hub.connections if one.person.actor_id == int(bob.id)]
        frame = Frame(["user"], "update", "x" * 100_000)
        # More than the sockets of this machine hold between two processes.
        for _ in range(400):
            connection.send(frame)
            await asyncio.sleep(0)
        async with firm.runtime.db.write() as tx:
            tx.signal(FILTERS, int(alice.id))

        assert (await quick.next()).event == "filters_changed"
        assert connection.is_cut
        sender.resume_reading()
        assert await slow.closing() == 1006
