"""What an actor's document shows of the keys that it had, so that whoever reads it knows it for the same one.

Word of new keys is on its way for a while (spec/signatures.md 4.3), and a partner that reads the document meanwhile
must not take the firm for somebody else (threats T066). So the document of a server, a person or a community carries a
statement of its keys with every succession that led to them, proven by the last one: nobody who merely has the domain
can make it, nor use one that was made before for keys of their own.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from federation.agreements import succession
from federation.agreements.terms import CONTEXT
from federation.errors import Malformed, Unauthenticated
from federation.signatures.key_formats import parse_public_multibase
from federation.signatures.proofs import ProofClaim, confirm_proof, examine_proofs, with_proof
from federation.signatures.sign import SigningKey
from federation.vocab.types import Document

MEMBER: Final = "keyStatement"
TERMS: Final[Document] = {
    "entrepairs": "urn:entrepairs:terms#",
    # Opaque to whoever reads JSON-LD: contexts inside are those of the signed texts.
    MEMBER: {"@id": "entrepairs:keyStatement", "@type": "@json"},
}
_TYPE: Final = "KeyStatement"
MOST_SUCCESSIONS: Final = 20
"""The newest that are shown and read. A key that is older than all of them is looked at by a person."""


def stated(
    actor_uri: str, keys: Mapping[str, str], successions: Sequence[Document], key: SigningKey, *, created: datetime
) -> Document:
    """The statement: `keys` by id as they are published, the successions in their order. The same bytes each time."""
    plain: Document = {
        "@context": CONTEXT,
        "type": _TYPE,
        "server": actor_uri,
        "keys": dict(keys),
        "successions": list(successions),
    }
    return with_proof(plain, key, created=created)


def shows(
    document: Mapping[str, object], *, actor_uri: str, keys: Mapping[str, str], former: Collection[str], now: datetime
) -> bool:
    """Whether an actor's document proves that what it publishes came after one of the `former` keys (multibase)."""
    statement = document.get(MEMBER)
    if not isinstance(statement, dict) or (statement.get("server"), statement.get("keys")) != (actor_uri, dict(keys)):
        return False
    try:
        return any(_leads(statement, actor_uri, one, now) for one in former)
    except (Malformed, Unauthenticated):
        return False


def _leads(statement: Document, actor_uri: str, former: str, now: datetime) -> bool:
    """A key that followed this one proves the statement. In the second in which it changes, this one does."""
    shown, known = statement.get("successions"), [former]
    for one in shown[-MOST_SUCCESSIONS:] if isinstance(shown, list) else []:
        if isinstance(one, dict) and one.get("previous") == known[-1]:
            known.append(succession.read(one, actor_uri=actor_uri, previous=known[-1], now=now).key)
    return any(
        claim.key_id.partition("#")[0] == actor_uri and _is_proven(claim, key, actor_uri)
        for claim in examine_proofs(statement, now=now)
        for key in {known[0], known[-1]}
    )


def _is_proven(claim: ProofClaim, key: str, actor_uri: str) -> bool:
    try:
        confirm_proof(claim, parse_public_multibase(key), actor_uri)
    except Unauthenticated:
        return False
    return True
