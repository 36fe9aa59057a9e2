"""A post in its thread, in the order in which people read it; who answered it."""

from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, func, or_, select

from models.engine import ReadTx
from models.gate import Viewer
from models.peers import Peer
from models.posts import Post
from models.queries import posts, tastes
from models.queries.posts import EntryRow, PostRow
from models.statements import lasting

MOST_ANSWERERS = 500
"""Those who answered a post last."""


class Around(msgspec.Struct, frozen=True):
    """What stands before and after one post in its thread."""

    ancestors: list[EntryRow]
    """From the opening post down to the parent."""
    descendants: list[EntryRow]
    """Depth first, siblings by time."""


async def around(tx: ReadTx, post: PostRow, viewer: Viewer, at: datetime) -> Around:
    """Everything of the post's thread that the viewer may see.

    What is deleted or hidden is left out, and so is what people wrote whom the viewer does not care to meet now (`at`);
    answers to it stay, and stand below what that answered. No post comes twice, even where a peer claims parents that
    go round in a circle (threats T088).
    """
    rows = await posts.thread(tx, post.thread_id, viewer) if post.thread_id is not None else []
    parents = {row.post.id: row.post.parent_id for row in rows}
    if post.thread_id is not None and any(one is not None and one not in parents for one in parents.values()):
        parents = await posts.parents(tx, post.thread_id) | parents
    hidden = await tastes.unwanted(tx, viewer, [row.post.author_id for row in rows], at)
    shown = {row.post.id: row for row in rows if row.post.author_id not in hidden}
    above = _above(parents, post.id)
    below = _below(parents, post.id, {*above, post.id})
    return Around([shown[one] for one in above if one in shown], [shown[one] for one in below if one in shown])


def _above(parents: Mapping[int, int | None], post_id: int) -> list[int]:
    """From the opening post down to the parent."""
    found, last = {post_id: None}, post_id
    while (parent := parents.get(last)) is not None and parent not in found:
        found[parent], last = None, parent
    return [*found][:0:-1]


def _below(parents: Mapping[int, int | None], post_id: int, known: Collection[int]) -> list[int]:
    """Depth first, siblings as they come in `parents`; without `known` ones."""
    children: dict[int, list[int]] = {}
    for one, parent in parents.items():
        if parent is not None and one not in known:
            children.setdefault(parent, []).append(one)
    found: list[int] = []
    waiting = children.pop(post_id, [])[::-1]
    while waiting:
        found.append(waiting.pop())
        waiting.extend(children.pop(found[-1], [])[::-1])
    return found


_ANSWERERS = lasting(
    lambda: (
        select(Post.author_id)
        .join(Peer, Peer.id == Post.peer_id)
        .where(
            or_(Post.thread_id == bindparam("of_post"), Post.parent_id == bindparam("of_post")),
            Peer.software.in_(bindparam("software", expanding=True)),
        )
        .group_by(Post.author_id)
        .order_by(func.max(Post.id).desc())
        .limit(MOST_ANSWERERS)
    )
)


async def answerers(tx: ReadTx, post_id: int, software: Collection[str]) -> list[int]:
    """Who answered a post, or of an opening post who wrote in its thread, from servers with such software; the last
    first, also of what is gone since: their server has read it. No content, so no viewer.
    """
    # Uses ix_posts_thread_id and ix_posts_parent_id.
    return [row[0] for row in await tx.select(_ANSWERERS(), {"of_post": post_id, "software": list(software)})]
