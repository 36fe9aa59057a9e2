"""What would become of a document if somebody asked for it now, step by step: `entrepairs fetch`.

The same gate, the same reading and the same writes as in earnest; but the transaction is rolled back, and nothing else
is remembered either.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from federation.actors import ActorDirectory
from federation.discovery import Discovery
from federation.errors import Denied, FederationError, Gone, Malformed
from federation.inbox.context import Tools
from federation.inbox.incoming import Incoming
from federation.inbox.posting import take_in
from federation.inbox.proven import ProofReader
from federation.key_ring import KeyRing
from federation.keys import KeyDirectory
from federation.peers import PeerBook, PeerInfo
from federation.runtime import Budget, Reply, Runtime
from federation.transport.answers import Hop
from federation.transport.client import GetSigner
from federation.transport.hosts import host_of, same_origin
from federation.vocab import types
from federation.vocab.decode import decode
from federation.vocab.normalise import any_object
from models.engine import WriteTx
from models.gate import Operation
from models.queries import actors, posts
from server.installation import Installation
from server.services import fetch_gate
from server.wakeups import LocalEvents

MOST_CHARACTERS = 300
MOST_ITEMS = 20
"""Of a text and of a list, in what is shown of the document."""


class Decision(msgspec.Struct):
    """Whether a host may be asked at all."""

    host: str | None
    allowed: bool
    why: str


class Body(msgspec.Struct):
    """What was served in the end, from where."""

    url: str
    size: int
    """In bytes."""
    id: str | None
    type: str | None


class Verdict(msgspec.Struct):
    """What would be stored, or why it would not be: `reason` is a code, `why` a sentence."""

    stored: bool
    what: str | None = None
    reason: str | None = None
    why: str | None = None


class Inspection(msgspec.Struct):
    """Every step, as far as it went."""

    uri: str
    verdict: Verdict
    decision: Decision | None = None
    hops: list[Hop] = []
    document: Body | None = None
    normalised: object = None


class _NotForGood(Exception):
    """Ends the transaction in which the document was stored, so that it is not."""


async def inspect(here: Installation, uri: str) -> Inspection:
    """Fetch an address as the server would, and say what would become of what is there."""
    seen = Inspection(uri, Verdict(stored=False))
    async with _tools(here, seen.hops) as tools:
        try:
            peer = await _decide(tools, seen)
            found = await _read(tools, seen)
            seen.verdict = Verdict(stored=True, what=await _try(tools, found, peer))
        except FederationError as error:
            seen.verdict = Verdict(stored=False, reason=error.reason, why=str(error))
    return seen


@asynccontextmanager
async def _tools(here: Installation, hops: list[Hop]) -> AsyncIterator[Tools]:
    peers = PeerBook(here.db, here.clock, federates=here.config.federates)
    events = LocalEvents()
    ring = KeyRing(here.db, here.vault, here.clock, events)
    signer = GetSigner(ring.sign_get, ring.sign_get_as_asked, peers.known_way)
    client = fetch_gate(here.settings, here.config, peers, signer, here.clock, witness=hops.append)
    runtime = Runtime(here.db, here.clock, here.tokens, client, events, here.config, here.vault, ring)
    directory = ActorDirectory(runtime, peers)
    try:
        proofs = ProofReader(runtime, peers, KeyDirectory(runtime, directory))
        yield Tools(runtime, peers, directory, Discovery(runtime, peers, directory), proofs)
    finally:
        await client.close()


async def _decide(tools: Tools, seen: Inspection) -> PeerInfo:
    try:
        host = host_of(seen.uri)
    except Malformed as error:
        seen.decision = Decision(None, allowed=False, why=str(error))
        raise
    peer = await tools.peers.decide(host)
    if peer is None:
        seen.decision = Decision(host, allowed=False, why="no active partner: nothing is asked of it")
        raise Denied("this server exchanges with named partners only", reason="domain_not_allowed", host=host)
    seen.decision = Decision(host, allowed=True, why=f"an active partner ({peer.kind})")
    return peer


async def _read(tools: Tools, seen: Inspection) -> types.Activity | types.Embedded:
    """The document as we understand it, of its own origin and at its own id."""
    found = await _one(tools, seen, seen.uri)
    if not same_origin(found.id, seen.uri):
        raise Malformed("document of another origin", reason="origin_mismatch", id=found.id)
    if seen.document is not None and found.id != seen.document.url:
        # Known by another address, as by its page: its id alone speaks for it.
        found = await _one(tools, seen, found.id)
        if found.id != seen.document.url:
            raise Malformed("document has another id than its address", reason="origin_mismatch", id=found.id)
    return found


async def _one(tools: Tools, seen: Inspection, url: str) -> types.Activity | types.Embedded:
    reply: Reply = await tools.runtime.client.fetch_document(url, Budget())
    seen.document = Body(reply.url, len(reply.body), None, None)
    plain = decode(reply.body)
    seen.document.id, seen.document.type = _text(plain.get("id")), _text(plain.get("type"))
    found = any_object(plain)
    seen.normalised = _shortened(msgspec.to_builtins(found))
    return found


def _text(value: object) -> str | None:
    return value[:MOST_CHARACTERS] if isinstance(value, str) else None


def _shortened(value: object) -> object:
    """Bounded for a screen, and without the document itself, which `raw` holds."""
    match value:
        case str():
            return value if len(value) <= MOST_CHARACTERS else f"{value[:MOST_CHARACTERS]}…"
        case list() | tuple():
            return [_shortened(one) for one in value[:MOST_ITEMS]]
        case dict():
            return {name: _shortened(one) for name, one in value.items() if name != "raw"}
        case _:
            return value


async def _try(tools: Tools, found: types.Activity | types.Embedded, peer: PeerInfo) -> str:
    """Store it, say what it has become, and roll back. Raises `FederationError` where it is refused."""
    match found:
        case types.Actor():
            what = "a community" if found.is_group else "an actor"
            author = found
        case types.Post():
            if not same_origin(found.attributed_to, found.id):
                raise Denied("author of another origin", reason="origin_mismatch", uri=found.id)
            what = ""
            author = await tools.directory.fetch_document(found.attributed_to, Budget())
        case types.Tombstone():
            raise Gone("it is deleted there", reason="gone", uri=found.id)
        case _:
            raise Denied("only actors and posts are stored when they are fetched", reason="not_stored", uri=found.id)
    try:
        async with tools.runtime.db.write() as tx:
            await tools.directory.store(tx, author, peer)
            what = what or await _store_post(tx, tools, found)
            raise _NotForGood
    except _NotForGood:
        return what


async def _store_post(tx: WriteTx, tools: Tools, post: types.Activity | types.Embedded) -> str:
    assert isinstance(post, types.Post)
    if await posts.by_uri_or_url(tx, post.id, Operation()) is not None:
        return "a post that is here already"
    author = await actors.by_uri(tx, post.attributed_to)
    assert author is not None, "the same transaction has just stored it"
    item = Incoming(
        post=post, author=author, activity=None, raw=None, share=None, received_at=tools.runtime.clock.now()
    )
    await take_in(tx, tools, [item])
    stored = await posts.by_uri_or_url(tx, post.id, Operation())
    if stored is None:
        raise Denied("nobody here reads it, or it counts only when it is delivered", reason="not_stored", uri=post.id)
    return "a post"
