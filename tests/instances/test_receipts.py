"""Receipts that do not hold: forged, replayed, for something else, untrue, or none at all (threats T241)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from federation.agreements import letters, terms
from federation.signatures.key_formats import public_multibase, public_pem
from federation.signatures.proofs import with_proof
from models.actors import Actor
from models.posts import Post
from models.writes.audit import OPERATOR
from models.writes.retractions import WAKES
from server.actions import agreements, receipts
from server.actions.agreements import Wanted
from server.actions.receipts import Line
from tests.instances.test_agreements import Stranger, deliver, text_at
from tests.support.api import Api, Document
from tests.support.fake_peer import FakePeer, document
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance
from tests.support.signing import rsa_key
from tests.support.waiting import until
from tests.support.writers import Writer

PLANS = "http://alpha.test/communities/plans"


@dataclass
class Played:
    """alpha, and partner.test that the test plays: its agreement is signed, its bob is a member of `plans`."""

    alpha: Instance
    partner: FakePeer
    clock: HeldClock
    server: Stranger
    alice: Api
    bob: Writer
    serial: int = 1
    sent: list[Document] = field(default_factory=list)

    def letter(self, kind: str, about: Document, *, server: Stranger | None = None) -> Document:
        """A letter of the partner's server, under the next number."""
        self.serial += 1
        return letters.write(
            kind,
            identity=f"http://partner.test/letters/{self.serial}",
            sender="http://partner.test/actor",
            receiver="http://alpha.test/actor",
            about=about,
            serial=self.serial,
            reason="",
            key=(server or self.server).key,
            at=self.clock.now(),
        )

    async def request(self) -> Document:
        """What it was asked to delete first."""
        (letter,) = await self.alpha.composed("Retract")
        found: Document = letter["object"]["requests"][0]
        return found

    def answer(self, request: Document, /, **changes: Any) -> Document:
        """A confirmation."""
        usual = {
            "request": request["request"],
            "object": request["object"],
            "outcome": "done",
            "removed": 1,
            "detail": "",
            "at": self.clock.now().isoformat(),
        }
        return {"type": "Receipts", "answers": [usual | changes]}

    async def line(self) -> Line:
        async with self.alpha.db.read() as tx:
            runtime = self.alpha.services.runtime
            (line,) = await receipts.lines(tx, runtime, "partner.test", only_open=False, most=10)
        return line

    async def is_looked_at(self) -> bool:
        self.alpha.services.runtime.events.wake(WAKES)
        return (await self.line()).checked_at is not None

    async def is_contradicted(self) -> bool:
        self.alpha.services.runtime.events.wake(WAKES)
        return (await self.line()).state == "contradicted"


@pytest.fixture
async def played(alpha: Instance, partner: FakePeer, clock: HeldClock) -> AsyncIterator[Played]:
    async with playing(alpha, partner, clock) as one:
        yield one


@asynccontextmanager
async def playing(alpha: Instance, partner: FakePeer, clock: HeldClock) -> AsyncIterator[Played]:
    """The agreement is signed, bob is a member, and what alice said was deleted and called back."""
    server = Stranger.at("partner.test")
    partner.serve("/actor", document(server_actor(server)))
    async with alpha.running():
        alice = await alpha.person("alice")
        handle = await alpha.community("plans", host=alice, scope="selected")
        await agreements.propose(alpha.services, "partner.test", Wanted(communities=["plans"]), by=OPERATOR)
        offered = await text_at(alpha, "partner.test")
        both = terms.signed(offered, server.key, at=clock.now())
        one = Played(alpha, partner, clock, server, alice, Writer(partner.actor("bob"), PLANS))
        assert await deliver(alpha, one.letter(letters.ACCEPT, both)) == 202
        await alpha.services.peers.refresh(now=True)
        answer = await one.bob.actor.post("http://alpha.test/inbox", one.bob.follow())
        assert answer.status == 202, answer
        await until(lambda: is_member(alpha, handle, alice))
        said = await alice.say(f"{handle} The closing of the eastern site")
        await alice.delete(f"/api/v1/statuses/{said['id']}")
        await until(lambda: is_asked(alpha))
        yield one


def server_actor(server: Stranger) -> Document:
    """What partner.test publishes of its server."""
    uri = f"http://{server.host}/actor"
    key = server.key.private_key.public_key()
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": uri,
        "type": "Application",
        "preferredUsername": server.host,
        "inbox": f"{uri}/inbox",
        "publicKey": {
            "id": f"{uri}#main-key",
            "owner": uri,
            "publicKeyPem": public_pem(rsa_key("actor@partner.test").public_key()),
        },
        "assertionMethod": [
            {
                "id": f"{uri}#ed25519-key",
                "type": "Multikey",
                "controller": uri,
                "publicKeyMultibase": public_multibase(key),
            }
        ],
    }


async def is_member(alpha: Instance, handle: str, alice: Api) -> bool:
    return "bob@partner.test" in await alice.members(handle)


async def is_asked(alpha: Instance) -> bool:
    return bool(await alpha.composed("Retract"))


async def test_a_receipt_that_somebody_else_signed_counts_for_nothing(played: Played) -> None:
    """T241: forged by another actor, with another key or in another's name."""
    forger = Stranger.at("partner.test")
    letter = played.letter(letters.RECEIPT, played.answer(await played.request()), server=forger)

    assert await deliver(played.alpha, letter) == 401
    assert (await played.line()).state == "owed"


@pytest.mark.parametrize(
    "changes",
    [
        {"object": "http://alpha.test/objects/1"},
        {"request": "http://alpha.test/retractions/999"},
        {"request": "http://other.test/retractions/1"},
        {"at": "2020-01-01T00:00:00Z"},
        {"at": "2999-01-01T00:00:00Z"},
    ],
    ids=["another object", "another request", "another server", "from before", "from the future"],
)
async def test_a_receipt_for_something_else_counts_for_nothing(played: Played, changes: dict[str, str]) -> None:
    """T241: bound to request, object and time."""
    letter = played.letter(letters.RECEIPT, played.answer(await played.request(), **changes))

    assert await deliver(played.alpha, letter) == 403
    assert (await played.line()).state == "owed"


@pytest.mark.parametrize("hours", [-25, -23, 23, 25])
async def test_a_clock_that_is_wrong_by_less_than_a_day_does_not_hinder_a_receipt(played: Played, hours: int) -> None:
    """T241: neither its time nor that of the letter; the log says that the clocks differ."""
    played.partner.serve("/actor/copies", document({}, status=410))
    request, there = await played.request(), played.clock.now() + timedelta(hours=hours)
    letter = letters.write(
        letters.RECEIPT,
        identity="http://partner.test/letters/99",
        sender="http://partner.test/actor",
        receiver="http://alpha.test/actor",
        about=played.answer(request, at=there.isoformat()),
        serial=99,
        reason="",
        key=played.server.key,
        at=there,
    )

    with capture_logs() as logged:
        status = await deliver(played.alpha, letter)

    assert status == {-25: 403, -23: 202, 23: 202, 25: 401}[hours]
    assert (await played.line()).state == ("done" if abs(hours) < 24 else "owed")
    told = [one["seconds"] for one in logged if one["event"] == "agreement.clock_behind"]
    assert (len(told) == 1 and told[0] > 80_000) if hours == -23 else not told


async def test_a_receipt_counts_though_its_context_names_no_word_of_ours(played: Played) -> None:
    """J10: what software of others writes by the description alone, which prescribes no context."""
    played.partner.serve("/actor/copies", document({}, status=410))
    letter: Document = {
        "@context": ["https://www.w3.org/ns/activitystreams"],
        "id": "http://partner.test/letters/99",
        "type": "Receipt",
        "actor": "http://partner.test/actor",
        "to": "http://alpha.test/actor",
        "object": played.answer(await played.request()),
        "serial": 99,
    }

    assert await deliver(played.alpha, with_proof(letter, played.server.key, created=played.clock.now())) == 202

    assert (await played.line()).state == "done"


async def test_a_receipt_that_is_sent_again_changes_nothing(played: Played) -> None:
    """T241: a failure that was caught does not undo the confirmation that came after it."""
    played.partner.serve("/actor/copies", document({}, status=410))
    failed = played.letter(letters.RECEIPT, played.answer(await played.request(), outcome="failed", removed=0))
    assert await deliver(played.alpha, failed) == 202
    assert (await played.line()).state == "failed"
    assert await deliver(played.alpha, played.letter(letters.RECEIPT, played.answer(await played.request()))) == 202

    assert await deliver(played.alpha, failed) == 202

    assert (await played.line()).state == "done"
    await until(played.is_looked_at)


async def test_who_confirms_and_still_has_it_is_listed(played: Played) -> None:
    """T241: "done", and still served."""
    played.partner.serve("/actor/copies", document({"type": "Object"}))

    assert await deliver(played.alpha, played.letter(letters.RECEIPT, played.answer(await played.request()))) == 202
    await until(played.is_contradicted)

    async with played.alpha.db.read() as tx:
        told = await receipts.report(tx, played.alpha.services.runtime, "partner.test")
    assert (told.is_closed, told.counters.contradicted) == (False, 1)


async def test_who_is_asked_again_may_answer_as_before(played: Played) -> None:
    """T241: a repeated answer has the time of the first; each time it is looked whether it is so, until it is."""
    played.partner.serve("/actor/copies", document({"type": "Object"}))
    answered = played.answer(await played.request())
    assert await deliver(played.alpha, played.letter(letters.RECEIPT, answered)) == 202
    await until(played.is_contradicted)

    played.clock.advance(days=2)
    assert await deliver(played.alpha, played.letter(letters.RECEIPT, answered)) == 202
    await until(played.is_contradicted)
    played.partner.serve("/actor/copies", document({}, status=410))
    assert await deliver(played.alpha, played.letter(letters.RECEIPT, answered)) == 202

    await until(played.is_looked_at)
    assert (await played.line()).state == "done"


async def test_what_is_here_again_is_deleted_again_when_it_is_asked_for_again(played: Played) -> None:
    """T241: and answered anew; what is gone gets the answer that it got, with its time."""
    uri = played.bob.post_uri("slip")
    assert (await played.bob.actor.post(f"{PLANS}/inbox", played.bob.create("slip"))).status == 202
    await until(lambda: is_here(played, uri))
    now = played.clock.now().isoformat()
    request = {"request": "http://partner.test/retractions/1", "scope": "post", "object": uri, "reason": "deleted"}
    about = {"type": "Retractions", "requests": [request | {"requested": now, "due": now}]}

    for _ in range(2):
        assert await deliver(played.alpha, played.letter(letters.RETRACT, about)) == 202
        assert not await is_here(played, uri)
        played.clock.advance(hours=1)
    async with played.alpha.db.write() as tx:
        await tx.execute(update(Post).where(Post.uri == uri).values(deleted_at=None))
    assert await deliver(played.alpha, played.letter(letters.RETRACT, about)) == 202

    assert not await is_here(played, uri)
    first, second, third = [one["object"]["answers"][0] for one in await played.alpha.composed("Receipt")]
    assert (first == second, first["at"] < third["at"], third["outcome"]) == (True, True, "done")


async def is_here(played: Played, uri: str) -> bool:
    return bool(await played.alpha.rows(select(Post.id).where(Post.uri == uri, Post.deleted_at.is_(None))))


async def test_what_is_held_is_an_exception_in_the_report(played: Played) -> None:
    """J10, J13: confirmed, not deleted, and not asked for again."""
    held = played.answer(await played.request(), outcome="held", removed=0, detail="by order of a court")
    assert await deliver(played.alpha, played.letter(letters.RECEIPT, held)) == 202

    line = await played.line()
    assert (line.state, line.detail, line.is_overdue) == ("held", "by order of a court", False)


async def test_what_was_held_is_confirmed_again_when_it_is_gone(played: Played) -> None:
    """T246, T241: held, then done, each by its own letter; nothing goes back, and nobody else says the second."""
    played.partner.serve("/actor/copies", document({}, status=410))
    request = await played.request()
    began = played.clock.now()
    held = played.letter(letters.RECEIPT, played.answer(request, outcome="held", removed=0))
    assert await deliver(played.alpha, held) == 202

    # Not twice, not failed after all, not from before it was held, not by another key, and not the first once more.
    for changes in ({"outcome": "held"}, {"outcome": "failed"}, {"at": (began - timedelta(minutes=1)).isoformat()}):
        assert await deliver(played.alpha, played.letter(letters.RECEIPT, played.answer(request, **changes))) == 403
    forged = played.letter(letters.RECEIPT, played.answer(request), server=Stranger.at("partner.test"))
    assert await deliver(played.alpha, forged) == 401
    assert await deliver(played.alpha, held) == 202
    assert (await played.line()).state == "held"

    played.clock.advance(days=3)
    done = played.letter(letters.RECEIPT, played.answer(request))
    assert await deliver(played.alpha, done) == 202
    await until(played.is_looked_at)
    line = await played.line()
    assert (line.state, line.held_at, line.was_held) == ("done", began, True)

    assert await deliver(played.alpha, done) == 202
    assert await deliver(played.alpha, held) == 202
    for outcome in ("held", "failed", "done"):
        again = played.letter(letters.RECEIPT, played.answer(request, outcome=outcome))
        assert await deliver(played.alpha, again) == 403
    assert (await played.line()).state == "done"
    async with played.alpha.db.read() as tx:
        runtime = played.alpha.services.runtime
        first = await receipts.letter_of_hold(tx, runtime, "partner.test", line.id)
        last = await receipts.letter(tx, runtime, "partner.test", line.id)
    assert (first["serial"], last["serial"]) == (held["serial"], done["serial"])


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"type": "Receipts", "answers": []}, 400),
        ({"type": "Receipts"}, 400),
        ({"type": "Receipts", "answers": 7}, 400),
    ],
)
async def test_a_receipt_of_another_shape_is_refused(played: Played, wrong: Document, status: int) -> None:
    assert await deliver(played.alpha, played.letter(letters.RECEIPT, wrong)) == status


async def test_nobody_calls_back_what_is_not_theirs(played: Played) -> None:
    """T241: what alice wrote is not the partner's to delete; the answer says so."""
    kept = await played.alice.say("@plans The opening of the western site")
    about = {
        "type": "Retractions",
        "requests": [
            {
                "request": f"http://partner.test/retractions/{number}",
                "scope": scope,
                "object": uri,
                "knownAs": "former_1",
                "reason": "deleted",
                "requested": played.clock.now().isoformat(),
                "due": played.clock.now().isoformat(),
            }
            for number, (scope, uri) in enumerate(
                [
                    ("post", kept["uri"]),
                    ("community", PLANS),
                    ("person", kept["account"]["uri"]),
                    ("everything", "http://alpha.test/actor"),
                ]
            )
        ],
    }
    assert await deliver(played.alpha, played.letter(letters.RETRACT, about)) == 202

    (receipt,) = await played.alpha.composed("Receipt")
    assert [one["outcome"] for one in receipt["object"]["answers"]] == ["failed"] * 4
    assert (await played.alice.read(kept))["account"]["acct"] == "alice"


async def test_one_of_their_people_is_forgotten_by_the_name_that_they_give(played: Played) -> None:
    """J12: without a name to be known by nothing is done; a community is nobody."""

    def about(uri: str, number: int, **further: str) -> Document:
        now = played.clock.now().isoformat()
        request = {"request": f"http://partner.test/retractions/{number}", "scope": "person", "object": uri}
        return {
            "type": "Retractions",
            "requests": [{**request, "reason": "erased", "requested": now, "due": now, **further}],
        }

    bob = played.bob.actor.uri
    for wrong in ({}, {"knownAs": "Bob, once"}):
        assert await deliver(played.alpha, played.letter(letters.RETRACT, about(bob, 1, **wrong))) == 400
    assert "bob@partner.test" in await played.alice.members("@plans")

    assert await deliver(played.alpha, played.letter(letters.RETRACT, about(bob, 2, knownAs="former_7"))) == 202

    (receipt,) = await played.alpha.composed("Receipt")
    assert [one["outcome"] for one in receipt["object"]["answers"]] == ["done"]
    named = select(Actor.username, Actor.display_name, Actor.suspended_at.is_not(None)).where(Actor.uri == bob)
    assert [tuple(row) for row in await played.alpha.rows(named)] == [("former_7", "", True)]
    assert "bob@partner.test" not in await played.alice.members("@plans")
