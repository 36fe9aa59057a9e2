"""Our own private keys: which of an actor's signs what, also while its keys are being changed; and proofs by them.

Kept in memory, since loading a key costs far more than signing. Commands and other processes make actors and change
keys as well: the revision `OWN_KEYS` says so, which is looked at once a second. Sealed until used (threats T184).

The newcomer's mistake: signing everything by the new key as soon as there is one. A partner that is told of it late
would refuse what was said before, and take us for somebody else because of what was said after (threats T066); so for a
day an activity is signed by the key that was the actor's when it was said, and everything by that of before until the
partner has the news.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

import msgspec

from federation.errors import Gone, Unauthenticated
from federation.runtime import Clock, Events
from federation.signatures.asked import wanted_in
from federation.signatures.key_formats import load_private_key
from federation.signatures.message import KeyKind
from federation.signatures.proofs import with_proof
from federation.signatures.sign import SigningKey, sign_as_asked, sign_request
from federation.signatures.ways import Attempt, Way
from federation.transport.hosts import host_of
from federation.vocab.types import Document
from models.actors import ED25519, RSA
from models.engine import Database, ReadTx
from models.queries import actors, own_keys, state
from models.queries.own_keys import OwnKeyRow
from models.vault import Vault
from models.writes.local_keys import OWN_KEYS

_OLDER_TERMS: Final = b"https://w3id.org/security/data-integrity/v1"

PREVIOUS_KEPT = timedelta(hours=24)
"""How long what was said before a rotation is signed by the key of then; some peers look for a new one once a day."""

_LOOK_SECONDS = 1.0


def purpose_of(key_uri: str) -> str:
    """What a private key of ours is sealed for (`models/vault.py`), so that no actor can be given another's."""
    return f"actor-key:{key_uri}"


class _Held(msgspec.Struct):
    """One key of one of our actors; loaded when it is first used."""

    row: OwnKeyRow
    current: SigningKey | None = None
    previous: SigningKey | None = None


class KeyRing:
    """The keys of all our actors, for one process."""

    def __init__(self, db: Database, vault: Vault, clock: Clock, events: Events) -> None:
        self._db = db
        self._vault = vault
        self._clock = clock
        self._events = events
        self._held: dict[tuple[int, str], _Held] = {}
        self._revision: int | None = None
        self._looked_at: float | None = None
        self._server_actor_id: int | None = None

    async def refresh(self, *, now: bool = False) -> None:
        """Notice new actors and changed keys, at most once a second, or `now`. Call it before a transaction, which then
        need not look for keys.
        """
        was_told = await self._events.wait(OWN_KEYS, 0) or now
        at = self._clock.monotonic()
        if not was_told and self._looked_at is not None and at - self._looked_at < _LOOK_SECONDS:
            return
        self._looked_at = at
        async with self._db.read() as tx:
            revision = await state.revision(tx, OWN_KEYS)
            if revision != self._revision:
                self._held = {(row.actor_id, row.kind): _Held(row) for row in await own_keys.for_proofs(tx)}
                self._revision = revision

    async def of(self, actor_id: int, kind: str = RSA) -> SigningKey:
        """The key by which one of our actors signs now. Raises `Gone` for an actor without one."""
        await self.refresh()
        held = await self._find(actor_id, kind)
        if held.current is None:
            held.current = self._opened(held.row, held.row.private_sealed)
        return held.current

    async def of_then(
        self, actor_id: int, kind: str = RSA, *, host: str, said_in: int | None = None, heard: Collection[int] = ()
    ) -> SigningKey | None:
        """The key of before the last change, where it is this one that a server knows; None: today's, also a day after.

        It knows that one until it has the news of the other, and what was said before (`said_in`, an activity) stays
        signed by it. `heard`: activities that have just arrived there.
        """
        await self.refresh()
        held = await self._find(actor_id, kind)
        row = held.row
        if row.previous_sealed is None or row.announced_by is None:
            return None
        if self._clock.now() - row.made_at >= PREVIOUS_KEPT:
            return None
        is_older = said_in is not None and said_in <= row.announced_by
        if not is_older and (row.announced_by in heard or not await self._is_owed(row.announced_by, host)):
            return None
        if held.previous is None:
            held.previous = self._opened(row, row.previous_sealed)
        return held.previous

    async def _is_owed(self, activity_id: int, host: str) -> bool:
        async with self._db.read() as tx:
            return await own_keys.is_owed(tx, activity_id, host)

    async def both_of(self, actor_id: int) -> dict[KeyKind, SigningKey]:
        """All keys by which one of our actors signs now, the usual one first. Raises `Gone` for an actor without."""
        return {"rsa": await self.of(actor_id), "ed25519": await self.of(actor_id, ED25519)}

    async def sign_get(self, url: str, way: Way) -> list[dict[str, str]]:
        """Signed headers for a GET by the server's own actor, which signs every fetch (spec/group-federation.md 4).

        Twice where the host has not heard of its new key: by the one of then, and by today's for when that is refused.
        """
        sender, now = await self._server_actor(), self._clock.now()
        then = await self.of_then(sender, way.kind, host=host_of(url))
        keys = [*([then] if then else []), await self.of(sender, way.kind)]
        return [sign_request(method="GET", url=url, body=None, key=key, scheme=way.scheme, now=now) for key in keys]

    async def sign_get_as_asked(self, url: str, said: str) -> Attempt | None:
        """The same, as an `Accept-Signature` wants it; None where that cannot be."""
        wanted = wanted_in(said)
        if not wanted:
            return None
        keys = await self.both_of(await self._server_actor())
        return sign_as_asked(method="GET", url=url, body=None, keys=keys, wanted=wanted, now=self._clock.now())

    async def _server_actor(self) -> int:
        if self._server_actor_id is None:
            async with self._db.read() as tx:
                server = await actors.server_actor(tx)
            if server is None:
                raise Gone("the server's own actor is missing", reason="actor_gone")
            self._server_actor_id = server.id
        return self._server_actor_id

    async def prove(self, tx: ReadTx, actor_id: int, document: Document, at: datetime) -> Document:
        """The document with a proof by one of our actors (FEP-8b32); as it is, where it has no canonical form.

        So does what passes on a document in the terms of data-integrity/v1, which has its author's proof in any case.
        What is passed on byte for byte inside stays so. No statement, unless the actor was made a moment ago.
        """
        held = self._held.get((actor_id, ED25519))
        if held is None:
            row = await own_keys.of_actor(tx, actor_id, ED25519)
            if row is None:
                return document
            held = self._held[actor_id, ED25519] = _Held(row)
        if held.current is None:
            held.current = self._opened(held.row, held.row.private_sealed)
        inner = document.get("object")
        if isinstance(inner, msgspec.Raw) and _OLDER_TERMS in bytes(inner):
            # Two versions of protected terms in one document: whoever reads JSON-LD refuses all of it, as Fedify does.
            return document
        plain = document | {"object": msgspec.json.decode(inner)} if isinstance(inner, msgspec.Raw) else document
        try:
            return with_proof(plain, held.current, created=at) | {"object": inner}
        except Unauthenticated:
            return document

    async def _find(self, actor_id: int, kind: str) -> _Held:
        held = self._held.get((actor_id, kind))
        if held is None:
            async with self._db.read() as tx:
                row = await own_keys.of_actor(tx, actor_id, kind)
            if row is None:
                raise Gone("actor has no key here", reason="actor_gone", actor_id=actor_id)
            held = self._held[actor_id, kind] = _Held(row)
        return held

    def _opened(self, row: OwnKeyRow, sealed: bytes) -> SigningKey:
        return SigningKey(row.key_uri, load_private_key(self._vault.open(sealed, purpose_of(row.key_uri))))
