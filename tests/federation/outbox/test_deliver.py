"""Working off what one peer is owed, over real connections: order, what each answer leads to, and whom it stops."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from federation.outbox.deliver import Owed, Payload, PeerDelivery, Report
from federation.outbox.retry import REFUSALS_BEFORE_PAUSE, Health
from federation.runtime import Budget
from federation.signatures.message import SignedRequest
from federation.signatures.verify import confirm, examine
from federation.signatures.ways import BY_ED25519, BY_RSA
from federation.sync import FollowerDigests
from models.queries import actors
from tests.federation.inbox.cast import ON_SQLITE
from tests.support.api import Api
from tests.support.ed25519 import TAKES_ED25519, TAKES_RFC9421, announces
from tests.support.fake_peer import FakePeer, document
from tests.support.instances import Instance

pytestmark = ON_SQLITE

DIGEST = "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o="
"""Of the body that every delivery here has."""


@dataclass
class Outbox:
    """What alice owes partner.test."""

    home: Instance
    alice_id: int
    made: int = 0
    over: list[int] = field(default_factory=list)

    def owed(self, *, order_key: int = 1, inbox: str = "http://partner.test/inbox", days_old: float = 0) -> Owed:
        """One more delivery."""
        self.made += 1
        payload = Payload(self.made, f"http://alpha.test/activities/{self.made}", self.alice_id, b"{}", DIGEST)
        at = self.home.clock.now() - timedelta(days=days_old)
        return Owed(self.made, 1, order_key, payload, inbox, at)

    async def deliver(self, owed: Sequence[Owed], health: Health | None = None) -> Report:
        """Send all of it."""
        services = self.home.services
        peer = await services.peers.decide("partner.test")
        assert peer is not None
        delivery = PeerDelivery(
            services.runtime, services.key_ring, services.peers, peer,
            health=health or Health(), slots=asyncio.Semaphore(64), on_done=self.over.append,
            digests=FollowerDigests(services.runtime),
        )  # fmt: skip
        return await delivery.run(list(owed))


@pytest.fixture
async def outbox(home: Instance, alice: Api) -> Outbox:
    async with home.db.read() as tx:
        actor = await actors.by_uri(tx, "http://alpha.test/users/alice")
    assert actor is not None
    return Outbox(home, actor.id)


class Counting:
    """Answers nothing before so many requests are under way, then each after a while in which more could come."""

    def __init__(self, expected: int) -> None:
        self.under_way = 0
        self.most = 0
        self._expected = expected
        self._are_there = asyncio.Event()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        if self.most >= self._expected:
            self._are_there.set()
        await self._are_there.wait()
        for _ in range(50):
            await asyncio.sleep(0)
        await asyncio.sleep(0.02)
        self.under_way -= 1
        return web.Response(status=202)


@pytest.mark.parametrize(("keys", "most"), [([1] * 6, 1), ([1, 2, 3, 4, 5, 6], 2), ([1, 1, 1, 2, 2, 2], 2)])
async def test_two_are_under_way_and_never_two_of_one_key(
    outbox: Outbox, partner: FakePeer, keys: list[int], most: int
) -> None:
    """Architecture 7, threats 2.2"""
    counting = Counting(most)
    partner.serve("/inbox", counting)

    report = await outbox.deliver([outbox.owed(order_key=key) for key in keys])

    assert counting.most == most
    assert sorted(outbox.over) == sorted(report.delivered) == [1, 2, 3, 4, 5, 6]


async def test_what_has_one_key_arrives_in_order(outbox: Outbox, partner: FakePeer) -> None:
    """Architecture 7"""
    await outbox.deliver([outbox.owed(order_key=number % 2) for number in range(10)])

    for key in (0, 1):
        assert [number for number in outbox.over if (number - 1) % 2 == key] == list(range(key + 1, 11, 2))


@pytest.mark.parametrize("status", [400, 401])
async def test_a_refused_signature_is_tried_in_the_other_scheme_and_remembered(
    outbox: Outbox, partner: FakePeer, status: int
) -> None:
    """Architecture 7, signatures: the second knock."""

    async def only_rfc9421(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=202 if "Signature-Input" in request.headers else status)

    partner.serve("/inbox", only_rfc9421)

    report = await outbox.deliver([outbox.owed(), outbox.owed()])

    schemes = ["rfc9421" if "Signature-Input" in asked.headers else "cavage" for asked in partner.asked_for("/inbox")]
    assert schemes == ["cavage", "rfc9421", "rfc9421"]
    assert report.delivered == [1, 2]
    assert outbox.home.services.peers.known_way("partner.test") == BY_RSA


async def test_who_refuses_both_schemes_is_remembered_for_neither(outbox: Outbox, partner: FakePeer) -> None:
    partner.serve("/inbox", document({}, status=401))

    report = await outbox.deliver([outbox.owed()])

    assert [(status, owed.id) for owed, status, _ in report.dead] == [(401, 1)]
    assert len(partner.asked_for("/inbox")) == 2
    assert outbox.home.services.peers.known_way("partner.test") is None


async def announced(outbox: Outbox, partner: FakePeer, *links: str) -> None:
    """Read a document of the partner that says what it takes."""
    bob = partner.actor("bob")
    announces(bob, *links)
    await outbox.home.services.directory.fetch(bob.uri, Budget())
    outbox.home.clock.advance(seconds=2)
    await outbox.home.services.peers.refresh()


def ways(partner: FakePeer) -> list[str]:
    """How each delivery was signed."""
    return [_way(asked.headers) for asked in partner.asked_for("/inbox")]


def _way(headers: Mapping[str, str]) -> str:
    signature_input = headers.get("Signature-Input")
    if signature_input is None:
        return "cavage"
    return "ed25519" if "#ed25519-key" in signature_input else "rsa"


@pytest.mark.parametrize(
    ("links", "expected"),
    [((TAKES_RFC9421, TAKES_ED25519), "ed25519"), ((TAKES_RFC9421,), "rsa"), ((), "cavage")],
)
async def test_what_a_peer_announces_is_tried_first(
    outbox: Outbox, partner: FakePeer, links: tuple[str, ...], expected: str
) -> None:
    """Signatures 1 and 3.5, FEP-844e."""
    await announced(outbox, partner, *links)

    await outbox.deliver([outbox.owed()])

    assert ways(partner) == [expected]


async def test_a_signature_by_ed25519_is_of_the_senders_own_key(outbox: Outbox, partner: FakePeer) -> None:
    await announced(outbox, partner, TAKES_ED25519)

    await outbox.deliver([outbox.owed()])

    (asked,) = partner.asked_for("/inbox")
    keys = await outbox.home.services.key_ring.both_of(outbox.alice_id)
    headers = tuple((name.lower(), value) for name, value in asked.headers.items())
    request = SignedRequest("POST", asked.target, "partner.test", "http", headers, asked.body)
    claim = examine(request, own_authority="partner.test", now=outbox.home.clock.now())
    assert claim.key_id == "http://alpha.test/users/alice#ed25519-key"
    confirm(claim, keys["ed25519"].private_key.public_key(), "whoever")


async def test_who_announced_ed25519_and_refuses_it_gets_the_delivery_all_the_same(
    outbox: Outbox, partner: FakePeer
) -> None:
    await announced(outbox, partner, TAKES_ED25519)

    async def only_rsa(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=202 if _way(request.headers) == "rsa" else 401)

    partner.serve("/inbox", only_rsa)

    report = await outbox.deliver([outbox.owed(), outbox.owed()])

    assert ways(partner) == ["ed25519", "rsa", "rsa"]
    assert report.delivered == [1, 2]
    assert outbox.home.services.peers.known_way("partner.test") == BY_RSA


async def test_a_refusal_that_says_how_it_wants_to_be_asked_is_obeyed_and_remembered(
    outbox: Outbox, partner: FakePeer
) -> None:
    """Signatures 3.5: with a nonce of its own each time."""

    async def wants_ed25519(request: web.BaseRequest) -> web.StreamResponse:
        if 'nonce="n1"' in request.headers.get("Signature-Input", ""):
            return web.Response(status=202)
        said = 'k=("@method" "@target-uri" "content-digest");created;keyid;alg="ed25519";nonce="n1"'
        return web.Response(status=401, headers={"Accept-Signature": said})

    partner.serve("/inbox", wants_ed25519)

    report = await outbox.deliver([outbox.owed(), outbox.owed()])

    assert ways(partner) == ["cavage", "ed25519", "ed25519", "ed25519"]
    assert report.delivered == [1, 2]
    assert outbox.home.services.peers.known_way("partner.test") == BY_ED25519


async def test_a_refusal_that_asks_for_too_little_is_not_obeyed(outbox: Outbox, partner: FakePeer) -> None:
    """T006, T011: such a signature would be good elsewhere; the other scheme is tried as ever."""
    said = 'sig1=("@method");created;keyid;alg="ed25519"'
    partner.serve("/inbox", document({}, status=401, **{"Accept-Signature": said}))

    report = await outbox.deliver([outbox.owed()])

    assert ways(partner) == ["cavage", "rsa"]
    assert len(report.dead) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 413, 415, 422, 302, 418])
async def test_a_refusal_stops_nothing_else(outbox: Outbox, partner: FakePeer, status: int) -> None:
    """T194"""
    partner.serve("/refuses", document({}, status=status))

    report = await outbox.deliver([outbox.owed(inbox=partner.url("/refuses")), outbox.owed()])

    assert [(owed.id, code) for owed, code, _ in report.dead] == [(1, status)]
    assert report.delivered == [2]
    assert report.next_attempt_at is None


@pytest.mark.parametrize(("refused", "pauses"), [(REFUSALS_BEFORE_PAUSE - 1, False), (REFUSALS_BEFORE_PAUSE, True)])
async def test_five_refusals_in_a_row_pause_the_peer(
    outbox: Outbox, partner: FakePeer, refused: int, pauses: bool
) -> None:
    """T196: a broken proxy there does not empty our queue."""
    partner.serve("/inbox", document({}, status=403))

    report = await outbox.deliver([outbox.owed() for _ in range(refused)])

    assert (report.next_attempt_at is not None) is pauses
    beyond = await outbox.deliver([outbox.owed() for _ in range(10)], Health(refusals=refused))
    assert len(beyond.dead) == 1


async def test_a_success_between_refusals_ends_the_count(outbox: Outbox, partner: FakePeer) -> None:
    """T196: in a row means in a row."""
    partner.serve("/refuses", document({}, status=403))
    bad, good = partner.url("/refuses"), partner.url("/inbox")

    report = await outbox.deliver([outbox.owed(inbox=inbox) for inbox in [*[bad] * 4, good, *[bad] * 4]])

    assert report.next_attempt_at is None
    assert report.health == Health(refusals=4)


async def test_a_gone_inbox_is_owed_nothing_more(outbox: Outbox, partner: FakePeer) -> None:
    """T195: 410 for one inbox; the others go on."""
    partner.serve("/gone", document({}, status=410))
    gone = partner.url("/gone")

    report = await outbox.deliver([outbox.owed(inbox=gone), outbox.owed(), outbox.owed(inbox=gone)])

    assert report.gone_inboxes == {gone}
    assert sorted(report.delivered) == [1, 2, 3]
    assert len(partner.asked_for("/gone")) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
async def test_a_peer_that_cannot_now_keeps_all_of_it(outbox: Outbox, partner: FakePeer, status: int) -> None:
    """T193"""
    partner.serve("/inbox", document({}, status=status))

    report = await outbox.deliver([outbox.owed() for _ in range(5)])

    assert (report.delivered, report.dead) == ([], [])
    assert report.next_attempt_at == outbox.home.clock.now() + timedelta(minutes=1)
    assert report.health == Health(failures=1, failing_since=outbox.home.clock.now())
    assert len(partner.asked_for("/inbox")) == 1


@pytest.mark.parametrize(
    ("asked", "minutes"), [("7200", 120), ("5", 1), ("Fri, 31 Dec 9999 23:59:59 -2359", 1), ("9" * 100, 1440)]
)
async def test_retry_after_is_kept(outbox: Outbox, partner: FakePeer, asked: str, minutes: int) -> None:
    """T197: and a peer that writes nonsense there hurts nobody but itself."""
    partner.serve("/inbox", document({}, status=503, **{"Retry-After": asked}))

    report = await outbox.deliver([outbox.owed()])

    assert report.next_attempt_at == outbox.home.clock.now() + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("date", "status", "seconds"),
    [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 202, -365 * 86_400),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 202, 365 * 86_400),
        (None, 401, 90),
        ("yesterday", 202, None),
    ],
)
async def test_what_the_answer_says_of_the_clock_there_is_noted(
    outbox: Outbox, partner: FakePeer, date: str | None, status: int, seconds: int | None
) -> None:
    """T213: whether it took the delivery or not, and no more than fits."""
    said = date or format_datetime(outbox.home.clock.now() + timedelta(seconds=90, microseconds=0), usegmt=True)
    partner.serve("/inbox", document({}, status=status, Date=said))

    report = await outbox.deliver([outbox.owed()])

    assert report.clock_ahead == (pytest.approx(seconds, abs=1) if seconds else None)


async def test_a_peer_that_is_not_there_is_noted_as_such(outbox: Outbox, partner: FakePeer) -> None:
    """T193: as soon as it speaks it is back."""

    async def hang_up(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    partner.serve("/inbox", hang_up)

    report = await outbox.deliver([outbox.owed(), outbox.owed()])

    assert report.is_unreachable
    assert (report.delivered, report.dead) == ([], [])


@pytest.mark.parametrize(("days", "sent"), [(14, 1), (14.01, 0)])
async def test_what_is_too_old_is_given_up_and_said_so(
    outbox: Outbox, partner: FakePeer, days: float, sent: int
) -> None:
    """T198: never a silent drop."""
    report = await outbox.deliver([outbox.owed(days_old=days)])

    assert len(partner.asked_for("/inbox")) == sent
    assert report.has_gap is (sent == 0)
    assert len(report.dead) == 1 - sent


async def test_nothing_goes_to_a_peer_that_was_suspended_meanwhile(outbox: Outbox, partner: FakePeer) -> None:
    """T061, R7: asked again at the moment of sending; nothing is lost."""
    peer_book = outbox.home.services.peers
    peer = await peer_book.decide("partner.test")
    assert peer is not None
    await outbox.home.suspend("partner.test")
    await peer_book.refresh()
    delivery = PeerDelivery(
        outbox.home.services.runtime, outbox.home.services.key_ring, peer_book, peer,
        health=Health(), slots=asyncio.Semaphore(64), on_done=outbox.over.append,
        digests=FollowerDigests(outbox.home.services.runtime),
    )  # fmt: skip

    report = await delivery.run([outbox.owed(), outbox.owed()])

    assert partner.asked_for("/inbox") == []
    assert (report.delivered, report.dead, report.next_attempt_at) == ([], [], None)
