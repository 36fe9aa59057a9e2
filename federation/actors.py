"""Actors, local and remote: the row first, then one bounded fetch from the actor's own origin.

A document is believed only if its `id` is the address that it was asked for at (threats R2, T019, T025). Endpoints must
lie on the actor's own origin (T044); a row is bound to its id and never changes type, name or host.
"""

import asyncio
import re
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import structlog

from federation.agreements import lineage
from federation.collections import read_collection
from federation.errors import Denied, FederationError, Gone, Malformed, TryLater
from federation.peers import PeerBook, PeerInfo
from federation.runtime import Budget, Runtime
from federation.transport.hosts import host_of, is_page_of, same_origin
from federation.vocab import types
from federation.vocab.decode import decode
from federation.vocab.emojis import used_emojis
from federation.vocab.markup import sanitise
from federation.vocab.normalise_actors import actor as normalise_actor
from models.actors import ED25519, PERSON, RSA
from models.communities import EVERYWHERE, ON_REQUEST, OPEN, PRIVATE
from models.details import Pictures, as_stored
from models.engine import ReadTx, WriteTx
from models.queries import actors
from models.queries.actors import ActorRow
from models.retention import CALLED_BACK
from models.writes import actors as actor_writes
from models.writes import keeping, media, moderation, remote_keys
from models.writes.remote_keys import Change, PublishedKey

log = structlog.get_logger()

FRESH = timedelta(hours=24)
"""How long a remote document is taken for current."""

_ACCOUNT_TYPES = ("Person", "Group", "Application", "Service", "Organization")
_MAX_KEYS = 10
_SLASHES = re.compile(r"(?<!:)//+")


class ActorDirectory:
    """Finds actors by id for protocol code."""

    def __init__(self, runtime: Runtime, peers: PeerBook) -> None:
        self._runtime = runtime
        self._peers = peers
        self._reading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def resolve(self, uri: str, budget: Budget) -> ActorRow:
        """The actor with this id, ours or an allowed peer's; fetched where it is unknown or older than a day.

        Raises `Denied` for hosts that are not allowed, `Gone` for a deleted actor, `Malformed` for documents that do
        not hold, `TryLater` where one could not look. A stale row is better than none when the peer is away.
        """
        async with self._runtime.db.read() as tx:
            known = await actors.by_uri(tx, uri)
        if known is not None and (known.is_local or self._is_fresh(known)):
            return known
        try:
            return await self.fetch(uri, budget)
        except TryLater:
            if known is None:
                raise
            return known

    def _is_fresh(self, actor: ActorRow) -> bool:
        return actor.fetched_at is not None and self._runtime.clock.now() - actor.fetched_at < FRESH

    async def fetch(self, uri: str, budget: Budget, *, key_uri: str | None = None) -> ActorRow:
        """Read the actor's document from its origin and keep it. Raises as `resolve`.

        `key_uri`: a key whose own document has just named this actor; where the actor lists it too, it is the actor's.
        """
        peer = await self._peers.decide(host_of(uri))
        if peer is None:
            raise Denied("actor of a host that is not allowed", reason="domain_not_allowed", host=host_of(uri))
        # One after another: what was read before a change must not be kept after it.
        async with self._reading.setdefault(uri, asyncio.Lock()):
            return await self._read(uri, budget, peer, key_uri)

    async def _read(self, uri: str, budget: Budget, peer: PeerInfo, key_uri: str | None) -> ActorRow:
        whole, document = await self._fetch(uri, budget)
        moderators = await self._moderators(document, budget)
        async with self._runtime.db.write() as tx:
            stored, change = await self._save(tx, document, peer, key_uri)
            if change.lost and not (self._is_shown(whole, document, change) or await _is_announced(tx, document)):
                await self._look_twice(tx, stored, peer, change)
            if moderators is not None:
                await moderation.replace_moderators(tx, stored.id, moderators)
            return stored

    async def _moderators(self, group: types.Actor, budget: Budget) -> list[str] | None:
        """The complete list of a group's moderators, from its own origin; None: it has none, or one could not look.

        What was known stays then: "could not look" never means that nobody moderates (spec/group-federation.md 10.1).
        """
        address = _own(group, group.moderators) if group.is_group else None
        if address is None:
            return list(group.owners) if group.is_group and group.owners else None
        try:
            pages = await read_collection(self._runtime, self._peers, address, budget)
        except FederationError:
            return None
        found = [item.id for item in pages.items]
        return found if pages.total is None or len(found) >= pages.total else None

    async def fetch_document(self, uri: str, budget: Budget) -> types.Actor:
        """The actor's document, shown to be its own. Raises as `resolve`."""
        return (await self._fetch(uri, budget))[1]

    async def _fetch(self, uri: str, budget: Budget) -> tuple[types.Document, types.Actor]:
        """The same, and before it what it was read from."""
        reply = await self._runtime.client.fetch_document(uri, budget)
        document = decode(reply.body)
        if document.get("type") == "Tombstone":
            raise Gone("actor is deleted", reason="actor_gone", uri=uri)
        actor = normalise_actor(document)
        if actor.id != uri or not same_origin(reply.url, uri):
            raise Malformed("document has another id than its address", reason="origin_mismatch", uri=uri, id=actor.id)
        return document, actor

    def _is_shown(self, whole: types.Document, document: types.Actor, change: Change) -> bool:
        """The document itself proves that its keys followed those of before."""
        keys, now = {key.key_uri: key.public_text for key in _keys(document)}, self._runtime.clock.now()
        return lineage.shows(whole, actor_uri=document.id, keys=keys, former=change.former, now=now)

    async def store(self, tx: WriteTx, document: types.Actor, peer: PeerInfo) -> ActorRow:
        """Keep a document that the actor itself signed, by a key that it had until now: other keys are announced by it.

        Raises `Malformed` or `Denied`.
        """
        stored, _ = await self._save(tx, document, peer, None)
        return stored

    async def is_late(self, tx: ReadTx, document: types.Actor) -> bool:
        """The document says itself that it is older than the one that is known (spec 15)."""
        known = await actors.by_uri(tx, document.id)
        return known is not None and _is_older(document, known, self._runtime.clock.now())

    async def _look_twice(self, tx: WriteTx, actor: ActorRow, peer: PeerInfo, change: Change) -> None:
        """Other keys, and nothing signed by the old ones says so: of several actors, it may be another's server now."""
        at = self._runtime.clock.now()
        log.warning("key.changed", peer=peer.host, actor=actor.uri)
        if not await remote_keys.is_suspicious(tx, actor_id=actor.id, peer_id=peer.id, change=change, at=at):
            return
        if await remote_keys.hold(tx, peer_id=peer.id, host=peer.host, at=at):
            log.error("peer.held", peer=peer.host, reason="keys_changed", mend=f"entrepairs partner resume {peer.host}")

    async def _save(
        self, tx: WriteTx, document: types.Actor, peer: PeerInfo, key_uri: str | None
    ) -> tuple[ActorRow, Change]:
        check_endpoints(document)
        known = await actors.by_uri(tx, document.id)
        is_heard_of = known is not None and known.vouched_by is not None
        if known is not None and known.type != document.kind and not is_heard_of:
            raise Denied("an actor never changes its type", reason="origin_mismatch", uri=document.id)
        now = self._runtime.clock.now()
        columns = {"id": self._runtime.tokens.next_id(now), "fetched_at": now, **_columns(document, peer, now)}
        if known is not None and is_heard_of:
            await actor_writes.speak_for_itself(tx, known.id, columns)
        await self._seal(tx, known, document, now)
        actor_id = await actor_writes.save(tx, columns)
        shown = _pictures(document)
        urls = [url for url in (shown.icon, shown.image) if url] + [emoji.url for emoji in shown.emojis]
        await media.add_pictures(tx, urls, now)
        keys = _keys(document)
        elsewhere = {key.key_uri for key in keys if not _is_below(key.key_uri, document.id)} - {key_uri}
        change = await remote_keys.replace(tx, actor_id, keys, merely_named=elsewhere, at=now)
        if document.is_group:
            await _save_community(tx, actor_id, document, known, now)
        await self._peers.note_announced(tx, peer, document.implements)
        stored = await actors.by_uri(tx, document.id)
        if stored is None:
            raise Gone("actor was deleted here", reason="actor_gone", uri=document.id)
        return stored, change

    async def _seal(self, tx: WriteTx, known: ActorRow | None, document: types.Actor, at: datetime) -> None:
        """Who somebody was, where a case here names them, before their firm calls them a former colleague (J13).

        The request to forget them may come with it or much later, and would find the new name alone.
        """
        if known is None or document.kind != PERSON or not document.suspended:
            return
        named = ((document.preferred_username or known.username).lower()[:200], document.name[:200])
        if (known.username, known.display_name) != named:
            await keeping.keep_person(tx, self._runtime.vault, known.id, at, why=CALLED_BACK)


async def _save_community(
    tx: WriteTx, actor_id: int, document: types.Actor, known: ActorRow | None, now: datetime
) -> None:
    visibility = _visibility(document)
    values = {
        "actor_id": actor_id,
        "is_local": False,
        "visibility": visibility,
        "scope": EVERYWHERE,
        "label": document.label,
        "opens_history": False,
        "hosts_only": document.posting_restricted_to_mods,
        "language": document.languages[0] if len(document.languages) == 1 else None,
        "created_at": now,
    }
    await actor_writes.save_community(tx, values)
    if visibility == OPEN and known is not None and known.visibility in (ON_REQUEST, PRIVATE):
        await actor_writes.note_opened(tx, actor_id, now)


def _visibility(group: types.Actor) -> str:
    if group.is_private:
        return PRIVATE
    return ON_REQUEST if group.manually_approves_followers else OPEN


def _is_older(document: types.Actor, known: ActorRow, now: datetime) -> bool:
    """A date in the future is no date: it would keep out whatever comes until then."""
    if document.updated is None or known.updated_at is None or known.updated_at > now:
        return False
    return document.updated < known.updated_at


def check_endpoints(actor: types.Actor) -> None:
    """Raises `Malformed` or `Denied` for an actor without inbox, or whose endpoints lie on another origin (T044)."""
    if not actor.inbox:
        raise Malformed("actor has no inbox", reason="shape", uri=actor.id)
    for address in (actor.inbox, actor.outbox, actor.followers, actor.shared_inbox):
        if address and not same_origin(address, actor.id):
            raise Denied("endpoint on another origin", reason="origin_mismatch", uri=actor.id, address=address)


def _columns(actor: types.Actor, peer: PeerInfo, now: datetime) -> dict[str, object]:
    url = actor.url if actor.url and is_page_of(actor.url, actor.id) else actor.id
    return {
        "uri": actor.id,
        "type": actor.kind if actor.kind in _ACCOUNT_TYPES else actor.kind[:40],
        "username": (actor.preferred_username or host_of(actor.id)).lower()[:200],
        # The handle keeps the server's host until WebFinger has confirmed another one (threats T065).
        "host": peer.host,
        "peer_id": peer.id,
        "display_name": actor.name[:200],
        "summary_html": sanitise(actor.summary)[:20_000],
        "summary_source": "",
        "fields": [[field.name, sanitise(field.value)] for field in actor.fields],
        "pictures": as_stored(_pictures(actor)),
        "url": url,
        "inbox_url": actor.inbox,
        "shared_inbox_url": actor.shared_inbox,
        "outbox_url": actor.outbox,
        "followers_url": actor.followers,
        "moderators_url": _own(actor, actor.moderators),
        "featured_url": _own(actor, actor.featured),
        "also_known_as": list(actor.also_known_as),
        "moved_to": actor.moved_to,
        "is_locked": actor.manually_approves_followers,
        "is_bot": actor.kind in ("Application", "Service"),
        "is_discoverable": bool(actor.discoverable),
        "created_at": actor.published or now,
        "updated_at": actor.updated,
        "deleted_at": None,
        "suspended_at": now if actor.suspended else None,
        "vouched_by": None,
    }


def _pictures(actor: types.Actor) -> Pictures:
    text = "\n".join([actor.name, actor.summary, *(field.name + field.value for field in actor.fields)])
    return Pictures(icon=actor.icon, image=actor.image, emojis=used_emojis(actor.emojis, text))


def _own(actor: types.Actor, address: str | None) -> str | None:
    """A collection of the actor, if it lies on its own origin: nobody else says who leads a group (spec 20, rule 6)."""
    return address if is_page_of(address, actor.id) else None


def _keys(actor: types.Actor) -> list[PublishedKey]:
    """The actor's keys, each once: only those that it owns itself, on its own origin (threats T013, T015)."""
    rsa = [
        PublishedKey(key.id, RSA, key.pem)
        for key in actor.public_keys
        if key.owner == actor.id and _is_key_of(key.id, actor)
    ]
    ed25519 = [
        PublishedKey(key.id, ED25519, key.multibase)
        for key in actor.assertion_methods
        if key.controller == actor.id and _is_key_of(key.id, actor)
    ]
    return list({key.key_uri: key for key in reversed([*rsa, *ed25519])}.values())[::-1][:_MAX_KEYS]


async def _is_announced(tx: ReadTx, document: types.Actor) -> bool:
    """The actor said so by a key that it had until now, and that is not read yet: what it signed by the new one has
    overtaken it (spec/signatures.md 4.3).
    """
    published = sorted(_keys(document), key=lambda key: key.key_uri)
    for body in await remote_keys.announcements(tx, document.id):
        said = decode(body).get("object")
        try:
            announced = normalise_actor(said) if isinstance(said, dict) else None
        except Malformed:
            continue
        if announced is not None and announced.id == document.id:
            return sorted(_keys(announced), key=lambda key: key.key_uri) == published
    return False


def _is_key_of(key_uri: str, actor: types.Actor) -> bool:
    """On the actor's origin, and not a part of another document there: that one's owner alone lists it (T174).

    lotide's key ids have one slash too many.
    """
    address, fragment, _ = key_uri.partition("#")
    return is_page_of(address, actor.id) and (not fragment or _even(address) == _even(actor.id))


def _is_below(key_uri: str, actor_uri: str) -> bool:
    """The actor's own address or one under it; of a key elsewhere its own document says whose it is."""
    address, actor_uri = _even(key_uri.partition("#")[0]), _even(actor_uri)
    return address == actor_uri or address.startswith((f"{actor_uri.rstrip('/')}/", f"{actor_uri}?"))


def _even(address: str) -> str:
    return _SLASHES.sub("/", address)
