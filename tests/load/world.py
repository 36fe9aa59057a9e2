"""Who is in the database before a measurement: people at partners, with their keys and memberships.

Written straight into the tables, as everything in this folder that is there before the measuring begins; what is
measured goes the way of real requests only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from sqlalchemy import insert, select, update

from models.accounts import Account
from models.actors import GROUP, PERSON, Actor, ActorKey, Follow
from models.communities import EVERYWHERE, OPEN, Community
from models.engine import Database
from models.ids import IdSource
from models.notifications import FAVOURITE, FOLLOW, MENTION
from models.oauth import Token
from models.peers import Peer
from models.writes import notifications
from server.actions.secret_hash import secret_hash
from tests.load.letters import BASE_URL, DOMAIN, PUBLIC_PEM, key_id
from tests.load.server_process import plain

_SLOT = 40
"""Of ids: one that no server uses."""


@dataclass(frozen=True)
class Somebody:
    """An actor that is there."""

    id: int
    uri: str
    peer_id: int | None


@dataclass
class World:
    """Writes rows into one database."""

    db: Database
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    ids: IdSource = field(default_factory=lambda: IdSource(_SLOT))

    async def actor_id(self, path: str) -> int:
        """Of one of the server's own actors."""
        async with self.db.read() as tx:
            return int(await tx.scalar(select(Actor.id).where(Actor.uri == f"{BASE_URL}{path}")))

    async def person(self, name: str) -> Somebody:
        """One of the people here."""
        uri = f"{BASE_URL}/users/{name}"
        return Somebody(await self.actor_id(f"/users/{name}"), uri, None)

    async def people(self, uris: Sequence[str]) -> list[Somebody]:
        """People at allowed partners, as if their documents had just been read."""
        async with self.db.write() as tx:
            peers = {row[0]: row[1] for row in await tx.select(select(Peer.host, Peer.id))}
            # Software of our own kind: every peer is owed one form of each activity, and is not asked what it runs.
            await tx.execute(update(Peer).values(software="entrepairs", software_checked_at=self.now))
            rows = [self._person(uri, peers) for uri in uris]
            await tx.execute(insert(Actor), rows)
            await tx.execute(insert(ActorKey), [self._key(row) for row in rows])
        return [Somebody(row["id"], row["uri"], row["peer_id"]) for row in rows]

    async def partners_community(self, uri: str) -> Somebody:
        """An open community of a partner."""
        (community,) = await self.people([uri])
        row = {"actor_id": community.id, "is_local": False, "visibility": OPEN, "scope": EVERYWHERE}
        async with self.db.write() as tx:
            await tx.execute(update(Actor).where(Actor.id == community.id).values(type=GROUP))
            await tx.execute(insert(Community), row | {"created_at": self.now})
        return community

    async def readers(self, count: int) -> list[tuple[Somebody, str]]:
        """People here, each with a token for reading; they sign nothing and have no keys."""
        people: list[dict[str, Any]] = [
            {
                "id": self.ids.next(self.now),
                "uri": f"{BASE_URL}/users/reader{number}",
                "type": PERSON,
                "username": f"reader{number}",
                "host": DOMAIN,
                "url": f"{BASE_URL}/@reader{number}",
                "inbox_url": f"{BASE_URL}/users/reader{number}/inbox",
                "created_at": self.now,
            }
            for number in range(count)
        ]
        secrets = [f"reader-{number}" for number in range(count)]
        accounts = [
            {"actor_id": one["id"], "email": f"{one['username']}@{DOMAIN}", "created_at": self.now} for one in people
        ]
        tokens = [
            {
                "token_hash": secret_hash(secret),
                "actor_id": one["id"],
                "scopes": "read",
                "created_at": self.now,
            }
            for one, secret in zip(people, secrets, strict=True)
        ]
        async with self.db.write() as tx:
            await tx.execute(insert(Actor), people)
            await tx.execute(insert(Account), accounts)
            await tx.execute(insert(Token), tokens)
        return [(Somebody(one["id"], one["uri"], None), secret) for one, secret in zip(people, secrets, strict=True)]

    def _person(self, uri: str, peers: dict[str, int]) -> dict[str, Any]:
        host, name = uri.split("/")[2], uri.rpartition("/")[2]
        return {
            "id": self.ids.next(self.now),
            "uri": uri,
            "type": PERSON,
            "username": name,
            "host": host,
            "peer_id": peers[host],
            "display_name": name.title(),
            "url": uri,
            "inbox_url": f"{uri}/inbox",
            "shared_inbox_url": f"http://{host}/inbox",
            "followers_url": f"{uri}/followers",
            "created_at": self.now - timedelta(days=400),
            "fetched_at": self.now,
        }

    def _key(self, person: dict[str, Any]) -> dict[str, Any]:
        return {
            "actor_id": person["id"],
            "key_uri": key_id(person["uri"]),
            "kind": "rsa",
            "public_text": PUBLIC_PEM,
            "private_sealed": None,
            "fetched_at": self.now,
        }

    async def join(self, community_id: int, members: Sequence[Somebody]) -> None:
        """Make people members, since two months."""
        since = self.now - timedelta(days=60)
        rows = [
            {
                "id": (number := self.ids.next(self.now)),
                "follower_id": member.id,
                "follower_peer_id": member.peer_id,
                "target_id": community_id,
                "activity_uri": f"{BASE_URL}/activities/{number}",
                "is_accepted": True,
                "requested_at": since,
                "accepted_at": since,
            }
            for member in members
        ]
        async with self.db.write() as tx:
            await tx.execute(insert(Follow), rows)

    async def settle(self) -> None:
        """Let PostgreSQL look through its tables, as it does by itself within a minute or so."""
        if self.db.is_sqlite:
            return
        # Not by the engine: vacuum runs in no transaction, and longer than any statement of a request may take.
        connection = await asyncpg.connect(plain(self.db.engine.sync_engine.url))
        await connection.execute("VACUUM ANALYZE")
        await connection.close()

    async def notices(self, reader_id: int, people: Sequence[Somebody], post_ids: Sequence[int]) -> None:
        """One notification for each of these posts: a mention, a like, a follow in turn."""
        kinds = (MENTION, FAVOURITE, FOLLOW)
        rows = [
            notifications.row(
                recipient_id=reader_id,
                type_=kinds[number % 3],
                actor_id=people[number % len(people)].id,
                at=self.now,
                post_id=None if kinds[number % 3] == FOLLOW else post_id,
            )
            for number, post_id in enumerate(post_ids)
        ]
        async with self.db.write() as tx:
            await notifications.add(tx, rows)
