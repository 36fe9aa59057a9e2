"""Making our own actors: their addresses, and the two keys by which each of them signs.

Making an RSA key takes a tenth of a second and more, so keys are made before the transaction that stores them.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.key_ring import purpose_of
from federation.runtime import Clock, Config, Tokens
from federation.signatures.key_formats import (
    generate_ed25519,
    generate_rsa,
    private_der,
    public_multibase,
    public_pem,
)
from models.actors import APPLICATION, ED25519, GROUP, PERSON, RSA
from models.engine import Database, WriteTx
from models.queries import actors
from models.vault import Vault
from models.writes import local_actors
from models.writes.local_actors import NewActor
from models.writes.local_keys import NewKey

RSA_FRAGMENT, ED25519_FRAGMENT = "#main-key", "#ed25519-key"


class Here(Protocol):
    """What actions need to know of this server; a `Runtime` and an `Installation` are both."""

    @property
    def config(self) -> Config: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def tokens(self) -> Tokens: ...

    @property
    def vault(self) -> Vault: ...


@dataclass(frozen=True, slots=True)
class Keys:
    """A new actor's private keys, before they are sealed."""

    rsa: RSAPrivateKey
    ed25519: Ed25519PrivateKey


async def new_keys() -> Keys:
    """Make both keys, in a thread. Not while a transaction is open."""
    return Keys(await asyncio.to_thread(generate_rsa), generate_ed25519())


def person(here: Here, username: str, display_name: str, at: datetime) -> NewActor:
    """The actor of a local person."""
    uri = here.config.url(f"/users/{username}")
    return NewActor(
        id=here.tokens.next_id(at),
        uri=uri,
        type=PERSON,
        username=username,
        host=here.config.domain,
        display_name=display_name,
        url=here.config.url(f"/@{username}"),
        inbox_url=f"{uri}/inbox",
        shared_inbox_url=here.config.url("/inbox"),
        outbox_url=f"{uri}/outbox",
        followers_url=f"{uri}/followers",
        moderators_url=None,
        is_locked=False,
        is_bot=False,
        is_discoverable=False,
        created_at=at,
    )


@dataclass(frozen=True, slots=True)
class Openness:
    """What a community's visibility means for its actor."""

    is_locked: bool
    is_discoverable: bool


def community(here: Here, username: str, title: str, openness: Openness, at: datetime) -> NewActor:
    """The actor of a local community."""
    uri = here.config.url(f"/communities/{username}")
    return NewActor(
        id=here.tokens.next_id(at),
        uri=uri,
        type=GROUP,
        username=username,
        host=here.config.domain,
        display_name=title,
        url=here.config.url(f"/@{username}"),
        inbox_url=f"{uri}/inbox",
        shared_inbox_url=here.config.url("/inbox"),
        outbox_url=f"{uri}/outbox",
        followers_url=f"{uri}/followers",
        moderators_url=f"{uri}/moderators",
        featured_url=f"{uri}/featured",
        is_locked=openness.is_locked,
        is_bot=False,
        is_discoverable=openness.is_discoverable,
        created_at=at,
    )


def application(here: Here, at: datetime) -> NewActor:
    """The server's own actor, which signs its fetches; named as the domain, so that it has a handle of its own."""
    uri = here.config.url("/actor")
    return NewActor(
        id=here.tokens.next_id(at),
        uri=uri,
        type=APPLICATION,
        username=here.config.domain,
        host=here.config.domain,
        display_name=here.config.domain,
        url=here.config.url("/"),
        inbox_url=f"{uri}/inbox",
        shared_inbox_url=here.config.url("/inbox"),
        outbox_url=f"{uri}/outbox",
        followers_url=None,
        moderators_url=None,
        is_locked=True,
        is_bot=True,
        is_discoverable=False,
        created_at=at,
    )


async def add(tx: WriteTx, here: Here, actor: NewActor, keys: Keys) -> None:
    """Insert a new actor with its keys, the private halves sealed (threats T184)."""
    await local_actors.add(tx, actor, sealed_keys(here.vault, actor.uri, keys))


def sealed_keys(vault: Vault, actor_uri: str, keys: Keys) -> list[NewKey]:
    """Both keys of an actor of ours as rows."""
    pairs = (
        (RSA_FRAGMENT, RSA, keys.rsa, public_pem(keys.rsa.public_key())),
        (ED25519_FRAGMENT, ED25519, keys.ed25519, public_multibase(keys.ed25519.public_key())),
    )
    rows = []
    for fragment, kind, private, public_text in pairs:
        key_uri = f"{actor_uri}{fragment}"
        rows.append(NewKey(key_uri, kind, public_text, vault.seal(private_der(private), purpose_of(key_uri))))
    return rows


async def ensure_server_actor(db: Database, here: Here) -> None:
    """Make the server's own actor where there is none yet."""
    async with db.read() as reading:
        if await actors.server_actor(reading) is not None:
            return
    keys = await new_keys()
    async with db.write() as tx:
        if await actors.server_actor(tx) is None:
            await add(tx, here, application(here, here.clock.now()), keys)
