"""A partner reads our server's new keys before word of them has come (signatures 4.3, threats T066)."""

import pytest
from sqlalchemy import delete, select

from federation.runtime import Budget
from models.agreements import KeySuccession
from models.peers import Peer
from tests.instances.conftest import ON_SQLITE
from tests.instances.pair import HANDLE
from tests.instances.test_key_succession import rotate
from tests.support.api import Api, Document
from tests.support.fake_peer import FakePeer, Hosts, document
from tests.support.instances import Instance
from tests.support.signing import ACTIVITY_TYPE, pem_of, rsa_key

BETA = "beta.test"
SERVER = f"http://{BETA}/actor"


async def met(alpha: Instance, beta: Instance) -> tuple[Api, Api]:
    """alice hosts a community, of which bob is a member: each server knows the other's keys."""
    await alpha.allow(BETA)
    await beta.allow("alpha.test")
    alice, bob = await alpha.person("alice"), await beta.person("bob")
    await alpha.community("sites", host=alice)
    await bob.join(HANDLE)
    for firm in (alpha, beta, alpha):
        await firm.at_rest()
    await read_again(alpha)
    return alice, bob


async def read_again(alpha: Instance) -> None:
    """alpha looks at the keys of beta's server, as it does once a day."""
    await alpha.services.directory.fetch(SERVER, Budget())


async def state_of_beta(alpha: Instance) -> str:
    ((state,),) = await alpha.rows(select(Peer.state).where(Peer.host == BETA))
    return str(state)


@pytest.mark.parametrize("times", [1, 3])
async def test_new_keys_that_are_read_before_they_are_announced_are_nothing(
    alpha: Instance, beta: Instance, times: int
) -> None:
    """T066, the permission: each key vouches for the next one, also where several changes were missed."""
    async with alpha.running():
        async with beta.running():
            alice, bob = await met(alpha, beta)
        async with beta.running("web"):
            for _ in range(times):
                await rotate(beta)
                beta.clock.advance(hours=25)
            await read_again(alpha)
            assert await state_of_beta(alpha) == "active"
        async with beta.running():
            await bob.say(f"{HANDLE} after the change")
            for firm in (beta, alpha):
                await firm.at_rest()
            await read_again(alpha)

        assert await alice.thread("Sites", "after the change") is not None
        assert await state_of_beta(alpha) == "active"


@ON_SQLITE
async def test_in_the_second_in_which_they_change_the_old_key_vouches(alpha: Instance, beta: Instance) -> None:
    """T066, the permission: a command changed them, and the server still has the one before in memory."""
    async with alpha.running(), beta.running():
        await met(alpha, beta)
        ring = beta.services.key_ring
        await ring.refresh(now=True)
        await rotate(beta)

        await read_again(alpha)

        assert await state_of_beta(alpha) == "active"


@ON_SQLITE
async def test_new_keys_that_no_key_of_before_vouches_for_put_the_partner_on_hold(
    alpha: Instance, beta: Instance
) -> None:
    """T066: the same without what shows it."""
    async with alpha.running():
        async with beta.running():
            await met(alpha, beta)
        async with beta.running("web"):
            await rotate(beta)
            async with beta.db.write() as tx:
                await tx.execute(delete(KeySuccession))

            await read_again(alpha)

        assert await state_of_beta(alpha) == "suspended"


@pytest.mark.parametrize("is_changed_too", [False, True])
@ON_SQLITE
async def test_what_was_shown_once_is_of_no_use_for_other_keys(
    alpha: Instance, beta: Instance, hosts: Hosts, is_changed_too: bool
) -> None:
    """T066: who has the domain now shows what the server showed before, and a key of their own."""
    async with alpha.running(), beta.running():
        await met(alpha, beta)
    async with beta.running("web"):
        await rotate(beta)
        shown = await as_shown(beta)
    shown["publicKey"]["publicKeyPem"] = pem_of(rsa_key("another"))
    if is_changed_too:
        shown["keyStatement"]["keys"][shown["publicKey"]["id"]] = pem_of(rsa_key("another"))

    async with FakePeer.running(BETA, hosts, alpha.clock) as taken_over:
        taken_over.serve("/actor", document(shown))
        async with alpha.running():
            await read_again(alpha)
            assert await state_of_beta(alpha) == "suspended"


async def as_shown(beta: Instance) -> Document:
    """What beta says of itself to anybody."""
    address, port = beta.hosts[BETA]
    headers = {"Host": BETA, "Accept": ACTIVITY_TYPE}
    async with beta.session.get(f"http://{address}:{port}/actor", headers=headers) as answer:
        found: Document = await answer.json(content_type=None)
        return found


@ON_SQLITE
async def test_the_document_is_the_same_each_time_and_as_it_was_where_nothing_changed(
    alpha: Instance, beta: Instance
) -> None:
    async with beta.running("web"):
        before = await as_shown(beta)
        beta.clock.advance(hours=25)
        await rotate(beta)
        first = await as_shown(beta)
        beta.clock.advance(hours=1)

        assert "keyStatement" not in before
        assert await as_shown(beta) == first
        assert len(first["keyStatement"]["successions"]) == 1
