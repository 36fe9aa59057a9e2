"""A post of ours with everybody that matters for sending something about it; and its end, by its author's wish."""

from collections.abc import Sequence
from datetime import datetime

from federation.outbox.publish import publish
from federation.runtime import Maker
from federation.vocab.compose import Composer, Said
from federation.vocab.microblogs import concerns_answerers, with_answerers
from federation.vocab.outgoing import MICROBLOG_SOFTWARE, Outgoing
from models.engine import WriteTx
from models.gate import Operation
from models.posts import QUESTION
from models.queries import actors, polls, posts, threads
from models.queries.posts import PostRow
from models.retention import BY_AUTHOR
from models.retractions import DELETED
from models.writes import feeds, keeping, retractions
from models.writes import posts as post_writes
from server.actions.refusals import NotThere
from server.services import Services


async def call_back(tx: WriteTx, services: Services, row: PostRow, at: datetime) -> None:
    """A post of ours is gone by its author's wish, here and wherever it went."""
    await keeping.keep_posts(tx, services.runtime.vault, [row.id], at, why=BY_AUTHOR, bins=True)
    await retractions.of_post(tx, row.id, DELETED, at)
    await _take_away(tx, services.runtime, row, at)


async def take_away(tx: WriteTx, here: Maker, post_ids: Sequence[int], at: datetime) -> None:
    """Posts of ours are gone as if their author had deleted them, once what is kept of them has been kept.

    Each goes to whoever has this one, in its own words; all of them together, so that the caller's locks are held for
    as short a time as can be.
    """
    told: list[Outgoing] = []
    there = []
    for post_id in post_ids:
        row = await posts.post(tx, post_id, Operation())
        if row is not None:
            there.append(row.id)
            said = await said_about(tx, row)
            told += await _for_everybody(tx, said, Composer(here, at).delete(said, said.author))
    if there:
        await feeds.take_all_out(tx, there)
        await post_writes.remove_all(tx, there, at)
        await publish(tx, told)


async def _take_away(tx: WriteTx, here: Maker, row: PostRow, at: datetime) -> None:
    said = await said_about(tx, row)
    await feeds.take_out(tx, row.id)
    await post_writes.remove(tx, row.id, at)
    await publish_change(tx, said, Composer(here, at).delete(said, said.author))


async def publish_change(tx: WriteTx, said: Said, outgoings: Sequence[Outgoing]) -> None:
    """Send an Update or a Delete by a post's author, also to those who answered it and whose software knows no groups:
    nobody else says it to them (`federation/vocab/microblogs.py`).
    """
    await publish(tx, await _for_everybody(tx, said, outgoings))


async def _for_everybody(tx: WriteTx, said: Said, outgoings: Sequence[Outgoing]) -> Sequence[Outgoing]:
    if concerns_answerers(said.post, said.community):
        return with_answerers(outgoings, await threads.answerers(tx, said.post.id, MICROBLOG_SOFTWARE))
    return outgoings


async def said_about(tx: WriteTx, row: PostRow) -> Said:
    """A post with everybody that matters for sending something about it."""
    ids = [row.author_id, *row.mentioned, *([row.community_id] if row.community_id else [])]
    found = await actors.of_ids(tx, ids)
    author = found.get(row.author_id)
    if author is None:
        raise NotThere()
    community = found.get(row.community_id) if row.community_id else None
    mentioned = tuple(found[actor_id] for actor_id in row.mentioned if actor_id in found)
    poll = await polls.for_sending(tx, row.id) if row.kind == QUESTION else None
    return Said(row, author, community, mentioned, poll=poll)
