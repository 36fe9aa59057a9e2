"""Storms, great audiences, dead partners and odd words: what each costs is counted (threats sections 7 and 13)."""

import asyncio
import json

import asyncpg
from aiohttp import web
from sqlalchemy import func, select

from models.inbox import InboxActivity
from models.outbox import Delivery, DeliveryQueue
from models.peers import Peer
from tests.instances.conftest import ON_SQLITE
from tests.instances.scene import INBOX, Scene
from tests.instances.test_restarts import ON_POSTGRESQL
from tests.load.world import World
from tests.support.fake_peer import FakeActor, FakePeer, Hosts, Serve, document
from tests.support.instances import Instance
from tests.support.ports import free_port
from tests.support.signing import rsa_key
from tests.support.waiting import until

_CUT_AND_GONE = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
"""Answers when the other side of each connection has ended, so that whoever asks next can know of it."""

STORM = 200
MEMBERS, MEMBER_HOSTS = 5_000, 800
DEAD = 40
ODD = [
    "\u0000 nothing",
    "half a pair \ud83d",
    "\u202e turned round \u2066",
    "\ufffe\uffff",
    "</script>]]>&#0;",
    '"\\u0000\\',
    "e" + "\u0301" * 400,
    "\U0001f469\u200d\U0001f4bb " * 50,
    "@" * 300 + " #" * 300,
    "x" * 4_000,
]


def stranger(partner: FakePeer, number: int) -> FakeActor:
    """Somebody whose document is not there (any more)."""
    return FakeActor(partner, f"gone{number}", "Person", rsa_key("gone"))


@ON_SQLITE
async def test_farewells_of_people_who_were_never_known_cost_no_row_and_no_request(
    home: Instance, partner: FakePeer
) -> None:
    """T091."""
    people = [stranger(partner, number) for number in range(STORM)]

    answers = [await one.post(INBOX, one.activity("Delete", object=one.uri)) for one in people]

    assert {answer.status for answer in answers} == {202}
    assert partner.asked == []
    assert await home.rows(select(func.count()).select_from(InboxActivity)) == [(0,)]


@ON_SQLITE
async def test_a_key_that_cannot_be_had_is_asked_for_once_in_ten_minutes(home: Instance, partner: FakePeer) -> None:
    """T092: whatever is signed with it meanwhile is refused without a request."""
    gone = stranger(partner, 0)

    for _ in range(20):
        assert (await gone.post(INBOX, gone.activity("Like", object="http://alpha.test/objects/1"))).status == 401
    asked = len(partner.asked)
    home.clock.advance(minutes=9)
    await gone.post(INBOX, gone.activity("Like", object="http://alpha.test/objects/1"))

    assert asked <= 2
    assert len(partner.asked) == asked


@ON_SQLITE
async def test_many_unknown_keys_are_asked_for_two_at_a_time_and_the_others_told_to_come_again(
    home: Instance, partner: FakePeer
) -> None:
    """T092: at one allowed host, all at once; those that were refused are taken in when they come again."""
    people = [partner.actor(f"new{number}", key=rsa_key("new")) for number in range(30)]
    gate = Gate()
    for one in people:
        partner.serve(f"/users/{one.name}", gate.before(document(one.document)))
    likes = [one.activity("Like", object="http://alpha.test/objects/1") for one in people]
    sent = [asyncio.ensure_future(one.post(INBOX, like)) for one, like in zip(people, likes, strict=True)]

    async def others_are_answered() -> bool:
        return (sum(one.done() for one in sent), len(partner.asked)) == (len(sent) - 2, 2)

    await until(others_are_answered)
    early = [one.result() for one in sent if one.done()]
    gate.open()
    late = [answer.status for answer in await asyncio.gather(*sent) if answer not in early]

    assert {answer.status for answer in early} == {503}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in early)
    assert (late, gate.most, len(partner.asked)) == ([202, 202], 2, 2)
    again = [(await one.post(INBOX, like)).status for one, like in zip(people, likes, strict=True)]
    assert set(again) == {202}


@ON_SQLITE
async def test_a_key_that_does_not_fit_is_read_again_once_in_five_minutes(home: Instance, partner: FakePeer) -> None:
    """T092, signatures 4.3: a known key causes one more request, however often something is signed wrongly by it."""
    bob = partner.actor("bob")
    other = FakeActor(partner, "bob", "Person", rsa_key("other"))
    await bob.post(INBOX, bob.activity("Like", object="http://alpha.test/objects/1"))
    known = len(partner.asked)

    for _ in range(20):
        assert (await other.post(INBOX, other.activity("Like", object="http://alpha.test/objects/1"))).status == 401
    asked = len(partner.asked)
    home.clock.advance(minutes=6)
    await other.post(INBOX, other.activity("Like", object="http://alpha.test/objects/1"))

    assert known <= 2
    assert (asked - known, len(partner.asked) - asked) == (1, 1)


class Gate:
    """Keeps answers back until it is opened, and counts how many wait at once."""

    def __init__(self) -> None:
        self._opened = asyncio.Event()
        self._waiting = 0
        self.most = 0

    def open(self) -> None:
        self._opened.set()

    def before(self, answer: Serve) -> Serve:
        async def serve(request: web.BaseRequest) -> web.StreamResponse:
            self._waiting += 1
            self.most = max(self.most, self._waiting)
            await self._opened.wait()
            self._waiting -= 1
            return await answer(request)

        return serve


@ON_SQLITE
async def test_a_post_for_thousands_is_one_delivery_for_each_of_their_hosts(ours: Scene) -> None:
    """T099."""
    home = ours.home
    hosts = [f"h{number}.test" for number in range(MEMBER_HOSTS)]
    await home.allow(*hosts)
    world = World(home.db)
    members = await world.people(
        [f"http://{hosts[number % MEMBER_HOSTS]}/users/m{number}" for number in range(MEMBERS)]
    )
    await world.join(await world.actor_id("/communities/sites"), members)

    await ours.alice.say("@sites For all of you")

    owed = await home.rows(
        select(Peer.host, func.count()).join(Delivery, Delivery.peer_id == Peer.id).group_by(Peer.host)
    )
    assert {host: count for host, count in owed if host in hosts} == dict.fromkeys(hosts, 1)


@ON_SQLITE
async def test_dead_partners_are_tried_as_scheduled_and_hold_up_nobody(
    alpha: Instance, partner: FakePeer, hosts: Hosts
) -> None:
    """T218: a try for each host and not for each row, while a living one gets everything."""
    dead = [f"dead{number}.test" for number in range(DEAD)]
    hosts |= dict.fromkeys(dead, ("127.0.0.1", free_port()))
    async with alpha.running():
        await alpha.allow("partner.test", *dead)
        alice = await alpha.person("alice")
        await alpha.community("sites", host=alice)
        world = World(alpha.db)
        people = await world.people([f"http://{host}/users/maya" for host in [*dead, "partner.test"]])
        await world.join(await world.actor_id("/communities/sites"), people)

        for number in range(10):
            await alice.say(f"@sites Question {number}")

        async def living_has_all() -> bool:
            return len({asked.document["object"]["id"] for asked in partner.asked_for("/inbox")}) == 10

        async def tries() -> set[int]:
            attempts = select(DeliveryQueue.attempt).join(Peer, Peer.id == DeliveryQueue.peer_id)
            return {row[0] for row in await alpha.rows(attempts.where(Peer.host.in_(dead)))}

        async def all_tried(times: int) -> bool:
            return await tries() == {times}

        await until(living_has_all)
        await until(lambda: all_tried(1))
        alpha.clock.advance(seconds=61)
        alpha.nudge()
        await until(lambda: all_tried(2))
        left = select(func.count()).select_from(Delivery).join(Peer, Peer.id == Delivery.peer_id)
        assert await alpha.rows(left.where(Peer.host.in_(dead))) == [(DEAD * 10,)]


@ON_SQLITE
async def test_odd_words_of_our_people_hold_up_nothing_that_is_sent(alpha: Instance, partner: FakePeer) -> None:
    """T201: taken or refused, they leave deliveries that a peer can read, and the next one comes."""
    async with alpha.running():
        await alpha.allow("partner.test")
        alice = await alpha.person("alice")
        await alpha.community("sites", host=alice)
        world = World(alpha.db)
        await world.join(
            await world.actor_id("/communities/sites"), await world.people(["http://partner.test/users/maya"])
        )
        partner.serve("/inbox", document(b"", status=202))

        for odd in ODD:
            for fields in (
                {"status": f"@sites {odd}"},
                {"status": "@sites Fine", "spoiler_text": odd, "language": odd},
            ):
                answer = await alice.call("POST", "/api/v1/statuses", json=fields)
                assert answer.status in (200, 400, 422), (fields, answer)
            named = {"display_name": odd, "note": odd}
            answer = await alice.call("PATCH", "/api/v1/accounts/update_credentials", json=named)
            assert answer.status in (200, 400, 422), (named, answer)
        await alice.say("@sites The last word")
        await alpha.at_rest()

    read = [json.loads(asked.body) for asked in partner.asked_for("/inbox")]
    assert "The last word" in json.dumps(read[-1]) or "The last word" in json.dumps(read[-2])
    assert await dead_letters_of(alpha) == []


async def dead_letters_of(alpha: Instance) -> list[tuple[int | None, str]]:
    async with alpha.running("web"):
        return await alpha.dead_letters()


@ON_POSTGRESQL
async def test_a_database_that_hangs_up_is_connected_to_again_and_nothing_is_half_done(ours: Scene) -> None:
    """T210: every connection is cut between two requests and in the middle of them."""
    home, said = ours.home, 0
    operator = await asyncpg.connect(
        home.db.engine.sync_engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    )

    for number in range(6):
        asking = asyncio.ensure_future(
            ours.alice.call("POST", "/api/v1/statuses", json={"status": f"@sites Question {number}"})
        )
        await asyncio.sleep(0)
        await operator.execute(_CUT_AND_GONE)
        answer = await asking
        assert answer.status in (200, 503), answer
        said += answer.status == 200
    # What the last question opened after the cut: this time nothing is in the middle, so the next one meets no cut.
    await operator.execute(_CUT_AND_GONE)
    await operator.close()
    await ours.alice.say("@sites At last")

    threads = [status["content"] for status in await ours.alice.threads("Sites")]
    assert len(threads) >= said + 1
