"""Who wrote a document, by its integrity proof, whoever brought it (spec/signatures.md 6.2).

Costs one look-up in the document where there is no proof. A proof counts only by a key that the author lists among the
assertion methods, and keys come from allowed hosts only: strangers are asked nothing (threats T054).
"""

import structlog

from federation.errors import Denied, Gone, Malformed, Unauthenticated
from federation.keys import KeyDirectory
from federation.peers import PeerBook
from federation.runtime import Budget, Runtime
from federation.signatures.proofs import ProofClaim, ProvenAuthor, confirm_proof, examine_proofs, has_proof
from federation.transport.hosts import host_of, same_origin
from federation.vocab.types import Document

log = structlog.get_logger()


class ProofReader:
    """Reads proofs for one process."""

    def __init__(self, runtime: Runtime, peers: PeerBook, keys: KeyDirectory) -> None:
        self._runtime = runtime
        self._peers = peers
        self._keys = keys

    async def author(self, document: Document, actor_uri: str, budget: Budget) -> ProvenAuthor | None:
        """The actor, if a proof shows that the document is theirs and none speaks against it; None otherwise.

        Raises `TryLater` where the key could not be looked for.
        """
        if not has_proof(document):
            return None
        try:
            claims = examine_proofs(document, now=self._runtime.clock.now())
            if not claims or await self._peers.decide(host_of(actor_uri)) is None:
                return None
            found = [await self._confirm(claim, actor_uri, budget) for claim in claims]
        except (Unauthenticated, Denied, Gone, Malformed) as error:
            log.info("proof.refused", actor=actor_uri, reason=error.reason)
            return None
        return found[0]

    async def _confirm(self, claim: ProofClaim, actor_uri: str, budget: Budget) -> ProvenAuthor:
        if not same_origin(claim.key_id, actor_uri):
            raise Unauthenticated("proof by somebody else", reason="key_owner_mismatch", key_id=claim.key_id)
        key = await self._keys.resolve(claim.key_id, budget)
        if key.owner_uri != actor_uri or not key.is_for_proofs:
            raise Unauthenticated("key is not for proofs of the actor", reason="key_owner_mismatch", key_id=key.key_uri)
        try:
            return confirm_proof(claim, key.public_key, key.owner_uri)
        except Unauthenticated:
            fresh = await self._keys.refresh(key, budget)
            if fresh is None or fresh.owner_uri != actor_uri or not fresh.is_for_proofs:
                raise
            return confirm_proof(claim, fresh.public_key, fresh.owner_uri)
