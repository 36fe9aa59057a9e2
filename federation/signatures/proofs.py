"""Object integrity proofs (FEP-8b32, cryptosuite eddsa-jcs-2022): a document that shows by itself who wrote it.

Signed is SHA-256 of the canonical proof configuration, then SHA-256 of the canonical document (RFC 8785), the
configuration first. Knows documents and keys; whose a key is the caller has to show. The newcomer's mistake: parsing a
document, dropping what one does not know, and passing the rest on, which breaks every proof.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from federation.errors import Unauthenticated
from federation.signatures import algorithms
from federation.signatures.algorithms import PublicKey
from federation.signatures.canonical import canonical
from federation.signatures.key_formats import multibase_decode, multibase_encode
from federation.signatures.message import _SEAL, _require_seal, excerpt
from federation.signatures.sign import SigningKey

Document = Mapping[str, object]

DATA_INTEGRITY: Final = "https://w3id.org/security/data-integrity/v2"
MAX_PROOFS: Final = 4
"""Of one document. Each costs a pass over the whole of it."""
MAX_AHEAD: Final = timedelta(hours=1)
MAX_KEY_ID_CHARS: Final = 2048

_TYPE: Final = "DataIntegrityProof"
_SUITE: Final = "eddsa-jcs-2022"
_PURPOSE: Final = "assertionMethod"
_SIGNATURE_BYTES: Final = 64
_MAX_DATE_CHARS: Final = 40


@dataclass(frozen=True, slots=True)
class ProofClaim:
    """A proof that can be read and has not expired. It proves nothing yet."""

    key_id: str
    """The verification method, as sent: an http or https address."""
    signature: bytes = field(repr=False)
    config: Document = field(repr=False)
    document: Document = field(repr=False)
    """Without its proofs; the context as the proof has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenAuthor:
    """Who wrote a document, whoever brought it: its proof was checked with the key of this owner."""

    key_id: str
    owner_uri: str
    """The actor that the key belongs to, as shown by the caller of `confirm_proof`."""
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        _require_seal(seal)


def has_proof(document: Document) -> bool:
    """Whether a document brings anything that calls itself a proof. Costs one look-up."""
    return bool(document.get("proof"))


def examine_proofs(document: Document, *, now: datetime, ahead: timedelta = MAX_AHEAD) -> tuple[ProofClaim, ...]:
    """The proofs of a decoded document in the one suite that we know, each to be confirmed; none where there is none.

    Proofs of other kinds and by other sorts of key ids are as if they were not there (spec/signatures.md 6.2). Raises
    `Unauthenticated` (proof_invalid) where one cannot be good: expired, from the future, ill-formed, for another
    purpose, or of another beginning of the `@context`. One such spoils the others. `ahead`: how far the clock of its
    maker may be ahead.
    """
    given = document.get("proof")
    proofs = given if isinstance(given, list) else [given] if given else []
    if len(proofs) > MAX_PROOFS:
        raise _invalid("too many proofs", proofs=len(proofs))
    bare = {name: value for name, value in document.items() if name not in ("proof", "signature")}
    claims = (_examine(proof, bare, now, ahead) for proof in proofs if isinstance(proof, dict))
    return tuple(claim for claim in claims if claim is not None)


def confirm_proof(claim: ProofClaim, public_key: PublicKey, owner_uri: str) -> ProvenAuthor:
    """Check a proof with the key that `claim.key_id` names.

    The caller has shown that `owner_uri` lists the key among its assertion methods. Raises `Unauthenticated`
    (proof_invalid); the caller may then refresh a cached key once.
    """
    if not isinstance(public_key, Ed25519PublicKey):
        raise _invalid("key of another kind than the suite's", key_id=claim.key_id)
    message = _hashed(claim.config, claim.document)
    if not algorithms.is_valid(public_key, claim.signature, message, None):
        raise _invalid("proof does not fit document and key", key_id=claim.key_id)
    return ProvenAuthor(key_id=claim.key_id, owner_uri=owner_uri, seal=_SEAL)


def with_proof(document: Document, key: SigningKey, *, created: datetime) -> dict[str, object]:
    """The document with a proof by one of our keys, and with the context that names it.

    `document` is plain JSON without `proof` and `signature`. Raises `ValueError` for a key that is not Ed25519, and
    for what has no canonical form: integers beyond 2^53.
    """
    if not isinstance(key.private_key, Ed25519PrivateKey):
        raise ValueError("proofs are made by Ed25519 keys")
    context = document.get("@context", [])
    entries = [*context] if isinstance(context, list) else [context]
    if DATA_INTEGRITY not in entries:
        entries.append(DATA_INTEGRITY)
    proven = {**document, "@context": entries}
    config = {
        "@context": entries,
        "type": _TYPE,
        "cryptosuite": _SUITE,
        "verificationMethod": key.key_id,
        "proofPurpose": _PURPOSE,
        "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    signature = algorithms.sign(key.private_key, _hashed(config, proven))
    return proven | {"proof": config | {"proofValue": multibase_encode(signature)}}


def _examine(proof: dict[str, object], bare: Document, now: datetime, ahead: timedelta) -> ProofClaim | None:
    key_id = proof.get("verificationMethod")
    if proof.get("type") != _TYPE or proof.get("cryptosuite") != _SUITE:
        return None
    if not isinstance(key_id, str) or not key_id.startswith(("https://", "http://")) or len(key_id) > MAX_KEY_ID_CHARS:
        return None
    if proof.get("proofPurpose") != _PURPOSE:
        raise _invalid("proof for another purpose", key_id=excerpt(key_id))
    expires, created = _instant(proof, "expires"), _instant(proof, "created")
    if expires is not None and expires < now:
        raise _invalid("proof has expired", key_id=excerpt(key_id))
    if created is not None and created - now > ahead:
        raise _invalid("proof is from the future", key_id=excerpt(key_id))
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    document = dict(bare)
    # Some leave it out; then the configuration is hashed as it is.
    if "@context" in config:
        if not _begins_with(bare.get("@context"), config["@context"]):
            raise _invalid("context is not the proof's", key_id=excerpt(key_id))
        document["@context"] = config["@context"]
    return ProofClaim(key_id, _signature(proof.get("proofValue")), config, document)


def _begins_with(context: object, expected: object) -> bool:
    """What others added behind, an announcing group for instance, is not what the author signed (vc-di-eddsa 3.3.2)."""
    given = context if isinstance(context, list) else [context]
    entries = expected if isinstance(expected, list) else [expected]
    return given[: len(entries)] == entries


def _signature(value: object) -> bytes:
    # Longer than 64 bytes in base58 are; decoding costs the square of the length.
    if not isinstance(value, str) or len(value) > 2 * _SIGNATURE_BYTES:
        raise _invalid("proof without its value")
    try:
        signature = multibase_decode(value)
    except Unauthenticated as error:
        raise _invalid("value of the proof cannot be read") from error
    if len(signature) != _SIGNATURE_BYTES:
        raise _invalid("value of the proof is no signature", octets=len(signature))
    return signature


def _instant(proof: dict[str, object], name: str) -> datetime | None:
    """A date of the proof, aware; finer than microseconds is cut off. None: it has none."""
    text = proof.get(name)
    if text is None:
        return None
    try:
        if not isinstance(text, str) or len(text) > _MAX_DATE_CHARS:
            raise ValueError(name)
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise _invalid("date of the proof is none", member=name) from error
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _hashed(config: Document, document: Document) -> bytes:
    """What is signed: the configuration before the document."""
    return _digest(config) + _digest(document)


def _digest(document: Document) -> bytes:
    try:
        return hashlib.sha256(canonical(document)).digest()
    except ValueError as error:
        raise _invalid("document has no canonical form") from error


def _invalid(message: str, **context: object) -> Unauthenticated:
    return Unauthenticated(message, reason="proof_invalid", **context)
