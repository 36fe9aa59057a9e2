"""A thread, or a part of one, stands somewhere else from now on: in another community, or for itself (product J8).

Whether it may, is asked before (`queries/relocating.py`), and what partners lose by it called back before
(`retractions.of_relocation`). Marks, bookmarks and notifications stay as they are: the gate says who still reads.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import and_, case, delete, func, or_, select, update

from models.base import aliased
from models.engine import WriteTx
from models.moderation import Pin
from models.outbox import Activity
from models.posts import Post
from models.queries.posts import PostRow
from models.signals import EDITED, REMOVED
from models.writes import feeds, posts
from models.writes.posts import NewPost
from models.writes.questions import forget_answers


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where posts go."""

    community_id: int
    label: int
    """Of the community: what comes into it has at least that."""
    context_uri: str | None
    """Of the thread, as a partner named it; None: it is ours to name."""
    wrapper: NewPost
    """By which the community shows the post that opens the thread."""


async def relocate(tx: WriteTx, post: PostRow, branch: Sequence[int], to: Destination, at: datetime) -> None:
    """`post` opens a thread of its own there, with the rest of its `branch` below."""
    moves = post.community_id != to.community_id
    mine = Post.id.in_(branch)
    if post.parent_uri is not None:
        await forget_answers(tx, and_(mine, Post.thread_id != post.id))
    await _unshow(tx, post, branch, at)
    values: dict[str, object] = {"community_id": to.community_id, "thread_id": post.id, "context_uri": to.context_uri}
    await tx.execute(update(Post).where(mine).values(**values, **({"placed_at": at} if moves else {})))
    # What was closed from above is closed by itself: it can be opened again.
    locked_at = case((Post.is_closed, func.coalesce(Post.locked_at, at)), else_=Post.locked_at)
    opens = {"parent_id": None, "parent_uri": None, "locked_at": locked_at}
    await tx.execute(update(Post).where(Post.id == post.id).values(**opens))
    await posts.raise_label(tx, branch, to.label)
    await posts.reword(tx, branch)
    await _link_early(tx, post.id, branch, to.community_id)
    label = max(post.label, to.label)
    await posts.add(tx, [msgspec.structs.replace(to.wrapper, label=label)])
    placed = feeds.placement(
        entry_id=to.wrapper.id, followers_of=to.community_id, language=post.language, tags=post.tags
    )
    await feeds.place(tx, [placed])
    tx.signal(EDITED, post.id)


async def hide(tx: WriteTx, post_id: int, at: datetime) -> None:
    """Its community shows it no more; what was told of that by its id can be taken back then."""
    gone = update(Post).where(Post.shared_post_id == post_id, Post.deleted_at.is_(None)).values(deleted_at=at)
    for row in await tx.execute(gone.returning(Post.id)):
        tx.signal(REMOVED, row[0])


async def _unshow(tx: WriteTx, post: PostRow, branch: Sequence[int], at: datetime) -> None:
    """Where it was, nothing shows it any more: no wrapper, no pin, no activity that says that it is there."""
    await feeds.take_out(tx, post.id)
    await tx.execute(delete(Pin).where(Pin.post_id == post.id))
    # Its id is not given again; that it showed this post is forgotten, or nothing could come back to where it was.
    await hide(tx, post.id, at)
    await tx.execute(update(Post).where(Post.shared_post_id == post.id).values(shared_post_id=None))
    said = and_(Activity.post_id.in_(branch), or_(Activity.has_content, Activity.type == "Create"))
    await tx.execute(update(Activity).where(said, Activity.in_outbox).values(in_outbox=False))


async def _link_early(tx: WriteTx, thread_id: int, branch: Sequence[int], community_id: int) -> None:
    """Replies that a partner's community announced in the new place before it said that the thread is there."""
    parent = aliased(Post)
    found = select(parent.id).where(parent.uri == Post.parent_uri).correlate(Post).scalar_subquery()
    uris = select(parent.uri).where(parent.id.in_(branch))
    early = (Post.parent_id.is_(None), Post.parent_uri.in_(uris), Post.community_id == community_id)
    linked = await tx.execute(update(Post).where(*early).values(parent_id=found).returning(Post.id))
    if linked.all():
        await posts.carry_thread(tx, thread_id, thread_id)
