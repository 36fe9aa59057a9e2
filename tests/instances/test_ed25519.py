"""Two servers of ours sign by Ed25519 towards each other as soon as each has read a document of the other."""

from sqlalchemy import select

from federation.signatures.ways import BY_ED25519
from models.peers import Peer
from tests.instances.pair import HANDLE
from tests.support.instances import Instance
from tests.support.waiting import until


def keys_met(instance: Instance) -> set[str]:
    """The keys by which a server has checked something since its start."""
    return set(instance.services.keys._known)


async def test_what_two_servers_say_and_ask_is_signed_by_ed25519(alpha: Instance, beta: Instance) -> None:
    """Signatures 1 and 3.5: deliveries, and the questions of each server's own actor; kept across a restart."""
    async with alpha.running(), beta.running():
        await alpha.allow("beta.test")
        await beta.allow("alpha.test")
        alice = await alpha.person("alice")
        await alpha.community("sites", host=alice)
        bob = await beta.person("bob")
        await bob.join(HANDLE)

        await bob.say(f"{HANDLE} Who runs nights?")
        await alice.awaited_thread("Sites", "Who runs nights?")

        assert alpha.services.peers.known_way("beta.test") == BY_ED25519
        assert beta.services.peers.known_way("alpha.test") == BY_ED25519
        # Only what was asked before anything was read of the other is signed as everybody understands it.
        assert {key for key in keys_met(alpha) | keys_met(beta) if not key.endswith("#ed25519-key")} <= {
            "http://alpha.test/actor#main-key",
            "http://beta.test/actor#main-key",
        }
        await until(lambda: _is_stored(beta))
    async with alpha.running(), beta.running():
        # Keys are read anew after a day, which each server's own actor asks for.
        alpha.clock.advance(hours=25)
        await bob.say(f"{HANDLE} Still")
        await alice.awaited_thread("Sites", "Still")
        await alice.say(f"{HANDLE} Indeed")
        await bob.awaited_thread("Sites", "Indeed")

        assert "http://beta.test/users/bob#ed25519-key" in keys_met(alpha)
        assert {"http://alpha.test/communities/sites#ed25519-key", "http://alpha.test/actor#ed25519-key"} <= keys_met(
            beta
        )
        assert not any(key.endswith("#main-key") for key in keys_met(alpha) | keys_met(beta))


async def _is_stored(instance: Instance) -> bool:
    rows = await instance.rows(select(Peer.signature_scheme, Peer.signature_algorithm))
    return [tuple(row) for row in rows] == [("rfc9421", "ed25519")]
