"""What two servers write each other about their agreement: proposals, answers, that it rests, goes on or is over; and,
while it is in force, where their audit trails stand.

Letters go to the server actor's own inbox. Each is proven by the key that stands in the terms (FEP-8b32) and by nothing
else: so one can be read before anything may be asked of its host, and while the exchange is suspended. It names its
receiver and counts up, so that a captured one cannot be used elsewhere or again (threats T234).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from federation.agreements import terms as agreement_terms
from federation.agreements.terms import CONTEXT, Terms
from federation.errors import Malformed, Unauthenticated
from federation.signatures.key_formats import parse_public_multibase
from federation.signatures.proofs import confirm_proof, examine_proofs, with_proof
from federation.signatures.sign import SigningKey
from federation.transport.hosts import same_origin
from federation.vocab import render
from federation.vocab.types import Document

OFFER, ACCEPT, REJECT, SUSPEND, RESUME, END = "Offer", "Accept", "Reject", "Suspend", "Resume", "End"
UNDO = "Undo"
"""Of one offer: it is taken back, and whatever is in force stays."""
ADD = "Add"
"""Of checkpoints to what the other keeps of them (`checkpoints.py`)."""
RETRACT, RECEIPT = "Retract", "Receipt"
"""Something is called back, and that was done (`retracting.py`)."""
UPDATE = "Update"
"""The key by which the letters are proven is followed by another (`succession.py`)."""
MAX_BYTES: Final = 64 * 1024
CLOCKS_DIFFER: Final = timedelta(days=1)
"""So far two clocks may be apart: a letter's number keeps it from counting twice, whatever its time, and a stop that is
refused for a wrong clock would be no stop.
"""
_WITH_TERMS: Final = (OFFER, ACCEPT)
_BY_OBJECT: Final[Mapping[object, tuple[str, ...]]] = {
    "Agreement": (*_WITH_TERMS, REJECT, UNDO, SUSPEND, RESUME, END),
    "AuditTrail": (ADD,),
    "Retractions": (RETRACT,),
    "Receipts": (RECEIPT,),
    "KeySuccession": (UPDATE,),
}
_NAMES: Final = tuple(str(kind).encode() for kind in _BY_OBJECT)
OUTLIVING: Final = (RETRACT, RECEIPT, UPDATE)
"""What is taken after the end of an agreement as well."""
_WITHOUT_HASH: Final = (ADD, *OUTLIVING)
_MAX_REASON: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter, proven to come from the holder of the key that it was read with."""

    id: str
    type: str
    sender: str
    """Id of the server actor that wrote it."""
    serial: int
    hash: str
    """Of the version that it is about; empty for one about a trail, or about what is called back."""
    terms: Terms | None
    """Of an Offer and an Accept."""
    document: Document | None
    """The terms with their signatures, as received."""
    reason: str
    about: Document
    """What it carries, as received."""
    seen: int | None
    """Serial number of the last letter of ours that its writer had taken in; null where it does not say."""


def may_be_letter(body: bytes) -> bool:
    """Whether it is worth looking at these bytes as at a letter: none is so large, and none names no such object."""
    return len(body) <= MAX_BYTES and any(name in body for name in _NAMES)


def is_letter(activity: Mapping[str, object]) -> bool:
    """Whether an activity is about an agreement, from its type and that of its object; nothing is checked."""
    about = activity.get("object")
    return isinstance(about, dict) and activity.get("type") in _types_about(about)


def _types_about(about: Mapping[str, object]) -> tuple[str, ...]:
    kind = about.get("type")
    return _BY_OBJECT.get(kind, ()) if isinstance(kind, str) else ()


def write(
    kind: str,
    *,
    identity: str,
    sender: str,
    receiver: str,
    about: Document,
    serial: int,
    reason: str,
    key: SigningKey,
    at: datetime,
) -> Document:
    """A proven letter; `about` is the signed terms, or only what names them (`reference`)."""
    document: Document = {
        "@context": CONTEXT,
        "id": identity,
        "type": kind,
        "actor": sender,
        "to": [receiver],
        "object": about,
        "serial": serial,
        "summary": reason,
        "published": render.instant(at),
    }
    return with_proof(document, key, created=at)


def reference(terms: Terms, digest: str, seen: int) -> Document:
    """What names a version in a letter that does not carry it, and which letter of the receiver was the last one that
    its writer had taken in: words of both sides may cross.
    """
    return {"type": "Agreement", "id": terms.id, "version": terms.version, "hash": digest, "seen": seen}


def read(activity: Document, *, receiver: str, known_key: str | None, now: datetime) -> Letter:
    """A letter to us, checked with the key that we know of its sender or, from a stranger, that its terms name.

    `known_key` is multibase. Raises `Malformed`, or `Unauthenticated` where it is not proven or another's.
    """
    about = activity.get("object")
    kind, identity, sender = (_text(activity, name) for name in ("type", "id", "actor"))
    if not isinstance(about, dict) or kind not in _types_about(about):
        raise Malformed("no letter about an agreement", reason="agreement_malformed")
    if activity.get("to") not in (receiver, [receiver]):
        raise Malformed("letter to somebody else", reason="agreement_malformed", sender=sender)
    if not same_origin(identity, sender):
        raise Malformed("letter with an id of another origin", reason="origin_mismatch", sender=sender)
    serial = _number(activity, "serial")
    if serial < 1:
        raise Malformed("letter without a serial number", reason="agreement_malformed", sender=sender)
    terms = agreement_terms.read(about) if kind in _WITH_TERMS else None
    _check_parties(terms, sender, receiver)
    party = terms.party_of(sender) if terms else None
    if known_key is None and party is None:
        raise Unauthenticated("letter of a stranger", reason="proof_invalid", sender=sender)
    _confirm(activity, known_key or (party.key if party else ""), sender, now)
    summary = activity.get("summary")
    return Letter(
        id=identity,
        type=kind,
        sender=sender,
        serial=serial,
        hash=agreement_terms.hash_of(about) if terms else "" if kind in _WITHOUT_HASH else _text(about, "hash"),
        terms=terms,
        document=about if terms else None,
        reason=summary[:_MAX_REASON] if isinstance(summary, str) else "",
        about=about,
        seen=_number(about, "seen") if "seen" in about else None,
    )


def _check_parties(terms: Terms | None, sender: str, receiver: str) -> None:
    if terms is not None and {party.server for party in terms.parties} != {sender, receiver}:
        raise Malformed("terms between others than sender and receiver", reason="agreement_malformed", sender=sender)


def _confirm(activity: Document, key: str, sender: str, now: datetime) -> None:
    claims = examine_proofs(activity, now=now, ahead=CLOCKS_DIFFER)
    if not claims:
        raise Unauthenticated("letter without a proof", reason="proof_missing", sender=sender)
    for claim in claims:
        if claim.key_id.partition("#")[0] != sender:
            raise Unauthenticated("letter proven by somebody else", reason="proof_invalid", sender=sender)
        confirm_proof(claim, parse_public_multibase(key), sender)


def _number(document: Mapping[str, object], name: str) -> int:
    value = document.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise Malformed(f"letter without a good {name}", reason="agreement_malformed")
    return value


def _text(document: Mapping[str, object], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 2048:
        raise Malformed(f"letter without a good {name}", reason="agreement_malformed")
    return value
