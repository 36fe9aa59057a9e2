"""Our own actors get new keys while the server runs: what is signed by which, and who hears of it."""

import asyncio
from email.utils import parsedate_to_datetime

import pytest
from aiohttp import web
from sqlalchemy import select

from federation.errors import Unauthenticated
from federation.key_ring import PREVIOUS_KEPT
from federation.signatures.key_formats import parse_public_pem
from federation.signatures.message import SignedRequest
from federation.signatures.verify import confirm, examine
from models.actors import ActorKey
from models.audit import AuditEntry
from models.gate import Person
from models.queries import own_keys
from server import housekeeping
from server.actions import keys, posts
from server.actions.posts import Draft
from tests.instances.conftest import ON_SQLITE
from tests.instances.scene import INBOX, SITES, in_a_partners_community
from tests.support.api import Document
from tests.support.fake_peer import Asked, FakeActor, FakePeer, Serve, document
from tests.support.instances import Instance
from tests.support.waiting import until
from tests.support.writers import Writer

SERVER = "http://alpha.test/actor"
ALICE = "http://alpha.test/users/alice"


async def pem_of(partner: FakePeer, uri: str) -> str:
    """The RSA key that an actor of alpha publishes now."""
    found = (await partner.actors["bob"].get(uri)).document["publicKey"]["publicKeyPem"]
    return str(found)


def is_signed_by(asked: Asked, pem: str) -> bool:
    headers = tuple((name.lower(), value) for name, value in asked.headers.items())
    request = SignedRequest(asked.method, asked.target, "partner.test", "http", headers, asked.body)
    try:
        now = parsedate_to_datetime(asked.headers["Date"])
        claim = examine(request, own_authority="partner.test", now=now)
        confirm(claim, parse_public_pem(pem), "whoever")
    except Unauthenticated:
        return False
    return True


async def heard(partner: FakePeer, kind: str) -> list[Asked]:
    """Deliveries of one type, in order."""
    return [asked for asked in partner.asked if asked.method == "POST" and asked.document["type"] == kind]


async def meet(alpha: Instance, partner: FakePeer) -> Writer:
    """bob of the partner is a member of alice's community."""
    alice = await alpha.person("alice")
    await alpha.community("sites", host=alice)
    bob = Writer(partner.actor("bob"), SITES)
    await bob.actor.post(INBOX, bob.follow())
    await alpha.at_rest()
    return bob


async def rotate(alpha: Instance, uri: str) -> None:
    runtime = alpha.services.runtime
    name = uri.rpartition("/")[2]
    actor = await (keys.server_actor(alpha.db) if name == "actor" else keys.find(alpha.db, name))
    await keys.rotate(alpha.db, runtime, actor, by="operator")
    alpha.nudge()


@pytest.mark.parametrize("uri", [SITES, ALICE, SERVER])
async def test_new_keys_are_announced_by_the_old_ones(alpha: Instance, partner: FakePeer, uri: str) -> None:
    """Signatures 4.3: published, told to whom it concerns, and only then signed by."""
    async with alpha.running():
        await alpha.allow("partner.test")
        await meet(alpha, partner)
        old = await pem_of(partner, uri)

        await rotate(alpha, uri)
        await alpha.at_rest()

        new = await pem_of(partner, uri)
        (update,) = await heard(partner, "Update")
        told: Document = update.document
        assert (told["actor"], told["object"]["publicKey"]["publicKeyPem"]) == (uri, new)
        assert new != old
        assert is_signed_by(update, old)
        async with alpha.db.read() as tx:
            entry = select(AuditEntry.object).where(AuditEntry.action == "key.rotate")
            assert [row[0] for row in await tx.select(entry)] == [uri]


async def test_what_is_said_afterwards_is_signed_by_the_new_key_and_what_was_said_before_by_the_old(
    alpha: Instance, partner: FakePeer
) -> None:
    """Signatures 4.3, across a restart: the partner was away when the keys changed."""
    async with alpha.running():
        await alpha.allow("partner.test")
        await meet(alpha, partner)
        old = await pem_of(partner, SITES)
    async with alpha.running("web"):
        await _said_by_alice(alpha, "before")
        await rotate(alpha, SITES)
        await _said_by_alice(alpha, "after")
        new = await pem_of(partner, SITES)
    async with alpha.running():
        await alpha.at_rest()

        announced = await heard(partner, "Announce")
        before, after = [asked for asked in announced if isinstance(asked.document["object"], dict)]
        assert (is_signed_by(before, old), is_signed_by(after, new)) == (True, True)


async def _said_by_alice(alpha: Instance, word: str) -> None:
    author = await keys.find(alpha.db, "alice")
    await posts.create(alpha.services, Person(author.id), Draft(text=f"@sites {word}"))


@ON_SQLITE
async def test_a_partner_that_knows_the_new_key_already_gets_what_was_said_before(
    alpha: Instance, partner: FakePeer
) -> None:
    """Signatures 4.3: refused by the key of then, sent once more by today's."""
    async with alpha.running():
        await alpha.allow("partner.test")
        await meet(alpha, partner)
    async with alpha.running("web"):
        await _said_by_alice(alpha, "before")
        await rotate(alpha, SITES)
        new = await pem_of(partner, SITES)

    async def only_new(request: web.BaseRequest) -> web.StreamResponse:
        asked = partner.asked[-1]
        return await document(b"", status=202 if is_signed_by(asked, new) else 401)(request)

    partner.serve("/inbox", only_new)
    async with alpha.running():
        await until(lambda: _is_heard(partner, new))


async def _is_heard(partner: FakePeer, pem: str) -> bool:
    return any(is_signed_by(asked, pem) for asked in await heard(partner, "Announce"))


@ON_SQLITE
async def test_what_overtakes_the_news_of_a_key_is_signed_by_the_old_one(alpha: Instance, partner: FakePeer) -> None:
    """Signatures 4.3: told, waited, and only then signed by. A partner that is asked to believe another key of which it
    has heard nothing would take us for somebody else (threats T066).
    """
    may_hear = asyncio.Event()

    async def hears_late(request: web.BaseRequest) -> web.StreamResponse:
        if partner.asked[-1].document["type"] == "Update":
            await may_hear.wait()
        return await document(b"", status=202)(request)

    async with alpha.running("web"):
        await alpha.allow("partner.test")
        scene = await in_a_partners_community(alpha, partner)
        old = await pem_of(partner, ALICE)
        await rotate(alpha, ALICE)
        new = await pem_of(partner, ALICE)
        await scene.alice.say("@town@partner.test overtakes")
    partner.serve("/inbox", hears_late)
    async with alpha.running():
        await until(lambda: heard(partner, "Create"))
        may_hear.set()
        await alpha.at_rest()
        await scene.alice.say("@town@partner.test follows")
        await alpha.at_rest()

    overtakes, follows = await heard(partner, "Create")
    assert (is_signed_by(overtakes, old), is_signed_by(follows, new)) == (True, True)


@ON_SQLITE
async def test_a_partner_is_asked_by_the_key_that_it_knows(alpha: Instance, partner: FakePeer) -> None:
    """Signatures 4.3: questions as well; by today's key as soon as it has heard of it, or refuses the one of then."""
    async with alpha.running("web"):
        await alpha.allow("partner.test")
        alice = await alpha.person("alice")
        _, dan, *_ = [partner.actor(name) for name in ("dora", "dan", "dave", "bob")]
        await pem_of(partner, ALICE)  # By which bob is known here, and his server told.
        old = await pem_of(partner, SERVER)
        await rotate(alpha, SERVER)
        new = await pem_of(partner, SERVER)

        assert await alice.find("@dora@partner.test") is not None
        by_then = partner.asked_for("/users/dora")
        partner.serve("/users/dan", _taking_only(partner, new, dan))
        assert await alice.find("@dan@partner.test") is not None
        refused, by_now = partner.asked_for("/users/dan")
    async with alpha.running():
        await alpha.at_rest()
        assert await alice.find("@dave@partner.test") is not None
        (at_last,) = partner.asked_for("/users/dave")

    assert [is_signed_by(asked, old) for asked in (*by_then, refused)] == [True, True]
    assert [is_signed_by(asked, new) for asked in (by_now, at_last)] == [True, True]


def _taking_only(partner: FakePeer, pem: str, actor: FakeActor) -> Serve:
    """Shows an actor to who signs by this key."""

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        if is_signed_by(partner.asked[-1], pem):
            return await document(actor.document)(request)
        return await document({"error": "no"}, status=401)(request)

    return serve


@ON_SQLITE
async def test_the_old_key_is_sealed_for_a_day_and_then_forgotten(alpha: Instance, partner: FakePeer) -> None:
    """T184"""
    async with alpha.running("web"):
        await alpha.person("alice")
        await rotate(alpha, ALICE)
        runtime = alpha.services.runtime
        statement = select(ActorKey.previous_sealed).where(ActorKey.key_uri == f"{ALICE}#main-key")

        await housekeeping.forget_once(runtime)
        async with alpha.db.read() as tx:
            kept = await tx.scalar(statement)
        alpha.clock.advance(hours=PREVIOUS_KEPT.total_seconds() / 3600, seconds=1)
        await housekeeping.forget_once(runtime)
        async with alpha.db.read() as tx:
            left = await tx.scalar(statement)

    assert kept is not None
    assert b"PRIVATE" not in kept
    assert left is None


@ON_SQLITE
async def test_nobody_is_told_of_people_whom_they_do_not_know(alpha: Instance, partner: FakePeer) -> None:
    async with alpha.running("web"):
        await alpha.allow("partner.test")
        await alpha.person("ada")

        await rotate(alpha, "http://alpha.test/users/ada")

        async with alpha.db.read() as tx:
            ada = await keys.find(alpha.db, "ada")
            assert await own_keys.concerned(tx, ada) == ()


@ON_SQLITE
async def test_changing_all_keys_again_at_once_changes_nothing_twice(alpha: Instance, partner: FakePeer) -> None:
    """An interrupted run goes on where it stopped."""
    async with alpha.running("web"):
        await alpha.person("ada")
        runtime = alpha.services.runtime
        alpha.clock.advance(hours=2)
        first, *others = await keys.all_due(alpha.db, runtime)
        await keys.rotate(alpha.db, runtime, first, by="operator")

        assert await keys.all_due(alpha.db, runtime) == others
        assert others[-1].type == "Application"
