"""A server's key is followed by another under an agreement (signatures 4.3, threats T234): vouched for, or refused."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import cast

import msgspec
import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from federation.agreements import letters, succession
from federation.agreements.office import Office, own_office
from federation.signatures.key_formats import generate_ed25519, public_multibase
from federation.signatures.sign import SigningKey
from models.audit import AuditCheckpoint, AuditEntry, PartnerCheckpoint
from models.peers import Peer
from models.queries import retractions as called_back
from models.writes import local_keys
from models.writes.audit import OPERATOR
from server.actions import agreements, checkpoints, keys, local_actors, partners
from server.actions.agreements import Wanted, verified
from server.actions.refusals import Refused
from tests.instances.conftest import ON_SQLITE
from tests.instances.journey import journey
from tests.instances.sharing import Firms
from tests.instances.test_agreements import deliver, standing, text_at
from tests.support.api import Document
from tests.support.instances import Databases, Instance
from tests.support.waiting import until

ALPHA, BETA = "alpha.test", "beta.test"
PLANS = "@plans@alpha.test"


async def rotate(firm: Instance) -> None:
    """As `entrepairs keys rotate --server` does."""
    server = await keys.server_actor(firm.db)
    await keys.rotate(firm.db, firm.services.runtime, server, by=OPERATOR)


async def known_key(firm: Instance, domain: str) -> str:
    (row,) = await firm.rows(select(Peer.server_key).where(Peer.host == domain))
    return str(row[0])


async def office_of(firm: Instance) -> Office:
    async with firm.db.read() as tx:
        desk = await own_office(tx, firm.services.runtime)
    assert desk is not None
    return desk


async def agreed(firms: Firms) -> None:
    await firms.alpha.community("plans", host=firms.alice, scope="selected")
    await firms.agree("plans")


async def test_an_agreement_goes_on_by_the_new_key(firms: Firms) -> None:
    """Active on both sides, with the text that was signed; both trails name the change."""
    await agreed(firms)
    await firms.bob.join(PLANS)
    before, text = await standing(firms.alpha, BETA), await text_at(firms.alpha, BETA)
    old = await known_key(firms.alpha, BETA)

    await rotate(firms.beta)
    await firms.rest()

    new = (await office_of(firms.beta)).public_key
    assert (old != new, await known_key(firms.alpha, BETA)) == (True, new)
    assert await standing(firms.alpha, BETA) == before
    assert await text_at(firms.alpha, BETA) == await text_at(firms.beta, ALPHA) == text
    assert verified(msgspec.json.encode(text), firms.alpha.clock.now()).is_complete
    logged = await firms.alpha.rows(select(AuditEntry.actor, AuditEntry.object, AuditEntry.action))
    assert ("http://beta.test/actor", BETA, "agreement.key-succession") in [tuple(row) for row in logged]

    # Content, a letter each way, and a new version by it.
    await firms.bob.say(f"{PLANS} Which shifts?")
    await firms.rest()
    await firms.alice.awaited_thread("Plans", "shifts")
    await firms.beta.suspend(ALPHA)
    await firms.settle()
    assert (await standing(firms.alpha, BETA))[0] == "suspended"
    for firm, other in ((firms.beta, ALPHA), (firms.alpha, BETA)):
        await firm.resume(other)
    await firms.settle()
    assert [(await standing(firms.alpha, BETA))[0], (await standing(firms.beta, ALPHA))[0]] == ["active"] * 2
    await firms.agree("plans", ceiling="confidential")
    assert (await standing(firms.alpha, BETA))[2:] == (await standing(firms.beta, ALPHA))[2:]
    amended = await text_at(firms.beta, ALPHA)
    assert (amended["version"], new in [party["key"] for party in amended["parties"]]) == (2, True)


async def test_checkpoints_and_receipts_go_on(firms: Firms) -> None:
    """T247, T241: no alarm, the trail verifies on both sides of the change, and what is called back is confirmed."""
    await agreed(firms)
    community = await firms.bob.join(PLANS)
    said = await firms.alice.say(f"{PLANS} The closing of the eastern site")
    await firms.bob.awaited_thread("Plans", "eastern")
    await until(lambda: firms.beta.rows(select(AuditCheckpoint.number)))
    for is_last in (False, True):
        async with firms.beta.db.write() as tx:
            await checkpoints.make(tx, firms.beta.services.runtime, firms.beta.clock.now())
        await firms.rest()
        if not is_last:
            await rotate(firms.beta)
    await firms.alice.delete(f"/api/v1/statuses/{said['id']}")
    await firms.rest()

    told = await firms.alpha.rows(select(PartnerCheckpoint.number, PartnerCheckpoint.problem))
    # One was made at the start, one before the change and one after it.
    assert [tuple(row) for row in told] == [(1, None), (2, None), (3, None)]
    async with firms.beta.db.read() as tx:
        found = await checkpoints.verify(tx, firms.beta.services.runtime)
    assert (found.ok, found.checkpoints) == (True, 3)
    await until(lambda: _is_confirmed(firms.alpha))
    assert community["acct"] == PLANS[1:]


async def _is_confirmed(firm: Instance) -> bool:
    async with firm.db.read() as tx:
        peer = await partners.find(tx, firm.services.runtime, BETA)
        rows = await called_back.of_peer(tx, peer.id, only_open=False, most=10)
    return [row.state for row in rows] == ["done"]


async def test_after_the_end_what_is_called_back_is_confirmed_by_the_key_that_followed(firms: Firms) -> None:
    """T241: letters that outlive the agreement are believed by what followed the key of the last terms."""
    await agreed(firms)
    await firms.bob.join(PLANS)
    await firms.alice.say(f"{PLANS} The closing of the eastern site")
    await firms.bob.awaited_thread("Plans", "eastern")
    await rotate(firms.beta)
    await firms.rest()
    await firms.alpha.end(BETA)
    await firms.settle()

    await until(lambda: _is_confirmed(firms.alpha))


async def test_kills_outages_and_replays_on_the_way(new_database: Databases, tmp_path: Path) -> None:
    """T234: rotated twice while the other side is away; then nothing that was captured has an effect."""
    async with journey(new_database, tmp_path, ALPHA, BETA) as way:
        alice, bob = await way[ALPHA].person("alice"), await way[BETA].person("bob")
        await way[ALPHA].community("plans", host=alice, scope="selected")
        await way.agree(ALPHA, BETA, "plans")
        await bob.join(PLANS)
        with way.cut_off(ALPHA):
            await rotate(way[BETA])
            await way.kill(BETA)
            await rotate(way[BETA])
        await way.step()

        assert await known_key(way[ALPHA], BETA) == (await office_of(way[BETA])).public_key
        await bob.say(f"{PLANS} Which shifts?")
        await way.step()
        await alice.awaited_thread("Plans", "shifts")
        assert (await standing(way[ALPHA], BETA))[0] == "active"


async def test_what_crosses_with_the_change_can_be_proposed_anew(firms: Firms) -> None:
    """T234: nothing is signed by a former key, nor terms that name one; neither side is stuck afterwards."""
    await agreed(firms)
    proposal = Wanted(communities=["plans"], ceiling="confidential")
    await agreements.propose(firms.alpha.services, BETA, proposal, by=OPERATOR)
    await firms.rest()
    await rotate(firms.beta)
    await firms.rest()

    with pytest.raises(Refused, match="former key"):
        await agreements.accept(firms.beta.services, ALPHA, [], by=OPERATOR)
    await agreements.propose(firms.alpha.services, BETA, proposal, by=OPERATOR)
    await firms.rest()
    await agreements.accept(firms.beta.services, ALPHA, [], by=OPERATOR)
    await firms.rest()
    assert (await standing(firms.alpha, BETA))[1:] == (await standing(firms.beta, ALPHA))[1:]
    assert (await standing(firms.alpha, BETA))[2] == 3


# --- refused ---


def multibase(key: SigningKey) -> str:
    return public_multibase(key.private_key.public_key())


def unvouched(office: Office) -> SigningKey:
    """A key that says it is beta's, as its owner may publish it."""
    return SigningKey(office.key.key_id, generate_ed25519())


@pytest.mark.parametrize("case", ["by the new key alone", "without the new key", "of another key", "of another server"])
@ON_SQLITE
async def test_a_key_that_the_one_before_did_not_vouch_for_is_refused_and_logged(firms: Firms, case: str) -> None:
    """T234: nothing changes; what the old key did sign, in the same way and with the same number, is taken."""
    await agreed(firms)
    office, at = await office_of(firms.beta), firms.alpha.clock.now()
    fresh, other = unvouched(office), unvouched(office)
    good = succession.signed(office, fresh, multibase(fresh), at)
    by_old, by_new = cast("list[Document]", good["proof"])
    by_fresh = replace(office, key=fresh)
    elsewhere = replace(office, actor=msgspec.structs.replace(office.actor, uri="http://gamma.test/actor"))
    about, prover = {
        "by the new key alone": (good | {"proof": [by_new] * 2}, fresh),
        "without the new key": (good | {"proof": [by_old] * 2}, office.key),
        "of another key": (succession.signed(by_fresh, other, multibase(other), at), office.key),
        "of another server": (succession.signed(elsewhere, fresh, multibase(fresh), at), office.key),
    }[case]
    before = await known_key(firms.alpha, BETA)

    with capture_logs() as logs:
        assert await deliver(firms.alpha, letter(office, prover, about, at)) == 401

    assert await known_key(firms.alpha, BETA) == before
    assert [one["reason"] for one in logs if one["event"] == "inbox.refused"] == ["proof_invalid"]
    assert await deliver(firms.alpha, letter(office, office.key, good, at)) == 202
    assert await known_key(firms.alpha, BETA) == multibase(fresh)


@ON_SQLITE
async def test_the_key_that_was_followed_signs_nothing_any_more(firms: Firms) -> None:
    """T234: neither a letter, nor another succession; nor does the letter that was taken count twice."""
    await agreed(firms)
    office, at = await office_of(firms.beta), firms.alpha.clock.now()
    fresh, other = unvouched(office), unvouched(office)
    taken = letter(office, office.key, succession.signed(office, fresh, multibase(fresh), at), at)
    assert await deliver(firms.alpha, taken) == 202

    again = succession.signed(office, other, multibase(other), at)
    assert await deliver(firms.alpha, letter(office, office.key, again, at, serial=901)) == 401
    assert await deliver(firms.alpha, taken) == 401
    assert await known_key(firms.alpha, BETA) == multibase(fresh)


@ON_SQLITE
async def test_a_key_that_is_merely_published_is_not_agreed_with(firms: Firms) -> None:
    """T066: an administrator here does not sign with it, nor sends it a new version."""
    await agreed(firms)
    with_nobody_told = await office_of(firms.beta)
    async with firms.beta.db.write() as tx:
        made = await local_actors.new_keys()
        rows = local_actors.sealed_keys(firms.beta.services.runtime.vault, with_nobody_told.actor.uri, made)
        await local_keys.rotate(tx, rows, announced_by=0, at=firms.beta.clock.now())

    with pytest.raises(Refused, match="another key than is agreed"):
        await agreements.propose(firms.alpha.services, BETA, Wanted(communities=["plans"]), by=OPERATOR)
    assert await known_key(firms.alpha, BETA) == with_nobody_told.public_key


def letter(office: Office, prover: SigningKey, about: Document, at: datetime, *, serial: int = 900) -> Document:
    return letters.write(
        letters.UPDATE,
        identity=f"http://beta.test/letters/{serial}",
        sender="http://beta.test/actor",
        receiver="http://alpha.test/actor",
        about=about,
        serial=serial,
        reason="",
        key=prover,
        at=at,
    )
