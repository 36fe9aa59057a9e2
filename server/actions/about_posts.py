"""A post of ours with everybody that matters for sending something about it; and its end, by its author's wish."""

from collections.abc import Sequence
from datetime import datetime

from federation.outbox.publish import publish
from federation.vocab.compose import Composer, Said
from federation.vocab.microblogs import concerns_answerers, with_answerers
from federation.vocab.outgoing import MICROBLOG_SOFTWARE, Outgoing
from models.engine import WriteTx
from models.posts import QUESTION
from models.queries import actors, polls, threads
from models.queries.posts import PostRow
from models.retention import BY_AUTHOR
from models.retractions import DELETED
from models.writes import feeds, keeping, retractions
from models.writes import posts as post_writes
from server.actions.refusals import NotThere
from server.services import Services


async def call_back(tx: WriteTx, services: Services, row: PostRow, at: datetime) -> None:
    """A post of ours is gone by its author's wish, here and wherever it went."""
    said = await said_about(tx, row)
    await feeds.take_out(tx, row.id)
    await keeping.keep_posts(tx, services.runtime.vault, [row.id], at, why=BY_AUTHOR, bins=True)
    await retractions.of_post(tx, row.id, DELETED, at)
    await post_writes.remove(tx, row.id, at)
    await publish_change(tx, said, Composer(services.runtime, at).delete(said, said.author))


async def publish_change(tx: WriteTx, said: Said, outgoings: Sequence[Outgoing]) -> None:
    """Send an Update or a Delete by a post's author, also to those who answered it and whose software knows no groups:
    nobody else says it to them (`federation/vocab/microblogs.py`).
    """
    if concerns_answerers(said.post, said.community):
        outgoings = with_answerers(outgoings, await threads.answerers(tx, said.post.id, MICROBLOG_SOFTWARE))
    await publish(tx, outgoings)


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
