"""Our side of the correspondence about agreements: our server as a party, and the letters that it writes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

import msgspec

from federation.agreements import letters
from federation.key_ring import purpose_of
from federation.runtime import Config, Tokens
from federation.signatures.key_formats import load_private_key, public_multibase
from federation.signatures.sign import SigningKey
from federation.transport.hosts import host_of
from federation.vocab.decode import decode
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Document
from models.actors import ED25519
from models.engine import ReadTx, WriteTx
from models.queries import actors
from models.queries.actors import ActorRow
from models.queries.agreements import AgreementRow, StandingRow, successions
from models.vault import Vault
from models.writes import agreements, audit, state


class Here(Protocol):
    """What the correspondence needs to know of this server; a `Runtime` is one."""

    @property
    def config(self) -> Config: ...

    @property
    def tokens(self) -> Tokens: ...

    @property
    def vault(self) -> Vault: ...


@dataclass(frozen=True, slots=True)
class Office:
    """Our server's own actor with the key by which it signs agreements."""

    here: Here
    actor: ActorRow
    key: SigningKey = field(repr=False)
    former_keys: frozenset[str] = frozenset()
    """Those that were followed by this one, in multibase."""

    @property
    def public_key(self) -> str:
        """As it stands in the terms."""
        return public_multibase(self.key.private_key.public_key())

    def is_ours(self, key: str) -> bool:
        """It is our key, or was."""
        return key == self.public_key or key in self.former_keys

    async def write(
        self,
        tx: WriteTx,
        kind: str,
        *,
        to: ActorRow,
        standing: StandingRow,
        about: Document,
        at: datetime,
        reason: str = "",
    ) -> Outgoing:
        """A letter to their server actor, to be sent whatever the state of the exchange."""
        number = self.here.tokens.next_id(at)
        uri = self.here.config.url(f"/activities/{number}")
        document = letters.write(
            kind,
            identity=uri,
            sender=self.actor.uri,
            receiver=to.uri,
            about=about,
            serial=standing.letters_sent + 1,
            reason=reason,
            key=self.key,
            at=at,
        )
        await agreements.set_standing(tx, standing.id, letters_sent=standing.letters_sent + 1)
        return Outgoing(
            id=number,
            uri=uri,
            type=kind,
            actor_id=self.actor.id,
            document=document,
            at=at,
            to_actors=(to.id,),
            is_formal=True,
        )


class WithVault(Here, Protocol):
    """What is needed to open our key as well."""

    @property
    def vault(self) -> Vault: ...


async def own_office(tx: ReadTx, here: WithVault) -> Office | None:
    """Our server as a party; None where it has no key to sign with."""
    actor = await actors.server_actor(tx)
    for row in await actors.keys_of(tx, actor.id) if actor else []:
        if actor is not None and row.kind == ED25519 and row.private_sealed is not None:
            private = load_private_key(here.vault.open(row.private_sealed, purpose_of(row.key_uri)))
            former = frozenset(await successions(tx, None))
            return Office(here, actor, SigningKey(row.key_uri, private), former)
    return None


def server_uri(here: Here, host: str) -> str:
    """Address of the server actor of a partner that runs this software."""
    return f"{here.config.base_url.partition('://')[0]}://{host}/actor"


def document_of(row: AgreementRow) -> Document:
    """The stored text with its signatures."""
    return decode(row.document)


def stored(document: Document) -> bytes:
    """The text as it is kept."""
    return msgspec.json.encode(document)


def server_host(uri: str) -> str:
    """The canonical host of a server actor. Raises `Malformed`."""
    return host_of(uri)


_BY_TWO: Final = ("propose", "accept")
"""Signing, which on the pages takes a second person's approval: at the command line the operator stands for both."""


async def note(
    tx: WriteTx, *, at: datetime, by: str, action: str, host: str, row: AgreementRow | None, reason: str = ""
) -> None:
    """One entry of the audit trail, and word to every process that partners have changed."""
    details: dict[str, object] = {} if row is None else {"version": row.version, "hash": row.hash}
    if reason:
        details["reason"] = reason
    if by == audit.OPERATOR and action in _BY_TWO:
        details["approved_by"] = by
    await audit.append(tx, at=at, actor=by, action=f"agreement.{action}", object=host, details=details)
    await state.bump_revision(tx, state.PEERS)
