"""Ed25519 keys of actors at fake peers, and what peers say of the signatures that they take (FEP-844e)."""

from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.signatures.key_formats import generate_ed25519, public_multibase
from tests.support.fake_peer import FakeActor
from tests.support.signing import Signing

TAKES_RFC9421 = "https://datatracker.ietf.org/doc/html/rfc9421"
TAKES_ED25519 = "https://datatracker.ietf.org/doc/html/rfc9421#name-eddsa-using-curve-edwards25"


@cache
def ed25519_key(whose: str) -> Ed25519PrivateKey:
    """The same key for the same name during one run."""
    return generate_ed25519()


def key_id_of(actor: FakeActor) -> str:
    """Where an actor's Ed25519 key is, as our own actors' are."""
    return f"{actor.uri}#ed25519-key"


def publishes_ed25519(actor: FakeActor) -> Signing:
    """Add an Ed25519 key to the actor's document; how it signs by it from then on."""
    key = ed25519_key(actor.uri)
    method = {
        "id": key_id_of(actor),
        "type": "Multikey",
        "controller": actor.uri,
        "publicKeyMultibase": public_multibase(key.public_key()),
    }
    actor.changes = {**actor.changes, "assertionMethod": [method]}
    actor.publish()
    return Signing(scheme="rfc9421", key=key, key_id=key_id_of(actor), algorithm="ed25519")


def announces(actor: FakeActor, *links: str) -> None:
    """Let the actor's document say what its software implements."""
    said: dict[str, Any] = {"type": "Application", "implements": [{"href": link} for link in links]}
    actor.changes = {**actor.changes, "generator": said}
    actor.publish()
