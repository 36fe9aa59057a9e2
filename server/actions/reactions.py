"""Liking and bookmarking, for a local person."""

from datetime import datetime

from federation.outbox.publish import publish
from federation.vocab.compose import Composer
from models.engine import WriteTx
from models.gate import Person, Verb, may
from models.notifications import FAVOURITE
from models.queries import actors, moderation, posts
from models.queries.posts import PostRow
from models.writes import interactions, notifications
from server.actions.about_posts import said_about
from server.actions.barred import may_not_react
from server.actions.refusals import NotThere
from server.services import Services


async def visible_post(tx: WriteTx, post_id: int, viewer: Person) -> PostRow:
    """The post behind an entry that the viewer may see. Raises `NotThere`."""
    row = await posts.post(tx, post_id, viewer)
    if row is None:
        raise NotThere()
    return row


async def like(services: Services, viewer: Person, post_id: int) -> int:
    """Like a post, once; the id of the post itself. Raises `NotThere`, `NotAllowed`."""
    await services.key_ring.refresh()
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        row = await visible_post(tx, post_id, viewer)
        await require_member(tx, viewer, row, at)
        number = services.runtime.tokens.next_id(at)
        uri = services.runtime.config.url(f"/activities/{number}")
        is_new = await interactions.add_like(
            tx, like_id=number, actor_id=viewer.actor_id, post_id=row.id, activity_uri=uri, at=at
        )
        if not is_new:
            return row.id
        if row.peer_id is None and row.author_id != viewer.actor_id:
            notice = notifications.row(
                recipient_id=row.author_id, type_=FAVOURITE, actor_id=viewer.actor_id, post_id=row.id, at=at
            )
            await notifications.add(tx, [notice])
        liker = await actors.by_id(tx, viewer.actor_id)
        if liker is not None:
            await publish(tx, Composer(services.runtime, at).like(await said_about(tx, row), liker, uri, number))
        return row.id


async def require_member(tx: WriteTx, viewer: Person, row: PostRow, at: datetime) -> None:
    """Reacting is for members (product section 9), though all of the firm may read an open community."""
    if row.community_id is None:
        return
    standing = await moderation.standing(tx, viewer.actor_id, row.community_id, at)
    if not may(standing, Verb.LIKE):
        community = await actors.by_id(tx, row.community_id)
        raise may_not_react(standing, community) if community else NotThere()


async def unlike(services: Services, viewer: Person, post_id: int) -> int:
    """Take a like back; the id of the post itself. Raises `NotThere`."""
    await services.key_ring.refresh()
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        row = await visible_post(tx, post_id, viewer)
        uri = await interactions.remove_like(tx, actor_id=viewer.actor_id, post_id=row.id)
        if uri is None:
            return row.id
        await notifications.withdraw(
            tx, recipient_id=row.author_id, type_=FAVOURITE, actor_id=viewer.actor_id, post_id=row.id
        )
        liker = await actors.by_id(tx, viewer.actor_id)
        if liker is not None:
            await publish(tx, Composer(services.runtime, at).undo_like(await said_about(tx, row), liker, uri))
        return row.id


async def bookmark(services: Services, viewer: Person, post_id: int) -> int:
    """Keep a post; the id of the post itself. Raises `NotThere`."""
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        row = await visible_post(tx, post_id, viewer)
        number = services.runtime.tokens.next_id(at)
        await interactions.add_bookmark(tx, bookmark_id=number, actor_id=viewer.actor_id, post_id=row.id, at=at)
        return row.id


async def unbookmark(services: Services, viewer: Person, post_id: int) -> int:
    """Keep a post no longer; the id of the post itself. Raises `NotThere`."""
    async with services.runtime.db.write() as tx:
        row = await visible_post(tx, post_id, viewer)
        await interactions.remove_bookmark(tx, actor_id=viewer.actor_id, post_id=row.id)
        return row.id
