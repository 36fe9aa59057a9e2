"""Checkpoints of audit trails: where a trail stood, signed by its server and kept by its partners (threats T247).

Each names the hash of the one before it, so that whoever keeps them sees when one does not extend the last: its server
has rewritten its trail, or tells others something else. A letter carries the last few, so that a lost one is no gap.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from federation.agreements.office import Office
from federation.agreements.terms import CONTEXT, Address
from federation.errors import Malformed, Unauthenticated
from federation.signatures.canonical import canonical
from federation.signatures.key_formats import parse_public_multibase
from federation.signatures.proofs import ProofClaim, confirm_proof, examine_proofs, with_proof
from federation.vocab.types import Document

MOST_IN_A_LETTER: Final = 16
"""Of sixteen days, which is longer than a delivery is tried; with their signatures half of what a letter may have."""

Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Checkpoint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a trail stood."""

    context: list[Any] = msgspec.field(name="@context")
    type: Literal["AuditCheckpoint"]
    server: Address
    """Id of the server's own actor."""
    number: Annotated[int, Meta(ge=1, lt=2**53)]
    """Counts up from 1."""
    previous: Digest | None
    """Hash of the checkpoint with the number before; null for the first."""
    entries: Annotated[int, Meta(ge=0, lt=2**53)]
    head: Digest
    """Hash of the last entry; of none at all sixty-four zeros."""
    published: Annotated[str, Meta(max_length=40)]


class Received(Struct, frozen=True):
    """One of a letter, checked."""

    checkpoint: Checkpoint
    hash: str
    document: Document


def signed(checkpoint: Checkpoint, office: Office, at: datetime) -> Document:
    """The document of one of ours with its signature."""
    plain: Document = msgspec.to_builtins(checkpoint)
    return with_proof(plain, office.key, created=at)


def new(office: Office, *, number: int, previous: str | None, entries: int, head: str, published: str) -> Checkpoint:
    """The next one of ours."""
    return Checkpoint(
        context=CONTEXT,
        type="AuditCheckpoint",
        server=office.actor.uri,
        number=number,
        previous=previous,
        entries=entries,
        head=head,
        published=published,
    )


def hash_of(document: Mapping[str, object]) -> str:
    """What the next one names: SHA-256 of the canonical text without its signature, in hexadecimal."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    return hashlib.sha256(canonical(bare)).hexdigest()


def read(document: Mapping[str, object], *, server: str, keys: Collection[str], now: datetime) -> Received:
    """One of the server with one of these multibase keys: the present one, or one of those that it followed.

    Raises `Malformed`, or `Unauthenticated` where it did not sign it.
    """
    try:
        checkpoint = msgspec.convert({k: v for k, v in document.items() if k != "proof"}, Checkpoint)
    except msgspec.ValidationError as error:
        raise Malformed(f"this is no checkpoint: {error}", reason="agreement_malformed") from error
    claims = examine_proofs(document, now=now)
    if checkpoint.server != server or not claims:
        raise Unauthenticated("checkpoint is not signed by its server", reason="proof_invalid", sender=server)
    for claim in claims:
        if claim.key_id.partition("#")[0] != server:
            raise Unauthenticated("checkpoint signed by somebody else", reason="proof_invalid", sender=server)
        _confirm(claim, keys, server)
    return Received(checkpoint, hash_of(document), dict(document))


def _confirm(claim: ProofClaim, keys: Collection[str], server: str) -> None:
    wrong = Unauthenticated("checkpoint is not signed by its server", reason="proof_invalid", sender=server)
    for key in keys:
        try:
            confirm_proof(claim, parse_public_multibase(key), server)
        except Unauthenticated as error:
            wrong = error
        else:
            return
    raise wrong


def about(documents: Sequence[Document]) -> Document:
    """What a letter carries: our last few, oldest first."""
    return {"type": "AuditTrail", "checkpoints": list(documents)}


def in_letter(carried: Mapping[str, object], *, server: str, keys: Collection[str], now: datetime) -> list[Received]:
    """Those of a letter, oldest first. Raises `Malformed` and `Unauthenticated`."""
    given = carried.get("checkpoints")
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_IN_A_LETTER:
        raise Malformed("letter without checkpoints", reason="agreement_malformed", sender=server)
    found: list[Received] = []
    for one in given:
        if not isinstance(one, dict):
            raise Malformed("a checkpoint is an object", reason="agreement_malformed", sender=server)
        found.append(read(one, server=server, keys=keys, now=now))
    return found


class Known(Struct, frozen=True):
    """The last that we were told, as far as it counts."""

    number: int
    entries: int
    head: str
    hash: str


def flaw(known: Known | None, told: Sequence[Received]) -> str | None:
    """Why what we are told now does not extend what we know; None where it does."""
    for before, after in pairwise(told):
        if (problem := _does_not_follow(_known(before), after)) is not None:
            return problem
    if known is None:
        return None
    at_known = next((one for one in told if one.checkpoint.number == known.number), None)
    if at_known is not None:
        return None if at_known.hash == known.hash else f"checkpoint {known.number} is another one than before"
    if told[-1].checkpoint.number < known.number:
        return f"checkpoint {told[-1].checkpoint.number} comes after {known.number}"
    return _does_not_follow(known, told[0])


def _known(one: Received) -> Known:
    stated = one.checkpoint
    return Known(stated.number, stated.entries, stated.head, one.hash)


def _does_not_follow(before: Known, after: Received) -> str | None:
    number = after.checkpoint.number
    if number != before.number + 1:
        return f"checkpoint {number} cannot be shown to extend {before.number}: what is between them is missing"
    if after.checkpoint.previous != before.hash:
        return f"checkpoint {number} does not name checkpoint {before.number} as we know it"
    if after.checkpoint.entries < before.entries:
        return f"checkpoint {number} has fewer entries than checkpoint {before.number}"
    if after.checkpoint.entries == before.entries and after.checkpoint.head != before.head:
        return f"checkpoint {number} ends with another entry {before.entries} than checkpoint {before.number}"
    return None
