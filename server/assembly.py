"""The parts of `server/services.py`, put together: for a running server, and for a command that asks others."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from federation.actors import ActorDirectory
from federation.discovery import Discovery
from federation.inbox.intake import Intake
from federation.inbox.proven import ProofReader
from federation.inbox.receive import Door
from federation.key_ring import KeyRing
from federation.keys import KeyDirectory
from federation.peers import PeerBook
from federation.runtime import Clock, Config, Events, Runtime, Tokens
from federation.sync import Hearing
from federation.transport.client import GetSigner, HttpClient
from models.engine import Database
from models.vault import Vault
from server.installation import Installation, config_of
from server.metrics import Counters
from server.services import Services, fetch_gate
from server.settings import Settings
from server.wakeups import LocalEvents


@asynccontextmanager
async def online(here: Installation) -> AsyncIterator[Services]:
    """The parts for the time of one command that has to ask another server something. Nothing is served or sent."""
    services, client = assemble(here.settings, here.db, here.vault, here.clock, here.tokens, LocalEvents())
    try:
        yield services
    finally:
        await services.peers.settle()
        await client.close()


def assemble(
    settings: Settings, db: Database, vault: Vault, clock: Clock, tokens: Tokens, events: Events
) -> tuple[Services, HttpClient]:
    """The parts by which a server speaks with others. The client is the caller's to close."""
    config: Config = config_of(settings)
    peers = PeerBook(db, clock, federates=config.federates)
    ring = KeyRing(db, vault, clock, events)
    signer = GetSigner(ring.sign_get, ring.sign_get_as_asked, peers.known_way, peers.remember_way)
    client = fetch_gate(settings, config, peers, signer, clock)
    runtime = Runtime(db, clock, tokens, client, events, config, vault, ring, Counters())
    directory = ActorDirectory(runtime, peers)
    keys = KeyDirectory(runtime, directory)
    hearing = Hearing(events)
    door = Door(runtime, peers, keys, Intake(runtime), hearing)
    discovery = Discovery(runtime, peers, directory)
    proofs = ProofReader(runtime, peers, keys)
    return Services(runtime, peers, directory, discovery, keys, ring, proofs, door, hearing), client
