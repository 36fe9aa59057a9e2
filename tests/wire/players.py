"""Actors of any software, at any address, played by fake peers."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.support.fake_peer import ACTIVITY_STREAMS, FakeActor, FakePeer, document
from tests.support.signing import pem_of, rsa_key
from tests.wire.payloads import Document

KEY_FOR_ALL = "somebody elsewhere"
"""One key for all players: making one takes a while, and what it shows hangs on its id."""


@dataclass
class Player(FakeActor):
    """Somebody whose address, key id and document are as a payload has them."""

    address: str = ""
    given: Document = field(default_factory=dict)
    """The document of a payload; members that are missing are added."""

    @property
    def uri(self) -> str:
        return self.address

    @property
    def key_id(self) -> str:
        return str(_key_of(self.given).get("id") or f"{self.address}#main-key")

    @property
    def document(self) -> Document:
        """As given, with a key that the test has."""
        whole = super().document | self.given
        key = _key_of(self.given) | {"id": self.key_id, "publicKeyPem": pem_of(self.key)}
        whole["publicKey"] = {"owner": self.uri, **key}
        return {name: value for name, value in whole.items() if not (name in _OPTIONAL and name not in self.given)}

    def publish(self) -> None:
        """Serve the document, where the actor is and where its key is."""
        for address in (self.uri, self.key_id):
            serve(self.peer, address, self.document)


_OPTIONAL = ("endpoints", "followers", "outbox")
"""Members that some software leaves out."""


def player(peer: FakePeer, address: str, kind: str = "Person", given: Document | None = None) -> Player:
    """An actor at an address of this peer, with this document or a usual one."""
    usual = {"endpoints": {"sharedInbox": peer.url("/inbox")}, "followers": f"{address}/followers"}
    whole = (
        given if given and "inbox" in given else {"@context": ACTIVITY_STREAMS, "type": kind, **usual, **(given or {})}
    )
    parts = urlsplit(address)
    name = str(whole.get("preferredUsername") or (parts.path or parts.query).strip("/").split("/")[-1].strip("@~"))
    made = Player(peer, name, kind, rsa_key(KEY_FOR_ALL), address=address, given=whole)
    peer.actors[f"{kind} {name}"] = made
    made.publish()
    return made


def serve(peer: FakePeer, address: str, content: Any) -> None:
    """Answer GETs of an address with a document; its query does not matter."""
    peer.serve(urlsplit(address).path or "/", document(content))


def _key_of(given: Document) -> Document:
    key = given.get("publicKey")
    key = key[0] if isinstance(key, list) and key else key
    return key if isinstance(key, dict) else {}
