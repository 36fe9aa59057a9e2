"""Acting upon follower digests (FEP-8fcf): who follows an actor of a peer is brought in step with what that peer lists.

The peer decides who its followers are: whom it does not list ends following here, whose request it has granted follows.
Whom it lists without reason is taken back, by an Undo. Nothing is done unless the list that it serves is the one that
the signed header spoke of.
"""

import structlog

from federation.collections import digest_of
from federation.errors import FederationError, Malformed, TryLater
from federation.outbox.publish import publish
from federation.peers import PeerBook
from federation.runtime import Budget, Runtime
from federation.sync import WAKES, Heard, Hearing
from federation.transport.hosts import host_of, same_origin
from federation.vocab.compose import Composer
from federation.vocab.decode import decode
from federation.vocab.outgoing import Outgoing
from models.engine import WriteTx
from models.queries import actors, follows, queues
from models.queries.actors import ActorRow
from models.queries.follows import FollowRow
from models.writes import catching_up, feeds
from models.writes import follows as follow_writes

log = structlog.get_logger()

MOST_CHANGES = 1_000
"""Of one list; the next digest brings the rest."""

_POLL_SECONDS = 60.0


class Reconciler:
    """The loop that looks at digests as they come. One for a process that listens."""

    def __init__(self, runtime: Runtime, peers: PeerBook, hearing: Hearing) -> None:
        self._runtime = runtime
        self._peers = peers
        self._hearing = hearing

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await self._runtime.events.wait(WAKES, _POLL_SECONDS)

    async def look(self) -> None:
        """At everything that was heard until now. What one could not look into waits for the next time: of an open
        community the next digest comes a day later.
        """
        later: list[Heard] = []
        while (heard := self._hearing.take()) is not None:
            try:
                await self._compare(heard)
            except TryLater as error:
                log.info("digest.waits", actor=heard.actor_uri, reason=error.reason)
                later.append(heard)
            except FederationError as error:
                log.info("digest.not_followed", actor=heard.actor_uri, reason=error.reason)
        for heard in later:
            self._hearing.note_again(heard)

    async def _compare(self, heard: Heard) -> None:
        """Raises `FederationError` where the list cannot be had, or is not what the header spoke of."""
        async with self._runtime.db.read() as tx:
            actor = await actors.by_uri(tx, heard.actor_uri)
            if actor is None or actor.peer_id is None:
                return
            if heard.collection != actor.followers_url or not same_origin(heard.url, actor.uri):
                raise Malformed("digest of another collection", reason="origin_mismatch", uri=heard.collection)
            accepted = [uri for row, uri in await follows.followers_here(tx, actor.id) if row.is_accepted]
            # What is on its way there is not in their list yet: the next digest will tell.
            if digest_of(accepted) == heard.digest or await queues.owes_word_of_follows(tx, actor.peer_id):
                return
        listed = await self._listed(heard)
        async with self._runtime.db.write() as tx:
            await publish(tx, await self._change(tx, actor, listed))

    async def _listed(self, heard: Heard) -> set[str]:
        if await self._peers.decide(host_of(heard.url)) is None:
            raise Malformed("list of a host that is not allowed", reason="domain_not_allowed", uri=heard.url)
        reply = await self._runtime.client.fetch_document(heard.url, Budget())
        document = decode(reply.body)
        entries = document.get("orderedItems") or document.get("items")
        listed = {entry for entry in entries if isinstance(entry, str)} if isinstance(entries, list) else set()
        # A list that has changed meanwhile, or one made up by somebody else, is not what was signed (spec 17).
        if digest_of(listed) != heard.digest:
            raise Malformed("list does not have the digest", reason="digest_mismatch", uri=heard.url)
        own = self._runtime.config.base_url
        return {uri for uri in listed if same_origin(uri, own)}

    async def _change(self, tx: WriteTx, actor: ActorRow, listed: set[str]) -> list[Outgoing]:
        here = await follows.followers_here(tx, actor.id)
        at = self._runtime.clock.now()
        granted = [row for row, uri in here if uri in listed and not row.is_accepted]
        ended = [row for row, uri in here if uri not in listed and row.is_accepted]
        unknown = sorted(listed - {uri for _, uri in here})
        for row in ended[:MOST_CHANGES]:
            await follow_writes.remove(tx, row.id)
            await feeds.leave(tx, row.follower_id, actor.id)
        for row in granted[:MOST_CHANGES]:
            await self._grant(tx, row, actor)
        log.info("digest.differs", actor=actor.uri, ended=len(ended), granted=len(granted), unknown=len(unknown))
        people = await actors.of_uris(tx, unknown[:MOST_CHANGES])
        compose = Composer(self._runtime, at)
        return [
            compose.undo_follow(self._made_up_follow(), person, actor) for person in people.values() if person.is_local
        ]

    async def _grant(self, tx: WriteTx, row: FollowRow, actor: ActorRow) -> None:
        """An Accept was lost, and maybe more."""
        at = self._runtime.clock.now()
        await follow_writes.accept(tx, row.id, at)
        if actor.is_community:
            await feeds.welcome(tx, row.follower_id, actor.id)
            await catching_up.request(tx, [actor.id], since=None, at=at)

    def _made_up_follow(self) -> str:
        """Nobody knows the id any more: peers match an Undo of a Follow by its two actors (spec 5.3)."""
        return self._runtime.config.url(f"/activities/{self._runtime.tokens.next_id(self._runtime.clock.now())}")
