"""Threads with gaps: what replies answer that never arrived is asked for at its origin upwards, taken in downwards.

A row of `missing_posts` is one post to ask for, whoever answers it, so that two replies cause one request; what was
read waits in its row for the one that it answers. A row of `thread_lists` is a collection of a thread's ids: a hint, no
proof. Every post is believed as its own origin serves it, and only where it names the community itself
(spec/group-federation.md 8, 9, 13; threats T087, 2.2). Each step is one request or one post taken in.
"""

from datetime import timedelta

import msgspec
import structlog
from sqlalchemy.exc import IntegrityError

from federation.collections import read_collection
from federation.errors import Denied, FederationError, Gone, Malformed, TryLater
from federation.inbox import origin
from federation.inbox.context import Tools
from federation.inbox.incoming import Incoming, Share
from federation.inbox.posting import take_in
from federation.runtime import Budget, turn_by_turn
from federation.transport.hosts import host_of, same_origin
from federation.vocab.audience import addressed_groups, addresses_itself
from federation.vocab.shapes import is_web_address
from federation.vocab.types import Post, Tombstone
from models.backfilling import MOST_LEVELS
from models.engine import ReadTx, WriteTx
from models.queries import actors, backfilling, follows, moderation, reception
from models.queries.actors import ActorRow
from models.queries.backfilling import Listed, Missing
from models.writes import actors as actor_writes
from models.writes import backfilling as progress
from models.writes.backfilling import Wanted

log = structlog.get_logger()

MOST_LISTED = 200
"""Posts asked for because a list names them, for each thread and hour."""

BETWEEN_READINGS = timedelta(hours=1)
"""Of one list."""

WAITS = (timedelta(minutes=1), timedelta(minutes=5))
"""Before the second and the third try; then a post cannot be had."""

PATIENCE = timedelta(hours=4)
"""Thirty levels that each answer only the third time. After it a post is taken in without the one that it answers:
nobody comes to the end of replies that go round in a circle (threats T088)."""

_POLL_SECONDS = 60.0
_TRIES = 5
_LONGEST_ID = 2000
"""Leaves room in the column for a number."""

_to_bytes = msgspec.json.Encoder().encode
_to_post = msgspec.json.Decoder(Post).decode


class Backfilling:
    """The loop that fills in threads of partners' communities in which somebody here is a member."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._runtime = tools.runtime

    async def run(self) -> None:
        """Until cancelled: between two transactions, or while a document is on its way."""
        await turn_by_turn(self.step, self._runtime.events, progress.WAKES, poll_seconds=_POLL_SECONDS)

    async def step(self) -> bool:
        """Ask for one post, take one in or read one list; whether anything was due."""
        return await self._step_of_posts() or await self._step_of_lists()

    async def _step_of_posts(self) -> bool:
        now = self._runtime.clock.now()
        async with self._runtime.db.write() as tx:
            number = await progress.claim(tx, now)
            missing = None if number is None else await backfilling.missing(tx, number)
            if missing is None:
                return False
            group = await self._group(tx, missing.community_id)
            if group is None or await _is_here(tx, missing.uri):
                await progress.finish(tx, missing.community_id, missing.uri, now)
                return True
            is_gone = await actor_writes.is_buried(tx, missing.uri, group.uri)
        if is_gone:
            await self._give_up(missing, "gone")
        elif await self._tools.peers.decide(host_of(group.uri)) is None:
            await self._give_up(missing, "domain_not_allowed")
        elif missing.payload is None:
            await self._look(missing, group)
        else:
            await self._take_in(missing, _to_post(missing.payload), group)
        return True

    async def _group(self, tx: WriteTx, community_id: int) -> ActorRow | None:
        """The community; None, and nothing more is looked for, where nobody here is a member of it."""
        group = await actors.by_id(tx, community_id)
        if group is None or not await follows.has_local_follower(tx, community_id):
            await progress.forget(tx, community_id)
            return None
        return group

    # --- asking ---

    async def _look(self, missing: Missing, group: ActorRow) -> None:
        try:
            post = await self._read(missing.uri, group)
        except Gone:
            await self._give_up(missing, "gone", buried_for=group)
        except FederationError as error:
            # A server that does not know its member yet says 404 or 403 as well.
            if isinstance(error, TryLater) or error.reason == "fetch_status":
                await self._postpone(missing, error)
            else:
                await self._give_up(missing, error.reason)
        else:
            if not await self._waits(missing, post):
                await self._take_in(missing, post, group)

    async def _read(self, uri: str, group: ActorRow) -> Post:
        """The post as its origin has it, its author known. Raises `Denied`, `Gone`, `Malformed`, `TryLater`."""
        budget = Budget()
        found = await origin.fetch(self._tools, uri, budget)
        if isinstance(found, Tombstone):
            raise Gone("post is deleted", reason="gone", uri=uri)
        if not isinstance(found, Post):
            raise Malformed("document is not a post", reason="shape", uri=uri)
        if not same_origin(found.attributed_to, uri):
            raise Denied("author of another origin", reason="origin_mismatch", uri=uri, author=found.attributed_to)
        is_its_own = found.attributed_to == group.uri and addresses_itself(found)
        if not is_its_own and group.uri not in addressed_groups(found):
            raise Denied("post of another community", reason="not_authorized", uri=uri, group=group.uri)
        await self._tools.directory.resolve(found.attributed_to, budget)
        return found

    async def _waits(self, missing: Missing, post: Post) -> bool:
        """Whether what it answers has to come first; then that is asked for."""
        parent_uri, now = post.in_reply_to, self._runtime.clock.now()
        if not parent_uri or not is_web_address(parent_uri):
            return False
        async with self._runtime.db.write() as tx:
            if await _is_here(tx, parent_uri):
                return False
            if missing.level < MOST_LEVELS:
                await progress.want(tx, [Wanted(missing.community_id, parent_uri, missing.level + 1)], now)
            elif not await backfilling.asked_for(tx, missing.community_id, [parent_uri]):
                return False
            payload = _to_bytes(post)
            await progress.keep(tx, missing.id, payload=payload, parent_uri=parent_uri, due_at=now + PATIENCE)
        return True

    async def _postpone(self, missing: Missing, error: FederationError) -> None:
        if missing.failures >= len(WAITS):
            await self._give_up(missing, error.reason)
            return
        due_at = self._runtime.clock.now() + WAITS[missing.failures]
        async with self._runtime.db.write() as tx:
            await progress.postpone(tx, missing.id, due_at=due_at, failures=missing.failures + 1)

    async def _give_up(self, missing: Missing, reason: str, *, buried_for: ActorRow | None = None) -> None:
        """It cannot be had: who answers it goes to the nearest known ancestor, or stays alone."""
        log.info("backfilling.given_up", uri=missing.uri, reason=reason)
        now = self._runtime.clock.now()
        async with self._runtime.db.write() as tx:
            if buried_for is not None:
                # Its server says so; whose it was is not known any more, but who alone could show it here.
                await actor_writes.bury(tx, missing.uri, buried_for.uri, now)
            await progress.finish(tx, missing.community_id, missing.uri, now)
            await progress.attach(tx, missing.community_id, missing.uri)

    # --- taking in ---

    async def _take_in(self, missing: Missing, post: Post, group: ActorRow) -> None:
        """At once again where a row was in the way: another worker was quicker, or a process before this one gave the
        same id to something of the same instant."""
        for tries_left in reversed(range(_TRIES)):
            try:
                async with self._runtime.db.write() as tx:
                    await self._add(tx, missing, post, group)
            except IntegrityError:
                if not tries_left:
                    raise
            except Denied as error:
                await self._give_up(missing, error.reason)
                return
            else:
                return

    async def _add(self, tx: WriteTx, missing: Missing, post: Post, group: ActorRow) -> None:
        """Raises `Denied`, and `IntegrityError` where a row is in the way."""
        now = self._runtime.clock.now()
        author = await actors.by_uri(tx, post.attributed_to)
        if author is not None and not await _is_here(tx, post.id):
            if (await moderation.standing(tx, author.id, group.id, now)).is_banned:
                raise Denied("author is banned from the community", reason="not_authorized", uri=post.id)
            number = self._runtime.tokens.next_id(now)
            # The community's own announcement of it never came: what shows it here has an id on its origin.
            shown = Share(group, f"{group.uri[:_LONGEST_ID]}#shown-{number}", post.published or now)
            found = Incoming(post, author, None, None, shown, received_at=now, is_looked_up=True)
            await take_in(tx, self._tools, [found])
        await progress.finish(tx, group.id, post.id, now)
        if post.in_reply_to:
            await progress.attach(tx, group.id, post.in_reply_to)
        elif missing.level < MOST_LEVELS and (address := _list_of(post, group)):
            await progress.want_lists(tx, {(group.id, address)}, now)

    # --- lists of threads ---

    async def _step_of_lists(self) -> bool:
        async with self._runtime.db.write() as tx:
            number = await progress.claim_list(tx, self._runtime.clock.now())
            listed = None if number is None else await backfilling.listed(tx, number)
            if listed is None:
                return False
            if not listed.is_wanted:
                await progress.forget_list(tx, listed.id)
                return True
            if await self._group(tx, listed.community_id) is None:
                return True
        await self._read_list(listed)
        return True

    async def _read_list(self, listed: Listed) -> None:
        try:
            pages = await read_collection(self._runtime, self._tools.peers, listed.address, Budget())
        except FederationError as error:
            # Only a hint: the next reply with a gap above it asks again.
            log.info("backfilling.no_list", address=listed.address, reason=error.reason)
            named = []
        else:
            named = [item.id for item in pages.items]
        ids = named[listed.position :]
        now = self._runtime.clock.now()
        async with self._runtime.db.write() as tx:
            here = {row.uri for row in await reception.known_posts(tx, ids)}
            own = self._runtime.config.base_url
            unknown = [number for number, uri in enumerate(ids) if uri not in here and not same_origin(uri, own)]
            taken, is_more = unknown[:MOST_LISTED], len(unknown) > MOST_LISTED
            await progress.want_listed(tx, listed.community_id, [ids[number] for number in taken], MOST_LEVELS, now)
            position = listed.position + taken[-1] + 1 if is_more else 0
            due_at = now + BETWEEN_READINGS
            await progress.go_on(tx, listed.id, position=position, is_wanted=is_more, due_at=due_at)


async def _is_here(tx: ReadTx, uri: str) -> bool:
    return any(row.uri == uri and row.buried_by is None for row in await reception.known_posts(tx, [uri]))


def _list_of(post: Post, group: ActorRow) -> str | None:
    """Where the ids of an opening post's thread are listed: by its community, else by its own server."""
    if post.context and is_web_address(post.context) and same_origin(post.context, group.uri):
        return post.context
    if post.replies and is_web_address(post.replies) and same_origin(post.replies, post.id):
        return post.replies
    return None
