"""Changing the keys of our own actors, in the order of spec/signatures.md 4.3.

One transaction for each actor: the new keys stand in the document under the ids of the old ones, and an Update that
says so is owed to every partner that may know them. It and what was said before it are signed by the old keys
(`federation/key_ring.py`), all else by the new ones; so there is no half-way that a restart could find.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from federation.agreements import succession
from federation.agreements.office import stored
from federation.agreements.succession import Pair
from federation.key_ring import KeyRing, purpose_of
from federation.outbox.publish import publish
from federation.runtime import Config, Prover, Tokens
from federation.signatures.key_formats import load_private_key, public_multibase
from federation.signatures.sign import SigningKey
from federation.vocab import render
from federation.vocab.compose import Composer
from models.actors import APPLICATION, ED25519
from models.engine import Database, WriteTx
from models.queries import actors, own_keys
from models.queries.actors import ActorRow, KeyRow
from models.writes import audit, local_keys
from models.writes.local_keys import NewKey
from server.actions.agreements import office
from server.actions.local_actors import Here, Keys, new_keys, sealed_keys
from server.actions.refusals import Refused
from server.http.languages import to_translate
from server.wakeups import LocalEvents

JUST_NOW = timedelta(hours=1)
"""Keys younger than this are left out when all are changed: a run that was interrupted goes on where it stopped."""

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Speaker:
    """What composing an activity needs."""

    config: Config
    tokens: Tokens
    prover: Prover


class Rotated(msgspec.Struct, frozen=True):
    """An actor with new keys, under the ids of the old ones."""

    actor: str
    keys: list[str]
    partners: int
    """How many partners are told of it."""


async def rotate(db: Database, here: Here, actor: ActorRow, *, by: str) -> Rotated:
    """Give one of our actors new keys of both kinds, and tell whom it concerns. With an entry in the audit trail.

    The server's own stand in agreements: the old one vouches for the new one in a letter to each of those partners.
    """
    fresh = await new_keys()
    speaker = _Speaker(here.config, here.tokens, KeyRing(db, here.vault, here.clock, LocalEvents()))
    async with db.write() as tx:
        if actor.type == APPLICATION:
            await _vouch(tx, here, fresh)
        return await _rotate(tx, here, speaker, actor, fresh, by)


async def _vouch(tx: WriteTx, here: Here, fresh: Keys) -> None:
    """Before the key is changed, and before the trail is written: partners first, as in every act about agreements."""
    desk, at = await office(tx, here), here.clock.now()
    new = SigningKey(desk.key.key_id, fresh.ed25519)
    await publish(tx, await succession.tell(tx, desk, new, public_multibase(fresh.ed25519.public_key()), at))


async def _rotate(tx: WriteTx, here: Here, speaker: _Speaker, actor: ActorRow, fresh: Keys, by: str) -> Rotated:
    at, made = here.clock.now(), sealed_keys(here.vault, actor.uri, fresh)
    await audit.append(tx, at=at, actor=by, action="key.rotate", object=actor.uri, details={})
    present = {row.key_uri: row for row in await actors.keys_of(tx, actor.id)}
    if missing := [key.key_uri for key in made if key.key_uri not in present]:
        raise Refused(
            to_translate("%(actor)s has no key %(key)s that could be changed."), actor=actor.uri, key=missing[0]
        )
    published = [_published(present[key.key_uri], key) for key in made]
    update = Composer(speaker, at).update_actor(actor, render.actor(actor, published, here.config.base_url))
    told = await own_keys.concerned(tx, actor)
    if actor.type != APPLICATION:
        await _succeed(tx, here, actor, present.values(), fresh, at)
    # Before the keys are changed: its proof, where it carries one, is the old key's as well.
    await publish(tx, [replace(update, to_actors=told)])
    await local_keys.rotate(tx, made, announced_by=update.id, at=at)
    return Rotated(actor.uri, [key.key_uri for key in made], len(told))


async def _succeed(
    tx: WriteTx, here: Here, actor: ActorRow, before: Iterable[KeyRow], fresh: Keys, at: datetime
) -> None:
    """Who reads the document before the Update has come sees in it that the old key vouches for the new one (T066)."""
    for row in before:
        if row.kind == ED25519 and row.private_sealed is not None:
            opened = load_private_key(here.vault.open(row.private_sealed, purpose_of(row.key_uri)))
            old = Pair(SigningKey(row.key_uri, opened), row.public_text)
            new = Pair(SigningKey(row.key_uri, fresh.ed25519), public_multibase(fresh.ed25519.public_key()))
            text = stored(succession.between(actor.uri, old, new, at))
            await local_keys.add_succession(tx, here.tokens.next_id(at), actor_id=actor.id, document=text, at=at)


def _published(row: KeyRow, key: NewKey) -> KeyRow:
    return msgspec.structs.replace(row, public_text=key.public_text, private_sealed=None)


async def find(db: Database, name: str) -> ActorRow:
    """One of our people or communities. Raises `Refused`."""
    async with db.read() as tx:
        found = await actors.local_by_name(tx, name.removeprefix("@").partition("@")[0])
    if found is None:
        raise Refused(to_translate("There is nobody here, and no community, of the name %(name)s."), name=name)
    return found


async def server_actor(db: Database) -> ActorRow:
    """The server's own actor. Raises `Refused`."""
    async with db.read() as tx:
        found = await actors.server_actor(tx)
    if found is None:
        raise Refused(to_translate("The server’s own actor is missing: run `entrepairs migrate`."))
    return found


async def all_due(db: Database, here: Here) -> list[ActorRow]:
    """All our actors but those whose keys are new, the server's own last: it signs our questions meanwhile."""
    async with db.read() as tx:
        ids = await own_keys.older_than(tx, here.clock.now() - JUST_NOW)
        found: list[ActorRow] = []
        for start in range(0, len(ids), _AT_ONCE):
            found += (await actors.of_ids(tx, ids[start : start + _AT_ONCE])).values()
    return sorted(found, key=lambda row: (row.type == APPLICATION, row.id))
