"""Two of our servers, one of which says in its refusal how it wants to be asked (signatures 3.5): the other obeys."""

import random
from pathlib import Path

from sqlalchemy import select, update

from models.peers import Peer
from tests.instances.conftest import ON_SQLITE
from tests.instances.pair import HANDLE
from tests.support.held_clock import HeldClock
from tests.support.instances import Databases, Instance
from tests.support.line import wired
from tests.support.waiting import until

ASKED = '("@method" "@target-uri" "content-digest");created={};keyid="{}#main-key";alg="rsa-v1_5-sha256"'


@ON_SQLITE
async def test_what_a_proxy_breaks_in_one_scheme_is_signed_as_the_refusal_asks(
    new_database: Databases, tmp_path: Path, clock: HeldClock
) -> None:
    """Signatures 2.1, 3.5: a proxy before alpha writes dates of its own, which draft-cavage covers. What beta delivers
    gets through nevertheless, after one refusal, and what worked is remembered.
    """
    async with wired(["alpha.test", "beta.test"], clock, random.Random(1), new_database, tmp_path) as made:
        (alpha, line), (beta, _) = made
        async with alpha.running():
            async with beta.running():
                await alpha.allow("beta.test")
                await beta.allow("alpha.test")
                alice, bob = await alpha.person("alice"), await beta.person("bob")
                await alpha.community("sites", host=alice)
                await bob.join(HANDLE)
                await beta.at_rest()
                await _knows_only_the_draft(beta)
            async with beta.running():
                line.puts_date, line.caught[:] = "Mon, 30 Nov 2026 00:00:01 GMT", []
                await bob.say(f"{HANDLE} through a proxy")
                await bob.say(f"{HANDLE} through it again")
                await beta.at_rest()
                await alpha.at_rest()

                assert [await alice.thread("Sites", words) is not None for words in ("a proxy", "it again")] == [
                    True
                ] * 2
                first, second, *_ = [letter.headers for letter in line.caught]
                created = int(clock.now().timestamp())
                assert "Signature-Input" not in first
                assert second["Signature-Input"] == "sig1=" + ASKED.format(created, "http://beta.test/users/bob")
                await until(lambda: _signs_anew(beta))


async def _knows_only_the_draft(beta: Instance) -> None:
    async with beta.db.write() as tx:
        await tx.execute(update(Peer).values(signature_scheme="cavage", signature_algorithm=None))


async def _signs_anew(beta: Instance) -> bool:
    ((scheme,),) = await beta.rows(select(Peer.signature_scheme))
    return bool(scheme == "rfc9421")
