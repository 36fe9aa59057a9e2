"""The door: from a signed request to a verified activity. Nothing unverified is stored (architecture section 3)."""

import msgspec

from federation.errors import Denied, FederationError, Gone, Malformed, Unauthenticated
from federation.inbox.blocked import TAKES_AWAY
from federation.inbox.intake import Intake, SeenGone, VerifiedActivity
from federation.inbox.proven import ProofReader
from federation.keys import KeyDirectory, RemoteKey
from federation.peers import PeerBook, PeerInfo
from federation.runtime import Budget, Runtime
from federation.signatures.message import Claim, SignedRequest, VerifiedSender
from federation.signatures.proofs import ProvenAuthor, has_proof
from federation.signatures.verify import confirm, examine
from federation.sync import Hearing, heard_in
from federation.transport.hosts import host_of, same_origin
from federation.vocab.decode import decode
from federation.vocab.normalise import envelope
from federation.vocab.types import Document, Envelope
from models.actors import APPLICATION
from models.queries import actors
from models.writes.actors import INDEXED_CHARACTERS


class SignedBy(msgspec.Struct, frozen=True):
    """Who sent a request, shown by its signature."""

    sender: VerifiedSender
    peer: PeerInfo
    owner_id: int


class Door:
    """Decides what comes in. One for the process."""

    def __init__(self, runtime: Runtime, peers: PeerBook, keys: KeyDirectory, intake: Intake, hearing: Hearing) -> None:
        self._runtime = runtime
        self._peers = peers
        self._keys = keys
        self._intake = intake
        self._hearing = hearing
        self._proofs = ProofReader(runtime, peers, keys)
        self._own_authority = runtime.config.base_url.partition("://")[2]

    async def receive(self, request: SignedRequest) -> None:
        """Take one POST to an inbox; returns when it is stored, or needs no storing.

        Raises `Malformed` (400), `Unauthenticated` (401), `Denied` (403) or `TryLater` (503, sender comes again).
        """
        document = decode(request.body)
        activity = envelope(document)
        if len(activity.id) + len(activity.actor) > INDEXED_CHARACTERS:
            raise Malformed("ids of activity and actor are too long", reason="malformed", characters=len(activity.id))
        claim = examine(request, own_authority=self._own_authority, now=self._runtime.clock.now())
        peer = await self._allowed(claim.key_id)
        author_peer = await self._allowed(activity.actor)
        if author_peer.id != peer.id and not has_proof(document):
            raise Denied("signer and actor are of different servers", reason="actor_mismatch", actor=activity.actor)
        if await self._is_farewell_of_a_stranger(activity):
            return
        try:
            signer = (await self._confirm(request, claim, peer)).sender
        except Unauthenticated as error:
            # Who deleted themselves is gone with the key that said so.
            if not isinstance(error.__cause__, Gone) or not _is_farewell_by(activity, claim.key_id):
                raise
            await self._keep(SeenGone(claim.key_id, activity.actor), activity, request, author_peer)
            return
        await self._keep(await self._sender(activity, document, signer), activity, request, author_peer)
        self._peers.remember_seen(peer)
        if (heard := heard_in(request, signer)) is not None:
            self._hearing.note(heard)

    async def _keep(
        self,
        sender: VerifiedSender | ProvenAuthor | SeenGone,
        activity: Envelope,
        request: SignedRequest,
        author_peer: PeerInfo,
    ) -> None:
        now = self._runtime.clock.now()
        await self._intake.add(VerifiedActivity(sender, activity, request.body, author_peer.id, now))

    async def _sender(
        self, activity: Envelope, document: Document, signer: VerifiedSender
    ) -> VerifiedSender | ProvenAuthor | SeenGone:
        """The activity's actor, shown by the request's signature, or else by the document's own proof; of one that its
        server says is deleted, its own address says whether it is.

        Linked-data signatures show nothing (spec 16, threats T053). Raises `Denied` for what others say of the actor
        (T016), and for an id of another origin (T049).
        """
        if not same_origin(activity.id, activity.actor):
            raise Denied("activity id of another origin", reason="origin_mismatch", activity=activity.id)
        if activity.type != TAKES_AWAY:
            self._require_unblocked(signer.owner_uri, activity.actor)
        if signer.owner_uri == activity.actor:
            return signer
        if await self._is_said_by_its_server(activity, signer) and await self._is_gone(activity.actor):
            return SeenGone(signer.key_id, activity.actor)
        author = await self._proofs.author(document, activity.actor, Budget())
        if author is None:
            raise Denied(
                "signed by somebody else than its actor",
                reason="actor_mismatch",
                actor=activity.actor,
                key_id=signer.key_id,
            )
        return author

    async def _is_said_by_its_server(self, activity: Envelope, signer: VerifiedSender) -> bool:
        """A server tells that one of its actors is deleted, which signs nothing any more (spec/signatures.md 4.4)."""
        if not _is_farewell(activity) or not same_origin(signer.owner_uri, activity.actor):
            return False
        async with self._runtime.db.read() as tx:
            owner = await actors.by_uri(tx, signer.owner_uri)
        return owner is not None and owner.type == APPLICATION

    async def _is_gone(self, actor_uri: str) -> bool:
        """Its own address says that it is deleted. A 404 is no proof. Raises `TryLater` where one could not look."""
        try:
            reply = await self._runtime.client.fetch_document(actor_uri, Budget())
            return decode(reply.body).get("type") == "Tombstone"
        except Gone:
            return True
        except (Malformed, Denied):
            return False

    async def identify(self, request: SignedRequest) -> SignedBy:
        """Who asks for a protected document. Raises `Unauthenticated`, `Denied` (before any fetch) or `TryLater`."""
        claim = examine(request, own_authority=self._own_authority, now=self._runtime.clock.now())
        signed = await self._confirm(request, claim, await self._allowed(claim.key_id))
        self._require_unblocked(signed.sender.owner_uri)
        self._peers.remember_seen(signed.peer)
        return signed

    def _require_unblocked(self, *actor_uris: str) -> None:
        """Raises `Denied` for the one actor of an allowed server whom our administrators block (spec 18)."""
        for uri in actor_uris:
            if self._peers.is_blocked(uri):
                raise Denied("this actor is blocked here", reason="actor_blocked", actor=uri)

    async def identify_party(self, request: SignedRequest) -> SignedBy:
        """The same for what concerns an agreement: its party may ask also while it rests, and after its end."""
        claim = examine(request, own_authority=self._own_authority, now=self._runtime.clock.now())
        peer = self._peers.at(_host_of_key(claim.key_id))
        if peer is None or not peer.may_be_asked:
            raise Denied("this server exchanges with named partners only", reason="domain_not_allowed")
        return await self._confirm(request, claim, peer)

    async def _allowed(self, uri: str) -> PeerInfo:
        """The peer whose address this is; strangers are turned away before anything is fetched (threats T054, T020)."""
        host = _host_of_key(uri)
        peer = await self._peers.decide(host)
        if peer is None:
            raise Denied("this server exchanges with named partners only", reason="domain_not_allowed", peer=host)
        return peer

    async def _is_farewell_of_a_stranger(self, activity: Envelope) -> bool:
        """An actor that we never knew deletes itself: nothing to do, and no key to fetch (threats T021, T091)."""
        if not _is_farewell(activity):
            return False
        async with self._runtime.db.read() as tx:
            return await actors.by_uri(tx, activity.actor) is None

    async def _confirm(self, request: SignedRequest, claim: Claim, peer: PeerInfo) -> SignedBy:
        budget = Budget()
        try:
            key = await self._keys.resolve(claim.key_id, budget)
        except Gone as error:
            raise Unauthenticated("signer is deleted", reason="key_unavailable", key_id=claim.key_id) from error
        except Denied as error:
            raise Unauthenticated(str(error), reason=error.reason, key_id=claim.key_id) from error
        try:
            sender = _confirm_any(claim, key)
        except Unauthenticated:
            fresh = await self._keys.refresh(key, budget)
            if fresh is None:
                raise
            key, sender = fresh, _confirm_any(claim, fresh)
        return SignedBy(sender, peer, key.owner_id)


def _is_farewell(activity: Envelope) -> bool:
    """An actor deletes itself."""
    return activity.type == "Delete" and activity.object_id == activity.actor


def _is_farewell_by(activity: Envelope, key_uri: str) -> bool:
    """By a key at the actor's own address (spec/signatures.md 4.4)."""
    return _is_farewell(activity) and key_uri.partition("#")[0] == activity.actor


def _host_of_key(uri: str) -> str:
    try:
        return host_of(uri)
    except Malformed as error:
        raise Unauthenticated("key id is no address", reason="sig_malformed") from error


def _confirm_any(claim: Claim, key: RemoteKey) -> VerifiedSender:
    """The first of the signatures of a request that fits (RFC 9421 allows several)."""
    failure: FederationError | None = None
    for candidate in (claim, *claim.alternatives):
        if candidate.key_id != claim.key_id:
            continue
        try:
            return confirm(candidate, key.public_key, key.owner_uri)
        except Unauthenticated as error:
            failure = failure or error
    assert failure is not None
    raise failure
