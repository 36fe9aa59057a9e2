"""Keys of other servers' actors: who a key id belongs to. Our own are in `key_ring.py`.

Memory, the row, then one bounded fetch from the key's own host. A failure is remembered for ten minutes
and a key that does not fit is read again at most every five, or a stranger could make us fetch anything (threats T092).
"""

from collections import OrderedDict
from datetime import datetime, timedelta

import msgspec

from federation.actors import FRESH, ActorDirectory
from federation.errors import FederationError, Malformed, TryLater, Unauthenticated
from federation.runtime import Budget, Runtime
from federation.signatures.algorithms import PublicKey
from federation.signatures.key_formats import parse_public_multibase, parse_public_pem
from federation.transport.hosts import host_of, same_origin
from federation.vocab.decode import decode
from models.actors import ED25519
from models.queries import actors, state
from models.queries.actors import ActorRow, KeyRow
from models.writes.remote_keys import KEYS

FAILURE_KEPT = timedelta(minutes=10)
REFRESH_EVERY = timedelta(minutes=5)
_FETCHES_PER_HOST = 2
_REMEMBERED = 20_000
_MEMORY = timedelta(seconds=60)
_LOOK_SECONDS = 1.0
"""How often one looks whether another process took a key away."""


class RemoteKey(msgspec.Struct, frozen=True):
    """A public key and the actor that publishes it."""

    key_uri: str
    public_key: PublicKey
    owner_uri: str
    owner_id: int
    fetched_at: datetime
    is_for_proofs: bool
    """One of the owner's assertion methods."""


class KeyDirectory:
    """Resolves key ids of peers."""

    def __init__(self, runtime: Runtime, directory: ActorDirectory) -> None:
        self._runtime = runtime
        self._directory = directory
        self._known: OrderedDict[str, tuple[datetime, RemoteKey]] = OrderedDict()
        self._failed: OrderedDict[str, datetime] = OrderedDict()
        self._refreshed: OrderedDict[str, datetime] = OrderedDict()
        self._fetching: dict[str, int] = {}
        self._revision: int | None = None
        self._looked_at: float | None = None
        self._forgotten = 0
        """How often the memory was emptied: what was read before that is not kept."""

    async def resolve(self, key_uri: str, budget: Budget) -> RemoteKey:
        """The key with this id. The caller has decided that its host may speak to us.

        Raises `Unauthenticated` where there is no such key, `Gone` where its owner is deleted, `TryLater` where one
        could not look.
        """
        await self._forget_what_changed()
        now = self._runtime.clock.now()
        remembered = self._known.get(key_uri)
        if remembered is not None and now - remembered[0] < _MEMORY:
            return remembered[1]
        generation = self._forgotten
        async with self._runtime.db.read() as tx:
            row = await actors.key_by_uri(tx, key_uri)
        if row is not None and row.peer_id is not None and now - row.fetched_at < FRESH:
            return self._remember(_remote(row), now, generation)
        return await self._fetch(key_uri, budget)

    async def refresh(self, key: RemoteKey, budget: Budget) -> RemoteKey | None:
        """The key as its owner publishes it now, if that differs; None if not, or if one has just looked.

        Raises `TryLater` where one may not look yet: many actors of one host may have changed theirs together.
        """
        now = self._runtime.clock.now()
        last = self._refreshed.get(key.key_uri)
        if last is not None and now - last < REFRESH_EVERY:
            return None
        self._require_room(key.key_uri)
        _note(self._refreshed, key.key_uri, now)
        try:
            fresh = await self._fetch(key.key_uri, budget)
        except FederationError:
            return None
        return fresh if fresh.public_key != key.public_key else None

    async def _forget_what_changed(self) -> None:
        """A key that was dropped stops working at once here, and within a second where another process heard of it."""
        was_told = await self._runtime.events.wait(KEYS, 0)
        if was_told:
            self._forget()
        now = self._runtime.clock.monotonic()
        if not was_told and self._looked_at is not None and now - self._looked_at < _LOOK_SECONDS:
            return
        self._looked_at = now
        async with self._runtime.db.read() as tx:
            revision = await state.revision(tx, KEYS)
        if revision != self._revision:
            self._forget()
            self._revision = revision

    def _forget(self) -> None:
        self._known.clear()
        self._forgotten += 1

    def _remember(self, key: RemoteKey, now: datetime, generation: int) -> RemoteKey:
        if generation == self._forgotten:
            self._known[key.key_uri] = (now, key)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return key

    async def _fetch(self, key_uri: str, budget: Budget) -> RemoteKey:
        now = self._runtime.clock.now()
        failed_at = self._failed.get(key_uri)
        if failed_at is not None and now - failed_at < FAILURE_KEPT:
            raise Unauthenticated("key could not be had a moment ago", reason="key_unavailable", key_id=key_uri)
        self._require_room(key_uri)
        host = host_of(key_uri)
        self._fetching[host] = self._fetching.get(host, 0) + 1
        try:
            return await self._fetch_once(key_uri, budget)
        except (Malformed, Unauthenticated) as error:
            _note(self._failed, key_uri, now)
            if isinstance(error, Unauthenticated):
                raise
            raise Unauthenticated(str(error), reason="key_unavailable", key_id=key_uri) from error
        finally:
            self._fetching[host] -= 1
            if not self._fetching[host]:
                del self._fetching[host]

    def _require_room(self, key_uri: str) -> None:
        if self._fetching.get(host_of(key_uri), 0) >= _FETCHES_PER_HOST:
            raise TryLater("too many keys of one host at once", reason="fetch_limit", key_id=key_uri)

    async def _fetch_once(self, key_uri: str, budget: Budget) -> RemoteKey:
        """The owner's document lists the key: that makes the key the owner's (spec/signatures.md 4.2, threats T015)."""
        address = key_uri.partition("#")[0]
        try:
            owner_uri = address if address != key_uri else await self._owner_of(address, budget)
            owner = await self._fetch_owner(key_uri, owner_uri, budget)
        except Malformed as error:
            if error.reason != "origin_mismatch" or address == key_uri:
                raise
            # lotide's keys lie at an address with one slash too many, where the document is that of their actor.
            owner = await self._fetch_owner(key_uri, await self._owner_of(address, budget), budget)
        await self._forget_what_changed()
        generation = self._forgotten
        async with self._runtime.db.read() as tx:
            row = await actors.key_by_uri(tx, key_uri)
        if row is None or row.actor_id != owner.id:
            raise Unauthenticated("owner does not list the key", reason="key_owner_mismatch", key_id=key_uri)
        return self._remember(_remote(row), self._runtime.clock.now(), generation)

    async def _fetch_owner(self, key_uri: str, owner_uri: str, budget: Budget) -> ActorRow:
        if not same_origin(key_uri, owner_uri):
            raise Unauthenticated("key of another origin", reason="key_owner_mismatch", key_id=key_uri)
        return await self._directory.fetch(owner_uri, budget, key_uri=None if "#" in key_uri else key_uri)

    async def _owner_of(self, address: str, budget: Budget) -> str:
        """Who a key document without a fragment names: itself where it is an actor, else its owner or controller."""
        document = decode((await self._runtime.client.fetch_document(address, budget)).body)
        if document.get("id") == address and document.get("inbox"):
            return address
        nested = document.get("publicKey")
        for holder in (document, nested if isinstance(nested, dict) else {}):
            owner = holder.get("owner") or holder.get("controller")
            if isinstance(owner, str):
                return owner
        raise Unauthenticated("neither actor nor key", reason="key_unavailable", key_id=address)


def _note(memory: OrderedDict[str, datetime], key_uri: str, now: datetime) -> None:
    memory[key_uri] = now
    memory.move_to_end(key_uri)
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)


def _remote(row: KeyRow) -> RemoteKey:
    public_key, is_for_proofs = public_key_of(row), row.kind == ED25519
    return RemoteKey(row.key_uri, public_key, row.actor_uri, row.actor_id, row.fetched_at, is_for_proofs)


def public_key_of(row: KeyRow) -> PublicKey:
    """The public half. Raises `Unauthenticated` for material that is refused (threats T013)."""
    return parse_public_pem(row.public_text) if "-----" in row.public_text else parse_public_multibase(row.public_text)
