"""The long-lived parts of a running server, built once by `server/app.py` and passed on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from federation.actors import ActorDirectory
from federation.discovery import Discovery
from federation.inbox.proven import ProofReader
from federation.inbox.receive import Door
from federation.key_ring import KeyRing
from federation.keys import KeyDirectory
from federation.peers import PeerBook
from federation.runtime import Clock, Config, Runtime
from federation.sync import Hearing
from federation.transport.addresses import StaticHosts
from federation.transport.answers import Hop
from federation.transport.client import Destinations, GetSigner, HttpClient, Limits
from server.settings import Settings

_USER_AGENT: Final = "Entrepairs (+{base_url}/actor)"


@dataclass(frozen=True, slots=True)
class Services:
    """What endpoints and actions work with."""

    runtime: Runtime
    peers: PeerBook
    directory: ActorDirectory
    discovery: Discovery
    keys: KeyDirectory
    key_ring: KeyRing
    proofs: ProofReader
    door: Door
    hearing: Hearing


def fetch_gate(
    settings: Settings,
    config: Config,
    peers: PeerBook,
    signer: GetSigner,
    clock: Clock,
    *,
    witness: Callable[[Hop], None] | None = None,
) -> HttpClient:
    """The one way out, as the settings have it, for the server and for commands. The caller closes it."""
    return HttpClient(
        Destinations(
            own_host=config.base_url.partition("://")[2],
            may_contact=peers.may_contact,
            static_hosts=StaticHosts(settings.static_addresses),
            allow_http=not settings.has_https,
        ),
        signer,
        clock,
        user_agent=_USER_AGENT.format(base_url=config.base_url),
        ca_file=settings.ca_file,
        witness=witness,
    )


def fetch_gate_to_ourselves(settings: Settings, config: Config, clock: Clock) -> HttpClient:
    """The way out to our own address and no other, unsigned and for a moment. The caller closes it."""
    own_host = config.base_url.partition("://")[2]
    return HttpClient(
        Destinations(
            own_host="",
            may_contact=lambda host: host == own_host,
            static_hosts=StaticHosts(settings.static_addresses),
            allow_http=not settings.has_https,
        ),
        None,
        clock,
        user_agent=_USER_AGENT.format(base_url=config.base_url),
        ca_file=settings.ca_file,
        limits=Limits(total_seconds=3, connect_seconds=2, dns_seconds=2, redirects=0),
    )
