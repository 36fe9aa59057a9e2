"""A server's key is followed by another (spec/signatures.md 4.3, threats T234): the text, what we tell, what we take.

The key that the terms name vouches for the next one, and the next one shows that it is there: both sign one text. What
was signed before stays as it is, and is checked by the key of then. A key that nobody vouched for is nobody's.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
import structlog
from msgspec import Meta, Struct

from federation.agreements import letters
from federation.agreements.letters import Letter
from federation.agreements.office import Office, server_uri, stored
from federation.agreements.terms import CONTEXT, Address
from federation.errors import Malformed, Unauthenticated
from federation.signatures.key_formats import parse_public_multibase
from federation.signatures.proofs import confirm_proof, examine_proofs, with_proof
from federation.signatures.sign import SigningKey
from federation.vocab import render
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Document
from models.engine import WriteTx
from models.queries import actors
from models.queries import agreements as reading
from models.queries.agreements import StandingRow
from models.writes import agreements, audit, remote_keys, state

log = structlog.get_logger()

_MOST_STEPS: Final = 1000

Key = Annotated[str, Meta(max_length=100)]


class Succession(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One key of an actor is followed by another, both in multibase."""

    context: list[Any] = msgspec.field(name="@context")
    type: Literal["KeySuccession"]
    server: Address
    """Id of the actor: in letters the server's own, in the documents of people and communities theirs."""
    previous: Key
    key: Key
    published: Annotated[str, Meta(max_length=40)]


@dataclass(frozen=True, slots=True)
class Pair:
    """A key of ours for proofs, and what is published of it, in multibase."""

    key: SigningKey
    public: str


def signed(office: Office, new: SigningKey, new_key: str, at: datetime) -> Document:
    """The text for our own server, signed by the key that it had, then by the new one."""
    return between(office.actor.uri, Pair(office.key, office.public_key), Pair(new, new_key), at)


def between(actor_uri: str, before: Pair, after: Pair, at: datetime) -> Document:
    """The same for any actor of ours."""
    plain: Document = msgspec.to_builtins(
        Succession(
            context=CONTEXT,
            type="KeySuccession",
            server=actor_uri,
            previous=before.public,
            key=after.public,
            published=render.instant(at),
        )
    )
    return plain | {"proof": [with_proof(plain, one.key, created=at)["proof"] for one in (before, after)]}


def read(document: Mapping[str, object], *, actor_uri: str, previous: str, now: datetime) -> Succession:
    """What follows this key of this actor. Raises `Malformed`, or `Unauthenticated` where not both keys signed it."""
    try:
        found = msgspec.convert({k: v for k, v in document.items() if k != "proof"}, Succession)
        fresh = parse_public_multibase(found.key)
    except msgspec.ValidationError as error:
        raise Malformed(f"this is no succession of keys: {error}", reason="agreement_malformed") from error
    if (found.server, found.previous) != (actor_uri, previous) or found.key == previous:
        raise Unauthenticated("succession of another key", reason="proof_invalid", sender=actor_uri)
    claims = examine_proofs(document, now=now)
    if len(claims) != 2 or any(claim.key_id.partition("#")[0] != actor_uri for claim in claims):
        raise Unauthenticated("succession is not signed by both keys", reason="proof_invalid", sender=actor_uri)
    for claim, key in zip(claims, (parse_public_multibase(previous), fresh), strict=True):
        confirm_proof(claim, key, actor_uri)
    return found


def newest(key: str, successions: Mapping[str, str]) -> str:
    """The key that this one was followed by, and that one by another, up to the last."""
    seen: Collection[str] = {key}
    for _ in range(_MOST_STEPS):
        following = successions.get(key)
        if following is None or following in seen:
            break
        key, seen = following, {*seen, following}
    return key


async def tell(tx: WriteTx, office: Office, new: SigningKey, new_key: str, at: datetime) -> list[Outgoing]:
    """Our server is about to have another key: kept, and told to whoever knows the one before from terms.

    `office` signs by the key that is about to go.
    """
    document = signed(office, new, new_key, at)
    await _keep(tx, office, None, office.public_key, new_key, document, at)
    told = []
    # One by one: each letter has a serial number of its own.
    for standing in await reading.corresponding_for_change(tx):
        other = await actors.by_uri(tx, server_uri(office.here, standing.host))
        if other is not None:
            told.append(await office.write(tx, letters.UPDATE, to=other, standing=standing, about=document, at=at))
    return told


async def take(
    tx: WriteTx, office: Office, letter: Letter, standing: StandingRow, known_key: str, at: datetime
) -> None:
    """A partner's server has another key from now on. Raises `Malformed`, `Unauthenticated`."""
    found = read(letter.about, actor_uri=letter.sender, previous=known_key, now=at)
    await _keep(tx, office, standing.id, found.previous, found.key, letter.about, at)
    if standing.server_key is not None:
        await agreements.set_standing(tx, standing.id, server_key=found.key)
    # Nobody who merely has the domain now could say that: its actors' other keys are its own (threats T066).
    await remote_keys.confirm(tx, standing.host, at)
    details: dict[str, object] = {"previous": found.previous, "key": found.key}
    await audit.append(
        tx, at=at, actor=letter.sender, action="agreement.key-succession", object=standing.host, details=details
    )
    await state.bump_revision(tx, state.PEERS)
    log.warning("agreement.key_succession", peer=standing.host, key=found.key)


async def _keep(
    tx: WriteTx, office: Office, peer_id: int | None, previous: str, key: str, document: Document, at: datetime
) -> None:
    await agreements.add_succession(
        tx,
        office.here.tokens.next_id(at),
        peer_id=peer_id,
        previous=previous,
        key=key,
        document=stored(document),
        at=at,
    )
