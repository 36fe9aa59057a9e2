"""The text of an agreement between two firms: its shape, its hash, its two signatures (product J2).

A version of the terms is one canonical document (RFC 8785). Its hash names it everywhere; each party signs the same
bytes with the key of its server that stands in the text (FEP-8b32 proofs), so that neither a third server nor a changed
key can make one. Pure: no database, no network.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from federation.errors import Malformed, Unauthenticated
from federation.signatures.canonical import canonical
from federation.signatures.key_formats import parse_public_multibase
from federation.signatures.proofs import DATA_INTEGRITY, confirm_proof, examine_proofs, with_proof
from federation.signatures.sign import SigningKey
from federation.vocab.context import ACTIVITY_STREAMS
from federation.vocab.types import Document

VOCABULARY: Final = {
    "entrepairs": "urn:entrepairs:terms#",
    "Agreement": "entrepairs:Agreement",
    "Suspend": "entrepairs:Suspend",
    "Resume": "entrepairs:Resume",
    "End": "entrepairs:End",
    "Retract": "entrepairs:Retract",
    "Receipt": "entrepairs:Receipt",
    "Retractions": "entrepairs:Retractions",
    "Receipts": "entrepairs:Receipts",
    "version": "entrepairs:version",
    "hash": "entrepairs:hash",
    "serial": "entrepairs:serial",
    "seen": "entrepairs:seen",
    "AuditTrail": "entrepairs:AuditTrail",
    "AuditCheckpoint": "entrepairs:AuditCheckpoint",
    "checkpoints": "entrepairs:checkpoints",
    "server": "entrepairs:server",
    "KeySuccession": "entrepairs:KeySuccession",
    "key": "entrepairs:key",
    "number": "entrepairs:number",
    "previous": "entrepairs:previous",
    "entries": "entrepairs:entries",
    "head": "entrepairs:head",
}
CONTEXT: Final[list[object]] = [ACTIVITY_STREAMS, DATA_INTEGRITY, VOCABULARY]

MAX_AHEAD_OF_TERMS: Final = timedelta(days=1)
"""Clocks of two firms may differ; what counts of the terms is who signed them."""

LONGEST_TERM: Final = timedelta(days=731)
"""Until the review (product J2): 24 months, of which one may have a day more."""

_ADDRESS_OF_MAIL: Final = re.compile(r"[^\s@<>]{1,64}@[A-Za-z0-9.-]{1,253}")

# A dollar alone matches before a line feed at the end as well, here and not in every other language.
Address = Annotated[str, Meta(min_length=1, max_length=2048, pattern=r"^https?://[^\s]+$(?!\n)")]
Line = Annotated[str, Meta(max_length=500)]


class Party(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the two firms, by its server."""

    server: Address
    """Id of its server's own actor."""
    key: Annotated[str, Meta(max_length=100)]
    """The Ed25519 key by which it signs, in multibase."""
    admin: Line = ""
    """Whom to write to about the exchange."""
    dpo: Line = ""
    """Whom to write to about people's data."""


class Share(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What one party shares with the other."""

    by: Address
    communities: Annotated[tuple[Address, ...], Meta(max_length=200)] = ()
    whatever_hosts_open: bool = False
    """Besides those: whatever its hosts open to all partners."""


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """One version of an agreement. A member that we do not know is refused: it would be signed unread."""

    context: Annotated[list[Any], Meta(extra_json_schema={"contains": {"const": DATA_INTEGRITY}})] = msgspec.field(
        name="@context"
    )
    id: Address
    """The same for all versions; at the server of who proposed the first."""
    type: Literal["Agreement"]
    version: Annotated[int, Meta(ge=1, le=1_000_000)]
    supersedes: Annotated[str, Meta(max_length=64, pattern="^[0-9a-f]{64}$")] | None
    """Hash of the version that this one replaces; null for the first."""
    parties: tuple[Party, Party]
    """Who proposed the first version comes first."""
    shares: tuple[Share, Share]
    """In the order of the parties."""
    rights: Literal["take-part", "read"]
    ceiling: Literal["internal", "restricted", "confidential"]
    """The highest label that passes."""
    retention_months: Annotated[int, Meta(ge=1, le=120)]
    """Copies are kept for at most so long."""
    retraction_hours: Annotated[int, Meta(ge=1, le=720)]
    """Within this time what was called back is gone, and confirmed."""
    history: bool
    """New members over there read what was written before they joined."""
    data_requests: Line
    """Who answers people that ask for their data."""
    review_date: Annotated[date, Meta(extra_json_schema={"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"})]
    """On this day the exchange is suspended unless a new version was signed; at most 24 months ahead."""

    def party_of(self, server: str) -> Party | None:
        """The party with this server."""
        return next((party for party in self.parties if party.server == server), None)

    def other_than(self, server: str) -> Party:
        """The other party."""
        return self.parties[1] if self.parties[0].server == server else self.parties[0]

    def share_of(self, server: str) -> Share:
        """What the party with this server shares."""
        return next(share for share in self.shares if share.by == server)


def read(document: Mapping[str, object]) -> Terms:
    """The terms of a decoded document, with or without signatures. Raises `Malformed`, naming what is wrong."""
    try:
        terms = msgspec.convert({name: _worth(value) for name, value in _bare(document).items()}, Terms)
    except msgspec.ValidationError as error:
        raise Malformed(f"these are no terms of an agreement: {error}", reason="agreement_malformed") from error
    if terms.parties[0].server == terms.parties[1].server:
        raise Malformed("an agreement has two parties", reason="agreement_malformed")
    if [share.by for share in terms.shares] != [party.server for party in terms.parties]:
        raise Malformed("shares are not those of the parties, in their order", reason="agreement_malformed")
    if DATA_INTEGRITY not in terms.context:
        raise Malformed("context does not name the signatures", reason="agreement_malformed")
    return terms


def _worth(value: object) -> object:
    """JSON has one kind of number: 24.0 is 24, in the canonical text as well."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def write(terms: Terms) -> Document:
    """The document of the terms, without signatures."""
    written: Document = msgspec.to_builtins(terms)
    return written


def hash_of(document: Mapping[str, object]) -> str:
    """What names this version: SHA-256 of the canonical text without signatures, in hexadecimal."""
    return hashlib.sha256(canonical(_bare(document))).hexdigest()


def signed(document: Mapping[str, object], key: SigningKey, *, at: datetime) -> Document:
    """The document with one more signature behind those that it has."""
    proof = with_proof(_bare(document), key, created=at)["proof"]
    return _bare(document) | {"proof": [*_proofs(document), proof]}


def signers(document: Mapping[str, object], terms: Terms, *, now: datetime) -> frozenset[str]:
    """The servers of the parties whose signature the document bears, checked by the keys in its own text.

    Raises `Unauthenticated` where one is wrong, or is not a party's.
    """
    found: set[str] = set()
    for claim in examine_proofs(document, now=now, ahead=MAX_AHEAD_OF_TERMS):
        party = terms.party_of(claim.key_id.partition("#")[0])
        if party is None:
            raise Unauthenticated("signed by somebody who is no party", reason="proof_invalid", key_id=claim.key_id)
        confirm_proof(claim, parse_public_multibase(party.key), party.server)
        found.add(party.server)
    return frozenset(found)


def spoken_code(terms: Terms) -> str:
    """Eight digits that both firms compare by telephone before they sign: they follow from the two keys (T234)."""
    return code_of_keys([party.key for party in terms.parties])


def code_of_keys(keys: Sequence[str]) -> str:
    """The same before there are terms: from the two keys in multibase."""
    text = "\n".join(sorted(keys))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % 10**8
    return f"{number // 10_000:04} {number % 10_000:04}"


def differ_only_in_part_of(first: Terms, second: Terms, server: str) -> bool:
    """The second text is the first, but for the numbering and this party's own part: what it shares, and to which
    addresses of mail one writes there. It asks no more of the other.

    A contact in other words is no such thing: words are read before they are signed.
    """

    def rest(terms: Terms) -> Terms:
        shares = [Share(by=share.by) if share.by == server else share for share in terms.shares]
        parties = [_without_mail(party) if party.server == server else party for party in terms.parties]
        return msgspec.structs.replace(
            terms,
            version=1,
            supersedes=None,
            parties=(parties[0], parties[1]),
            shares=(shares[0], shares[1]),
        )

    return rest(first) == rest(second)


def _without_mail(party: Party) -> Party:
    admin, dpo = ("" if _ADDRESS_OF_MAIL.fullmatch(one) else one for one in (party.admin, party.dpo))
    return msgspec.structs.replace(party, admin=admin, dpo=dpo)


def _bare(document: Mapping[str, object]) -> Document:
    return {name: value for name, value in document.items() if name != "proof"}


def _proofs(document: Mapping[str, object]) -> list[object]:
    given = document.get("proof")
    return list(given) if isinstance(given, list) else [given] if given else []
