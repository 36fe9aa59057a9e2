"""A partner reads new keys of people and communities before word of them has come (signatures 4.3, threats T066)."""

import pytest
from sqlalchemy import delete

from federation.runtime import Budget
from federation.vocab.decode import decode
from models.actors import ActorKeySuccession
from models.writes import local_keys
from server.actions import keys
from tests.instances.conftest import ON_SQLITE
from tests.instances.test_key_lineage import BETA, met, state_of_beta
from tests.support.api import Api, Document
from tests.support.fake_peer import FakePeer, Hosts, document
from tests.support.instances import Instance
from tests.support.signing import ACTIVITY_TYPE, pem_of, rsa_key

PEOPLE = [f"http://{BETA}/users/{name}" for name in ("bob", "bea")]
TOWN = f"http://{BETA}/communities/town"
ACTORS = [*PEOPLE, TOWN]


async def read_all(alpha: Instance) -> None:
    """alpha looks at all three, as it does once a day."""
    for uri in ACTORS:
        await alpha.services.directory.fetch(uri, Budget())


async def known_to_each_other(alpha: Instance, beta: Instance) -> tuple[Api, Api]:
    """Two people and a community of beta are known at alpha."""
    alice, bob = await met(alpha, beta)
    await beta.person("bea")
    await beta.community("town", host=bob)
    await read_all(alpha)
    return alice, bob


async def rotate_all(beta: Instance) -> None:
    """As `entrepairs keys rotate` does for each of them."""
    for uri in ACTORS:
        actor = await keys.find(beta.db, uri.rpartition("/")[2])
        await keys.rotate(beta.db, beta.services.runtime, actor, by="operator")


@pytest.mark.parametrize("times", [1, 3])
async def test_new_keys_of_several_that_are_read_before_they_are_announced_are_nothing(
    alpha: Instance, beta: Instance, times: int
) -> None:
    """T066, the permission: each key vouches for the next one, also when the private halves of before are gone."""
    async with alpha.running():
        async with beta.running():
            alice, bob = await known_to_each_other(alpha, beta)
        async with beta.running("web"):
            for _ in range(times):
                await rotate_all(beta)
                beta.clock.advance(hours=25)
                async with beta.db.write() as tx:
                    assert await local_keys.forget_previous(tx, beta.clock.now()) > 0
            await read_all(alpha)
            assert await state_of_beta(alpha) == "active"
        async with beta.running():
            await bob.say("@sites@alpha.test after the change")
            for firm in (beta, alpha):
                await firm.at_rest()

        assert await alice.thread("Sites", "after the change") is not None
        assert await state_of_beta(alpha) == "active"


@ON_SQLITE
async def test_new_keys_of_several_that_no_key_of_before_vouches_for_put_the_partner_on_hold(
    alpha: Instance, beta: Instance
) -> None:
    """T066: the same without what shows it."""
    async with alpha.running():
        async with beta.running():
            await known_to_each_other(alpha, beta)
        async with beta.running("web"):
            await rotate_all(beta)
            async with beta.db.write() as tx:
                await tx.execute(delete(ActorKeySuccession))

            await read_all(alpha)

        assert await state_of_beta(alpha) == "suspended"


@pytest.mark.parametrize("how", ["other keys", "other keys, stated", "another's statement"])
@ON_SQLITE
async def test_what_was_shown_once_is_of_no_use_for_other_keys_of_them(
    alpha: Instance, beta: Instance, hosts: Hosts, how: str
) -> None:
    """T066: who has the domain now shows what its people showed before, and keys of their own."""
    async with alpha.running():
        async with beta.running():
            await known_to_each_other(alpha, beta)
        async with beta.running("web"):
            await rotate_all(beta)
            shown = {uri: await alpha_sees(alpha, uri) for uri in ACTORS}
    before = {uri: whole["keyStatement"] for uri, whole in shown.items()}
    for uri, whole in shown.items():
        if how == "another's statement":
            whole["keyStatement"] = next(one for other, one in before.items() if other != uri)
        whole["publicKey"]["publicKeyPem"] = pem_of(rsa_key("another"))
        if how == "other keys, stated":
            whole["keyStatement"]["keys"][whole["publicKey"]["id"]] = pem_of(rsa_key("another"))

    async with FakePeer.running(BETA, hosts, alpha.clock) as taken_over:
        for uri, whole in shown.items():
            taken_over.serve(uri.removeprefix(f"http://{BETA}"), document(whole))
        async with alpha.running():
            await read_all(alpha)
            assert await state_of_beta(alpha) == "suspended"


async def alpha_sees(alpha: Instance, uri: str) -> Document:
    """What beta shows of one of them to alpha."""
    return decode((await alpha.services.runtime.client.fetch_document(uri, Budget())).body)


@ON_SQLITE
async def test_who_never_changed_keys_states_nothing_and_strangers_are_shown_no_statement(
    alpha: Instance, beta: Instance
) -> None:
    async with alpha.running():
        async with beta.running():
            await known_to_each_other(alpha, beta)
        async with beta.running("web"):
            before = [await alpha_sees(alpha, uri) for uri in ACTORS]
            beta.clock.advance(hours=25)
            await rotate_all(beta)
            first = await alpha_sees(alpha, TOWN)
            beta.clock.advance(hours=1)

            assert not any("keyStatement" in one for one in before)
            assert await alpha_sees(alpha, TOWN) == first
            assert first["keyStatement"]["server"] == TOWN
            assert "keyStatement" not in await unsigned(beta, TOWN)


async def unsigned(beta: Instance, uri: str) -> Document:
    """What beta shows of one of them to anybody."""
    address, port = beta.hosts[BETA]
    headers = {"Host": BETA, "Accept": ACTIVITY_TYPE}
    path = uri.removeprefix(f"http://{BETA}")
    async with beta.session.get(f"http://{address}:{port}{path}", headers=headers) as answer:
        assert answer.status == 200
        found: Document = await answer.json(content_type=None)
        return found
